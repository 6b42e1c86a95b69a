"""Which part a delta goes on with, and which parts a whole is of."""

import pytest
from attrs import evolve
from streamfold.reducer.responses.parts import (
    JOINED,
    NEW,
    Part,
    Piece,
    in_order,
    joined,
    part_begun,
    part_of_delta,
    part_of_whole,
    parts_of,
    parts_of_wholes,
    says_just,
)
from streamfold.reducer.values.persistent import PersistentVector
from streamfold.reducer.values.text import text


def part(said: str, index: int = 0, channel: str = "text", **members: object) -> Part:
    return evolve(Part(channel, index, text(said)), **members)  # type: ignore[arg-type]


ONE, TWO = part("one", 0), part("two", 1)


def test_a_part_says_what_was_emitted_unless_the_provider_has_it_otherwise() -> None:
    assert (str(ONE), str(part("one", whole=text("other"))), str(part("one", whole=text("")))) == ("one", "other", "")
    assert (part("a", 2).has_index(2), part("a", 2, last=3).has_index(2), part("a", 2, last=3).has_index(3)) == (
        True,
        False,
        True,
    )
    filled = part(
        "a",
        2,
        whole=text("w"),
        notes=PersistentVector().extended([1]),
        last=3,
        stale="s",
        done=True,
        again=(0, 1),
        late=True,
    )
    assert filled.with_text(text("b")) == evolve(filled, text=text("b"))


def test_parts_are_read_by_number_unless_a_number_changed() -> None:
    assert list(parts_of([TWO, ONE]).reading_order()) == [1, 0]
    assert list(parts_of([evolve(TWO, last=2), ONE]).reading_order()) == [0, 1]
    assert list(parts_of([evolve(TWO, last=1), ONE]).reading_order()) == [1, 0]
    summary = [part("b", 1, "summary"), part("a", 0, "summary")]
    assert (list(parts_of(summary).reading_order()), in_order(parts_of([*summary, ONE]), "text")) == ([0, 1], [2])
    assert joined(parts_of([TWO, ONE]), [1, 0], 9) == "onetwo"
    assert joined(parts_of([TWO, ONE]), [1, 0], 4) == "onet"
    assert joined(parts_of([TWO, ONE]), [1, 0], 3) == "one"


@pytest.mark.parametrize(
    ("parts", "opened", "index", "over", "found"),
    [
        ([], -1, 0, False, NEW),
        ([ONE], 0, 0, False, 0),
        ([ONE], 0, 5, False, 0),
        ([ONE], -1, 5, False, NEW),
        ([ONE], -1, 5, True, 0),
        ([ONE, TWO], 1, 0, False, 0),
        ([evolve(ONE, done=True), TWO], 1, 0, False, 1),
        ([evolve(ONE, done=True)], -1, 0, False, 0),
        ([part("no", 0, "refusal")], 0, 0, False, NEW),
        ([ONE, part("again", 0)], -1, 0, False, 1),
    ],
)
def test_a_delta_goes_on_with_its_part_or_the_open_one(
    parts: list[Part], opened: int, index: int, over: bool, found: int
) -> None:
    assert part_of_delta(parts_of(parts), opened, "text", index, over) == found


def test_only_numbers_of_content_drift() -> None:
    for channel in ("summary", "command", "arguments"):
        parts = [part("a", 0, channel, done=True)]
        assert [part_of_delta(parts_of(parts), 0, channel, index) for index in (0, 1)] == [0, NEW]
        assert part_of_whole(parts_of(parts), 0, channel, Piece(1, "a")) == NEW
    assert part_of_delta(parts_of([part("a", 0, "reasoning")]), 0, "reasoning", 1) == 0


@pytest.mark.parametrize(
    ("parts", "opened", "piece", "found"),
    [
        ([ONE], 0, Piece(0, "one!"), 0),
        ([ONE], 0, Piece(3, "one"), 0),
        ([ONE], 0, Piece(3, "one!"), 0),
        ([ONE], 0, Piece(3, "on"), 0),
        ([ONE], 0, Piece(3, "other"), 0),
        ([evolve(ONE, last=2)], 0, Piece(3, "other"), 0),
        ([ONE], 0, Piece(0, "other"), 0),
        ([evolve(ONE, last=3, done=True)], -1, Piece(3, "one"), 0),
        ([evolve(ONE, last=3, done=True)], -1, Piece(3, "other"), 0),
        ([evolve(ONE, done=True), evolve(TWO, last=0)], 1, Piece(0, "two"), 1),
        ([ONE, TWO], 1, Piece(5, "onetwo!"), JOINED),
        ([ONE, part("", 1)], 1, Piece(0, "one!"), 0),
        ([], -1, Piece(0, "one"), NEW),
    ],
)
def test_a_whole_is_of_the_part_that_it_agrees_with(parts: list[Part], opened: int, piece: Piece, found: int) -> None:
    assert part_of_whole(parts_of(parts), opened, "text", piece) == found


@pytest.mark.parametrize(
    ("parts", "wholes", "found"),
    [
        ([ONE, TWO], ["one", "two"], [0, 1]),
        ([ONE], ["one", "two"], [0, NEW]),
        ([part("one", 4)], ["one"], [0]),
        ([part("one", 4), part("two", 7)], ["one!", "two"], [0, 1]),
        ([ONE, TWO], ["onetwo"], None),
        ([ONE, TWO], ["one"], None),
        ([ONE, TWO], ["other"], None),
        ([ONE, TWO], ["other", "two"], [0, 1]),
        ([ONE], ["other"], [0]),
        ([part("one", 4)], ["other"], None),
        ([], ["one"], [NEW]),
    ],
)
def test_wholes_are_of_parts_by_number_by_order_or_joined(
    parts: list[Part], wholes: list[str], found: list[int] | None
) -> None:
    pieces = [Piece(number, whole) for number, whole in enumerate(wholes)]
    assert parts_of_wholes(parts_of(parts), "text", pieces) == found


@pytest.mark.parametrize(
    ("parts", "opened", "piece", "over", "found"),
    [
        ([], -1, Piece(0, "one"), False, NEW),
        ([ONE], 0, Piece(0, ""), False, 0),
        ([evolve(ONE, done=True)], -1, Piece(0, ""), False, NEW),
        ([evolve(ONE, done=True)], -1, Piece(0, "on"), False, 0),
        ([evolve(ONE, done=True)], -1, Piece(0, "two"), True, 0),
        ([ONE], 0, Piece(3, "one"), False, NEW),
        ([evolve(ONE, again=(0, 0))], 0, Piece(3, "one"), False, 0),
        ([evolve(ONE, again=(0, 0))], 0, Piece(3, ""), False, NEW),
        ([ONE], -1, Piece(3, "one"), True, 0),
    ],
)
def test_a_part_that_begins_is_new_unless_it_began_before(
    parts: list[Part], opened: int, piece: Piece, over: bool, found: int
) -> None:
    assert part_begun(parts_of(parts), opened, "text", piece, over) == found


FEW_OR_MANY = pytest.mark.parametrize("more", [0, 8])
"""How many parts of another channel come behind those that are asked for: many parts have an index."""


def others(count: int) -> list[Part]:
    return [part("", at, "refusal") for at in range(count)]


@pytest.mark.parametrize(
    ("parts", "wholes", "just"),
    [
        ([ONE, TWO], [("text", Piece(0, "one")), ("text", Piece(1, "two"))], True),
        ([], [], True),
        ([ONE, TWO], [("text", Piece(0, "one"))], False),
        ([ONE], [("refusal", Piece(0, "one"))], False),
        ([ONE], [("text", Piece(1, "one"))], False),
        ([ONE], [("text", Piece(0, "ones"))], False),
        ([ONE], [("text", Piece(0, "two"))], False),
        ([evolve(ONE, half="\ud83d")], [("text", Piece(0, "one"))], False),
        ([evolve(ONE, again=(0, 0))], [("text", Piece(0, "one"))], False),
        ([evolve(ONE, late=True)], [("text", Piece(0, "one"))], False),
        ([evolve(ONE, stale="on")], [("text", Piece(0, "one"))], False),
        ([evolve(ONE, whole=text("two"))], [("text", Piece(0, "two"))], False),
    ],
)
def test_parts_say_just_wholes_that_are_theirs(parts: list[Part], wholes: list[tuple[str, Piece]], just: bool) -> None:
    assert says_just(parts_of(parts), wholes) is just
    if just:
        assert parts_of_wholes(parts_of(parts), "text", [piece for _, piece in wholes]) == list(range(len(parts)))


@FEW_OR_MANY
def test_parts_are_found_by_the_number_that_they_came_under_last(more: int) -> None:
    parts = parts_of([ONE, part("again", 0), part("third", 3), *others(more)])
    assert (parts.exact("text", 0), parts.exact("text", 1), parts.exact("summary", 0)) == (1, NEW, NEW)
    assert (parts.under("text", 0), parts.under("text", 1)) == (1, NEW)
    assert (parts.last("text"), parts.last("summary")) == (2, NEW)
    moved = parts.put(1, evolve(parts[1], last=7))
    assert (moved.under("text", 7), moved.under("text", 8), moved.exact("text", 0)) == (1, NEW, 1)
    assert parts_of(moved).under("text", 7) == 1
    assert list(moved.put(1, evolve(moved[1], last=0)).put(0, ONE).reading_order())[:3] in ([0, 1, 2], [0, 1, 3])


@FEW_OR_MANY
def test_what_is_known_of_parts_follows_from_them(more: int) -> None:
    said = [part("", 0, "summary"), part("b", 1, "summary", again=(0, 0)), part("a", 0, "summary", late=True)]
    parts = parts_of([*said, *others(more)])
    assert (parts.summary, parts.holds, len(parts)) == (1, True, 3 + more)
    rest = parts.put(1, evolve(parts[1], again=None)).put(2, evolve(parts[2], late=False))
    assert (rest.holds, rest == parts, rest == parts_of(rest)) == (False, False, True)
    assert parts.put(0, part("c", 0, "summary")).summary == 0
    assert (parts_of(others(more)).summary, parts_of(others(more)).holds) == (NEW, False)


@FEW_OR_MANY
def test_many_parts_are_read_as_few_are(more: int) -> None:
    for begun in ([ONE, TWO], [TWO, ONE], [evolve(TWO, last=2), ONE], [part("b", 1, "summary"), ONE]):
        parts = parts_of([*begun, *(part("", 2 + at, "text") for at in range(more))])
        assert list(parts.reading_order())[:2] == list(parts_of(begun).reading_order())


def test_several_parts_are_joined_only_where_each_agrees() -> None:
    for whole, found in (("onetw", 1), ("onetwo", JOINED), ("onexxx", 1), ("two", 1)):
        assert part_of_whole(parts_of([ONE, TWO, part("", 2)]), 1, "text", Piece(1, whole)) == found

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
    parts_of_wholes,
    reading_order,
)
from streamfold.reducer.values.text import text


def part(said: str, index: int = 0, channel: str = "text", **members: object) -> Part:
    return evolve(Part(channel, index, text(said)), **members)  # type: ignore[arg-type]


ONE, TWO = part("one", 0), part("two", 1)


def test_a_part_says_what_was_emitted_unless_the_provider_has_it_otherwise() -> None:
    assert (str(ONE), str(part("one", whole="other")), str(part("one", whole=""))) == ("one", "other", "")
    assert (part("a", 2).has_index(2), part("a", 2, last=3).has_index(2), part("a", 2, last=3).has_index(3)) == (
        True,
        False,
        True,
    )
    filled = part("a", 2, whole="w", notes=(1,), last=3, stale="s", done=True, again=(0, 1), late=True)
    assert filled.with_text(text("b")) == evolve(filled, text=text("b"))


def test_parts_are_read_by_number_unless_a_number_changed() -> None:
    assert reading_order([TWO, ONE]) == [1, 0]
    assert reading_order([evolve(TWO, last=2), ONE]) == [0, 1]
    assert reading_order([evolve(TWO, last=1), ONE]) == [1, 0]
    summary = [part("b", 1, "summary"), part("a", 0, "summary")]
    assert (reading_order(summary), in_order([*summary, ONE], "text")) == ([0, 1], [2])
    assert joined([TWO, ONE], [1, 0]) == "onetwo"


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
    assert part_of_delta(parts, opened, "text", index, over) == found


def test_only_numbers_of_content_drift() -> None:
    for channel in ("summary", "command", "arguments"):
        parts = [part("a", 0, channel, done=True)]
        assert [part_of_delta(parts, 0, channel, index) for index in (0, 1)] == [0, NEW]
        assert part_of_whole(parts, 0, channel, Piece(1, "a")) == NEW
    assert part_of_delta([part("a", 0, "reasoning")], 0, "reasoning", 1) == 0


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
    assert part_of_whole(parts, opened, "text", piece) == found


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
    assert parts_of_wholes(parts, "text", pieces) == found


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
    assert part_begun(parts, opened, "text", piece, over) == found

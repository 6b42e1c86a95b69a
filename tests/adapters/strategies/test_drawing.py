"""What composers draw with: texts, cuts, interleavings, JSON, and the numbers that quirks decide by."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.strategies.drawing import Pen, merged, objects, redelivered, texts, unsaid, written
from streamfold.adapters.strategies.expected import Intent, Step
from streamfold.adapters.strategies.quirks import Quirk
from support.adapters.pens import choices, composed, many, simplest

LANES = [["a1", "a2", "a3"], [], ["b1"], ["c1", "c2"]]
ENTRIES = [entry for lane in LANES for entry in lane]


@given(texts())
def test_a_text_says_something(text: str) -> None:
    assert text


@given(objects(st.just("word")))
def test_objects_are_json(value: dict[str, Any]) -> None:
    assert json.loads(json.dumps(value)) == value


@given(st.data())
def test_lanes_are_merged_in_any_order_that_keeps_each_one_s_own(data: st.DataObject) -> None:
    order = merged(LANES, lambda count: data.draw(st.integers(0, count - 1)))
    assert sorted(order) == sorted(ENTRIES)
    for lane in LANES:
        assert [entry for entry in order if entry in lane] == lane


def test_the_choice_is_among_the_lanes_that_go_on() -> None:
    asked: list[int] = []

    def last(count: int) -> int:
        asked.append(count)
        return count - 1

    assert merged(LANES, last) == ["c1", "c2", "b1", "a1", "a2", "a3"]
    assert asked == [3, 3, 2]  # of one lane alone nothing is chosen


@pytest.mark.parametrize(
    ("stretches", "delivered"),
    [
        ([], "abcd"),
        ([(1, 0)], "abbcd"),
        ([(1, 9)], "ababcd"),
        ([(3, 1)], "abcdd"),
        ([(1, 0), (1, 1)], "abbabcd"),
    ],
)
def test_numbered_steps_come_again_where_a_stretch_ends(stretches: Any, delivered: str) -> None:
    assert "".join(redelivered("abcd", stretches, [True, True, False, True])) == delivered


def test_a_step_that_comes_again_says_nothing() -> None:
    assert unsaid(Step("chunk", (Intent(adds="a"),), "call", 3)) == Step("chunk", (), "again", 3)


# The pen


def test_a_quirk_applies_where_it_is_allowed_and_is_then_remembered() -> None:
    pen = Pen(_never, choices(), {Quirk.NO_ID: 0})
    assert pen.allows(Quirk.LATE_ID, Quirk.NO_ID)
    assert not pen.allows(Quirk.LATE_ID)
    assert not pen.use(Quirk.NO_ID, applies=False)
    assert not pen.use(Quirk.LATE_ID)
    assert pen.used == set()
    assert pen.use(Quirk.NO_ID)
    assert pen.used == {Quirk.NO_ID}


def test_of_quirks_that_exclude_each_other_the_lowest_number_wins() -> None:
    pen = Pen(_never, choices(), {Quirk.NO_ID: 9, Quirk.LATE_ID: 4, Quirk.EMPTY_ID: 1})
    assert pen.one_of(Quirk.NO_ID, Quirk.LATE_ID) is Quirk.LATE_ID
    assert pen.one_of(Quirk.SHARED_ID) is None


@given(number=st.integers(0, 255), counts=st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_all_that_a_quirk_decides_follows_from_its_number(number: int, counts: list[int]) -> None:
    one, other = (Pen(_never, choices(), {Quirk.NO_ID: number, Quirk.LATE_ID: noise}) for noise in (3, 7))
    other.roll(Quirk.LATE_ID, 5)
    rolls = [one.roll(Quirk.NO_ID, count) for count in counts]
    assert rolls == [other.roll(Quirk.NO_ID, count) for count in counts]
    assert rolls[0] == number % counts[0]
    assert all(0 <= roll < count for roll, count in zip(rolls, counts, strict=True))
    assert number or not any(rolls)


def test_what_is_inserted_stands_no_later_than_its_last_place() -> None:
    for number in range(40):
        pen, steps = Pen(_never, choices(), {Quirk.NO_ID: number}), [Step(at) for at in range(5)]
        pen.insert(Quirk.NO_ID, steps, Step("noise"), 3)
        places = [at for at, step in enumerate(steps) if step.chunk == "noise"]
        assert len(places) == 1 + number % 2
        assert max(places) <= 3 + len(places) - 1
        assert [step.chunk for step in steps if step.chunk != "noise"] == list(range(5))


def test_the_simplest_is_whole_unmixed_and_no() -> None:
    assert simplest(lambda pen: (pen.cut("abc"), pen.flip(), pen.below(5), pen.text())) == (["abc"], False, 0, "word")
    assert simplest(lambda pen: pen.cut("")) == []
    assert simplest(lambda pen: pen.merged(LANES, pen.mixes(LANES))) == ["a1", "a2", "a3", "b1", "c1", "c2"]


@pytest.mark.parametrize("text", ["a", "word", "é😀" * 300])
def test_pieces_are_a_text_s_and_none_is_empty(text: str) -> None:
    cuts = many(lambda pen: pen.cut(text))
    assert {"".join(pieces) for pieces in cuts} == {text}
    assert all(all(pieces) and len(pieces) <= 128 for pieces in cuts)
    assert len({len(pieces) for pieces in cuts}) > 1 or len(text) == 1


def test_lanes_come_mixed_only_where_two_have_something_and_they_may() -> None:
    assert not any(many(lambda pen: pen.mixes([["a"], []])))
    assert not any(many(lambda pen: pen.mixes(LANES), interleave=False))
    assert any(many(lambda pen: pen.mixes(LANES)))


def test_shuffled_lanes_never_come_one_after_the_other() -> None:
    for number in range(60):
        order = Pen(_never, choices(), {Quirk.NO_ID: number}).shuffled(Quirk.NO_ID, LANES)
        assert sorted(order) == sorted(ENTRIES)
    assert Pen(_never, choices(), {Quirk.NO_ID: 0}).shuffled(Quirk.NO_ID, LANES) == merged(
        LANES, lambda count: count - 1
    )


def test_a_pen_has_some_of_the_quirks_that_may_be_chosen() -> None:
    quirks = [Quirk.NO_ID, Quirk.LATE_ID, Quirk.EMPTY_ID]
    drawn = many(lambda pen: Pen.drawn(pen.draw, choices(quirks=quirks)).allowed)
    assert {frozenset(allowed) for allowed in drawn} >= {frozenset(), frozenset({Quirk.LATE_ID}), frozenset(quirks)}
    assert all(0 <= number < 256 for allowed in drawn for number in allowed.values())
    assert simplest(lambda pen: Pen.drawn(pen.draw, choices(quirks=quirks)).allowed) == {}


# JSON for arguments

MEMBERS = [("thinking", "a\né😀"), ("n", [1, {"x": None}]), ("message", 'He said "no"')]


@given(composed(lambda pen: written(pen, MEMBERS, "thinking", "message")))
def test_written_arguments_are_the_members_and_tell_where_the_texts_end(arguments: Any) -> None:
    assert json.loads(arguments.text) == dict(MEMBERS)
    for units, value in ((arguments.thoughts, MEMBERS[0][1]), (arguments.answer, MEMBERS[2][1])):
        assert "".join(character for _, character in units) == value
        ends = [end for end, _ in units]
        assert ends == sorted(set(ends))
        assert arguments.text[ends[-1]] == '"'
        for count, end in enumerate(ends, 1):  # up to there, the text so far is a JSON string's beginning
            begin = ends[0] - len(json.dumps(value[0], ensure_ascii="\\u" in arguments.text)) + 2
            assert json.loads(f'"{arguments.text[begin:end]}"') == value[:count]


def test_arguments_are_written_in_several_ways() -> None:
    ways = {arguments.text for arguments in many(lambda pen: written(pen, MEMBERS))}
    assert len(ways) == 6
    assert simplest(lambda pen: written(pen, [])).text == "{}"


def test_what_is_no_text_or_has_another_key_is_no_thought() -> None:
    plain = simplest(lambda pen: written(pen, [("thinking", 7), ("message", ["a"])], "thinking", "message"))
    assert (plain.thoughts, plain.answer) == ((), ())
    other = simplest(lambda pen: written(pen, MEMBERS, "other", None))
    assert (other.thoughts, other.answer) == ((), ())


def _never(strategy: Sequence[Any]) -> Any:
    raise AssertionError(f"{strategy!r} is drawn, and should not be")

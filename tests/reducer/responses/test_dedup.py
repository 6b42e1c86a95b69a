from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.limits import NO_LIMITS_SET
from streamfold.reducer.responses.dedup import (
    Dedup,
    Run,
    fingerprint_of,
    header_of,
    read_number,
)
from streamfold.reducer.responses.event import Event

DELTA = "response.output_text.delta"
REMEMBERED = NO_LIMITS_SET.remembered

numbers = st.lists(st.integers(0, 12), min_size=1, max_size=30)


def event(number: int | None, delta: Any = None, **fields: Any) -> Event:
    """An event that is the same each time it comes, unless something else is said of it."""
    return Event(type=DELTA, sequence_number=number, delta=f"delta {number}" if delta is None else delta, **fields)


def read(chunks: list[Event], remembered: int = REMEMBERED) -> tuple[Dedup, int, list[bool]]:
    """The numbering, the highest number, and for each event whether it is a repetition."""
    dedup, highest, repeated = Dedup(), -1, []
    for chunk in chunks:
        again = False
        if chunk.sequence_number is not None and dedup.believed:
            number, found = chunk.sequence_number, print_of(chunk)
            dedup, highest, again = read_number(dedup, highest, number, found, nothing, remembered)
        repeated.append(again)
    return dedup, highest, repeated


def print_of(chunk: Event) -> tuple[int, int]:
    return fingerprint_of(chunk)


def nothing(position: int, part: int, start: int, end: int) -> str:
    raise AssertionError("no run was remembered")


def repeated(*numbers: int | None) -> list[bool]:
    return read([event(number) for number in numbers])[2]


@given(numbers)
def test_an_event_is_a_repetition_exactly_when_its_number_was_there(numbers: list[int]) -> None:
    assert repeated(*numbers) == [number in numbers[:at] for at, number in enumerate(numbers)]


@given(st.integers(-5, 1000), numbers)
def test_the_start_of_the_numbers_does_not_matter(start: int, numbers: list[int]) -> None:
    assert repeated(*(start + number for number in numbers)) == repeated(*numbers)


@given(numbers)
def test_the_highest_number_is_the_highest_that_came(numbers: list[int]) -> None:
    assert read([event(number) for number in numbers])[1] == max(numbers)


@given(st.permutations(range(8)))
def test_numbers_in_any_order_leave_no_gap(numbers: list[int]) -> None:
    dedup, highest, again = read([event(number) for number in numbers])
    assert (dedup.gaps, dedup.first, highest) == ((), 0, 7)
    assert not any(again)


@given(st.integers(0, 9), st.integers(0, 9))
def test_a_stream_resumed_anywhere_before_its_end_repeats_only_what_came(cut: int, resumed: int) -> None:
    came, sent_again = list(range(cut + 1)), list(range(min(cut, resumed), 10))
    assert repeated(*came, *sent_again) == [False] * len(came) + [number <= cut for number in sent_again]


def test_events_without_a_number_are_never_repetitions() -> None:
    dedup, highest, again = read([event(None), event(None)])
    assert (dedup, highest, again) == (Dedup(), -1, [False, False])


def test_events_without_a_number_leave_the_others_numbers_alone() -> None:
    assert repeated(0, None, 1, None, 1, None, 2) == [False, False, False, False, True, False, False]


def test_gaps_are_filled_from_either_end_and_from_the_middle() -> None:
    dedup, highest, again = read([event(number) for number in (0, 6, 3, 1, 5)])
    assert dedup.gaps == ((2, 2), (4, 4))
    assert highest == 6
    assert not any(again)
    assert repeated(0, 6, 3, 1, 5, 2, 4, 2, 4) == [False] * 7 + [True, True]


def test_gaps_that_a_provider_leaves_lose_nothing() -> None:
    assert repeated(*range(0, 1000, 7)) == [False] * 143


def test_of_gaps_only_the_128_newest_are_known() -> None:
    dedup = read([event(number) for number in range(0, 400, 2)])[0]
    assert dedup.gaps == tuple((number, number) for number in range(143, 399, 2))


def test_below_the_first_number_of_gaps_only_128_are_known() -> None:
    dedup = read([event(number) for number in range(400, 0, -2)])[0]
    assert dedup.gaps == tuple((number, number) for number in range(3, 259, 2))


def test_a_number_below_the_first_is_new_and_becomes_the_first() -> None:
    dedup, highest, again = read([event(5), event(6), event(2)])
    assert (dedup.first, dedup.gaps, highest) == (2, ((3, 4),), 6)
    assert again == [False, False, False]
    assert repeated(5, 6, 2, 3, 2, 4, 5, 6) == [False] * 4 + [True, False, True, True]


def test_a_number_just_below_the_first_leaves_no_gap() -> None:
    assert read([event(5), event(4)])[0].gaps == ()


def test_numbers_that_are_all_the_same_are_not_believed() -> None:
    chunks = [event(0, "a"), event(0, "b"), event(0, "b"), event(0, "a")]
    dedup, _, again = read(chunks)
    assert not dedup.believed
    assert again == [False] * 4


def test_numbers_that_are_all_the_same_after_the_first_are_not_believed() -> None:
    dedup, _, again = read([event(0), event(1, "a"), event(1, "b"), event(1, "c")])
    assert not dedup.believed
    assert again == [False] * 4


def test_numbers_that_start_again_with_another_event_are_not_believed() -> None:
    first, second = [[event(number, f"{answer} {number}") for number in range(3)] for answer in ("one", "two")]
    assert read([*first, *second])[2] == [False] * 6


def test_a_start_that_is_sent_again_is_believed() -> None:
    dedup, _, again = read([event(0), event(1), event(0), event(1), event(2)])
    assert dedup.believed
    assert again == [False, False, True, True, False]


@pytest.mark.parametrize(
    "other",
    [
        Event(type="response.refusal.delta", sequence_number=0, delta="a"),
        event(0, "a", content_index=1),
        event(0, "a", summary_index=1),
        event(0, "a", call_id="call_2"),
        event(0, "a", command_index=1),
        event(0, "b"),
        event(0, "a", output_index=1),
        event(0, "a", item_id="item-2"),
        event(0, "a", response={"id": "resp-2"}),
        event(0, {"a": [1]}),
    ],
)
def test_another_event_with_the_first_number_ends_the_belief(other: Event) -> None:
    dedup, _, again = read([event(0, "a"), other])
    assert (dedup.believed, again) == (False, [False, False])


@pytest.mark.parametrize("fields", [{"delta": {"a": [1]}}, {"delta": "a", "response": {"id": "resp-1", "output": []}}])
def test_the_first_event_again_is_a_repetition_whatever_it_holds(fields: dict[str, Any]) -> None:
    assert read([event(0, **fields), event(0, **fields)])[2] == [False, True]


def test_a_repetition_changes_nothing() -> None:
    dedup, highest, _ = read([event(0), event(1), event(4)])
    assert read_number(dedup, highest, 1, print_of(event(1)), nothing) == (dedup, highest, True)


def test_before_the_first_event_nothing_is_known_and_everything_believed() -> None:
    begun = Dedup()
    assert (begun.first, begun.gaps, begun.blocks, begun.runs, begun.believed) == (None, (), (), (), True)


def test_a_numbering_is_a_value() -> None:
    chunks = [event(0, {"a": [1]}), event(7), event(3)]
    assert read(chunks)[0] == read(chunks)[0]
    assert hash(read(chunks)[0]) == hash(read(chunks)[0])


def test_every_order_of_a_few_numbers_folds_each_once() -> None:
    for length in range(1, 6):
        for order in product(range(4), repeat=length):
            assert repeated(*order) == [number in order[:at] for at, number in enumerate(order)], order


def test_the_first_event_is_remembered_when_one_before_it_comes_late() -> None:
    assert repeated(5, 4, 5) == [False, False, True]
    dedup, _, again = read([event(5), event(4), event(5, "of another stream")])
    assert again == [False, False, False]
    assert not dedup.believed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"text": "a"}, {"text": "b"}),
        ({"arguments": "a"}, {"input": "b"}),
        ({"item": {"id": "a"}}, {"item": {"id": "b"}}),
        ({"item": {"content": [{"text": "a"}]}}, {"item": {"content": [{"text": "b"}]}}),
        ({"item": {"summary": [{"text": "a"}]}}, {"item": {"summary": [{"text": "b"}]}}),
        ({"part": {"text": "a"}}, {"part": {"refusal": "b"}}),
        ({"annotation": {"url": "a"}}, {"annotation": {"url": "b"}}),
        ({"delta": {"stdout": "a"}}, {"delta": {"stderr": "a"}}),
        ({"delta": "\ud800"}, {"delta": "\udc00"}),
    ],
)
def test_events_that_say_something_else_have_other_fingerprints(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = (Event(type="response.x", **members) for members in (one, other))
    assert print_of(first) != print_of(second)
    assert print_of(first) == print_of(Event(type="response.x", sequence_number=7, **one))


def test_any_number_that_comes_with_other_content_ends_the_belief_for_good() -> None:
    chunks = [event(number) for number in range(REMEMBERED)]
    for number in (0, 1, 31, 32, 500, REMEMBERED - 1):
        dedup, _, again = read([*chunks, event(number), event(number, "other"), event(number), event(number)])
        assert not dedup.believed
        assert again[-4:] == [True, False, False, False]


@pytest.mark.parametrize("remembered", [1, 40, REMEMBERED])
def test_below_what_is_remembered_a_number_is_believed(remembered: int) -> None:
    count = 3 * remembered + 100
    dedup, highest, _ = read([event(number) for number in range(count)], remembered)
    assert sum(len(block) for _, block in dedup.blocks) <= remembered + 64
    assert sum(len(block) for _, block in dedup.blocks) >= remembered
    for number in (0, 1, count - remembered - 72):
        assert read_number(dedup, highest, number, (0, 0), nothing, remembered) == (dedup, highest, True)
    for number in (count - 1, count - remembered):
        assert not read_number(dedup, highest, number, (0, 0), nothing)[0].believed


def test_of_numbers_far_apart_as_many_events_are_remembered() -> None:
    dedup, highest, _ = read([event(number) for number in range(0, 100 * (REMEMBERED + 63), 100)])
    assert len(dedup.blocks) == REMEMBERED + 63  # the oldest are forgotten together
    dedup, highest, _ = read([event(number) for number in range(0, 100 * (REMEMBERED + 64), 100)])
    assert len(dedup.blocks) == REMEMBERED
    assert read_number(dedup, highest, 6300, (0, 0), nothing)[2]
    assert not read_number(dedup, highest, 6400, (0, 0), nothing)[0].believed


def test_a_run_knows_its_deltas_by_their_text() -> None:
    header, text = header_of(event(0)), "one two three"
    dedup = Dedup(0).with_run(Run(7, header, 0, 0, len(text), chr(4) + chr(4) + chr(5)), REMEMBERED)

    def stretch(position: int, part: int, start: int, end: int) -> str:
        return text[start:end]

    for number, piece in ((5, "one "), (6, "two "), (7, "three")):
        assert read_number(dedup, 7, number, print_of(event(number, piece)), stretch) == (dedup, 7, True)
        assert not read_number(dedup, 7, number, print_of(event(number, "other")), stretch)[0].believed
    assert read_number(dedup, 7, 4, print_of(event(4, "unknown")), stretch) == (dedup, 7, True)


def test_of_runs_those_are_kept_that_reach_what_is_remembered() -> None:
    dedup = Dedup(0)
    for at in range(20):
        dedup = dedup.with_run(Run(100 * at, 0, 0, 0, 100 * at, chr(1) * 100), REMEMBERED)
    assert [run.last for run in dedup.runs] == [100 * at for at in range(9, 20)]

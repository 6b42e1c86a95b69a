"""Composed streams of the Responses API: envelope, numbers, addresses, and how they end."""

from typing import Any

import pytest
from streamfold.adapters.strategies.compose_events import Address, compose
from streamfold.adapters.strategies.composed import Stream
from streamfold.adapters.strategies.quirks import Quirk
from streamfold.reducer import Done, Undecodable, responses
from streamfold.reducer.responses.event import Event
from streamfold.reducer.usage import Usage
from support.adapters.pens import many, simplest
from support.law_checks import MESSAGE_ID

pytestmark = pytest.mark.deep

CONFIG = responses.Config(message_id=MESSAGE_ID)


def make(pen: Any) -> Stream:
    return compose(pen, "responses", responses, CONFIG)


def stream(*quirks: Quirk, number: int = 0, sign: Any = lambda drawn: bool(drawn.says.text), **others: Any) -> Stream:
    """The simplest stream with these quirks, which says something."""
    return simplest(make, *quirks, number=number, sign=sign, **others)


def events(stream: Stream) -> list[Event]:
    return [chunk for chunk in stream.chunks if isinstance(chunk, Event)]


def types(stream: Stream) -> list[str]:
    return [event.type.removeprefix("response.") for event in events(stream)]


def test_the_simplest_stream_is_an_empty_response() -> None:
    empty = stream(sign=lambda _: True)
    assert types(empty) == ["created", "in_progress", "completed"]
    assert (empty.says.outcome, empty.says.finish_reason, empty.says.usage) == (
        "completed",
        "completed",
        Usage(5, 11, total_tokens=16, source="reported"),
    )


def test_events_are_numbered_one_by_one() -> None:
    plain = stream()
    assert [event.sequence_number for event in events(plain)] == list(range(len(plain.chunks)))
    assert (plain.says.text, plain.quirks, plain.wire, plain.machine) == ("word", frozenset(), "responses", responses)


@pytest.mark.parametrize(
    ("quirk", "numbers"),
    [
        (Quirk.NO_NUMBERS, lambda at: None),
        (Quirk.GAPPED_NUMBERS, lambda at: 3 + 2 * at),
        (Quirk.ONE_NUMBER, lambda at: 0),
    ],
)
def test_numbers_are_odd_where_the_quirk_has_it(quirk: Quirk, numbers: Any) -> None:
    odd = stream(quirk)
    assert [event.sequence_number for event in events(odd)] == [numbers(at) for at in range(len(odd.chunks))]
    assert odd.quirks == {quirk}


def test_late_events_have_the_number_of_their_place() -> None:
    late = stream(Quirk.LATE_EVENTS, number=2, sign=lambda drawn: Quirk.LATE_EVENTS in drawn.quirks)
    numbers = [event.sequence_number for event in events(late)]
    assert sorted(number for number in numbers if number is not None) == list(range(len(numbers)))
    assert numbers != sorted(numbers, key=lambda number: number or 0)


# Addresses


@pytest.mark.parametrize(
    ("quirks", "absent", "rotating"),
    [
        ((), False, False),
        ((Quirk.NO_INDEX,), False, False),
        ((Quirk.NO_INDEX, Quirk.NO_ITEM_ID), True, False),
        ((Quirk.SHARED_INDEX, Quirk.NO_ITEM_ID), False, False),
        ((Quirk.ROTATING_IDS,), False, True),
        ((Quirk.NO_INDEX, Quirk.ROTATING_IDS), False, False),
    ],
)
def test_something_always_says_which_item_is_meant(quirks: Any, absent: bool, rotating: bool) -> None:
    (address,) = {*many(Address.drawn, *quirks)}
    assert (address.absent, address.rotating) == (absent, rotating)
    assert not (address.rotating and address.index is not None)
    assert not (address.no_id and address.index is Quirk.SHARED_INDEX)


def test_events_lack_the_address_that_the_provider_does_not_send() -> None:
    without = stream(Quirk.NO_INDEX)
    assert {event.output_index for event in events(without)} == {None}
    shared = stream(Quirk.SHARED_INDEX, sign=lambda drawn: types(drawn).count("output_item.added") > 1)
    assert {event.output_index for event in events(shared)} == {0, None}
    no_id = stream(Quirk.NO_ITEM_ID)
    assert {event.item_id for event in events(no_id)} == {None}
    assert all(event.item["id"] for event in events(no_id) if event.item)


def test_rotating_ids_are_used_once_and_other_ids_stand_at_the_end() -> None:
    rotating = [event.item_id for event in events(stream(Quirk.ROTATING_IDS)) if event.item_id]
    assert len(set(rotating)) == len(rotating) > 1
    last = events(stream(Quirk.OTHER_IDS_AT_END))[-1]
    assert last.response is not None
    assert [item["id"] for item in last.response["output"]] == ["msg_0_tmp"]
    assert last.response["id"] == "resp_1"


# The envelope


def test_a_stream_may_begin_without_a_beginning() -> None:
    bare = stream(Quirk.NO_CREATED)
    assert types(bare)[0] == "output_item.added"
    assert events(bare)[0].sequence_number == 0


@pytest.mark.parametrize(
    ("quirk", "outcome", "reasons"),
    [
        (Quirk.TRUNCATED, "truncated", {None}),
        (Quirk.CUT_OFF, "completed", {"max_output_tokens"}),
        (Quirk.ERROR, "failed", {None, "failed"}),
        (Quirk.ERROR_TWICE, "failed", {"failed"}),
        (Quirk.NO_TERMINAL, "completed", {None}),
    ],
)
def test_a_response_that_ends_otherwise_says_so(quirk: Quirk, outcome: str, reasons: set[str | None]) -> None:
    ended = [stream(quirk, number=number, sign=lambda _: True) for number in range(0, 8, 2)]
    assert {drawn.says.outcome for drawn in ended} == {outcome}
    assert {drawn.says.finish_reason for drawn in ended} <= reasons
    for drawn in ended:
        assert (Done() in drawn.chunks) == (quirk is Quirk.NO_TERMINAL)
        assert ("failed" in types(drawn)) == (drawn.says.finish_reason == "failed")
        assert ("incomplete" in types(drawn)) == (quirk is Quirk.CUT_OFF)
        assert "completed" not in types(drawn)


def test_an_error_that_comes_twice_is_followed_by_the_failure() -> None:
    assert types(stream(Quirk.ERROR_TWICE, sign=lambda _: True))[-2:] == ["error", "failed"]


def test_a_steered_response_is_followed_by_another() -> None:
    steered = stream(Quirk.STEERED)
    kinds = types(steered)
    assert kinds.count("created") == 2
    assert kinds[-1] == "completed"
    assert kinds[kinds.index("created", 1) - 1] == "incomplete"
    ids = [event.response["id"] for event in events(steered) if event.response]
    assert list(dict.fromkeys(ids)) == ["resp_1", "resp_2"]


def test_the_terminal_lists_the_items_unless_it_is_empty() -> None:
    listed = events(stream())[-1].response
    assert listed is not None
    assert [item["type"] for item in listed["output"]] == ["message"]
    for number, output in ((0, []), (1, None)):
        empty = events(stream(Quirk.EMPTY_OUTPUT, number=number))[-1].response
        assert empty is not None
        assert empty["output"] == output


def test_a_terminal_without_usage_reports_none() -> None:
    without = stream(Quirk.NO_USAGE)
    assert without.says.usage == Usage()
    assert (events(without)[-1].response or {})["usage"] is None


def test_the_done_marker_may_come_after_the_terminal() -> None:
    assert stream(Quirk.DONE_AFTER_TERMINAL).chunks[-1] == Done()


@pytest.mark.parametrize("quirk", [Quirk.UNKNOWN_EVENTS, Quirk.UNDECODABLE, Quirk.NULL_ITEMS])
def test_what_says_nothing_comes_before_the_last_event(quirk: Quirk) -> None:
    noisy, plain = stream(quirk, number=1), stream()
    assert noisy.says == plain.says
    assert noisy.chunks[-1] == plain.chunks[-1]
    assert len(noisy.chunks) - len(plain.chunks) in (1, 2)
    assert (quirk is Quirk.UNDECODABLE) == any(isinstance(chunk, Undecodable) for chunk in noisy.chunks)


def test_repeated_events_have_the_numbers_they_had() -> None:
    again = stream(Quirk.REPEATED_EVENTS, number=5)
    plain = stream()
    assert len(again.chunks) > len(plain.chunks)
    assert all(chunk in plain.chunks for chunk in again.chunks)
    assert again.says == plain.says


def test_replayed_items_have_fresh_numbers_and_say_nothing() -> None:
    replayed, plain = stream(Quirk.REPLAYED_ITEMS, number=0), stream()
    numbers = [event.sequence_number for event in events(replayed)]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > len(plain.chunks)
    assert replayed.says == plain.says


@pytest.mark.deep
def test_items_of_one_kind_follow_each_other_unless_they_may_mix() -> None:
    for drawn in many(make):
        of_messages = [event.output_index for event in events(drawn) if (event.item_id or "").startswith("msg")]
        assert of_messages == sorted(of_messages, key=lambda index: index or 0)
    assert any(Quirk.ITEMS_SIDE_BY_SIDE in drawn.quirks for drawn in many(make, Quirk.ITEMS_SIDE_BY_SIDE, number=3))

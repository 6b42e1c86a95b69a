"""Laws 6 and 10 on the Responses wire: lanes in any order, and events delivered more than once."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer import Cancelled, Ended, Failed, fold, responses
from support.event_shapes import (
    EventJson,
    begun,
    call_lane,
    chunks_of,
    completed,
    created,
    custom_lane,
    folded,
    item_done,
    message,
    message_lane,
    numbered,
    progress,
    raw_delta,
    raw_done,
    reasoning,
    refusal_delta,
    refusal_done,
    refusal_part,
    server_tool,
    summary_lane,
    without,
)
from support.law_checks import MESSAGE_ID, channels

PARIS = '{"city": "Paris", "days": [1, 2]}'
OSLO = '{"city": "Oslo"}'


def tool_lane(index: int) -> list[EventJson]:
    item = server_tool("code_interpreter_call", index, container_id="c_1", code="print(4)", outputs=[])
    return [
        begun({**item, "code": ""}, index),
        progress("code_interpreter_call", "in_progress", index),
        progress("code_interpreter_call_code", "delta", index, delta="print("),
        progress("code_interpreter_call_code", "delta", index, delta="4)"),
        progress("code_interpreter_call", "completed", index),
        item_done(item, index),
    ]


def refusal_lane(refusal: str, index: int) -> list[EventJson]:
    item = message(index, refusal_part(refusal))
    pieces = [refusal_delta(refusal[:5], index), refusal_delta(refusal[5:], index)]
    return [begun(item, index), *pieces, refusal_done(refusal, index), item_done(item, index)]


def raw_lane(text: str, index: int) -> list[EventJson]:
    item = reasoning(index, raw=[text])
    pieces = [raw_delta(text[:4], index), raw_delta(text[4:], index)]
    return [begun(item, index), *pieces, raw_done(text, index), item_done(item, index)]


LANES = [
    summary_lane(["Look it up.", "Then say it."], 0, encrypted_content="gAAAA-1"),
    raw_lane("Two and two is four.", 1),
    call_lane(PARIS, 2),
    message_lane("It rains in Paris.", 3),
    call_lane(OSLO, 4),
    custom_lane("SELECT name FROM rivers", 5),
    tool_lane(6),
    refusal_lane("I cannot say that.", 7),
]
OUTPUT = [lane[-1]["item"] for lane in LANES]
STREAM = [created(), *(event for lane in LANES for event in lane), completed(*OUTPUT)]
NUMBERED = numbered(STREAM)


def config(**options: Any) -> responses.Config:
    return responses.Config(message_id=MESSAGE_ID, **options)


# Law 6: order-blind across lanes


@st.composite
def interleavings(draw: st.DrawFn, lanes: Sequence[Sequence[EventJson]] = LANES) -> list[EventJson]:
    """The lanes' events in any order that keeps each lane's own."""
    left = [list(lane) for lane in draw(st.permutations(lanes))]
    events: list[EventJson] = []
    while left := [lane for lane in left if lane]:
        chosen = left[draw(st.integers(0, len(left) - 1))]
        count = draw(st.integers(1, len(chosen)))
        events += chosen[:count]
        del chosen[:count]
    return events


LEFT_OUTS = {"both": (), "index only": ("item_id",), "item id only": ("output_index",)}


@pytest.mark.deep
@pytest.mark.parametrize("known_by", LEFT_OUTS)
@given(
    last=st.sampled_from([[], [completed(output=None)], [completed(*OUTPUT)]]),
    interleaved=interleavings(),
)
def test_any_interleaving_of_items_keeps_each_one_s_content(
    known_by: str, last: list[EventJson], interleaved: list[EventJson]
) -> None:
    in_order = folded([created(), *(event for lane in LANES for event in lane), *last])
    events = without([created(), *interleaved, *last], *LEFT_OUTS[known_by])
    result = folded(numbered(events), agree=False).result
    listed = any(event["response"]["output"] for event in last)
    if known_by == "item id only" and not listed:  # then nothing tells the items' order
        assert set(result.tool_calls) == set(in_order.result.tool_calls)
        assert set(result.content) == set(in_order.result.content)
    else:
        assert (result.tool_calls, result.content) == (in_order.result.tool_calls, in_order.result.content)
    assert result.diagnostics == ()


@given(interleaved=interleavings([LANES[2], LANES[4], LANES[5]]))
def test_any_interleaving_of_calls_says_each_one_s_arguments(interleaved: list[EventJson]) -> None:
    fold = folded([created(), *interleaved])
    said = {call["id"]: (call["name"], call["arguments"]) for call in channels(fold.messages)["calls"]}
    assert said == {
        "call_2": ("get_weather", PARIS),
        "call_4": ("get_weather", OSLO),
        "call_5": ("run_sql", "SELECT name FROM rivers"),
    }


@given(interleaved=interleavings([LANES[2], LANES[4], LANES[5]]))
def test_items_that_all_have_one_index_are_told_apart_by_their_ids(interleaved: list[EventJson]) -> None:
    # Some proxies have `output_index: 0` in every event.
    fold = folded([created(), *({**event, "output_index": 0} for event in interleaved), completed(output=None)])
    assert {(call.id, call.arguments) for call in fold.result.tool_calls} == {
        ("call_2", PARIS),
        ("call_4", OSLO),
        ("call_5", "SELECT name FROM rivers"),
    }


@given(
    interleaved=interleavings(), cut=st.integers(0, 60), end=st.sampled_from([Ended(), Cancelled(), Failed("reset")])
)
def test_any_interleaving_cut_off_anywhere_keeps_what_had_come(
    interleaved: list[EventJson], cut: int, end: Any
) -> None:
    seen = interleaved[:cut]
    result = folded([created(), *seen], end, agree=False).result

    def pieces(kind: str, index: int) -> str:
        return "".join(event["delta"] for event in seen if event["type"] == kind and event["output_index"] == index)

    assert result.text == pieces("response.output_text.delta", 3)
    assert result.refusal == pieces("response.refusal.delta", 7)
    arguments = {call.id: call.arguments for call in result.tool_calls}
    for index in (2, 4):
        assert arguments.get(f"call_{index}", "") == pieces("response.function_call_arguments.delta", index)
    assert arguments.get("call_5", "") == pieces("response.custom_tool_call_input.delta", 5)


# Law 10: exactly once


@pytest.mark.deep
@pytest.mark.parametrize("at", range(len(NUMBERED)))
def test_an_event_that_is_delivered_twice_is_folded_once(at: int) -> None:
    once = fold(responses, config(), chunks_of(NUMBERED))
    for later in (at + 1, len(NUMBERED)):
        twice = [*NUMBERED[:later], NUMBERED[at], *NUMBERED[later:]]
        assert fold(responses, config(), chunks_of(twice)) == once


def test_any_suffix_that_is_replayed_is_folded_once() -> None:
    once = fold(responses, config(), chunks_of(NUMBERED))
    for begin in range(len(NUMBERED)):
        assert fold(responses, config(), chunks_of([*NUMBERED, *NUMBERED[begin:]])) == once


@pytest.mark.parametrize(("first", "step"), [(0, 1), (1, 1), (500, 1), (0, 4)])
@given(replays=st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), max_size=8))
def test_any_deliveries_at_least_once_are_folded_once(first: int, step: int, replays: list[tuple[int, int]]) -> None:
    events = numbered(STREAM, first, step)
    deliveries: list[EventJson] = []
    for at, event in enumerate(events):
        deliveries.append(event)
        for until, begin in replays:
            if until % len(events) == at:
                deliveries += events[begin % (at + 1) : at + 1]
    assert fold(responses, config(), chunks_of(deliveries)) == fold(responses, config(), chunks_of(events))


@given(interleaved=interleavings(), cut=st.integers(0, 60), back=st.integers(0, 60))
def test_a_stream_that_is_resumed_anywhere_is_the_stream(interleaved: list[EventJson], cut: int, back: int) -> None:
    events = numbered([created(), *interleaved, completed(*OUTPUT)])
    resumed = [*events[:cut], *events[max(0, cut - back) :]]
    assert fold(responses, config(), chunks_of(resumed)) == fold(responses, config(), chunks_of(events))


@given(interleaved=interleavings(), begin=st.integers(0, 60))
def test_items_that_are_done_are_not_said_again_under_fresh_numbers(interleaved: list[EventJson], begin: int) -> None:
    events = [created(), *interleaved]
    again = folded(numbered([*events, *events[begin:]]), agree=False)
    once = folded(numbered(events), agree=False)
    assert again.messages == once.messages
    assert (again.result.content, again.result.tool_calls) == (once.result.content, once.result.tool_calls)

"""Arguments under names that no rule has (gateways): read where the name is plain; else they are lost frames (Q80)."""

from typing import Any

import pytest
from streamfold.adapters.laws.checker import check_laws
from streamfold.reducer import Doubt, responses
from support.adapters.sdk_objects import READERS, chunks_by
from support.event_shapes import (
    EventJson,
    arguments_delta,
    arguments_done,
    begun,
    completed,
    created,
    custom_call,
    folded,
    function_call,
    input_done,
    item_added,
    item_done,
    server_tool,
)
from support.law_checks import MESSAGE_ID

PARIS = '{"city":"Paris"}'
CALL = function_call(arguments=PARIS)
ADDRESSES: dict[str, EventJson] = {
    "all": {"item_id": "item_0", "output_index": 0},
    "id": {"item_id": "item_0"},
    "index": {"output_index": 0},
    "call_id": {"call_id": "call_0"},
    "call's id for the item's": {"item_id": "call_0"},
}
SAID: dict[str, EventJson] = {
    "delta": {"delta": PARIS},
    "delta of an object": {"delta": {"city": "Paris"}},
    "arguments": {"arguments": PARIS},
    "input": {"input": PARIS},
    "partial_json": {"partial_json": PARIS},
    "item": {"item": {"arguments": PARIS}},
}


def named(name: str, **members: Any) -> EventJson:
    return {"type": f"response.{name}", "item_id": "item_0", "output_index": 0, **members}


def doubts(events: list[EventJson]) -> list[list[Doubt]]:
    calls = folded([created(), *events], agree=False).result.tool_calls
    return [[doubted.doubt for doubted in call.doubts] for call in calls]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", ["function_call.arguments", "tool_call_arguments", "tool_call.arguments"])
def test_q69_plain_names_of_arguments_are_read(name: str, reader: str) -> None:
    pieces = [named(f"{name}.delta", delta=piece) for piece in (PARIS[:5], PARIS[5:])]
    done = named(f"{name}.done", arguments=PARIS)
    for events in ([*pieces, done], pieces, [done]):
        chunks = chunks_by(reader, [created(), begun(CALL), *events, completed()])
        check_laws(responses, responses.Config(message_id=MESSAGE_ID), chunks)
        state, _ = responses.start(responses.Config(message_id=MESSAGE_ID))
        for chunk in chunks:
            state, _ = responses.step(state, chunk)
        (call,) = responses.result(state).tool_calls
        assert (call.arguments, call.complete) == (PARIS, True)


def test_q69_a_plain_name_of_a_custom_tool_s_input_is_read() -> None:
    events = [
        named("custom_tool_call.input.delta", delta="SELECT"),
        named("custom_tool_call.input.done", input="SELECT 1"),
    ]
    (call,) = folded([created(), begun(custom_call()), *events, completed()]).result.tool_calls
    assert (call.arguments, call.complete) == ("SELECT 1", True)


@pytest.mark.parametrize("end", [[], [item_done(function_call())], [item_done(function_call(arguments="{}"))]])
@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_q80_an_unknown_event_with_arguments_is_a_lost_frame(
    address: EventJson, said: EventJson, end: list[EventJson]
) -> None:
    event = {"type": "response.tool_call.delta", **address, **said}
    other = function_call(1, arguments="{}")
    found = doubts([begun(CALL), begun(other, 1), event, *end, item_done(other, 1), completed()])
    kept = [] if end and end[0]["item"]["arguments"] else [Doubt.FRAME_LOST]  # a whole that parses
    assert found[1] == []
    assert [doubt for doubt in found[0] if doubt is Doubt.FRAME_LOST] == kept


def test_q80_an_unknown_event_with_arguments_loses_nothing_of_a_whole_call() -> None:
    event = named("function_call.snapshot", arguments=PARIS)
    assert doubts([begun(CALL), arguments_delta(PARIS), event, completed()]) == [[]]
    assert doubts([begun(CALL), event, arguments_done(PARIS), completed()]) == [[]]
    assert doubts([begun(CALL), event, item_done(CALL), completed()]) == [[]]
    assert doubts([begun(CALL), event, completed(CALL)]) == [[]]
    assert doubts([item_done(CALL), event, completed()]) == [[]]


def test_q80_an_unknown_event_after_an_empty_call_is_a_doubt() -> None:
    event = named("function_call.snapshot", arguments=PARIS)
    conflict = [[Doubt.CONFLICTING_WHOLE]]
    assert doubts([item_done(function_call()), event, completed()]) == conflict
    assert doubts([item_done(function_call(arguments="{}")), event, completed()]) == conflict
    whole = named("custom_tool_call.snapshot", input="SELECT 1")
    assert doubts([item_done(custom_call(text="SELECT 1")), whole, completed()]) == [[]]
    assert doubts([item_done(custom_call(text="SELECT")), whole, completed()]) == conflict


@pytest.mark.parametrize(
    "event",
    [
        named("function_call.in_progress", status="in_progress"),
        named("tool_call.delta", delta=""),
        {"type": "response.tool_call.delta", "item_id": "item_9", "delta": PARIS},
        {"type": "response.note", "delta": PARIS},
        {"type": "response.mcp_call.arguments_delta", "item_id": "item_1", "output_index": 0, "delta": PARIS},
    ],
    ids=["no content", "empty", "another item's id", "about nothing", "of a server tool"],
)
def test_q80_an_unknown_event_without_a_call_s_arguments_is_none(event: EventJson) -> None:
    server = item_added(server_tool("mcp_call", 1), 1)
    assert doubts([begun(CALL), server, event, arguments_done("{}"), item_done(function_call()), completed()]) == [[]]


def test_q80_arguments_that_address_nothing_may_be_any_call_s() -> None:
    event = {"type": "response.tool_call.delta", "delta": PARIS}
    assert doubts([begun(CALL), event, item_done(function_call()), completed()]) == [[Doubt.FRAME_LOST]]
    for name in ("delta", "done"):
        mcp = {"type": f"response.mcp_call_arguments.{name}", "delta": PARIS, "arguments": PARIS}
        assert doubts([begun(CALL), mcp, item_done(function_call()), completed()]) == [[Doubt.FRAME_LOST]]
        own = item_added(server_tool("mcp_call", 1), 1)
        assert doubts([begun(CALL), own, mcp, item_done(function_call()), completed()]) == [[]]


@pytest.mark.parametrize("reader", READERS)
def test_q69_a_server_tool_s_arguments_with_a_call_s_id(reader: str) -> None:
    pieces = [named("mcp_call_arguments.delta", delta=piece) for piece in (PARIS[:5], PARIS[5:])]
    done = named("mcp_call_arguments.done", arguments=PARIS)
    for events in ([*pieces, done], pieces, [done]):
        chunks = chunks_by(reader, [created(), begun(CALL), *events, completed()])
        check_laws(responses, responses.Config(message_id=MESSAGE_ID), chunks)
    came = folded([created(), begun(CALL), *pieces, done, completed()])
    (call,) = came.result.tool_calls
    assert (call.arguments, call.complete) == (PARIS, True)
    assert came.notes("repaired") == ["the arguments of function_call item_0 came as those of mcp_call"]
    assert [item.kind for item in came.result.output] == ["function_call"]


def test_q69_a_server_tool_s_arguments_at_a_call_s_index() -> None:
    event = {"type": "response.mcp_call_arguments.delta", "output_index": 0, "item_id": "mcp_0", "delta": PARIS}
    for said in (event, named("mcp_call_arguments.delta", delta={"city": "Paris"})):
        assert doubts([begun(CALL), said, item_done(function_call()), completed()]) == [[Doubt.FRAME_LOST]]
        assert doubts([begun(CALL), said, item_done(CALL), completed()]) == [[]]
    code = named("code_interpreter_call_code.delta", delta="1")
    assert doubts([begun(CALL), code, item_done(function_call()), completed()]) == [[]]


def test_q69_a_custom_tool_s_input_under_no_known_name() -> None:
    event = named("custom_tool_call.delta", delta="SELECT")
    assert doubts([begun(custom_call()), event, item_done(custom_call()), completed()]) == [[Doubt.FRAME_LOST]]
    assert doubts([begun(custom_call()), event, input_done("SELECT"), completed()]) == [[]]


@pytest.mark.parametrize("where", ["partial_json", "arguments_delta", "args", "params", "kwargs", "content", "value"])
def test_q80_arguments_in_other_members_are_lost_frames(where: str) -> None:
    end, other = item_done(function_call(arguments="")), {where: PARIS}
    lost = [[Doubt.FRAME_LOST]]
    for name in ("function_call_arguments.delta", "function_call_arguments.done"):
        assert doubts([item_added(function_call()), named(name, **other), end, completed()]) == lost
    assert doubts([item_added(function_call()), item_done({**function_call(), **other}), completed()]) == lost
    inner = named("function_call_arguments.delta", function={"arguments": PARIS})
    assert doubts([item_added(function_call()), inner, end, completed()]) == lost


def test_q82_an_empty_whole_tells_of_no_arguments_whose_they_are() -> None:
    begin = [item_added(function_call(at), at) for at in (0, 1)]
    pieces = [{"type": "response.function_call_arguments.delta", "delta": f'{{"a":{at}}}'} for at in (0, 1)]
    ends = [item_done(function_call(at, arguments="{}"), at) for at in (0, 1)]
    assert all(map(doubts([*begin, *pieces, *ends, completed()]).__getitem__, (0, 1)))
    moved = {**arguments_delta(PARIS, 0), "output_index": 1}
    assert doubts([begin[0], moved, ends[0], completed()]) == [[Doubt.CONFLICTING_WHOLE]]


def test_q83_an_error_beside_an_item_s_end_cuts_it_off() -> None:
    event = item_done(CALL) | {"error": {"message": "boom"}}
    came = folded([created(), item_added(function_call()), event], agree=False)
    assert (came.result.outcome, came.result.tool_calls[0].arguments) == ("failed", PARIS)
    assert [doubts for _, doubts in came.closed()] == [["CUT_OFF"]]

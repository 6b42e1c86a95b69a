from collections.abc import Callable
from typing import Any

import pytest
from streamfold.reducer import otid
from streamfold.reducer.doubts import Doubt, Doubted
from streamfold.reducer.messages import ServerToolMessage, StopReason, ToolCallDelta
from streamfold.reducer.otid import RunCursor, initial_cursor
from streamfold.reducer.shared import emit
from support.law_checks import APPROVAL_ID, MESSAGE_ID

BEGIN = initial_cursor(MESSAGE_ID, "run-1", "step-1")
SAID: dict[str, Callable[[RunCursor], tuple[RunCursor, Any]]] = {
    "assistant_message": lambda run: emit.text(run, "Hi"),
    "reasoning_message": lambda run: emit.reasoning(run, "Hm"),
    "hidden_reasoning_message": emit.hidden_reasoning,
    "refusal_message": lambda run: emit.refusal(run, "No"),
    "tool_call_message": lambda run: emit.call(run, False, "call_1", "go", "{"),
    "approval_request_message": lambda run: emit.call(run, True, "call_1", "go", "{"),
    "server_tool_message": lambda run: emit.server_tool(run, "web_search_call", "ws_1"),
    "annotation_message": lambda run: emit.annotation(run, {"type": "url_citation"}),
    "stop_reason": lambda run: emit.stop(run, "cancelled"),
}
kinds = pytest.mark.parametrize("kind", SAID)


@kinds
def test_a_message_opens_the_run_of_its_type(kind: str) -> None:
    run, message = SAID[kind](BEGIN)
    assert (message.message_type, run.type, run.index) == (kind, kind, 0)
    assert (message.run_id, message.step_id) == ("run-1", "step-1")


@kinds
def test_a_second_message_of_a_type_belongs_to_the_same_run(kind: str) -> None:
    run, first = SAID[kind](BEGIN)
    again, second = SAID[kind](run)
    assert again is run
    assert second == first


@kinds
@pytest.mark.parametrize("before", SAID)
def test_a_message_of_another_type_opens_the_next_run(before: str, kind: str) -> None:
    run, message = SAID[kind](SAID[before](BEGIN)[0])
    assert run.index == (0 if kind == before else 1)
    approval = kind == "approval_request_message"
    ids = (APPROVAL_ID, APPROVAL_ID) if approval else (MESSAGE_ID, otid(MESSAGE_ID, run.index))
    assert (message.id, message.otid) == ids


def test_reasoning_is_native_unless_it_came_in_arguments() -> None:
    assert emit.reasoning(BEGIN, "Hm")[1].source == "reasoner_model"
    assert emit.reasoning(BEGIN, "Hm", native=False)[1].source == "non_reasoner_model"


def test_what_is_said_is_in_the_message() -> None:
    assert emit.text(BEGIN, "Hi", "commentary")[1].content == "Hi"
    assert emit.text(BEGIN, "Hi", "commentary")[1].phase == "commentary"
    assert emit.text(BEGIN, "Hi")[1].phase is None
    assert emit.reasoning(BEGIN, "Hm")[1].reasoning == "Hm"
    assert emit.reasoning(BEGIN, "Hm")[1].signature is None
    assert emit.hidden_reasoning(BEGIN)[1].state == "omitted"
    assert emit.refusal(BEGIN, "No")[1].refusal == "No"
    assert emit.annotation(BEGIN, {"a": 1})[1].annotation == {"a": 1}


@pytest.mark.parametrize("approval", [False, True])
def test_of_a_call_what_is_empty_is_left_out(approval: bool) -> None:
    def delta(name: str, arguments: str) -> ToolCallDelta:
        return emit.call(BEGIN, approval, "call_1", name, arguments)[1].tool_call

    assert delta("go", "") == ToolCallDelta("go", None, "call_1")
    assert delta("", "{}") == ToolCallDelta(None, "{}", "call_1")
    assert delta("go", "{}") == ToolCallDelta("go", "{}", "call_1")


def test_a_server_tool_s_message_has_what_the_wire_gave() -> None:
    ids = (MESSAGE_ID, otid(MESSAGE_ID, 0), "run-1", "step-1")
    whole = emit.server_tool(BEGIN, "mcp_call", "mcp_1", "completed", "{}", {"type": "mcp_call"})[1]
    assert whole == ServerToolMessage(*ids, "mcp_call", "mcp_1", "completed", "{}", {"type": "mcp_call"})
    bare = emit.server_tool(BEGIN, "mcp_call", None)[1]
    assert (bare.item_id, bare.status, bare.delta, bare.item) == (None, None, None, None)


def test_a_stop_says_why() -> None:
    ids = (MESSAGE_ID, otid(MESSAGE_ID, 0), "run-1", "step-1")
    assert emit.stop(BEGIN, "error", "boom")[1] == StopReason(*ids, "error", "boom")
    assert emit.stop(BEGIN, "cancelled")[1] == StopReason(*ids, "cancelled", None)


def test_a_closed_call_is_in_no_run_and_takes_no_index() -> None:
    run, closed = emit.call_closed(BEGIN, "call_a", (Doubted(Doubt.CUT_OFF, "x"),))
    assert run is BEGIN
    assert (closed.tool_call_id, closed.otid, closed.complete) == ("call_a", None, False)
    assert emit.call_closed(BEGIN, "call_b", ())[1].complete

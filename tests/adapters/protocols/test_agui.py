"""A turn as AG-UI's clients read it."""

import json
from typing import Any

import pytest
from hypothesis import given
from screens.cut_turns import check_shown, cut_streams, told
from screens.shown import shown_by_agui
from streamfold.adapters.protocols import agui
from streamfold.adapters.protocols.turn import ToolReturn
from streamfold.reducer import Result
from streamfold.reducer.doubts import STILL_OPEN
from streamfold.reducer.messages import (
    AnnotationMessage,
    ApprovalRequestMessage,
    AssistantMessage,
    HiddenReasoningMessage,
    Message,
    ReasoningMessage,
    ServerToolMessage,
    ToolCallClosed,
    ToolCallDelta,
    ToolCallMessage,
)
from streamfold.reducer.stream_error import read_error
from streamfold.reducer.usage import Usage
from support.law_checks import MESSAGE_ID

CONFIG = agui.Config("thread-1", "run-1")
OLD = agui.Config("thread-1", "run-1", has_outcomes=False)
IDS: Any = (MESSAGE_ID, "otid-1", None, None)
DONE = Result(outcome="completed", finish_reason="stop")
CLOSED = ToolCallClosed(MESSAGE_ID, None, None, "c")


def events_of(*said: Any, config: agui.Config = CONFIG, result: Result = DONE) -> list[dict[str, Any]]:
    events = told(agui, config, said, result)
    shown_by_agui(events)
    return events


@given(cut_streams())
def test_a_screen_shows_what_the_result_is(cut: tuple[list[Message], Result]) -> None:
    """The law: whatever a reducer says, cut anywhere and closed."""
    messages, result = cut
    shown = shown_by_agui(told(agui, CONFIG, messages, result))
    check_shown(shown, messages, result)
    assert shown.end is not None
    assert (shown.end["type"] == "RUN_ERROR") == (result.outcome in ("failed", "truncated"))
    if result.outcome == "completed":
        waiting = {call.id for call in result.tool_calls if call.complete} & shown.arguments.keys()
        assert set(shown.end["outcome"].get("pendingToolCallIds", shown.approvals)) == waiting


def test_reasoning_is_a_message_in_a_span_and_its_signature_comes_after() -> None:
    types = [event["type"] for event in events_of(ReasoningMessage(*IDS, "Hm", signature="sealed"))]
    assert types[2:-2] == [
        "REASONING_START",
        "REASONING_MESSAGE_START",
        "REASONING_MESSAGE_CONTENT",
        "REASONING_MESSAGE_END",
        "REASONING_END",
        "REASONING_ENCRYPTED_VALUE",
    ]
    hidden = [event["type"] for event in events_of(HiddenReasoningMessage(*IDS))]
    assert hidden[2:-2] == ["REASONING_START", "REASONING_MESSAGE_START", "REASONING_MESSAGE_END", "REASONING_END"]


def test_a_call_names_the_message_it_belongs_to() -> None:
    call = ToolCallMessage(MESSAGE_ID, "otid-2", None, None, ToolCallDelta("run", "{}", "c"))
    started = [event for event in events_of(AssistantMessage(*IDS, "Hm"), call, CLOSED) if "toolCallName" in event]
    assert started == [
        {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "run", "parentMessageId": "otid-1"}
    ]
    assert "parentMessageId" not in events_of(call, CLOSED)[2]


def test_a_call_that_must_not_run_is_answered() -> None:
    """A client runs the calls that nobody answered."""
    call = ToolCallMessage(*IDS, ToolCallDelta("run", "{", "c"))
    closed = ToolCallClosed(MESSAGE_ID, None, None, "c", (STILL_OPEN,))
    answered = [event for event in events_of(call, closed) if event["type"] == "TOOL_CALL_RESULT"]
    assert answered[0]["content"] == f"The call was not run: {STILL_OPEN.detail}"


def test_what_tools_gave_is_a_result() -> None:
    contents = [events_of(ToolReturn("c", output))[2]["content"] for output in ("rain", {"a": 1})]
    assert contents == ["rain", '{"a":1}']


def test_a_tool_of_the_providers_is_a_call_with_its_result() -> None:
    item = {"id": "ws_1", "status": "completed"}
    events = events_of(
        ServerToolMessage(*IDS, "web_search_call", "ws_1", "searching"),
        ServerToolMessage(*IDS, "web_search_call", "ws_1", "completed", None, item),
        AnnotationMessage(MESSAGE_ID, "otid-2", None, None, {"url": "u"}),
    )
    began, progress, ended, gave, cited = events[2:-2]
    assert began["toolCallName"] == "web_search_call"
    assert progress["value"] == {"id": "ws_1", "status": "searching"}
    assert ended["type"] == "TOOL_CALL_END"
    assert json.loads(gave["content"]) == item
    assert cited["value"] == {"id": "otid-2:1", "annotation": {"url": "u"}}


APPROVAL = (ApprovalRequestMessage(*IDS, ToolCallDelta("rm", "{}", "c")), CLOSED)
CALL = (ToolCallMessage(*IDS, ToolCallDelta("run", "{}", "c")), CLOSED)
COUNTED = Result(outcome="completed", finish_reason="stop", model="m", usage=Usage(3, 4, source="reported"))


@pytest.mark.parametrize(
    ("said", "result", "outcome"),
    [
        ((), DONE, {"type": "success"}),
        ((), Result(outcome="completed", finish_reason="length"), {"type": "success"}),
        ((), Result(outcome="completed", finish_reason="max_steps"), {"type": "success"}),
        ((), Result(outcome="cancelled"), {"type": "cancelled"}),
        (CALL, DONE, {"type": "success", "pendingToolCallIds": ["c"]}),
        (
            APPROVAL,
            DONE,
            {"type": "interrupt", "interrupts": [{"id": "c", "reason": "tool_approval", "toolCallId": "c"}]},
        ),
    ],
)
def test_a_run_finishes_with_an_outcome_where_the_client_knows_them(said: Any, result: Result, outcome: Any) -> None:
    assert events_of(*said, result=result)[-1]["outcome"] == outcome
    assert events_of(*said, result=result, config=OLD)[-1] == {
        "type": "RUN_FINISHED",
        "threadId": "thread-1",
        "runId": "run-1",
    }


def test_a_run_says_what_it_used() -> None:
    assert events_of(result=COUNTED)[-1]["usage"] == [{"model": "m", "inputTokens": 3, "outputTokens": 4}]


@pytest.mark.parametrize("shows", [True, False])
def test_the_providers_error_is_masked_unless_it_may_be_shown(shows: bool) -> None:
    failed = Result(outcome="failed", error=read_error({"message": "rate limit of sk-1", "code": "429"}))
    end = events_of(result=failed, config=agui.Config("thread-1", "run-1", shows_errors=shows))[-1]
    assert (end["type"], end["code"]) == ("RUN_ERROR", "rate_limit")
    assert ("sk-1" in end["message"]) == shows
    assert events_of(result=Result(outcome="truncated"))[-1]["code"] == "truncated"


def test_a_frame_is_one_line_of_data_and_nothing_follows_the_last() -> None:
    assert agui.frame({"type": "RUN_STARTED"}) == b'data: {"type":"RUN_STARTED"}\n\n'
    assert agui.LAST == b""

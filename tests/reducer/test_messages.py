"""What the messages say of themselves where nothing else is said."""

from typing import Any, get_args

import attrs
import pytest
from streamfold.reducer.doubts import Doubt, Doubted
from streamfold.reducer.messages import (
    AnnotationMessage,
    ApprovalRequestMessage,
    AssistantMessage,
    HiddenReasoningMessage,
    Message,
    ReasoningMessage,
    RefusalMessage,
    ServerToolMessage,
    StopReason,
    ToolCallClosed,
    ToolCallDelta,
    ToolCallMessage,
)

BASE = {"id": "message-1", "otid": "otid-1", "run_id": "run-1", "step_id": "step-1"}
CALL = ToolCallDelta("go", None, "call_1")
TYPES: dict[Any, str] = {
    ReasoningMessage: "reasoning_message",
    HiddenReasoningMessage: "hidden_reasoning_message",
    AssistantMessage: "assistant_message",
    RefusalMessage: "refusal_message",
    ToolCallMessage: "tool_call_message",
    ApprovalRequestMessage: "approval_request_message",
    ServerToolMessage: "server_tool_message",
    AnnotationMessage: "annotation_message",
    ToolCallClosed: "tool_call_closed",
    StopReason: "stop_reason",
}
LEAST: dict[Any, dict[str, Any]] = {
    ReasoningMessage: {"reasoning": "Hm"},
    HiddenReasoningMessage: {},
    AssistantMessage: {"content": "Hi"},
    RefusalMessage: {"refusal": "No"},
    ToolCallMessage: {"tool_call": CALL},
    ApprovalRequestMessage: {"tool_call": CALL},
    ServerToolMessage: {"tool": "web_search_call"},
    AnnotationMessage: {"annotation": {}},
    ToolCallClosed: {"tool_call_id": "call_1"},
    StopReason: {"stop_reason": "cancelled"},
}
WHERE_NOTHING_IS_SAID: dict[Any, dict[str, Any]] = {
    ReasoningMessage: {"source": "reasoner_model", "signature": None},
    HiddenReasoningMessage: {"state": "omitted"},
    AssistantMessage: {"phase": None},
    ServerToolMessage: {"item_id": None, "status": None, "delta": None, "item": None},
    ToolCallClosed: {"doubts": ()},
    StopReason: {"detail": None},
}


def test_every_message_of_the_union_has_its_own_type() -> None:
    assert set(get_args(Message)) == set(TYPES)
    assert {kind: kind.message_type for kind in TYPES} == TYPES


@pytest.mark.parametrize("kind", TYPES)
def test_a_message_has_the_ids_of_its_run_and_its_payload(kind: Any) -> None:
    ids = {name: value for name, value in BASE.items() if name != "otid" or kind is not ToolCallClosed}
    message = kind(**ids, **LEAST[kind])
    said = attrs.asdict(message, recurse=False)
    assert said == ids | LEAST[kind] | WHERE_NOTHING_IS_SAID.get(kind, {})


def test_a_call_closed_is_in_no_run_and_may_be_doubted() -> None:
    closed = ToolCallClosed("message-1", None, None, "call_1")
    assert (closed.otid, closed.complete) == (None, True)
    assert not attrs.evolve(closed, doubts=(Doubted(Doubt.CUT_OFF),)).complete

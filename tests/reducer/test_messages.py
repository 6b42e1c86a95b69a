"""What the messages say of themselves where nothing else is said."""

from typing import Any, get_args

import attrs
import pytest
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
    StopReason: {"stop_reason": "cancelled"},
}
WHERE_NOTHING_IS_SAID: dict[Any, dict[str, Any]] = {
    ReasoningMessage: {"source": "reasoner_model", "signature": None},
    HiddenReasoningMessage: {"state": "omitted"},
    AssistantMessage: {"phase": None},
    ServerToolMessage: {"item_id": None, "status": None, "delta": None, "item": None},
    StopReason: {"detail": None},
}


def test_every_message_of_the_union_has_its_own_type() -> None:
    assert set(get_args(Message)) == set(TYPES)
    assert {kind: kind.message_type for kind in TYPES} == TYPES


@pytest.mark.parametrize("kind", TYPES)
def test_a_message_has_the_ids_of_its_run_and_its_payload(kind: Any) -> None:
    message = kind(**BASE, **LEAST[kind])
    said = attrs.asdict(message, recurse=False)
    assert said == BASE | LEAST[kind] | WHERE_NOTHING_IS_SAID.get(kind, {})

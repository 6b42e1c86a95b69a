"""A message of every type, as Letta's JSON and event streams are tested with them."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Any

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
from streamfold.reducer.values.json_values import freeze

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
IDS = ("message-1", "otid-1", "run-1", "step-1")
HEAD = {"id": "message-1", "otid": "otid-1", "run_id": "run-1", "step_id": "step-1"}


REASONING = ReasoningMessage(*IDS, "Let me think", signature="sig")
HIDDEN = HiddenReasoningMessage(*IDS)
TEXT = AssistantMessage(*IDS, "Grüße \u2028 😀", phase="final_answer")
CALL = ToolCallMessage(*IDS, ToolCallDelta("send", None, "call_1"))
APPROVAL = ApprovalRequestMessage(*IDS, ToolCallDelta("rm", '{"a":1}', "call_2"))
REFUSAL = RefusalMessage(*IDS, "No.")
SERVER_TOOL = ServerToolMessage(*IDS, "web_search_call", "ws_1", "searching")
ANNOTATION = AnnotationMessage(*IDS, freeze({"url": "https://example.org", "at": [1, 2]}))

KNOWN: tuple[Message, ...] = (REASONING, HIDDEN, TEXT, CALL, APPROVAL)
OWN: tuple[Message, ...] = (REFUSAL, SERVER_TOOL, ANNOTATION)


def noon() -> datetime:
    return NOON


def stop(reason: Any) -> StopReason:
    return StopReason(*IDS, reason, "what went wrong")


async def later(messages: Iterable[Message]) -> AsyncIterator[Message]:
    for message in messages:
        await asyncio.sleep(0)
        yield message

"""Messages, made within their run: each function takes the run so far and gives the run after and the message."""

from typing import Literal

from ..doubts import Doubted
from ..messages import (
    AnnotationMessage,
    ApprovalRequestMessage,
    AssistantMessage,
    HiddenReasoningMessage,
    ReasoningMessage,
    RefusalMessage,
    ServerToolMessage,
    StopReason,
    ToolCallClosed,
    ToolCallDelta,
    ToolCallMessage,
)
from ..otid import RunCursor
from ..values.frozen_value import constructor_of
from ..values.json_values import Json

_assistant, _reasoning = constructor_of(AssistantMessage), constructor_of(ReasoningMessage)
_server_tool, _closed = constructor_of(ServerToolMessage), constructor_of(ToolCallClosed)
_call, _approval, _delta = (
    constructor_of(ToolCallMessage),
    constructor_of(ApprovalRequestMessage),
    constructor_of(ToolCallDelta),
)


def text(run: RunCursor, content: str, phase: str | None = None) -> tuple[RunCursor, AssistantMessage]:
    """A piece of the answer."""
    if run.type != "assistant_message":
        run = run.enter("assistant_message")
    return run, _assistant(run.id, run.otid, run.run_id, run.step_id, content, phase)


def reasoning(run: RunCursor, piece: str, native: bool = True) -> tuple[RunCursor, ReasoningMessage]:
    """A piece of reasoning; `native` unless it came as a member of a tool call's arguments."""
    if run.type != "reasoning_message":
        run = run.enter("reasoning_message")
    source: Literal["reasoner_model", "non_reasoner_model"] = "reasoner_model" if native else "non_reasoner_model"
    return run, _reasoning(run.id, run.otid, run.run_id, run.step_id, piece, source)


def hidden_reasoning(run: RunCursor) -> tuple[RunCursor, HiddenReasoningMessage]:
    """That there is reasoning which the provider does not show."""
    run = run.enter("hidden_reasoning_message")
    return run, HiddenReasoningMessage(run.id, run.otid, run.run_id, run.step_id)


def refusal(run: RunCursor, piece: str) -> tuple[RunCursor, RefusalMessage]:
    """A piece of a refusal."""
    run = run.enter("refusal_message")
    return run, RefusalMessage(run.id, run.otid, run.run_id, run.step_id, piece)


def call(
    run: RunCursor, approval: bool, call_id: str, name: str, arguments: str
) -> tuple[RunCursor, ToolCallMessage | ApprovalRequestMessage]:
    """A piece of a tool call; what is empty is left out."""
    delta = _delta(name or None, arguments or None, call_id)
    if approval:
        run = run.enter("approval_request_message")
        return run, _approval(run.approval_id, run.approval_id, run.run_id, run.step_id, delta)
    if run.type != "tool_call_message":
        run = run.enter("tool_call_message")
    return run, _call(run.id, run.otid, run.run_id, run.step_id, delta)


def server_tool(
    run: RunCursor, tool: str, item_id: str | None, status: str | None = None, delta: Json = None, item: Json = None
) -> tuple[RunCursor, ServerToolMessage]:
    """The progress of a tool that the provider runs."""
    run = run.enter("server_tool_message")
    return run, _server_tool(run.id, run.otid, run.run_id, run.step_id, tool, item_id, status, delta, item)


def annotation(run: RunCursor, note: Json) -> tuple[RunCursor, AnnotationMessage]:
    """A citation."""
    run = run.enter("annotation_message")
    return run, AnnotationMessage(run.id, run.otid, run.run_id, run.step_id, note)


def call_closed(run: RunCursor, call_id: str, doubts: tuple[Doubted, ...]) -> tuple[RunCursor, ToolCallClosed]:
    """That the wire has closed a tool call; the run goes on as if nothing had been emitted."""
    return run, _closed(run.id, run.run_id, run.step_id, call_id, doubts)


def stop(
    run: RunCursor, reason: Literal["cancelled", "error", "llm_api_error"], detail: str | None = None
) -> tuple[RunCursor, StopReason]:
    """Why nothing more comes."""
    run = run.enter("stop_reason")
    return run, StopReason(run.id, run.otid, run.run_id, run.step_id, reason, detail)

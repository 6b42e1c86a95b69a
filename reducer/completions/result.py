"""What a Chat Completions state comes to, in the terms that all wires share."""

from collections.abc import Sequence

from ..diagnostics import Diagnostic, noted
from ..otid import synthetic_call_id
from ..result import (
    ContentPart,
    OmittedReasoningPart,
    ReasoningPart,
    RefusalPart,
    Result,
    ServerToolPart,
    TextPart,
    ToolCall,
)
from ..usage import Usage
from ..values.json_status import json_status
from ..values.json_values import as_object, as_text
from .calls import Call
from .draft import LEGACY
from .state import State, rested


def result_of(
    state: State,
    parts: Sequence[ContentPart],
    usage: Usage | None = None,
    omitted: bool = False,
    incomplete: Sequence[str] = (),
) -> Result:
    """The result of a state.

    Args:
        state: any state.
        parts: the reasoning and the text, as the wire puts them.
        usage: in place of what was reported.
        omitted: whether the content begins with omitted reasoning though that was not announced.
        incomplete: what the end has left in pieces, in words.
    """
    envelope = state.envelope
    content: list[ContentPart] = [OmittedReasoningPart()] if state.omitted or omitted else []
    content.extend(parts)
    if state.refusal:
        content.append(RefusalPart(str(state.refusal)))
    content.extend(ServerToolPart(item) for item in envelope.server_tools)
    calls, diagnostics = _calls(state)
    for detail in incomplete:
        diagnostics = noted(diagnostics, "incomplete", detail)
    return Result(
        content=tuple(content),
        tool_calls=calls,
        usage=envelope.usage if usage is None else usage,
        model=envelope.model or state.config.model,
        provider_id=envelope.provider_id or None,
        finish_reason=envelope.finish_reason,
        finish_reasons=envelope.finish_reasons,
        outcome=envelope.outcome(state.end),
        error=envelope.failure(state.end),
        chunks=state.chunks,
        diagnostics=diagnostics,
        reasoning_details=tuple(envelope.reasoning_details),
        extras=envelope.extras,
    )


def reasoning_part(state: State, reasoning: str) -> tuple[ReasoningPart, ...]:
    """The reasoning as one part, with the signature that came with its details; none if it is empty."""
    if not reasoning:
        return ()
    signatures = (as_text(as_object(detail).get("signature")) for detail in state.envelope.reasoning_details)
    return (ReasoningPart(reasoning, signature=next(filter(None, signatures), None)),)


def text_part(state: State, text: str) -> tuple[TextPart, ...]:
    """The text as one part, with its citations; none if there is neither."""
    return (TextPart(text, state.envelope.citations),) if text or state.envelope.citations else ()


def _calls(state: State) -> tuple[tuple[ToolCall, ...], tuple[Diagnostic, ...]]:
    calls: list[ToolCall] = []
    message_id = state.config.message_id
    diagnostics = state.envelope.diagnostics
    for call in rested(state).lanes:
        made = _call(state, call)
        if made.closed and not made.complete:
            diagnostics = noted(diagnostics, "incomplete", f"the arguments of {made.id} are not JSON")
        if call.snapshots == "read":
            diagnostics = noted(diagnostics, "repaired", "arguments came as snapshots")
        elif call.snapshots:
            diagnostics = noted(diagnostics, "mismatch", f"the arguments of {made.id} came in two ways")
        if not call.id or call.id in (synthetic_call_id(message_id, at) for at in (call.position, LEGACY)):
            diagnostics = noted(diagnostics, "repaired", "a tool call without an id")
        calls.append(made)
    return tuple(calls), diagnostics


def _can_be_run(call: Call, arguments: str) -> bool:
    return call.kind == "custom" or (call.snapshots != "contradicted" and json_status(arguments) == "complete")


def _call(state: State, call: Call) -> ToolCall:
    arguments = str(call.arguments)
    closed = state.envelope.closed and not call.undecided
    if closed and call.kind == "function" and not arguments:
        arguments = "{}"  # how vLLM and others say "no arguments"; only once the wire says that no more will come
    return ToolCall(
        id=call.id or synthetic_call_id(state.config.message_id, call.position),
        name=call.name,
        arguments=arguments,
        complete=closed and bool(call.name) and _can_be_run(call, arguments),
        kind=call.kind,
        closed=closed,
        aliases=call.aliases,
        extras=call.extras,
    )

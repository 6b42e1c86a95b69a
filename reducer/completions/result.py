"""What a Chat Completions state comes to, in the terms that all wires share."""

from collections.abc import Sequence

from ..diagnostics import Diagnostic, noted
from ..otid import synthetic_call_id
from ..result import (
    ContentPart,
    OmittedReasoningPart,
    OutputItem,
    ReasoningPart,
    RefusalPart,
    Result,
    ServerToolPart,
    TextPart,
    ToolCall,
)
from ..usage import Usage, estimate_tokens
from ..values.frozen_value import constructor_of
from ..values.json_values import as_object, as_text
from ..values.lazy_pattern import lazy_pattern
from .draft import LEGACY
from .state import State, rested
from .tool_calls.call import Call
from .tool_calls.verdict import arguments_of, doubts_of, is_closed

_MADE_UP = lazy_pattern("call_[0-9a-f]{24}")
_DROPPED = "arguments that came again, or held the place of others"
_KINDS = {"function": "function_call", "custom": "custom_tool_call"}


_result, _output_item, _tool_call = constructor_of(Result), constructor_of(OutputItem), constructor_of(ToolCall)


def result_of(
    state: State,
    reasoning: Sequence[ContentPart],
    texts: Sequence[ContentPart],
    usage: Usage | None = None,
    omitted: bool = False,
    incomplete: Sequence[str] = (),
) -> Result:
    """The result of a state.

    Args:
        state: any state.
        reasoning: what the item of reasoning has.
        texts: what the message has beside a refusal.
        usage: in place of what was reported.
        omitted: whether the content begins with omitted reasoning though that was not announced.
        incomplete: what the end has left in pieces, in words.
    """
    envelope = state.envelope
    over = envelope.over and envelope.error is None
    thoughts = (*((OmittedReasoningPart(),) if state.omitted or omitted else ()), *reasoning)
    message = (*texts, *((RefusalPart(str(state.refusal)),) if state.refusal else ()))
    said = [
        _output_item(kind, done=over, parts=parts)
        for kind, parts in (("reasoning", thoughts), ("message", message))
        if parts
    ]
    ran = [
        OutputItem(as_text(as_object(item).get("type")), done=over, parts=(ServerToolPart(item),))
        for item in envelope.server_tools
    ]
    calls, diagnostics = _calls(state)
    called = [_output_item(_KINDS[call.kind], done=call.closed, call=call) for call in calls]
    for detail in incomplete:
        diagnostics = noted(diagnostics, "incomplete", detail)
    return _result(
        output=(*said, *ran, *called),
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
        extras=state.levels.kept.extras.frozen(),
    )


def reasoning_part(state: State, reasoning: str) -> tuple[ReasoningPart, ...]:
    """The reasoning as one part, with the signature that came with its details; none if it is empty."""
    if not reasoning:
        return ()
    signatures = (as_text(as_object(detail).get("signature")) for detail in state.envelope.reasoning_details)
    signature = next(filter(None, signatures), None)
    return (ReasoningPart(reasoning, signature=signature, member=state.envelope.reasoning_member or None),)


def text_part(state: State, text: str) -> tuple[TextPart, ...]:
    """The text as one part, with its citations; none if there is neither."""
    citations = tuple(state.envelope.citations)
    return (TextPart(text, citations),) if text or citations else ()


def estimated_usage(state: State) -> Usage | None:
    """The usage as far as it can be told from what came, where that is asked for and nothing was reported."""
    config = state.config
    if not config.estimate_usage or state.envelope.usage.source != "unknown":
        return None
    arguments = "".join(str(call.arguments) for call in rested(state).lanes if call.is_own)
    reasoning = str(state.reasoning)
    output = estimate_tokens("".join((reasoning, str(state.text), str(state.refusal), arguments)))
    thought = estimate_tokens(reasoning) if reasoning else None
    return Usage(config.estimated_input_tokens, output, reasoning_tokens=thought, source="estimated")


def _calls(state: State) -> tuple[tuple[ToolCall, ...], tuple[Diagnostic, ...]]:
    calls: list[ToolCall] = []
    message_id = state.config.message_id
    diagnostics = state.envelope.diagnostics
    dropped = 0
    for call in rested(state).lanes:
        dropped += call.reading.dropped
        if not call.is_own:
            continue
        made = _call(state, call)
        if (made.closed or call.closed == ()) and not made.complete:
            diagnostics = noted(diagnostics, "incomplete", f"{made.id}: {made.doubts[0].detail}")
        if call.reading.late:
            diagnostics = noted(diagnostics, "mismatch", f"{made.id}: arguments in the place of emitted ones")
        if call.snapshots == "read":
            diagnostics = noted(diagnostics, "repaired", "arguments came as snapshots")
        elif call.snapshots:
            diagnostics = noted(diagnostics, "mismatch", f"the arguments of {made.id} came in two ways")
        # To make two ids up took a third of the time of a result: an id of another form is not compared with them.
        may_be_ours = not call.id or _MADE_UP.fullmatch(call.id)
        if may_be_ours and call.id in ("", *(synthetic_call_id(message_id, at) for at in (call.position, LEGACY))):
            diagnostics = noted(diagnostics, "repaired", "a tool call without an id")
        calls.append(made)
    if dropped:
        diagnostics = noted(diagnostics, "repaired", _DROPPED, count=dropped)
    return tuple(calls), diagnostics


def _call(state: State, call: Call) -> ToolCall:
    closed = is_closed(call, state.envelope)
    return _tool_call(
        id=call.id or synthetic_call_id(state.config.message_id, call.position),
        name=call.name,
        arguments=arguments_of(call, closed),
        doubts=doubts_of(call, state.envelope),
        kind=call.kind,
        closed=closed,
        aliases=call.aliases,
        extras=call.extras.frozen(),
        needs_approval=call.name in state.config.requires_approval_tools,
    )

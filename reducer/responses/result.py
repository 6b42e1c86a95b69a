"""What a Responses state comes to, in the terms that all wires share."""

from ..diagnostics import noted
from ..result import (
    ContentPart,
    OmittedReasoningPart,
    ReasoningPart,
    RefusalPart,
    Result,
    ServerToolPart,
    SummarizedReasoningPart,
    SummaryPart,
    TextPart,
    ToolCall,
)
from ..values.json_status import json_status
from ..values.json_values import EMPTY_OBJECT, FrozenObject, Json, as_text
from .draft import call_id_of
from .items import CALLS, Item
from .parts import reading_order
from .state import State
from .texts import rested


def result(state: State) -> Result:
    """What is true at this state."""
    envelope = state.envelope
    items = rested(state).in_order()
    content: list[ContentPart] = [OmittedReasoningPart()] if state.omitted else []
    calls: list[ToolCall] = []
    diagnostics = envelope.diagnostics
    for item in items:
        if item.type in CALLS:
            call = _call(item, state.config.message_id)
            if call.closed and not call.complete:
                diagnostics = noted(diagnostics, "incomplete", f"the arguments of {call.id} are not JSON")
            calls.append(call)
        elif item.type == "reasoning":
            content.extend(_reasoning(item))
        elif item.type == "message":
            content.extend(_message(item))
        else:
            content.append(ServerToolPart(_server_tool(item)))
    return Result(
        content=tuple(content),
        tool_calls=tuple(calls),
        usage=envelope.usage,
        model=envelope.model or state.config.model,
        provider_id=envelope.provider_id or None,
        finish_reason=envelope.finish_reasons[-1] if envelope.finish_reasons else None,
        finish_reasons=envelope.finish_reasons,
        outcome=envelope.outcome(state.end),
        error=envelope.failure(state.end),
        chunks=state.chunks,
        diagnostics=diagnostics,
    )


def _reasoning(item: Item) -> list[ContentPart]:
    raw = "".join(str(part) for part in item.parts if part.channel == "reasoning")
    summary = tuple(
        SummaryPart(part.index, str(part)) for part in item.parts if part.channel == "summary" and str(part)
    )
    encrypted = as_text(item.members.get("encrypted_content")) or None
    parts: list[ContentPart] = [ReasoningPart(raw)] if raw else []
    if summary or encrypted or not raw:
        summarized = SummarizedReasoningPart(as_text(item.members.get("id")) or item.id, summary, encrypted)
        raw_first = item.parts and item.parts[0].channel == "reasoning"
        parts.insert(len(parts) if raw_first else 0, summarized)
    return parts


def _message(item: Item) -> list[ContentPart]:
    phase = as_text(item.members.get("phase")) or None
    parts: list[ContentPart] = []
    for part in (item.parts[at] for at in reading_order(item.parts)):
        said = str(part)
        if part.channel == "refusal":
            parts.extend([RefusalPart(said)] if said else [])
        elif said or part.notes:
            parts.append(TextPart(said, part.notes, phase))
    return parts


def _server_tool(item: Item) -> FrozenObject:
    """The item as the provider has it; where it was cut off, with the pieces that had come."""
    known = {"type": item.type} | ({"id": item.id} if item.id else {})
    pieces: dict[str, Json] = {}
    parts = () if item.done else sorted(item.parts, key=lambda part: part.index)
    members: dict[str, dict[int, dict[str, str]]] = {}
    for part in parts:
        channel, _, name = part.channel.partition(".")
        members.setdefault(channel, {}).setdefault(part.index, {})[name] = str(part)
    for channel, numbered in members.items():
        said = tuple(named[""] if named.keys() == {""} else FrozenObject(named) for named in numbered.values())
        pieces[channel] = said[0] if len(said) == 1 and isinstance(said[0], str) else said
    return FrozenObject({**known, **item.members, **pieces})


def _call(item: Item, message_id: str) -> ToolCall:
    custom = item.type == "custom_tool_call"
    name, arguments = as_text(item.members.get("name")), item.arguments
    if item.closed and not custom and not arguments:
        arguments = "{}"  # "no arguments", once the wire says that no more will come
    namespace = item.members.get("namespace")
    stale = any(part.stale for part in item.parts)
    return ToolCall(
        id=call_id_of(item, message_id),
        name=name,
        arguments=arguments,
        complete=item.closed and bool(name) and not stale and (custom or json_status(arguments) == "complete"),
        kind="custom" if custom else "function",
        closed=item.closed,
        extras=FrozenObject(namespace=namespace) if namespace else EMPTY_OBJECT,
    )

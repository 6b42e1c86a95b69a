"""What a Responses state comes to, in the terms that all wires share."""

from collections.abc import Mapping

from ..diagnostics import noted
from ..result import (
    ContentPart,
    OmittedReasoningPart,
    OutputItem,
    ReasoningPart,
    RefusalPart,
    Result,
    ServerToolPart,
    SummarizedReasoningPart,
    SummaryPart,
    TextPart,
    ToolCall,
)
from ..shared.extras import says_something
from ..values.frozen_value import constructor_of, evolve
from ..values.json_values import FrozenObject, Json, as_text
from .items import CALLS, Item, arguments_of, call_id_of, name_of_arguments
from .state import State
from .texts import rested
from .tool_calls.verdict import Losses, doubts_of

_result, _output_item, _tool_call = constructor_of(Result), constructor_of(OutputItem), constructor_of(ToolCall)


def result(state: State) -> Result:
    """What is true at this state."""
    envelope = state.envelope
    items = rested(state).in_order()
    output = [OutputItem("reasoning", parts=(OmittedReasoningPart(),), done=True)] if state.omitted else []
    diagnostics = envelope.diagnostics
    for item in items:
        call: ToolCall | None = None
        parts: tuple[ContentPart, ...] = ()
        if item.type in CALLS:
            limited = bool(envelope.limit) and not item.call.announced
            call = _call(item, state.config.message_id, (envelope.lost, state.items.orphans), limited)
            if call.name in state.config.requires_approval_tools:
                call = evolve(call, needs_approval=True)
            if call.closed and not call.complete:
                diagnostics = noted(diagnostics, "incomplete", f"{call.id}: {call.doubts[0].detail}")
        else:
            parts = _parts(item)
        output.append(_output_item(item.type, item.id, item.done, parts, call, item.members, item.extras.frozen()))
    return _result(
        output=tuple(output),
        usage=envelope.usage,
        model=envelope.model or state.config.model,
        provider_id=envelope.provider_id or None,
        finish_reason=envelope.finish_reasons[-1] if envelope.finish_reasons else None,
        finish_reasons=envelope.finish_reasons,
        outcome=envelope.outcome(state.end),
        error=envelope.failure(state.end),
        chunks=state.chunks,
        diagnostics=diagnostics,
        extras=state.kept.extras.frozen(),
    )


def _parts(item: Item) -> tuple[ContentPart, ...]:
    if item.type == "reasoning":
        return tuple(_reasoning(item))
    return tuple(_message(item)) if item.type == "message" else (ServerToolPart(_server_tool(item)),)


def _reasoning(item: Item) -> list[ContentPart]:
    raw = "".join(str(part) for part in item.parts if part.channel == "reasoning")
    summary = tuple(
        SummaryPart(part.index, str(part)) for part in item.parts if part.channel == "summary" and str(part)
    )
    encrypted = as_text(item.members.get("encrypted_content")) or None
    parts: list[ContentPart] = [ReasoningPart(raw)] if raw else []
    if summary or encrypted or not raw:
        summarized = SummarizedReasoningPart(as_text(item.members.get("id")) or item.id, summary, encrypted)
        raw_first = len(item.parts) > 0 and item.parts[0].channel == "reasoning"
        parts.insert(len(parts) if raw_first else 0, summarized)
    return parts


def _message(item: Item) -> list[ContentPart]:
    phase = as_text(item.members.get("phase")) or None
    parts: list[ContentPart] = []
    for part in (item.parts[at] for at in item.parts.reading_order()):
        said = str(part)
        if part.channel == "refusal":
            parts.extend([RefusalPart(said)] if said else [])
        elif said or len(part.notes):
            parts.append(TextPart(said, tuple(part.notes), phase))
    return parts


def _server_tool(item: Item) -> FrozenObject:
    """The item as the provider has it; with the pieces that had come, where it was cut off or has nothing for them."""
    known = {"type": item.type} | ({"id": item.id} if item.id else {})
    pieces: dict[str, Json] = {}
    parts = sorted(item.parts, key=lambda part: part.index)
    members: dict[str, dict[int, dict[str, str]]] = {}
    for part in parts:
        channel, _, name = part.channel.partition(".")
        if item.done and (says_something(item.members.get(channel)) or _has(_around(item, channel), str(part))):
            continue
        members.setdefault(channel, {}).setdefault(part.index, {})[name] = str(part)
    for channel, numbered in members.items():
        said = tuple(named[""] if named.keys() == {""} else FrozenObject(named) for named in numbered.values())
        pieces[channel] = said[0] if len(said) == 1 and isinstance(said[0], str) else said
    return FrozenObject({**known, **item.members, **pieces})


def _around(item: Item, channel: str) -> Json:
    return item.members.get(_AROUND.get(channel, channel))


def _has(member: Json, said: str) -> bool:
    """Whether a member, or something in it, has a text."""
    if isinstance(member, str):
        return said in member
    inside = member.values() if isinstance(member, Mapping) else member if isinstance(member, tuple) else ()
    return any(_has(one, said) for one in inside)


_AROUND = {"command": "action", "diff": "operation"}
"""Members of an item that have what comes in pieces inside."""


def _call(item: Item, message_id: str, losses: Losses, limited: bool) -> ToolCall:
    custom = item.type == "custom_tool_call"
    name, arguments = as_text(item.members.get("name")), arguments_of(item)
    given = None if item.is_whole else arguments  # which is not read once more, however long it is
    read = name_of_arguments(item.type, item.members)
    unread = {
        name: of
        for name, of in item.members.items()
        if name not in _READ_OF_CALL and name != read and says_something(of)
    }
    return _tool_call(
        id=call_id_of(item, message_id),
        name=name,
        arguments=arguments,
        doubts=doubts_of(item.call, losses, name, given, custom, item.closed, limited),
        kind="custom" if custom else "function",
        closed=item.closed,
        aliases=item.call.aliases,
        extras=FrozenObject({**unread, **item.extras.frozen()}),
    )


_READ_OF_CALL = frozenset({"id", "type", "status", "name", "call_id"})

"""A fold's result as the last line of `streamfold replay --json`."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from ...reducer.diagnostics import Diagnostic
from ...reducer.result import (
    ContentPart,
    OmittedReasoningPart,
    OutputItem,
    ReasoningPart,
    RefusalPart,
    Result,
    ServerToolPart,
    SummarizedReasoningPart,
    TextPart,
    ToolCall,
)
from ...reducer.stream_error import StreamError
from ...reducer.usage import Usage
from ...reducer.values.json_values import Json

__all__ = ["result_to_json"]

JsonObject: TypeAlias = dict[str, Any]


def result_to_json(result: Result) -> JsonObject:
    """A result as the last line of `streamfold replay --json`.

    Args:
        result: of a fold, at any state.

    Returns:
        A new dict with `message_type` "result" and every field of that line; what is not known is None.
    """
    return {
        "message_type": "result",
        "outcome": result.outcome,
        "error": None if result.error is None else _error(result.error),
        "content": [_part(part) for part in result.content],
        "output": [_item(item) for item in result.output],
        "tool_calls": [_call(call) for call in result.tool_calls],
        "usage": _usage(result.usage),
        "model": result.model,
        "provider_id": result.provider_id,
        "finish_reason": result.finish_reason,
        "finish_reasons": list(result.finish_reasons),
        "chunks": result.chunks,
        "reasoning_details": list(result.reasoning_details),
        "extras": result.extras,
        "diagnostics": [_note(note) for note in result.diagnostics],
    }


def _call(call: ToolCall) -> JsonObject:
    """A tool call; of what is not there, only what every call has."""
    aliases = {"aliases": list(call.aliases)} if call.aliases else {}
    extras = {"extras": call.extras} if call.extras else {}
    approval = {"needs_approval": True} if call.needs_approval else {}
    return {
        "id": call.id,
        "name": call.name,
        "arguments": call.arguments,
        "complete": call.complete,
        "doubts": [{"doubt": doubted.doubt.value, "detail": doubted.detail} for doubted in call.doubts],
        "kind": call.kind,
        "closed": call.closed,
        **aliases,
        **extras,
        **approval,
    }


def _error(error: StreamError) -> Json:
    """The provider's own error, or its text, with the kind of failure that it was, where that is known."""
    raw = error.raw if isinstance(error.raw, Mapping) else {"message": error.message}
    return raw if error.category == "unknown" else {**raw, "category": error.category}


def _note(note: Diagnostic) -> JsonObject:
    where = {"where": note.where} if note.where else {}
    return {"kind": note.kind, "detail": note.detail, "count": note.count, **where}


def _item(item: OutputItem) -> JsonObject:
    said = (
        {"parts": [_part(part) | _origin(part) for part in item.parts]}
        if item.call is None
        else {"tool_call_id": item.call.id}
    )
    sent = {"item": item.item} if item.item else {}
    extras = {"extras": item.extras} if item.extras else {}
    return {"kind": item.kind, "id": item.id, "done": item.done, **said, **sent, **extras}


def _origin(part: ContentPart) -> JsonObject:
    """Where a part came from: among the items alone, since `content` is what Letta's legacy interface makes of it."""
    if isinstance(part, ReasoningPart) and part.member is not None:
        return {"member": part.member}
    return {"is_thoughts": True} if isinstance(part, TextPart) and part.is_thoughts else {}


def _part(part: ContentPart) -> JsonObject:
    match part:
        case TextPart():
            cited = {"annotations": list(part.annotations)} if part.annotations else {}
            phase = {} if part.phase is None else {"phase": part.phase}
            return {"type": part.type, "text": part.text, **cited, **phase}
        case ReasoningPart():
            signed = {} if part.signature is None else {"signature": part.signature}
            return {"type": part.type, "is_native": part.is_native, "reasoning": part.reasoning, **signed}
        case OmittedReasoningPart():
            return {"type": part.type}
        case SummarizedReasoningPart():
            return {
                "type": part.type,
                "id": part.id,
                "summary": [{"index": piece.index, "text": piece.text} for piece in part.summary],
                "encrypted_content": part.encrypted_content,
            }
        case RefusalPart():
            return {"type": part.type, "refusal": part.refusal}
        case ServerToolPart():
            return {"type": part.type, "item": part.item}


def _usage(usage: Usage) -> JsonObject:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "total_tokens": usage.total_tokens,
        "source": usage.source,
        "raw": usage.raw,
    }

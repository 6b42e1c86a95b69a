"""Bytes into chunks by msgspec: into structs of its own that mirror the chunk classes, and of these the chunks.

msgspec fills a struct in a third of the time that it takes for an attrs class, and chunks that are made the usual way
have slots, which the folds read in a fifth of the time: together a tenth of the way from bytes to messages.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias, get_type_hints

import msgspec
from attrs import NOTHING, fields

from ...reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from ...reducer.responses import acts
from ...reducer.responses.event import Event
from ...reducer.responses.table import RULES
from ...reducer.stream_error import is_error
from ...reducer.values.frozen_value import constructor_of
from .tolerant import ERRORS, mend_item, mend_response

Payload: TypeAlias = bytes | str
Decode: TypeAlias = Callable[[Payload], Any]
_PLAIN = (str, int, str | None, int | None)

_chunk, _choice, _delta, _event = (
    constructor_of(Chunk),
    constructor_of(Choice),
    constructor_of(Delta),
    constructor_of(Event),
)
_call, _function, _custom = constructor_of(CallDelta), constructor_of(FunctionDelta), constructor_of(CustomDelta)

_ERRORS_ELSEWHERE = ("error_type", "error_message", "base_resp")

REFUSED = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""What a decoder raises for what it cannot read."""


@cache
def completion_decoder() -> Callable[[Payload, str], Chunk | None]:
    """What makes a Chat Completions chunk of a frame's data and event name.

    It gives None where the chunk needs a look at its JSON, since it has no choice, or one without a delta, or with a
    whole message, or may be an error.
    """
    function, custom = _mirror(FunctionDelta), _mirror(CustomDelta)
    call = _mirror(CallDelta, function=function | None, custom=custom | None)
    delta = _mirror(Delta, tool_calls=tuple[call, ...] | None, function_call=function | None)  # type: ignore[valid-type]
    choice = _mirror(Choice, delta=delta | None)
    elsewhere = [(name, Any, None) for name in _ERRORS_ELSEWHERE]
    chunk = _mirror(Chunk, elsewhere, choices=tuple[choice, ...] | None)  # type: ignore[valid-type]
    decode: Decode = msgspec.json.Decoder(chunk).decode

    def completion(payload: Payload, event: str) -> Chunk | None:
        raw: Any = decode(payload)
        if not raw.choices or raw.error_type or raw.error_message or raw.base_resp:
            return None
        choices = []
        for choice in raw.choices:
            if choice.delta is None or choice.message is not None:
                return None
            choices.append(_choice_of(choice))
        return _chunk(
            id=raw.id,
            model=raw.model,
            choices=tuple(choices),
            usage=raw.usage,
            x_groq=raw.x_groq,
            citations=raw.citations,
            prompt_filter_results=raw.prompt_filter_results,
            error=raw.error if raw.error is None or is_error(raw.error) else None,
        )

    return completion


@cache
def event_decoder() -> Callable[[Payload, str], Event | None]:
    """What makes a Responses event of a frame's data and event name, with its items mended.

    It gives None where the event has no type, or another than the frame's.
    """
    decode: Decode = msgspec.json.Decoder(_mirror(Event)).decode
    decode_begun = msgspec.json.Decoder(_Begun).decode

    def read(payload: Payload, event: str) -> Event | None:
        if event in _BEGINNINGS:
            begun = decode_begun(payload)
            return _beginning_of(begun) if begun.type == event else None
        raw: Any = decode(payload)
        if not raw.type or (raw.type != event and event in ERRORS):
            return None
        repairs: list[str] = []
        if raw.item is not None or raw.response is not None:
            raw.item, raw.response = mend_item(raw.item, repairs), mend_response(raw.response, repairs)
        return _event(
            type=raw.type,
            sequence_number=raw.sequence_number,
            output_index=raw.output_index,
            item_id=raw.item_id,
            call_id=raw.call_id,
            content_index=raw.content_index,
            summary_index=raw.summary_index,
            command_index=raw.command_index,
            annotation_index=raw.annotation_index,
            delta=raw.delta,
            text=raw.text,
            refusal=raw.refusal,
            arguments=raw.arguments,
            input=raw.input,
            partial_image_b64=raw.partial_image_b64,
            item=raw.item,
            part=raw.part,
            annotation=raw.annotation,
            response=raw.response,
            code=raw.code,
            message=raw.message,
            error=raw.error,
            repairs=tuple(repairs),
        )

    return read


_BEGINNINGS = frozenset(name for name, rule in RULES.items() if rule.act is acts.response)
"""The events that repeat all that was asked, instructions and tools included, and say next to nothing beside it."""


class _Answer(msgspec.Struct):
    """What a fold reads of a response that is not over."""

    id: Any = None
    model: Any = None
    usage: Any = None


class _Begun(msgspec.Struct):
    """What is read of a beginning. The rest is skipped: with 30 tools, that takes a thirtieth of the time.

    Beside its response, that is what tells one numbered event from another, whatever they are.
    """

    type: str
    response: _Answer
    sequence_number: int | None = None
    output_index: int | None = None
    item_id: str | None = None
    delta: Any = None


def _beginning_of(begun: _Begun) -> Event:
    answer = begun.response
    response = {"id": answer.id, "model": answer.model, "usage": answer.usage}
    return _event(
        type=begun.type,
        sequence_number=begun.sequence_number,
        output_index=begun.output_index,
        item_id=begun.item_id,
        delta=begun.delta,
        response=response,
    )


def _mirror(cls: type, more: Sequence[tuple[str, Any, Any]] = (), **nested: Any) -> type:
    """A struct with a class's fields, and more; those of JSON that the fold carries as it comes take anything."""
    hints = get_type_hints(cls)
    members = []
    for member in fields(cls):
        if member.name != "repairs":  # which is not the wire's to say
            kind = nested.get(member.name, hints[member.name] if hints[member.name] in _PLAIN else Any)
            members.append((member.name, kind, *(() if member.default is NOTHING else (member.default,))))
    return msgspec.defstruct(cls.__name__, [*members, *more])


def _choice_of(raw: Any) -> Choice:
    delta = raw.delta
    calls, function = delta.tool_calls, delta.function_call
    return _choice(
        index=raw.index,
        delta=_delta(
            content=delta.content,
            reasoning_content=delta.reasoning_content,
            reasoning=delta.reasoning,
            reasoning_text=delta.reasoning_text,
            reasoning_details=delta.reasoning_details,
            refusal=delta.refusal,
            tool_calls=None if calls is None else tuple([_call_of(call) for call in calls]),
            function_call=None if function is None else _function_of(function),
            annotations=delta.annotations,
            executed_tools=delta.executed_tools,
            extra_content=delta.extra_content,
        ),
        finish_reason=raw.finish_reason,
        content_filter_results=raw.content_filter_results,
        usage=raw.usage,
        error=raw.error,
    )


def _call_of(raw: Any) -> CallDelta:
    function, custom = raw.function, raw.custom
    return _call(
        index=raw.index,
        id=raw.id,
        type=raw.type,
        function=None if function is None else _function_of(function),
        custom=None if custom is None else _custom(name=custom.name, input=custom.input),
        extra_content=raw.extra_content,
    )


def _function_of(raw: Any) -> FunctionDelta:
    return _function(name=raw.name, arguments=raw.arguments)

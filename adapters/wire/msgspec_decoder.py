"""Bytes into chunks by msgspec: into structs of its own that mirror the chunk classes, and of these the chunks.

msgspec fills a struct in a third of the time that it takes for an attrs class, and chunks that are made the usual way
have slots, which the folds read in a fifth of the time: together a tenth of the way from bytes to messages.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, TypeAlias, get_type_hints

import msgspec
from attrs import NOTHING, fields

from ...reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from ...reducer.responses import acts
from ...reducer.responses.event import Event
from ...reducer.responses.table import RULES
from ...reducer.shared.extras import NOT_KEPT, says_something
from ...reducer.stream_error import is_error
from ...reducer.values.frozen_value import constructor_of
from ...reducer.values.json_values import FrozenObject, freeze
from .tolerant import ERRORS, mend_item, mend_response
from .unread import NO_MEMBERS

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

_OF_CHUNK = ("system_fingerprint", "service_tier", "provider")
_OF_CHOICE = ("logprobs", "native_finish_reason", "stop_reason", "token_ids", "text", "seed")
_OF_CHOICE_ALONE = tuple(name for name in _OF_CHOICE if name != "text")
_OF_DELTA = ("channel", "token_id", "name")
"""Members that no fold reads and that often come: a chunk with any other goes to the tolerant reader."""
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
    calls = tuple[call, ...] | None  # type: ignore[valid-type]
    delta = _mirror(Delta, ("role", *_OF_DELTA), tool_calls=calls, function_call=function | None)
    choice = _mirror(Choice, _OF_CHOICE, delta=delta | None)
    skipped = (*NOT_KEPT["chunk"], *_ERRORS_ELSEWHERE, *_OF_CHUNK)
    chunk = _mirror(Chunk, skipped, choices=tuple[choice, ...] | None)  # type: ignore[valid-type]
    decode: Decode = msgspec.json.Decoder(chunk).decode
    last: tuple[Any, FrozenObject | None] = (None, None)

    def completion(payload: Payload, event: str) -> Chunk | None:
        nonlocal last
        raw: Any = decode(payload)
        if not raw.choices or raw.error_type or raw.error_message or raw.base_resp:
            return None
        choices = []
        for choice in raw.choices:
            if choice.delta is None or choice.message is not None:
                return None
            choices.append(_choice_of(choice))
        said = (raw.system_fingerprint, raw.service_tier, raw.provider)
        known, extras = last
        if said != known:  # nearly all chunks of a stream say the same
            extras = _unread(zip(_OF_CHUNK, said, strict=True))
            last = (said, extras)
        return _chunk(
            id=raw.id,
            model=raw.model,
            choices=tuple(choices),
            usage=raw.usage,
            x_groq=raw.x_groq,
            citations=raw.citations,
            prompt_filter_results=raw.prompt_filter_results,
            error=raw.error if raw.error is None or is_error(raw.error) else None,
            extras=extras,
        )

    return completion


@cache
def event_decoder() -> Callable[[Payload, str], Event | None]:
    """What makes a Responses event of a frame's data and event name, with its items mended.

    It gives None where the event has no type, or another than the frame's.
    """
    decode: Decode = msgspec.json.Decoder(_mirror(Event, ("obfuscation", "logprobs"))).decode
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
            extras={"logprobs": raw.logprobs} if raw.logprobs else None,
            repairs=tuple(repairs),
        )

    return read


_BEGINNINGS = frozenset(name for name, rule in RULES.items() if rule.act is acts.response)
"""The events that repeat all that was asked, instructions and tools included, and say next to nothing beside it."""


_OF_ANSWER = (
    *("id", "model", "usage"),
    *("service_tier", "metadata", "conversation", "moderation", "tool_usage", "content_filters"),
)
"""What is read of a response that is not over, and what is kept of it."""
_SKIPPED = ("status", "output", "error", "incomplete_details", *NOT_KEPT["response"])
_Answer = msgspec.defstruct(
    "_Answer",
    [*((name, Any, None) for name in _OF_ANSWER), *((name, msgspec.Raw, msgspec.Raw()) for name in _SKIPPED)],
    forbid_unknown_fields=True,
)


class _Begun(msgspec.Struct, forbid_unknown_fields=True):
    """What is read of a beginning. The rest is skipped: with 30 tools, that takes a thirtieth of the time.

    Beside its response, that is what tells one numbered event from another, whatever they are.
    """

    type: str
    response: _Answer  # type: ignore[valid-type]
    sequence_number: int | None = None
    output_index: int | None = None
    item_id: str | None = None
    delta: Any = None
    obfuscation: Any = None


def _beginning_of(begun: _Begun) -> Event:
    answer = begun.response
    response = {name: getattr(answer, name) for name in _OF_ANSWER}
    return _event(
        type=begun.type,
        sequence_number=begun.sequence_number,
        output_index=begun.output_index,
        item_id=begun.item_id,
        delta=begun.delta,
        response=response,
    )


def _mirror(cls: type, more: Sequence[str] = (), **nested: Any) -> type:
    """A struct with a class's fields, and more, that takes no others; JSON that the fold carries may be anything."""
    hints = get_type_hints(cls)
    members: list[Any] = []
    for member in fields(cls):
        if member.name not in NO_MEMBERS:
            kind = nested.get(member.name, hints[member.name] if hints[member.name] in _PLAIN else Any)
            members.append((member.name, kind, *(() if member.default is NOTHING else (member.default,))))
    others = [(name, Any, None) for name in more]
    return msgspec.defstruct(cls.__name__, [*members, *others], forbid_unknown_fields=True)


def _unread(members: Iterable[tuple[str, Any]]) -> FrozenObject | None:
    """Those members that say something; None if none does."""
    return FrozenObject((name, freeze(member)) for name, member in members if says_something(member)) or None


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
            thought=delta.thought,
            extras=None
            if delta.channel is delta.token_id is delta.name is None
            else _unread((name, getattr(delta, name)) for name in _OF_DELTA),
        ),
        finish_reason=raw.finish_reason,
        content_filter_results=raw.content_filter_results,
        usage=raw.usage,
        error=raw.error if raw.error is None or is_error(raw.error) else None,
        extras=None
        if raw.logprobs is raw.native_finish_reason is raw.stop_reason is raw.token_ids is raw.text is raw.seed is None
        else _unread_of_choice(raw),
    )


def _unread_of_choice(raw: Any) -> FrozenObject | None:
    """The unread members of a choice with a delta; its text as one more member only repeats that."""
    names = _OF_CHOICE if raw.text is None or raw.text != raw.delta.content else _OF_CHOICE_ALONE
    return _unread((name, getattr(raw, name)) for name in names)


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

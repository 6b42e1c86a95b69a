"""Bytes into chunks by msgspec: into structs that mirror the chunk classes; what is shown to somebody is made of these.

A step folds a mirror as it folds the chunk that it mirrors, and to make the chunk takes longer than to decode the
mirror. So what is folded at once, and seen by nobody, stays a mirror.
"""

from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any, TypeAlias, get_type_hints

import msgspec
from attrs import NOTHING, fields

from ...reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from ...reducer.responses import acts
from ...reducer.responses.acts import CONTENT
from ...reducer.responses.event import Event
from ...reducer.responses.table import RULES, rule_of
from ...reducer.shared.extras import NOT_KEPT, says_something
from ...reducer.stream_error import is_error
from ...reducer.values.frozen_value import changer_of
from ...reducer.values.json_values import FrozenObject, freeze
from .event_members import has_objects, is_usual, mend_item, mend_response
from .members import Repairs, longer
from .tolerant import ERRORS
from .unread import NO_MEMBERS

Payload: TypeAlias = bytes | str
Decode: TypeAlias = Callable[[Payload], Any]
_PLAIN = (str, int, str | None, int | None)

_STRUCTURE = list[Any] | dict[str, Any] | str | None
_STRUCTURED = frozenset(
    {
        *("x_groq", "citations", "prompt_filter_results", "content_filter_results"),
        *("reasoning_details", "annotations", "executed_tools", "extra_content"),
    }
)
"""What the tolerant reader reads by `structure_in`."""

# Without a field to change, these copy all of them, of whatever has them.
_chunk, _choice, _delta, _event = changer_of(Chunk), changer_of(Choice), changer_of(Delta), changer_of(Event)
_call, _function, _custom = changer_of(CallDelta), changer_of(FunctionDelta), changer_of(CustomDelta)

_OF_CHUNK = ("system_fingerprint", "service_tier", "provider")
_OF_CHOICE = ("logprobs", "native_finish_reason", "stop_reason", "token_ids", "text", "seed")
_OF_CHOICE_ALONE = tuple(name for name in _OF_CHOICE if name != "text")
_OF_DELTA = ("channel", "token_id", "name")
"""Members that no fold reads and that often come: a chunk with any other goes to the tolerant reader."""
_ERRORS_ELSEWHERE = ("error_type", "error_message", "base_resp")

_PLAIN_MEMBERS: dict[type, tuple[str, ...]] = {
    Chunk: ("id", "model", "choices", "usage", "extras", "repairs"),
    Choice: ("index", "delta", "finish_reason"),
    Delta: ("content", "reasoning_content", "reasoning", "tool_calls"),
    CallDelta: ("index", "id", "type", "function"),
}
"""The fields that a plain chunk may say something in, or that are set; of the others it may have those often `null`."""
_OFTEN_NULL: dict[type, tuple[str, ...]] = {
    Chunk: ("error",),
    Choice: ("logprobs", "native_finish_reason", "stop_reason", "token_ids", "content_filter_results"),
    Delta: ("refusal", "function_call", "reasoning_details", "annotations"),
    CallDelta: (),
}

REFUSED = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""What a decoder raises for what it cannot read."""


def completion_decoder() -> Callable[[Payload, str], Any]:
    """What makes the mirror of a Chat Completions chunk of a frame's data and event name, for one stream.

    It gives None where the chunk needs a look at its JSON, since it may be none, or an error, or a choice has no delta
    or a whole message; and for an event that is named as an error.
    """
    decode_plain, decode = _plain_chunk(), _any_chunk()
    last: tuple[Any, FrozenObject | None] = (None, None)
    detour = waits = 0

    def completion(payload: Payload, event: str) -> Any:
        nonlocal last, detour, waits
        if event and event.startswith("error"):
            return None
        if waits > 0:
            waits -= 1
            raw = _usual_chunk(decode(payload))
        else:
            try:
                raw = decode_plain(payload)
                detour = 0
            except msgspec.ValidationError:  # JSON with something else in it
                waits = detour = longer(detour)  # chunks are not tried as plain ones
                raw = _usual_chunk(decode(payload))
        if raw is None or (not raw.choices and (raw.object != "chat.completion.chunk" or raw.error is not None)):
            return None  # perhaps no chunk, or an error that is worded beside it
        said = (raw.system_fingerprint, raw.service_tier, raw.provider)
        known, extras = last
        if said != known:  # nearly all chunks of a stream say the same
            extras = _unread(zip(_OF_CHUNK, said, strict=True))
            last = (said, extras)
        if extras is not None:
            raw.extras = extras
        return raw

    return completion


def _usual_chunk(raw: Any) -> Any:
    """A chunk with what nobody reads of its choices among their extras; None where its JSON has to be seen."""
    if raw.choices is None or raw.error_type or raw.error_message or raw.base_resp:
        return None
    for choice in raw.choices:
        delta = choice.delta
        if delta is None or choice.message is not None or (delta.function_call is not None and delta.tool_calls):
            return None
        if not delta.channel is delta.token_id is delta.name is None:
            delta.extras = _unread((name, getattr(delta, name)) for name in _OF_DELTA)
        if not (
            choice.logprobs is choice.native_finish_reason is choice.stop_reason is None
            and choice.token_ids is choice.text is choice.seed is None
        ):
            choice.extras = _unread_of_choice(choice)
        if choice.error is not None and not is_error(choice.error):
            choice.error = None
    if raw.error is not None and not is_error(raw.error) and raw.choices:
        raw.error = None
    if raw.error is True or (raw.error.__class__ is str and "{" in raw.error):
        return None  # its text is beside it, or an object in it
    return raw


@cache
def _any_chunk() -> Decode:
    function, custom = _mirror(FunctionDelta), _mirror(CustomDelta)
    call = _mirror(CallDelta, function=function | None, custom=custom | None)
    calls = tuple[call, ...] | None  # type: ignore[valid-type]
    delta = _mirror(Delta, ("role", *_OF_DELTA), tool_calls=calls, function_call=function | None)
    choice = _mirror(Choice, _OF_CHOICE, delta=delta | None)
    skipped = (*NOT_KEPT["chunk"], *_ERRORS_ELSEWHERE, *_OF_CHUNK)
    chunk = _mirror(Chunk, skipped, choices=tuple[choice, ...] | None)  # type: ignore[valid-type]
    return msgspec.json.Decoder(chunk).decode


@cache
def _plain_chunk() -> Decode:
    """A chunk in which nothing has to be looked at: in three quarters of the time, and what is looked at is saved."""

    def plain(cls: type, *more: str, **nested: Any) -> Any:
        seldom = {member.name for member in fields(cls)} - {*_PLAIN_MEMBERS[cls]}
        return _mirror(cls, more, seldom, _OFTEN_NULL[cls], **nested)

    call = plain(CallDelta, function=_mirror(FunctionDelta) | None)
    delta = plain(Delta, "role", tool_calls=tuple[call, ...] | None)  # type: ignore[valid-type]
    choice = plain(Choice, delta=delta)
    choices = tuple[choice, ...]  # type: ignore[valid-type]
    return msgspec.json.Decoder(plain(Chunk, *NOT_KEPT["chunk"], *_OF_CHUNK, choices=choices)).decode


@cache
def event_decoder() -> Callable[[Payload, str], Any]:
    """What makes the mirror of a Responses event of a frame's data and event name, with its items mended.

    It gives None where the event has no type, or another than the frame's, or is named as an error.
    """
    beside = ("obfuscation", "logprobs")
    decode_any: Decode = msgspec.json.Decoder(_mirror(Event, beside)).decode
    decode_delta: Decode = msgspec.json.Decoder(_mirror(Event, beside, CONTENT - {"delta"})).decode
    decode_begun = msgspec.json.Decoder(_Begun).decode

    def read(payload: Payload, event: str) -> Any:
        named = event in _DELTAS
        if not named and event in _BEGINNINGS:
            begun = decode_begun(payload)
            plain = begun.type == event and begun.delta is None and _is_plain(begun.response)
            return _beginning_of(begun) if plain else None
        raw: Any = decode_delta(payload) if named else decode_any(payload)
        kind = raw.type
        if named and kind == event and raw.delta.__class__ is str:  # as nearly always
            if raw.logprobs:
                raw.extras = {"logprobs": raw.logprobs}
            return raw
        if not kind or (kind != event and event in ERRORS) or event.startswith("error"):
            return None
        if kind not in RULES and (
            raw.response is not None or kind.endswith("error") or not kind.startswith("response.")
        ):
            return None  # perhaps an error's own type, or the last event of its response
        if raw.delta.__class__ is not str and not is_usual(kind, raw.delta, raw.arguments, raw.input):
            return None
        if any(getattr(raw, name) is not None for name in _beside(kind)) or not has_objects(raw):
            return None
        if raw.item is not None or raw.response is not None:
            repairs = Repairs()
            raw.item, raw.response = mend_item(raw.item, repairs), mend_response(raw.response, repairs)
            raw.repairs, raw.lost = tuple(repairs), repairs.lost
        if raw.logprobs:
            raw.extras = {"logprobs": raw.logprobs}
        return raw

    return read


@cache
def _beside(kind: str) -> frozenset[str]:
    """The content that no event of a type has."""
    return CONTENT - rule_of(kind).reads


_DELTAS = frozenset(name for name, rule in RULES.items() if rule.reads == {"delta"})
"""The events that are a piece of something, and that nearly all of a stream's are."""
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


_NOTHING = frozenset({b"", b"null", b"[]", b"{}"})
_GOES_ON = frozenset({b"", b"null", b'"in_progress"', b'"queued"'})


def _is_plain(answer: Any) -> bool:
    """Whether a response that begins has no items, has not ended, and says nothing of an error."""
    unsaid = (answer.output, answer.error, answer.incomplete_details)
    return bytes(answer.status) in _GOES_ON and all(bytes(of) in _NOTHING for of in unsaid)


def _beginning_of(begun: _Begun) -> Event:
    answer = begun.response
    response = {name: getattr(answer, name) for name in _OF_ANSWER}
    return Event(
        type=begun.type,
        sequence_number=begun.sequence_number,
        output_index=begun.output_index,
        item_id=begun.item_id,
        response=response,
    )


def _mirror(
    cls: type, more: Iterable[str] = (), unread: Collection[str] = (), null: Collection[str] = (), **nested: Any
) -> type:
    """A struct with a class's fields, and more, that takes no others; JSON that the fold carries may be anything.

    What is no member of the wire's JSON can be set: it has a name there that nobody sends, and a type that no JSON but
    `null` has.

    Args:
        cls: the class.
        more: members that it has beside the class's.
        unread: fields that it does not take from JSON; they have the class's own values for what does not come, in the
            struct's class, which costs nothing to fill.
        null: such fields, and members beside them, that may be `null` all the same.
        nested: the types of fields that are not the class's own; a struct that may not be None has to come.
    """
    hints = get_type_hints(cls)
    constants: dict[str, Any] = {"mirrors": cls}
    members: list[Any] = [*((name, Any, None) for name in more), *((name, None, None) for name in null)]
    for member in fields(cls):
        if member.name in null:
            continue
        if member.name in unread:
            constants[member.name] = member.default
        elif member.name in NO_MEMBERS:
            members.append((member.name, None, msgspec.field(default=member.default, name=f"({member.name})")))
        else:
            plain = hints[member.name] if hints[member.name] in _PLAIN else Any
            kind = nested.get(member.name, _STRUCTURE if member.name in _STRUCTURED else plain)
            must_come = member.default is NOTHING or (isinstance(kind, type) and issubclass(kind, msgspec.Struct))
            members.append((member.name, kind, *(() if must_come else (member.default,))))
    # JSON has no cycles to be collected: without being tracked for that, a struct is made in five sixths of the time.
    return msgspec.defstruct(
        cls.__name__, members, namespace=constants, forbid_unknown_fields=True, gc=False, kw_only=True
    )


def _unread(members: Iterable[tuple[str, Any]]) -> FrozenObject | None:
    """Those members that say something; None if none does."""
    return FrozenObject((name, freeze(member)) for name, member in members if says_something(member)) or None


def _unread_of_choice(choice: Any) -> FrozenObject | None:
    """The unread members of a choice with a delta; its text as one more member only repeats that."""
    names = _OF_CHOICE if choice.text is None or choice.text != choice.delta.content else _OF_CHOICE_ALONE
    return _unread((name, getattr(choice, name)) for name in names)


def shown(mirror: Any) -> Any:
    """The chunk that a mirror mirrors, which is of no use after that; what is none is returned as it is."""
    mirrored = getattr(mirror, "mirrors", None)
    if mirrored is Chunk:
        mirror.choices = tuple([_shown_choice(choice) for choice in mirror.choices])
        return _chunk(mirror)
    return _event(mirror) if mirrored is Event else mirror


def _shown_choice(choice: Any) -> Choice:
    delta = choice.delta
    if delta.tool_calls is not None:
        delta.tool_calls = tuple([_shown_call(call) for call in delta.tool_calls])
    if delta.function_call is not None:
        delta.function_call = _function(delta.function_call)
    choice.delta = _delta(delta)
    return _choice(choice)


def _shown_call(call: Any) -> CallDelta:
    if call.function is not None:
        call.function = _function(call.function)
    if call.custom is not None:
        call.custom = _custom(call.custom)
    return _call(call)

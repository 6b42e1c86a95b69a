"""Objects of the openai SDK into chunks, and back into the JSON that they were made of.

The objects are read by attribute, so this imports no SDK. The common deltas are read directly; everything else is
turned back into the JSON that it was made of, and goes through the tolerant reader. What a chunk says is then what
`wire.decoder` makes of the same JSON, except where the SDK had changed it before:

- A frame's `event:` name is not in the object: an error that only the name tells is an ordinary chunk (one whose data
  has a member `error` the client raises as an `APIError`), and an event with its type only there is an `Undecodable`.
- Members that the SDK declares as optional or as a choice of types are validated where they can be: a whole number
  that came as text or a float (`"prompt_tokens": "5"`) is a number then, and no repair is noted.
- Data that is no JSON object has no wire; its `Undecodable` says so in other words. `[DONE]` is not passed on.
- The events of `client.responses.stream(...)` have been through the SDK's accumulator, which rebuilds
  `response.completed` and leaves extra members of the deltas out.
"""

import functools
from collections.abc import Hashable, Mapping
from typing import Any

from ...reducer.completions.chunk import CallDelta, Choice, Chunk, Delta, FunctionDelta
from ...reducer.ends import Undecodable
from ...reducer.responses import acts
from ...reducer.responses.event import Event
from ...reducer.responses.table import RULES
from ...reducer.values.frozen_value import constructor_of
from ...reducer.values.json_values import FrozenObject, freeze
from ..wire import tolerant
from ..wire.content_parts import REASONING, REASONING_ELSEWHERE
from ..wire.unread import CALLS_ELSEWHERE, ELSEWHERE, KNOWN, MAYBE_ELSEWHERE, unread, with_inner
from .plain_json import Unreadable, as_json, wire_names

__all__ = ["as_json", "chunk"]

_HELPERS = "openai.lib.streaming.chat"
_TEXT = frozenset({str, type(None)})
_COUNT = frozenset({int, type(None)})

# What is read of each object beside the members that the SDK's classes declare: providers add it.
_OF_CHUNK = frozenset(
    {"x_groq", "citations", "prompt_filter_results", "error", "error_type", "error_message", "base_resp"}
)
_OF_CHOICE = frozenset({"content_filter_results", "message", "text", "usage", "error"})
_OF_DELTA = frozenset({*REASONING, "reasoning_details", "annotations", "executed_tools", "extra_content", "thought"})
_MENDED = frozenset({*REASONING_ELSEWHERE, "error"})  # of a delta; the tolerant reader puts them in their place
_NOT_PLAIN = _MENDED | CALLS_ELSEWHERE  # of a delta
_OF_CALL = frozenset({"custom", "extra_content"})
_OF_FUNCTION = frozenset({*ELSEWHERE, *MAYBE_ELSEWHERE})
_FLAT = frozenset({"arguments", *_OF_FUNCTION})  # of a call, beside its `function`
# A chunk declares its usage, a choice its delta.
_UNDECLARED = (_OF_CHUNK | _OF_CHOICE | _OF_DELTA | _MENDED | _OF_CALL | _OF_FUNCTION) - {"usage", "delta"}
_OF_EVENT = frozenset(Event.__annotations__)
_DELTAS = frozenset(kind for kind, rule in RULES.items() if rule.act in (acts.delta, acts.arguments))


def chunk(obj: Any) -> Chunk | Event | Undecodable | None:
    """The reducer's chunk of an object that a stream of the openai SDK yields.

    Args:
        obj: a `ChatCompletionChunk`, an event of `responses.create(stream=True)`, what the helpers
            `chat.completions.stream(...)` and `responses.stream(...)` yield, or a whole `ChatCompletion`, `Completion`
            or `Response`. Its class may be a wrong one, as the SDK's
            are for what it does not know: the raw `type` and members count. Objects of compatible libraries do as well.

    Returns:
        A Chat Completions chunk or a Responses event; an `Undecodable` where neither can be made of it; None where it
        only repeats what another object of the same stream says (the helper's `content.delta`, …, beside its `chunk`).
    """
    try:
        members = obj.__dict__
        if "choices" in members:
            completion = _plain_completion(obj, members)
            if completion is not None:
                return completion
        elif members["type"] in _DELTAS:
            event = _plain_event(obj, members, obj.__pydantic_extra__)
            if event is not None:
                return event
    except (AttributeError, KeyError, TypeError, RecursionError):
        pass  # not as the SDK builds them
    return _odd(obj)


# What is called with names takes half the time so.
_chunk, _choice, _delta, _event = (
    constructor_of(Chunk),
    constructor_of(Choice),
    constructor_of(Delta),
    constructor_of(Event),
)
_call, _function = constructor_of(CallDelta), constructor_of(FunctionDelta)


def _plain_completion(obj: Any, members: dict[str, Any]) -> Chunk | None:
    """The chunk, if it is a common one: one choice, and in it nothing but text or pieces of function calls."""
    choices = members["choices"]
    if not choices or len(choices) != 1 or members["object"] != "chat.completion.chunk":
        return None
    only = choices[0]
    inside = only.__dict__
    delta, index, reason = inside["delta"], inside["index"], inside["finish_reason"]
    if type(index) is not int or not _is_direct(obj.__class__, only.__class__, delta.__class__):
        return None
    if (extra := obj.__pydantic_extra__) and not (_OF_CHUNK.isdisjoint(extra) and CALLS_ELSEWHERE.isdisjoint(extra)):
        return None
    if (extra := only.__pydantic_extra__) and not (_OF_CHOICE.isdisjoint(extra) and CALLS_ELSEWHERE.isdisjoint(extra)):
        return None
    id_, model, usage = members["id"], members["model"], members["usage"]
    if type(id_) is not str or type(model) is not str or (reason is not None and type(reason) is not str):
        return None
    made = _plain_delta(delta)
    if made is None:
        return None
    choice = _choice(index=index, delta=made, finish_reason=reason, extras=_unread(only, Choice))
    return _chunk(
        id=id_,
        model=model,
        choices=(choice,),
        usage=None if usage is None else as_json(usage),
        extras=_unread_of_chunk(obj, members),
    )


def _unread_of_chunk(obj: Any, members: dict[str, Any]) -> FrozenObject | None:
    """The unread members of a chunk: nearly all chunks of a stream have the same, and so the same object."""
    global _last_of_chunk
    extra = obj.__pydantic_extra__
    if not extra or KNOWN[Chunk].issuperset(extra):
        extra = None
    said = (extra, *map(members.get, _unread_fields(obj.__class__, Chunk)))
    cls, known, found = _last_of_chunk
    if cls is not obj.__class__ or said != known:
        found = freeze(_unread(obj, Chunk))
        _last_of_chunk = (obj.__class__, freeze(said), found)
    return found


_last_of_chunk: tuple[Any, Any, FrozenObject | None] = (None, None, None)


def _unread(obj: Any, cls: type) -> dict[str, Any] | None:
    """The members of an SDK object that no fold reads and that say something, as they were sent."""
    members, extra, fields = obj.__dict__, obj.__pydantic_extra__, _unread_fields(obj.__class__, cls)
    if not any(map(members.get, fields)) and (not extra or KNOWN[cls].issuperset(extra)):
        return None  # nearly always
    names = wire_names(obj.__class__)
    found = {names[name]: as_json(members[name]) for name in fields if name in members}
    return unread({**found, **as_json(extra or {})}, cls)


@functools.cache
def _unread_fields(model: Hashable, cls: type) -> tuple[str, ...]:
    """The declared fields of an SDK class that no fold reads."""
    return tuple(name for name, wire in wire_names(model).items() if wire not in KNOWN[cls])


def _plain_delta(obj: Any) -> Delta | None:
    members, extra = obj.__dict__, obj.__pydantic_extra__
    content = members["content"]
    if (content is not None and type(content) is not str) or (extra and not _NOT_PLAIN.isdisjoint(extra)):
        return None
    if members["refusal"] is not None or members["function_call"] is not None:
        return None
    calls: tuple[CallDelta, ...] | None = None
    if given := members["tool_calls"]:
        calls = ()
        for call in given:
            made = _plain_call(call)
            if made is None:
                return None
            calls = (*calls, made)  # nearly always the only one
    unread = _unread(obj, Delta)
    if not extra or _OF_DELTA.isdisjoint(extra):
        return _delta(content=content, tool_calls=calls, extras=unread)
    for name in REASONING:
        if type(extra.get(name)) not in _TEXT:
            return None
    read = {name: value for name, value in extra.items() if name in _OF_DELTA}
    return _delta(content=content, tool_calls=calls, extras=unread, **read)


def _plain_call(call: Any) -> CallDelta | None:
    members, extra = call.__dict__, call.__pydantic_extra__
    if extra and not (_OF_CALL.isdisjoint(extra) and _FLAT.isdisjoint(extra)):
        return None
    index, id_, kind, function = members["index"], members["id"], members["type"], members["function"]
    if type(index) is not int or type(id_) not in _TEXT or type(kind) not in _TEXT or function is None:
        return None
    if not _is_direct(call.__class__, function.__class__):
        return None
    inside, more = function.__dict__, function.__pydantic_extra__
    name, arguments = inside["name"], inside["arguments"]
    if type(name) not in _TEXT or type(arguments) not in _TEXT or (more and not _OF_FUNCTION.isdisjoint(more)):
        return None
    unread = _unread(call, CallDelta)
    if more:
        unread = with_inner(unread, {"function": more}, None, "function")
    return _call(index=index, id=id_, type=kind, function=_function(name=name, arguments=arguments), extras=unread)


def _plain_event(obj: Any, members: dict[str, Any], extra: dict[str, Any] | None) -> Event | None:
    if extra and not _OF_EVENT.isdisjoint(extra):
        return None
    read = members.get
    delta, number, output = members["delta"], read("sequence_number"), read("output_index")
    id_, content, summary = read("item_id"), read("content_index"), read("summary_index")
    if type(delta) not in _TEXT or type(number) not in _COUNT or type(output) not in _COUNT or type(id_) not in _TEXT:
        return None
    if type(content) not in _COUNT or type(summary) not in _COUNT:
        return None
    return _event(
        type=members["type"],
        sequence_number=number,
        output_index=output,
        item_id=id_,
        content_index=content,
        summary_index=summary,
        delta=delta,
        extras=_unread(obj, Event),
    )


def _odd(obj: Any) -> Chunk | Event | Undecodable | None:
    if type(obj).__module__.startswith(_HELPERS):
        return chunk(obj.chunk) if hasattr(obj, "chunk") else None
    try:
        value = as_json(obj)
    except RecursionError:
        return Undecodable(f"{type(obj).__name__}, nested too deeply")
    except Unreadable as error:
        return Undecodable(f"{type(obj).__name__}, {error}")
    if not isinstance(value, dict) or isinstance(obj, Mapping):
        return Undecodable(f"{type(obj).__name__}, not an object of the openai SDK", lost=False)
    # A class of pydantic's that declares `choices` has it among its attributes even where none was sent.
    members = vars(obj) if hasattr(obj, "__pydantic_fields_set__") else value
    make = tolerant.completion_chunk if "choices" in members else tolerant.event_chunk
    return make(value)


@functools.cache
def _is_direct(*classes: Any) -> bool:
    """Whether what the common path looks for beside the declared members is declared by none of these classes.

    The SDK's classes leave it undeclared so far; those of compatible libraries may not.
    """
    return all(_UNDECLARED.isdisjoint(one.model_fields) for one in classes)

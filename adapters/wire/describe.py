"""Chunks and JSON on one line, for a person to read."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from attrs import evolve

from ...reducer.completions.chunk import CallDelta, Choice, Chunk, Delta
from ...reducer.ends import Done, Undecodable
from ...reducer.responses.event import Event
from ...reducer.values.json_values import Json, as_list, as_object
from .encoder import members_of

__all__ = ["in_one_line", "in_short", "quoted"]

_MAX_SHOWN = 100  # characters of a value in a line


def in_short(chunk: Any, usual: Collection[str] = ()) -> str:
    """A chunk on one line.

    Args:
        chunk: of one of the three wires, `Done`, `Undecodable`, or anything else, which is given by its `repr`.
        usual: values, such as an answer's id, that are not worth showing in a chunk of Chat Completions.
    """
    if isinstance(chunk, Done):
        return "[DONE]"
    if isinstance(chunk, Undecodable):
        return ": ".join(filter(None, ("undecodable", chunk.where, chunk.reason)))
    if isinstance(chunk, Chunk):
        return ", ".join(_of_completion(chunk, usual)) or "no choice"
    if isinstance(chunk, Event):
        return " ".join(_of_event(chunk))
    return repr(chunk)


def _of_completion(chunk: Chunk, usual: Collection[str]) -> Iterator[str]:
    if chunk.choices is None:
        yield "choices null"
    for choice in chunk.choices or ():
        said = list(_of_choice(choice))
        where = f"choice {choice.index}: " if choice.index else ""
        yield where + (", ".join(said) or "nothing")
    for name, value in members_of(evolve(chunk, extras=None)).items():
        if name != "choices" and value not in usual:
            yield f"{name} {_shown(value)}"


def _of_choice(choice: Choice) -> Iterator[str]:
    if choice.delta is None:
        yield "no delta"
    else:
        yield from _of_delta(choice.delta)
    if choice.message is not None:
        yield f"whole: {', '.join(_of_delta(choice.message)) or 'nothing'}"
    if choice.finish_reason:
        yield f"finish {choice.finish_reason}"
    for name in ("content_filter_results", "usage", "error", "extras"):
        if getattr(choice, name) is not None:
            yield f"{name} {_shown(getattr(choice, name))}"


def _of_delta(delta: Delta) -> Iterator[str]:
    for name, value in members_of(delta).items():
        if name == "content":
            yield _shown(value)
        elif name != "tool_calls":
            yield f"{name} {_shown(value)}"
    for call in delta.tool_calls or ():
        yield " ".join(_of_call(call))


def _of_call(call: CallDelta) -> Iterator[str]:
    yield "call" if call.index is None else f"call[{call.index}]"
    for part in (call.id, call.function and call.function.name, call.custom and call.custom.name):
        if part is not None:
            yield part or '""'
    for part in (call.function and call.function.arguments, call.custom and call.custom.input):
        if part is not None:
            yield _shown(part)
    for name in ("extra_content", "extras"):
        if getattr(call, name) is not None:
            yield f"{name} {_shown(getattr(call, name))}"


def _of_event(event: Event) -> Iterator[str]:
    if event.sequence_number is not None:
        yield f"#{event.sequence_number}"
    yield event.type.removeprefix("response.")
    if event.output_index is not None:
        yield f"[{event.output_index}]"
    for name, value in members_of(event).items():
        if name == "item":
            yield _of_item(value)
        elif name == "response":
            yield _of_response(as_object(value))
        elif name in ("delta", "text", "refusal", "arguments", "input"):
            yield _shown(value)
        elif name not in ("type", "sequence_number", "output_index"):
            yield f"{name.removesuffix('_index')} {_shown(value)}"


def _of_item(item: Json) -> str:
    members = as_object(item)
    parts = [part for name in ("summary", "content") for part in as_list(members.get(name))]
    texts = [as_object(part).get("text", as_object(part).get("refusal")) for part in parts]
    texts += [members[name] for name in ("arguments", "input") if name in members]
    named = (str(members.get(name)) for name in ("type", "id", "call_id", "name", "status") if members.get(name))
    return " ".join([*named, *map(_shown, texts)])


def _of_response(response: Mapping[str, Json]) -> str:
    parts = [f"{name} {_shown(value)}" for name, value in response.items() if name != "output"]
    parts += [f"({_of_item(item)})" for item in as_list(response.get("output"))]
    return ", ".join(parts)


def _shown(value: Json) -> str:
    shown = quoted(value)
    return shown if len(shown) <= _MAX_SHOWN else f"{shown[: _MAX_SHOWN - 1]}…"


def quoted(value: Json) -> str:
    """JSON for a person, on one line: what does not print is escaped, such as half a surrogate pair."""
    return in_one_line(json.dumps(value, ensure_ascii=False))


def in_one_line(text: str) -> str:
    """A text in which what does not print is escaped, as JSON has it."""
    return text if text.isprintable() else "".join(it if it.isprintable() else json.dumps(it)[1:-1] for it in text)

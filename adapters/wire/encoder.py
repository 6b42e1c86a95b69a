"""Chunks as the wire's JSON, the other way round than `decoder`."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve, fields, has

from ...reducer.completions.chunk import Chunk, Delta
from ...reducer.ends import Done, Undecodable
from ...reducer.responses.event import Event
from ...reducer.values.json_values import Json, as_list, as_object
from .members import JSON_SIGNS

__all__ = ["members_of", "to_wire"]

_NO_SIGNS = dict.fromkeys(map(ord, JSON_SIGNS), " ")
_PARTS: dict[str, dict[str, Json]] = {
    "content[].thinking": {"type": "thinking", "thinking": ""},
    "content[].reasoning": {"type": "reasoning", "reasoning": ""},
    "": {"type": "text", "text": "", "thought": True},
}
"""Parts of content that are reasoning, by `Delta.reasoning_source`: their text is what is empty."""


def to_wire(chunk: Any) -> dict[str, Json] | str:
    """A chunk as the decoded JSON that a provider would have sent, without what it does not say.

    `decoder` makes a chunk of it that folds alike. What an adapter had to mend (`repairs`) is not in it.

    Args:
        chunk: of one of the three wires, `Done`, or `Undecodable`.

    Returns:
        The JSON; for `Done` the text "[DONE]", for `Undecodable` a text that is no JSON.

    Raises:
        TypeError: if it is something else.
    """
    if isinstance(chunk, Done):
        return "[DONE]"
    if isinstance(chunk, Undecodable):
        reason = " ".join(chunk.reason.split())
        # A decoder tells by its signs of JSON whether a piece of the answer may have been lost.
        return "{" + reason if chunk.lost else f"no chunk: {reason.translate(_NO_SIGNS)}"
    if isinstance(chunk, Event):  # a member of an event was left out whole, never what is inside
        return {**members_of(chunk), **as_object(chunk.extras)}
    if not isinstance(chunk, Chunk):
        raise TypeError(f"a {type(chunk).__name__} is no chunk of a wire")
    choices = [{"index": choice.index, "delta": None, **members_of(choice)} for choice in chunk.choices or ()]
    named = {"object": "chat.completion.chunk", **members_of(chunk)}
    odd = as_object(chunk.extras).get("choices")  # what stood in their place, or among them, and is none
    if odd is not None and not choices:
        return {**named, "choices": odd}
    return {**named, "choices": None if chunk.choices is None else [*choices, *as_list(odd)]}


def members_of(value: Any) -> dict[str, Json]:
    """The members that are not as if they were absent."""
    found = ((field.name, field.default, getattr(value, field.name)) for field in fields(type(value)))
    own = {name: _json(member) for name, default, member in found if name not in _APART and member != default}
    return _with_extras(own, as_object(getattr(value, "extras", None)))


def _with_parts(delta: Delta, source: str) -> dict[str, Json]:
    """A delta, or a message, whose reasoning came by another member: thinking blocks are among what no fold reads."""
    rest = members_of(evolve(delta, reasoning_content=None, reasoning_source=None, content_parts=None))
    if source not in _PARTS:
        return rest
    said = delta.content_parts or (("reasoning", delta.reasoning_content or ""), ("text", delta.content or ""))
    parts = [_reasoned(source, piece) if of == "reasoning" else {"type": "text", "text": piece} for of, piece in said]
    return {**rest, "content": [*parts, *as_list(as_object(delta.extras).get("content"))]}


def _reasoned(source: str, text: str) -> dict[str, Json]:
    return {name: text if member == "" else member for name, member in _PARTS[source].items()}


_APART = ("repairs", "lost", "extras")


def _with_extras(own: dict[str, Json], extras: Mapping[str, Json]) -> dict[str, Json]:
    """Members with those that no fold reads among them; the latter may lie within, or be parts of content."""
    for name, member in extras.items():
        known = own.get(name)
        if name == "content" and isinstance(member, (list, tuple)):
            own[name] = [*([{"type": "text", "text": known}] if known else []), *member]
        elif isinstance(known, dict) and isinstance(member, Mapping):
            own[name] = {**member, **known}
        elif isinstance(known, list) and isinstance(member, (list, tuple)) and known != list(member):
            own[name] = [*known, *member]  # entries that are none stand among the others
        elif not known or not isinstance(member, str):  # what the text was read of, if one was
            own[name] = member
    return own


def _json(value: Any) -> Json:
    if isinstance(value, Delta) and value.reasoning_source is not None:
        return _with_parts(value, value.reasoning_source)
    if has(type(value)):
        return members_of(value)
    if isinstance(value, (list, tuple)):
        return [_json(entry) for entry in value]
    if isinstance(value, Mapping):
        return {name: _json(member) for name, member in value.items()}
    return value

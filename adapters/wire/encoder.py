"""Chunks as the wire's JSON, the other way round than `decoder`."""

from collections.abc import Mapping
from typing import Any

from attrs import fields, has

from ...reducer.completions.chunk import Chunk
from ...reducer.ends import Done, Undecodable
from ...reducer.responses.event import Event
from ...reducer.values.json_values import Json

__all__ = ["members_of", "to_wire"]


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
        return "{" + " ".join(chunk.reason.split())
    if isinstance(chunk, Event):
        return members_of(chunk)
    if not isinstance(chunk, Chunk):
        raise TypeError(f"a {type(chunk).__name__} is no chunk of a wire")
    choices = [{"index": choice.index, "delta": None, **members_of(choice)} for choice in chunk.choices or ()]
    named = {"object": "chat.completion.chunk", **members_of(chunk)}
    return {**named, "choices": None if chunk.choices is None else choices}


def members_of(value: Any) -> dict[str, Json]:
    """The members that are not as if they were absent."""
    found = ((field.name, field.default, getattr(value, field.name)) for field in fields(type(value)))
    return {name: _json(member) for name, default, member in found if name != "repairs" and member != default}


def _json(value: Any) -> Json:
    if has(type(value)):
        return members_of(value)
    if isinstance(value, (list, tuple)):
        return [_json(entry) for entry in value]
    if isinstance(value, Mapping):
        return {name: _json(member) for name, member in value.items()}
    return value

"""Law 13's other half: citations, and members that no fold reads, are capped by dropping, and that is counted.

What came is read naively from decoded JSON: nothing here asks the fold what a citation or a member is.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...reducer.completions.chunk import Chunk
from ...reducer.limits import Limits
from ...reducer.messages import AnnotationMessage, Message
from ...reducer.responses.event import Event
from ...reducer.result import Result, TextPart
from ..wire.encoder import to_wire

_CITATIONS = ("annotations", "annotation")
_DROPPED_CITATIONS = "citations beyond the limit (Limits.annotations)"
_DROPPED_MEMBERS = "members beyond the limits of what is kept"


def caps_for(chunks: Sequence[Any], free: Result) -> Iterator[Limits]:
    """Limits that what came keeps, and some that it may pass."""
    citations, characters = len(_kept_citations(free)), size(_members(chunks, free))
    yield from (Limits(annotations=most) for most in sorted({1, citations - 1}) if 0 < most < citations)
    if characters:
        yield from (Limits(extras=most) for most in (1, characters // 2 + 1))


def uncapped(chunks: Sequence[Any], limits: Limits, fold: tuple[Result, Sequence[Message]], free: Result) -> str | None:
    """What a fold has beyond its caps, has made up, or has dropped and not counted; None if nothing.

    Args:
        chunks: of the stream.
        limits: which cap citations and members alone.
        fold: what it came to with them, and what it said.
        free: what it came to without.
    """
    result, messages = fold
    kept, came = _kept_citations(result), _citations(_frames(chunks))
    said = [message.annotation for message in messages if isinstance(message, AnnotationMessage)]
    if len(kept) > limits.annotations or len(said) > limits.annotations:
        return f"there are {len(kept)} citations, and {len(said)} were said"
    if not {_as_text(note) for note in (*kept, *said)}.issubset(map(_as_text, came)):
        return f"of the citations {kept} and {said}, some never came"
    missing, counted = len(_kept_citations(free)) - len(kept), _count(result, _DROPPED_CITATIONS)
    if counted > missing or (missing and not counted):
        return f"{missing} citations were dropped, and {counted} counted"
    members = _members(chunks, result)
    if size(members) > limits.extras:
        return f"the members that are kept have {size(members)} characters"
    if members != _members(chunks, free) and not _count(result, _DROPPED_MEMBERS):
        return "members are missing, and no diagnostic says so"
    return None


def size(value: Any) -> int:
    """How many characters the names and texts in a value have."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(len(name) + size(member) for name, member in value.items())
    return sum(map(size, value)) if isinstance(value, (list, tuple)) else 0


def _frames(chunks: Sequence[Any]) -> list[Any]:
    return [to_wire(chunk) for chunk in chunks if isinstance(chunk, (Chunk, Event))]


def _citations(value: Any) -> list[Any]:
    """Whatever stands where citations do, however deep."""
    if isinstance(value, (list, tuple)):
        return [note for entry in value for note in _citations(entry)]
    found: list[Any] = []
    for name, member in value.items() if isinstance(value, Mapping) else ():
        if name in _CITATIONS:
            found += member if isinstance(member, (list, tuple)) else [member]
        found += _citations(member)
    return found


def _kept_citations(result: Result) -> list[Any]:
    parts = [part for item in result.output if item.kind == "message" for part in item.parts]
    return [note for part in parts if isinstance(part, TextPart) for note in part.annotations]


def _members(chunks: Sequence[Any], result: Result) -> list[Any]:
    """What is kept of members: those of the answer, and of its calls, or of its items."""
    chat = any(isinstance(chunk, Chunk) for chunk in chunks)
    return [result.extras, *(one.extras for one in (result.tool_calls if chat else result.output))]


def _as_text(note: Any) -> str:
    return json.dumps(note, sort_keys=True, default=repr)


def _count(result: Result, detail: str) -> int:
    return sum(note.count for note in result.diagnostics if note.detail == detail)

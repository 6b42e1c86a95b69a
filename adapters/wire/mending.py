"""What servers make of a frame's JSON: glued, in a list, with raw control characters; read all the same.

A frame is looked at here only when no chunk could be made of it, or when a line follows where a blank one should.
Texts are searched as Latin-1, whose characters are the bytes: what is no UTF-8 in one part takes no other along.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from ..surrogates import merge_surrogates

Span: TypeAlias = tuple[int, int]

CONTROLS = "raw control characters in a string"
GLUED = "several values in one frame"
LISTED = "a list of chunks"
PREFIXED = "`data:` more than once"
SEPARATE = "several frames without a blank line between them"

_MOST_TRIES = 64  # places in a broken text where a chunk may begin
_STRICT, _LENIENT = json.JSONDecoder().raw_decode, json.JSONDecoder(strict=False).raw_decode
_BETWEEN = re.compile(r"(?:[ \t\r\n,]|data:)*")
_PREFIXES = re.compile(r"\s*(?:data:\s*)+")
_DONE = "[DONE]"
_BEGINNING = re.compile(
    r'data:|\[DONE\]|\{\s*"(?:id|object|created|model|choices|error|type|response|sequence_number|event_id|usage)"'
)


def load(payload: bytes | str) -> tuple[Any, tuple[str, ...]]:
    """A frame's JSON, decoded, and what had to be mended for it.

    Raises:
        ValueError: if it is no JSON, or not one value.
        RecursionError: if it is nested too deeply.
    """
    text = merge_surrogates(payload)
    try:
        value = json.loads(text)
    except ValueError as error:
        if isinstance(error, UnicodeDecodeError):
            raise
        return _load_leniently(text, error)
    return _unlisted(value, ())


def _load_leniently(text: bytes | str, error: ValueError) -> tuple[Any, tuple[str, ...]]:
    repairs: tuple[str, ...] = ()
    shown = text.decode("utf-8", "surrogatepass") if isinstance(text, bytes) else text
    prefixes = _PREFIXES.match(shown)
    if prefixes:
        shown, repairs = shown[prefixes.end() :], (PREFIXED,)
        if shown.strip() == _DONE:
            return _DONE, repairs
        try:
            return _unlisted(json.loads(shown), repairs)
        except ValueError as again:
            error = again
    if "control character" not in str(error):
        raise error
    return _unlisted(json.loads(shown, strict=False), (*repairs, CONTROLS))


def _unlisted(value: Any, repairs: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
    """The one object of a list that holds nothing else."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], Mapping):
        return value[0], (*repairs, LISTED)
    return value, repairs


def is_whole(data: bytes) -> bool:
    """Whether a line is a JSON object, a list, or the done marker: what a frame can be that another line follows."""
    line = data.strip()
    if line == b"[DONE]":
        return True
    if line[:1] + line[-1:] not in (b"{}", b"[]"):
        return False
    try:
        json.loads(line, strict=False)
    except UnicodeDecodeError:
        return True  # broken, but not by what is missing
    except (ValueError, RecursionError):
        return False
    return True


def goes_on(lines: list[bytes]) -> bool:
    """Whether lines can be the beginning of one JSON value, so that the next may belong to it."""
    text = b"\n".join(lines).decode("latin-1")
    try:
        _STRICT(text, _BETWEEN.match(text).end())  # type: ignore[union-attr]  # it matches the empty text
    except json.JSONDecodeError as error:
        return error.pos >= len(text.rstrip())
    except RecursionError:
        return True
    return False


def pieces_of(data: bytes) -> list[tuple[bytes, str]]:
    """The parts of a frame's data that can be chunks, each with what had to be mended; what else there is between them.

    Empty where the data is best taken as it is: one value, or nothing that a chunk begins like.
    """
    text = data.decode("latin-1")
    spans = _values(text, _STRICT)
    note = GLUED
    if spans is None:
        spans = _spans_of_lines(text)
        note = SEPARATE if "\n" in text.strip() else GLUED
    elif len(spans) == 1 and text.startswith("[", spans[0][0]) and text[spans[0][0] : spans[0][1]] != _DONE:
        inside = spans[0][0] + 1, spans[0][1] - 1
        listed = _values(text[: inside[1]], _STRICT, inside[0])
        spans = listed if listed and all(text.startswith("{", begin) for begin, _ in listed) else []
        note = LISTED
    if len(spans) < 2 and not (spans and note == LISTED):
        return []
    return [(data[begin:end], note) for begin, end in spans]


def _values(text: str, decode: Any, at: int = 0) -> list[Span] | None:
    """Where the values are that a text consists of; None if it consists of something else as well."""
    found: list[Span] = []
    while True:
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]  # it matches the empty text
        if at >= len(text):
            return found
        end = _end_of_value(text, at, decode)
        if end is None:
            return None
        found.append((at, end))
        at = end


def _end_of_value(text: str, at: int, decode: Any) -> int | None:
    if text.startswith(_DONE, at):
        return at + len(_DONE)
    if text[at] not in "{[":
        return None
    try:
        end: int = decode(text, at)[1]
    except (ValueError, RecursionError):
        return None
    return end


def _spans_of_lines(text: str) -> list[Span]:
    """The same line by line, where a text as a whole cannot be read; what cannot be read is a part of its own."""
    found: list[Span] = []
    begin, read = 0, False
    for line in text.split("\n"):
        end = begin + len(line)
        if line.strip():
            spans = _values(text[:end], _LENIENT, begin)
            spans = list(_recovered(text, begin, end)) if spans is None else spans
            read = read or len(spans) > 1 or (bool(spans) and _end_of_value(text[:end], spans[0][0], _LENIENT) == end)
            found += spans
        begin = end + 1
    return found if read else []


def _recovered(text: str, begin: int, end: int) -> Iterator[Span]:
    """The chunks in a line that is broken, and what is between them."""
    line, at, tries = text[:end], begin, 0
    for mark in _BEGINNING.finditer(text, begin, end):
        tries += 1
        if tries > _MOST_TRIES:
            break
        start = _BETWEEN.match(line, mark.start()).end()  # type: ignore[union-attr]  # it matches the empty text
        if start < at or start >= end:
            continue
        over = _end_of_value(line, start, _LENIENT)
        if over is None or not (mark[0] in ("data:", _DONE) or _is_like_a_chunk(line[start:over])):
            continue
        if line[at:start].strip():
            yield at, start
        yield start, over
        at = over
    if line[at:end].strip():
        yield at, end


def _is_like_a_chunk(text: str) -> bool:
    """Whether an object has what chunks have; members of theirs, which a broken one holds as well, have it not."""
    value = json.loads(text, strict=False)
    kind = value.get("type")
    return (
        isinstance(value.get("choices"), list)
        or (isinstance(kind, str) and (kind.startswith("response.") or kind == "error"))
        or list(value) == ["error"]
    )

"""What servers make of a frame's JSON: glued, in a list, with raw control characters; read all the same.

A frame is looked at here only when no chunk could be made of it, or when a line follows where a blank one should.
Texts are searched as Latin-1, whose characters are the bytes: what is no UTF-8 in one part takes no other along.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from html import unescape
from typing import Any, TypeAlias

from ...reducer.stream_error import is_error, says_error
from ..surrogates import merge_surrogates

Span: TypeAlias = tuple[int, int]

CONTROLS = "raw control characters in a string"
GLUED = "several values in one frame"
ENCODED = "JSON encoded twice"
EDGED = "a comma or a bracket beside a chunk"
LISTED = "a list of chunks"
PREFIXED = "`data:` more than once"
PRINTED = "bytes as Python prints them"
SEPARATE = "several frames without a blank line between them"

_MOST_TRIES = 64  # places in a broken text where a chunk may begin
_MOST_READ = 8  # times its own length that a broken text is read for them; a short one is read at every place
_SHORT = 1 << 12
_STRICT, _LENIENT = json.JSONDecoder().raw_decode, json.JSONDecoder(strict=False).raw_decode
# Possessive, here and below: a group that may be repeated in another way keeps a note of each time.
_BETWEEN = re.compile(r"[ \t\r\n,]*+(?:data:[ \t\r\n,]*+)*+")
_EDGES = re.compile(r"[ \t\r\n]*+[,\[]*+[ \t\r\n]*+(\{.*\})[ \t\r\n]*+[,\]]*+[ \t\r\n]*+", re.DOTALL)
_PREFIXES = re.compile(r"\s*+(?:data:\s*+)++")
_ESCAPED = r"\\(?:[\\'\"nrt]|x[0-9a-f]{2})"
_PRINTED = re.compile(rf"""\s*+b(?:'((?:[^\\'\n]++|{_ESCAPED})*+)'|"((?:[^\\"\n]++|{_ESCAPED})*+)")\s*+""")
_DONE, _ERROR = "[DONE]", "[ERROR]"
_PAGE = re.compile(r"\s*<(?:!doctype html|html)\b", re.IGNORECASE)
_PAGE_END = re.compile(r"</html\s*+>\s*+(?:(?><!--.*?-->)\s*+)*+\Z", re.IGNORECASE | re.DOTALL)
_UNREAD = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1[^>]*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"<[^>]*>?")
_XML_ERROR = re.compile(
    r"(?:<\?xml[^>]*>\s*+)?<(?:\w+:)?(?:error|errorresponse|errors|fault|exception)\b", re.IGNORECASE
)
MOST_FRAMES = 8
"""Frames of a body that may be an error: blank lines are in it."""
_LONGEST_BODY = 1 << 16  # bytes of a body that is looked at for an error
_PHRASES = (
    r"bad request|unauthorized|payment required|forbidden|(?:page )?not found|method not allowed|not acceptable"
    r"|proxy authentication required|request timeout|conflict|gone|length required|precondition failed"
    r"|(?:request entity|payload|content|request-uri|uri) too (?:large|long)|unsupported media type"
    r"|unprocessable (?:entity|content)|locked|upgrade required|too many requests|request header fields too large"
    r"|internal server error|not implemented|bad gateway|service (?:temporarily )?unavailable|gateway time-?out"
    r"|http version not supported|insufficient storage|network authentication required"
)
"""What HTTP's statuses of failure are called."""
_LONGEST_TEXT, _MOST_LINES = 1000, 6  # characters and lines of an error that is plain text
_LONGEST_PAGE = 2000  # characters that are kept of what it says
_LONGEST_SOURCE = 1 << 16  # characters without tags in which these are looked for
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
    return _bare(value, ())


def _load_leniently(text: bytes | str, error: ValueError) -> tuple[Any, tuple[str, ...]]:
    repairs: tuple[str, ...] = ()
    shown = text.decode("utf-8", "surrogatepass") if isinstance(text, bytes) else text
    printed = _PRINTED.fullmatch(shown) if shown.isascii() else None
    if printed:
        value, mended = load((printed[1] or printed[2] or "").encode().decode("unicode_escape").encode("latin-1"))
        return value, (PRINTED, *mended)
    prefixes = _PREFIXES.match(shown)
    if prefixes:
        shown, repairs = shown[prefixes.end() :], (PREFIXED,)
        if shown.strip() == _DONE:
            return _DONE, repairs
        try:
            return _bare(json.loads(shown), repairs)
        except ValueError as again:
            error = again
    try:
        if "control character" in str(error):
            return _bare(json.loads(shown, strict=False), (*repairs, CONTROLS))
        inner = _EDGES.fullmatch(shown)  # of a list that is streamed, an entry a frame
        if inner is None or len(inner[1]) == len(shown):
            raise error
        try:
            return _bare(json.loads(inner[1]), (*repairs, EDGED))
        except ValueError:
            raise error from None
    finally:
        del error  # whose traceback has this frame: what was read would be kept until it is collected


def _bare(value: Any, repairs: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
    """What a value is, if it is text; its one object, if it is a list."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "[", "d"):
        try:
            value, mended = load(value)
        except (ValueError, RecursionError):
            return value, (*repairs, ENCODED) if value.strip() == _DONE else repairs
        return value, (*repairs, ENCODED, *mended)
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


def goes_on(data: bytes) -> bool:
    """Whether lines can be the beginning of one JSON value, so that the next may belong to it."""
    text = data.decode("latin-1")
    try:
        _STRICT(text, _BETWEEN.match(text).end())  # type: ignore[union-attr]  # it matches the empty text
    except json.JSONDecodeError as error:
        return error.pos >= len(text.rstrip())
    except RecursionError:
        return True
    return False


def pieces_of(data: bytes) -> Iterator[tuple[bytes, str]]:
    """The parts of a frame's data that can be chunks, each with what had to be mended; what else there is between them.

    None where the data is best taken as it is: one value, or nothing that a chunk begins like. They are found as they
    are asked for: a long frame of short values has many.
    """
    if b"}" not in data and b"]" not in data:
        return
    text = data.decode("latin-1")
    spans, note = _spans_of(text)
    for begin, end in spans:
        yield data[begin:end], note


def _spans_of(text: str) -> tuple[Iterable[Span], str]:
    """Where the parts are, and what is odd about them."""
    for decode in (_STRICT, _LENIENT):
        count = _count_values(text, decode)
        if count is None:
            continue
        first = next(_values(text, decode))  # there is one, since a bracket is in it
        if count == 1 and first is not None and text.startswith("[", first[0]):
            inside, begin = text[: first[1] - 1], first[0] + 1
            # What is listed is values, as the list is one; but for what is neither an object nor a list.
            are_objects = _count_values(inside, decode, begin) is not None and all(
                span is not None and text.startswith("{", span[0]) for span in _values(inside, decode, begin)
            )
            return (_found(_values(inside, decode, begin)) if are_objects else ()), LISTED
        return (_found(_values(text, decode)) if count > 1 else ()), GLUED
    note = SEPARATE if "\n" in text.strip() else GLUED
    if not any(_read_line(line)[1] for _, line in _lines(text)):
        return (), note
    spans = [(begin + start, begin + over) for begin, line in _lines(text) for start, over in _read_line(line)[0]]
    return (spans if len(spans) > 1 else ()), note


def _values(text: str, decode: Any, at: int = 0) -> Iterator[Span | None]:
    """Where the values are that a text consists of; None is the last where it goes on with something else."""
    while True:
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]  # it matches the empty text
        if at >= len(text):
            return
        end = _end_of_value(text, at, decode)
        if end is None:
            yield None
            return
        yield at, end
        at = end


def _found(spans: Iterable[Span | None]) -> Iterator[Span]:
    return (span for span in spans if span is not None)


def _count_values(text: str, decode: Any, at: int = 0) -> int | None:
    """How many values a text consists of; None if it consists of something else as well."""
    count = 0
    for span in _values(text, decode, at):
        if span is None:
            return None
        count += 1
    return count


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


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text, with their places."""
    begin = 0
    while begin <= len(text):
        end = text.find("\n", begin)
        end = len(text) if end < 0 else end
        yield begin, text[begin:end]
        begin = end + 1


def _read_line(line: str) -> tuple[list[Span], bool]:
    """The parts of a line, where a text as a whole cannot be read, and whether it has any that can be.

    What cannot be read is a part of its own.
    """
    if _PRINTED.fullmatch(line):
        return [(0, len(line))], True
    spans = list(_values(line, _LENIENT))
    if spans and spans[-1] is None:
        parts = list(_recovered(line))
        return parts, len(parts) > 1
    parts = list(_found(spans))
    return parts, len(parts) > 1 or (bool(parts) and parts[0][1] == len(line))


def _recovered(line: str) -> Iterator[Span]:
    """The chunks in a line that is broken, and what is between them."""
    at, end, tries, start = 0, len(line), 0, 0
    left = max(_MOST_READ * end, _MOST_TRIES * _SHORT)
    for mark in _BEGINNING.finditer(line):
        if mark.start() < start:
            continue  # among what is between values, which is read already
        tries += 1
        if tries > _MOST_TRIES or left < 0:
            break
        start = _BETWEEN.match(line, mark.start()).end()  # type: ignore[union-attr]  # it matches the empty text
        if start < at or start >= end:
            continue
        over = _end_of_value(line, start, _LENIENT)
        left -= end - start if over is None else 2 * (over - start)
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


def begins_page(line: bytes) -> bool:
    """Whether a stream that begins with this line is a page of HTML."""
    return _PAGE.match(line.decode("latin-1")) is not None


def text_of_page(payload: bytes | str) -> str | None:
    """What a whole page of HTML says, without its tags: a proxy's error in a stream's place. None if it is no page."""
    text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else payload
    return _without_tags(text, "a page of HTML") if _PAGE.match(text) and _PAGE_END.search(text) else None


def text_after_mark(data: bytes | str) -> str | None:
    """What stands behind `[ERROR]`, where others have `[DONE]`; the mark, where nothing does; None without it."""
    text = (data.decode("utf-8", "replace") if isinstance(data, bytes) else data).strip()
    return (text[len(_ERROR) :].strip(" :") or _ERROR) if text[: len(_ERROR)].upper() == _ERROR else None


def text_of_failure(text: str) -> str | None:
    """A short text that begins as errors do, in the place of a chunk; None if it is another."""
    text = text.strip()
    is_short = len(text) <= _LONGEST_TEXT and len(text.splitlines()) <= _MOST_LINES
    return text if is_short and _failure().match(text) else None


def error_of_body(frames: Sequence[bytes]) -> Any:
    """The error that a body is, of which nothing is a chunk: what gateways and storages send in a stream's place.

    It is an object that has the text of an error, or errors; a page of HTML, whole or not; XML of an error; or a few
    lines of text that begin as errors do. None if it is none of these.
    """
    if len(frames) > MOST_FRAMES or sum(map(len, frames)) > _LONGEST_BODY:
        return None
    text = b"\n\n".join(frames).decode("utf-8", "replace").strip()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        if _PAGE.match(text):
            return _without_tags(text, "a page of HTML")
        if _XML_ERROR.match(text):
            return _without_tags(text, "an error in XML")
        return text_of_failure(text)
    if not isinstance(value, Mapping) or not is_error(value):
        return None
    return value if says_error(value) or is_error(value.get("errors")) or is_error(value.get("detail")) else None


def _without_tags(text: str, otherwise: str) -> str:
    said = unescape(_TAGS.sub(" ", _UNREAD.sub(" ", text))[:_LONGEST_SOURCE])
    return " ".join(said.split())[:_LONGEST_PAGE] or otherwise


@cache
def _failure() -> re.Pattern[str]:
    """How the text of an error begins: with a status, its phrase, or what a proxy says of its upstream."""
    kinds = (
        rf"(?:http/[\d.]+\s+)?(?:[45]\d\d[\s:-]+)?(?:{_PHRASES})\s*(?:[.:;,(-]|$)",
        r"(?:\w+ ){0,3}errors?(?: code)?\s*[:=]?\s*[\d:]",
        r"(?:an? )?(?:\w+ ){0,3}error (?:has )?occurred",
        r"upstream (?:connect|request|prematurely|server|timed|reset|unavailable|error)",
        r"no (?:healthy upstream|available server|route matched)|default backend - 404|rbac: access denied",
        r"(?:the |this )?(?:\w+ ){0,2}(?:connection|request|gateway|service|server|model|stream|origin) (?:\w+ ){0,4}"
        r"(?:refused|reset|closed|timed out|timing out|timeout|unavailable|overloaded|exceeded|failed)\b",
        r"(?:rate limit|quota|context length) (?:was |is )?exceeded|too many (?:requests|tokens|connections)",
        r"(?:access|permission) denied|invalid (?:api key|token|request|url)|unauthenticated|missing (?:api key|auth)",
    )
    return re.compile("|".join(kinds), re.IGNORECASE | re.MULTILINE)

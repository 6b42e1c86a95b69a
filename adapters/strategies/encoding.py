"""Streams as the bytes of server-sent events, in the ways that servers write them and sockets give them."""

import json
import re
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from ..wire.encoder import to_wire
from ..wire.machines import Wire

_BETWEEN = (": keep-alive", ":", "retry: 3000", "id: 7", "data:", "event: ping")
"""What may stand between frames, and says nothing."""
_STRANGE: dict[str, Any] = {"obfuscation": "a7Bq", "service_tier": "", "system_fingerprint": None, "token_ids": []}
"""Members that no fold knows, and that say nothing."""
_ENDINGS = st.sampled_from(("\n", "\r\n", "\r"))
_BOM = b"\xef\xbb\xbf"
_WAYS = st.integers(0, 8191)  # to write a frame; 0 is the plain one
_GLUED = 4096  # the way that puts a frame's object onto the line of the one before
_ESCAPES = re.compile(r"\\\\|\\[tbf]")
_CONTROLS = {"\\t": "\t", "\\b": "\b", "\\f": "\f"}


@st.composite
def bodies(draw: st.DrawFn, wire: Wire, chunks: Sequence[Any]) -> tuple[bytes, ...]:
    """The chunks as a body, in pieces."""
    ending = draw(_ENDINGS)
    body = _BOM if draw(st.booleans()) else b""
    before: Any = None
    for chunk in chunks:
        value, way = to_wire(chunk), draw(_WAYS)
        if way & _GLUED and isinstance(before, dict) and isinstance(value, dict):
            body = body.rstrip(b"\r\n") + f"{_written(value, 0, 0, 0)}{ending}{ending}".encode()
        else:
            body += _frame(wire, value, ending, way % _GLUED)
        before = value
    if draw(st.booleans()):
        body = body.removesuffix(ending.encode())  # the last frame may lack its blank line
    marks = draw(st.sets(st.integers(1, max(1, len(body) - 1)), max_size=8))
    at = sorted(mark for mark in marks if mark < len(body))
    return tuple(body[begin:end] for begin, end in zip([0, *at], [*at, len(body)], strict=True))


def _frame(wire: Wire, value: Any, ending: str, way: int) -> bytes:
    """A frame, written in one of the ways; with something before it in some of them."""
    way, between = divmod(way, 8)
    named, strange, tight, indented, ascii_only, loose, doubled, raw, bare = (way >> bit & 1 for bit in range(9))
    lines = [_BETWEEN[between - 1], ""] if 0 < between <= len(_BETWEEN) else []
    if isinstance(value, str):
        data = value
    else:
        data = _written({**_STRANGE, **value} if strange else value, indented, ascii_only, raw)
        lines += [f"event: {value['type']}"] if named and wire == "responses" else []
    before = "" if bare and isinstance(value, dict) and not lines else f"data:{'' if tight else ' '}"
    twice = "data: " if doubled and before and "\n" not in data else ""
    lines += [f"{before}{twice}{line}" for line in data.split("\n")]
    end = [] if loose and not isinstance(value, str) else [""]  # a whole object needs no blank line to be a frame
    return "".join(line + ending for line in [*lines, *end]).encode()


def _written(value: Any, indented: int, ascii_only: int, raw: int) -> str:
    """JSON; on several lines if it is indented, which makes several `data:` lines; some control characters `raw`."""
    text = json.dumps(value, ensure_ascii=bool(ascii_only), indent=1 if indented else None)
    if any("\ud800" <= character <= "\udfff" for character in text):  # half a surrogate pair, which has no bytes
        return _written(value, indented, True, raw)
    return _ESCAPES.sub(lambda escape: _CONTROLS.get(escape[0], escape[0]), text) if raw else text

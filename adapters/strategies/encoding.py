"""Streams as the bytes of server-sent events, in the ways that servers write them and sockets give them."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from ..wire.encoder import to_wire
from ..wire.machines import Wire

_BETWEEN = (": keep-alive", ":", "retry: 3000", "id: 7", "data:", "event: ping")
"""What may stand between frames, and says nothing."""
_STRANGE = {"obfuscation": "a7Bq", "service_tier": "", "system_fingerprint": None, "token_ids": [1]}
"""Members that no fold knows."""
_ENDINGS = st.sampled_from(("\n", "\r\n", "\r"))
_BOM = b"\xef\xbb\xbf"
_WAYS = st.integers(0, 511)  # to write a frame; 0 is the plain one


@st.composite
def bodies(draw: st.DrawFn, wire: Wire, chunks: Sequence[Any]) -> tuple[bytes, ...]:
    """The chunks as a body, in pieces."""
    ending = draw(_ENDINGS)
    body = _BOM if draw(st.booleans()) else b""
    for chunk in chunks:
        body += _frame(wire, to_wire(chunk), ending, draw(_WAYS))
    if draw(st.booleans()):
        body = body.removesuffix(ending.encode())  # the last frame may lack its blank line
    marks = draw(st.sets(st.integers(1, max(1, len(body) - 1)), max_size=8))
    at = sorted(mark for mark in marks if mark < len(body))
    return tuple(body[begin:end] for begin, end in zip([0, *at], [*at, len(body)], strict=True))


def _frame(wire: Wire, value: Any, ending: str, way: int) -> bytes:
    """A frame, written in one of the ways; with something before it in some of them."""
    way, between = divmod(way, 8)
    named, strange, tight, indented, ascii_only, loose = (way >> bit & 1 for bit in range(6))
    lines = [_BETWEEN[between - 1], ""] if 0 < between <= len(_BETWEEN) else []
    if isinstance(value, str):
        data = value
    else:
        data = _written({**_STRANGE, **value} if strange else value, indented, ascii_only)
        lines += [f"event: {value['type']}"] if named and wire == "responses" else []
    lines += [f"data:{'' if tight else ' '}{line}" for line in data.split("\n")]
    end = [] if loose and not isinstance(value, str) else [""]  # a whole object needs no blank line to be a frame
    return "".join(line + ending for line in [*lines, *end]).encode()


def _written(value: Any, indented: int, ascii_only: int) -> str:
    """JSON; on several lines if it is indented, which makes several `data:` lines."""
    text = json.dumps(value, ensure_ascii=bool(ascii_only), indent=1 if indented else None)
    if any("\ud800" <= character <= "\udfff" for character in text):  # half a surrogate pair, which has no bytes
        return _written(value, indented, True)
    return text

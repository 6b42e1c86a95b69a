"""Streams as the bytes of server-sent events, in the ways that servers write them and sockets give them."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from .chunk_json import to_wire
from .wire import Wire

_COMMENTS = (": keep-alive", ":", "retry: 3000", "id: 7", "data:", "event: ping")
_STRANGE = {"obfuscation": "a7Bq", "service_tier": "", "system_fingerprint": None, "token_ids": [1]}
_BOM = b"\xef\xbb\xbf"


@st.composite
def bodies(draw: st.DrawFn, wire: Wire, chunks: Sequence[Any]) -> tuple[bytes, ...]:
    """The chunks as a body, in pieces."""
    ending = draw(st.sampled_from(("\n", "\r\n", "\r")))
    body = _BOM if draw(st.booleans()) else b""
    for chunk in chunks:
        while draw(st.integers(0, 7)) == 7:
            comment = draw(st.sampled_from(_COMMENTS))
            # The name of an event belongs to the next frame, unless a blank line ends it.
            body += (comment + ending * 2).encode()
        body += _frame(draw, wire, to_wire(chunk), ending)
    if body.endswith(ending.encode() * 2) and draw(st.booleans()):
        body = body[: -len(ending)]  # the last frame may lack its blank line
    marks = draw(st.sets(st.integers(1, max(1, len(body) - 1)), max_size=8))
    at = sorted(mark for mark in marks if mark < len(body))
    return tuple(body[begin:end] for begin, end in zip([0, *at], [*at, len(body)], strict=True))


def _frame(draw: st.DrawFn, wire: Wire, value: Any, ending: str) -> bytes:
    lines: list[str] = []
    if isinstance(value, str):
        data = value
    else:
        if wire == "responses" and draw(st.booleans()):
            lines.append(f"event: {value['type']}")
        if draw(st.booleans()):
            value = {**_STRANGE, **value}
        data = _written(draw, value)
    space = draw(st.sampled_from((" ", "")))
    lines += [f"data:{space}{line}" for line in data.split("\n")]
    return "".join(line + ending for line in [*lines, ""]).encode()


def _written(draw: st.DrawFn, value: Any) -> str:
    """JSON; on several lines if that is drawn, which makes several `data:` lines."""
    plain = json.dumps(value, ensure_ascii=False)
    indent = draw(st.sampled_from((None, None, None, 1)))
    halves = any("\ud800" <= character <= "\udfff" for character in plain)  # of surrogate pairs: they have no bytes
    ascii_only = draw(st.booleans()) or halves
    return json.dumps(value, ensure_ascii=ascii_only, indent=indent)

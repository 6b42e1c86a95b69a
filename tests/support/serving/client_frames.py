"""The frames of the client protocols, read without the sinks, and what each protocol wants of a whole body."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from streamfold.adapters.protocols import agui, plain, vercel

Frames = list[dict[str, Any]]


class Protocol(NamedTuple):
    """A protocol: its sink, a configuration, its first event, its last ones, and where its events have text.

    `ends` are the types of the events that end a stream, by how it ended.
    """

    sink: Any
    config: Any
    shown: Any
    first: str
    ends: Mapping[str, str]
    last: bytes
    text_of: Callable[[dict[str, Any]], str]


def _text(kind: str) -> Callable[[dict[str, Any]], str]:
    return lambda event: event["delta"] if event["type"] == kind and event.get("kind", "text") == "text" else ""


PROTOCOLS = {
    "vercel": Protocol(
        vercel,
        vercel.Config("message-1"),
        vercel.Config("message-1", shows_errors=True),
        "start",
        {"completed": "finish", "failed": "error", "cancelled": "abort", "truncated": "error"},
        b"data: [DONE]\n\n",
        _text("text-delta"),
    ),
    "agui": Protocol(
        agui,
        agui.Config("thread-1", "run-1"),
        agui.Config("thread-1", "run-1", shows_errors=True),
        "RUN_STARTED",
        {"completed": "RUN_FINISHED", "failed": "RUN_ERROR", "cancelled": "RUN_FINISHED", "truncated": "RUN_ERROR"},
        b"",
        _text("TEXT_MESSAGE_CONTENT"),
    ),
    "plain": Protocol(
        plain,
        plain.Config("message-1"),
        plain.Config("message-1", shows_errors=True),
        "turn_begun",
        dict.fromkeys(("completed", "failed", "cancelled", "truncated"), "turn_over"),
        b"",
        _text("part_grew"),
    ),
}


def events_of(body: bytes, protocol: Protocol) -> Frames:
    """The events of a body, comments left out; every frame is one line of data that all known clients read."""
    assert body.endswith(protocol.last)
    assert not [name for name in (b"\r", b"\nid:", b"\nretry:", b"\nevent:") if name in body]
    frames = body.removesuffix(protocol.last).replace(b": ping\n", b"").split(b"\n\n")
    assert frames.pop() == b""
    assert all(frame.startswith(b"data: {") and b"\n" not in frame for frame in frames)
    return [json.loads(frame.removeprefix(b"data: ")) for frame in frames]


def whole(body: bytes, protocol: Protocol, outcome: str) -> Frames:
    """The events of a body that is whole: one first event, and one terminal, which is the last."""
    events = events_of(body, protocol)
    types = [event["type"] for event in events]
    assert types[0] == protocol.first
    terminals = set(protocol.ends.values())
    assert [kind for kind in types if kind in terminals] == [types[-1]] == [protocol.ends[outcome]]
    return events


def text_of(events: Frames, protocol: Protocol) -> str:
    """The text of the answer."""
    return "".join(map(protocol.text_of, events))

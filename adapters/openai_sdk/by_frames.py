"""Letting a stream of the openai client give the frames that came, in place of objects that are made of them.

Making the objects takes most of the client's time, and a fold needs none. The client goes on doing everything else: it
asks again, reads and closes the response, and raises what it raises, errors in the stream included. Only its decoder is
another one, which gives what came in one piece as one item, and the class to make of an item is `object`, which the
client's own code takes for "nothing" (`_process_response_data`). Tried from openai 1.99.1 to 3.57.
"""

import json
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from types import FunctionType
from typing import Any

from ..wire.sse import Frame, Framer, Frames

__all__ = ["give_frames"]

_MODULE = "openai._streaming"
_METHODS = ("__stream__", "_iter_events", "__iter__", "__next__", "__aiter__", "__anext__")


def give_frames(stream: Any) -> bool:
    """Let a stream give `Frames`, where that changes nothing else; whether it does.

    It does not where the stream is of another class, such as those that instrumentations put in its place, where its
    methods or its decoder are not the client's own, or where the client is to validate what comes. One that was begun
    already goes on as it was.

    Args:
        stream: what a driver was given.
    """
    if not _is_own(stream):
        return False
    vars(stream).update(_decoder=_Decoder(), _cast_to=object)
    return True


def _is_own(stream: Any) -> bool:
    kind: Any = type(stream)
    openai: Any = sys.modules.get("openai")
    if openai is None or kind not in (getattr(openai, "Stream", None), getattr(openai, "AsyncStream", None)):
        return False
    methods = [vars(kind).get(name) for name in _METHODS]
    if any(type(it) is not FunctionType or it.__module__ != _MODULE for it in methods if it is not None):
        return False
    members = vars(stream)
    client, decoder, iterator = (members.get(name) for name in ("_client", "_decoder", "_iterator"))
    return (
        members.keys().isdisjoint(_METHODS)
        and getattr(client, "_strict_response_validation", True) is False
        and type(decoder).__module__ == _MODULE
        and getattr(iterator, "ag_code", getattr(iterator, "gi_code", None)) is kind.__stream__.__code__
    )


class _Event:
    """What the client takes for a server-sent event."""

    __slots__ = ("_given", "data")
    event = None

    def __init__(self, given: Any, data: str = "") -> None:
        self._given = given
        self.data = data

    def json(self) -> Any:
        """What the client gives, unless it is an error."""
        return self._given


class _Decoder:
    """In place of the client's decoder of server-sent events."""

    def __init__(self) -> None:
        self._framer = Framer()

    async def aiter_bytes(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[_Event]:
        """An event for each piece."""
        async for piece in pieces:
            for event in _events(self._framer.feed(piece)):
                yield event
        for event in _events(self._framer.close()):
            yield event

    def iter_bytes(self, pieces: Iterator[bytes]) -> Iterator[_Event]:
        """The same."""
        for piece in pieces:
            yield from _events(self._framer.feed(piece))
        yield from _events(self._framer.close())


def _events(frames: list[Frame]) -> Iterable[_Event]:
    """What came in one piece; an error in it by itself, which the client raises, and `[DONE]`, by which it ends."""
    for frame in frames:
        if b'"error"' in frame.data or frame.data.startswith(b"[DONE]"):
            return _parted(frames)
    return (_Event(Frames(frames)),) if frames else ()


def _parted(frames: list[Frame]) -> Iterator[_Event]:
    for at, frame in enumerate(frames):
        if b'"error"' in frame.data and (error := _error_in(frame)) is not None:
            yield _Event(Frames(frames[:at]))
            yield _Event(error)
            return
        if frame.data.startswith(b"[DONE]"):
            yield _Event(Frames(frames[: at + 1]))
            yield _Event(None, "[DONE]")
            return
    yield _Event(Frames(frames))


def _error_in(frame: Frame) -> Mapping[str, Any] | None:
    """A frame's JSON, if it says an error by the client's own rule."""
    try:
        value = json.loads(frame.data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value.get("error") else None

"""Whole streams that come in pieces, cut anywhere: into frames, into chunks, and which wire a frame is of."""

import json
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Literal, overload

from ...reducer.ends import Undecodable
from . import tolerant
from .decoder import AnyChunk, CompletionChunk, CompletionWire, EventChunk, chunk_of, decoder
from .machines import Wire
from .sse import Frame, Framer, Piece


def frames(pieces: Iterable[Piece]) -> Iterator[Frame]:
    """The frames of a stream that comes in pieces, cut anywhere."""
    framer = Framer()
    for piece in pieces:
        yield from framer.feed(piece)
    yield from framer.close()


@overload
def read(wire: CompletionWire, pieces: Iterable[Piece]) -> Iterator[CompletionChunk]: ...
@overload
def read(wire: Literal["responses"], pieces: Iterable[Piece]) -> Iterator[EventChunk]: ...
@overload
def read(wire: str, pieces: Iterable[Piece]) -> Iterator[AnyChunk]: ...
def read(wire: str, pieces: Iterable[Piece]) -> Iterator[AnyChunk]:
    """The chunks of a stream that comes in pieces, cut anywhere; the argument is as for `decoder`."""
    decode = decoder(wire)
    return (chunk_of(frame, decode) for frame in frames(pieces))


@overload
def chunks(wire: CompletionWire, pieces: AsyncIterable[Piece]) -> AsyncIterator[CompletionChunk]: ...
@overload
def chunks(wire: Literal["responses"], pieces: AsyncIterable[Piece]) -> AsyncIterator[EventChunk]: ...
@overload
def chunks(wire: str, pieces: AsyncIterable[Piece]) -> AsyncIterator[AnyChunk]: ...
async def chunks(wire: str, pieces: AsyncIterable[Piece]) -> AsyncIterator[AnyChunk]:
    """The same for an asynchronous stream: the fast way to fold a live one.

    `pieces` is httpx's `response.aiter_bytes()`, or `response.iter_bytes()` of the openai client's
    `with_streaming_response`; it is closed when the chunks are.
    """
    decode, framer = decoder(wire), Framer()
    try:
        async for piece in pieces:
            for frame in framer.feed(piece):
                yield chunk_of(frame, decode)
        for frame in framer.close():
            yield chunk_of(frame, decode)
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()


def detect(frame: Frame) -> Wire | None:
    """Which wire a frame is of, by its shape; inner thoughts cannot be told from chat. None if neither."""
    try:
        value = json.loads(frame.data)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, Mapping):
        if tolerant.is_event(value) or frame.event.startswith("response."):
            return "responses"
        if not isinstance(tolerant.completion_chunk(value, frame.event), Undecodable):
            return "chat"
    return None

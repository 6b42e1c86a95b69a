"""Whole streams that come in pieces, cut anywhere: into frames, into chunks, and which wire a frame is of."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, Literal, overload

from ...reducer.ends import Undecodable
from . import tolerant
from .decoder import AnyChunk, CompletionChunk, CompletionWire, Decoder, EventChunk, chunks_of, decoder
from .machines import Wire
from .mending import load, pieces_of
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
    """The chunks of a stream that comes in pieces, cut anywhere; the name of the wire is as for `decoder`.

    Raises:
        TypeError: if a body is given in place of pieces of one.
        ValueError: if there is no such wire.
    """
    if isinstance(pieces, (bytes, bytearray, str)):
        kind = type(pieces).__name__
        raise TypeError(f"pieces must be an iterable of pieces of the body, not {kind} itself: put it into a list")
    return _read(frames(pieces), decoder(wire))


def _read(found: Iterable[Frame], decode: Decoder) -> Iterator[AnyChunk]:
    return (chunk for frame in found for _, chunk in chunks_of(frame, decode))


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
            for chunk in _read(framer.feed(piece), decode):
                yield chunk
        for chunk in _read(framer.close(), decode):
            yield chunk
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()


def detect(frame: Frame) -> Wire | None:
    """Which wire a frame is of, by its shape; inner thoughts cannot be told from chat.

    None if neither, or if it says nothing of the sort, such as a ping.
    """
    try:
        return _wire_of(load(frame.data)[0], frame.event)
    except (ValueError, RecursionError):
        parts = (Frame(data, frame.event, frame.number, frame.line) for data, _ in pieces_of(frame.data))
        return next(filter(None, map(detect, parts)), None)


def _wire_of(value: Any, event: str) -> Wire | None:
    if isinstance(value, list):
        return next(filter(None, (_wire_of(one, event) for one in value if isinstance(one, Mapping))), None)
    if not isinstance(value, Mapping) or tolerant.is_ping(value):
        return None
    if tolerant.is_event(value) or event.startswith("response."):
        return "responses"
    return None if isinstance(tolerant.completion_chunk(value, event), Undecodable) else "chat"

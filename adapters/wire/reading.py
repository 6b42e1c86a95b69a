"""Whole streams that come in pieces, cut anywhere: into frames, into chunks, and which wire a frame is of."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from itertools import chain
from os import PathLike
from os.path import exists
from typing import Any, Literal, overload

from ...reducer.ends import Undecodable
from . import tolerant
from .decoder import (
    AnyChunk,
    BodyReader,
    CompletionChunk,
    CompletionWire,
    Decoder,
    EventChunk,
    chunks_beside,
    decoder,
)
from .machines import Wire
from .members import unwrapped
from .mending import load, pieces_of, text_after_mark, text_of_page
from .sse import FRAME_LIMIT, Frame, Framer, Piece

LONGEST_PART = 1 << 15


def frames(pieces: Iterable[Piece], limit: int = FRAME_LIMIT) -> Iterator[Frame]:
    """The frames of a stream that comes in pieces, cut anywhere.

    Args:
        pieces: the stream.
        limit: the most bytes of one frame.

    Raises:
        FrameTooLong: if one has more, once those before it were given.
    """
    framer = Framer(limit)
    for piece in pieces:
        if len(piece) <= LONGEST_PART:
            yield from framer.feed(piece)
        else:
            for part in parts_of(piece):
                yield from framer.feed(part)
    yield from framer.close()


def parts_of(piece: Piece) -> Iterator[Piece]:
    """A piece in parts, so that not all its frames are there at once: whole where it is one that a network brings."""
    if len(piece) <= LONGEST_PART:
        yield piece
    else:
        yield from (piece[at : at + LONGEST_PART] for at in range(0, len(piece), LONGEST_PART))


@overload
def read(wire: CompletionWire, pieces: Iterable[Piece], limit: int = ...) -> Iterator[CompletionChunk]: ...
@overload
def read(wire: Literal["responses"], pieces: Iterable[Piece], limit: int = ...) -> Iterator[EventChunk]: ...
@overload
def read(wire: str, pieces: Iterable[Piece], limit: int = ...) -> Iterator[AnyChunk]: ...
def read(wire: str, pieces: Iterable[Piece], limit: int = FRAME_LIMIT) -> Iterator[AnyChunk]:
    """The chunks of a stream that comes in pieces, cut anywhere.

    Args:
        wire: its name, as for `decoder`.
        pieces: the stream, such as `open(path, "rb")`; `read_recording` of `streamfold.adapters.cassette` reads a file.
        limit: the most bytes of one frame, as for `frames`.

    Raises:
        TypeError: if a body or a path is given in place of pieces.
        ValueError: if there is no such wire.
        FrameTooLong: on the way, as for `frames`.
    """
    return PieceReader(decoder(wire), limit).read(checked(pieces))


def checked(pieces: Iterable[Piece]) -> Iterable[Piece]:
    """The pieces of a body.

    Raises:
        TypeError: if they are the body itself, or a file's path.
    """
    if isinstance(pieces, PathLike) or (isinstance(pieces, str) and _is_path(pieces)):
        raise TypeError(
            f'pieces must be an iterable of pieces of the body, such as open(path, "rb"), not {pieces!r:.80}: '
            "to read a file use read_recording of streamfold.adapters.cassette"
        )
    if isinstance(pieces, (bytes, bytearray, str)):
        kind = type(pieces).__name__
        raise TypeError(f"pieces must be an iterable of pieces of the body, not {kind} itself: put it into a list")
    return pieces


def _is_path(text: str) -> bool:
    """Whether a text is a file's path by all signs: a body has lines, or an object of JSON."""
    return not any(end in text for end in "\r\n") and ("{" not in text or exists(text))


@overload
def chunks(wire: CompletionWire, pieces: AsyncIterable[Piece], limit: int = ...) -> AsyncIterator[CompletionChunk]: ...
@overload
def chunks(wire: Literal["responses"], pieces: AsyncIterable[Piece], limit: int = ...) -> AsyncIterator[EventChunk]: ...
@overload
def chunks(wire: str, pieces: AsyncIterable[Piece], limit: int = ...) -> AsyncIterator[AnyChunk]: ...
async def chunks(wire: str, pieces: AsyncIterable[Piece], limit: int = FRAME_LIMIT) -> AsyncIterator[AnyChunk]:
    """The chunks of an asynchronous stream of bytes, which is closed when they are.

    Args:
        wire: the name of the stream's wire format.
        pieces: the stream, cut anywhere: httpx's `response.aiter_bytes()`, for example, or `response.iter_bytes()` of
            the openai client's `with_streaming_response`.
        limit: the most bytes of one frame.

    Raises:
        ValueError: if there is no such wire.
        FrameTooLong: if a frame has more bytes, once the chunks before it were given.
    """
    reader = PieceReader(decoder(wire), limit)
    try:
        async for piece in pieces:
            for chunk in reader.feed(piece):
                yield chunk
        for chunk in reader.rest():
            yield chunk
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()


class PieceReader:
    """Makes the chunks of a body that comes in pieces, cut anywhere.

    It comes to what a `BodyReader` makes of a `Framer`'s frames. For a piece that is exactly one frame none is made: a
    tenth of the time from bytes to messages.

    Args:
        decode: what makes chunks of frames.
        limit: the most bytes of one frame, as for `frames`.
    """

    def __init__(self, decode: Decoder, limit: int) -> None:
        self._decode = decode
        self._framer = Framer(limit)
        self._body = BodyReader(decode)
        self._begun = False  # as the body's `has_begun`, which takes a fiftieth of the time where each piece asks it

    def read(self, pieces: Iterable[Piece]) -> Iterator[AnyChunk]:
        """The chunks of a whole body, as they are asked for.

        Raises:
            FrameTooLong: if a frame has more bytes than the limit, once the chunks before it were given.
        """
        return chain(chain.from_iterable(map(self.feed, pieces)), self.rest())

    def feed(self, piece: Piece) -> Iterable[AnyChunk]:
        """The chunks of the frames that a piece completes, as they are asked for; before the next piece comes.

        Raises:
            FrameTooLong: as `read`.
        """
        if len(piece) > LONGEST_PART:
            return chain.from_iterable(map(self.feed, parts_of(piece)))
        framer = self._framer
        data = framer.whole(piece) if self._begun else None
        if data is None:
            self._begun = self._body.has_begun
            return self._body.chunks(framer.feed(piece))
        chunk = self._decode(data, framer.event)
        if chunk.__class__ is not Undecodable and framer.event != "error":
            return (chunk,)  # as nearly always
        return (part for _, part in chunks_beside(framer.frame(data), chunk, self._decode))

    def rest(self) -> Iterator[AnyChunk]:
        """What is left at the body's end.

        Raises:
            FrameTooLong: as `read`.
        """
        yield from self._body.chunks(self._framer.close())
        yield from self._body.rest()


ERRORS_WIRE: Wire = "chat"
"""What an error of no wire is folded as."""


def detect(frame: Frame) -> Wire | None:
    """Which wire a frame is of, by its shape; inner thoughts cannot be told from chat.

    None if neither, or if it says nothing of the sort, such as a ping.
    """
    try:
        return _wire_of(load(frame.data)[0], frame.event)
    except (ValueError, RecursionError):
        if text_after_mark(frame.data) or (frame.number == 1 and text_of_page(frame.data) is not None):
            return ERRORS_WIRE
        parts = (Frame(data, frame.event, frame.number, frame.line) for data, _ in pieces_of(frame.data))
        return next(filter(None, map(detect, parts)), None)


def is_sign_of_life(frame: Frame) -> bool:
    """Whether a frame is `[DONE]` or a ping, which are alike on every wire."""
    try:
        value = load(frame.data)[0]
    except (ValueError, RecursionError):
        return frame.data.strip() == b"[DONE]"
    return value == "[DONE]" or (isinstance(value, Mapping) and tolerant.is_ping(value))


def _wire_of(value: Any, event: str) -> Wire | None:
    if isinstance(value, list):
        return next(filter(None, (_wire_of(one, event) for one in value if isinstance(one, Mapping))), None)
    if not isinstance(value, Mapping) or tolerant.is_ping(value):
        return None
    if tolerant.is_event(value) or event.startswith("response.") or _is_in_another(value):
        return "responses"
    return None if isinstance(tolerant.completion_chunk(value, event), Undecodable) else "chat"


def _is_in_another(value: Mapping[str, Any]) -> bool:
    """Whether an object has an event inside."""
    inner = unwrapped(value) if "type" not in value else None
    return inner is not None and tolerant.is_event(inner)

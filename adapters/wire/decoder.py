"""Bytes, text or decoded JSON into chunks, for each of the three wires.

With msgspec installed (the extra `fast`) bytes are decoded into chunks without dicts between; what it refuses, and
everything where it is not installed, goes through the standard library's decoder and the tolerant reader. Both give
chunks that fold alike; only what is broken inside members that no fold reads, msgspec does not look at.
"""

import gzip
import io
import json
import sys
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

from ...reducer import chat, inner_thoughts, responses
from ...reducer.completions.chunk import Chunk
from ...reducer.machine import Done, Undecodable
from ...reducer.responses.event import Event
from ..surrogates import pairs_joined
from . import tolerant
from .sse import Frame, Framer, Piece

try:
    from . import msgspec_decoder as decoded
except ImportError:  # without msgspec
    decoded = None  # type: ignore[assignment]

Wire: TypeAlias = Literal["chat", "inner-thoughts", "responses"]
Payload: TypeAlias = "Piece | Mapping[str, Any] | list[Any] | int | float | bool | None"
"""One frame's data, as it came or decoded."""
AnyChunk: TypeAlias = Chunk | Event | Done | Undecodable

MACHINES: dict[Wire, Any] = {"chat": chat, "inner-thoughts": inner_thoughts, "responses": responses}
"""What folds each wire."""
WIRES: tuple[Wire, ...] = tuple(MACHINES)
_PIECE = 1 << 16


class WireError(ValueError):
    """The input cannot be read; its text names the file and the reason, in one line."""


class Decoder(Protocol):
    """Makes a chunk of one frame's data."""

    def __call__(self, payload: Payload, /, event: str = "") -> AnyChunk:
        """The chunk.

        Args:
            payload: bytes or text as they came, `[DONE]` included; or JSON, decoded.
            event: the frame's `event:` name.

        Returns:
            The wire's chunk; `Done` for `[DONE]`; an `Undecodable` that says why where no chunk can be made of it.
        """
        ...


def decoder(wire: str) -> Decoder:
    """What makes chunks of one wire's frames.

    Args:
        wire: "chat", "inner-thoughts" (or "inner_thoughts"), or "responses".

    Raises:
        ValueError: if there is no such wire.
    """
    if wire_named(wire) == "responses":
        return _Decoder(tolerant.event_chunk, decoded.event_decoder() if decoded else None)
    return _Decoder(tolerant.completion_chunk, decoded.completion_decoder() if decoded else None)


def wire_named(name: str) -> Wire:
    """The wire of this name; "inner_thoughts", as the module is called, is "inner-thoughts".

    Raises:
        ValueError: if there is no such wire.
    """
    wire = "inner-thoughts" if name == "inner_thoughts" else name
    if wire not in WIRES:
        raise ValueError(f"wire must be one of {', '.join(WIRES)}, not {name!r}")
    return wire


def machine_of(name: str) -> Any:
    """The machine that folds the wire of this name.

    Raises:
        ValueError: if there is no such wire.
    """
    return MACHINES[wire_named(name)]


def frames(pieces: Iterable[Piece]) -> Iterator[Frame]:
    """The frames of a stream that comes in pieces, cut anywhere."""
    framer = Framer()
    for piece in pieces:
        yield from framer.feed(piece)
    yield from framer.close()


def read(wire: str, pieces: Iterable[Piece]) -> Iterator[AnyChunk]:
    """The chunks of a stream that comes in pieces, cut anywhere; the argument is as for `decoder`."""
    decode = decoder(wire)
    return (chunk_of(frame, decode) for frame in frames(pieces))


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


def chunk_of(frame: Frame, decode: Decoder) -> AnyChunk:
    """A frame's chunk; where there is none, the reason names the frame and its line."""
    chunk = decode(frame.data, frame.event)
    if isinstance(chunk, Undecodable):
        return Undecodable(f"frame {frame.number} (line {frame.line}): {chunk.reason}")
    return chunk


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


def why_no_json(error: ValueError | RecursionError) -> str:
    """What the standard library's decoder has against a text, in a few words."""
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: {error.reason} at byte {error.start}"
    return "nested too deeply" if isinstance(error, RecursionError) else f"not JSON: {error}"


def pieces_of(path: str) -> Iterator[bytes]:
    """A recorded stream's bytes, in pieces; gzipped files are unpacked.

    Args:
        path: a file, or "-" for standard input.

    Raises:
        WireError: if it cannot be read: no such file, a directory, not allowed, a broken gzip. Its text names the path.
    """
    name = name_of(path)
    try:
        with _standard_input() if path == "-" else Path(path).open("rb") as raw:
            head = raw.peek(2)[:2] if hasattr(raw, "peek") else b""
            source = _unpacked(raw) if head == b"\x1f\x8b" else raw
            while piece := source.read1(_PIECE):
                yield piece
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise WireError(f"{name}: broken gzip: {error}") from None
    except OSError as error:
        raise WireError(f"{name}: {(error.strerror or str(error)).lower()}") from None
    except ValueError as error:  # a path with a null character
        raise WireError(f"{name}: {error}") from None


def json_in(path: str) -> Any:
    """A file's JSON, decoded.

    Raises:
        WireError: if it cannot be read, or is no JSON. Its text names the path.
    """
    try:
        return json.loads(Path(path).read_bytes())
    except OSError as error:
        raise WireError(f"{name_of(path)}: {(error.strerror or str(error)).lower()}") from None
    except (ValueError, RecursionError) as error:
        raise WireError(f"{name_of(path)}: {why_no_json(error)}") from None


def name_of(path: str) -> str:
    """What an error calls a file: its path, quoted where it is empty or would not print on one line."""
    if path == "-":
        return "standard input"
    return path if path and path.isprintable() else repr(path)


def _standard_input() -> Any:
    if sys.stdin is None:
        raise OSError("it is closed")
    return sys.stdin.buffer


def _unpacked(raw: Any) -> Any:
    """A gzipped file, read through once before it is believed: nothing is folded of one that turns out to be broken."""
    packed = raw if raw.seekable() else io.BytesIO(raw.read())
    begin = packed.tell()
    trial = gzip.GzipFile(fileobj=packed)
    while trial.read1(_PIECE):
        pass
    packed.seek(begin)
    return gzip.GzipFile(fileobj=packed)


class _Decoder:
    def __init__(
        self,
        make: Callable[[Any, str], AnyChunk],
        fast: "Callable[[bytes | str, str], AnyChunk | None] | None",
    ) -> None:
        self._make = make
        self._fast = fast

    def __call__(self, payload: Payload, /, event: str = "") -> AnyChunk:
        if type(payload) is not bytes:
            if isinstance(payload, (bytearray, memoryview)):
                payload = bytes(payload)
            if not isinstance(payload, (bytes, str)):
                return self._make(payload, event)
        if self._fast is not None and not (event and event.startswith("error")):
            try:
                chunk = self._fast(payload, event)
            except decoded.REFUSED:
                pass  # the tolerant reader decides
            else:
                if chunk is not None:
                    return chunk
        if payload.strip() in (b"[DONE]", "[DONE]"):
            return Done()
        return self._decode(payload, event)

    def _decode(self, payload: bytes | str, event: str) -> AnyChunk:
        try:
            value = json.loads(pairs_joined(payload))
        except (ValueError, RecursionError) as error:
            if event == "error":
                text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else payload
                return self._make({"error": text}, event)
            return Undecodable(why_no_json(error))
        if event == "error" and not isinstance(value, Mapping):
            value = {"error": str(value)}
        return self._make(value, event)

"""One frame's bytes, text or decoded JSON into a chunk, for each of the three wires.

With msgspec installed (the extra `fast`) bytes are decoded into chunks without dicts between. What msgspec refuses, and
everything where it is not installed, goes through the standard library's decoder and `tolerant`. Both give chunks that
fold alike; msgspec only does not look at what is broken inside members that no fold reads.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol, TypeAlias, overload

from attrs import evolve

from ...reducer.completions.chunk import Chunk
from ...reducer.ends import Done, Undecodable
from ...reducer.responses.event import Event
from . import tolerant
from .machines import wire_named
from .mending import load, pieces_of
from .sse import Frame, LooseFrame, Piece

try:
    from . import msgspec_decoder
except ImportError:  # without msgspec
    msgspec_decoder = None  # type: ignore[assignment]

Payload: TypeAlias = "Piece | Mapping[str, Any] | list[Any] | int | float | bool | None"
"""One frame's data, as it came or decoded."""
CompletionChunk: TypeAlias = Chunk | Done | Undecodable
"""What `chat` and `inner_thoughts` fold."""
EventChunk: TypeAlias = Event | Done | Undecodable
"""What `responses` folds."""
AnyChunk: TypeAlias = Chunk | Event | Done | Undecodable
CompletionWire: TypeAlias = Literal["chat", "inner-thoughts", "inner_thoughts"]


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


class CompletionDecoder(Decoder, Protocol):
    """A `Decoder` of Chat Completions."""

    def __call__(self, payload: Payload, /, event: str = "") -> CompletionChunk:
        """See `Decoder`."""
        ...


class EventDecoder(Decoder, Protocol):
    """A `Decoder` of Responses events."""

    def __call__(self, payload: Payload, /, event: str = "") -> EventChunk:
        """See `Decoder`."""
        ...


@overload
def decoder(wire: CompletionWire) -> CompletionDecoder: ...
@overload
def decoder(wire: Literal["responses"]) -> EventDecoder: ...
@overload
def decoder(wire: str) -> Decoder: ...
def decoder(wire: str) -> Decoder:
    """What makes chunks of one wire's frames.

    Args:
        wire: "chat", "inner-thoughts" (or "inner_thoughts"), or "responses".

    Raises:
        ValueError: if there is no such wire.
    """
    if wire_named(wire) == "responses":
        return _Decoder(tolerant.event_chunk, msgspec_decoder.event_decoder() if msgspec_decoder else None)
    return _Decoder(tolerant.completion_chunk, msgspec_decoder.completion_decoder() if msgspec_decoder else None)


def chunk_of(frame: Frame, decode: Decoder) -> AnyChunk:
    """A frame's chunk; where there is none, what stands in its place names the frame and its line."""
    chunk = decode(frame.data, frame.event)
    if isinstance(chunk, Undecodable):
        return Undecodable(chunk.reason, place_of(frame))
    return _repaired(chunk, frame.repair) if isinstance(frame, LooseFrame) else chunk


def chunks_of(frame: Frame, decode: Decoder) -> list[tuple[Frame, AnyChunk]]:
    """The same for a frame that may hold several, each with its part of the frame."""
    chunk = chunk_of(frame, decode)
    if not isinstance(chunk, Undecodable):
        return [(frame, chunk)]
    parts = (LooseFrame(data, frame.event, frame.number, frame.line, repair) for data, repair in pieces_of(frame.data))
    return [(part, chunk_of(part, decode)) for part in parts] or [(frame, chunk)]


def _repaired(chunk: AnyChunk, *repairs: str) -> AnyChunk:
    if isinstance(chunk, (Chunk, Event)):
        return evolve(chunk, repairs=(*chunk.repairs, *repairs))
    return chunk


def place_of(frame: Frame) -> str:
    """Where a frame is, in words."""
    return f"frame {frame.number} (line {frame.line})"


def why_no_json(error: ValueError | RecursionError) -> str:
    """What the standard library's decoder has against a text, in a few words."""
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: {error.reason} at byte {error.start}"
    return "nested too deeply" if isinstance(error, RecursionError) else f"not JSON: {error}"


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
            except msgspec_decoder.REFUSED:
                pass  # the tolerant reader decides
            else:
                if chunk is not None:
                    return chunk
        if payload.strip() in (b"[DONE]", "[DONE]"):
            return Done()
        return self._decode(payload, event)

    def _decode(self, payload: bytes | str, event: str) -> AnyChunk:
        try:
            value, repairs = load(payload)
        except (ValueError, RecursionError) as error:
            if event == "error":
                text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else payload
                return self._make({"error": text}, event)
            return Undecodable(why_no_json(error))
        if value == "[DONE]" and repairs:
            return Done()
        if event == "error" and not isinstance(value, Mapping):
            value = {"error": str(value)}
        chunk = self._make(value, event)
        return _repaired(chunk, *repairs) if repairs else chunk

"""One frame's bytes, text or decoded JSON into a chunk, for each of the three wires.

With msgspec installed (the extra `fast`) bytes are decoded into chunks without dicts between. What msgspec refuses, and
everything where it is not installed, goes through the standard library's decoder and `tolerant`. Both give chunks that
fold alike; msgspec only does not look at what is broken inside members that no fold reads.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, Protocol, TypeAlias, overload

from attrs import evolve

from ...reducer.completions.chunk import Chunk
from ...reducer.ends import Done, Undecodable
from ...reducer.responses.event import Event
from . import tolerant
from .machines import wire_named
from .members import JSON_SIGNS, longer
from .mending import MOST_FRAMES, error_of_body, load, pieces_of, text_after_mark, text_of_failure, text_of_page
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
"""What a decoder of any wire gives for a frame."""
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
    return _decoder(wire, shown=True)


def step_decoder(wire: str) -> Decoder:
    """A decoder for chunks that go into `step` at once and are not shown to others: it may give mirrors of chunks.

    A mirror has the attributes of the chunk class that its class names as `mirrors`, and may be folded once. To make
    a chunk of it takes longer than to decode it.
    """
    return _decoder(wire, shown=False)


def _decoder(wire: str, shown: bool) -> Decoder:
    events = wire_named(wire) == "responses"
    make: Any = tolerant.event_chunk if events else tolerant.completion_chunk
    msgspec: Any = msgspec_decoder
    if msgspec is None:
        return _Decoder(make).decode
    fast = msgspec.event_decoder() if events else msgspec.completion_decoder()
    return _Decoder(make, fast, msgspec.shown if shown else None).decode


def chunk_of(frame: Frame, decode: Decoder) -> AnyChunk:
    """A frame's chunk; where there is none, what stands in its place names the frame and its line."""
    return _of_frame(decode(frame.data, frame.event), frame)


def chunks_of(frame: Frame, decode: Decoder) -> Iterable[tuple[Frame, AnyChunk]]:
    """The chunks of a frame that may hold several, each with its part of the frame, as they are asked for."""
    return chunks_beside(frame, decode(frame.data, frame.event), decode)


def chunks_beside(frame: Frame, chunk: AnyChunk, decode: Decoder) -> Iterable[tuple[Frame, AnyChunk]]:
    """The chunks of a frame, as from `chunks_of`, where one chunk was made already of all that the frame holds."""
    chunk = _of_frame(chunk, frame)
    if isinstance(chunk, Undecodable) and not isinstance(frame, LooseFrame):
        text = chunk.json if isinstance(chunk.json, str) else frame.data.decode("utf-8", "replace")
        said = text_of_failure(text)
        if said is not None:
            return ((frame, decode({"error": said})),)
    # A frame named as an error is one whatever it holds, so what it holds is looked at all the same.
    if not isinstance(chunk, Undecodable) and frame.event != "error":
        return ((frame, chunk),)
    return _parts_of(frame, decode, chunk)


def chunks_in(found: Iterable[Frame], decode: Decoder) -> Iterator[AnyChunk]:
    """The chunks of all these frames."""
    for frame in found:
        chunk = decode(frame.data, frame.event)
        if frame.__class__ is Frame and chunk.__class__ is not Undecodable and frame.event != "error":
            yield chunk  # as nearly always
        else:
            for _, part in chunks_beside(frame, chunk, decode):
                yield part


class BodyReader:
    """Makes chunks of a body's frames as they come; where none can be read, the body may be an error all the same.

    Args:
        decode: what makes chunks of frames.
    """

    def __init__(self, decode: Decoder) -> None:
        self._decode = decode
        self._unread: list[bytes] | None = []  # the frames so far; None once one could be read, or they are too many

    @property
    def has_begun(self) -> bool:
        """Whether chunks are all that more frames can be: one was read already, or too many were not."""
        return self._unread is None

    def chunks(self, found: Iterable[Frame]) -> Iterator[AnyChunk]:
        """The chunks of more frames."""
        return chunks_in(found, self._decode) if self._unread is None else self._first_chunks(iter(found))

    def rest(self) -> Iterator[AnyChunk]:
        """At the body's end: the error that it is, if nothing of it could be read and it is one."""
        error = error_of_body(self._unread) if self._unread else None
        if error is not None:
            yield self._decode({"error": error}, "error")  # whatever it says: a page may say "OK"

    def _first_chunks(self, frames: Iterator[Frame]) -> Iterator[AnyChunk]:
        for frame in frames:
            unread, self._unread = self._unread, None
            for chunk in chunks_in((frame,), self._decode):
                if unread is not None and not isinstance(chunk, Undecodable):
                    unread = None
                yield chunk
            if unread is None or len(unread) == MOST_FRAMES:
                break
            self._unread = [*unread, frame.data]
        yield from chunks_in(frames, self._decode)


def _of_frame(chunk: AnyChunk, frame: Frame) -> AnyChunk:
    if isinstance(chunk, Undecodable):
        return Undecodable(chunk.reason, place_of(frame), chunk.lost, chunk.json)
    return _repaired(chunk, frame.repair) if isinstance(frame, LooseFrame) else chunk


def _parts_of(frame: Frame, decode: Decoder, whole: AnyChunk) -> Iterator[tuple[Frame, AnyChunk]]:
    part: LooseFrame | None = None
    for data, repair in pieces_of(frame.data):
        part = LooseFrame(data, frame.event, frame.number, frame.line, repair)
        yield part, chunk_of(part, decode)
    if part is None:
        yield frame, whole


def _repaired(chunk: Any, *repairs: str) -> AnyChunk:
    if isinstance(chunk, (Chunk, Event)):
        return evolve(chunk, repairs=(*chunk.repairs, *repairs))
    if hasattr(chunk, "mirrors"):
        chunk.repairs = (*chunk.repairs, *repairs)
    return chunk  # type: ignore[no-any-return]


def place_of(frame: Frame) -> str:
    """Where a frame is, in words."""
    return f"frame {frame.number} (line {frame.line})"


def why_no_json(error: ValueError | RecursionError) -> str:
    """What the standard library's decoder has against a text, in a few words."""
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: {error.reason} at byte {error.start}"
    return "nested too deeply" if isinstance(error, RecursionError) else f"not JSON: {error}"


def _may_be_json(payload: bytes | str) -> bool:
    """Whether what does not decode may have been JSON, or text at all, before it was broken; a bare word was none."""
    if isinstance(payload, bytes):
        try:
            payload = payload.decode()
        except UnicodeDecodeError:
            return True
    # The brackets and commas of a list that is streamed are nothing.
    return bool(payload.strip(" \t\r\n,[]")) and not JSON_SIGNS.isdisjoint(payload)


class _Decoder:
    def __init__(
        self,
        make: Callable[[Any, str], AnyChunk],
        fast: Callable[[bytes | str, str], Any] | None = None,
        shown: Callable[[Any], Any] | None = None,
    ) -> None:
        self._make = make
        self._fast = fast
        self._shown = shown
        self._refused = self._waits = 0

    def decode(self, payload: Payload, /, event: str = "") -> AnyChunk:
        if payload.__class__ is not bytes:
            if isinstance(payload, (bytearray, memoryview)):
                payload = bytes(payload)
            if not isinstance(payload, (bytes, str)):
                return self._make(payload, event)
        if self._waits:
            self._waits -= 1
        elif self._fast is not None:
            try:
                chunk = self._fast(payload, event)
            except msgspec_decoder.REFUSED:  # the tolerant reader decides
                self._waits = self._refused = longer(self._refused)
            else:
                self._refused = 0
                if chunk is not None:
                    return chunk if self._shown is None else self._shown(chunk)  # type: ignore[no-any-return]
        if payload.strip() in (b"[DONE]", "[DONE]"):
            return Done()
        return self._decode(payload, event)

    def _decode(self, payload: bytes | str, event: str) -> AnyChunk:
        try:
            value, repairs = load(payload)
        except (ValueError, RecursionError) as error:
            text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else payload
            said = text_of_page(text) or text_after_mark(text)
            if said is not None or event == "error":
                return self._make({"error": said or text} if said or text.strip() else {}, event or "error")
            return Undecodable(why_no_json(error), lost=_may_be_json(payload))
        if repairs and isinstance(value, str) and value.strip() == "[DONE]":
            return Done()
        if event == "error" and not isinstance(value, Mapping):
            value = {} if value in (None, "") else {"error": str(value)}
        chunk = self._make(value, event)
        return _repaired(chunk, *repairs) if repairs else chunk

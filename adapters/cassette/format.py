"""One recorded stream as one file: a header, what the wire sent with its arrival times, and the end.

The format is JSON lines, described in `docs/recording.md`; `recorder` writes it, and this reads and replays it.
"""

import base64
import json
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from math import inf
from typing import Any

from attrs import field, frozen

from ...reducer.ends import Cancelled, End, Ended, Failed, Undecodable
from ...reducer.values.frozen_value import value
from ..errors import CassetteError, FileError
from ..wire.decoder import AnyChunk, Decoder, chunks_of, decoder, place_of, why_no_json
from ..wire.machines import WIRES
from ..wire.sse import Frame
from .files import FILE_LIMIT, frames_of, name_of
from .recorder import VERSION, Recorder, Redact

__all__ = [
    "VERSION",
    "Cassette",
    "CassetteError",
    "RecordedFrame",
    "Recorder",
    "Redact",
    "async_replay",
    "open_cassette",
    "read_cassette",
    "replay",
]

_MAGIC = b'{"streamfold_cassette"'
_LONGEST = 1e12  # seconds; JSON's integers may be beyond what a float holds
_BREAK = re.compile(rb"\r\n|\r|\n")


@value
class RecordedFrame(Frame):
    """A frame of a cassette; its `line` is the cassette's.

    Attributes:
        at: when it came, in seconds since the start.
        dropped: why its content was not recorded; empty where it was.
    """

    at: float
    dropped: str = ""


@frozen
class Cassette:
    """A recorded stream.

    Attributes:
        header: the whole header, members that this version does not know included.
        wire: "chat", "inner-thoughts" or "responses".
        config: the fields of the wire's `Config`, so that `chat.Config(**cassette.config)` is the run's own.
        end: how the run ended; None where the recording was cut off and that is unknown.
        ended_at: when it ended, in seconds since the start; None where that is unknown.
    """

    header: Mapping[str, Any]
    wire: str
    config: Mapping[str, Any]
    end: End | None
    ended_at: float | None
    _frames: tuple[RecordedFrame, ...] = field(repr=False)

    @property
    def cut_off(self) -> bool:
        """Whether the recording broke off before the run's end: a crash, or a disk that was full or too slow."""
        return self.end is None

    def frames(self) -> tuple[RecordedFrame, ...]:
        """What the wire sent, frame by frame."""
        return self._frames

    def chunks(self, wire: str | None = None) -> Iterator[AnyChunk]:
        """The chunks to fold, as the wire's decoder makes them; an `Undecodable` where the content was dropped.

        Args:
            wire: the wire to read it as; the recorded one if left out.

        Raises:
            ValueError: at once, if there is no such wire.
        """
        recorded = self.parts(wire)
        return (chunk for _, parts in recorded for _, chunk in parts)

    def parts(self, wire: str | None = None) -> Iterator[tuple[RecordedFrame, list[tuple[Frame, AnyChunk]]]]:
        """The chunks frame by frame, since one may hold several: each chunk with its part of the frame."""
        decode = decoder(wire or self.wire)
        return ((frame, _parts_of(frame, decode)) for frame in self._frames)

    def body(self) -> bytes:
        """The stream as a body of server-sent events, the same bytes each time; dropped frames are comments in it."""
        return b"".join(_sse(frame) for frame in self._frames)


def open_cassette(path: "str | os.PathLike[str]", limit: int = FILE_LIMIT) -> Cassette:
    """Read a cassette, gzipped or not.

    A last line that is broken, or a missing end, is a recording that was cut off: what is before it is there.

    Args:
        path: a file, or "-" for standard input.
        limit: the most bytes of it, unpacked.

    Raises:
        FileTooLong: if it has more.
        FrameTooLong: if a line of it is longer than a frame may be.
        CassetteError: if it cannot be read, is no cassette, is of another version, or is broken before its last line.
    """
    path = os.fspath(path)
    try:
        return read_cassette(frames_of(path, limit), name_of(path))
    except FileError as error:
        raise CassetteError(str(error)) from None


def read_cassette(lines: Iterable[Frame], name: str) -> Cassette:
    """Read a cassette from its lines, as `wire.frames` gives them for JSON lines.

    Args:
        lines: the file's lines.
        name: what errors call the file.

    Raises:
        CassetteError: as for `open_cassette`.
    """
    source = iter(lines)
    first = next(source, None)
    if first is None:
        raise CassetteError(f"{name}: no cassette: there is nothing in it")
    header = _checked_header(first, name)
    frames: list[RecordedFrame] = []
    end: tuple[End, float] | None = None
    line = next(source, None)
    while line is not None:
        following = next(source, None)
        if end is not None:
            raise _refused(name, line, "there is more after the end")
        try:
            value = json.loads(line.data)
        except (ValueError, RecursionError) as error:
            if following is None:
                break  # cut off in the middle of it
            raise _refused(name, line, why_no_json(error)) from None
        try:
            if isinstance(value, dict) and "end" in value:
                end = _end_of(value)
            else:
                frames.append(_frame_of(value, len(frames) + 1, line.line))
        except ValueError as error:
            raise _refused(name, line, str(error)) from None
        line = following
    how, ended_at = end or (None, None)
    return Cassette(header, header["wire"], header["config"], how, ended_at, tuple(frames))


def replay(
    cassette: Cassette, speed: float | None = None, sleep: Callable[[float], object] = time.sleep
) -> Iterator[AnyChunk]:
    """The chunks as they came.

    Args:
        cassette: what to replay.
        speed: None: all at once; 1.0: with the recorded pauses before, between and after them; 2.0: twice as fast.
        sleep: makes a pause of so many seconds.

    Raises:
        ValueError: at once, if `speed` is not above zero.
    """

    def chunks() -> Iterator[AnyChunk]:
        for pause, chunk in paced:
            if pause:
                sleep(pause)
            if chunk is not None:
                yield chunk

    paced = _paced(cassette, speed)
    return chunks()


def async_replay(
    cassette: Cassette, speed: float | None = None, sleep: Callable[[float], Awaitable[object]] | None = None
) -> AsyncIterator[AnyChunk]:
    """`replay` for asyncio and trio, such as an upstream for `drive`; it lets other tasks run before each chunk.

    Args:
        cassette: as for `replay`.
        speed: as for `replay`.
        sleep: as for `replay`, asynchronous; `anyio.sleep` if left out.

    Raises:
        ValueError: as for `replay`.
    """

    async def chunks() -> AsyncIterator[AnyChunk]:
        if sleep is None:
            import anyio

        for pause, chunk in paced:
            await (anyio.sleep(pause) if sleep is None else sleep(pause))
            if chunk is not None:
                yield chunk

    paced = _paced(cassette, speed)
    return chunks()


def _paced(cassette: Cassette, speed: float | None) -> Iterator[tuple[float, AnyChunk | None]]:
    """Each chunk with the pause before it, and last the pause before the end."""
    if speed is not None and not 0 < speed < inf:
        raise ValueError(f"speed must be above zero, or None for no pauses; not {speed!r}")
    times = [0.0, *(frame.at for frame in cassette.frames())]
    times.append(times[-1] if cassette.ended_at is None else cassette.ended_at)
    pauses = (0.0 if speed is None else max(0.0, at - before) / speed for before, at in pairwise(times))
    chunks: Iterator[Sequence[AnyChunk | None]] = ([chunk for _, chunk in parts] for _, parts in cassette.parts())
    return (
        (0.0 if at else pause, chunk)
        for pause, parts in zip(pauses, chain(chunks, [(None,)]), strict=True)
        for at, chunk in enumerate(parts)
    )


def _parts_of(frame: RecordedFrame, decode: Decoder) -> list[tuple[Frame, AnyChunk]]:
    if frame.dropped:
        return [(frame, Undecodable(f"not recorded: {frame.dropped}", place_of(frame)))]
    return list(chunks_of(frame, decode))


def _sse(frame: RecordedFrame) -> bytes:
    if frame.dropped:
        return b": " + _on_one_line(frame.dropped) + b"\n\n"
    event = b"event: " + _on_one_line(frame.event) + b"\n" if frame.event else b""
    return event + b"".join(b"data: " + line + b"\n" for line in _BREAK.split(frame.data)) + b"\n"


def _on_one_line(text: str) -> bytes:
    return _BREAK.sub(b" ", text.encode("utf-8", "replace"))


def _refused(name: str, line: Frame, reason: str) -> CassetteError:
    return CassetteError(f"{name}, line {line.line}: {reason}")


def _checked_header(line: Frame, name: str) -> dict[str, Any]:
    if not line.data.lstrip().startswith(_MAGIC):
        raise _refused(name, line, "no cassette: it does not begin with a header")
    try:
        header = json.loads(line.data)
    except (ValueError, RecursionError) as error:
        raise _refused(name, line, f"a cassette's header that is cut off or broken: {why_no_json(error)}") from None
    version = header["streamfold_cassette"]
    if version != VERSION or type(version) is not int:
        raise _refused(name, line, f"a cassette of version {version!r:.40}; this streamfold reads version {VERSION}")
    if header.get("wire") not in WIRES:
        raise _refused(name, line, f"wire must be one of {', '.join(WIRES)}, not {header.get('wire')!r:.40}")
    if not isinstance(header.get("config"), dict):
        raise _refused(name, line, "config must be an object")
    return dict(header)


def _frame_of(value: Any, number: int, line: int) -> RecordedFrame:
    if not isinstance(value, dict):
        raise ValueError("neither a frame nor the end")
    at = _at(value)
    event, dropped = value.get("event", ""), value.get("dropped", "")
    if not isinstance(event, str) or not isinstance(dropped, str):
        raise ValueError("event and dropped must be text")
    if dropped:
        return RecordedFrame(b"", event, number, line, at, dropped)
    if isinstance(value.get("data"), str):
        return RecordedFrame(value["data"].encode("utf-8", "surrogatepass"), event, number, line, at)
    try:
        return RecordedFrame(base64.b64decode(value["base64"], validate=True), event, number, line, at)
    except (KeyError, TypeError, ValueError):
        raise ValueError("neither data nor base64 nor dropped says what came") from None


def _end_of(value: dict[str, Any]) -> tuple[End, float]:
    error = value.get("error", "")
    if not isinstance(error, str):
        raise ValueError("error must be text")
    match value["end"]:
        case "ended":
            return Ended(), _at(value)
        case "cancelled":
            return Cancelled(), _at(value)
        case "failed":
            return Failed(error, value.get("raw")), _at(value)
    raise ValueError(f"end must be ended, cancelled or failed, not {value['end']!r:.40}")


def _at(value: dict[str, Any]) -> float:
    at = value.get("at")
    if isinstance(at, bool) or not isinstance(at, (int, float)) or not 0 <= at < _LONGEST:
        raise ValueError(f"at must be seconds since the start, not {at!r:.40}")
    return float(at)

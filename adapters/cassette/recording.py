"""A recorded stream, whichever kind of file it is in: a cassette, a body of server-sent events, or JSON lines.

What a file says of itself comes from it: a cassette's wire, configuration, times and end; the wire of the others from
the first frame whose shape tells. What cannot be read raises an error of one line: the file, the line, the reason.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from ...reducer.ends import Done, End, Undecodable
from ..errors import ConfigError, FrameTooLong, UsageError, WireError
from ..json_text import dumps
from ..wire.decoder import AnyChunk, chunks_of, decoder, why_no_json
from ..wire.encoder import to_wire
from ..wire.machines import WireMachine, machine_of, wire_named
from ..wire.mending import error_of_body, load
from ..wire.reading import ERRORS_WIRE, detect, is_sign_of_life
from ..wire.sse import Frame, Framer
from .files import FILE_LIMIT, SUFFIXES, frame_limit, name_of, pieces_of

if TYPE_CHECKING:
    from .format import Cassette

__all__ = [
    "MESSAGE_ID",
    "SUFFIXES",
    "Recording",
    "as_recording",
    "cassette_as",
    "config_of",
    "decode_frames",
    "detect_wire",
    "is_cassette",
    "read_recording",
    "recorded_files",
    "recording_of",
]

MESSAGE_ID = "message-00000000-0000-4000-8000-000000000000"
"""The message id of a replay that is given none: fixed, so that two replays say the same bytes."""
_RECORDED = tuple(suffix + packed for suffix in SUFFIXES for packed in ("", ".gz"))
_CASSETTE = b'{"streamfold_cassette"'
_DONE = b"[DONE]"


@frozen
class Recording:
    """A recorded stream.

    Attributes:
        path: the file.
        name: what errors call it.
        wire: "chat", "inner-thoughts" or "responses".
        machine: the module that folds this wire.
        config: the machine's configuration, with a fixed `message_id` where none was given.
        frames: what the wire sent.
        chunks: what the wire sent, decoded.
        sent: the bytes of each frame in a body of server-sent events, comments before it included; joined they are the
            body, and where the file is one, the file.
        times: when each frame came, in seconds since the start; None where the file does not tell.
        end: how the run ended; None where the file does not tell.
        ended_at: when it ended, in seconds since the start; None where the file does not tell.
    """

    path: str
    name: str
    wire: str
    machine: WireMachine
    config: Any
    frames: tuple[Frame, ...]
    chunks: tuple[AnyChunk, ...]
    sent: tuple[bytes, ...]
    times: tuple[float, ...] | None = None
    end: End | None = None
    ended_at: float | None = None


def read_recording(
    path: "str | os.PathLike[str]",
    wire: str | None = None,
    *sources: tuple[str, Mapping[str, Any]],
    limit: int = FILE_LIMIT,
) -> Recording:
    """Read a recorded stream, gzipped or not.

    Args:
        path: a file, or "-" for standard input.
        wire: what to read it as; its own if left out. Inner thoughts have to be asked for, but of a cassette.
        sources: fields of the wire's `Config`, each with what errors call the place they are from; later ones count.
        limit: the most bytes of the file, unpacked.

    Raises:
        FileError: if the file cannot be opened or unpacked.
        FileTooLong: if it has more bytes than the limit.
        FrameTooLong: if one of its frames is longer than 64 MiB, and than a higher limit.
        CassetteError: if it is a broken cassette.
        WireError: if it is of no wire, or of another one.
        ConfigError: if a field of a source, or of the cassette's header, cannot be used.
        ValueError: if there is no such wire.
    """
    path = os.fspath(path)
    return recording_of(b"".join(pieces_of(path, limit)), wire, *sources, path=path, limit=limit)


def recorded_files(paths: Iterable[str]) -> Iterator[str]:
    """The files of these paths: of a folder those in it that are recorded streams by their names, sorted.

    Args:
        paths: files, folders, and "-" for standard input.

    Raises:
        UsageError: if there are no recorded streams in a folder; its text is one line.
    """
    for path in paths:
        if path == "-" or not os.path.isdir(path):
            yield path
            continue
        inside = sorted(str(one) for one in Path(path).rglob("*") if one.name.endswith(_RECORDED) and one.is_file())
        if not inside:
            kinds = ", ".join(f"*{suffix}" for suffix in SUFFIXES)
            raise UsageError(f"{name_of(path)}: no recorded streams ({kinds}) in it")
        yield from inside


def recording_of(
    body: bytes,
    wire: str | None = None,
    *sources: tuple[str, Mapping[str, Any]],
    path: str = "the stream",
    limit: int = FILE_LIMIT,
) -> Recording:
    """Read a recorded stream that is in memory, such as one that was drawn by `adapters.strategies.streams`.

    Args:
        body: a file's bytes, unpacked.
        wire: as for `read_recording`.
        sources: as for `read_recording`.
        path: what errors call it.
        limit: as for `read_recording`, where a frame may be longer for it.

    Raises:
        CassetteError, WireError, ConfigError, FrameTooLong, ValueError: as for `read_recording`.
    """
    name = name_of(path)
    try:
        parts = list(_frame_by_frame(body, frame_limit(limit)))
    except FrameTooLong as error:
        raise FrameTooLong(error.limit, name) from None
    if parts and is_cassette(parts[0][0]):
        return _of_cassette(path, name, [frame for frame, _ in parts], wire, sources)
    wire, frames = detect_wire((frame for frame, _ in parts), wire, name)
    machine = machine_of(wire)
    decoded = tuple(_decoded(wire, frames, name))
    sent = {frame.number: sent for frame, sent in parts}  # of parts of one frame, it is the first one's
    return Recording(
        path=path,
        name=name,
        wire=wire_named(wire),
        machine=machine,
        config=config_of(machine, ("", {"message_id": MESSAGE_ID}), *sources),
        frames=tuple(frame for frame, _ in decoded),
        chunks=tuple(chunk for _, chunk in decoded),
        sent=tuple(sent.pop(frame.number, b"") for frame, _ in decoded),
    )


def as_recording(wire: str, config: Any, chunks: Iterable[AnyChunk]) -> Recording:
    """Chunks that were not recorded, such as a `strategies.Stream`'s, as a `Recording` without times and end.

    Args:
        wire: "chat", "inner-thoughts" or "responses".
        config: the wire's `Config`.
        chunks: the wire's chunks.

    Raises:
        TypeError: if something is no chunk.
        ValueError: if there is no such wire.
    """
    found = tuple(chunks)
    values = (to_wire(chunk) for chunk in found)
    lines = [value.encode() if isinstance(value, str) else dumps(value).encode() for value in values]
    names = [getattr(chunk, "type", "") if wire == "responses" else "" for chunk in found]
    frames = tuple(
        Frame(line, name, number, number) for number, (line, name) in enumerate(zip(lines, names, strict=True), 1)
    )
    events = (f"event: {frame.event}\n".encode() if frame.event else b"" for frame in frames)
    sent = tuple(b"%sdata: %s\n\n" % (event, frame.data) for event, frame in zip(events, frames, strict=True))
    path = "the stream"
    return Recording(path, path, wire_named(wire), machine_of(wire), config, frames, found, sent)


def config_of(machine: Any, *sources: tuple[str, Mapping[str, Any]]) -> Any:
    """A machine's configuration out of fields from several places.

    Args:
        machine: whose.
        sources: the fields, each with what errors call the place they are from; later ones count.

    Raises:
        ConfigError: if there is no such field, or its value is not one that it takes.
    """
    known = fields_of(machine)
    given: dict[str, Any] = {}
    places: dict[str, str] = {}
    for place, fields in sources:
        for name in fields:
            if name not in known:
                raise ConfigError(f"{place}: no such field: {name!r:.80} (there are {', '.join(known)})")
        given |= fields
        places |= dict.fromkeys(fields, place)
    try:
        return machine.Config(**given)
    except (TypeError, ValueError) as error:
        # What a field is refused for begins with its name.
        raise ConfigError(f"{places[str(error).split()[0]]}: {error}") from None


def fields_of(machine: Any) -> list[str]:
    """The names of the fields of a machine's `Config`."""
    return [attribute.name for attribute in machine.Config.__attrs_attrs__]


def detect_wire(frames: Iterator[Frame], wire: str | None, name: str) -> tuple[str, Iterator[Frame]]:
    """The wire and the frames of a file; the wire is that of the first frame whose shape tells.

    Args:
        frames: the file's.
        wire: the wire, where it is known.
        name: what errors call the file.

    Raises:
        WireError: if no frame tells.
    """
    if wire:
        return wire, frames
    seen: list[Frame] = []
    for frame in frames:
        seen.append(frame)
        found = detect(frame)
        if found:
            return found, chain(seen, frames)
    if any(frame.event == "error" for frame in seen) or error_of_body([frame.data for frame in seen]) is not None:
        return ERRORS_WIRE, iter(seen)
    if seen and all(map(is_sign_of_life, seen)):  # an answer of nothing, which is alike on every wire
        return ERRORS_WIRE, iter(seen)
    first = next((frame for frame in seen if frame.data.strip() != _DONE), None)
    raise _unreadable(name, first, _why_unknown(first) if first else "")


def decode_frames(wire: str, frames: Iterator[Frame], name: str) -> Iterator[AnyChunk]:
    """The chunks of a file's frames, as they are asked for.

    Args:
        wire: what to read them as.
        frames: the file's.
        name: what errors call the file.

    Raises:
        WireError: if none can be decoded, or if those of another wire come first.
    """
    return (chunk for _, chunk in _decoded(wire, frames, name))


def _decoded(wire: str, frames: Iterator[Frame], name: str) -> Iterator[tuple[Frame, AnyChunk]]:
    """The same, each with its frame: of what holds several chunks, its part of that."""
    decode = decoder(wire)
    held: list[tuple[Frame, AnyChunk]] = []
    first, reason = None, ""
    parts = (part for frame in frames for part in chunks_of(frame, decode))
    for frame, chunk in parts:
        held.append((frame, chunk))
        if not isinstance(chunk, (Undecodable, Done)):
            yield from held
            break
        if isinstance(chunk, Undecodable):
            of_another_wire = detect(frame) is not None
            if first is None or of_another_wire:
                first, reason = frame, chunk.reason
            if of_another_wire:  # an error, which looks alike on every wire, may follow
                raise _unreadable(name, first, reason)
    else:
        error = error_of_body([frame.data for frame, _ in held])
        if held and first is None:  # `[DONE]`, and nothing before it
            yield from held
            return
        if error is None:
            raise _unreadable(name, first, reason)
        yield from held
        yield held[0][0], decode({"error": error}, "error")
    yield from parts


def is_cassette(first: Frame) -> bool:
    """Whether a file whose first line this is, is a cassette."""
    return first.data.lstrip().startswith(_CASSETTE)


def cassette_as(
    wire: str, cassette: "Cassette", name: str
) -> tuple[Any, tuple[str, Mapping[str, Any]], Iterator[AnyChunk]]:
    """A cassette, read as its own wire or as another.

    Args:
        wire: what to read it as.
        cassette: what was recorded.
        name: what errors call the file.

    Returns:
        The wire's machine; the recorded fields of its `Config`, with the place that errors name for them; the chunks,
        which raise a WireError if none of them can be read.
    """
    machine = machine_of(wire)
    fields: Mapping[str, Any] = cassette.config
    own = wire == cassette.wire
    if not own:  # fields that only the recorded wire has are not this one's
        known = fields_of(machine)
        fields = {field: value for field, value in fields.items() if field in known}
    frames = cassette.frames()
    chunks = cassette.chunks() if own or not frames else decode_frames(wire, iter(frames), name)
    return machine, (f"{name}, line 1", fields), chunks


def _frame_by_frame(body: bytes, limit: int) -> Iterator[tuple[Frame, bytes]]:
    """Each frame with its bytes as server-sent events; what comes after the last one is among that one's."""
    is_sse = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"{", b"[")
    framer = Framer(limit)
    lines: list[bytes] = []
    last: tuple[Frame, list[bytes]] | None = None
    for line in [*body.splitlines(keepends=True), None]:
        found = framer.close() if line is None else framer.feed(line)
        for at, frame in enumerate(found, 1):
            if last is not None:
                yield last[0], b"".join(last[1])
            last, lines = (frame, lines if is_sse else _as_events(frame)), []
            if line is not None and is_sse and at == len(found) and not framer.holds:  # else it is the next frame's
                last[1].append(line)
        if line is not None and (not found or framer.holds):
            lines.append(line)
    if last is not None:
        yield last[0], b"".join([*last[1], *(lines if is_sse else [])])


def _as_events(frame: Frame) -> list[bytes]:
    event = [f"event: {frame.event}\n".encode()] if frame.event else []
    return [*event, *(b"data: " + line + b"\n" for line in frame.data.split(b"\n")), b"\n"]


def _of_cassette(
    path: str, name: str, lines: Iterable[Frame], wire: str | None, sources: tuple[tuple[str, Mapping[str, Any]], ...]
) -> Recording:
    from .format import read_cassette

    cassette = read_cassette(lines, name)
    wire = wire_named(wire or cassette.wire)
    machine, fields, chunks = cassette_as(wire, cassette, name)
    tuple(chunks)  # what cannot be read says so
    recorded = list(cassette.parts(wire))
    return Recording(
        path=path,
        name=name,
        wire=wire,
        machine=machine,
        config=config_of(machine, ("", {"message_id": MESSAGE_ID}), fields, *sources),
        frames=tuple(part for _, parts in recorded for part, _ in parts),
        chunks=tuple(chunk for _, parts in recorded for _, chunk in parts),
        sent=tuple(
            b"" if at else evolve(cassette, frames=(frame,)).body()
            for frame, parts in recorded
            for at in range(len(parts))
        ),
        times=tuple(frame.at for frame, parts in recorded for _ in parts),
        end=cassette.end,
        ended_at=cassette.ended_at,
    )


def _why_unknown(frame: Frame) -> str:
    try:
        load(frame.data)
    except (ValueError, RecursionError) as error:
        return why_no_json(error)
    return "neither a Chat Completions chunk nor a Responses event"


def _unreadable(name: str, frame: Frame | None, reason: str) -> WireError:
    if frame is None:
        return WireError(f"{name}: no chunks in it: neither server-sent events with data nor JSON lines")
    return WireError(f"{name}, line {frame.line}: {reason}")

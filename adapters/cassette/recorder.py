"""Records a run to a cassette, beside the run and never in its way.

A `Recorder` is an observer: it takes what came from upstream and nothing of what was asked. No header and no body of a
request is ever handed to it.
"""

import base64
import json
import logging
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import TracebackType
from typing import IO, Any, TypeAlias

import attrs

from ...reducer.completions.chunk import Chunk
from ...reducer.ends import Cancelled, Done, End, Ended, Failed, Undecodable
from ...reducer.limits import NO_LIMITS_SET
from ...reducer.responses.event import Event
from ...reducer.result import Result
from ..driver.items import TEXT, ItemFramer, unwrapped
from ..driver.observer import Observer
from ..errors import FrameTooLong
from ..json_text import dumps
from ..wire.machines import wire_named
from ..wire.sse import FRAME_LIMIT, Frame, Frames
from .writer import Output, open_file, writer

__all__ = ["VERSION", "Recorder", "Redact"]

Redact: TypeAlias = Callable[[dict[str, Any]], Mapping[str, Any] | None]
"""Makes of a decoded frame what may be kept of it; None: nothing."""

VERSION = 1
"""The version of the format that is written."""

_DONE = b"[DONE]"
_ENDS: dict[type, str] = {Ended: "ended", Cancelled: "cancelled", Failed: "failed"}
_QUEUE_BYTES = 8 << 20
_FRAME_BYTES = 32 << 20
_HELPERS = "openai.lib.streaming.chat"

_log = logging.getLogger("streamfold")


class Recorder(Observer):
    """Writes a run to a cassette, frame by frame; an observer for `drive`, or by hand with `record` and `end`.

    It never blocks the run, and never raises in it: a line is put on a bounded queue, and one thread of the process
    writes what waits there and flushes it to the operating system, batch by batch (there is no fsync). Where writing
    fails, or the disk is so slow that the queue is full, recording stops, the cassette ends there, one warning is
    logged, and the run goes on. After the end, or `close`, what waits is written and the file closed; so it is where
    a recorder is forgotten.

    Args:
        file: a path, where a file is made that its owner alone may read; or a buffered binary file, which stays open.
        wire: "chat", "inner-thoughts" or "responses".
        config: the run's `Config`, or a mapping of its fields; written as it is. Put nothing else into it.
        clock: tells seconds; it only has to go forward.
        began: when the request was made, by this clock, for times count from there; if left out, now.
        redact: sees each decoded frame, a dict of its own, and gives what may be written of it; None drops the content
            and keeps the place. What is no JSON object cannot be shown to it and is dropped too, `[DONE]` excepted,
            and so is what it raises on. A failure's text is shown as `{"error": text}`.
        queue_bytes: how much may wait to be written; one frame more is taken.
        frame_bytes: how much of one frame is written; of a longer one only the place is kept, and a warning logged.
        overwrite: whether to put the file in the place of one that is there; a link is replaced, never followed.

    Raises:
        OSError: if the file cannot be made: it is there already (FileExistsError), another recorder is writing it, or
            what else the system says.
        ValueError: if there is no such wire.
        TypeError: if `config` is neither a `Config` nor a mapping.
    """

    def __init__(
        self,
        file: "str | os.PathLike[str] | IO[bytes]",
        wire: str,
        config: Any,
        *,
        clock: Callable[[], float] = time.monotonic,
        began: float | None = None,
        redact: Redact | None = None,
        queue_bytes: int = _QUEUE_BYTES,
        frame_bytes: int = _FRAME_BYTES,
        overwrite: bool = False,
    ) -> None:
        header = dumps(_header(wire, config))
        path = os.fspath(file) if isinstance(file, (str, os.PathLike)) else None
        sink: Any = file if path is None else open_file(path, overwrite)
        self._name = repr(file) if path is None else path
        self._clock = clock
        self._redact = redact
        self._frame_bytes = frame_bytes
        self._warned: set[str] = set()
        self._start = clock() if began is None else began
        self._items = ItemFramer()
        self._writer = writer()
        self._output = Output(sink, self._name, path is not None, queue_bytes, lambda: _with_versions(header))
        self._writer.begin(self._output)

    @property
    def stopped(self) -> str | None:
        """Why recording stopped before the end; None if it did not."""
        return self._output.stopped

    def record(self, data: object, event: str = "") -> None:
        """Take one frame, as it arrives. Does not raise; after the end it does nothing.

        Args:
            data: bytes or text, kept as they are; decoded JSON; a `Frame`; an object of the openai SDK. Of anything
                else (a reducer's chunk) only the place is kept, and one warning is logged.
            event: the frame's `event:` name.
        """
        if self._output.over:
            return
        at = self._now()
        if isinstance(data, Frame):
            event, data = data.event, data.data
        named = {"event": event} if event else {}
        line = _line({"at": at, **self._content(data), **named})
        if len(line) > FRAME_LIMIT:  # escaped, it is longer than a line may be that is read
            line = _line({"at": at, **self._too_long(len(line))})
        self._put(line)

    def end(self, end: End) -> None:
        """Take the end: the first one counts. What waits is then written in the background; `close` waits for it."""
        line = {"end": _ENDS[type(end)], "at": self._now()}
        if isinstance(end, Failed):
            text = self._error(end.error)
            line["error"] = text if isinstance(text, str) else ""
            raw = None if end.raw is None else self._error(json.loads(dumps(end.raw)))
            if raw is not None:
                line["raw"] = raw
        self._put(_line(line), last=True)

    def close(self, timeout: float = 5.0) -> None:
        """Wait until what was taken is written. Without an end before it, the cassette counts as cut off.

        Args:
            timeout: the most seconds to wait; then a warning is logged and the thread goes on by itself.
        """
        if not self._writer.close(self._output, timeout):
            self._warn("slow close", "%r: still being written after %r seconds", self._name, timeout)

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def received(self, raw: object, /) -> None:
        """What upstream gave a run, which `record` takes."""
        if isinstance(raw, TEXT):
            self._record_all(self._items.feed(raw))
            return
        if isinstance(raw, Frames):
            self._record_all(raw)
            return
        self._record_all(self._items.close())
        if not type(raw).__module__.startswith(_HELPERS):
            self.record(*unwrapped(raw))
        elif hasattr(raw, "chunk"):  # the other events of the SDK's helper only repeat what its chunks say
            self.record(raw.chunk)

    def ended(self, end: End, result: Result, error: BaseException | None = None, /) -> None:
        """A run's end: the same as `end`, after what the end of a stream of bytes completes."""
        if isinstance(end, Ended):
            self._record_all(self._items.close())
        self.end(end)

    def _record_all(self, frames: Iterable[Frame]) -> None:
        try:
            for frame in frames:
                self.record(frame)
        except FrameTooLong as error:  # of which the run ends
            self._warn("long", "%r: %s", self._name, error)

    def _now(self) -> float:
        return round(max(0.0, self._clock() - self._start), 6)

    def _content(self, raw: object) -> dict[str, Any]:
        try:
            data = _bytes_of(raw)
        except Exception:  # whatever it is, the run goes on
            kind = type(raw).__name__
            self._warn("content", "%r: what came cannot be recorded: a %r, which is no JSON", self._name, kind)
            return {"dropped": f"a {kind}, which is no JSON"}
        if len(data) > self._frame_bytes:
            return self._too_long(len(data))
        if self._redact is None or data.strip() == _DONE:
            return _text(data)
        try:
            # Decoded anew, so that a hook that changes its argument does not change what the run folds.
            value = json.loads(data)
            kept = self._redact(value) if isinstance(value, dict) else None
            return {"dropped": "redacted"} if kept is None else _text(_encoded(kept))
        except Exception as error:  # what could not be looked at is not written
            self._warn("redact", "%r: a frame could not be redacted: %r", self._name, type(error).__name__)
            return {"dropped": "it could not be redacted"}

    def _too_long(self, size: int) -> dict[str, Any]:
        self._warn("long", "%r: a frame of %r bytes is not recorded, for its length", self._name, size)
        return {"dropped": f"too long: {size:,} bytes"}

    def _error(self, error: Any) -> Any:
        """An error's text, or the provider's own, as it may be written; None if it may not."""
        if self._redact is None:
            return error
        try:
            return (self._redact({"error": error}) or {}).get("error")
        except Exception as raised:
            self._warn("redact", "%r: the error could not be redacted: %r", self._name, type(raised).__name__)
            return None

    def _put(self, line: bytes, last: bool = False) -> None:
        self._writer.put(self._output, line, last)

    def _warn(self, about: str, text: str, *arguments: object) -> None:
        if about not in self._warned:
            self._warned.add(about)
            _log.warning(text, *arguments)


def _header(wire: str, config: Any) -> dict[str, Any]:
    wire = wire_named(wire)
    if attrs.has(type(config)):
        config = _members(config)
    elif not isinstance(config, Mapping):
        raise TypeError(f"config must be the wire's Config or a mapping of its fields, not {config!r:.80}")
    fields = {
        name: sorted(value) if isinstance(value, (set, frozenset)) else value  # a set's order is not always the same
        for name, value in config.items()
    }
    return {"streamfold_cassette": VERSION, "wire": wire, "config": fields}


def _members(config: Any) -> dict[str, Any]:
    """A configuration's fields, and of its limits those that it sets."""
    members = attrs.asdict(config, recurse=False)
    limits = members.pop("limits", NO_LIMITS_SET)
    chosen = attrs.asdict(limits, filter=lambda member, most: most != member.default)
    return members | ({"limits": chosen} if chosen else {})


def _with_versions(header: str) -> bytes:
    """The header's line. To look the versions up takes longer than to open the file, so it is not done there."""
    return f"{header[:-1]},{dumps({'recorded_by': _versions()})[1:]}\n".encode()


@cache
def _versions() -> dict[str, str]:
    versions = {"streamfold": _version("streamfold"), "python": platform.python_version(), "openai": _version("openai")}
    return {name: version for name, version in versions.items() if version is not None}


def _version(package: str) -> str | None:
    from importlib import metadata  # it imports much, and only recording needs it

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _line(members: Mapping[str, Any]) -> bytes:
    return f"{dumps(members)}\n".encode()


def _bytes_of(raw: Any) -> bytes:
    """What came, as the wire has it. Raises what an encoder raises for what is no JSON."""
    if isinstance(raw, (bytes, bytearray, memoryview)):
        return bytes(raw)
    if isinstance(raw, str):
        return raw.encode("utf-8", "surrogatepass")
    if isinstance(raw, Done):
        return _DONE
    if hasattr(raw, "model_dump_json") and not hasattr(raw, "__pydantic_fields_set__"):
        return _bytes_of(raw.model_dump_json())
    if type(raw) is not dict and not isinstance(raw, (Chunk, Event, Undecodable)):
        from ..openai_sdk.plain_json import as_json

        raw = as_json(raw)
    return _encoded(raw)


def _encoded(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
    try:
        return text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can say by an escape only
        return json.dumps(value, separators=(",", ":"), default=_plain).encode()


def _plain(value: object) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} is no JSON")


def _text(data: bytes) -> dict[str, Any]:
    try:
        return {"data": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}

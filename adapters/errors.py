"""The errors that this library raises for what it is given to read, or meets while it runs.

All derive from `StreamfoldError`, so that one `except` catches them; each also derives from the built-in exception that
fits it. Three things are not among them. A mistake in a call (an unknown wire's name, a negative size, a run iterated
outside its `with`) is a plain `ValueError`, `TypeError` or `RuntimeError`. What an upstream raised is passed on as it
is. And `driver.RunCancelled` is thrown into a run by its caller.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from ..reducer.errors import StreamfoldError
from ..reducer.result import StreamFailed

__all__ = [
    "CassetteError",
    "ConfigError",
    "CursorError",
    "FileError",
    "FileTooLong",
    "FrameTooLong",
    "LawBroken",
    "LeaseLost",
    "MissingExtra",
    "NumberTaken",
    "RunExists",
    "RunTrimmed",
    "RunUnknown",
    "SnapshotError",
    "StreamFailed",
    "StreamStalled",
    "StreamfoldError",
    "Unexpected",
    "UsageError",
    "WireError",
]


class FileError(StreamfoldError, ValueError):
    """A file cannot be opened, unpacked or decoded as JSON, or cannot be written.

    The text is one line with the file's name and the reason: correct the path, its permissions or the file.
    """


class FileTooLong(StreamfoldError, ValueError):
    """A file, unpacked, has more bytes than the limit allows; little of it was read.

    Gzip can pack a thousand bytes into one: read files from untrusted sources with a limit.

    Attributes:
        limit: the bytes that the file may have.
    """

    def __init__(self, limit: int, place: str, how: str) -> None:
        super().__init__(f"{place}: longer than {limit:,} bytes, the limit for this file: {how}")
        self.limit = limit


class FrameTooLong(StreamfoldError, ValueError):
    """A frame of a stream, or a line of one, has more bytes than the limit allows; what came before it was given.

    No provider sends such a frame: close the connection, or read with a higher limit.

    Attributes:
        limit: the bytes that a frame may have.
    """

    def __init__(self, limit: int, place: str = "") -> None:
        where = f"{place}: " if place else ""
        super().__init__(
            f"{where}a frame, or a line, is longer than {limit:,} bytes, the limit for one frame: "
            "`limit` of `wire.Framer`, `frames`, `read` and `chunks` sets another, and so does --limit of the command"
        )
        self.limit = limit


class WireError(StreamfoldError, ValueError):
    """The input is of no wire, or of another wire than the one it is read as.

    The text is one line with the file, the line and the reason: choose another wire, or check what was recorded.
    """


class ConfigError(StreamfoldError, ValueError):
    """A field of a `Config` that came from a file, a cassette's header or an option is unknown or has a wrong value.

    The text begins with the place that the field is from: correct it there.
    """


class CassetteError(StreamfoldError, ValueError):
    """A file cannot be read as a cassette, or a cassette could not be written to its end.

    The text is one line with the file, the line and the reason: record it again, or repair the line.
    """


class SnapshotError(StreamfoldError, ValueError):
    """No snapshot can be made of a value, or no value of a snapshot.

    The text says in one line what is wrong and where: repair the snapshot, or read it with the version that wrote it.
    """


class CursorError(StreamfoldError, ValueError):
    """A cursor is none, or is not one of the run that is read: read from the beginning, or take the right one."""


class LeaseLost(StreamfoldError, RuntimeError):
    """Another producer has taken the run over, or the run is over or unknown: stop, and leave it alone."""


class NumberTaken(StreamfoldError, ValueError):
    """The log has another message under this number: two folds of one run disagree."""


class RunExists(StreamfoldError, ValueError):
    """The log has a run of this id, open or over: listen to it, or take another id."""


class RunTrimmed(StreamfoldError, LookupError):
    """The log of a run was trimmed behind what a client was told already: let it hear the run again from its start."""


class RunUnknown(StreamfoldError, LookupError):
    """The log has no run of this id; it may have been forgotten since."""


class UsageError(StreamfoldError, ValueError):
    """What was asked of the command or of a recording cannot be done as it was asked.

    The text says in one line what is missing or in the way: ask again with that changed.
    """


class MissingExtra(StreamfoldError, ImportError):
    """An adapter's library is not installed; the text names the extra to install."""


class StreamStalled(StreamfoldError, TimeoutError):
    """One of the times that a driver was given has passed: `idle_timeout`, `content_timeout` or `total_timeout`.

    The text says which, and how long it was: ask again, or allow more time.
    """


class Unexpected(StreamfoldError, AssertionError):
    """Messages are not those that were expected, or none are expected yet; the text shows how they differ."""


class _Law(Protocol):
    @property
    def number(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def statement(self) -> str: ...
    @property
    def half_of(self) -> "_Law | None": ...


class LawBroken(StreamfoldError, AssertionError):
    """A law does not hold for a stream: a defect of the fold, to report with the stream that shows it.

    Attributes:
        law: the law.
        wrong: what is wrong, in words.
        chunks: the stream that shows it.
    """

    def __init__(self, law: _Law, wrong: str, chunks: Sequence[Any]) -> None:
        super().__init__(f"law {law.number} ({law.name}): {wrong}")
        self.law = law
        self.wrong = wrong
        self.chunks = tuple(chunks)

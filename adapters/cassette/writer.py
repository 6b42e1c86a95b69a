"""The one thread of a process that writes cassettes, and the files that it writes them to.

A server records many runs at a time; a thread for each would cost more than what it writes. This one begins with the
first line that waits, and ends when nobody has sent one for a moment, so an abandoned recorder leaves none behind: its
file has what came, and is closed with it.
"""

import contextlib
import errno
import logging
import os
import stat
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

try:
    import fcntl
except ImportError:  # not on Windows, where nobody can put another file in the place of one that is open
    fcntl = None  # type: ignore[assignment]

__all__ = ["IDLE_SECONDS", "Output", "Writer", "open_file", "writer"]

IDLE_SECONDS = 0.25  # after which the thread ends if there is nothing to write

_log = logging.getLogger("streamfold")
_CREATED = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_AS_IT_IS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Sink(Protocol):
    """What lines are written to."""

    def write(self, piece: bytes, /) -> Any:
        """Take all of a piece."""
        ...

    def flush(self) -> Any:
        """Give on what was taken."""
        ...

    def close(self) -> Any:
        """Take no more."""
        ...


class _File:
    """A file by its descriptor, unbuffered; one that is forgotten is closed."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def write(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            if self._descriptor is None:
                raise ValueError("write to a closed file")
            rest = rest[os.write(self._descriptor, rest) :]

    def flush(self) -> None:
        pass

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()


def open_file(path: str, overwrite: bool) -> Sink:
    """A new file, that its owner alone may read.

    Args:
        path: where; a link there is not followed.
        overwrite: whether to put it in the place of a file or a link that is there. A device or a pipe is written to.

    Raises:
        FileExistsError: if there is one.
        OSError: if another recorder is writing it, in this process or another; or if it cannot be made.
    """
    exclusively = not (overwrite and _make_room(path))
    try:
        descriptor = os.open(path, (_CREATED if exclusively else os.O_WRONLY) | _AS_IT_IS, 0o600)
    except FileExistsError:
        raise FileExistsError(errno.EEXIST, "there already, and not to be overwritten", path) from None
    if exclusively and fcntl is not None:
        with contextlib.suppress(OSError):  # of a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return _File(descriptor)


def _make_room(path: str) -> bool:
    """Take away the file or the link that is there; true if something else is, which stays."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISREG(mode):
        _expect_no_writer(path)
    elif not stat.S_ISLNK(mode):
        return True
    os.unlink(path)
    return False


def _expect_no_writer(path: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | _AS_IT_IS)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OSError(errno.EBUSY, "another recorder is writing it", path) from None
    finally:
        os.close(descriptor)


class Output:
    """What one recorder has yet to write, and to what.

    Args:
        file: takes the lines.
        name: what logs call it.
        owned: whether the file is closed at the end.
        most: how many bytes may wait; one line more is taken.
        head: makes the first line, on the writer's thread.
    """

    def __init__(self, file: Sink, name: str, owned: bool, most: int, head: Callable[[], bytes]) -> None:
        self.name = name
        self.stopped: str | None = None
        self.over = False
        self.done = False
        self.file = file
        self.owned = owned
        self.most = most
        self.head: Callable[[], bytes] | None = head
        self.waiting: list[bytes] = []
        self.size = 0  # of what waits and of what is being written
        self.queued = False

    def stop(self, reason: str) -> None:
        """Take no more; the cassette ends here."""
        if self.stopped is None:
            self.stopped = reason
            _log.warning("%r: recording stopped, the cassette ends here: %r", self.name, reason)

    def write(self, lines: list[bytes]) -> None:
        """Write lines, after the first one."""
        if self.head is not None:
            head, self.head = self.head, None
            lines = [head(), *lines]
        self.file.write(b"".join(lines))
        self.file.flush()

    def end(self) -> None:
        """Nothing more is to be written."""
        self.done = True
        if self.owned:
            with contextlib.suppress(OSError):  # of a disk that is full; it was reported
                self.file.close()


class Writer:
    """Writes what recorders put, each one's in order, on a thread that is there while there is something to write."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._work: deque[Output] = deque()
        self._open: weakref.WeakSet[Output] = weakref.WeakSet()
        self._thread: threading.Thread | None = None
        self._running = False  # whether the thread will look once more whether there is something to write

    def begin(self, output: Output) -> None:
        """Write an output's first line.

        Raises:
            OSError: if another recorder writes to the same file object.
        """
        with self._changed:
            if any(other.file is output.file for other in self._open):
                raise OSError(errno.EBUSY, "another recorder is writing it", output.name)
            self._open.add(output)
            self._queue(output)

    def put(self, output: Output, line: bytes, last: bool = False) -> None:
        """Write a line, unless the output is over.

        Args:
            output: where.
            line: what.
            last: whether it is over with it; the last line is taken however much waits.
        """
        with self._changed:
            if output.over:
                return
            full = output.size >= output.most and not last
            if not full:
                output.waiting.append(line)
                output.size += len(line)
            output.over = full or last
            self._queue(output)
        if full:
            output.stop("the disk is too slow")

    def close(self, output: Output, timeout: float) -> bool:
        """Wait until an output is written to its end, so many seconds at most; whether it is."""
        with self._changed:
            output.over = True
            self._queue(output)
            done = self._changed.wait_for(lambda: output.done, timeout)
            thread = None if self._open else self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
        return done

    def _queue(self, output: Output) -> None:
        """Have an output looked at. The lock is held."""
        if output.done:
            return
        if not output.queued:
            output.queued = True
            self._work.append(output)
        if not self._running:
            # No daemon: those are killed in the middle of a line when the program ends.
            self._thread = threading.Thread(target=self._run, name="streamfold-cassette", daemon=False)
            try:
                self._thread.start()
                self._running = True
            except RuntimeError as error:  # no more threads
                self._thread = None
                self._work.remove(output)
                self._give_up(output, str(error))
        self._changed.notify_all()

    def _give_up(self, output: Output, reason: str) -> None:
        output.over = True
        output.queued = False
        output.waiting.clear()
        output.stop(reason)
        output.end()
        self._open.discard(output)

    def _run(self) -> None:
        while (output := self._next()) is not None:
            lines, output.waiting = output.waiting, []
            wrong = ""
            try:
                output.write(lines)
            except Exception as error:  # a full disk, a file that was closed, or what else a given file raises
                wrong = f"{type(error).__name__}: {error}"
                output.stop(wrong)
            with self._changed:
                output.size -= sum(map(len, lines))
                if wrong:
                    self._give_up(output, wrong)
                elif output.over and not output.waiting:
                    output.end()
                    self._open.discard(output)
                self._changed.notify_all()
            del output, lines  # while this waits, an abandoned recorder and its file may go

    def _next(self) -> Output | None:
        """The next output that has something to write; None if the thread ends."""
        with self._changed:
            while not self._work:
                # Who waits for the end of the last one waits for this as well.
                if not self._open or not (self._changed.wait(IDLE_SECONDS) or self._work):
                    self._running = False
                    return None
            output = self._work.popleft()
            output.queued = False
            return output


_writers = [Writer()]


def writer() -> Writer:
    """The writer of this process."""
    return _writers[0]


def _renew() -> None:
    _writers[0] = Writer()  # in a process that was forked there is no thread, and a lock may be held for ever


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)

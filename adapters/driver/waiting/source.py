"""A stream that is entered, read and closed by a task of its own, whichever task asks for its items.

A stream may hold scopes and contexts, which are bound to the task that it is read by. That task is always the same
here; those that iterate over a run may change, be cancelled or be dropped, and are never inside the stream's own code.
"""

import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from ...wire.sse import Frames
from ..failure import status_of
from ..items import size_of
from ..upstream import closers_of, iterator_of, log_failure, requests_not_begun, way_in
from .loops import Event, Loop
from .worker import Job, Then, Worker

__all__ = ["Source"]

_log = logging.getLogger("streamfold")

_MOST_AHEAD, _MOST_BYTES_AHEAD = 32, 1 << 17
"""Items that wait to be taken, at most, of a stream that is read ahead, and the bytes after which no more is read.

Asked for one by one, each costs three turns of the event loop: of who waits, of who reads, of who waits again. Ahead,
it is two, and next to none where more has come already: `drive` takes 0.6 of the time for a frame a read.
"""


class Source:
    """A stream, and the task that reads it.

    The next item is read when it is asked for. But what comes of a network (frames of a client's stream, a response's
    bytes) is read ahead: as it comes, until so many items, or bytes, wait to be taken.

    Attributes:
        answered: whether what was asked for has come, and was not taken yet.
        status: the HTTP status of a response that was opened, if it is one of an error.
        closed: an event: whether everything was done to close it, or its time is over.
    """

    def __init__(self, stream: Any, loop: Loop, wake: Callable[[], None], close_timeout: float) -> None:
        """Begin the task.

        Args:
            stream: what is read.
            loop: the loop that is running.
            wake: called with every answer.
            close_timeout: seconds that closing may take.
        """
        self._stream = stream
        self._loop = loop
        self._wake = wake
        self._close_timeout = close_timeout
        self._iterator: Any = None
        self._leave: Callable[[], Awaitable[Any]] | None = None
        self._closing = self._asked = self._is_response = False
        self._items: list[Any] = []
        self._error: BaseException | None = None
        self.answered = False
        self.status: int | None = None
        self.closed = loop.event()
        self._reader = Worker(loop, when_over=self.close, interrupted=self._interrupted, last=self._left)

    def open(self) -> None:
        """Ask for the stream to be entered, where that is needed, and for its iterator."""
        self._ask(self._open)

    def ask(self) -> None:
        """Ask for the next item, unless it was asked for already."""
        if not (self._asked or self.answered):
            self._ask(self._read)

    def take(self) -> tuple[list[Any], BaseException | None]:
        """Take what was answered: what the stream gave, or what it raised then, `StopAsyncIteration` at its end."""
        items, self._items = self._items, []
        error = None
        if not items:
            error, self._error = self._error, None
        self.answered = self._error is not None
        return items, error

    def close(self) -> Event:
        """Begin to close the stream; `closed`, which is returned, is set within the time for it."""
        if not self._closing:
            self._closing = True
            self._loop.spawn(self._close, is_bounded=True)
        return self.closed

    def abandon(self) -> None:
        """Begin to close the stream, from any thread."""
        self._loop.call_soon(self.close)

    def _ask(self, job: Job) -> None:
        self._asked = True
        self._reader.begin(job, self._answer)

    def _answer(self, item: Any, error: BaseException | None) -> None:
        self._asked = False
        if error is None:
            self._give(item)
        else:
            self._error, self.answered = error, True
            self._wake()

    def _give(self, item: Any) -> None:
        self._items.append(item)
        self.answered = True
        self._wake()

    async def _read(self) -> Any:
        read = self._iterator.__anext__
        item, size = await read(), 0
        while (type(item) is Frames or self._is_response) and len(self._items) + 1 < _MOST_AHEAD:
            size += size_of(item)
            if size >= _MOST_BYTES_AHEAD:
                break
            self._give(item)
            item = await read()
        return item

    def _interrupted(self, error: BaseException, job: Job | None) -> tuple[Job, Then] | None:
        """The reader was cancelled between two reads: where the stream is a generator, that is raised inside it.

        It may have left a scope or a task group open around what it gave, and one of its tasks failed. What it makes of
        that is the answer to the next read.
        """
        athrow = getattr(self._iterator, "athrow", None)
        if athrow is None or job not in (None, self._read):
            return None
        self._asked = True
        return lambda: athrow(error), self._answer

    async def _left(self) -> None:
        """The reader ends: what was opened in its task, and may hold scopes, is left in it."""
        # In no scope of ours: those that the stream has left open are inside each other, and have to be left first.
        if hasattr(self._iterator, "athrow"):
            await self._iterator.aclose()
        leave, self._leave = self._leave, None
        if leave is not None:
            await leave()

    async def _open(self) -> None:
        stream = self._stream
        closes_itself = hasattr(stream, "aclose") or inspect.iscoroutinefunction(getattr(stream, "close", None))
        if hasattr(stream, "__aenter__") and not (closes_itself and way_in(stream, asynchronous=True)):
            # A stream's manager, as `client.responses.stream(...)` returns it, or a stream that only leaving it closes.
            entered = await stream.__aenter__()
            manager = stream
            self._leave = lambda: manager.__aexit__(None, None, None)
            self._stream = None if entered is stream else entered  # one that is its own manager is closed on leaving
            stream = entered
        self._iterator = iterator_of(stream, asynchronous=True)
        self._is_response = not hasattr(stream, "__aiter__")
        self.status = status_of(stream)

    async def _close(self) -> None:
        """Cut a read short, then call each closer: the stream's first, and each with its share of the time."""
        try:
            deadline = self._loop.now() + self._close_timeout
            await self._end_read()
            closers = self._closers()
            for left, close in zip(range(len(closers), 0, -1), closers, strict=True):
                await self._call(close, (deadline - self._loop.now()) / left)
            self._reader.end()
        finally:
            self._stream = self._iterator = None  # whatever keeps this need not keep them
            self.closed.set()

    async def _end_read(self) -> None:
        """Cut a read short, and let it clean up for half of the time; then cut what it waits for in that."""
        for share in (1 / 2, 1 / 8):
            if self._reader.busy:
                self._reader.cut()
                await self._reader.freed(self._close_timeout * share)
        if self._reader.busy:
            self._reader.abandon()
            _log.warning("the upstream takes no notice of its read being cancelled: its task is left to itself")

    async def _call(self, close: Callable[[], Any], seconds: float) -> None:
        """Call a closer, within so many seconds; by the reader, while that is free."""
        reads = self._reader.is_free
        worker = self._reader if reads else Worker(self._loop, is_bounded=True)
        worker.begin(lambda: _called(close), _log_failure)
        if not await worker.freed(seconds):
            _log.warning("the upstream was not closed within %.3g seconds", self._close_timeout)
            worker.cut()
        if not reads:
            worker.end()

    def _closers(self) -> list[Callable[[], Any]]:
        """How to close the stream, its iterator where that is another object, and what was entered for it."""
        leave = () if self._leave is None else (self._leave,)
        # A generator whose read was left to itself cannot be closed, and one that has ended need not be.
        opened = [
            one
            for one in (self._stream, self._iterator)
            if getattr(one, "ag_running", False) is not True and getattr(one, "ag_frame", one) is not None
        ]
        return [*closers_of(*opened, asynchronous=True), *leave, *requests_not_begun(self._stream)]


async def _called(close: Callable[[], Any]) -> None:
    """Call a closer; a plain function in a thread, since it may block, unless what it closes belongs to the loop."""
    is_plain = getattr(close, "__name__", "") == "close" and not inspect.iscoroutinefunction(close)
    # Of aiohttp's responses and asyncio's own streams, `close` is quick, and not to be called from another thread.
    is_plain = is_plain and not hasattr(getattr(close, "__self__", None), "_loop")
    closing = await anyio.to_thread.run_sync(close, abandon_on_cancel=True) if is_plain else close()
    if hasattr(closing, "__await__"):
        await closing


def _log_failure(_: Any, error: BaseException | None) -> None:
    if isinstance(error, Exception):
        log_failure(error)

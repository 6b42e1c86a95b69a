"""The asynchronous run: hands out the messages of a stream, and keeps the promises of every way to end.

The run is an object, not an async generator: a generator that yields a last message while it is being closed is an
error in Python. So the run's state and result are there at every moment, also after an exception.

It only waits to be woken: by the task that reads the stream (`waiting.source`), by a cancel, by the clock. So it may be
entered, read and left by different tasks, inside a generator, or not be left at all.
"""

import threading
import weakref
from collections.abc import Sequence
from math import inf
from types import TracebackType
from typing import Any, Literal, TypeVar

import anyio

from ...reducer.ends import Cancelled
from ...reducer.machine import Machine
from ...reducer.messages import Message
from .base_run import BaseRun, RunCancelled
from .check_stream import check_begin, check_exceptions, check_observers, check_seconds, check_stream, check_way
from .observer import Observer
from .session import Session
from .upstream import AsyncStream, let_give_frames
from .waiting.loops import Event, Loop, running_loop, wait_out
from .waiting.patience import Patience
from .waiting.source import Source
from .waiting.wakeup import CancelEvent, Wakeup

__all__ = ["AsyncStream", "Run", "RunCancelled", "drive"]

ConfigT = TypeVar("ConfigT")
ChunkT = TypeVar("ChunkT")
StateT = TypeVar("StateT")

_LONGEST_TURN = 0.005
"""Seconds after which other tasks get a turn, while what has come is folded and handed out."""


def drive(
    machine: Machine[ConfigT, ChunkT, StateT],
    config: ConfigT,
    stream: AsyncStream,
    cancel_event: CancelEvent | None = None,
    idle_timeout: float | None = None,
    observers: Sequence[Observer] = (),
    *,
    state: StateT | None = None,
    content_timeout: float | None = None,
    total_timeout: float | None = None,
    grace: float = 2.0,
    cancel_on: Sequence[type[BaseException]] = (),
    close_timeout: float = 2.0,
    by: Literal["bytes", "objects"] = "bytes",
) -> "Run[StateT]":
    """Drive a stream through a machine, on asyncio or trio.

    Use it as `async with drive(...) as run: async for message in run: ...`; then `run.result`. The run may be entered,
    read and left by different tasks.

    Args:
        machine: `chat`, `inner_thoughts`, `responses`, or a machine of your own.
        config: the machine's `Config`.
        stream: an SDK stream as the client returns it, a response, which is read by its bytes (of the openai client's
            `with_streaming_response`, of httpx, of aiohttp), or any async iterable of bytes, text, SDK objects, decoded
            JSON, or chunks. It is read by a task of its own, and closed when the run ends.
        cancel_event: an event of anyio, asyncio or trio; setting it cancels the run.
        idle_timeout: after so many seconds in which nothing comes, the run fails by `StreamStalled`; None: never.
        observers: called with what comes, what is folded, and how the run ends.
        state: where to go on from, such as a restored snapshot; the config is its own, `state.config`, then. Left out,
            the machine starts with `config`.
        content_timeout: the same for what adds to the answer: pings and empty deltas, for example, do not.
        total_timeout: after so many seconds from the first wait on, the run fails by `StreamStalled` unless the stream
            is over; None: never.
        grace: seconds of silence after a finish word that are a normal end. (Some servers never send `[DONE]`, and
            keep the connection open.)
        cancel_on: exceptions that cancel the run when they are thrown in with `athrow`, beside `RunCancelled`.
        close_timeout: seconds that closing the upstream may take.
        by: how a stream of the openai client is read: by the frames of its bytes, which takes a fraction of the time,
            or by the objects that it makes of them, for observers that want these. A stream that is wrapped or changed,
            as instrumentations do, is read by its objects anyway.

    Raises:
        TypeError: if the config or the state is not the machine's, the machine is a class, the stream has yet to be
            awaited or is none, a time is no number, an observer is none, something in `cancel_on` is no exception's
            class, or the event is one of threads, waiting for which would stop the event loop.
        ValueError: if `by` is neither of its words, a time is below zero, the state's fold has ended, the config is
            another than the state's, or the stream begins after what the state has seen (`resume_from`).
    """
    check_stream(
        stream,
        "__aiter__",
        "__aenter__",
        instead="await the call, as in `drive(machine, config, await create(...))`",
        otherwise="it cannot be iterated asynchronously; `drive_sync` takes what is iterated without waiting",
    )
    times = {"idle_timeout": idle_timeout, "content_timeout": content_timeout, "total_timeout": total_timeout}
    check_seconds(or_none=True, **times)
    check_seconds(grace=grace, close_timeout=close_timeout)
    check_observers(observers)
    check_exceptions(cancel_on)
    is_blocking = isinstance(cancel_event, threading.Event) or type(cancel_event).__module__.startswith(
        "multiprocessing"
    )
    if is_blocking or not (cancel_event is None or hasattr(cancel_event, "wait")):
        raise TypeError(f"cancel_event must be an event of anyio, asyncio or trio, not {cancel_event!r:.80}")
    patience = Patience(idle_timeout, content_timeout, total_timeout, grace)
    session = Session(machine, config, observers, state, patience)
    check_begin(stream, state)
    if check_way(by) and session.knows_wire:
        let_give_frames(stream)
    return Run(session, stream, cancel_event, tuple(cancel_on), close_timeout)


class Run(BaseRun[StateT]):
    """A stream on its way through a machine: iterate over its messages, inside an `async with`."""

    def __init__(
        self,
        session: Session[StateT],
        stream: Any,
        cancel_event: CancelEvent | None,
        cancel_on: tuple[type[BaseException], ...],
        close_timeout: float,
    ) -> None:
        super().__init__(session)
        self._stream = stream
        self._cancel_event = cancel_event
        self._cancel_on: tuple[type[BaseException], ...] = (RunCancelled, *cancel_on)
        self._close_timeout = close_timeout
        self._wakeup = Wakeup()
        self._loop: Loop | None = None
        self._source: Source | None = None
        self._dropped: weakref.finalize[Any, Run[StateT]] | None = None
        self._entered = self._is_open = self._waiting = False
        self._turn_began = 0.0

    def cancel(self) -> None:
        """Cancel the run: within moments it says what it held back, then `StopReason("cancelled")`, and ends.

        Call it from any task and any thread. A run that is over stays as it is.
        """
        self._wakeup.cancel()

    async def __aenter__(self) -> "Run[StateT]":
        """Enter the stream, where that is needed. A cancel ends the run then too: what it says is a `StopReason`.

        Raises:
            RuntimeError: if the run was entered before.
            StreamStalled: if a time passed that was given to `drive`.
            Exception: what the stream raises.
        """
        if self._entered:
            raise RuntimeError("a run is entered once")
        self._entered = True
        loop, source = self._begin()
        if self._cancel_event is not None:
            self._wakeup.watch(loop, self._cancel_event)
        try:
            source.open()
            patience = self._session.patience
            deadline, stalled = patience.deadline(loop.now()) if patience.timed else (inf, None)
            while not (self._has_news(source) or self._is_cancelled()):
                woken = await self._wakeup.wait(loop, deadline)
                if not woken and stalled is not None and not self._has_news(source):
                    raise stalled
            if self._session.over:  # closed by another task
                return self
            if not source.answered:
                self._session.finish(Cancelled())
                return self
            _, error = source.take()
            try:
                if error is not None:
                    raise error
            finally:
                del error  # whose traceback has this frame
            if source.status is not None:
                self._session.refuse(source.status)
            self._is_open = True
        except BaseException as raised:
            self._session.begin_failed(raised)
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> "Run[StateT]":
        return self

    async def __anext__(self) -> Message:
        """The next message.

        Raises:
            RuntimeError: outside the run's `async with`, or while another task waits for a message.
            StreamStalled: after the last message, if a time passed that was given to `drive`.
            Exception: after the last message, what the upstream raised.
        """
        session = self._session
        if not session.pending and not self._fold_taken():
            await self._await_message(inf)
        if session.pending:
            return session.pending.popleft()
        await self._close()
        raise session.last_error(StopAsyncIteration())

    async def ready(self, seconds: float) -> bool:
        """Wait for the next message, or for the end, but no longer than so many seconds.

        The upstream is read meanwhile and afterwards, so nothing is lost by asking.

        Returns:
            Whether the next message, or the end, can be had at once.

        Raises:
            RuntimeError: as `__anext__`.
        """
        await self._await_message(seconds)
        return bool(self._session.pending) or self._session.over

    async def athrow(self, error: BaseException) -> Message:
        """Throw an exception into the run, as into an async generator.

        `RunCancelled`, and what is in `cancel_on`, cancels it; the next message is returned. Any other ends the run,
        and is raised.
        """
        if isinstance(error, self._cancel_on):
            self.cancel()
            return await self.__anext__()
        await self.aclose()
        raise error

    async def aclose(self) -> None:
        """End the run where it is, and close the upstream; pending messages are discarded.

        Another task that waits for a message gets the end of the run. A run that was entered in another event loop is
        closed there, and that is not waited for; where that loop has ended, the upstream was closed with it.
        """
        loop = self._loop
        if loop is not None and not loop.is_running and loop.call_soon(self._leave_and_close):
            return
        try:
            self._leave()
        finally:
            if loop is None or loop.is_running:
                await self._close()

    def _leave_and_close(self) -> None:
        self._leave()
        self._begin_to_close()

    def _begin(self) -> tuple[Loop, Source]:
        """The loop, and the source, which now has the stream."""
        loop = self._loop = self._wakeup.loop = running_loop()
        source = self._source = Source(self._stream, loop, self._wakeup.wake, self._close_timeout)
        self._stream = None
        self._dropped = weakref.finalize(self, _dropped, source, self._wakeup)
        self._dropped.atexit = False
        return loop, source

    def _fold_taken(self) -> bool:
        """Fold what was taken until there is a message; whether there is one, as nearly always."""
        loop, session = self._loop, self._session
        if self._waiting or loop is None or not self._is_open:
            return False
        try:
            while not (session.over or self._is_turn_over(loop)) and session.advance():
                if session.pending:
                    return True
        except BaseException:
            self._leave()
            raise
        return False

    async def _await_message(self, seconds: float) -> None:
        """Fold what comes until there is a message, or the end, or the time is over."""
        loop, source, session = self._loop, self._source, self._session
        if loop is None or source is None or not (self._is_open or session.over):
            raise RuntimeError("a run is iterated inside its `async with`")
        if self._waiting:
            raise RuntimeError("a run is iterated by one task at a time")
        until = inf if seconds == inf else loop.now() + seconds
        self._waiting = True
        try:
            while not (session.pending or session.over):
                if self._is_turn_over(loop):
                    self._turn_began = 0.0
                    await anyio.lowlevel.checkpoint()
                elif not session.advance() and not await self._pull(loop, source, until):
                    return
        except BaseException:
            self._leave()  # the task is cancelled, or worse
            raise
        finally:
            self._waiting = False

    async def _pull(self, loop: Loop, source: Source, until: float) -> bool:
        """Take what the upstream gives next, or end the fold; whether it was in time."""
        session, wakeup = self._session, self._wakeup
        if self._is_cancelled():
            self._take_items(source)
            session.finish(Cancelled())
            return True
        source.ask()
        deadline, stalled = inf, None
        if session.patience.timed:
            now = loop.now()
            deadline, stalled = session.patience.deadline(now, source.answered)
            if deadline <= now:
                self._take_items(source)
                session.stall(stalled)
                return True
        while not self._has_news(source):
            woken = await wakeup.wait(loop, min(deadline, until))
            self._turn_began = 0.0
            if self._has_news(source):
                break
            if self._is_cancelled():
                session.finish(Cancelled())
            elif not woken and deadline <= until:
                session.stall(stalled)
            elif not woken:
                return False
        if not session.over:
            self._take(source)
        return True

    def _take_items(self, source: Source) -> None:
        """Take what has come, before the run ends for another reason."""
        if source.answered:
            items, error = source.take()
            if error is None:
                self._session.take(*items)

    def _take(self, source: Source) -> None:
        """Take what the source has answered."""
        items, error = source.take()
        if error is None:
            self._session.take(*items)
        elif isinstance(error, StopAsyncIteration):
            self._session.end()
        elif self._is_cancelled():
            self._session.finish(Cancelled())  # what a stream makes of being torn off is no failure
        else:
            self._session.fail(error)

    def _is_turn_over(self, loop: Loop) -> bool:
        """Whether other tasks are to have a turn, since this one had a long one."""
        now = loop.now()
        if not self._turn_began:
            self._turn_began = now
        return now - self._turn_began > _LONGEST_TURN

    def _has_news(self, source: Source) -> bool:
        return source.answered or self._session.over

    def _is_cancelled(self) -> bool:
        return self._wakeup.cancelled or (self._cancel_event is not None and self._cancel_event.is_set())

    def _leave(self) -> None:
        """The consumer left. What came is kept for the result all the same."""
        source, session = self._source, self._session
        if source is not None and self._is_open and source.answered:
            items, _ = source.take()
            session.leave(*items)
        else:
            session.leave()
        self._wakeup.wake()

    async def _close(self) -> None:
        """Close the upstream; bounded in time, and whatever happens to the task meanwhile."""
        closed = self._begin_to_close()
        if not closed.is_set():
            await wait_out(closed)

    def _begin_to_close(self) -> Event:
        source = self._source
        if source is None:
            _, source = self._begin()
        self._wakeup.stop()
        if self._dropped is not None:
            self._dropped.detach()
        return source.close()


def _dropped(source: Source, wakeup: Wakeup) -> None:
    """A run was dropped, in whatever thread the garbage is collected."""
    source.abandon()
    if wakeup.loop is not None:
        wakeup.loop.call_soon(wakeup.stop)

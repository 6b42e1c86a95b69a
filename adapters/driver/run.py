"""The one asynchronous loop: drives a stream through a machine, and keeps the promises of every way to end.

The run is an object, not an async generator: a generator that yields a last message while it is being closed is an
error in Python. So the run's state and result are there at every moment, also after an exception.
"""

import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Protocol, TypeVar

import anyio
from anyio.abc import TaskGroup

from ...reducer.ends import Cancelled, Ended, Failed
from ...reducer.machine import Machine
from ...reducer.messages import Message
from ..errors import StreamStalled
from .base_run import BaseRun
from .check_stream import check_observers, check_seconds, check_stream
from .interruptible import Interrupted, InterruptibleWaits, interruptible_waits
from .observer import Observer
from .session import Session
from .upstream import AsyncStream, iterator_of

__all__ = ["Run", "RunCancelled", "drive"]

ConfigT = TypeVar("ConfigT")
ChunkT = TypeVar("ChunkT")
StateT = TypeVar("StateT")

_log = logging.getLogger("streamfold")
_CLOSE_TIMEOUT = 2.0


class RunCancelled(Exception):
    """Throw this into a run with `athrow` to cancel it."""


class CancelEvent(Protocol):
    """What cancels a run from outside: an event of anyio, asyncio or trio."""

    def is_set(self) -> bool:
        """Whether it is set."""
        ...

    async def wait(self) -> Any:
        """Return once it is set."""
        ...


def drive(
    machine: Machine[ConfigT, ChunkT, StateT],
    config: ConfigT,
    stream: AsyncStream,
    cancel_event: CancelEvent | None = None,
    idle_timeout: float | None = None,
    observers: Sequence[Observer] = (),
    *,
    state: StateT | None = None,
    close_timeout: float = _CLOSE_TIMEOUT,
) -> "Run[StateT]":
    """Drive a stream through a machine, on asyncio or trio.

    Use it as `async with drive(...) as run: async for message in run: ...`; then `run.result`.

    Args:
        machine: `chat`, `inner_thoughts`, `responses`, or a machine of your own.
        config: the machine's `Config`.
        stream: an SDK stream as the client returns it, a response, which is read by its bytes (of the openai client's
            `with_streaming_response`, of httpx, of aiohttp), or any async iterable of bytes, text, SDK objects, decoded
            JSON, or chunks. It is closed when the run ends.
        cancel_event: cancels the run when it is set, by whomever.
        idle_timeout: seconds of silence after which the upstream is taken for dead; None: never. A `keepalive` event is
            silence.
        observers: told of everything that happens.
        state: where to go on from, such as a restored snapshot; left out, the machine starts with `config`.
        close_timeout: seconds that closing the upstream may take.

    Raises:
        TypeError: if the config or the state is not the machine's, the machine is a class, the stream has yet to be
            awaited or is none, a timeout is no number, an observer is none, or the event is one of threads, waiting for
            which would stop the event loop.
    """
    check_stream(
        stream,
        "__aiter__",
        "__aenter__",
        instead="await the call, as in `drive(machine, config, await create(...))`",
        otherwise="it cannot be iterated asynchronously; `drive_sync` takes what is iterated without waiting",
    )
    check_seconds("idle_timeout", idle_timeout)
    check_seconds("close_timeout", close_timeout)
    check_observers(observers)
    if isinstance(cancel_event, threading.Event) or not (cancel_event is None or hasattr(cancel_event, "wait")):
        raise TypeError(f"cancel_event must be an event of anyio, asyncio or trio, not {cancel_event!r:.80}")
    return Run(Session(machine, config, observers, state), stream, cancel_event, idle_timeout, close_timeout)


class Run(BaseRun[StateT]):
    """A stream on its way through a machine: iterate over its messages, inside an `async with`."""

    def __init__(
        self,
        session: Session[StateT],
        stream: Any,
        cancel_event: CancelEvent | None,
        idle_timeout: float | None,
        close_timeout: float,
    ) -> None:
        super().__init__(session)
        self._stream = stream
        self._cancel_event = cancel_event
        self._idle_timeout = idle_timeout
        self._close_timeout = close_timeout
        self._upstream: AsyncIterator[Any] | None = None
        self._stack = AsyncExitStack()
        self._watchers: TaskGroup | None = None
        self._waits: InterruptibleWaits | None = None
        self._waiting = False
        self._cancelled = False
        self._silent_since: float | None = None

    def cancel(self) -> None:
        """Cancel the run: within moments it says what it held back, then `StopReason("cancelled")`, and ends.

        Call it from the run's own event loop; from another thread, by `anyio.from_thread.run_sync(run.cancel)` or
        `loop.call_soon_threadsafe(run.cancel)`. A run that is over stays as it is.
        """
        self._cancelled = True
        if self._waits is not None:
            self._waits.interrupt()

    async def __aenter__(self) -> "Run[StateT]":
        stream = self._stream
        if not hasattr(stream, "__aiter__") and hasattr(stream, "__aenter__"):
            # A stream's manager, as `client.responses.stream(...)` returns it.
            stream = await self._stack.enter_async_context(stream)
            self._stream = stream
        self._upstream = iterator_of(stream, True)
        self._waits = interruptible_waits()
        if self._cancel_event is not None:
            self._watchers = anyio.create_task_group()
            await self._watchers.__aenter__()
            self._watchers.start_soon(self._watch, self._cancel_event)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()
        try:
            await self._close()
        finally:
            if self._watchers is not None:
                # Told of no exception: the body's own must leave as it is, not in an ExceptionGroup.
                self._watchers.cancel_scope.cancel()
                await self._watchers.__aexit__(None, None, None)

    def __aiter__(self) -> "Run[StateT]":
        return self

    async def __anext__(self) -> Message:
        session = self._session
        while not session.pending:
            if session.over:
                await self._close()
                raise session.last_error(StopAsyncIteration())
            await self._pull()
        return session.pending.popleft()

    async def athrow(self, error: BaseException) -> Message:
        """Throw an exception into the run, as into an async generator.

        `RunCancelled` cancels it; the next message is returned. Any other ends the run, and is raised.
        """
        if isinstance(error, RunCancelled):
            self.cancel()
            return await self.__anext__()
        self._leave()
        await self._close()
        raise error

    async def aclose(self) -> None:
        """End the run where it is, and close the upstream; pending messages are discarded."""
        self._leave()
        await self._close()

    async def _pull(self) -> None:
        """Fold one thing that the upstream gives, or end the fold."""
        if self._upstream is None or self._waits is None:
            raise RuntimeError("a run is iterated inside its `async with`")
        if self._waiting:
            raise RuntimeError("a run is iterated by one task at a time")
        session = self._session
        if self._is_cancelled():
            session.finish(Cancelled())
            return
        self._waiting = True
        try:
            raw = await self._waits.wait_for(self._upstream.__anext__(), self._deadline())
        except StopAsyncIteration:
            session.finish(Ended())
        except Interrupted:
            self._interrupted()
        except Exception as error:
            self._failed(error)
        except BaseException:
            self._leave()  # the task is cancelled, or worse: nobody listens
            raise
        else:
            self._take(raw)
        finally:
            self._waiting = False

    def _take(self, raw: Any) -> None:
        if self._session.take(raw):
            self._silent_since = None

    def _interrupted(self) -> None:
        """The wait for the upstream was cut short, by a cancel or by the clock."""
        if self._is_cancelled():
            self._session.finish(Cancelled())
            return
        stalled = StreamStalled(f"the upstream said nothing for {self._idle_timeout} seconds")
        self._session.finish(Failed(stalled), stalled)

    def _is_cancelled(self) -> bool:
        return self._cancelled or (self._cancel_event is not None and self._cancel_event.is_set())

    def _deadline(self) -> float:
        if self._idle_timeout is None:
            return float("inf")
        if self._silent_since is None:
            self._silent_since = anyio.current_time()
        return self._silent_since + self._idle_timeout

    async def _watch(self, event: CancelEvent) -> None:
        await event.wait()
        self.cancel()

    async def _close(self) -> None:
        """Close the upstream, once; bounded in time, and whatever happens to our own task meanwhile."""
        if self._closed:
            return
        self._closed = True
        with anyio.move_on_after(self._close_timeout, shield=True) as scope:
            for close in (*_closers(self._upstream, self._stream), self._stack.aclose):
                try:
                    closing: Any = close()
                    if hasattr(closing, "__await__"):
                        await closing
                except Exception as error:
                    _log.warning("the upstream raised while it was being closed: %r", error)
        if scope.cancelled_caught:
            _log.warning("the upstream was not closed within %r seconds", self._close_timeout)


def _closers(upstream: Any, stream: Any) -> list[Callable[[], Awaitable[Any] | None]]:
    """How to close the iterator, and the stream that it is of where that is another object."""
    found = (
        getattr(one, "aclose", None) or getattr(one, "close", None)
        for one in {id(upstream): upstream, id(stream): stream}.values()
    )
    return [close for close in found if close is not None]

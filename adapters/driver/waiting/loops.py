"""What asyncio and trio do each in their own way: tasks that belong to nobody, events, and calls from other threads.

A task group, a cancel scope or a timeout is bound to the task that opened it, and has to be left before what was
opened around it. Whoever iterates over a run owes it neither: a generator is left half-way, a wrapper reads each item
in a task of its own. So nothing of the kind is open while the caller's code runs; what must live on has such a task.
"""

import asyncio
import contextlib
import contextvars
import sys
from collections.abc import Awaitable, Callable, Coroutine
from math import inf
from typing import Any, Protocol, TypeAlias

import anyio

__all__ = ["Cut", "Event", "Loop", "Signal", "running_loop", "wait_out", "wait_until"]

Cut: TypeAlias = Callable[[], object]
"""Cancels a task; one that is over stays as it is."""

_tasks: set["asyncio.Task[None]"] = set()  # asyncio's loops hold no more than weak references to them


class Event(Protocol):
    """An event of the loop's own kind."""

    def is_set(self) -> bool:
        """Whether it is set."""
        ...

    def set(self) -> object:
        """Set it, in the loop's thread."""
        ...

    async def wait(self) -> object:
        """Return once it is set."""
        ...


class Signal(Protocol):
    """An event that one task waits for, once; on asyncio that takes two thirds of the time that an event takes."""

    def is_set(self) -> bool:
        """Whether it is set."""
        ...

    def set(self) -> object:
        """Set it, in the loop's thread."""
        ...

    def wait(self) -> Awaitable[object]:
        """Return once it is set."""
        ...


class Loop(Protocol):
    """An event loop, from within one of its tasks."""

    @property
    def event(self) -> Callable[[], Event]:
        """What makes an event."""
        ...

    @property
    def signal(self) -> Callable[[], Signal]:
        """What makes a signal."""
        ...

    @property
    def now(self) -> Callable[[], float]:
        """The loop's clock, in seconds."""
        ...

    def spawn(self, main: Callable[[], Coroutine[Any, Any, None]], is_bounded: bool = False) -> Cut:
        """Begin a task that is nobody's child, with the context of the caller.

        Args:
            main: what it does; it must not raise.
            is_bounded: whether it ends by itself; then it may do so also where the loop ends meanwhile.
        """
        ...

    def call_soon(self, call: Callable[[], object]) -> None:
        """Call something in the loop's thread, soon; from whatever thread, a signal handler or a finalizer.

        It is dropped if the loop is closed.
        """
        ...


def running_loop() -> Loop:
    """The event loop that is running.

    Raises:
        RuntimeError: if none is.
    """
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_task():  # first: trio may be the guest of an asyncio loop
        return _Trio()
    return _Asyncio(asyncio.get_running_loop())


async def wait_until(loop: Loop, event: Event | Signal, deadline: float) -> bool:
    """Wait for an event, or a signal, up to a moment of the loop's clock; whether it is set."""
    if deadline == inf:
        await event.wait()
    else:
        with anyio.move_on_after(deadline - loop.now()):
            await event.wait()
    return event.is_set()


async def wait_out(event: Event) -> None:
    """Wait for an event, also while the task is cancelled; that is raised afterwards."""
    cancelled: BaseException | None = None
    while not event.is_set():
        try:
            with anyio.CancelScope(shield=True):
                await event.wait()
        except anyio.get_cancelled_exc_class() as error:  # asyncio's own `Task.cancel` knows no shield
            cancelled = error
    try:
        if cancelled is not None:
            raise cancelled
    finally:
        del cancelled  # whose traceback has this frame


class _FutureSignal:
    __slots__ = ("_future",)

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._future: asyncio.Future[None] = loop.create_future()

    def is_set(self) -> bool:
        return self._future.done() and not self._future.cancelled()

    def set(self) -> None:
        if not self._future.done():
            self._future.set_result(None)

    def wait(self) -> Awaitable[None]:
        return self._future


class _Asyncio:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.event: Callable[[], Event] = asyncio.Event
        self.signal: Callable[[], Signal] = lambda: _FutureSignal(loop)
        self.now: Callable[[], float] = loop.time

    def spawn(self, main: Callable[[], Coroutine[Any, Any, None]], is_bounded: bool = False) -> Cut:
        if self._loop.is_closed():
            return lambda: None  # what is left is left; nothing can be waited for any more
        # By a scope, not by the task's own `cancel`, which passes the shields under which httpcore closes a connection.
        # The task makes it: anyio finds its backend by the running task, and a callback of the loop has none.
        scope: anyio.CancelScope | None = None
        is_cut = False

        async def scoped() -> None:
            nonlocal scope
            with anyio.CancelScope() as scope:
                if is_cut:
                    scope.cancel()
                await main()

        def cut() -> None:
            nonlocal is_cut
            is_cut = True
            if scope is not None:
                scope.cancel()

        task = self._loop.create_task(scoped())
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)
        return cut

    def call_soon(self, call: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # it is closed
            self._loop.call_soon_threadsafe(call)


class _Trio:
    def __init__(self) -> None:
        import trio

        self._trio = trio
        self._token = trio.lowlevel.current_trio_token()
        self.event: Callable[[], Event] = trio.Event
        self.signal: Callable[[], Signal] = trio.Event
        self.now: Callable[[], float] = trio.current_time

    def spawn(self, main: Callable[[], Coroutine[Any, Any, None]], is_bounded: bool = False) -> Cut:
        scope = self._trio.CancelScope(shield=is_bounded)

        async def scoped() -> None:
            with scope:
                await main()

        self._trio.lowlevel.spawn_system_task(scoped, context=contextvars.copy_context())
        return scope.cancel

    def call_soon(self, call: Callable[[], object]) -> None:
        with contextlib.suppress(self._trio.RunFinishedError):
            self._token.run_sync_soon(call)

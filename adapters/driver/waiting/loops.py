"""What asyncio and trio do differently: detached tasks, events, and calls from other threads.

A task group, a cancel scope or a timeout is bound to the task that opened it, and has to be left before what was
opened around it. Code that iterates over a run guarantees neither: a generator may be left half-way, and a wrapper may
read each item in a new task. So none of these is open while the caller's code runs, and what has to outlive one wait
runs in a detached task.
"""

import asyncio
import contextvars
import sys
from collections.abc import Awaitable, Callable, Coroutine
from math import inf
from typing import Any, Protocol

import anyio

__all__ = ["Event", "Loop", "Signal", "Task", "running_loop", "wait_out", "wait_until"]

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


class Task(Protocol):
    """A detached task: no other task waits for it, or is cancelled with it."""

    def cut(self) -> None:
        """Cancel what it waits for, once, so that its clean-up may wait. A task that is over stays as it is.

        One that waits under a shield is cancelled when it has left that, and then for good.
        """
        ...

    def shield(self) -> None:
        """Keep off what is left of a cut, until the next one."""
        ...

    def abandon(self) -> None:
        """Let neither the loop nor its end wait for it: it takes no notice of being cut."""
        ...


class Loop(Protocol):
    """An event loop, from within one of its tasks."""

    @property
    def is_running(self) -> bool:
        """Whether it is the loop that runs in this thread."""
        ...

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

    def spawn(self, main: Callable[[], Coroutine[Any, Any, None]], is_bounded: bool = False) -> Task:
        """Begin a detached task, with the context of the caller.

        Args:
            main: what it does; it must not raise.
            is_bounded: whether it ends by itself; then it may do so also where the loop ends meanwhile.
        """
        ...

    def call_soon(self, call: Callable[[], object]) -> bool:
        """Call something in the loop's thread, soon; from whatever thread, a signal handler or a finalizer.

        Returns:
            Whether the loop took it: one that is closed does not.
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
        return True
    await anyio.lowlevel.checkpoint()  # nearly all take one turn; to bound a wait takes as long as four
    if not event.is_set():
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


class _Scopes:
    """The scopes of a task: of the outer one the cancel comes, and the inner one keeps off what would follow it.

    By scopes, not by asyncio's `Task.cancel`, which passes the shields under which httpcore closes a connection. But a
    scope cancels again and again what waits in it; so it would a generator's clean-up.
    """

    def __init__(self, outer: Any, inner: Any) -> None:
        self._outer, self._inner = outer, inner

    async def hold(self, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        with self._outer, self._inner:
            await main()

    def cancel(self, is_delivered: Callable[[], bool]) -> None:
        """Cancel what is waited for, and nothing that follows if that was delivered at once."""
        self._outer.cancel()
        self._inner.shield = False
        self._inner.shield = is_delivered()

    def shield(self, is_on: bool) -> None:
        self._inner.shield = is_on


class _Asyncio:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.event: Callable[[], Event] = asyncio.Event
        self.signal: Callable[[], Signal] = lambda: _FutureSignal(loop)
        self.now: Callable[[], float] = loop.time

    @property
    def is_running(self) -> bool:
        return asyncio._get_running_loop() is self._loop  # noqa: SLF001  documented; it raises nothing

    def spawn(self, main: Callable[[], Coroutine[Any, Any, None]], is_bounded: bool = False) -> Task:
        return _AsyncioTask(self._loop, main)

    def call_soon(self, call: Callable[[], object]) -> bool:
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:  # it is closed
            return False
        return True


class _AsyncioTask:
    def __init__(self, loop: asyncio.AbstractEventLoop, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._scopes: _Scopes | None = None
        self._is_cut = False
        self._task: asyncio.Task[None] | None = None
        if not loop.is_closed():  # else what is left is left; nothing can be waited for any more
            task = self._task = loop.create_task(self._scoped(main))
            _tasks.add(task)
            task.add_done_callback(_tasks.discard)

    async def _scoped(self, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        # The task makes them: anyio finds its backend by the running task, and a callback of the loop has none.
        self._scopes = _Scopes(anyio.CancelScope(), anyio.CancelScope())
        if self._is_cut:
            self._scopes.cancel(lambda: False)
        await self._scopes.hold(main)

    def cut(self) -> None:
        self._is_cut = True
        if self._scopes is not None and self._task is not None and not self._task.done():
            task, before = self._task, self._task.cancelling()
            self._scopes.cancel(lambda: task.cancelling() > before)

    def shield(self) -> None:
        if self._scopes is not None:
            self._scopes.shield(True)

    def abandon(self) -> None:
        if self._task is not None:
            asyncio._unregister_task(self._task)  # noqa: SLF001  documented; `asyncio.run` waits for what is registered


class _Trio:
    def __init__(self) -> None:
        import trio

        self._trio = trio
        self._token = trio.lowlevel.current_trio_token()
        self.event: Callable[[], Event] = trio.Event
        self.signal: Callable[[], Signal] = trio.Event
        self.now: Callable[[], float] = trio.current_time

    @property
    def is_running(self) -> bool:
        return self._trio.lowlevel.in_trio_run() and self._trio.lowlevel.current_trio_token() is self._token

    def spawn(self, main: Callable[[], Coroutine[Any, Any, None]], is_bounded: bool = False) -> Task:
        return _TrioTask(self._trio, main, is_bounded)

    def call_soon(self, call: Callable[[], object]) -> bool:
        try:
            self._token.run_sync_soon(call)
        except self._trio.RunFinishedError:
            return False
        return True


class _TrioTask:
    def __init__(self, trio: Any, main: Callable[[], Coroutine[Any, Any, None]], is_bounded: bool) -> None:
        self._trio = trio
        self._scopes = _Scopes(trio.CancelScope(shield=is_bounded), trio.CancelScope())
        context = contextvars.copy_context()
        self._task = trio.lowlevel.spawn_system_task(self._scopes.hold, main, context=context)
        self._was_scheduled = False

    def cut(self) -> None:
        # Trio cancels what waits at once, and schedules it then; an instrument is told of that.
        self._was_scheduled = False
        self._trio.lowlevel.add_instrument(self)
        try:
            self._scopes.cancel(lambda: self._was_scheduled)
        finally:
            self._trio.lowlevel.remove_instrument(self)

    def task_scheduled(self, task: Any) -> None:
        """Called by trio."""
        self._was_scheduled = self._was_scheduled or task is self._task

    def shield(self) -> None:
        self._scopes.shield(True)

    def abandon(self) -> None:
        self._trio.lowlevel.spawn_system_task(self._until_the_end)

    async def _until_the_end(self) -> None:
        """Trio waits for its system tasks when it ends, and cancels them then; so nothing may be kept off any more."""
        try:
            await self._trio.sleep_forever()
        finally:
            self._scopes.shield(False)

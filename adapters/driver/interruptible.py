"""A wait for somebody else's awaitable that can be cut short: from within the same event loop, or by the clock.

A scope around every wait is what this takes in general. On asyncio most of its cost is saved: a chunk that has arrived
already is given without any waiting, so the awaitable is begun first, and only if it has to wait is a timeout put
around the rest. (No scope of anyio or trio may be entered there: the awaitable may be in one of its own.)
Measured on an upstream of ready chunks: a fifth of the time that a scope takes.
"""

import asyncio
import types
from collections.abc import Awaitable, Generator
from math import inf
from typing import Any, Protocol

import anyio


class Interrupted(Exception):
    """The wait was cut short."""


class InterruptibleWaits(Protocol):
    """Waits, one at a time."""

    async def wait_for(self, awaitable: Awaitable[Any], deadline: float) -> Any:
        """What the awaitable gives.

        Args:
            awaitable: is cancelled if it is waited for no longer.
            deadline: by the loop's clock; `inf` for none.

        Raises:
            Interrupted: if `interrupt` was called, or the deadline has passed.
        """
        ...

    def interrupt(self) -> None:
        """Cut short the wait that goes on, and every later one that has to wait."""
        ...


def interruptible_waits() -> InterruptibleWaits:
    """Waits for the event loop that is running."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return ScopedWaits()
    return AsyncioWaits()


class AsyncioWaits:
    """Waits of a task of asyncio."""

    def __init__(self) -> None:
        self._timeout: asyncio.Timeout | None = None
        self._interrupted = False

    async def wait_for(self, awaitable: Awaitable[Any], deadline: float) -> Any:
        """See `InterruptibleWaits`."""
        steps: Any = awaitable.__await__()
        if not hasattr(steps, "throw"):
            steps = _steps_of(steps)
        try:
            future = steps.send(None)
        except StopIteration as done:
            return done.value
        timeout = asyncio.timeout_at(None if deadline == inf else deadline)
        try:
            async with timeout as self._timeout:
                if self._interrupted:
                    self.interrupt()
                return await _rest_of(steps, future)
        except TimeoutError:
            if timeout.expired():
                raise Interrupted from None
            raise
        finally:
            self._timeout = None

    def interrupt(self) -> None:
        """See `InterruptibleWaits`."""
        self._interrupted = True
        if self._timeout is not None and not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time())


class ScopedWaits:
    """Waits of any event loop that anyio knows."""

    def __init__(self) -> None:
        self._scope: anyio.CancelScope | None = None
        self._interrupted = False

    async def wait_for(self, awaitable: Awaitable[Any], deadline: float) -> Any:
        """See `InterruptibleWaits`."""
        try:
            with anyio.CancelScope(deadline=deadline) as self._scope:
                if self._interrupted:
                    self._scope.cancel()
                return await awaitable
        finally:
            self._scope = None
        raise Interrupted

    def interrupt(self) -> None:
        """See `InterruptibleWaits`."""
        self._interrupted = True
        if self._scope is not None:
            self._scope.cancel()


def _steps_of(iterator: Any) -> Generator[Any, Any, Any]:
    """The steps of an awaitable that is a mere iterator: whatever is thrown in, ends it."""
    return (yield from iterator)


@types.coroutine
def _rest_of(steps: Any, future: Any) -> Generator[Any, Any, Any]:
    """Go on with an awaitable that was begun, and waits for `future`."""
    while True:
        try:
            sent = yield future
        except GeneratorExit:
            steps.close()
            raise
        except BaseException as error:
            step, given = steps.throw, error
        else:
            step, given = steps.send, sent
        try:
            future = step(given)
        except StopIteration as done:
            return done.value

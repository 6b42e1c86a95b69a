"""What the task that waits for a run is woken by: an answer of the upstream, a cancel, the clock."""

import logging
from math import inf
from typing import Any, Protocol

from .loops import Loop, Signal, Task, wait_until

__all__ = ["CancelEvent", "Wakeup"]

_log = logging.getLogger("streamfold")


class CancelEvent(Protocol):
    """What cancels a run from outside: an event of anyio, asyncio or trio."""

    def is_set(self) -> bool:
        """Whether it is set."""
        ...

    async def wait(self) -> Any:
        """Return once it is set."""
        ...


class Wakeup:
    """Wakes the task that waits for a run, whichever that is, and knows whether it was cancelled.

    It does not know the run: what holds it does not keep a run alive that its user has dropped.
    """

    def __init__(self) -> None:
        self.loop: Loop | None = None
        self.cancelled = False
        self._signal: Signal | None = None
        self._watch: Task | None = None

    async def wait(self, loop: Loop, deadline: float) -> bool:
        """Wait to be woken, up to a moment; whether it was."""
        signal = self._signal = loop.signal()
        if deadline == inf:
            await signal.wait()
            return True
        return await wait_until(loop, signal, deadline)

    def wake(self) -> None:
        """Wake who waits; in the loop's thread."""
        if self._signal is not None:
            self._signal.set()

    def cancel(self) -> None:
        """Cancel the run, from any thread."""
        self.cancelled = True
        if self.loop is not None:
            self.loop.call_soon(self.wake)

    def watch(self, loop: Loop, event: CancelEvent) -> None:
        """Wake also when that event is set."""

        async def watched() -> None:
            try:
                await event.wait()
            except Exception as error:
                _log.warning("the cancel event cannot be waited for, and is looked at now and then: %r", error)
            else:
                self.wake()

        self._watch = loop.spawn(watched)

    def stop(self) -> None:
        """Watch no event any more."""
        if self._watch is not None:
            self._watch.cut()
            self._watch = None

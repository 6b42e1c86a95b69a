"""One model call of a run, driven: what it says by its chunks goes into the journal, and its end is given back."""

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import anyio

from ...reducer.ends import Cancelled, Failed
from ...reducer.messages import Message
from ..driver import drive
from ..driver.upstream import AsyncStream
from .foreign_cancel import ForeignCancelsFail
from .runs_ends import CallOver, call_over, machine_for
from .runs_journal import Journal

__all__ = ["Opener", "Stop", "drive_call"]

Opener: TypeAlias = Callable[[], Awaitable[AsyncStream]]
"""Opens the upstream: what it gives is driven, as `drive` drives it."""

_log = logging.getLogger("streamfold")


class Stop:
    """A run's stop button, which also ends what does not watch it.

    Attributes:
        event: set once it is pressed.
    """

    def __init__(self) -> None:
        self.event = anyio.Event()
        self._interrupts: anyio.CancelScope | None = None

    def press(self) -> None:
        """Stop, once and for all."""
        self.event.set()
        if self._interrupts is not None:
            self._interrupts.cancel()

    @contextmanager
    def interrupting(self, scope: anyio.CancelScope | None) -> Iterator[None]:
        """Inside the block, the button cancels this scope; None for none: what runs there watches the button."""
        before, self._interrupts = self._interrupts, scope
        if scope is not None and self.event.is_set():
            scope.cancel()
        try:
            yield
        finally:
            self._interrupts = before


async def drive_call(journal: Journal, opener: Opener, stop: Stop, driving: Mapping[str, Any], run_id: str) -> CallOver:
    """Fold what the upstream gives, from the state that the journal is in. What it raises is in the result.

    Args:
        journal: is told all but the end.
        opener: opens the upstream.
        stop: ends the call.
        driving: further arguments of `drive`.
        run_id: for what is logged.
    """
    entered, last = False, list[Message]()
    number = journal.said
    try:
        with anyio.CancelScope() as opening, stop.interrupting(opening):
            async with ForeignCancelsFail():
                stream = await opener()
        if opening.cancelled_caught:
            return call_over(journal.fold, Cancelled())
        with stop.interrupting(None):
            machine, fold = machine_for(journal.fold), journal.fold
            driven = drive(machine, fold.config, stream, stop.event, state=fold, observers=[journal], **driving)
            async with ForeignCancelsFail(), driven as run:
                entered = True
                async for message in run:
                    if number >= journal.said:
                        last.append(message)
                    number += 1
                    await journal.room()
    except Exception as error:
        _log.info("the upstream of run %r failed: %r", run_id, error)
        if not entered:
            return call_over(journal.fold, Failed(error))
    return CallOver(tuple(last), run.state, run.result)

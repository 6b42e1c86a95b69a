"""The producer of one run: it appends what the run says to the log, in batches, and closes it.

Reading does not wait for the log: while one append is on its way, what comes is gathered for the next. So a batch is
one message where the log is quick, and many where it is not.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeAlias, TypeVar

import anyio
from attrs import frozen

from ...reducer.ends import Failed
from ...reducer.stream_error import error_of
from ...reducer.values.frozen_value import evolve
from ..errors import LeaseLost
from .foreign_cancel import ForeignCancelsFail
from .log import Batch, Lease, Log
from .runs_call import Stop
from .runs_ends import Closing, closing
from .runs_journal import Journal
from .runs_patience import LAST_WORDS, answer_within, insist

__all__ = ["Producer", "Settings", "Work"]

T = TypeVar("T")

_log = logging.getLogger("streamfold")


@frozen
class Settings:
    """What all producers of a process have in common.

    Attributes:
        lease: seconds after which a producer that gives no sign of life counts as dead.
        every: after how many chunks a state is stored, at the soonest.
        driving: further arguments of `drive`.
    """

    lease: float
    every: int
    driving: Mapping[str, Any]


class Producer:
    """Produces a run from where its state is.

    Args:
        log: the log.
        lease: the right to produce.
        state: where the run begins: the state of a fold, or of a turn.
        number: of its next message.
        place: how many chunks were folded before.
        settings: what all producers have in common.

    Attributes:
        lease: as given.
        journal: what the run has done.
        settings: as given.
        stop: the run's stop button.
    """

    def __init__(self, log: Log, lease: Lease, state: Any, number: int, place: int, settings: Settings) -> None:
        self.lease = lease
        self.settings = settings
        self.journal = Journal(state, number, place, settings.every)
        self.stop = Stop()
        self._log = log
        self._group: anyio.CancelScope | None = None
        self._error: BaseException | None = None
        self._is_closing = False
        self._unsure: Batch | None = None  # whether it was appended is not known

    def lose(self, error: BaseException) -> None:
        """Stop, and append nothing more: this is why."""
        self._error = error
        if self._group is not None:
            self._group.cancel()

    async def follow(self, work: "Work") -> None:
        """Append what the work does, to the end of the run.

        A task that is cancelled meanwhile leaves the run open, for another producer; where the work was done, it is
        closed all the same.

        Args:
            work: tells the journal what it does, and gives that with which the run is closed.
        """
        found: Closing | None = None
        try:
            async with anyio.create_task_group() as group:
                self._group = group.cancel_scope
                group.start_soon(self._append_all)
                found = await self._done(work)
                self.journal.end()
            if self._error is None and found is not None:
                await self._close(found)
            else:
                await self._give_up()
        except anyio.get_cancelled_exc_class():
            with anyio.move_on_after(LAST_WORDS, shield=True):
                await self._leave(found)
            raise

    async def close(self, found: Closing) -> None:
        """Append what the journal has, and close the run: here it says and does no more."""
        await self._append(self.journal.rest())
        await self._close(found)

    async def insist(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What the log answers, asked again and again while the lease may hold: to write something twice does nothing.

        Raises:
            StreamfoldError: if the log refuses it.
            Exception: what the store raises at last.
        """
        return await insist(ask, self.settings.lease, self.lease.run_id)

    async def _done(self, work: "Work") -> Closing:
        try:
            async with ForeignCancelsFail():
                return await work(self)
        except Exception as error:
            return closing(self.journal.state, Failed(error))

    async def _append_all(self) -> None:
        try:
            while (batch := await self.journal.batch()) is not None:
                await self._append(batch)
        except Exception as error:
            self.lose(error)

    async def _append(self, batch: Batch) -> None:
        self._unsure = batch
        await self.insist(lambda: self._log.append(self.lease, batch))
        self._unsure = None

    async def _close(self, found: Closing) -> None:
        number, result = self.journal.said, found.result
        self._is_closing = True
        try:
            await self.insist(lambda: self._log.close(self.lease, number, found.said, result.outcome, result))
        except Exception as error:
            self._error = error
            await self._give_up()

    async def _leave(self, found: Closing | None) -> None:
        """Append what came, and close the run if it is done, or let another producer go on."""
        if self._error is not None:
            return
        try:
            if not self._is_closing:
                if self._unsure is not None:
                    await self._append(self._unsure)
                await self._append(self.journal.rest())
            if found is not None:
                await self._close(found)
            else:
                await self._log.release(self.lease)
        except Exception as error:
            _log.warning("run %r was left without its last messages: %r", self.lease.run_id, error)

    async def _give_up(self) -> None:
        """Nothing can be appended any more: leave the run to its new producer, or end it if there is none."""
        if isinstance(self._error, LeaseLost):
            _log.info("run %r has another producer, or is over: %s", self.lease.run_id, self._error)
            return
        _log.error("run %r cannot go on", self.lease.run_id, exc_info=self._error)
        end = Failed(self._error)
        result = closing(self.journal.state, end).result
        result = evolve(result, outcome="failed", error=result.error or error_of(end))
        close = partial(self._log.close, self.lease, self.journal.said, (), "failed", result)
        try:
            await answer_within(LAST_WORDS, close)
        except Exception as error:
            _log.warning("run %r could not be ended, and is left to the next producer: %r", self.lease.run_id, error)


Work: TypeAlias = Callable[[Producer], Awaitable[Closing]]
"""What a run does: it tells the producer's journal, and gives that with which the run is closed."""

"""The producer of one run: it folds a stream, and appends what the fold says to the log, in batches.

Reading does not wait for the log: while one append is on its way, what comes is gathered for the next. So a batch is
one message where the log is quick, and many where it is not.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import anyio
from attrs import frozen

from ...reducer.ends import Cancelled, End, Failed
from ...reducer.machine import AnyMachine
from ...reducer.messages import Message
from ...reducer.result import Result
from ..driver import drive
from ..driver.upstream import AsyncStream
from ..errors import LeaseLost, StreamfoldError
from .log import Batch, Lease, Log
from .runs_journal import Journal

__all__ = ["Opener", "Producer", "Settings"]

Opener: TypeAlias = Callable[[], Awaitable[AsyncStream]]
"""Opens the upstream: what it gives is driven, as `drive` drives it."""

_log = logging.getLogger("streamfold")
_LAST_WORDS = 2.0  # seconds in which a producer that is torn off may still append


@frozen
class Settings:
    """What all producers of a process have in common.

    Attributes:
        lease: seconds after which a producer that gives no sign of life is taken for dead.
        every: after how many chunks a state is stored, at the soonest.
        driving: further arguments of `drive`.
    """

    lease: float
    every: int
    driving: Mapping[str, Any]


@frozen
class _Ended:
    messages: tuple[Message, ...]
    result: Result


class Producer:
    """Produces a run from where its state is.

    Args:
        log: the log.
        lease: the right to produce.
        machine: of the state's wire.
        state: where the fold begins.
        number: of its next message.
        place: how many chunks were folded before.
        settings: what all producers have in common.

    Attributes:
        lease: as given.
    """

    def __init__(
        self, log: Log, lease: Lease, machine: AnyMachine, state: Any, number: int, place: int, settings: Settings
    ) -> None:
        self.lease = lease
        self._log = log
        self._machine = machine
        self._settings = settings
        self._journal = Journal(state, number, place, settings.every)
        self._cancel = anyio.Event()
        self._opening = anyio.CancelScope()
        self._group: anyio.CancelScope | None = None
        self._error: BaseException | None = None
        self._unsure: Batch | None = None  # whether it was appended is not known

    def cancel(self) -> None:
        """End the run: it says that it was cancelled, and its upstream is closed."""
        self._cancel.set()
        self._opening.cancel()

    @property
    def is_cancelled(self) -> bool:
        """Whether it was told to end the run."""
        return self._cancel.is_set()

    def lose(self, error: BaseException) -> None:
        """Stop, and append nothing more: this is why."""
        self._error = error
        if self._group is not None:
            self._group.cancel()

    async def follow(self, opener: Opener) -> None:
        """Fold what the upstream gives, to the end of the run.

        A task that is cancelled meanwhile leaves the run open, for another producer.
        """
        ended: _Ended | None = None
        try:
            async with anyio.create_task_group() as group:
                self._group = group.cancel_scope
                group.start_soon(self._append_all)
                ended = await self._fold(opener)
                self._journal.end()
        except anyio.get_cancelled_exc_class():
            with anyio.move_on_after(_LAST_WORDS, shield=True):
                await self._leave()
            raise
        if self._error is None and ended is not None:
            await self._close(ended)
        else:
            await self._give_up()

    async def finish(self, end: End) -> None:
        """End the run where it is, without an upstream."""
        await self._close(self._finished(end))

    async def _fold(self, opener: Opener) -> _Ended:
        journal, entered, last = self._journal, False, list[Message]()
        number = journal.said
        try:
            with self._opening:
                stream = await opener()
            if self._opening.cancelled_caught:
                return self._finished(Cancelled())
            config, options = journal.state.config, self._settings.driving
            driven = drive(
                self._machine, config, stream, self._cancel, state=journal.state, observers=[journal], **options
            )
            async with driven as run:
                entered = True
                async for message in run:
                    if number >= journal.said:
                        last.append(message)
                    number += 1
                    await journal.room()
        except Exception as error:
            _log.info("the upstream of run %r failed: %r", self.lease.run_id, error)
            if not entered:
                return self._finished(Failed(error))
        return _Ended(tuple(last), run.result)

    def _finished(self, end: End) -> _Ended:
        state, messages = self._machine.finish(self._journal.state, end)
        return _Ended(messages, self._machine.result(state))

    async def _append_all(self) -> None:
        try:
            while (batch := await self._journal.batch()) is not None:
                await self._append(batch)
        except Exception as error:
            self.lose(error)

    async def _append(self, batch: Batch) -> None:
        self._unsure = batch
        await self._insist(lambda: self._log.append(self.lease, batch))
        self._unsure = None

    async def _close(self, ended: _Ended) -> None:
        number, result = self._journal.said, ended.result
        try:
            await self._insist(lambda: self._log.close(self.lease, number, ended.messages, result.outcome, result))
        except Exception as error:
            self._error = error
            await self._give_up()

    async def _insist(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write, again and again while the lease may hold: to write something twice does nothing.

        Raises:
            StreamfoldError: if the log refuses it.
            Exception: what the store raises at last.
        """
        pause, until = 0.05, anyio.current_time() + self._settings.lease
        while True:
            try:
                return await write()
            except StreamfoldError:
                raise
            except Exception as error:
                if anyio.current_time() > until:
                    raise
                _log.warning("the log failed for run %r, trying again: %r", self.lease.run_id, error)
            await anyio.sleep(pause)
            pause = min(2 * pause, 1.0)

    async def _leave(self) -> None:
        """Append what came, and let another producer go on."""
        try:
            if self._error is None:
                if self._unsure is not None:
                    await self._append(self._unsure)
                await self._append(self._journal.rest())
                await self._log.release(self.lease)
        except Exception as error:
            _log.warning("run %r was left without its last messages: %r", self.lease.run_id, error)

    async def _give_up(self) -> None:
        """Nothing can be appended any more: leave the run to its new producer, or end it if there is none."""
        if isinstance(self._error, LeaseLost):
            _log.info("run %r has another producer, or is over: %s", self.lease.run_id, self._error)
            return
        _log.error("run %r cannot go on", self.lease.run_id, exc_info=self._error)
        try:
            await self._log.close(self.lease, self._journal.said, (), "failed", None)
        except Exception as error:
            _log.warning("run %r could not be ended, and is left to the next producer: %r", self.lease.run_id, error)

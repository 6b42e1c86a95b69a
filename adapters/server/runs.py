"""Runs that outlive a connection: begun by one request, listened to by any, cancelled from anywhere.

A run belongs to the server. Its messages go through the log, to whoever listens, in whichever process; when its process
dies, another takes it over.
"""

import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Any, TypeAlias

import anyio
from anyio.abc import TaskGroup

from ...reducer import responses
from ...reducer.ends import Cancelled, End, Ended, Failed
from ...reducer.machine import AnyMachine, check_config
from ..driver import BEAT, Beat, drive, resume_from
from ..driver.check_stream import check_seconds
from ..driver.progress import standing_of
from ..driver.upstream import AsyncStream
from ..errors import LeaseLost, SnapshotError
from ..wire.machines import MACHINES
from .log import Gap, Lease, Log, Logged, Over, Restored, Status
from .runs_producer import Opener, Producer, Settings

__all__ = ["Heard", "Reopen", "Runs", "resume_responses"]

Heard: TypeAlias = Logged | Gap | Over | Beat
"""What a listener gets: messages, a gap before them, the end after them, and beats where nothing comes."""
Reopen: TypeAlias = Callable[[str, Any], Awaitable[AsyncStream | None]]
"""Opens the rest of an upstream for a run's id and its state; None where that cannot be."""

_log = logging.getLogger("streamfold")
_OF_EACH_RUN = {"machine", "config", "stream", "cancel_event", "state", "observers"}
_DRIVING = inspect.signature(drive).parameters.keys() - _OF_EACH_RUN
_LONGEST_WAIT = 60.0
_MOST_PRODUCERS = 20
"""Of one run. One whose producers die again and again may be why they die."""
_NO_UPSTREAM = "the process that produced this run is gone, and its upstream cannot be resumed"


def resume_responses(client: Any) -> Reopen:
    """Reopens the upstream of Responses runs in background mode, by `resume_from`.

    A run on another wire, or one that has seen no event yet, cannot be resumed.

    Args:
        client: an `AsyncOpenAI`.
    """

    async def reopen(_: str, state: Any) -> AsyncStream | None:
        if not isinstance(state, responses.State) or not state.envelope.provider_id or state.highest < 0:
            return None
        return resume_from(client, state)

    return reopen


class Runs:
    """The runs of a process: `async with Runs(log) as runs`, inside the log's own block.

    Leaving the block ends no run: what has come is appended, and another process, or the next one, goes on.

    Args:
        log: where runs are kept. Processes that share it take over each other's runs.
        reopen: opens the rest of an upstream, to go on with a run whose process died. Without, and where it gives None
            or fails, such a run ends as "failed", with all that had arrived.
        adopts: whether this process goes on with the runs of others that died. Those that do so should all have the
            same `reopen`.
        lease: seconds after which a process that gives no sign of life is taken for dead.
        poll: seconds between two looks for cancels from elsewhere.
        every: after how many chunks a state is stored, at the soonest. What is folded again after a death are the
            chunks since then, from the log.
        driving: further arguments of `drive` for all runs, such as `idle_timeout`.

    Raises:
        TypeError: if a time is no number, or `drive` has no such argument.
        ValueError: if a time is not above 0, or `every` is below 1.
    """

    def __init__(
        self,
        log: Log,
        *,
        reopen: Reopen | None = None,
        adopts: bool = True,
        lease: float = 15.0,
        poll: float = 0.2,
        every: int = 50,
        **driving: Any,
    ) -> None:
        check_seconds(lease=lease, poll=poll)
        if lease <= 0 or poll <= 0 or every < 1:
            raise ValueError(
                f"lease and poll must be above 0, and every at least 1, not {lease!r}, {poll!r}, {every!r}"
            )
        unknown = driving.keys() - _DRIVING
        if unknown:
            raise TypeError(f"`drive` has no argument {', '.join(sorted(unknown))} that is the same for all runs")
        self._log = log
        self._reopen = reopen
        self._adopts = adopts
        self._poll = poll
        self._settings = Settings(lease, every, driving)
        self._producers: dict[str, Producer] = {}
        self._group: TaskGroup | None = None

    async def __aenter__(self) -> "Runs":
        self._group = await anyio.create_task_group().__aenter__()
        self._group.start_soon(self._forever, self._settings.lease / 3, self._renew)
        self._group.start_soon(self._forever, self._poll, self._hear_cancels)
        if self._adopts:
            self._group.start_soon(self._forever, self._settings.lease / 3, self._adopt)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        group, self._group = self._tasks, None
        group.cancel_scope.cancel()
        await group.__aexit__(kind, error, trace)

    async def start(self, run_id: str, machine: AnyMachine, config: Any, opener: Opener) -> None:
        """Start a run. It is in the log when this returns, and goes on by itself.

        Args:
            run_id: its id, which nobody guesses who may not listen: whoever knows it can.
            machine: `chat`, `inner_thoughts` or `responses`.
            config: the machine's `Config`.
            opener: opens the upstream: called once, in a task of the run's own.

        Raises:
            TypeError: if the config is not the machine's.
            RunExists: if the log has a run of this id.
            SnapshotError: if the machine is one of your own, whose states cannot be stored.
            RuntimeError: outside the `async with`.
        """
        check_config(machine, config)
        group = self._tasks
        state, messages = machine.start(config)
        lease = await self._log.begin(run_id, state, messages, self._settings.lease)
        producer = Producer(self._log, lease, machine, state, len(messages), 0, self._settings)
        self._producers[run_id] = producer
        group.start_soon(self._produce, producer, opener)

    async def cancel(self, run_id: str) -> Status:
        """Cancel a run, whichever process produces it: it says what it held back, then that it was cancelled.

        Returns:
            The run's status by now: "open" for one that is about to end; one that is over stays as it is.

        Raises:
            RunUnknown: if there is no such run.
        """
        status = await self._log.cancel(run_id)
        if run_id in self._producers:
            self._producers[run_id].cancel()
        return status

    async def listen(
        self, run_id: str, after: str | None = None, *, beat: float | None = None, stop_on_leave: bool = False
    ) -> AsyncIterator[Heard]:
        """What a run said after a cursor and will say, each message with its cursor, then the end.

        Args:
            run_id: the run, of any process.
            after: a cursor of this run; None for the beginning.
            beat: seconds of silence after which a `BEAT` comes; None for none.
            stop_on_leave: cancel the run if the listener leaves before its end. Otherwise a listener that leaves
                changes nothing.

        Raises:
            RunUnknown: if there is no such run.
            CursorError: if the cursor is not of this run, or no cursor.
            TypeError, ValueError: if `beat` is no number, or not above 0.
        """
        check_seconds(or_none=True, beat=beat)
        if beat is not None and beat <= 0:
            raise ValueError(f"beat must be above 0, not {beat!r}")
        over = False
        try:
            while not over:
                page = await self._log.read(run_id, after, wait=beat or _LONGEST_WAIT)
                over = page.over is not None
                if page.gap is not None:
                    after = page.gap.cursor
                    yield page.gap
                for one in page.logged:
                    after = one.cursor
                    yield one
                if page.over is not None:
                    yield page.over
                elif beat is not None and not page.says_something:
                    yield BEAT
        finally:
            if stop_on_leave and not over and self._group is not None:
                self._group.start_soon(self._cancel_left, run_id)

    @property
    def _tasks(self) -> TaskGroup:
        if self._group is None:
            raise RuntimeError("runs are started inside their `async with`")
        return self._group

    async def _produce(self, producer: Producer, opener: Opener) -> None:
        try:
            await producer.follow(opener)
        finally:
            self._producers.pop(producer.lease.run_id, None)

    async def _cancel_left(self, run_id: str) -> None:
        try:
            await self.cancel(run_id)
        except Exception as error:
            _log.warning("run %r, which its listener left, could not be cancelled: %r", run_id, error)

    # What is done again and again

    async def _forever(self, seconds: float, task: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await task()
            except Exception as error:
                _log.warning("the log failed, and is asked again in %s s: %r", seconds, error)
            await anyio.sleep(seconds)

    async def _renew(self) -> None:
        held = [producer.lease for producer in self._producers.values()]
        if held:
            for lease in await self._log.renew(held, self._settings.lease):
                producer = self._producers.get(lease.run_id)
                if producer is not None and producer.lease == lease:
                    producer.lose(LeaseLost(f"the lease of epoch {lease.epoch} was not renewed"))

    async def _hear_cancels(self) -> None:
        if self._producers:
            for run_id in await self._log.cancelled(tuple(self._producers)):
                if run_id in self._producers:
                    self._producers[run_id].cancel()

    async def _adopt(self) -> None:
        for run_id in await self._log.orphans():
            if run_id not in self._producers:
                lease = await self._log.take_over(run_id, self._settings.lease)
                if lease is not None:
                    await self._go_on(lease)

    async def _go_on(self, lease: Lease) -> None:
        """Go on with a run of a process that died."""
        try:
            restored = await self._log.restore(lease)
        except SnapshotError as error:
            _log.error("run %r cannot be restored, and ends here: %s", lease.run_id, error)
            await self._log.close(lease, 0, (), "failed", None)
            return
        machine, state, number = _refolded(restored)
        if number != restored.number or lease.epoch > _MOST_PRODUCERS:
            why = "folds to other messages than were said" if number != restored.number else "outlives no producer"
            _log.error("run %r %s, and ends here", lease.run_id, why)
            ended, _ = machine.finish(state, Failed(_NO_UPSTREAM))
            await self._log.close(lease, restored.number, (), "failed", machine.result(ended))
            return
        _log.info("run %r goes on here, from message %d", lease.run_id, number)
        place = restored.checkpoint.place + len(restored.chunks)
        producer = Producer(self._log, lease, machine, state, number, place, self._settings)
        self._producers[lease.run_id] = producer
        self._tasks.start_soon(self._resume, producer, state)

    async def _resume(self, producer: Producer, state: Any) -> None:
        try:
            end = await self._end_of(producer.lease.run_id, state)
            if end is not None:
                await producer.finish(end)
                return
            stream = await self._reopened(producer.lease.run_id, state)
            if stream is None:
                await producer.finish(Cancelled() if producer.is_cancelled else Failed(_NO_UPSTREAM))
                return

            async def opener() -> AsyncStream:
                return stream

            await producer.follow(opener)
        except Exception as error:  # the log failed: the run is left to its lease, and no other run is touched
            _log.warning("run %r cannot go on here, and is left to the next producer: %r", producer.lease.run_id, error)
        finally:
            self._producers.pop(producer.lease.run_id, None)

    async def _end_of(self, run_id: str, state: Any) -> End | None:
        """Why a run need not go on: it was over, or asked to end; None if it has to."""
        if standing_of(state) != "open" or state.end is not None:
            return Ended()
        return Cancelled() if await self._log.cancelled([run_id]) else None

    async def _reopened(self, run_id: str, state: Any) -> AsyncStream | None:
        try:
            return None if self._reopen is None else await self._reopen(run_id, state)
        except Exception as error:
            _log.warning("the upstream of run %r cannot be resumed: %r", run_id, error)
            return None


def _refolded(restored: Restored) -> tuple[AnyMachine, Any, int]:
    """The machine of what is restored, the state after its last chunk, and the number of the next message."""
    state, number = restored.checkpoint.state, restored.checkpoint.number
    machine = next(machine for machine in MACHINES.values() if type(state.config) is machine.Config)
    for chunk in restored.chunks:
        state, messages = machine.step(state, chunk)
        number += len(messages)
    return machine, state, number

"""Runs that outlive a connection: begun by one request, listened to by any, cancelled from anywhere.

A run belongs to the server. Its messages go through the log, to whoever listens, in whichever process; when its process
dies, another takes it over.
"""

import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from types import TracebackType
from typing import Any, TypeAlias, TypeVar

import anyio
from anyio.abc import TaskGroup

from ...reducer.ends import Cancelled
from ...reducer.machine import AnyMachine, check_config
from ..driver import BEAT, Beat, drive
from ..driver.check_stream import check_seconds
from ..errors import LeaseLost
from ..protocols.turn import SaidOrResult
from .beside import Beside
from .foreign_cancel import ForeignCancelsFail
from .log import Gap, Log, Logged, Over, Page, Status, TurnState
from .runs_call import Opener, Stop, drive_call
from .runs_ends import Closing, closing
from .runs_patience import LAST_WORDS, answer_within, insist
from .runs_producer import Producer, Settings, Work
from .runs_takeover import Reopen, restored_producer, resume_responses, resuming_work
from .runs_turn import AgentTurn, Loop, turn_work

__all__ = ["AgentTurn", "Heard", "Loop", "Reopen", "Runs", "resume_responses"]

Heard: TypeAlias = Logged | Gap | Over | Beat
"""What a listener gets: messages, a gap before them, the end after them, and beats where nothing comes."""

_log = logging.getLogger("streamfold")
_OF_EACH_RUN = {"machine", "config", "stream", "cancel_event", "state", "observers"}
_DRIVING = inspect.signature(drive).parameters.keys() - _OF_EACH_RUN
_LONGEST_WAIT = 15.0
_SOON = 1.0
"""Seconds after which a log that failed is asked again, at the latest."""

T = TypeVar("T")


class Runs:
    """The runs of a process: `async with Runs(log) as runs`, inside the log's own block.

    Leaving the block ends no run: what has come is appended, and another process, or the next one, goes on.

    Args:
        log: where runs are kept. Processes that share it take over each other's runs.
        reopen: opens the rest of an upstream, to go on with a run whose process died. Without, and where it gives None
            or fails, such a run ends as "failed", with all that had arrived.
        adopts: whether this process goes on with the runs of others that died. Those that do so should all have the
            same `reopen`.
        lease: seconds after which a process that gives no sign of life counts as dead.
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
        self._beside = Beside()
        self._shields: set[anyio.CancelScope] = set()

    async def __aenter__(self) -> "Runs":
        self._beside = Beside()
        self._group = await self._beside.__aenter__()
        self._group.start_soon(self._forever, self._settings.lease / 3, self._renew)
        self._group.start_soon(self._forever, self._poll, self._hear_cancels)
        if self._adopts:
            self._group.start_soon(self._forever, self._settings.lease / 3, self._adopt)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._group = None
        for scope in self._shields:
            scope.deadline = min(scope.deadline, anyio.current_time() + LAST_WORDS)
        await self._beside.__aexit__(kind, error, trace)

    async def start(self, run_id: str, machine: AnyMachine, config: Any, opener: Opener) -> None:
        """Start a run of one model call. It is in the log when this returns, and goes on by itself.

        A start that is cancelled is left at once; its run is cancelled, if there comes to be one.

        Args:
            run_id: its id, which must be hard to guess: any caller that knows it can listen.
            machine: `chat`, `inner_thoughts` or `responses`.
            config: the machine's `Config`.
            opener: opens the upstream: called once, in a task of the run's own.

        Raises:
            TypeError: if the config is not the machine's.
            RunExists: if the log has a run of this id.
            SnapshotError: if the machine is one of your own, whose states cannot be stored.
            TimeoutError: if the log does not answer for the time of a lease.
            RuntimeError: outside the `async with`.
        """

        async def work(producer: Producer) -> Closing:
            over = await drive_call(producer.journal, opener, producer.stop, producer.settings.driving, run_id)
            return Closing(over.messages, over.result)

        check_config(machine, config)
        state, messages = machine.start(config)
        await self._begin(run_id, state, messages, work)

    async def start_turn(self, run_id: str, loop: Loop) -> None:
        """Start a run of several model calls, with what tools gave in between: a turn of an agent.

        The run ends where the loop returns, as its last model call did. It fails if the loop raises, and where its
        process dies: nobody else has the loop. A cancel ends the model call that goes on, which tells the loop by its
        outcome; between two calls, it cancels the loop. A loop that would have gone on, but for a limit of its own,
        gives "max_steps", which becomes the result's finish reason. What had arrived is in the log, whatever happens.

        Args:
            run_id: as of `start`.
            loop: calls the model, runs its tools, and calls it again, in a task of the run's own.

        Raises:
            RunExists, TimeoutError, RuntimeError: as `start`.
        """
        await self._begin(run_id, TurnState(None), (), turn_work(loop))

    async def cancel(self, run_id: str) -> Status:
        """Cancel a run, whichever process produces it: it says what it held back, then that it was cancelled.

        Returns:
            The run's status by now: "open" for one that is about to end; one that is over stays as it is.

        Raises:
            RunUnknown: if there is no such run.
        """
        if run_id in self._producers:  # which need not wait for the log
            self._producers[run_id].stop.press()
        return await self._log.cancel(run_id)

    async def listen(
        self, run_id: str, after: str | None = None, *, beat: float | None = None, stop_on_leave: bool = False
    ) -> AsyncIterator[Heard]:
        """What a run said after a cursor and will say, each message with its cursor, then the end.

        What is wrong is raised when the first item is asked for, as by every asynchronous generator. Before a response
        whose status depends on it, ask the log for the run's `status`.

        Args:
            run_id: the run, of any process.
            after: a cursor of this run; None for the beginning.
            beat: seconds of silence after which a `BEAT` comes; None for none.
            stop_on_leave: cancel the run if the listener leaves before its end. Otherwise a listener that leaves
                changes nothing.

        Raises:
            RunUnknown: if there is no such run.
            CursorError: if the cursor is not of this run, or no cursor.
            TypeError: if `beat` is no number.
            ValueError: if it is not above 0.
        """
        check_seconds(or_none=True, beat=beat)
        if beat is not None and beat <= 0:
            raise ValueError(f"beat must be above 0, not {beat!r}")
        over = False
        try:
            while not over:
                page = await self._page(run_id, after, beat or _LONGEST_WAIT)
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

    async def _page(self, run_id: str, after: str | None, wait: float) -> Page:
        read = partial(self._log.read, run_id, after, wait=wait)
        return await insist(read, self._settings.lease, run_id, wait=wait, wanted=lambda: self._group is not None)

    @property
    def _tasks(self) -> TaskGroup:
        if self._group is None:
            raise RuntimeError("runs are started inside their `async with`")
        return self._group

    async def _begin(self, run_id: str, state: Any, messages: Sequence[SaidOrResult], work: Work) -> None:
        start = _Start(run_id, state, tuple(messages), work)
        self._tasks.start_soon(self._begun, start)
        await start.wait()

    async def _begun(self, start: "_Start") -> None:
        """Begin a run, in a task of its own: whoever asked for it may be cancelled before the log has answered.

        Of a `begin` that is torn off halfway, nobody would know whether there is a run to be ended.
        """
        seconds = self._settings.lease
        try:
            begin = partial(self._log.begin, start.run_id, start.state, start.messages, seconds)
            lease = await self._undisturbed(begin)
        except Exception as error:
            start.fail(error)
            return
        producer = Producer(self._log, lease, start.state, len(start.messages), 0, self._settings)
        if self._group is None or start.is_given_up:
            start.fail(RuntimeError("the `async with` of the runs was left before this one had begun"))
            with anyio.move_on_after(LAST_WORDS, shield=True):
                await producer.close(closing(start.state, Cancelled()))
            return
        start.succeed(producer.stop)
        await self._produce(producer, start.work)

    async def _produce(self, producer: Producer, work: Work) -> None:
        self._producers[producer.lease.run_id] = producer
        try:
            await producer.follow(work)
        finally:
            self._producers.pop(producer.lease.run_id, None)

    async def _cancel_left(self, run_id: str) -> None:
        try:
            await self.cancel(run_id)
        except Exception as error:
            _log.warning("run %r, which its listener left, could not be cancelled: %r", run_id, error)

    async def _undisturbed(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What the log answers, where a question that is torn off halfway would leave open whose the run is.

        Raises:
            TimeoutError: if it does not answer for the time of a lease; sooner where the block of the runs is left.
        """
        seconds = self._settings.lease if self._group is not None else LAST_WORDS
        with anyio.move_on_after(seconds, shield=True) as scope:
            self._shields.add(scope)
            try:
                async with ForeignCancelsFail():
                    return await ask()
            finally:
                self._shields.discard(scope)
        raise TimeoutError(f"the log has not answered for {seconds:.3g} s")

    # What is done again and again

    async def _forever(self, seconds: float, task: Callable[[], Awaitable[None]]) -> None:
        while True:
            pause = seconds
            try:
                await task()
            except Exception as error:
                pause = min(seconds, self._settings.lease / 10, _SOON)
                _log.warning("the log failed, and is asked again in %s s: %r", pause, error)
            await anyio.sleep(pause)

    async def _soon(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What the log answers in time for another try before a lease is over."""
        return await answer_within(self._settings.lease / 3, ask)

    async def _renew(self) -> None:
        held = [producer.lease for producer in self._producers.values()]
        if held:
            for lease in await self._soon(partial(self._log.renew, held, self._settings.lease)):
                producer = self._producers.get(lease.run_id)
                if producer is not None and producer.lease == lease:
                    producer.lose(LeaseLost(f"the lease of epoch {lease.epoch} was not renewed"))

    async def _hear_cancels(self) -> None:
        if self._producers:
            for run_id in await self._soon(partial(self._log.cancelled, tuple(self._producers))):
                if run_id in self._producers:
                    self._producers[run_id].stop.press()

    async def _adopt(self) -> None:
        for run_id in await self._soon(self._log.orphans):
            if run_id not in self._producers:
                try:
                    await self._take_over(run_id)
                except Exception as error:  # the others are taken over all the same
                    _log.warning("run %r cannot be taken over, and is tried again: %r", run_id, error)

    async def _take_over(self, run_id: str) -> None:
        group, seconds = self._tasks, self._settings.lease
        lease = await self._undisturbed(partial(self._log.take_over, run_id, seconds))
        if lease is None:
            return
        try:
            restore = partial(restored_producer, self._log, lease, self._settings)
            producer = await answer_within(seconds, restore)
        except BaseException:
            with anyio.move_on_after(LAST_WORDS, shield=True):
                await self._log.release(lease)
            raise
        if producer is not None:
            group.start_soon(self._produce, producer, resuming_work(self._log, self._reopen))


class _Start:
    """Who asked for a run waits until it has begun; if that one is cancelled meanwhile, the run is, too.

    Args:
        run_id: the run's id.
        state: in which it begins.
        messages: what it says before its work.
        work: what it does.

    Attributes:
        run_id: as given.
        state: as given.
        messages: as given.
        work: as given.
        is_given_up: whether nobody wants it any more.
    """

    def __init__(self, run_id: str, state: Any, messages: tuple[SaidOrResult, ...], work: Work) -> None:
        self.run_id, self.state, self.messages, self.work = run_id, state, messages, work
        self.is_given_up = False
        self._is_over = anyio.Event()
        self._stop: Stop | None = None
        self._error: Exception | None = None

    async def wait(self) -> None:
        """Wait until it has begun.

        Raises:
            Exception: why it has not.
        """
        try:
            await self._is_over.wait()
        except BaseException:
            self.is_given_up = True
            if self._stop is not None:
                self._stop.press()
            raise
        if self._error is not None:
            raise self._error

    def succeed(self, stop: Stop) -> None:
        """It has begun, and this ends it."""
        self._stop = stop
        self._is_over.set()

    def fail(self, error: Exception) -> None:
        """It has not begun."""
        self._error = error
        self._is_over.set()

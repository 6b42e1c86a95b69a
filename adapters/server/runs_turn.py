"""A run that is a turn of an agent: a loop of the caller's makes several model calls, and says what tools gave."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeAlias

import anyio

from ...reducer.ends import Cancelled, Ended, Failed
from ...reducer.machine import AnyMachine, check_config
from ...reducer.result import Result
from ...reducer.values.frozen_value import evolve
from ..protocols.turn import MAX_STEPS, ToolReturn
from ..short_repr import short_repr
from .log import dumps
from .runs_call import Opener, drive_call
from .runs_ends import CallOver, Closing, call_over, closing, result_of_end
from .runs_producer import Producer

__all__ = ["AgentTurn", "Loop", "turn_work"]

_log = logging.getLogger("streamfold")


class AgentTurn:
    """What the loop of an agent makes of its run: it calls the model, and says what tools gave.

    Attributes:
        run_id: the run's id.
    """

    def __init__(self, producer: Producer) -> None:
        self.run_id = producer.lease.run_id
        self._producer = producer
        self._result: Result | None = None
        self._unanswered: set[str] = set()
        self._is_calling = False
        self._is_torn = False
        self._is_over = False

    @property
    def result(self) -> Result | None:
        """What the last model call came to; None before the first is over.

        One that the loop itself tore off, as by a timeout of its own, is cancelled.
        """
        self._settle()
        return self._result

    @property
    def is_cancelled(self) -> bool:
        """Whether the run was cancelled: then the next model call is over before it begins."""
        return self._producer.stop.event.is_set()

    @property
    def unanswered(self) -> frozenset[str]:
        """The ids of the last model call's tool calls of which nobody has said what they gave."""
        self._settle()
        return frozenset(self._unanswered)

    async def call(self, machine: AnyMachine, config: Any, opener: Opener) -> Result:
        """One model call: what it says is said in the run, as it comes.

        Args:
            machine: `chat`, `inner_thoughts` or `responses`.
            config: the machine's `Config`, with a `message_id` of this call alone.
            opener: opens the upstream; called once.

        Returns:
            What it came to. An upstream that fails, and a run that is cancelled, are told by the outcome, and raise
            nothing.

        Raises:
            TypeError: if the config is not the machine's.
            SnapshotError: if the machine is one of your own, whose states cannot be stored.
            RuntimeError: if another call of this turn goes on, or its loop has ended.
        """
        self._check_open()
        check_config(machine, config)
        if self._is_calling:
            raise RuntimeError("the model calls of a turn come one after the other")
        fold, messages = machine.start(config)
        dumps(fold)
        self._settle()
        journal, before = self._producer.journal, self._result
        journal.pass_to(fold, messages if before is None else (before, *messages))
        self._is_calling = True
        try:
            over = await drive_call(journal, opener, self._producer.stop, self._producer.settings.driving, self.run_id)
        except BaseException:
            self._is_torn = True
            raise
        finally:
            self._is_calling = False
        self._end(over)
        return over.result

    async def say(self, returned: ToolReturn) -> None:
        """Say what a tool gave.

        Raises:
            TypeError: if it is no `ToolReturn`.
            SnapshotError: if its call's id is no text, or its status none, so that no log could keep it.
            RuntimeError: if the loop has ended.
        """
        self._check_open()
        if not isinstance(returned, ToolReturn):
            raise TypeError(f"a turn says what tools gave, as a `ToolReturn`, not {short_repr(returned):.80}")
        dumps(returned)
        self._settle()
        self._unanswered.discard(returned.tool_call_id)
        self._producer.journal.say((returned,))
        await self._producer.journal.room()

    def close(self) -> bool:
        """The loop has ended: what tasks of its own would still say is refused. Called by the run.

        Returns:
            Whether a model call went on in such a task; it is cancelled.
        """
        self._is_over = True
        if self._is_calling:
            self._producer.stop.press()
        return self._is_calling

    def _check_open(self) -> None:
        if self._is_over:
            raise RuntimeError("the loop of this turn has ended, and its run says no more")

    def _settle(self) -> None:
        """End a call that was torn off: not before the loop goes on, since another process could go on with it."""
        if self._is_torn:
            self._is_torn = False
            self._end(call_over(self._producer.journal.fold, Cancelled()))

    def _end(self, over: CallOver) -> None:
        self._producer.journal.pass_to(over.fold, over.messages)
        self._result = over.result
        self._unanswered = {call.id for call in over.result.tool_calls}


Loop: TypeAlias = Callable[[AgentTurn], Awaitable[Literal["max_steps"] | None]]
"""Makes a turn: it calls the model, runs its tools, and calls it again, until the turn is over.

It gives "max_steps" where it would have gone on, but for a limit of its own: no result says so.
"""


def turn_work(loop: Loop) -> Callable[[Producer], Awaitable[Closing]]:
    """A producer's work, from a loop."""

    async def work(producer: Producer) -> Closing:
        turn, word = AgentTurn(producer), None
        try:
            with anyio.CancelScope() as looping, producer.stop.interrupting(looping):
                word = await loop(turn)
            if turn.close():
                raise RuntimeError("the loop ended while a model call of its turn went on")
            if word not in (None, MAX_STEPS):
                raise TypeError(f"a loop gives None or {MAX_STEPS!r}, not {short_repr(word):.80}")
        except Exception as error:
            _log.error("the loop of run %r raised: %r", turn.run_id, error, exc_info=error)
            was_cancelled = turn.is_cancelled and turn.result is not None and turn.result.outcome == "cancelled"
            turn.close()
            return closing(producer.journal.state, Cancelled() if was_cancelled else Failed(error))
        # Of a turn that was cancelled after its last model call, nobody is to run the tools that this one called.
        if looping.cancelled_caught or (turn.is_cancelled and turn.unanswered):
            return closing(producer.journal.state, Cancelled())
        result = turn.result or result_of_end(Ended())
        is_cut = word is not None and result.outcome == "completed"
        return Closing((), evolve(result, finish_reason=word) if is_cut else result)

    return work

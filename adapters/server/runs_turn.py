"""A run that is a turn of an agent: a loop of the caller's makes several model calls, and says what tools gave."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import anyio

from ...reducer.ends import Cancelled, Ended, Failed
from ...reducer.machine import AnyMachine, check_config
from ...reducer.result import Result
from ..protocols.turn import ToolReturn
from ..short_repr import short_repr
from .log import dumps
from .runs_call import Opener, drive_call
from .runs_ends import Closing, closing, result_of_end
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

    @property
    def result(self) -> Result | None:
        """What the last model call came to; None before the first is over."""
        return self._result

    @property
    def is_cancelled(self) -> bool:
        """Whether the run was cancelled: then the next model call is over before it begins."""
        return self._producer.stop.event.is_set()

    @property
    def unanswered(self) -> frozenset[str]:
        """The ids of the last model call's tool calls of which nobody has said what they gave."""
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
            RuntimeError: if another call of this turn goes on.
        """
        check_config(machine, config)
        if self._is_calling:
            raise RuntimeError("the model calls of a turn come one after the other")
        fold, messages = machine.start(config)
        dumps(fold)
        journal, before = self._producer.journal, self._result
        journal.pass_to(fold, messages if before is None else (before, *messages))
        self._is_calling = True
        try:
            over = await drive_call(journal, opener, self._producer.stop, self._producer.settings.driving, self.run_id)
        finally:
            self._is_calling = False
        journal.pass_to(over.fold, over.messages)
        self._result = over.result
        self._unanswered = {call.id for call in over.result.tool_calls}
        return over.result

    async def say(self, returned: ToolReturn) -> None:
        """Say what a tool gave.

        Raises:
            TypeError: if it is no `ToolReturn`.
        """
        if not isinstance(returned, ToolReturn):
            raise TypeError(f"a turn says what tools gave, as a `ToolReturn`, not {short_repr(returned):.80}")
        self._unanswered.discard(returned.tool_call_id)
        self._producer.journal.say((returned,))
        await self._producer.journal.room()


Loop: TypeAlias = Callable[[AgentTurn], Awaitable[None]]
"""Makes a turn: it calls the model, runs its tools, and calls it again, until the turn is over."""


def turn_work(loop: Loop) -> Callable[[Producer], Awaitable[Closing]]:
    """A producer's work, from a loop."""

    async def work(producer: Producer) -> Closing:
        turn = AgentTurn(producer)
        try:
            with anyio.CancelScope() as looping, producer.stop.interrupting(looping):
                await loop(turn)
        except Exception as error:
            _log.error("the loop of run %r raised: %r", turn.run_id, error, exc_info=error)
            return closing(producer.journal.state, Failed(error))
        # Of a turn that was cancelled after its last model call, nobody is to run the tools that this one called.
        if looping.cancelled_caught or (turn.is_cancelled and turn.unanswered):
            return closing(producer.journal.state, Cancelled())
        return Closing((), turn.result or result_of_end(Ended()))

    return work

"""A run of a process that died, in the hands of another: where it was, and how it goes on or ends."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import anyio

from ...reducer import responses
from ...reducer.ends import Cancelled, End, Ended, Failed
from ..driver import resume_from
from ..driver.progress import standing_of
from ..driver.upstream import AsyncStream
from ..errors import SnapshotError
from .log import Lease, Log, Restored, TurnState
from .runs_call import Stop, drive_call
from .runs_ends import Closing, closing, machine_for
from .runs_producer import Producer, Settings

__all__ = ["Reopen", "restored_producer", "resume_responses", "resuming_work"]

Reopen: TypeAlias = Callable[[str, Any], Awaitable[AsyncStream | None]]
"""Opens the rest of an upstream for a run's id and its state; None where that cannot be."""

_log = logging.getLogger("streamfold")
_MOST_PRODUCERS = 20
"""Of one run. One whose producers die again and again may be why they die."""
_NO_UPSTREAM = "the process that produced this run is gone, and its upstream cannot be resumed"
_NO_LOOP = "the process that produced this run is gone, and with it the loop that made its model calls"


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


async def restored_producer(log: Log, lease: Lease, settings: Settings) -> Producer | None:
    """The producer that goes on with a run; None if nobody can, and it has ended here, with all that had arrived."""
    try:
        restored = await log.restore(lease)
    except SnapshotError as error:
        _log.error("run %r cannot be restored, and ends here: %s", lease.run_id, error)
        await log.close(lease, 0, (), "failed", None)
        return None
    state, number = _refolded(restored)
    # A turn also says what no chunk gives.
    is_other = number > restored.number if isinstance(state, TurnState) else number != restored.number
    if is_other or lease.epoch > _MOST_PRODUCERS:
        why = "folds to other messages than were said" if is_other else "outlives no producer"
        _log.error("run %r %s, and ends here", lease.run_id, why)
        await log.close(lease, restored.number, (), "failed", closing(state, Failed(_NO_UPSTREAM)).result)
        return None
    place = restored.checkpoint.place + len(restored.chunks)
    return Producer(log, lease, state, restored.number, place, settings)


def resuming_work(log: Log, reopen: Reopen | None) -> Callable[[Producer], Awaitable[Closing]]:
    """A producer's work that goes on with a run: with the rest of its upstream, or to its end.

    Args:
        log: where it is asked whether the run was cancelled.
        reopen: opens the rest.
    """

    async def work(producer: Producer) -> Closing:
        run_id, state = producer.lease.run_id, producer.journal.state
        _log.info("run %r goes on here, from message %d", run_id, producer.journal.said)
        end = await _end_of(log, producer)
        if end is None:
            stream = await _reopened(reopen, run_id, state, producer.stop)
            if stream is not None:

                async def opener() -> AsyncStream:
                    return stream

                over = await drive_call(producer.journal, opener, producer.stop, producer.settings.driving, run_id)
                return Closing(over.messages, over.result)
            end = Cancelled() if producer.stop.event.is_set() else Failed(_NO_UPSTREAM)
        return closing(state, end)

    return work


def _refolded(restored: Restored) -> tuple[Any, int]:
    """The state after the last chunk of what is restored, and the number of the next message."""
    state, number = restored.checkpoint.state, restored.checkpoint.number
    fold = state.call if isinstance(state, TurnState) else state
    for chunk in restored.chunks:
        fold, messages = machine_for(fold).step(fold, chunk)
        number += len(messages)
    return TurnState(fold) if isinstance(state, TurnState) else fold, number


async def _end_of(log: Log, producer: Producer) -> End | None:
    """Why a run does not go on: it was over, or asked to end, or nobody makes its model calls; None if it does."""
    state = producer.journal.state
    in_turn = isinstance(state, TurnState)
    if not in_turn and (standing_of(state) != "open" or state.end is not None):
        return Ended()
    if await producer.insist(lambda: log.cancelled([producer.lease.run_id])):
        return Cancelled()
    return Failed(_NO_LOOP) if in_turn else None


async def _reopened(reopen: Reopen | None, run_id: str, state: Any, stop: Stop) -> AsyncStream | None:
    """The rest of an upstream; None where that cannot be, or the run is cancelled first."""
    try:
        with anyio.CancelScope() as opening, stop.interrupting(opening):
            return None if reopen is None else await reopen(run_id, state)
    except Exception as error:
        _log.warning("the upstream of run %r cannot be resumed: %r", run_id, error)
    return None

"""What a log of runs is: the values that go in and out, and what an implementation guarantees.

A run has one producer, which folds a stream and appends what it says, and any number of readers. A run is one model
call, or a turn of several: then it says what tools gave, and what each call came to that another followed, as well. All
of these are its messages here. The contract:

- **Numbers.** A message has the number that the fold derives: 0 for the run's first. To append a message under a number
  that is there does nothing if both are equal, and is refused if they differ; a chunk whose place is there is ignored.
  So an append whose answer was lost is simply repeated, and nothing is ever there twice.
- **Cursors.** To a reader a place in a run is text that means nothing. It belongs to its run, and one of another run is
  refused, also of a run that was forgotten and had the same id. Later messages have later cursors; there may be gaps
  between them. Reads begin strictly after a cursor.
- **The end.** It comes from `close`, and is the run's status: no message says it. The messages with which a fold ends
  are appended by `close` itself, so that no run has them and is open.
- **Trimming.** Whoever comes with a cursor before what was trimmed gets a `Gap`, and in it the fewest messages that say
  what was there. Nothing is left out silently.
- **Fencing.** Each producer has an epoch, higher than that of the one before. A producer of an earlier epoch can write
  nothing more, whatever the clocks say.
- **Life.** A producer renews its lease. A run that is open and whose lease has run out is an orphan, which another
  producer may take over: from the last checkpoint, and the chunks that were folded after it. With each append the
  messages, the chunks that gave them and the checkpoint are written together or not at all.
- **Cancel.** To cancel is to write it into the log: whoever produces the run finds it there, on whatever host, and a
  cancel that came before its producer died is found by the next.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, Protocol, TypeAlias

from ....reducer.ends import Outcome
from ....reducer.result import Result
from ....reducer.values.frozen_value import value
from ...protocols.turn import SaidOrResult

__all__ = ["Batch", "Checkpoint", "Gap", "Lease", "Log", "Logged", "Over", "Page", "Restored", "Status", "TurnState"]

Status: TypeAlias = Outcome
"""Of a run: "open", or how it ended: "completed", "truncated", "cancelled" or "failed"."""


@value
class Lease:
    """The right to produce a run.

    Attributes:
        run_id: the run.
        epoch: which producer this is, from 1; each that takes over has a higher one.
    """

    run_id: str
    epoch: int


@value
class TurnState:
    """The state of a run that is a turn of several model calls.

    Attributes:
        call: the state of the fold of its last model call, which may be over; None before the first.
    """

    call: Any


@value
class Checkpoint:
    """A state to go on from.

    Attributes:
        number: how many messages the fold had said by then, which is the number of the next.
        place: how many chunks it had folded by then.
        state: the state of the fold, of any of the three wires; or a `TurnState`.
    """

    number: int
    place: int
    state: Any


@value
class Batch:
    """What one append takes.

    Attributes:
        number: of the first message, or of the next one if there is none.
        messages: what was said.
        place: how many chunks were folded before these.
        chunks: what was folded, in order, which gave the messages, but for those of a turn that no chunk gives.
        checkpoint: the state after these chunks, or None. Chunks before it are needed no more.
    """

    number: int
    messages: tuple[SaidOrResult, ...] = ()
    place: int = 0
    chunks: tuple[Any, ...] = ()
    checkpoint: Checkpoint | None = None


@value
class Restored:
    """Where the last producer was when it appended last.

    Attributes:
        checkpoint: the last one.
        chunks: what was folded after it, in order.
        number: of the next message: folding the chunks gives those up to it, but for those of a turn that no chunk
            gives.
    """

    checkpoint: Checkpoint
    chunks: tuple[Any, ...]
    number: int


@value
class Logged:
    """A message of a run.

    Attributes:
        cursor: its place, to read on after it.
        message: as it was appended.
    """

    cursor: str
    message: SaidOrResult


@value
class Gap:
    """What was asked for is trimmed: forget what was read before, for this says all of it anew.

    Attributes:
        cursor: the place of the last message that was trimmed, to read on after it.
        messages: what was trimmed, in the fewest messages that say it.
    """

    cursor: str
    messages: tuple[SaidOrResult, ...]


@value
class Over:
    """The end of a run.

    Attributes:
        status: how it ended.
        result: the final result; None where its state could not be restored.
    """

    status: Literal["completed", "truncated", "cancelled", "failed"]
    result: Result | None


@value
class Page:
    """What one read gives.

    Attributes:
        gap: comes before the rest, where what was asked for is trimmed.
        logged: the messages, in order.
        over: the end, once there is no message after these.
    """

    gap: Gap | None = None
    logged: tuple[Logged, ...] = ()
    over: Over | None = None

    @property
    def says_something(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.logged) or self.gap is not None or self.over is not None


class Log(Protocol):
    """A log of runs. Beside what is named, every method raises what its store raises.

    A lease is given as seconds from now, by the log's own clock, which the processes that share a store must share too,
    to within a fraction of a lease. Nothing is written twice or lost if they do not: runs are taken over too soon, or
    too late.
    """

    async def begin(self, run_id: str, state: Any, messages: Sequence[SaidOrResult], seconds: float) -> Lease:
        """Begin a run.

        Args:
            run_id: its id; any text that UTF-8 can write.
            state: the state before the first chunk, or a `TurnState`, which is the run's first checkpoint.
            messages: what the fold said before that.
            seconds: for which the lease holds without being renewed.

        Raises:
            RunExists: if there is a run of this id, open or over.
            ValueError: if UTF-8 cannot write the id.
        """
        ...

    async def append(self, lease: Lease, batch: Batch) -> None:
        """Append to a run, all of it or nothing.

        Args:
            lease: the right to.
            batch: what.

        Raises:
            LeaseLost: if another producer has taken over, or the run is over or unknown.
            NumberTaken: if another message has one of the numbers.
        """
        ...

    async def close(
        self, lease: Lease, number: int, messages: Sequence[SaidOrResult], status: Status, result: Result | None
    ) -> None:
        """Append the last messages of a run, and end it. To do so twice in the same way does nothing.

        Args:
            lease: the right to.
            number: of the first message, or of the next one if there is none.
            messages: with which the fold ended.
            status: how it ended; not "open".
            result: the final result.

        Raises:
            LeaseLost: if another producer has taken over, or the run is over in another way, or unknown.
            NumberTaken: if another message has one of the numbers.
            ValueError: if the status is "open", or no status.
        """
        ...

    async def renew(self, leases: Iterable[Lease], seconds: float) -> tuple[Lease, ...]:
        """Let leases hold for so many seconds from now, also where they had run out.

        Returns:
            Those that are lost: another producer has taken over, or the run is over or unknown.
        """
        ...

    async def release(self, lease: Lease) -> None:
        """Give a lease back, so that another producer need not wait for its end; of a lease that is lost, nothing."""
        ...

    async def orphans(self, limit: int = 100) -> tuple[str, ...]:
        """Runs that are open and have no producer, those that have had none for longest first."""
        ...

    async def take_over(self, run_id: str, seconds: float) -> Lease | None:
        """Become the producer of an orphan; of several that try, one does.

        Returns:
            None if it is no orphan: it is over, or unknown, or has a producer.
        """
        ...

    async def restore(self, lease: Lease) -> Restored:
        """Where the producer before was when it appended last.

        Raises:
            LeaseLost: if another producer has taken over, or the run is over or unknown.
            SnapshotError: if what is stored cannot be read, such as by another version.
        """
        ...

    async def cancel(self, run_id: str) -> Status:
        """Ask for an end. The producer ends the run when it finds this.

        Returns:
            The run's status by now. One that is over stays as it is.

        Raises:
            RunUnknown: if there is no such run.
        """
        ...

    async def cancelled(self, run_ids: Iterable[str]) -> frozenset[str]:
        """Which of these are open and were asked to end."""
        ...

    async def status(self, run_id: str) -> Status:
        """A run's status.

        Raises:
            RunUnknown: if there is no such run.
        """
        ...

    async def read(self, run_id: str, after: str | None = None, wait: float = 0.0, limit: int = 500) -> Page:
        """The messages after a cursor; if there are none yet, wait for some, or for the end.

        Args:
            run_id: the run.
            after: a cursor that a read of this run gave; None for the beginning.
            wait: seconds to wait at most. Then the page says nothing.
            limit: the most messages in a page, beside those of a gap.

        Raises:
            RunUnknown: if there is no such run.
            CursorError: if the cursor is not of this run, or no cursor.
            ValueError: if the limit is below 1.
        """
        ...

    async def trim(self, run_id: str, until: str) -> None:
        """Drop a run's messages up to a cursor, that one included. What they say is kept, in the fewest messages.

        Raises:
            RunUnknown: if there is no such run.
            CursorError: if the cursor is not of this run, or no cursor.
        """
        ...

    async def forget(self, seconds: float) -> int:
        """Drop all that is kept of runs that were over so many seconds ago.

        Returns:
            How many they were.
        """
        ...

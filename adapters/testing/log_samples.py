"""What the checks of a log share: a clock, a run's fold, and what they expect."""

import uuid
from collections.abc import Awaitable
from typing import Any

from ...reducer import chat
from ...reducer.completions.chunk import Choice, Chunk, Delta
from ...reducer.ends import Cancelled
from ..protocols.turn import SaidOrResult
from ..server.log import Batch, Checkpoint, Lease, Log, Logged, Over

__all__ = [
    "LEASE",
    "WORDS",
    "Clock",
    "SampleFold",
    "closed_run",
    "expect",
    "expect_error",
    "messages_of",
    "new_run",
    "read_all",
]

LEASE = 10.0
_CONFIG = chat.Config(message_id="message-6d7e1f00-58ab-4a7c-9c1c-2f6d3f6f0a80")
WORDS = ("a", "é 😀", "\ud83d", "\ude00", '"}\n', "b" * 3000, "c", "d")


class Clock:
    """A clock that is moved by hand.

    Attributes:
        now: the time in seconds.
    """

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """The time."""
        return self.now


class SampleFold:
    """A run's fold, to be appended in any steps.

    Attributes:
        chunks: what is folded.
        start: the state before it, and `first`: what is said before it.
        states: the state after so many chunks.
        messages: what is said by all of them.
        numbers: how many of these have been said after so many chunks.
        last: what is said at the end, and `result`: what it came to.
    """

    def __init__(self, words: tuple[str, ...] = WORDS) -> None:
        self.chunks = tuple([Chunk(choices=(Choice(delta=Delta(content=word)),)) for word in words])
        state, messages = chat.start(_CONFIG)
        self.start, self.first = state, messages
        self.states, self.messages = [state], list(messages)
        self.numbers = [len(messages)]
        for chunk in self.chunks:
            state, more = chat.step(state, chunk)
            self.messages += more
            self.states.append(state)
            self.numbers.append(len(self.messages))
        state, last = chat.finish(state, Cancelled())
        self.last, self.result = last, chat.result(state)

    async def begin(self, log: Log, run_id: str) -> Lease:
        """Begin it as a run."""
        return await log.begin(run_id, self.start, self.first, LEASE)

    async def append(self, log: Log, lease: Lease, begin: int, end: int, saved: bool = False) -> None:
        """Append what these chunks give."""
        at, to = self.numbers[begin], self.numbers[end]
        checkpoint = Checkpoint(to, end, self.states[end]) if saved else None
        await log.append(lease, Batch(at, tuple(self.messages[at:to]), begin, self.chunks[begin:end], checkpoint))

    async def close(self, log: Log, lease: Lease) -> None:
        """End it, after all of its chunks."""
        await log.close(lease, len(self.messages), self.last, "cancelled", self.result)


def expect(holds: bool, words: str) -> None:
    """Raise an `AssertionError` with these words unless it holds; `assert` may be switched off."""
    if not holds:
        raise AssertionError(words)


async def expect_error(kind: type[Exception], call: Awaitable[Any], words: str) -> None:
    """Raise an `AssertionError` unless what is awaited raises this."""
    try:
        await call
    except kind:
        return
    raise AssertionError(f"{words} must raise {kind.__name__}")


def new_run() -> str:
    """An id that no run has, of characters that some stores have to escape."""
    return f"run-{uuid.uuid4()} é/:%"


async def read_all(log: Log, run_id: str, after: str | None = None, limit: int = 3) -> tuple[list[Logged], Over | None]:
    """Everything that is there now, page by page."""
    logged: list[Logged] = []
    while True:
        page = await log.read(run_id, after, limit=limit)
        expect(page.gap is None, "nothing was trimmed: there is no gap")
        expect(len(page.logged) <= limit, "a page has no more messages than its limit")
        logged += page.logged
        if page.over is not None or not page.logged:
            return logged, page.over
        expect(logged[-1].cursor != after, "a read does not begin strictly after its cursor")
        after = logged[-1].cursor


def messages_of(logged: list[Logged]) -> list[SaidOrResult]:
    """The messages without their cursors."""
    return [one.message for one in logged]


async def closed_run(log: Log) -> tuple[str, SampleFold]:
    """A run that is over, with all of its messages."""
    run_id, fold = new_run(), SampleFold()
    lease = await fold.begin(log, run_id)
    await fold.append(log, lease, 0, len(fold.chunks))
    await fold.close(log, lease)
    return run_id, fold

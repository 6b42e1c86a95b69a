"""How things are timed: CPU time, warm, in rounds that take turns, so that what disturbs one disturbs the other."""

import asyncio
import gc
import inspect
import math
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter, thread_time
from typing import Any, Protocol

LEAST = 0.03  # seconds that one measurement takes at least, by repetition
FEWEST = 3
"""Rounds that are run whatever they cost."""
SLOW = 8.0
"""Seconds for one stream from which on once is enough."""

LIMIT = 20.0
"""Seconds of CPU time for one stream from which on it is not measured at all."""
_AGAIN = 0.1  # seconds after which one is interrupted again that went on all the same

_loop: asyncio.AbstractEventLoop | None = None


class TooLong(BaseException):
    """One stream took longer than `LIMIT`. No reader's `except Exception` may take it for its own."""


class Contestant(Protocol):
    """Something that reads a whole stream."""

    name: str
    count: int
    """Chunks in the stream."""

    def seconds(self, repeats: int) -> float:
        """The CPU time of so many whole streams."""
        ...


class Timed:
    """A function, of this process, that reads one whole stream; it may be a coroutine function."""

    def __init__(self, name: str, count: int, run: Callable[[], Any]) -> None:
        self.name = name
        self.count = count
        self.run = run

    def seconds(self, repeats: int) -> float:
        return spent(self.run, repeats)


class Prepared:
    """A coroutine function that reads what another one opens, which is not timed."""

    def __init__(
        self, name: str, count: int, prepare: Callable[[], Awaitable[Any]], read: Callable[[Any], Awaitable[Any]]
    ) -> None:
        self.name = name
        self.count = count
        self._prepare = prepare
        self._read = read

    async def run(self) -> Any:
        """Open it, and read it."""
        return await self._read(await self._prepare())

    def seconds(self, repeats: int) -> float:
        settle()
        return float(awaited(self._spent(repeats)))

    async def _spent(self, repeats: int) -> float:
        taken = 0.0
        for _ in range(repeats):
            opened = await self._prepare()
            begun = thread_time()
            await self._read(opened)
            taken += thread_time() - begun
        return taken


@dataclass(frozen=True)
class Spread:
    """Of some measurements: the median, and the quarters around it."""

    median: float
    low: float
    high: float
    rounds: int

    def scaled(self, factor: float) -> "Spread":
        """The same, in another unit."""
        return Spread(self.median * factor, self.low * factor, self.high * factor, self.rounds)


def spread(values: Sequence[float]) -> Spread:
    """The spread of at least one value."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0], 1)
    low, _, high = quantiles(values, n=4, method="inclusive")
    return Spread(median(values), low, high, len(values))


def ratios(measured: Sequence[float], against: Sequence[float]) -> list[float]:
    """How many times as much, round by round."""
    return [one / other for one, other in zip(measured, against, strict=True)]


def settle() -> None:
    """Collect the garbage of those before, and let what is alive be no concern of the collector, which stays on."""
    gc.collect()
    gc.freeze()


def awaited(coroutine: Any) -> Any:
    """What a coroutine returns, on an event loop that is kept."""
    global _loop
    if _loop is None:
        _loop = asyncio.new_event_loop()
    return _loop.run_until_complete(coroutine)


def result_of(run: Callable[[], Any]) -> Any:
    """What a function returns, be it a coroutine function or not."""
    return awaited(run()) if inspect.iscoroutinefunction(run) else run()


def spent(run: Callable[[], Any], repeats: int = 1) -> float:
    """The CPU time of this thread in so many calls."""
    settle()
    if inspect.iscoroutinefunction(run):
        return float(awaited(_spent_inside(run, repeats)))
    begun = thread_time()
    for _ in range(repeats):
        run()
    return thread_time() - begun


async def _spent_inside(run: Callable[[], Any], repeats: int) -> float:
    begun = thread_time()
    for _ in range(repeats):
        await run()
    return thread_time() - begun


@contextmanager
def _limited() -> Iterator[None]:
    """Bound what is done inside, where the system can.

    It is interrupted again and again: what is raised inside a callback of the garbage collector, or a finalizer, is
    lost, and a limit that strikes once would never be heard of.
    """
    if not hasattr(signal, "SIGVTALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def over(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def interleave(contestants: Sequence[Contestant], rounds: int, budget: float) -> dict[str, list[float]]:
    """Seconds per chunk, by name and round: A B C A B C …

    Args:
        contestants: each is warmed up first, and runs so often in a round that it can be timed.
        rounds: how many, unless the budget is used up before.
        budget: seconds after which no further round begins.

    Raises:
        TooLong: if one of them takes too long for one stream.
    """
    began = perf_counter()
    repeats: dict[str, int] = {}
    once: dict[str, float] = {}
    for one in contestants:
        with _limited():
            first = one.seconds(1)
        if first > SLOW:
            once[one.name], rounds = first, 1
        elif first < LEAST:
            first = min(first, one.seconds(1))
        repeats[one.name] = max(1, math.ceil(LEAST / max(first, 1e-6)))
    measured: dict[str, list[float]] = {one.name: [] for one in contestants}
    for at in range(rounds):
        for one in contestants:
            times = repeats[one.name]
            taken = once[one.name] if one.name in once else one.seconds(times) / times
            measured[one.name].append(taken / one.count)
        if at + 1 >= FEWEST and perf_counter() - began > budget:
            break
    return measured

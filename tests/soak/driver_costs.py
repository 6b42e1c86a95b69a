"""What the driver costs beside what it drives: microseconds of a run, and of an item, as medians."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from statistics import median
from typing import Any

from streamfold import chat, drive, fold
from streamfold.adapters.wire import decoder
from support.adapters.upstreams import config_of

_RUNS, _ITEMS, _ROUNDS = 200, 500, 30
_CHUNK = decoder("chat")({"choices": [{"index": 0, "delta": {"content": "word "}}]})


class Items:
    """A stream that gives so many chunks at once."""

    def __init__(self, count: int) -> None:
        self.left = count

    def __aiter__(self) -> "Items":
        return self

    async def __anext__(self) -> Any:
        if not self.left:
            raise StopAsyncIteration
        self.left -= 1
        return _CHUNK

    async def aclose(self) -> None:
        """Nothing is open."""


async def _read(stream: AsyncIterator[Any]) -> None:
    async for _ in stream:
        pass


async def _driven(count: int) -> None:
    async with drive(chat, config_of(chat), Items(count)) as run:
        await _read(run)


async def _timed(count: int, call: Callable[[], Awaitable[None]]) -> float:
    """Microseconds of CPU time of a call, the median of rounds of so many calls."""
    rounds = []
    for _ in range(_ROUNDS):
        began = time.thread_time()
        for _ in range(count):
            await call()
        rounds.append((time.thread_time() - began) / count * 1e6)
    return median(rounds)


async def print_costs(backend: str) -> None:
    """Measure, and print a line."""

    async def folded() -> None:
        fold(chat, config_of(chat), [_CHUNK] * _ITEMS)

    run = await _timed(_RUNS, lambda: _driven(0))
    driven = await _timed(1, lambda: _driven(_ITEMS))
    alone = await _timed(1, lambda: _read(Items(_ITEMS)))
    of_the_fold = await _timed(1, folded)
    item = (driven - run - alone - of_the_fold) / _ITEMS
    print(
        f"{backend}: {run:.0f} us for a run without items; for an item {item:.1f} us beside"
        f" {of_the_fold / _ITEMS:.1f} us of its fold"
    )

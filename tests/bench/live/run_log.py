"""What the log of runs costs, in each store: a message by the size of its batch, and runs beside driven streams.

CPU is that of the whole process: SQLite works in threads of it, Redis in a process of its own, which is not counted.
Latency is from when a piece is given to when its message is out: of the driver, or of a listener that the log woke.
"""

import asyncio
import gc
from functools import partial
from time import perf_counter, process_time
from typing import Any

import measure
from costs import config_of, machine_of, said
from streamfold.adapters.driver import drive
from streamfold.adapters.server.log import Batch, Log, Logged
from streamfold.adapters.server.runs import Runs
from workloads import Stream

from live import DRIVE, HEARD, LOGGED, stores
from live.crowd import Pace, Times, centiles, pieces_of_messages, upstream_of

SIZES = (1, 10, 100)
"""Messages in a batch."""


def batches(stream: Stream, store: str, rounds: int) -> list[dict[str, Any]]:
    """Seconds a message, with its chunk, when so many are appended at once; a round for each size in turn."""
    found: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(rounds):
        for size, taken in found.items():
            with stores.opened(store) as opens:
                measure.settle()
                taken.append(measure.awaited(_appended(stream, opens, size)))
    gc.unfreeze()
    return [
        {"who": f"batches of {size}", "store": store, "batch": size, "rounds": taken} for size, taken in found.items()
    ]


async def _appended(stream: Stream, opens: stores.Opens, size: int) -> float:
    _, messages = said(stream)
    chunks = tuple(stream.chunks)
    async with opens() as log:
        lease = await log.begin("run", machine_of(stream).start(config_of(stream))[0], (), 1000.0)
        begin = perf_counter()
        for at in range(0, len(messages), size):
            await log.append(lease, Batch(at, messages[at : at + size], at, chunks[at : at + size]))
        return (perf_counter() - begin) / len(messages)


def driven(stream: Stream, many: int, rate: float) -> dict[str, Any]:
    """So many of this stream at once, each at so many chunks a second, without a log."""
    return {"who": DRIVE, **_measured(stream, many, rate, _driven)}


def runs(stream: Stream, store: str, many: int, rate: float) -> list[dict[str, Any]]:
    """The same as runs in a log: told to it, and heard from it as well."""
    found = []
    for who, hears in ((LOGGED, False), (HEARD, True)):
        with stores.opened(store) as opens:
            figures = _measured(stream, many, rate, partial(_through_the_log, opens, hears))
        found.append({"who": who, "store": store, **figures})
    return found


def _measured(stream: Stream, many: int, rate: float, way: Any) -> dict[str, Any]:
    after = pieces_of_messages(stream)
    measure.settle()
    times, cpu, seconds = measure.awaited(_timed(way, stream, many, rate))
    gc.unfreeze()
    figures = {"rate": rate, "cpu": cpu, "seconds": seconds, "messages": many * len(after)}
    added = [out - one.given[at] for one in times for out, at in zip(one.out, after, strict=False)]
    return {**figures, "added": centiles(added)} if added else figures


async def _timed(way: Any, stream: Stream, many: int, rate: float) -> tuple[list[Times], float, float]:
    times = [Times() for _ in range(many)]
    begin, used = perf_counter(), process_time()
    await way(stream, times, rate)
    return times, process_time() - used, perf_counter() - begin


def _given(stream: Stream, times: list[Times], at: int, rate: float) -> Any:
    return upstream_of(stream.pieces, Pace(perf_counter() + at / len(times) / rate, rate), times[at])


async def _driven(stream: Stream, times: list[Times], rate: float) -> None:
    async def read(at: int) -> None:
        async with drive(machine_of(stream), config_of(stream), _given(stream, times, at, rate)) as run:
            async for _ in run:
                times[at].out.append(perf_counter())

    await asyncio.gather(*(read(at) for at in range(len(times))))


async def _through_the_log(opens: stores.Opens, hears: bool, stream: Stream, times: list[Times], rate: float) -> None:
    async def read(runs: Runs, log: Log, at: int) -> None:
        async def opened() -> Any:
            return _given(stream, times, at, rate)

        await runs.start(f"run-{at}", machine_of(stream), config_of(stream), opened)
        if hears:
            async for heard in runs.listen(f"run-{at}"):
                if isinstance(heard, Logged):
                    times[at].out.append(perf_counter())
        while await log.status(f"run-{at}") == "open":
            await asyncio.sleep(0.1)

    async with opens() as log, Runs(log) as runs:
        await asyncio.gather(*(read(runs, log, at) for at in range(len(times))))

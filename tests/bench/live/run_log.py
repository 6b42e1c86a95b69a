"""What the log of runs costs, in SQLite: a message by the size of its batch, and runs beside streams that are driven.

CPU is that of the whole process: the database works in threads. Latency is from when a piece is given to when its
message is out: of the driver, or of a listener that the log has woken.
"""

import asyncio
import gc
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import measure
from costs import config_of, machine_of, said
from streamfold.adapters.driver import drive
from streamfold.adapters.server.log import Batch, Logged, SqliteLog
from streamfold.adapters.server.runs import Runs
from workloads import Stream

from live import DRIVE, HEARD, LOGGED
from live.crowd import Pace, Times, centiles, pieces_of_messages, upstream_of

SIZES = (1, 10, 100)
"""Messages in a batch."""


def batches(stream: Stream, rounds: int) -> list[dict[str, Any]]:
    """Seconds a message, with its chunk, when so many are appended at once; a round for each size in turn."""
    found: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(rounds):
        for size, taken in found.items():
            measure.settle()
            taken.append(measure.awaited(_appended(stream, size)))
    gc.unfreeze()
    return [{"who": f"batches of {size}", "batch": size, "rounds": taken} for size, taken in found.items()]


async def _appended(stream: Stream, size: int) -> float:
    _, messages = said(stream)
    chunks = tuple(stream.chunks)
    with tempfile.TemporaryDirectory() as folder:
        async with SqliteLog(Path(folder) / "runs.db") as log:
            lease = await log.begin("run", machine_of(stream).start(config_of(stream))[0], (), 1000.0)
            begin = perf_counter()
            for at in range(0, len(messages), size):
                await log.append(lease, Batch(at, messages[at : at + size], at, chunks[at : at + size]))
            return (perf_counter() - begin) / len(messages)


def runs(stream: Stream, many: int, rate: float) -> list[dict[str, Any]]:
    """So many of this stream at once, each at so many chunks a second: driven, logged, and logged and heard."""
    after = pieces_of_messages(stream)
    ways: dict[str, Callable[[Stream, list[Times], float], Awaitable[None]]] = {
        DRIVE: _driven,
        LOGGED: _logged,
        HEARD: _heard,
    }
    found = []
    for who, way in ways.items():
        measure.settle()
        times, cpu, seconds = measure.awaited(_timed(way, stream, many, rate))
        figures = {"who": who, "rate": rate, "cpu": cpu, "seconds": seconds, "messages": many * len(after)}
        added = [out - one.given[at] for one in times for out, at in zip(one.out, after, strict=False)]
        found.append({**figures, "added": centiles(added)} if added else figures)
    gc.unfreeze()
    return found


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


async def _logged(stream: Stream, times: list[Times], rate: float) -> None:
    await _through_the_log(stream, times, rate, hears=False)


async def _heard(stream: Stream, times: list[Times], rate: float) -> None:
    await _through_the_log(stream, times, rate, hears=True)


async def _through_the_log(stream: Stream, times: list[Times], rate: float, hears: bool) -> None:
    async def read(runs: Runs, log: SqliteLog, at: int) -> None:
        async def opened() -> Any:
            return _given(stream, times, at, rate)

        await runs.start(f"run-{at}", machine_of(stream), config_of(stream), opened)
        if hears:
            async for heard in runs.listen(f"run-{at}"):
                if isinstance(heard, Logged):
                    times[at].out.append(perf_counter())
        while await log.status(f"run-{at}") == "open":
            await asyncio.sleep(0.1)

    with tempfile.TemporaryDirectory() as folder:
        async with SqliteLog(Path(folder) / "runs.db") as log, Runs(log) as runs:
            await asyncio.gather(*(read(runs, log, at) for at in range(len(times))))

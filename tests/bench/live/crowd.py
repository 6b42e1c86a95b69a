"""Thousands of streams at once in one process, by asyncio: throughput, memory, and the latency that the driver adds.

The upstreams are in this process: a piece is given when it is due, or right away where there is no rate. Latency is
from then to when its message is out. The upstreams alone, looped over without a driver, say what asyncio takes.
"""

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from time import perf_counter, thread_time
from typing import Any

import measure
from costs import config_of, machine_of
from streamfold.adapters.driver import drive
from workloads import Stream

from live import ALONE, DRIVE

_START = 0.0005  # seconds a stream, in which all are opened before the first piece is due


@dataclass(frozen=True)
class Pace:
    """When the pieces of one stream are due: `rate` a second from `begin` on; 0: right away."""

    begin: float
    rate: float


@dataclass
class Times:
    """Of one stream: when each piece was due, when it was given, and when each message or piece came out."""

    due: list[float] = field(default_factory=list)
    given: list[float] = field(default_factory=list)
    out: list[float] = field(default_factory=list)


def crowd(stream: Stream, many: int, rate: float) -> list[dict[str, Any]]:
    """So many of this stream at once, each at so many chunks a second; driven, and the upstreams alone."""
    after = pieces_of_messages(stream)
    read: dict[str, tuple[Callable[[Any, Times], Any], Sequence[int]]] = {
        DRIVE: (_reader(stream), after),
        ALONE: (_loop, range(len(stream.pieces))),
    }
    found = []
    for who, (reader, pieces) in read.items():
        measure.settle()
        times, wall, cpu = measure.awaited(_run(stream.pieces, many, rate, reader))
        added = [out - one.given[at] for one in times for out, at in zip(one.out, pieces, strict=True)]
        late = [out - one.due[at] for one in times for out, at in zip(one.out, pieces, strict=True)] if rate else added
        figures = {"chunks": many * stream.count, "seconds": wall, "cpu": cpu}
        found.append({"who": who, "rate": rate, **figures, "added": centiles(added), "late": centiles(late)})
    gc.unfreeze()
    return found


def memory(stream: Stream, many: int) -> int:
    """Bytes of one of so many open streams that have said all of this stream, and wait for more."""
    return int(measure.awaited(_held(stream, many)))


def pieces_of_messages(stream: Stream) -> list[int]:
    """Of each message, the piece that it comes of."""
    machine = machine_of(stream)
    state, messages = machine.start(config_of(stream))
    found = [0] * len(messages)
    for at, chunk in enumerate(stream.chunks):
        state, messages = machine.step(state, chunk)
        found += [at] * len(messages)
    return found


def _reader(stream: Stream) -> Callable[[Any, Times], Any]:
    machine, config = machine_of(stream), config_of(stream)

    async def read(upstream: Any, times: Times) -> None:
        out = times.out
        async with drive(machine, config, upstream) as run:
            async for _ in run:
                out.append(perf_counter())

    return read


async def _loop(upstream: Any, times: Times) -> None:
    out = times.out
    async for _ in upstream:
        out.append(perf_counter())


async def _run(
    pieces: list[bytes], many: int, rate: float, read: Callable[[Any, Times], Any]
) -> tuple[list[Times], float, float]:
    """The times of all streams, and the seconds and the CPU seconds from the first piece on."""
    times = [Times() for _ in range(many)]
    begin = perf_counter() + 0.02 + _START * many
    paces = [Pace(begin + (at / many / rate if rate else 0), rate) for at in range(many)]
    tasks = [
        asyncio.create_task(read(upstream_of(pieces, pace, one), one)) for pace, one in zip(paces, times, strict=True)
    ]
    await asyncio.sleep(begin - perf_counter())
    used = thread_time()
    await asyncio.gather(*tasks)
    return times, perf_counter() - begin, thread_time() - used


async def upstream_of(pieces: list[bytes], pace: Pace, times: Times) -> AsyncIterator[bytes]:
    """The pieces, each when it is due; its times are noted."""
    due = pace.begin
    for piece in pieces:
        await asyncio.sleep(max(0.0, due - perf_counter()))
        times.due.append(due)
        times.given.append(perf_counter())
        yield piece
        if pace.rate:
            due += 1 / pace.rate


async def _held(stream: Stream, many: int) -> float:
    machine, config = machine_of(stream), config_of(stream)
    pieces = stream.pieces[: stream.count - 2]  # without its end
    over = asyncio.Event()

    async def upstream() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece
            await asyncio.sleep(0)
        await over.wait()

    async def read() -> None:
        async with drive(machine, config, upstream()) as run:
            async for _ in run:
                pass

    async def opened(count: int) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(read()) for _ in range(count)]
        for _ in range(20 + 10 * len(pieces)):  # until all of them wait
            await asyncio.sleep(0)
        gc.collect()
        return tasks

    tasks = await opened(1)  # once before, for what is built but once
    tracemalloc.start()
    tasks += await opened(many)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    over.set()
    await asyncio.gather(*tasks)
    return taken / many


def centiles(seconds: Sequence[float]) -> dict[str, float]:
    """What half of them, 99% and 99.9% are no longer than."""
    cuts = quantiles(seconds, n=1000, method="inclusive")
    return {"p50": cuts[499], "p99": cuts[989], "p999": cuts[998]}

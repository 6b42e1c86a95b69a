"""What is measured beside the cost of a chunk: very long streams, memory, snapshots, the import."""

import asyncio
import gc
import os
import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator, Callable, Sequence
from statistics import median
from tempfile import TemporaryDirectory
from time import thread_time
from typing import Any

import measure
from costs import MACHINES, config_of, contestant, machine_of
from streamfold.adapters import snapshot, wire
from streamfold.adapters.driver import run as driver
from workloads import IDS, Stream, Workload, ready

_PASS_CHECKS = 10  # how often, on the way through a long stream, a fresh one is folded to compare


def long_stream(workload: Workload, count: int, block: int, lengths: Sequence[int] = ()) -> dict[str, Any]:
    """One pass through a long stream: seconds per chunk of each block, and of fresh streams, on the way.

    These are of a block's length, and of such of the other lengths as are shorter. The chunks are made block by block,
    outside what is timed.
    """
    fresh = contestant("step", Stream(workload, block))
    shorter = {length: contestant("step", Stream(workload, length)) for length in lengths if length < block}
    machine, chunks = MACHINES[workload.wire], ready(workload.wire, workload.make(count), count)
    for one in (fresh, *shorter.values()):
        one.seconds(2)
    state, _ = machine.start(machine.Config(**IDS))
    blocks: list[float] = []
    beginnings: list[float] = []
    short: dict[str, list[float]] = {f"{length}": [] for length in shorter}
    for at in range(count // block):
        batch = [chunk for chunk, _ in zip(chunks, range(block), strict=False)]
        measure.settle()
        step, begun = machine.step, thread_time()
        for chunk in batch:
            state, _ = step(state, chunk)
        blocks.append((thread_time() - begun) / block)
        if at % max(1, count // block // _PASS_CHECKS) == 0:
            beginnings.append(fresh.seconds(1) / block)
            for length, one in shorter.items():
                times = block // length
                short[f"{length}"].append(one.seconds(times) / times / length)
    gc.unfreeze()
    return {
        "blocks": blocks,
        "fresh": beginnings,
        "short": short,
        "ratio": sum(blocks) / len(blocks) / median(beginnings),
    }


def idle(many: int = 100) -> dict[str, int]:
    """Bytes of an open stream of which nothing has come: of its state, and of all that drives it, the state included.

    What drives it is a decoder, a run and a task that waits; no connection, for the upstream is a mere event.
    """
    machine = MACHINES["chat"]
    machine.start(machine.Config(**IDS))
    gc.collect()
    tracemalloc.start()
    states = [machine.start(machine.Config(**IDS)) for _ in range(many)]
    state, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del states
    return {"state": state // many, "driven": measure.awaited(_driven(many))}


async def _driven(many: int) -> int:
    async def interruptible_waits() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    async def run() -> None:
        machine = MACHINES["chat"]
        async with driver.drive(machine, machine.Config(**IDS), wire.chunks("chat", interruptible_waits())) as driven:
            async for _ in driven:
                pass

    async def open_streams(count: int) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(run()) for _ in range(count)]
        for _ in range(5):  # until all of them wait
            await asyncio.sleep(0)
        gc.collect()
        return tasks

    tasks = await open_streams(1)  # once before, for what is built but once
    tracemalloc.start()
    tasks += await open_streams(many)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return taken // many


def memory(workload: Workload, count: int) -> dict[str, int]:
    """Bytes: what the state keeps of a stream when all of it has come, and the most that was in use on the way."""
    stream = Stream(workload, count)
    machine, config, pieces = machine_of(stream), config_of(stream), stream.pieces
    for chunk in wire.read(workload.wire, pieces[:100]):
        machine.step(machine.start(config)[0], chunk)
    gc.collect()
    tracemalloc.start()
    state, _ = machine.start(config)
    for chunk in wire.read(workload.wire, pieces):
        state, _ = machine.step(state, chunk)
    del chunk, _
    gc.collect()
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del state
    return {"kept": kept, "peak": peak}


def memory_of(start: Callable[[], Any], feed: Callable[[Any, Any], object], stream: Stream) -> int:
    """What somebody else's reader keeps of a stream whose objects are let go as they come."""
    reader = start()
    for item in stream.fresh_objects():  # once before, for what it builds but once
        feed(reader, item)
    reader, objects = start(), stream.fresh_objects()
    gc.collect()
    tracemalloc.start()
    for item in objects:
        feed(reader, item)
    del item, objects
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept


def snapshots(workload: Workload, count: int, rounds: int) -> dict[str, Any]:
    """Of a stream that is still open: the snapshot's bytes, and seconds to dump and to load it."""
    stream = Stream(workload, count)
    machine = machine_of(stream)
    state, _ = machine.start(config_of(stream))
    for chunk in stream.chunks[:-3]:
        state, _ = machine.step(state, chunk)
    stored = snapshot.dumps(state)
    assert snapshot.loads(stored) == state
    dumps = [measure.spent(lambda: snapshot.dumps(state)) for _ in range(rounds)]
    loads = [measure.spent(lambda: snapshot.loads(stored)) for _ in range(rounds)]
    gc.unfreeze()
    return {"bytes": len(stored), "dump": dumps, "load": loads}


def imports(rounds: int) -> dict[str, list[float]]:
    """Seconds of CPU time that an import takes in a Python of its own, in turns."""
    codes = {
        name: f"from time import process_time as t; a = t(); import {name}; print(t() - a)"
        for name in ("streamfold.reducer", "streamfold.reducer.chat", "attrs")
    }
    return _told(codes, rounds)


def first_snapshot(rounds: int) -> list[float]:
    """Seconds that the first snapshot of a process takes beyond the second, both dumped and loaded: cattrs compiles."""
    code = (
        "from time import process_time as t; from streamfold.adapters import snapshot;"
        "from streamfold.reducer import chat; state, _ = chat.start(chat.Config(message_id='message-' + '0' * 32));"
        "work = lambda: snapshot.loads(snapshot.dumps(state));"
        "a = t(); work(); b = t(); work(); print(b - a - (t() - b))"
    )
    return _told({"first": code}, rounds)["first"]


def _told(codes: dict[str, str], rounds: int) -> dict[str, list[float]]:
    """The numbers that programs print, each in a Python of its own; run once before, for the byte code."""
    found: dict[str, list[float]] = {name: [] for name in codes}
    with TemporaryDirectory() as folder:
        own = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        own.pop("PYTHONDONTWRITEBYTECODE", None)
        for at in range(rounds + 1):
            for name, code in codes.items():
                command = [sys.executable, "-c", code]
                told = subprocess.run(command, env=own, capture_output=True, text=True, check=True).stdout
                if at:
                    found[name].append(float(told))
    return found

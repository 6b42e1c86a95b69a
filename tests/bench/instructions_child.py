"""What `instructions.py` counts: prepares all of a stream, folds the first chunks of it, and imports little."""

import gc
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import islice
from typing import Any

from workloads import IDS, WORKLOADS, Stream

MANY = 700
"""The length of the stream."""


def main(name: str, cost: str, count: str) -> None:
    """Fold so many chunks of a workload, the way that `cost` names."""
    from streamfold.reducer import chat, inner_thoughts, responses

    machines: dict[str, Any] = {"chat": chat, "inner-thoughts": inner_thoughts, "responses": responses}
    stream = Stream(next(one for one in WORKLOADS if one.name == name), MANY)
    machine = machines[stream.workload.wire]
    config = machine.Config(**IDS)
    _fold(machine, config, stream.chunks, MANY)  # the patterns that are compiled when they are first used
    COSTS[cost](machine, config, stream, int(count))


def _fold(machine: Any, config: Any, chunks: Iterable[Any], count: int) -> None:
    gc.freeze()
    state, _ = machine.start(config)
    for chunk in islice(chunks, count):
        state, _ = machine.step(state, chunk)


def _step(machine: Any, config: Any, stream: Stream, count: int) -> None:
    _fold(machine, config, stream.chunks, count)


def _bytes(machine: Any, config: Any, stream: Stream, count: int) -> None:
    from folding import folded

    pieces = stream.pieces[:count]
    gc.freeze()
    folded(machine, config, stream.workload.wire, pieces)


def _objects(machine: Any, config: Any, stream: Stream, count: int) -> None:
    from streamfold.adapters.openai_sdk.chunks import chunk

    _fold(machine, config, map(chunk, stream.objects), count)


def _drive(machine: Any, config: Any, stream: Stream, count: int) -> None:
    import asyncio

    from streamfold.adapters.driver.run import drive

    async def source() -> AsyncIterator[Any]:
        for chunk in stream.chunks[:count]:
            yield chunk

    async def run() -> None:
        async with drive(machine, config, source()) as driven:
            async for _ in driven:
                pass

    asyncio.run(run())


def _drive_sync(machine: Any, config: Any, stream: Stream, count: int) -> None:
    from streamfold.adapters.driver.sync_run import drive_sync

    with drive_sync(machine, config, stream.chunks[:count]) as driven:
        for _ in driven:
            pass


COSTS: dict[str, Callable[[Any, Any, Stream, int], None]] = {
    "step": _step,
    "bytes": _bytes,
    "objects": _objects,
    "drive": _drive,
    "drive-sync": _drive_sync,
}
DEFAULT = ("step", "bytes", "drive", "drive-sync")
"""Without those that import an SDK, which takes minutes here."""

if __name__ == "__main__":
    main(*sys.argv[1:])

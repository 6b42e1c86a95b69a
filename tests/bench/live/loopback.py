"""The openai client over loop-back: what a chunk costs a process that drives its stream, loops over it, or has a peer.

The provider is a process of its own, so that its work is not measured, and sends as fast as it can. Each frame is a
chunk of the HTTP body, as servers flush them, and so a piece of its own to whoever reads.
"""

import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from costs import config_of, machine_of
from measure import Timed, awaited, interleave, result_of
from peers import Peer
from streamfold.adapters.driver import drive
from workloads import Stream

from live import BYTES, DRIVE, LOOP, OBJECTS

_BENCH = Path(__file__).parents[1]


class Provider(AbstractContextManager["Provider"]):
    """The process, while it is up.

    Attributes:
        url: the base URL for a client.
    """

    def __init__(self, stream: Stream) -> None:
        command = [sys.executable, "-m", "live.server", stream.workload.name, str(stream.count)]
        self._process = subprocess.Popen(command, cwd=_BENCH, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}/v1"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()  # its input ends, and so does it


def contestants(stream: Stream, client: Any, others: Iterable[Peer]) -> list[Timed]:
    """Who reads a stream that the client is given; each tells how many items it gives."""
    from sdk_stream import ask, raw

    wire = stream.workload.wire
    own: dict[str, Callable[[Any], Awaitable[int]]] = {
        DRIVE: partial(_drive, stream, by="bytes"),
        OBJECTS: partial(_drive, stream, by="objects"),
        LOOP: _loop,
    }
    found = [Timed(name, stream.count, partial(_read, read, partial(ask, client, wire))) for name, read in own.items()]
    found.append(Timed(BYTES, stream.count, partial(_loop_over_bytes, partial(raw, client, wire))))
    for peer in others:
        if peer.live is not None and wire in peer.wires:
            found.append(Timed(peer.name, stream.count, peer.live(client, wire)))
    return found


def measured(stream: Stream, others: Iterable[Peer], rounds: int, budget: float) -> list[dict[str, Any]]:
    """Of each of them: CPU seconds a chunk of this process, by round, and the items that it gives of a chunk.

    Raises:
        ImportError: if there is no client.
    """
    from openai import AsyncOpenAI

    with Provider(stream) as provider:
        client = AsyncOpenAI(base_url=provider.url, api_key="none is needed", max_retries=0, timeout=60)
        try:
            found = contestants(stream, client, others)
            gives = {one.name: result_of(one.run) / stream.count for one in found}
            times = interleave(found, rounds, budget)
        finally:
            awaited(client.close())
    return [{"who": name, "rounds": times[name], "gives": gives[name]} for name in times]


async def _read(read: Callable[[Any], Awaitable[int]], ask: Callable[[], Awaitable[Any]]) -> int:
    return await read(await ask())


async def _drive(stream: Stream, upstream: Any, **options: Any) -> int:
    count = 0
    async with drive(machine_of(stream), config_of(stream), upstream, **options) as run:
        async for _ in run:
            count += 1
    if run.result.outcome != "completed":
        raise RuntimeError(f"the stream ended as {run.result.outcome}")
    return count


async def _loop(upstream: Any) -> int:
    count = 0
    async for _ in upstream:
        count += 1
    return count


async def _loop_over_bytes(raw: Callable[[], Any]) -> int:
    count = 0
    async with raw() as response:
        async for _ in response.iter_bytes():
            count += 1
    return count

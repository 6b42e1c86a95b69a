"""A cassette replayed: as the run was, at any speed."""

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold.adapters import wire
from streamfold.adapters.cassette.format import (
    Recorder,
    async_replay,
    open_cassette,
    replay,
)
from streamfold.adapters.driver.run import drive
from streamfold.reducer import Done, Ended, chat
from support.adapters.cassettes import CALLS, CONFIG, HEADER, read


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_run_is_recorded_and_replayed(backend: str, tmp_path: Path) -> None:
    path = tmp_path / "x.cassette"

    async def upstream() -> AsyncIterator[Any]:
        for frame in wire.frames([CALLS.read_bytes()]):
            yield frame.data if frame.number % 2 else json.loads(frame.data)

    async def run(stream: Any, config: Any, *observers: Any) -> Any:
        async with drive(chat, config, stream, observers=observers) as run:
            messages = [message async for message in run]
        return messages, run.state

    async def main() -> None:
        with Recorder(path, "chat", CONFIG) as recording:
            live = await run(upstream(), CONFIG, recording)
        made = open_cassette(path)
        assert (made.end, len(made.frames())) == (Ended(), 67)
        assert await run(async_replay(made), chat.Config(**made.config)) == live

    anyio.run(main, backend=backend)


TIMED = HEADER + b'{"at":1,"data":"[DONE]"}\n{"at":1.5,"data":"[DONE]"}\n{"at":1.25,"data":"[DONE]"}\n'


@pytest.mark.parametrize(
    ("speed", "pauses"), [(None, []), (1.0, [1.0, 0.5, 1.75]), (2, [0.5, 0.25, 0.875]), (0.5, [2.0, 1.0, 3.5])]
)
def test_a_replay_at_any_speed(speed: float | None, pauses: list[float]) -> None:
    made = read(TIMED + b'{"end":"ended","at":3}\n')
    slept: list[float] = []
    assert list(replay(made, speed, slept.append)) == [Done()] * 3
    assert slept == pauses
    later: list[float] = []

    async def sleep(pause: float) -> None:
        later.append(pause)

    async def main() -> list[Any]:
        return [chunk async for chunk in async_replay(made, speed, sleep)]

    assert anyio.run(main) == [Done()] * 3
    assert [pause for pause in later if pause] == pauses
    assert len(later) == 4


def test_a_replay_in_real_time_takes_it() -> None:
    made = read(HEADER + b'{"at":0.05,"data":"[DONE]"}\n')

    async def main() -> list[Any]:
        return [chunk async for chunk in async_replay(made, 1.0)]

    for run in (lambda: list(replay(made, 1.0)), lambda: anyio.run(main)):
        begin = time.monotonic()
        assert run() == [Done()]
        assert time.monotonic() - begin >= 0.04
    assert list(replay(read(HEADER), 1.0)) == []


@pytest.mark.parametrize("speed", [0, -1.0, float("inf"), float("nan")])
def test_a_speed_that_is_none(speed: float) -> None:
    for function in (replay, async_replay):
        with pytest.raises(ValueError, match="speed must be above zero"):
            function(read(TIMED), speed)
    with pytest.raises(ValueError, match="wire must be"):
        read(TIMED).chunks("telex")

"""Hundreds of runs in one process, with readers who are slow, who vanish, and who come back."""

import gc
import resource
from pathlib import Path
from random import Random

import anyio
import pytest
from streamfold import chat
from streamfold.adapters.server.log import SqliteLog
from streamfold.adapters.server.runs import Runs
from support.server.logged_runs import CHAT, Listener, chat_chunks, given, messages_of, opener

WORDS = 40


async def read(runs: Runs, run_id: str, kind: str, listener: Listener, random: Random) -> None:
    """One reader of a run."""
    if kind == "quick":
        await listener.listen(runs, run_id)
    elif kind == "slow":
        await listener.listen(runs, run_id, pause=random.uniform(0.001, 0.05))
    elif kind == "vanishing":
        await listener.listen(runs, run_id, most=random.randrange(1, WORDS))
    while kind == "returning" and listener.over is None:
        await listener.listen(runs, run_id, most=random.randrange(1, 8))
        await anyio.sleep(random.uniform(0.0, 0.1))


async def wave(runs: Runs, name: str, many: int, random: Random) -> None:
    """So many runs at once, each with readers, all of whom hear what they should."""
    chunks = chat_chunks(WORDS)
    expected = messages_of(chat, CHAT, chunks)
    readers: list[tuple[str, Listener]] = []
    async with anyio.create_task_group() as group:
        for at in range(many):
            run_id, kind = f"{name}-{at}", ("quick", "slow", "vanishing", "returning")[at % 4]
            await runs.start(run_id, chat, CHAT, opener(given(chunks, random.uniform(0.0, 0.05))))
            readers.append((kind, Listener()))
            group.start_soon(read, runs, run_id, kind, readers[-1][1], random)
    for at, (kind, listener) in enumerate(readers):
        if kind == "vanishing":
            assert listener.messages == expected[: len(listener.messages)]
            assert listener.over is None
            await listener.listen(runs, f"{name}-{at}")
        assert listener.messages == expected
        assert listener.gaps == 0
        assert listener.over is not None
        assert listener.over.status == "completed"


@pytest.mark.deep
def test_many_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    async def work() -> None:
        async with SqliteLog(tmp_path / "runs.db") as log, Runs(log) as runs:
            await wave(runs, "wave", 40, Random(1))

    anyio.run(work)


@pytest.mark.deep
def test_hundreds_of_runs_take_no_memory_that_stays(tmp_path: Path) -> None:
    objects, most = [], []

    async def work() -> None:
        async with SqliteLog(tmp_path / "runs.db") as log, Runs(log) as runs:
            for at in range(3):
                await wave(runs, f"wave-{at}", 500, Random(at))
                gc.collect()
                objects.append(len(gc.get_objects()))
                most.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    anyio.run(work)
    assert objects[-1] < objects[0] + 500, objects  # not one for each run
    assert most[-1] < 1.1 * most[0], most

"""Runs inside generators that end at random moments in every way, beside a task that must not notice."""

import asyncio
import gc
import logging
import os
import random

import anyio
import pytest
from support.adapters.random_ends import RandomEnd

pytestmark = [
    pytest.mark.anyio,
    # trio says of each generator that is dropped that it should not be.
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
]
MANY = int(os.environ.get("STREAMFOLD_RANDOM_ENDS", "400"))
"""How many are run by the test that takes long."""


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def living(backend: str) -> int:
    """How many tasks there are."""
    if backend == "asyncio":
        return len(asyncio.all_tasks())
    import trio

    return trio.lowlevel.current_statistics().tasks_living


async def settled(backend: str, tasks: int) -> bool:
    """Whether there are no more tasks than before, within moments."""
    with anyio.move_on_after(5):
        while living(backend) > tasks:
            await anyio.sleep(0.0002)
    return living(backend) <= tasks


@pytest.mark.parametrize("count", [60, pytest.param(MANY, marks=pytest.mark.deep)])
async def test_random_ends_keep_every_promise(
    count: int, anyio_backend_name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    turns = []

    async def bystander() -> None:
        while True:
            turns.append(len(turns))
            await anyio.sleep(0.001)

    async with anyio.create_task_group() as group:
        group.start_soon(bystander)
        await anyio.lowlevel.checkpoint()
        tasks = living(anyio_backend_name)
        for number in range(count):
            one = RandomEnd(random.Random(f"{number} {count}"), native=anyio_backend_name == "asyncio")
            before = len(turns)
            try:
                with anyio.fail_after(20):
                    await one.lived()
                assert await settled(anyio_backend_name, tasks)
                one.check()
                assert caplog.records == []
            except Exception as error:
                error.add_note(f"number {number}: {one}")
                raise
            if number % 100 == 0:
                gc.collect()
                await anyio.sleep(0.005)
                assert len(turns) > before
        gc.collect()
        await anyio.sleep(0.01)
        group.cancel_scope.cancel()
    assert caplog.records == []

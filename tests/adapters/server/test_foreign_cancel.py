"""Cancellations: those of the task itself go through, and others are errors."""

import asyncio
import math
from collections.abc import Awaitable, Callable

import anyio
import pytest
from streamfold.adapters.server.foreign_cancel import ForeignCancelsFail

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def a_cancelled_task() -> None:
    task = asyncio.ensure_future(asyncio.sleep(60))
    task.cancel()
    await task


async def a_cancelled_future() -> None:
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


async def a_task_after_a_scope() -> None:
    with anyio.move_on_after(0.01):
        await anyio.sleep_forever()
    await a_cancelled_task()


@pytest.mark.parametrize("anyio_backend", ["asyncio"], indirect=True)
@pytest.mark.parametrize("wait", [a_cancelled_task, a_cancelled_future, a_task_after_a_scope])
async def test_what_was_cancelled_elsewhere_is_an_error(wait: Callable[[], Awaitable[None]]) -> None:
    with pytest.raises(RuntimeError, match="not the task that waited"):
        async with ForeignCancelsFail():
            await wait()


async def test_a_scope_cancels_what_is_in_it() -> None:
    with anyio.fail_after(20), anyio.move_on_after(0.01) as scope:
        async with ForeignCancelsFail():
            await anyio.sleep(math.inf)
    assert scope.cancelled_caught


@pytest.mark.parametrize("anyio_backend", ["asyncio"], indirect=True)
async def test_a_task_that_is_cancelled_itself_is() -> None:
    async def waiting() -> None:
        async with ForeignCancelsFail():
            await asyncio.sleep(60)

    task = asyncio.ensure_future(waiting())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_other_errors_and_ends_are_left_alone() -> None:
    async with ForeignCancelsFail():
        await anyio.sleep(0)
    with pytest.raises(KeyError):
        async with ForeignCancelsFail():
            raise KeyError("mine")

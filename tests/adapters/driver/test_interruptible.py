"""Waits that can be cut short, on asyncio and trio."""

import asyncio
from collections.abc import Callable, Iterator
from math import inf
from typing import Any

import anyio
import pytest
from streamfold.adapters.driver.interruptible import AsyncioWaits, Interrupted, ScopedWaits, interruptible_waits

pytestmark = pytest.mark.anyio


@pytest.fixture(params=[("asyncio", AsyncioWaits), ("asyncio", ScopedWaits), ("trio", ScopedWaits)], ids=str)
def kind(request: pytest.FixtureRequest) -> tuple[str, Callable[[], Any]]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def anyio_backend(kind: tuple[str, Any]) -> str:
    return kind[0]


@pytest.fixture
def made(kind: tuple[str, Callable[[], Any]]) -> Any:
    return kind[1]()


async def after(seconds: float, value: Any = None) -> Any:
    if seconds:
        await anyio.sleep(seconds)
    return value


async def test_the_loop_that_runs_says_which_waits_there_are(kind: tuple[str, Any]) -> None:
    assert type(interruptible_waits()) is (AsyncioWaits if kind[0] == "asyncio" else ScopedWaits)


@pytest.mark.parametrize("seconds", [0, 0.001])
async def test_it_gives_what_the_awaitable_gives_or_raises(made: Any, seconds: float) -> None:
    async def fails() -> None:
        await after(seconds)
        raise LookupError("gone")

    assert await made.wait_for(after(seconds, "chunk"), inf) == "chunk"
    with pytest.raises(LookupError, match="gone"):
        await made.wait_for(fails(), inf)
    with pytest.raises(StopAsyncIteration):
        await made.wait_for(nothing().__anext__(), inf)


async def nothing() -> Any:
    for never in ():
        yield never


async def test_the_clock_cuts_one_wait_short_and_not_the_next(made: Any) -> None:
    with pytest.raises(Interrupted):
        await made.wait_for(anyio.sleep_forever(), anyio.current_time() + 0.01)
    assert await made.wait_for(after(0.001, 1), anyio.current_time() + 60) == 1


async def test_another_task_cuts_a_wait_and_every_later_one_short(made: Any) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(interrupt_soon, made)
        with pytest.raises(Interrupted):
            await made.wait_for(anyio.sleep_forever(), inf)
    with pytest.raises(Interrupted):
        await made.wait_for(anyio.sleep_forever(), inf)
    await anyio.sleep(0)  # nothing is left that would cancel the task


async def interrupt_soon(made: Any) -> None:
    await anyio.sleep(0.001)
    made.interrupt()
    made.interrupt()


async def test_a_wait_that_is_cut_short_before_it_waits_ends_at_once(made: Any) -> None:
    async def interrupts_and_waits() -> None:
        made.interrupt()
        await anyio.sleep_forever()

    with pytest.raises(Interrupted):
        await made.wait_for(interrupts_and_waits(), inf)


async def test_scopes_within_the_awaitable_and_around_it_stay_in_order(made: Any) -> None:
    async def read() -> str:
        with anyio.fail_after(5):
            await anyio.sleep(0.001)
        return "read"

    with anyio.move_on_after(5) as around:
        assert await made.wait_for(read(), inf) == "read"
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(interrupt_soon, made)
            with pytest.raises(Interrupted):
                await made.wait_for(read_for_ever(), inf)
    assert not around.cancelled_caught


async def read_for_ever() -> None:
    with anyio.fail_after(5):
        await anyio.sleep_forever()


async def test_a_cancelled_scope_around_it_is_no_interruption(made: Any) -> None:
    with anyio.move_on_after(0.01) as around:
        await made.wait_for(anyio.sleep_forever(), inf)
    assert around.cancelled_caught


async def test_a_timeout_of_the_awaitable_s_own_is_its_error(made: Any) -> None:
    async def times_out() -> None:
        with anyio.fail_after(0.001):
            await anyio.sleep_forever()

    with pytest.raises(TimeoutError):
        await made.wait_for(times_out(), inf)


async def test_what_the_awaitable_makes_of_being_cancelled_counts(made: Any) -> None:
    async def complains() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            raise OSError("cut")

    with pytest.raises(OSError, match="cut"):
        await made.wait_for(complains(), anyio.current_time() + 0.01)


def test_an_awaitable_that_is_a_mere_iterator_is_waited_for() -> None:
    class Twice:
        def __await__(self) -> Iterator[None]:
            return iter([None, None])

    async def main() -> None:
        assert await AsyncioWaits().wait_for(Twice(), inf) is None

    asyncio.run(main())


def test_a_task_that_is_cancelled_stays_cancelled() -> None:
    async def main() -> None:
        task = asyncio.create_task(AsyncioWaits().wait_for(asyncio.sleep(60), inf))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(main())


def test_a_wait_that_is_given_up_closes_what_it_waited_for() -> None:
    closed = []

    async def reads() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    async def main() -> None:
        waiting = AsyncioWaits().wait_for(reads(), inf)
        waiting.send(None)
        waiting.close()

    asyncio.run(main())
    assert closed == [True]

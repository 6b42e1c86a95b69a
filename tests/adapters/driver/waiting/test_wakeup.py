"""What wakes the task that waits for a run."""

import logging
import threading
from typing import Any

import anyio
import pytest
from streamfold.adapters.driver.waiting.loops import running_loop
from streamfold.adapters.driver.waiting.wakeup import Wakeup

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_it_wakes_or_the_time_is_over() -> None:
    loop, wakeup = running_loop(), Wakeup()
    wakeup.wake()  # nobody waits
    assert not await wakeup.wait(loop, loop.now() + 0.001)
    async with anyio.create_task_group() as group:
        group.start_soon(waking, wakeup)
        assert await wakeup.wait(loop, loop.now() + 100)
    assert not wakeup.cancelled


async def waking(wakeup: Wakeup) -> None:
    await anyio.sleep(0.001)
    wakeup.wake()


async def test_a_cancel_wakes_from_any_thread_and_before_there_is_a_loop() -> None:
    loop, wakeup = running_loop(), Wakeup()
    wakeup.loop = loop
    threading.Timer(0.001, wakeup.cancel).start()
    assert await wakeup.wait(loop, loop.now() + 100)
    early = Wakeup()
    early.cancel()
    assert wakeup.cancelled
    assert early.cancelled


async def test_an_event_wakes_until_it_is_no_longer_watched() -> None:
    loop, wakeup, event = running_loop(), Wakeup(), anyio.Event()
    wakeup.watch(loop, event)
    await anyio.sleep(0.001)
    event.set()
    assert await wakeup.wait(loop, loop.now() + 100)
    wakeup, event = Wakeup(), anyio.Event()
    wakeup.watch(loop, event)
    await anyio.sleep(0.001)
    wakeup.stop()
    wakeup.stop()
    event.set()
    assert not await wakeup.wait(loop, loop.now() + 0.01)


async def test_an_event_that_cannot_be_waited_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def is_set(self) -> bool:
            return False

        async def wait(self) -> Any:
            raise RuntimeError("of another loop")

    with caplog.at_level(logging.WARNING, "streamfold"):
        Wakeup().watch(running_loop(), Broken())
        await anyio.sleep(0.001)
    assert "of another loop" in caplog.text

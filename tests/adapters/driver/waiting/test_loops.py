"""What asyncio and trio do each in their own way, by one name."""

import threading

import anyio
import pytest
from streamfold.adapters.driver.waiting.loops import running_loop, wait_out, wait_until

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_an_event_is_waited_for_up_to_a_moment() -> None:
    loop = running_loop()
    event = loop.event()
    assert not await wait_until(loop, event, loop.now() + 0.001)
    event.set()
    assert await wait_until(loop, event, loop.now() + 100)


async def test_a_cancelled_task_waits_it_out_and_is_cancelled_then() -> None:
    loop = running_loop()
    event, order = loop.event(), []

    async def main() -> None:
        await anyio.sleep(0.01)
        order.append("set")
        event.set()

    loop.spawn(main)
    with anyio.CancelScope() as scope:
        scope.cancel()
        try:
            await wait_out(event)
        finally:
            order.append("waited")
        await anyio.lowlevel.checkpoint()
        order.append("went on")
    assert order == ["set", "waited"]


async def test_a_spawned_task_is_nobody_s_child_and_can_be_cut() -> None:
    loop = running_loop()
    ended = loop.event()

    async def main() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()

    with anyio.CancelScope() as scope:
        task = loop.spawn(main)
        scope.cancel()
    await anyio.sleep(0.001)
    assert not ended.is_set()
    task.cut()
    with anyio.fail_after(5):
        await ended.wait()
    task.cut()  # it is over


async def test_another_thread_calls_into_the_loop() -> None:
    loop = running_loop()
    event, threads = loop.event(), []

    def called() -> None:
        threads.append(threading.get_ident())
        event.set()

    threading.Thread(target=loop.call_soon, args=(called,)).start()
    with anyio.fail_after(5):
        await event.wait()
        event = loop.event()
        loop.call_soon(called)
        assert len(threads) == 1  # not at once, which would wake nobody: the caller may be a signal handler
        await event.wait()
    assert threads == [threading.get_ident()] * 2


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_loop_that_is_closed_is_called_in_vain(backend: str) -> None:
    async def main() -> object:
        return running_loop()

    loop, called = anyio.run(main, backend=backend), []
    thread = threading.Thread(target=loop.call_soon, args=(lambda: called.append(1),))  # type: ignore[attr-defined]
    thread.start()
    thread.join()
    assert called == []

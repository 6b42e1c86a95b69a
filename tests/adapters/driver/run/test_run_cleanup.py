"""What an upstream does when its read is cut short: it cleans up, in its share of the time; and where loops end."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import pytest
from streamfold.adapters.driver.run import Run, drive
from streamfold.adapters.errors import StreamStalled
from streamfold.reducer import chat
from support.adapters.upstreams import Upstream, config_of, objects
from trio.testing import MockClock

pytestmark = pytest.mark.anyio

RAWS = objects("chat_parallel_calls.sse")[:3]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def between_reads(run: Run[Any]) -> None:
    await run.__anext__()


async def amid_a_read(run: Run[Any]) -> None:
    while await run.ready(0.01):
        await run.__anext__()


class Cleaning:
    """A generator that waits in its clean-up, without a shield, as one that is closed may."""

    def __init__(self, seconds: float, times: int = 3) -> None:
        self.seconds, self.times, self.done = seconds, times, 0

    async def items(self) -> AsyncIterator[Any]:
        try:
            for raw in RAWS:
                yield raw
            await anyio.sleep_forever()
        finally:
            for _ in range(self.times):
                await anyio.sleep(self.seconds)
                self.done += 1


async def cancelled_by_scope(stream: Any) -> None:
    with anyio.move_on_after(0.02):
        async with drive(chat, config_of(chat), stream) as run:
            async for _ in run:
                pass


async def cancelled_by_run(stream: Any) -> None:
    async with drive(chat, config_of(chat), stream) as run, anyio.create_task_group() as group:

        async def cancel() -> None:
            await anyio.sleep(0.02)
            run.cancel()

        group.start_soon(cancel)
        async for _ in run:
            pass


async def stalled(stream: Any) -> None:
    with pytest.raises(StreamStalled):
        async with drive(chat, config_of(chat), stream, idle_timeout=0.02) as run:
            async for _ in run:
                pass


@pytest.mark.parametrize("way", [cancelled_by_scope, cancelled_by_run, stalled])
async def test_a_generator_whose_read_is_cut_finishes_its_clean_up(way: Any, caplog: pytest.LogCaptureFixture) -> None:
    stream = Cleaning(0.01)
    await way(stream.items())
    assert (stream.done, caplog.records) == (3, [])


def test_a_clean_up_that_takes_too_long_is_cut_as_well(caplog: pytest.LogCaptureFixture) -> None:
    stream = Cleaning(3600)

    async def main() -> float:
        async with drive(chat, config_of(chat), stream.items(), close_timeout=2) as run:
            await amid_a_read(run)
            began = anyio.current_time()
            await run.aclose()
            return anyio.current_time() - began

    clock = MockClock(autojump_threshold=0)
    assert anyio.run(main, backend="trio", backend_options={"clock": clock}) == pytest.approx(1)
    assert (stream.done, caplog.records) == (0, [])


class Deaf:
    """A generator that takes no notice of being cancelled, as long as it is not told to."""

    def __init__(self) -> None:
        self.cancels, self.hears, self.over = 0, anyio.Event(), anyio.Event()

    async def items(self) -> AsyncIterator[Any]:
        yield RAWS[0]
        while not self.hears.is_set():
            try:
                await self.hears.wait()
            except anyio.get_cancelled_exc_class():
                self.cancels += 1
        self.over.set()


async def test_a_generator_that_swallows_its_cancels_is_left_to_itself(caplog: pytest.LogCaptureFixture) -> None:
    stream = Deaf()
    with caplog.at_level(logging.WARNING, "streamfold"), anyio.fail_after(5):
        async with drive(chat, config_of(chat), stream.items(), close_timeout=0.05) as run:
            await amid_a_read(run)
    try:
        cancels = stream.cancels
        for _ in range(50):
            await anyio.lowlevel.checkpoint()
        assert (cancels, stream.cancels) == (2, 2)  # it is not cancelled on and on, which would take all of a processor
        (record,) = caplog.records
        assert "takes no notice of its read being cancelled" in record.getMessage()
    finally:
        stream.hears.set()
        with anyio.fail_after(5):
            await stream.over.wait()


def test_asyncio_s_end_waits_for_no_deaf_read() -> None:
    stream = Deaf()

    async def main() -> None:
        async with drive(chat, config_of(chat), stream.items(), close_timeout=0.01) as run:
            await amid_a_read(run)

    thread = threading.Thread(target=asyncio.run, args=(main(),), daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


def test_trio_s_end_cancels_a_deaf_read() -> None:
    class Thrice(Deaf):
        async def items(self) -> AsyncIterator[Any]:
            yield RAWS[0]
            while self.cancels < 3:
                try:
                    await anyio.sleep_forever()
                except anyio.get_cancelled_exc_class():
                    self.cancels += 1

    async def main() -> Thrice:
        stream = Thrice()
        async with drive(chat, config_of(chat), stream.items(), close_timeout=0.01) as run:
            await amid_a_read(run)
        assert stream.cancels == 2
        return stream

    assert anyio.run(main, backend="trio").cancels == 3


# Where a loop ends, and another goes on


class SlowToClose(Upstream):
    """An upstream whose close takes a wait."""

    async def aclose(self) -> None:
        await anyio.sleep(0.01)
        self.closed += 1


@pytest.mark.parametrize("moment", [between_reads, amid_a_read])
def test_a_run_that_is_open_when_asyncio_ends_is_closed(moment: Callable[[Run[Any]], Any]) -> None:
    upstream, held = SlowToClose(RAWS, "silence"), []

    async def main() -> None:
        held.append(drive(chat, config_of(chat), upstream))
        await held[0].__aenter__()
        await moment(held[0])

    asyncio.run(main())
    assert upstream.closed == 1

    async def closed_again() -> None:
        with anyio.fail_after(5):
            await held[0].aclose()

    asyncio.run(closed_again())
    assert (held[0].result.outcome, upstream.closed) == ("cancelled", 1)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_run_is_closed_in_its_own_loop_whichever_loop_asks(backend: str) -> None:
    upstream, held = SlowToClose(RAWS, "silence"), []
    entered = threading.Event()

    async def other() -> None:
        with anyio.fail_after(5):
            await held[0].aclose()

    async def main() -> None:
        held.append(drive(chat, config_of(chat), upstream))
        async with held[0] as run:
            await run.__anext__()
            entered.set()
            with anyio.fail_after(5):
                async for _ in run:
                    pass
        assert upstream.closed == 1

    thread = threading.Thread(target=lambda: entered.wait(5) and anyio.run(other, backend="asyncio"))
    thread.start()
    anyio.run(main, backend=backend)
    thread.join(5)
    assert held[0].result.outcome == "cancelled"


async def test_a_generator_that_answers_its_cancel_leaves_its_scopes_in_order(
    caplog: pytest.LogCaptureFixture,
) -> None:
    left: list[str] = []

    async def answering() -> AsyncIterator[Any]:
        with anyio.CancelScope():
            try:
                yield RAWS[0]
                try:
                    await anyio.sleep_forever()
                except anyio.get_cancelled_exc_class():
                    yield RAWS[1]
            finally:
                await anyio.sleep(0.001)
                left.append("waited")
        left.append("left")

    with caplog.at_level(logging.DEBUG, "streamfold"):
        async with drive(chat, config_of(chat), answering()) as run:
            await amid_a_read(run)
    assert [record.getMessage() for record in caplog.records] == []
    assert left == ["waited"]  # and the scope by the generator's own close, which raises nothing

"""A source that is read ahead: nothing is lost by giving up, and it is closed whatever happens."""

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from streamfold.adapters.server.read_ahead import ReadAhead

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Source:
    """Numbers, each when it is let through; it knows how far it was read, and how it was left."""

    def __init__(self, count: int, then: BaseException | None = None, *, waits: bool = False) -> None:
        self.count, self.then, self.waits = count, then, waits
        self.given, self.closed = 0, False

    async def numbers(self) -> AsyncIterator[int]:
        try:
            for number in range(self.count):
                await anyio.lowlevel.checkpoint()
                self.given += 1
                yield number
            if self.waits:
                await anyio.sleep_forever()
            if self.then is not None:
                raise self.then
        finally:
            self.closed = True


async def all_of(ahead: ReadAhead[Any], seconds: float = 60) -> list[Any]:
    found: list[Any] = []
    while (items := await ahead.take(seconds)) != []:
        found += items or []
    return found


async def test_everything_comes_in_order_and_the_source_is_closed() -> None:
    source = Source(1000)
    ahead = ReadAhead(source.numbers())
    async with anyio.create_task_group() as group:
        group.start_soon(ahead.read)
        assert await all_of(ahead) == list(range(1000))
        assert await ahead.take(60) == []
    assert (ahead.failure, ahead.is_cancelled, source.closed) == (None, False, True)


async def test_waiting_that_is_given_up_loses_and_cancels_nothing() -> None:
    send, receive = anyio.create_memory_object_stream[int](0)

    async def numbers() -> AsyncIterator[int]:
        async with receive:
            async for number in receive:
                yield number

    ahead = ReadAhead(numbers())
    async with anyio.create_task_group() as group:
        group.start_soon(ahead.read)
        found: list[int] = []
        for number in range(20):
            assert await ahead.take(0.001) is None
            await send.send(number)
            found += await ahead.take(60) or []
        await send.aclose()
        assert await all_of(ahead, 0.001) == []
    assert found == list(range(20))


async def test_a_taker_that_is_slow_slows_the_source() -> None:
    source = Source(10_000)
    ahead = ReadAhead(source.numbers())
    async with anyio.create_task_group() as group:
        group.start_soon(ahead.read)
        for _ in range(500):
            await anyio.lowlevel.checkpoint()
        held = source.given
        assert 0 < held < 100
        assert len(await ahead.take(60) or []) == held
        assert await all_of(ahead) == list(range(held, 10_000))


async def test_what_the_source_raises_comes_after_its_items() -> None:
    error = ValueError("no more")
    source = Source(3, error)
    ahead = ReadAhead(source.numbers())
    async with anyio.create_task_group() as group:
        group.start_soon(ahead.read)
        assert await all_of(ahead) == [0, 1, 2]
    assert (ahead.failure, source.closed) == (error, True)


@pytest.mark.parametrize("waits", [True, False], ids=["while it waits", "while it has more"])
async def test_a_reader_that_is_cancelled_closes_the_source(waits: bool) -> None:
    source = Source(3 if waits else 10_000, waits=waits)
    ahead = ReadAhead(source.numbers())
    async with anyio.create_task_group() as group:
        group.start_soon(ahead.read)
        assert await ahead.take(60)
        group.cancel_scope.cancel()
    assert (ahead.is_cancelled, ahead.failure, source.closed) == (True, None, True)


async def test_a_source_that_cannot_be_closed_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    class Stubborn:
        def __aiter__(self) -> "Stubborn":
            return self

        async def __anext__(self) -> int:
            raise StopAsyncIteration

        async def aclose(self) -> None:
            raise OSError("it will not")

    ahead: ReadAhead[int] = ReadAhead(Stubborn())
    async with anyio.create_task_group() as group:
        group.start_soon(ahead.read)
        assert await ahead.take(60) == []
    assert "it will not" in caplog.text


class Readable:
    """What makes an iterator of its own; both know whether they were closed."""

    def __init__(self, source: Source) -> None:
        self.source, self.closed = source, 0

    def __aiter__(self) -> AsyncIterator[int]:
        return self.source.numbers()

    async def aclose(self) -> None:
        self.closed += 1


async def test_the_iterator_of_a_source_is_closed_and_the_source_too() -> None:
    source = Source(3, waits=True)
    readable = Readable(source)
    ahead = ReadAhead(readable)
    async with anyio.create_task_group() as group:
        group.start_soon(ahead.read)
        assert len(await ahead.take(60) or ()) > 0
        group.cancel_scope.cancel()
    assert (source.closed, readable.closed) == (True, 1)


async def test_a_source_that_is_no_longer_wanted_is_closed_at_once() -> None:
    source = Source(3, waits=True)
    ahead = ReadAhead(source.numbers())
    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            group.start_soon(ahead.read)
            await ahead.take(60)
            ahead.stop()
    assert source.closed

"""A stream that is entered, read and closed by a task of its own; what is answered and closed, and in which order."""

import inspect
import logging
import threading
from collections.abc import AsyncIterator, Iterable
from typing import Any

import anyio
import pytest
from streamfold.adapters.driver.waiting.loops import running_loop
from streamfold.adapters.driver.waiting.source import Source
from streamfold.adapters.wire.sse import Frame, Frames

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def numbers(count: int = 2) -> AsyncIterator[int]:
    for number in range(count):
        yield number


class Stream:
    """Notes, in one list, what was done with it and its iterator."""

    def __init__(self, noted: list[str], close: Any = None) -> None:
        self.noted, self.fault = noted, close

    def __aiter__(self) -> AsyncIterator[int]:
        return self.items()

    async def items(self) -> AsyncIterator[int]:
        try:
            yield 1
            await anyio.sleep_forever()
        finally:
            self.noted.append("iterator closed")

    async def close(self) -> None:
        self.noted.append("stream closed")
        if self.fault is not None:
            raise self.fault


def source_of(stream: Any, woken: list[int] | None = None) -> Source:
    return Source(stream, running_loop(), lambda: None if woken is None else woken.append(1), 2.0)


async def answer(source: Source) -> Any:
    with anyio.fail_after(5):
        while not source.answered:
            await anyio.lowlevel.checkpoint()
    items, error = source.take()
    return items if error is None else type(error).__name__


async def test_an_item_is_asked_for_once_and_taken_once() -> None:
    woken: list[int] = []
    source = source_of(numbers(), woken)
    source.open()
    assert await answer(source) == [None]
    told = []
    for _ in range(3):
        source.ask()
        source.ask()
        told.append(await answer(source))
        assert not source.answered
    assert told == [[0], [1], "StopAsyncIteration"]
    assert len(woken) == 4
    source.close()
    await source.closed.wait()


async def given(source: Source) -> list[Any]:
    """What a source answers, one answer after another, until the stream is over or raises."""
    told = []
    while not (told and isinstance(told[-1], str)):
        source.ask()
        told.append(await answer(source))
    source.close()
    await source.closed.wait()
    return told


def frames(count: int) -> list[Frames]:
    return [Frames([Frame(b"%d" % at, "", at, at)]) for at in range(count)]


async def items(given: Iterable[Any], error: Exception | None = None) -> AsyncIterator[Any]:
    for item in given:
        yield item
    if error is not None:
        raise error


async def test_frames_of_a_client_are_read_ahead_until_so_many_wait() -> None:
    came = frames(70)
    source = source_of(items(came, OSError("reset")))
    source.open()
    await answer(source)
    assert await given(source) == [came[:32], came[32:64], came[64:], "OSError"]


async def test_no_more_is_read_ahead_of_large_frames() -> None:
    came = [Frames([Frame(b"x" * 50_000, "", at, at)]) for at in range(5)]
    source = source_of(items(came))
    source.open()
    await answer(source)
    assert await given(source) == [came[:3], came[3:], "StopAsyncIteration"]


class Response:
    """A response as clients make them, which is not iterated itself."""

    def __init__(self, pieces: Iterable[Any]) -> None:
        self.pieces, self.stream = pieces, items(())

    def iter_bytes(self) -> Any:
        raise AssertionError("this is asynchronous")

    def aiter_bytes(self) -> AsyncIterator[Any]:
        return items(self.pieces)


async def test_a_response_is_read_ahead_by_its_bytes() -> None:
    source = source_of(Response([b"a", b"b", b"c"]))
    source.open()
    await answer(source)
    assert await given(source) == [[b"a", b"b", b"c"], "StopAsyncIteration"]


async def test_other_items_are_read_when_they_are_asked_for() -> None:
    read: list[bytes] = []

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"a", b"b", b"c"):
            read.append(piece)
            yield piece

    source = source_of(pieces())
    source.open()
    await answer(source)
    source.ask()
    assert await answer(source) == [b"a"]
    await anyio.sleep(0.005)
    assert read == [b"a"]
    assert await given(source) == [[b"b"], [b"c"], "StopAsyncIteration"]


async def test_the_stream_is_closed_before_its_iterator(caplog: pytest.LogCaptureFixture) -> None:
    noted: list[str] = []
    source = source_of(Stream(noted, OSError("no route")))
    source.open()
    await answer(source)
    source.ask()
    assert await answer(source) == [1]
    with caplog.at_level(logging.WARNING, "streamfold"):
        source.close()
        source.close()
        await source.closed.wait()
    assert noted == ["stream closed", "iterator closed"]
    assert "no route" in caplog.text


async def test_a_read_is_cut_short_before_anything_is_closed() -> None:
    noted: list[str] = []
    source = source_of(Stream(noted))
    source.open()
    await answer(source)
    source.ask()
    assert await answer(source) == [1]
    source.ask()
    await anyio.sleep(0.005)
    source.abandon()
    await source.closed.wait()
    assert noted == ["iterator closed", "stream closed"]


async def test_what_cannot_be_iterated_says_so_when_it_is_opened() -> None:
    source = source_of(7)
    source.open()
    assert await answer(source) == "TypeError"
    source.close()
    await source.closed.wait()


class Plain:
    """A stream whose `close` is a plain function, which notes the thread that calls it."""

    def __init__(self) -> None:
        self.threads: list[int] = []

    def __aiter__(self) -> AsyncIterator[int]:
        return numbers()

    def close(self) -> None:
        self.threads.append(threading.get_ident())


@pytest.mark.parametrize("belongs", [True, False])
async def test_a_plain_close_is_called_in_the_loop_it_belongs_to(belongs: bool) -> None:
    stream = Plain()
    if belongs:
        vars(stream)["_loop"] = object()  # as aiohttp's responses and asyncio's streams have
    source = source_of(stream)
    source.open()
    await answer(source)
    source.close()
    with anyio.fail_after(5):
        await source.closed.wait()
    assert [one == threading.get_ident() for one in stream.threads] == [belongs]


class Manager:
    """Holds a request that has not begun, as the openai client's `with_streaming_response` does."""

    def __init__(self) -> None:
        self.request = self.ask()

    async def ask(self) -> AsyncIterator[int]:
        return numbers()

    async def __aenter__(self) -> AsyncIterator[int]:
        return await self.request

    async def __aexit__(self, *_: object) -> None:
        return None


async def test_a_request_that_never_began_is_closed() -> None:
    """Else Python warns of a coroutine that nobody awaited, wherever it is collected; that is an error here."""
    manager = Manager()
    source = source_of(manager)
    source.open()
    source.close()
    with anyio.fail_after(5):
        await source.closed.wait()
    assert inspect.getcoroutinestate(manager.request) == inspect.CORO_CLOSED  # type: ignore[arg-type]
    unopened = source_of(other := Manager())
    unopened.close()
    with anyio.fail_after(5):
        await unopened.closed.wait()
    assert inspect.getcoroutinestate(other.request) == inspect.CORO_CLOSED  # type: ignore[arg-type]

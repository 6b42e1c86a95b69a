"""The driver at its edges: what there is to close and how, what is logged, what the clock says, where it goes on."""

import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import anyio
import pytest
from openai.types.chat import ChatCompletionChunk
from streamfold.adapters import wire
from streamfold.adapters.driver.run import drive
from streamfold.adapters.errors import StreamStalled
from streamfold.reducer import Cancelled, Ended, chat, fold
from support.live_streams import CHAT, config_of
from trio.testing import MockClock

pytestmark = pytest.mark.anyio

RAWS: list[Any] = [frame.data for frame in wire.frames([CHAT])]
CHUNKS = list(wire.read("chat", [CHAT]))
WHOLE = fold(chat, config_of(chat), CHUNKS)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def simulated(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run with a clock that jumps ahead whenever everybody waits, so that hours take no time."""
    return anyio.run(main, backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)})


async def some(count: int = 3, seconds: float = 0) -> AsyncIterator[Any]:
    for chunk in CHUNKS[:count]:
        await anyio.sleep(seconds)
        yield chunk


class Source:
    """A stream whose iterator is another object."""

    def __init__(self, iterator: Any = None) -> None:
        self.iterator, self.closed = some() if iterator is None else iterator, 0

    def __aiter__(self) -> Any:
        return self.iterator


class ClosedSource(Source):
    async def close(self) -> None:
        self.closed += 1


class ClosedAtOnce(Source):
    def close(self) -> None:
        self.closed += 1


class Iterator:
    """An iterator that waits, and is closed in its own way."""

    def __init__(self) -> None:
        self.closed = 0

    def __aiter__(self) -> "Iterator":
        return self

    async def __anext__(self) -> Any:
        return CHUNKS[0]

    async def aclose(self) -> None:
        self.closed += 1


class Hanging(Iterator):
    async def aclose(self) -> None:
        await anyio.sleep(3600)


async def left_at_once(stream: Any, **options: Any) -> Any:
    async with drive(chat, config_of(chat), stream, **options) as run:
        pass
    return run


# What is closed


@pytest.mark.parametrize("kind", [ClosedSource, ClosedAtOnce])
async def test_a_stream_that_has_only_a_close_is_closed_by_it(kind: type[Source]) -> None:
    stream = kind()
    await left_at_once(stream)
    assert stream.closed == 1


async def test_a_stream_and_its_iterator_are_closed_both() -> None:
    iterator = Iterator()
    stream = ClosedSource(iterator)
    await left_at_once(stream)
    assert (stream.closed, iterator.closed) == (1, 1)


async def test_what_has_nothing_to_close_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    class Bare:
        def __aiter__(self) -> "Bare":
            return self

        async def __anext__(self) -> Any:
            return CHUNKS[0]

    assert (await left_at_once(Bare())).result.outcome == "cancelled"
    assert caplog.records == []


async def test_a_stream_that_could_be_entered_is_iterated_as_it_is() -> None:
    class Both(ClosedSource):  # as the openai client's own streams are
        async def __aenter__(self) -> "Both":
            return self

        async def __aexit__(self, *_: object) -> None:
            await self.close()

    stream = Both()
    await left_at_once(stream)
    assert stream.closed == 1


async def test_the_stream_that_a_manager_gives_is_closed() -> None:
    stream = ClosedSource()

    class Manager:
        async def __aenter__(self) -> Any:
            return stream

        async def __aexit__(self, *_: object) -> None:
            assert stream.closed == 1

    async with drive(chat, config_of(chat), Manager()) as run:
        assert [message async for message in run]
    assert stream.closed == 1


async def test_a_cancelled_task_still_closes_its_upstream_to_the_end() -> None:
    class Slow(Iterator):
        async def aclose(self) -> None:
            await anyio.sleep(0.001)
            self.closed += 1

    upstream = Slow()
    with anyio.CancelScope() as scope:
        async with drive(chat, config_of(chat), upstream):
            scope.cancel()
            await anyio.sleep_forever()
    assert upstream.closed == 1


# What is logged


async def test_an_upstream_that_cannot_be_closed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Iterator):
        async def aclose(self) -> None:
            raise OSError("no route")

    await left_at_once(Broken())
    words = "the upstream raised while it was being closed: OSError('no route')"
    assert caplog.record_tuples == [("streamfold", logging.WARNING, words)]


async def test_an_upstream_that_does_not_close_in_time_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    await left_at_once(Hanging(), close_timeout=0.01)
    words = "the upstream was not closed within 0.01 seconds"
    assert caplog.record_tuples == [("streamfold", logging.WARNING, words)]


# What the clock says


def test_closing_takes_two_seconds_at_most() -> None:
    async def main() -> float:
        began = anyio.current_time()
        await left_at_once(Hanging())
        return anyio.current_time() - began

    assert simulated(main) == pytest.approx(2)


def test_an_upstream_stalls_after_that_long_a_silence_and_not_before() -> None:
    async def main() -> None:
        async with drive(chat, config_of(chat), some(seconds=59), idle_timeout=60) as run:
            assert [message async for message in run]
        assert run.result.outcome == "truncated"
        async with drive(chat, config_of(chat), some(seconds=61), idle_timeout=60) as run:
            with pytest.raises(StreamStalled, match=r"^the upstream said nothing for 60 seconds$"):
                async for _ in run:
                    pass
        assert anyio.current_time() == pytest.approx(3 * 59 + 60)
        assert run.result.error.message == "StreamStalled: the upstream said nothing for 60 seconds"

    simulated(main)


def test_without_a_timeout_an_upstream_may_be_silent_for_days() -> None:
    async def main() -> Any:
        async with drive(chat, config_of(chat), some(seconds=1e6)) as run:
            assert [message async for message in run]
        return run.result.outcome

    assert simulated(main) == "truncated"


# How it is cancelled, and left


async def test_a_run_that_is_cancelled_before_it_begins_reads_nothing() -> None:
    run = drive(chat, config_of(chat), some())
    run.cancel()
    async with run:
        assert [message.message_type async for message in run] == ["stop_reason"]
    assert (run.result.outcome, run.result.chunks) == ("cancelled", 0)


async def test_what_an_upstream_makes_of_being_cancelled_is_no_failure() -> None:
    async def torn() -> AsyncIterator[Any]:
        yield CHUNKS[0]
        run.cancel()
        raise ConnectionError("the connection was closed")

    async with drive(chat, config_of(chat), torn()) as run:
        assert [message.stop_reason async for message in run] == ["cancelled"]
    assert run.result == chat.result(fold(chat, config_of(chat), CHUNKS[:1], Cancelled())[0])


async def test_a_run_that_was_left_says_nothing_more() -> None:
    held = Source(some(10))
    async with drive(chat, config_of(chat), held) as run:
        await run.__anext__()
    assert [message async for message in run] == []

    class Silent(Iterator):
        async def __anext__(self) -> Any:
            await anyio.sleep_forever()

    with anyio.move_on_after(0.001):
        async with drive(chat, config_of(chat), Silent()) as run:
            try:
                await run.__anext__()
            finally:
                with anyio.CancelScope(shield=True):
                    assert [message async for message in run] == []


async def test_iterating_outside_the_async_with_or_twice_at_once_is_refused() -> None:
    run = drive(chat, config_of(chat), some())
    with pytest.raises(RuntimeError, match=r"^a run is iterated inside its `async with`$"):
        await run.__anext__()

    async def rereading() -> AsyncIterator[Any]:
        with pytest.raises(RuntimeError, match=r"^a run is iterated by one task at a time$"):
            await run.__anext__()
        yield CHUNKS[-2]

    async with drive(chat, config_of(chat), rereading()) as run:
        async for _ in run:
            pass
    assert run.result.chunks == 1


# Where it goes on, and what of


async def test_a_run_goes_on_from_a_state() -> None:
    state, said = chat.start(config_of(chat))
    for chunk in CHUNKS[:5]:
        state, messages = chat.step(state, chunk)
        said += messages

    async def rest() -> AsyncIterator[Any]:
        for chunk in CHUNKS[5:]:
            yield chunk

    async with drive(chat, config_of(chat), rest(), state=state) as run:
        said += tuple([message async for message in run])
    assert (said, run.result) == (WHOLE[1], chat.result(WHOLE[0]))


async def test_objects_of_the_sdk_and_texts_are_read_as_what_they_are() -> None:
    async def mixed() -> AsyncIterator[Any]:
        for at, raw in enumerate(RAWS):
            validated = at % 3 == 0 and raw != b"[DONE]"
            yield ChatCompletionChunk.model_validate_json(raw) if validated else raw if at % 3 == 1 else raw.decode()

    async with drive(chat, config_of(chat), mixed()) as run:
        messages = [message async for message in run]
    assert (tuple(messages), run.result) == (WHOLE[1], chat.result(WHOLE[0]))


async def test_a_machine_of_somebody_else_need_not_be_hashable() -> None:
    class Counting:
        __hash__ = None  # type: ignore[assignment]

        def start(self, config: Any) -> Any:
            return 0, ()

        def step(self, state: Any, chunk: Any) -> Any:
            return state + chunk, ()

        def finish(self, state: Any, end: Any) -> Any:
            assert end == Ended()
            return state, ()

        def result(self, state: Any) -> Any:
            return state

    async def numbers() -> AsyncIterator[int]:
        for number in (1, 2, 3):
            yield number

    async with drive(Counting(), None, numbers()) as run:
        assert [message async for message in run] == []
    assert run.state == 6

"""Runs that are entered, read, closed, left, dropped and cancelled by different tasks, and streams that hold scopes."""

import asyncio
import contextlib
import contextvars
import gc
import logging
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from streamfold.adapters.driver.run import Run, drive
from streamfold.reducer import Cancelled, Ended, chat
from support.adapters.upstreams import Upstream, config_of, folded, objects

pytestmark = pytest.mark.anyio

RAWS = objects("chat_parallel_calls.sse")
WHOLE = folded(chat, RAWS, Ended())
SOME = 10


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def in_a_task(call: Any) -> Any:
    """What a call gives, in a task of its own."""
    given = []

    async def main() -> None:
        try:
            given.append(await call())
        except StopAsyncIteration:
            given.append(StopAsyncIteration)

    async with anyio.create_task_group() as group:
        group.start_soon(main)
    return given[0]


async def settled() -> None:
    for _ in range(20):
        await anyio.lowlevel.checkpoint()


class Scoped:
    """A generator that holds a scope and a context variable across its items, and notes how it was left."""

    token: contextvars.ContextVar[str] = contextvars.ContextVar("token", default="")

    def __init__(self, then: Any = None) -> None:
        self.then, self.left = then, ""

    async def items(self) -> AsyncIterator[Any]:
        try:
            with anyio.CancelScope():
                token = self.token.set("inside")
                for raw in RAWS if self.then is None else RAWS[:SOME]:
                    await anyio.lowlevel.checkpoint()
                    yield raw
                if self.then == "silence":
                    await anyio.sleep_forever()
            self.token.reset(token)
            self.left = "at the end"
        except BaseException as error:
            self.left = type(error).__name__
            raise


# Different tasks


async def test_each_item_may_be_read_by_a_task_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    stream, messages = Scoped(), []
    run = drive(chat, config_of(chat), stream.items(), cancel_event=anyio.Event())
    await in_a_task(run.__aenter__)
    while (message := await in_a_task(run.__anext__)) is not StopAsyncIteration:
        messages.append(message)
    await in_a_task(lambda: run.__aexit__(None, None, None))
    assert (messages, run.result) == WHOLE
    assert (stream.left, caplog.records) == ("at the end", [])


@pytest.mark.parametrize("way", ["aclose", "cancel", "leave"])
async def test_a_stream_that_holds_a_scope_is_closed_amid_a_read(way: str, caplog: pytest.LogCaptureFixture) -> None:
    stream = Scoped("silence")
    async with drive(chat, config_of(chat), stream.items()) as run, anyio.create_task_group() as group:
        group.start_soon(ended_when_silent, run, way)
        said = [message async for message in run]
    expected, result = folded(chat, RAWS[:SOME], Cancelled())
    assert (said, run.result) == (expected if way == "cancel" else expected[:-1], result)
    assert stream.left in ("CancelledError", "Cancelled")
    assert caplog.records == []


async def ended_when_silent(run: Run[Any], way: str) -> None:
    while run.result.chunks < SOME:
        await anyio.lowlevel.checkpoint()
    await settled()
    if way == "aclose":
        await run.aclose()
    elif way == "cancel":
        run.cancel()
    else:
        await run.__aexit__(None, None, None)


@pytest.mark.parametrize("count", [0, 1, 7])
async def test_a_stream_that_holds_a_scope_is_closed_between_reads(
    count: int, caplog: pytest.LogCaptureFixture
) -> None:
    stream = Scoped("silence")
    run = drive(chat, config_of(chat), stream.items())
    await in_a_task(run.__aenter__)
    for _ in range(count):
        await in_a_task(run.__anext__)
    await in_a_task(lambda: run.__aexit__(None, None, None))
    assert run.result.outcome == "cancelled"
    assert stream.left == ("GeneratorExit" if count else "")
    assert caplog.records == []


async def test_closing_from_another_task_is_the_end_for_who_waits() -> None:
    upstream = Upstream([], "silence")
    async with drive(chat, config_of(chat), upstream) as run, anyio.create_task_group() as group:
        group.start_soon(closed_soon, run)
        with anyio.fail_after(5):
            assert [message async for message in run] == []
    assert (run.result.outcome, upstream.closed) == ("cancelled", 1)


async def closed_soon(run: Run[Any]) -> None:
    await settled()
    await run.aclose()


async def test_any_thread_cancels_a_run() -> None:
    upstream = Upstream([], "silence")
    async with drive(chat, config_of(chat), upstream) as run:
        threading.Timer(0.01, run.cancel).start()
        with anyio.fail_after(5):
            assert [message.stop_reason async for message in run] == ["cancelled"]


# Generators around a run


async def generated(upstream: Any, event: Any = None) -> AsyncIterator[Any]:
    async with drive(chat, config_of(chat), upstream, cancel_event=event) as run:
        async for message in run:
            yield message


async def test_a_generator_that_is_left_half_way_cancels_nobody() -> None:
    upstream, event = Upstream(RAWS, "silence"), anyio.Event()
    messages = generated(upstream, event)
    assert await messages.__anext__()
    event.set()
    await settled()  # nobody waits in the run: this task is not to be hit
    await messages.aclose()
    await settled()
    assert upstream.closed == 1


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_generator_that_is_dropped_closes_its_upstream() -> None:
    upstream = Upstream(RAWS, "silence")
    messages = generated(upstream, anyio.Event())
    assert await messages.__anext__()
    del messages
    gc.collect()
    await asyncio.sleep(0.01)
    assert upstream.closed == 1


async def test_a_run_that_is_dropped_closes_its_upstream() -> None:
    upstream = Upstream(RAWS, "silence")
    run = drive(chat, config_of(chat), upstream, cancel_event=anyio.Event())
    await run.__aenter__()
    assert await run.__anext__()
    del run
    gc.collect()
    await anyio.sleep(0.01)
    assert upstream.closed == 1


async def test_a_run_is_entered_once_and_closed_without_being_entered() -> None:
    upstream = Upstream(RAWS)
    run = drive(chat, config_of(chat), upstream)
    await run.aclose()
    assert (upstream.given, upstream.closed) == (0, 1)
    async with drive(chat, config_of(chat), Upstream([])) as run:
        with pytest.raises(RuntimeError, match=r"^a run is entered once$"):
            await run.__aenter__()


async def test_a_stream_that_cannot_be_entered_raises_what_it_raises() -> None:
    class Refusing:
        async def __aenter__(self) -> Any:
            raise PermissionError("no")

        async def __aexit__(self, *_: object) -> None:
            raise AssertionError("it was never entered")

    run = drive(chat, config_of(chat), Refusing())
    with pytest.raises(PermissionError, match="no"):
        await run.__aenter__()
    assert run.result.outcome == "failed"


# Closing


class Closers:
    """A stream whose closers are slow, or wait, or block, and know when they ran."""

    def __init__(self, *, stream: Any = None, iterator: Any = None) -> None:
        self.of_stream, self.of_iterator, self.ran = stream, iterator, []

    def __aiter__(self) -> "Closers":
        inner = Closers(iterator=self.of_iterator)
        inner.ran = self.ran
        return inner

    async def __anext__(self) -> Any:
        await anyio.sleep_forever()

    async def aclose(self) -> None:
        name, seconds = ("iterator", self.of_iterator) if self.of_stream is None else ("stream", self.of_stream)
        self.ran.append(f"{name} begun")
        await anyio.sleep(seconds)
        self.ran.append(f"{name} done")


async def test_each_closer_has_its_turn_and_its_share_of_the_time() -> None:
    stream = Closers(stream=100, iterator=0)
    began = anyio.current_time()
    async with drive(chat, config_of(chat), stream, close_timeout=0.1):
        pass
    assert stream.ran == ["stream begun", "iterator begun", "iterator done"]
    assert anyio.current_time() - began < 1


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_task_that_is_cancelled_again_and_again_closes_all() -> None:
    stream = Closers(stream=0.02, iterator=0.02)

    async def main() -> None:
        async with drive(chat, config_of(chat), stream) as run:
            async for _ in run:
                pass

    task = asyncio.ensure_future(main())
    await asyncio.sleep(0.01)
    for _ in range(4):
        task.cancel()
        await asyncio.sleep(0.002)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()
    assert stream.ran == ["stream begun", "stream done", "iterator begun", "iterator done"]


async def test_a_close_that_blocks_does_not_block_the_loop() -> None:
    class Blocking(Upstream):
        aclose = None  # type: ignore[assignment]

        def close(self) -> None:
            time.sleep(0.1)
            self.closed += 1

    upstream, turns = Blocking(RAWS), []
    async with anyio.create_task_group() as group:

        async def turning() -> None:
            while not upstream.closed:
                turns.append(upstream.closed)
                await anyio.sleep(0.005)

        async with drive(chat, config_of(chat), upstream):
            group.start_soon(turning)
    assert upstream.closed == 1
    assert len(turns) > 3


async def test_a_stream_that_only_leaving_closes_is_entered() -> None:
    class Entered:
        state = "fresh"

        async def __aenter__(self) -> "Entered":
            self.state = "entered"
            return self

        async def __aexit__(self, *_: object) -> None:
            self.state = "left"

        async def __aiter__(self) -> AsyncIterator[Any]:
            assert self.state == "entered"
            for raw in RAWS:
                yield raw

    stream = Entered()
    async with drive(chat, config_of(chat), stream) as run:
        assert [message async for message in run] == WHOLE[0]
    assert stream.state == "left"


async def test_a_read_that_will_not_be_cut_short_keeps_no_closer_waiting(caplog: pytest.LogCaptureFixture) -> None:
    released = anyio.Event()

    class Stubborn(Upstream):
        async def __anext__(self) -> Any:
            with anyio.CancelScope(shield=True):
                while not released.is_set():
                    with contextlib.suppress(asyncio.CancelledError):
                        await released.wait()
            raise StopAsyncIteration

    upstream = Stubborn([])
    with caplog.at_level(logging.WARNING, "streamfold"):
        async with drive(chat, config_of(chat), upstream, close_timeout=0.1) as run:
            assert not await run.ready(0.001)
    assert upstream.closed == 1
    (record,) = caplog.records
    assert "takes no notice of its read being cancelled" in record.getMessage()
    released.set()
    await settled()
    assert upstream.closed == 1

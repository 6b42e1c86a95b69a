"""Runs that end while their stream is being opened, or outlive their event loop, and streams that hold task groups."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from streamfold.adapters.driver.run import Run, drive
from streamfold.reducer import Cancelled, chat
from support.adapters.upstreams import Upstream, config_of, folded, objects

pytestmark = pytest.mark.anyio

RAWS = objects("chat_parallel_calls.sse")


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# While it is opened


class Opening:
    """A stream's manager that never gets its stream."""

    left = ""

    async def __aenter__(self) -> Any:
        try:
            await anyio.sleep_forever()
        except BaseException as error:
            self.left = type(error).__name__
            raise

    async def __aexit__(self, *_: object) -> None:
        raise AssertionError("it was never entered")


async def ended(run: Run[Any], way: str, event: anyio.Event) -> None:
    await anyio.wait_all_tasks_blocked()
    if way == "cancel":
        run.cancel()
    elif way == "event":
        event.set()
    else:
        await run.aclose()


@pytest.mark.parametrize(("way", "said"), [("cancel", ["cancelled"]), ("event", ["cancelled"]), ("aclose", [])])
async def test_a_run_ends_while_its_stream_is_being_opened(
    way: str, said: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    stream, event = Opening(), anyio.Event()
    run = drive(chat, config_of(chat), stream, cancel_event=event)
    async with anyio.create_task_group() as group:
        group.start_soon(ended, run, way, event)
        with anyio.fail_after(5):
            async with run:
                assert [message.stop_reason async for message in run] == said
    assert (run.result.outcome, caplog.records) == ("cancelled", [])
    assert stream.left in ("CancelledError", "Cancelled")


async def test_a_run_whose_opening_was_cut_is_left_without_being_read() -> None:
    event = anyio.Event()
    event.set()
    async with drive(chat, config_of(chat), Upstream(RAWS), cancel_event=event) as run:
        await anyio.wait_all_tasks_blocked()
    assert (run.result.outcome, run.result.diagnostics) == ("cancelled", ())


async def test_a_run_that_is_closed_just_as_it_was_opened_read_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Opened:
        left = 0

        async def __aenter__(self) -> Upstream:
            group.start_soon(run.aclose)  # its turn may come before that of the task that enters
            return Upstream(RAWS)

        async def __aexit__(self, *_: object) -> None:
            self.left += 1

    for _ in range(20):
        stream = Opened()
        run = drive(chat, config_of(chat), stream)
        async with anyio.create_task_group() as group, run:
            pass
        assert (run.result.outcome, run.result.diagnostics, stream.left) == ("cancelled", (), 1)
    assert caplog.records == []


# A read that takes no notice of being cut short


class Deaf(Upstream):
    """A stream that answers a cut with an error, or an item, and waits while it is closed."""

    async def __anext__(self) -> Any:
        if self.given == 0:
            return await super().__anext__()
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            if isinstance(self.then, Exception):
                raise self.then from None
            return self.raws[1]

    async def aclose(self) -> None:
        await anyio.sleep(0.001)
        self.closed += 1


@pytest.mark.parametrize("then", [OSError("torn"), None], ids=["error", "item"])
async def test_a_deaf_read_leaves_the_closers_undisturbed(then: Any, caplog: pytest.LogCaptureFixture) -> None:
    upstream = Deaf(RAWS, then)
    async with drive(chat, config_of(chat), upstream) as run:
        assert not await run.ready(0)
        while await run.ready(0.01):
            await run.__anext__()
    assert (upstream.closed, caplog.records) == (1, [])


async def deaf(left: list[str]) -> AsyncIterator[Any]:
    """A generator with a task group around its items, one of which is its answer to being cut short."""
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.sleep_forever)
        try:
            yield RAWS[1]
            try:
                await anyio.sleep_forever()
            except anyio.get_cancelled_exc_class():
                yield RAWS[2]
        finally:
            left.append("left")
            group.cancel_scope.cancel()


async def test_a_deaf_generator_is_left_by_its_own_task(caplog: pytest.LogCaptureFixture) -> None:
    left: list[str] = []
    async with drive(chat, config_of(chat), deaf(left)) as run:
        assert await run.__anext__()
        assert not await run.ready(0.01)
    assert (left, caplog.records) == (["left"], [])


class Managed:
    """A stream's manager that holds a task group."""

    left = False

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[Upstream]:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep_forever)
            try:
                yield Upstream(RAWS[:2], "silence")
            finally:
                self.left = True
                group.cancel_scope.cancel()


@pytest.mark.parametrize("is_reading", [True, False])
async def test_a_manager_with_a_task_group_is_left_by_its_own_task(
    is_reading: bool, caplog: pytest.LogCaptureFixture
) -> None:
    stream = Managed()
    async with drive(chat, config_of(chat), stream.opened()) as run:
        while is_reading and await run.ready(0.01):
            await run.__anext__()
    assert (stream.left, caplog.records) == (True, [])


# Task groups around items


async def grouped(gone: anyio.Event, error: Exception | None) -> AsyncIterator[Any]:
    """A generator with a task group around its items, a task of which fails once the first was given."""

    async def child() -> None:
        await gone.wait()
        if error is not None:
            raise error
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(child)
        yield RAWS[1]
        await anyio.sleep_forever()


async def test_a_task_group_that_fails_between_reads_is_the_next_answer(caplog: pytest.LogCaptureFixture) -> None:
    gone, error = anyio.Event(), ConnectionError("child")
    async with drive(chat, config_of(chat), grouped(gone, error)) as run:
        assert await run.__anext__()
        gone.set()
        await anyio.wait_all_tasks_blocked()
        assert (await run.__anext__()).stop_reason == "error"
        with pytest.raises(ExceptionGroup) as raised:
            await run.__anext__()
    assert raised.value.exceptions == (error,)
    assert (run.result.outcome, caplog.records) == ("failed", [])


class Held:
    """A manager with a task group around a stream that is no generator; a task of it fails once that is asked for."""

    def __init__(self, error: Exception) -> None:
        self.error, self.gone = error, anyio.Event()

    async def _child(self) -> None:
        await self.gone.wait()
        raise self.error

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[Any]:
        async with anyio.create_task_group() as group:
            group.start_soon(self._child)
            yield Upstream(RAWS[1:2], "silence")
            group.cancel_scope.cancel()


@pytest.mark.parametrize("is_reading", [True, False])
async def test_a_task_group_of_a_manager_that_fails_fails_the_run(is_reading: bool) -> None:
    held = Held(ConnectionError("child"))
    async with drive(chat, config_of(chat), held.opened()) as run:
        assert await run.__anext__()
        if is_reading:
            assert not await run.ready(0.01)
        held.gone.set()
        if not is_reading:
            await anyio.wait_all_tasks_blocked()
        assert (await run.__anext__()).stop_reason == "error"
        with pytest.raises(ExceptionGroup) as raised:
            await run.__anext__()
    assert raised.value.exceptions == (held.error,)
    assert run.result.outcome == "failed"


async def test_a_scope_that_ends_between_reads_is_the_end_of_its_stream() -> None:
    gone = anyio.Event()
    async with drive(chat, config_of(chat), grouped(gone, None)) as run:
        assert await run.__anext__()
        gone.set()
        await anyio.wait_all_tasks_blocked()
        assert [message async for message in run] == []
    assert run.result.outcome == "truncated"


async def test_a_task_group_that_failed_unseen_is_left_in_peace(caplog: pytest.LogCaptureFixture) -> None:
    gone = anyio.Event()
    async with drive(chat, config_of(chat), grouped(gone, ConnectionError("child"))) as run:
        message = await run.__anext__()
        gone.set()
        await anyio.wait_all_tasks_blocked()
    expected, result = folded(chat, RAWS[1:2], Cancelled())
    assert ([message], run.result, caplog.records) == (expected[:-1], result, [])


# The end of the loop


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_run_that_outlives_its_loop_is_closed_by_its_end(backend: str, caplog: pytest.LogCaptureFixture) -> None:
    left: list[str] = []

    async def main() -> Run[Any]:
        run = drive(chat, config_of(chat), deaf(left), cancel_event=anyio.Event())
        await run.__aenter__()
        assert await run.__anext__()
        return run

    run = anyio.run(main, backend=backend)
    assert left == ["left"]
    run.cancel()
    del run
    gc.collect()
    assert caplog.records == []


def test_a_run_that_is_dropped_after_its_loop_was_closed_is_silent() -> None:
    async def main() -> Run[Any]:
        run = drive(chat, config_of(chat), Upstream(RAWS, "silence"))
        await run.__aenter__()
        return run

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # of its task, which the loop's user has left
    run = loop.run_until_complete(main())
    loop.close()
    run.cancel()
    del run
    gc.collect()

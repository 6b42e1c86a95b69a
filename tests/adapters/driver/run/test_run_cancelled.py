"""Every way to cancel a run, at every chunk of real streams, on asyncio and trio."""

import asyncio
import random
import threading
from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold.adapters.driver.run import RunCancelled, drive
from streamfold.reducer import Cancelled, chat, responses
from support.adapters.upstreams import Upstream, cases, config_of, folded, objects, prefixes
from support.finding import EFFORT

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.deep
@cases
async def test_cancel_ends_a_run_at_every_chunk_also_in_silence(name: str, machine: Any) -> None:
    for cut in prefixes(name):
        upstream = Upstream(objects(name)[:cut], "silence")
        async with drive(machine, config_of(machine), upstream) as run, anyio.create_task_group() as group:
            group.start_soon(cancel_when_silent, upstream, run)
            with anyio.fail_after(5):
                messages = [message async for message in run]
        assert (messages, run.result) == folded(machine, objects(name)[:cut], Cancelled())
        assert upstream.closed == 1


async def cancel_when_silent(upstream: Upstream, run: Any) -> None:
    while upstream.given < len(upstream.raws):
        await anyio.lowlevel.checkpoint()
    for _ in range(3):
        await anyio.lowlevel.checkpoint()
    run.cancel()
    run.cancel()


async def test_a_silent_run_hears_of_its_cancel_within_50_milliseconds() -> None:
    async with drive(chat, config_of(chat), Upstream([], "silence")) as run, anyio.create_task_group() as group:
        moments: list[float] = []

        async def cancel() -> None:
            await anyio.sleep(0.02)
            moments.append(anyio.current_time())
            run.cancel()

        group.start_soon(cancel)
        (stop,) = [message async for message in run]
        moments.append(anyio.current_time())
    assert stop.message_type == "stop_reason"
    assert moments[1] - moments[0] < 0.05


@pytest.mark.deep
@cases
async def test_an_event_cancels_the_run_from_outside(name: str, machine: Any) -> None:
    for cut in prefixes(name):
        upstream, event = Upstream(objects(name)[:cut], "silence"), anyio.Event()
        async with drive(machine, config_of(machine), upstream, cancel_event=event) as run:
            async with anyio.create_task_group() as group:
                group.start_soon(set_when_silent, upstream, event)
                with anyio.fail_after(5):
                    messages = [message async for message in run]
        assert (messages, run.result) == folded(machine, objects(name)[:cut], Cancelled())
        assert upstream.closed == 1


async def set_when_silent(upstream: Upstream, event: anyio.Event) -> None:
    while upstream.given < len(upstream.raws):
        await anyio.lowlevel.checkpoint()
    await anyio.sleep(0.001)
    event.set()


async def test_an_event_that_was_set_before_cancels_before_the_first_chunk() -> None:
    event = anyio.Event()
    event.set()
    upstream = Upstream(objects("chat_error.sse"))
    async with drive(chat, config_of(chat), upstream, cancel_event=event) as run:
        messages = [message async for message in run]
    assert [message.message_type for message in messages] == ["stop_reason"]
    assert (upstream.given, upstream.closed, run.result.outcome) == (0, 1, "cancelled")


@pytest.mark.deep
@cases
async def test_run_cancelled_thrown_in_is_the_same(name: str, machine: Any) -> None:
    for cut in prefixes(name)[1:]:
        upstream = Upstream(objects(name)[:cut], "silence")
        async with drive(machine, config_of(machine), upstream) as run:
            said = []
            while upstream.given < cut:
                with anyio.move_on_after(0.02) as scope:
                    said.append(await run.__anext__())
                if scope.cancelled_caught:
                    break
            if run.result.outcome == "open":
                said.append(await run.athrow(RunCancelled()))
                said.extend([message async for message in run])
                assert said[-1].message_type == "stop_reason"
        over = run.state.envelope.final
        assert run.result.outcome in (("completed", "failed") if over else ("cancelled", "failed"))
        assert upstream.closed == 1


async def test_another_exception_thrown_in_is_raised() -> None:
    upstream = Upstream(objects("chat_error.sse"), "silence")
    async with drive(chat, config_of(chat), upstream) as run:
        await run.__anext__()
        with pytest.raises(KeyError):
            await run.athrow(KeyError("own"))
        assert [message async for message in run] == []
    assert (run.result.outcome, upstream.closed) == ("cancelled", 1)


@pytest.mark.deep
@cases
async def test_the_cancellation_of_the_task_is_never_swallowed(name: str, machine: Any) -> None:
    for cut in prefixes(name):
        upstream, said = Upstream(objects(name)[:cut], "silence"), []
        with anyio.CancelScope() as scope:
            async with drive(machine, config_of(machine), upstream) as run, anyio.create_task_group() as group:

                async def cancel() -> None:
                    while upstream.given < len(upstream.raws):
                        await anyio.lowlevel.checkpoint()
                    await anyio.lowlevel.checkpoint()
                    scope.cancel()

                group.start_soon(cancel)
                said.extend([message async for message in run])
        assert scope.cancelled_caught
        assert run.result == folded(machine, objects(name)[:cut], Cancelled())[1]
        assert upstream.closed == 1


async def test_a_run_can_be_cancelled_after_its_last_chunk_without_effect() -> None:
    async with drive(chat, config_of(chat), Upstream(objects("chat_parallel_calls.sse"))) as run:
        messages = [message async for message in run]
        run.cancel()
        assert [message async for message in run] == []
    assert messages[-1].message_type != "stop_reason"
    assert run.result.outcome == "completed"


async def test_another_thread_cancels_by_the_loop_s_own_way() -> None:
    async with drive(chat, config_of(chat), Upstream([], "silence")) as run, anyio.create_task_group() as group:

        async def in_thread() -> None:
            await anyio.to_thread.run_sync(lambda: anyio.from_thread.run_sync(run.cancel))

        group.start_soon(in_thread)
        with anyio.fail_after(5):
            assert [message.stop_reason async for message in run] == ["cancelled"]
    assert threading.active_count() < 20


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def own_threads() -> list[threading.Thread]:
    """All threads but those in which anyio's plugin waits for trio."""
    return [thread for thread in threading.enumerate() if not thread.name.startswith("Trio thread")]


async def test_many_runs_cancelled_at_random_moments_leave_nothing_behind(anyio_backend: str) -> None:
    chosen = random.Random(7)
    threads, files = own_threads(), descriptors()
    unfinished = objects("chat_parallel_calls.sse")[:-3]  # without the finish word, after which no cancel counts
    for count in range(round(1000 * min(EFFORT, 1))):
        upstream = Upstream(unfinished, "silence")
        event = anyio.Event() if count % 2 else None
        run = drive(chat, config_of(chat), upstream, cancel_event=event)
        with anyio.move_on_after(chosen.random() * 0.003):
            async with run:
                async for _ in run:
                    await anyio.lowlevel.checkpoint()
        assert run.result.outcome == "cancelled"
        assert upstream.closed == (upstream.closed and 1)
    assert set(own_threads()) <= set(threads)  # a thread of an earlier test may have ended
    assert descriptors() <= files
    if anyio_backend == "asyncio":
        assert len(asyncio.all_tasks()) <= 2


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_asyncio_s_own_task_cancel_and_event_work() -> None:
    for cut in prefixes("responses_web_search.sse"):
        raws = objects("responses_web_search.sse")[:cut]
        upstream, runs = Upstream(raws, "silence"), []

        async def consume(upstream: Upstream = upstream, runs: list[Any] = runs) -> None:
            async with drive(responses, config_of(responses), upstream, cancel_event=asyncio.Event()) as run:
                runs.append(run)
                async for _ in run:
                    pass

        task = asyncio.ensure_future(consume())
        while upstream.given < cut or not runs:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel("by hand")
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()
        assert (runs[0].result, upstream.closed) == (folded(responses, raws, Cancelled())[1], 1)

    event, upstream = asyncio.Event(), Upstream([], "silence")
    asyncio.get_running_loop().call_later(0.01, event.set)
    async with drive(chat, config_of(chat), upstream, cancel_event=event) as run:
        assert [message.stop_reason async for message in run] == ["cancelled"]

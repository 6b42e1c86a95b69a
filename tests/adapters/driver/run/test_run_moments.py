"""Moments between two others: what arrives while nobody waits, a signal, a time that passes in a busy stream."""

import asyncio
import gc
import os
import signal
import weakref
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from streamfold.adapters.driver.run import drive
from streamfold.adapters.errors import StreamStalled
from streamfold.adapters.wire.sse import Frame, Frames
from streamfold.reducer import chat
from support.adapters.upstreams import Upstream, config_of, objects

pytestmark = pytest.mark.anyio
RAWS = objects("chat_parallel_calls.sse")
PING = {"choices": []}


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Late(Upstream):
    """Gives its items once it is let."""

    def __init__(self, raws: list[Any]) -> None:
        super().__init__(raws, "silence")
        self.let = anyio.Event()

    async def __anext__(self) -> Any:
        await self.let.wait()
        return await super().__anext__()


async def test_what_arrived_before_a_cancel_is_folded() -> None:
    upstream = Late(RAWS[:1])
    async with drive(chat, config_of(chat), upstream) as run:
        assert not await run.ready(0.01)
        upstream.let.set()
        await anyio.sleep(0.02)  # it comes while nobody waits
        run.cancel()
        async for _ in run:
            pass
    assert (upstream.given, run.result.chunks, run.result.outcome) == (1, 1, "cancelled")


@pytest.mark.parametrize("how", ["cancel", "leave", "raise"])
async def test_what_was_read_ahead_is_folded_whatever_ends_the_run(how: str) -> None:
    words = [Frames([Frame(b'{"choices": [{"delta": {"content": "%d"}}]}' % at, "", 1, 1)]) for at in range(9)]
    said = []

    async def upstream() -> AsyncIterator[Frames]:
        for word in words:
            yield word
        await anyio.sleep_forever()

    async with drive(chat, config_of(chat), upstream()) as run:
        async for message in run:
            said.append(message)
            if how == "cancel":
                run.cancel()
            elif len(said) == 2:
                break
        if how == "raise":
            with pytest.raises(KeyError):
                await run.athrow(KeyError())
    assert (run.result.outcome, run.result.text, run.result.chunks) == ("cancelled", "012345678", 9)
    assert len(said) == (10 if how == "cancel" else 2)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_signal_handler_s_cancel_wakes_a_silent_run() -> None:
    async with drive(chat, config_of(chat), Upstream([], "silence")) as run:
        before = signal.signal(signal.SIGUSR1, lambda *_: run.cancel())
        try:
            asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGUSR1)
            with anyio.fail_after(1):
                assert [message.stop_reason async for message in run] == ["cancelled"]
        finally:
            signal.signal(signal.SIGUSR1, before)


async def endless(item: Any) -> AsyncIterator[Any]:
    while True:
        yield item


@pytest.mark.parametrize("limit", ["total_timeout", "content_timeout"])
async def test_a_time_passes_also_where_the_upstream_never_lets_wait(limit: str) -> None:
    run = drive(chat, config_of(chat), endless(PING), **{limit: 0.05})
    with anyio.fail_after(5), pytest.raises(StreamStalled):
        async with run:
            async for _ in run:
                pass
    assert run.result.outcome == "failed"


async def test_the_total_time_counts_after_a_finish_word_too() -> None:
    async def going_on() -> AsyncIterator[Any]:
        yield {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"}]}
        while True:
            await anyio.sleep(0.01)
            yield {"choices": [{"index": 0, "delta": {"content": "b"}}]}

    run = drive(chat, config_of(chat), going_on(), total_timeout=0.1, grace=1)
    with anyio.fail_after(5):
        async with run:
            async for _ in run:
                pass
    assert run.result.outcome == "completed"


async def test_a_run_that_is_being_entered_is_not_iterated() -> None:
    run = drive(chat, config_of(chat), Entered(Upstream(RAWS)))
    async with anyio.create_task_group() as group:
        group.start_soon(run.__aenter__)
        await anyio.sleep(0.01)
        with pytest.raises(RuntimeError, match="inside its `async with`"):
            await run.__anext__()
    assert (await run.__anext__()).message_type == "reasoning_message"
    await run.aclose()


class Entered:
    """A stream's manager that takes a while to be entered."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    async def __aenter__(self) -> Any:
        await anyio.sleep(0.05)
        return self.stream

    async def __aexit__(self, *_: object) -> None:
        pass


async def broken(breaks: bool) -> AsyncIterator[Any]:
    for raw in RAWS[:3]:
        yield raw
    if breaks:
        raise ConnectionError("boom")


@pytest.mark.parametrize("breaks", [True, False])
async def test_a_run_that_is_over_is_kept_by_no_cycle(breaks: bool) -> None:
    gc.disable()
    try:
        run = drive(chat, config_of(chat), broken(breaks))
        try:
            async with run:
                async for _ in run:
                    pass
        except ConnectionError:
            pass
        known = weakref.ref(run)
        del run
        await anyio.sleep(0.01)
        assert known() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("limit", ["idle_timeout", "total_timeout"])
async def test_opening_a_stream_takes_no_longer_than_it_may(limit: str) -> None:
    class Deaf(Entered):
        async def __aenter__(self) -> Any:
            await anyio.sleep_forever()

    run = drive(chat, config_of(chat), Deaf(None), **{limit: 0.05})
    with anyio.fail_after(5), pytest.raises(StreamStalled):
        async with run:
            pass
    assert run.result.outcome == "failed"


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
def test_a_dropped_run_is_closed_on_a_loop_of_asyncio_s_own(anyio_backend: str) -> None:
    async def main(in_thread: bool) -> int:
        upstream = Upstream(RAWS, "silence")
        held = [drive(chat, config_of(chat), upstream)]
        await held[0].__aenter__()
        await held[0].__anext__()
        if in_thread:
            await asyncio.to_thread(held.clear)
        held.clear()
        await asyncio.sleep(0.05)
        return upstream.closed

    assert [asyncio.run(main(in_thread)) for in_thread in (False, True)] == [1, 1]

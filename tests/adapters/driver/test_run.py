"""The driver: every row of the table of ends, at every chunk of real streams, on asyncio and trio."""

import asyncio
import json
import logging
import random
import threading
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold.adapters import wire
from streamfold.adapters.driver.run import Observer, RunCancelled, StreamStalled, drive
from streamfold.reducer import Cancelled, Ended, Failed, chat, fold, inner_thoughts, responses
from support.finding import EFFORT
from support.law_checks import MESSAGE_ID, channels, check_agreement

pytestmark = pytest.mark.anyio

STREAMS = Path(__file__).parents[2] / "streams"
CASES = [
    ("chat_parallel_calls.sse", chat),
    ("chat_error.sse", chat),
    ("inner_thoughts.jsonl", inner_thoughts),
    ("responses_web_search.sse", responses),
]
cases = pytest.mark.parametrize(("name", "machine"), CASES, ids=[name for name, _ in CASES])
OVERFLOW = "This model's maximum context length is 8192 tokens"


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@cache
def objects(name: str) -> list[Any]:
    """A stream's frames, decoded."""
    frames = wire.frames([(STREAMS / name).read_bytes()])
    return [json.loads(frame.data) if frame.data != b"[DONE]" else "[DONE]" for frame in frames]


def config_of(machine: Any) -> Any:
    return machine.Config(message_id=MESSAGE_ID, run_id="run-1")


def folded(machine: Any, raws: list[Any], end: Any) -> tuple[list[Any], Any]:
    """What the pure fold says of these."""
    decode = wire.decoder("responses" if machine is responses else "chat")
    state, messages = fold(machine, config_of(machine), map(decode, raws), end)
    return list(messages), machine.result(state)


class Upstream:
    """An upstream that gives `raws`, then does as it is told; it knows whether it was closed."""

    def __init__(self, raws: list[Any], then: Any = None) -> None:
        self.raws, self.then, self.given, self.closed = list(raws), then, 0, 0

    def __aiter__(self) -> "Upstream":
        return self

    async def __anext__(self) -> Any:
        await anyio.lowlevel.checkpoint()
        if self.given < len(self.raws):
            self.given += 1
            return self.raws[self.given - 1]
        if self.then == "silence":
            await anyio.sleep_forever()
        if isinstance(self.then, BaseException):
            raise self.then
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.closed += 1


def prefixes(name: str) -> range:
    return range(len(objects(name)) + 1)


@cases
async def test_an_upstream_that_ends_is_completed_or_truncated(name: str, machine: Any) -> None:
    for cut in prefixes(name):
        upstream = Upstream(objects(name)[:cut])
        async with drive(machine, config_of(machine), upstream) as run:
            messages = [message async for message in run]
        assert (messages, run.result) == folded(machine, objects(name)[:cut], Ended())
        assert upstream.closed == 1


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
        assert run.result.outcome in ("cancelled", "failed")
        assert upstream.closed == 1


async def test_another_exception_thrown_in_is_raised() -> None:
    upstream = Upstream(objects("chat_error.sse"), "silence")
    async with drive(chat, config_of(chat), upstream) as run:
        await run.__anext__()
        with pytest.raises(KeyError):
            await run.athrow(KeyError("own"))
        assert [message async for message in run] == []
    assert (run.result.outcome, upstream.closed) == ("cancelled", 1)


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


@cases
async def test_a_consumer_that_leaves_has_its_own_exception(name: str, machine: Any) -> None:
    count = len(folded(machine, objects(name), Ended())[0])
    for stop in range(0, count, 5):
        upstream = Upstream(objects(name), "silence")
        with pytest.raises(ZeroDivisionError):
            async with drive(machine, config_of(machine), upstream, cancel_event=anyio.Event()) as run:
                seen = 0
                async for _ in run:
                    if seen == stop:
                        _ = 1 / 0
                    seen += 1
        assert run.result.outcome in ("cancelled", "failed")
        assert upstream.closed == 1


async def test_a_consumer_that_breaks_leaves_a_cancelled_run() -> None:
    upstream = Upstream(objects("chat_parallel_calls.sse"))
    async with drive(chat, config_of(chat), upstream) as run:
        async for _ in run:
            break
    assert (run.result.outcome, upstream.closed) == ("cancelled", 1)
    assert run.result.chunks == upstream.given


async def test_a_run_left_without_iterating_closes_its_upstream() -> None:
    upstream = Upstream(objects("chat_error.sse"))
    async with drive(chat, config_of(chat), upstream) as run:
        pass
    assert (run.result.outcome, upstream.given, upstream.closed) == ("cancelled", 0, 1)


@cases
async def test_an_upstream_that_raises_is_heard_after_what_was_held(name: str, machine: Any) -> None:
    for cut in prefixes(name):
        boom = ConnectionError("boom")
        upstream, said = Upstream(objects(name)[:cut], boom), []
        async with drive(machine, config_of(machine), upstream) as run:
            with pytest.raises(ConnectionError) as raised:
                async for message in run:
                    said.append(message)
            assert [message async for message in run] == []
        assert raised.value is boom
        assert (said, run.result) == folded(machine, objects(name)[:cut], Failed("ConnectionError: boom"))
        assert upstream.closed == 1


async def test_of_a_context_overflow_the_caller_hears_the_error_alone() -> None:
    overflow = ValueError(OVERFLOW)
    upstream, said = Upstream(objects("inner_thoughts.jsonl")[:4], overflow), []
    async with drive(inner_thoughts, config_of(inner_thoughts), upstream) as run:
        with pytest.raises(ValueError, match="maximum context length"):
            async for message in run:
                said.append(message)
    assert run.result.outcome == "failed"
    assert [message.message_type for message in said] == ["reasoning_message"] * len(said)


async def test_silence_beyond_the_timeout_is_a_stall() -> None:
    upstream, said = Upstream(objects("chat_parallel_calls.sse")[:9], "silence"), []
    async with drive(chat, config_of(chat), upstream, idle_timeout=0.03) as run:
        with pytest.raises(StreamStalled, match=r"0\.03"):
            async for message in run:
                said.append(message)
    assert said[-1].stop_reason == "error"
    assert (run.result.outcome, upstream.closed) == ("failed", 1)


async def test_a_keepalive_is_silence() -> None:
    async def alive() -> AsyncIterator[Any]:
        while True:
            yield {"type": "keepalive"}
            await anyio.sleep(0.005)

    async with drive(responses, config_of(responses), alive(), idle_timeout=0.05) as run:
        with anyio.fail_after(5), pytest.raises(StreamStalled):
            async for _ in run:
                pass


async def test_a_chunk_that_cannot_be_decoded_is_counted_and_the_run_goes_on() -> None:
    raws = [object(), 7, {"odd": 1}, *objects("chat_parallel_calls.sse")]
    async with drive(chat, config_of(chat), Upstream(raws)) as run:
        messages = [message async for message in run]
    whole, result = folded(chat, objects("chat_parallel_calls.sse"), Ended())
    assert messages == whole
    assert run.result.chunks == result.chunks + 3
    assert {diagnostic.kind for diagnostic in run.result.diagnostics} == {"undecodable"}


async def test_a_run_can_be_cancelled_after_its_last_chunk_without_effect() -> None:
    async with drive(chat, config_of(chat), Upstream(objects("chat_parallel_calls.sse"))) as run:
        messages = [message async for message in run]
        run.cancel()
        assert [message async for message in run] == []
    assert messages[-1].message_type != "stop_reason"
    assert run.result.outcome == "completed"


async def test_a_slow_consumer_is_never_run_ahead_of() -> None:
    upstream = Upstream(objects("chat_parallel_calls.sse"))
    async with drive(chat, config_of(chat), upstream) as run:
        async for _ in run:
            given = upstream.given
            await anyio.sleep(0)
            assert upstream.given == given


async def test_two_runs_in_one_task_do_not_touch_each_other() -> None:
    first, second = (
        Upstream(objects("chat_parallel_calls.sse")),
        Upstream(objects("responses_web_search.sse"), "silence"),
    )
    async with (
        drive(chat, config_of(chat), first, cancel_event=anyio.Event()) as one,
        drive(responses, config_of(responses), second, cancel_event=anyio.Event()) as other,
    ):
        said: dict[str, list[Any]] = {"one": [], "other": []}
        async for message in one:
            said["one"].append(message)
            said["other"].append(await other.__anext__())
        other.cancel()
        said["other"].extend([message async for message in other])
    assert (one.result.outcome, other.result.outcome) == ("completed", "cancelled")
    assert said["one"] == folded(chat, objects("chat_parallel_calls.sse"), Ended())[0]
    check_agreement(said["other"], other.result)


async def test_another_thread_cancels_by_the_loop_s_own_way() -> None:
    async with drive(chat, config_of(chat), Upstream([], "silence")) as run, anyio.create_task_group() as group:

        async def in_thread() -> None:
            await anyio.to_thread.run_sync(lambda: anyio.from_thread.run_sync(run.cancel))

        group.start_soon(in_thread)
        with anyio.fail_after(5):
            assert [message.stop_reason async for message in run] == ["cancelled"]
    assert threading.active_count() < 20


class Stubborn(Upstream):
    def __init__(self, raws: list[Any], how: str) -> None:
        super().__init__(raws, "silence")
        self.how = how

    async def aclose(self) -> None:
        await super().aclose()
        if self.how == "raises":
            raise OSError("close failed")
        await anyio.sleep_forever()


@pytest.mark.parametrize("how", ["raises", "hangs"])
async def test_an_upstream_that_will_not_be_closed_is_let_go(how: str, caplog: pytest.LogCaptureFixture) -> None:
    upstream = Stubborn(objects("chat_error.sse")[:3], how)
    with caplog.at_level(logging.WARNING, "streamfold"), anyio.fail_after(5):
        async with drive(chat, config_of(chat), upstream, close_timeout=0.05) as run:
            async for _ in run:
                break
    assert run.result.outcome == "cancelled"
    assert upstream.closed == 1
    assert "closed" in caplog.text


async def test_a_generator_that_swallows_its_close_is_let_go(caplog: pytest.LogCaptureFixture) -> None:
    async def swallowing() -> AsyncIterator[Any]:
        try:
            for raw in objects("chat_error.sse"):
                yield raw
        except GeneratorExit:
            yield "again"

    with caplog.at_level(logging.WARNING, "streamfold"):
        async with drive(chat, config_of(chat), swallowing()) as run:
            async for _ in run:
                break
    assert run.result.outcome == "cancelled"
    assert "ignored GeneratorExit" in caplog.text


class Recording(Observer):
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def received(self, raw: object) -> None:
        self.seen.append(("received", raw))

    def first(self, message: Any) -> None:
        self.seen.append(("first", message))

    def stepped(self, before: Any, chunk: Any, after: Any, messages: Any) -> None:
        assert chat.step(before, chunk) == (after, messages)
        self.seen.append(("stepped", messages))

    def ended(self, end: Any, result: Any) -> None:
        self.seen.append(("ended", end, result.outcome))


async def test_observers_see_everything_once_and_cannot_harm(caplog: pytest.LogCaptureFixture) -> None:
    class Raising(Observer):
        def stepped(self, before: Any, chunk: Any, after: Any, messages: Any) -> None:
            raise RuntimeError("observer trouble")

    recording, raws = Recording(), objects("chat_parallel_calls.sse")
    with caplog.at_level(logging.ERROR, "streamfold"):
        async with drive(chat, config_of(chat), Upstream(raws), observers=[Raising(), recording]) as run:
            messages = [message async for message in run]
    assert "observer trouble" in caplog.text
    assert [told[1] for told in recording.seen if told[0] == "received"] == raws
    assert [message for told in recording.seen if told[0] == "stepped" for message in told[1]] == messages
    assert [told for told in recording.seen if told[0] == "first"] == [("first", messages[0])]
    assert recording.seen[-1] == ("ended", Ended(), "completed")
    assert channels(messages)["text"] == run.result.text


async def test_a_run_is_iterated_inside_its_async_with() -> None:
    run = drive(chat, config_of(chat), Upstream([]))
    with pytest.raises(RuntimeError, match="async with"):
        await run.__anext__()


async def test_a_run_is_iterated_by_one_task_at_a_time() -> None:
    async with drive(chat, config_of(chat), Upstream([], "silence")) as run, anyio.create_task_group() as group:

        async def read() -> None:
            assert [message.stop_reason async for message in run] == ["cancelled"]

        group.start_soon(read)
        await anyio.sleep(0.01)
        with pytest.raises(RuntimeError, match="one task"):
            await run.__anext__()
        run.cancel()


async def test_closing_a_run_ends_it() -> None:
    upstream = Upstream(objects("chat_parallel_calls.sse"))
    async with drive(chat, config_of(chat), upstream) as run:
        await run.__anext__()
        await run.aclose()
        assert [message async for message in run] == []
    assert (run.result.outcome, upstream.closed) == ("cancelled", 1)


async def test_a_machine_of_somebody_else_takes_what_comes_as_it_is() -> None:
    class Echo:
        Result = chat.result

        def start(self, config: Any) -> Any:
            return chat.start(config_of(chat))

        def step(self, state: Any, chunk: Any) -> Any:
            return chat.step(state, wire.decoder("chat")(chunk["inner"]))

        def finish(self, state: Any, end: Any) -> Any:
            return chat.finish(state, end)

        def result(self, state: Any) -> Any:
            return chat.result(state)

    raws = [{"inner": raw} for raw in objects("chat_parallel_calls.sse")]
    async with drive(Echo(), None, Upstream(raws)) as run:
        messages = [message async for message in run]
    assert messages == folded(chat, objects("chat_parallel_calls.sse"), Ended())[0]


async def test_a_stream_s_manager_is_entered_and_left() -> None:
    class Manager:
        left = False

        async def __aenter__(self) -> Upstream:
            return Upstream(objects("chat_error.sse"))

        async def __aexit__(self, *_: object) -> None:
            self.left = True

    manager = Manager()
    async with drive(chat, config_of(chat), manager) as run:
        assert [message async for message in run]
    assert manager.left


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_many_runs_cancelled_at_random_moments_leave_nothing_behind(anyio_backend: str) -> None:
    chosen = random.Random(7)
    threads, files = threading.active_count(), descriptors()
    for count in range(round(1000 * min(EFFORT, 1))):
        upstream = Upstream(objects("chat_parallel_calls.sse"), "silence")
        event = anyio.Event() if count % 2 else None
        with anyio.move_on_after(chosen.random() * 0.003):
            async with drive(chat, config_of(chat), upstream, cancel_event=event) as run:
                async for _ in run:
                    await anyio.lowlevel.checkpoint()
        assert run.result.outcome == "cancelled"
        assert upstream.closed == (upstream.closed and 1)
    assert threading.active_count() <= threads  # a thread of an earlier test may have ended
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

"""The driver: how a run ends by its upstream and by its consumer, at every chunk, on asyncio and trio."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from attrs import evolve
from streamfold.adapters import wire
from streamfold.adapters.driver.run import drive
from streamfold.adapters.errors import StreamStalled
from streamfold.reducer import Ended, Failed, chat, inner_thoughts, responses
from support.adapters.upstreams import Upstream, cases, config_of, folded, has_ended, objects, prefixes
from support.law_checks import check_agreement

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


OVERFLOW = "This model's maximum context length is 8192 tokens"


@pytest.mark.deep
@cases
async def test_an_upstream_that_ends_is_completed_or_truncated(name: str, machine: Any) -> None:
    for cut in prefixes(name):
        upstream = Upstream(objects(name)[:cut])
        async with drive(machine, config_of(machine), upstream) as run:
            messages = [message async for message in run]
        assert (messages, run.result) == folded(machine, objects(name)[:cut], Ended())
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


@pytest.mark.deep
@cases
async def test_an_upstream_that_raises_is_heard_after_what_was_held(name: str, machine: Any) -> None:
    for cut in prefixes(name):
        boom, raised = ConnectionError("boom"), None
        upstream, said = Upstream(objects(name)[:cut], boom), []
        async with drive(machine, config_of(machine), upstream) as run:
            try:
                async for message in run:
                    said.append(message)
            except ConnectionError as error:
                raised = error
            assert [message async for message in run] == []
        over = has_ended(machine, objects(name)[:cut])
        assert raised is (None if over else boom)
        assert (said, run.result) == folded(machine, objects(name)[:cut], Ended() if over else Failed(boom))
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


async def test_a_chunk_that_cannot_be_decoded_is_counted_and_passed_over() -> None:
    raws = [object(), 7, {"odd": 1}, *objects("chat_parallel_calls.sse")]
    async with drive(chat, config_of(chat), Upstream(raws)) as run:
        messages = [message async for message in run]
    whole, result = folded(chat, objects("chat_parallel_calls.sse"), Ended())
    assert messages == whole
    assert run.result.chunks == result.chunks + 3
    assert {diagnostic.kind for diagnostic in run.result.diagnostics} == {"undecodable", "kept"}


async def test_a_limit_ends_the_run_and_closes_the_upstream() -> None:
    upstream = Upstream(objects("chat_parallel_calls.sse"), "silence")
    async with drive(chat, evolve(config_of(chat), limits={"lanes": 1}), upstream) as run:
        messages = [message async for message in run]
    assert (run.result.outcome, upstream.closed) == ("failed", 1)
    assert messages[-1].message_type == "stop_reason"
    assert run.result.error is not None
    assert run.result.error.message == "more than 1 tool calls (Limits.lanes)"
    assert run.result.chunks == upstream.given < len(objects("chat_parallel_calls.sse"))


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

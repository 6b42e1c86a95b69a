"""Runs over the real openai client and loopback HTTP: whole, in pieces, stalled, dropped, refused, left."""

from typing import Any

import anyio
import openai
import pytest
from streamfold.adapters.driver.run import drive
from streamfold.adapters.driver.sync_run import drive_sync
from streamfold.adapters.errors import StreamStalled
from streamfold.reducer import chat, inner_thoughts, responses
from support.live_streams import BACKENDS, CHAT, RESPONSES, STREAMS, config_of, folded, wires
from support.loopback import Loopback, byte_by_byte, cut, dropped, failing, html, refused, stalled, whole

pytestmark = pytest.mark.anyio


@pytest.fixture(params=BACKENDS)
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def async_client(server: Loopback) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0)


async def created(client: openai.AsyncOpenAI, name: str) -> Any:
    if name == "chat":
        return await client.chat.completions.create(model="m", messages=[], stream=True)
    return await client.responses.create(model="m", input="hi", stream=True)


@pytest.mark.deep
@wires
@pytest.mark.parametrize(
    "answer", [whole, byte_by_byte, lambda body: cut(body, [7, 300, 301, 2000])], ids=["whole", "bytes", "cut"]
)
async def test_a_body_folds_as_it_is_however_it_is_cut(machine: Any, name: str, body: bytes, answer: Any) -> None:
    with Loopback(answer(body)) as server:
        async with async_client(server) as client:
            async with drive(machine, config_of(machine), await created(client, name)) as run:
                messages = [message async for message in run]
    assert messages == folded(machine, name, body)[0]
    assert run.result.tool_calls == folded(machine, name, body)[1].tool_calls
    assert run.result.outcome == "completed"


@wires
async def test_leaving_a_run_closes_the_response(machine: Any, name: str, body: bytes) -> None:
    with Loopback(stalled(body, len(body) // 2)) as server:
        async with async_client(server) as client:
            async with drive(machine, config_of(machine), await created(client, name)) as run:
                async for _ in run:
                    break
            assert await anyio.to_thread.run_sync(server.requests[0].closed.wait, 5)
    assert run.result.outcome == "cancelled"


@pytest.mark.deep
@wires
async def test_a_stalled_response_is_cancelled_or_times_out(machine: Any, name: str, body: bytes) -> None:
    half = len(body) // 2
    with Loopback(stalled(body, half)) as server:
        async with async_client(server) as client:
            async with (
                drive(machine, config_of(machine), await created(client, name)) as run,
                anyio.create_task_group() as group,
            ):

                async def cancel() -> None:
                    await anyio.sleep(0.1)
                    run.cancel()

                group.start_soon(cancel)
                with anyio.fail_after(5):
                    said = [message async for message in run]
            assert said[-1].message_type == "stop_reason"
            assert run.result.outcome == "cancelled"
            assert await anyio.to_thread.run_sync(server.requests[0].closed.wait, 5)
            async with drive(machine, config_of(machine), await created(client, name), idle_timeout=0.1) as run:
                with anyio.fail_after(5), pytest.raises(StreamStalled):
                    async for _ in run:
                        pass
            assert run.result.outcome == "failed"


@wires
async def test_a_connection_dropped_mid_frame_is_a_failure_with_what_came(machine: Any, name: str, body: bytes) -> None:
    with Loopback(dropped(body, len(body) // 2)) as server:
        async with async_client(server) as client:
            said: list[Any] = []
            async with drive(machine, config_of(machine), await created(client, name)) as run:
                with pytest.raises(openai.APIConnectionError):
                    async for message in run:
                        said.append(message)
    assert said[-1].stop_reason == "error"
    assert run.result.outcome == "failed"
    assert run.result.reasoning
    assert not any(call.complete for call in run.result.tool_calls)


async def test_an_error_in_the_stream_is_raised_and_ends_the_run() -> None:
    with Loopback(failing(CHAT, CHAT.index(b"\n\n", 3000) + 2)) as server:
        async with async_client(server) as client, drive(chat, config_of(chat), await created(client, "chat")) as run:
            with pytest.raises(openai.APIError):
                async for _ in run:
                    pass
    assert run.result.outcome == "failed"


@pytest.mark.parametrize("by", ["bytes", "objects"])
async def test_an_error_in_the_stream_counts_after_a_finish_word_as_well(by: Any) -> None:
    word = b'data: {"id": "c1", "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "length"}]}\n\n'
    with Loopback(failing(word, len(word))) as server:
        async with async_client(server) as client:
            async with drive(chat, config_of(chat), await created(client, "chat"), by=by) as run:
                with pytest.raises(openai.APIError, match="boom"):
                    async for _ in run:
                        pass
    assert (run.result.outcome, run.result.text, run.result.finish_reason) == ("failed", "Hi", "length")


async def test_an_error_status_is_raised_before_there_is_a_run() -> None:
    with Loopback(refused(429, "slow down", "rate_limit_exceeded")) as server:
        async with async_client(server) as client:
            with pytest.raises(openai.RateLimitError):
                await created(client, "chat")


async def test_a_page_in_place_of_a_stream_is_a_failed_run() -> None:
    with Loopback(html(200)) as server:
        async with async_client(server) as client, drive(chat, config_of(chat), await created(client, "chat")) as run:
            assert [message.stop_reason async for message in run] == ["llm_api_error"]
    assert run.result.outcome == "failed"
    assert run.result.error is not None
    assert run.result.error.message == "Bad gateway"


async def test_the_client_s_stream_managers_are_driven_too() -> None:
    with Loopback(whole(CHAT), whole(RESPONSES)) as server:
        async with async_client(server) as client:
            manager: Any = client.chat.completions.stream(model="m", messages=[])
            async with drive(chat, config_of(chat), manager) as run:
                messages = [message async for message in run]
            assert messages == folded(chat, "chat", CHAT)[0]
            manager = client.responses.stream(model="m", input="hi")
            async with drive(responses, config_of(responses), manager) as run:
                messages = [message async for message in run]
            assert messages == folded(responses, "responses", RESPONSES)[0]


@wires
def test_the_synchronous_client(machine: Any, name: str, body: bytes) -> None:
    with (
        Loopback(whole(body), stalled(body, len(body) // 2)) as server,
        openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client,
    ):

        def stream() -> Any:
            if name == "chat":
                return client.chat.completions.create(model="m", messages=[], stream=True)
            return client.responses.create(model="m", input="hi", stream=True)

        with drive_sync(machine, config_of(machine), stream()) as run:
            assert list(run) == folded(machine, name, body)[0]
        with drive_sync(machine, config_of(machine), stream()) as run:
            next(run)
        assert run.result.outcome == "cancelled"
        assert server.requests[1].closed.wait(5)


@pytest.mark.deep
async def test_inner_thoughts_over_the_client() -> None:
    frames = (STREAMS / "inner_thoughts.jsonl").read_bytes().splitlines()
    body = b"".join(b"data: " + line + b"\n\n" for line in frames) + b"data: [DONE]\n\n"
    with Loopback(byte_by_byte(body)) as server:
        async with async_client(server) as client:
            async with drive(inner_thoughts, config_of(inner_thoughts), await created(client, "chat")) as run:
                messages = [message async for message in run]
    assert messages == folded(inner_thoughts, "inner-thoughts", body)[0]

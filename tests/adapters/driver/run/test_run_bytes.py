"""Live streams without the SDK's objects: the body's bytes, from httpx and from the real openai client."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import openai
import pytest
from streamfold.adapters import wire
from streamfold.adapters.driver.run import drive
from streamfold.adapters.errors import FrameTooLong
from support.live_streams import BACKENDS, config_of, folded, wires
from support.loopback import Loopback, cut, dropped, refused, stalled, whole

pytestmark = pytest.mark.anyio


@pytest.fixture(params=BACKENDS)
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


answers = pytest.mark.parametrize("answer", [whole, lambda body: cut(body, [7, 300, 301, 2000])], ids=["whole", "cut"])


def streaming(client: openai.AsyncOpenAI, name: str) -> Any:
    if name == "chat":
        return client.chat.completions.with_streaming_response.create(model="m", messages=[], stream=True)
    return client.responses.with_streaming_response.create(model="m", input="hi", stream=True)


@wires
@answers
async def test_httpx_s_bytes_are_folded(machine: Any, name: str, body: bytes, answer: Any) -> None:
    with Loopback(answer(body)) as server:
        async with httpx.AsyncClient() as client, client.stream("POST", f"{server.url}/x", json={}) as response:
            async with drive(machine, config_of(machine), wire.chunks(name, response.aiter_bytes())) as run:
                messages = [message async for message in run]
            assert response.is_closed
    assert (messages, run.result) == folded(machine, name, body)


@wires
@answers
async def test_the_openai_client_s_bytes_are_folded(machine: Any, name: str, body: bytes, answer: Any) -> None:
    with Loopback(answer(body)) as server:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            async with streaming(client, name) as response:
                async with drive(machine, config_of(machine), wire.chunks(name, response.iter_bytes())) as run:
                    messages = [message async for message in run]
    assert (messages, run.result) == folded(machine, name, body)


@wires
async def test_a_cancelled_run_closes_the_response(machine: Any, name: str, body: bytes) -> None:
    at = body.index(b"\n\n", len(body) // 2) + 2
    with Loopback(stalled(body, at)) as server:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            async with streaming(client, name) as response:
                async with drive(machine, config_of(machine), wire.chunks(name, response.iter_bytes())) as run:
                    async for _ in run:
                        run.cancel()
            assert response.http_response.is_closed
    assert run.result.outcome == "cancelled"


@wires
async def test_a_dropped_connection_is_the_client_s_own_error(machine: Any, name: str, body: bytes) -> None:
    at = body.index(b"\n\n", len(body) // 2) + 2
    with Loopback(dropped(body, at)) as server:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            async with streaming(client, name) as response:
                with pytest.raises(Exception, match="peer closed connection"):
                    async with drive(machine, config_of(machine), wire.chunks(name, response.iter_bytes())) as run:
                        async for _ in run:
                            pass
    assert run.result.outcome == "failed"


async def test_the_client_s_own_refusals_come_before_any_stream() -> None:
    with Loopback(refused(429, "slow down")) as server:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            with pytest.raises(openai.RateLimitError, match="slow down"):
                async with streaming(client, "chat"):
                    pass


@wires
async def test_a_frame_that_is_too_long_fails_the_run(machine: Any, name: str, body: bytes) -> None:
    whole = body[: body.index(b"\n\n", len(body) // 2) + 2]
    closed = []

    async def pieces() -> AsyncIterator[bytes]:
        try:
            yield whole + b"data: "
            while True:
                yield b"x" * 10_000
        finally:
            closed.append(name)

    async with drive(machine, config_of(machine), wire.chunks(name, pieces(), 100_000)) as run:
        with pytest.raises(FrameTooLong, match="longer than 100,000 bytes") as raised:
            async for _ in run:
                pass
        assert closed == [name]
    assert run.result.outcome == "failed"
    assert run.result.error is not None
    assert str(raised.value) in run.result.error.message
    assert run.result.chunks == folded(machine, name, whole)[1].chunks

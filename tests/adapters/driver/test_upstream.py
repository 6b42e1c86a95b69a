"""What a driver was given is iterated as it offers, or by its bytes: over loopback HTTP, by the clients themselves."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import openai
import pytest
from streamfold.adapters.driver.run import drive
from streamfold.adapters.driver.sync_run import drive_sync
from streamfold.adapters.driver.upstream import is_whole, iterator_of, way_in
from streamfold.reducer import chat
from support.live_streams import BACKENDS, CHAT, config_of, folded, wires
from support.loopback import Loopback, cut, stalled


@pytest.fixture(params=BACKENDS)
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def asked(client: Any, name: str) -> Any:
    """The manager of a response of the openai client."""
    if name == "chat":
        return client.chat.completions.with_streaming_response.create(model="m", messages=[], stream=True)
    return client.responses.with_streaming_response.create(model="m", input="hi", stream=True)


async def drained(machine: Any, stream: Any) -> Any:
    async with drive(machine, config_of(machine), stream) as run:
        messages = [message async for message in run]
    return messages, run.result


def drained_sync(machine: Any, stream: Any) -> Any:
    with drive_sync(machine, config_of(machine), stream) as run:
        messages = list(run)
    return messages, run.result


def test_a_stream_is_iterated_as_it_offers() -> None:
    async def asynchronous() -> AsyncIterator[int]:
        yield 1

    async def given() -> list[int]:
        return [one async for one in iterator_of(asynchronous(), True)]

    assert asyncio.run(given()) == [1]
    assert list(iterator_of([1, 2], False)) == [1, 2]


@wires
@pytest.mark.anyio
async def test_responses_are_driven_by_their_bytes(machine: Any, name: str, body: bytes) -> None:
    expected = folded(machine, name, body)
    with Loopback(cut(body, [7, 300, 301, 2000])) as server:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            assert await drained(machine, asked(client, name)) == expected
            async with asked(client, name) as response:
                assert await drained(machine, response) == expected
                assert response.is_closed
        async with httpx.AsyncClient() as client:
            async with client.stream("POST", f"{server.url}/x", json={}) as answer:
                assert await drained(machine, answer) == expected
                assert answer.is_closed
            for way in ("aiter_bytes", "aiter_raw", "aiter_text", "aiter_lines"):
                async with client.stream("POST", f"{server.url}/x", json={}) as answer:
                    assert await drained(machine, getattr(answer, way)()) == expected
                    assert answer.is_closed


@wires
def test_responses_are_driven_by_their_bytes_without_a_loop(machine: Any, name: str, body: bytes) -> None:
    expected = folded(machine, name, body)
    with Loopback(cut(body, [7, 300, 301, 2000])) as server:
        with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            assert drained_sync(machine, asked(client, name)) == expected
            with asked(client, name) as response:
                assert drained_sync(machine, response) == expected
        with httpx.Client() as client:
            with client.stream("POST", f"{server.url}/x", json={}) as answer:
                assert drained_sync(machine, answer) == expected
                assert answer.is_closed
            for way in ("iter_bytes", "iter_raw", "iter_text", "iter_lines"):
                with client.stream("POST", f"{server.url}/x", json={}) as answer:
                    assert drained_sync(machine, getattr(answer, way)()) == expected


@pytest.mark.anyio
async def test_a_cancelled_run_closes_the_response_that_it_was_given() -> None:
    at = CHAT.index(b"\n\n", len(CHAT) // 2) + 2
    with Loopback(stalled(CHAT, at)) as server:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            async with drive(chat, config_of(chat), asked(client, "chat")) as run:
                async for _ in run:
                    run.cancel()
            assert server.requests[0].closed.wait(5)
    assert run.result.outcome == "cancelled"


class Content:
    """As aiohttp has a response's content: iterated by lines, and by pieces as they come."""

    async def iter_any(self) -> AsyncIterator[bytes]:
        yield CHAT[:100]
        yield CHAT[100:]


class ClientResponse:
    """As aiohttp has it."""

    content = Content()


@pytest.mark.anyio
async def test_a_response_of_aiohttp_is_driven_by_what_arrives() -> None:
    response: Any = ClientResponse()
    assert way_in(response, False) is None
    async with drive(chat, config_of(chat), aiter(iterator_of(response, True))) as run:
        messages = [message async for message in run]
    assert (messages, run.result) == folded(chat, "chat", CHAT)


@pytest.mark.parametrize("asynchronous", [True, False])
@pytest.mark.parametrize("stream", [b"data", "data", {"choices": []}, 5, list, object()])
def test_what_gives_no_chunks_is_not_iterated(stream: Any, asynchronous: bool) -> None:
    assert way_in(stream, asynchronous) is None
    with pytest.raises(TypeError, match=r"^stream must be an open stream, not .*: it cannot be iterated"):
        iterator_of(stream, asynchronous)


def test_a_whole_answer_is_told_from_a_stream_of_one() -> None:
    from openai.types.chat import ChatCompletion

    assert is_whole(ChatCompletion.model_construct(choices=[]))
    assert not is_whole([ChatCompletion.model_construct(choices=[])])


class TornContent:
    """As aiohttp has it when the connection broke: it raises before it gives what had come."""

    def __init__(self, rest: bytes) -> None:
        self.rest = rest

    async def iter_any(self) -> AsyncIterator[bytes]:
        yield CHAT[:100]
        raise ConnectionResetError("torn")

    def _read_nowait(self, count: int) -> bytes:
        assert count == -1
        return self.rest


@pytest.mark.anyio
@pytest.mark.parametrize("length", [100, 1000])
async def test_what_had_come_before_a_response_of_aiohttp_broke_is_folded(length: int) -> None:
    response = ClientResponse()
    response.content = TornContent(CHAT[100:length])  # type: ignore[assignment]
    body = CHAT[:length]
    with pytest.raises(ConnectionResetError, match="torn"):
        async with drive(chat, config_of(chat), response) as run:
            async for _ in run:
                pass
    assert run.result.chunks == body.count(b"}\n\n") == {100: 0, 1000: 3}[length]

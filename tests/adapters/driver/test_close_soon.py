"""What a driver refuses is closed: over loopback HTTP, by the real clients, with an event loop and without."""

import logging
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import openai
import pytest
from streamfold.adapters.driver import drive, drive_sync
from streamfold.adapters.driver.close_soon import close_soon
from streamfold.reducer import chat
from support.live_streams import BACKENDS, CHAT, config_of
from support.loopback import Loopback, Request, stalled

CONFIG = config_of(chat)
LEGACY = "call `with_streaming_response` in place of `with_raw_response`"
REQUEST: dict[str, Any] = {"model": "m", "messages": [], "stream": True}


@pytest.fixture(params=BACKENDS)
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def open_response() -> Loopback:
    """A server whose answer does not end, so that a connection stays open until the client closes it."""
    return Loopback(stalled(CHAT, len(CHAT) // 2))


async def left(request: Request) -> bool:
    """Whether the client leaves."""
    return await anyio.to_thread.run_sync(lambda: request.closed.wait(5))


def refused(driver: Callable[..., Any], stream: Any, words: str) -> None:
    with pytest.raises(TypeError, match=f"^stream must be an open stream, not an? .*: .*{words}"):
        driver(chat, CONFIG, stream)


@pytest.mark.anyio
@pytest.mark.parametrize("driver", [drive, drive_sync])
async def test_an_asynchronous_raw_response_is_closed(driver: Any) -> None:
    with open_response() as server:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            refused(driver, await client.chat.completions.with_raw_response.create(**REQUEST), LEGACY)
            assert await left(server.requests[0])


@pytest.mark.anyio
async def test_an_asynchronous_stream_given_to_drive_sync_is_closed() -> None:
    with open_response() as server:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            refused(drive_sync, await client.chat.completions.create(**REQUEST), "`drive` takes")
            assert await left(server.requests[0])
            async with client.chat.completions.with_streaming_response.create(**REQUEST) as response:
                refused(drive_sync, response, "`drive` takes")
                assert await left(server.requests[1])
        async with httpx.AsyncClient() as plain, plain.stream("POST", f"{server.url}/x", json={}) as answer:
            refused(drive_sync, answer, "`drive` takes")
            assert await left(server.requests[2])


@pytest.mark.parametrize("driver", [drive, drive_sync])
def test_a_synchronous_raw_response_is_closed_at_once(driver: Any) -> None:
    with open_response() as server:
        with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            response = client.chat.completions.with_raw_response.create(**REQUEST)
            refused(driver, response, LEGACY)
            assert response.http_response.is_closed
            assert server.requests[0].closed.wait(5)


def test_a_synchronous_stream_given_to_drive_is_closed_at_once() -> None:
    with open_response() as server:
        with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            stream = client.chat.completions.create(**REQUEST)
            refused(drive, stream, "`drive_sync` takes")
            assert server.requests[0].closed.wait(5)
            with client.chat.completions.with_streaming_response.create(**REQUEST) as response:
                refused(drive, response, "`drive_sync` takes")
                assert server.requests[1].closed.wait(5)
        with httpx.Client() as plain, plain.stream("POST", f"{server.url}/x", json={}) as answer:
            refused(drive, answer, "`drive_sync` takes")
            assert answer.is_closed
            assert server.requests[2].closed.wait(5)


class Waiting:
    """What is closed by waiting, and may raise meanwhile."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.closed = error, False

    async def aclose(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.closed = True
        if self.error is not None:
            raise self.error


def test_without_an_event_loop_what_needs_one_is_left_open_and_said(caplog: pytest.LogCaptureFixture) -> None:
    stream = Waiting()
    close_soon(stream)
    assert not stream.closed
    assert [record.getMessage() for record in caplog.records] == [
        "a refused Waiting is left open: there is no event loop to close it in"
    ]


@pytest.mark.anyio
async def test_what_raises_while_it_is_closed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    stream = Waiting(OSError("gone"))
    close_soon(stream)
    await anyio.wait_all_tasks_blocked()
    assert stream.closed
    assert [record.getMessage() for record in caplog.records if record.name == "streamfold"] == [
        "a refused Waiting raised while it was being closed: OSError('gone')"
    ]


def test_what_cannot_be_closed_at_once_is_closed_otherwise(caplog: pytest.LogCaptureFixture) -> None:
    class Torn(Waiting):
        def close(self) -> None:
            raise RuntimeError("of the other kind")

    with caplog.at_level(logging.DEBUG, "streamfold"):
        close_soon(Torn())
        close_soon(object())
        close_soon(Torn)
    assert "of the other kind" in caplog.records[0].getMessage()
    assert len(caplog.records) == 2

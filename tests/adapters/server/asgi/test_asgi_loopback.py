"""A run as a response, by uvicorn over loopback: what clients get, and what they leave when they hang up."""

import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from streamfold.adapters.driver import drive
from streamfold.adapters.server.asgi import PING, StreamResponse
from streamfold.reducer import chat
from support import chat_shapes as shapes
from support.adapters.upstreams import Upstream
from support.serving.client_frames import PROTOCOLS, Protocol, text_of, whole
from support.serving.on_loopback import connected, heard_until, served, wait_for

each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
ANSWER = [
    *(shapes.delta(content=f"{word} ") for word in ["one", "two", "three", "four"]),
    shapes.finished(),
    shapes.DONE,
]


class Application:
    """Answers each request by a run of its own; a pace lets a client hang up between any two frames."""

    def __init__(self, protocol: Protocol, pace: float = 0.0, *, cancels: bool = False, **options: Any) -> None:
        self.protocol, self.pace, self.cancels, self.options = protocol, pace, cancels, options
        self.upstreams: list[Upstream] = []
        self.runs: list[Any] = []
        self.app = Starlette(routes=[Route("/", self.answer, methods=["POST"])])

    async def answer(self, request: Request) -> StreamResponse[Any, Any]:
        await request.json()
        upstream = Upstream(ANSWER)
        self.upstreams.append(upstream)
        run = drive(chat, chat.Config(message_id="message-00000000-0000-4000-8000-000000000000"), self.paced(upstream))
        self.runs.append(run)
        on_hang_up = run.cancel if self.cancels else None
        return StreamResponse(run, self.protocol.sink, self.protocol.config, on_hang_up=on_hang_up, **self.options)

    async def paced(self, upstream: Upstream) -> AsyncIterator[Any]:
        try:
            async for raw in upstream:
                await anyio.sleep(self.pace)
                yield raw
        finally:
            await upstream.aclose()


@contextmanager
def serving(protocol: Protocol, *args: Any, **options: Any) -> Iterator[tuple[Application, str]]:
    application = Application(protocol, *args, **options)
    with served(application.app) as url:
        yield application, url


@each_protocol
def test_a_client_gets_whole_frames_and_an_end(protocol: Protocol) -> None:
    with serving(protocol) as (_, url), httpx.Client(timeout=60) as client:
        for _ in range(2):  # the connection is good for another
            response = client.post(url, json={})
            assert response.headers["content-type"] == "text/event-stream"
            assert response.headers["x-accel-buffering"] == "no"
            assert "content-length" not in response.headers
            assert text_of(whole(response.content, protocol, "completed"), protocol) == "one two three four "


@each_protocol
def test_comments_come_between_frames(protocol: Protocol) -> None:
    with serving(protocol, 0.05, heartbeat=0.01) as (_, url), httpx.Client(timeout=60) as client:
        body = client.post(url, json={}).content
    assert body.count(PING) > 3
    assert text_of(whole(body, protocol, "completed"), protocol) == "one two three four "


def hang_up(line: socket.socket, how: str) -> None:
    if how == "reset":
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


@pytest.mark.parametrize("how", ["closed", "reset"])
@each_protocol
@pytest.mark.deep
def test_hang_ups_at_every_frame_stop_and_leave_nothing(protocol: Protocol, how: str) -> None:
    with serving(protocol, 0.01) as (application, url):
        with connected(url, "/") as line:
            count = heard_until(line, b"\r\n0\r\n").count(b"data: ")
        for frames in range(count):
            with connected(url, "/") as line:
                heard = b""
                while heard.count(b"data: ") < frames:
                    heard += line.recv(65536)
                hang_up(line, how)
        assert wait_for(lambda: all(upstream.closed for upstream in application.upstreams))
        outcomes = {(run.result.outcome, run.result.text) for run in application.runs}
        assert len(application.runs) >= count
        assert outcomes == {("completed", "one two three four ")}


@each_protocol
def test_hang_ups_cancel_what_is_asked_to_be_cancelled(protocol: Protocol) -> None:
    with serving(protocol, 0.3, cancels=True) as (application, url):
        with connected(url, "/") as line:
            heard_until(line, b"one")
        assert wait_for(lambda: bool(application.upstreams[0].closed))
        assert application.runs[0].result.outcome == "cancelled"
        assert application.runs[0].result.text.startswith("one ")


@pytest.mark.deep
def test_a_client_that_reads_nothing_slows_its_run_and_no_other() -> None:
    protocol = PROTOCOLS["plain"]
    given = [0]

    async def much() -> AsyncIterator[Any]:
        for _ in range(20_000):
            given[0] += 1
            yield shapes.delta(content="x" * 1000)
        yield shapes.finished()
        yield shapes.DONE

    async def answer(request: Request) -> StreamResponse[Any, Any]:
        upstream = much() if (await request.json()).get("much") else Upstream(ANSWER)
        config = chat.Config(message_id="message-00000000-0000-4000-8000-000000000000")
        return StreamResponse(drive(chat, config, upstream), protocol.sink, protocol.config)

    with served(Starlette(routes=[Route("/", answer, methods=["POST"])])) as url:
        with connected(url, "/", b'{"much": true}') as slow:
            heard_until(slow, b"data: ")
            body = httpx.post(url, json={}, timeout=60).content
            assert text_of(whole(body, protocol, "completed"), protocol) == "one two three four "
            assert given[0] < 20_000  # some megabytes lie in buffers of the system's

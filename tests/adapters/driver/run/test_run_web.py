"""Runs in the handlers of a web server, as Starlette streams them, whose clients vanish at random moments."""

import contextlib
import logging
import random
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Iterator

import anyio
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route
from streamfold.adapters.driver.heartbeat import BEAT, heartbeat
from streamfold.adapters.driver.run import drive
from streamfold.adapters.protocols import letta
from streamfold.reducer import chat
from support.adapters.upstreams import Upstream, config_of, objects

RAWS = objects("chat_parallel_calls.sse")
LAST_WORDS = b"data: [DONE]\n\n"


class Slow(Upstream):
    """An upstream that takes moments between its items."""

    async def __anext__(self) -> object:
        if self.given % 5 == 0:
            await anyio.sleep(0.001)
        return await super().__anext__()


class Handlers:
    """The application, and what its runs came to."""

    def __init__(self) -> None:
        self.upstreams: list[Upstream] = []
        self.outcomes: list[str] = []
        self.app = Starlette(routes=[Route("/{kind}", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> StreamingResponse:
        kind = request.path_params["kind"]
        upstream = Slow(RAWS, None if kind == "whole" else "silence")
        return StreamingResponse(self._body(upstream), media_type="text/event-stream")

    async def _body(self, upstream: Upstream) -> AsyncIterator[bytes]:
        self.upstreams.append(upstream)  # not before: a body may not be begun, if its client vanished at once
        run = drive(chat, config_of(chat), upstream)
        try:
            async with run:
                async for message in heartbeat(run, 0.002):
                    yield b": still here\n\n" if message is BEAT else letta.frame(letta.to_json(message))
            yield LAST_WORDS
        finally:
            self.outcomes.append(run.result.outcome)


@pytest.fixture
def handlers() -> Iterator[tuple[Handlers, int]]:
    """A server in a thread of its own, and its port."""
    made = Handlers()
    server = uvicorn.Server(uvicorn.Config(made.app, "127.0.0.1", 0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield made, server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


def asked(port: int, kind: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), 5)
    connection.sendall(f"POST /{kind} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
    return connection


def whole(port: int) -> bytes:
    """The answer of a client that stays."""
    body = b""
    with asked(port, "whole") as connection:
        while LAST_WORDS not in body:
            piece = connection.recv(65536)
            assert piece, body
            body += piece
    return body


def vanish(chosen: random.Random, port: int) -> None:
    """A client that leaves at a random moment: politely, by a reset, or with only its half of the connection."""
    with asked(port, chosen.choice(["whole", "silent", "silent"])) as connection:
        for _ in range(chosen.randrange(4)):
            connection.recv(chosen.choice([1, 100, 10000]))
        time.sleep(chosen.random() * chosen.choice([0.0, 0.005, 0.02]))
        way = chosen.choice(["close", "reset", "half"])
        if way == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif way == "half":
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("count", [25, pytest.param(300, marks=pytest.mark.deep)])
def test_clients_that_vanish_leave_a_server_in_order(
    count: int, handlers: tuple[Handlers, int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    made, port = handlers
    chosen = random.Random(count)
    threads = [threading.Thread(target=vanish, args=(random.Random(f"{n} {count}"), port)) for n in range(count)]
    for thread in threads:
        thread.start()
        if chosen.random() < 0.5:
            thread.join()
    for thread in threads:
        thread.join()
    assert LAST_WORDS in whole(port)
    until = time.monotonic() + 10
    while len(made.outcomes) < len(made.upstreams) and time.monotonic() < until:
        time.sleep(0.01)
    assert len(made.outcomes) == len(made.upstreams) > count / 4
    assert [upstream.closed for upstream in made.upstreams] == [1] * len(made.upstreams)
    assert set(made.outcomes) <= {"cancelled", "completed"}
    assert "cancelled" in made.outcomes
    assert [record.getMessage() for record in caplog.records] == []

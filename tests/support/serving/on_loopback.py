"""ASGI applications on this machine, by uvicorn, and clients of them that know nothing of HTTP but its bytes."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn


@contextmanager
def served(app: Any, **options: Any) -> Iterator[str]:
    """An application on loopback: its base URL."""
    listening = socket.create_server(("127.0.0.1", 0))
    options = {"log_level": "critical", "timeout_graceful_shutdown": 1} | options
    server = _Server(uvicorn.Config(app, **options))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


class _Server(uvicorn.Server):
    """A server that ends at once where it was told to, and not at the next tenth of a second, nor after one more."""

    async def main_loop(self) -> None:
        ticks = 0
        while not await self.on_tick(ticks):
            await asyncio.sleep(0.005)
            ticks = (ticks + 1) % 1000

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        until = time.monotonic() + (self.config.timeout_graceful_shutdown or 0)
        while (self.server_state.connections or self.server_state.tasks) and time.monotonic() < until:
            await asyncio.sleep(0.005)
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()


@contextmanager
def connected(url: str, path: str, body: bytes = b"{}") -> Iterator[socket.socket]:
    """A connection on which a POST request was sent; closed, with a reset, when it is left."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as line:
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        line.sendall(f"{head}\r\n\r\n".encode() + body)
        yield line


def heard_until(line: socket.socket, wanted: bytes) -> bytes:
    """What comes until it has these bytes, or until the end."""
    heard = b""
    while wanted not in heard and (piece := line.recv(65536)):
        heard += piece
    return heard


def wait_for(condition: Any, seconds: float = 60.0) -> bool:
    """Whether something comes to be true before long."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True

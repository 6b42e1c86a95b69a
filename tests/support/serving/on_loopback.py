"""ASGI applications on this machine, by uvicorn, and clients of them that know nothing of HTTP but its bytes."""

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
    server = uvicorn.Server(uvicorn.Config(app, **options))
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

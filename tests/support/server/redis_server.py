"""A Redis server of a test's own, on loopback, where there is one to start."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MISSING = "no redis-server: install Debian's package of that name to run this"
needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason=MISSING)
PATIENCE = 20.0


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """The URL of a server that is there inside the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen([*command, "--appendonly", "no"], stdout=subprocess.DEVNULL) as process:
        try:
            _await_answer(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()


def _await_answer(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1.0) as connection:
                connection.sendall(b"PING\r\n")
                if connection.recv(16).startswith(b"+PONG"):
                    return
        except OSError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.02)

"""The logs of runs that are measured: SQLite in a file, and a Redis of the suite's own, where there is one to start."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path

from streamfold.adapters.server.log import Log, RedisLog, SqliteLog

SQLITE, REDIS = "SQLite", "Redis"
_PATIENCE = 20.0

Opens = Callable[[], AbstractAsyncContextManager[Log]]


def there() -> list[str]:
    """The stores that can be measured here."""
    has_redis = shutil.which("redis-server") is not None and find_spec("redis") is not None
    return [SQLITE, *([REDIS] if has_redis else [])]


@contextmanager
def opened(store: str) -> Iterator[Opens]:
    """What opens a log on a store of its own, which is there inside the block."""
    with tempfile.TemporaryDirectory() as folder:
        if store == SQLITE:
            yield lambda: SqliteLog(Path(folder) / "runs.db")
            return
        path = Path(folder) / "redis.sock"
        command = ["redis-server", "--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no"]
        with subprocess.Popen([*command, "--dir", folder], stdout=subprocess.DEVNULL) as server:
            try:
                _await_answer(path)
                yield lambda: RedisLog(f"unix://{path}")
            finally:
                server.terminate()


def _await_answer(path: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.connect(str(path))
                line.sendall(b"PING\r\n")
                if line.recv(16).startswith(b"+PONG"):
                    return
        except OSError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.02)

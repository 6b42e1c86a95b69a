"""Recordings that tests make, and the cassettes that come of them."""

import contextlib
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamfold.adapters import wire
from streamfold.adapters.cassette.format import Cassette, read_cassette
from streamfold.adapters.cassette.recorder import Recorder
from streamfold.reducer import chat
from support.law_checks import MESSAGE_ID

STREAMS = Path(__file__).parents[2] / "streams"
CALLS = STREAMS / "chat_parallel_calls.sse"
THOUGHTS = STREAMS / "inner_thoughts.jsonl"
SEARCH = STREAMS / "responses_web_search.sse"
CONFIG = chat.Config(message_id=MESSAGE_ID, run_id="run-1", requires_approval_tools=frozenset({"b", "a"}))
HI = {"id": "c", "choices": [{"index": 0, "delta": {"content": "hé"}}]}
HEADER = b'{"streamfold_cassette": 1, "wire": "chat", "config": {}}\n'


def ticking(step: float = 0.25) -> Callable[[], float]:
    """A clock that goes on by a step whenever it is read."""
    times = iter(range(1_000_000))
    return lambda: 100.0 + next(times) * step


def recorded(*frames: Any, end: Any = None, wire: str = "chat", config: Any = CONFIG, **options: Any) -> bytes:
    """The file that a recording of these frames makes."""
    file = io.BytesIO()
    with Recorder(file, wire, config, clock=ticking(), **options) as recording:
        for frame in frames:
            recording.record(frame)
        if end is not None:
            recording.end(end)
    return file.getvalue()


def read(content: bytes, name: str = "x") -> Cassette:
    """The cassette in these bytes."""
    return read_cassette(wire.frames([content]), name)


def lines(content: bytes) -> list[Any]:
    """The lines of a file, decoded."""
    return [json.loads(line) for line in content.split(b"\n")[:-1]]


def is_open(path: Path) -> bool:
    """Whether this process has the file open."""
    for descriptor in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # the listing's own is closed by now
            if os.readlink(f"/proc/self/fd/{descriptor}") == str(path.resolve()):
                return True
    return False

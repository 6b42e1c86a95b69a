"""Upstreams for a driver, of recorded streams, and what the pure fold says of them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold.adapters import wire
from streamfold.reducer import Ended, chat, fold, inner_thoughts, responses
from support.finding import EFFORT
from support.law_checks import MESSAGE_ID

STREAMS = Path(__file__).parents[2] / "streams"
CASES = [
    ("chat_parallel_calls.sse", chat),
    ("chat_error.sse", chat),
    ("inner_thoughts.jsonl", inner_thoughts),
    ("responses_web_search.sse", responses),
]
cases = pytest.mark.parametrize(("name", "machine"), CASES, ids=[name for name, _ in CASES])


@cache
def objects(name: str) -> list[Any]:
    """A stream's frames, decoded."""
    frames = wire.frames([(STREAMS / name).read_bytes()])
    return [json.loads(frame.data) if frame.data != b"[DONE]" else "[DONE]" for frame in frames]


def config_of(machine: Any) -> Any:
    return machine.Config(message_id=MESSAGE_ID, run_id="run-1")


def folded(machine: Any, raws: list[Any], end: Any) -> tuple[list[Any], Any]:
    """What the pure fold says of these."""
    decode = wire.decoder("responses" if machine is responses else "chat")
    state, messages = fold(machine, config_of(machine), map(decode, raws), end)
    return list(messages), machine.result(state)


def has_ended(machine: Any, raws: list[Any]) -> bool:
    """Whether the wire said that the answer is over, or that it failed: no break after that is a failure of its own."""
    return folded(machine, raws, Ended())[1].outcome in ("completed", "failed", "cancelled")


class Upstream:
    """An upstream that gives `raws`, then does as it is told; it knows whether it was closed."""

    def __init__(self, raws: list[Any], then: Any = None) -> None:
        self.raws, self.then, self.given, self.closed = list(raws), then, 0, 0

    def __aiter__(self) -> "Upstream":
        return self

    async def __anext__(self) -> Any:
        await anyio.lowlevel.checkpoint()
        if self.given < len(self.raws):
            self.given += 1
            return self.raws[self.given - 1]
        if self.then == "silence":
            await anyio.sleep_forever()
        if isinstance(self.then, BaseException):
            raise self.then
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.closed += 1


def prefixes(name: str) -> range:
    """Every number of objects that may have come: in the gate each, by hand each third."""
    return range(0, len(objects(name)) + 1, 1 if EFFORT >= 1 else 3)

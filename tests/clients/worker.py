"""Drives one client's streams, in its environment, and prints a line of JSON for each way to ask for one."""

import asyncio
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from callers import CALLERS, Caller
from environments import REQUIRED, UNTOLD
from spans import Spans
from streamfold import chat, drive, drive_sync, fold, read
from support.loopback import Answer, Loopback, cut, stalled

CONFIG = chat.Config(message_id="message-6d7e1f00-58ab-4a7c-9c1c-2f6d3f6f0a80")
PIECES = (Path(__file__).parents[1] / "streams" / "chat_parallel_calls.sse").read_bytes()


def chunk(delta: Any = None, **members: Any) -> bytes:
    choices = (
        [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": None, **members.pop("choice", {})}]
    )
    frame = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices, **members}
    return b"data: " + json.dumps(frame).encode() + b"\n\n"


CALL = {"index": 0, "id": "call_one1", "type": "function", "function": {"name": "look_up", "arguments": '{"q": "x"}'}}
USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
WHOLE = b"".join(
    [
        chunk({"role": "assistant", "content": ""}),
        *(chunk({"content": text}) for text in ("Hel", "lo, ", "wörld")),
        chunk({"tool_calls": [CALL]}),
        chunk({}, choice={"finish_reason": "tool_calls"}),
        chunk(None, usage=USAGE),
        b"data: [DONE]\n\n",
    ]
)


def told(result: Any) -> dict[str, Any]:
    """What is compared of a result."""
    return {
        "outcome": result.outcome,
        "finish_reason": result.finish_reason,
        "text": result.text,
        "reasoning": "".join(getattr(part, "reasoning", "") for part in result.content),
        "calls": [(call.id, call.name, call.arguments, call.complete) for call in result.tool_calls],
        "usage": (result.usage.input_tokens, result.usage.output_tokens),
        "model": result.model,
        "id": result.provider_id,
    }


def difference(result: Any, body: bytes) -> str:
    """Where a result is another than that of the body's bytes."""
    state, _ = fold(chat, CONFIG, read("chat", [body]))
    ours, theirs = told(chat.result(state)), told(result)
    others = [f"{name} {theirs[name]!r:.60}" for name in ours if ours[name] != theirs[name]]
    return "; ".join(others) or "as the body"


async def driven_async(ask: Caller, url: str, leave: bool) -> Any:
    stream = ask(url)
    if hasattr(stream, "__await__") and not hasattr(stream, "__aenter__"):
        stream = await stream
    async with drive(chat, CONFIG, stream) as run:
        async for _ in run:
            if leave:
                break
    return run.result


def driven_sync(ask: Caller, url: str, leave: bool) -> Any:
    with drive_sync(chat, CONFIG, ask(url)) as run:
        for _ in run:
            if leave:
                break
    return run.result


async def attempt(way: str, ask: Caller, answer: Answer, leave: bool = False) -> tuple[Any, str]:
    """The result, or what was raised; and whether the connection was closed by the one who left."""
    with Loopback(answer) as server:
        try:
            if way.startswith("async"):
                result = await driven_async(ask, server.url, leave)
            else:
                result = await asyncio.to_thread(driven_sync, ask, server.url, leave)
        except Exception as error:
            return f"{type(error).__name__}: {error!s:.90}".replace("\n", " "), "raised"
        if leave:
            closed = await asyncio.to_thread(server.requests[0].closed.wait, 3)
            return result, "closed" if closed else "left open"
    return result, ""


async def tried(name: str, way: str, ask: Caller, spans: Spans) -> dict[str, str]:
    found = {"way": way, "versions": ", ".join(f"{one} {version(one)}" for one in _packages(name))}
    for column, body in (("whole", WHOLE), ("in pieces", PIECES)):
        result, _ = await attempt(way, ask, cut(body, range(100, len(body), 700)))
        found[column] = result if isinstance(result, str) else difference(result, body)
    whole = spans.told()
    result, found["left"] = await attempt(way, ask, stalled(WHOLE, WHOLE.index(b"w\\u00f6rld") - 9), leave=True)
    if isinstance(result, str):
        found["left"] = result
    found["told"] = f"whole: {whole}; left: {spans.told()}" if spans.are_there else "–"
    return found


def _packages(name: str) -> list[str]:
    return [one.partition("==")[0] for one in REQUIRED[name] if one not in UNTOLD or one == name]


def main() -> None:
    name = sys.argv[1]
    spans = Spans(name)
    for way, ask in CALLERS[name]().items():
        print(json.dumps(asyncio.run(tried(name, way, ask, spans))), flush=True)


if __name__ == "__main__":
    main()

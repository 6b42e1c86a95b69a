"""Runs for tests: streams whose chunks come one by one, and what listeners hear of them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import anyio
from streamfold import Ended, chat, fold, responses
from streamfold.adapters.protocols.turn import ToolReturn
from streamfold.adapters.server.log import Gap, Log, Logged, Over, RedisLog, SqliteLog
from streamfold.adapters.server.runs import Runs
from streamfold.adapters.wire import decoder
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.ends import Done
from streamfold.reducer.messages import Message

MESSAGE_ID = "message-6d7e1f00-58ab-4a7c-9c1c-2f6d3f6f0a80"
CHAT = chat.Config(message_id=MESSAGE_ID, run_id="run-1")
SECOND = chat.Config(message_id="message-6d7e1f00-58ab-4a7c-9c1c-2f6d3f6f0b80", run_id="run-1")
RETURN = ToolReturn("call_1", "rain")
RESPONSES = responses.Config(message_id=MESSAGE_ID, run_id="run-1")


def log_at(url: str) -> AbstractAsyncContextManager[Log]:
    """The log at a path, or at a URL of Redis."""
    return RedisLog(url) if url.startswith("redis:") else SqliteLog(url)


def said(text: str) -> Chunk:
    return Chunk(choices=(Choice(delta=Delta(content=text)),))


def chat_chunks(words: int) -> list[Any]:
    """A whole chat stream of so many pieces of text."""
    return [*(said(f"word {at} ") for at in range(words)), Chunk(choices=(Choice(finish_reason="stop"),)), Done()]


def numbered_events(words: int) -> list[dict[str, Any]]:
    """A whole Responses stream of so many deltas, as JSON: reasoning, text and a tool call."""
    at: dict[str, Any] = {"output_index": 0, "content_index": 0, "item_id": "msg_1"}
    call: dict[str, Any] = {"output_index": 1, "item_id": "fc_1"}
    item = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "look", "arguments": ""}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {"id": "resp_1", "model": "m", "status": "in_progress"}},
        {"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "id": "msg_1"}},
        *({"type": "response.output_text.delta", "delta": f"word {n} ", **at} for n in range(words)),
        {"type": "response.output_item.added", "output_index": 1, "item": item},
        *({"type": "response.function_call_arguments.delta", "delta": piece, **call} for piece in ('{"a"', ": 1}")),
        {"type": "response.output_item.done", "output_index": 1, "item": {**item, "arguments": '{"a": 1}'}},
        {"type": "response.completed", "response": {"id": "resp_1", "model": "m", "status": "completed"}},
    ]
    return [{**one, "sequence_number": number} for number, one in enumerate(events)]


def messages_of(machine: Any, config: Any, chunks: Sequence[Any], end: Any = None) -> list[Message]:
    """What the fold of a whole stream says."""
    if machine is responses:
        chunks = list(map(decoder("responses"), chunks))
    return list(fold(machine, config, chunks, end or Ended())[1])


def opener(stream: AsyncIterator[Any]) -> Callable[[], Awaitable[AsyncIterator[Any]]]:
    """Opens a stream that is there."""

    async def open_it() -> AsyncIterator[Any]:
        return stream

    return open_it


async def given(chunks: Sequence[Any], pause: float = 0.0) -> AsyncIterator[Any]:
    """Chunks, one by one."""
    for chunk in chunks:
        await anyio.sleep(pause)
        yield chunk


async def then_silence(chunks: Sequence[Any]) -> AsyncIterator[Any]:
    """Chunks, and nothing more."""
    for chunk in chunks:
        await anyio.sleep(0)
        yield chunk
    await anyio.sleep_forever()


class Client:
    """A client of a provider that has a response, and streams it from any number on, as `responses.retrieve` does."""

    def __init__(self, events: Sequence[dict[str, Any]]) -> None:
        self.events = events
        self.asked: list[int] = []
        self.responses = self

    def with_options(self, **_: Any) -> "Client":
        return self

    async def retrieve(self, _: str, stream: bool, starting_after: int) -> AsyncIterator[Any]:
        assert stream
        self.asked.append(starting_after)
        return given(self.events[starting_after + 1 :])


class Listener:
    """What one client has heard.

    Attributes:
        messages: those that it knows, in order; after a gap those in it.
        gaps: how many times it was told of one.
        over: the end.
        cursor: of the last message.
    """

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.gaps = 0
        self.over: Over | None = None
        self.cursor: str | None = None

    async def listen(self, runs: Runs, run_id: str, most: int = 1_000_000, pause: float = 0.0) -> None:
        """Listen to the end, or to so many messages, from where it was."""
        hearing = runs.listen(run_id, self.cursor)
        async for heard in hearing:
            if isinstance(heard, Gap):
                self.gaps += 1
                self.messages, self.cursor = list(heard.messages), heard.cursor
            elif isinstance(heard, Over):
                self.over = heard
            elif isinstance(heard, Logged):
                self.messages.append(heard.message)
                self.cursor = heard.cursor
                most -= 1
            if most <= 0:
                break
            if pause:
                await anyio.sleep(pause)
        await hearing.aclose()

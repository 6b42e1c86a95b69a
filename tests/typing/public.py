# pyright: strict
"""What a type checker makes of the public surface; checked by mypy and pyright, never run."""

from collections.abc import AsyncIterable, AsyncIterator, Iterator
from typing import assert_type

import httpx
import openai
from streamfold import StreamError, StreamFailed
from streamfold.adapters import wire
from streamfold.adapters.driver import (
    ResumedStream,
    Run,
    SyncResumedStream,
    SyncRun,
    cancel_upstream,
    drive,
    drive_sync,
    resume_from,
    resume_from_sync,
    resuming,
    resuming_sync,
)
from streamfold.adapters.json_text import dumps
from streamfold.adapters.protocols import letta
from streamfold.adapters.testing import Replay, Rerecording
from streamfold.reducer import (
    AnyMachine,
    Cancelled,
    End,
    Ended,
    Failed,
    Machine,
    chat,
    fold,
    inner_thoughts,
    otid,
    responses,
)
from streamfold.reducer.completions.chunk import Chunk
from streamfold.reducer.ends import Done, Undecodable
from streamfold.reducer.messages import AssistantMessage, Message, ToolCallMessage
from streamfold.reducer.responses.event import Event
from streamfold.reducer.result import Result, ToolCall

chat_config = chat.Config(message_id="message-1", requires_approval_tools=["rm"], think_tags="opened")
chat.Config(message_id="message-1", think_tags=["<thought>", ("[THINK]", "[/THINK]")])
state, messages = chat.start(chat_config)
assert_type(state, chat.State)
assert_type(messages, tuple[Message, ...])
assert_type(chat.step(state, Chunk())[0], chat.State)
assert_type(chat.finish(state, Cancelled())[1], tuple[Message, ...])
assert_type(chat.result(state), Result)
chat.result(state).raise_for_error()
assert_type(chat.result(state).tool_calls, tuple[ToolCall, ...])
assert_type(otid("message-1", 0), str)

inner_state, _ = inner_thoughts.start(inner_thoughts.Config(message_id="message-1"))
inner_state, _ = inner_thoughts.step(inner_state, Chunk())
response_state, _ = responses.start(responses.Config(message_id="message-1"))
response_state, _ = responses.finish(responses.step(response_state, Event(type="error"))[0], Failed("boom"))

machine: Machine[chat.Config, Chunk | Done | Undecodable, chat.State] = chat
assert_type(fold(machine, chat_config, [Chunk()], Ended()), tuple[chat.State, tuple[Message, ...]])
assert_type(fold(chat, chat_config, [Chunk()]), tuple[chat.State, tuple[Message, ...]])
response_config = responses.Config(message_id="message-1")


def narrowed(message: Message) -> str | None:
    if isinstance(message, AssistantMessage):
        return message.content
    if isinstance(message, ToolCallMessage):
        return message.tool_call.arguments
    return message.otid


def read(pieces: Iterator[bytes], stream: AsyncIterable[bytes]) -> None:
    assert_type(dumps(letta.to_json(messages[0])), str)
    assert_type(letta.message_frame(messages[0]), bytes | None)
    for chunk in wire.read("responses", pieces):
        if isinstance(chunk, Event):
            assert_type(chunk.sequence_number, int | None)
    wire.chunks("responses", stream)
    assert_type(fold(chat, chat_config, wire.read("chat", pieces))[0], chat.State)
    decode = wire.decoder("responses")
    assert_type(fold(responses, response_config, map(decode, pieces))[0], responses.State)


def read_as(name: str, pieces: Iterator[bytes]) -> None:
    for chunk in wire.read(name, pieces):
        assert_type(chunk, wire.AnyChunk)


class Counter:
    """A machine of a user's own, which has no `Config`."""

    def start(self, config: str) -> tuple[int, tuple[Message, ...]]:
        return len(config), ()

    def step(self, state: int, chunk: bytes) -> tuple[int, tuple[Message, ...]]:
        return state + len(chunk), ()

    def finish(self, state: int, end: End) -> tuple[int, tuple[Message, ...]]:
        return state, ()

    def result(self, state: int) -> Result:
        return Result(chunks=state)


def error_of(failed: StreamFailed) -> StreamError:
    assert_type(failed.result, Result)
    return failed.error


async def driven(client: openai.AsyncOpenAI, pieces: AsyncIterator[bytes]) -> None:
    stream = await client.chat.completions.create(model="m", messages=[], stream=True)
    async with drive(chat, chat_config, stream, state=state) as run:
        assert_type(run, Run[chat.State])
        assert_type([message async for message in run], list[Message])
    drive(chat, chat_config, client.chat.completions.stream(model="m", messages=[]))
    drive(responses, response_config, client.responses.stream(model="m", input="Hi"))
    drive(responses, response_config, wire.chunks("responses", pieces))
    drive(chat, chat_config, pieces)
    completions = client.chat.completions.with_streaming_response
    drive(chat, chat_config, completions.create(model="m", messages=[], stream=True))
    async with client.responses.with_streaming_response.create(model="m", input="Hi", stream=True) as response:
        drive(responses, response_config, response)
        drive(responses, response_config, response.iter_bytes())
    async with httpx.AsyncClient() as http, http.stream("POST", "http://localhost") as answer:
        drive(chat, chat_config, answer)
    events = await client.responses.create(model="m", input="Hi", background=True, stream=True)
    assert_type(drive(responses, response_config, resuming(client, events)).state, responses.State)
    drive(responses, response_config, resume_from(client, response_state), state=response_state)
    assert_type(resuming(client, events, total_attempts=9), ResumedStream)
    await cancel_upstream(client, response_state, timeout=1.5)
    await cancel_upstream(client, "resp_1")
    assert_type(drive(Counter(), "five", pieces), Run[int])


def driven_without_a_loop(client: openai.OpenAI, wire_at_run_time: AnyMachine) -> None:
    stream = client.chat.completions.create(model="m", messages=[], stream=True)
    assert_type(drive_sync(chat, chat_config, stream), SyncRun[chat.State])
    drive_sync(responses, response_config, client.responses.stream(model="m", input="Hi"))
    events = client.responses.create(model="m", input="Hi", background=True, stream=True)
    assert_type(resuming_sync(client, events), SyncResumedStream)
    assert_type(drive_sync(responses, response_config, resuming_sync(client, events)), SyncRun[responses.State])
    drive_sync(responses, response_config, resume_from_sync(client, response_state))
    drive_sync(responses, response_config, client.responses.with_streaming_response.create(model="m", stream=True))
    with httpx.Client() as http, http.stream("POST", "http://localhost") as answer:
        drive_sync(chat, chat_config, answer)
    drive_sync(inner_thoughts, inner_thoughts.Config(message_id="message-1"), [Chunk()])
    drive_sync(wire_at_run_time, chat_config, stream)
    assert_type(drive_sync(Counter(), "five", [b""]), SyncRun[int])


async def replayed(cassette: Replay, recording: Rerecording) -> None:
    assert_type(cassette.client(max_retries=0), openai.OpenAI)
    assert_type(cassette.async_client(), openai.AsyncOpenAI)
    assert_type(recording.client(timeout=1.0), openai.OpenAI)
    assert_type(recording.async_client(), openai.AsyncOpenAI)
    drive(responses, response_config, await cassette.async_stream())
    drive_sync(responses, response_config, cassette.stream())

# pyright: strict
"""What a type checker makes of the public surface; checked by mypy and pyright, never run."""

from collections.abc import AsyncIterable, Iterator
from typing import assert_type

from streamfold.adapters import wire
from streamfold.adapters.json_text import dumps
from streamfold.adapters.protocols import letta
from streamfold.reducer import Cancelled, Ended, Failed, Machine, chat, fold, inner_thoughts, otid, responses
from streamfold.reducer.completions.chunk import Chunk
from streamfold.reducer.ends import Done, Undecodable
from streamfold.reducer.messages import AssistantMessage, Message, ToolCallMessage
from streamfold.reducer.responses.event import Event
from streamfold.reducer.result import Result, ToolCall

chat_config = chat.Config(message_id="message-1", requires_approval_tools=["rm"], think_tags="opened")
state, messages = chat.start(chat_config)
assert_type(state, chat.State)
assert_type(messages, tuple[Message, ...])
assert_type(chat.step(state, Chunk())[0], chat.State)
assert_type(chat.finish(state, Cancelled())[1], tuple[Message, ...])
assert_type(chat.result(state), Result)
assert_type(chat.result(state).tool_calls, tuple[ToolCall, ...])
assert_type(otid("message-1", 0), str)

inner_state, _ = inner_thoughts.start(inner_thoughts.Config(message_id="message-1"))
inner_state, _ = inner_thoughts.step(inner_state, Chunk())
response_state, _ = responses.start(responses.Config(message_id="message-1"))
response_state, _ = responses.finish(responses.step(response_state, Event(type="error"))[0], Failed("boom"))

machine: Machine[chat.Config, Chunk | Done | Undecodable, chat.State] = chat
assert_type(fold(machine, chat_config, [Chunk()], Ended()), tuple[chat.State, tuple[Message, ...]])


def narrowed(message: Message) -> str | None:
    if isinstance(message, AssistantMessage):
        return message.content
    if isinstance(message, ToolCallMessage):
        return message.tool_call.arguments
    return message.otid


def read(pieces: Iterator[bytes], stream: AsyncIterable[bytes]) -> None:
    assert_type(dumps(letta.to_json(messages[0])), str)
    for chunk in wire.read("chat", pieces):
        if isinstance(chunk, Event):
            assert_type(chunk.sequence_number, int | None)
    wire.chunks("responses", stream)

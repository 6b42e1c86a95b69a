# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""Mistakes that a type checker must report: each ignored line is one.

Checked by mypy, with unused ignores as errors, and by pyright, which here reports them too; never run.
"""

import openai
from streamfold.adapters import wire
from streamfold.adapters.driver import drive, drive_sync, resuming
from streamfold.adapters.testing import Replay
from streamfold.reducer import End, Message, Result, chat, fold, inner_thoughts, responses
from streamfold.reducer.completions.chunk import Chunk
from streamfold.reducer.responses.event import Event

CHAT = chat.Config(message_id="message-1")
THOUGHTS = inner_thoughts.Config(message_id="message-1")
RESPONSES = responses.Config(message_id="message-1")


class Echo:
    def start(self, config: chat.Config) -> tuple[int, tuple[Message, ...]]:
        return 0, ()

    def step(self, state: int, chunk: object) -> tuple[int, tuple[Message, ...]]:
        return state + 1, ()

    def finish(self, state: int, end: End) -> tuple[int, tuple[Message, ...]]:
        return state, ()

    def result(self, state: int) -> Result:
        return Result()


def a_config_of_another_wire(stream: openai.AsyncStream[object], read: openai.Stream[object]) -> None:
    drive(chat, RESPONSES, stream)  # type: ignore[misc]
    drive(responses, CHAT, stream)  # type: ignore[misc]
    drive(inner_thoughts, CHAT, stream)  # type: ignore[misc]
    drive(chat, {"message_id": "message-1"}, stream)  # type: ignore[misc]
    drive(chat, chat.Config, stream)  # type: ignore[misc]
    drive_sync(chat, RESPONSES, read)  # type: ignore[misc]
    drive_sync(responses, THOUGHTS, read)  # type: ignore[misc]
    fold(chat, RESPONSES, [Chunk()])  # type: ignore[misc]
    fold(chat, CHAT, [Event(type="error")])  # type: ignore[misc]


def chunks_of_another_wire(pieces: list[bytes]) -> None:
    fold(chat, CHAT, wire.read("responses", pieces))  # type: ignore[misc]
    fold(responses, RESPONSES, map(wire.decoder("chat"), pieces))  # type: ignore[misc]


def a_state_of_another_wire(stream: openai.AsyncStream[object]) -> None:
    drive(chat, CHAT, stream, state=responses.start(RESPONSES)[0])  # type: ignore[misc]


def a_class_or_a_name_for_a_machine(stream: openai.AsyncStream[object]) -> None:
    drive(Echo, CHAT, stream)  # type: ignore[arg-type]
    drive(Echo(), RESPONSES, stream)  # type: ignore[misc]
    drive("chat", CHAT, stream)  # type: ignore[arg-type]


async def a_forgotten_await(client: openai.AsyncOpenAI) -> None:
    drive(responses, RESPONSES, client.responses.create(model="m", input="hi", stream=True))  # type: ignore[arg-type]
    drive_sync(responses, RESPONSES, client.responses.create(model="m", input="hi", stream=True))  # type: ignore[arg-type]
    resuming(client, client.responses.create(model="m", input="hi", stream=True, background=True))  # type: ignore[arg-type]


def a_stream_of_the_other_kind(stream: openai.AsyncStream[object], read: openai.Stream[object]) -> None:
    drive(chat, CHAT, read)  # type: ignore[arg-type]
    drive_sync(chat, CHAT, stream)  # type: ignore[arg-type]


async def the_other_client_of_a_replay(replay: Replay) -> None:
    await replay.client().models.list()  # type: ignore[misc]
    replay.async_client().models.retreive("m")  # type: ignore[attr-defined]

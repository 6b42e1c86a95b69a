"""Streams as Letta's legacy interface reads them, and what a fold makes of them."""

from typing import Any

from streamfold.adapters import wire
from streamfold.reducer import chat, inner_thoughts
from support import event_shapes as wired
from support.law_checks import (
    MESSAGE_ID,
    channels,
    check_agreement,
    check_finished,
    check_otids,
    check_safe,
    feed,
    runs,
)

THOUGHT = 'She said "Grüß Gott" 👋\n\tand left, C:\\temp, twice.'
USAGE = {"prompt_tokens": 30, "completion_tokens": 5, "total_tokens": 35}


class Said:
    """What a completions stream came to."""

    def __init__(self, machine: Any, state: Any, messages: list[Any]) -> None:
        self.state = state
        self.messages = messages
        self.result = machine.result(state)
        self.channels = channels(messages)
        self.types = [run[0] for run in runs(messages)]
        self.calls = [(call["id"], call["name"], call["arguments"]) for call in self.channels["calls"]]
        self.stops = [message.stop_reason for message in messages if message.message_type == "stop_reason"]


def said(machine: Any, values: list[Any], end: Any = None, **options: Any) -> Said:
    decode = wire.decoder("chat")
    chunks = [decode(value) for value in values]
    config = machine.Config(message_id=MESSAGE_ID, run_id="run-1", step_id="step-1", **options)
    state, messages = feed(machine, config, chunks, end)
    found = Said(machine, state, messages)
    check_otids(messages)
    check_safe(found.result)
    check_finished(machine, state, chunks)
    if machine is chat and not (found.result.model or "").startswith("deepseek"):
        check_agreement(messages, found.result)
    return found


def feed_open(values: list[Any], **options: Any) -> tuple[Any, list[Any]]:
    """Fold without `finish`."""
    decode: Any = wire.decoder("chat")
    state, first = inner_thoughts.start(inner_thoughts.Config(message_id=MESSAGE_ID, **options))
    messages = list(first)
    for value in values:
        state, more = inner_thoughts.step(state, decode(value))
        messages.extend(more)
    return state, messages


def delta(finish: Any = None, choice: Any = 0, **members: Any) -> dict[str, Any]:
    """A Chat Completions chunk."""
    choices = [{"index": choice, "delta": members, "finish_reason": finish}]
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-4.1-mini", "choices": choices}


def entry(arguments: str | None = None, name: str | None = None, index: int = 0, **members: Any) -> dict[str, Any]:
    """An entry of a chunk's tool calls."""
    function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments or ""}
    return {"index": index, "function": function, **members}


def begin(name: str = "archive", arguments: str = "", index: int = 0, **members: Any) -> dict[str, Any]:
    """The first entry of a call."""
    return entry(arguments, name, index, **{"id": f"call_{index}", "type": "function", **members})


def called(arguments: str, size: int, name: str = "archive", finish: str | None = "tool_calls") -> list[dict[str, Any]]:
    """One call, its arguments in pieces of `size` characters."""
    pieces = [arguments[at : at + size] for at in range(0, len(arguments), size)]
    return [delta(tool_calls=[begin(name)]), *(delta(tool_calls=[entry(piece)]) for piece in pieces), delta(finish)]


SIZES = [1, 2, 3, 5, 7, 1000]


CHAT_STREAM = [
    delta(role="assistant", content=""),
    delta(reasoning_content="Hm. "),
    delta(content="It "),
    delta(content="rains."),
    delta(tool_calls=[begin("archive", '{"thinking": "So", ')]),
    delta(tool_calls=[entry('"day": 1}')]),
    delta("tool_calls"),
    {**delta(), "choices": [], "usage": USAGE},
]
EVENT_STREAM = [
    wired.created(),
    *wired.summary_lane(["Hm."], 0),
    *wired.message_lane("It rains.", 1),
    *wired.call_lane('{"day": 1}', 2),
    wired.completed(output=None),
]

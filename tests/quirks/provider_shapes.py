"""Streams in the shape of one provider or another, what a fold makes of them, and the rows of the page about them."""

import re
from pathlib import Path
from typing import Any

from streamfold.adapters import wire
from streamfold.reducer import chat, fold, responses
from streamfold.reducer.messages import Message
from streamfold.reducer.result import Result
from support import event_shapes as events
from support.chat_shapes import call, calls, sse
from support.law_checks import MESSAGE_ID

ARGUMENTS = '{"city":"Oslo"}'
_PAGE = Path(__file__).parents[2] / "docs" / "providers.md"


def rows_of(*sections: str) -> set[str]:
    """The names of the tests that the rows of these sections of docs/providers.md must have."""
    page = _PAGE.read_text("utf-8").split("\n## ")
    found = (part for part in page if part.split("\n")[0] in sections)
    names = {name for part in found for name in re.findall(r"^\| (?!provider|---)(.+?) \|", part, re.MULTILINE)}
    return {"test_" + re.sub(r"\W+", "_", name.lower().replace("'", "")) for name in names}


def read(body: bytes, name: Any = "chat", **options: Any) -> tuple[Result, tuple[Message, ...]]:
    """A body's result and messages."""
    machine: Any = responses if name == "responses" else chat
    config = machine.Config(message_id=MESSAGE_ID, **options)
    state, messages = fold(machine, config, wire.read(name, [body]))
    return machine.result(state), messages


def result_of(*frames: Any, **options: Any) -> Result:
    """The result of chat chunks."""
    return read(sse(*frames), **options)[0]


def result_of_events(*told: Any) -> Result:
    """The result of Responses events."""
    return read(events.body(told), "responses")[0]


def said(result: Result) -> tuple[str, str, str]:
    """What a result says, and how it ended."""
    return result.reasoning, result.text, result.outcome


def whole(index: int | None = 0, **members: Any) -> Any:
    """A chunk that holds a whole call."""
    return calls(call(index, "call_a", "look_up", ARGUMENTS, **members))


def is_one_call(result: Result, call_id: str = "call_a") -> None:
    """Hold a result to one complete call."""
    assert [(made.id, made.name, made.arguments, made.complete) for made in result.tool_calls] == [
        (call_id, "look_up", ARGUMENTS, True)
    ]


def counts(result: Result) -> tuple[int | None, int | None, int | None]:
    """The tokens in, out, and from the cache."""
    return result.usage.input_tokens, result.usage.output_tokens, result.usage.cached_tokens

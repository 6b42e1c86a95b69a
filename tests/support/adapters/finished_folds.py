"""Finished folds made by hand, so that a law can be shown what no fold would come to."""

from collections.abc import Sequence
from typing import Any

from streamfold.adapters.laws.evidence import Finish, Prefix
from streamfold.adapters.laws.oracle import Content, Oracle
from streamfold.reducer import Ended, chat
from streamfold.reducer.ends import End
from streamfold.reducer.messages import (
    AssistantMessage,
    Message,
    ReasoningMessage,
    RefusalMessage,
    ToolCallDelta,
    ToolCallMessage,
)
from streamfold.reducer.otid import otid
from streamfold.reducer.result import Result
from support.law_checks import MESSAGE_ID

CONFIG = chat.Config(message_id=MESSAGE_ID)


def ids(run: int) -> tuple[str, str, None, None]:
    """The ids of a message of this run."""
    return MESSAGE_ID, otid(MESSAGE_ID, run), None, None


def text(piece: str, run: int = 0) -> AssistantMessage:
    return AssistantMessage(*ids(run), piece)


def thought(piece: str, run: int = 0, source: Any = "reasoner_model") -> ReasoningMessage:
    return ReasoningMessage(*ids(run), piece, source=source)


def refusal(piece: str, run: int = 0) -> RefusalMessage:
    return RefusalMessage(*ids(run), piece)


def call(call_id: str, name: str | None, arguments: str | None, run: int = 0) -> ToolCallMessage:
    return ToolCallMessage(*ids(run), ToolCallDelta(name, arguments, call_id))


def content(
    text: str = "", reasoning: str = "", refusal: str = "", arguments: str = "", **more: Any
) -> Content:  # what is not given is empty
    """What the chunks hold."""
    return Content(text, reasoning, refusal, arguments, **more)


def finished(
    *messages: Message,
    result: Result | None = None,
    read: Content | None = None,
    end: End | None = None,
    machine: Any = chat,
    chunks: Sequence[Any] = (),
    config: Any = CONFIG,
    **known: Any,
) -> Finish:
    """A finished fold with these messages and this result; `read` is what its chunks hold, if that is known."""
    oracle = Oracle(content=lambda *_: read, **known)
    state = machine.start(CONFIG)[0] if machine is chat else None
    prefix = Prefix(machine, config, oracle, tuple(chunks), state, ())
    return Finish(prefix, end or Ended(), state, messages, result or Result())

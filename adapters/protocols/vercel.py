"""A turn as the UI message stream that the Vercel AI SDK's `useChat` reads, of its versions 5, 6 and 7.

What its client enforces, it enforces hard: one event of a type or with a member that it does not know ends the stream.
So the events have what each version declares and nothing more.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Literal, TypeAlias

from attrs import field, frozen

from ...reducer.config import required_text, yes_or_no
from ...reducer.result import Result
from ...reducer.values.json_values import Json, as_object
from ..json_text import dumps
from . import turn as turns
from .acts import (
    Act,
    CallGrew,
    CallOpened,
    CallReady,
    CallRefused,
    CallReturned,
    Cited,
    PartClosed,
    PartGrew,
    PartOpened,
    Reason,
    ServerToolOpened,
    ServerToolOver,
    ServerToolProgress,
    StepBegun,
    StepOver,
    TurnOver,
)
from .config_checks import names_of, one_of
from .sink import EVENT_STREAM, Event, TurnState, begun, data_frame, shown_error, told
from .turn import Said

__all__ = ["HEADERS", "LAST", "Config", "State", "close", "end_step", "frame", "start", "step"]

HEADERS: Mapping[str, str] = {**EVENT_STREAM, "x-vercel-ai-ui-message-stream": "v1"}
"""The response's headers; without the last, `useChat` does not read the stream as one."""

LAST = b"data: [DONE]\n\n"
"""The bytes after the last frame."""


@frozen
class Config:
    """How a turn is told.

    Attributes:
        message_id: the id of the assistant's message in the client. Where a client answers an approval, the next
            stream goes on with the message whose id it sent.
        version: the major version of the SDK: 5 knows no approvals.
        custom_tools: names of custom tools whose text may begin with `{`; others are told from a function's JSON by
            how they begin.
        shows_errors: whether the provider's own error text may go to the client.

    Raises:
        TypeError: if a value is of another type.
        ValueError: if the version is another.
    """

    message_id: str = field(validator=required_text)
    version: Literal[5, 6, 7] = field(default=7, validator=one_of(5, 6, 7))
    custom_tools: frozenset[str] = field(default=frozenset(), converter=names_of)
    shows_errors: bool = field(default=False, validator=yes_or_no)


State: TypeAlias = TurnState[Config]
"""The state of this sink."""


def start(config: Config) -> tuple[State, tuple[Event, ...]]:
    """The state in which nothing has been said, and the event that opens the message.

    Args:
        config: how the turn is told.
    """
    return begun(config), ({"type": "start", "messageId": config.message_id},)


def step(state: State, said: Said) -> tuple[State, tuple[Event, ...]]:
    """One more message of a fold, or what a tool gave; after `close`, nothing comes.

    Args:
        state: the state so far.
        said: what is said next.
    """
    return told(state, turns.step(state.turn, said), _events)


def end_step(state: State, result: Result) -> tuple[State, tuple[Event, ...]]:
    """A model call is over, and another one follows in the same stream.

    Args:
        state: the state so far.
        result: what the call came to.
    """
    return told(state, turns.end_step(state.turn, result), _events)


def close(state: State, result: Result) -> tuple[State, tuple[Event, ...]]:
    """The last model call is over: what is open is closed, and `finish`, `abort` or `error` comes, once.

    Args:
        state: the state so far.
        result: what the last call came to.
    """
    return told(state, turns.end(state.turn, result), _events)


frame = data_frame


def _events(config: Config, act: Act) -> tuple[Event, ...]:
    match act:
        case StepBegun():
            return ({"type": "start-step"},)
        case StepOver():
            return ({"type": "finish-step"},)
        case PartOpened() | PartGrew() | PartClosed():
            return (_part(act),)
        case CallOpened(id=id_, name=name):
            return ({"type": "tool-input-start", "toolCallId": id_, "toolName": name},)
        case CallGrew(id=id_, json=piece):
            return ({"type": "tool-input-delta", "toolCallId": id_, "inputTextDelta": piece},) if piece else ()
        case CallReady():
            return _ready(config, act)
        case CallRefused():
            return (_refused(act.id, act.name, act.arguments, act.reason),)
        case CallReturned():
            return (_returned(config, act),)
        case ServerToolOpened(id=id_, tool=tool):
            return ({"type": "tool-input-start", "toolCallId": id_, "toolName": tool, "providerExecuted": True},)
        case ServerToolProgress():
            given = {"id": act.id, "tool": act.tool, "status": act.status, "delta": _readable(act.delta)}
            return _data("server-tool", {name: one for name, one in given.items() if one is not None}, transient=True)
        case ServerToolOver():
            return _server_tool_over(act)
        case Cited():
            return _cited(act)
        case TurnOver():
            return (_end(config, act),)


def _part(act: PartOpened | PartGrew | PartClosed) -> Event:
    kind = "text" if act.kind in ("text", "refusal") else "reasoning"
    if isinstance(act, PartGrew):
        return {"type": f"{kind}-delta", "id": act.id, "delta": act.delta}
    if isinstance(act, PartOpened):
        opened: Event = {"type": f"{kind}-start", "id": act.id}
        return opened if act.kind != "refusal" else {**opened, "providerMetadata": {"streamfold": {"refusal": True}}}
    closed: Event = {"type": f"{kind}-end", "id": act.id}
    if act.signature is None:
        return closed
    return {**closed, "providerMetadata": {"streamfold": {"signature": act.signature}}}


def _ready(config: Config, act: CallReady) -> tuple[Event, ...]:
    if not _is_readable(act.input):
        return (_refused(act.id, act.name, "", "The client cannot read the arguments."),)
    ready: Event = {"type": "tool-input-available", "toolCallId": act.id, "toolName": act.name, "input": act.input}
    if not act.needs_approval or config.version == 5:
        return (ready,)
    return ready, {"type": "tool-approval-request", "approvalId": act.id, "toolCallId": act.id}


def _refused(call_id: str, name: str, arguments: str, reason: str) -> Event:
    return {
        "type": "tool-input-error",
        "toolCallId": call_id,
        "toolName": name,
        "input": arguments,
        "errorText": reason,
    }


def _returned(config: Config, act: CallReturned) -> Event:
    if act.status == "success":
        return {"type": "tool-output-available", "toolCallId": act.id, "output": _readable(act.output)}
    if act.status == "denied" and config.version > 5:
        return {"type": "tool-output-denied", "toolCallId": act.id}
    text = act.output if isinstance(act.output, str) else dumps(act.output)
    return {"type": "tool-output-error", "toolCallId": act.id, "errorText": text}


_DEEPEST = 256  # levels of a value
_GIVEN = ("action", "queries", "code", "name", "arguments", "input")
"""What a tool of the provider's was given, by the names that its kinds of items have for it."""


def _server_tool_over(act: ServerToolOver) -> tuple[Event, ...]:
    item = _readable(act.item)
    members = as_object(item)
    given = {name: members[name] for name in _GIVEN if members.get(name) is not None}
    about: Event = {"toolCallId": act.id, "providerExecuted": True}
    ready: Event = {"type": "tool-input-available", **about, "toolName": act.tool, "input": given}
    if act.error is not None:
        return ready, {"type": "tool-output-error", **about, "errorText": act.error}
    return ready, {"type": "tool-output-available", **about, "output": item}


def _cited(act: Cited) -> tuple[Event, ...]:
    """A source, where a note names one; a link only to the web, since a screen shows it as one."""
    note = as_object(act.annotation)
    note = as_object(note.get("url_citation")) or note
    url, title, filename = note.get("url"), note.get("title"), note.get("filename")
    if isinstance(url, str) and url.lower().startswith(("https://", "http://")):
        source: Event = {"type": "source-url", "sourceId": act.id, "url": url}
        return ({**source, "title": title} if isinstance(title, str) else source,)
    if isinstance(filename, str):
        document: Event = {"type": "source-document", "sourceId": act.id, "mediaType": "application/octet-stream"}
        return ({**document, "title": filename, "filename": filename},)
    return _data("annotation", _readable(act.annotation))


def _data(name: str, data: Json, transient: bool = False) -> tuple[Event, ...]:
    event: Event = {"type": f"data-{name}", "data": data}
    return ({**event, "transient": True} if transient else event,)


_FINISH: dict[Reason, str] = {
    "stop": "stop",
    "length": "length",
    "content filter": "content-filter",
    "tool calls": "tool-calls",
    "approval": "tool-calls",
    "max steps": "other",
    "other": "other",
}


def _end(config: Config, act: TurnOver) -> Event:
    if act.reason == "error":
        return {"type": "error", "errorText": shown_error(act.error, config.shows_errors)}
    if act.reason == "cancelled":
        return {"type": "abort"}
    return {"type": "finish", "finishReason": _FINISH[act.reason]}


def _readable(given: Json) -> Json:
    """A value as it is, or a note in its place where the client would end the stream at it."""
    return given if _is_readable(given) else {"note": "The client cannot read this value."}


def _is_readable(given: Json) -> bool:
    """Whether a value can be told as it is.

    The client's JSON reader guards against polluted prototypes; JSON has no infinite numbers, and what is nested deeper
    than any honest value is not written by every encoder.
    """
    level: list[Json] = [given]
    for _ in range(_DEEPEST):
        inner: list[Json] = []
        for one in level:
            if isinstance(one, Mapping):
                if "__proto__" in one or "prototype" in as_object(one.get("constructor")):
                    return False
                inner.extend(one.values())
            elif isinstance(one, (list, tuple)):
                inner.extend(one)
            elif isinstance(one, float) and not isfinite(one):
                return False
        if not inner:
            return True
        level = inner
    return False

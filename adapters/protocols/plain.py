"""A turn as small JSON objects, for those who have no protocol of their own: what it comes to, act by act.

Every event has a `type` and the fields of the act of that name in `acts`; those that are None or empty are left out.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from attrs import field, fields, frozen

from ...reducer.config import required_text, yes_or_no
from ...reducer.result import Result
from ...reducer.usage import COUNTS, Usage
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
    ServerToolOpened,
    ServerToolOver,
    ServerToolProgress,
    StepBegun,
    StepOver,
    TurnOver,
)
from .config_checks import names_of
from .sink import EVENT_STREAM, Event, TurnState, begun, data_frame, shown_error, told
from .turn import Said

__all__ = ["HEADERS", "LAST", "TYPES", "Config", "State", "close", "end_step", "frame", "start", "step"]

HEADERS = EVENT_STREAM
"""The response's headers."""

LAST = b""
"""The bytes after the last frame: none, for `turn_over` is the last event."""


TYPES: Mapping[type[Act], str] = {
    StepBegun: "step_begun",
    StepOver: "step_over",
    PartOpened: "part_opened",
    PartGrew: "part_grew",
    PartClosed: "part_closed",
    CallOpened: "call_opened",
    CallGrew: "call_grew",
    CallReady: "call_ready",
    CallRefused: "call_refused",
    CallReturned: "call_returned",
    ServerToolOpened: "server_tool_opened",
    ServerToolProgress: "server_tool_progress",
    ServerToolOver: "server_tool_over",
    Cited: "cited",
    TurnOver: "turn_over",
}
"""The `type` of an event, by the act that it tells."""

_FIELDS = {act: tuple(member.name for member in fields(act)) for act in TYPES}


@frozen
class Config:
    """How a turn is told.

    Attributes:
        message_id: the id of the assistant's message, which the first event has.
        shows_errors: whether the provider's own error text may go to the client.
        custom_tools: as of the other sinks; here it only tells whether a call's `input` is text.

    Raises:
        TypeError: if a value is of another type.
    """

    message_id: str = field(validator=required_text)
    shows_errors: bool = field(default=False, validator=yes_or_no)
    custom_tools: frozenset[str] = field(default=frozenset(), converter=names_of)


State: TypeAlias = TurnState[Config]
"""The state of this sink."""


def start(config: Config) -> tuple[State, tuple[Event, ...]]:
    """The state in which nothing has been said, and the event that opens the message.

    Args:
        config: how the turn is told.
    """
    return begun(config), ({"type": "turn_begun", "id": config.message_id},)


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
    """The last model call is over: what is open is closed, and `turn_over` comes, once.

    Args:
        state: the state so far.
        result: what the last call came to.
    """
    return told(state, turns.end(state.turn, result), _events)


frame = data_frame


def _events(config: Config, act: Act) -> tuple[Event, ...]:
    if isinstance(act, CallGrew):  # raw text needs no JSON around it here
        return ({"type": "call_grew", "id": act.id, "delta": act.delta},) if act.delta else ()
    given: dict[str, Any] = {name: getattr(act, name) for name in _FIELDS[type(act)]}
    if isinstance(act, TurnOver):
        error = shown_error(act.error, config.shows_errors) if act.reason == "error" else None
        given |= {"error": error, "usage": _counts(act.usage)}
    return ({"type": TYPES[type(act)], **{name: one for name, one in given.items() if one not in (None, (), {})}},)


def _counts(usage: Usage) -> dict[str, int]:
    return {name: count for name in COUNTS if (count := getattr(usage, name)) is not None}

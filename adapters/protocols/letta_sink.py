"""A turn as Letta's client reads it: the messages themselves, numbered in their run, and how it ended."""

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from attrs import field, frozen

from ...reducer.config import required_text, yes_or_no
from ...reducer.messages import StopReason
from ...reducer.result import Result
from ...reducer.usage import Usage
from ...reducer.values.frozen_value import evolve, value
from ..json_text import dumps
from . import letta, letta_turn
from .config_checks import from_number
from .sink import EVENT_STREAM, Event, data_frame
from .turn import Said, ToolReturn

__all__ = ["HEADERS", "LAST", "Config", "State", "close", "end_step", "frame", "start", "step"]

HEADERS = EVENT_STREAM
"""The response's headers."""

LAST = b"data: [DONE]\n\n"
"""The bytes after the last frame."""


@frozen
class Config:
    """How a run is told.

    Attributes:
        run_id: the run's id, which its error, its tools' returns and its usage have.
        first: the number of the first message (`seq_id`); later in a run, where others came before.
        after: a number up to which the client has what is said (`starting_after`): it is not told again, though the run
            is heard from its start.
        own_types: whether refusals, server tools and citations are sent (`letta.UNKNOWN_TYPES`), which are no types of
            the client's.
        shows_errors: whether the provider's own error text may go to the client.

    Raises:
        TypeError: if a value is of another type.
        ValueError: if a number is below the first that there can be.
    """

    run_id: str = field(validator=required_text)
    first: int = field(default=1, validator=from_number(1))
    after: int = field(default=0, validator=from_number(0))
    own_types: bool = field(default=False, validator=yes_or_no)
    shows_errors: bool = field(default=False, validator=yes_or_no)


@value
class State:
    """The state of this sink.

    Attributes:
        config: as given.
        next: the number of the next message.
        steps: how many model calls are over.
        in_step: whether one was heard that is not over.
        usage: their tokens; None before the first is over.
        over: whether the turn is over.
    """

    config: Config
    next: int
    steps: int = 0
    in_step: bool = False
    usage: Usage | None = None
    over: bool = False


def start(config: Config) -> tuple[State, tuple[Event, ...]]:
    """The state in which nothing has been said; nothing opens a stream of Letta's.

    Args:
        config: how the run is told.
    """
    return State(config, config.first), ()


def step(state: State, said: Said) -> tuple[State, tuple[Event, ...]]:
    """One more message of a fold, or what a tool gave; after `close`, nothing comes.

    A message's event lacks its date, which `frame` gives it.

    Args:
        state: the state so far.
        said: what is said next.
    """
    if state.over:
        return state, ()
    if not state.in_step and not isinstance(said, ToolReturn):
        state = evolve(state, in_step=True)
    if isinstance(said, StopReason):  # there is one, at the end
        return state, ()
    shown: Event | None = None
    if isinstance(said, ToolReturn):
        shown = _returned(state, said)
    elif state.config.own_types or said.message_type not in letta.UNKNOWN_TYPES:
        shown = letta.to_json(said)
    if shown is None:
        return state, ()
    told = (letta_turn.numbered(shown, state.next),) if state.next > state.config.after else ()
    return evolve(state, next=state.next + 1), told


def end_step(state: State, result: Result) -> tuple[State, tuple[Event, ...]]:
    """A model call is over, and another one follows in the same run.

    Args:
        state: the state so far.
        result: what the call came to.
    """
    if state.over:
        return state, ()
    # A turn that ends between two calls ends with a result that says no more than this: it is of no call.
    is_call = state.in_step or evolve(result, outcome="open", error=None, finish_reason=None) != Result()
    usage = result.usage if state.usage is None else state.usage + result.usage
    return evolve(state, steps=state.steps + is_call, in_step=False, usage=usage), ()


def close(state: State, result: Result) -> tuple[State, tuple[Event, ...]]:
    """The last model call is over: its stop reason, then the usage or the error, once.

    Args:
        state: the state so far.
        result: what the last call came to.
    """
    if state.over:
        return state, ()
    state, _ = end_step(state, result)
    stop: Event = {"message_type": "stop_reason", "stop_reason": letta_turn.stop_reason(result)}
    run_id = state.config.run_id
    if result.error is not None:
        last = letta_turn.error_message(result.error, run_id, shown=state.config.shows_errors)
    else:
        last = letta_turn.usage_statistics(state.usage or result.usage, state.steps, [run_id])
    return evolve(state, over=True), (stop, last)


def frame(event: Event, now: datetime) -> bytes:
    """An event as bytes of the stream. The client raises what is named "error", and reads other frames without a name.

    Args:
        event: one of this sink's.
        now: the date of a message; let it tell a time zone.
    """
    if event["message_type"] == "error_message":
        return b"event: error\ndata: %b\n\n" % dumps(event).encode()
    return data_frame({**event, "date": now.isoformat()} if "id" in event else event)


def _returned(state: State, said: ToolReturn) -> Event:
    """A tool's return, whose id is the same wherever the run is told."""
    config = state.config
    message_id = f"message-{uuid5(NAMESPACE_URL, dumps([config.run_id, state.next, said.tool_call_id]))}"
    output = said.output if isinstance(said.output, str) else dumps(said.output)
    return letta_turn.tool_return_message(
        said.tool_call_id,
        output,
        None,
        message_id=message_id,
        status="success" if said.status == "success" else "error",
        run_id=config.run_id,
    )

"""What a run says last, and what it came to, where it ends at the state that it is in."""

from typing import Any

from attrs import frozen

from ...reducer.ends import Cancelled, End, Failed
from ...reducer.machine import AnyMachine
from ...reducer.messages import Message
from ...reducer.result import Result
from ...reducer.stream_error import error_of
from ..protocols.turn import SaidOrResult
from ..wire.machines import MACHINES
from .log import TurnState

__all__ = ["CallOver", "Closing", "call_over", "closing", "machine_for", "result_of_end"]


@frozen
class CallOver:
    """The end of a model call.

    Attributes:
        messages: with which it ended.
        fold: the state after that.
        result: what it came to.
    """

    messages: tuple[Message, ...]
    fold: Any
    result: Result


@frozen
class Closing:
    """With what a run is closed.

    Attributes:
        said: what it says last.
        result: what it came to.
    """

    said: tuple[SaidOrResult, ...]
    result: Result


def closing(state: Any, end: End) -> Closing:
    """With what a run is closed that ends in this state.

    A turn of several calls is not completed by the last of them: whoever made the calls would have gone on from it. Nor
    is it cancelled where only that call was.

    Args:
        state: of a fold, or of a turn.
        end: why it ends.
    """
    in_turn = isinstance(state, TurnState)
    fold = state.call if in_turn else state
    if fold is None:
        return Closing((), result_of_end(end))
    over = call_over(fold, end)
    if not in_turn or over.result.outcome == "failed" or (over.result.outcome == "cancelled" and end == Cancelled()):
        return Closing(over.messages, over.result)
    return Closing((*over.messages, over.result), result_of_end(end))


def call_over(fold: Any, end: End) -> CallOver:
    """The end of a call whose fold ends in this state."""
    machine = machine_for(fold)
    fold, messages = machine.finish(fold, end)
    return CallOver(messages, fold, machine.result(fold))


def result_of_end(end: End) -> Result:
    """What comes of no model call."""
    if isinstance(end, Failed):
        return Result(outcome="failed", error=error_of(end))
    return Result(outcome="cancelled" if isinstance(end, Cancelled) else "completed")


def machine_for(state: Any) -> AnyMachine:
    """The machine that folds on from a state."""
    return next(machine for machine in MACHINES.values() if type(state.config) is machine.Config)

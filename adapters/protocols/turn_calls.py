"""The tool calls of a turn, as a client has to be told of them: one at a time opens, grows, and is ready or refused."""

import json
from typing import Literal

from ...reducer.messages import ToolCallClosed, ToolCallDelta
from ...reducer.values.frozen_value import evolve, value
from ...reducer.values.json_values import Json
from ...reducer.values.text import EMPTY, Text
from .acts import Act, CallGrew, CallReady, CallRefused

__all__ = ["TurnCall", "close", "grow", "named"]

_UNFINISHED = "The call is not whole."
_UNNAMED = "unknown"


@value
class TurnCall:
    """A call of the turn.

    Attributes:
        id: its id for the client.
        name: its tool's name.
        step: in which step it came.
        needs_approval: whether it came in an approval request.
        status: whether more of its arguments may come; whether it may be run; whether the client has its output.
        arguments: what has come of them.
        is_text: whether they are a custom tool's raw text; None while nothing but spaces has come.
    """

    id: str
    name: str
    step: int
    needs_approval: bool
    status: Literal["open", "ready", "refused", "returned"] = "open"
    arguments: Text = EMPTY
    is_text: bool | None = None


def named(delta: ToolCallDelta) -> str:
    """The name that a call's first message has."""
    return delta.name or _UNNAMED


def grow(call: TurnCall, piece: str) -> tuple[TurnCall, tuple[Act, ...]]:
    """One more piece of the arguments.

    A function's arguments are a JSON object. Text that begins otherwise is a custom tool's, and goes as a JSON string:
    so what a client reads of it is JSON, at every moment.
    """
    if not piece:
        return call, ()
    unsaid = str(call.arguments) if call.is_text is None or not call.arguments else None  # spaces, as far as anything
    call = evolve(call, arguments=call.arguments.append(piece))
    if call.is_text is None:
        begun = str(call.arguments).lstrip(" \t\r\n")
        if not begun:
            return call, (CallGrew(call.id, piece, ""),)
        call = evolve(call, is_text=not begun.startswith("{"))
    shown = piece if unsaid is None else unsaid + piece
    if call.is_text:
        shown = _in_string(shown) if unsaid is None else f'"{_in_string(shown)}'
    return call, (CallGrew(call.id, piece, shown),)


def close(call: TurnCall, closed: ToolCallClosed | None) -> tuple[TurnCall, tuple[Act, ...]]:
    """The end of a call.

    Args:
        call: one that is open.
        closed: what the fold says of it; None where the turn ends before it said anything.
    """
    arguments = str(call.arguments)
    end = (CallGrew(call.id, "", '"'),) if call.is_text else ()
    if closed is None or closed.doubts:
        reason = _UNFINISHED if closed is None else "; ".join(one.detail or one.doubt.value for one in closed.doubts)
        return evolve(call, status="refused"), (*end, CallRefused(call.id, call.name, arguments, reason))
    if call.is_text is None and arguments:  # nothing but spaces: no function's object
        end = (CallGrew(call.id, "", json.dumps(arguments)),)
    given = _input(arguments, call.is_text)
    return evolve(call, status="ready"), (*end, CallReady(call.id, call.name, given, call.needs_approval))


def _in_string(piece: str) -> str:
    return json.dumps(piece)[1:-1]


def _input(arguments: str, is_text: bool | None) -> Json:
    """The arguments as a value; absent ones are an empty object, as in the result."""
    if is_text:
        return arguments
    try:
        given = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return arguments
    return given if isinstance(given, dict) else {} if given is None else arguments

"""The tool calls of a turn, as a client has to be told of them: one at a time opens, grows, and is ready or refused."""

import json
from collections.abc import Collection, Iterable
from typing import Literal

from ...reducer.doubts import Doubted
from ...reducer.messages import ToolCallClosed
from ...reducer.values.frozen_value import evolve, value
from ...reducer.values.json_values import Json
from ...reducer.values.text import EMPTY, Text
from .acts import Act, CallGrew, CallOpened, CallReady, CallRefused

__all__ = ["TurnCall", "close", "grow", "opened", "why_not"]

_UNFINISHED = "The call is not whole."
_UNNAMED = "unknown"
_SPACES = " \t\r\n"


@value
class TurnCall:
    """A call of the turn.

    Attributes:
        id: its id for the client.
        step: in which step it came.
        needs_approval: whether it came in an approval request.
        name: its tool's name, which may come in pieces.
        status: "named" until the client is told of it, "open" while more of its arguments may come; whether it may be
            run; whether the client has its output.
        arguments: what has come of them.
        is_text: whether they are a custom tool's raw text; None as long as that is not known.
    """

    id: str
    step: int
    needs_approval: bool = False
    name: str = ""
    status: Literal["named", "open", "ready", "refused", "returned"] = "named"
    arguments: Text = EMPTY
    is_text: bool | None = None

    @property
    def may_grow(self) -> bool:
        """Whether it is not over for the client."""
        return self.status == "named" or self.status == "open"


def opened(call: TurnCall, parent: str | None, custom_tools: Collection[str]) -> tuple[TurnCall, tuple[Act, ...]]:
    """The call, told to the client: its name is whole once its arguments begin, or it is over."""
    if call.status != "named":
        return call, ()
    name = call.name or _UNNAMED
    call = evolve(call, name=name, status="open", is_text=True if name in custom_tools else None)
    return call, (CallOpened(call.id, name, parent),)


def grow(call: TurnCall, piece: str) -> tuple[TurnCall, tuple[Act, ...]]:
    """One more piece of the arguments of a call that is open.

    A function's arguments are a JSON object. Text that begins otherwise is a custom tool's, and goes as a JSON string:
    so what a client reads of it is JSON, at every moment. What may become `null` is held: it stands for no arguments.
    """
    begins = not call.arguments or call.is_text is None
    unsaid = str(call.arguments) if begins else ""
    call = evolve(call, arguments=call.arguments.append(piece))
    if call.is_text is None:
        begun = str(call.arguments).strip(_SPACES)
        if "null".startswith(begun):
            return call, (CallGrew(call.id, piece, ""),)
        call = evolve(call, is_text=not begun.startswith("{"))
    shown = unsaid + piece
    if call.is_text:
        shown = f'"{_in_string(shown)}' if begins else _in_string(shown)
    return call, (CallGrew(call.id, piece, shown),)


def close(call: TurnCall, closed: ToolCallClosed | None) -> tuple[TurnCall, tuple[Act, ...]]:
    """The end of a call that is open.

    Args:
        call: the call.
        closed: what the fold says of it; None where the turn ends before it said anything.
    """
    arguments = str(call.arguments)
    rest = "" if not call.is_text else '"' if arguments else '""'
    if call.is_text is None and arguments.strip(_SPACES) not in ("", "null"):
        rest = json.dumps(arguments)  # the beginning of `null`, and no more
    end = (CallGrew(call.id, "", rest),) if rest else ()
    if closed is None or closed.doubts:
        reason = _UNFINISHED if closed is None else why_not(closed.doubts)
        return evolve(call, status="refused"), (*end, CallRefused(call.id, call.name, arguments, reason))
    given = _input(arguments, bool(rest))
    return evolve(call, status="ready"), (*end, CallReady(call.id, call.name, given, call.needs_approval))


def why_not(doubts: Iterable[Doubted]) -> str:
    """Why a call is not to be run, in a sentence."""
    return "; ".join(one.detail or one.doubt.value for one in doubts)


def _in_string(piece: str) -> str:
    return json.dumps(piece)[1:-1]


def _input(arguments: str, is_text: bool) -> Json:
    """The arguments as a value; absent ones, and `null`, are an empty object, as in the result."""
    if is_text:
        return arguments
    if arguments.strip(_SPACES) in ("", "null"):
        return {}
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):  # a custom tool's text, which looks like an object
        return arguments

"""Fewer messages that say the same: for a client that is slow, and for one that comes late.

What a client knows are runs: stretches of one type, told by their otids. Pieces of one run are joined, and nothing else
is: no client can tell, but by how many messages came. What tools gave, and what model calls came to, stays as it is.
"""

from collections.abc import Iterable
from typing import TypeAlias

from ...reducer.messages import (
    ApprovalRequestMessage,
    AssistantMessage,
    HiddenReasoningMessage,
    Message,
    ReasoningMessage,
    RefusalMessage,
    ServerToolMessage,
    ToolCallClosed,
    ToolCallDelta,
    ToolCallMessage,
)
from ...reducer.result import Result
from ...reducer.values.frozen_value import evolve, value
from ...reducer.values.persistent import PersistentMap, PersistentVector
from ...reducer.values.text import Text, text
from .turn import SaidOrResult, ToolReturn

_CallMessage: TypeAlias = ToolCallMessage | ApprovalRequestMessage

__all__ = ["NOTHING", "Told", "catch_up", "coalesce", "tell"]


@value
class _Piece:
    """A message, its text apart, so that it grows without being copied each time."""

    message: SaidOrResult
    text: Text


@value
class Told:
    """What the clients of a stream know, as messages joined as far as they can be. It grows with the messages.

    Attributes:
        pieces: the messages.
        run: the type and the otid of the last run.
        places: where in it the last message is, by the call or the item that it is of; -1 of a call that was closed.
    """

    pieces: PersistentVector[_Piece] = PersistentVector()
    run: tuple[str, str] | None = None
    places: PersistentMap[int] = PersistentMap()


_CLOSED = -1

NOTHING = Told()
"""What clients know before the first message."""


def coalesce(messages: Iterable[SaidOrResult]) -> tuple[SaidOrResult, ...]:
    """Fewer messages that say the same: neighbours of one run are joined, where one message can say both.

    Not joined are pieces of two calls, text for two phases, reasoning after a signature, and the states of a tool.

    Args:
        messages: of a fold, or of a turn, in order, or a stretch of them.
    """
    pieces: list[_Piece] = []
    for message in messages:
        joined = _join(pieces[-1], message) if pieces else None
        if joined is None:
            pieces.append(_piece(message))
        else:
            pieces[-1] = joined
    return tuple(map(_whole, pieces))


def tell(told: Told, message: SaidOrResult) -> Told:
    """What the clients know after one more message.

    Args:
        told: what they knew.
        message: the next message of the fold, or of the turn.
    """
    if isinstance(message, ToolReturn):  # it belongs to no run, and ends none
        return evolve(told, pieces=told.pieces.put(len(told.pieces), _piece(message)))
    if isinstance(message, Result):
        return Told(told.pieces.put(len(told.pieces), _piece(message)))
    if isinstance(message, ToolCallClosed):  # it belongs to no run, and ends none
        places = told.places.put(message.tool_call_id, _CLOSED)
        return evolve(told, pieces=told.pieces.put(len(told.pieces), _piece(message)), places=places)
    run = (message.message_type, message.otid)
    places = told.places if run == told.run else PersistentMap()
    key = _key(message)
    place = places.get(key)
    joined = None if place is None or place == _CLOSED else _join(told.pieces[place], message)
    if place is None or joined is None:
        place, joined = len(told.pieces), _piece(message)
    return Told(told.pieces.put(place, joined), run, places.put(key, place))


def catch_up(told: Told) -> tuple[SaidOrResult, ...]:
    """The fewest messages that tell a client who comes now what the others know.

    Of a run, the pieces of a call are one message, and its calls come in order of first sight.

    Args:
        told: what the others know.
    """
    return tuple(map(_whole, told.pieces))


def _key(message: Message) -> str:
    if isinstance(message, (ToolCallMessage, ApprovalRequestMessage)):
        return message.tool_call.tool_call_id
    return (message.item_id or "") if isinstance(message, ServerToolMessage) else ""


def _text_of(message: SaidOrResult) -> str | None:
    """What a message says, if it can be joined with another of its kind; None if it cannot."""
    if isinstance(message, AssistantMessage):
        return message.content
    if isinstance(message, ReasoningMessage):
        return message.reasoning
    if isinstance(message, RefusalMessage):
        return message.refusal
    if isinstance(message, (ToolCallMessage, ApprovalRequestMessage)):
        return message.tool_call.arguments or ""
    if isinstance(message, ServerToolMessage):
        return message.delta if isinstance(message.delta, str) and message.status is message.item is None else None
    return "" if isinstance(message, HiddenReasoningMessage) else None


def _piece(message: SaidOrResult) -> _Piece:
    return _Piece(message, text(_text_of(message) or ""))


def _join(piece: _Piece, message: SaidOrResult) -> _Piece | None:
    """Both as one; None if that would say something else."""
    before, more = piece.message, _text_of(message)
    if more is None or _text_of(before) is None or _frame(before) != _frame(message):
        return None
    if isinstance(before, ReasoningMessage) and isinstance(message, ReasoningMessage):
        if before.signature is not None and more:
            return None
        before = message if message.signature is not None else before
    if isinstance(before, (ToolCallMessage, ApprovalRequestMessage)) and isinstance(message, type(before)):
        before = _renamed(before, message)
    return _Piece(before, piece.text.append(more))


def _renamed(before: _CallMessage, message: _CallMessage) -> _CallMessage:
    """A piece of a call with the name of the next one as well: some servers send a name in pieces."""
    call, more = before.tool_call, message.tool_call
    if more.name is None:
        return before
    arguments = call.arguments if more.arguments is None else more.arguments
    return evolve(before, tool_call=ToolCallDelta((call.name or "") + more.name, arguments, call.tool_call_id))


def _frame(message: SaidOrResult) -> tuple[object, ...]:
    """What two pieces must have in common."""
    if isinstance(message, (ToolReturn, Result)):
        return (message,)
    ids = (type(message), message.id, message.otid, message.run_id, message.step_id)
    if isinstance(message, AssistantMessage):
        return (*ids, message.phase)
    if isinstance(message, ReasoningMessage):
        return (*ids, message.source)
    if isinstance(message, ServerToolMessage):
        return (*ids, message.tool, message.item_id)
    return (*ids, _key(message))


def _whole(piece: _Piece) -> SaidOrResult:
    message, said = piece.message, str(piece.text)
    if isinstance(message, AssistantMessage):
        return evolve(message, content=said)
    if isinstance(message, ReasoningMessage):
        return evolve(message, reasoning=said)
    if isinstance(message, RefusalMessage):
        return evolve(message, refusal=said)
    if isinstance(message, (ToolCallMessage, ApprovalRequestMessage)):
        call = message.tool_call
        arguments = said if said or call.arguments is not None else None
        return evolve(message, tool_call=ToolCallDelta(call.name, arguments, call.tool_call_id))
    return evolve(message, delta=said) if isinstance(message, ServerToolMessage) and said else message

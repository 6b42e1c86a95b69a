"""A turn, folded from messages into what a screen shows: a machine over the machines, for every client protocol.

A turn is one assistant message of an application: one or several model calls, with what the caller's tools gave in
between. Each call needs a message id of its own, since the parts of a turn take their ids from the otids.
"""

from typing import Literal, TypeAlias

from ...reducer.completions.finish_words import FinishClass, finish_class
from ...reducer.messages import (
    AnnotationMessage,
    ApprovalRequestMessage,
    AssistantMessage,
    HiddenReasoningMessage,
    Message,
    ReasoningMessage,
    RefusalMessage,
    ServerToolMessage,
    StopReason,
    ToolCallClosed,
    ToolCallDelta,
    ToolCallMessage,
)
from ...reducer.result import Result
from ...reducer.usage import UNKNOWN, Usage
from ...reducer.values.frozen_value import evolve, value
from ...reducer.values.json_values import Json
from ...reducer.values.persistent import PersistentMap
from .acts import (
    Act,
    CallReturned,
    Cited,
    PartClosed,
    PartGrew,
    PartKind,
    PartOpened,
    Reason,
    ServerToolOpened,
    StepBegun,
    StepOver,
    TurnOver,
)
from .server_tools import ServerTool, over, progress
from .turn_calls import TurnCall, close, grow, opened, why_not

__all__ = ["MAX_STEPS", "START", "Said", "SaidOrResult", "ToolReturn", "Turn", "end", "end_step", "step"]


MAX_STEPS: Literal["max_steps"] = "max_steps"
"""The finish reason of a turn's last result where the model would be asked again, but for a limit of the caller's.

It is the caller's word, `evolve(result, finish_reason=MAX_STEPS)`, or that of a result of no call.
"""


@value
class ToolReturn:
    """What a tool of the caller's gave, to be said in a turn beside a fold's messages.

    Attributes:
        tool_call_id: which call.
        output: what the model is told too: JSON, text as a rule.
        status: "error" where it failed, "denied" where it was not allowed to run.
    """

    tool_call_id: str
    output: Json
    status: Literal["success", "error", "denied"] = "success"


Said: TypeAlias = Message | ToolReturn
"""Everything that can be said in a turn."""

SaidOrResult: TypeAlias = Said | Result
"""What a turn is made of: messages, what tools gave, and what each model call came to, after its last message."""


@value
class Turn:
    """What is open in a turn, and what has to be remembered of it.

    Attributes:
        step: the number of the model call, from 1; 0 before the first.
        in_step: whether it goes on.
        part: the open part: its kind and its id.
        signature: the provider's signature over it, as far as one has come.
        text_id: the id of the step's last text part.
        calls: the turn's calls, by the provider's ids.
        open_calls: the provider's ids of those that may grow, in order.
        ready: the ids, for the client, of those that wait to be run, in order.
        approvals: those of them that wait for approval.
        tools: the turn's tools of the provider's, by their items' ids.
        open_tools: the ids of those that are not over, in order.
        cited: how many citations have come.
        usage: the tokens of the steps that are over; None before the first is.
        over: whether the turn is over.
        custom_tools: names of tools whose arguments are raw text.
    """

    step: int = 0
    in_step: bool = False
    part: tuple[PartKind, str] | None = None
    signature: str | None = None
    text_id: str | None = None
    calls: PersistentMap[TurnCall] = PersistentMap()
    open_calls: tuple[str, ...] = ()
    ready: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    tools: PersistentMap[ServerTool] = PersistentMap()
    open_tools: tuple[str, ...] = ()
    cited: int = 0
    usage: Usage | None = None
    over: bool = False
    custom_tools: frozenset[str] = frozenset()


START = Turn()
"""A turn in which nothing has been said."""

Acts: TypeAlias = tuple[Act, ...]


def step(turn: Turn, said: Said) -> tuple[Turn, Acts]:
    """The turn after one more message, and what it comes to. After the end of a turn, nothing.

    Args:
        turn: the turn so far.
        said: a message of a fold, in order; or what a tool gave. A call that is not over by then is refused first.
    """
    if turn.over or isinstance(said, StopReason):  # the result says as much, and more
        return turn, ()
    turn, begun = _begin(turn)
    if isinstance(said, AssistantMessage):
        turn, acts = _grow_part(turn, "text", said.otid, said.content)
    elif isinstance(said, ReasoningMessage):
        turn, acts = _grow_part(turn, "reasoning", said.otid, said.reasoning)
        turn = turn if said.signature is None else evolve(turn, signature=said.signature)
    elif isinstance(said, RefusalMessage):
        turn, acts = _grow_part(turn, "refusal", said.otid, said.refusal)
    elif isinstance(said, HiddenReasoningMessage):
        turn, acts = _grow_part(turn, "hidden_reasoning", said.otid, "")
    elif isinstance(said, (ToolCallMessage, ApprovalRequestMessage)):
        turn, acts = _grow_call(turn, said.tool_call, isinstance(said, ApprovalRequestMessage))
    elif isinstance(said, ToolCallClosed):
        turn, acts = _close_call(turn, said.tool_call_id, said)
    elif isinstance(said, ServerToolMessage):
        turn, acts = _server_tool(turn, said)
    elif isinstance(said, AnnotationMessage):
        turn, closed = _close_part(turn)
        turn = evolve(turn, cited=turn.cited + 1)
        acts = (*closed, Cited(f"{said.otid}:{turn.cited}", said.annotation))
    else:
        turn, acts = _returned(turn, said)
    return turn, begun + acts


def end_step(turn: Turn, result: Result) -> tuple[Turn, Acts]:
    """The turn after a model call that another one follows: what it left open is closed.

    Args:
        turn: the turn so far.
        result: what the call came to.
    """
    if turn.over:
        return turn, ()
    turn, acts = _close_all(turn)
    turn, withdrawn = _withdraw(turn, result)
    acts += withdrawn
    if turn.in_step:
        turn = evolve(turn, in_step=False, text_id=None)
        acts += (StepOver(turn.step),)
    return evolve(turn, usage=result.usage if turn.usage is None else turn.usage + result.usage), acts


def end(turn: Turn, result: Result) -> tuple[Turn, Acts]:
    """The turn after its last model call: what is open is closed, and its end is said, once.

    Args:
        turn: the turn so far.
        result: what the last call came to.
    """
    if turn.over:
        return turn, ()
    turn, acts = end_step(turn, result)
    said = TurnOver(
        _reason(turn, result), result.error, turn.ready, turn.approvals, turn.usage or UNKNOWN, result.model
    )
    return evolve(turn, over=True), (*acts, said)


def _begin(turn: Turn) -> tuple[Turn, Acts]:
    if turn.in_step:
        return turn, ()
    turn = evolve(turn, step=turn.step + 1, in_step=True)
    return turn, (StepBegun(turn.step),)


def _grow_part(turn: Turn, kind: PartKind, otid: str, piece: str) -> tuple[Turn, Acts]:
    grown = (PartGrew(kind, otid, piece),) if piece else ()
    if turn.part == (kind, otid):
        return turn, grown
    turn, closed = _close_part(turn)
    turn = evolve(turn, part=(kind, otid), text_id=otid if kind == "text" else turn.text_id)
    return turn, (*closed, PartOpened(kind, otid), *grown)


def _close_part(turn: Turn) -> tuple[Turn, Acts]:
    if turn.part is None:
        return turn, ()
    return evolve(turn, part=None, signature=None), (PartClosed(*turn.part, turn.signature),)


def _grow_call(turn: Turn, delta: ToolCallDelta, approval: bool) -> tuple[Turn, Acts]:
    turn, acts = _close_part(turn)
    call = turn.calls.get(delta.tool_call_id)
    if call is None or call.step < turn.step:  # some providers number the calls of each answer anew
        call = TurnCall(_shown(delta.tool_call_id, turn, call is not None), turn.step, approval)
        turn = evolve(turn, open_calls=(*turn.open_calls, delta.tool_call_id))
    if not call.may_grow:  # a doubt of the result, and nothing that a client could be told of
        return turn, acts
    if call.status == "named":
        call = evolve(call, name=call.name + (delta.name or ""))
    if delta.arguments:
        call, begun = opened(call, turn.text_id, turn.custom_tools)
        call, grown = grow(call, delta.arguments)
        acts += begun + grown
    return evolve(turn, calls=turn.calls.put(delta.tool_call_id, call)), acts


def _shown(id_: str, turn: Turn, is_known: bool) -> str:
    """An id for the client, to whom an id of an earlier step means what that step had."""
    return f"{id_}#{turn.step}" if is_known else id_


def _close_call(turn: Turn, call_id: str, closed: ToolCallClosed | None) -> tuple[Turn, Acts]:
    call = turn.calls.get(call_id)
    if call is None or not call.may_grow:
        return turn, ()
    call, begun = opened(call, turn.text_id, turn.custom_tools)
    call, acts = close(call, closed)
    if call.status == "ready":
        approvals = (*turn.approvals, call.id) if call.needs_approval else turn.approvals
        turn = evolve(turn, ready=(*turn.ready, call.id), approvals=approvals)
    open_calls = tuple(one for one in turn.open_calls if one != call_id)
    return evolve(turn, calls=turn.calls.put(call_id, call), open_calls=open_calls), begun + acts


def _returned(turn: Turn, said: ToolReturn) -> tuple[Turn, Acts]:
    turn, closed = _close_call(turn, said.tool_call_id, None)
    call = turn.calls.get(said.tool_call_id)
    if call is None:  # of an earlier turn: one that waited for approval
        call = TurnCall(said.tool_call_id, 0, status="ready")
    if call.status == "returned":
        return turn, closed
    ready, approvals = ([one for one in ids if one != call.id] for ids in (turn.ready, turn.approvals))
    turn = evolve(turn, calls=turn.calls.put(said.tool_call_id, evolve(call, status="returned")))
    turn = evolve(turn, ready=tuple(ready), approvals=tuple(approvals))
    return turn, (*closed, CallReturned(call.id, said.output, said.status))


def _server_tool(turn: Turn, said: ServerToolMessage) -> tuple[Turn, Acts]:
    turn, closed = _close_part(turn)
    key = said.item_id or said.otid
    before = turn.tools.get(key)
    if before is None or before.step < turn.step:
        before = ServerTool(_shown(key, turn, before is not None), said.tool, turn.step)
        turn = evolve(turn, open_tools=(*turn.open_tools, key))
        closed += (ServerToolOpened(before.id, before.tool),)
    tool, acts = progress(before, said)
    if tool.is_over:
        turn = evolve(turn, open_tools=tuple(one for one in turn.open_tools if one != key))
    return evolve(turn, tools=turn.tools.put(key, tool)), closed + acts


def _close_all(turn: Turn) -> tuple[Turn, Acts]:
    turn, acts = _close_part(turn)
    for call_id in turn.open_calls:
        turn, closed = _close_call(turn, call_id, None)
        acts += closed
    for key in turn.open_tools:
        tool = turn.tools.get(key)
        if tool is not None:
            tool, last = over(tool)
            turn = evolve(turn, tools=turn.tools.put(key, tool))
            acts += last
    return evolve(turn, open_tools=()), acts


def _withdraw(turn: Turn, result: Result) -> tuple[Turn, Acts]:
    """Take back the calls that were ready, and of which something came after their end that casts doubt on them."""
    acts: Acts = ()
    for call in result.tool_calls:
        known = None if call.complete else turn.calls.get(call.id)
        if known is not None and known.status == "ready":
            reason = why_not(call.doubts)
            turn, withdrawn = _returned(turn, ToolReturn(call.id, reason, "error"))
            acts += withdrawn
    return turn, acts


_REASONS: dict[FinishClass, Reason] = {"cut off": "length", "filtered": "content filter", "unknown": "other"}


def _reason(turn: Turn, result: Result) -> Reason:
    if result.outcome == "cancelled":
        return "cancelled"
    if result.outcome != "completed":
        return "error"
    if turn.approvals:
        return "approval"
    if result.finish_reason == MAX_STEPS:
        return "max steps"
    if turn.ready:
        return "tool calls"
    return _REASONS.get(finish_class(result.finish_reason), "stop")

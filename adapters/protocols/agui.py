"""A turn as the events of AG-UI, for its clients of version 1.0 and before."""

from typing import TypeAlias

from attrs import field, frozen

from ...reducer.config import required_text, yes_or_no
from ...reducer.result import Result
from ...reducer.usage import Usage
from ...reducer.values.json_values import FrozenObject
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
    ServerToolOpened,
    ServerToolOver,
    ServerToolProgress,
    StepBegun,
    StepOver,
    TurnOver,
)
from .config_checks import messages_of, names_of
from .sink import EVENT_STREAM, Event, TurnState, begun, data_frame, shown_error, told
from .turn import Said

__all__ = ["HEADERS", "LAST", "Config", "State", "close", "end_step", "frame", "start", "step"]

HEADERS = EVENT_STREAM
"""The response's headers."""

LAST = b""
"""The bytes after the last frame: none, for AG-UI's client refuses `[DONE]`."""


@frozen
class Config:
    """How a run is told.

    Attributes:
        thread_id: the conversation's id, as the client's request has it.
        run_id: the run's id, as the client's request has it.
        has_outcomes: whether the client knows how a run may end besides well: that it was cancelled, or waits for
            approval, and what it used. Those of `protocolVersion` 1.0 do; those before refuse such an event.
        custom_tools: names of custom tools whose text may begin with `{`; others are told from a function's JSON by
            how they begin.
        shows_errors: whether the provider's own error text may go to the client.
        history: the conversation's messages before this run, in AG-UI's JSON, for a client that joins a run which it
            has seen a part of: it takes them in the place of all that it has, and then hears the run from its start.

    Raises:
        TypeError: if a value is of another type.
    """

    thread_id: str = field(validator=required_text)
    run_id: str = field(validator=required_text)
    has_outcomes: bool = field(default=True, validator=yes_or_no)
    custom_tools: frozenset[str] = field(default=frozenset(), converter=names_of)
    shows_errors: bool = field(default=False, validator=yes_or_no)
    history: tuple[FrozenObject, ...] | None = field(default=None, converter=messages_of)


State: TypeAlias = TurnState[Config]
"""The state of this sink."""


def start(config: Config) -> tuple[State, tuple[Event, ...]]:
    """The state in which nothing has been said, and the events that open the run.

    Args:
        config: how the run is told.
    """
    opening: Event = {"type": "RUN_STARTED", "threadId": config.thread_id, "runId": config.run_id}
    return begun(config), (opening, *_history(config.run_id, config.history))


def step(state: State, said: Said) -> tuple[State, tuple[Event, ...]]:
    """One more message of a fold, or what a tool gave; after `close`, nothing comes.

    Args:
        state: the state so far.
        said: what is said next.
    """
    return told(state, turns.step(state.turn, said), _events)


def end_step(state: State, result: Result) -> tuple[State, tuple[Event, ...]]:
    """A model call is over, and another one follows in the same run.

    Args:
        state: the state so far.
        result: what the call came to.
    """
    return told(state, turns.end_step(state.turn, result), _events)


def close(state: State, result: Result) -> tuple[State, tuple[Event, ...]]:
    """The last model call is over: what is open is closed, and `RUN_FINISHED` or `RUN_ERROR` comes, once.

    Args:
        state: the state so far.
        result: what the last call came to.
    """
    return told(state, turns.end(state.turn, result), _events)


frame = data_frame


def _history(run_id: str, messages: tuple[FrozenObject, ...] | None) -> tuple[Event, ...]:
    """What the client has to have in the place of all that it has.

    It keeps the reasoning that it has, unless there is reasoning in what it is sent. Where the history has none, its
    first message is sent as reasoning first, under its id, and then as it is: so the client has no reasoning left that
    it could keep. An empty history has a message for that which is gone in the end.
    """
    if messages is None:
        return ()
    if any(message.get("role") == "reasoning" for message in messages):
        return (_snapshot(messages),)
    first = messages[0] if messages else FrozenObject({"id": f"{run_id}:joined", "role": "system", "content": ""})
    reasoning = FrozenObject({"id": first["id"], "role": "reasoning", "content": ""})
    emptied = _snapshot((reasoning, *messages[1:]))
    return (emptied, _snapshot(messages)) if messages else (emptied, _snapshot((first,)), _snapshot(()))


def _snapshot(messages: tuple[FrozenObject, ...]) -> Event:
    return {"type": "MESSAGES_SNAPSHOT", "messages": [*messages]}


def _events(config: Config, act: Act) -> tuple[Event, ...]:
    match act:
        case StepBegun(number=number):
            return ({"type": "STEP_STARTED", "stepName": f"step-{number}"},)
        case StepOver(number=number):
            return ({"type": "STEP_FINISHED", "stepName": f"step-{number}"},)
        case PartOpened() | PartGrew() | PartClosed():
            return _reasoning(act) if act.kind in ("reasoning", "hidden_reasoning") else _text(act)
        case CallOpened(id=id_, name=name, parent=parent):
            opened: Event = {"type": "TOOL_CALL_START", "toolCallId": id_, "toolCallName": name}
            return (opened if parent is None else {**opened, "parentMessageId": parent},)
        case CallGrew(id=id_, json=piece):
            return ({"type": "TOOL_CALL_ARGS", "toolCallId": id_, "delta": piece},) if piece else ()
        case CallReady(id=id_):
            return ({"type": "TOOL_CALL_END", "toolCallId": id_},)
        case CallRefused(id=id_):
            # A client runs the calls that nobody answered, and the protocol has no other word for one that it must not.
            return {"type": "TOOL_CALL_END", "toolCallId": id_}, _result(
                id_, f"The call was not run: {act.reason}", "refused"
            )
        case CallReturned(id=id_, output=output):
            return (_result(id_, output if isinstance(output, str) else dumps(output)),)
        case ServerToolOpened(id=id_, tool=tool):
            return ({"type": "TOOL_CALL_START", "toolCallId": id_, "toolCallName": tool},)
        case ServerToolProgress():
            return (_custom("server_tool", act.id, status=act.status, delta=act.delta),)
        case ServerToolOver(id=id_):
            said = dumps(act.item) if act.error is None else act.error
            return {"type": "TOOL_CALL_END", "toolCallId": id_}, _result(id_, said)
        case Cited():
            return (_custom("annotation", act.id, annotation=act.annotation),)
        case TurnOver():
            return (_end(config, act),)


def _text(act: PartOpened | PartGrew | PartClosed) -> tuple[Event, ...]:
    if isinstance(act, PartGrew):
        return ({"type": "TEXT_MESSAGE_CONTENT", "messageId": act.id, "delta": act.delta},)
    if isinstance(act, PartOpened):
        return ({"type": "TEXT_MESSAGE_START", "messageId": act.id, "role": "assistant"},)
    return ({"type": "TEXT_MESSAGE_END", "messageId": act.id},)


def _reasoning(act: PartOpened | PartGrew | PartClosed) -> tuple[Event, ...]:
    """Reasoning, in a span of its own; the client loses a signature that comes before the span's end."""
    if isinstance(act, PartGrew):
        return ({"type": "REASONING_MESSAGE_CONTENT", "messageId": act.id, "delta": act.delta},)
    if isinstance(act, PartOpened):
        message: Event = {"type": "REASONING_MESSAGE_START", "messageId": act.id, "role": "reasoning"}
        return {"type": "REASONING_START", "messageId": act.id}, message
    closed: tuple[Event, ...] = (
        {"type": "REASONING_MESSAGE_END", "messageId": act.id},
        {"type": "REASONING_END", "messageId": act.id},
    )
    if act.signature is None:
        return closed
    sealed: Event = {"type": "REASONING_ENCRYPTED_VALUE", "subtype": "message", "entityId": act.id}
    return (*closed, {**sealed, "encryptedValue": act.signature})


def _result(call_id: str, content: str, what: str = "result") -> Event:
    return {
        "type": "TOOL_CALL_RESULT",
        "messageId": f"{call_id}:{what}",
        "toolCallId": call_id,
        "content": content,
        "role": "tool",
    }


def _custom(name: str, id_: str, **given: object) -> Event:
    return {
        "type": "CUSTOM",
        "name": name,
        "value": {"id": id_, **{key: one for key, one in given.items() if one is not None}},
    }


def _end(config: Config, act: TurnOver) -> Event:
    usage = _usage(act.usage, act.model) if config.has_outcomes else {}
    if act.reason == "error":
        said: Event = {"type": "RUN_ERROR", "message": shown_error(act.error, config.shows_errors)}
        code = act.error.category.replace(" ", "_") if act.error is not None else "truncated"
        return {**said, "code": code, **usage}
    finished: Event = {"type": "RUN_FINISHED", "threadId": config.thread_id, "runId": config.run_id}
    return {**finished, "outcome": _outcome(act), **usage} if config.has_outcomes else finished


def _outcome(act: TurnOver) -> Event:
    if act.reason == "cancelled":
        return {"type": "cancelled"}
    if act.reason == "approval":
        interrupts = [{"id": one, "reason": "tool_approval", "toolCallId": one} for one in act.approvals]
        return {"type": "interrupt", "interrupts": interrupts}
    return {"type": "success", "pendingToolCallIds": list(act.calls)} if act.calls else {"type": "success"}


_COUNTS = {
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "totalTokens": "total_tokens",
    "reasoningTokens": "reasoning_tokens",
    "cachedInputTokens": "cached_tokens",
    "cacheWriteInputTokens": "cache_write_tokens",
}


def _usage(usage: Usage, model: str | None) -> Event:
    counts = {name: getattr(usage, field) for name, field in _COUNTS.items() if getattr(usage, field) is not None}
    if not counts:
        return {}
    return {"usage": [counts if model is None else {"model": model, **counts}]}

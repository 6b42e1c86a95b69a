"""Messages as the JSON that Letta's client reads, one by one or as the body of an event stream.

The stock client does not validate what it is sent: a message type, a stop reason or a date that it does not expect
comes out as a `SystemMessage`, without an error. So what is sent here is what its own types name, and the rest only on
request.
"""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

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
from ...reducer.values.json_values import Json
from ..json_text import dumps

try:
    from .letta_bytes import json_bytes
except ImportError:  # without msgspec
    json_bytes = None  # type: ignore[assignment]

__all__ = ["UNKNOWN_TYPES", "StopReasonName", "async_sse", "frame", "message_frame", "ping", "sse", "to_json"]

JsonObject: TypeAlias = dict[str, Any]

StopReasonName: TypeAlias = Literal[
    "end_turn",
    "error",
    "llm_api_error",
    "invalid_llm_response",
    "invalid_tool_call",
    "max_steps",
    "max_tokens_exceeded",
    "no_tool_call",
    "tool_rule",
    "cancelled",
    "insufficient_credits",
    "requires_approval",
    "context_window_overflow_in_system_prompt",
]
"""Every stop reason that Letta's client knows."""

UNKNOWN_TYPES = frozenset(kind.message_type for kind in get_args(Message)) - {
    "reasoning_message",
    "hidden_reasoning_message",
    "assistant_message",
    "tool_call_message",
    "approval_request_message",
    "stop_reason",
    "tool_call_closed",
}
"""The types of messages that Letta's client does not know.

A server gives them to its folds as `skip_messages`, for what it streams and for what it stores: else they take indices,
and the otids of what a client shows are not those of what is stored.
"""

_IDS = ("id", "otid", "run_id", "step_id")
_CALL = ("name", "arguments", "tool_call_id")
_PAYLOADS: Mapping[type, tuple[str, ...]] = {
    ReasoningMessage: ("source", "reasoning", "signature"),
    HiddenReasoningMessage: ("state",),
    AssistantMessage: ("content",),
    RefusalMessage: ("refusal",),
    ServerToolMessage: ("tool", "item_id", "status", "delta", "item"),
    AnnotationMessage: ("annotation",),
}
"""By type: the fields that go into the JSON as they are, under their names."""

_STOP_REASONS = get_args(StopReasonName)
_DONE = b"data: [DONE]\n\n"


def to_json(message: Message, date: datetime | None = None) -> JsonObject | None:
    """A message as the JSON that Letta's client reads.

    Args:
        message: any message of a fold.
        date: when it was said; its ISO 8601 text goes in. A stop reason has no date in Letta's JSON.

    Returns:
        A new dict; fields that are None are left out. What a provider sent as it is (a server tool's item, a citation)
        is the message's own value, objects as `FrozenObject` and lists as tuples, which any JSON encoder takes.
        None of a message that no client of Letta's is to read: that a tool call is closed.
    """
    if isinstance(message, ToolCallClosed):
        return None
    if isinstance(message, StopReason):  # the client's has no ids and no date
        return {"message_type": message.message_type, "stop_reason": message.stop_reason}
    shown: JsonObject = {"message_type": message.message_type}
    _put(shown, message, _IDS)
    if date is not None:
        shown["date"] = date.isoformat()
    if isinstance(message, (ToolCallMessage, ApprovalRequestMessage)):
        shown["tool_call"] = _call(message.tool_call)
        shown["tool_calls"] = _call(message.tool_call)
    else:
        _put(shown, message, _PAYLOADS[type(message)])
    return shown


def sse(
    messages: Iterable[Message],
    clock: Callable[[], datetime],
    stop_reason: StopReasonName | Callable[[], StopReasonName] = "end_turn",
    *,
    own_types: bool = False,
) -> Generator[bytes, None, None]:
    """The body of an event stream, as Letta's client reads it.

    Each message is a frame. Then comes one stop reason, whatever happened: the last that the messages hold, or else
    `stop_reason`; and then `[DONE]`. Every item is whole frames, so that a `ping` may be sent between any two.

    Args:
        messages: what a fold says; of one run, or of several in a row.
        clock: tells the date that a message is stamped with; let it tell a time zone.
        stop_reason: why the turn is over, if the messages do not say so; or a function that is asked at the end, when
            it is known whether a tool waits for approval or the answer was cut at its length limit.
        own_types: whether to send refusals, server tools' progress and citations too (`UNKNOWN_TYPES`; a fold whose
            configuration has them as `skip_messages` emits none). They are no types of Letta's: its stock client makes
            empty system messages of them, and refuses them where it validates.

    Returns:
        The frames, each made when it is asked for.

    Raises:
        ValueError: at once, if Letta's client does not know `stop_reason`; at the end, if it does not know what the
            function answered.
        Exception: what `messages` or `clock` raises, after the body has been brought to its end: with the stop reason
            that the messages gave, or "error".
    """
    return _sse(messages, _Body(clock, stop_reason, own_types))


def async_sse(
    messages: AsyncIterable[Message],
    clock: Callable[[], datetime],
    stop_reason: StopReasonName | Callable[[], StopReasonName] = "end_turn",
    *,
    own_types: bool = False,
) -> AsyncGenerator[bytes, None]:
    """The body of an event stream, as `sse` makes it, of messages that come asynchronously, such as a driver's run.

    A cancelled task, or a consumer that leaves, ends the body where it stands; `messages` is not closed.

    Args:
        messages: as for `sse`.
        clock: as for `sse`.
        stop_reason: as for `sse`.
        own_types: as for `sse`.

    Returns:
        The frames, each made when it is asked for.

    Raises:
        ValueError: as for `sse`.
        Exception: as for `sse`.
    """
    return _async_sse(messages, _Body(clock, stop_reason, own_types))


def ping(date: datetime, run_id: str | None = None, ping_id: str = "ping") -> bytes:
    """A frame that keeps a silent connection open; the client gives it to its user as a `LettaPing`.

    Args:
        date: the time now.
        run_id: the run that is waited for, if it is known.
        ping_id: the ping's id, which the client demands.

    Returns:
        One frame.
    """
    ping = {"message_type": "ping", "id": ping_id, "date": date.isoformat()}
    return frame(ping if run_id is None else {**ping, "run_id": run_id})


def frame(value: Json) -> bytes:
    """One JSON value as a frame, for what an agent server says beside a fold (a tool's return, the usage of a run).

    It has no `event:` line: Letta's client skips events that have a name.

    Args:
        value: what `json_text.dumps` takes.

    Returns:
        One frame.
    """
    return f"data: {dumps(value)}\n\n".encode()


def message_frame(message: Message, date: datetime | None = None) -> bytes | None:
    """A message as a frame: the bytes that `frame` makes of its `to_json`, with msgspec in a quarter of the time.

    Args:
        message: any message of a fold.
        date: as for `to_json`.

    Returns:
        One frame; None of a message that no client of Letta's is to read.
    """
    said = None if json_bytes is None else json_bytes(message, date)
    if said is not None:
        return b"data: %b\n\n" % said
    shown = to_json(message, date)
    return None if shown is None else frame(shown)


def _put(shown: JsonObject, value: object, names: tuple[str, ...]) -> None:
    for name in names:
        member = getattr(value, name)
        if member is not None:
            shown[name] = member


def _call(delta: ToolCallDelta) -> JsonObject:
    shown: JsonObject = {}
    _put(shown, delta, _CALL)
    return shown


class _Body:
    """What an event stream's body holds, for `sse` and `async_sse` alike: which frames, and how it ends."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        stop_reason: StopReasonName | Callable[[], StopReasonName],
        own_types: bool,
    ) -> None:
        self._clock = clock
        self._default = stop_reason if callable(stop_reason) else _known(stop_reason)
        self._own_types = own_types
        self._said: str | None = None

    def frames(self, message: Message) -> tuple[bytes, ...]:
        """The message's frame, if it has one. A stop reason is kept for the end: there it stands only once."""
        if isinstance(message, StopReason):
            self._said = message.stop_reason
            return ()
        if not self._own_types and message.message_type in UNKNOWN_TYPES:
            return ()
        framed = message_frame(message, self._clock())
        return () if framed is None else (framed,)

    def end(self) -> tuple[bytes, ...]:
        """The last frames."""
        if self._said is not None:
            return _last_frames(self._said)
        return _last_frames(_known(self._default()) if callable(self._default) else self._default)

    def failed(self) -> tuple[bytes, ...]:
        """The last frames, where the messages broke off with an exception."""
        return _last_frames(self._said or "error")


def _known(stop_reason: str) -> str:
    if stop_reason not in _STOP_REASONS:
        raise ValueError(f"stop_reason must be one of {', '.join(_STOP_REASONS)}; not {stop_reason!r}")
    return stop_reason


def _last_frames(stop_reason: str) -> tuple[bytes, ...]:
    return frame({"message_type": "stop_reason", "stop_reason": stop_reason}), _DONE


# The client reads to `[DONE]` and no further, so the body is brought to its end first, and then the exception goes to
# the server, which logs it. No clean-up code yields: when the consumer leaves, that is no `Exception`.
def _sse(messages: Iterable[Message], body: _Body) -> Generator[bytes, None, None]:
    try:
        for message in messages:
            yield from body.frames(message)
        end = body.end()
    except Exception:
        yield from body.failed()
        raise
    yield from end


async def _async_sse(messages: AsyncIterable[Message], body: _Body) -> AsyncGenerator[bytes, None]:
    try:
        async for message in messages:
            for piece in body.frames(message):
                yield piece
        end = body.end()
    except Exception:
        for piece in body.failed():
            yield piece
        raise
    for piece in end:
        yield piece

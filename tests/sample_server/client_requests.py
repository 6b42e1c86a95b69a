"""What clients ask for, each in its protocol: what the user says or decided, and how the answer is told."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from attrs import frozen
from streamfold.adapters.protocols import agui, letta_sink, plain, vercel
from streamfold.reducer.values.json_values import FrozenObject

NO_REASON = "No reason was given."


class Wrong(Exception):
    """A request that is not as its protocol has it; the text says what is wrong."""


@frozen
class Asked:
    """What a client asks for.

    Attributes:
        conversation: which one.
        said: what the user says; None where the user only decided.
        decisions: what the user decided, by call: None to allow it, or why not.
        sink: the client's protocol.
        config: makes the sink's `Config` for a run's id.
        run: the client's own id of the run, where it has one; it may be one that goes on.
    """

    conversation: str
    said: str | None
    decisions: Mapping[str, str | None]
    sink: Any
    config: Callable[[str], Any]
    run: str | None = None


T = TypeVar("T")


def read(reader: Callable[..., T], *given: Any) -> T:
    """What a reader makes of a request.

    Raises:
        Wrong: if the request lacks what its protocol demands.
    """
    try:
        return reader(*given)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Wrong(f"a malformed request: {error!r}") from error


def vercel_asks(body: Mapping[str, Any], version: str) -> Asked:
    """`useChat` sends all messages; the last is the user's, or the assistant's with what the user decided."""
    last = _last(body)
    if last.get("role") == "user":
        said, message_id, decisions = _text(last.get("parts")), f"message-{uuid.uuid4()}", dict[str, str | None]()
    else:
        said, message_id, decisions = None, str(last.get("id")), {}
        for part in last.get("parts", ()):
            if part.get("state") == "approval-responded":
                decisions[part["toolCallId"]] = _decision(part["approval"].get("approved"), part["approval"])
    config = vercel.Config(message_id, version=int(version))  # type: ignore[arg-type]  # which it checks
    return Asked(f"vercel {body['id']}", said, decisions, vercel, lambda _: config)


def agui_asks(body: Mapping[str, Any]) -> Asked:
    """`HttpAgent` sends all messages, and `resume` with what the user decided of the interrupts."""
    decisions: dict[str, str | None] = {}
    for one in body.get("resume") or ():
        payload: Mapping[str, Any] = one.get("payload") or {}
        allowed = one.get("status") == "resolved" and payload.get("approved") is True
        decisions[one["interruptId"]] = _decision(allowed, payload)
    said = None if decisions else _text(_last(body, "user").get("content"))
    has_outcomes = str(body.get("protocolVersion") or "0").split(".")[0] not in ("", "0")
    config = agui.Config(body["threadId"], body["runId"], has_outcomes=has_outcomes)
    return Asked(f"agui {body['threadId']}", said, decisions, agui, lambda _: config, body["runId"])


def agui_history(body: Mapping[str, Any]) -> tuple[FrozenObject, ...]:
    """The messages before the client's run: all up to the user's last."""
    messages = [FrozenObject(message) for message in body["messages"]]
    places = [at for at, message in enumerate(messages) if message.get("role") == "user"]
    return tuple(messages[: places[-1] + 1]) if places else ()


def letta_asks(agent: str, body: Mapping[str, Any]) -> Asked:
    """Letta's client sends what is new: the user's message, or approvals."""
    message = _last(body)
    said, decisions = None, dict[str, str | None]()
    if message.get("type") == "approval":
        for one in message.get("approvals") or ():
            decisions[one["tool_call_id"]] = _decision(one.get("approve"), one)
    else:
        said = _text(message.get("content"))
    return Asked(f"letta {agent}", said, decisions, letta_sink, letta_sink.Config)


def plain_asks(conversation: str, body: Mapping[str, Any]) -> Asked:
    """{"say": "…"}, or {"decisions": {"CALL": true, "CALL": "why not"}}."""
    decided: Mapping[str, Any] = body.get("decisions") or {}
    decisions = {call: None if one is True else one or NO_REASON for call, one in decided.items()}
    said = _text(body["say"]) if "say" in body else None
    return Asked(f"plain {conversation}", said, decisions, plain, plain.Config)


def _last(body: Mapping[str, Any], role: str | None = None) -> Mapping[str, Any]:
    messages = [one for one in body["messages"] if role is None or one.get("role") == role]
    if not messages:
        raise Wrong("there is no message of the user's")
    last: Mapping[str, Any] = messages[-1]
    return last


def _text(content: Any) -> str:
    """A message's text: a text, or the text of its parts. What no provider takes would be in every later request."""
    parts = (
        [content] if isinstance(content, str) else [part["text"] for part in content or () if part["type"] == "text"]
    )
    text = "".join(parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if not text.strip():
        raise Wrong("the user's message has no text")
    return text


def _decision(allowed: Any, about: Mapping[str, Any]) -> str | None:
    """None where a call is allowed, else why it is not."""
    return None if allowed is True else str(about.get("reason") or NO_REASON)

"""A message's JSON as bytes, by msgspec: of the types that pieces of an answer have, which hold nothing but text.

A struct of each names the members in the order in which `letta.to_json` has them. Other JSON than text (a server tool's
item, a citation) is left to the standard library's encoder, since msgspec writes some numbers in other digits.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from ...reducer.messages import (
    ApprovalRequestMessage,
    AssistantMessage,
    Message,
    ReasoningMessage,
    ToolCallDelta,
    ToolCallMessage,
)
from ..json_text import escaped

__all__ = ["json_bytes"]


def json_bytes(message: Message, date: datetime | None) -> bytes | None:
    """A message as one line of JSON.

    Args:
        message: any message of a fold.
        date: as for `letta.to_json`.

    Returns:
        What `json_text.dumps` makes of the message's `letta.to_json`, encoded; None if the message is of another type,
        or holds half of a surrogate pair, which msgspec refuses.
    """
    struct_of = _STRUCTS.get(type(message))
    if struct_of is None:
        return None
    try:
        said = _encode(struct_of(message, None if date is None else _stamp(date)))
    except (TypeError, UnicodeError):
        return None
    if _is_plain(said):
        return said
    # As a rule, only what follows the date is in other letters, so that few characters need to be looked at one by one.
    head, _, payload = said.partition(b'"date":')
    if _is_plain(head) and payload.decode().isprintable():
        return said
    return escaped(said.decode()).encode()


def _is_plain(text: bytes) -> bool:
    """Whether JSON text has, at one look, no character that `escaped` would escape."""
    return text.isascii() and b"\x7f" not in text


def _stamp(date: datetime) -> msgspec.Raw:
    """The text of `isoformat`, whose time is half of all that writing a message takes, and ten times msgspec's."""
    if date.tzinfo is UTC and type(date) is datetime:
        return msgspec.Raw(_encode(date)[:-2] + b'+00:00"')  # for `Z"`
    return msgspec.Raw(_encode(date.isoformat()))


_encode = msgspec.json.Encoder().encode


# What is equal to its default is left out; the members are in the order of the fields.
class _Said(msgspec.Struct, omit_defaults=True, gc=False):
    id: str
    otid: str
    run_id: str | None = None
    step_id: str | None = None
    date: msgspec.Raw | None = None


class _Reasoning(_Said, tag_field="message_type", tag="reasoning_message"):
    source: str | None = None
    reasoning: str | None = None
    signature: str | None = None


class _Assistant(_Said, tag_field="message_type", tag="assistant_message"):
    content: str | None = None


class _Call(msgspec.Struct, omit_defaults=True, gc=False):
    name: str | None = None
    arguments: str | None = None
    tool_call_id: str | None = None


class _ToolCall(_Said, tag_field="message_type", tag="tool_call_message"):
    tool_call: _Call | None = None
    tool_calls: _Call | None = None


class _Approval(_Said, tag_field="message_type", tag="approval_request_message"):
    tool_call: _Call | None = None
    tool_calls: _Call | None = None


def _reasoning(said: ReasoningMessage, date: msgspec.Raw | None) -> _Said:
    return _Reasoning(said.id, said.otid, said.run_id, said.step_id, date, said.source, said.reasoning, said.signature)


def _assistant(said: AssistantMessage, date: msgspec.Raw | None) -> _Said:
    return _Assistant(said.id, said.otid, said.run_id, said.step_id, date, said.content)


def _tool_call(said: ToolCallMessage, date: msgspec.Raw | None) -> _Said:
    call = _call(said.tool_call)
    return _ToolCall(said.id, said.otid, said.run_id, said.step_id, date, call, call)


def _approval(said: ApprovalRequestMessage, date: msgspec.Raw | None) -> _Said:
    call = _call(said.tool_call)
    return _Approval(said.id, said.otid, said.run_id, said.step_id, date, call, call)


def _call(delta: ToolCallDelta) -> _Call:
    return _Call(delta.name, delta.arguments, delta.tool_call_id)


_STRUCTS: Mapping[type, Callable[[Any, msgspec.Raw | None], _Said]] = {
    ReasoningMessage: _reasoning,
    AssistantMessage: _assistant,
    ToolCallMessage: _tool_call,
    ApprovalRequestMessage: _approval,
}
"""By the message's type: what makes its struct."""

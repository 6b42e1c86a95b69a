"""Decoded JSON into Responses events, tolerantly: as `tolerant` does for Chat Completions."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from ...reducer.ends import Undecodable
from ...reducer.responses.event import Event
from ...reducer.responses.table import RULES
from ...reducer.shared.statuses import meaning_of
from .event_members import (
    content_beside,
    event_delta,
    failure_named,
    mend_item,
    mend_response,
    object_in,
    part_in,
    with_beside,
)
from .members import (
    WRAPPED,
    Repairs,
    arguments_in,
    error_in,
    is_type_of_error,
    kind_of,
    number_in,
    text_in,
    unwrapped,
)
from .unread import may_hold_arguments, unread_or_left

ERRORS = frozenset({"error", "response.error", "response.failed"})
"""The names of frames that report a failure, whatever type their data gives."""
_OF_ERROR = ("type", "code", "status", "status_code", "message", "param")


def event_chunk(value: Any, event: str = "") -> Event | Undecodable:
    """A Responses event of decoded JSON.

    Args:
        value: what came.
        event: the frame's `event:` name, for servers that leave the type out of the data.
    """
    if not isinstance(value, Mapping):
        return unread_chunk(value, f"{kind_of(value)}, not a Responses event", may_hold_arguments(value))
    kind = value.get("type")
    is_known = bool(event) or (isinstance(kind, str) and kind in RULES)
    inner = None if is_known or error_in(value) is not None else unwrapped(value)
    if inner is not None:
        made = event_chunk(inner)
        return evolve(made, repairs=(*made.repairs, WRAPPED)) if isinstance(made, Event) else made
    response = value.get("response")
    repairs = Repairs()
    if is_response(value) and not kind:
        kind, response = _event_of(value, event), value
        repairs.append("a whole response in place of an event")
    if not isinstance(kind, str) or not kind:
        failure = None if is_response(value) else failure_named(value, event)
        kind = event if failure is None else "error"
        if failure is not None:
            value = {**value, "error": failure}
    elif kind not in RULES and (event in ERRORS or _is_type_of_error(kind, value)):
        # The type is the error's own: `event: error` with `"type": "server_error"`.
        error = value.get("error") or {name: value[name] for name in _OF_ERROR if name in value}
        value, kind = {**value, "error": error}, event if event in ERRORS else "error"
    if not kind:
        other = "a Chat Completions chunk" if "choices" in value else "an object without `type`"
        lost = "choices" not in value and may_hold_arguments(value)
        return unread_chunk(value, f"{other}, not a Responses event", lost)
    alone, delta, odd = response is value, event_delta(value, kind, repairs), content_beside(value, kind)
    value = {name: member for name, member in value.items() if name not in odd} if odd else value
    response, beside = with_beside(response, value, kind, repairs)
    made = Event(
        type=kind,
        sequence_number=number_in(value, "sequence_number", repairs),
        output_index=number_in(value, "output_index", repairs),
        item_id=text_in(value, "item_id", repairs),
        call_id=text_in(value, "call_id", repairs),
        content_index=number_in(value, "content_index", repairs),
        summary_index=number_in(value, "summary_index", repairs),
        command_index=number_in(value, "command_index", repairs),
        annotation_index=number_in(value, "annotation_index", repairs),
        delta=delta,
        text=text_in(value, "text", repairs),
        refusal=text_in(value, "refusal", repairs),
        arguments=arguments_in(value, "arguments", repairs),
        input=arguments_in(value, "input", repairs),
        partial_image_b64=text_in(value, "partial_image_b64", repairs),
        item=mend_item(object_in(value, "item", repairs), repairs),
        part=part_in(value, kind, repairs),
        annotation=value.get("annotation"),
        response=mend_response(object_in({"response": response}, "response", repairs), repairs),
        code=value.get("code"),
        message=text_in(value, "message", repairs),
        error=value.get("error"),
    )
    extras = None if alone else {**(unread_or_left(value, made, "type", *beside) or {}), **odd} or None
    return evolve(made, extras=extras, repairs=tuple(repairs), lost=repairs.lost)


def unread_chunk(value: Any, why: str, lost: bool) -> Undecodable:
    """What stands in the place of a chunk that cannot be made of a value."""
    return Undecodable(why, lost=lost, json=value)


def _is_type_of_error(kind: str, value: Mapping[str, Any]) -> bool:
    """Whether an event's type is an error's own."""
    if value.get("object") == "error" and not kind.startswith("response."):
        return True
    return error_in(value) is not None and is_type_of_error(value)


def is_event(value: Mapping[str, Any]) -> bool:
    """Whether an object is a Responses event, or a response: no Chat Completions chunk's type is like one's."""
    kind = value.get("type")
    if not isinstance(kind, str) or "choices" in value:
        return is_response(value) and "choices" not in value
    return kind.startswith("response.") or (kind == "error" and "sequence_number" in value)


def is_response(value: Mapping[str, Any]) -> bool:
    """Whether an object is a whole response, which some servers send instead of a stream, or after one."""
    return value.get("object") == "response" and ("status" in value or "output" in value)


def _event_of(response: Mapping[str, Any], event: str) -> str:
    """The event that would have brought a response: its terminal one, by its status, or one before that."""
    status = response.get("status")
    if isinstance(status, str) and status:
        by_name = (f"response.{status}", f"response.{meaning_of(status)}")
        return next((name for name in by_name if name in RULES), "response.done")
    if event.startswith("response."):
        return event
    return "response.failed" if response.get("error") else "response.completed"

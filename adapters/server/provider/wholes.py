"""A recorded stream as the one answer that a request without `stream` gets."""

import json
from collections.abc import Mapping
from typing import Any

from ....reducer import chat
from ....reducer.ends import Ended
from ....reducer.machine import fold
from ....reducer.result import ReasoningPart, Result, ToolCall
from ...cassette.recording import MESSAGE_ID, Recording
from .played import Whole, error_body

__all__ = ["completion_of", "events_of", "response_of", "whole_of"]

JsonObject = Mapping[str, Any]

_FINAL = frozenset(f"response.{end}" for end in ("completed", "incomplete", "failed", "cancelled", "canceled", "done"))


def whole_of(recording: Recording, name: str) -> Whole:
    """What a request gets that asks for no stream.

    Args:
        recording: of any wire.
        name: what an error calls it.
    """
    return response_of(recording, name) if recording.wire == "responses" else completion_of(recording, name)


def events_of(recording: Recording) -> list[JsonObject]:
    """The JSON of the frames; an empty object for a frame that holds no JSON object."""
    return [_object(frame.data) for frame in recording.frames]


def completion_of(recording: Recording, name: str) -> Whole:
    """A Chat Completion, of all its choices."""
    events = events_of(recording)
    indexes = {choice.get("index", 0) for event in events for choice in event.get("choices") or ()} or {0}
    results = [(index, _result(recording, index)) for index in sorted(indexes)]
    first = results[0][1]
    for _, result in results:
        if result.outcome != "completed":
            return _failed(result, name)
    envelope = next((event for event in events if event.get("created") is not None), {})
    extras = {key: value for key, value in first.extras.items() if key != "choice"}
    completion = {
        "id": first.provider_id or f"chatcmpl-{name}",
        "object": "chat.completion",
        "created": envelope.get("created", 0),
        "model": first.model or name,
        **extras,
        "choices": [_choice(index, result) for index, result in results],
    }
    usage = next((result.usage.raw for _, result in results if result.usage.raw is not None), None)
    return Whole(200, completion if usage is None else {**completion, "usage": usage})


def response_of(recording: Recording, name: str) -> Whole:
    """A response of the Responses API: the one that its last event has."""
    events = events_of(recording)
    final = next((event for event in reversed(events) if event.get("type") in _FINAL), None)
    response = None if final is None else final.get("response")
    if not isinstance(response, dict):
        _, result = _folded(recording, recording.machine, recording.config)
        return _failed(result, name)
    if not response.get("output"):  # some gateways leave out what they sent before
        done = [event for event in events if event.get("type") == "response.output_item.done"]
        response = {**response, "output": [event.get("item") for event in done]}
    return Whole(200, response)


def _choice(index: int, result: Result) -> JsonObject:
    message: dict[str, Any] = {"role": "assistant", "content": result.text or None, "refusal": result.refusal or None}
    for part in result.content:
        if isinstance(part, ReasoningPart) and part.member is not None and "[" not in part.member:
            message[part.member] = message.get(part.member, "") + part.reasoning
    if result.tool_calls:
        message["tool_calls"] = [_call(call) for call in result.tool_calls]
    return {"index": index, "message": message, "logprobs": None, "finish_reason": result.finish_reason or "stop"}


def _call(call: ToolCall) -> JsonObject:
    if call.kind == "custom":
        return {**call.extras, "id": call.id, "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    function = {"name": call.name, "arguments": call.arguments}
    return {**call.extras, "id": call.id, "type": "function", "function": function}


def _failed(result: Result, name: str) -> Whole:
    error = result.error
    if error is None:
        return Whole(500, error_body(f"{name}: the recording ends before the answer does", "recording_cut_off"))
    return Whole(500, error_body(error.message, error.code))


def _result(recording: Recording, index: int) -> Result:
    return _folded(recording, chat, chat.Config(message_id=MESSAGE_ID, choice=index))[1]


def _folded(recording: Recording, machine: Any, config: Any) -> tuple[Any, Result]:
    state, _ = fold(machine, config, recording.chunks, recording.end or Ended())
    return state, machine.result(state)


def _object(data: bytes) -> JsonObject:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}

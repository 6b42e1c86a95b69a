"""The wire's own JSON for Responses events, built in one line each, and what a fold makes of a list of them.

Items are named by their output index: the item at 2 is "item_2", and if it is a tool call its call id is "call_2".
Every member can be set, or left out with `LEFT_OUT`.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from streamfold.adapters import wire
from streamfold.reducer import End, responses
from streamfold.reducer.messages import Message, ToolCallClosed
from streamfold.reducer.result import Result
from support.law_checks import MESSAGE_ID, check_agreement, check_finished, check_otids, check_safe, feed

EventJson = dict[str, Any]
Item = dict[str, Any]

LEFT_OUT = object()
"""In place of a member's value: the member is absent."""
USAGE = {
    "input_tokens": 40,
    "input_tokens_details": {"cached_tokens": 16},
    "output_tokens": 9,
    "output_tokens_details": {"reasoning_tokens": 4},
    "total_tokens": 49,
}


class Folded(NamedTuple):
    """What a stream came to."""

    state: responses.State
    messages: list[Message]
    result: Result

    @property
    def said(self) -> list[Any]:
        """The messages, without those that a call is closed."""
        return [message for message in self.messages if not isinstance(message, ToolCallClosed)]

    def closed(self) -> list[tuple[str, list[str]]]:
        """The calls that were said to be closed: the id of each, and the doubts."""
        closed = [message for message in self.messages if isinstance(message, ToolCallClosed)]
        return [(message.tool_call_id, [doubted.doubt.value for doubted in message.doubts]) for message in closed]

    def types(self) -> list[str]:
        """The messages' types, each run once."""
        types = [message.message_type for message in self.said]
        return [kind for at, kind in enumerate(types) if at == 0 or types[at - 1] != kind]

    def notes(self, kind: str) -> list[str]:
        """What the diagnostics of one kind say."""
        return [diagnostic.detail for diagnostic in self.result.diagnostics if diagnostic.kind == kind]

    def server_tools(self) -> list[tuple[str, str | None, str | None, Any]]:
        """(tool, item id, status, delta) of each server tool's message."""
        return [
            (message.tool, message.item_id, message.status, message.delta)
            for message in self.messages
            if message.message_type == "server_tool_message"
        ]


def folded(events: Iterable[Any], end: End | None = None, *, agree: bool = True, **options: Any) -> Folded:
    """Fold decoded events (or SSE bytes), checking every law that holds for any stream.

    Args:
        events: decoded JSON, one value an event; or a body of server-sent events.
        end: how the stream ends; `Ended()` if left out.
        agree: whether the joined messages must be the joined result. Not so where two messages' texts interleave: the
            result has them one after the other.
        options: for `responses.Config`.
    """
    chunks = chunks_of(events)
    config = responses.Config(message_id=MESSAGE_ID, run_id="run-1", step_id="step-1", **options)
    state, messages = feed(responses, config, chunks, end)
    result = responses.result(state)
    check_otids(messages)
    check_safe(result)
    check_finished(responses, state, chunks)
    if agree:
        check_agreement(messages, result)
    assert {(message.run_id, message.step_id) for message in messages} <= {("run-1", "step-1")}
    return Folded(state, messages, result)


def chunks_of(events: Iterable[Any]) -> list[Any]:
    """The events as chunks, through the adapter."""
    if isinstance(events, bytes):
        return list(wire.read("responses", [events]))
    decode = wire.decoder("responses")
    return [decode(event) for event in events]


def open_state(events: Iterable[Any], **options: Any) -> responses.State:
    """The state after these events, without an end."""
    state, _ = responses.start(responses.Config(message_id=MESSAGE_ID, **options))
    for chunk in chunks_of(events):
        state, _ = responses.step(state, chunk)
    return state


def body(events: Iterable[EventJson], *, named: bool = True, done: bool = False) -> bytes:
    """The events as server-sent events, with `event:` lines if `named`, and a final `[DONE]` if `done`."""
    frames = []
    for event in events:
        name = f"event: {event['type']}\n" if named and event.get("type") else ""
        frames.append(f"{name}data: {json.dumps(event)}\n\n")
    return "".join([*frames, "data: [DONE]\n\n" if done else ""]).encode()


def numbered(events: Iterable[EventJson], first: int = 0, step: int = 1) -> list[EventJson]:
    """The events with sequence numbers."""
    return [{**event, "sequence_number": first + at * step} for at, event in enumerate(events)]


def without(events: Iterable[EventJson], *names: str) -> list[EventJson]:
    """The events with these members left out."""
    return [{name: value for name, value in event.items() if name not in names} for event in events]


def _made(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not LEFT_OUT}


def _about(kind: str, index: int, members: dict[str, Any]) -> EventJson:
    return _made(**{"type": f"response.{kind}", "output_index": index, "item_id": f"item_{index}", **members})


# Parts and items


def text_part(text: str, *annotations: Any) -> Item:
    """A part of a message: text, with its citations."""
    return {"type": "output_text", "text": text, "annotations": list(annotations), "logprobs": []}


def refusal_part(refusal: str) -> Item:
    """A part of a message: a refusal."""
    return {"type": "refusal", "refusal": refusal}


def citation(title: str) -> Item:
    """A citation of a page."""
    return {"type": "url_citation", "title": title, "url": f"https://example.org/{title}", "start_index": 0}


def message(index: int = 0, *parts: str | Item, **members: Any) -> Item:
    """A message; a part given as text is a text part."""
    content = [text_part(part) if isinstance(part, str) else part for part in parts]
    known = {"id": f"item_{index}", "type": "message", "role": "assistant", "status": "completed", "content": content}
    return _made(**{**known, **members})


def reasoning(index: int = 0, *summary: str, raw: Sequence[str] = (), **members: Any) -> Item:
    """A reasoning item with its summary's parts, and the raw reasoning where the provider shows it."""
    known: Item = {
        "id": f"item_{index}",
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": text} for text in summary],
    }
    if raw:
        known["content"] = [{"type": "reasoning_text", "text": text} for text in raw]
    return _made(**{**known, **members})


def function_call(index: int = 0, name: str = "get_weather", arguments: Any = "", **members: Any) -> Item:
    """A call of a function."""
    known = {"id": f"item_{index}", "type": "function_call", "call_id": f"call_{index}", "name": name}
    return _made(**{**known, "arguments": arguments, "status": "completed", **members})


def custom_call(index: int = 0, name: str = "run_sql", text: str = "", **members: Any) -> Item:
    """A call of a custom tool; it has no status."""
    known = {"id": f"item_{index}", "type": "custom_tool_call", "call_id": f"call_{index}", "name": name}
    return _made(**{**known, "input": text, **members})


def server_tool(kind: str, index: int = 0, **members: Any) -> Item:
    """An item of a tool that the provider runs."""
    return _made(**{"id": f"item_{index}", "type": kind, "status": "completed", **members})


# Events about an item


def item_added(item: Any, index: int = 0, **members: Any) -> EventJson:
    """An item begins. Give it as it is then: without its text or arguments, if these come in deltas."""
    return _made(**{"type": "response.output_item.added", "output_index": index, "item": item, **members})


def item_done(item: Any, index: int = 0, **members: Any) -> EventJson:
    """An item is done."""
    return _made(**{"type": "response.output_item.done", "output_index": index, "item": item, **members})


def begun(item: Item, index: int = 0) -> EventJson:
    """An item begins, empty, with all its names."""
    empty: Item = {"status": "in_progress"} if "status" in item else {}
    for name, nothing in (("content", []), ("summary", []), ("arguments", ""), ("input", "")):
        if name in item:
            empty[name] = nothing
    return item_added({**item, **empty}, index)


def part_added(part: Any, index: int = 0, at: int = 0, **members: Any) -> EventJson:
    """A part of a message, or of raw reasoning, begins."""
    return _about("content_part.added", index, {"content_index": at, "part": part, **members})


def part_done(part: Any, index: int = 0, at: int = 0, **members: Any) -> EventJson:
    """A part of a message, or of raw reasoning, is done."""
    return _about("content_part.done", index, {"content_index": at, "part": part, **members})


def text_delta(delta: Any, index: int = 0, at: int = 0, **members: Any) -> EventJson:
    """A piece of a message's text."""
    return _about("output_text.delta", index, {"content_index": at, "delta": delta, "logprobs": [], **members})


def text_done(text: str, index: int = 0, at: int = 0, **members: Any) -> EventJson:
    """A message's text, whole."""
    return _about("output_text.done", index, {"content_index": at, "text": text, "logprobs": [], **members})


def annotation_added(annotation: Any, index: int = 0, at: int = 0, **members: Any) -> EventJson:
    """A citation in a message's text."""
    known = {"content_index": at, "annotation_index": 0, "annotation": annotation}
    return _about("output_text.annotation.added", index, {**known, **members})


def refusal_delta(delta: str, index: int = 0, at: int = 0, **members: Any) -> EventJson:
    """A piece of a refusal."""
    return _about("refusal.delta", index, {"content_index": at, "delta": delta, **members})


def refusal_done(refusal: str, index: int = 0, at: int = 0, **members: Any) -> EventJson:
    """A refusal, whole."""
    return _about("refusal.done", index, {"content_index": at, "refusal": refusal, **members})


def raw_delta(delta: str, index: int = 0, at: int = 0, **members: Any) -> EventJson:
    """A piece of raw reasoning."""
    return _about("reasoning_text.delta", index, {"content_index": at, "delta": delta, **members})


def raw_done(text: str, index: int = 0, at: int = 0, **members: Any) -> EventJson:
    """Raw reasoning, whole."""
    return _about("reasoning_text.done", index, {"content_index": at, "text": text, **members})


def summary_part_added(index: int = 0, at: int = 0, text: str = "", **members: Any) -> EventJson:
    """A part of a reasoning's summary begins."""
    part = {"type": "summary_text", "text": text}
    return _about("reasoning_summary_part.added", index, {"summary_index": at, "part": part, **members})


def summary_part_done(text: str, index: int = 0, at: int = 0, **members: Any) -> EventJson:
    """A part of a reasoning's summary is done."""
    part = {"type": "summary_text", "text": text}
    return _about("reasoning_summary_part.done", index, {"summary_index": at, "part": part, **members})


def summary_delta(delta: str, index: int = 0, at: int = 0, **members: Any) -> EventJson:
    """A piece of a reasoning's summary."""
    return _about("reasoning_summary_text.delta", index, {"summary_index": at, "delta": delta, **members})


def summary_done(text: str, index: int = 0, at: int = 0, **members: Any) -> EventJson:
    """A part of a reasoning's summary, whole."""
    return _about("reasoning_summary_text.done", index, {"summary_index": at, "text": text, **members})


def arguments_delta(delta: str, index: int = 0, **members: Any) -> EventJson:
    """A piece of a function call's arguments."""
    return _about("function_call_arguments.delta", index, {"delta": delta, **members})


def arguments_done(arguments: Any, index: int = 0, **members: Any) -> EventJson:
    """A function call's arguments, whole."""
    return _about("function_call_arguments.done", index, {"arguments": arguments, **members})


def input_delta(delta: str, index: int = 0, **members: Any) -> EventJson:
    """A piece of a custom tool's input."""
    return _about("custom_tool_call_input.delta", index, {"delta": delta, **members})


def input_done(text: str, index: int = 0, **members: Any) -> EventJson:
    """A custom tool's input, whole."""
    return _about("custom_tool_call_input.done", index, {"input": text, **members})


def progress(kind: str, stage: str, index: int = 0, **members: Any) -> EventJson:
    """An event of a server tool, by the two halves of its name: "mcp_call", "completed"."""
    return _about(f"{kind}.{stage}", index, members)


# Events about the response


def response(status: Any, output: Any = (), response_id: str = "resp_1", **members: Any) -> Item:
    """A response as it stands."""
    known = {"id": response_id, "object": "response", "model": "gpt-4.1-mini", "status": status, "error": None}
    output = list(output) if isinstance(output, tuple) else output
    return _made(**{**known, "incomplete_details": None, "output": output, "usage": None, **members})


def created(response_id: str = "resp_1", **members: Any) -> EventJson:
    """The response begins."""
    return {"type": "response.created", "response": response("in_progress", response_id=response_id, **members)}


def in_progress(response_id: str = "resp_1") -> EventJson:
    """The response is being made."""
    return {"type": "response.in_progress", "response": response("in_progress", response_id=response_id)}


def completed(*output: Any, **members: Any) -> EventJson:
    """The response is complete; its items are the last word."""
    members = {"output": list(output), "usage": USAGE, **members}
    return {"type": "response.completed", "response": response(**{"status": "completed", **members})}


def incomplete(*output: Any, reason: str = "max_output_tokens", **members: Any) -> EventJson:
    """The response ended before it was complete."""
    members = {"output": list(output), "usage": USAGE, "incomplete_details": {"reason": reason}, **members}
    return {"type": "response.incomplete", "response": response(**{"status": "incomplete", **members})}


def failed(message: str = "The server had an error.", code: str = "server_error", **members: Any) -> EventJson:
    """The response failed."""
    members = {"error": {"code": code, "message": message}, **members}
    return {"type": "response.failed", "response": response(**{"status": "failed", **members})}


def error(message: str = "The server had an error.", code: str | None = "server_error") -> EventJson:
    """The stream failed."""
    return {"type": "error", "code": code, "message": message, "param": None}


# Whole lanes: all events of one item


def message_lane(text: str, index: int = 0, pieces: Sequence[str] = (), **members: Any) -> list[EventJson]:
    """A message from its beginning to its end; `pieces` are its deltas, else each word is one."""
    pieces = pieces or words(text)
    item = message(index, text, **members)
    return [
        begun(item, index),
        part_added(text_part(""), index),
        *(text_delta(piece, index) for piece in pieces),
        text_done(text, index),
        part_done(text_part(text), index),
        item_done(item, index),
    ]


def summary_lane(summary: Sequence[str], index: int = 0, **members: Any) -> list[EventJson]:
    """A reasoning item with a summary, from its beginning to its end."""
    item = reasoning(index, *summary, **members)
    events = [begun(item, index)]
    for at, text in enumerate(summary):
        events.append(summary_part_added(index, at))
        events.extend(summary_delta(piece, index, at) for piece in words(text))
        events += [summary_done(text, index, at), summary_part_done(text, index, at)]
    return [*events, item_done(item, index)]


def call_lane(arguments: str, index: int = 0, name: str = "get_weather", **members: Any) -> list[EventJson]:
    """A function call from its beginning to its end."""
    item = function_call(index, name, arguments, **members)
    deltas = (arguments_delta(piece, index) for piece in words(arguments))
    return [begun(item, index), *deltas, arguments_done(arguments, index), item_done(item, index)]


def custom_lane(text: str, index: int = 0, name: str = "run_sql", **members: Any) -> list[EventJson]:
    """A custom tool's call from its beginning to its end."""
    item = custom_call(index, name, text, **members)
    deltas = (input_delta(piece, index) for piece in words(text))
    return [begun(item, index), *deltas, input_done(text, index), item_done(item, index)]


def server_lane(kind: str, index: int = 0, *stages: str, **members: Any) -> list[EventJson]:
    """A server tool from its beginning to its end, through these stages."""
    item = server_tool(kind, index, **members)
    return [begun(item, index), *(progress(kind, stage, index) for stage in stages), item_done(item, index)]


def words(text: str) -> list[str]:
    """The text in pieces: each word with the space after it."""
    pieces = text.split(" ")
    return [piece for piece in [*(f"{piece} " for piece in pieces[:-1]), pieces[-1]] if piece]

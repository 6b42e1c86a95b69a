"""Wherever a member of one type is read, one of another type comes instead (Q49, Q72): no text of it is lost.

The result or the messages have it, and no call is offered as complete without its arguments. Each stream here says a
thing in one place alone, so that nothing that comes later takes its place.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamfold.reducer import fold, responses
from streamfold.reducer.shared.extras import NOT_KEPT
from support.adapters.sdk_objects import READERS, chunks_by
from support.event_shapes import (
    EventJson,
    arguments_delta,
    begun,
    citation,
    completed,
    created,
    custom_call,
    failed,
    function_call,
    item_added,
    item_done,
    message,
    part_added,
    part_done,
    reasoning,
    refusal_part,
    text_delta,
    text_part,
)
from support.finding import EFFORT
from support.law_checks import MESSAGE_ID

MARK = "MARK"
OTHERS: tuple[Any, ...] = (
    *(MARK, '{"at": "MARK"}', [MARK], [[MARK]], [{"at": MARK}], {"at": MARK}),
    *({"type": "output_text", "text": MARK}, {"type": "function_call", "arguments": MARK}, 987654321),
)
AT = {"item_id": "item_0", "output_index": 0}
ARGUMENTS = '{"a":"b"}'


def event(kind: str, **members: Any) -> EventJson:
    return {"type": f"response.{kind}", **AT, **members}


TEXT = message(0, text_part("Hello", citation("c")))
THOUGHT = reasoning(0, "Sum", raw=["Raw"], encrypted_content="e")
CALL, CUSTOM = function_call(0, arguments=ARGUMENTS), custom_call(0, text="raw")
ENDED = completed()
STREAMS: dict[str, list[EventJson]] = {
    **{f"{item['type']} listed": [completed(item)] for item in (TEXT, THOUGHT, CALL, CUSTOM)},
    **{f"{item['type']} done": [item_done(item), ENDED] for item in (TEXT, THOUGHT, CALL, CUSTOM)},
    **{f"{item['type']} begun": [item_added(item), ENDED] for item in (TEXT, THOUGHT, CALL, CUSTOM)},
    "text": [begun(message()), text_delta("Hello"), ENDED],
    "whole text": [event("output_text.done", text="Hello", content_index=0), ENDED],
    "part": [part_done(text_part("Hello", citation("c"))), ENDED],
    "part that begins": [part_added(text_part("Hello")), ENDED],
    "refusal": [event("refusal.delta", delta="No", content_index=0), ENDED],
    "whole refusal": [event("refusal.done", refusal="No", content_index=0), ENDED],
    "refusal's part": [part_done(refusal_part("No")), ENDED],
    "summary": [event("reasoning_summary_text.delta", delta="Sum", summary_index=0), ENDED],
    "summary's part": [
        event("reasoning_summary_part.done", summary_index=0, part={"type": "summary_text", "text": "Sum"}),
        ENDED,
    ],
    "raw reasoning": [event("reasoning_text.delta", delta="Raw", content_index=0), ENDED],
    "citation": [event("output_text.annotation.added", annotation_index=0, annotation=citation("c")), ENDED],
    "arguments": [begun(function_call()), arguments_delta(ARGUMENTS), ENDED],
    "whole arguments": [begun(function_call()), event("function_call_arguments.done", arguments=ARGUMENTS), ENDED],
    "input": [item_added(custom_call()), event("custom_tool_call_input.delta", delta="raw"), ENDED],
    "search": [event("web_search_call.searching"), ENDED],
    "code": [event("code_interpreter_call_code.delta", delta="x = 1"), ENDED],
    "image": [event("image_generation_call.partial_image", partial_image_b64="AA=="), ENDED],
    "output of a shell": [event("shell_call_output_content.delta", command_index=0, delta={"stdout": "o"}), ENDED],
    "something new of a tool": [event("web_search_call.searching"), event("web_search_call.resting"), ENDED],
    "failure": [failed()],
    "error": [{"type": "error", "code": "c", "message": "m", "param": None}],
    "error inside": [{"type": "error", "error": {"code": "c", "message": "m"}}],
}
_ADDRESS = frozenset(
    {
        *("output_index", "item_id", "call_id", "content_index", "summary_index", "command_index", "annotation_index"),
        *("sequence_number", "type"),
    }
)
"""Members of an event that only say what it is about."""
_CONTENT = ("delta", "text", "refusal", "arguments", "input", "item", "part", "annotation", "response", "code", "error")
BESIDE = (*_CONTENT, "message", "partial_image_b64", "usage", "output", "output_text", "content", "summary", "logprobs")


def places(value: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    """Where something is in JSON, and where something else could stand beside it."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        yield (*path, name)
        yield from places(inner, *path, name)
    if isinstance(value, dict):
        yield from ((*path, name) for name in BESIDE if name not in value)


def is_kept(path: tuple[str | int, ...]) -> bool:
    """Whether what comes there may not be dropped: neither an address nor what `NOT_KEPT` has a reason for."""
    dropped = path[0] == "response" and len(path) > 1 and path[1] in NOT_KEPT["response"]
    return path[0] not in _ADDRESS and not dropped


PLACES = [
    (name, at, path)
    for name, events in STREAMS.items()
    for at, event in enumerate(events)
    for path in places(event)
    if is_kept(path)
]


def replaced(events: list[EventJson], at: int, path: tuple[str | int, ...], other: Any) -> list[EventJson]:
    changed = deepcopy(events)
    inner: Any = changed[at]
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = other
    return changed


def check(reader: str, events: list[EventJson], other: Any) -> Any:
    """What a stream comes to, which has all of what came in an odd place, and no empty call that may be run."""
    config = responses.Config(message_id=MESSAGE_ID)
    state, messages = fold(responses, config, chunks_by(reader, [created(), *events]))
    result = responses.result(state)
    mark = str(other) if isinstance(other, int) else MARK
    assert mark in repr(messages) + repr(result), events
    assert not any(call.complete and call.arguments in ("", "{}") for call in result.tool_calls), events
    return state, messages


@pytest.mark.deep
@pytest.mark.parametrize("other", OTHERS, ids=str)
@pytest.mark.parametrize("name", STREAMS)
def test_q49_what_comes_in_place_of_another_type_is_kept(name: str, other: Any) -> None:
    for _, at, path in (place for place in PLACES if place[0] == name):
        events = replaced(STREAMS[name], at, path, other)
        check("json", events, other)


@settings(max_examples=round(150 * EFFORT))
@given(place=st.sampled_from(PLACES), other=st.sampled_from(OTHERS))
def test_q49_every_reader_keeps_the_same_of_it(place: tuple[str, int, tuple[str | int, ...]], other: Any) -> None:
    name, at, path = place
    events = replaced(STREAMS[name], at, path, other)
    by_bytes, *others = (check(reader, events, other) for reader in READERS if reader != "objects")
    assert all(came == by_bytes for came in others)
    check("objects", events, other)


def result_by(reader: str, *events: EventJson) -> Any:
    state, _ = fold(responses, responses.Config(message_id=MESSAGE_ID), chunks_by(reader, [created(), *events]))
    return responses.result(state)


every_reader = pytest.mark.parametrize("reader", READERS)


@every_reader
def test_q49_an_output_text_is_the_text_where_nothing_else_says_it(reader: str) -> None:
    def came(*events: EventJson, output: Any = None, text: str = "Hello", reader: str = reader) -> tuple[str, Any]:
        result = result_by(reader, *events, completed(output=output) | {"response": ended(output, text)})
        return result.text, result.extras.get("output_text")

    assert came() == ("Hello", None)
    assert came(begun(message())) == ("Hello", None)
    assert came(text_delta("Hello")) == ("Hello", None)
    assert came(text_delta("Hel")) == ("Hel", "Hello")
    assert came(text_delta("Hello"), text="Hel") == ("Hello", "Hel")
    assert came(output=[message(0, "Hel"), message(1, "lo")]) == ("Hello", None)
    assert came(output=[message(0, refusal_part("No"))]) == ("Hello", None)


def ended(output: Any, text: str) -> EventJson:
    return {"id": "resp_1", "object": "response", "status": "completed", "output": output, "output_text": text}


@every_reader
def test_q49_what_stands_beside_the_response_is_the_response_s(reader: str) -> None:
    usage = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    beside = {"output": [CALL], "usage": usage, "model": "m", "status": "completed"}
    for response in ({"response": {"id": "resp_1", "output": []}}, {"response": None}, {}):
        result = result_by(reader, {"type": "response.completed", **response, **beside})
        assert (result.usage.output_tokens, result.tool_calls[0].arguments) == (2, ARGUMENTS)
        assert "usage" not in result.extras
    both = {"type": "response.completed", "response": {"usage": usage}, "usage": {"output_tokens": 9}}
    assert (result_by(reader, both).usage.output_tokens, result_by(reader, both).extras["usage"]) == (
        2,
        {"output_tokens": 9},
    )


@every_reader
def test_q49_text_in_place_of_parts_is_text(reader: str) -> None:
    for content in ("Hello", ["Hello"], ["Hel", text_part("lo")], text_part("Hello")):
        for events in ([completed(message(0, content=content))], [item_done(message(0, content=content)), ENDED]):
            assert result_by(reader, *events).text == "Hello"
    for thought in (reasoning(0, summary="Hm"), reasoning(0, content=["Hm"])):
        assert result_by(reader, completed(thought)).reasoning == "Hm"
    assert result_by(reader, part_done("Hello"), ENDED).text == "Hello"
    assert result_by(reader, completed() | {"response": ended(message(0, "Hello"), "")}).text == "Hello"


@every_reader
def test_q49_what_is_no_item_may_be_a_call(reader: str) -> None:
    lists: tuple[Any, ...] = ([[CALL]], '{"type": "function_call"}', ['{"type": "function_call"}'])
    odd = [
        item_done([CALL]),
        item_done('{"a": 1}'),
        *({"type": "response.done", "response": {"output": it}} for it in lists),
    ]
    for event in odd:
        (call,) = result_by(reader, begun(function_call()), event, ENDED).tool_calls
        assert not call.complete


@every_reader
def test_q83_errors_beside_the_one_that_is_reported_are_kept(reader: str) -> None:
    error = {"message": "boom", "code": "c"}
    twice = [{"type": "error", **error}, failed(error=error)]
    assert "error" not in result_by(reader, *twice).extras
    others = [{"type": "error", **error}, failed("another")]
    assert result_by(reader, *others).extras["error"]["message"] == "another"


@every_reader
def test_q19_a_number_for_an_id_is_its_digits(reader: str) -> None:
    (call,) = result_by(reader, completed(function_call(0, arguments=ARGUMENTS, call_id=7))).tool_calls
    assert (call.id, call.complete) == ("7", True)

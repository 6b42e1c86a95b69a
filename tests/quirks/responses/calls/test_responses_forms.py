"""Whole responses without their `object` or inside another, and items and members under other names than the API's."""

import json
from typing import Any

import pytest
from streamfold.adapters import wire
from support.event_shapes import (
    EventJson,
    arguments_delta,
    arguments_done,
    begun,
    completed,
    created,
    folded,
    function_call,
    item_added,
    item_done,
    message,
    response,
)

PARIS = '{"city":"Paris"}'
OTHERS = {"output_index": "outputIndex", "item_id": "itemId", "call_id": "callId", "sequence_number": "sequenceNumber"}


def told(events: list[EventJson]) -> list[tuple[str, str, str, bool]]:
    """The calls: id, name, arguments, and whether it is safe to run."""
    calls = folded(events).result.tool_calls
    return [(one.id, one.name, one.arguments, one.complete) for one in calls]


def renamed(value: Any) -> Any:
    """An event with the names that translators of other languages give its members."""
    if not isinstance(value, dict):
        return value
    return {OTHERS.get(name, name): renamed(member) for name, member in value.items()}


def bare(**members: Any) -> dict[str, Any]:
    """A whole response without its `object`."""
    whole = response("completed", [message(0, "Hi"), function_call(1, arguments=PARIS)], **members)
    return {name: member for name, member in whole.items() if name != "object"}


@pytest.mark.parametrize("outside", [None, "response", "data"])
def test_q84_a_whole_response_needs_no_object(outside: str | None) -> None:
    frame = bare() if outside is None else {"code": 0, outside: bare()}
    assert wire.detect(next(wire.frames([b"data: " + json.dumps(frame).encode()]))) == "responses"
    result = folded([frame]).result
    assert (result.outcome, result.text) == ("completed", "Hi")
    assert [(one.arguments, one.complete) for one in result.tool_calls] == [(PARIS, True)]
    assert "repaired" in {note.kind for note in result.diagnostics}


@pytest.mark.parametrize(
    "other",
    [
        {"status": "completed", "output": [{"text": "x"}]},
        {"status": "completed", "output": "x"},
        {"status": 7, "output": []},
        {"object": "batch", "status": "completed", "output": []},
        {"output": []},
    ],
    ids=repr,
)
def test_an_object_with_a_status_or_an_output_alone_is_no_response(other: dict[str, Any]) -> None:
    result = folded([other]).result
    assert (result.outcome, result.output) == ("truncated", ())


@pytest.mark.parametrize("kind", ["tool_call", "function", "functionCall"])
def test_an_item_of_another_type_with_arguments_is_a_call(kind: str) -> None:
    item = function_call(0, arguments=PARIS, type=kind)
    begins = item_added({**item, "arguments": ""}, 0)
    whole = [created(), begins, arguments_delta(PARIS, 0), item_done(item, 0), completed()]
    for events in (whole, [*whole[:3], completed(item)], [created(), completed(item)]):
        assert told(events) == [("call_0", "get_weather", PARIS, True)]
    assert folded([created(), completed({"type": kind, "id": "x", "output": "y"})]).result.tool_calls == ()


def test_members_under_other_names_are_read() -> None:
    lanes = [
        [begun(function_call(at), at), arguments_delta(PARIS[:5], at), arguments_delta(PARIS[5:], at)] for at in (0, 1)
    ]
    ends = [arguments_done(PARIS, at) for at in (0, 1)]
    events = [created(), *(event for pair in zip(*lanes, strict=True) for event in pair), *ends, completed()]
    assert told([renamed(event) for event in events]) == told(events)
    assert [one.complete for one in folded([renamed(event) for event in events]).result.tool_calls] == [True, True]


@pytest.mark.parametrize("name", ["callId", "toolCallId", "tool_call_id"])
def test_a_call_s_id_under_another_name_is_its_id(name: str) -> None:
    item = {of: member for of, member in function_call(0, arguments=PARIS).items() if of != "call_id"}
    assert told([created(), item_done({**item, name: "call_z"}, 0), completed()])[0][0] == "call_z"
    assert told([created(), item_done({**item, "call_id": "call_a", name: "call_z"}, 0), completed()])[0][0] == "call_a"

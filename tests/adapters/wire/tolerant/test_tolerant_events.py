"""The tolerant reader of Responses events: what a provider got wrong is mended or left out, and is noted."""

from typing import Any

import pytest
from streamfold.adapters.wire.event_members import mend_item, mend_response
from streamfold.adapters.wire.tolerant import event_chunk, is_event
from streamfold.reducer.ends import Undecodable
from streamfold.reducer.responses.event import Event

NOT_RESPONSES = "not a Responses event"


def event_of(value: Any, event: str = "") -> Event:
    made = event_chunk(value, event)
    assert isinstance(made, Event)
    return made


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "a list"),
        (None, "null"),
        ({}, "an object without `type`"),
        ({"type": 5}, "an object without `type`"),
        ({"choices": []}, "a Chat Completions chunk"),
    ],
)
def test_what_is_no_event(value: Any, reason: str) -> None:
    assert event_chunk(value) == Undecodable(f"{reason}, {NOT_RESPONSES}", lost=False, json=value)


@pytest.mark.parametrize(
    ("value", "event", "kind"),
    [
        ({"type": "a"}, "b", "a"),
        ({"type": ""}, "b", "b"),
        ({"type": None}, "b", "b"),
        ({"error": {"message": "x"}}, "", "error"),
        ({"error": {"message": "x"}}, "b", "error"),
        ({"error": {"message": "x"}}, "response.b.failed", "response.b.failed"),
        ({"error": {"code": 0}}, "b", "b"),
    ],
)
def test_an_event_has_its_type_in_the_data_or_beside_it(value: Any, event: str, kind: str) -> None:
    assert event_of(value, event).type == kind


def test_everything_that_an_event_says_is_read() -> None:
    members: dict[str, Any] = {
        "type": "t",
        "sequence_number": 1,
        "output_index": 2,
        "item_id": "i",
        "content_index": 3,
        "summary_index": 4,
        "delta": {"command": 1},
        "text": "t",
        "refusal": "r",
        "arguments": "{}",
        "input": "in",
        "partial_image_b64": "aGk=",
        "item": {"type": "function_call", "arguments": "{}"},
        "part": {"type": "output_text"},
        "annotation": {"url": "u"},
        "response": {"id": "r", "output": [{"type": "message"}, None]},
        "code": 5,
        "message": "m",
        "error": {"message": "e"},
    }
    extras = {"repairs": ["not the wire's to say"], "logprobs": [{"token": "t"}]}
    padding = {"obfuscation": "x", "empty": [], "nothing": None}
    assert event_of(members | extras | padding) == Event(**members, extras=extras)


@pytest.mark.parametrize("name", ["sequence_number", "output_index", "content_index", "summary_index"])
def test_numbers_of_an_event(name: str) -> None:
    assert getattr(event_of({"type": "t", name: "7"}), name) == 7
    made = event_of({"type": "t", name: {}})
    assert (getattr(made, name), made.repairs) == (None, (f"{name} is an object, left out",))


@pytest.mark.parametrize("name", ["item_id", "text", "refusal", "partial_image_b64", "message"])
def test_texts_of_an_event(name: str) -> None:
    made = event_of({"type": "t", name: 5})
    assert (getattr(made, name), made.repairs) == ("5", (f"{name} came as a number in place of text",))
    assert getattr(event_of({"type": "t", name: []}), name) is None


def test_arguments_of_an_event_and_of_its_items_become_text() -> None:
    repair = "arguments came as an object in place of JSON text"
    assert event_of({"type": "t", "arguments": {"a": 1}}).arguments == '{"a":1}'
    call = {"type": "function_call", "arguments": {"a": 1}, "name": "f"}
    mended = {"type": "function_call", "arguments": '{"a":1}', "name": "f"}
    response = {"id": "r", "output": [{"type": "message"}, call]}
    made = event_of({"type": "t", "item": call, "response": response})
    assert (made.item, made.repairs) == (mended, (repair, repair))
    assert made.response == {"id": "r", "output": [{"type": "message"}, mended]}
    assert response["output"][1] is call  # what came stays as it was
    assert call["arguments"] == {"a": 1}


@pytest.mark.parametrize(
    "item",
    [
        None,
        "x",
        [],
        {},
        {"type": "message", "arguments": {}},
        {"type": "mcp_call", "arguments": {}},
        {"type": "function_call"},
        {"type": "function_call", "arguments": None},
        {"type": "function_call", "arguments": "{"},
    ],
)
def test_what_needs_no_mending_is_the_same_object(item: Any) -> None:
    repairs: list[str] = []
    assert mend_item(item, repairs) is item
    for response in (item, {"output": [item]}):
        assert mend_response(response, repairs) is response
    assert repairs == []


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ({"type": "response.created"}, True),
        ({"type": "response.created", "choices": []}, False),
        ({"type": "keepalive"}, False),
        ({"object": "response", "status": "completed"}, True),
        ({"object": "response", "output": []}, True),
        ({"object": "response", "output": [], "choices": []}, False),
        ({"object": "response"}, False),
        ({"type": "error", "sequence_number": 0}, True),
        ({"type": "error", "error": {}}, False),
        ({"type": ["response."]}, False),
        ({}, False),
    ],
)
def test_an_event_is_known_by_its_type(value: Any, answer: bool) -> None:
    assert is_event(value) is answer

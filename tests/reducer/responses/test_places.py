"""What is read of an event's objects, by name and type; and that what the fold does not read of a response is kept."""

from typing import Any

import pytest
from streamfold.reducer.responses.places import AT_END, OF_PART, OF_RESPONSE, unread_of
from support.event_shapes import completed, created, folded, in_progress, item_done, part_done, reasoning, refusal_part


@pytest.mark.parametrize("name", ["output", "output_text", "status", "incomplete_details"])
def test_the_end_of_a_response_is_read_by_type(name: str) -> None:
    assert unread_of({name: 7}, AT_END) == {name: 7}


def test_a_response_that_goes_on_has_items_alone() -> None:
    said = {"output": [], "output_text": "Hi", "status": 7, "incomplete_details": {"reason": "x"}, "error": 7}
    assert unread_of(said, AT_END) == {"status": 7}
    assert unread_of(said, OF_RESPONSE) == {name: said[name] for name in ("output_text", "incomplete_details")}


@pytest.mark.parametrize("name", ["id", "model", "usage", "text"])
def test_a_response_is_read_by_type(name: str) -> None:
    for places in (AT_END, OF_RESPONSE):
        assert unread_of({name: [7], "other": 1, "tools": 7, "empty": ""}, places) == {name: [7], "other": 1}
    assert unread_of({"type": 1, "text": "a", "refusal": {"b": 1}, "annotations": ()}, OF_PART) == {"refusal": {"b": 1}}


@pytest.mark.parametrize(
    ("members", "kept"),
    [
        ({"usage": "many"}, {"usage": "many"}),
        ({"output": [7, None, {}]}, {"output": (7,)}),
        ({"incomplete_details": {"reason": "x", "more": 1}}, {"incomplete_details": {"more": 1}}),
        ({"error": {"code": 0, "message": "Success"}}, {"error": {"code": 0, "message": "Success"}}),
    ],
)
def test_what_a_response_says_elsewhere_is_kept(members: dict[str, Any], kept: dict[str, Any]) -> None:
    event = completed()
    assert folded([created(), {**event, "response": {**event["response"], **members}}]).result.extras == kept


def test_a_beginning_keeps_what_its_end_does_not_say_again() -> None:
    event = in_progress()
    odd = {**event, "response": {**event["response"], "status": 7, "model": ["m"]}}
    assert folded([created(), odd, completed()]).result.extras == {"model": ("m",)}


def test_the_text_of_a_refusal_and_an_unknown_type_are_kept() -> None:
    events = [created(), part_done(refusal_part("No") | {"text": "more"})]
    assert folded([*events, completed()]).result.output[0].extras == {"text": "more"}
    part = {"type": "response.reasoning_part.done", "output_index": 0, "part": {"type": "odd", "text": "Hm"}}
    result = folded([created(), part, item_done(reasoning(0, raw=["Hm"])), completed()]).result
    assert (result.reasoning, result.output[0].extras) == ("Hm", {"type": "odd"})

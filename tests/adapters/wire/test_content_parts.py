from typing import Any

import pytest
from streamfold.adapters.wire.content_parts import deltas_of, joined_extras, reasoning_fields
from streamfold.adapters.wire.members import Repairs
from streamfold.reducer.completions.chunk import Delta


def test_a_part_that_is_no_text_rides_along() -> None:
    repairs = Repairs()
    image = {"type": "image_url", "image_url": {"url": "u"}}
    assert list(deltas_of(image, repairs)) == [Delta(extras={"content": [image]})]
    assert len(repairs) == 1


def test_the_unread_members_of_several_parts_are_joined() -> None:
    parts = [Delta(extras={"content": [1]}), Delta(), Delta(extras={"content": [2], "a": 3})]
    assert joined_extras(parts) == {"content": [1, 2], "a": 3}
    assert joined_extras([Delta()]) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"thinking": {"text": {"content": {"summary": "a"}}}}, "a"),
        ([[[["a"]]]], "a"),
        ([{"a": 1}, "b", 7, {"thinking": "", "text": "c"}], "bc"),
        ({"thinking": {"text": {"content": {"summary": {"text": "a"}}}}}, None),
        ([[[[["a"]]]]], None),
        ({"other": "a"}, None),
    ],
)
def test_reasoning_is_found_in_objects_and_lists_four_levels_deep(value: Any, text: str | None) -> None:
    repairs = Repairs()
    made = reasoning_fields({"reasoning_content": value}, repairs)
    assert made.get("reasoning_content") == text
    what = "a list" if isinstance(value, list) else "an object"
    found = f"reasoning_content came as {what} in place of text"
    assert repairs == [found if text else f"reasoning_content is {what}, left out"]
    elsewhere = reasoning_fields({"thinking": value}, Repairs())
    assert elsewhere.get("reasoning_content") == text


@pytest.mark.parametrize("kind", ["reasoning_text", "reasoning_content", "summary_text"])
def test_a_text_of_a_kind_of_reasoning_is_reasoning(kind: str) -> None:
    assert list(deltas_of({"type": kind, "text": "a"}, Repairs())) == [
        Delta(reasoning_content="a", reasoning_source="")
    ]


@pytest.mark.parametrize(
    ("kind", "name"), [("thinking", "text"), *(("reasoning", name) for name in ("text", "reasoning", "content"))]
)
def test_a_part_of_reasoning_may_have_its_text_itself(kind: str, name: str) -> None:
    thought = Delta(reasoning_content="a", reasoning_source=f"content[].{kind}")
    assert list(deltas_of({"type": kind, name: "a"}, Repairs())) == [thought]
    assert thought not in list(deltas_of({"type": kind, name.upper(): "a"}, Repairs()))


@pytest.mark.parametrize("name", ["thinking", "text", "content", "reasoning", "summary"])
def test_what_reasoning_is_called_inside_an_object(name: str) -> None:
    assert reasoning_fields({"reasoning": {name: "a"}}, Repairs())["reasoning"] == "a"


@pytest.mark.parametrize("name", ["thinking", "cot_summary", "thinking_blocks"])
def test_where_reasoning_stands_if_not_in_its_place(name: str) -> None:
    made = reasoning_fields({name: [{"thinking": "a"}]}, Repairs())
    source = "thinking_blocks" if name == "thinking_blocks" else None
    assert (made["reasoning_content"], made["reasoning_source"]) == ("a", source)
    said = reasoning_fields({name: "a", "reasoning_text": "b"}, Repairs())
    assert (said["reasoning_text"], said.get("reasoning_content")) == ("b", None)

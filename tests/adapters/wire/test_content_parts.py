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

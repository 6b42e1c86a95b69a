"""Messages as items of a request: under their ids, and plain."""

from typing import Any

import pytest
from streamfold.adapters.history.message_items import message_item, plain_message, says_something
from streamfold.reducer.result import OutputItem, RefusalPart, TextPart
from streamfold.reducer.values.json_values import FrozenObject
from support.adapters.next_requests import fits_items

PAGE = {"type": "url_citation", "title": "T", "url": "u", "start_index": 0, "end_index": 2}


def message(*parts: Any, **members: Any) -> OutputItem:
    return OutputItem("message", "msg_1", True, parts, None, FrozenObject(members))


def test_a_message_has_its_parts_in_order() -> None:
    item = message(TextPart("One. "), RefusalPart("No."), TextPart(""), TextPart("Two."), RefusalPart(""))
    made = message_item(item)
    fits_items([made])
    assert made["content"] == [
        {"type": "output_text", "text": "One. ", "annotations": []},
        {"type": "refusal", "refusal": "No."},
        {"type": "output_text", "text": "Two.", "annotations": []},
    ]
    plain = plain_message(item)
    fits_items([plain])
    assert plain == {"type": "message", "role": "assistant", "content": "One. Two.No."}


@pytest.mark.parametrize(
    ("note", "goes"),
    [
        (PAGE, True),
        ({name: value for name, value in PAGE.items() if name != "end_index"}, False),
        (PAGE | {"title": None}, False),
        ({"type": "file_citation", "file_id": "f", "filename": "n", "index": 0}, True),
        ({"type": "file_path", "file_id": "f", "index": 0}, True),
        ({"type": "unheard_of"}, False),
        ("text", False),
    ],
)
def test_citations_that_are_whole_go_back(note: Any, goes: bool) -> None:
    made = message_item(message(TextPart("Hi", (note,))))
    fits_items([made])
    assert made["content"][0]["annotations"] == ([note] if goes else [])


@pytest.mark.parametrize(
    ("status", "sent"), [("incomplete", "incomplete"), ("in_progress", "completed"), (None, "completed")]
)
def test_a_message_that_is_done_is_completed_or_incomplete(status: Any, sent: str) -> None:
    assert message_item(message(TextPart("Hi"), status=status))["status"] == sent


def test_the_phase_goes_back_in_either_form() -> None:
    item = message(TextPart("Hi"), phase="commentary")
    assert message_item(item)["phase"] == plain_message(item)["phase"] == "commentary"
    assert "phase" not in message_item(message(TextPart("Hi"), phase=None))


def test_white_space_alone_says_nothing() -> None:
    assert [says_something(message(part)) for part in (TextPart(" \n"), TextPart(), RefusalPart("No."))] == [
        False,
        False,
        True,
    ]
    assert not says_something(message())

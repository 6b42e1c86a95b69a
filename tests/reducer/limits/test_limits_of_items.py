"""Law 13 of what output items have beside their texts: it shares a limit with the members that no fold reads."""

import json
import sys
from typing import Any

import pytest
from streamfold import responses
from streamfold.reducer.shared.extras import NO_ROOM, length_of
from streamfold.reducer.values.json_values import freeze
from support.alphabets import event
from support.law_checks import error_of, limited

DROPPED = ("ignored", "members beyond the limits of what is kept")
NESTED: Any = json.loads("[" * 80 + "1" + "]" * 80)
WORDS = [{"type": "output_text", "text": "t" * 200}, {"type": "x", "x": "y" * 90}]


def items_of(raws: list[dict[str, Any]], extras: int) -> tuple[list[dict[str, Any]], int]:
    """The items as they are kept of an answer that has these, and how many members were dropped."""
    chunks = [event("output_item.done", output_index=at, item=raw) for at, raw in enumerate(raws)]
    result, _ = limited(responses, chunks, extras=extras)
    assert result.outcome != "failed"
    dropped = [note.count for note in result.diagnostics if (note.kind, note.detail) == DROPPED]
    return [dict(item.item) for item in result.output], sum(dropped)


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        (
            {"type": "image_generation_call", "id": "i", "result": "x" * 90},
            {"type": "image_generation_call", "id": "i"},
        ),
        ({"type": "w", "id": "i", "n" * 90: 1, "m": 2}, {"type": "w", "id": "i", "m": 2}),
        ({"type": "w", "id": "i", "deep": NESTED, "m": 2}, {"type": "w", "id": "i", "m": 2}),
        ({"type": "message", "id": "i", "content": WORDS}, {"type": "message", "id": "i"}),
        (
            {"type": "message", "id": "i", "content": WORDS[:1]},
            {"type": "message", "id": "i", "content": tuple(WORDS[:1])},
        ),
        ({"type": "w", "id": "i", "empty": "", "none": None}, {"type": "w", "id": "i", "empty": "", "none": None}),
    ],
)
def test_members_of_an_item_beyond_the_limit_are_dropped_and_counted(raw: dict[str, Any], left: Any) -> None:
    assert items_of([raw], extras=80) == ([left], int(len(left) < len(raw)))
    assert items_of([raw], extras=1 << 20)[0][0].keys() == raw.keys()


def test_the_text_of_an_item_whose_content_is_dropped_is_read() -> None:
    added, done = {"type": "message", "id": "m"}, {"type": "message", "id": "m", "content": WORDS}
    whole = [
        event("output_item.added", output_index=0, item=added),
        event("output_item.done", output_index=0, item=done),
    ]
    for chunks in (whole, whole[1:]):
        result, messages = limited(responses, chunks, extras=80)
        assert result.text == "".join(message.content for message in messages) == "t" * 200
        assert "content" not in result.output[0].item


def test_members_of_items_share_the_limit_and_take_room_once() -> None:
    raws = [{"type": "w", "id": f"i{at}", "x": "y" * 50} for at in range(3)]
    items, dropped = items_of(raws, extras=150)
    assert ["x" in item for item in items] == [True, True, False]
    assert dropped == 1
    other = [{"type": "w", "id": "i0", "x": chr(at) * 50} for at in range(97, 123)]
    chunks = [event("output_item.added", output_index=0, item=raw) for raw in other]
    result, _ = limited(responses, chunks, extras=80)
    assert result.output[0].item == other[-1]
    assert not result.diagnostics


def test_a_type_too_long_ends_the_fold() -> None:
    result, _ = limited(responses, [event("output_item.added", output_index=0, item={"type": "t" * 9})], identifier=8)
    assert error_of(result) == "more than 8 characters of a type (Limits.identifier)"


def test_a_member_that_cannot_be_written_out_is_weighed() -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        assert length_of((1 << 4000, "ab")) == 3 * 8 + 2
        assert length_of(freeze([1 << 4000, NESTED])) == NO_ROOM
    finally:
        sys.set_int_max_str_digits(before)

"""What is read of a frame, member by member, and what is not."""

from typing import Any

import pytest
from streamfold.adapters.laws.kept.read_members import odd_members, unread_parts


@pytest.mark.parametrize(
    ("level", "members", "odd"),
    [
        ("chunk", {"choices": [], "usage": {"total_tokens": 1}}, {}),
        ("chunk", {"choices": {"a": 1}}, {"choices": {"a": 1}}),
        ("choice", {"index": "first", "finish_reason": "stop"}, {"index": "first"}),
        ("delta", {"content": "a", "reasoning": "b", "tool_calls": None}, {}),
        ("delta", {"reasoning": "b", "reasoning_content": "c"}, {"reasoning": "b"}),
        ("delta", {"tool_calls": [{"index": 0}, "odd"]}, {"tool_calls": ["odd"]}),
        ("call", {"index": 0, "function": "odd"}, {"function": "odd"}),
    ],
)
def test_a_member_of_a_type_that_is_not_read_is_odd(level: str, members: Any, odd: Any) -> None:
    assert odd_members(members, level) == odd


def test_of_parts_what_is_no_text_and_no_reasoning_is_not_read() -> None:
    parts: list[Any] = [
        "text",
        {"type": "text", "text": "a", "score": 1},
        {"type": "thinking", "thinking": [{"type": "text", "text": "b"}, {"type": "reference", "ids": [1]}]},
        {"type": "image", "url": "u"},
    ]
    assert list(unread_parts(parts)) == [
        {"type": "text", "score": 1},
        {"type": "reference", "ids": [1]},
        {"type": "image", "url": "u"},
    ]

from typing import Any

import pytest
from streamfold.adapters.wire.unread import gives, has_calls_elsewhere, may_hold_arguments, unread, with_inner
from streamfold.reducer.completions.chunk import CallDelta, Chunk, Delta


def test_members_that_no_fold_reads_and_that_say_something() -> None:
    assert unread({"id": "c", "object": "x", "provider": "P", "seed": 0, "tier": "", "kv": None}, Chunk) == {
        "provider": "P",
        "seed": 0,
    }
    assert unread({"id": "c"}, Chunk) is None
    for name in ("repairs", "lost", "extras"):
        assert unread({"id": "c", name: 1}, Chunk) == {name: 1}
    for name in ("content_parts", "reasoning_source"):
        assert unread({"content": "c", name: 1}, Delta) == {name: 1}
    assert unread({"type": "ping"}, Chunk, "type") is None


def test_those_of_a_function_lie_under_its_name() -> None:
    call = {"function": {"name": "f", "strict": True}, "custom": {"input": "x"}}
    assert with_inner(unread(call, CallDelta), call, None, "function", "custom") == {"function": {"strict": True}}
    assert with_inner({"a": 1}, {"function": None}, None, "function") == {"a": 1}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{", True),
        (" [", True),
        ("a", False),
        ({"choices": None}, True),
        ({"a": 1}, False),
        ([[[["{"]]]], True),
        ([[[[1]]]], False),
        ([[[[[1]]]]], True),
        ([], False),
        (7, False),
    ],
)
def test_what_may_have_a_chunk_inside(value: Any, expected: bool) -> None:
    """What is nested deeper than five levels is not looked into, and may."""
    assert may_hold_arguments(value) is expected


@pytest.mark.parametrize("value", [{"a": 1}, [1], "x"])
def test_calls_under_other_names_may_be_pieces_of_calls(value: Any) -> None:
    assert has_calls_elsewhere({"tool_use": value}, Delta)
    assert not has_calls_elsewhere({"tool_calls": value}, Delta)
    assert not has_calls_elsewhere({"other": value}, Delta)


NAMES = "delta tool_calls tool_call tool_use toolCalls function_call function_calls functionCall"


@pytest.mark.parametrize("name", NAMES.split())
def test_where_calls_may_stand(name: str) -> None:
    assert has_calls_elsewhere({name: "x"}, Chunk)
    assert not has_calls_elsewhere({name: ""}, Chunk)


@pytest.mark.parametrize("value", [None, "", [], {}, 7, True])
def test_what_is_empty_or_a_number_is_no_piece_of_a_call(value: Any) -> None:
    assert not has_calls_elsewhere({"tool_use": value}, Delta)


def test_a_member_that_is_null_or_empty_gives_nothing() -> None:
    assert [gives({"a": value}, "a") for value in (None, "", "x", 0)] == [False, False, True, True]
    assert not gives("a", "a")

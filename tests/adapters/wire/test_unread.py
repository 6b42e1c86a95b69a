from typing import Any

import pytest
from streamfold.adapters.wire.members import Repairs
from streamfold.adapters.wire.unread import (
    gives,
    has_calls_elsewhere,
    look_elsewhere,
    may_hold_arguments,
    odd_entries,
    unread,
    unread_or_left,
    with_inner,
)
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


@pytest.mark.parametrize("name", ["choices", "delta", "tool_calls", "function_call", "function", "arguments"])
def test_an_object_that_may_be_a_piece_of_a_call(name: str) -> None:
    assert may_hold_arguments([{name: None}])
    assert not may_hold_arguments([{name.upper(): None}])


def test_what_was_left_out_is_kept_with_what_is_unread() -> None:
    members = {"id": "c", "model": ["m"], "usage": {}, "error": "x", "other": 1, "seed": 2}
    assert unread_or_left(members, Chunk(id="c"), "error", "seed") == {"model": ["m"], "other": 1}
    assert unread_or_left({"id": "c"}, Chunk(id="c")) is None


def test_what_is_no_object_among_objects_is_kept() -> None:
    assert odd_entries({"a": [{}, 1, None, "x", ""]}, "a") == {"a": [1, "x"]}
    assert [odd_entries({"a": value}, "a") for value in ([{}], [], None, "")] == [{}] * 4
    assert odd_entries({"a": "x"}, "a") == {"a": "x"}


def test_other_members_in_the_place_of_arguments_are_told() -> None:
    for name in ("parameters", "input", "args", "params", "kwargs", "partial_json", "arguments_delta", "delta", "more"):
        repairs = Repairs()
        look_elsewhere("it", {name: "x"}, ("more",), repairs)
        assert (repairs, repairs.lost) == (["it has other members in place of its arguments"], True)
        look_elsewhere("it", {name: "", "other": 1}, (), silent := Repairs())
        assert silent == []

"""Calls in the forms of other APIs, and in places of their own, that still say what they say."""

from typing import Any

import pytest
from streamfold.reducer import Doubt
from support.chat_shapes import DONE, Shape, call, calls, delta, finished, folded

TOWN = '{"city":"Oslo"}'
END = finished("tool_calls")


def used(**members: Any) -> Shape:
    """A delta of Snowflake Cortex that is a piece of a tool call itself."""
    return delta(type="tool_use", **members)


def told(*frames: Any) -> list[tuple[str, str, str, bool]]:
    """The calls of a stream: id, name, arguments, and whether it is safe to run."""
    result, _ = folded(*frames)
    return [(one.id, one.name, one.arguments, one.complete) for one in result.tool_calls]


@pytest.mark.parametrize("at", range(1, len(TOWN)))
def test_a_delta_that_is_a_piece_of_a_call_itself(at: int) -> None:
    begun = used(tool_use_id="t1", name="look")
    frames = [delta(type="text", content="Well"), begun, used(input=TOWN[:at]), used(input=TOWN[at:]), END, DONE]
    assert told(*frames) == [("t1", "look", TOWN, True)]
    assert folded(*frames)[0].text == "Well"


def test_two_deltas_that_are_calls_are_two() -> None:
    frames = [used(tool_use_id="t1", name="look", input=TOWN), used(tool_use_id="t2", name="put", input={"to": 1})]
    assert told(*frames, END, DONE) == [("t1", "look", TOWN, True), ("t2", "put", '{"to":1}', True)]
    assert told(*frames, DONE)[0] == ("t1", "look", TOWN, True)
    listed = delta(type="tool_use", tool_calls=[call(0, "a", "look", TOWN)])
    assert told(listed, END, DONE) == [("a", "look", TOWN, True)]


def test_a_piece_of_a_call_that_is_cut_off_is_not_complete() -> None:
    assert told(used(tool_use_id="t1", name="look"), used(input=TOWN[:5]), finished("length"), DONE)[0][3] is False


def test_an_id_that_stands_in_the_function_is_the_call_s() -> None:
    inside = {"index": 0, "function": {"id": "call_a", "name": "look", "arguments": TOWN}}
    assert told(calls(inside), END, DONE) == [("call_a", "look", TOWN, True)]
    assert told(calls({**inside, "id": "call_b"}), END, DONE) == [("call_b", "look", TOWN, True)]


@pytest.mark.parametrize("name", [" ", "\t\n"])
def test_a_name_of_white_space_is_none(name: str) -> None:
    result, _ = folded(calls(call(0, "call_a", name, TOWN)), END, DONE)
    assert [doubted.doubt for doubted in result.tool_calls[0].doubts] == [Doubt.NO_NAME]

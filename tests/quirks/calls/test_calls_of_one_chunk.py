"""Calls that begin, come and are closed in one chunk: it is read whole before what it closes is believed (Q12, Q30)."""

from typing import Any

import pytest
from streamfold.reducer import Doubt
from support.chat_shapes import DONE, Shape, call, calls, choice, chunk, delta, finished, folded

ONE, OTHER = '{"a":1}', '{"a":2}'


def closed(*frames: Any) -> list[tuple[str, list[Doubt]]]:
    """Each call's arguments and the doubts that it was closed with, which the result has too."""
    result, messages = folded(*frames, DONE)
    said = [message.doubts for message in messages if message.message_type == "tool_call_closed"]
    assert said == [one.doubts for one in result.tool_calls]
    return [(one.arguments, [doubted.doubt for doubted in one.doubts]) for one in result.tool_calls]


def ended(*entries: Any, **members: Any) -> Shape:
    """A chunk that has all of these calls, and the finish word."""
    return chunk(choice(finish_reason="tool_calls", tool_calls=list(entries)) | members)


@pytest.mark.parametrize(
    "begun",
    [
        ended({"index": 0, "id": "a", "function": {"name": "f", "kwargs": {"a": 1}}}),
        ended({"index": 0, "id": "a", "function": {"name": "f", "partial_json": ONE}}),
        ended({"index": 0, "id": "a", "function": {"name": "f"}, "arguments": ONE}),
        ended({"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}", "input": {"y": 2}}}),
        ended({"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}, "input": {"y": 2}}),
        ended({"index": 0, "id": "a", "name": "f", "arguments": "{}", "kwargs": {"y": 2}}),
        ended(call(0, "a", "f", "{}"), '{"index":0,"function":{"arguments":"{}"}}'),
        ended(call(0, "a", "f", ""), tool_calls=[call(0, arguments=ONE)]),
    ],
)
def test_a_piece_that_cannot_be_read_is_a_doubt_at_their_end(begun: Shape) -> None:
    assert closed(begun) == [("{}", [Doubt.FRAME_LOST])]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "tool_use", "id": "a", "name": "f", "input": {"a": 1}},
        {"type": "input_json_delta", "partial_json": ONE},
        {"type": "delta", "partial_json": ONE},
    ],
)
def test_a_call_among_the_parts_of_content_is_such_a_piece(part: Shape) -> None:
    begun = calls(call(0, "a", "f", ""))
    assert closed(begun, delta(content=[part]), finished("tool_calls")) == [("{}", [Doubt.FRAME_LOST])]
    assert closed(begun, delta(content=[{"type": "image", "input": 1}]), finished("tool_calls")) == [("{}", [])]


def test_all_its_choices_are_read_before_calls_are_closed() -> None:
    cut = {"index": 0, "delta": {}, "finish_reason": "length"}
    assert closed(chunk(*ended(call(0, "a", "f", ONE))["choices"], cut)) == [(ONE, [Doubt.CUT_OFF])]
    late = choice(tool_calls=[call(0, arguments=ONE)])
    assert closed(chunk(*ended(call(0, "a", "f", ""))["choices"], late)) == [(ONE, [])]


@pytest.mark.parametrize("given", [ONE, ":1}"])
def test_a_message_beside_its_delta_is_compared_with_it(given: str) -> None:
    begun = [] if given == ONE else [calls(call(0, "a", "f", '{"a"'))]
    last = call(0, "a", "f", ONE) if given == ONE else call(0, arguments=given)
    same, other = ({"content": None, "tool_calls": [call(0, "a", "f", whole)]} for whole in (ONE, OTHER))
    assert closed(*begun, ended(last, message=same)) == [(ONE, [])]
    assert closed(*begun, ended(last, message=other)) == [(OTHER, [Doubt.CONFLICTING_WHOLE])]


def test_a_message_has_what_the_delta_beside_it_lacks() -> None:
    whole = {"content": "hi", "refusal": "no", "tool_calls": [call(0, "a", "f", ONE)], "annotations": [{"url": "u"}]}
    result, _ = folded(chunk(choice(finish_reason="stop", content="hi") | {"message": whole}), DONE)
    assert (result.text, result.refusal, [one.arguments for one in result.tool_calls]) == ("hi", "no", [ONE])
    assert len(result.extras) == 0


def test_a_function_and_a_custom_tool_in_one_entry_contradict_each_other() -> None:
    both = {"index": 0, "id": "a", "function": {"name": "f", "arguments": ONE}, "custom": {"name": "f", "input": OTHER}}
    assert closed(calls(both), finished("tool_calls")) == [(ONE + OTHER, [Doubt.CONFLICTING_WHOLE])]
    assert closed(calls(both, call(1, "b", "g", ONE)), finished("tool_calls"))[1] == (ONE, [])
    same = both | {"custom": {"name": "f", "input": ONE}}
    assert closed(calls(same), finished("tool_calls")) == [(ONE, [])]


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        (ONE, (ONE, [])),
        ('{ "a": 1 }', (ONE, [])),
        ("", (ONE, [])),
        (OTHER, (ONE + OTHER, [Doubt.NOT_JSON, Doubt.CONFLICTING_WHOLE])),
    ],
)
def test_a_function_call_beside_the_tool_call_it_is_makes_no_second(arguments: str, result: Any) -> None:
    both = delta(tool_calls=[call(0, "a", "f", ONE)], function_call={"name": "f", "arguments": arguments})
    assert closed(both, finished("tool_calls")) == [result]

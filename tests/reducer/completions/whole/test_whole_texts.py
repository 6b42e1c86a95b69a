"""What of a whole message is missing, and what contradicts: the functions one by one."""

from typing import Any

from streamfold.reducer.completions.chunk import CallDelta, CustomDelta, Delta, FunctionDelta
from streamfold.reducer.completions.think_tags import Tags
from streamfold.reducer.completions.tool_calls.calls import NO_CALLS, Calls, receive
from streamfold.reducer.completions.whole import (
    compare,
    ends_of,
    joined,
    match,
    name_and_arguments,
    only_repeats,
    pieces_of,
    reasoning_in,
)
from streamfold.reducer.values.text import text


def test_the_ends_of_pieces_are_counted_by_channel() -> None:
    pieces: Any = [("text", "ab"), ("reasoning", "r"), ("text", "cd")]
    assert ends_of(pieces, {"text": 3, "reasoning": 0}) == [("text", "b"), ("text", "cd")]


def test_texts_are_compared_from_their_beginning() -> None:
    assert compare(text(""), "") == compare(text("a"), "") == compare(text("a"), "a") == ("", "")
    assert compare(text("a"), "ab") == ("b", "")
    assert compare(text(""), "ab") == ("ab", "")
    assert compare(text("ab"), "a") == ("", "stale")
    assert compare(text("ab"), "b") == ("", "contradicted")


def test_what_a_delta_has_is_found_under_every_name() -> None:
    details = [{"type": "reasoning.text", "text": "d"}]
    assert [reasoning_in(Delta(**{name: "a"})) for name in ("reasoning_content", "reasoning", "reasoning_text")] == [
        "a"
    ] * 3
    assert (reasoning_in(Delta()), reasoning_in(Delta(reasoning_details=details))) == ("", "d")
    assert only_repeats(Delta(content="a", reasoning="b"), Delta(content="a", reasoning_content="b"))
    assert not only_repeats(Delta(content="a"), Delta(content="ab"))
    assert not only_repeats(Delta(content="a", reasoning="b"), Delta(content="a"))
    assert name_and_arguments(CallDelta()) == name_and_arguments(CallDelta(custom=CustomDelta())) == ("", "")
    assert name_and_arguments(CallDelta(function=FunctionDelta())) == ("", "")


def test_a_content_is_divided_by_tags() -> None:
    for content, reasoning, rest in ((" <think>a</think>b", "a", " b"), ("<think>ab</th", "ab</th", "")):
        pieces = pieces_of(Delta(content=content), Tags(), False)
        assert (joined(pieces, "reasoning"), joined(pieces, "text")) == (reasoning, rest)


def calls_of(*entries: tuple[str | None, str]) -> Calls:
    """Calls with these ids and arguments, each at its own index."""
    calls = NO_CALLS
    for at, (call_id, arguments) in enumerate(entries):
        function = FunctionDelta(name="f", arguments=arguments)
        calls = receive(calls, CallDelta(index=at, id=call_id, function=function), True)[0]
    return calls


def matched(calls: Calls, *entries: tuple[str | None, str]) -> list[int | None]:
    wholes = [CallDelta(id=call_id, function=FunctionDelta(name="f", arguments=said)) for call_id, said in entries]
    return [None if call is None else call.position for call, _ in match(calls, wholes)]


def test_whole_calls_are_matched_once_each_whatever_their_order() -> None:
    calls = calls_of(("a", '{"a":1}'), ("b", '{"b":2}'), (None, '{"c":3}'))
    assert matched(calls, ("b", '{"b":2}'), ("a", '{"a":1}'), (None, '{"c":3}')) == [1, 0, 2]
    assert matched(calls, ("x", '{"c":3}'), ("b", ""), ("b", '{"b":2}'), ("y", "")) == [2, 1, None, None]
    assert matched(NO_CALLS, ("a", "{}")) == [None]


def test_a_whole_is_held_against_so_many_calls() -> None:
    calls = calls_of(*((f"c{at}", f'{{"a":{at}}}') for at in range(70)))
    assert matched(calls, ("x", '{"a":63}'), ("x", '{"a":64}'), ("x", '{"a":69}')) == [63, 64, None]

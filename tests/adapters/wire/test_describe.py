"""Chunks on one line, for a person."""

from typing import Any

import pytest
from streamfold.adapters.wire.describe import in_one_line, in_short, quoted
from streamfold.reducer import Done, Undecodable
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from streamfold.reducer.responses.event import Event

CALL = CallDelta(index=1, id="call_1", function=FunctionDelta(name="f", arguments='{"a"'))


@pytest.mark.parametrize(
    ("chunk", "line"),
    [
        (Done(), "[DONE]"),
        (Undecodable("no"), "undecodable: no"),
        (Chunk(choices=()), "no choice"),
        (Chunk(choices=None), "choices null"),
        (Chunk(id="other", choices=(Choice(),)), 'no delta, id "other"'),
        (
            Chunk(choices=(Choice(delta=Delta()), Choice(index=1, delta=Delta(content="é\n")))),
            'nothing, choice 1: "é\\n"',
        ),
        (Chunk(choices=(Choice(delta=Delta(refusal="no"), finish_reason="stop"),)), 'refusal "no", finish stop'),
        (Chunk(choices=(Choice(delta=Delta(tool_calls=(CALL,))),)), 'call[1] call_1 f "{\\"a\\""'),
        (
            Chunk(choices=(Choice(delta=Delta(tool_calls=(CallDelta(id="", custom=CustomDelta(input="x")),))),)),
            'call "" "x"',
        ),
        (
            Chunk(choices=(Choice(delta=Delta(tool_calls=(CallDelta(extra_content={"a": 1}),))),)),
            'call extra_content {"a": 1}',
        ),
        (
            Event(type="response.output_text.delta", sequence_number=3, output_index=1, content_index=0, delta="Hi"),
            '#3 output_text.delta [1] content 0 "Hi"',
        ),
        (Event(type="t", item_id="i", annotation={"u": 1}), 't item_id "i" annotation {"u": 1}'),
        (
            Event(
                type="response.output_item.done",
                item={"type": "function_call", "id": "fc", "name": "f", "arguments": ""},
            ),
            'output_item.done function_call fc f ""',
        ),
        (
            Event(
                type="response.completed",
                response={"status": "completed", "output": [{"type": "message", "content": [{"refusal": "no"}]}]},
            ),
            'completed status "completed", (message "no")',
        ),
        (Chunk(choices=(Choice(content_filter_results={"a": 1}),)), 'no delta, content_filter_results {"a": 1}'),
        (
            Event(type="t", item={"type": "custom_tool_call", "call_id": "c", "status": "done", "input": "raw"}),
            't custom_tool_call c done "raw"',
        ),
        ({"a": 1}, "{'a': 1}"),
        (Undecodable("no", "frame 1 (line 2)"), "undecodable: frame 1 (line 2): no"),
        (Chunk(choices=(), extras={"a": 1}), "no choice"),
        (
            Chunk(choices=(Choice(message=Delta(content="x", refusal="y")), Choice(message=Delta()))),
            'no delta, whole: "x", refusal "y", no delta, whole: nothing',
        ),
        (
            Chunk(choices=(Choice(delta=Delta(extras={"a": 1}), usage={"b": 2}, error="e", extras={"c": 3}),)),
            'a 1, usage {"b": 2}, error "e", extras {"c": 3}',
        ),
        (
            Chunk(
                choices=(
                    Choice(
                        delta=Delta(
                            tool_calls=(
                                CallDelta(function=FunctionDelta(name="", arguments="")),
                                CallDelta(index=2, custom=CustomDelta(name="g", input=""), extras={"a": 1}),
                            )
                        )
                    ),
                )
            ),
            'call "" "", call[2] g "" extras {"a": 1}',
        ),
        (
            Event(type="response.x", text="t", refusal="r", arguments="a", input="i", command_index=0, summary_index=2),
            'x summary 2 command 0 "t" "r" "a" "i"',
        ),
        (Event(type="t", message="m", code=5, error={"a": 1}), 't code 5 message "m" error {"a": 1}'),
        (
            Event(
                type="t",
                item={
                    "type": "reasoning",
                    "id": "i",
                    "call_id": "c",
                    "name": "n",
                    "status": "s",
                    "other": 1,
                    "summary": [{"text": "a"}],
                    "content": [{"text": "b"}, {"refusal": "c"}, {"x": 1}],
                    "arguments": "{}",
                    "input": None,
                },
            ),
            't reasoning i c n s "a" "b" "c" null "{}" null',
        ),
        (
            Event(type="response.response.a", response={"id": "r", "output": None}, output_index=0),
            'response.a [0] id "r"',
        ),
        (Event(type="t", response={"output": [{"type": "m"}, {"id": "x"}]}), "t (m), (x)"),
    ],
)
def test_a_chunk_is_shown_on_one_line(chunk: Any, line: str) -> None:
    assert in_short(chunk) == line


def test_a_long_value_is_cut_where_it_is_shown() -> None:
    line = in_short(Chunk(choices=(Choice(delta=Delta(content="x" * 98)),)))
    assert line == f'"{"x" * 98}"'
    line = in_short(Chunk(choices=(Choice(delta=Delta(content="x" * 99)),)))
    assert (len(line), line[-2:]) == (100, "x…")


def test_what_does_not_print_is_escaped() -> None:
    assert quoted("a\ud800\u2028é") == '"a\\ud800\\u2028é"'
    assert in_one_line("a\nb\x00") == "a\\nb\\u0000"
    assert in_one_line("é") == "é"


def test_usual_values_are_left_out() -> None:
    chunk = Chunk(choices=(), id="one", model="a-model")
    assert in_short(chunk) == 'id "one", model "a-model"'
    assert in_short(chunk, usual=("a-model",)) == 'id "one"'
    assert in_short(chunk, usual=("one", "a-model")) == "no choice"

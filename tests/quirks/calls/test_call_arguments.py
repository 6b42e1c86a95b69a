"""The arguments of tool calls as providers really send them: one test or more for each line of the list."""

from typing import Any

import pytest
from support.chat_shapes import (
    CUT_OFF,
    DONE,
    call,
    call_deltas,
    calls,
    custom,
    delta,
    finished,
    folded,
    made,
    noted,
)
from support.law_checks import channels, runs

# Q13: arguments as an object.


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"q": "owls", "n": [1, 2]}, '{"q":"owls","n":[1,2]}'),
        ({"ort": "Århus", "deep": {"er": {}}}, '{"ort":"Århus","deep":{"er":{}}}'),
        ({}, "{}"),
        ([1, {"a": None}], '[1,{"a":null}]'),
    ],
)
def test_q13_arguments_that_are_no_text_are_dumped_compactly_and_flagged(value: Any, text: str) -> None:
    result, messages = folded(
        calls(call(index=0, id="a", name="find") | {"function": {"name": "find", "arguments": value}}),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", text)]
    assert channels(messages)["calls"][0]["arguments"] == text
    assert result.tool_calls[0].complete == isinstance(value, dict)
    (repair,) = noted(result, "repaired")
    assert "arguments" in repair.detail


# Q14: null.


@pytest.mark.parametrize(
    "entry",
    [
        {"index": 0, "function": {"arguments": None}},
        {"index": 0, "function": {"name": None, "arguments": None}},
        {"index": 0, "function": None},
        {"index": 0, "id": None, "type": None, "function": None},
        {"index": 0},
        {},
        None,
    ],
)
def test_q14_null_arguments_and_functions_say_nothing(entry: Any) -> None:
    first, last = calls(call(index=0, id="a", name="find", arguments='{"q":')), calls(call(index=0, arguments="1}"))
    plain, said = folded(first, last, finished("tool_calls"))
    result, messages = folded(first, calls(entry), last, calls(entry), finished("tool_calls"))
    assert made(result) == made(plain) == [("a", "find", '{"q":1}')]
    assert messages == said


@pytest.mark.parametrize("nothing", [None, [], [None], [{}], [{"index": 0, "function": {"arguments": None}}]])
def test_q14_null_calls_alone_are_no_call(nothing: Any) -> None:
    result, messages = folded(delta(content="Hello."), delta(content="", tool_calls=nothing), finished())
    assert (result.text, result.tool_calls) == ("Hello.", ())
    assert len(messages) == 1


@pytest.mark.parametrize("function", [None, {"name": "find", "arguments": None}])
def test_q14_a_call_may_begin_with_null(function: Any) -> None:
    result, _ = folded(
        calls({"index": 0, "id": "a", "type": "function", "function": function}),
        calls(call(index=0, name="find", arguments='{"q":1}')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":1}')]


# Q16: no arguments.


@pytest.mark.parametrize("arguments", ["", None])
def test_q16_no_arguments_are_an_empty_object_once_finished(arguments: str | None) -> None:
    result, messages = folded(
        calls(call(index=0, id="a", name="now", arguments=arguments)), finished("tool_calls"), DONE
    )
    assert made(result) == [("a", "now", "{}")]
    assert result.tool_calls[0].complete
    assert channels(messages)["calls"] == [{"id": "a", "name": "now", "arguments": ""}]


@pytest.mark.parametrize("end", CUT_OFF)
def test_q16_no_arguments_stay_none_while_more_may_come(end: Any) -> None:
    result, _ = folded(calls(call(index=0, id="a", name="now", arguments="")), end=end)
    assert made(result) == [("a", "now", "")]
    assert not result.tool_calls[0].complete


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_q16_no_arguments_stay_none_where_the_answer_was_cut_off(reason: str) -> None:
    result, _ = folded(calls(call(index=0, id="a", name="now", arguments="")), finished(reason))
    assert made(result) == [("a", "now", "")]
    assert not result.tool_calls[0].complete


@pytest.mark.parametrize("arguments", ["{", '{"q":', "{]", "}", '{"q":1}}', "nothing", '{"q":1'])
def test_q16_malformed_arguments_are_never_an_empty_object(arguments: str) -> None:
    result, _ = folded(calls(call(index=0, id="a", name="now", arguments=arguments)), finished("tool_calls"))
    assert made(result) == [("a", "now", arguments)]
    assert (result.tool_calls[0].complete, result.tool_calls[0].closed) == (False, True)
    assert noted(result, "incomplete")


# Q20: extras.


def test_q20_a_thought_signature_stays_with_its_call() -> None:
    signature = {"google": {"thought_signature": "c2lnbmVk"}}
    result, messages = folded(
        calls(
            call(index=0, id="a", name="find", arguments='{"q":1}', extra_content=signature),
            call(index=1, id="b", name="look", arguments="{}"),
        ),
        finished("tool_calls"),
    )
    assert [call.extras for call in result.tool_calls] == [{"extra_content": signature}, {}]
    assert len(call_deltas(messages)) == 3  # a call without arguments so far is named first


@pytest.mark.parametrize("late", [call(index=0), call(id="a"), call()])
def test_q20_a_thought_signature_may_come_after_the_arguments(late: dict[str, Any]) -> None:
    signature = {"google": {"thought_signature": "c2lnbmVk"}}
    result, _ = folded(
        calls(call(index=0, id="a", name="find", arguments='{"q":1}')),
        calls(late | {"extra_content": signature}),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":1}')]
    assert result.tool_calls[0].extras == {"extra_content": signature}


# Q21: the function call of the API before tools.


def test_q21_a_legacy_function_call_is_one_call() -> None:
    result, messages = folded(
        delta(role="assistant", content=None, function_call={"name": "find", "arguments": ""}),
        delta(function_call={"arguments": '{"q":'}),
        delta(function_call={"arguments": "1}"}),
        finished("function_call"),
    )
    assert [entry[1:] for entry in made(result)] == [("find", '{"q":1}')]
    assert result.tool_calls[0].id
    assert (result.tool_calls[0].complete, result.finish_reason) == (True, "function_call")
    assert [run[3:] for run in runs(messages)] == made(result)
    assert [note.detail for note in noted(result, "repaired")] == ["a tool call without an id"]


def test_q21_a_legacy_function_call_is_another_than_the_tool_calls() -> None:
    result, _ = folded(
        calls(call(index=0, name="look", arguments="{}")),
        delta(function_call={"name": "find", "arguments": '{"q":1}'}),
        finished("tool_calls"),
    )
    assert [entry[1:] for entry in made(result)] == [("look", "{}"), ("find", '{"q":1}')]
    assert len({call.id for call in result.tool_calls}) == 2


def test_q21_a_legacy_function_call_may_come_whole_and_without_arguments() -> None:
    result, _ = folded(finished("function_call", function_call={"name": "now", "arguments": ""}))
    assert [entry[1:] for entry in made(result)] == [("now", "{}")]


@pytest.mark.parametrize("nothing", [None, {}, {"name": "", "arguments": ""}, {"name": None, "arguments": None}])
def test_q21_an_empty_function_call_is_no_call(nothing: Any) -> None:
    result, messages = folded(delta(content="Hello.", function_call=nothing), finished())
    assert result.tool_calls == ()
    assert len(messages) == 1


# Q22: custom tools.


def test_q22_a_custom_tool_s_input_is_raw_text() -> None:
    result, messages = folded(
        calls(custom(index=0, id="a", name="shell", text="")),
        calls(custom(index=0, text="ls ")),
        calls(custom(index=0, text='-l "{"')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "shell", 'ls -l "{"')]
    assert (result.tool_calls[0].kind, result.tool_calls[0].complete) == ("custom", True)
    assert [run[3:] for run in runs(messages)] == made(result)


def test_q22_raw_text_that_repeats_itself_is_no_snapshot() -> None:
    result, _ = folded(
        calls(custom(index=0, id="a", name="shell", text="{")),
        *(calls(custom(index=0, text=text)) for text in ('{"a', '{"a":', '{"a":1}')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "shell", '{{"a{"a":{"a":1}')]
    assert result.tool_calls[0].complete


def test_q22_empty_input_stays_empty() -> None:
    result, _ = folded(calls(custom(index=0, id="a", name="shell", text="")), finished("tool_calls"))
    assert made(result) == [("a", "shell", "")]
    assert result.tool_calls[0].complete


@pytest.mark.parametrize("end", CUT_OFF)
def test_q22_a_custom_tool_s_input_that_broke_off_is_not_complete(end: Any) -> None:
    result, _ = folded(calls(custom(index=0, id="a", name="shell", text="rm -r /tmp")), end=end)
    assert made(result) == [("a", "shell", "rm -r /tmp")]
    assert not result.tool_calls[0].complete


def test_q22_both_kinds_side_by_side() -> None:
    result, _ = folded(
        calls(custom(index=0, id="a", name="shell", text="ls"), call(index=1, id="b", name="find", arguments="")),
        calls(call(index=1, arguments='{"q":1}'), custom(index=0, text=" -l")),
        finished("tool_calls"),
        requires_approval_tools=("shell",),
    )
    assert made(result) == [("a", "shell", "ls -l"), ("b", "find", '{"q":1}')]
    assert [call.kind for call in result.tool_calls] == ["custom", "function"]

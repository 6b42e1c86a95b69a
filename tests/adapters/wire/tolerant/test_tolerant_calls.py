"""Tool calls in a delta: what is read of them wherever it stands, and what is said to be lost."""

from typing import Any

import pytest
from streamfold.adapters.wire.tolerant import completion_chunk
from streamfold.reducer.completions.chunk import CallDelta, Chunk, CustomDelta, Delta, FunctionDelta

FLAT = "a tool call has its name and arguments without `function`"


def elsewhere(what: str) -> str:
    return f"{what} has other members in place of its arguments"


def made_of(delta: Any) -> tuple[Delta, Chunk]:
    chunk = completion_chunk({"choices": [{"delta": delta}]})
    assert isinstance(chunk, Chunk)
    assert chunk.choices
    (choice,) = chunk.choices
    assert choice.delta is not None
    return choice.delta, chunk


@pytest.mark.parametrize(
    ("function", "made", "extras", "repairs"),
    [
        ({"name": "f", "strict": True}, FunctionDelta(name="f"), {"strict": True}, ()),
        (
            {"name": ["f"], "arguments": "{}"},
            FunctionDelta(arguments="{}"),
            {"name": ["f"]},
            ("name is a list, left out",),
        ),
        ("f", FunctionDelta(), "f", ("a function is text, left out",)),
        ({}, None, None, ()),
    ],
)
def test_what_is_not_read_of_a_function_is_kept_under_its_name(
    function: Any, made: Any, extras: Any, repairs: tuple[str, ...]
) -> None:
    delta, chunk = made_of({"function_call": function})
    assert delta == Delta(function_call=made, extras={"function_call": extras} if extras else None)
    assert chunk.repairs == repairs


@pytest.mark.parametrize(
    ("name", "arguments", "calls", "repeats"),
    [
        ("f", "{}", [{"function": {"name": "f", "arguments": "{}"}}], True),
        ("f", "{}", [{"function": {"name": "f", "arguments": "{"}}], True),
        ("f", "{}", [{"function": {"name": "g", "arguments": "{}"}}], False),
        ("f", "{}", [{"id": "c"}], False),
        ("f", "{}", [{"id": "c"}, {"function": {"name": "f", "arguments": "{}"}}], False),
        ("f", "{}", [], False),
        (None, None, [{"function": {}}], False),
    ],
)
def test_a_function_call_may_repeat_the_first_tool_call(
    name: Any, arguments: Any, calls: list[Any], repeats: bool
) -> None:
    delta, chunk = made_of({"function_call": {"name": name, "arguments": arguments}, "tool_calls": calls})
    assert delta.function_call == (None if repeats else FunctionDelta(name=name, arguments=arguments))
    assert chunk.repairs == (("function_call repeats the tool call beside it",) if repeats else ())


@pytest.mark.parametrize(
    ("call", "arguments", "extras", "repairs"),
    [
        ({"arguments": "a", "parameters": "b"}, "a", {"parameters": "b"}, ()),
        ({"arguments": "", "input": "b"}, "b", None, ()),
        ({"arguments": None, "args": "b", "params": "c"}, "b", {"params": "c"}, ()),
        ({"parameters": "b"}, "b", None, ()),
        ({"arguments": "a", "kwargs": "b"}, "a", {"kwargs": "b"}, ()),
        ({"params": "a", "kwargs": "b"}, "a", {"kwargs": "b"}, ()),
        ({"kwargs": "b"}, None, {"kwargs": "b"}, (elsewhere("a tool call"),)),
        ({"partial_json": ""}, None, None, ()),
    ],
)
def test_a_call_may_have_its_arguments_beside_its_name(
    call: Any, arguments: Any, extras: Any, repairs: tuple[str, ...]
) -> None:
    delta, chunk = made_of({"tool_calls": [{"name": "f", **call}]})
    function = FunctionDelta(name="f", arguments=arguments)
    assert delta == Delta(tool_calls=(CallDelta(function=function, extras=extras),))
    assert chunk.repairs == (FLAT, *repairs)
    assert chunk.lost is bool(repairs)


@pytest.mark.parametrize(
    ("call", "what"),
    [
        ({"function": {"name": "f", "arguments": "{1}"}, "arguments": "x"}, None),
        ({"function": {"name": "f", "arguments": "{}"}, "arguments": "x"}, "a tool call"),
        ({"function": {"name": "f", "arguments": "{}"}, "parameters": "x"}, "a tool call"),
        ({"custom": {"name": "f", "input": "x"}, "input": "y"}, None),
        ({"function": {"name": "f"}, "arguments": "x"}, "a tool call"),
        ({"function": {"name": "f"}, "input": "x"}, "a tool call"),
        ({"function": {"name": "f"}, "delta": "x"}, "a tool call"),
        ({"custom": {"name": "f"}, "arguments": "x"}, "a tool call"),
        ({"id": "c", "partial_json": "x"}, "a tool call"),
        ({"function": {"name": "f", "parameters": "x"}}, "a function"),
        ({"function": {"name": "f", "arguments_delta": "x"}}, "a function"),
        ({"function": {"name": "f", "arguments": "{}", "parameters": "x"}}, "a function"),
        ({"function": {"name": "f", "arguments": "{}", "parameters": {}}}, None),
        ({"custom": {"name": "f", "arguments": "x"}}, "a custom tool"),
        ({"custom": {"name": "f", "args": "x"}}, "a custom tool"),
        ({"custom": {"name": "f", "input": "x", "arguments": "y"}}, None),
    ],
    ids=str,
)
def test_arguments_elsewhere_are_lost_where_their_place_has_none(call: Any, what: str | None) -> None:
    _, chunk = made_of({"tool_calls": [call]})
    assert chunk.repairs == (() if what is None else (elsewhere(what),))
    assert chunk.lost is (what is not None)


def test_what_is_no_object_in_a_call_s_place_is_left_out() -> None:
    delta, chunk = made_of({"tool_calls": [{"function": "f", "custom": 7}, "x", None, {"id": 7, "index": "1"}]})
    assert delta.tool_calls == (
        CallDelta(function=FunctionDelta(), custom=CustomDelta(), extras={"function": "f", "custom": 7}),
        CallDelta(id="7", index=1),
    )
    assert chunk.repairs == (
        "a function is text, left out",
        "a custom tool is a number, left out",
        "a tool call is text, left out",
        "index came as text in place of a number",
        "id came as a number in place of text",
    )
    assert chunk.lost


def test_a_single_call_stands_for_a_list_of_it() -> None:
    call = {"index": 0, "type": "function", "function": {"name": "f", "x": 1}, "extra_content": {"a": 1}, "y": 2}
    delta, _ = made_of({"tool_calls": call})
    made = CallDelta(
        index=0,
        type="function",
        function=FunctionDelta(name="f"),
        extra_content={"a": 1},
        extras={"y": 2, "function": {"x": 1}},
    )
    assert delta == Delta(tool_calls=(made,))


@pytest.mark.parametrize("name", ["arguments", "parameters", "input", "args", "params"])
def test_a_call_s_arguments_alone_are_read(name: str) -> None:
    delta, chunk = made_of({"tool_calls": [{"index": 0, name: "x"}]})
    assert delta.tool_calls == (CallDelta(index=0, function=FunctionDelta(arguments="x")),)
    assert chunk.repairs == (FLAT,)


@pytest.mark.parametrize("name", ["kwargs", "partial_json", "arguments_delta", "delta"])
def test_where_a_piece_of_arguments_may_stand(name: str) -> None:
    for call in ({"name": "f", name: "x"}, {"id": "c", name: "x"}):
        _, chunk = made_of({"tool_calls": [call]})
        assert (chunk.lost, chunk.repairs[-1]) == (True, elsewhere("a tool call"))

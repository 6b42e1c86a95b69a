"""The wrapper call `multi_tool_use.parallel`, taken apart where it can be."""

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from streamfold.adapters.multi_tool_use import unwrap_parallel
from streamfold.reducer.doubts import Doubt, Doubted
from streamfold.reducer.result import ToolCall
from streamfold.reducer.values.json_values import FrozenObject
from support.json_texts import json_values

DOUBTS = (Doubted(Doubt.CUT_OFF, "the wire has not closed it"),)

WRAPPER = "multi_tool_use.parallel"


def wrapper(arguments: Any, **fields: Any) -> ToolCall:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return ToolCall(**{"id": "call_1", "name": WRAPPER, "arguments": text, "closed": True} | fields)


def use(name: Any, *parameters: Any) -> dict[str, Any]:
    return {"recipient_name": name} | dict(zip(("parameters",), parameters, strict=False))


def test_q23_a_wrapper_stands_for_its_calls() -> None:
    call = wrapper(
        {
            "tool_uses": [
                use("functions.get_weather", {"city": "São Bento", "n": 1}),
                use("rm"),
                use("a.functions.b", {}),
            ]
        },
        extras=FrozenObject(namespace="x"),
    )
    assert unwrap_parallel(call) == (
        evolve(call, id="call_1_0", name="get_weather", arguments='{"city":"São Bento","n":1}'),
        evolve(call, id="call_1_1", name="rm", arguments="{}"),
        evolve(call, id="call_1_2", name="a.functions.b", arguments="{}"),
    )


def test_a_wrapper_within_a_wrapper_is_taken_apart_too() -> None:
    inner = {"tool_uses": [use("functions.b", {"x": 1}), use("functions.c", {})]}
    call = wrapper({"tool_uses": [use("functions.a", {}), use(f"functions.{WRAPPER}", inner), use(WRAPPER, {})]})
    assert [(made.id, made.name, made.arguments) for made in unwrap_parallel(call)] == [
        ("call_1_0", "a", "{}"),
        ("call_1_1_0", "b", '{"x":1}'),
        ("call_1_1_1", "c", "{}"),
        ("call_1_2", WRAPPER, "{}"),  # one that cannot be read stays what it is
    ]


@pytest.mark.parametrize(
    "call",
    [
        wrapper({"tool_uses": [use("a", {})]}, name="get_weather"),
        wrapper({"tool_uses": [use("a", {})]}, name=f"functions.{WRAPPER}"),
        wrapper({"tool_uses": [use("a", {})]}, doubts=DOUBTS),
        wrapper('{"tool_uses": [{"recipient_name": "a"', doubts=DOUBTS, closed=False),
    ],
)
def test_what_is_no_whole_wrapper_stays(call: ToolCall) -> None:
    assert unwrap_parallel(call) == (call,)


@pytest.mark.parametrize(
    "arguments",
    [
        "not JSON",
        "[" * 100_000,
        [],
        "text",
        {},
        {"tool_uses": None},
        {"tool_uses": []},
        {"tool_uses": {"recipient_name": "a"}},
        {"tool_uses": [use("a", {}), None]},
        {"tool_uses": [use("a", {}), "b"]},
        {"tool_uses": [use("a", {}), {}]},
        {"tool_uses": [use("a", {}), use(None, {})]},
        {"tool_uses": [use("a", {}), use("", {})]},
        {"tool_uses": [use("a", {}), use("functions.", {})]},
        {"tool_uses": [use("a", {}), use("b", None)]},
        {"tool_uses": [use("a", {}), use("b", "{}")]},
        '{"tool_uses": [{"recipient_name": "a", "parameters": {"x": 1e999}}]}',
        '{"tool_uses": [{"recipient_name": "a", "parameters": {"x": NaN}}]}',
    ],
    ids=lambda arguments: str(arguments)[:40],
)
def test_what_cannot_be_read_to_the_end_stays(arguments: Any) -> None:
    call = wrapper(arguments)
    assert unwrap_parallel(call) == (call,)


@given(json_values, json_values)
def test_no_arguments_make_it_raise_and_each_call_can_be_run(whole: Any, parameters: Any) -> None:
    for arguments in (whole, {"tool_uses": whole}, {"tool_uses": [whole]}, {"tool_uses": [use("a", parameters)]}):
        for call in unwrap_parallel(wrapper(json.dumps(arguments))):
            assert call.name
            assert json.loads(call.arguments) == (arguments if call.name == WRAPPER else parameters)

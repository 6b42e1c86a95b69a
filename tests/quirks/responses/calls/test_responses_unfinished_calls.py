"""Calls that nothing says the end of (Q16, Q57, Q59, Q64) are cut off; two wholes that differ leave a doubt (Q82)."""

import pytest
from support.event_shapes import (
    EventJson,
    Item,
    arguments_delta,
    arguments_done,
    begun,
    completed,
    created,
    custom_call,
    folded,
    function_call,
    incomplete,
    input_delta,
    input_done,
    item_added,
    item_done,
    message_lane,
    reasoning,
)

PARIS = '{"city":"Paris"}'
NOTHING = ["CUT_OFF", "NOT_JSON"]
CALL, TOOL = function_call(), custom_call()


def calls(*events: EventJson) -> list[tuple[str, list[str]]]:
    """Each call's arguments, and the doubts about it."""
    came = folded([created(), *events], agree=False)
    assert [doubts for _, doubts in came.closed()] == [
        [one.doubt.value for one in call.doubts] for call in came.result.tool_calls
    ]
    return [(call.arguments, [one.doubt.value for one in call.doubts]) for call in came.result.tool_calls]


@pytest.mark.parametrize("output", [(), None, (reasoning(1, "Hm."),)], ids=["empty", "null", "others"])
@pytest.mark.parametrize(
    "begins",
    [
        begun(CALL),
        item_added(function_call()),
        item_added(function_call(arguments=None)),
        begun(CALL) | {"item_id": "x"},
    ],
)
def test_q59_a_call_that_was_only_announced_is_cut_off(begins: EventJson, output: tuple[Item, ...] | None) -> None:
    end = completed(output=None if output is None else list(output))
    assert calls(begins, end) == [("", NOTHING)]
    assert calls(begins, *message_lane("It rains.", 1), end) == [("", NOTHING)]
    assert calls(begins, arguments_delta(""), end) == [("", NOTHING)]


@pytest.mark.parametrize(
    "events",
    [
        [arguments_done(""), completed()],
        [arguments_done("{}"), completed()],
        [arguments_delta("{}"), completed()],
        [item_done(CALL), completed()],
        [item_done(function_call(arguments="{}")), completed()],
        [item_done(function_call(arguments=None)), completed()],
        [completed(CALL)],
    ],
    ids=["done", "done braces", "braces", "item", "item with braces", "item without", "list"],
)
def test_q16_a_call_without_arguments_whose_end_is_said_is_whole(events: list[EventJson]) -> None:
    assert calls(begun(CALL), *events) == [("{}", [])]


@pytest.mark.parametrize("output", [[], [function_call(arguments=PARIS)]])
def test_q59_of_two_calls_the_one_that_got_nothing_is_cut_off(output: list[Item]) -> None:
    announced = [begun(CALL), begun(function_call(1, "get_time"), 1)]
    for filled in ([arguments_delta(PARIS)], [arguments_done(PARIS)], [item_done(function_call(arguments=PARIS))]):
        assert calls(*announced, *filled, completed(output=output)) == [(PARIS, []), ("", NOTHING)]
    assert calls(*announced, arguments_delta(PARIS), arguments_done("", 1), completed()) == [(PARIS, []), ("{}", [])]


@pytest.mark.parametrize("status", ["in_progress", "incomplete"])
@pytest.mark.parametrize("text", ["", "SELECT"])
def test_q57_a_custom_tool_s_input_without_an_end_is_cut_off(text: str, status: str) -> None:
    """Raw text says nothing of its own end."""
    begins = [begun(TOOL | {"status": status}), input_delta(text)]
    cut = [(text, ["CUT_OFF"])]
    assert calls(*begins, completed()) == cut
    assert calls(*begins, completed(output=None)) == cut
    assert calls(*begins, *message_lane("It rains.", 1), completed(reasoning(1, "Hm."))) == cut
    assert calls(*begins, completed(custom_call(text=text, status=status))) == cut
    assert calls(completed(custom_call(text=text, status=status))) == cut


@pytest.mark.parametrize(
    "events",
    [
        [input_done("SELECT"), completed()],
        [input_done(""), completed()],
        [input_done("SELECT"), completed(custom_call(text="SELECT", status="in_progress"))],
        [item_done(custom_call(text="SELECT")), completed()],
        [item_done(custom_call(text="SELECT", status="in_progress")), completed()],
        [item_done(custom_call(text="SELECT", status="in_progress")), completed(custom_call(status="in_progress"))],
        [completed(custom_call(text="SELECT"))],
        [completed(custom_call(text="SELECT", status="completed"))],
    ],
)
def test_q57_a_custom_tool_s_input_whose_end_is_said_is_whole(events: list[EventJson]) -> None:
    assert calls(begun(TOOL), input_delta("SELECT"), *events) == [("SELECT", [])]


def test_q57_a_custom_tool_s_call_that_began_whole_is_whole() -> None:
    whole = custom_call(text="SELECT", status="completed")
    assert calls(item_added(whole), completed()) == [("SELECT", [])]
    assert calls(item_added(whole), input_delta("SELECT"), completed()) == [("SELECT", [])]
    assert calls(item_added(whole), input_delta(" 1"), completed()) == [("SELECT 1", ["CUT_OFF"])]
    assert calls(item_added(whole | {"status": "in_progress"}), completed()) == [("SELECT", ["CUT_OFF"])]
    assert calls(item_added(custom_call(status="completed")), completed()) == [("", ["CUT_OFF"])]


def test_q64_an_incomplete_response_cuts_off_its_calls_as_before() -> None:
    assert calls(begun(CALL), incomplete()) == [("", NOTHING)]
    assert calls(begun(TOOL), input_delta("SEL"), incomplete()) == [("SEL", ["CUT_OFF"])]


@pytest.mark.parametrize("first", [arguments_delta(PARIS), arguments_done(PARIS)], ids=["delta", "whole"])
def test_q82_of_two_whole_objects_a_third_tells_neither_right(first: EventJson) -> None:
    end = item_done(function_call(arguments=PARIS))
    began = item_added(function_call())
    assert calls(began, first, arguments_done('{"city":"Oslo"}'), end) == [(PARIS, ["CONFLICTING_WHOLE"])]
    assert calls(began, first, arguments_done(PARIS[:-1]), end) == [(PARIS, [])]

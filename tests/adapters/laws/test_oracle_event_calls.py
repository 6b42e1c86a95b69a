"""The function calls of Responses events, read naively."""

from collections.abc import Sequence
from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.adapters.laws.oracle import CallContent
from streamfold.adapters.laws.oracle_event_calls import calls
from streamfold.reducer import Done, Undecodable
from support import event_shapes as wired

DECODE = wire.decoder("responses")
WHOLE = '{"a":1}'
BEGUN = wired.begun(wired.function_call())
COMPLETED = wired.completed(output=None)
LOST = Undecodable("not JSON")


def read(*events: Any) -> tuple[CallContent, ...] | None:
    return calls([event if isinstance(event, (Undecodable, Done)) else DECODE(event) for event in events], None)


def of_deltas(*pieces: str) -> list[Any]:
    return [BEGUN, *map(wired.arguments_delta, pieces)]


def content(arguments: str, *doubts: str, closed: Sequence[str] | None = None) -> tuple[CallContent, ...]:
    return (CallContent(arguments, frozenset(doubts), None if closed is None else frozenset(closed)),)


def done(arguments: Any = wired.LEFT_OUT, **members: Any) -> Any:
    return wired.item_done(wired.function_call(arguments=arguments, **members))


@pytest.mark.parametrize(
    ("pieces", "arguments", "doubts"),
    [
        ([WHOLE], WHOLE, []),
        ([WHOLE, '{"a": 1} '], WHOLE + " ", []),
        ([WHOLE, '{"a":2}'], WHOLE + '{"a":2}', ["NOT_JSON", "CONFLICTING_WHOLE"]),
        ([WHOLE, "x"], WHOLE + "x", ["NOT_JSON", "CONFLICTING_WHOLE"]),
        ([WHOLE, "1"], WHOLE + "1", ["NOT_JSON", "CONFLICTING_WHOLE"]),
        (["{}", WHOLE], WHOLE, []),
        (["{}", '{"a'], '{"a', ["NOT_JSON"]),
        (["{}", "{"], "{}{", ["NOT_JSON", "CONFLICTING_WHOLE"]),
        (["[1]"], "[1]", ["NOT_AN_OBJECT"]),
        (["null"], "{}", []),
        ([], "", ["CUT_OFF", "NOT_JSON"]),
    ],
)
def test_the_arguments_are_read_value_by_value(pieces: list[str], arguments: str, doubts: list[str]) -> None:
    assert read(*of_deltas(*pieces), COMPLETED) == content(arguments, *doubts, closed=doubts)


def test_what_closes_a_call_says_so_once() -> None:
    assert read(*of_deltas(WHOLE)) == content(WHOLE, "CUT_OFF")
    assert read(*of_deltas(WHOLE), done(), done(), COMPLETED) == content(WHOLE, closed=[])
    assert read(*of_deltas(WHOLE), wired.incomplete()) == content(WHOLE, "CUT_OFF", closed=["CUT_OFF"])
    late = read(*of_deltas(WHOLE), done(), wired.arguments_delta("x"))
    assert late == content(WHOLE + "x", "NOT_JSON", "CONFLICTING_WHOLE", closed=[])


def test_numbers_that_rise_and_other_items_change_nothing() -> None:
    events = [
        wired.created(),
        wired.item_added(wired.reasoning()),
        wired.summary_delta("Hm"),
        wired.begun(wired.function_call(1), 1),
        wired.arguments_delta(WHOLE, 1),
        wired.item_done(wired.reasoning()),
        wired.begun(wired.message(2), 2),
        wired.text_delta("Hi", 2),
    ]
    output = [wired.reasoning(), wired.function_call(1, arguments=WHOLE), wired.message(2)]
    for step in (1, 3):
        assert read(*wired.numbered(events, step=step)) == content(WHOLE, "CUT_OFF")
        assert read(*wired.numbered([*events, wired.completed(*output)], step=step)) == content(WHOLE, closed=[])
    output[1] = wired.function_call(1, arguments=WHOLE, status="incomplete")
    assert read(*events, wired.incomplete(*output)) == content(WHOLE, "CUT_OFF", closed=["CUT_OFF"])
    assert read(wired.created(), COMPLETED, Done()) == ()


def test_wholes_are_compared_with_what_came() -> None:
    for whole in ('{ "a": 1}', WHOLE):
        assert read(*of_deltas(WHOLE), done(whole)) == content(WHOLE, closed=[])
    assert read(*of_deltas("{}"), done(WHOLE)) == read(*of_deltas('{"a"'), done(WHOLE)) == content(WHOLE, closed=[])
    conflict = ["CONFLICTING_WHOLE"]
    assert read(*of_deltas(WHOLE), done('{"b":1}')) == content('{"b":1}', *conflict, closed=conflict)
    assert read(*of_deltas(WHOLE), done('{"a"')) == content(WHOLE, *conflict, closed=conflict)


def test_what_is_lost_is_a_doubt_until_the_arguments_are_whole() -> None:
    assert read(*of_deltas('{"a"'), LOST, wired.arguments_delta(":1}")) == content(WHOLE, "CUT_OFF", "FRAME_LOST")
    assert read(*of_deltas("{}"), LOST, wired.arguments_delta(WHOLE)) == content(WHOLE, "CUT_OFF", "FRAME_LOST")
    for events in ([*of_deltas(WHOLE), LOST], [BEGUN, LOST, wired.arguments_done(WHOLE), LOST]):
        assert read(*events) == content(WHOLE, "CUT_OFF")
    assert read(*of_deltas("{}"), LOST, done()) == content("{}", "FRAME_LOST", closed=["FRAME_LOST"])
    assert read(*of_deltas("{}"), LOST, done("{}")) == content("{}", closed=[])


@pytest.mark.parametrize(
    "events",
    [
        [Done()],
        [COMPLETED, BEGUN],
        wired.numbered([BEGUN, wired.arguments_delta("{}")], first=1, step=0),
        wired.numbered([BEGUN, wired.arguments_delta("{}")], first=1, step=-1),
        [wired.arguments_delta("{}")],
        [done(WHOLE)],
        [BEGUN, BEGUN],
        [wired.begun(wired.custom_call())],
        [wired.begun(wired.message()), wired.item_done(wired.reasoning())],
        [wired.begun(wired.message()), BEGUN],
        [BEGUN, wired.begun(wired.function_call(1, id="item_0"), 1)],
        [BEGUN, wired.begun(wired.function_call(1, call_id="call_0"), 1)],
        [BEGUN, wired.arguments_delta("{}", item_id="item_9")],
        [BEGUN, wired.text_delta("Hi", 1, item_id="item_0")],
        [wired.progress("web_search_call", "searching")],
        [wired.begun(wired.function_call(name=""))],
        [wired.failed()],
        [BEGUN, wired.completed(wired.function_call(), wired.message(1))],
        [BEGUN, wired.completed(wired.message())],
        [BEGUN, wired.completed(wired.function_call(name="other"))],
        [BEGUN, wired.text_delta("Hi")],
        [*of_deltas(WHOLE), done(), wired.arguments_delta("1}")],
        [*of_deltas(WHOLE), done(), wired.incomplete()],
        [*of_deltas("x"), done(WHOLE), wired.arguments_delta("y")],
        [*of_deltas('{"b"'), LOST, done(WHOLE)],
    ],
)
def test_what_is_too_odd_is_not_read(events: list[Any]) -> None:
    assert read(*events) is None


def test_a_call_without_arguments_may_own_strays() -> None:
    second = wired.begun(wired.function_call(1), 1)
    nothing = ["CUT_OFF", "NOT_JSON"]  # of a call that was only announced
    orphan = content("", "ORPHAN_ARGUMENTS", *nothing, closed=["ORPHAN_ARGUMENTS", *nothing])
    conflict = content(WHOLE + '{"a', "NOT_JSON", "CONFLICTING_WHOLE", closed=["NOT_JSON", "CONFLICTING_WHOLE"])
    assert read(*of_deltas(WHOLE + '{"a'), second, COMPLETED) == conflict + orphan
    assert read(*of_deltas(WHOLE), second, COMPLETED) == content(WHOLE, closed=[]) + content(
        "", *nothing, closed=nothing
    )
    done = wired.arguments_done("{}", 1)
    assert read(*of_deltas(WHOLE + '{"a'), second, done, COMPLETED) == conflict + content("{}", closed=[])

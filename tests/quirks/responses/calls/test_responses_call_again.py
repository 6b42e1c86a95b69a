"""One call_id and one name at several items (Q81): the same call while one of them lacks arguments, in doubt."""

from typing import Any

import pytest
from support.event_shapes import (
    LEFT_OUT,
    EventJson,
    Folded,
    arguments_delta,
    arguments_done,
    begun,
    completed,
    created,
    custom_call,
    folded,
    function_call,
    input_delta,
    input_done,
    item_added,
    item_done,
)

PARIS = '{"city":"Paris"}'
CHANGED = ["CONFLICTING_WHOLE"]


def call(at: int, arguments: Any = "", **members: Any) -> EventJson:
    """A call as the item at an index, under the id of the first."""
    return function_call(at, arguments=arguments, **{"call_id": "call_0", **members})


def lane(at: int, arguments: str, **members: Any) -> list[EventJson]:
    """All events of such an item."""
    delta = arguments_delta(arguments, at)
    return [
        begun(call(at, **members), at),
        delta,
        arguments_done(arguments, at),
        item_done(call(at, arguments, **members), at),
    ]


def came(*events: EventJson) -> Folded:
    return folded([created(), *events], agree=False)


def calls(*events: EventJson) -> list[tuple[str, str, list[str]]]:
    found = came(*events).result.tool_calls
    return [(it.id, it.arguments, [one.doubt.value for one in it.doubts]) for it in found]


EMPTY: dict[str, list[EventJson]] = {
    "done": lane(0, ""),
    "braces": [begun(call(0)), arguments_delta("{}"), item_done(call(0, "{}"))],
    "item": [item_done(call(0))],
}


@pytest.mark.parametrize("first", EMPTY.values(), ids=EMPTY)
def test_q81_a_call_done_without_arguments_goes_on_elsewhere(first: list[EventJson]) -> None:
    same = [("call_0", PARIS, CHANGED)]
    assert calls(*first, *lane(1, PARIS), completed()) == same
    assert calls(*first, *lane(1, PARIS), completed(call(1, PARIS))) == same
    assert calls(*first, *lane(1, PARIS)[:2], completed()) == same
    assert calls(*first, item_done(call(1, PARIS), 1), completed()) == same
    assert calls(*first, item_added(call(1, PARIS), 1), completed()) == same
    bare = [item_added(call(1), LEFT_OUT), arguments_delta(PARIS, 1, output_index=LEFT_OUT)]
    assert calls(*first, *bare, completed()) == same


def test_q81_a_call_done_as_null_goes_on_elsewhere() -> None:
    assert calls(*lane(0, "null"), *lane(1, PARIS), completed()) == [("call_0", PARIS, CHANGED)]
    cut = calls(*lane(0, "null"), *lane(1, PARIS)[:2], completed())
    assert cut == [("call_0", f"null{PARIS}", [*CHANGED, "NOT_JSON"])]


def test_q81_pieces_that_accumulate_as_items_are_one_call_in_doubt() -> None:
    pieces = ["", PARIS[:3], PARIS[:9], PARIS]
    events = [event for at, piece in enumerate(pieces) for event in lane(at, piece)]
    for end in (completed(), completed(call(1, PARIS)), completed(call(3, PARIS))):
        fold = came(*events, end)
        (known,) = fold.result.tool_calls
        assert (known.arguments, known.complete) == (PARIS, False)
        assert "".join(m.tool_call.arguments or "" for m in fold.said) == PARIS
        assert fold.notes("repaired") == ["function_call item_0 goes on as another item"]
        assert len(fold.closed()) == 1
    unnumbered = [{name: of for name, of in event.items() if name != "output_index"} for event in events]
    (known,) = came(*unnumbered, completed()).result.tool_calls
    assert (known.arguments, known.complete) == (PARIS, False)


def test_q81_a_call_that_goes_on_in_silence_is_cut_off() -> None:
    assert [doubts for *_, doubts in calls(*lane(0, ""), begun(call(1), 1), completed())] == [["CUT_OFF", "NOT_JSON"]]
    assert calls(*lane(0, ""), *lane(1, ""), completed()) == [("call_0", "{}", [])]


def test_q81_a_custom_tool_s_call_goes_on_elsewhere() -> None:
    again = custom_call(1, call_id="call_0")
    events = [begun(again, 1), input_delta("SELECT", 1), input_done("SELECT", 1)]
    assert calls(item_done(custom_call()), *events, completed()) == [("call_0", "SELECT", CHANGED)]
    found = calls(item_done(custom_call(text="SELECT")), *events, completed())
    assert [arguments for _, arguments, _ in found] == ["SELECT", "SELECT"]


OTHERS: dict[str, list[EventJson]] = {
    "after a whole": [*lane(0, PARIS), *lane(1, '{"city":"Oslo"}')],
    "of another name": [*lane(0, ""), *lane(1, PARIS, name="get_time")],
    "under another id": [*lane(0, ""), *lane(1, PARIS, call_id="call_1")],
    "without ids": [*lane(0, "", call_id=""), *lane(1, PARIS, call_id="")],
}


@pytest.mark.parametrize("events", OTHERS.values(), ids=OTHERS)
def test_q81_another_whole_name_or_id_is_another_call(events: list[EventJson]) -> None:
    found = calls(*events, completed())
    assert [doubts for *_, doubts in found] == [[], []]
    assert len({call_id for call_id, *_ in found}) == 2


def test_q68_a_call_that_is_announced_again_in_its_place_stays_done() -> None:
    assert calls(*lane(0, ""), begun(call(0)), completed()) == [("call_0", "{}", [])]
    assert calls(*lane(0, ""), item_added(call(0), LEFT_OUT), completed()) == [("call_0", "{}", [])]

from typing import Any

import pytest
from streamfold.reducer.responses.event import Event
from streamfold.reducer.responses.items import NO_ITEMS, Item, Items
from streamfold.reducer.responses.ownership import meant_by, names_none, names_surely, names_two, that_may_be_others
from streamfold.reducer.responses.parts import Part, parts_of
from streamfold.reducer.responses.tool_calls.verdict import CallState
from streamfold.reducer.values.json_values import FrozenObject
from streamfold.reducer.values.text import text


def call(position: int = 0, index: int | None = None, item_type: str = "function_call", **members: Any) -> Item:
    known = FrozenObject(type=item_type, call_id=f"call_{position}")
    named: dict[str, Any] = {"id": f"fc_{position}", "index": index, "members": known, **members}
    return Item(position, item_type, **named)


def with_items(*items: Item) -> Items:
    found = NO_ITEMS
    for item in items:
        found = found.put(item)
    return found


TWO = with_items(call(0, 0), call(1, 1), Item(2, "message", "msg", 2))


def arguments(index: int | None, item_id: str = "", call_id: str = "") -> Event:
    return Event(type="…", output_index=index, item_id=item_id, call_id=call_id)


@pytest.mark.parametrize(
    ("event", "none", "two", "sure"),
    [
        (arguments(0, "fc_0"), False, False, True),
        (arguments(1, "fc_0"), False, True, False),
        (arguments(1, "call_0"), False, True, False),
        (arguments(1, "fc_0", "call_0"), False, False, True),
        (arguments(1, "new"), False, False, False),
        (arguments(None, "fc_0"), False, False, True),
        (arguments(2, "fc_0"), False, False, True),
        (arguments(2, "new"), True, False, False),
        (arguments(2), True, False, False),
        (arguments(7), False, False, False),
        (arguments(None, "new"), True, False, False),
        (arguments(None), True, False, False),
    ],
)
def test_an_event_names_a_call_or_none_or_two(event: Event, none: bool, two: bool, sure: bool) -> None:
    assert names_none(TWO, event, "function_call") is none
    assert names_two(TWO, event, "function_call") is two
    assert names_surely(TWO, event, TWO.lanes.get(0)) is sure


def test_what_is_over_is_not_meant() -> None:
    for first, second, found in ((True, False, 1), (False, True, 0), (True, True, 0)):
        items = with_items(call(0, 0, done=first), call(1, 1, done=second))
        assert not names_two(items, arguments(0, "fc_1"), "function_call")
        assert items.named(0, "fc_1", "function_call") == found


def test_calls_at_one_index_are_told_by_their_ids() -> None:
    items = with_items(call(0, 0), call(1, 0))
    assert not names_two(items, arguments(0, "fc_0"), "function_call")
    assert names_surely(items, arguments(0, "fc_0"), items.lanes.get(0))


SETTLED = CallState(settled=(0, 0))
ODD = CallState(conflict="after whole arguments came others")
RAW = parts_of([Part("arguments", 0, text("ls"))])


@pytest.mark.parametrize(
    ("others", "doubtful"),
    [
        ([call(0), call(1, call=SETTLED)], []),
        ([call(0), call(1, call=ODD)], [0]),
        ([call(0), call(1, call=ODD), call(2, call=SETTLED)], [0]),
        ([call(0, call=CallState(announced=True)), call(1, call=ODD)], []),
        ([call(0, call=SETTLED), call(1, members=FrozenObject())], []),
        ([call(0), call(1, members=FrozenObject()), call(2, call=SETTLED)], [0, 2]),
        ([call(0), call(1, members=FrozenObject(name="get_weather"))], []),
        ([call(0, item_type="custom_tool_call"), call(1, call=ODD)], [0]),
        ([call(0, item_type="custom_tool_call", parts=RAW), call(1, call=ODD)], []),
        ([Item(0, "message"), call(1, call=ODD)], []),
    ],
)
def test_calls_that_lack_arguments_may_own_what_others_have(others: list[Item], doubtful: list[int]) -> None:
    assert sorted(that_may_be_others(with_items(*others))) == doubtful


def test_an_id_of_two_open_calls_tells_none() -> None:
    for done in (False, True):
        items = with_items(call(0, id="same", done=done), call(1, id="same"), call(2))
        assert names_two(items, arguments(None, "same"), "function_call") is not done
    assert not names_two(items, arguments(None, "fc_2"), "function_call")


def test_a_new_index_is_that_of_the_open_call_without_one() -> None:
    items = with_items(call(0, 0), call(1), call(2, done=True))
    assert items.unplaced(7, "", "function_call") == items.unplaced(7, "new", "function_call") == 1
    assert names_none(items, arguments(7), "function_call")
    for index, item_id in ((None, ""), (0, ""), (7, "fc_0")):
        assert items.unplaced(index, item_id, "function_call") is None
    assert items.unplaced(7, "", "message") is None


def said(position: int, arguments: str) -> Item:
    return call(position, parts=parts_of([Part("arguments", 0, text(arguments))]))


@pytest.mark.parametrize(
    ("index", "whole", "found"),
    [(None, "", 3), (9, "", 1), (None, "ab", 2), (None, "x", 1), (9, "abc", 2)],
)
def test_arguments_that_name_no_call_are_of_the_most_likely(index: int | None, whole: str, found: int) -> None:
    items = with_items(said(0, "x!"), call(1), said(2, "a"), call(3))
    assert meant_by(items, arguments(index), [3, 2, 1, 0], whole) == found
    assert meant_by(items, arguments(index), [2, 0], whole) == (0 if whole == "x!" else 2)
    assert meant_by(items, arguments(index), [0], whole) == 0

"""What is noted of whose arguments are, while they come."""

from typing import Any

import pytest
from streamfold.reducer.completions.tool_calls.call import Call, Ownership, Reading
from streamfold.reducer.completions.tool_calls.owners import LOOSE, may_go_on, of_new_call, owned
from streamfold.reducer.values.json_status import START, scan_on
from streamfold.reducer.values.persistent import Lanes
from streamfold.reducer.values.text import EMPTY

EMPTY_CALL = Call(0, id="a", name="get")
WHOLE = Call(0, id="a", name="get", arguments=EMPTY.append("{}"), reading=Reading(whole=0))


def lanes_of(*calls: Call) -> Lanes[Call]:
    lanes: Lanes[Call] = Lanes()
    for at, call in enumerate(calls):
        lanes = lanes.put(at, call)
    return lanes


def having(text: str, **members: Any) -> Call:
    return Call(0, id="a", name="get", arguments=EMPTY.append(text), **members)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (EMPTY_CALL, True),
        (having('{"k"'), True),
        (having('{"k":1', reading=Reading(scan=scan_on(START, '{"k"'), scanned=4)), True),
        (having("{'k"), False),
        (having("null"), False),
        (WHOLE, False),
        (having('{"k"', part_of=0), False),
        (having('{"k"', closed=()), False),
        (Call(0, id="a", undecided=("{",)), True),
        (Call(0, id="a", undecided=("{", "}")), False),
        (Call(0, id="a", undecided=("{", '{"k":1}')), False),
        (Call(0, id="a", kind="custom"), True),
        (having("ls", kind="custom"), False),
    ],
)
def test_arguments_are_open_while_more_may_make_them_whole(call: Call, expected: bool) -> None:
    assert may_go_on(call) is expected


def test_a_call_that_begins_knows_whether_another_one_is_open() -> None:
    assert of_new_call(Lanes(), None, 3) == Ownership(3)
    assert of_new_call(lanes_of(WHOLE), 0, 3) == Ownership(3)
    assert of_new_call(lanes_of(EMPTY_CALL), None, 3) == Ownership(3, beside="another")
    assert of_new_call(lanes_of(EMPTY_CALL), 0, 3) == Ownership(3, beside="there")
    later = Call(1, id="b", ownership=Ownership(beside="another"), reading=Reading(whole=0))
    assert of_new_call(lanes_of(EMPTY_CALL, later), 1, None) == Ownership(beside="another")


@pytest.mark.parametrize(
    ("call", "named", "by"),
    [
        (EMPTY_CALL, True, "name"),
        (EMPTY_CALL, False, "place"),
        (Call(0, aliases=("x",)), False, "place"),
        (Call(0, name="get"), False, "place"),
        (Call(0), False, "before"),
    ],
)
def test_how_the_first_arguments_came_is_kept(call: Call, named: bool, by: str) -> None:
    first = owned(call, lanes_of(call), 0, named)
    assert first.ownership == Ownership(by=by)  # type: ignore[arg-type]
    assert owned(first, lanes_of(first), 0, not named) is first


def test_a_place_that_may_mean_two_calls_casts_doubt() -> None:
    second = Call(1, id="b", name="put", ownership=Ownership(beside="another"))
    both = lanes_of(EMPTY_CALL, second)
    assert owned(second, both, 1, False).ownership.doubt == ""
    assert owned(second, both, None, True).ownership.doubt == ""
    assert owned(second, both, None, False).ownership.doubt == LOOSE
    assert owned(EMPTY_CALL, both, None, False).ownership.doubt == LOOSE
    there = Call(1, id="b", name="put", ownership=Ownership(beside="there"))
    assert owned(there, lanes_of(EMPTY_CALL, there), 0, False).ownership.doubt == LOOSE
    nobodys = Call(1, ownership=Ownership(beside="another"))
    assert owned(nobodys, lanes_of(EMPTY_CALL, nobodys), None, False).ownership.doubt == ""


def test_what_goes_on_without_its_index_is_in_doubt() -> None:
    second = having('{"k"', reading=Reading(index=1), ownership=Ownership(1, "name", "another"))
    assert owned(second, lanes_of(second), None, False).ownership.doubt == LOOSE
    never = having('{"k"', ownership=Ownership(None, "name", "another"))
    assert owned(never, lanes_of(never), None, False) is never

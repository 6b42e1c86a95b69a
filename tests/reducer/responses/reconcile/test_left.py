"""How the items that came are found for those of a response's list: each once, by its ids, its content or its place."""

from typing import Any

import pytest
from streamfold.reducer.responses.reconcile.left import Left
from support.event_shapes import (
    call_lane,
    completed,
    created,
    folded,
    function_call,
    message,
    message_lane,
    open_state,
    reasoning,
)


def left_of(*output: Any) -> Left:
    """Of two messages, "a" and "b", and a call: before anything of this list was taken."""
    events = [created(), *message_lane("a", 0), *message_lane("b", 1), *call_lane('{"a":1}', 2)]
    return Left(open_state(events).items, output)


def test_an_item_is_found_by_its_ids_and_by_what_it_says() -> None:
    call = function_call(9, id="new", call_id="call_2")
    left = left_of(call)
    assert left.match(message(0, "x")) == 0
    assert left.match(message(1, "x")) == 1
    assert left.match(call) == 2
    assert left.match(message(0, "a", id="new")) is None  # no item of this list says as much
    assert left_of(message(0, "b", id="new")).match(message(0, "b", id="new")) == 1
    assert left.match(message(0, "c", id="new")) is None
    assert left.match(reasoning(0, "a")) is None
    assert left.match({"id": "item_0"}) is None


def test_what_was_taken_is_not_found_again() -> None:
    listed = [message(0, "a", id="new"), message(1, "b", id="other")]
    left = left_of(*listed)
    left.take(0)
    assert left.match(message(0, "x")) is None
    assert left.match(listed[0]) is None
    assert left.in_place({"type": "message"}, 0) is None  # the list has the other one by what it says
    left.take(2)
    left.take(1)
    assert left.match(listed[1]) is None
    assert left.in_place({"type": "message"}, 1) is None


def test_what_the_list_has_nowhere_is_found_by_its_place() -> None:
    left = left_of(message(0, "c", id="new"))
    assert left.in_place({"type": "message"}, 1) == 1
    assert left.in_place({"type": "message"}, 7) == 0
    assert left.in_place({"type": "function_call"}, 0) == 2
    assert left.in_place({"type": "reasoning"}, 0) is None
    assert left.in_place({}, 0) is None


def test_those_of_a_type_that_follow() -> None:
    left = left_of()
    assert [item.position for item in left.following(0)] == [1]
    left.take(1)
    assert list(left.following(0)) == []


def test_items_that_say_the_same_are_one_each() -> None:
    lanes = [*message_lane("b", 0), *message_lane("a", 1), *message_lane("a", 2)]
    new = [message(at, text, id=f"new_{at}") for at, text in enumerate("aab")]
    fold = folded([created(), *lanes, completed(*new)], agree=False)
    assert [item.id for item in fold.result.output] == ["item_1", "item_2", "item_0"]
    assert (fold.notes("mismatch"), fold.result.text) == ([], "aab")


@pytest.mark.parametrize("count", [3, 40])
def test_many_items_are_found_by_what_they_say(count: int) -> None:
    lanes = [event for at in range(count) for event in message_lane(f"t{at}", at)]
    new = [message(at, f"t{at}", id=f"new_{at}") for at in reversed(range(count))]
    fold = folded([created(), *lanes, completed(*new)], agree=False)
    assert [item.id for item in fold.result.output] == [f"item_{at}" for at in reversed(range(count))]
    assert fold.notes("mismatch") == []

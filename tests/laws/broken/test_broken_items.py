"""Folds of Responses that give one item what came of another: law 3 must catch every one."""

from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters import wire
from streamfold.reducer import responses
from streamfold.reducer.result import Result
from streamfold.reducer.values.json_values import FrozenObject
from support import event_shapes as wired
from support.laws.faulty_folds import check_caught, faulty


def stream(*events: Any) -> list[Any]:
    decode = wire.decoder("responses")
    return [decode(event) for event in wired.numbered([wired.created(), *events, wired.completed()])]


def two_of(*items: Any) -> list[Any]:
    """Two items, each begun and done."""
    return stream(*(make(item, index) for index, item in enumerate(items) for make in (wired.begun, wired.item_done)))


THOUGHTS = two_of(*(wired.reasoning(index, encrypted_content=secret) for index, secret in enumerate(("AA", "BB"))))
SEARCHES = two_of(
    *(wired.server_tool("web_search_call", index, action={"query": word}) for index, word in enumerate(("a", "b")))
)
MESSAGES = stream(
    *(
        event
        for index in (0, 1)
        for event in (wired.begun(wired.message(index), index), wired.text_delta("Hi", index, shade=str(index)))
    )
)


def swaps_members(result: Result) -> Result:
    if len(result.output) < 2:
        return result
    there, back = result.output
    members = [FrozenObject({**one.item, "id": other.id}) for one, other in ((back, there), (there, back))]
    return evolve(result, output=(evolve(there, item=members[0]), evolve(back, item=members[1])))


def swaps_extras(result: Result) -> Result:
    if len(result.output) < 2:
        return result
    there, back = result.output
    return evolve(result, output=(evolve(there, extras=back.extras), evolve(back, extras=there.extras)))


@pytest.mark.parametrize(
    ("fault", "chunks"), [(swaps_members, THOUGHTS), (swaps_members, SEARCHES), (swaps_extras, MESSAGES)]
)
def test_a_fold_that_mistakes_items_is_caught(fault: Any, chunks: list[Any]) -> None:
    check_caught(responses, faulty(responses, result=fault), chunks, 3)

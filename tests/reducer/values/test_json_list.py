from collections.abc import Iterable
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.values.json_list import EMPTY_LIST, JsonList
from streamfold.reducer.values.json_values import freeze
from support.json_texts import json_values


def json_list(entries: Iterable[Any]) -> JsonList:
    return reduce(JsonList.append, entries, EMPTY_LIST)


@given(st.lists(json_values.map(freeze), max_size=9), json_values.map(freeze))
def test_a_list_has_what_was_put_into_it(entries: list[Any], other: Any) -> None:
    made = json_list(entries)
    assert (list(made), len(made)) == (entries, len(entries))
    assert all(entry in made for entry in entries[-1:])
    assert other in entries or other not in made
    assert made == json_list(made)


@pytest.mark.parametrize(
    "entry",
    [
        {"url": "a", "at": {"b": 1, "c": [1, 2.0, None]}},
        [{"x": "\ud83d"}],
        {"a": {"b": {"c": {"d": {"e": 1}}}}},
        1.5,
        3.0,
    ],
)
def test_a_value_is_known_whatever_the_order_of_its_members(entry: Any) -> None:
    def turned(value: Any) -> Any:
        return {name: turned(value[name]) for name in reversed(value)} if isinstance(value, dict) else value

    known = json_list(map(freeze, ["first", entry, "last"]))
    assert all(freeze(one) in known for one in (entry, turned(entry), "first", "last"))
    assert freeze({"url": "b"}) not in known


def test_a_value_in_another_place_is_forgotten_there() -> None:
    known = EMPTY_LIST.append("a").put(0, "b")
    assert ("a" in known, "b" in known, known[0], len(known)) == (False, True, "b", 1)

from typing import Any

import pytest
from streamfold.adapters.wire.members import arguments_in, kind_of, members_in, number_in, text_in, unwrapped


def test_what_is_of_another_type_is_mended_or_left_out() -> None:
    repairs: list[str] = []
    assert (text_in({"a": 5}, "a", repairs), number_in({"a": "5"}, "a", repairs)) == ("5", 5)
    assert arguments_in({"a": {"b": 1}}, "a", repairs) == '{"b":1}'
    assert (members_in("x"), kind_of(None), kind_of([])) == ({}, "null", "a list")
    assert len(repairs) == 3


CHUNK = {"id": "x", "choices": []}
EVENT = {"type": "response.created", "response": {}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"data": CHUNK}, CHUNK),
        ({"data": EVENT, "event": "message"}, {**EVENT, "event": "message"}),
        ({"data": [CHUNK], "code": 0}, {**CHUNK, "code": 0}),
        ({"data": '{"choices": []}', "type": "chunk"}, {"choices": [], "type": "chunk"}),
        ({"data": CHUNK, "id": "gw"}, {**CHUNK, "data": {"id": "gw"}}),
        ({"data": {**CHUNK, "data": 1}, "id": "gw"}, {**CHUNK, "data": 1}),
        ({"body": {"error": "x"}}, {"error": "x"}),
    ],
)
def test_the_one_chunk_inside_and_what_is_beside_it(value: Any, expected: Any) -> None:
    assert unwrapped(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        {},
        CHUNK,
        EVENT,
        {"error": {"error": "x"}},
        {"a": CHUNK, "b": CHUNK},
        {"data": [CHUNK, CHUNK]},
        {"data": [1]},
        {"data": '{"choices": ['},
        {"data": "choices"},
        {"data": {"error": None}},
        {"data": {"error": "x", "status": "failed"}},
        {"data": {"choices": {}}},
    ],
)
def test_nothing_else_has_one(value: Any) -> None:
    assert unwrapped(value) is None

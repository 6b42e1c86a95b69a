"""JSON text that can always be written: one line, whatever value it is given."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.json_text import dumps
from streamfold.adapters.visible import visible
from support.json_texts import paired


def test_json_is_compact_and_keeps_what_is_not_ascii() -> None:
    assert dumps({"a": [1, "é😀"], "b": None}) == '{"a":[1,"é😀"],"b":null}'


def test_half_of_a_surrogate_pair_is_escaped_and_reads_back() -> None:
    text = dumps({"é": "a\ud83d", "\udc00": "\udfffz"})
    assert text == '{"é":"a\\ud83d","\\udc00":"\\udfffz"}'
    assert json.loads(text.encode()) == {"é": "a\ud83d", "\udc00": "\udfffz"}


def test_what_steers_a_terminal_is_escaped_and_reads_back() -> None:
    steering = "\x1b\x7f\x9b\u200f\u202e\u2066\ufff9\U000e0041"
    text = dumps([steering, "é👩\u200d💻"])
    assert text == r'["\u001b\u007f\u009b\u200f\u202e\u2066\ufff9\udb40\udc41","é👩‍💻"]'
    assert json.loads(text) == [steering, "é👩\u200d💻"]


def test_two_halves_read_back_as_the_character_that_they_are() -> None:
    assert json.loads(dumps("\ud83d\ude00")) == "😀"


@given(st.text(st.characters(exclude_categories=())))  # surrogates included
def test_any_text_is_one_line_that_can_be_encoded(text: str) -> None:
    line = dumps(text)
    assert len(line.splitlines()) == 1
    assert json.loads(line.encode()) == paired(text)
    assert visible(line, "") == line


def test_a_number_that_json_lacks_is_null() -> None:
    value = {"a": [float("nan"), 1.5, {"b": float("-inf")}], "c": True, "d": 10**5000}
    assert dumps(value) == '{"a":[null,1.5,{"b":null}],"c":true,"d":null}'
    assert dumps(float("inf")) == "null"


def test_what_is_no_json_is_said_by_its_repr() -> None:
    assert dumps({"a": {1}, (1, 2): object}) == '{"a":"{1}","(1, 2)":"<class \'object\'>"}'


def test_what_is_nested_too_deeply_takes_nothing_else_with_it() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert json.loads(dumps({"id": "m", "item": deep})) == {"id": "m", "item": "<list nested too deeply>"}
    endless: dict[str, Any] = {}
    endless["self"] = endless
    assert json.loads(dumps({"id": "m", "item": endless})) == {"id": "m", "item": "<dict nested too deeply>"}

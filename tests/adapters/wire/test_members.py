from typing import Any

import pytest
from streamfold.adapters.wire.members import (
    WRAPPED,
    Repairs,
    arguments_in,
    error_in,
    is_text,
    is_type_of_error,
    kind_of,
    members_in,
    number_in,
    structure_in,
    text_in,
    unwrapped,
    word_in,
)


def test_what_is_of_another_type_is_mended_or_left_out() -> None:
    repairs: list[str] = []
    assert (text_in({"a": 5}, "a", repairs), number_in({"a": "5"}, "a", repairs)) == ("5", 5)
    assert arguments_in({"a": {"b": 1}}, "a", repairs) == '{"b":1}'
    assert (members_in("x"), kind_of(None), kind_of([])) == ({}, "null", "a list")
    assert len(repairs) == 3


def test_a_number_and_a_truth_value_have_no_structure() -> None:
    assert [structure_in({"a": value}, "a") for value in (7, 1.5, True, None)] == [None] * 4
    assert [structure_in({"a": value}, "a") for value in ("x", [1], {})] == ["x", [1], {}]
    assert structure_in({}, "a") is None


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
        ({"data": ' {"choices": []} '}, {"choices": []}),
        (
            {"model": "m", "message": {"content": "a"}, "done": False},
            {"model": "m", "choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": None}]},
        ),
        (
            {"message": {"content": ""}, "done": True},
            {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}]},
        ),
        (
            {"message": {}, "done": True, "done_reason": "length"},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]},
        ),
        (
            {"message": {}, "done": False, "done_reason": "length"},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": None}]},
        ),
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
        {"choices": [], "data": CHUNK},
        {"error": None, "data": CHUNK},
        {"sequence_number": 1, "data": EVENT},
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


LARGEST = 10**100 - 1


def test_a_number_that_can_be_printed_is_read_as_text() -> None:
    assert [is_text(value) for value in ("", "a", 0, LARGEST, -LARGEST)] == [True] * 5
    assert [is_text(value) for value in (None, True, 1.0, [], LARGEST + 1, -LARGEST - 1)] == [False] * 6
    assert text_in({"a": LARGEST}, "a", []) == str(LARGEST)
    assert text_in({"a": LARGEST + 1}, "a", []) is None


def test_arguments_that_are_an_object_are_written_as_they_are() -> None:
    assert arguments_in({"a": {"b": "é"}}, "a", []) == '{"b":"é"}'


@pytest.mark.parametrize(
    ("value", "word", "noted"),
    [
        ("stop", "stop", []),
        (7, "7", ["w came as a number in place of text"]),
        ({"type": "length"}, "length", ["w is an object in place of text"]),
        ({"type": 5, "reason": "stop"}, "stop", ["w is an object in place of text"]),
        ({"type": "", "reason": "stop"}, "stop", ["w is an object in place of text"]),
        ({"kind": "x"}, "an object", ["w is an object in place of text"]),
        ([1], "a list", ["w is a list in place of text"]),
        ([], None, []),
        ({}, None, []),
        (None, None, []),
    ],
)
def test_a_finish_word_is_text_or_the_type_of_an_object(value: Any, word: str | None, noted: list[str]) -> None:
    repairs: list[str] = []
    assert word_in({"w": value}, "w", repairs) == word
    assert repairs == noted


@pytest.mark.parametrize(
    "value",
    [
        {"error_type": "x"},
        {"error_message": "x"},
        {"object": "error"},
        {"errors": ["x"]},
        {"errors": [{"message": "x"}]},
        {"detail": "x"},
        {"success": False, "message": "x"},
        {"success": False, "errors": [1]},
        {"success": False, "errors": "x"},
        {"__type": "X", "message": "x"},
        {"message": "x", "code": 500},
        {"type": "server_error"},
        {"status": 400, "title": "x", "detail": "y"},
    ],
)
def test_an_object_that_is_an_error_as_a_whole(value: Any) -> None:
    assert error_in(value) is value


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"error": {"message": "x"}}, {"message": "x"}),
        ({"error": True, "message": "x"}, {"error": True, "message": "x"}),
        ({"base_resp": {"status_code": 1008}}, {"status_code": 1008}),
        ({"status": 400, "title": "x"}, {"status": 400, "title": "x", "message": "x"}),
        ({"status": 599, "title": "x"}, {"status": 599, "title": "x", "message": "x"}),
        ({"ThrottlingException": {"message": "x"}}, {"message": "x"}),
    ],
)
def test_the_error_that_an_object_holds(value: Any, error: Any) -> None:
    assert error_in(value) == error


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"error": None},
        {"object": "chat.completion.chunk"},
        {"OBJECT": "error"},
        {"object": "ERROR"},
        {"status": 399, "title": "x"},
        {"status": 600, "title": "x"},
        {"status": "400", "title": "x"},
        {"success": True, "message": "x"},
        {"success": False},
        {"success": None, "errors": [None], "message": "x"},
        {"message": "x"},
        {"message": "x", "code": 0},
        {"base_resp": {"status_code": 0}},
        {"Exception": {"a": 1}},
        {"other": {"message": "x"}},
        {"ThrottlingException": {"message": "x"}, "a": 1},
        {"choices": [1], "errors": ["x"]},
        {"type": "message", "detail": "x"},
    ],
)
def test_an_object_that_says_no_error(value: Any) -> None:
    assert error_in(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"type": "server_error"}, True),
        ({"type": "NotFoundError"}, True),
        ({"type": "ThrottlingException"}, True),
        ({"type": "Bad Request", "message": "x", "code": 400}, True),
        ({"type": "Bad Request", "message": "x", "status": "599"}, True),
        ({"type": "Bad Request", "message": "x", "code": 399}, False),
        ({"type": "Bad Request", "message": "x", "code": 4000}, False),
        ({"type": "Bad Request", "code": 400}, False),
        ({"type": "Bad Request", "message": "x", "code": [400]}, False),
        ({"type": "response.error", "message": "x", "code": 400}, False),
        ({"type": "Response.error", "message": "x", "code": 400}, False),
    ],
)
def test_a_type_that_is_an_error_s_own(value: Any, expected: bool) -> None:
    assert is_type_of_error(value) is expected


def test_what_a_value_is_in_words() -> None:
    words = ["an object", "a list", "text", "true or false", "a number", "a number", "null", "a bytes"]
    assert [kind_of(value) for value in ({}, [], "", True, 1, 1.5, None, b"")] == words


def test_what_was_mended_is_said() -> None:
    repairs = Repairs()
    arguments_in({"a": [1]}, "a", repairs)
    text_in({"a": 5}, "a", repairs)
    text_in({"a": []}, "a", repairs)
    number_in({"a": "5"}, "a", repairs)
    number_in({"a": "x"}, "a", repairs)
    assert (repairs.lost, repairs) == (
        False,
        [
            "a came as a list in place of JSON text",
            "a came as a number in place of text",
            "a is a list, left out",
            "a came as text in place of a number",
            "a is text, left out",
        ],
    )
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert arguments_in({"a": deep}, "a", repairs) is None
    assert (repairs.lost, repairs[-1]) == (True, "a is a list that cannot be written as JSON, left out")
    assert WRAPPED == "a chunk inside another object"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3),
        ("3", 3),
        ("999999999", 999999999),
        ("1000000000", None),
        ("³", None),
        ("-1", None),
        (2.0, 2),
        (2.5, None),
    ],
)
def test_a_number_may_be_text_of_digits_or_a_whole_float(value: Any, number: int | None) -> None:
    assert number_in({"a": value}, "a", []) == number
    assert number_in({"a": True}, "a", []) is None

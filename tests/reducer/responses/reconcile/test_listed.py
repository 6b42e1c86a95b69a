"""Which items a response's list means."""

from typing import Any

import pytest
from streamfold.reducer.result import TextPart
from support.event_shapes import (
    LEFT_OUT,
    call_lane,
    completed,
    created,
    folded,
    function_call,
    message,
    message_lane,
    response,
    text_delta,
)


def texts(*events: Any) -> list[str]:
    return [part.text for part in folded(events, agree=False).result.content if isinstance(part, TextPart)]


def test_the_final_list_matches_by_call_id_id_place_and_then_kind() -> None:
    lanes = [*call_lane('{"a":1}', 0), *call_lane('{"b":2}', 1)]

    def arguments(*last: Any) -> list[str]:
        came = folded([created(), *lanes, completed(*last)], agree=False)
        assert [note for note in came.notes("mismatch") if "arguments" in note] == []
        return [call.arguments for call in came.result.tool_calls]

    b, a = function_call(1, arguments='{"b":2}'), function_call(0, arguments='{"a":1}')
    assert arguments(b, a) == ['{"b":2}', '{"a":1}']
    assert arguments(b | {"id": "x"}, a | {"id": "y"}) == ['{"b":2}', '{"a":1}']
    without = [{name: value for name, value in one.items() if name != "call_id"} for one in (b, a)]
    assert arguments(*without) == ['{"b":2}', '{"a":1}']
    placed = [function_call(0, arguments='{"a":1}', id="x", call_id="x"), function_call(1, id="y", call_id="y")]
    assert arguments(*placed) == ['{"a":1}', '{"b":2}']


def test_the_final_list_knows_an_unannounced_item_by_its_id() -> None:
    came = folded([text_delta("a", 0), text_delta("b", 1), completed(message(1, "b"), message(0, "a"))], agree=False)
    assert ([part.text for part in came.result.content], came.notes("mismatch")) == (["b", "a"], [])  # type: ignore[union-attr]


def test_an_unmatched_item_of_the_list_is_the_next_of_its_kind() -> None:
    lanes = [*message_lane("a", 5), *message_lane("b", 6)]
    came = folded([created(), *lanes, completed(message(0, "a", id="new_a"), message(1, "b", id="new_b"))])
    assert (came.result.text, came.notes("mismatch")) == ("ab", [])


def test_a_final_list_may_have_two_items_under_one_id() -> None:
    last = [message(0, text, id="item_0") for text in "ab"]
    assert texts(created(), completed(*last)) == ["a", "b"]
    assert texts(created(), *message_lane("a"), completed(*last)) == ["a", "b"]


def test_an_item_at_its_place_is_not_one_elsewhere() -> None:
    lane = [created(), *call_lane('{"a":1}', 0)]
    more, same = function_call(7, arguments='{"b":2}'), function_call(8, arguments='{"a":1}')
    for again in (same, same | {"call_id": "call_0"}, same | {"call_id": "", "id": "item_0"}):
        calls = folded([*lane, completed(more, again)]).result.tool_calls
        assert [(call.id, call.arguments, call.complete) for call in calls] == [
            ("call_7", '{"b":2}', True),
            ("call_0", '{"a":1}', True),
        ]
    three = [message(at, text) for at, text in ((5, "Zero"), (6, "One"), (7, "Two"))]
    fold = folded([created(), *message_lane("One"), *message_lane("Two", 1), completed(*three)], agree=False)
    assert [item.id for item in fold.result.output] == ["item_5", "item_0", "item_1"]
    assert fold.notes("mismatch") == []


@pytest.mark.parametrize("nothing", [None, ""])
def test_items_whose_id_is_nothing_are_known_by_their_place(nothing: Any) -> None:
    lanes = [*message_lane("a", 0, id=nothing), *message_lane("b", 1, id=nothing)]
    assert texts(created(), *lanes, completed(None, message(1, "b!", id=nothing))) == ["a", "b!"]


# Texts that are divided in another way


def lanes(*texts: str) -> list[Any]:
    return [event for at, said in enumerate(texts) for event in message_lane(said, at)]


def listed(*texts: str, **members: Any) -> Any:
    return completed(*(message(at, said, **members) for at, said in enumerate(texts)))


@pytest.mark.parametrize("came", [["Hel", "lo"], ["H", "el", "lo"], ["Hel", "", "lo"], ["Hello", "", " you"]])
@pytest.mark.parametrize("members", [{}, {"id": LEFT_OUT}, {"id": "msg_other"}], ids=["ids", "no ids", "other ids"])
def test_a_list_that_joins_messages_has_each_of_them(came: list[str], members: Any) -> None:
    fold = folded([created(), *lanes(*came), listed("".join(came), **members)], agree=False)
    assert [item.parts for item in fold.result.output] == [(TextPart(said),) if said else () for said in came]
    assert "".join(said.content for said in fold.said) == "".join(came)
    assert all(item.done for item in fold.result.output)
    assert fold.result.output[0].extras["content"][0]["text"] == "".join(came)


@pytest.mark.parametrize("parts", [["Hel", "lo"], ["H", "el", "lo"]])
@pytest.mark.parametrize("members", [{}, {"id": LEFT_OUT}, {"id": "msg_other"}], ids=["ids", "no ids", "other ids"])
def test_a_list_that_divides_a_message_has_it_once(parts: list[str], members: Any) -> None:
    fold = folded([created(), *lanes("Hello"), listed(*parts, **members)], agree=False)
    assert fold.result.content == (TextPart("Hello"),)
    assert [part["text"] for part in fold.result.output[0].extras["content"]] == parts
    assert fold.notes("mismatch") == ["the final list divides a text in another way"]


def test_items_of_other_types_between_stay_where_they_are() -> None:
    events = [*lanes("Hel"), *call_lane("{}", 1), *message_lane("lo", 2)]
    fold = folded([created(), *events, completed(message(0, "Hello"), function_call(1, arguments="{}"))])
    assert [(item.kind, item.done) for item in fold.result.output] == [
        ("message", True),
        ("message", True),
        ("function_call", True),
    ]
    fold = folded([created(), *lanes("Hello"), completed(message(0, "Hel"), function_call(1), message(2, "lo"))])
    assert (fold.result.text, len(fold.result.output)) == ("Hello", 2)


@pytest.mark.parametrize(
    ("came", "whole", "text"),
    [
        (["Hel", "lo"], ["Hello", "lo"], "Hellolo"),  # the first lacked its end
        (["Hel", "lo"], ["Hello!"], "Hello!lo"),
        (["Hel", "p"], ["Hello"], "Hellop"),
        (["", "lo"], ["lo"], "lo"),
        (["Hello"], ["Hel", "p"], "Hellop"),
        (["Hello"], ["Hel", "lo", "!"], "Hello!"),
    ],
)
def test_texts_that_are_not_the_same_joined_are_compared_one_by_one(
    came: list[str], whole: list[str], text: str
) -> None:
    assert folded([created(), *lanes(*came), listed(*whole)]).result.text == text


def test_reports_of_a_response_that_goes_on_divide_texts_as_well() -> None:
    report = {"type": "response.in_progress", "response": response("in_progress", [message(0, "Hello")])}
    fold = folded([created(), *lanes("Hel", "lo"), report])
    assert (fold.result.text, fold.notes("mismatch")) == ("Hello", [])

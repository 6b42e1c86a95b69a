"""A call that comes once more: under its name alone, under another id, or at an index that another call takes over."""

import json

import pytest
from streamfold.reducer import Doubt
from streamfold.reducer.messages import ToolCallMessage
from support.chat_shapes import DONE, Shape, call, calls, chunk, finished, folded, noted, told

ONE, OTHER = '{"city":"Oslo"}', '{"city":"Rome"}'
END = finished("tool_calls")
CUTS = range(len(ONE) + 1)


def in_two(index: int | None, name: str, arguments: str, at: int) -> list[Shape]:
    """A call without an id, in two pieces, the name with the first."""
    frames = [calls(call(index, None, name, arguments[:at])), calls(call(index, None, None, arguments[at:]))]
    return frames[: 1 if at == len(arguments) else 2]


# Q6, Q82: the name again, without the id that the call has.


@pytest.mark.parametrize("index", [0, None])
@pytest.mark.parametrize("call_id", [None, ""])
@pytest.mark.parametrize("at", CUTS)
def test_q82_arguments_again_under_the_name_alone_are_dropped(index: int | None, call_id: str | None, at: int) -> None:
    again = in_two(index, "look", ONE, at)
    again[0]["choices"][0]["delta"]["tool_calls"][0]["id"] = call_id
    result, messages = folded(calls(call(index, "call_a", "look", ONE)), *again, END, DONE)
    assert told(result) == [("look", ONE, True)]
    said = "".join(one.tool_call.arguments or "" for one in messages if isinstance(one, ToolCallMessage))
    assert said == ONE
    assert "arguments that came again, or held the place of others" in [
        note.detail for note in noted(result, "repaired")
    ]


def test_q82_two_calls_that_come_again_under_their_names_stay_two() -> None:
    begun = calls(call(0, "call_a", "look", ONE), call(1, "call_b", "look", OTHER))
    again = calls(call(0, None, "look", ONE.replace(":", ": ")), call(1, None, "look", OTHER))
    result, _ = folded(begun, again, END, DONE)
    assert told(result) == [("look", ONE, True), ("look", OTHER, True)]


@pytest.mark.parametrize("at", range(len(OTHER) + 1))
def test_q82_other_arguments_under_the_name_alone_contradict(at: int) -> None:
    result, _ = folded(calls(call(0, "call_a", "look", ONE)), *in_two(0, "look", OTHER, at), END, DONE)
    assert [(one.name, one.complete) for one in result.tool_calls] == [("look", False)]
    assert Doubt.CONFLICTING_WHOLE in [doubted.doubt for doubted in result.tool_calls[0].doubts]


@pytest.mark.parametrize("index", [0, None])
@pytest.mark.parametrize("place", [["{}"], ["{", "}"], ["null"], [" {} "]])
def test_q82_a_placeholder_gives_way_to_arguments_under_the_name_alone(index: int | None, place: list[str]) -> None:
    first, *more = place
    begun = [calls(call(index, "call_a", "look", first)), *(calls(call(index, None, "look", one)) for one in more)]
    result, _ = folded(*begun, calls(call(index, None, "look", ONE)), END, DONE)
    assert told(result) == [("look", ONE, True)]


def test_another_name_without_an_id_is_another_call() -> None:
    result, _ = folded(calls(call(0, "call_a", "look", ONE)), calls(call(0, None, "put", ONE)), END, DONE)
    assert told(result) == [("look", ONE, True), ("put", ONE, True)]


# No id anywhere.


@pytest.mark.parametrize("at", CUTS)
def test_q82_without_ids_an_equal_call_at_one_index_is_one(at: int) -> None:
    result, _ = folded(calls(call(0, None, "look", ONE)), *in_two(0, "look", ONE, at), END, DONE)
    assert told(result) == [("look", ONE, True)]


@pytest.mark.parametrize("at", range(1, len(OTHER) + 1))
def test_q02_without_ids_another_call_at_the_same_index_is_another(at: int) -> None:
    begun = [calls(call(0, None, "look", ONE)) for _ in range(2)]
    result, _ = folded(*begun, *in_two(0, "look", OTHER, at), END, DONE)
    assert told(result) == [("look", ONE, True), ("look", OTHER, True)]


def test_q82_without_ids_a_placeholder_gives_way_at_the_same_index() -> None:
    result, _ = folded(calls(call(0, None, "look", "{}")), calls(call(0, None, "look", ONE)), END, DONE)
    assert told(result) == [("look", ONE, True)]


def test_q01_without_ids_and_indices_equal_calls_are_two() -> None:
    result, _ = folded(*(calls(call(None, None, "roll", ONE)) for _ in range(2)), END, DONE)
    assert told(result) == [("roll", ONE, True)] * 2


# An index that another call takes over while the arguments there are open.


@pytest.mark.parametrize(
    ("head", "rest"), [("", OTHER), (OTHER[:1], OTHER[1:]), (OTHER[:9], OTHER[9:]), (OTHER[:-1], "}")]
)
def test_q02_what_follows_at_an_index_may_be_either_s(head: str, rest: str) -> None:
    begun = [calls(call(0, "call_a", "look", ONE[:9])), calls(call(0, "call_b", "put", head))]
    result, _ = folded(*begun, calls(call(0, None, None, rest)), END, DONE)
    assert [Doubt.ORPHAN_ARGUMENTS in [doubted.doubt for doubted in one.doubts] for one in result.tool_calls] == [
        True
    ] * 2


def test_q02_what_names_the_call_at_a_shared_index_is_its_own() -> None:
    begun = [calls(call(0, "call_a", "look", ONE[:9])), calls(call(0, "call_b", "put", OTHER[:9]))]
    result, _ = folded(*begun, calls(call(0, "call_b", None, OTHER[9:])), END, DONE)
    assert told(result)[1] == ("put", OTHER, True)


# Q84: a whole message at the end, whose calls have other ids and spaces.


def whole(*entries: tuple[str, str, object]) -> Shape:
    """A whole message of calls: the id, the name, the arguments."""
    listed = [{"id": of, "type": "function", "function": {"name": name, "arguments": it}} for of, name, it in entries]
    return chunk({"index": 0, "message": {"tool_calls": listed}, "finish_reason": "tool_calls"})


@pytest.mark.parametrize("closed", [[], [END], [END, DONE]])
@pytest.mark.parametrize(
    ("came", "again"),
    [(ONE, '{"city": "Oslo"}'), ('{"a":"é"}', '{"a":"\\u00e9"}'), ("{}", ""), ('{"a": 1}', {"a": 1})],
)
def test_q84_a_call_in_another_spelling_under_another_id_is_one(came: str, again: object, closed: list[Shape]) -> None:
    result, _ = folded(calls(call(0, "call_a", "look", came)), *closed, whole(("z", "look", again)), DONE)
    assert told(result) == [("look", came or "{}", True)]
    assert result.tool_calls[0].id == "call_a"


def test_q84_a_call_without_arguments_is_the_one_with_an_empty_object() -> None:
    result, _ = folded(calls(call(0, "call_a", "look", "")), whole(("z", "look", "{}")), DONE)
    assert told(result) == [("look", "{}", True)]


def test_q84_calls_in_another_spelling_and_order_are_the_same() -> None:
    texts = [json.dumps({"at": at}) for at in range(6)]
    begun = calls(*(call(at, f"call_{at}", "look", text.replace(" ", "")) for at, text in enumerate(texts)))
    again = whole(*((f"z{at}", "look", text) for at, text in reversed([*enumerate(texts)])))
    result, _ = folded(begun, again, DONE)
    assert [one.id for one in result.tool_calls] == [f"call_{at}" for at in range(6)]
    assert all(one.complete for one in result.tool_calls)


def test_q84_another_call_in_the_place_of_one_puts_it_in_doubt() -> None:
    result, _ = folded(calls(call(0, "call_a", "look", ONE)), whole(("z", "look", OTHER)), DONE)
    assert told(result) == [("look", ONE, False), ("look", OTHER, True)]
    assert len(noted(result, "mismatch")) == 1


def test_q84_a_message_without_a_call_takes_nothing_from_it() -> None:
    for listed in ([], [("z", "put", ONE)]):
        result, _ = folded(calls(call(0, "call_a", "look", ONE)), whole(*listed), DONE)
        assert told(result)[0] == ("look", ONE, True)
    both = calls(call(0, "call_a", "look", ONE), call(1, "call_b", "look", OTHER))
    result, _ = folded(both, whole(("call_b", "look", OTHER)), DONE)
    assert told(result) == [("look", ONE, True), ("look", OTHER, True)]


def test_q84_calls_under_other_ids_are_matched_by_place() -> None:
    begun = [calls(call(0, "call_a", "look", ONE + OTHER[5:])), calls(call(1, "call_b", "look"))]
    result, _ = folded(*begun, whole(("y", "look", ONE), ("z", "look", OTHER)), DONE)
    assert [(one.id, one.arguments, one.complete) for one in result.tool_calls] == [
        ("call_a", ONE + OTHER[5:], False),
        ("call_b", OTHER, True),
    ]


@pytest.mark.parametrize("at", range(1, len(ONE)))
def test_q18_a_name_after_arguments_is_the_open_call_s(at: int) -> None:
    begun = calls(call(None, "call_a", None, ONE[:at]))
    result, _ = folded(begun, calls(call(None, None, "look", ONE[at:])), END, DONE)
    assert told(result) == [("look", ONE, True)]


def test_q81_arguments_without_an_id_may_be_those_that_another_lacks() -> None:
    result, _ = folded(calls(call(0, "call_a", "look")), calls(call(1, None, "put", ONE)), END, DONE)
    assert [(one.name, one.complete) for one in result.tool_calls] == [("look", False), ("put", False)]
    result, _ = folded(calls(call(0, "call_a", "look", "{}")), calls(call(1, None, "put", ONE)), END, DONE)
    assert told(result) == [("look", "{}", True), ("put", ONE, True)]


def test_q84_calls_of_other_tools_are_not_matched_by_place() -> None:
    begun = [calls(call(0, "call_a", "look", ONE + OTHER[5:])), calls(call(1, "call_b", "put"))]
    result, _ = folded(*begun, whole(("y", "look", ONE), ("z", "look", OTHER)), DONE)
    assert [(one.id, one.name) for one in result.tool_calls] == [
        ("call_a", "look"),
        ("call_b", "put"),
        ("y", "look"),
        ("z", "look"),
    ]
    assert result.tool_calls[0].complete is False

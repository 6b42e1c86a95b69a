"""One id at several indices, or under several names: which deltas are one call's, and which another's."""

from typing import Any

import pytest
from streamfold.reducer import Ended, chat
from streamfold.reducer.completions.chunk import CallDelta, CustomDelta, Delta
from streamfold.reducer.messages import ToolCallMessage
from streamfold.reducer.otid import synthetic_call_id
from support.alphabets import FINISH, called, said
from support.law_checks import MESSAGE_ID

SECOND, THIRD = (synthetic_call_id(MESSAGE_ID, position) for position in (1, 2))
ONE, OTHER = '{"k":1}', '{"k":2}'


def made(*chunks: Any) -> list[tuple[str, str, str, bool]]:
    """Each call of a stream; the messages say the same."""
    state, emitted = chat.start(chat.Config(message_id=MESSAGE_ID))
    for chunk in (*chunks, FINISH):
        state, messages = chat.step(state, chunk)
        emitted += messages
    state, messages = chat.finish(state, Ended())
    said: dict[str, str] = {}
    for message in (*emitted, *messages):
        if isinstance(message, ToolCallMessage):
            delta = message.tool_call
            said[delta.tool_call_id] = said.get(delta.tool_call_id, "") + (delta.arguments or "")
    calls = chat.result(state).tool_calls
    assert said == {call.id: call.arguments if said[call.id] else "" for call in calls}
    return [(call.id, call.name, call.arguments, call.complete) for call in calls]


def cut(text: str) -> list[list[str]]:
    return [[text], list(text), [text[:3], text[3:]]]


@pytest.mark.parametrize("pieces", cut(ONE))
def test_a_repetition_elsewhere_is_the_same_call(pieces: list[str]) -> None:
    first, again = called(0, "a", "rm", ONE), [called(1, piece=piece) for piece in pieces]
    assert made(first, called(1, "a", "rm"), *again) == [("a", "rm", ONE, True)]
    assert made(first, called(1, "a", "rm", pieces[0]), *again[1:]) == [("a", "rm", ONE, True)]


@pytest.mark.parametrize("pieces", cut(OTHER))
def test_another_object_elsewhere_is_another_call(pieces: list[str]) -> None:
    first, other = called(0, "a", "rm", ONE), [called(1, piece=piece) for piece in pieces]
    both = [("a", "rm", ONE, True), (SECOND, "rm", OTHER, True)]
    assert made(first, called(1, "a", "rm"), *other) == both
    assert made(first, called(1, "a", "rm", pieces[0]), *other[1:]) == both
    state_of_alias = made(
        first, called(1, "a", "rm", OTHER), called(2, "a", "rm", ONE), called(3, "a", "rm", '{"k":3}')
    )
    assert [call[2] for call in state_of_alias] == [ONE, OTHER, '{"k":3}']


def test_while_one_side_has_no_arguments_it_is_one_call() -> None:
    begun, whole = called(0, "a", "rm", ""), called(1, "a", "rm", ONE)
    assert made(begun, whole) == made(whole, begun) == [("a", "rm", ONE, True)]
    assert made(called(0, "a", "rm", "{}"), whole) == [("a", "rm", ONE, True)]
    assert made(begun, called(1, "a", "rm", '{"k"'), called(1, piece=":1}")) == [("a", "rm", ONE, True)]


def test_two_that_come_side_by_side_are_two() -> None:
    both = [("a", "rm", ONE, True), (SECOND, "rm", OTHER, True)]
    begun = [called(0, "a", "rm", '{"k"'), called(1, "a", "rm", '{"k"')]
    assert made(*begun, called(0, piece=":1}"), called(1, piece=":2}")) == both
    named = [called(0, "a", "rm"), called(1, "a", "rm")]
    pieces = [called(0, piece='{"k"'), called(1, piece='{"k"'), called(0, piece=":1}"), called(1, piece=":2}")]
    assert made(*named, *pieces) == both
    with_ids = [called(0, "a", piece=":1}"), called(1, "a", piece=":2}")]
    assert made(*begun, *with_ids) == both


def test_an_id_without_a_name_goes_on_wherever() -> None:
    begun = called(0, "a", "rm", '{"k":')
    assert made(begun, called(1, "a", piece='{"j":1}'), called(2, "a", piece="}")) == [
        ("a", "rm", '{"k":{"j":1}}', True)
    ]
    assert made(begun, called(1, "a", "rm", "1}")) == [("a", "rm", ONE, True)]
    conflict = made(called(0, "a", "rm", ONE), called(1, "a", piece=OTHER))
    assert conflict == [("a", "rm", ONE + OTHER, False)]


def test_a_repetition_that_breaks_off_is_a_call_that_is_not_whole() -> None:
    calls = made(called(0, "a", "rm", ONE), called(1, "a", "rm", '{"k"'))
    assert calls == [("a", "rm", ONE, True), (SECOND, "rm", '{"k"', False)]


@pytest.mark.parametrize("index", [0, 1, None])
@pytest.mark.parametrize("first", [ONE, "{}"])
def test_another_name_with_the_same_id_is_another_call(index: int | None, first: str) -> None:
    calls = made(called(0, "a", "rm", first), called(index, "a", "ls", OTHER))
    assert calls == [("a", "rm", first, True), (SECOND, "ls", OTHER, True)]


def test_another_name_before_that_is_another_call_elsewhere_alone() -> None:
    begun = called(0, "a", "rm", '{"k":')
    assert made(begun, called(0, "a", "ls", "1}")) == [("a", "rm", ONE, False)]
    assert made(begun, called(1, "a", "ls", OTHER), called(0, piece="1}")) == [
        ("a", "rm", ONE, True),
        (SECOND, "ls", OTHER, True),
    ]


def test_a_placeholder_that_was_emitted_is_no_call_of_its_own() -> None:
    between = called(5, "b", "ls", OTHER)
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID))
    for chunk in (called(0, "a", "rm", "{}"), between, called(1, "a", "rm", ONE), FINISH):
        state, _ = chat.step(state, chunk)
    calls = [(call.id, call.arguments, call.complete) for call in chat.result(state).tool_calls]
    assert calls == [("a", ONE, True), ("b", OTHER, True)]


def raw(index: int, name: str, text: str) -> Any:
    return said(Delta(tool_calls=(CallDelta(index=index, id="a", custom=CustomDelta(name=name, input=text)),)))


@pytest.mark.parametrize("second", [raw(0, "ls", "y"), raw(1, "sh", "y")])
def test_of_raw_text_nothing_says_whose_it_is(second: Any) -> None:
    (call,) = made(raw(0, "sh", "x"), second)
    assert call == ("a", "sh", "xy", False)


def test_the_same_name_and_id_at_one_index_stay_in_conflict() -> None:
    assert made(called(0, "a", "rm", ONE), called(0, "a", "rm", OTHER)) == [("a", "rm", ONE + OTHER, False)]
    assert made(called(0, "a", "rm", ONE), called(0, "a", "rm", ONE)) == [("a", "rm", ONE, True)]

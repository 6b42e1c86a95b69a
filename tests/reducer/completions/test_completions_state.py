"""The call in work keeps at the top of the state what changes with every delta of it."""

import pytest
from streamfold.reducer import chat
from streamfold.reducer.completions.state import rested, with_work
from streamfold.reducer.completions.tool_calls.calls import NO_CALLS
from streamfold.reducer.values.text import EMPTY, text
from support.alphabets import called
from support.law_checks import MESSAGE_ID

OPENED = called(0, "a", "f", '{"a"')


def after(*chunks: chat.Chunk) -> chat.State:
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID))
    for chunk in chunks:
        state, _ = chat.step(state, chunk)
    return state


def test_a_state_without_calls_rests_as_it_is() -> None:
    state = after()
    assert rested(state) is state.calls is NO_CALLS
    assert with_work(NO_CALLS, text("x"), None) is NO_CALLS


@pytest.mark.parametrize("pieces", [[], [":1"], [":1", "}"]])
def test_the_call_in_work_has_its_arguments_once_rested(pieces: list[str]) -> None:
    state = after(OPENED, *(called(0, piece=piece) for piece in pieces))
    assert str(state.arguments) == '{"a"' + "".join(pieces)
    (call,) = rested(state).lanes
    assert (call.id, call.arguments) == ("a", state.arguments)


def test_another_call_in_work_leaves_the_first_with_all_it_had() -> None:
    state = after(OPENED, called(1, "b", "g", "[1"), called(1, piece="]"))
    first, second = rested(state).lanes
    assert (str(first.arguments), str(second.arguments)) == ('{"a"', "[1]")


def test_calls_with_the_same_work_are_left_as_they_are() -> None:
    calls = rested(after(OPENED))
    assert calls.lanes.lane is not None
    assert with_work(calls, calls.lanes.lane.arguments, calls.lanes.lane.split) is calls
    assert with_work(calls, EMPTY, None) is not calls

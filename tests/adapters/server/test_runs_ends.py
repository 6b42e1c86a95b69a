"""With what a run is closed that ends where it is: a call, a turn between two calls, a turn before its first."""

from typing import Any

import pytest
from streamfold import Cancelled, Ended, Failed, chat, fold, responses
from streamfold.adapters.server.log import TurnState
from streamfold.adapters.server.runs_ends import call_over, closing, machine_for, result_of_end
from streamfold.reducer.ends import End
from streamfold.reducer.messages import StopReason
from support.server.logged_runs import CHAT, RESPONSES, chat_chunks, said

BEGUN = chat.step(chat.start(CHAT)[0], said("a"))[0]
OVER = fold(chat, CHAT, chat_chunks(1), Ended())[0]
GONE = Failed("gone")


@pytest.mark.parametrize(("state", "machine"), [(BEGUN, chat), (responses.start(RESPONSES)[0], responses)])
def test_a_state_s_machine_is_that_of_its_config(state: Any, machine: Any) -> None:
    assert machine_for(state) is machine


def test_a_call_ends_as_its_machine_says() -> None:
    over = call_over(BEGUN, GONE)
    assert (over.fold, over.messages) == chat.finish(BEGUN, GONE)
    assert over.result == chat.result(over.fold)
    assert closing(BEGUN, GONE).result == over.result
    assert closing(BEGUN, GONE).said == over.messages


@pytest.mark.parametrize(("end", "outcome"), [(GONE, "failed"), (Cancelled(), "cancelled")])
def test_a_turn_whose_call_goes_on_ends_with_that_call(end: End, outcome: str) -> None:
    last = closing(TurnState(BEGUN), end)
    assert [type(one) for one in last.said] == [StopReason]
    assert (last.result.outcome, last.result.text) == (outcome, "a")


@pytest.mark.parametrize(("end", "outcome"), [(GONE, "failed"), (Cancelled(), "cancelled")])
def test_a_turn_is_not_cancelled_by_a_call_that_was(end: End, outcome: str) -> None:
    torn = call_over(BEGUN, Cancelled())
    last = closing(TurnState(torn.fold), end)
    assert last.result.outcome == outcome
    assert torn.result in (*last.said, last.result)


@pytest.mark.parametrize(("end", "outcome"), [(GONE, "failed"), (Cancelled(), "cancelled")])
def test_a_turn_between_two_calls_is_not_completed_by_the_first(end: End, outcome: str) -> None:
    last = closing(TurnState(OVER), end)
    assert last.said == (chat.result(OVER),)
    assert (last.result.outcome, last.result.chunks) == (outcome, 0)
    assert closing(TurnState(None), end).said == ()
    assert closing(TurnState(None), end).result == result_of_end(end)


def test_what_failed_says_why() -> None:
    error = result_of_end(GONE).error
    assert error is not None
    assert error.message == "gone"

"""The twelve laws, each shown what it must not let pass."""

from types import SimpleNamespace
from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters.laws import statements
from streamfold.adapters.laws.evidence import begin, step
from streamfold.adapters.laws.oracle import NO_ORACLE, CallContent, Oracle
from streamfold.reducer import Cancelled, Ended, Failed, chat
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.doubts import Doubt, Doubted
from streamfold.reducer.ends import End
from streamfold.reducer.messages import ApprovalRequestMessage, StopReason, ToolCallClosed, ToolCallDelta
from streamfold.reducer.otid import otid
from streamfold.reducer.result import Result, ToolCall
from streamfold.reducer.stream_error import StreamError, error_of
from support.adapters.finished_folds import CONFIG, call, finished, ids, text, thought
from support.adapters.results import result_of
from support.law_checks import APPROVAL_ID, MESSAGE_ID, chat_that

HELLO = Chunk(choices=(Choice(delta=Delta(content="Hello")),))
DOUBTS = (Doubted(Doubt.CUT_OFF, "the wire has not closed it"),)
CALL = ToolCall("a", "f", "{}", closed=True)
STOP = StopReason(*ids(0), "cancelled", None)


def test_there_are_thirteen_each_under_its_number_with_its_statement() -> None:
    assert [law.number for law in statements.LAWS] == list(range(1, 14))
    assert len({law.name for law in statements.LAWS}) == 13
    assert all(law.half_of is None and law.statement.endswith(".") for law in statements.LAWS)
    halves = (statements.UNCHANGED, statements.OVER, statements.GOES_ON)
    assert [half.half_of for half in halves] == [statements.PURE, statements.PREFIX_SAFE, statements.SNAPSHOT]
    for half in halves:
        assert half.half_of is not None
        assert (half.number, half.name) == (half.half_of.number, half.half_of.name)


# Laws 1 and 2


def test_a_step_that_answers_otherwise_the_second_time_is_not_pure() -> None:
    answers = iter("abc")
    machine = SimpleNamespace(start=chat.start, step=lambda state, chunk: (next(answers), ()))
    assert statements.PURE.wrong(step(begin(machine, CONFIG), HELLO)) == "the same step gave another answer"
    assert statements.PURE.wrong(step(begin(chat, CONFIG), HELLO)) is None


def test_a_state_that_changed_is_told_by_its_bytes() -> None:
    prefix = begin(SimpleNamespace(start=lambda config: ([], ())), CONFIG)
    before = statements.fingerprint_of(prefix)
    assert statements.UNCHANGED.wrong(prefix, before) is None
    prefix.state.append(1)
    assert statements.UNCHANGED.wrong(prefix, before) == "a state was changed after it was made"


def test_a_step_that_raises_is_not_total() -> None:
    def broken(state: Any, chunk: Any) -> Any:
        raise KeyError("no")

    done = step(begin(SimpleNamespace(start=chat.start, step=broken), CONFIG), HELLO)
    assert statements.TOTAL.wrong(done) == "a step raised KeyError('no')"
    assert statements.TOTAL.wrong(step(begin(chat, CONFIG), HELLO)) is None


# Law 4

BOOM = StreamError("boom", raw={"message": "boom"})
RAISED = Failed("APIError: no", {"message": "no"})
OVERFLOW = StreamError("maximum context length", raw={"code": "context_length_exceeded"}, category="context overflow")


@pytest.mark.parametrize(
    ("end", "over", "result", "stops", "wrong"),
    [
        (Ended(), True, Result(outcome="completed"), [], None),
        (Ended(), False, Result(outcome="truncated"), [], None),
        (Ended(), None, Result(outcome="truncated"), [], None),
        (Ended(), True, Result(outcome="truncated"), [], "the outcome of Ended() is 'truncated', not 'completed'"),
        (Ended(), False, Result(outcome="completed"), [], "the outcome of Ended() is 'completed', not 'truncated'"),
        (Ended(), None, Result(outcome="failed"), [], "the outcome of a stream that ended is 'failed'"),
        (Ended(), True, Result(outcome="completed"), ["error"], "the stop reasons of Ended() are ['error'], not []"),
        (Cancelled(), True, Result(outcome="cancelled"), ["cancelled"], None),
        (
            Cancelled(),
            True,
            Result(outcome="truncated"),
            ["cancelled"],
            "the outcome of Cancelled() is 'truncated', not 'cancelled'",
        ),
        (
            Cancelled(),
            True,
            Result(outcome="cancelled"),
            [],
            "the stop reasons of Cancelled() are [], not ['cancelled']",
        ),
        (Failed("x"), True, Result(outcome="failed"), ["error"], None),
        (Failed("context_length_exceeded"), True, Result(outcome="failed"), [], None),
        (RAISED, True, Result(outcome="failed", error=error_of(RAISED)), ["error"], None),
        (RAISED, True, Result(outcome="failed", error=BOOM), ["llm_api_error"], None),
        (
            Failed("x"),
            True,
            Result(outcome="failed"),
            ["error"] * 2,
            "the stop reasons of Failed(error='x') are ['error', 'error'], not ['error']",
        ),
        (Ended(), True, Result(outcome="failed", error=BOOM), ["llm_api_error"], None),
        (Ended(), True, Result(outcome="failed", error=OVERFLOW), [], None),
        (Ended(), True, Result(outcome="failed", error=StreamError("it", "abort")), ["llm_api_error"], None),
        (
            Cancelled(),
            True,
            Result(outcome="failed", error=BOOM),
            ["cancelled"],
            "the stop reasons of Cancelled() are ['cancelled'], not ['llm_api_error']",
        ),
    ],
)
def test_each_end_has_its_outcome_and_its_stop_reason(
    end: End, over: bool | None, result: Result, stops: list[Any], wrong: str | None
) -> None:
    machine = SimpleNamespace(finish=lambda state, end: (state, ()), result=lambda state: result)
    said = [StopReason(*ids(0), reason, None) for reason in stops]
    done = finished(*said, result=result, end=end, machine=machine, over=lambda *_: over)
    assert statements.PREFIX_SAFE.wrong(done) == wrong


@pytest.mark.parametrize("end", [Cancelled(), Failed("x")])
def test_no_end_changes_the_outcome_after_the_wire_s_last_word(end: End) -> None:
    machine = SimpleNamespace(finish=lambda state, end: (state, ()), result=lambda state: result)
    result = Result(outcome="completed")
    done = finished(result=result, end=end, machine=machine, over=lambda *_: True, final=lambda *_: True)
    assert statements.PREFIX_SAFE.wrong(done) is None
    result = Result(outcome="cancelled" if end == Cancelled() else "failed")
    done = finished(STOP, result=result, end=end, machine=machine, over=lambda *_: True, final=lambda *_: True)
    assert "not 'completed'" in str(statements.PREFIX_SAFE.wrong(done))


def test_nothing_comes_after_a_stop_reason() -> None:
    result = Result(outcome="cancelled")
    machine = SimpleNamespace(finish=lambda state, end: (state, ()), result=lambda state: result)
    done = finished(STOP, text("a", 1), result=result, end=Cancelled(), machine=machine)
    assert statements.PREFIX_SAFE.wrong(done) == "something was said after the stop reason"


def test_a_finished_state_stays_as_it_is() -> None:
    same = SimpleNamespace(finish=lambda state, end: (state, ()), step=lambda state, chunk: (state, ()))
    assert statements.OVER.wrong(finished(machine=same, chunks=[HELLO])) is None
    again = SimpleNamespace(finish=lambda state, end: (state, (STOP,)), step=same.step)
    assert statements.OVER.wrong(finished(machine=again)) == "a second `finish` changed something"
    goes_on = SimpleNamespace(finish=same.finish, step=lambda state, chunk: (chunk, ()))
    assert statements.OVER.wrong(finished(machine=goes_on, chunks=[HELLO])) == "a step after `finish` changed something"
    two_results = SimpleNamespace(result=lambda state: Result(chunks=1))
    assert statements.PREFIX_SAFE.wrong(finished(machine=two_results)) == "the same state gave two results"


# Law 7


@pytest.mark.parametrize(
    "messages",
    [
        (),
        (text("a"), text("b"), thought("c", 1), text("d", 2)),
        (
            text("a"),
            ApprovalRequestMessage(APPROVAL_ID, APPROVAL_ID, None, None, ToolCallDelta("f", "", "1")),
            text("b", 2),
        ),
    ],
)
def test_runs_are_numbered_without_gaps(messages: Any) -> None:
    assert statements.OTID.wrong(finished(*messages)) is None


@pytest.mark.parametrize(
    ("messages", "run"),
    [
        ((text("a", 1),), "run 0 (assistant_message)"),
        ((text("a"), text("b", 1)), "run 0 (assistant_message)"),
        ((text("a"), thought("b")), "run 1 (reasoning_message)"),
        ((text("a"), thought("b", 2)), "run 1 (reasoning_message)"),
        ((evolve(text("a"), id=APPROVAL_ID),), "run 0 (assistant_message)"),
        (
            (ApprovalRequestMessage(MESSAGE_ID, otid(MESSAGE_ID, 0), None, None, ToolCallDelta("f", "", "1")),),
            "run 0 (approval_request_message)",
        ),
    ],
)
def test_a_run_with_another_number_is_told(messages: Any, run: str) -> None:
    wrong = statements.OTID.wrong(finished(*messages))
    assert wrong is not None
    assert wrong.startswith(f"{run} has id and otid ")


# Law 8


@pytest.mark.parametrize(
    ("call", "closes", "wrong"),
    [
        (CALL, True, None),
        (evolve(CALL, doubts=DOUBTS, arguments="{", closed=False), False, None),
        (evolve(CALL, kind="custom", arguments="SELECT"), True, None),
        (evolve(CALL, arguments='{"n": %s}' % ("9" * 5000)), True, None),
        (evolve(CALL, arguments="[" * 100_000 + "]" * 100_000), True, None),
        (evolve(CALL, closed=False), True, "is complete, and was not closed or has no name"),
        (evolve(CALL, name=""), True, "is complete, and was not closed or has no name"),
        (CALL, False, "is complete, and no chunk said so"),
        (evolve(CALL, arguments=""), True, "is complete, and its arguments are no JSON"),
        (evolve(CALL, arguments='{"a": NaN}'), True, "is complete, and its arguments are no JSON"),
        (evolve(CALL, arguments="[1]"), True, "is complete, and its arguments are no object"),
    ],
)
def test_a_complete_call_is_closed_and_parses(call: ToolCall, closes: bool, wrong: str | None) -> None:
    found = statements.SAFE.wrong(finished(result=result_of(tool_calls=(call,)), closes=lambda *_: closes))
    assert found is None if wrong is None else found is not None and found.endswith(wrong)


def closing(call_id: str = "a", *doubts: Doubted) -> ToolCallClosed:
    return ToolCallClosed(MESSAGE_ID, None, None, call_id, doubts)


@pytest.mark.parametrize(
    ("messages", "call", "wrong"),
    [
        ([closing()], CALL, None),
        ([closing("a", *DOUBTS)], evolve(CALL, doubts=DOUBTS), None),
        ([closing()], evolve(CALL, doubts=DOUBTS), None),
        ([], evolve(CALL, doubts=DOUBTS), None),
        ([], CALL, "{'a': 1} is complete, and no message said so"),
        ([closing("a", *DOUBTS)], CALL, "{'a': 1} is complete, and no message said so"),
        ([closing(), closing()], CALL, "it is said of {'a': 1} once too often that it is closed"),
        ([closing(), closing("b")], CALL, "it is said of {'b': 1} once too often that it is closed"),
    ],
)
def test_that_a_call_is_closed_is_said_once(messages: list[Any], call: ToolCall, wrong: str | None) -> None:
    done = finished(*messages, result=result_of(tool_calls=(call,)), closes=lambda *_: True, announces=True)
    assert statements.SAFE.wrong(done) == wrong
    assert statements.SAFE.wrong(finished(result=result_of(tool_calls=(CALL,)), closes=lambda *_: True)) is None
    skipping = evolve(CONFIG, skip_messages={"tool_call_closed"})
    prefix = evolve(done.prefix, config=skipping)
    assert statements.SAFE.wrong(evolve(done, prefix=prefix)) is None


def test_the_doubts_are_those_that_the_chunks_give() -> None:
    expected = (CallContent("{}", frozenset({"LIMIT"}), frozenset()),)
    for shown, right in ((evolve(CALL, doubts=(Doubted(Doubt.LIMIT),)), True), (CALL, False)):
        done = finished(closing(), result=result_of(tool_calls=(shown,)), calls=lambda *_: expected)
        assert (statements.SAFE.wrong(done) is None) is right
    unsaid = finished(result=result_of(tool_calls=(evolve(CALL, doubts=DOUBTS),)), calls=lambda *_: expected)
    assert "closed=None" in (statements.SAFE.wrong(unsaid) or "")


# Laws 5, 6, 9, 10 and 12


def test_a_cut_that_makes_other_runs_is_told() -> None:
    one, other = (Chunk(choices=(Choice(delta=Delta(content=piece)),)) for piece in ("Hel", "lo"))
    whole = step(begin(chat, CONFIG), HELLO)
    assert statements.CUT_BLIND.wrong(whole, one, other) is None
    assert "in two pieces makes" in str(statements.CUT_BLIND.wrong(whole, one, one))


def test_lanes_that_swap_to_another_content_are_told() -> None:
    other = Chunk(choices=(Choice(delta=Delta(content=" world")),))
    assert statements.ORDER_BLIND.wrong(begin(chat, CONFIG), HELLO, HELLO) is None
    assert " in one order, " in str(statements.ORDER_BLIND.wrong(begin(chat, CONFIG), HELLO, other))


def test_a_state_that_is_not_restored_as_it_was_is_told() -> None:
    kept = begin(chat, CONFIG, Oracle(restored=lambda state: state))
    lost = begin(chat, CONFIG, Oracle(restored=lambda state: evolve(state, chunks=state.chunks + 1)))
    assert statements.SNAPSHOT.wrong(kept) is None
    assert str(statements.SNAPSHOT.wrong(lost)).startswith("the restored state is State(")
    assert statements.GOES_ON.wrong(step(kept, HELLO)) is None
    assert str(statements.GOES_ON.wrong(step(lost, HELLO))).startswith("the restored state does not go on with Chunk(")


def test_a_number_that_is_folded_again_is_told() -> None:
    event = SimpleNamespace(sequence_number=7)
    prefix = begin(chat_that(step=lambda state, chunk: (state, ())), CONFIG)
    assert statements.EXACTLY_ONCE.wrong(prefix, event) is None
    prefix = begin(chat_that(step=lambda state, chunk: (state, (STOP,))), CONFIG)
    assert statements.EXACTLY_ONCE.wrong(prefix, event) == "event 7 was folded twice"


def test_a_step_may_allocate_its_chunk_s_share_and_no_more() -> None:
    held: list[Any] = []

    def greedy(state: Any, chunk: Any) -> Any:
        held.append(bytearray(2 * statements.MOST_MEMORY))
        return state, ()

    assert statements.FLAT.wrong(begin(chat, CONFIG, NO_ORACLE), HELLO) is None
    wrong = statements.FLAT.wrong(begin(chat_that(step=greedy), CONFIG), HELLO)
    assert str(wrong).startswith("a step allocated 5")
    large = Chunk(choices=(Choice(delta=Delta(content="x" * statements.MOST_MEMORY)),))
    assert statements.FLAT.wrong(begin(chat_that(step=greedy), CONFIG), large) is None


def test_calls_are_one_lane_each() -> None:
    assert statements.CONSERVING.wrong(finished(call("a", "f", "{}"), result=result_of(tool_calls=(CALL,)))) is None

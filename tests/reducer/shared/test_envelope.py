from typing import Any

import pytest
from attrs import evolve
from streamfold.reducer.diagnostics import Diagnostic
from streamfold.reducer.ends import Cancelled, Done, End, Ended, Failed, Undecodable
from streamfold.reducer.shared.envelope import Envelope
from streamfold.reducer.stream_error import StreamError

FAILURE = StreamError("boom")


@pytest.mark.parametrize(
    ("over", "error", "end", "expected"),
    [
        (False, None, None, "open"),
        (True, None, None, "completed"),
        (False, None, Ended(), "truncated"),
        (True, None, Ended(), "completed"),
        (False, None, Cancelled(), "cancelled"),
        (True, None, Cancelled(), "cancelled"),
        (True, None, Failed("boom"), "failed"),
        (False, None, Failed("boom"), "failed"),
        (True, FAILURE, None, "failed"),
        (True, FAILURE, Ended(), "failed"),
        (False, FAILURE, Cancelled(), "failed"),
    ],
)
def test_the_outcome_is_what_the_wire_and_the_driver_say(over: bool, error: Any, end: Any, expected: str) -> None:
    assert Envelope(over=over, error=error).outcome(end) == expected


def test_only_a_driver_s_failure_is_reported_as_one() -> None:
    assert Envelope().failure(Failed("boom")) == FAILURE
    assert [Envelope().failure(end) for end in (None, Ended(), Cancelled())] == [None] * 3
    assert Envelope(error=FAILURE).failure(Failed("later")) == FAILURE


def test_done_ends_the_answer_and_a_second_one_says_nothing() -> None:
    over = Envelope().read_marker(Done())
    assert over == Envelope(over=True, final=True)
    assert over.read_marker(Done()) is over


def test_what_is_no_chunk_is_noted_by_what_it_is() -> None:
    assert Envelope().read_marker(Undecodable("half a line")).diagnostics == (Diagnostic("undecodable", "half a line"),)
    assert Envelope().read_marker(7).diagnostics == (Diagnostic("ignored", "a int in place of a chunk"),)
    hint = "a dict in place of a chunk: make chunks of decoded JSON with `decoder`"
    assert Envelope().read_marker({"choices": []}).diagnostics == (Diagnostic("ignored", hint),)


def test_a_reason_that_is_repeated_at_once_counts_once() -> None:
    envelope = Envelope()
    for reason in ("stop", "stop", "length", "stop"):
        envelope = envelope.end_with(reason)
    assert (envelope.finish_reasons, envelope.over) == (("stop", "length", "stop"), True)
    for reason in range(40):
        envelope = envelope.end_with(str(reason))
    assert len(envelope.finish_reasons) == 16


@pytest.mark.parametrize("end", [Ended(), Cancelled(), Failed("x")])
def test_the_wire_s_last_word_stands_whatever_comes_after_it(end: End) -> None:
    over = Envelope().read_marker(Done())
    assert over.outcome(end) == "completed"
    assert over.failure(end) is None
    finished = Envelope().end_with("stop")  # no last word: usage may follow, or an error
    assert finished.outcome(end) == {"Ended": "completed", "Cancelled": "cancelled"}.get(type(end).__name__, "failed")
    limited = evolve(over, limit="characters")
    assert limited.outcome(Failed("x")) == "failed"

from typing import Any

import pytest
from streamfold.reducer.completions.chunk import Choice, Chunk
from streamfold.reducer.ends import Cancelled, Done, Ended, Failed, Undecodable
from streamfold.reducer.envelope import (
    Envelope,
    hides_reasoning,
    outcome,
    read_choice,
    read_envelope,
    read_marker,
    reported,
)
from streamfold.reducer.result import Diagnostic, StreamError, Usage
from streamfold.reducer.stream_error import read_error

FAILURE = StreamError("boom")
CUT_OFF = ("length", "content_filter", "error", "max_tokens", "insufficient_system_resource")
CLOSING = {"tool_calls": True, "stop": True, "function_call": True} | dict.fromkeys(CUT_OFF, False)


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
    assert outcome(over, error, end) == expected


def test_only_a_driver_s_failure_is_reported_as_one() -> None:
    assert reported(Failed("boom")) == FAILURE
    assert [reported(end) for end in (None, Ended(), Cancelled())] == [None] * 3


def test_a_done_marker_says_that_the_answer_is_over_and_a_second_one_says_nothing_new() -> None:
    over = read_marker(Envelope(), Done())
    assert over == Envelope(over=True)
    assert read_marker(over, Done()) is over


def test_what_is_no_chunk_is_noted_by_what_it_is() -> None:
    assert read_marker(Envelope(), Undecodable("half a line")).diagnostics == (
        Diagnostic("undecodable", "half a line"),
    )
    assert read_marker(Envelope(), 7).diagnostics == (Diagnostic("ignored", "a int in place of a chunk"),)


@pytest.mark.parametrize("usage", ["none", 7, ["prompt_tokens"], True])
def test_usage_that_is_no_object_leaves_the_counts_as_they_were(usage: Any) -> None:
    counted = read_envelope(Envelope(), Chunk(usage={"prompt_tokens": 3}))
    assert counted.usage.input_tokens == 3
    assert read_envelope(counted, Chunk(usage=usage)) is counted
    assert read_envelope(Envelope(), Chunk(usage=usage)).usage.source == "unknown"


def test_usage_of_its_own_goes_before_that_of_groq() -> None:
    chunk = Chunk(usage={"prompt_tokens": 3}, x_groq={"usage": {"prompt_tokens": 5}})
    assert read_envelope(Envelope(), chunk).usage.input_tokens == 3
    assert read_envelope(Envelope(), Chunk(x_groq={"usage": {"prompt_tokens": 5}})).usage.input_tokens == 5
    assert read_envelope(Envelope(), Chunk(x_groq={"id": "req_1"})) == Envelope()


def test_the_first_id_and_model_that_are_not_empty_stay() -> None:
    envelope = Envelope()
    for chunk in (Chunk(id="", model=""), Chunk(id="a", model="m"), Chunk(id="b", model="n")):
        envelope = read_envelope(envelope, chunk)
    assert (envelope.provider_id, envelope.model) == ("a", "m")


def test_an_envelope_begins_with_nothing() -> None:
    begun = Envelope()
    assert (begun.model, begun.provider_id, begun.over, begun.error, begun.extras) == ("", "", False, None, {})
    assert (
        begun.finish_reasons,
        begun.citations,
        begun.server_tools,
        tuple(begun.reasoning_details),
        begun.diagnostics,
    ) == ((),) * 5
    assert begun.usage == Usage()


def test_a_chunk_that_says_nothing_new_leaves_the_envelope_as_it_is() -> None:
    envelope = read_envelope(Envelope(), Chunk(id="a", model="m"))
    assert read_envelope(envelope, Chunk(id="a", model="m")) is envelope
    assert read_choice(envelope, Choice()) is envelope


def test_a_finish_reason_ends_the_answer_and_a_cut_off_one_leaves_its_calls_open() -> None:
    for reason, closed in CLOSING.items():
        envelope = read_choice(Envelope(), Choice(finish_reason=reason))
        assert (envelope.over, envelope.finish_reason, envelope.calls_closed) == (True, reason, closed)
    assert not Envelope().calls_closed
    assert not Envelope(over=True, error=FAILURE).calls_closed


def test_content_filter_results_are_merged_by_category() -> None:
    envelope = read_choice(Envelope(), Choice(content_filter_results={"hate": 1, "violence": 1}))
    envelope = read_choice(envelope, Choice(content_filter_results={"hate": 2}))
    assert envelope.extras == {"content_filter_results": {"hate": 2, "violence": 1}}


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        ({"message": "boom", "code": 500}, "boom", "500"),
        ({"message": "boom", "type": "server_error"}, "boom", "server_error"),
        ({"error": {"message": "boom", "code": "c"}, "message": "outer"}, "boom", "c"),
        ({"error": "boom"}, "boom", None),
        ("boom", "boom", None),
        ({"status": 500}, "{'status': 500}", None),
    ],
)
def test_an_error_s_words_are_found_wherever_the_provider_has_them(error: Any, message: str, code: str | None) -> None:
    read = read_error(error)
    assert (read.message, read.code, read.raw) == (message, code, error)


def test_a_model_hides_its_reasoning_as_told_or_else_by_its_name() -> None:
    assert [hides_reasoning(None, model) for model in ("o1", "o3-mini", "o4-mini", "gpt-5-nano")] == [True] * 4
    assert [hides_reasoning(None, model) for model in ("gpt-4o", "", None, "not-o1")] == [False] * 4
    assert [hides_reasoning(told, "o1") for told in (True, False)] == [True, False]
    assert [hides_reasoning(told, "gpt-4o") for told in (True, False)] == [True, False]

"""Responses that begin with an error, an end or items, and ends under a name that nobody knows (Q83, Q84, Q90)."""

from typing import Any

import pytest
from streamfold.adapters.wire import fold_bytes
from streamfold.reducer import responses
from support.event_shapes import (
    LEFT_OUT,
    USAGE,
    EventJson,
    arguments_delta,
    begun,
    body,
    completed,
    created,
    error,
    folded,
    function_call,
    in_progress,
    item_done,
    message,
    message_lane,
    response,
    text_delta,
)
from support.law_checks import MESSAGE_ID

PARIS = '{"city": "Paris"}'
SLOW = {"code": "rate_limit_exceeded", "message": "Slow down."}


def told(kind: str, status: Any = "in_progress", *output: Any, **members: Any) -> EventJson:
    return {"type": f"response.{kind}", "response": response(status, list(output), **members)}


@pytest.mark.parametrize("kind", ["created", "queued", "in_progress"])
@pytest.mark.parametrize("status", ["in_progress", "queued", "", None, LEFT_OUT, "failed", "FAILED"])
def test_q83_an_error_in_a_response_that_begins_is_its_end(kind: str, status: Any) -> None:
    fold = folded([created(), begun(message()), text_delta("Hi"), told(kind, status, error=SLOW, usage=USAGE)])
    result = fold.result
    assert result.error is not None
    assert (result.outcome, result.error.message, result.error.category) == ("failed", "Slow down.", "rate limit")
    assert (result.text, result.usage.input_tokens, result.extras) == ("Hi", USAGE["input_tokens"], {})
    assert fold.types() == ["assistant_message", "stop_reason"]


@pytest.mark.parametrize("nothing", [None, {}, "", {"code": None, "message": ""}, {"code": 0, "message": "Success"}])
def test_q83_what_says_that_nothing_went_wrong_is_no_error(nothing: Any) -> None:
    result = folded([created(error=nothing), *message_lane("Hi"), completed(message(0, "Hi"))]).result
    assert (result.outcome, result.error, result.text) == ("completed", None, "Hi")


def test_q83_an_error_beside_a_response_s_success_is_kept() -> None:
    """A server that sends the whole response with each event has not failed by its own word."""
    result = folded([told("created", "completed", error=SLOW), *message_lane("Hi"), completed()]).result
    assert (result.outcome, result.text, result.extras) == ("completed", "Hi", {"error": SLOW})


def test_q83_a_call_open_when_its_response_failed_is_not_safe() -> None:
    events = [created(), begun(function_call()), arguments_delta(PARIS), told("in_progress", error=SLOW)]
    (call,) = folded(events).result.tool_calls
    assert (call.arguments, call.complete) == (PARIS, False)


def test_q83_an_error_after_the_end_of_the_answer_changes_nothing() -> None:
    fold = folded([created(), *message_lane("Hi"), completed(), told("in_progress", error=SLOW)])
    assert (fold.result.outcome, fold.result.error) == ("completed", None)
    assert fold.notes("ignored") == ["response.in_progress after the end of the answer"]


@pytest.mark.parametrize("kind", ["created", "queued", "in_progress"])
def test_q90_a_response_that_begins_as_cancelled_is_over(kind: str) -> None:
    assert folded([told(kind, "cancelled")]).result.outcome == "cancelled"


@pytest.mark.parametrize(
    ("kind", "status", "outcome"),
    [
        ("aborted", "aborted", "failed"),
        ("expired", "expired", "failed"),
        ("stopped", "cancelled", "cancelled"),
        ("finished", "completed", "completed"),
        ("truncated", "incomplete", "completed"),
        ("heartbeat", "in_progress", "truncated"),
    ],
)
def test_q90_an_end_under_a_name_that_nobody_knows_is_one(kind: str, status: str, outcome: str) -> None:
    events = [created(), *message_lane("Hi"), told(kind, status, usage=USAGE) | {"trace": "t", "text": "more"}]
    result = folded(events).result
    assert (result.outcome, result.text) == (outcome, "Hi")
    kept = {"trace": "t", "text": "more"}
    assert {name: result.extras[name] for name in kept if name in result.extras} == (
        {} if outcome == "truncated" else kept
    )


def test_q90_an_unknown_end_about_an_item_ends_no_response() -> None:
    about = told("search.finished", "completed") | {"output_index": 0}
    result = folded([created(), about, *message_lane("Hi")]).result
    assert (result.outcome, result.text) == ("truncated", "Hi")


def test_q90_an_unknown_end_after_an_error_has_the_usage() -> None:
    result = folded([created(), error("boom"), told("aborted", "aborted", usage=USAGE)]).result
    assert (result.outcome, result.usage.input_tokens) == ("failed", USAGE["input_tokens"])


@pytest.mark.parametrize("kind", ["created", "queued", "in_progress"])
def test_q84_the_items_of_a_response_that_begins_are_said_once(kind: str) -> None:
    whole = message(0, "Hello")
    for rest in ([], message_lane("Hello"), [text_delta("Hel"), text_delta("lo"), item_done(whole)]):
        result = folded([told(kind, "completed", whole), *rest, completed()]).result
        assert (result.text, result.outcome, len(result.output)) == ("Hello", "completed", 1)


def test_q84_items_that_grow_with_each_report_are_said_as_they_grow() -> None:
    reports = [told("in_progress", "in_progress", message(0, "Hello"[:at])) for at in (3, 3, 5)]
    fold = folded([created(), *reports])
    assert [said.content for said in fold.said] == ["Hel", "lo"]
    assert (fold.result.outcome, fold.result.output[0].done) == ("truncated", False)


def test_q84_a_call_that_only_a_beginning_has_waits_for_the_end() -> None:
    begins = told("in_progress", "in_progress", function_call(0, arguments=PARIS))
    for rest, safe in (([], False), ([completed()], True)):
        (call,) = folded([created(), begins, *rest]).result.tool_calls
        assert (call.arguments, call.complete) == (PARIS, safe)


def test_q84_items_of_a_beginning_after_the_end_are_not_read() -> None:
    result = folded([created(), *message_lane("Hi"), completed(), told("queued", "queued", message(0, "Ho"))]).result
    assert (result.text, len(result.output)) == ("Hi", 1)


def test_q84_what_else_a_beginning_says_is_kept() -> None:
    said = {"incomplete_details": {"reason": "slow"}, "output_text": "Hi"}
    result = folded([told("created", "in_progress", 7, None, {}, **said), in_progress()]).result
    assert result.extras == {"output": (7,), **said}
    assert (result.text, result.finish_reason) == ("", None)


def test_q84_a_whole_response_that_goes_on_has_its_items() -> None:
    whole = response("in_progress", [message(0, "Hi")])
    state, _ = fold_bytes(
        responses, responses.Config(message_id=MESSAGE_ID), [body([created()]), body([whole], named=False)]
    )
    assert (responses.result(state).text, responses.result(state).outcome) == ("Hi", "truncated")

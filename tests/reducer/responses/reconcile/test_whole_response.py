"""The response as a whole: its list of items, its model, usage and reason."""

from typing import Any

import pytest
from streamfold.reducer import responses
from streamfold.reducer.result import TextPart
from support.event_shapes import (
    LEFT_OUT,
    USAGE,
    arguments_delta,
    begun,
    call_lane,
    completed,
    created,
    custom_call,
    failed,
    folded,
    function_call,
    in_progress,
    incomplete,
    item_done,
    message,
    message_lane,
    open_state,
    response,
    text_delta,
)
from support.law_checks import channels


def texts(*events: Any) -> list[str]:
    return [part.text for part in folded(events, agree=False).result.content if isinstance(part, TextPart)]


@pytest.mark.parametrize(
    ("status", "complete"), [("completed", True), ("incomplete", False), ("in_progress", False), (LEFT_OUT, False)]
)
def test_a_cut_off_response_s_list_must_call_a_call_completed(status: Any, complete: bool) -> None:
    call = function_call(0, arguments="{}", status=status)
    assert folded([created(), incomplete(call)]).result.tool_calls[0].complete is complete


def test_a_call_that_was_whole_stays_whole_in_the_final_list() -> None:
    last = function_call(0, arguments="{}", status=LEFT_OUT)
    assert folded([created(), *call_lane("{}"), incomplete(last)]).result.tool_calls[0].complete


def test_only_the_last_call_can_be_the_one_that_was_cut_off() -> None:
    first, last = custom_call(0, text="SELECT"), custom_call(1, text="SELEC")
    came = folded([created(), item_done(first), item_done(last, 1), incomplete()])
    assert [call.complete for call in came.result.tool_calls] == [True, False]
    came = folded([created(), item_done(first), *message_lane("Hi", 1), incomplete()])
    assert [call.complete for call in came.result.tool_calls] == [True]


def test_a_response_that_was_steered_cut_no_call_off() -> None:
    came = folded([created(), item_done(custom_call(0, text="SELECT")), incomplete(reason="steered")])
    assert came.result.tool_calls[0].complete


@pytest.mark.parametrize(
    ("terminal", "complete"),
    [
        (completed(), True),
        (completed(status=LEFT_OUT), True),
        (completed(status="incomplete"), False),
        (incomplete(), False),
    ],
    ids=["completed", "by its event", "by its event alone", "incomplete"],
)
def test_a_call_never_done_is_whole_only_in_a_completed_response(terminal: Any, complete: bool) -> None:
    came = folded([created(), begun(function_call()), arguments_delta("{}"), terminal])
    assert came.result.tool_calls[0].complete is complete


def test_a_call_that_a_list_of_calls_lacks_is_not_closed() -> None:
    lane, other = call_lane('{"a":1}', 0), call_lane('{"b":2}', 1)
    listed = function_call(1, arguments='{"b":2}')

    def complete(*events: Any) -> list[bool]:
        return [call.complete for call in folded([created(), *events], agree=False).result.tool_calls]

    assert complete(*lane[:2], *other, completed(listed)) == [False, True]
    assert complete(*lane[:3], *other, completed(listed)) == [True, True]
    assert complete(*lane, *other, completed(listed)) == [True, True]
    assert complete(*lane[:2], completed(message(1, "Hi"))) == [True]
    assert complete(*lane[:2], *other, completed()) == [True, True]


def test_nothing_more_comes_for_an_item_of_a_response_that_completed() -> None:
    came = folded([created(), begun(message()), text_delta("a"), completed(), text_delta("late")])
    assert (came.result.text, came.notes("ignored")) == ("a", ["response.output_text.delta for an item that is done"])


def test_a_final_list_that_lacks_an_item_is_noted_unless_empty() -> None:
    lanes = [*message_lane("a", 0), *message_lane("b", 1)]
    came = folded([created(), *lanes, completed(message(0, "a"))])
    assert came.notes("mismatch") == ["the final list lacks an item that came before"]
    for terminal in (completed(), completed(message(0, "a"), message(1, "b"))):
        assert folded([created(), *lanes, terminal]).notes("mismatch") == []


def test_an_item_that_only_the_final_list_has_is_said() -> None:
    came = folded([created(), *message_lane("a", 0), completed(message(0, "a"), message(1, "b"))])
    assert (came.result.text, channels(came.messages)["text"]) == ("ab", "ab")


def test_what_is_no_object_in_the_final_list_keeps_its_place() -> None:
    came = folded(
        [created(), *message_lane("a", 0), *message_lane("b", 1), completed(None, message(1, "b!", id="new"))]
    )
    assert texts(
        created(), *message_lane("a", 0), *message_lane("b", 1), completed(None, message(1, "b!", id="new"))
    ) == [
        "a",
        "b!",
    ]
    assert came.notes("mismatch") == ["the final list lacks an item that came before"]


def test_the_last_response_names_the_model_unless_it_says_none() -> None:
    def who(*events: Any) -> tuple[str | None, str | None]:
        result = folded(events).result
        return result.model, result.provider_id

    first = {"type": "response.created", "response": response("in_progress", response_id="a", model="m")}
    assert who(first) == ("m", "a")
    assert who(first, {"type": "response.in_progress", "response": response("", response_id="b", model="n")}) == (
        "m",
        "a",
    )
    assert who(first, completed(response_id="b", model="n")) == ("n", "b")
    assert who(first, completed(response_id="", model="")) == ("m", "a")
    assert who(completed(response_id="b", model="n")) == ("n", "b")


def test_usage_is_the_last_that_was_reported() -> None:
    early = {"type": "response.in_progress", "response": response("in_progress", usage={"input_tokens": 1})}
    assert folded([early]).result.usage.input_tokens == 1
    assert folded([early, completed()]).result.usage.input_tokens == USAGE["input_tokens"]
    assert folded([early, completed(usage=None)]).result.usage.input_tokens == 1
    assert folded([created(), in_progress()]).result.usage.source == "unknown"


def test_the_reason_is_the_details_the_status_or_the_event() -> None:
    def reason(terminal: Any) -> str | None:
        return folded([created(), terminal]).result.finish_reason

    assert reason(incomplete(reason="content_filter")) == "content_filter"
    assert reason(incomplete(incomplete_details=None)) == "incomplete"
    assert reason(incomplete(incomplete_details=None, status=None)) == "incomplete"
    assert reason(completed(status="cancelled")) == "cancelled"
    assert reason(failed()) == "failed"


def test_a_response_that_goes_on_is_not_over() -> None:
    state = open_state([created(), in_progress(), {"type": "response.queued", "response": response("queued")}])
    assert (state.envelope.over, responses.result(state).outcome) == (False, "open")


def test_a_short_list_is_not_held_against_very_many_items() -> None:
    for count, expected in ((280, []), (300, ["a list of few items while very many have come"])):
        begins = [begun(message(at), at) for at in range(count)]
        listed = in_progress() | {"response": response("in_progress", [message(0, "a")])}
        assert folded([created(), *begins, listed], agree=False).notes("ignored") == expected

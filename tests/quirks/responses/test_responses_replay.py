"""What providers really send on the Responses wire: numbers, replays, one response after another (Q67, Q68, Q77)."""

import pytest
from streamfold.reducer import fold, responses
from streamfold.reducer.result import TextPart
from support.event_shapes import (
    EventJson,
    arguments_delta,
    begun,
    call_lane,
    chunks_of,
    completed,
    created,
    custom_call,
    custom_lane,
    folded,
    function_call,
    in_progress,
    incomplete,
    item_added,
    message,
    message_lane,
    numbered,
    open_state,
    server_lane,
    summary_lane,
    text_delta,
)
from support.law_checks import MESSAGE_ID, channels

PARIS = '{"city": "Paris"}'
RAIN = "It rains in Paris."


# Q67


def whole() -> list[EventJson]:
    return [created(), in_progress(), *message_lane(RAIN, 0), *call_lane(PARIS, 1), completed(output=None)]


@pytest.mark.parametrize(
    "events",
    [
        whole(),
        numbered(whole()),
        numbered(whole(), first=1),
        numbered(whole(), first=412),
        numbered(whole(), step=3),
        numbered(whole(), step=0),
        numbered(whole(), first=7, step=0),
        [*whole()[:5], *numbered(whole()[5:], first=5)],
        numbered(whole())[1:],
        numbered(whole())[2:],
        [{**event, "sequence_number": str(event["sequence_number"])} for event in numbered(whole())],
        [{**event, "sequence_number": None} for event in whole()],
    ],
    ids=[
        "none",
        "from 0",
        "from 1",
        "from 412",
        "gaps",
        "always 0",
        "always 7",
        "from the sixth",
        "no created",
        "no created, no in_progress",
        "as text",
        "null",
    ],
)
def test_q67_however_events_are_numbered_each_is_folded_once(events: list[EventJson]) -> None:
    fold = folded(events)
    assert channels(fold.messages)["text"] == fold.result.text == RAIN
    assert [(call.arguments, call.complete) for call in fold.result.tool_calls] == [(PARIS, True)]
    assert (fold.result.outcome, fold.result.chunks) == ("completed", len(events))


def test_q67_a_number_repeated_from_the_second_event_is_not_believed() -> None:
    first, *others = whole()
    events = [{**first, "sequence_number": 0}, *({**event, "sequence_number": 1} for event in others)]
    assert folded(events).result.text == RAIN


def test_q67_an_event_that_comes_late_into_its_gap_is_folded() -> None:
    left, right = numbered([created(), text_delta("left", 0), text_delta("right", 1)])[1:]
    fold = folded([{**created(), "sequence_number": 0}, right, left, left], agree=False)
    assert fold.result.text == "leftright"
    assert fold.result.chunks == 3


@pytest.mark.parametrize("after", range(1, 12))
def test_q67_a_resumed_stream_goes_on_where_the_number_says(after: int) -> None:
    events = numbered(whole())
    once = fold(responses, responses.Config(message_id=MESSAGE_ID), chunks_of(events))
    state = open_state(events[:after])
    resumed = [event for event in events if event["sequence_number"] > state.highest]
    assert fold(responses, responses.Config(message_id=MESSAGE_ID), chunks_of([*events[:after], *resumed])) == once
    overlapping = [*events[:after], *events[max(0, after - 3) :]]
    assert fold(responses, responses.Config(message_id=MESSAGE_ID), chunks_of(overlapping)) == once


# Q68


def test_q68_items_that_are_done_are_not_said_again_under_fresh_numbers() -> None:
    events = [created(), *message_lane(RAIN, 0), *call_lane(PARIS, 1), *summary_lane(["Look."], 2)]
    events += [*server_lane("web_search_call", 3, "searching", "completed"), begun(message(4), 4)]
    replayed = numbered([*events, *events, text_delta("Then ", 4), text_delta("it stops.", 4)])
    once = folded([*events, text_delta("Then ", 4), text_delta("it stops.", 4)])
    again = folded(replayed)
    assert again.messages == once.messages
    assert again.result.content == once.result.content
    assert again.result.tool_calls == once.result.tool_calls


@pytest.mark.parametrize("fresh", [False, True], ids=["without numbers", "with fresh numbers"])
def test_q68_a_whole_stream_that_is_replayed_says_nothing_new(fresh: bool) -> None:
    events = [created(), in_progress(), *message_lane(RAIN, 0), *call_lane(PARIS, 1), *custom_lane("SELECT 1", 2)]
    events += [completed(message(0, RAIN), function_call(1, arguments=PARIS), custom_call(2, text="SELECT 1"))]
    twice = [*events, *events]
    once, again = folded(events), folded(numbered(twice) if fresh else twice)
    assert again.messages == once.messages
    assert (again.result.content, again.result.tool_calls) == (once.result.content, once.result.tool_calls)
    assert again.result.finish_reasons == once.result.finish_reasons == ("completed",)


def test_q68_the_beginning_of_an_open_item_that_is_replayed_contradicts_nothing() -> None:
    begin = item_added(message(0, "It rains", status="in_progress"))
    fold = folded([created(), begin, text_delta(" in Paris."), begin])
    assert channels(fold.messages)["text"] == fold.result.text == RAIN
    assert fold.notes("mismatch") == []


def test_q68_the_arguments_an_open_call_began_with_contradict_nothing() -> None:
    begin = item_added(function_call(0, arguments='{"city":', status="in_progress"))
    fold = folded([created(), begin, arguments_delta(' "Paris"}'), begin])
    assert channels(fold.messages)["calls"][0]["arguments"] == fold.result.tool_calls[0].arguments == PARIS
    assert fold.notes("mismatch") == []


# Q77


def steered() -> list[EventJson]:
    """A response that the user interrupted with new input, and the one that answers it."""
    first = [created("resp_1"), *message_lane("Walk along the", 0, status="incomplete")]
    second = [created("resp_2"), *message_lane("Take the bus.", 0), *call_lane(PARIS, 1)]
    return [
        *first,
        incomplete(message(0, "Walk along the", status="incomplete"), reason="steered"),
        *second,
        completed(message(0, "Take the bus."), function_call(1, arguments=PARIS), response_id="resp_2"),
    ]


def renumbered() -> list[EventJson]:
    events = steered()
    at = next(at for at, event in enumerate(events) if event["type"] == "response.incomplete") + 1
    return [*numbered(events[:at]), *numbered(events[at:])]


@pytest.mark.parametrize(
    "events", [steered(), numbered(steered()), renumbered()], ids=["no numbers", "numbers go on", "numbers begin anew"]
)
def test_q77_a_steered_response_is_followed_by_another_in_the_same_stream(events: list[EventJson]) -> None:
    fold = folded(events)
    assert [part.text for part in fold.result.content if isinstance(part, TextPart)] == [
        "Walk along the",
        "Take the bus.",
    ]
    assert [(call.id, call.complete) for call in fold.result.tool_calls] == [("call_1", True)]
    assert fold.result.finish_reasons == ("steered", "completed")
    assert (fold.result.outcome, fold.result.finish_reason) == ("completed", "completed")
    assert fold.result.provider_id == "resp_2"
    assert fold.notes("mismatch") == []


def test_q77_the_end_in_the_second_response_is_truncated() -> None:
    assert folded(steered()[:-1]).result.outcome == "truncated"


def test_q77_a_steered_stream_that_is_replayed_says_nothing_new() -> None:
    events = numbered(steered())
    once = folded(events)
    assert folded([*events, *events]).messages == once.messages
    for at, event in enumerate(events):
        assert folded([*events[: at + 1], event, *events[at + 1 :]]).messages == once.messages
        assert folded([*events, event]).messages == once.messages


def test_q77_events_of_the_first_response_redelivered_in_the_second_say_nothing() -> None:
    events = numbered(steered())
    begun_again = next(at for at, event in enumerate(events) if event["type"] == "response.incomplete") + 2
    once = folded(events)
    for event in events[:begun_again]:
        assert folded([*events[:begun_again], event, *events[begun_again:]]).messages == once.messages


def test_q77_steering_s_own_events_change_nothing() -> None:
    steer = {"id": "steer_1", "previous_response_id": "resp_1"}
    pending = {"type": "response.steer.pending", "steer": steer, "reason": "waiting_for_required_input"}
    accepted = {"type": "response.steer.accepted", "steer": steer, "stream_id": "lane-1"}
    inject = {"type": "response.inject.failed", "error": {"code": "x", "message": "not now"}, "response_id": "resp_1"}
    events = [created(), accepted, text_delta("It ", stream_id="lane-1"), inject, completed(output=None), pending]
    fold = folded(events)
    assert (fold.result.text, fold.result.outcome, fold.result.error) == ("It ", "completed", None)
    assert fold.notes("ignored") == ["response.steer.accepted", "response.inject.failed", "response.steer.pending"]


def test_q77_a_response_that_is_created_after_its_end_is_no_other() -> None:
    added = item_added(function_call(), 0)
    said = channels(folded([added, completed(output=None), created(), added]).messages)
    assert [call["name"] for call in said["calls"]] == ["get_weather"]

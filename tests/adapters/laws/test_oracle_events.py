"""Responses events, read naively."""

from collections.abc import Sequence
from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.adapters.laws.oracle_events import closes, cuts, lane, over, said
from streamfold.reducer import Done, Undecodable
from streamfold.reducer.responses.event import Event
from support import event_shapes as wired

DECODE = wire.decoder("responses")
ANSWER = [
    wired.created(),
    *wired.summary_lane(["One.", "Two."], 0),
    *wired.message_lane("Hello", 1),
    *wired.call_lane('{"a": 1}', 2),
]


def read(events: Sequence[Any]) -> Any:
    return said([DECODE(event) for event in events], None)


def test_deltas_are_joined_by_channel_and_parts_are_wholes() -> None:
    found = read(ANSWER)
    assert (found.text, found.reasoning, found.refusal, found.arguments) == ("Hello", "One.Two.", "", '{"a": 1}')
    wholes = {channel: [part for part in parts if part] for channel, parts in found.wholes.items()}
    assert wholes == {"text": ["Hello"], "refusal": [], "reasoning": ["One.", "Two."], "arguments": ['{"a": 1}']}
    assert not found.contradicted


def test_the_final_list_is_read_where_it_has_the_items_in_order() -> None:
    items = [event["item"] for event in ANSWER if event["type"] == "response.output_item.done"]
    assert read([*ANSWER, wired.completed(*items)]).text == "Hello"
    late = wired.message(0, wired.text_part("Hello"))
    found = read([wired.begun(wired.message(0)), wired.text_delta("Hel"), wired.completed(late)])
    assert (found.text, found.wholes["text"]) == ("Hello", ["Hello"])


@pytest.mark.parametrize(
    ("events", "channel", "text"),
    [
        (
            [wired.begun(wired.custom_call()), wired.input_delta("SEL"), wired.input_done("SELECT")],
            "arguments",
            "SELECT",
        ),
        ([wired.begun(wired.message(0)), wired.part_done(wired.text_part("Hello"))], "text", "Hello"),
        ([wired.begun(wired.message(0)), wired.part_done(wired.refusal_part("No."))], "refusal", "No."),
        ([wired.begun(wired.reasoning()), wired.summary_part_done("Hm.")], "reasoning", "Hm."),
        (
            [wired.begun(wired.message(0)), wired.item_done(wired.message(0, wired.refusal_part("No.")))],
            "refusal",
            "No.",
        ),
        ([wired.begun(wired.reasoning()), wired.item_done(wired.reasoning(0, raw=["Hm."]))], "reasoning", "Hm."),
        ([wired.begun(wired.reasoning()), wired.item_done(wired.reasoning(0, "Hm."))], "reasoning", "Hm."),
    ],
)
def test_a_whole_is_read_wherever_it_comes(events: list[Any], channel: str, text: str) -> None:
    assert getattr(read(events), channel) == text


def test_a_refusal_is_one() -> None:
    refused = wired.message(0, wired.refusal_part("No."))
    events = [wired.begun(refused), wired.refusal_delta("N"), wired.refusal_delta("o."), wired.item_done(refused)]
    found = read(events)
    assert (found.refusal, found.wholes["refusal"]) == ("No.", ["No."])


def test_a_whole_that_goes_on_adds_its_tail() -> None:
    found = read([wired.begun(wired.message(0)), wired.text_delta("Hel"), wired.text_done("Hello")])
    assert (found.text, found.wholes["text"], found.contradicted) == ("Hello", ["Hello"], False)


def test_a_whole_that_says_otherwise_contradicts() -> None:
    found = read([wired.begun(wired.message(0)), wired.text_delta("Hel"), wired.text_done("Other")])
    assert (found.text, found.wholes["text"], found.contradicted) == ("Hel", ["Other"], True)
    found = read([wired.begun(wired.message(0)), wired.text_delta("Hel"), wired.text_done("")])
    assert (found.wholes["text"], found.contradicted) == (["Hel"], False)


def test_nothing_is_read_after_a_failure() -> None:
    events = [wired.begun(wired.message(0)), wired.text_delta("a"), wired.error(), wired.text_delta("b")]
    assert read(events).text == "a"


@pytest.mark.parametrize(
    "events",
    [
        [*wired.numbered([wired.created(), wired.begun(wired.message(0))]), *wired.numbered([wired.created()])],
        wired.numbered(ANSWER, 0, 2),
        [wired.created(), wired.created()],
        [wired.text_delta("a") | {"output_index": None}],
        [wired.begun(wired.message(0)), wired.begun(wired.reasoning(0))],
        [wired.begun(wired.message(0)), wired.text_delta("a") | {"item_id": "other"}],
        [wired.begun(wired.message(0)), wired.text_delta("a", 1) | {"item_id": "item_0"}],
        [wired.begun(wired.message(0)), wired.begun(wired.message(0))],
        [*ANSWER, wired.completed(wired.message(1), wired.reasoning(0), wired.function_call(2))],
        [wired.begun(wired.function_call()), wired.item_done(wired.function_call(name="other"))],
        [wired.begun(wired.function_call()), wired.item_done(wired.function_call(call_id="other"))],
    ],
    ids=[
        "numbers again",
        "gaps",
        "two responses",
        "no index",
        "another type",
        "another id",
        "another index",
        "announced twice",
        "another order",
        "another name",
        "another call id",
    ],
)
def test_a_stream_with_an_oddity_is_not_judged(events: list[Any]) -> None:
    assert read(events) is None


def test_deltas_without_a_number_are_cut_at_each_place() -> None:
    delta = DECODE(wired.text_delta("abc"))
    assert isinstance(delta, Event)
    pieces = [(one.delta, other.delta) for one, other in cuts(delta)]
    assert pieces == [("a", "bc"), ("ab", "c")]
    assert {(one.type, one.item_id, one.output_index) for pair in cuts(delta) for one in pair} == {
        (delta.type, delta.item_id, delta.output_index)
    }


@pytest.mark.parametrize(
    "event",
    [
        wired.numbered([wired.text_delta("abc")])[0],
        wired.text_done("abc"),
        wired.progress("code_interpreter_call_code", "delta", delta="abc"),
        wired.text_delta("a"),
        "[DONE]",
    ],
)
def test_other_events_are_not_cut(event: Any) -> None:
    assert list(cuts(DECODE(event))) == []


def test_a_lane_is_an_item_s_index() -> None:
    assert lane(DECODE(wired.text_delta("a", 3))) == 3
    assert lane(DECODE(wired.created())) is None
    assert lane(Event(type="error", output_index=3)) is None  # it is about the answer, whatever stands in it
    assert lane(Done()) is None


@pytest.mark.parametrize(
    ("event", "whole"),
    [
        (wired.arguments_done("{}"), False),
        (wired.input_done("x"), False),
        (wired.item_done(wired.function_call()), True),
        (wired.completed(), True),
        (wired.incomplete(), False),
        (wired.incomplete(wired.function_call()), True),
        (wired.text_done("x"), False),
        (wired.failed(), False),
        (wired.begun(wired.function_call()), False),
        ("[DONE]", False),
    ],
)
def test_what_is_done_closes_calls(event: Any, whole: bool) -> None:
    assert closes([DECODE(wired.created()), Undecodable("x"), DECODE(event)], None) is whole


@pytest.mark.parametrize(
    ("events", "is_over"),
    [
        ([], False),
        ([wired.created(), wired.text_delta("a")], False),
        ([wired.created(), wired.completed()], True),
        ([wired.created(), wired.incomplete()], True),
        ([wired.created(), wired.failed()], True),
        ([wired.created(), "[DONE]"], True),
        ([wired.created(), wired.completed(), wired.created()], None),
        ([wired.completed(), wired.created()], None),
        (wired.numbered([wired.created(), wired.completed()], 3, 0), None),
    ],
)
def test_a_terminal_ends_one_response(events: list[Any], is_over: bool | None) -> None:
    assert over([DECODE(event) for event in events], None) is is_over

"""Responses: where the openai SDK's accumulator and our fold differ, each defect by a small stream.

Then the other way round: random streams, bent as providers bend them, are to us what the straight ones are to the SDK.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from differential.response_streams import response_streams
from differential.sdk_readers import final_of_ours, final_of_theirs, read_responses, snapshots_of_ours
from hypothesis import given
from hypothesis import strategies as st
from support import event_shapes as wired
from support.law_checks import channels

Event = dict[str, Any]
Bend = Callable[[list[Event]], list[Event]]

RAIN, DAY = "It rains.", '{"day": 1}'
SAID, CALLED = wired.message(0, RAIN), wired.function_call(1, arguments=DAY)
SPEECH, CALL = wired.message_lane(RAIN), wired.call_lane(DAY, 1)
BEGIN = wired.created()


def lacking(events: list[Event], *kinds: str) -> list[Event]:
    return [event for event in events if event["type"].removeprefix("response.") not in kinds]


def rotated(events: list[Event]) -> list[Event]:
    """Each event with ids of its own, as Copilot sends them; only the indices tell what they are about."""
    told = []
    for at, event in enumerate(events):
        if "item_id" in event:
            event = {**event, "item_id": f"rotated_{at}"}
        if event.get("item"):
            event = {**event, "item": {**event["item"], "id": f"rotated_{at}"}}
        told.append(event)
    return told


def ours(events: list[Event]) -> Any:
    return wired.folded(events, agree=False).result


RAISES: dict[str, tuple[list[Event], str]] = {
    "a stream that was resumed": ([*SPEECH, wired.completed(SAID)], "Expected to have received `response.created`"),
    "a message whose part was not announced": (
        [BEGIN, *lacking(SPEECH, "content_part.added"), wired.completed(SAID)],
        "list index out of range",
    ),
    "an item that was not announced": (
        [BEGIN, *lacking(SPEECH, "output_item.added"), wired.completed(SAID)],
        "before receiving its output item",
    ),
    "an item whose id changes": ([BEGIN, *rotated(SPEECH), wired.completed(SAID)], "item identity changed"),
    "a response whose id changes": (
        [BEGIN, *SPEECH, wired.completed(SAID, id="resp_2")],
        "Lifecycle response identity changed",
    ),
    "an item that is never done": (
        [BEGIN, *lacking(SPEECH, "output_item.done"), wired.completed(output=None)],
        "unfinished output items",
    ),
    "events that come again": (
        [*wired.numbered([BEGIN, *SPEECH]), *wired.numbered([BEGIN, *SPEECH, wired.completed(SAID)])],
        "Duplicate response output index",
    ),
}


@pytest.mark.parametrize(("events", "words"), RAISES.values(), ids=RAISES)
def test_what_the_sdk_raises_on(events: list[Event], words: str) -> None:
    with pytest.raises((RuntimeError, IndexError), match=words):
        read_responses(events)
    result = ours(events)
    assert (result.text, result.tool_calls, result.outcome) == (RAIN, (), "completed")


def test_the_sdk_raises_on_steered_responses_and_we_go_on() -> None:
    steered = [BEGIN, *SPEECH, wired.incomplete(SAID, reason="steered"), wired.created("resp_2"), *SPEECH]
    with pytest.raises(RuntimeError, match="Lifecycle response identity changed"):
        read_responses(steered)
    assert ours([*steered, wired.completed(SAID, id="resp_2")]).text == RAIN * 2


def test_the_sdk_says_a_delta_twice_that_comes_twice() -> None:
    events = wired.numbered([BEGIN, *SPEECH])
    again = [*events[:5], events[4], *events[5:]]
    assert (events[4]["type"], events[4]["delta"]) == ("response.output_text.delta", "rains.")
    assert read_responses(again).snapshots() == (["It rains.rains."], [])
    assert snapshots_of_ours(ours(again)) == ([RAIN], [])


def test_the_sdk_has_nothing_where_the_final_list_is_empty() -> None:
    final = read_responses([BEGIN, *SPEECH, *CALL, wired.completed()]).final
    assert (final.output_text, final.output) == ("", [])
    result = ours([BEGIN, *SPEECH, *CALL, wired.completed()])
    assert (result.text, [call.arguments for call in result.tool_calls]) == (RAIN, [DAY])


@pytest.mark.parametrize(
    ("deltas", "theirs"), [("output_text.delta", ([], [DAY])), ("function_call_arguments.delta", ([RAIN], []))]
)
def test_the_sdk_s_snapshots_lack_what_only_the_done_events_say(deltas: str, theirs: Any) -> None:
    events = lacking([BEGIN, *SPEECH, *CALL], deltas)
    assert read_responses(events).snapshots() == theirs
    assert snapshots_of_ours(ours(events)) == ([RAIN], [DAY])


def test_the_sdk_s_snapshots_lack_refusals() -> None:
    refusal = wired.message(0, wired.refusal_part("No."))
    events = [BEGIN, wired.begun(refusal), wired.part_added(wired.refusal_part("")), wired.refusal_delta("No.")]
    item: Any = read_responses(events).state._get_output_item(0)  # noqa: SLF001  # it has no public name
    assert [part.refusal for part in item.content] == [""]
    assert ours(events).refusal == "No."


@pytest.mark.parametrize("arguments", [{"day": 1}, ""])
def test_the_sdk_gives_arguments_out_that_are_no_json(arguments: Any) -> None:
    item = wired.function_call(0, arguments=arguments)
    events = [BEGIN, wired.begun(wired.function_call(0)), wired.item_done(item), wired.completed(item)]
    (theirs,) = read_responses(events).final.output
    assert theirs.arguments == arguments
    (call,) = ours(events).tool_calls
    assert (call.arguments, call.complete) == ('{"day":1}' if arguments else "{}", True)


@pytest.mark.parametrize(
    ("terminal", "outcome"),
    [(wired.incomplete(SAID), "completed"), (wired.failed(), "failed"), (wired.error(), "failed"), (None, "truncated")],
    ids=["incomplete", "failed", "error", "none"],
)
def test_the_sdk_has_no_final_answer_unless_the_response_completed(terminal: Event | None, outcome: str) -> None:
    events = [BEGIN, *SPEECH, *([terminal] if terminal else [])]
    assert read_responses(events).final is None
    result = ours(events)
    assert (result.text, result.outcome) == (RAIN, outcome)


# Providers' ways to send the same


def terminal(events: list[Event], output: Any) -> list[Event]:
    """The events with another list of items in the last."""
    *told, last = events
    return [*told, {**last, "response": {**last["response"], "output": output}}]


def renamed_at_the_end(events: list[Event]) -> list[Event]:
    output = events[-1]["response"]["output"]
    return terminal(events, [{**item, "id": f"final_{at}"} for at, item in enumerate(output)])


def between(more: Event) -> Bend:
    return lambda events: [sent for event in events for sent in (event, more)]


DELTAS = ("output_text", "refusal", "function_call_arguments", "custom_tool_call_input", "reasoning_summary_text")
PARTS = ("content_part", "reasoning_summary_part")
WHOLES = (*(f"{name}.done" for name in DELTAS), *(f"{part}.done" for part in PARTS))
SHAPES: dict[str, Bend] = {
    "straight": lambda events: events,
    "no beginning": lambda events: lacking(events, "created", "in_progress"),
    "no parts": lambda events: lacking(events, *(f"{part}.{end}" for part in PARTS for end in ("added", "done"))),
    "no items announced": lambda events: lacking(events, "output_item.added"),
    "no items done": lambda events: lacking(events, "output_item.done"),
    "no wholes": lambda events: lacking(events, *WHOLES),
    "no wholes at all": lambda events: lacking(events, *WHOLES, "output_item.done"),
    "no deltas": lambda events: lacking(events, *(f"{name}.delta" for name in DELTAS)),
    "only items that are done": lambda events: [
        event for event in events if event["type"] in ("response.output_item.done", "response.completed")
    ],
    "ids that rotate": rotated,
    "no indices": lambda events: wired.without(events, "output_index"),
}
ENDS: dict[str, Bend] = {
    "straight": lambda events: events,
    "other ids": renamed_at_the_end,
    "no items": lambda events: terminal(events, []),
    "null": lambda events: terminal(events, None),
}
DELIVERIES: dict[str, Bend] = {
    "straight": lambda events: events,
    "not numbered": lambda events: wired.without(events, "sequence_number"),
    "each event twice": lambda events: [event for event in events for _ in range(2)],
    "from the middle again": lambda events: [*events[: len(events) // 2], *events[len(events) // 4 :]],
    "with keepalives": between({"type": "keepalive"}),
    "with unknown events": between({"type": "response.news.delta", "output_index": 0, "delta": "?"}),
}


def check_same(bent: list[Event], straight: list[Event]) -> None:
    fold = wired.folded(bent, agree=False)
    assert final_of_ours(fold.result) == final_of_theirs(read_responses(straight).final)
    # What the messages said is the same; texts of messages that mix are told in another order than the result has.
    said = channels(fold.messages)
    assert Counter(said["text"]) == Counter(fold.result.text)
    assert Counter(said["refusal"]) == Counter(fold.result.refusal)
    calls = sorted((call["id"], call["name"], call["arguments"]) for call in said["calls"])
    assert calls == sorted((call.id, call.name, call.arguments) for call in fold.result.tool_calls)


@given(response_streams(), *(st.sampled_from(sorted(table)) for table in (SHAPES, ENDS, DELIVERIES)))
def test_bent_streams_give_us_what_straight_ones_give_the_sdk(
    events: list[Event], shape: str, end: str, delivery: str
) -> None:
    check_same(DELIVERIES[delivery](ENDS[end](SHAPES[shape](events))), events)


@given(response_streams(), st.sampled_from(sorted(DELIVERIES)))
def test_deltas_alone_give_us_what_whole_streams_give_the_sdk(events: list[Event], delivery: str) -> None:
    check_same(DELIVERIES[delivery](ENDS["null"](SHAPES["no wholes at all"](events))), events)


@given(response_streams(), st.sampled_from(sorted(DELIVERIES)))
def test_the_end_alone_gives_us_what_whole_streams_give_the_sdk(events: list[Event], delivery: str) -> None:
    check_same(DELIVERIES[delivery](events[-1:]), events)

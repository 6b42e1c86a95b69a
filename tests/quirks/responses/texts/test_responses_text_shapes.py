"""Text in other shapes and under other names than the API's (Q73, Q78, Q89), and messages that accumulate."""

from typing import Any

import pytest
from streamfold.adapters.laws.checker import check_laws
from streamfold.reducer import responses
from support.adapters.sdk_objects import READERS, chunks_by
from support.event_shapes import (
    EventJson,
    begun,
    body,
    completed,
    created,
    folded,
    incomplete,
    item_done,
    message,
    message_lane,
    part_added,
    part_done,
    reasoning,
    response,
    text_delta,
    text_done,
    text_part,
)
from support.law_checks import MESSAGE_ID, channels, feed

DELTAS: dict[str, Any] = {
    "list": ["Hi", " you"],
    "parts": [{"type": "text", "text": "Hi"}, {"type": "text", "text": " you"}],
    "mixed": ["Hi", {"text": " you"}],
    "content": {"content": "Hi you"},
    "text": {"type": "output_text", "text": "Hi you"},
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("delta", DELTAS.values(), ids=DELTAS)
def test_q73_text_inside_a_delta_of_another_shape(delta: Any, reader: str) -> None:
    for kind in ("response.output_text.delta", "response.content_part.delta", "response.text.delta"):
        chunks = chunks_by(reader, [created(), begun(message()), text_delta(delta) | {"type": kind}])
        check_laws(responses, responses.Config(message_id=MESSAGE_ID), chunks)
        state, _ = feed(responses, responses.Config(message_id=MESSAGE_ID), chunks)
        assert responses.result(state).text == "Hi you"


@pytest.mark.parametrize("delta", [[], [1], ["Hi", {"image": 1}], {"image": 1}, {"content": None}, [["Hi"]], True])
def test_q73_a_delta_without_text_is_kept(delta: Any) -> None:
    fold = folded([created(), begun(message()), text_delta(delta), completed()])
    assert fold.result.text == ""
    assert (fold.result.output[0].extras != {}) == (delta not in ([], {"content": None}))


@pytest.mark.parametrize("name", ["text", "content_part"])
def test_q89_text_under_other_names_is_text(name: str) -> None:
    events = [text_delta(piece) | {"type": f"response.{name}.delta"} for piece in ("Hi", " you")]
    done = text_done("Hi you") | {"type": "response.text.done"}
    for ended in ([], [done], [done, part_done(text_part("Hi you")), item_done(message(0, "Hi you"))]):
        assert folded([created(), begun(message()), *events, *ended, completed()]).result.text == "Hi you"


@pytest.mark.parametrize("part", [{"type": "text", "text": "Hi"}, {"text": "Hi"}], ids=["text", "no type"])
def test_q55_a_part_of_the_type_text_or_of_none_is_text(part: EventJson) -> None:
    begins = part_added({**part, "text": ""})
    for events in ([part_done(part)], [begins, part_done(part)], [begins, text_delta("Hi"), part_done(part)]):
        chunks_of_all = [created(), begun(message()), *events, completed()]
        assert folded(chunks_of_all).result.text == "Hi"
    thought = folded([created(), begun(reasoning()), part_done(part), completed()]).result
    assert (thought.text, thought.reasoning) == ("", "Hi")


# Messages that accumulate

STATES = ["The", "The answer", "The answer is 42."]


def test_q82_of_messages_that_accumulate_the_listed_one_stays() -> None:
    lanes = [message_lane(text, at) for at, text in enumerate(STATES)]
    last = message(2, STATES[-1])
    for events in ([event for lane in lanes for event in lane], [lane[-1] for lane in lanes]):
        fold = folded([created(), *events, completed(last)], agree=False)
        assert channels(fold.messages)["text"] == "".join(STATES)
        assert fold.result.text == STATES[-1]
        assert fold.notes("mismatch")[-1] == "the final list has one message, of which others are only beginnings"


def test_q82_only_what_went_before_as_a_beginning_is_left_out() -> None:
    lanes = [event for at, text in enumerate(STATES) for event in message_lane(text, at)]
    everything = [message(at, text) for at, text in enumerate(STATES)]
    open_one = [begun(message(0)), text_delta("The"), *message_lane(STATES[1], 1)]
    for events, kept in (
        ([*lanes, completed(*everything)], "".join(STATES)),
        ([*lanes, completed(output=[])], "".join(STATES)),
        ([*lanes, completed(everything[0])], "".join(STATES)),
        ([*lanes, completed(everything[1], everything[2])], "".join(STATES)),
        (
            [*message_lane("Hello.", 0), *message_lane(STATES[1], 1), completed(message(1, STATES[1]))],
            "Hello.The answer",
        ),
        ([*message_lane("Same", 0), *message_lane("Same", 1), completed(message(1, "Same"))], "SameSame"),
        ([*open_one, incomplete(message(1, STATES[1]))], "TheThe answer"),
        ([begun(message(0)), *message_lane(STATES[1], 1), completed(message(1, STATES[1]))], "The answer"),
    ):
        assert folded([created(), *events], agree=False).result.text == kept


# Flat responses


@pytest.mark.parametrize("name", ["completed", "incomplete", "done", "failed", "cancelled"])
def test_q90_an_end_s_name_goes_before_a_stale_status(name: str) -> None:
    whole = response("in_progress", [message(0, "Hi")])
    frame = body([whole], named=False).replace(b"data:", f"event: response.{name}\ndata:".encode(), 1)
    result = folded(body([created()]) + frame, agree=False).result
    ended = {"failed": "failed", "cancelled": "cancelled"}
    assert result.outcome == ended.get(name, "completed")
    begins = folded(body([created()]) + frame.replace(f"response.{name}".encode(), b"response.in_progress")).result
    assert begins.outcome == "truncated"

"""Which of the items that came a whole item is."""

from typing import Any

import pytest
from streamfold.reducer.result import TextPart
from support.event_shapes import (
    LEFT_OUT,
    arguments_delta,
    begun,
    created,
    folded,
    function_call,
    incomplete,
    item_added,
    item_done,
    message,
    message_lane,
    reasoning,
    summary_delta,
    text_delta,
)


def texts(*events: Any) -> list[str]:
    return [part.text for part in folded(events, agree=False).result.content if isinstance(part, TextPart)]


def test_a_whole_without_an_id_is_of_the_item_at_its_index() -> None:
    events = [begun(message(0)), begun(message(1), 1), text_delta("a", 0), text_delta("b", 1)]
    assert texts(*events, item_done(message(0, "a!", id=LEFT_OUT))) == ["a!", "b"]


def test_a_whole_without_an_index_is_of_the_item_of_its_id() -> None:
    events = [begun(message(0)), begun(message(1), 1), text_delta("a", 0), text_delta("b", 1)]
    assert texts(*events, item_done(message(0, "a!"), output_index=LEFT_OUT)) == ["a!", "b"]


def test_an_item_announced_after_its_first_delta_is_the_same() -> None:
    assert texts(text_delta("a"), begun(message(0)), text_delta("b")) == ["ab"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"id": LEFT_OUT, "call_id": "call_a"}, {"id": "fc_b", "call_id": LEFT_OUT}),
        ({"id": LEFT_OUT, "call_id": LEFT_OUT}, {"id": "fc_b", "call_id": "call_b"}),
        ({"id": "fc_a", "call_id": "call_a"}, {"id": LEFT_OUT, "call_id": LEFT_OUT}),
    ],
    ids=["other names", "new names", "no names"],
)
def test_an_item_announced_with_other_names_at_an_index_is_another(first: Any, second: Any) -> None:
    came = folded([item_added(function_call(**names)) for names in (first, second)])
    assert len(came.result.tool_calls) == 2


def test_an_item_without_names_announced_again_is_another_once_done() -> None:
    nameless = function_call(id=LEFT_OUT, call_id=LEFT_OUT)
    assert len(folded([item_added(nameless), item_added(nameless)]).result.tool_calls) == 1
    assert len(folded([item_added(nameless), item_done(nameless), item_added(nameless)]).result.tool_calls) == 2


def test_a_whole_of_another_kind_at_an_index_is_another_item() -> None:
    came = folded([begun(reasoning()), summary_delta("Hm"), item_done(message(0, "Hi", id="msg_0"))])
    assert [part.type for part in came.result.content] == ["summarized_reasoning", "text"]


def test_the_next_response_s_items_stand_after_the_one_before() -> None:
    first = [created(), *message_lane("a", 0), *message_lane("b", 1), incomplete(reason="steered")]
    assert texts(*first, created("resp_2"), item_done(message(0, "c", id="msg_c"))) == ["a", "b", "c"]


def test_an_id_that_a_done_item_came_under_means_that_item() -> None:
    late = text_delta("late", item_id="msg_other", output_index=LEFT_OUT)
    came = folded([*message_lane("a")[:-1], item_done(message(0, "a", id="msg_other")), begun(message(1), 1), late])
    assert came.result.content == (TextPart("alate"),)
    assert came.notes("ignored") == []


def test_an_item_announced_under_another_id_is_another_one() -> None:
    assert texts(
        begun(message(0)), text_delta("a"), item_added(message(0, id="msg_b")), text_delta("b", item_id="msg_b")
    ) == ["a", "b"]


def test_a_call_announced_again_under_its_call_id_is_the_same_one() -> None:
    again = function_call(id="fc_new")
    came = folded([begun(function_call()), arguments_delta('{"a":'), item_added(again), arguments_delta("1}")])
    assert [call.arguments for call in came.result.tool_calls] == ['{"a":1}']

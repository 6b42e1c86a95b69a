"""Reasoning that comes raw and as an equal summary, or as a part of a message (Q74, Q84, Q89)."""

from typing import Any

import pytest
from streamfold.reducer.result import ReasoningPart, RefusalPart, SummarizedReasoningPart, SummaryPart, TextPart
from support.event_shapes import (
    LEFT_OUT,
    EventJson,
    Item,
    begun,
    completed,
    created,
    folded,
    item_added,
    item_done,
    message,
    part_done,
    raw_delta,
    raw_done,
    reasoning,
    refusal_part,
    summary_delta,
    summary_done,
    summary_part_done,
    text_delta,
    text_part,
)

RAW = [begun(reasoning()), raw_delta("H"), raw_delta("m")]
SUMMARY = [begun(reasoning()), summary_delta("H"), summary_delta("m")]


@pytest.mark.parametrize("events", [RAW, SUMMARY], ids=["raw", "summary"])
@pytest.mark.parametrize(
    "whole",
    [
        item_done(reasoning(0, "Hm")),
        item_done(reasoning(0, raw=["Hm"])),
        item_done(reasoning(0, "Hm", raw=["Hm"])),
        completed(reasoning(0, "Hm", raw=["Hm"], id="rs_other", encrypted_content="E")),
        summary_done("Hm"),
        summary_part_done("Hm"),
        raw_done("Hm"),
        part_done({"type": "reasoning_text", "text": "Hm"}),
    ],
)
def test_q74_a_whole_that_says_the_other_channel_again_is_said_once(events: list[EventJson], whole: EventJson) -> None:
    fold = folded([created(), *events, whole, completed()])
    assert (fold.result.reasoning, "".join(said.reasoning for said in fold.said)) == ("Hm", "Hm")
    assert fold.notes("mismatch") == []


def test_q74_a_repetition_under_the_other_name_is_noted() -> None:
    fold = folded([created(), *RAW, item_done(reasoning(0, "Hm")), completed()])
    assert fold.notes("repaired") == ["the summary of reasoning item_0 is its reasoning again"]
    assert fold.result.content == (ReasoningPart("Hm"),)
    assert fold.result.output[0].item["summary"] == ({"type": "summary_text", "text": "Hm"},)


@pytest.mark.parametrize("raw", ["ab", "a\n\nb"])
def test_q74_the_parts_of_a_summary_may_be_one_raw_text(raw: str) -> None:
    parts = [summary_delta("a", 0, 0), summary_delta("b", 0, 1)]
    result = folded([created(), begun(reasoning()), *parts, item_done(reasoning(0, raw=[raw])), completed()]).result
    summary = (SummaryPart(0, "a"), SummaryPart(1, "b"))
    assert result.content == (SummarizedReasoningPart("item_0", summary),)
    result = folded([created(), item_done(reasoning(0, "a", "b", raw=[raw])), completed()]).result
    assert result.content == (SummarizedReasoningPart("item_0", summary),)


@pytest.mark.parametrize("summary", ["H", "Hmm", "hm"])
def test_q74_a_summary_that_says_something_else_is_said(summary: str) -> None:
    fold = folded([created(), *RAW, item_done(reasoning(0, summary)), completed()])
    assert fold.result.reasoning == "Hm" + summary


def test_q74_both_channels_in_pieces_are_both_said() -> None:
    events = [begun(reasoning()), raw_delta("Hm"), summary_delta("Hm"), item_done(reasoning(0, "Hm", raw=["Hm"]))]
    assert folded([created(), *events, completed()]).result.reasoning == "HmHm"


def thinking(*parts: Item, **members: Any) -> Item:
    return message(0, *parts, **members)


RAW_PART = {"type": "reasoning_text", "text": "Hm"}
SUMMARY_PART = {"type": "summary_text", "text": "Hm"}


@pytest.mark.parametrize("part", [RAW_PART, SUMMARY_PART], ids=["raw", "summary"])
@pytest.mark.parametrize(
    "whole",
    [item_done, item_added, lambda item: completed(item), lambda item: item_done(item, output_index=LEFT_OUT)],
    ids=["done", "added", "listed", "no index"],
)
def test_q84_reasoning_among_a_message_s_parts_is_no_text(part: Item, whole: Any) -> None:
    fold = folded([created(), whole(thinking(part, text_part("Hi"))), completed()])
    assert (fold.result.text, fold.result.reasoning) == ("Hi", "Hm")
    assert fold.types() == ["reasoning_message", "assistant_message"]


def test_q84_reasoning_that_came_with_a_message_is_said_once() -> None:
    whole = thinking(RAW_PART, text_part("Hi"))
    came = [raw_delta("H"), raw_delta("m")]
    for events in (came, [part_done(RAW_PART)]):
        lane = [begun(message()), *events, text_delta("Hi", 0, 1), item_done(whole)]
        fold = folded([created(), *lane, completed(whole)])
        assert (fold.result.text, fold.result.reasoning, fold.notes("mismatch")) == (
            "Hi",
            "Hm",
            ["the final list lacks an item that came before"],
        )


def test_q84_a_refusal_beside_reasoning_is_a_refusal() -> None:
    odd = {**refusal_part("No"), "type": "reasoning_text"}
    result = folded([created(), item_done(thinking(odd, text_part("Hi"))), completed()]).result
    assert result.content == (RefusalPart("No"), TextPart("Hi"))


def test_q84_unknown_parts_of_a_message_stay_in_its_item() -> None:
    image = {"type": "output_image", "image_url": "data:"}
    result = folded([created(), item_done(thinking(text_part("Hi"), image)), completed()]).result
    assert (result.text, result.output[0].item["content"][1]) == ("Hi", image)

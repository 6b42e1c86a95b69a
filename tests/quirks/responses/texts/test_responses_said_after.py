"""What is said after an end (Q60, Q68, Q89): a second item under the first one's names, and ends of sentences."""

from typing import Any

import pytest
from streamfold.adapters.laws.checker import check_laws
from streamfold.reducer import responses
from streamfold.reducer.result import ReasoningPart, SummarizedReasoningPart
from support.event_shapes import (
    LEFT_OUT,
    EventJson,
    Folded,
    begun,
    chunks_of,
    completed,
    created,
    folded,
    item_added,
    item_done,
    message,
    message_lane,
    part_added,
    part_done,
    raw_delta,
    raw_done,
    reasoning,
    summary_delta,
    text_delta,
    text_done,
    text_part,
    without,
    words,
)
from support.law_checks import MESSAGE_ID, channels

ONE, TWO = "One cat.", "Two dogs."


def came(*events: EventJson, **options: Any) -> Folded:
    check_laws(responses, responses.Config(message_id=MESSAGE_ID), chunks_of([created(), *events]))
    return folded([created(), *events], **options)


def says(fold: Folded, *texts: str) -> None:
    """Each text is an item of its own, and each was said once."""
    assert channels(fold.messages)["text"] == fold.result.text == "".join(texts)
    assert ["".join(part.text for part in item.parts) for item in fold.result.output] == list(texts)  # type: ignore[union-attr]
    assert fold.notes("mismatch") == []


def deltas(text: str, **members: Any) -> list[EventJson]:
    return [text_delta(piece, **members) for piece in words(text)]


LANES: dict[str, Any] = {
    "whole": lambda text: message_lane(text),
    "deltas and item": lambda text: [begun(message()), *deltas(text), item_done(message(0, text))],
    "text done and item": lambda text: [begun(message()), text_done(text), item_done(message(0, text))],
    "item begun and done": lambda text: [begun(message()), item_done(message(0, text))],
    "item": lambda text: [item_done(message(0, text))],
}


@pytest.mark.parametrize("lane", LANES.values(), ids=LANES)
@pytest.mark.parametrize("left_out", [(), ("output_index",), ("item_id",)], ids=["both", "id", "index"])
def test_q68_a_second_item_under_the_first_one_s_names_is_another(lane: Any, left_out: tuple[str, ...]) -> None:
    events = without([*lane(ONE), *lane(TWO)], *left_out)
    if left_out == ("item_id",):
        events = [event | {"item": event["item"] | {"id": None}} if event.get("item") else event for event in events]
    for output in ([], [message(0, ONE), message(0, TWO)], None):
        says(folded([created(), *events, completed(output=output)]), ONE, TWO)


@pytest.mark.parametrize("lane", LANES.values(), ids=LANES)
def test_q68_the_same_item_again_says_nothing_new(lane: Any) -> None:
    for again in LANES.values():
        says(folded([created(), *lane(ONE), *again(ONE), completed(output=[])]), ONE)
        says(folded([created(), *lane(ONE), *again(ONE), completed(message(0, ONE))]), ONE)


def test_q68_a_third_item_is_another_too() -> None:
    events = [event for text in (ONE, TWO, "Three mice.") for event in message_lane(text)]
    says(came(*events, completed()), ONE, TWO, "Three mice.")


def test_q68_a_second_item_that_begins_like_the_first_is_another() -> None:
    events = [*message_lane(ONE), *message_lane(f"{ONE} Or two.")]
    says(came(*events[:-1], completed()), ONE, f"{ONE} Or two.")


def test_q68_a_second_reasoning_item_under_the_same_names() -> None:
    lanes = [
        [begun(reasoning(raw=[text])), raw_delta(text), raw_done(text), item_done(reasoning(raw=[text]))]
        for text in ("Hm.", "So.")
    ]
    fold = folded([created(), *lanes[0], *lanes[1], completed(output=[])])
    raw = [part for part in fold.result.content if isinstance(part, ReasoningPart)]
    assert [part.reasoning for part in raw] == ["Hm.", "So."]
    done = [item_done(reasoning(0, text, encrypted_content=text)) for text in ("Hm.", "So.")]
    kept = [part for part in folded([created(), *done]).result.content if isinstance(part, SummarizedReasoningPart)]
    assert [(part.summary[0].text, part.encrypted_content) for part in kept] == [("Hm.", "Hm."), ("So.", "So.")]
    again = [item_done(reasoning(0, "Hm.", encrypted_content=key)) for key in ("a", "b")]  # Q61
    (last,) = folded([created(), *again]).result.content
    assert isinstance(last, SummarizedReasoningPart)
    assert last.encrypted_content == "b"


def test_q89_text_after_an_early_end_may_end_alone() -> None:
    early = [begun(message()), *deltas("cod"), text_done("cod"), item_done(message(0, "cod"))]
    rest = [*deltas("ex-ok"), text_done("ex-ok")]
    for end in ([item_done(message(0, "ex-ok"))], [item_done(message(0, "codex-ok"))], []):
        for listed in ([], [message(0, "codex-ok")], [message(0, "ex-ok")]):
            fold = folded([created(), *early, *rest, *end, completed(output=listed)])
            assert channels(fold.messages)["text"] == fold.result.text == "codex-ok"


def test_q89_each_sentence_may_end_for_itself() -> None:
    sentences = ["One cat. ", "Two dogs. ", "No mice."]
    both = [event for text in sentences for event in (text_delta(text), text_done(text))]
    wholes = [text_done(text) for text in sentences]
    for events in (both, wholes, [both[0], *wholes]):
        for end in ([], [part_done(text_part("".join(sentences)))], [item_done(message(0, "".join(sentences)))]):
            fold = folded([created(), begun(message()), *events, *end, completed(output=[])])
            assert channels(fold.messages)["text"] == fold.result.text == "".join(sentences)
            assert fold.notes("mismatch") == []
    whole = "".join(sentences)
    longer = [text_delta("One "), text_done("One "), text_delta("two"), text_done("two three"), completed(output=[])]
    assert folded([begun(message()), *longer]).result.text == "One two three"
    accumulated = [text_done(whole[:9]), text_done(whole[:18]), text_done(whole)]
    assert folded([begun(message()), *accumulated]).result.text == whole


def test_q11_a_whole_that_contradicts_what_ended_is_the_result_as_before() -> None:
    said = [begun(message()), text_delta("my key is 12")]
    redacted = "my key is **"
    for events in (
        [text_done(redacted), part_done(text_part(redacted)), item_done(message(0, redacted))],
        [text_done("my key is 12"), part_done(text_part(redacted)), item_done(message(0, redacted))],
        [text_done("my key is 12"), item_done(message(0, redacted)), item_done(message(0, redacted))],
        [item_done(message(0, redacted)), begun(message()), item_done(message(0, redacted))],
        [text_done("my key is 12"), item_done(message(0, "my key is 12")), completed(message(0, redacted))],
    ):
        fold = folded([created(), *said, *events], agree=False)
        assert (fold.result.text, len(fold.result.output)) == (redacted, 1)
        assert fold.notes("mismatch") == ["the text of message item_0 differs"]


def test_q68_a_whole_response_after_the_end_is_no_second_item() -> None:
    first = [created(), *message_lane(ONE), completed(message(0, ONE))]
    fold = folded([*first, *message_lane(TWO)], agree=False)
    assert len(fold.result.output) == 1


def test_q68_an_item_announced_again_in_parts_is_compared_with_its_own() -> None:
    events = [*message_lane(ONE), item_added(message(0, ONE)), part_added(text_part("")), *deltas(ONE), text_done(ONE)]
    says(folded([created(), *events, completed(output=[])]), ONE)
    fold = folded([created(), *message_lane(ONE), begun(message()), text_delta("\ud83d"), completed(output=[])])
    assert fold.result.text == f"{ONE}\ud83d"


def test_q89_the_summary_of_a_second_item_is_its_own() -> None:
    events = [item_done(reasoning(0, "Hm.")), begun(reasoning(0, "So.")), summary_delta("So.", item_id=LEFT_OUT)]
    fold = folded([created(), *events, completed(output=[])])
    kept = [part for part in fold.result.content if isinstance(part, SummarizedReasoningPart)]
    assert [[one.text for one in part.summary] for part in kept] == [["Hm."], ["So."]]

"""The wholes of parts: what they add, what they contradict, and what is held until they come."""

import pytest
from streamfold.adapters import wire
from streamfold.reducer import responses
from streamfold.reducer.result import TextPart
from support.event_shapes import (
    LEFT_OUT,
    EventJson,
    begun,
    completed,
    created,
    error,
    folded,
    item_added,
    item_done,
    message,
    message_lane,
    part_added,
    raw_delta,
    reasoning,
    text_delta,
    text_done,
    text_part,
)
from support.law_checks import channels, error_of, limited


def unaddressed(event: EventJson, item_id: str) -> EventJson:
    """An event that gives no index, and that item's id."""
    return {name: value for name, value in event.items() if name != "output_index"} | {"item_id": item_id}


DRIFT = [begun(message()), text_delta("one"), text_done("one"), text_delta("two", at=1), text_delta("!", at=2)]


@pytest.mark.parametrize(
    ("whole", "text", "said", "mismatches"),
    [
        (["onetwo!"], "onetwo!", "onetwo!", 0),
        (["onetwo!?"], "onetwo!?", "onetwo!?", 0),
        (["on", "etwo!"], "onetwo!", "onetwo!", 0),
        (["onetwo"], "onetwo!", "onetwo!", 1),
        (["other"], "other", "onetwo!", 1),
        (["an", "other", "text"], "another" + "text", "onetwo!text", 1),
    ],
)
def test_wholes_of_all_parts_are_compared_with_them_joined(
    whole: list[str], text: str, said: str, mismatches: int
) -> None:
    events = [created(), *DRIFT, item_done(message(0, *whole)), item_done(message(0, *whole))]
    fold = folded(events, agree=False)
    assert (fold.result.text, channels(fold.messages)["text"]) == (text, said)
    assert len(fold.notes("mismatch")) == mismatches
    confirmed = folded([*events, completed(message(0, said))])
    assert (confirmed.result.text, channels(confirmed.messages)["text"]) == (said, said)


def test_a_whole_of_one_event_may_be_of_all_parts() -> None:
    fold = folded([created(), *DRIFT, text_done("onetwo!?", at=9)])
    assert channels(fold.messages)["text"] == fold.result.text == "onetwo!?"


def test_a_part_begins_where_another_is_open_and_its_own_again() -> None:
    events = [part_added(text_part("")), part_added(text_part(""), at=1), part_added(text_part(""))]
    fold = folded([*events, text_delta("a", at=7), text_delta("b", at=1)])
    assert [part.text for part in fold.result.content] == ["a", "b"]  # type: ignore[union-attr]


def test_late_text_is_emitted_at_any_end() -> None:
    for events in ([], [completed(output=None)], [error()], [{"type": "response.cancelled"}]):
        fold = folded([created(), *message_lane("ha"), text_delta("a"), *events])
        assert channels(fold.messages)["text"] == fold.result.text == "haa"
    again = folded([created(), *message_lane("ha"), text_delta("a"), text_done("ha")])
    assert (again.result.text, len(again.notes("ignored"))) == ("ha", 1)
    kept = folded([created(), *message_lane("ha"), text_delta("a"), item_done(message(0, "haa"))])
    assert (kept.result.text, kept.notes("ignored")) == ("haa", [])


def test_what_was_added_and_left_is_said_beside_it() -> None:
    events = [item_added(message(0, "ab")), part_added(text_part("ab"), at=3), text_delta("a"), text_delta("c")]
    fold = folded(events)
    assert channels(fold.messages)["text"] == fold.result.text == "abac"
    part = folded([item_added(message(0, "ab")), item_added(message(0, "ab")), text_delta("ab")])
    assert part.result.text == "ab"


def test_an_end_without_address_is_of_what_it_goes_on_with_there() -> None:
    opened = [begun(message(0)), text_delta("One", 0), begun(message(1), 1), text_delta("Two", 1)]
    for texts in (["One.", "Two."], ["Two.", "One."]):
        ends = [item_done(message(0, text, id="x"), output_index=LEFT_OUT) for text in texts]
        fold = folded([*opened, *ends, completed(*(message(0, text, id="y") for text in texts))], agree=False)
        assert [part.text for part in fold.result.content] == texts  # type: ignore[union-attr]
    other = folded([*opened, item_done(message(0, "Three", id="x"), output_index=LEFT_OUT)], agree=False)
    assert other.notes("mismatch") == ["the text of message item_1 differs"]
    thoughts = [begun(reasoning(0)), raw_delta("A", 0), begun(reasoning(1), 1), raw_delta("B", 1)]
    turned = completed(reasoning(id="x", raw=["B"]), reasoning(id="y", raw=["A"]))
    assert folded([*thoughts, turned], agree=False).result.reasoning == "BA"


def test_a_part_that_begins_after_its_first_deltas_adds_what_they_lack() -> None:
    fold = folded([text_delta("H"), part_added(text_part("Hel")), text_delta("lo")])
    assert channels(fold.messages)["text"] == fold.result.text == "Hello"


def test_what_is_compared_with_a_beginning_is_settled_at_the_end() -> None:
    fold = folded([item_added(message(0, "ab")), text_delta("a"), item_done(message(0)), text_delta("c")])
    assert channels(fold.messages)["text"] == fold.result.text == "abc"


@pytest.mark.parametrize("first", ["msg_a", "msg_b"])
def test_a_part_begun_under_a_new_id_is_another_item_s(first: str) -> None:
    ids = [first, "msg_b" if first == "msg_a" else "msg_a"]
    added = {"type": "output_text", "text": "", "annotations": []}
    events = [unaddressed(part_added(added), item_id) for item_id in ("msg_a", "msg_b")]
    events += [unaddressed(text_delta(f"by {item_id}"), item_id) for item_id in ids]
    events += [unaddressed(text_done(f"by {item_id}"), item_id) for item_id in ids]
    came = folded([created(), *events])
    assert came.result.content == (TextPart("by msg_a"), TextPart("by msg_b"))
    assert came.result.diagnostics == ()


@pytest.mark.parametrize("announced", [True, False])
def test_a_part_that_begins_again_is_the_announced_item_s(announced: bool) -> None:
    added = {"type": "output_text", "text": "", "annotations": []}
    begin = [unaddressed(begun(message()), "")] if announced else []
    events = [
        unaddressed(part_added(added), "msg_x"),
        unaddressed(part_added(added), "msg_y" if announced else "msg_x"),
    ]
    came = folded([created(), *begin, *events, unaddressed(text_delta("Hi"), "msg_z")])
    assert came.result.content == (TextPart("Hi"),)


def test_text_after_a_whole_that_contradicts_is_added_to_both() -> None:
    fold = folded(
        [created(), item_added(message()), text_delta("ab"), text_done("xyz"), text_delta("c"), text_delta("d")]
    )
    assert (channels(fold.messages)["text"], fold.result.text) == ("abcd", "xyzcd")


def test_a_part_that_begins_with_its_whole_keeps_the_limits_and_halves() -> None:
    """A terminal that alone has the text: as much of it as may be is kept, and half a character waits for nothing."""
    whole = [created(), completed(message(0, "word"))]
    result, _ = limited(responses, [wire.decoder("responses")(one) for one in whole], characters=2)
    assert (result.text, result.outcome) == ("wo", "failed")
    assert "characters" in error_of(result)
    half = folded([created(), completed(message(0, "a\ud83d"))]).result
    assert half.text == "a\ud83d"

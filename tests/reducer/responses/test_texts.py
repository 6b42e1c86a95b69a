"""Texts that come again: what is held, what is emitted, and what a step makes of it."""

import pytest
from streamfold.reducer import Done, responses
from streamfold.reducer.result import TextPart
from streamfold.reducer.values.text import BLOCK
from support.event_shapes import (
    LEFT_OUT,
    EventJson,
    arguments_delta,
    arguments_done,
    begun,
    chunks_of,
    citation,
    completed,
    created,
    error,
    folded,
    function_call,
    item_added,
    item_done,
    message,
    message_lane,
    numbered,
    open_state,
    part_added,
    progress,
    raw_delta,
    reasoning,
    text_delta,
    text_done,
    text_part,
)
from support.law_checks import channels


def test_what_may_be_a_repetition_waits_for_what_is_none() -> None:
    state = open_state([created(), *message_lane("abc", pieces=["abc"])])
    state, said = responses.step(state, _delta("bc"))
    assert said == ()
    state, said = responses.step(state, _delta("x"))
    assert [one.content for one in said] == ["bcx"]  # type: ignore[union-attr]
    state, said = responses.step(state, _delta("bc"))
    assert [one.content for one in said] == ["bc"]  # type: ignore[union-attr]


def test_a_repetition_is_looked_for_from_where_the_last_one_began() -> None:
    for late in (["a", "b"], ["ab"], ["a", "x", "a"], ["a", "bx"], ["abx"], ["ay"]):
        fold = folded([created(), *message_lane("axab", pieces=["axab"]), *map(text_delta, late)])
        assert channels(fold.messages)["text"] == fold.result.text == "axab" + "".join(late)


def test_a_long_text_that_was_added_is_matched_in_any_block() -> None:
    text = "".join(chr(0x100 + at % 500) for at in range(2 * BLOCK + 7))
    for size in (1000, BLOCK, BLOCK + 1):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        fold = folded([item_added(message(0, text)), *map(text_delta, pieces), text_delta("!")])
        assert channels(fold.messages)["text"] == fold.result.text == text + "!"


def test_deltas_that_go_on_keep_the_part_in_work() -> None:
    state = open_state([begun(message()), text_delta("a"), text_delta("b")])
    assert state.work is not None
    assert (state.work.position, state.work.part, str(state.text)) == (0, 0, "ab")


def _delta(piece: str) -> responses.Chunk:
    return responses.Chunk(
        type="response.output_text.delta", output_index=0, item_id="item_0", content_index=0, delta=piece
    )


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


def test_numbers_that_are_not_believed_stay_so_while_a_part_goes_on() -> None:
    events = [text_delta(piece, sequence_number=number) for number, piece in ((1, "a"), (1, "b"), (2, "c"), (2, "d"))]
    fold = folded(events)
    assert (fold.result.text, fold.state.dedup.believed, fold.state.recent) == ("abcd", False, "")


def test_deltas_of_a_part_that_rests_are_known_again() -> None:
    events = numbered([text_delta("a"), text_delta("b"), text_delta("c"), text_delta("x", 1), text_delta("y", 1)])
    once = folded(events)
    for event in events:
        assert folded([*events, event]).messages == once.messages


def test_a_response_that_is_done_says_how_by_what_it_holds() -> None:
    for members, outcome, reason in (
        ({"error": {"message": "boom"}}, "failed", "failed"),
        ({"incomplete_details": {"reason": "max_output_tokens"}}, "completed", "max_output_tokens"),
        ({}, "completed", "done"),
        ({"status": "canceled"}, "cancelled", "canceled"),
    ):
        result = folded([{"type": "response.done", "response": members}]).result
        assert (result.outcome, result.finish_reason) == (outcome, reason)
    late = folded([{"type": "response.failed"}, error("boom")]).result
    assert late.error is not None
    assert late.error.message == "boom"


def test_a_call_is_known_by_its_call_id_where_nothing_else_tells() -> None:
    calls = [function_call(at, id=f"x{at}") for at in range(2)]
    begins = [item_added(call, output_index=LEFT_OUT) for call in calls]
    ends = [
        item_done({**call, "id": "y", "arguments": str(at)}, output_index=LEFT_OUT) for at, call in enumerate(calls)
    ]
    known = folded([*begins, *ends, item_done(function_call(0, id="z"), 7)])
    assert [call.arguments for call in known.result.tool_calls][:2] == ["0", "1"]
    other = folded([*begins, item_done(function_call(1, id="x0"), output_index=LEFT_OUT)])
    assert len(other.result.tool_calls) == 2
    renamed = folded([begun(function_call()), item_done(function_call(0, call_id="call_9"))], agree=False)
    assert [call.id for call in renamed.result.tool_calls] == ["call_9"]
    deltas = [arguments_delta("1", output_index=LEFT_OUT, item_id=LEFT_OUT, call_id="call_1")]
    assert [call.arguments for call in folded([*begins, *deltas]).result.tool_calls] == ["", "1"]


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


def test_a_shell_s_output_is_kept_by_its_streams() -> None:
    pieces = [({"stdout": "a", "exit": 1}, 1), ({"stdout": "b"}, 0), ("c", 2)]
    events = [progress("shell_call_output_content", "delta", delta=piece, command_index=at) for piece, at in pieces]
    (part,) = folded(events).result.content
    assert part.item["output"] == ({"stdout": "b"}, {"stdout": "a"}, "c")  # type: ignore[union-attr]


def test_citations_are_of_the_parts_that_have_their_text() -> None:
    cited = text_part("one", citation("x"))
    fold = folded([text_delta("one", at=4), item_done(message(0, cited))])
    assert fold.result.content == (TextPart("one", (citation("x"),)),)
    bare = folded([item_done(message(0, text_part("", citation("x"))))])
    assert bare.result.content == (TextPart("", (citation("x"),)),)


def test_arguments_that_are_done_twice_close_their_call_once() -> None:
    (call,) = folded([begun(function_call()), arguments_done("{}"), arguments_done("{}")]).result.tool_calls
    assert (call.arguments, call.complete) == ("{}", True)


def test_an_item_that_begins_again_says_nothing() -> None:
    fold = folded([item_added(message(0, "ab")), text_delta("abc"), item_added(message(0, "ab"))])
    assert channels(fold.messages)["text"] == fold.result.text == "abc"


def test_a_part_that_begins_after_its_first_deltas_adds_what_they_lack() -> None:
    fold = folded([text_delta("H"), part_added(text_part("Hel")), text_delta("lo")])
    assert channels(fold.messages)["text"] == fold.result.text == "Hello"


def test_what_is_compared_with_a_beginning_is_settled_at_the_end() -> None:
    fold = folded([item_added(message(0, "ab")), text_delta("a"), item_done(message(0)), text_delta("c")])
    assert channels(fold.messages)["text"] == fold.result.text == "abc"


def test_a_call_id_that_comes_again_after_its_call_is_another_call() -> None:
    first = [begun(function_call()), item_done(function_call(arguments="{}"))]
    fold = folded([*first, item_done(function_call(id="z", arguments="[]"), 7)], agree=False)
    assert [call.arguments for call in fold.result.tool_calls] == ["{}", "[]"]


def unaddressed(event: EventJson, item_id: str) -> EventJson:
    """An event that gives no index, and that item's id."""
    return {name: value for name, value in event.items() if name != "output_index"} | {"item_id": item_id}


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


def test_text_of_a_done_item_is_ignored_after_the_end() -> None:
    late = text_delta("tu")
    for end in (Done(), None):
        events = [created(), item_done(message(0, "other")), late]
        state = open_state(events)
        for chunk in [*([end] if end else chunks_of([completed()])), *chunks_of([late])]:
            state, _ = responses.step(state, chunk)
        assert responses.result(state).text == "othertu"


def test_text_of_an_open_item_goes_on_after_a_done_marker() -> None:
    state = open_state([created(), begun(message()), text_delta("Hel")])
    for chunk in (Done(), *chunks_of([text_delta("lo")])):
        state, _ = responses.step(state, chunk)
    assert responses.result(state).text == "Hello"

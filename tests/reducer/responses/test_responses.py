from typing import Any

import pytest
from attrs import evolve
from streamfold.reducer import Cancelled, Done, Ended, responses
from streamfold.reducer.ends import Undecodable
from streamfold.reducer.responses import acts
from streamfold.reducer.responses.event import Event
from streamfold.reducer.responses.table import RULES
from streamfold.reducer.result import ReasoningPart, RefusalPart, SummarizedReasoningPart, SummaryPart, TextPart
from streamfold.reducer.values.text import EMPTY
from support.event_shapes import (
    EventJson,
    annotation_added,
    begun,
    citation,
    completed,
    created,
    error,
    failed,
    folded,
    function_call,
    in_progress,
    incomplete,
    item_done,
    message,
    message_lane,
    numbered,
    open_state,
    part_added,
    part_done,
    progress,
    reasoning,
    refusal_part,
    server_tool,
    text_delta,
    text_done,
    text_part,
)
from support.law_checks import MESSAGE_ID, channels

BEGIN, _ = responses.start(responses.Config(message_id=MESSAGE_ID))


def answers_of(state: responses.State) -> tuple[object, ...]:
    """The ids of the responses that began, in order."""
    return tuple(answer for layer in state.answers.layers for answer in layer)


def test_a_state_begins_with_nothing() -> None:
    assert responses.State(BEGIN.config, BEGIN.run) == BEGIN
    assert (BEGIN.chunks, BEGIN.highest, BEGIN.omitted, answers_of(BEGIN), BEGIN.end) == (0, -1, False, (), None)


# What stands where an event should


def test_what_cannot_be_decoded_is_a_chunk_with_a_note() -> None:
    state, messages = responses.step(BEGIN, Undecodable("half a line"))
    assert (state.chunks, messages) == (1, ())
    assert responses.result(state).diagnostics[0].kind == "undecodable"
    assert responses.step(state, Undecodable("half a line"))[0].chunks == 2


def test_json_that_is_no_event_is_kept() -> None:
    state, _ = responses.step(BEGIN, Undecodable("no event", lost=False, json={"odd": 1}))
    state, _ = responses.step(state, Undecodable("no event", lost=False, json=""))
    assert responses.result(state).extras == {"unknown": ({"odd": 1},)}


def test_done_is_no_chunk_and_a_second_one_leaves_the_state() -> None:
    over, messages = responses.step(BEGIN, Done())
    assert (over, messages) == (evolve(BEGIN, envelope=evolve(BEGIN.envelope, over=True, final=True)), ())
    assert responses.step(over, Done())[0] is over


def test_an_event_that_was_folded_already_leaves_the_very_state() -> None:
    (event,) = numbered([text_delta("Hi")], 5)
    state = open_state([event])
    assert state.highest == 5
    chunk = Event(type=event["type"], sequence_number=5, delta="Hi", output_index=0, content_index=0, item_id="item_0")
    assert responses.step(state, chunk)[0] is state


def test_the_end_leaves_the_numbers_as_they_were() -> None:
    state = open_state(numbered([created(), text_delta("Hi")], 7))
    over, _ = responses.finish(state, Ended())
    assert (over.dedup, over.highest, over.chunks) == (state.dedup, 8, 2)


# One response after another


def second(*events: EventJson, reason: str = "steered", **members: Any) -> list[EventJson]:
    first = [created("resp_1"), *message_lane("a"), incomplete(reason=reason, response_id="resp_1")]
    return [*first, created("resp_2"), *events]


def test_a_second_response_has_items_of_its_own() -> None:
    came = folded(second(*message_lane("b"), completed(response_id="resp_2")))
    assert [part.text for part in came.result.content if isinstance(part, TextPart)] == ["a", "b"]
    assert answers_of(came.state) == ("resp_1", "resp_2")
    assert (came.result.provider_id, came.result.outcome) == ("resp_2", "completed")


def test_a_second_response_is_open_until_it_ends() -> None:
    assert open_state(second()).envelope.over is False
    assert folded(second()).result.outcome == "truncated"


def test_a_response_that_is_created_again_is_the_same_one() -> None:
    for again in (created("resp_1"), created("")):
        came = folded([created("resp_1"), *message_lane("a"), again, *message_lane("a")])
        assert answers_of(came.state) == ("resp_1",)
        assert channels(came.messages)["text"] == came.result.text == "a"


def test_numbers_may_begin_anew_with_the_second_response_or_go_on() -> None:
    first, later = second()[:-1], [created("resp_2"), *message_lane("b")]
    for start in (0, len(first) - 1, len(first), 100):
        came = folded([*numbered(first), *numbered(later, start)])
        assert came.result.text == "ab"
        assert came.state.highest == start + len(later) - 1
    unnumbered = folded([*numbered(first), *later])
    assert (unnumbered.result.text, unnumbered.state.highest) == ("ab", -1)


def test_numbers_that_go_on_keep_what_is_known_of_those_before() -> None:
    begun_at_0 = [*numbered([created()]), incomplete(reason="steered")]
    state = open_state([*begun_at_0, *numbered([created("resp_2")], 5)])
    assert (state.dedup.first, state.highest) == (0, 5)
    state = open_state([*begun_at_0, created("resp_2")])
    assert (state.dedup.first, state.highest) == (None, -1)


def test_the_ids_of_all_responses_are_remembered() -> None:
    assert answers_of(open_state(second(created("resp_1"), created("resp_2")))) == ("resp_1", "resp_2")
    assert answers_of(open_state([created("resp_1")])) == ("resp_1",)
    assert answers_of(open_state([])) == ()


def test_a_response_begun_before_the_other_ended_is_not_begun_again() -> None:
    first = [created("resp_1"), created("resp_2"), *message_lane("a"), incomplete(reason="steered")]
    came = folded([*first, created("resp_2"), *message_lane("a")])
    assert (answers_of(came.state), came.result.text) == (("resp_1", "resp_2"), "a")


def test_what_came_late_for_one_response_is_no_text_of_the_next() -> None:
    late = [*second()[:-1], text_delta("late", 1), created("resp_2")]
    state = open_state(late)
    assert (state.work, state.text) == (None, EMPTY)
    assert [part.text for part in folded([*late, text_delta("b")]).result.content] == ["a", "late", "b"]  # type: ignore[union-attr]


# Failures


def test_a_failure_is_told_once_in_the_words_of_the_first() -> None:
    came = folded([created(), text_delta("Hi"), error("boom"), failed("worse")])
    assert came.types() == ["assistant_message", "stop_reason"]
    assert came.result.error is not None
    assert came.result.error.message == "boom"
    assert came.result.finish_reason == "failed"
    assert folded([error("boom"), failed(status=None)]).result.finish_reason == "failed"


def test_what_would_be_said_after_a_failure_is_noted() -> None:
    came = folded([error(), text_delta("late"), {"type": "keepalive"}, {"type": "response.in_progress"}])
    assert came.notes("ignored") == ["response.output_text.delta after the error"]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"type": "error", "message": "boom"}, "boom"),
        ({"type": "error", "error": {"message": "boom"}}, "boom"),
        ({"type": "error"}, "an error event without a message"),
        ({"type": "response.failed"}, "the response failed"),
        ({"type": "response.failed", "response": {"error": {"message": "boom"}}}, "boom"),
    ],
)
def test_a_failure_without_words_has_some_all_the_same(event: EventJson, words: str) -> None:
    came = folded([event])
    assert came.result.error is not None
    assert came.result.error.message == words
    assert [message.detail for message in came.messages] == [words]  # type: ignore[union-attr]


def test_an_error_event_has_its_code() -> None:
    came = folded([error("boom", "rate_limit_exceeded")])
    assert came.result.error is not None
    assert came.result.error.code == "rate_limit_exceeded"


@pytest.mark.parametrize("event", [error("too long", "context_length_exceeded"), failed("maximum context length")])
def test_an_input_that_is_too_long_is_not_announced(event: EventJson) -> None:
    assert folded([event]).messages == []


def test_a_cancel_is_said_unless_the_stream_failed_before() -> None:
    assert [m.stop_reason for m in folded([created()], Cancelled()).messages] == ["cancelled"]  # type: ignore[union-attr]
    assert [m.stop_reason for m in folded([error()], Cancelled()).messages] == ["llm_api_error"]  # type: ignore[union-attr]


# Parts


def test_a_part_is_of_the_channel_that_its_type_says() -> None:
    came = folded([part_added(text_part("Hi")), part_done(refusal_part("No"), at=1)])
    assert came.result.content == (TextPart("Hi"), RefusalPart("No"))
    raw = {"type": "reasoning_text", "text": "Hm"}
    assert folded([begun(reasoning()), part_done(raw)]).result.reasoning == "Hm"


def test_a_part_says_what_its_item_is_where_nothing_announced_it() -> None:
    raw, summary = ({"type": f"{name}_text", "text": "Hm"} for name in ("reasoning", "summary"))
    assert folded([part_done(raw)]).result.content == (ReasoningPart("Hm"),)
    assert folded([part_done(summary)]).result.content == (SummarizedReasoningPart("item_0", (SummaryPart(0, "Hm"),)),)


def test_a_part_s_beginning_may_come_late() -> None:
    late = folded([text_delta("Hello"), part_added(text_part("He"))])
    assert (late.result.text, late.notes("mismatch")) == ("Hello", [])
    short = folded([text_delta("Hello"), part_done(text_part("He"))])
    assert (short.result.text, short.notes("mismatch")) == ("Hello", ["the text of message item_0 differs"])
    whole = folded([text_delta("Hello"), text_done("He")])
    assert (whole.result.text, whole.notes("mismatch")) == (short.result.text, short.notes("mismatch"))


def test_a_part_of_an_unknown_type_is_noted_by_it() -> None:
    assert folded([part_added({"type": "output_audio"})]).notes("ignored") == ["a part of type 'output_audio'"]
    assert folded([part_added(None)]).notes("ignored") == []


def test_a_part_brings_its_citations() -> None:
    came = folded([part_done(text_part("Hi", citation("one")))])
    assert came.result.content == (TextPart("Hi", (citation("one"),)),)


def test_a_citation_is_said_once_by_its_number() -> None:
    events = [
        text_delta("Hi"),
        *(annotation_added(citation(name), annotation_index=at) for at, name in enumerate("ab")),
    ]
    came = folded([*events, annotation_added(citation("a"))])
    assert came.types() == ["assistant_message", "annotation_message"]
    assert [part.annotations for part in came.result.content] == [(citation("a"), citation("b"))]  # type: ignore[union-attr]
    unnumbered = [annotation_added(citation(name), annotation_index=None) for name in "aa"]
    assert len(folded([text_delta("Hi"), *unnumbered]).result.content[0].annotations) == 2  # type: ignore[union-attr]


# Events of the table, and others


def test_a_server_tool_s_progress_has_the_last_word_of_its_event() -> None:
    events = [progress("web_search_call", stage) for stage in ("in_progress", "searching", "completed")]
    assert [status for *_, status, _ in folded(events).server_tools()] == ["in_progress", "searching", "completed"]
    image = progress("image_generation_call", "partial_image", partial_image_b64="aGk=")
    assert folded([image]).server_tools() == [("image_generation_call", "item_0", "partial_image", "aGk=")]


def test_an_unknown_event_is_passed_on_only_about_a_server_tool() -> None:
    tool = begun(server_tool("new_tool_call"))
    came = folded([tool, progress("new_tool_call", "thinking"), progress("new_tool_call", "delta", delta="x")])
    assert came.server_tools()[1:] == [
        ("new_tool_call", "item_0", "thinking", None),
        ("new_tool_call", "item_0", None, "x"),
    ]
    unknown = progress("new_tool_call", "thinking")
    for before in ([], [begun(message())], [tool]):
        event = unknown | {"type": "response.new_tool_call.done"} if before == [tool] else unknown
        assert folded([*before, event]).notes("ignored") == [event["type"]]


@pytest.mark.parametrize(("act", "noted"), [(acts.nothing, False), (acts.unsupported, True)])
def test_what_the_fold_has_no_place_for_is_noted(act: acts.Act, noted: bool) -> None:
    silent = [name for name, rule in RULES.items() if rule.act is act]
    assert ("response.audio.delta" if noted else "keepalive") in silent
    for name in silent:
        came = folded([{"type": name, "output_index": None}])
        assert came.notes("ignored") == ([name] if noted else [])
        assert came.result.chunks == 1


def test_a_whole_that_is_empty_settles_nothing() -> None:
    event = {"type": "response.function_call_arguments.done", "output_index": 0, "item_id": "item_0", "arguments": ""}
    (call,) = folded([event]).result.tool_calls
    assert (call.arguments, call.closed) == ("", False)
    assert folded([text_delta("Hi"), event | {"type": "response.output_text.done", "text": ""}]).result.text == "Hi"


def test_a_done_item_that_is_null_is_skipped() -> None:
    assert folded([item_done(None), item_done({})]).result.content == ()


def test_a_response_another_event_named_first_is_known_again() -> None:
    events = numbered([in_progress("resp_1"), created("resp_1"), completed(), created("resp_2")])
    once = open_state(events)
    assert answers_of(once) == ("resp_1", "resp_2")
    assert open_state([*events, *events]) == once


def test_after_a_cancelled_response_its_items_are_not_read() -> None:
    cancelled = {"type": "response.cancelled", "response": {"id": "resp_1", "status": "cancelled"}}
    came = folded([created(), cancelled, incomplete(function_call())])
    assert (came.types(), came.result.tool_calls, came.result.outcome) == (["stop_reason"], (), "cancelled")


def test_so_many_ends_of_a_response_are_read() -> None:
    events = [created(), *message_lane("a"), *[completed()] * 20]
    came = folded(events)
    assert (came.state.items.ends, came.result.outcome, came.result.text) == (16, "completed", "a")
    assert [note.count for note in came.result.diagnostics if "so many ends" in note.detail] == [4]
    assert folded([*events, failed()]).result.outcome == "completed"
    assert folded([*events, created("resp_2"), *message_lane("b"), completed()]).state.items.ends == 1

"""What providers really send on the Responses wire: which item is meant, and what of it is whole (Q50-Q60)."""

from typing import Any

import pytest
from streamfold.reducer import Cancelled
from streamfold.reducer.result import ReasoningPart, ServerToolPart, TextPart
from streamfold.reducer.values.json_values import freeze
from support.event_shapes import (
    LEFT_OUT,
    EventJson,
    arguments_delta,
    arguments_done,
    begun,
    call_lane,
    completed,
    created,
    custom_call,
    custom_lane,
    folded,
    function_call,
    input_done,
    item_added,
    item_done,
    message,
    message_lane,
    progress,
    raw_delta,
    raw_done,
    reasoning,
    server_tool,
    summary_lane,
    text_delta,
    text_done,
    without,
    words,
)
from support.law_checks import channels

PARIS = '{"city": "Paris", "unit": "C"}'
OSLO = '{"city": "Oslo"}'
SQL = "SELECT name FROM rivers WHERE length > 2000"


def answer() -> list[EventJson]:
    """A response with an item of each kind that a client is told about."""
    return [
        created(),
        *summary_lane(["Look it up.", "Then say it."], 0, encrypted_content="gAAAA-1"),
        *message_lane("It rains in Paris.", 1),
        *call_lane(PARIS, 2),
        *custom_lane(SQL, 3),
    ]


# Q50


@pytest.mark.parametrize("output", [[], None, LEFT_OUT], ids=["empty", "null", "absent"])
def test_q50_a_terminal_without_output_falls_back_to_the_folded_items(output: Any) -> None:
    fold = folded([*answer(), completed(output=output)])
    assert fold.result.text == "It rains in Paris."
    assert fold.result.reasoning == "Look it up.\n\nThen say it."
    assert [(call.id, call.arguments, call.complete) for call in fold.result.tool_calls] == [
        ("call_2", PARIS, True),
        ("call_3", SQL, True),
    ]
    assert (fold.result.outcome, fold.result.diagnostics) == ("completed", ())
    assert fold.result.usage.input_tokens == 40


def test_q50_a_terminal_without_a_response_ends_it_all_the_same() -> None:
    fold = folded([*answer(), {"type": "response.completed"}])
    assert (fold.result.outcome, fold.result.text) == ("completed", "It rains in Paris.")
    assert all(call.complete for call in fold.result.tool_calls)
    assert fold.result.usage.source == "unknown"


def test_q50_a_final_list_that_lacks_items_keeps_them_in_their_place() -> None:
    first, second = message_lane("One.", 2), message_lane("Two.", 3)
    thoughts = [*summary_lane(["First thought."], 0), *summary_lane(["Second thought."], 1)]
    fold = folded([created(), *thoughts, *first, *second, completed(message(2, "One."), message(3, "Two."))])
    assert [part.type for part in fold.result.content] == ["summarized_reasoning"] * 2 + ["text"] * 2
    assert fold.result.text == "One.Two."
    assert fold.notes("mismatch") == ["the final list lacks an item that came before"]


# Q51


def test_q51_rotating_ids_are_one_item_by_output_index() -> None:
    events = answer()
    for at, event in enumerate(events):
        if "item_id" in event:
            event["item_id"] = f"rotated-{at}"
        if isinstance(event.get("item"), dict):
            event["item"] = {**event["item"], "id": f"rotated-{at}"}
        if "response" in event:
            event["response"] = {**event["response"], "id": f"answer-{at}"}
    output = [
        reasoning(0, "Look it up.", "Then say it.", id="last-0", encrypted_content="gAAAA-2"),
        message(1, "It rains in Paris.", id="last-1"),
        function_call(2, arguments=PARIS, id="last-2"),
        custom_call(3, text=SQL, id="last-3"),
    ]
    fold = folded([*events, completed(*output, id="answer-last")])
    assert fold.types() == ["reasoning_message", "assistant_message", "tool_call_message"]
    assert (fold.result.text, fold.result.reasoning) == ("It rains in Paris.", "Look it up.\n\nThen say it.")
    assert [call.id for call in fold.result.tool_calls] == ["call_2", "call_3"]
    assert (fold.result.outcome, fold.result.diagnostics) == ("completed", ())
    assert len(fold.result.content) == 2


def test_q51_rotating_ids_of_two_calls_side_by_side() -> None:
    left, right = call_lane(PARIS, 0), call_lane(OSLO, 1)
    events = [event for pair in zip(left, right, strict=False) for event in pair] + left[len(right) :]
    for at, event in enumerate(events):
        if "item_id" in event:
            event["item_id"] = f"rotated-{at}"
    fold = folded([created(), *events, completed(output=None)])
    assert [(call.id, call.arguments) for call in fold.result.tool_calls] == [("call_0", PARIS), ("call_1", OSLO)]
    assert channels(fold.messages)["calls"] == [
        {"id": "call_0", "name": "get_weather", "arguments": PARIS},
        {"id": "call_1", "name": "get_weather", "arguments": OSLO},
    ]


# Q52


def test_q52_a_terminal_whose_ids_differ_from_the_done_items_repeats_nothing() -> None:
    lanes = [
        *[begun(reasoning(0, raw=["Two and two."])), raw_delta("Two and two."), raw_done("Two and two.")],
        item_done(reasoning(0, raw=["Two and two."], id="rs_tmp_a")),
        *message_lane("4", 1, id="msg_tmp_a"),
    ]
    output = [reasoning(0, raw=["Two and two."], id="rs_tmp_b"), message(1, "4", id="msg_tmp_b")]
    fold = folded([created(), *lanes, completed(*output)])
    assert fold.result.content == (ReasoningPart("Two and two."), TextPart("4"))
    assert fold.types() == ["reasoning_message", "assistant_message"]
    assert fold.result.diagnostics == ()


# Q53


@pytest.mark.parametrize("kept", ["by item id", "by the open item"])
def test_q53_without_output_index_the_item_id_counts_then_the_open_item(kept: str) -> None:
    left_out = ("output_index",) if kept == "by item id" else ("output_index", "item_id")
    fold = folded(without([*answer(), completed(output=None)], *left_out))
    assert fold.result.text == "It rains in Paris."
    assert fold.result.reasoning == "Look it up.\n\nThen say it."
    assert [(call.id, call.arguments, call.complete) for call in fold.result.tool_calls] == [
        ("call_2", PARIS, True),
        ("call_3", SQL, True),
    ]


def test_q53_without_output_index_two_calls_interleave_by_item_id() -> None:
    left, right = call_lane(PARIS, 0), call_lane(OSLO, 1)
    events = without([left[0], right[0], *right[1:-1], *left[1:], right[-1]], "output_index")
    fold = folded([created(), *events, completed(output=None)])
    assert [(call.id, call.arguments) for call in fold.result.tool_calls] == [("call_0", PARIS), ("call_1", OSLO)]


def test_q53_without_any_key_a_new_item_is_a_new_one() -> None:
    first, second = message_lane("One.", 0), message_lane("Two.", 1)
    fold = folded(without([created(), *first, *second], "output_index", "item_id"))
    assert [part for part in fold.result.content if isinstance(part, TextPart)] == [TextPart("One."), TextPart("Two.")]


# Q54


def test_q54_a_stream_joined_midway_takes_the_item_s_rest_from_done() -> None:
    fold = folded(
        [text_delta("in Paris."), text_done("It rains in Paris."), item_done(message(0, "It rains in Paris."))]
    )
    assert channels(fold.messages)["text"] == "in Paris."
    assert fold.result.text == "It rains in Paris."
    assert len(fold.notes("mismatch")) == 1
    assert fold.result.outcome == "truncated"


def test_q54_a_done_item_that_nothing_announced_is_said_whole() -> None:
    fold = folded([item_done(message(0, "It rains.")), item_done(function_call(1, arguments=PARIS), 1)])
    assert channels(fold.messages) == {
        "text": "It rains.",
        "reasoning": "",
        "refusal": "",
        "calls": [{"id": "call_1", "name": "get_weather", "arguments": PARIS}],
    }
    assert fold.result.tool_calls[0].complete


@pytest.mark.parametrize("joined_at", range(1, 7))
def test_q54_a_call_joined_midway_has_its_name_from_done(joined_at: int) -> None:
    lane = call_lane(PARIS)
    fold = folded([*lane[joined_at:], completed(output=None)], requires_approval_tools={"get_weather"})
    (call,) = fold.result.tool_calls
    assert (call.id, call.name, call.arguments, call.complete) == ("call_0", "get_weather", PARIS, True)
    assert fold.types() == ["approval_request_message"]
    assert len({message.tool_call.tool_call_id for message in fold.said}) == 1
    assert fold.closed() == [("call_0", [])]


def test_q54_a_cut_off_call_joined_midway_is_kept_under_some_name() -> None:
    fold = folded([arguments_delta('{"city": '), arguments_delta('"Par')], Cancelled())
    (call,) = fold.result.tool_calls
    assert (call.id, call.name, call.arguments, call.complete) == ("item_0", "", '{"city": "Par', False)
    assert channels(fold.messages)["calls"] == [{"id": "item_0", "name": "", "arguments": '{"city": "Par'}]


def test_q54_parts_joined_midway_stand_in_the_provider_s_order() -> None:
    whole = message(0, "The first part. ", "The second part.")
    fold = folded([text_delta("The second part.", 0, 1), item_done(whole)], agree=False)
    assert [part.text for part in fold.result.content if isinstance(part, TextPart)] == [
        "The first part. ",
        "The second part.",
    ]


# Q55


@pytest.mark.parametrize(
    ("left_out", "content"),
    [("response.content_part.added", "text"), ("response.reasoning_summary_part.added", "summary")],
)
def test_q55_without_a_part_s_beginning_its_deltas_open_it(left_out: str, content: str) -> None:
    events = [event for event in answer() if event["type"] != left_out]
    assert len(events) < len(answer())
    everything, fold = folded([*answer(), completed(output=None)]), folded([*events, completed(output=None)])
    assert fold.result.content == everything.result.content
    assert fold.messages == everything.messages


def test_q55_without_any_beginning_or_end_the_deltas_are_the_text() -> None:
    fold = folded([text_delta("It "), text_delta("rains.")])
    assert fold.result.content == (TextPart("It rains."),)
    assert fold.result.outcome == "truncated"


# Q56


@pytest.mark.parametrize("stage", ["arguments done", "item done", "completed"])
def test_q56_arguments_that_come_only_at_the_end_are_said_then(stage: str) -> None:
    events = [created(), begun(function_call())]
    events += [arguments_done(PARIS)] if stage == "arguments done" else []
    events += [item_done(function_call(arguments=PARIS))] if stage != "completed" else []
    fold = folded([*events, completed(function_call(arguments=PARIS))])
    assert channels(fold.messages)["calls"] == [{"id": "call_0", "name": "get_weather", "arguments": PARIS}]
    assert [message.tool_call.arguments for message in fold.said] == [None, PARIS]
    (call,) = fold.result.tool_calls
    assert (call.arguments, call.complete) == (PARIS, True)


def test_q56_only_the_missing_suffix_is_said() -> None:
    fold = folded([created(), begun(function_call()), arguments_delta(PARIS[:9]), arguments_done(PARIS)])
    assert [message.tool_call.arguments for message in fold.messages] == [None, PARIS[:9], PARIS[9:]]  # type: ignore[union-attr]


@pytest.mark.parametrize("arguments", ["", None, LEFT_OUT], ids=["empty", "null", "absent"])
def test_q56_no_arguments_are_an_empty_object_once_they_are_done(arguments: Any) -> None:
    events = [created(), begun(function_call())]
    assert folded(events).result.tool_calls[0].arguments == ""
    (call,) = folded([*events, arguments_done(arguments), completed(output=None)]).result.tool_calls
    assert (call.arguments, call.complete) == ("{}", True)


def test_q56_arguments_in_the_first_event_are_not_lost() -> None:
    item = function_call(arguments=PARIS)
    fold = folded([created(), item_added(item), arguments_done(PARIS), item_done(item), completed(item)])
    assert channels(fold.messages)["calls"] == [{"id": "call_0", "name": "get_weather", "arguments": PARIS}]
    assert fold.result.tool_calls[0].complete


# Q57


def test_q57_custom_input_needs_no_done_event_but_its_item_s() -> None:
    lane = [event for event in custom_lane(SQL) if not event["type"].endswith("input.done")]
    fold = folded([created(), *lane])
    (call,) = fold.result.tool_calls
    assert (call.kind, call.name, call.arguments, call.complete) == ("custom", "run_sql", SQL, True)
    assert channels(fold.messages)["calls"] == [{"id": "call_0", "name": "run_sql", "arguments": SQL}]


def test_q57_a_custom_tool_s_input_comes_only_with_the_done_item() -> None:
    fold = folded([created(), begun(custom_call()), item_done(custom_call(text=SQL))])
    assert channels(fold.messages)["calls"] == [{"id": "call_0", "name": "run_sql", "arguments": SQL}]
    assert fold.result.tool_calls[0].complete


def test_q57_custom_input_is_raw_text_and_may_be_empty() -> None:
    fold = folded([created(), begun(custom_call()), input_done(""), item_done(custom_call())])
    (call,) = fold.result.tool_calls
    assert (call.arguments, call.complete) == ("", True)


def test_q57_a_custom_tool_s_input_without_done_item_is_not_complete() -> None:
    lane = custom_lane(SQL)
    (call,) = folded([created(), *lane[:-2]]).result.tool_calls
    assert (call.arguments, call.complete) == (SQL, False)


# Q58


def test_q58_items_that_interleave_and_end_out_of_order_stand_by_index() -> None:
    thoughts = [begun(reasoning(0)), *(raw_delta(word) for word in words("Two and two is four."))]
    ends = [raw_done("Two and two is four."), item_done(reasoning(0, raw=["Two and two is four."]))]
    fold = folded([created(), *thoughts[:3], *message_lane("4", 1), *thoughts[3:], *ends])
    assert fold.result.content == (ReasoningPart("Two and two is four."), TextPart("4"))
    assert fold.types() == ["reasoning_message", "assistant_message", "reasoning_message"]


def test_q58_two_calls_that_interleave_are_two() -> None:
    left, right = call_lane(PARIS, 1), call_lane(OSLO, 0)
    events = [left[0], right[0], left[1], right[1], left[2], *right[2:], *left[3:]]
    fold = folded([created(), *events, completed(output=None)])
    assert [(call.id, call.arguments) for call in fold.result.tool_calls] == [("call_0", OSLO), ("call_1", PARIS)]
    assert all(call.complete for call in fold.result.tool_calls)


def test_q58_items_out_of_order_stand_by_index_then_by_final_list() -> None:
    events = [created(), *message_lane("second", 1), *message_lane("first", 0)]
    assert folded(events, agree=False).result.text == "firstsecond"
    last = completed(message(1, "second"), message(0, "first"))
    assert folded([*events, last], agree=False).result.text == "secondfirst"


# Q59


def test_q59_an_item_that_is_never_done_settles_at_the_terminal() -> None:
    tools = [{"name": "read_wiki", "input_schema": {"type": "object"}}]
    whole = server_tool("mcp_list_tools", status=LEFT_OUT, server_label="wiki", tools=tools)
    begin = server_tool("mcp_list_tools", status=LEFT_OUT, server_label="wiki", tools=[])
    fold = folded(
        [
            created(),
            item_added(begin),
            progress("mcp_list_tools", "in_progress"),
            progress("mcp_list_tools", "completed"),
            *message_lane("Done.", 1),
            completed(whole, message(1, "Done.")),
        ]
    )
    assert fold.result.content == (ServerToolPart(freeze(whole)), TextPart("Done."))
    assert [status for _, _, status, _ in fold.server_tools()] == [
        "in_progress",
        "in_progress",
        "completed",
        "completed",
    ]
    assert fold.messages[-1].item == freeze(whole)  # type: ignore[union-attr]


@pytest.mark.parametrize("output", [[], None])
def test_q59_a_call_never_done_is_whole_once_the_response_is(output: Any) -> None:
    events = [created(), begun(function_call()), arguments_delta(PARIS)]
    assert not folded(events).result.tool_calls[0].complete
    assert folded([*events, completed(output=output)]).result.tool_calls[0].complete


def test_q59_a_message_never_done_has_its_tail_from_the_terminal() -> None:
    fold = folded([created(), begun(message()), text_delta("It rains"), completed(message(0, "It rains in Paris."))])
    assert channels(fold.messages)["text"] == fold.result.text == "It rains in Paris."


# Q60


@pytest.mark.parametrize("status", ["in_progress", "generating", None])
def test_q60_a_done_item_is_done_whatever_its_status_says(status: Any) -> None:
    image = server_tool("image_generation_call", status=status, result="aW1hZ2U=")
    fold = folded([created(), begun(image), item_done(image), progress("image_generation_call", "completed")])
    assert fold.result.content == (ServerToolPart(image),)
    assert fold.messages[-1].item == image  # type: ignore[union-attr]
    assert fold.notes("ignored") == ["response.image_generation_call.completed for an item that is done"]


def test_q60_a_call_that_is_done_while_in_progress_is_complete() -> None:
    lane = call_lane(PARIS, status="in_progress")
    assert folded([created(), *lane]).result.tool_calls[0].complete


def test_q60_a_done_message_still_in_progress_is_told_once() -> None:
    lane = message_lane("It rains.", status="in_progress")
    fold = folded([created(), *lane, completed(message(0, "It rains."))])
    assert channels(fold.messages)["text"] == fold.result.text == "It rains."

from typing import Any

import pytest
from streamfold.reducer import Cancelled, Ended, Failed, responses
from streamfold.reducer.result import (
    OmittedReasoningPart,
    ReasoningPart,
    RefusalPart,
    ServerToolPart,
    SummarizedReasoningPart,
    SummaryPart,
    TextPart,
    ToolCall,
)
from streamfold.reducer.values.json_values import freeze
from support.event_shapes import (
    arguments_delta,
    begun,
    call_lane,
    citation,
    completed,
    created,
    custom_call,
    failed,
    folded,
    function_call,
    incomplete,
    item_added,
    item_done,
    message,
    message_lane,
    open_state,
    part_added,
    progress,
    raw_delta,
    reasoning,
    refusal_delta,
    server_tool,
    summary_delta,
    text_delta,
    text_done,
)


def test_reasoning_that_is_hidden_is_announced_first_and_begins_the_content() -> None:
    came = folded(message_lane("Hi"), hides_reasoning=True)
    assert came.types() == ["hidden_reasoning_message", "assistant_message"]
    assert came.result.content == (OmittedReasoningPart(), TextPart("Hi"))
    for told in (False, None):
        came = folded(message_lane("Hi"), hides_reasoning=told, model="o1")
        assert came.types() == ["assistant_message"]
        assert came.result.content == (TextPart("Hi"),)


def test_the_wire_s_last_word_is_the_reason_and_all_are_kept() -> None:
    assert folded([created()]).result.finish_reason is None
    assert folded([created()]).result.finish_reasons == ()
    came = folded([created(), completed()]).result
    assert (came.finish_reason, came.finish_reasons, came.outcome) == ("completed", ("completed",), "completed")
    came = folded([created(), incomplete(reason="max_output_tokens"), completed()]).result
    assert (came.finish_reason, came.finish_reasons) == ("completed", ("max_output_tokens", "completed"))
    came = folded([created(), completed(), failed()]).result
    assert (came.outcome, came.finish_reasons, came.error) == ("completed", ("completed",), None)
    assert "response.failed after the end of the answer" in [note.detail for note in came.diagnostics]


def test_who_answered_is_the_wire_s_word_before_the_caller_s() -> None:
    assert (folded([], model="asked").result.model, folded([]).result.model) == ("asked", None)
    assert folded([created()], model="asked").result.model == "gpt-4.1-mini"
    assert (folded([]).result.provider_id, folded([created("resp_9")]).result.provider_id) == (None, "resp_9")


@pytest.mark.parametrize(
    ("end", "words"),
    [(Failed("boom"), "boom"), (Cancelled(), None), (Ended(), None)],
    ids=["failed", "cancelled", "ended"],
)
def test_a_failure_that_the_driver_reports_is_the_result_s(end: Any, words: str | None) -> None:
    came = folded([created()], end).result
    assert (came.error.message if came.error else None) == words
    assert folded([created(), failed("worse")], end).result.error.message == "worse"  # type: ignore[union-attr]


def test_a_state_before_its_end_is_open_and_counts_its_events() -> None:
    came = responses.result(open_state([created(), text_delta("Hi")]))
    assert (came.outcome, came.text, came.chunks, came.extras) == ("open", "Hi", 2, {})


# Reasoning


def test_a_summary_has_its_parts_that_say_something_by_their_numbers() -> None:
    events = [begun(reasoning()), summary_delta("one"), summary_delta("three", at=2)]
    came = folded([*events, item_done(reasoning(0, "one", "", "three"))])
    parts = (SummaryPart(0, "one"), SummaryPart(2, "three"))
    assert came.result.content == (SummarizedReasoningPart("item_0", parts),)


def test_a_cited_summary_part_that_says_nothing_is_left_out() -> None:
    part = {"type": "summary_text", "text": "", "annotations": [citation("owls")]}
    assert folded([part_added(part)]).result.content == (SummarizedReasoningPart("item_0"),)


@pytest.mark.parametrize(
    ("item", "content"),
    [
        (reasoning(0, "S", raw=["R"]), (SummarizedReasoningPart("item_0", (SummaryPart(0, "S"),)), ReasoningPart("R"))),
        (reasoning(0, raw=["R"]), (ReasoningPart("R"),)),
        (reasoning(0, "S"), (SummarizedReasoningPart("item_0", (SummaryPart(0, "S"),)),)),
        (reasoning(0), (SummarizedReasoningPart("item_0"),)),
        (
            reasoning(0, raw=["R"], encrypted_content="gAAA"),
            (ReasoningPart("R"), SummarizedReasoningPart("item_0", (), "gAAA")),
        ),
        (reasoning(0, encrypted_content="gAAA"), (SummarizedReasoningPart("item_0", (), "gAAA"),)),
    ],
    ids=["both", "raw", "summary", "nothing", "raw and encrypted", "encrypted"],
)
def test_reasoning_is_its_summary_its_encrypted_content_and_what_is_shown_raw(item: Any, content: Any) -> None:
    assert folded([item_added(item), item_done(item)]).result.content == content


def test_raw_reasoning_and_summary_stand_in_the_order_they_came() -> None:
    both = [raw_delta("R"), summary_delta("S")]
    assert [part.type for part in folded(both).result.content] == ["reasoning", "summarized_reasoning"]
    assert [part.type for part in folded(both[::-1]).result.content] == ["summarized_reasoning", "reasoning"]


def test_raw_reasoning_in_pieces_is_one_part() -> None:
    came = folded([raw_delta("one "), raw_delta("two", at=1)])
    assert came.result.content == (ReasoningPart("one two"),)


def test_reasoning_has_the_id_that_its_item_was_given_last() -> None:
    events = [summary_delta("S"), item_done(reasoning(0, "S", id="item_new"))]
    assert [part.id for part in folded(events).result.content] == ["item_new"]
    assert [part.id for part in folded(events[:1]).result.content] == ["item_0"]


# Messages


def test_the_parts_of_a_message_stand_by_their_numbers() -> None:
    came = folded(
        [refusal_delta("No", at=2), text_delta("b", at=1), text_done("b", at=1), text_delta("a")], agree=False
    )
    assert came.result.content == (TextPart("a"), TextPart("b"), RefusalPart("No"))


def test_a_text_has_its_citations_and_the_phase_of_its_message() -> None:
    item = message(0, {"type": "output_text", "text": "Hi", "annotations": [citation("owls")]}, phase="commentary")
    (part,) = folded([item_added(item), item_done(item)]).result.content
    assert part == TextPart("Hi", (citation("owls"),), "commentary")
    assert folded(message_lane("Hi")).result.content == (TextPart("Hi", (), None),)


# Server tools


def test_a_server_tool_s_item_is_as_the_provider_has_it() -> None:
    item = server_tool("web_search_call", action={"type": "search"})
    assert folded([item_added(item), item_done(item)]).result.content == (ServerToolPart(item),)


def test_a_server_tool_that_nothing_announced_has_its_type_and_its_id() -> None:
    event = progress("web_search_call", "searching")
    known = {"type": "web_search_call", "id": "item_0"}
    assert folded([event]).result.content == (ServerToolPart(known),)
    del event["item_id"]
    assert folded([event]).result.content == (ServerToolPart({"type": "web_search_call"}),)


def test_a_server_tool_s_pieces_are_in_its_item_until_done() -> None:
    item = server_tool("code_interpreter_call", code="")
    events = [
        item_added(item),
        *(progress("code_interpreter_call_code", "delta", delta=piece) for piece in ("1", "+1")),
    ]
    assert folded(events).result.content == (ServerToolPart(item | {"code": "1+1"}),)
    assert folded([*events, item_done(item | {"code": "2"})]).result.content == (ServerToolPart(item | {"code": "2"}),)


# Calls


@pytest.mark.parametrize(
    ("namespace", "extras"), [("crm", {"namespace": "crm"}), ("", {}), (None, {})], ids=["one", "empty", "null"]
)
def test_a_call_s_namespace_goes_back_with_it(namespace: Any, extras: Any) -> None:
    (call,) = folded(call_lane("{}", namespace=namespace)).result.tool_calls
    assert call == ToolCall("call_0", "get_weather", "{}", closed=True, extras=extras)


def test_no_arguments_are_an_empty_object_for_a_closed_function_alone() -> None:
    def arguments(*events: Any) -> str:
        return folded(events).result.tool_calls[0].arguments

    function, custom = function_call(), custom_call()
    assert arguments(item_added(function), item_done(function)) == "{}"
    assert arguments(item_added(function)) == ""
    assert arguments(item_added(custom), item_done(custom)) == ""


def test_only_a_closed_call_with_name_and_json_is_complete() -> None:
    def call(item: Any, *events: Any) -> tuple[bool, bool, str]:
        made = folded([item_added(item), *events]).result.tool_calls[0]
        return made.complete, made.closed, made.kind

    whole = function_call(0, arguments="{}")
    assert call(whole, item_done(whole)) == (True, True, "function")
    assert call(whole) == (False, False, "function")
    nameless = function_call(0, "", "{}")
    assert call(nameless, item_done(nameless)) == (False, True, "function")
    half = function_call(0, arguments="{")
    assert call(half, item_done(half)) == (False, True, "function")
    custom = custom_call(0, text="{")
    assert call(custom, item_done(custom)) == (True, True, "custom")


def test_a_call_that_is_over_and_no_json_is_noted_as_incomplete() -> None:
    half = function_call(0, arguments="{")
    assert folded([item_added(half), item_done(half)]).notes("incomplete") == ["call_0: the arguments are not JSON"]
    assert folded([item_added(half)]).notes("incomplete") == []
    assert folded([begun(half), arguments_delta("{}")]).notes("incomplete") == []


def test_items_have_the_wire_s_order_and_boundaries() -> None:
    came = folded(
        [
            item_added(reasoning(0), 0),
            item_done(reasoning(0, "Hm."), 0),
            item_added(message(1), 1),
            text_delta("Hi", 1),
            item_added(function_call(2), 2),
        ],
        hides_reasoning=True,
    ).result
    said = [(item.kind, item.id, item.done, item.parts) for item in came.output]
    assert said == [
        ("reasoning", "", True, (OmittedReasoningPart(),)),
        ("reasoning", "item_0", True, (SummarizedReasoningPart("item_0", (SummaryPart(0, "Hm."),)),)),
        ("message", "item_1", False, (TextPart("Hi"),)),
        ("function_call", "item_2", False, ()),
    ]
    assert came.output[1].item == freeze(reasoning(0, "Hm."))
    assert (came.output[3].call,) == came.tool_calls


def test_a_call_says_whether_a_person_has_to_approve_of_it() -> None:
    lanes = [*call_lane("{}", 0, "look"), *call_lane("{}", 1, "delete")]
    result = folded(lanes, requires_approval_tools={"delete"}).result
    assert [(call.name, call.needs_approval) for call in result.tool_calls] == [("look", False), ("delete", True)]

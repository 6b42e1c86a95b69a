"""What we keep of Letta's legacy interface, on purpose: a test for each."""

import json
from typing import Any

import pytest
from differential.differences.letta_streams import (
    EVENT_STREAM,
    SIZES,
    USAGE,
    begin,
    called,
    delta,
    feed_open,
    said,
)
from streamfold.reducer import Cancelled, Ended, Failed, chat, inner_thoughts, otid, responses
from streamfold.reducer.result import (
    OmittedReasoningPart,
    ReasoningPart,
    SummarizedReasoningPart,
    SummaryPart,
    TextPart,
    ToolCall,
)
from streamfold.reducer.usage import Usage
from support import event_shapes as wired
from support.law_checks import (
    APPROVAL_ID,
    MESSAGE_ID,
    channels,
    runs,
)

# What we keep: all wires


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_ids_and_otids_are_letta_s(machine: Any) -> None:
    values = [
        delta(content="It "),
        delta(tool_calls=[begin("delete_file", '{"a": 1}')]),
        delta(content="is gone."),
        delta("stop"),
    ]
    options: dict[str, Any] = {} if machine is chat else {"put_inner_thoughts_in_kwarg": False}
    fold = said(machine, values, requires_approval_tools={"delete_file"}, **options)
    assert [(run[0], run[1], run[2]) for run in runs(fold.messages)] == [
        ("assistant_message", MESSAGE_ID, "11111111-2222-4333-8444-555555555580"),
        ("approval_request_message", APPROVAL_ID, APPROVAL_ID),
        ("assistant_message", MESSAGE_ID, "11111111-2222-4333-8444-555555555582"),
    ]
    assert {(message.run_id, message.step_id) for message in fold.messages} == {("run-1", "step-1")}
    assert otid(MESSAGE_ID, -1) == MESSAGE_ID


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_model_and_provider_id_are_the_first_chunk_s(machine: Any) -> None:
    later = {**delta(content="rains."), "id": "chatcmpl-2", "model": "other"}
    result = said(machine, [delta(content="It "), later, delta("stop")], model="asked-for").result
    assert (result.model, result.provider_id) == ("gpt-4.1-mini", "chatcmpl-1")
    assert said(machine, [], model="asked-for").result.model == "asked-for"


def test_model_and_provider_id_of_responses_are_the_end_s() -> None:
    last = wired.completed(response_id="resp_9", model="gpt-4.1-mini-2026")
    result = wired.folded([wired.created("resp_1"), last], model="asked-for").result
    assert (result.model, result.provider_id) == ("gpt-4.1-mini-2026", "resp_9")
    assert wired.folded([wired.created("resp_1")]).result.provider_id == "resp_1"


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_usage_that_is_not_reported_is_none_and_zero_is_zero(machine: Any) -> None:
    raw = {**USAGE, "completion_tokens": 0, "prompt_tokens_details": {"cached_tokens": 0}, "cost": 0.25}
    usage = said(machine, [delta(content="a"), {**delta("stop"), "usage": raw}]).result.usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.reasoning_tokens) == (30, 0, 0, None)
    assert usage.raw == raw
    for end in (Cancelled(), Ended(), Failed("boom")):
        assert said(machine, [delta(content="a")], end).result.usage == Usage()


@pytest.mark.parametrize(
    "words",
    [
        "Your input exceeds the context window of this model.",
        "This model's maximum context length is 8192 tokens.",
        "Error: the maximum context length was reached",
        "400 {'code': 'context_length_exceeded'}",
        "Input tokens exceed the configured limit of 1000 tokens.",
        "The input exceeds the maximum allowed input length.",  # known since 0.16.7
    ],
)
@pytest.mark.parametrize("machine", [chat, inner_thoughts, responses])
def test_a_context_overflow_adds_no_stop_reason(machine: Any, words: str) -> None:
    for error in (words, RuntimeError(words)):
        end = Failed(error)
        if machine is responses:
            messages, result = wired.folded([wired.created()], end)[1:]
        else:
            fold = said(machine, [delta(content="")], end)
            messages, result = fold.messages, fold.result
        assert (messages, result.outcome) == ([], "failed")
        assert result.error is not None
        assert words in result.error.message


@pytest.mark.parametrize("machine", [chat, inner_thoughts, responses])
def test_any_other_error_is_a_stop_reason_after_what_was_held(machine: Any) -> None:
    if machine is responses:
        messages = wired.folded([wired.created(), wired.text_delta("It ")], Failed("reset by peer")).messages
    else:
        messages = said(machine, [delta(content="It ")], Failed("reset by peer")).messages
    assert [message.message_type for message in messages] == ["assistant_message", "stop_reason"]
    last: Any = messages[-1]
    assert (last.stop_reason, last.detail) == ("error", "reset by peer")


HIDING = ["o1", "o1-mini", "o3", "o3-pro", "o4-mini", "gpt-5", "gpt-5.1-codex"]
SHOWING = ["gpt-4o", "gpt-4.1", "o2", "deepseek-reasoner", "openai/o3", "qwen-o1", ""]


@pytest.mark.parametrize("model", HIDING)
def test_chat_announces_hidden_reasoning_before_the_first_chunk(model: str) -> None:
    _, messages = chat.start(chat.Config(message_id=MESSAGE_ID, model=model))
    assert [(message.message_type, message.state) for message in messages] == [  # type: ignore[union-attr]
        ("hidden_reasoning_message", "omitted")
    ]
    fold = said(chat, [delta(content="Yes."), delta("stop")], model=model)
    assert fold.types == ["hidden_reasoning_message", "assistant_message"]
    assert fold.result.content == (OmittedReasoningPart(), TextPart("Yes."))


@pytest.mark.parametrize("model", SHOWING)
def test_chat_announces_nothing_for_other_models(model: str) -> None:
    fold = said(chat, [{**delta(content="Yes."), "model": "gpt-5"}, delta("stop")], model=model)
    assert (fold.types, fold.result.content) == (["assistant_message"], (TextPart("Yes."),))


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_hidden_reasoning_is_as_told_whatever_the_model_s_name(machine: Any) -> None:
    values = [delta(tool_calls=[begin("archive", '{"a": 1}')]), delta("tool_calls")]
    options: dict[str, Any] = {} if machine is chat else {"put_inner_thoughts_in_kwarg": False}
    told = said(machine, values, hides_reasoning=True, model="gpt-4o", **options)
    assert told.types == ["hidden_reasoning_message", "tool_call_message"]
    assert told.result.content == (OmittedReasoningPart(),)
    denied = said(machine, values, hides_reasoning=False, model="gpt-5", **options)
    assert (denied.types, denied.result.content) == (["tool_call_message"], ())


def test_inner_thoughts_announces_hidden_reasoning_before_the_first_call_and_once() -> None:
    values = [
        {**delta(content="Well. "), "model": "o3"},
        delta(tool_calls=[begin("left", '{"a": 1}', 0)]),
        delta(tool_calls=[begin("right", '{"b": 2}', 1)]),
        delta("tool_calls"),
    ]
    fold = said(inner_thoughts, values, put_inner_thoughts_in_kwarg=False)
    assert [kind for at, kind in enumerate(fold.types) if at == 0 or fold.types[at - 1] != kind] == [
        "assistant_message",
        "hidden_reasoning_message",
        "tool_call_message",
    ]
    assert fold.result.content[0] == OmittedReasoningPart()


def test_inner_thoughts_has_the_hidden_part_unannounced_where_thoughts_are_asked_for() -> None:
    values = called('{"thinking": "So.", "a": 1}', 4)
    fold = said(inner_thoughts, [{**value, "model": "o3"} for value in values])
    assert fold.types == ["reasoning_message", "tool_call_message"]
    assert fold.result.content[0] == OmittedReasoningPart()


def test_responses_hides_no_reasoning_by_the_model_s_name() -> None:
    events = [wired.created(model="gpt-5"), *wired.summary_lane(["Hm."])]
    assert wired.folded(events, model="gpt-5").types() == ["reasoning_message"]
    told = wired.folded(events, hides_reasoning=True)
    assert told.types() == ["hidden_reasoning_message", "reasoning_message"]
    assert told.result.content[0] == OmittedReasoningPart()


# What we keep: chat


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
@pytest.mark.parametrize("spoken", ["content", "reasoning_content"])
def test_one_chunk_says_content_and_reasoning_before_calls(machine: Any, spoken: str) -> None:
    members = {"tool_calls": [begin("archive", "{}")], spoken: "It rains."}
    fold = said(machine, [delta(**members), delta("stop")])
    assert fold.types[1:] == ["tool_call_message"]


def test_chat_content_is_omitted_reasoning_then_reasoning_then_text() -> None:
    values = [
        delta(content="It "),
        delta(reasoning_content="Hm. "),
        delta(content="rains."),
        delta(reasoning_content="So."),
    ]
    fold = said(chat, [*values, delta("stop")], hides_reasoning=True)
    assert fold.result.content == (
        OmittedReasoningPart(),
        ReasoningPart("Hm. So.", member="reasoning_content"),
        TextPart("It rains."),
    )


def test_chat_sends_each_delta_of_a_call_with_the_call_s_id() -> None:
    fold = said(chat, called('{"day": 1}', 4))
    deltas = [message.tool_call for message in fold.messages if message.message_type == "tool_call_message"]
    assert [(call.name, call.arguments, call.tool_call_id) for call in deltas] == [
        ("archive", None, "call_0"),
        (None, '{"da', "call_0"),
        (None, 'y": ', "call_0"),
        (None, "1}", "call_0"),
    ]


@pytest.mark.parametrize("model", ["deepseek-reasoner", "deepseek-chat"])
def test_a_deepseek_model_that_sent_only_reasoning_has_answered(model: str) -> None:
    only = [{**delta(reasoning_content="Forty-"), "model": model}, delta(reasoning_content="two."), delta("stop")]
    assert said(chat, only).result.content == (TextPart("Forty-two."),)
    with_text = said(chat, [*only[:2], delta(content="42"), delta("stop")])
    assert with_text.result.content == (ReasoningPart("Forty-two.", member="reasoning_content"), TextPart("42"))
    with_call = said(chat, [*only[:2], delta(tool_calls=[begin("archive", "{}")]), delta("stop")])
    assert with_call.result.content == (ReasoningPart("Forty-two.", member="reasoning_content"),)


def test_another_model_that_sent_only_reasoning_has_not_answered() -> None:
    only = [delta(reasoning_content="Forty-two."), delta("stop")]
    assert said(chat, only).result.content == (ReasoningPart("Forty-two.", member="reasoning_content"),)


# What we keep: inner thoughts


@pytest.mark.parametrize("size", SIZES)
def test_a_client_sees_reasoning_then_the_name_alone_then_the_arguments(size: int) -> None:
    fold = said(inner_thoughts, called('{"day": 1, "thinking": "So.", "place": "Paris"}', size))
    assert fold.types == ["reasoning_message", "tool_call_message"]
    deltas = [message.tool_call for message in fold.messages if message.message_type == "tool_call_message"]
    assert (deltas[0].name, deltas[0].arguments) == ("archive", None)
    assert {call.name for call in deltas[1:]} == {None}
    assert json.loads("".join(call.arguments for call in deltas[1:])) == {"day": 1, "place": "Paris"}
    assert {message.source for message in fold.messages if message.message_type == "reasoning_message"} == {
        "non_reasoner_model"
    }


def test_without_thoughts_in_the_arguments_nothing_is_held() -> None:
    _, messages = feed_open(called('{"day": 1, "pla', 4)[:-1], put_inner_thoughts_in_kwarg=False)
    assert channels(messages)["calls"] == [{"id": "call_0", "name": "archive", "arguments": '{"day": 1, "pla'}]


def test_the_thoughts_are_one_text_part_and_the_call_keeps_them() -> None:
    arguments = '{"thinking": "So.", "day": 1}'
    result = said(inner_thoughts, called(arguments, 3)).result
    assert result.content == (TextPart("So.", is_thoughts=True),)
    assert result.tool_calls == (ToolCall("call_0", "archive", arguments, closed=True),)


def test_another_key_and_another_tool_may_be_named() -> None:
    options = {
        "thoughts_key": "inner",
        "use_assistant_message": True,
        "assistant_message_tool_name": "say",
        "assistant_message_tool_kwarg": "words",
    }
    fold = said(inner_thoughts, called('{"inner": "So.", "thinking": "no", "words": "Yes."}', 3, "say"), **options)
    assert (fold.channels["reasoning"], fold.channels["text"], fold.calls) == ("So.", "Yes.", [])


def test_the_assistant_s_tool_is_a_call_unless_told_otherwise() -> None:
    fold = said(inner_thoughts, called('{"thinking": "So.", "message": "Yes."}', 3, "send_message"))
    ((_, name, arguments),) = fold.calls
    assert (name, json.loads(arguments)) == ("send_message", {"message": "Yes."})


@pytest.mark.parametrize(("text", "tokens"), [("{}", 1), ('{"a": "héé"}', 4), ('{"a":12}', 2)])
def test_usage_is_estimated_only_where_asked_and_where_none_is_reported(text: str, tokens: int) -> None:
    values = called(text, 2)
    estimate = {"estimate_usage": True, "estimated_input_tokens": 120}
    assert said(inner_thoughts, values, **estimate).result.usage == Usage(120, tokens, source="estimated")
    assert said(inner_thoughts, values).result.usage.source == "unknown"
    reported = said(inner_thoughts, [*values, {**delta(), "choices": [], "usage": USAGE}], **estimate).result.usage
    assert (reported.input_tokens, reported.output_tokens, reported.source) == (30, 5, "reported")


# What we keep: responses


def test_what_an_item_begins_with_is_said() -> None:
    events = [
        wired.item_added(wired.reasoning(0, "Hm.")),
        wired.item_added(wired.message(1, "It ", status="in_progress"), 1),
        wired.text_delta("rains.", 1),
        wired.item_added(wired.function_call(2, arguments='{"day": '), 2),
        wired.arguments_delta("1}", 2),
    ]
    fold = wired.folded([wired.created(), *events])
    found = channels(fold.messages)
    assert (found["reasoning"], found["text"]) == ("Hm.", "It rains.")
    assert found["calls"] == [{"id": "call_2", "name": "get_weather", "arguments": '{"day": 1}'}]


def test_done_events_repeat_and_add_nothing() -> None:
    done = [event for event in EVENT_STREAM if event["type"].endswith(".done")]
    assert len(done) == 8
    assert (
        wired.folded(EVENT_STREAM).messages
        == wired.folded([event for event in EVENT_STREAM if event not in done]).messages
    )


def test_the_terminal_event_has_the_final_word() -> None:
    output = [wired.reasoning(0, "Hm, hm.", encrypted_content="gAAAA"), wired.function_call(1, "other", '{"day": 2}')]
    events = [*wired.summary_lane(["Hm."], 0), *wired.call_lane('{"day": 1}', 1)]
    fold = wired.folded([wired.created(), *events, wired.completed(*output)])
    assert fold.result.content == (SummarizedReasoningPart("item_0", (SummaryPart(0, "Hm, hm."),), "gAAAA"),)
    assert [(call.name, call.arguments) for call in fold.result.tool_calls] == [("other", '{"day": 2}')]

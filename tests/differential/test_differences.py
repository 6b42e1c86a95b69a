"""What we do otherwise than Letta's legacy interface, on purpose, and what we keep of it: a test for each."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.reducer import Cancelled, Ended, Failed, chat, inner_thoughts, otid, responses
from streamfold.reducer.result import (
    OmittedReasoningPart,
    ReasoningPart,
    ServerToolPart,
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
    check_agreement,
    check_finished,
    check_otids,
    check_safe,
    feed,
    runs,
)

THOUGHT = 'She said "Grüß Gott" 👋\n\tand left, C:\\temp, twice.'
USAGE = {"prompt_tokens": 30, "completion_tokens": 5, "total_tokens": 35}


class Said:
    """What a completions stream came to."""

    def __init__(self, machine: Any, state: Any, messages: list[Any]) -> None:
        self.state = state
        self.messages = messages
        self.result = machine.result(state)
        self.channels = channels(messages)
        self.types = [run[0] for run in runs(messages)]
        self.calls = [(call["id"], call["name"], call["arguments"]) for call in self.channels["calls"]]
        self.stops = [message.stop_reason for message in messages if message.message_type == "stop_reason"]


def said(machine: Any, values: list[Any], end: Any = None, **options: Any) -> Said:
    decode = wire.decoder("chat")
    chunks = [decode(value) for value in values]
    config = machine.Config(message_id=MESSAGE_ID, run_id="run-1", step_id="step-1", **options)
    state, messages = feed(machine, config, chunks, end)
    found = Said(machine, state, messages)
    check_otids(messages)
    check_safe(found.result)
    check_finished(machine, state, chunks)
    if machine is chat and not (found.result.model or "").startswith("deepseek"):
        check_agreement(messages, found.result)
    return found


def delta(finish: Any = None, choice: Any = 0, **members: Any) -> dict[str, Any]:
    """A Chat Completions chunk."""
    choices = [{"index": choice, "delta": members, "finish_reason": finish}]
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-4.1-mini", "choices": choices}


def entry(arguments: str | None = None, name: str | None = None, index: int = 0, **members: Any) -> dict[str, Any]:
    """An entry of a chunk's tool calls."""
    function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments or ""}
    return {"index": index, "function": function, **members}


def begin(name: str = "archive", arguments: str = "", index: int = 0, **members: Any) -> dict[str, Any]:
    """The first entry of a call."""
    return entry(arguments, name, index, **{"id": f"call_{index}", "type": "function", **members})


def called(arguments: str, size: int, name: str = "archive", finish: str | None = "tool_calls") -> list[dict[str, Any]]:
    """One call, its arguments in pieces of `size` characters."""
    pieces = [arguments[at : at + size] for at in range(0, len(arguments), size)]
    return [delta(tool_calls=[begin(name)]), *(delta(tool_calls=[entry(piece)]) for piece in pieces), delta(finish)]


SIZES = [1, 2, 3, 5, 7, 1000]


# Where we differ, row by row


@pytest.mark.parametrize("ascii_only", [True, False], ids=["escaped", "raw"])
@pytest.mark.parametrize("size", SIZES)
def test_escapes_are_decoded_also_when_they_are_cut(size: int, ascii_only: bool) -> None:
    arguments = json.dumps({"thinking": THOUGHT, "message": THOUGHT}, ensure_ascii=ascii_only)
    fold = said(inner_thoughts, called(arguments, size, "send_message"), use_assistant_message=True)
    assert fold.channels["reasoning"] == fold.channels["text"] == fold.result.text == THOUGHT
    assert (fold.types, fold.calls) == (["reasoning_message", "assistant_message"], [])


@given(text=st.text(), size=st.integers(1, 9))
def test_the_assistant_s_text_is_exact_at_every_cut(text: str, size: int) -> None:
    arguments = json.dumps({"thinking": "Now.", "message": text})
    fold = said(inner_thoughts, called(arguments, size, "send_message"), use_assistant_message=True)
    assert fold.channels["text"] == text


@pytest.mark.parametrize("text", ["ends in blanks   ", 'a "quote", and "another",', "one", "x  \n  y "])
@pytest.mark.parametrize("size", SIZES)
def test_the_assistant_s_text_keeps_its_blanks_and_quotes_and_may_come_at_once(size: int, text: str) -> None:
    arguments = json.dumps({"message": text})
    options = {"use_assistant_message": True, "put_inner_thoughts_in_kwarg": False}
    assert said(inner_thoughts, called(arguments, size, "send_message"), **options).channels["text"] == text


@pytest.mark.parametrize("size", SIZES)
def test_only_the_top_level_thoughts_count_and_nested_values_stay_whole(size: int) -> None:
    rest = {"query": {"thinking": "not this", "list": [1, [2, {"thinking": None}], "}"]}, "tags": [], "deep": {"a": {}}}
    arguments = json.dumps({"thinking": "This.", **rest})
    fold = said(inner_thoughts, called(arguments, size))
    assert fold.channels["reasoning"] == "This."
    ((_, _, main),) = fold.calls
    assert json.loads(main) == rest
    assert [call.arguments for call in fold.result.tool_calls] == [arguments]


@pytest.mark.parametrize("size", SIZES)
def test_held_arguments_without_thoughts_are_released_when_the_object_closes(size: int) -> None:
    values = called('{"query": "rivers"}', size, finish=None)[:-1]
    state, messages = feed_open(values)
    assert channels(messages)["calls"] == [{"id": "call_0", "name": "archive", "arguments": '{"query": "rivers"}'}]
    assert said(inner_thoughts, values).calls == [("call_0", "archive", '{"query": "rivers"}')]
    assert state.end is None


def feed_open(values: list[Any], **options: Any) -> tuple[Any, list[Any]]:
    """Fold without `finish`."""
    decode: Any = wire.decoder("chat")
    state, first = inner_thoughts.start(inner_thoughts.Config(message_id=MESSAGE_ID, **options))
    messages = list(first)
    for value in values:
        state, more = inner_thoughts.step(state, decode(value))
        messages.extend(more)
    return state, messages


def test_held_arguments_are_released_by_finish_at_the_latest() -> None:
    values = called('{"query": "riv', 3, finish=None)
    assert [message for message in feed_open(values)[1] if message.message_type == "tool_call_message"] == []
    fold = said(inner_thoughts, values, Cancelled())
    assert fold.calls == [("call_0", "archive", '{"query": "riv')]
    assert fold.stops == ["cancelled"]


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_a_call_without_arguments_shows_its_name(machine: Any) -> None:
    fold = said(machine, [delta(tool_calls=[begin()]), delta("tool_calls")])
    assert fold.calls == [("call_0", "archive", "")]
    assert [(call.arguments, call.complete) for call in fold.result.tool_calls] == [("{}", True)]


def test_inner_thoughts_reads_every_call_of_a_chunk_and_the_content_too() -> None:
    both = [begin("left", '{"thinking": "L", "a": 1}', 0), begin("right", '{"thinking": "R", "b": 2}', 1)]
    fold = said(inner_thoughts, [delta(content="Well. "), delta(tool_calls=both), delta("tool_calls")])
    assert fold.channels["text"] == "Well. "
    assert fold.channels["reasoning"] == "LR"
    assert [(call_id, name, json.loads(arguments)) for call_id, name, arguments in fold.calls] == [
        ("call_0", "left", {"a": 1}),
        ("call_1", "right", {"b": 2}),
    ]
    assert [call.complete for call in fold.result.tool_calls] == [True, True]


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_arguments_before_the_call_s_id_are_held_and_sent_with_it(machine: Any) -> None:
    first = [delta(tool_calls=[entry('{"query": ', "archive")]), delta(tool_calls=[entry('"rivers"')])]
    fold = said(machine, [*first, delta(tool_calls=[entry("}", id="call_7")]), delta("tool_calls")])
    assert fold.calls == [("call_7", "archive", '{"query": "rivers"}')]
    assert [call.id for call in fold.result.tool_calls] == ["call_7"]


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
@pytest.mark.parametrize("pieces", [["delete", "_file"], ["delete_", "file"], ["d", "elete_fil", "e"]])
def test_a_name_in_pieces_settles_the_kind_before_the_first_message(machine: Any, pieces: list[str]) -> None:
    values = [delta(tool_calls=[begin(pieces[0])])]
    values += [delta(tool_calls=[entry(None, piece)]) for piece in pieces[1:]]
    values += [delta(tool_calls=[entry('{"path": "a.txt"}')]), delta("tool_calls")]
    assert said(machine, values, requires_approval_tools={"delete_file"}).types == ["approval_request_message"]
    fold = said(machine, values, requires_approval_tools={"delete"})
    assert fold.types == ["tool_call_message"]
    assert fold.calls == [("call_0", "delete_file", '{"path": "a.txt"}')]


def test_a_run_after_hidden_reasoning_has_the_next_index() -> None:
    fold = said(
        inner_thoughts,
        [delta(tool_calls=[begin("archive", '{"a": 1}')]), delta("tool_calls")],
        put_inner_thoughts_in_kwarg=False,
        hides_reasoning=True,
    )
    assert [(run[0], run[2]) for run in runs(fold.messages)] == [
        ("hidden_reasoning_message", otid(MESSAGE_ID, 0)),
        ("tool_call_message", otid(MESSAGE_ID, 1)),
    ]


def test_more_than_128_runs_never_raise() -> None:
    values = [delta(**({"content": "a"} if at % 2 else {"reasoning_content": "b"})) for at in range(300)]
    fold = said(chat, values)
    assert len({message.otid for message in fold.messages}) == 300
    assert len(fold.result.text) == len(fold.result.reasoning) == 150


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_every_summary_part_after_the_first_is_set_off_by_a_blank_line(count: int) -> None:
    summary = [f"Part {at} of it." for at in range(count)]
    fold = wired.folded([wired.created(), *wired.summary_lane(summary)])
    assert channels(fold.messages)["reasoning"] == fold.result.reasoning == "\n\n".join(summary)
    assert [message.reasoning for message in fold.messages if not message.reasoning.strip()] == []  # type: ignore[union-attr]
    assert {message.step_id for message in fold.messages} == {"step-1"}


def test_a_summary_part_that_stays_empty_is_not_set_off() -> None:
    events = [wired.summary_part_added(0, 0), wired.summary_delta("One."), wired.summary_part_added(0, 1)]
    fold = wired.folded([wired.created(), wired.begun(wired.reasoning()), *events])
    assert channels(fold.messages)["reasoning"] == fold.result.reasoning == "One."


CHAT_STREAM = [
    delta(role="assistant", content=""),
    delta(reasoning_content="Hm. "),
    delta(content="It "),
    delta(content="rains."),
    delta(tool_calls=[begin("archive", '{"thinking": "So", ')]),
    delta(tool_calls=[entry('"day": 1}')]),
    delta("tool_calls"),
    {**delta(), "choices": [], "usage": USAGE},
]
EVENT_STREAM = [
    wired.created(),
    *wired.summary_lane(["Hm."], 0),
    *wired.message_lane("It rains.", 1),
    *wired.call_lane('{"day": 1}', 2),
    wired.completed(output=None),
]


@pytest.mark.parametrize("machine", [chat, inner_thoughts, responses])
@pytest.mark.parametrize("end", [Cancelled(), Failed("boom"), Ended()], ids=["cancelled", "failed", "ended"])
def test_a_cancelled_stream_says_nothing_twice_and_is_cancelled_on_every_path(machine: Any, end: Any) -> None:
    values = EVENT_STREAM if machine is responses else CHAT_STREAM
    for cut in range(len(values) + 1):
        seen = values[:cut]
        result: Any
        if machine is responses:
            fold = wired.folded(seen, end)
            result, text = fold.result, channels(fold.messages)["text"]
            came = [event["delta"] for event in seen if event["type"] == "response.output_text.delta"]
        else:
            other = said(machine, seen, end)
            result, text = other.result, other.channels["text"]
            came = [value["choices"][0]["delta"].get("content") or "" for value in seen if value["choices"]]
        assert text == "".join(came)
        over = cut >= len(values) - (machine is not responses)
        expected = {"Cancelled": "cancelled", "Failed": "failed", "Ended": "completed" if over else "truncated"}
        assert result.outcome == expected[type(end).__name__]


def test_responses_without_a_terminal_event_have_all_that_had_arrived() -> None:
    events = [*EVENT_STREAM[:-1], wired.begun(wired.function_call(3), 3), wired.arguments_delta('{"da', 3)]
    for end in (Cancelled(), Ended(), Failed("boom")):
        result = wired.folded(events, end).result
        assert (result.text, result.reasoning) == ("It rains.", "Hm.")
        assert [(call.arguments, call.complete) for call in result.tool_calls] == [
            ('{"day": 1}', True),
            ('{"da', False),
        ]


def test_responses_with_many_text_parts_no_encrypted_content_and_no_usage_are_fine() -> None:
    output = [wired.reasoning(0, "Hm."), wired.message(1, "One. ", "Two. ", "Three.")]
    fold = wired.folded([wired.created(), wired.completed(*output, usage=None)])
    assert fold.result.content == (
        SummarizedReasoningPart("item_0", (SummaryPart(0, "Hm."),), None),
        TextPart("One. "),
        TextPart("Two. "),
        TextPart("Three."),
    )
    assert fold.result.usage == Usage()


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_content_as_a_list_of_parts_is_read(machine: Any) -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm. "}]}
    fold = said(
        machine, [delta(content=[thinking, {"type": "text", "text": "It "}]), delta(content="rains."), delta("stop")]
    )
    assert (fold.channels["reasoning"], fold.channels["text"]) == ("Hm. ", "It rains.")


@pytest.mark.parametrize("member", ["reasoning_content", "reasoning", "reasoning_text"])
@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_reasoning_is_read_under_every_name(machine: Any, member: str) -> None:
    fold = said(machine, [delta(**{member: "Hm. "}), delta(**{member: "So."}), delta(content="Yes."), delta("stop")])
    assert fold.types == ["reasoning_message", "assistant_message"]
    assert fold.channels["reasoning"] == "Hm. So."
    assert ReasoningPart("Hm. So.") in fold.result.content


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_a_refusal_has_messages_and_a_place_in_the_result(machine: Any) -> None:
    fold = said(machine, [delta(refusal="I can"), delta(refusal="not."), delta("stop")])
    assert (fold.types, fold.channels["refusal"], fold.result.refusal) == (
        ["refusal_message"],
        "I cannot.",
        "I cannot.",
    )


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_a_custom_tool_s_call_is_a_call_with_raw_text(machine: Any) -> None:
    first = {"index": 0, "id": "call_0", "type": "custom", "custom": {"name": "run_sql", "input": "SELECT "}}
    values = [
        delta(tool_calls=[first]),
        delta(tool_calls=[{"index": 0, "custom": {"input": '"x'}}]),
        delta("tool_calls"),
    ]
    fold = said(machine, values, **({} if machine is chat else {"put_inner_thoughts_in_kwarg": False}))
    assert fold.calls == [("call_0", "run_sql", 'SELECT "x')]
    (call,) = fold.result.tool_calls
    assert (call.kind, call.arguments, call.complete) == ("custom", 'SELECT "x', True)


def test_a_custom_tool_s_text_has_no_thoughts_in_it() -> None:
    first = {
        "index": 0,
        "id": "call_0",
        "type": "custom",
        "custom": {"name": "note", "input": '{"thinking": "x", "a": 1}'},
    }
    fold = said(inner_thoughts, [delta(tool_calls=[first]), delta("tool_calls")])
    assert fold.calls == [("call_0", "note", '{"thinking": "x", "a": 1}')]


def test_each_kind_of_responses_output_has_its_message_or_its_place() -> None:
    search = wired.server_lane("web_search_call", 0, "searching", action={"type": "search"})
    refusal = [wired.begun(wired.message(3), 3), wired.refusal_delta("No.", 3)]
    raw = [wired.begun(wired.reasoning(2), 2), wired.raw_delta("Hm.", 2)]
    events = [*search, *wired.custom_lane("SELECT 1", 1), *raw, *refusal]
    fold = wired.folded([wired.created(), *events, wired.error("Overloaded.")])
    assert fold.types() == [
        "server_tool_message",
        "tool_call_message",
        "reasoning_message",
        "refusal_message",
        "stop_reason",
    ]
    assert isinstance(fold.result.content[0], ServerToolPart)
    assert fold.result.content[1] == ReasoningPart("Hm.")
    assert (fold.result.refusal, fold.result.tool_calls[0].kind, fold.result.outcome) == ("No.", "custom", "failed")


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_the_configured_choice_is_read_wherever_it_stands(machine: Any) -> None:
    def pair(zero: str, one: str) -> dict[str, Any]:
        choices = [delta(choice=at, content=text)["choices"][0] for at, text in ((1, one), (0, zero))]
        return {**delta(), "choices": choices}

    values = [pair("a", "X"), delta(choice=1, content="Y"), pair("b", "Z"), delta("stop", 1), delta("length", 0)]
    assert (said(machine, values).channels["text"], said(machine, values).result.finish_reason) == ("ab", "length")
    other = said(machine, values, choice=1)
    assert (other.channels["text"], other.result.finish_reason) == ("XYZ", "stop")


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_each_chunk_is_counted_once(machine: Any) -> None:
    assert said(machine, CHAT_STREAM).result.chunks == len(CHAT_STREAM)
    assert said(machine, [*CHAT_STREAM, "[DONE]"]).result.chunks == len(CHAT_STREAM)


def test_each_event_is_counted_once() -> None:
    assert wired.folded(EVENT_STREAM).result.chunks == len(EVENT_STREAM)


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_usage_that_is_repeated_is_not_added_up(machine: Any) -> None:
    values = [{**delta(content="a"), "usage": {**USAGE, "completion_tokens": count}} for count in (1, 2, 3)]
    usage = said(machine, [*values, {**delta("stop"), "usage": None}]).result.usage
    assert (usage.input_tokens, usage.output_tokens, usage.source) == (30, 3, "reported")


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_an_id_and_a_name_in_every_chunk_are_set_once(machine: Any) -> None:
    pieces = ['{"thinking": "So", ', '"day": ', "1}"]
    fold = said(machine, [*(delta(tool_calls=[begin("archive", piece)]) for piece in pieces), delta("tool_calls")])
    assert [(call_id, name) for call_id, name, _ in fold.calls] == [("call_0", "archive")]
    assert [(call.id, call.name, call.complete) for call in fold.result.tool_calls] == [("call_0", "archive", True)]


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
@pytest.mark.parametrize("reason", ["stop", "length", "content_filter", "tool_calls"])
def test_a_cut_off_answer_can_be_told_from_a_whole_one(machine: Any, reason: str) -> None:
    values = [delta(content="It "), delta(tool_calls=[begin("archive", '{"day": 1}')]), delta(reason)]
    result = said(machine, values).result
    assert (result.finish_reason, result.outcome) == (reason, "completed")
    assert [call.complete for call in result.tool_calls] == [reason in ("stop", "tool_calls")]
    cut_off = said(machine, values[:-1]).result
    assert (cut_off.finish_reason, cut_off.outcome, cut_off.tool_calls[0].complete) == (None, "truncated", False)


@pytest.mark.parametrize("in_arguments", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_a_call_that_needs_approval_is_an_approval_request_throughout(size: int, in_arguments: bool) -> None:
    rest = {"path": "a.txt", "force": True}
    arguments = json.dumps({"thinking": "Careful.", **rest} if in_arguments else rest)
    options = {"requires_approval_tools": {"archive"}, "put_inner_thoughts_in_kwarg": in_arguments}
    fold = said(inner_thoughts, called(arguments, size), **options)
    assert fold.types == (["reasoning_message"] if in_arguments else []) + ["approval_request_message"]
    ((_, _, main),) = fold.calls
    assert json.loads(main) == rest


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


def test_inner_thoughts_announces_nothing_where_thoughts_are_asked_for_but_has_the_part() -> None:
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
def test_one_chunk_says_content_then_reasoning_then_calls(machine: Any) -> None:
    members = {"tool_calls": [begin("archive", "{}")], "reasoning_content": "Hm.", "content": "It rains."}
    fold = said(machine, [delta(**members), delta("stop")])
    assert fold.types == ["assistant_message", "reasoning_message", "tool_call_message"]


def test_chat_content_is_omitted_reasoning_then_one_reasoning_part_then_one_text_part() -> None:
    values = [
        delta(content="It "),
        delta(reasoning_content="Hm. "),
        delta(content="rains."),
        delta(reasoning_content="So."),
    ]
    fold = said(chat, [*values, delta("stop")], hides_reasoning=True)
    assert fold.result.content == (OmittedReasoningPart(), ReasoningPart("Hm. So."), TextPart("It rains."))


def test_chat_sends_each_delta_of_a_call_with_the_call_s_id() -> None:
    fold = said(chat, called('{"day": 1}', 4))
    deltas = [message.tool_call for message in fold.messages]
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
    assert with_text.result.content == (ReasoningPart("Forty-two."), TextPart("42"))
    with_call = said(chat, [*only[:2], delta(tool_calls=[begin("archive", "{}")]), delta("stop")])
    assert with_call.result.content == (ReasoningPart("Forty-two."),)


def test_another_model_that_sent_only_reasoning_has_not_answered() -> None:
    only = [delta(reasoning_content="Forty-two."), delta("stop")]
    assert said(chat, only).result.content == (ReasoningPart("Forty-two."),)


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
    assert result.content == (TextPart("So."),)
    assert result.tool_calls == (ToolCall("call_0", "archive", arguments, True, closed=True),)


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

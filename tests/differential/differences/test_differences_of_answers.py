"""What we do otherwise than Letta's legacy interface, on purpose, on every wire: a test for each."""

import json
from typing import Any

import pytest
from differential.differences.letta_streams import (
    CHAT_STREAM,
    EVENT_STREAM,
    SIZES,
    USAGE,
    begin,
    called,
    delta,
    said,
)
from streamfold.reducer import Cancelled, Ended, Failed, chat, inner_thoughts, otid, responses
from streamfold.reducer.result import ReasoningPart, ServerToolPart, SummarizedReasoningPart, SummaryPart, TextPart
from streamfold.reducer.usage import Usage
from support import event_shapes as wired
from support.law_checks import (
    MESSAGE_ID,
    channels,
    runs,
)


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
def test_every_later_summary_part_is_set_off_by_a_blank_line(count: int) -> None:
    summary = [f"Part {at} of it." for at in range(count)]
    fold = wired.folded([wired.created(), *wired.summary_lane(summary)])
    assert channels(fold.messages)["reasoning"] == fold.result.reasoning == "\n\n".join(summary)
    assert [message.reasoning for message in fold.messages if not message.reasoning.strip()] == []  # type: ignore[union-attr]
    assert {message.step_id for message in fold.messages} == {"step-1"}


def test_a_summary_part_that_stays_empty_is_not_set_off() -> None:
    events = [wired.summary_part_added(0, 0), wired.summary_delta("One."), wired.summary_part_added(0, 1)]
    fold = wired.folded([wired.created(), wired.begun(wired.reasoning()), *events])
    assert channels(fold.messages)["reasoning"] == fold.result.reasoning == "One."


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
        last_word = machine is responses and over  # after it no end changes the outcome
        assert result.outcome == ("completed" if last_word else expected[type(end).__name__])


def test_responses_without_a_terminal_event_have_all_that_had_arrived() -> None:
    events = [*EVENT_STREAM[:-1], wired.begun(wired.function_call(3), 3), wired.arguments_delta('{"da', 3)]
    for end in (Cancelled(), Ended(), Failed("boom")):
        result = wired.folded(events, end).result
        assert (result.text, result.reasoning) == ("It rains.", "Hm.")
        assert [(call.arguments, call.complete) for call in result.tool_calls] == [
            ('{"day": 1}', True),
            ('{"da', False),
        ]


def test_responses_may_have_many_text_parts_and_lack_encrypted_content_and_usage() -> None:
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
    assert ReasoningPart("Hm. So.", member=member) in fold.result.content


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
def test_the_open_run_goes_first_in_a_chunk_of_content_and_reasoning(machine: Any) -> None:
    both = delta(reasoning_content="Hm.", content="It rains.")
    for opening, types in (
        ([], ["reasoning_message", "assistant_message"]),  # the legacy interface's order since 0.16.7
        ([delta(content="So: ")], ["assistant_message", "reasoning_message"]),  # its order up to 0.16.4
        ([delta(reasoning_content="Oh. ")], ["reasoning_message", "assistant_message"]),
    ):
        assert said(machine, [*opening, both, delta("stop")]).types == types


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

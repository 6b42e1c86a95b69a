"""What a Chat Completions state comes to, at every state."""

from typing import Any

import pytest
from streamfold.reducer import chat
from streamfold.reducer.result import OmittedReasoningPart, ReasoningPart, RefusalPart, ServerToolPart, TextPart
from streamfold.reducer.usage import Usage
from support.chat_shapes import call, delta, finished, folded, noted


def test_parts_are_reasoning_text_refusal_and_then_server_tools() -> None:
    frames = (
        delta(refusal="No"),
        delta(content="Hi"),
        delta(executed_tools=[{"type": "search", "index": 0}]),
        delta(reasoning="Hm"),
    )
    result, _ = folded(*frames, hides_reasoning=True)
    assert result.content == (
        OmittedReasoningPart(),
        ReasoningPart("Hm", member="reasoning"),
        TextPart("Hi"),
        RefusalPart("No"),
        ServerToolPart({"type": "search", "index": 0}),
    )


def test_items_are_reasoning_a_message_and_each_tool_and_call() -> None:
    frames = [
        delta(tool_calls=[call(index=1, id="b", name="g", arguments="{}")]),
        delta(tool_calls=[{"index": 0, "id": "a", "type": "custom", "custom": {"name": "f", "input": "x"}}]),
        delta(executed_tools=[{"type": "search", "index": 0}]),
        delta(content="Hi", reasoning="Hm"),
    ]
    for more, done in (([], False), ([finished("tool_calls")], True), ([finished("error")], False)):
        result, _ = folded(*frames, *more)
        kinds = [(item.kind, item.id, item.done) for item in result.output]
        assert kinds == [
            ("reasoning", "", done),
            ("message", "", done),
            ("search", "", done),
            ("function_call", "", done),
            ("custom_tool_call", "", done),
        ]
        assert [item.call for item in result.output] == [None, None, None, *result.tool_calls]
        assert [call.id for call in result.tool_calls] == ["b", "a"]
        assert result.output[1].parts == (TextPart("Hi"),)


def test_reasoning_has_the_first_signature_of_its_details() -> None:
    details = [{"type": "reasoning.text", "index": at, "text": "x", "signature": name} for at, name in enumerate("ab")]
    result, _ = folded(delta(reasoning="Hm", reasoning_details=details))
    assert result.content == (ReasoningPart("Hm", signature="a", member="reasoning"),)


@pytest.mark.parametrize(
    ("frames", "member"),
    [
        ([{"reasoning_content": "Hm"}, {"reasoning": "so"}], "reasoning_content"),
        ([{"reasoning": ""}, {"reasoning_text": "so"}], "reasoning_text"),
        ([{"reasoning": "Hm", "reasoning_details": [{"text": "Hm"}]}], "reasoning"),
        ([{"reasoning_details": [{"data": "x"}]}, {"reasoning_details": [{"text": "Hm"}]}], "reasoning_details"),
        ([{"content": [{"type": "thinking", "thinking": "Hm"}]}], "content[].thinking"),
        ([{"content": [{"type": "reasoning", "text": "Hm"}]}, {"reasoning": "so"}], "content[].reasoning"),
        ([{"content": [{"type": "text", "text": "Hm", "thought": True}]}], None),
        ([{"content": "Hm", "thought": True}], None),
        ([{"content": "Hm", "thought": True}, {"reasoning": "so"}], "reasoning"),
    ],
)
def test_reasoning_has_the_member_that_it_came_by(frames: list[dict[str, Any]], member: str | None) -> None:
    result, _ = folded(*(delta(**frame) for frame in frames))
    (part,) = result.content
    assert isinstance(part, ReasoningPart)
    assert (part.reasoning.removesuffix("so"), part.member) == ("Hm" if "Hm" in str(frames) else "", member)


@pytest.mark.parametrize(
    ("message", "member"),
    [
        ({"reasoning": "Hm"}, "reasoning"),
        ({"content": [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "Yes"}]}, "content[].thinking"),
        ({"content": [{"type": "text", "text": "Yes"}], "reasoning_content": "Hm"}, "reasoning_content"),
        ({"content": "Hm", "thought": True}, None),
    ],
)
def test_reasoning_of_a_whole_message_has_its_member(message: dict[str, Any], member: str | None) -> None:
    result, _ = folded({"choices": [{"message": message, "finish_reason": "stop"}]})
    assert (result.reasoning, result.content[0]) == ("Hm", ReasoningPart("Hm", member=member))


def test_usage_that_is_not_reported_is_estimated_where_asked_for() -> None:
    begun = call(index=0, id="a", name="f", arguments='{"a": 1')
    frames = [delta(reasoning="Hm"), delta(content="Yes, so"), delta(refusal="No"), delta(tool_calls=[begun])]
    asked = {"estimate_usage": True, "estimated_input_tokens": 3}
    result, _ = folded(*frames, **asked)
    assert result.usage == Usage(3, 5, reasoning_tokens=1, source="estimated")
    assert folded(*frames)[0].usage == Usage()
    assert folded(**asked)[0].usage == Usage(3, 0, source="estimated")
    reported, _ = folded(*frames, {"choices": [], "usage": {"completion_tokens": 9}}, **asked)
    assert (reported.usage.output_tokens, reported.usage.source) == (9, "reported")


def test_a_call_says_whether_it_needs_an_approval() -> None:
    calls = [call(index=at, id=name, name=name, arguments="{}") for at, name in enumerate("fg")]
    result, _ = folded(delta(tool_calls=calls), finished("tool_calls"), requires_approval_tools={"g"})
    assert [(one.name, one.needs_approval) for one in result.tool_calls] == [("f", False), ("g", True)]


def test_citations_without_text_are_kept_on_an_empty_part() -> None:
    result, _ = folded(delta(annotations=[{"url": "x"}]))
    assert result.content == (TextPart("", ({"url": "x"},)),)


@pytest.mark.parametrize("reason", ["stop", "tool_calls", "length", None])
@pytest.mark.parametrize("arguments", ["{}", "", '{"a"', "[1]"])
def test_a_call_is_complete_once_closed_with_a_name_and_json(reason: str | None, arguments: str) -> None:
    frames = [delta(tool_calls=[call(index=0, id="a", name="f", arguments=arguments)])]
    if reason is not None:
        frames.append(finished(reason))
    result, _ = folded(*frames)
    (made,) = result.tool_calls
    closed = reason in ("stop", "tool_calls")
    assert (made.closed, made.complete) == (closed, closed and arguments in ("{}", ""))
    assert made.arguments == ("{}" if closed and not arguments else arguments)
    assert bool(noted(result, "incomplete")) == (closed and not made.complete)


def test_a_call_without_an_id_has_one_made_up_and_noted() -> None:
    result, _ = folded(delta(tool_calls=[call(index=0, name="f", arguments="{}")]), finished("tool_calls"))
    assert result.tool_calls[0].id.startswith("call_")
    assert [note.detail for note in noted(result, "repaired")] == ["a tool call without an id"]


def test_the_result_of_the_first_state_is_open_and_empty() -> None:
    state, _ = chat.start(chat.Config(message_id="message-11111111-2222-4333-8444-5555555555d5", model="asked-for"))
    result = chat.result(state)
    assert (result.outcome, result.content, result.tool_calls, result.chunks) == ("open", (), (), 0)
    assert (result.model, result.usage.source, result.finish_reason) == ("asked-for", "unknown", None)

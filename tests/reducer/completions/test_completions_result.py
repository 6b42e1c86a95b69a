"""What a Chat Completions state comes to, at every state."""

import pytest
from streamfold.reducer import chat
from streamfold.reducer.result import OmittedReasoningPart, ReasoningPart, RefusalPart, ServerToolPart, TextPart
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
        ReasoningPart("Hm"),
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
    assert result.content == (ReasoningPart("Hm", signature="a"),)


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

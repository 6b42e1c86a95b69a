"""Reasoning that is said twice, and reasoning under names that few send."""

from typing import Any

import pytest
from streamfold.adapters.wire.tolerant import completion_chunk
from streamfold.reducer import chat
from support.chat_shapes import DONE, Shape, chunk, delta, finished, folded, said

ALL = "all of the reasoning came again"
STREAMED = (delta(reasoning_content="Owls "), delta(reasoning_content="or rooks?"), delta(content="Owls."))
WHOLE = "Owls or rooks?"


def thinking(text: str, **members: Any) -> Shape:
    """A thinking block, as LiteLLM has Anthropic's."""
    return {"type": "thinking", "thinking": text, **members}


def last(**members: Any) -> Shape:
    """A delta in one chunk with the finish word."""
    shape = delta(**members)
    shape["choices"][0]["finish_reason"] = "stop"
    return shape


def notes(result: Any) -> list[str]:
    return [note.detail for note in result.diagnostics if note.kind == "repaired"]


@pytest.mark.parametrize(
    "again",
    [
        last(reasoning_content=WHOLE),
        last(reasoning=WHOLE),
        last(reasoning_content=WHOLE, content=""),
        delta(reasoning_details=[{"type": "reasoning.text", "text": WHOLE, "signature": "c2ln"}]),
        delta(reasoning_details=[{"type": "reasoning.summary", "summary": WHOLE}]),
        delta(thinking_blocks=[thinking(WHOLE, signature="c2ln")]),
    ],
)
def test_q44_all_reasoning_may_come_again_at_the_end(again: Shape) -> None:
    result, messages = folded(*STREAMED, again, finished(), DONE)
    assert said(messages) == [("reasoning", WHOLE), ("assistant", "Owls.")]
    assert (result.reasoning, notes(result)) == (WHOLE, [ALL])
    assert result.content[0].member == "reasoning_content"  # type: ignore[union-attr]


def test_q44_a_whole_message_at_the_end_says_it_once() -> None:
    whole = {"role": "assistant", "content": "Owls.", "reasoning_content": WHOLE}
    for beside in ({}, {"reasoning_content": WHOLE, "content": ""}):
        frame = last(**beside)
        frame["choices"][0]["message"] = whole
        result, messages = folded(*STREAMED, frame, DONE)
        assert said(messages) == [("reasoning", WHOLE), ("assistant", "Owls.")]
        assert result.reasoning == WHOLE


@pytest.mark.parametrize(
    ("frames", "reasoning"),
    [
        ((delta(reasoning="ha"), last(reasoning="ha")), "haha"),  # its run goes on
        ((delta(reasoning="ha"), delta(content="x"), delta(reasoning="ha"), finished()), "haha"),
        ((delta(reasoning="ha"), delta(content="x"), last(reasoning="hm")), "hahm"),
        ((delta(reasoning="ha"), delta(reasoning_details=[{"text": "h"}]), finished()), "hah"),
        ((delta(reasoning_details=[{"text": "ha"}]), delta(reasoning_details=[{"text": "ha"}]), finished()), "haha"),
    ],
)
def test_q44_reasoning_that_may_be_more_of_it_is_kept(frames: tuple[Shape, ...], reasoning: str) -> None:
    result, messages = folded(*frames, DONE)
    assert result.reasoning == reasoning
    assert "".join(text for kind, text in said(messages) if kind == "reasoning") == reasoning
    assert notes(result) == []


def test_q44_details_that_come_again_are_not_doubled() -> None:
    pieces = [delta(reasoning=text, reasoning_details=[{"index": 0, "text": text}]) for text in ("Owls ", "or rooks?")]
    whole = [{"index": 0, "text": WHOLE, "signature": "c2ln"}]
    result, messages = folded(*pieces, delta(content="Owls."), delta(reasoning_details=whole), finished())
    assert said(messages) == [("reasoning", WHOLE), ("assistant", "Owls.")]
    assert list(result.reasoning_details) == whole


def test_q44_details_may_repeat_what_their_delta_adds_to() -> None:
    texts = ("Owls ", "Owls or ", WHOLE)
    pieces = [
        delta(reasoning_content=piece, reasoning_details=[{"type": "reasoning.text", "text": text}])
        for piece, text in zip(("Owls ", "or ", "rooks?"), texts, strict=True)
    ]
    result, messages = folded(*pieces, finished())
    assert said(messages) == [("reasoning", WHOLE)]
    assert [detail["text"] for detail in result.reasoning_details] == [WHOLE]


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning_details"])
def test_reasoning_that_repeats_all_before_has_to_be_told(name: str) -> None:
    texts = ("Owls ", "Owls or ", WHOLE, WHOLE)
    named = [text if name != "reasoning_details" else [{"type": "reasoning.text", "text": text}] for text in texts]
    frames = [delta(**{name: one}) for one in named]
    result, messages = folded(*frames, finished(), cumulative_reasoning=True)
    assert (said(messages), result.reasoning) == ([("reasoning", WHOLE)], WHOLE)
    assert [detail["text"] for detail in result.reasoning_details] == ([WHOLE] if "details" in name else [])
    assert folded(*frames, finished())[0].reasoning == "".join(texts)
    stale = [delta(reasoning="Owls "), delta(reasoning="Owls or "), delta(reasoning="Owls ")]
    assert folded(*stale, finished(), cumulative_reasoning=True)[0].reasoning == "Owls or "
    pieces = [delta(reasoning="a"), delta(reasoning="and")]
    assert folded(*pieces, finished())[0].reasoning == "aand"


def test_repeated_reasoning_may_end_in_half_a_character() -> None:
    texts = ("x", "x\ud83e", "x\N{OWL}", "y")
    frames = [delta(reasoning=text) for text in texts]
    result, messages = folded(*frames, finished(), cumulative_reasoning=True)
    assert result.reasoning == "x\N{OWL}y"
    assert said(messages) == [("reasoning", "x\N{OWL}y")]


@pytest.mark.parametrize(
    ("named", "member"),
    [
        ({"thinking": "Hm."}, "reasoning_content"),
        ({"thinking": {"thinking": "Hm.", "signature": "c2ln"}}, "reasoning_content"),
        ({"thinking": {"text": "Hm."}}, "reasoning_content"),
        ({"cot_summary": "Hm.", "cot_id": "cot_1"}, "reasoning_content"),
        ({"thinking_blocks": [thinking("Hm.", signature="c2ln")]}, "thinking_blocks"),
        ({"thinking_blocks": [thinking("H"), thinking("m.")]}, "thinking_blocks"),
        ({"reasoning_details": [thinking("Hm.")]}, "reasoning_details"),
        ({"reasoning": {"text": "Hm."}}, "reasoning"),
        ({"reasoning_content": [{"type": "text", "text": "Hm."}]}, "reasoning_content"),
        ({"reasoning_content": "Hm.", "thinking_blocks": [thinking("Hm.")]}, "reasoning_content"),
        ({"reasoning": "Hm.", "cot_summary": "Hm."}, "reasoning"),
        ({"reasoning": "Hm.", "thinking": {"thinking": "Hm."}}, "reasoning"),
        ({"reasoning_details": [thinking("Hm.")], "thinking_blocks": [thinking("Hm.")]}, "reasoning_details"),
    ],
)
def test_q86_reasoning_under_other_names(named: dict[str, Any], member: str) -> None:
    for frame in (delta(**named), chunk(choices=[{"index": 0, "message": named}])):
        result, messages = folded(frame, delta(content="Yes."), finished())
        assert said(messages) == [("reasoning", "Hm."), ("assistant", "Yes.")]
        assert result.content[0].member == member  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "named",
    [
        {"content": [{"type": "thinking", "thinking": "Hm."}], "reasoning_content": "Hm."},
        {"content": [{"type": "thinking", "thinking": "Hm.", "text": "Hm."}]},
        {"content": [{"type": "thinking", "thinking": "Hm."}], "thinking_blocks": [thinking("Hm.")]},
        {"content": "Hm.", "thought": True, "reasoning": "Hm."},
    ],
)
def test_q87_reasoning_in_the_content_is_said_once(named: dict[str, Any]) -> None:
    for frame in (delta(**named), chunk(choices=[{"index": 0, "message": named}])):
        result, messages = folded(frame, finished())
        assert said(messages) == [("reasoning", "Hm.")]
        assert result.reasoning == "Hm."


def test_reasoning_of_two_names_that_differ_is_kept() -> None:
    result, messages = folded(delta(reasoning_content="Hm.", reasoning="So."), finished())
    assert said(messages) == [("reasoning", "Hm.")]
    assert result.extras == {"choice": {"delta": {"reasoning": "So."}}}
    parts = delta(content=[{"type": "thinking", "thinking": "Hm."}], reasoning="So.")
    result, messages = folded(parts, finished())
    assert said(messages) == [("reasoning", "Hm.")]
    assert result.extras == {"choice": {"delta": {"reasoning": "So."}}}


def test_a_whole_message_keeps_what_its_parts_say_beside_it() -> None:
    parts = [{"type": "reasoning", "summary": "Hm.", "signature": "c2ln"}, {"type": "refusal", "refusal": "No."}]
    odd = {"content": parts, "refusal": "Never.", "reasoning_details": "odd"}
    result, _ = folded(chunk(choices=[{"index": 0, "message": odd}]), finished())
    assert (result.reasoning, result.refusal) == ("Hm.", "Never.")
    assert [detail["signature"] for detail in result.reasoning_details] == ["c2ln"]
    assert result.extras == {"choice": {"delta": {"content": (parts[1],), "reasoning_details": "odd"}}}
    alone, _ = folded(chunk(choices=[{"index": 0, "message": {"content": parts}}]), finished())
    assert (alone.refusal, alone.extras) == ("No.", {})


def test_a_call_of_an_odd_type_keeps_it() -> None:
    call = {"index": 0, "id": "a", "type": "builtin_function", "function": {"name": "f", "arguments": "{}"}}
    result, _ = folded(delta(tool_calls=[call]), finished("tool_calls"))
    assert (result.tool_calls[0].complete, result.tool_calls[0].extras) == (True, {"type": "builtin_function"})


def test_a_deep_object_in_the_place_of_reasoning_is_kept() -> None:
    deep: Any = "Hm."
    for _ in range(6):
        deep = [deep]
    made = completion_chunk(delta(reasoning=deep))
    assert made.repairs == ("reasoning is a list, left out",)  # type: ignore[union-attr]
    state, _ = chat.step(chat.start(chat.Config(message_id="message-" + "0" * 32))[0], made)
    assert chat.result(state).reasoning == ""

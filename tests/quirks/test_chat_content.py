"""Content in parts, refusals and citations, as providers really send them: one test or more for each line."""

from typing import Any

import pytest
from streamfold.reducer.result import ReasoningPart, RefusalPart, TextPart
from support.chat_shapes import (
    Shape,
    call,
    delta,
    finished,
    folded,
    made,
    noted,
    said,
)

# Q43: content in parts.


def thinking(*texts: str) -> Shape:
    """A part of content that is reasoning, as Mistral sends it."""
    return {"type": "thinking", "thinking": [{"type": "text", "text": text} for text in texts]}


def test_q43_a_list_of_parts_is_split_into_reasoning_and_text() -> None:
    result, messages = folded(
        delta(role="assistant", content=""),
        delta(content=[thinking("Owls")]),
        delta(content=[thinking(" or", " rooks?")]),
        delta(content=[{"type": "text", "text": "Ow"}]),
        delta(content="ls."),
        finished(content=""),
    )
    assert said(messages) == [("reasoning", "Owls or rooks?"), ("assistant", "Owls.")]
    assert result.content == (ReasoningPart("Owls or rooks?"), TextPart("Owls."))
    assert result.diagnostics == ()


def test_q43_the_parts_keep_their_order() -> None:
    parts = [thinking("Hm. "), {"type": "text", "text": "One"}, thinking("And? "), {"type": "text", "text": ", two"}]
    result, messages = folded(delta(content=parts), finished())
    assert said(messages) == [
        ("reasoning", "Hm. "),
        ("assistant", "One"),
        ("reasoning", "And? "),
        ("assistant", ", two"),
    ]
    assert (result.text, result.reasoning) == ("One, two", "Hm. And? ")


def test_q43_the_finish_and_calls_beside_a_list_count() -> None:
    entries = [call(id="a", name="find", arguments='{"q":1}')]
    result, _ = folded(finished("tool_calls", content=[thinking("Hm.")], tool_calls=entries))
    assert (result.reasoning, made(result), result.finish_reason) == ("Hm.", [("a", "find", '{"q":1}')], "tool_calls")


@pytest.mark.parametrize("odd", [[], [None], [{"type": "reference", "reference_ids": [1]}], [7], [{"type": "text"}]])
def test_q43_a_part_of_another_kind_is_left_out_and_noted(odd: Any) -> None:
    result, messages = folded(delta(content="Owls"), delta(content=odd), finished())
    assert said(messages) == [("assistant", "Owls")]
    assert bool(noted(result, "repaired")) == bool(odd)


# Q47: refusal.


def test_q47_a_refusal_has_its_own_channel() -> None:
    result, messages = folded(
        delta(role="assistant", content=None, refusal="I won"),
        delta(refusal="'t help "),
        delta(content="", refusal="with that."),
        finished(refusal=""),
    )
    assert said(messages) == [("refusal", "I won't help with that.")]
    assert result.content == (RefusalPart("I won't help with that."),)
    assert (result.refusal, result.text, result.outcome) == ("I won't help with that.", "", "completed")


def test_q47_a_refusal_beside_text_is_no_text() -> None:
    result, messages = folded(delta(content="Well, ", refusal=None), delta(refusal="no."), finished())
    assert (result.text, result.refusal) == ("Well, ", "no.")
    assert said(messages) == [("assistant", "Well, "), ("refusal", "no.")]


# Q48: annotations.


def citation(url: str, **members: Any) -> Shape:
    """A citation, as OpenRouter sends it: without an index."""
    return {
        "type": "url_citation",
        "url_citation": {"url": url, "title": "Owls", "start_index": 0, "end_index": 0},
        **members,
    }


@pytest.mark.parametrize("members", [{}, {"index": 0}])
def test_q48_annotations_are_appended(members: Shape) -> None:
    one, two, three = (citation(f"https://owls.example/{at}", **members) for at in range(3))
    result, messages = folded(
        delta(content="", annotations=[one, two]),
        delta(content="Owls."),
        delta(content="", annotations=[three]),
        finished(),
    )
    assert result.content == (TextPart("Owls.", (one, two, three)),)
    notes = [message.annotation for message in messages if message.message_type == "annotation_message"]
    assert notes == [one, two, three]
    assert [run[0] for run in said(messages)] == ["annotation", "assistant", "annotation"]


@pytest.mark.parametrize("nothing", [None, [], {}, "odd"])
def test_q48_no_annotations_are_none(nothing: Any) -> None:
    result, messages = folded(delta(content="Owls.", annotations=nothing), finished())
    assert (result.content, len(messages)) == ((TextPart("Owls."),), 1)

"""Gemini's thoughts, which are flagged and stand in tags as well: neither tag is anybody's text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer import Cancelled
from support.chat_shapes import DONE, Shape, chunk, delta, finished, folded
from support.law_checks import channels

FLAG = {"google": {"thought": True}}
THOUGHT, ANSWER = "<thought>**Plan** it.", "</thought>Hello."


def flagged(content: str) -> Shape:
    """Content that is flagged as a thought."""
    return delta(content=content, extra_content=FLAG)


def told(*frames: Shape | str) -> tuple[str, str]:
    """The reasoning and the text of a stream, which the messages say as well."""
    result, messages = folded(*frames, finished("stop"), DONE)
    said = channels(messages)
    assert (said.get("reasoning", ""), said.get("text", "")) == (result.reasoning, result.text)
    return result.reasoning, result.text


@given(st.integers(0, len(THOUGHT)), st.integers(0, len(ANSWER)))
def test_q87_flagged_thoughts_in_tags_have_no_tags(at: int, then: int) -> None:
    thought = [flagged(piece) for piece in (THOUGHT[:at], THOUGHT[at:])]
    answer = [delta(content=piece) for piece in (ANSWER[:then], ANSWER[then:])]
    assert told(*thought, *answer) == ("**Plan** it.", "Hello.")


@pytest.mark.parametrize(
    ("thought", "answer", "expected"),
    [
        (["<thought>Plan</thought>"], ["Hello"], ("Plan", "Hello")),
        (["<thought>Plan", "</thought>"], ["Hello"], ("Plan", "Hello")),
        (["<thought>Plan"], ["Hello"], ("Plan", "Hello")),
        (["<thought>Plan</tho"], ["ught>Hello"], ("Plan</tho", "ught>Hello")),
        (["\n<thought>Plan"], ["</thought>\n\nHello"], ("\nPlan", "\n\nHello")),
        (["Plan"], ["</thought>Hello"], ("Plan", "</thought>Hello")),
        (["Plan <thought>"], ["Hello"], ("Plan <thought>", "Hello")),
        (["<tho"], ["Hello"], ("<tho", "Hello")),
        (["<thought>"], ["</thought>"], ("", "")),
        (["<thought>Plan"], ["</thoughts>"], ("Plan", "</thoughts>")),
        (["<think>Plan"], ["</think>Hello"], ("<think>Plan", "</think>Hello")),
    ],
)
def test_q87_what_is_none_of_the_tags_is_said(thought: list[str], answer: list[str], expected: tuple[str, str]) -> None:
    assert told(*map(flagged, thought), *(delta(content=piece) for piece in answer)) == expected


def test_q87_tags_after_the_beginning_are_text() -> None:
    assert told(delta(content="Hi"), flagged(THOUGHT), delta(content=ANSWER)) == (THOUGHT, "Hi" + ANSWER)
    assert told(delta(reasoning="Hm"), flagged(THOUGHT), delta(content=ANSWER)) == ("Hm" + THOUGHT, ANSWER)
    again = (flagged(THOUGHT), delta(content=ANSWER), flagged("<thought>More"), delta(content="</thought>."))
    assert told(*again) == ("**Plan** it.<thought>More", "Hello.</thought>.")
    between = (flagged(THOUGHT), delta(content="</tho"), flagged(" More"), delta(content="ught>Hello."))
    assert told(*between) == ("**Plan** it. More", "Hello.")


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([flagged("<tho")], ("<tho", "")),
        ([flagged(THOUGHT + "</tho")], ("**Plan** it.</tho", "")),
        ([flagged(THOUGHT), delta(content="</tho")], ("**Plan** it.", "</tho")),
    ],
)
def test_q87_what_is_held_is_said_at_any_end(frames: list[Shape], expected: tuple[str, str]) -> None:
    for end in (None, Cancelled()):
        result, messages = folded(*frames, end=end)
        said = channels(messages)
        assert (result.reasoning, result.text) == (said.get("reasoning", ""), said.get("text", "")) == expected


def test_q87_a_whole_message_after_flagged_thoughts_is_the_same() -> None:
    whole = chunk({"index": 0, "message": {"content": THOUGHT + ANSWER}, "finish_reason": "stop"})
    result, _ = folded(flagged(THOUGHT), delta(content=ANSWER), whole, DONE)
    assert (result.reasoning, result.text) == ("**Plan** it.", "Hello.")

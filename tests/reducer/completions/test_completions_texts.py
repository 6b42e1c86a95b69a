"""The texts of a Chat Completions state in the making."""

from typing import Any

from streamfold.reducer import Ended, chat
from streamfold.reducer.completions.chunk import Delta
from streamfold.reducer.completions.state import Halves
from support.alphabets import BOOM, said, whole
from support.law_checks import MESSAGE_ID


def stepped(*chunks: Any, **options: Any) -> tuple[chat.State, list[list[str]]]:
    """The state, and what each chunk made it emit."""
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID, **options))
    emitted = []
    for chunk in chunks:
        state, messages = chat.step(state, chunk)
        emitted.append([getattr(message, "content", None) or getattr(message, "reasoning", "") for message in messages])
    return state, emitted


def test_a_half_is_held_until_its_channel_goes_on() -> None:
    state, emitted = stepped(said(Delta(content="a\ud83d")), said(Delta(reasoning="r")), said(Delta(content="\ude00")))
    assert emitted == [["a"], ["r"], ["😀"]]
    assert state.halves is None
    state, _ = stepped(said(Delta(content="\ud83d", reasoning="\ud83e")), said(Delta(refusal="\ud83d")))
    assert state.halves == Halves("\ud83d", "\ud83e", "\ud83d")
    assert (str(state.text), str(state.reasoning), str(state.refusal)) == ("", "", "")


def test_halves_are_released_once() -> None:
    state, emitted = stepped(said(Delta(content="\ud83d")), BOOM)
    assert emitted == [[], ["\ud83d", ""]]
    assert chat.finish(state, Ended())[1] == ()
    assert chat.result(state).text == "\ud83d"


def test_flagged_content_and_reasoning_are_one_channel() -> None:
    state, emitted = stepped(said(Delta(content="\ud83d", thought=True)), said(Delta(reasoning="\ude00")))
    assert emitted == [[], ["😀"]]
    assert str(state.reasoning) == "😀"


def test_a_whole_of_tagged_content_has_what_is_held() -> None:
    chunks = [said(Delta(content="<think>a\ud83d")), whole(content="<think>a😀</think>b")]
    state, emitted = stepped(*chunks, think_tags=True)
    assert emitted == [["a"], ["😀", "b"]]
    assert (str(state.reasoning), str(state.text), state.halves) == ("a😀", "b", None)
    state, _ = stepped(said(Delta(content="\ud83d")), whole(refusal="no"), think_tags=True)
    assert state.halves == Halves(text="\ud83d")


def test_a_whole_may_end_in_a_half_that_is_held() -> None:
    state, emitted = stepped(whole(content="a\ud83d"), said(Delta(content="\ude00")))
    assert emitted == [["a"], ["😀"]]
    assert str(state.text) == "a😀"

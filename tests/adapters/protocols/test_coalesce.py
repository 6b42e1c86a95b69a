"""Fewer messages that say the same."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from screens.cut_turns import custom_tools, cut_streams, stretches, told
from screens.shown import shown_by_vercel
from streamfold.adapters.protocols import vercel
from streamfold.adapters.protocols.coalesce import NOTHING, catch_up, coalesce, tell
from streamfold.reducer import Result
from streamfold.reducer.messages import (
    AssistantMessage,
    HiddenReasoningMessage,
    Message,
    ReasoningMessage,
    ServerToolMessage,
    ToolCallClosed,
    ToolCallDelta,
    ToolCallMessage,
)
from support.law_checks import MESSAGE_ID, runs

IDS: Any = (MESSAGE_ID, "otid-1", None, None)


@given(cut_streams(), st.data())
def test_fewer_messages_say_the_same(cut: tuple[list[Message], Result], data: st.DataObject) -> None:
    messages, _ = cut
    at = data.draw(st.integers(0, len(messages)))
    parts = (*coalesce(messages[:at]), *coalesce(messages[at:]))
    fewest = coalesce(messages)
    assert runs(parts) == runs(fewest) == runs(messages)
    assert len(fewest) <= len(parts) <= len(messages)
    assert coalesce(fewest) == coalesce(parts) == fewest


@given(cut_streams(), st.data())
def test_who_comes_late_is_told_what_the_others_know(cut: tuple[list[Message], Result], data: st.DataObject) -> None:
    messages, result = cut
    at = data.draw(st.integers(0, len(messages)))
    known = NOTHING
    for message in messages[:at]:
        known = tell(known, message)
    late = [*catch_up(known), *messages[at:]]
    assert stretches(late) == stretches(messages)
    assert len(catch_up(known)) <= len(coalesce(messages[:at]))
    config = vercel.Config(MESSAGE_ID, custom_tools=custom_tools(result))
    others, comer = (shown_by_vercel(told(vercel, config, said, result)) for said in (messages, late))
    assert (comer.text, comer.reasoning, comer.arguments) == (others.text, others.reasoning, others.arguments)
    assert (comer.inputs, comer.refused, comer.end) == (others.inputs, others.refused, others.end)


def piece(call: str, arguments: str | None, name: str | None = None) -> ToolCallMessage:
    return ToolCallMessage(*IDS, ToolCallDelta(name, arguments, call))


def test_calls_are_joined_each_for_itself_for_who_comes_late() -> None:
    closed = ToolCallClosed(MESSAGE_ID, None, None, "a")
    said = [piece("a", None, "f"), piece("b", "1", "g"), piece("a", "2"), closed, piece("b", "3")]
    known = NOTHING
    for message in said:
        known = tell(known, message)
    assert catch_up(known) == (piece("a", "2", "f"), piece("b", "13", "g"), closed)
    assert coalesce(said) == tuple(said)
    assert coalesce(said[:1]) == tuple(said[:1])


def test_what_one_message_cannot_say_stays_apart() -> None:
    phases = (AssistantMessage(*IDS, "a", "commentary"), AssistantMessage(*IDS, "b", "final_answer"))
    sealed = (ReasoningMessage(*IDS, "a", signature="s"), ReasoningMessage(*IDS, "b"))
    tools = (ServerToolMessage(*IDS, "t", "i", "searching"), ServerToolMessage(*IDS, "t", "i", "completed"))
    for said in (phases, sealed, tools):
        assert coalesce(said) == said


def test_what_one_message_can_say_is_one() -> None:
    assert coalesce((ReasoningMessage(*IDS, "a"), ReasoningMessage(*IDS, "b", signature="s"))) == (
        ReasoningMessage(*IDS, "ab", signature="s"),
    )
    assert coalesce([HiddenReasoningMessage(*IDS)] * 2) == (HiddenReasoningMessage(*IDS),)
    pieces = [ServerToolMessage(*IDS, "t", "i", None, letter) for letter in "ab"]
    assert coalesce(pieces) == (ServerToolMessage(*IDS, "t", "i", None, "ab"),)


def test_a_long_run_is_joined_in_time_that_grows_with_it() -> None:
    """20,000 pieces: a copy of all that came, for each, would be 200 million characters."""
    assert coalesce([AssistantMessage(*IDS, "x")] * 20_000) == (AssistantMessage(*IDS, "x" * 20_000),)

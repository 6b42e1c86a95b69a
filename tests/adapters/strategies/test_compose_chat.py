"""Composed streams of Chat Completions: their envelope, how they end, and where reasoning stands in them."""

from typing import Any

import pytest
from hypothesis import strategies as st
from streamfold.adapters.strategies.compose_chat import compose
from streamfold.adapters.strategies.composed import Stream
from streamfold.adapters.strategies.quirks import Quirk
from streamfold.reducer import Done, Undecodable, chat, inner_thoughts
from streamfold.reducer.completions.chunk import Chunk
from streamfold.reducer.usage import Usage
from support.adapters.pens import simplest
from support.law_checks import MESSAGE_ID

pytestmark = pytest.mark.deep

CHAT = chat.Config(message_id=MESSAGE_ID)


def stream(*quirks: Quirk, number: int = 0, sign: Any = lambda _: True, config: Any = CHAT, **others: Any) -> Stream:
    """The simplest stream with these quirks."""
    machine, wire = (chat, "chat") if isinstance(config, chat.Config) else (inner_thoughts, "inner-thoughts")
    return simplest(
        lambda pen: compose(pen, wire, machine, config),
        *quirks,
        number=number,
        sign=sign,
        **others,  # type: ignore[arg-type]
    )


def choices(stream: Stream) -> list[Any]:
    return [choice for chunk in stream.chunks if isinstance(chunk, Chunk) for choice in chunk.choices or ()]


def texts(stream: Stream, member: str) -> list[str]:
    return [text for choice in choices(stream) if (text := getattr(choice.delta, member, None))]


def reasons(stream: Stream) -> list[str]:
    return [choice.finish_reason for choice in choices(stream) if choice.finish_reason]


def test_the_simplest_stream_speaks_lane_by_lane_and_stops() -> None:
    plain = stream()
    assert [texts(plain, name) for name in ("reasoning_content", "content", "refusal")] == [["word"]] * 3
    assert (reasons(plain), plain.says.finish_reason, plain.says.outcome) == (["stop"], "stop", "completed")
    assert (plain.says.text, plain.says.reasoning, plain.says.refusal, plain.says.usage) == ("word",) * 3 + (Usage(),)
    assert (plain.quirks, plain.config, len(plain.chunks)) == (frozenset(), CHAT, 4)


def test_nothing_at_all_may_be_said() -> None:
    plain = stream(maybe=st.none())
    assert (plain.says.text, plain.says.calls, len(plain.chunks)) == ("", (), 1)


def test_calls_end_with_their_own_reason_unless_it_is_stop() -> None:
    called = stream(sign=lambda drawn: len(drawn.says.calls) == 2)
    assert (reasons(called), [call.id for call in called.says.calls]) == (["tool_calls"], ["call_1", "call_2"])
    assert all(call.complete for call in called.says.calls)
    stopped = stream(Quirk.STOP_AFTER_CALLS, sign=lambda drawn: bool(drawn.says.calls))
    assert (reasons(stopped), stopped.says.calls[0].complete) == (["stop"], True)


@pytest.mark.parametrize(
    ("quirk", "number", "reason", "outcome"),
    [
        (Quirk.TRUNCATED, 3, None, "truncated"),
        (Quirk.ERROR, 3, None, "failed"),
        (Quirk.CUT_OFF, 4, "length", "completed"),
        (Quirk.NO_FINISH, 0, None, "completed"),
    ],
)
def test_a_stream_that_ends_otherwise_says_so(quirk: Quirk, number: int, reason: str | None, outcome: str) -> None:
    ended = stream(quirk, number=number, maybe=st.none(), sign=lambda drawn: bool(drawn.says.calls))
    assert (ended.says.finish_reason, ended.says.outcome, ended.quirks) == (reason, outcome, {quirk})
    assert [call.complete for call in ended.says.calls] == [quirk is Quirk.NO_FINISH] * len(ended.says.calls)
    assert reasons(ended) == ([reason] if reason else [])
    assert bool(ended.chunks[-1].error if isinstance(ended.chunks[-1], Chunk) else None) == (quirk is Quirk.ERROR)
    assert (Done() in ended.chunks) == (quirk is Quirk.NO_FINISH)


@pytest.mark.parametrize(
    ("number", "reason", "outcome", "complete"),
    [(0, "end_turn", "completed", True), (3, "MAX_TOKENS", "completed", False), (7, "network_error", "failed", False)],
)
def test_another_provider_s_word_ends_it(number: int, reason: str, outcome: str, complete: bool) -> None:
    ended = stream(Quirk.OTHER_FINISH_WORD, number=number, sign=lambda drawn: bool(drawn.says.calls))
    assert (reasons(ended), ended.says.finish_reason, ended.says.outcome) == ([reason], reason, outcome)
    assert [call.complete for call in ended.says.calls] == [complete] * len(ended.says.calls)


def test_a_whole_message_comes_instead_of_deltas_or_after_them() -> None:
    alone = stream(Quirk.WHOLE_MESSAGE, sign=lambda drawn: bool(drawn.says.calls))
    beside = stream(Quirk.WHOLE_AFTER_DELTAS, sign=lambda drawn: bool(drawn.says.calls))
    (message,) = [choice.message for choice in choices(alone) if choice.message]
    assert (message.content, message.reasoning_content, message.refusal) == ("word",) * 3
    assert [call.id for call in message.tool_calls] == ["call_1"]
    assert choices(beside)[-1].message == message
    assert (texts(alone, "content"), texts(beside, "content")) == ([], ["word"])
    assert alone.says == beside.says


def test_of_two_reasons_the_first_is_said() -> None:
    twice = stream(Quirk.TWO_FINISHES, number=1, sign=lambda drawn: bool(drawn.says.calls))
    assert (reasons(twice), twice.says.finish_reason) == (["tool_calls", "stop"], "tool_calls")


def test_what_comes_late_is_said_all_the_same() -> None:
    late = stream(Quirk.LATE_PAYLOAD, number=2)
    assert choices(late)[-1].finish_reason is None
    assert (late.says.text, late.says.refusal) == ("word", "word")
    with_it = stream(Quirk.LATE_PAYLOAD)
    assert (choices(with_it)[-1].delta.refusal, choices(with_it)[-1].finish_reason) == ("word", "stop")


# Usage


@pytest.mark.parametrize(
    ("quirks", "usages"),
    [
        ((Quirk.USAGE_EACH_CHUNK,), [7, 8, 9]),
        ((Quirk.USAGE_ON_FINISH,), [9]),
        ((Quirk.USAGE_ON_FINISH, Quirk.USAGE_OF_NULLS), [9, None]),
    ],
)
def test_usage_is_reported_where_the_quirk_has_it(quirks: tuple[Quirk, ...], usages: list[int | None]) -> None:
    told = stream(*quirks)
    raw = [chunk.usage["completion_tokens"] for chunk in told.chunks if isinstance(chunk, Chunk) and chunk.usage]
    assert raw == usages
    last = [count for count in usages if count is not None][-1]
    assert told.says.usage == Usage(5, last, total_tokens=5 + last, source="reported")


def test_usage_may_come_in_the_choice_of_the_last_delta_too() -> None:
    for quirks in ((Quirk.USAGE_IN_CHOICE,), (Quirk.USAGE_IN_CHOICE, Quirk.LATE_PAYLOAD)):
        told = stream(*quirks)
        assert [choice.usage["completion_tokens"] for choice in choices(told) if choice.usage] == [10]
        assert told.says.usage == Usage(5, 10, total_tokens=15, source="reported")


def test_usage_in_x_groq_stands_there_alone() -> None:
    told = stream(Quirk.USAGE_IN_X_GROQ, sign=lambda drawn: drawn.says.usage != Usage())
    last = [chunk for chunk in told.chunks if isinstance(chunk, Chunk)][-1]
    assert (last.usage, last.x_groq["usage"]["completion_tokens"]) == (None, 11)


def test_where_usage_is_estimated_nothing_is_said_of_it() -> None:
    config = inner_thoughts.Config(message_id=MESSAGE_ID, estimate_usage=True)
    assert stream(config=config).says.usage is None


# Reasoning


def test_reasoning_in_tags_is_configured_and_said_as_reasoning() -> None:
    tagged = stream(Quirk.THINK_TAGS)
    assert (tagged.config.think_tags, texts(tagged, "content")) == (True, ["<think>word</think>word"])
    assert (texts(tagged, "reasoning_content"), tagged.says.reasoning, tagged.says.text) == ([], "word", "word")
    opened = stream(Quirk.THINK_TAGS, number=1)
    assert (opened.config.think_tags, texts(opened, "content")) == ("opened", ["word</think>word"])
    assert (opened.says.reasoning, opened.says.text) == ("word", "word")


@pytest.mark.parametrize(
    ("quirk", "number", "names"),
    [
        (Quirk.OTHER_REASONING_NAME, 0, {"reasoning"}),
        (Quirk.OTHER_REASONING_NAME, 1, {"reasoning_text"}),
        (Quirk.REASONING_TWICE, 0, {"reasoning_content", "reasoning"}),
        (Quirk.REASONING_DETAILS, 0, {"reasoning_details"}),
    ],
)
def test_reasoning_has_other_names_and_is_said_once(quirk: Quirk, number: int, names: set[str]) -> None:
    thinking = stream(quirk, number=number)
    known = ("reasoning_content", "reasoning", "reasoning_text", "reasoning_details")
    assert {name for name in known if texts(thinking, name)} == names
    assert thinking.says.reasoning == "word"


# Noise


@pytest.mark.parametrize("quirk", [Quirk.EMPTY_DELTAS, Quirk.NO_DELTA, Quirk.NULL_CHOICES, Quirk.UNDECODABLE])
@pytest.mark.parametrize("number", [0, 1, 5])
def test_what_says_nothing_comes_before_the_last_chunk(quirk: Quirk, number: int) -> None:
    noisy, plain = stream(quirk, number=number), stream()
    assert noisy.says == plain.says
    assert noisy.chunks[-1] == plain.chunks[-1]
    assert len(noisy.chunks) - len(plain.chunks) in (1, 2)
    assert (quirk is Quirk.UNDECODABLE) == any(isinstance(chunk, Undecodable) for chunk in noisy.chunks)


def test_an_empty_first_chunk_has_no_choice_and_no_id() -> None:
    first = stream(Quirk.EMPTY_FIRST).chunks[0]
    assert (first.id, first.model, first.choices, bool(first.prompt_filter_results)) == ("", "", (), True)


def test_other_choices_are_others_and_a_growing_one_is_the_only_one() -> None:
    others = stream(Quirk.OTHER_CHOICES, config=chat.Config(message_id=MESSAGE_ID, choice=2))
    assert {choice.index for choice in choices(others)} == {2, 3}
    assert "another answer" not in others.says.text
    growing = stream(Quirk.GROWING_CHOICE)
    assert [choice.index for choice in choices(growing)] == [0, 1, 2, 3]
    assert growing.config.choice is None


def test_chunk_ids_are_all_others() -> None:
    ids = [chunk.id for chunk in stream(Quirk.NEW_CHUNK_IDS).chunks]
    assert ids == [f"chatcmpl-{number}" for number in range(1, len(ids) + 1)]


def test_neighbours_share_a_chunk() -> None:
    shared = stream(Quirk.SHARED_CHUNKS, number=1)
    assert len(shared.chunks) < len(stream().chunks)
    assert shared.says == stream().says


def test_halves_of_a_pair_come_in_two_deltas() -> None:
    halved = stream(Quirk.HALF_PAIRS, maybe=st.just("a😀b"))
    for name in ("content", "reasoning_content", "refusal"):
        assert texts(halved, name) == ["a\ud83d", "\ude00b"]
    assert (halved.says.text, halved.says.reasoning, halved.says.refusal) == ("a😀b", "a😀b", "a😀b")


def test_the_wire_and_its_machine_go_along() -> None:
    inner = stream(config=inner_thoughts.Config(message_id=MESSAGE_ID), sign=lambda drawn: bool(drawn.says.calls))
    assert (inner.wire, inner.machine, inner.says.thoughts) == ("inner-thoughts", inner_thoughts, "word")

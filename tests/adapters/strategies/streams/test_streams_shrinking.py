"""Streams, their cuts and their interleavings shrink to short ones, which a person can read."""

import pytest
from hypothesis import strategies as st
from streamfold.adapters import strategies
from streamfold.adapters.strategies.composed import USUAL
from streamfold.adapters.strategies.streams import ALL, Quirk, Stream
from streamfold.adapters.wire.describe import in_short
from streamfold.reducer.completions.chunk import Chunk, Delta
from support.finding import EFFORT, examples, shortest, some


def two_calls(stream: Stream) -> bool:
    return len(stream.says.calls) == 2


def test_streams_shrink_to_the_shortest_conversation() -> None:
    for name, lines in {
        "chat": ["chat: finish stop", "  1  finish stop"],
        "inner-thoughts": ["inner-thoughts: finish stop", "  1  finish stop"],
        "responses": [
            "responses: finish completed",
            '  1  #0 created id "resp_1", object "response", model "a-model", status "in_progress"',
            '  2  #1 in_progress id "resp_1", object "response", model "a-model", status "in_progress"',
            '  3  #2 completed id "resp_1", object "response", model "a-model", status "completed", '
            'usage {"input_tokens": 5, "output_tokens": 11, "total_tokens": 16}',
        ],
    }.items():
        drawn = strategies.streams(name, quirks=ALL)
        assert shortest(drawn, lambda stream: stream.says.outcome == "completed").lines() == lines


@pytest.mark.deep
def test_a_stream_with_two_calls_shrinks_to_five_chunks() -> None:
    stream = shortest(strategies.chat_streams(quirks=ALL), two_calls)
    assert repr(stream) == "\n    ".join(
        [
            "<Stream",
            "chat: call get_weather({}) | call get_weather({}) | finish tool_calls",
            '  1  call[0] call_1 get_weather ""',
            '  2  call[0] "{}"',
            '  3  call[1] call_2 get_weather ""',
            '  4  call[1] "{}"',
            "  5  finish tool_calls>",
        ]
    )


@pytest.mark.deep
def test_a_stream_with_a_quirk_shrinks_to_that_quirk() -> None:
    others = {Quirk.LATE_ID, Quirk.NO_INDEX, Quirk.NO_FINISH, Quirk.EMPTY_DELTAS, Quirk.BROKEN_ARGUMENTS}
    drawn = strategies.chat_streams(quirks={Quirk.WHOLE_CALLS, *others})
    stream = shortest(drawn, lambda stream: Quirk.WHOLE_CALLS in stream.quirks)
    assert [in_short(chunk, USUAL) for chunk in stream.chunks] == [
        'call[0] call_1 get_weather "{}"',
        "finish tool_calls",
    ]
    assert stream.quirks == {Quirk.WHOLE_CALLS}


def test_a_message_shrinks_to_one_delta_within_its_events() -> None:
    stream = shortest(strategies.responses_streams(quirks=ALL), lambda stream: stream.says.text != "")
    assert [chunk.type.removeprefix("response.") for chunk in stream.chunks] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert (len(stream.says.text), stream.quirks) == (1, frozenset())


@pytest.mark.deep
def test_texts_are_plain_words_first_and_all_that_trips_careless_readers() -> None:
    assert shortest(strategies.texts()) in ("a", "I")
    assert "" not in examples(strategies.texts(), 200)
    for trap in ("😀", "\n\n", "<think>", '"', "\\", "[DONE]", "\u2028", '{"a":1}', "data: ", "\x00", "\\u00e9"):
        assert trap in some(strategies.texts(), lambda text, trap=trap: trap in text)


def test_cuts_and_interleavings_shrink_to_none() -> None:
    drawn = strategies.chat_streams(texts=st.just("ab"), most=0)
    both = shortest(drawn, lambda stream: bool(stream.says.text and stream.says.refusal))
    assert [in_short(chunk, USUAL) for chunk in both.chunks] == ['"ab"', 'refusal "ab"', "finish stop"]
    if EFFORT < 1:
        return  # what comes is rare, and found at length: in the gate only
    mixed = shortest(drawn, lambda stream: fields(stream) == ["content", "refusal", "content"])
    assert [in_short(chunk, USUAL) for chunk in mixed.chunks] == ['"a"', 'refusal "ab"', '"b"', "finish stop"]


def spoken_deltas(stream: Stream) -> list[Delta]:
    choices = (choice for chunk in stream.chunks if isinstance(chunk, Chunk) for choice in chunk.choices or ())
    return [choice.delta for choice in choices if choice.delta and choice.delta != Delta()]


def fields(stream: Stream) -> list[str]:
    """Which one of the texts each chunk has."""
    return ["content" if delta.content else "refusal" if delta.refusal else "" for delta in spoken_deltas(stream)]

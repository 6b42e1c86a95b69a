"""Usage and extras as providers of Chat Completions really send them: one test or more for each line."""

import pytest
from streamfold.reducer import Cancelled
from support.chat_shapes import (
    COUNTS,
    DONE,
    Shape,
    chunk,
    delta,
    finished,
    folded,
    usage,
)

# Q32, Q33, Q34: where usage stands.


def test_q32_usage_in_each_chunk_is_replaced_and_never_added() -> None:
    frames = [
        delta(content=piece) | {"usage": {"prompt_tokens": 11, "completion_tokens": at, "total_tokens": 11 + at}}
        for at, piece in enumerate("abcd", 1)
    ]
    result, _ = folded(*frames, finished() | {"usage": COUNTS})
    assert result.usage.raw == COUNTS
    counts = (result.usage.input_tokens, result.usage.output_tokens, result.usage.total_tokens, result.usage.source)
    assert counts == (11, 5, 16, "reported")


def test_q32_a_cancelled_stream_has_the_usage_so_far() -> None:
    partial = {"prompt_tokens": 11, "completion_tokens": 1}
    result, _ = folded(delta(content="a") | {"usage": partial}, delta(content="b"), end=Cancelled())
    assert (result.usage.output_tokens, result.usage.total_tokens, result.usage.source) == (1, None, "reported")


@pytest.mark.parametrize("later", [{"usage": None}, {}, {"usage": {}}])
def test_q33_the_last_usage_that_is_not_null_counts(later: Shape) -> None:
    moderation = chunk(moderation={"input": {"type": "moderation_results", "results": []}})
    result, _ = folded(
        delta(content="Hello") | {"usage": None},
        finished() | {"usage": None},
        usage(**COUNTS),
        moderation | later,
        DONE,
    )
    assert result.usage.raw == COUNTS
    assert result.usage.source == "reported"


def test_q33_usage_that_is_always_null_is_not_reported() -> None:
    result, _ = folded(delta(content="Hello") | {"usage": None}, finished() | {"usage": None}, DONE)
    assert result.usage.source == "unknown"
    assert (result.usage.input_tokens, result.usage.output_tokens, result.usage.raw) == (None, None, None)


def test_q34_usage_may_come_with_the_finish_or_with_the_last_text() -> None:
    for frames in (
        [delta(content="Hello"), finished() | {"usage": COUNTS}],
        [finished(content="Hello") | {"usage": COUNTS}],
        [delta(content="Hello"), finished(), usage(**COUNTS)],
    ):
        result, _ = folded(*frames, DONE)
        assert (result.text, result.usage.raw, result.finish_reason) == ("Hello", COUNTS, "stop")


# Q35: what usage holds.


@pytest.mark.parametrize(
    ("extra", "cached", "written", "reasoning"),
    [
        ({"prompt_tokens_details": {"cached_tokens": 8}}, 8, None, None),
        ({"prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 3}, "cost": 0.00031}, 0, 3, None),
        ({"prompt_tokens_details": None, "completion_tokens_details": None}, None, None, None),
        ({"prompt_tokens_details": {"cached_tokens": None, "audio_tokens": 0}}, None, None, None),
        ({"completion_tokens_details": {"reasoning_tokens": 4, "image_tokens": 0}}, None, None, 4),
        ({"completion_tokens_details": {"reasoning_tokens": 0}}, None, None, 0),
        ({"cached_tokens": 8}, 8, None, None),
        ({"cached_tokens": 8, "prompt_tokens_details": {"cached_tokens": None}}, 8, None, None),
        ({"prompt_cache_hit_tokens": 8, "prompt_cache_miss_tokens": 3}, 8, None, None),
        ({"cache_read_input_tokens": 8, "cache_creation_input_tokens": 2}, 8, 2, None),
        ({"cost": 0.0076, "cost_details": {"upstream_inference_cost": None}, "is_byok": False}, None, None, None),
        ({}, None, None, None),
    ],
)
def test_q35_extras_are_read_and_kept_raw(
    extra: Shape, cached: int | None, written: int | None, reasoning: int | None
) -> None:
    result, _ = folded(delta(content="Hello"), finished(), usage(**COUNTS, **extra), DONE)
    counts = result.usage
    assert (counts.input_tokens, counts.output_tokens, counts.total_tokens) == (11, 5, 16)
    assert (counts.cached_tokens, counts.cache_write_tokens, counts.reasoning_tokens) == (cached, written, reasoning)
    assert counts.raw == COUNTS | extra


def test_q35_null_is_not_0() -> None:
    nulls = {"prompt_tokens": None, "completion_tokens": 0, "total_tokens": None, "cost": 0}
    result, _ = folded(delta(content="Hello"), finished(), usage(**nulls))
    counts = (result.usage.input_tokens, result.usage.output_tokens, result.usage.total_tokens)
    assert counts == (None, 0, None)
    assert result.usage.raw == nulls


@pytest.mark.parametrize("beside", [{}, {"usage": None}])
def test_q35_usage_may_stand_in_x_groq_alone(beside: Shape) -> None:
    counts = {"queue_time": 0.2, **COUNTS, "completion_tokens_details": {"reasoning_tokens": 2}}
    result, _ = folded(
        delta(role="assistant", content="") | {"x_groq": {"id": "req_1", "seed": 4}},
        delta(content="Hello"),
        finished() | {"x_groq": {"id": "req_1", "usage": counts}} | beside,
        DONE,
    )
    assert (result.usage.input_tokens, result.usage.reasoning_tokens, result.usage.source) == (11, 2, "reported")
    assert result.usage.raw == counts


def test_q35_usage_beside_x_groq_counts_first() -> None:
    result, _ = folded(finished(content="Hello") | {"usage": COUNTS, "x_groq": {"usage": {"prompt_tokens": 1}}})
    assert result.usage.raw == COUNTS


def test_q34_usage_may_stand_in_the_choice() -> None:
    for last in (finished(), finished(content=None), delta(content="")):
        inside = {**last["choices"][0], "usage": COUNTS}
        result, messages = folded(delta(content="Hello"), {**last, "choices": [inside]}, finished(), DONE)
        assert (result.usage.raw, result.usage.source, result.text) == (COUNTS, "reported", "Hello")
        assert len(messages) == 1


def test_q34_usage_of_another_choice_or_of_nulls_is_not_taken() -> None:
    other = {**delta(content="")["choices"][0], "index": 1, "usage": {"prompt_tokens": 99}}
    nulls = {**delta(content="")["choices"][0], "usage": {"prompt_tokens": None}}
    frames = [delta(content="Hello"), finished() | {"usage": COUNTS}]
    result, _ = folded(*frames, chunk(other), chunk(nulls), DONE)
    assert result.usage.raw == COUNTS

from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.usage import UNKNOWN, Usage, estimate_tokens, read_usage
from streamfold.reducer.values.json_values import FrozenObject


def counts(usage: Usage) -> dict[str, int]:
    """The counts that were reported, by the names of their fields without "_tokens"."""
    names = ("input", "output", "cached", "cache_write", "reasoning", "total")
    read = {name: getattr(usage, f"{name}_tokens") for name in names}
    return {name: count for name, count in read.items() if count is not None}


PLACES: dict[str, tuple[dict[str, Any], dict[str, int]]] = {
    "chat completions": (
        {
            "prompt_tokens": 10,
            "completion_tokens": 20,
            "total_tokens": 30,
            "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 9},
            "completion_tokens_details": {"reasoning_tokens": 5},
        },
        {"input": 10, "output": 20, "total": 30, "cached": 4, "reasoning": 5},
    ),
    "responses": (
        {
            "input_tokens": 10,
            "output_tokens": 20,
            "total_tokens": 30,
            "input_tokens_details": {"cached_tokens": 4},
            "output_tokens_details": {"reasoning_tokens": 5},
        },
        {"input": 10, "output": 20, "total": 30, "cached": 4, "reasoning": 5},
    ),
    "DeepSeek": ({"prompt_tokens": 10, "prompt_cache_hit_tokens": 3}, {"input": 10, "cached": 3}),
    "Moonshot": ({"prompt_tokens": 10, "cached_tokens": 3}, {"input": 10, "cached": 3}),
    "OpenRouter": (
        {"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 7}},
        {"input": 10, "cached": 0, "cache_write": 7},
    ),
    "Anthropic": (
        {"prompt_tokens": 10, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 7},
        {"input": 10, "cached": 3, "cache_write": 7},
    ),
    "reasoning at the top": ({"reasoning_tokens": 5}, {"reasoning": 5}),
    "details win over the top": (
        {
            "prompt_tokens_details": {"cached_tokens": 1, "cache_write_tokens": 2},
            "completion_tokens_details": {"reasoning_tokens": 3},
            "cached_tokens": 9,
            "cache_creation_input_tokens": 9,
            "reasoning_tokens": 9,
        },
        {"cached": 1, "cache_write": 2, "reasoning": 3},
    ),
    "null details": (
        {"prompt_tokens": 1, "prompt_tokens_details": None, "input_tokens_details": {"cached_tokens": 2}},
        {"input": 1, "cached": 2},
    ),
    "null in one place, a count in the next": (
        {
            "prompt_tokens": None,
            "input_tokens": 1,
            "prompt_tokens_details": {"cached_tokens": None},
            "cached_tokens": 2,
        },
        {"input": 1, "cached": 2},
    ),
    "nothing but null": ({"prompt_tokens": None, "completion_tokens": None, "total_tokens": None}, {}),
    "reported as 0": ({"prompt_tokens": 0, "completion_tokens": 0}, {"input": 0, "output": 0}),
    "unknown members": ({"cost": 0.1}, {}),
}


@pytest.mark.parametrize(("raw", "read"), PLACES.values(), ids=PLACES)
def test_each_count_is_read_from_its_place_and_null_is_not_0(raw: dict[str, Any], read: dict[str, int]) -> None:
    usage = read_usage(raw)
    assert counts(usage) == read
    assert usage.source == "reported"
    assert usage.raw == raw


@pytest.mark.parametrize("bad", [True, False, "7", -1, float("nan"), float("inf"), [7], {"n": 7}, None])
def test_what_is_no_count_is_not_reported(bad: Any) -> None:
    raw = {"prompt_tokens": bad, "total_tokens": bad, "completion_tokens_details": {"reasoning_tokens": bad}}
    assert counts(read_usage(raw)) == {}


def test_a_total_is_not_computed() -> None:
    assert read_usage({"prompt_tokens": 1, "completion_tokens": 2}).total_tokens is None


@pytest.mark.parametrize("raw", [None, {}, [], [1], "usage", 5, True])
def test_what_is_no_usage_object_is_unknown(raw: Any) -> None:
    assert read_usage(raw) is UNKNOWN
    assert Usage(source="unknown", raw=None) == UNKNOWN
    assert counts(UNKNOWN) == {}


@pytest.mark.parametrize("details", [5, "a", [1], True])
def test_details_that_are_no_object_report_nothing(details: Any) -> None:
    usage = read_usage({"prompt_tokens": 1, "prompt_tokens_details": details, "completion_tokens_details": details})
    assert counts(usage) == {"input": 1}


def test_the_raw_usage_is_frozen() -> None:
    raw = {"prompt_tokens": 1, "details": [{"a": 1}]}
    usage = read_usage(raw)
    raw["details"][0]["a"] = 2  # type: ignore[index]
    assert usage.raw == {"prompt_tokens": 1, "details": ({"a": 1},)}
    assert type(usage.raw) is FrozenObject
    assert isinstance(hash(usage), int)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("éé", 1), ("ééa", 2), ("🙂", 1), ("\ud83d!!", 2)],
)
def test_a_token_is_a_quarter_of_the_utf8_bytes_rounded_up(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@given(st.text())
def test_an_estimate_is_a_quarter_of_the_bytes_of_any_text(text: str) -> None:
    assert estimate_tokens(text) == ceil(len(text.encode()) / 4)


def test_a_usage_object_that_cannot_be_kept_still_counts() -> None:
    nested: Any = 0
    for _ in range(100_000):
        nested = [nested]
    usage = read_usage({"prompt_tokens": 3, "more": nested})
    assert (usage.input_tokens, usage.source, usage.raw) == (3, "reported", None)


COUNTS = st.none() | st.integers(0, 1 << 40)
USAGES = st.builds(
    Usage, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, st.sampled_from(["reported", "estimated", "unknown"])
)


def test_usages_add_up_to_what_is_known() -> None:
    one, other = (
        Usage(1, 2, None, 4, source="reported", raw=FrozenObject({"a": 1})),
        Usage(10, None, 30, source="reported"),
    )
    assert one + other == Usage(11, 2, 30, 4, source="reported")
    assert (one + Usage(output_tokens=1, source="estimated")).source == "estimated"
    assert (one + Usage()).source == "unknown"
    assert sum([one, other]) == one + other
    assert sum([one]) == one
    for no_usage in (1, "x", None):
        with pytest.raises(TypeError):
            one + no_usage  # type: ignore[operator]
    with pytest.raises(TypeError):
        1 + one


@given(one=USAGES, other=USAGES, third=USAGES)
def test_the_order_of_a_sum_does_not_matter(one: Usage, other: Usage, third: Usage) -> None:
    assert one + other == other + one
    assert (one + other) + third == one + (other + third)
    assert ((one + other).source == "reported") is (one.source == other.source == "reported")

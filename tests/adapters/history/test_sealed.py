"""What is signed or encrypted in a result, as it goes back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.history.sealed import (
    audio_id,
    is_signed,
    members_of_call,
    members_of_function,
    opaque_reasoning,
    sealed_members,
    thinking_blocks,
)
from streamfold.reducer.result import Result, ToolCall
from streamfold.reducer.values.json_values import freeze
from support.chat_shapes import DONE, delta, finished, folded


def result_with(**members: Any) -> Result:
    """A result with these members of its deltas, as the fold keeps them."""
    return Result(extras=freeze({"choice": {"delta": members}}))


def call_with(kind: Any = "function", **extras: Any) -> ToolCall:
    return ToolCall("call_1", "f", "{}", kind=kind, extras=freeze(extras))


def test_nothing_is_sealed_in_most_results() -> None:
    for result in (Result(), result_with(audio="x", extra_content={}), Result(extras=freeze({"choice": 5}))):
        assert (sealed_members(result), thinking_blocks(result)) == ({}, [])
        assert (opaque_reasoning(result), audio_id(result)) == ("", "")


def test_of_what_is_sealed_the_last_value_goes_back() -> None:
    result = result_with(
        reasoning_opaque=["old", "new"],
        extra_content={"google": {"thought_signature": ["old", "new"], "safe": [1, 2]}},
        provider_specific_fields={"thought_signatures": ["a", "b"], "citations": [1]},
    )
    assert opaque_reasoning(result) == "new"
    assert sealed_members(result) == {
        "extra_content": {"google": {"thought_signature": "new", "safe": [1, 2]}},
        "provider_specific_fields": {"thought_signatures": ["a", "b"]},
    }


def test_a_call_s_sealed_members_are_found_wherever_they_ride() -> None:
    google = {"google": {"thought_signature": "c2ln"}}
    call = call_with(extra_content=google, thought_signature=["a", "b"], namespace="n", index=4, caller={"type": "x"})
    assert members_of_call(call) == {"extra_content": google, "thought_signature": "b", "namespace": "n"}
    inside = {"thought_signature": "c2ln", "strict": True}
    assert members_of_function(call_with(function=inside)) == {"thought_signature": "c2ln"}
    assert members_of_function(call_with("custom", custom=inside)) == {"thought_signature": "c2ln"}
    assert members_of_function(call_with(custom=inside)) == {}


@pytest.mark.parametrize(
    ("extras", "signed"),
    [
        ({}, False),
        ({"extra_content": {"google": {}}}, False),
        ({"extra_content": {"google": {"thought_signature": "x"}}}, True),
        ({"provider_specific_fields": {"thoughtSignature": "x"}}, True),
        ({"function": {"signature": "x"}}, True),
    ],
)
def test_a_signature_is_seen_at_any_depth(extras: dict[str, Any], signed: bool) -> None:
    assert is_signed(call_with(**extras)) is signed


BLOCKS = st.lists(st.tuples(st.text(min_size=1), st.uuids().map(str)), max_size=4, unique_by=lambda block: block[1])


@given(blocks=BLOCKS, sizes=st.lists(st.integers(1, 3), min_size=1, max_size=8), whole=st.booleans())
def test_blocks_are_the_same_however_they_are_cut(blocks: list[tuple[str, str]], sizes: list[int], whole: bool) -> None:
    frames = []
    for text, signature in blocks:
        at = 0
        for size in [*sizes, len(text)]:
            frames.append(delta(thinking_blocks=[{"type": "thinking", "thinking": text[at : at + size]}]))
            at += size
        frames.append(delta(thinking_blocks=[{"type": "thinking", "thinking": "", "signature": signature}]))
    expected = [{"type": "thinking", "thinking": text, "signature": signature} for text, signature in blocks]
    if whole:
        frames.append(delta(thinking_blocks=expected))
    result, _ = folded(*frames, delta(content="x"), finished("stop"), DONE)
    assert thinking_blocks(result) == expected


def test_pieces_that_no_signature_followed_are_left_out() -> None:
    pieces = [{"thinking": "a", "signature": "s"}, {"thinking": "b"}, "x", {"type": "redacted_thinking", "data": "d"}]
    assert thinking_blocks(result_with(thinking_blocks=pieces)) == [
        {"type": "thinking", "thinking": "a", "signature": "s"},
        {"type": "redacted_thinking", "data": "d"},
    ]

"""What stands where a fold reads something else, at any place of a Chat Completions chunk, is kept, by each way in."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk
from streamfold.adapters import wire
from streamfold.adapters.laws.kept.oracle_kept import lost_of_chat
from streamfold.adapters.openai_sdk.chunks import chunk as chunk_of
from streamfold.adapters.wire.folding import fold_bytes
from streamfold.adapters.wire.tolerant import completion_chunk
from streamfold.reducer import chat, fold
from streamfold.reducer.shared.extras import NOT_KEPT
from support.adapters.sdk_objects import made
from support.finding import EFFORT
from support.law_checks import MESSAGE_ID

MARK = "a text that nothing else says"
CONFIG = chat.Config(message_id=MESSAGE_ID)
SAID: dict[str, Any] = {
    "role": "assistant",
    "content": [
        {"type": "thinking", "thinking": [{"type": "text", "text": "a"}], "text": "b", "signature": "c"},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "d", "signature": "e"}], "signature": "f"},
        {"type": "text", "text": "g", "thought": True},
        {"type": "text", "text": "h"},
        {"type": "refusal", "refusal": "i"},
    ],
    "reasoning_content": "j",
    "reasoning": "j",
    "reasoning_text": "j",
    "thinking": "j",
    "cot_summary": "j",
    "thinking_blocks": [{"type": "thinking", "thinking": "j", "signature": "k"}],
    "reasoning_details": [{"type": "reasoning.text", "index": 0, "id": "l", "text": "j", "summary": "m", "data": "n"}],
    "refusal": "o",
    "tool_calls": [
        {"index": 0, "id": "p", "type": "function", "function": {"name": "q", "arguments": "{}"}},
        {"index": 1, "id": "r", "type": "custom", "custom": {"name": "s", "input": "t"}, "extra_content": {"u": "v"}},
    ],
    "annotations": [{"type": "url_citation"}],
    "executed_tools": [{"type": "search", "index": 0}],
    "extra_content": {"google": {"thought": False, "thought_signature": "w"}},
    "thought": False,
}
OLD = {"role": "assistant", "content": "x", "function_call": {"name": "y", "arguments": "{}"}}
USAGE = {"prompt_tokens": 1}


def chunk_with(**members: Any) -> dict[str, Any]:
    in_choice = {"usage": USAGE} if "message" in members else {}
    choice = {"index": 0, "finish_reason": None, "content_filter_results": {"hate": 1}, **members, **in_choice}
    return {
        "id": "z",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
        "citations": ["c"],
        "prompt_filter_results": [{"prompt_index": 0}],
        **({} if in_choice else {"usage": USAGE, "x_groq": {"id": "g", "usage": USAGE}}),
    }


WHOLE = [chunk_with(delta=SAID), chunk_with(delta=OLD), chunk_with(message=SAID), chunk_with(message=OLD)]
NAMES = {name for level in NOT_KEPT.values() for name in level} | {"type"}
"""What is not kept, or only says of what kind something is."""


def places_in(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Every place in a chunk's JSON, as the names and positions that lead there."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in inner:
        yield (*path, name)
        yield from places_in(member, *path, name)


PLACES = [(at, path) for at, whole in enumerate(WHOLE) for path in places_in(whole)]
ODD = [
    MARK,
    [MARK],
    [[MARK]],
    {"odd": MARK},
    [{"odd": MARK}],
    {"text": MARK},
    [{"text": MARK}, MARK, 7],
    7.5,
    True,
    False,
    0,
    [],
]
OF_A_QUICK_RUN = ([MARK], {"odd": MARK}, 7.5, False)
every_odd = pytest.mark.parametrize(
    "odd",
    [pytest.param(odd, id=json.dumps(odd), marks=() if odd in OF_A_QUICK_RUN else pytest.mark.deep) for odd in ODD],
)


def with_odd(whole: dict[str, Any], path: tuple[Any, ...], odd: Any) -> dict[str, Any]:
    changed = deepcopy(whole)
    within: Any = changed
    for name in path[:-1]:
        within = within[name]
    within[path[-1]] = odd
    return changed


def check_kept(path: tuple[Any, ...], odd: Any, frame: dict[str, Any]) -> None:
    """One chunk, then its end, by each way in: what the law says of it, and its text somewhere."""
    frames = [frame, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]
    body = "".join(f"data: {json.dumps(one)}\n\n" for one in frames).encode()
    folded = [
        fold(chat, CONFIG, map(completion_chunk, frames)),
        fold(chat, CONFIG, wire.read("chat", [body])),
        fold_bytes(chat, CONFIG, [body]),
    ]
    assert folded[0] == folded[1] == folded[2]
    state, messages = folded[0]
    assert lost_of_chat(frames, CONFIG, chat.result(state)) is None
    if path[-1] not in NAMES:
        assert MARK not in json.dumps(odd) or MARK in repr((messages, chat.result(state)))


@every_odd
def test_what_stands_in_a_known_place_is_read_or_kept(odd: Any) -> None:
    for at, path in PLACES:
        check_kept(path, odd, with_odd(WHOLE[at], path, odd))


@settings(max_examples=round(100 * EFFORT))
@given(data=st.data())
def test_several_odd_members_are_kept_as_well(data: st.DataObject) -> None:
    at, path = data.draw(st.sampled_from(PLACES))
    odd = data.draw(st.sampled_from(ODD))
    frame = with_odd(WHOLE[at], path, odd)
    found = [other for other in places_in(frame) if other[: len(path)] != path and path[: len(other)] != other]
    for other in data.draw(st.lists(st.sampled_from(found), max_size=3)) if found else []:
        if other in set(places_in(frame)):
            frame = with_odd(frame, other, data.draw(st.sampled_from([7, "odd", ["odd"], {"odd": 1}, False])))
    check_kept(("role",), odd, frame)


@every_odd
def test_the_sdk_hides_no_odd_member(odd: Any) -> None:
    for at, path in PLACES:
        frames = [with_odd(WHOLE[at], path, odd)]
        state, messages = fold(chat, CONFIG, filter(None, [chunk_of(made(frames[0], ChatCompletionChunk))]))
        if path[-1] not in NAMES:
            assert MARK not in json.dumps(odd) or MARK in repr((messages, chat.result(state)))

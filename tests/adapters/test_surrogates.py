"""Both halves of a surrogate pair, as two characters of one text, survive what is written as JSON."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters import snapshot, wire
from streamfold.adapters.surrogates import merge_surrogates, read_split_text, write_split_text
from streamfold.reducer import chat, fold, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.responses.event import Event
from support.law_checks import MESSAGE_ID

texts = st.text(st.sampled_from("ab\ud83d\ude00\udbff\udc00é😀"), max_size=8)


def expect(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"no text: {value!r}")
    return value


@given(texts)
def test_any_text_comes_back_from_json(text: str) -> None:
    assert read_split_text(json.loads(json.dumps(write_split_text(text))), expect) == text


@pytest.mark.parametrize("text", ["", "plain", "é😀", "\ud83d", "\ude00\ud83d", "a\ud83d"])
def test_what_json_can_say_is_written_as_it_is(text: str) -> None:
    assert write_split_text(text) == text


def test_halves_are_written_apart() -> None:
    assert write_split_text("a\ud83d\ude00b\ud83d\ude00") == ["a\ud83d", "\ude00b\ud83d", "\ude00"]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("a\ud83d\ude00\ud83d", "a😀\ud83d"),
        ("a\ud83d\ude00".encode("utf-8", "surrogatepass"), "a😀"),
        *((text, text) for text in ("", b"", "é\ude00\ud83d", "é".encode(), b"\xff\xed\xa0\xbd", b"\xed\xa0\xbd")),
    ],
)
def test_halves_that_belong_together_are_joined(text: bytes | str, whole: bytes | str) -> None:
    assert merge_surrogates(text) == whole


def test_halves_in_what_a_fold_carries_along_are_one_character() -> None:
    data = '{"choices":[{"delta":{"reasoning_details":[{"text":"\ud83d\ude00"}]}}]}'
    for payload in (data, data.encode("utf-8", "surrogatepass")):
        chunk = wire.decoder("chat")(payload)
        assert chunk == Chunk(choices=(Choice(delta=Delta(reasoning_details=[{"text": "😀"}])),))


@pytest.mark.parametrize("value", [[], ["a"], ["a", 1], 7, None])
def test_nothing_else_is_taken_for_text(value: Any) -> None:
    with pytest.raises(ValueError, match="no text"):
        read_split_text(value, expect)


@pytest.mark.parametrize(
    ("machine", "chunks"),
    [
        (chat, [Chunk(choices=(Choice(delta=Delta(content="\ud83d\ude00")),))]),
        (responses, [Event(type="response.output_text.delta", output_index=0, delta="\ud83d\ude00")]),
    ],
    ids=["chat", "responses"],
)
def test_a_state_and_a_result_keep_both_halves(machine: Any, chunks: list[Any]) -> None:
    state, _ = fold(machine, machine.Config(message_id=MESSAGE_ID), chunks)
    result = machine.result(state)
    assert result.text == "\ud83d\ude00"
    for value in (state, result):
        assert snapshot.loads(snapshot.dumps(value)) == value

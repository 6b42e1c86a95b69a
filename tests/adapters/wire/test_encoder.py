"""Chunks as the wire's JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from streamfold.adapters import wire
from streamfold.adapters.wire.encoder import to_wire
from streamfold.reducer import Done, Undecodable, chat, fold, responses
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, Delta, FunctionDelta
from streamfold.reducer.responses.event import Event
from streamfold.reducer.result import OutputItem
from streamfold.reducer.values.json_values import freeze
from support.law_checks import MESSAGE_ID
from support.wire_json import completions, events

STREAMS = sorted((Path(__file__).parents[2] / "streams").iterdir())

CALL = CallDelta(index=1, id="call_1", function=FunctionDelta(name="f", arguments='{"a"'))


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name)
def test_what_is_encoded_decodes_to_the_chunk_that_it_was(path: Path) -> None:
    name = "responses" if path.name.startswith("responses") else "chat"
    decode = wire.decoder(name)
    for chunk in wire.read(name, [path.read_bytes()]):
        assert decode(json.dumps(to_wire(chunk)) if not isinstance(chunk, Done) else "[DONE]") == chunk


@pytest.mark.parametrize(
    ("chunk", "value"),
    [
        (
            Chunk(id="c", choices=(Choice(delta=Delta(content="Hi", tool_calls=(CALL,))), Choice(index=2))),
            {
                "object": "chat.completion.chunk",
                "id": "c",
                "choices": [
                    {
                        "index": 0,
                        "delta": {
                            "content": "Hi",
                            "tool_calls": [
                                {"index": 1, "id": "call_1", "function": {"name": "f", "arguments": '{"a"'}}
                            ],
                        },
                    },
                    {"index": 2, "delta": None},
                ],
            },
        ),
        (
            Chunk(choices=(), usage=freeze({"a": [1]})),
            {"object": "chat.completion.chunk", "choices": [], "usage": {"a": [1]}},
        ),
        (Event(type="t", repairs=("mended",), delta=""), {"type": "t", "delta": ""}),
    ],
)
def test_only_what_a_chunk_says_is_encoded(chunk: Any, value: Any) -> None:
    assert to_wire(chunk) == value


THINKING, TEXT = {"type": "thinking", "thinking": "a"}, {"type": "text", "text": "b"}


@pytest.mark.parametrize(
    ("member", "written"),
    [
        ({"message": {"content": [THINKING, TEXT, THINKING]}}, None),
        ({"message": {"content": [{"type": "reasoning", "reasoning": "a"}, TEXT]}}, None),
        ({"message": {"content": [{"type": "text", "text": "a", "thought": True}, TEXT]}}, None),
        ({"delta": {"content": [THINKING]}}, {"content": [THINKING, {"type": "text", "text": ""}]}),
        (
            {"delta": {"content": [{"type": "text", "text": "a", "thought": True}]}},
            {"content": [{"type": "text", "text": "a", "thought": True}, {"type": "text", "text": ""}]},
        ),
        ({"delta": {"content": [{"type": "image"}]}}, {"content": [{"type": "image"}]}),
        ({"delta": {"thinking_blocks": [THINKING]}}, None),
        ({"delta": {"tool_calls": [{"index": 0, "function": {"name": "f", "strict": True}, "x": 1}]}}, None),
        ({"delta": {"content": "a"}, "usage": {"a": [{"b": 1}]}, "x": {"y": 1}}, None),
    ],
    ids=str,
)
def test_parts_and_members_that_no_fold_reads_are_written_as_they_came(member: Any, written: Any) -> None:
    decode = wire.decoder("chat")
    made: Any = to_wire(decode({"object": "chat.completion.chunk", "choices": [{"index": 0, **member}]}))
    if written is None:
        assert made["choices"] == [{"index": 0, "delta": None, **member}]
    else:
        assert made["choices"] == [{"index": 0, "delta": written}, {"index": 0, "delta": {}}]


def test_reasoning_s_parts_come_before_those_that_no_fold_reads() -> None:
    of_thinking = {"reasoning_source": "content[].thinking", "content": "b"}
    empty: Any = to_wire(Chunk(choices=(Choice(delta=Delta(**of_thinking)),)))
    assert empty["choices"][0]["delta"] == {"content": [{**THINKING, "thinking": ""}, TEXT]}
    beside = Delta(**of_thinking, reasoning_content="a", extras={"content": [{"type": "image"}]})
    made: Any = to_wire(Chunk(choices=(Choice(delta=beside),)))
    assert made["choices"][0]["delta"] == {"content": [THINKING, TEXT, {"type": "image"}]}


def test_text_beside_parts_that_no_fold_reads_is_a_part_before_them() -> None:
    odd = Delta(content="a", extras={"content": [{"type": "image"}]})
    made: Any = to_wire(Chunk(choices=(Choice(delta=odd),)))
    assert made["choices"][0]["delta"] == {"content": [{"type": "text", "text": "a"}, {"type": "image"}]}
    for member in ("x", None):
        extras = Delta(content="a", refusal=member, extras={"content": "b", "refusal": "c"})
        made = to_wire(Chunk(choices=(Choice(delta=extras),)))
        assert made["choices"][0]["delta"] == {"content": "a", "refusal": member or "c"}


@pytest.mark.parametrize(
    "delta",
    [
        {"tool_calls": [{"index": 0, "function": {"name": "f"}}, "odd", 7]},
        {"tool_calls": [{"index": 0, "function": ["odd"]}]},
        {"tool_calls": [{"index": 0, "function": 7, "x": {"y": 1}}]},
        {"reasoning_content": ["a"], "refusal": 7.5},
        {"function_call": {"name": ["odd"], "arguments": "{}"}},
    ],
    ids=str,
)
def test_what_was_left_out_of_a_chunk_is_written_where_it_stood(delta: Any) -> None:
    made: Any = to_wire(wire.decoder("chat")({"choices": [{"index": 0, "delta": delta}]}))
    assert made["choices"] == [{"index": 0, "delta": delta}]


def test_what_was_left_out_of_an_event_is_written_as_it_came() -> None:
    for event in (
        {"type": "x.y", "z": 1},
        {"type": "keepalive", "response": {"output": [{"type": "", "summary": []}]}},
    ):
        assert to_wire(wire.decoder("responses")(event)) == event


def test_only_a_chunk_has_json() -> None:
    assert to_wire(Done()) == "[DONE]"
    for lost in (True, False):
        text = to_wire(Undecodable('not\r\n["JSON"', lost=lost))
        read = wire.decoder("chat")(text)
        assert text == ('{not ["JSON"' if lost else "no chunk: not   JSON ")
        assert isinstance(read, Undecodable)
        assert read.lost == lost
    assert to_wire(Chunk(choices=None)) == {"object": "chat.completion.chunk", "choices": None}
    with pytest.raises(TypeError, match="a dict is no chunk of a wire"):
        to_wire({})


@pytest.mark.parametrize("choices", [1, "odd", {"a": 1}, [1, {"index": 0, "delta": {"content": "a"}}]])
def test_what_stands_in_the_place_of_choices_is_written_there(choices: Any) -> None:
    decode = wire.decoder("chat")
    chunk = decode({"object": "chat.completion.chunk", "choices": choices})
    assert decode(to_wire(chunk)) == chunk


@pytest.mark.parametrize("word", [{"type": "length", "length": 8}, {"e": "lh"}, ["stop"], True])
def test_a_finish_word_that_is_no_text_is_written_as_it_came(word: Any) -> None:
    decode = wire.decoder("chat")
    chunk = decode({"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": word}]})
    assert decode(to_wire(chunk)) == chunk


def test_what_stands_in_the_place_of_calls_comes_back() -> None:
    frame = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"tool_calls": 8}}]}
    assert wire.to_wire(wire.decoder("chat")(frame)) == frame


@given(completions.map(lambda value: ("chat", value)) | events.map(lambda value: ("responses", value)))
def test_whatever_was_read_is_written_and_folds_alike(sent: tuple[str, Any]) -> None:
    name, value = sent
    decode = wire.decoder(name)
    chunk = decode(json.dumps(value))
    if not isinstance(chunk, Undecodable):
        assert folded(name, decode(json.dumps(to_wire(chunk)))) == folded(name, chunk)


def folded(name: str, chunk: Any) -> Any:
    """What a chunk comes to; but for what was mended in it, and for calls' doubts of that."""
    machine: Any = {"chat": chat, "responses": responses}[name]
    state, messages = fold(machine, machine.Config(message_id=MESSAGE_ID), [chunk])
    result = machine.result(state)
    if name == "responses":  # a mended item of an unknown event is kept as it is then
        result = evolve(result, extras={})
    return messages, evolve(result, diagnostics=(), output=tuple(map(_without_loss, result.output)))


def _without_loss(item: OutputItem) -> OutputItem:
    if item.call is None:
        return item
    doubts = tuple(one for one in item.call.doubts if one.doubt != "FRAME_LOST")
    return evolve(item, call=evolve(item.call, doubts=doubts))

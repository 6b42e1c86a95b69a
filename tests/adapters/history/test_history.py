"""Every stream becomes a next request that the openai SDK's types and a strict provider accept, wherever it is cut."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamfold.adapters import strategies, wire
from streamfold.adapters.history import ChatTurn, InputTurn
from streamfold.adapters.history.turns import copied
from streamfold.adapters.strategies.streams import ALL
from streamfold.reducer import Cancelled, Done, Ended, Failed, Result, fold, responses
from streamfold.reducer.result import ReasoningPart, TextPart
from support.adapters.decoders import MACHINES, STREAMS
from support.adapters.next_requests import followers_of, frames_of, next_input, next_messages
from support.adapters.strict_provider import StrictProvider, sealed_of
from support.finding import EFFORT
from support.law_checks import MESSAGE_ID

RECORDINGS = ("chat__", "responses__", "inner__")
WIRES = {"chat": "chat", "responses": "responses", "inner": "inner-thoughts"}
SHORT = 40
"""Frames up to which a stream is cut after each of them."""
OWN_NAMES = ("reasoning_content", "reasoning", "reasoning_text")
CHAT_WAYS: list[dict[str, Any]] = [{}, {"partial_text": True}, {"reasoning": "with_calls"}, {"reasoning": "never"}]


def every_turn(result: Result, machine: Any, sealed: set[str] | None) -> None:
    """Each way to make the next request of a result is accepted."""
    if machine is not responses:
        for options in CHAT_WAYS:
            turn = next_messages(result, StrictProvider(sealed), **options)
            kept = sum(item.call is not None for item in result.output) - len(turn.calls)
            assert sum(one.item.call is not None for one in turn.left_out) == kept
            assert all(call.complete for call in turn.calls)
            check_texts(result, turn, options.get("reasoning", "always"))
        return
    followers = followers_of(result)
    for store in (True, False):
        keeps = store and result.outcome == "completed"
        for options in ({}, {"partial_text": True}, {"reasoning": False}):
            provider = StrictProvider(sealed, followers=followers, keeps=keeps)
            check_input_turn(result, next_input(result, provider, store=store, **options))
        provider = StrictProvider(sealed, keeps=False, knows_no_ids=not has_ids_of_tools(result))
        check_input_turn(result, next_input(result, provider, store=store, ids=False))


def check_texts(result: Result, turn: ChatTurn, reasoning: str) -> None:
    """Whether the texts of an answer that is over go back, to the letter."""
    text = result.text.removeprefix(result.thoughts)
    if result.outcome != "completed" or not text.strip():
        return
    assert turn.message is not None
    content = turn.message["content"]
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    assert "".join(part["text"] for part in parts if part["type"] == "text") == copied(text)
    assert turn.message.get("refusal", "") == copied(result.refusal)
    for part in result.content:
        if isinstance(part, ReasoningPart) and part.member in OWN_NAMES:
            goes = reasoning == "always" or (reasoning == "with_calls" and bool(turn.calls))
            assert turn.message.get(part.member) == copied(part.reasoning if goes else None)


def has_ids_of_tools(result: Result) -> bool:
    """Whether there is a request for an approval, which has no other name than its id."""
    return any(item.kind.startswith("mcp") for item in result.output)


def check_input_turn(result: Result, turn: InputTurn) -> None:
    hidden = [item for item in result.output if [part.type for part in item.parts] == ["omitted_reasoning"]]
    assert len(turn.items) + len(turn.left_out) + len(hidden) == len(result.output)
    assert all(call.complete for call in turn.calls)
    assert all(one.reason for one in turn.left_out)
    if result.outcome == "completed" and not result.refusal:
        messages = [item["content"] for item in turn.items if item["type"] == "message"]
        parts = [[{"text": content}] if isinstance(content, str) else content for content in messages]
        left = [(one.item.done, part) for one in turn.left_out for part in one.item.parts if isinstance(part, TextPart)]
        assert not any(part.text.strip() for done, part in left if done)
        if not left:
            assert "".join(part["text"] for content in parts for part in content) == copied(result.text)


def every_cut(machine: Any, config: Any, chunks: list[Any], sealed: set[str] | None) -> None:
    step = 1 if len(chunks) <= SHORT else max(1, len(chunks) // 12)
    state, _ = machine.start(config)
    for at, chunk in enumerate(chunks):
        if at % step == 0:
            for end in (Cancelled(), Failed("the line went dead")):
                every_turn(machine.result(machine.finish(state, end)[0]), machine, sealed)
            every_turn(machine.result(state), machine, sealed)
        state, _ = machine.step(state, chunk)
    every_turn(machine.result(machine.finish(state, Ended())[0]), machine, sealed)


def every_cut_of(path: Path, name: str) -> None:
    body = path.read_bytes()
    frames = list(wire.frames([gzip.decompress(body) if path.suffix == ".gz" else body]))
    decode = wire.decoder(name)
    chunks = [decode(frame.data, event=frame.event) for frame in frames]
    every_cut(MACHINES[name], MACHINES[name].Config(message_id=MESSAGE_ID), chunks, sealed_of(frames_of(frames)))


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name)
def test_a_stream_of_the_project_becomes_the_next_request(path: Path) -> None:
    name = WIRES[path.name.split("_")[0]]
    every_cut_of(path, name)


def test_a_recorded_stream_becomes_the_next_request(any_recording: Path) -> None:
    every_cut_of(any_recording, WIRES[any_recording.name.split("__")[0]])


@pytest.mark.parametrize("name", MACHINES)
@settings(max_examples=round(40 * EFFORT))
@given(data=st.data())
def test_a_drawn_stream_becomes_the_next_request(name: str, data: st.DataObject) -> None:
    stream = data.draw(strategies.streams(name, quirks=ALL))
    chunks = list(stream.chunks)[: data.draw(st.integers(0, len(stream.chunks)))]
    chunks += [Done()] if data.draw(st.booleans()) else []
    state, _ = fold(stream.machine, stream.config, chunks, data.draw(strategies.ends()))
    every_turn(stream.machine.result(state), stream.machine, None)

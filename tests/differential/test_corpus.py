"""Recorded real streams: the folds say what the streams say, whole and cut off after any chunk."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold.adapters import wire
from streamfold.adapters.driver.run import drive
from streamfold.reducer import Cancelled, Done, Ended, Failed, Undecodable, chat, fold, inner_thoughts, responses
from support import naive_readers as naive
from support.law_checks import (
    MESSAGE_ID,
    channels,
    check_agreement,
    check_finished,
    check_otids,
    check_safe,
    feed,
    runs,
)

RECORDINGS = ("chat__", "responses__", "inner__")

# What the quirks have us read, and the recorded truth does not know of.
ONLY_IN_DETAILS = "snowflake_thinking_streaming"


def load(path: Path) -> tuple[Any, list[Any], list[dict[str, Any]], dict[str, Any]]:
    """A recording's machine, chunks, decoded frames, and recorded truth."""
    kind = path.name.split("__")[0]
    machine, name = {
        "chat": (chat, "chat"),
        "responses": (responses, "responses"),
        "inner": (inner_thoughts, "inner-thoughts"),
    }[kind]
    frames = list(wire.frames([path.read_bytes()]))
    decode = wire.decoder(name)
    chunks = [decode(frame.data, event=frame.event) for frame in frames]
    decoded = [json.loads(frame.data) for frame in frames if frame.data.strip() != b"[DONE]"]
    truth = json.loads(path.with_name(f"{path.stem}.truth.json").read_text("utf-8"))
    return machine, chunks, decoded, truth


def config_of(machine: Any, **options: Any) -> Any:
    return machine.Config(message_id=MESSAGE_ID, run_id="run-1", step_id="step-1", **options)


def spoken(said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "reasoning": said["reasoning"].replace("\n\n", "")}


def test_the_stream_says_what_its_truth_says(recording: Path) -> None:
    machine, chunks, decoded, truth = load(recording)
    assert not any(isinstance(chunk, Undecodable) for chunk in chunks)
    if machine is inner_thoughts:
        return
    approvals = [tool["name"] for tool in truth["tools"]]
    for config in (config_of(machine), config_of(machine, requires_approval_tools=approvals)):
        state, messages = feed(machine, config, chunks)
        result = machine.result(state)
        said = channels(messages)
        assert (said["text"], said["refusal"], said["calls"]) == (truth["text"], truth["refusal"], truth["tools"])
        if ONLY_IN_DETAILS not in recording.name:
            assert spoken(said)["reasoning"] == truth["reasoning"].replace("\n\n", "")
        calls = [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in result.tool_calls]
        assert calls == truth["tools"]
        assert all(call.complete for call in result.tool_calls)
        assert result.text == truth.get("final_text", truth["text"])
        assert result.model == truth["model"]
        assert result.outcome == ("failed" if truth["error"] else "completed")
        assert (result.error is None) == (not truth["error"])
        assert result.finish_reason == truth.get("finish_reason", truth.get("status"))
        assert result.chunks == len(decoded)
        if truth["usage"]:
            assert result.usage.raw == json.loads(json.dumps(truth["usage"])) or result.usage.source == "reported"
            reported = truth["usage"].get("prompt_tokens", truth["usage"].get("input_tokens"))
            assert result.usage.input_tokens == reported
        check_agreement(messages, result)
        check_otids(messages)
        check_finished(machine, state, chunks)


@pytest.mark.parametrize("options", [{}, {"use_assistant_message": True}, {"put_inner_thoughts_in_kwarg": False}, None])
def test_inner_thoughts_are_exact(recording: Path, options: dict[str, Any] | None) -> None:
    machine, chunks, _, truth = load(recording)
    if machine is not inner_thoughts:
        return
    config = config_of(machine, **({"requires_approval_tools": [truth["tool"]]} if options is None else options))
    state, messages = feed(machine, config, chunks)
    result = machine.result(state)
    said = channels(messages)
    assert said["reasoning"] == truth["thoughts"] == result.text
    if config.use_assistant_message and truth["assistant"] is not None:
        assert said["text"] == truth["assistant"]
        assert said["calls"] == []
    else:
        (call,) = said["calls"]
        assert (call["id"], call["name"]) == (truth["tool_call_id"], truth["tool"])
        assert json.loads(call["arguments"]) == truth["arguments"]
    (made,) = result.tool_calls
    assert made.complete
    assert json.loads(made.arguments) == {
        **truth["arguments"],
        **({"thinking": truth["thoughts"]} if truth["thoughts"] else {}),
    }
    assert (result.model, result.outcome) == (truth["model"], "completed")
    first = {"approval_request_message", "tool_call_message", "assistant_message"}
    types = [run[0] for run in runs(messages)]
    if config.put_inner_thoughts_in_kwarg and truth["thoughts"]:
        assert types[0] == "reasoning_message"
        assert set(types[1:]) <= first
    check_otids(messages)
    check_finished(machine, state, chunks)


@pytest.mark.parametrize("end", [Cancelled(), Failed("boom"), Ended()], ids=["cancelled", "failed", "ended"])
def test_any_prefix_is_the_prefix_s_truth(recording: Path, end: Any) -> None:
    machine, chunks, decoded, _ = load(recording)
    config = config_of(machine)
    read = naive.responses if machine is responses else naive.completion
    step = max(1, len(decoded) // 40)
    state, messages = machine.start(config)
    said = list(messages)
    for count, chunk in enumerate(chunks):
        if count % step == 0 and count <= len(decoded):
            over, last = machine.finish(state, end)
            everything = [*said, *last]
            result = machine.result(over)
            truth = read(decoded[:count])
            if machine is inner_thoughts:
                raw = "".join(call["arguments"] for call in truth["calls"])
                assert result.text == naive.string_member(raw, "thinking")
                assert channels(everything)["reasoning"] == result.text
                assert [call.arguments for call in result.tool_calls] == [call["arguments"] for call in truth["calls"]]
            else:
                assert spoken(channels(everything)) == spoken(truth)
                check_agreement(everything, result)
            if result.error is None or result.error.message == "boom":
                stops = [message for message in everything if message.message_type == "stop_reason"]
                final = machine.result(state).outcome == "completed" and state.envelope.final
                how = "Ended" if final else type(end).__name__  # no end changes what the wire had its last word on
                reasons = {"Cancelled": ["cancelled"], "Failed": ["error"], "Ended": []}[how]
                assert [stop.stop_reason for stop in stops] == reasons
                expected = {"Cancelled": ("cancelled",), "Failed": ("failed",), "Ended": ("truncated", "completed")}
                assert result.outcome in expected[how]
            check_safe(result)
            check_otids(everything)
            check_finished(machine, over, chunks)
        state, messages = machine.step(state, chunk)
        said.extend(messages)


def test_events_delivered_twice_double_nothing(recording: Path) -> None:
    machine, chunks, _, _ = load(recording)
    numbered = [chunk for chunk in chunks if getattr(chunk, "sequence_number", None) is not None]
    if machine is not responses or len(numbered) < len(chunks):
        return
    once = fold(machine, config_of(machine), chunks)
    assert fold(machine, config_of(machine), [chunk for chunk in chunks for _ in range(2)]) == once
    half = len(chunks) // 2
    assert fold(machine, config_of(machine), [*chunks[:half], *chunks[half // 2 :]]) == once


def test_one_character_a_chunk_makes_the_same_runs(recording: Path) -> None:
    machine, chunks, decoded, _ = load(recording)
    name = {chat: "chat", responses: "responses", inner_thoughts: "inner-thoughts"}[machine]
    decode = wire.decoder(name)
    cut = [decode(piece) for value in decoded for piece in pieces_of(value)]
    cut += [chunk for chunk in chunks if isinstance(chunk, Done)]
    whole = fold(machine, config_of(machine), chunks)
    assert runs(fold(machine, config_of(machine), cut)[1]) == runs(whole[1])


def pieces_of(value: dict[str, Any]) -> list[dict[str, Any]]:
    """A decoded chunk with its delta cut into single characters; itself where there is no one text to cut."""
    if isinstance(value.get("delta"), str) and len(value["delta"]) > 1:
        unnumbered = {name: member for name, member in value.items() if name != "sequence_number"}
        return [{**unnumbered, "delta": character} for character in value["delta"]]
    choices = value.get("choices") or []
    delta = choices[0].get("delta") or {} if len(choices) == 1 else {}
    texts = {name: text for name, text in delta.items() if isinstance(text, str) and name not in ("role", "channel")}
    texts = {name: text for name, text in texts.items() if text}
    if len(texts) == 1 and not delta.get("reasoning_details") and not delta.get("tool_calls"):
        ((name, text),) = texts.items()
        cut = [{**value, "choices": [{"index": 0, "delta": {name: character}}]} for character in text[:-1]]
        return [*cut, {**value, "choices": [{**choices[0], "delta": {**delta, name: text[-1]}}]}]
    return [value]


def test_a_driven_run_cancelled_at_any_chunk_is_the_fold_cancelled_there(recording: Path) -> None:
    machine, chunks, _, _ = load(recording)
    config = config_of(machine)

    async def cancelled_after(count: int) -> None:
        async def upstream() -> AsyncIterator[Any]:
            for chunk in chunks[:count]:
                yield chunk
            run.cancel()
            await anyio.sleep_forever()

        async with drive(machine, config, upstream()) as run:
            messages = [message async for message in run]
        state, expected = fold(machine, config, chunks[:count], Cancelled())
        assert (tuple(messages), run.result) == (expected, machine.result(state))

    async def all_of_them() -> None:
        for count in range(0, len(chunks) + 1, max(1, len(chunks) // 20)):
            await cancelled_after(count)

    anyio.run(all_of_them)

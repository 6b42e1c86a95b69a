"""What a replay prints, and from where it takes its wire, its configuration and its end."""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.cassette import recording as recordings
from streamfold.adapters.cli import command as cli
from streamfold.adapters.json_text import dumps
from streamfold.adapters.protocols.letta import to_json
from streamfold.adapters.protocols.result_json import result_to_json
from streamfold.reducer import Cancelled, Ended, Failed, chat, fold, responses
from support.adapters.command_runs import (
    CALLS,
    ERROR,
    MESSAGE_KEYS,
    NO_USAGE,
    RESULT_KEYS,
    SEARCH,
    THOUGHTS,
    UUID,
    joined,
    replay,
)
from support.law_checks import MESSAGE_ID, channels
from support.standard_input import Stdin


def test_a_stream_with_reasoning_text_and_parallel_calls(capsys: pytest.CaptureFixture[str]) -> None:
    *messages, result = replay(capsys, CALLS)
    assert {line["id"] for line in messages} == {recordings.MESSAGE_ID}
    for line in messages:
        payload = {"reasoning_message": ["source", "reasoning"], "assistant_message": ["content"]}
        calls = ["tool_call", "tool_calls"]
        assert list(line) == [*MESSAGE_KEYS, *payload.get(line["message_type"], calls)]
    kinds = [line["message_type"] for line in messages]
    runs = [kind for at, kind in enumerate(kinds) if kinds[at - 1 : at] != [kind]]
    assert runs == ["reasoning_message", "assistant_message", "tool_call_message"]
    otids = {kind: f"{UUID[:-1]}{at}" for at, kind in enumerate(runs)}
    assert all(line["otid"] == otids[line["message_type"]] for line in messages)
    said = [line for line in messages if line["message_type"] == "tool_call_message"]
    assert said[0]["tool_call"] == {"name": "get_weather", "tool_call_id": "call_0_7c1d"}
    assert all(line["tool_calls"] == line["tool_call"] for line in said)
    assert list(result) == RESULT_KEYS
    assert result["usage"].pop("raw")["prompt_tokens"] == 211
    reasoning, text = joined(messages, "reasoning_message", "reasoning"), "Let me look both up."
    assert reasoning.endswith("I can ask for both at once.")
    assert joined(messages, "assistant_message", "content") == text
    content = [{"type": "reasoning", "is_native": True, "reasoning": reasoning}, {"type": "text", "text": text}]
    assert result == {
        "message_type": "result",
        "outcome": "completed",
        "error": None,
        "content": content,
        "output": [
            {"kind": "reasoning", "id": "", "done": True, "parts": [content[0] | {"member": "reasoning_content"}]},
            {"kind": "message", "id": "", "done": True, "parts": content[1:]},
            {"kind": "function_call", "id": "", "done": True, "tool_call_id": "call_0_7c1d"},
            {"kind": "function_call", "id": "", "done": True, "tool_call_id": "call_1_90be"},
        ],
        "tool_calls": [
            {
                "id": "call_0_7c1d",
                "name": "get_weather",
                "arguments": '{"city":"Lisbon","day":"Friday"}',
                "complete": True,
                "kind": "function",
                "doubts": [],
                "closed": True,
            },
            {
                "id": "call_1_90be",
                "name": "find_train",
                "arguments": '{"from":"São Bento","to":"OPO","by":"07:30"}',
                "complete": True,
                "kind": "function",
                "doubts": [],
                "closed": True,
            },
        ],
        "usage": {
            "input_tokens": 211,
            "output_tokens": 83,
            "cached_tokens": 128,
            "cache_write_tokens": None,
            "reasoning_tokens": 31,
            "total_tokens": 294,
            "source": "reported",
        },
        "model": "deepseek-reasoner",
        "provider_id": "chatcmpl-BkQ4yTq8uX2",
        "finish_reason": "tool_calls",
        "finish_reasons": ["tool_calls"],
        "chunks": 66,
        "reasoning_details": [],
        "extras": {"system_fingerprint": "fp_ffc7281d48"},
        "diagnostics": [{"kind": "kept", "detail": "system_fingerprint", "count": 1}],
    }
    for call in result["tool_calls"]:
        pieces = (line["tool_call"] for line in said if line["tool_call"]["tool_call_id"] == call["id"])
        assert "".join(piece.get("arguments", "") for piece in pieces) == call["arguments"]


def test_a_stream_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    *messages, stop, result = replay(capsys, ERROR)
    assert list(messages[0]) == [*MESSAGE_KEYS, "content"]
    assert stop == {"message_type": "stop_reason", "stop_reason": "llm_api_error"}
    text = "Paris has been the capital of France since"
    assert joined(messages, "assistant_message", "content") == text
    assert list(result) == RESULT_KEYS
    assert result == {
        "message_type": "result",
        "outcome": "failed",
        "error": {"code": 502, "message": "Upstream connection lost", "category": "server"},
        "content": [{"type": "text", "text": text}],
        "output": [{"kind": "message", "id": "", "done": False, "parts": [{"type": "text", "text": text}]}],
        "tool_calls": [],
        "usage": NO_USAGE,
        "model": "qwen/qwen3-8b",
        "provider_id": "gen-1763820111-Vd",
        "finish_reason": "error",
        "finish_reasons": ["error"],
        "chunks": 9,
        "reasoning_details": [],
        "extras": {"provider": "Chutes"},
        "diagnostics": [{"kind": "kept", "detail": "provider", "count": 1}],
    }


def test_a_stream_of_the_responses_api(capsys: pytest.CaptureFixture[str]) -> None:
    *messages, result = replay(capsys, SEARCH)
    keys = {
        "reasoning_message": ["source", "reasoning"],
        "assistant_message": ["content"],
        "annotation_message": ["annotation"],
        "tool_call_message": ["tool_call", "tool_calls"],
    }
    for line in messages:
        if line["message_type"] == "server_tool_message":
            assert list(line)[:5] == [*MESSAGE_KEYS, "tool", "item_id"]
        else:
            assert list(line) == [*MESSAGE_KEYS, *keys[line["message_type"]]]
    stages = [line["status"] for line in messages if line["message_type"] == "server_tool_message"]
    assert stages == ["in_progress", "in_progress", "searching", "completed", "completed"]
    assert list(result) == RESULT_KEYS
    assert result["usage"].pop("raw")["input_tokens"] == 4012
    (annotation,) = result["content"][-1].pop("annotations")
    assert annotation["type"] == "url_citation"
    output = result.pop("output")
    output[2]["parts"][0].pop("annotations")
    assert [(item["kind"], item["done"]) for item in output] == [
        ("reasoning", True),
        ("web_search_call", True),
        ("message", True),
        ("function_call", True),
    ]
    assert [part for item in output for part in item.get("parts", ())] == result["content"]
    assert all(item["item"]["type"] == item["kind"] and item["item"]["id"] == item["id"] for item in output)
    assert result == {
        "message_type": "result",
        "outcome": "completed",
        "error": None,
        "content": [
            {
                "type": "summarized_reasoning",
                "id": "rs_01",
                "summary": [
                    {
                        "index": 0,
                        "text": "**Looking for sources**\n\nThe record may have changed lately, so I should search.",
                    },
                    {"index": 1, "text": "**Being brief**\n\nOne sentence with its source will do."},
                ],
                "encrypted_content": "gAAAAB-two",
            },
            {
                "type": "server_tool",
                "item": {
                    "type": "web_search_call",
                    "id": "ws_02",
                    "status": "completed",
                    "action": {"type": "search", "query": "fastest marathon"},
                },
            },
            {"type": "text", "text": "The fastest marathon so far was run in 2:00:35, in Chicago."},
        ],
        "tool_calls": [
            {
                "id": "call_Qz81",
                "name": "save_note",
                "arguments": '{"title":"Marathon","body":"2:00:35, Chicago 2023"}',
                "complete": True,
                "kind": "function",
                "doubts": [],
                "closed": True,
            }
        ],
        "usage": {
            "input_tokens": 4012,
            "output_tokens": 133,
            "cached_tokens": 1024,
            "cache_write_tokens": None,
            "reasoning_tokens": 64,
            "total_tokens": 4145,
            "source": "reported",
        },
        "model": "gpt-5-mini-2025-08-07",
        "provider_id": "resp_01HX",
        "finish_reason": "completed",
        "finish_reasons": ["completed"],
        "chunks": 86,
        "reasoning_details": [],
        "extras": {},
        "diagnostics": [],
    }
    assert joined(messages, "reasoning_message", "reasoning") == "\n\n".join(
        part["text"] for part in result["content"][0]["summary"]
    )
    assert joined(messages, "assistant_message", "content") == result["content"][2]["text"]


def test_inner_thoughts_only_when_asked_for(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    *plain, _ = replay(capsys, THOUGHTS)
    assert {line["message_type"] for line in plain} == {"tool_call_message"}
    *messages, result = replay(capsys, THOUGHTS, "--wire", "inner-thoughts")
    thoughts = 'She said "soon" — that means before the café closes. 😀'
    assert joined(messages, "reasoning_message", "reasoning") == thoughts
    assert {line["source"] for line in messages if "source" in line} == {"non_reasoner_model"}
    rest = "".join(line["tool_call"].get("arguments", "") for line in messages if "tool_call" in line)
    assert json.loads(rest) == {
        "message": "I'll meet you at 5 o'clock,\nin front of the café.",
        "request_heartbeat": False,
    }
    assert result["content"] == [{"type": "text", "text": thoughts}]
    config = tmp_path / "config.json"
    config.write_text('{"use_assistant_message": true}')
    *messages, _ = replay(capsys, THOUGHTS, "--wire", "inner-thoughts", "--config", config)
    assert joined(messages, "assistant_message", "content") == "I'll meet you at 5 o'clock,\nin front of the café."


def test_a_wire_may_be_called_as_its_module_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert replay(capsys, THOUGHTS, "--wire", "inner_thoughts") == replay(capsys, THOUGHTS, "--wire", "inner-thoughts")
    assert cli.main(["check", str(THOUGHTS), "--wire", "inner_thoughts", "--places", "2"]) == 0
    assert "inner-thoughts" in capsys.readouterr().out


def test_every_line_is_what_the_fold_says(capsys: pytest.CaptureFixture[str]) -> None:
    from streamfold.adapters import wire

    for path, machine, name in ((CALLS, chat, "chat"), (SEARCH, responses, "responses"), (ERROR, chat, "chat")):
        config = machine.Config(message_id=MESSAGE_ID, run_id="run-1", step_id="step-1")  # type: ignore[attr-defined]
        state, messages = fold(machine, config, wire.read(name, [path.read_bytes()]))  # type: ignore[arg-type]
        options = ["--message-id", MESSAGE_ID, "--run-id", "run-1", "--step-id", "step-1"]
        assert cli.main(["replay", "--json", str(path), *options]) == 0
        shown = filter(None, map(to_json, messages))
        expected = [*shown, result_to_json(machine.result(state))]  # type: ignore[attr-defined]
        assert capsys.readouterr().out == "".join(dumps(line) + "\n" for line in expected)
        assert channels(messages)["text"]


@pytest.mark.parametrize("cut", [0, 1, 20, 40, 65, 66, 1000])
@pytest.mark.parametrize(
    ("outcome", "end"),
    [("ended", Ended()), ("cancelled", Cancelled()), ("failed", Failed("replayed as failed"))],
    ids=["ended", "cancelled", "failed"],
)
def test_a_replay_can_be_cut(capsys: pytest.CaptureFixture[str], cut: int, outcome: str, end: Any) -> None:
    from streamfold.adapters import wire

    *messages, result = replay(capsys, CALLS, "--cut", cut, "--outcome", outcome)
    chunks = list(wire.read("chat", [CALLS.read_bytes()]))
    # `[DONE]` is no chunk; it comes after the last.
    chunks = chunks if cut > 66 else chunks[:cut]
    state, said = fold(chat, chat.Config(message_id=recordings.MESSAGE_ID), chunks, end)
    shown = filter(None, map(to_json, said))
    assert messages == [json.loads(dumps(line)) for line in shown]
    assert result == json.loads(dumps(result_to_json(chat.result(state))))
    assert result["chunks"] == min(cut, 66)
    ended = "completed" if cut >= 65 else "truncated"
    expected = ended if outcome == "ended" or cut > 66 else outcome  # after `[DONE]` no end changes it
    assert result["outcome"] == expected
    stops = [line for line in messages if line["message_type"] == "stop_reason"]
    said = {"cancelled": ["cancelled"], "failed": ["error"]}
    assert [line["stop_reason"] for line in stops] == said.get(expected, [])
    assert result["error"] == ({"message": "replayed as failed"} if expected == "failed" else None)


@pytest.mark.parametrize(
    ("path", "wire", "same"),
    [(CALLS, "chat", True), (CALLS, "inner-thoughts", False), (SEARCH, "responses", True), (THOUGHTS, "chat", True)],
)
def test_the_wire_is_found_or_told(capsys: pytest.CaptureFixture[str], path: Path, wire: str, same: bool) -> None:
    detect_wire = replay(capsys, path, "--wire", wire)
    assert (detect_wire == replay(capsys, path)) is same
    assert detect_wire[-1]["outcome"] == "completed"


def test_the_first_frame_may_be_broken(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "x.sse"
    for good, chunks in ((CALLS, 66), (SEARCH, 86)):
        path.write_bytes(b"data: {broken\n\ndata: [DONE]\n\ndata: {}\n\n" + good.read_bytes())
        result = replay(capsys, path)[-1]
        assert result["chunks"] == chunks + 2
        notes = [note["where"] for note in result["diagnostics"] if note["kind"] != "kept"]
        assert notes == ["frame 1 (line 1)", "frame 3 (line 5)"]
        assert result["tool_calls"]


def test_a_config_file_gives_every_field_and_options_go_before_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps(
            {
                "message_id": MESSAGE_ID,
                "run_id": "run-1",
                "step_id": None,
                "model": "asked-for",
                "requires_approval_tools": ["find_train"],
                "hides_reasoning": True,
                "choice": 0,
                "think_tags": False,
                "detect_snapshots": False,
            }
        )
    )
    *messages, _ = replay(capsys, CALLS, "--config", config)
    assert {line["run_id"] for line in messages} == {"run-1"}
    assert all("step_id" not in line for line in messages)
    assert messages[0]["id"] == MESSAGE_ID
    asked = {
        line["tool_call"].get("name"): line["id"]
        for line in messages
        if line["message_type"] == "approval_request_message"
    }
    assert asked["find_train"] == "message-11111111-2222-4333-8444-5555555555d4"
    options = ["--run-id", "run-2", "--step-id", "step-2", "--message-id", UUID]
    *messages, _ = replay(capsys, CALLS, "--config", config, *options)
    assert {(line["run_id"], line["step_id"]) for line in messages} == {("run-2", "step-2")}
    assert messages[0]["id"] == UUID
    config.write_text('{"choice": 1}')
    *messages, result = replay(capsys, CALLS, "--config", config)
    assert messages == []
    assert result["diagnostics"][0]["detail"] == "choice 0"
    config.write_text('{"model": "asked-for", "hides_reasoning": true}')
    (message, result) = replay(capsys, SEARCH, "--config", config, "--cut", 0)
    assert message["message_type"] == "hidden_reasoning_message"
    assert result["model"] == "asked-for"


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("seekable", [True, False])
def test_a_stream_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, pack: Any, seekable: bool
) -> None:
    from_file = replay(capsys, CALLS)
    monkeypatch.setattr(sys, "stdin", Stdin(pack(CALLS.read_bytes()), seekable))
    assert replay(capsys, "-") == from_file


def test_text_that_cannot_be_encoded_crashes_neither_view(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "x.sse"
    delta = '{"content": "a\\ud800b", "tool_calls": [{"id": "\\udc00", "function": {"name": "\\udc01"}}]}'
    path.write_text(f'data: {{"choices": [{{"delta": {delta}, "finish_reason": "\\udfff"}}]}}\n\n')
    assert cli.main(["replay", "--json", str(path)]) == 0
    out = capsys.readouterr().out
    out.encode()
    assert json.loads(out.splitlines()[0])["content"] == "a\ud800b"
    assert cli.main(["replay", str(path)]) == 0
    out = capsys.readouterr().out
    out.encode()
    assert "a\\ud800b" in out

"""The command: what it prints, what it refuses in one line, and what it does not import."""

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.cassette import recording as recordings
from streamfold.adapters.cli import command as cli
from streamfold.adapters.json_text import dumps
from streamfold.adapters.protocols import letta
from streamfold.adapters.protocols.letta import to_json
from streamfold.reducer import Cancelled, Ended, Failed, chat, fold, inner_thoughts, responses
from support.law_checks import MESSAGE_ID, channels
from support.standard_input import Stdin

STREAMS = Path(__file__).parents[2] / "streams"
ERROR = STREAMS / "chat_error.sse"
CALLS = STREAMS / "chat_parallel_calls.sse"
THOUGHTS = STREAMS / "inner_thoughts.jsonl"
SEARCH = STREAMS / "responses_web_search.sse"
ALL = [ERROR, CALLS, THOUGHTS, SEARCH]

UUID = recordings.MESSAGE_ID.removeprefix("message-")
MESSAGE_KEYS = ["message_type", "id", "otid"]
RESULT_KEYS = [
    "message_type",
    "outcome",
    "error",
    "content",
    "tool_calls",
    "usage",
    "model",
    "provider_id",
    "finish_reason",
    "chunks",
    "diagnostics",
]
NO_USAGE = dict.fromkeys(["input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "total_tokens"])


def replay(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[dict[str, Any]]:
    """The lines of a replay with `--json`, decoded."""
    assert cli.main(["replay", "--json", *map(str, arguments)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.endswith("\n")
    return [json.loads(line) for line in out.removesuffix("\n").split("\n")]


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line that says why a replay is not possible, which is the same with `--json` and without."""
    said = []
    for view in (["--json"], []):
        try:
            status = cli.main(["replay", *view, *map(str, arguments)])
        except SystemExit as exit_of_argparse:
            status = exit_of_argparse.code  # type: ignore[assignment]
        assert status == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.endswith("\n")
        assert err.startswith(("streamfold: ", "streamfold replay: "))
        said.append(err.removesuffix("\n"))
        assert "\n" not in said[-1]
        assert "Traceback" not in said[-1]
    assert said[0] == said[1]
    return said[0].partition(": ")[2]


def run(
    *arguments: object, stdin: bytes = b"", flags: Sequence[str] = (), **environment: str
) -> tuple[int, bytes, bytes]:
    """The command in a process of its own: exit status, standard output, standard error."""
    done = subprocess.run(
        [sys.executable, *flags, "-m", "streamfold.adapters.cli.command", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env=os.environ | environment,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def joined(lines: list[dict[str, Any]], message_type: str, member: str) -> str:
    return "".join(line[member] for line in lines if line["message_type"] == message_type)


# What it prints


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
    reasoning, text = joined(messages, "reasoning_message", "reasoning"), "Let me look both up."
    assert reasoning.endswith("I can ask for both at once.")
    assert joined(messages, "assistant_message", "content") == text
    assert result == {
        "message_type": "result",
        "outcome": "completed",
        "error": None,
        "content": [
            {"type": "reasoning", "is_native": True, "reasoning": reasoning},
            {"type": "text", "text": text},
        ],
        "tool_calls": [
            {
                "id": "call_0_7c1d",
                "name": "get_weather",
                "arguments": '{"city":"Lisbon","day":"Friday"}',
                "complete": True,
            },
            {
                "id": "call_1_90be",
                "name": "find_train",
                "arguments": '{"from":"São Bento","to":"OPO","by":"07:30"}',
                "complete": True,
            },
        ],
        "usage": {
            "input_tokens": 211,
            "output_tokens": 83,
            "cached_tokens": 128,
            "reasoning_tokens": 31,
            "total_tokens": 294,
        },
        "model": "deepseek-reasoner",
        "provider_id": "chatcmpl-BkQ4yTq8uX2",
        "finish_reason": "tool_calls",
        "chunks": 66,
        "diagnostics": [],
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
        "error": {"code": 502, "message": "Upstream connection lost"},
        "content": [{"type": "text", "text": text}],
        "tool_calls": [],
        "usage": NO_USAGE,
        "model": "qwen/qwen3-8b",
        "provider_id": "gen-1763820111-Vd",
        "finish_reason": "error",
        "chunks": 9,
        "diagnostics": [],
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
            }
        ],
        "usage": {
            "input_tokens": 4012,
            "output_tokens": 133,
            "cached_tokens": 1024,
            "reasoning_tokens": 64,
            "total_tokens": 4145,
        },
        "model": "gpt-5-mini-2025-08-07",
        "provider_id": "resp_01HX",
        "finish_reason": "completed",
        "chunks": 86,
        "diagnostics": [],
    }
    assert list(result) == RESULT_KEYS
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


def test_every_line_is_what_the_fold_says(capsys: pytest.CaptureFixture[str]) -> None:
    from streamfold.adapters import wire

    for path, machine, name in ((CALLS, chat, "chat"), (SEARCH, responses, "responses"), (ERROR, chat, "chat")):
        config = machine.Config(message_id=MESSAGE_ID, run_id="run-1", step_id="step-1")  # type: ignore[attr-defined]
        state, messages = fold(machine, config, wire.read(name, [path.read_bytes()]))  # type: ignore[arg-type]
        options = ["--message-id", MESSAGE_ID, "--run-id", "run-1", "--step-id", "step-1"]
        assert cli.main(["replay", "--json", str(path), *options]) == 0
        expected = [*map(to_json, messages), letta.result_to_json(machine.result(state))]  # type: ignore[attr-defined]
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
    assert messages == [json.loads(dumps(to_json(message))) for message in said]
    assert result == json.loads(dumps(letta.result_to_json(chat.result(state))))
    assert result["chunks"] == min(cut, 66)
    ended = "completed" if cut >= 65 else "truncated"
    assert result["outcome"] == {"ended": ended, "cancelled": "cancelled", "failed": "failed"}[outcome]
    stops = [line for line in messages if line["message_type"] == "stop_reason"]
    assert [line["stop_reason"] for line in stops] == {"cancelled": ["cancelled"], "failed": ["error"]}.get(outcome, [])
    assert result["error"] == ({"message": "replayed as failed"} if outcome == "failed" else None)


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
        notes = [note["detail"].partition(":")[0] for note in result["diagnostics"]]
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


# Cassettes


def recording(tmp_path: Path, stream: Path, name: str, config: Any, end: Any, frames: int | None = None) -> Path:
    from streamfold.adapters import wire
    from streamfold.adapters.cassette.format import Recorder

    path = tmp_path / "x.cassette"
    with Recorder(path, name, config) as recorder:
        for frame in list(wire.frames([stream.read_bytes()]))[:frames]:
            recorder.record(frame)
        if end is not None:
            recorder.end(end)
    return path


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_cassette_is_replayed_as_it_was_recorded(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, pack: Any
) -> None:
    config = inner_thoughts.Config(message_id=MESSAGE_ID, run_id="run-1", use_assistant_message=True)
    path = recording(tmp_path, THOUGHTS, "inner-thoughts", config, Failed("the wire was cut"), 30)
    path.write_bytes(pack(path.read_bytes()))
    from streamfold.adapters import wire

    chunks = list(wire.read("inner-thoughts", [THOUGHTS.read_bytes()]))
    for options, count, end in (
        ([], 30, Failed("the wire was cut")),
        (["--cut", 7], 7, Failed("the wire was cut")),
        (["--outcome", "cancelled"], 30, Cancelled()),
        (["--cut", 0, "--outcome", "ended"], 0, Ended()),
    ):
        state, messages = fold(inner_thoughts, config, chunks[:count], end)
        expected = [*map(to_json, messages), letta.result_to_json(inner_thoughts.result(state))]
        assert replay(capsys, path, *options) == [json.loads(dumps(line)) for line in expected]


def test_options_go_before_a_cassettes_header(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = chat.Config(message_id=MESSAGE_ID, run_id="run-1", step_id="step-1", model="asked-for", think_tags=True)
    path = recording(tmp_path, THOUGHTS, "chat", config, Ended())
    given = tmp_path / "config.json"
    given.write_text('{"step_id": "step-2", "model": null}')
    first = replay(capsys, path, "--config", given, "--run-id", "run-3", "--wire", "inner-thoughts")[0]
    assert (first["id"], first["run_id"], first["step_id"]) == (MESSAGE_ID, "run-3", "step-2")
    assert first["message_type"] == "reasoning_message"
    given.write_text('{"model": 1}')
    assert refusal(capsys, path, "--config", given).startswith(f"{given}: model must be text")
    given.write_text('{"thoughts_key": "x"}')
    assert refusal(capsys, path, "--config", given).startswith(f"{given}: no such field: 'thoughts_key'")
    assert (
        refusal(capsys, path, "--wire", "responses")
        == f"{path}, line 2: a Chat Completions chunk, not a Responses event"
    )


def test_a_cassette_without_chunks_or_end(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = chat.Config(message_id=MESSAGE_ID)
    for end, outcome in ((None, "truncated"), (Cancelled(), "cancelled")):
        path = recording(tmp_path, CALLS, "chat", config, end, 0)
        for options in ([], ["--wire", "responses"]):
            result = replay(capsys, path, *options)[-1]
            assert (result["outcome"], result["chunks"]) == (outcome, 0)
    path = recording(tmp_path, CALLS, "chat", config, None, 20)
    path.write_bytes(path.read_bytes()[:-9])
    result = replay(capsys, path)[-1]
    assert (result["outcome"], result["chunks"]) == ("truncated", 19)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('{"streamfold_cassette": 1, "wi', ", line 1: a cassette's header that is cut off or broken: not JSON"),
        ('{"streamfold_cassette": 9, "wire": "chat", "config": {}}', ", line 1: a cassette of version 9; this"),
        ('{"streamfold_cassette": 1, "wire": "x", "config": {}}', ", line 1: wire must be one of"),
        ('{"streamfold_cassette": 1, "wire": "chat", "config": {"x": 1}}', ", line 1: no such field: 'x' (there are"),
        (
            '{"streamfold_cassette": 1, "wire": "chat", "config": {"message_id": null}}',
            ", line 1: message_id must be text",
        ),
        ('{"streamfold_cassette": 1, "wire": "chat", "config": {}}\n{}\n{}', ", line 2: at must be seconds since"),
    ],
)
def test_a_cassette_that_is_broken(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str, why: str) -> None:
    path = write(tmp_path, content)
    assert refusal(capsys, path).startswith(f"{path}{why}")


# What it refuses


def write(tmp_path: Path, content: bytes | str) -> Path:
    path = tmp_path / "input"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


NOTHING = "no chunks in it: neither server-sent events with data nor JSON lines"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 20


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        (b"", 0, NOTHING),
        (b"\n \n\r\n", 0, NOTHING),
        (b"\xef\xbb\xbf", 0, NOTHING),
        (gzip.compress(b"", mtime=0), 0, NOTHING),
        (PNG, 0, NOTHING),
        (bytes(range(256)) * 50, 0, NOTHING),
        ("<!DOCTYPE html>\n<html><body>data: no</body></html>\n", 0, NOTHING),
        ("Hello, this is prose.\n\nAnd more: of it.\n", 0, NOTHING),
        (": only\n\nevent: comments\n\ndata:\n\n", 0, NOTHING),
        ("data: [DONE]\n\n", 0, NOTHING),
        (gzip.compress(b"data: x" * 2000, mtime=0)[:-9], 0, "broken gzip: Compressed file ended"),
        (gzip.compress(b"data: x", mtime=0)[:-8] + bytes(8), 0, "broken gzip: CRC check failed"),
        (b"\x1f\x8b" + bytes(300), 0, "broken gzip: Unknown compression method"),
        ("\n{}\n", 2, "neither a Chat Completions chunk nor a Responses event"),
        ('{"hello": "world"}\n{"a": 1}\n', 1, "neither a Chat Completions chunk nor a Responses event"),
        ('{\n  "pretty": "printed"\n}\n', 1, "not JSON: Expecting property name enclosed in double quotes"),
        ("[1, 2]", 1, "neither a Chat Completions chunk nor a Responses event"),
        ('[{"choices": []}]', 1, "neither a Chat Completions chunk nor a Responses event"),
        ('{"object": "list", "data": []}', 1, "neither a Chat Completions chunk nor a Responses event"),
        ('{"object": "response", "model": "m"}', 1, "neither a Chat Completions chunk nor a Responses event"),
        ("event: x\n: y\ndata: hello\ndata: you\n\n", 3, "not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("data: [DONE]\n\ndata: {\n\n", 3, "not JSON: Expecting property name"),
        (b'{"a": "\xff\xfe"}', 1, "not UTF-8: invalid start byte at byte 7"),
        ("data: " + "[" * 100_000, 1, "nested too deeply"),
    ],
    ids=lambda value: None if isinstance(value, int) else str(value)[:25],
)
def test_input_that_is_no_stream(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes | str, line: int, why: str
) -> None:
    path = write(tmp_path, content)
    where = f"{path}, line {line}: " if line else f"{path}: "
    assert refusal(capsys, path).startswith(where + why)
    if line:
        assert refusal(capsys, path, "--wire", "chat").startswith(where)


@pytest.mark.parametrize(
    ("path", "wire", "why"),
    [
        (CALLS, "responses", ", line 3: a Chat Completions chunk, not a Responses event"),
        (ERROR, "responses", ", line 3: a Chat Completions chunk, not a Responses event"),
        (THOUGHTS, "responses", ", line 1: a Chat Completions chunk, not a Responses event"),
        (SEARCH, "chat", ", line 2: a Responses event, not a Chat Completions chunk"),
        (SEARCH, "inner-thoughts", ", line 2: a Responses event, not a Chat Completions chunk"),
    ],
)
def test_a_stream_of_another_wire(capsys: pytest.CaptureFixture[str], path: Path, wire: str, why: str) -> None:
    assert refusal(capsys, path, "--wire", wire) == f"{path}{why}"


def test_a_failed_stream_of_the_responses_api_is_no_chat(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    error = '{"type":"error","sequence_number":1,"error":{"message":"x"}}'
    body = 'data: {"type":"response.created","sequence_number":0}\n\nevent: error\ndata: ' + error
    path = write(tmp_path, body)
    why = "a Responses event, not a Chat Completions chunk"
    assert refusal(capsys, path, "--wire", "chat") == f"{path}, line 1: {why}"
    assert replay(capsys, path)[-1]["error"] == {"message": "x"}


def test_chat_that_fails_is_no_stream_of_the_responses_api(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    body = 'data: {broken\n\ndata: {"choices": []}\n\nevent: error\ndata: {"error": {"message": "x"}}\n\n'
    path = write(tmp_path, body)
    why = "a Chat Completions chunk, not a Responses event"
    assert refusal(capsys, path, "--wire", "responses") == f"{path}, line 3: {why}"
    assert replay(capsys, path)[-1]["error"] == {"message": "x"}


@pytest.mark.parametrize("wire", ["chat", "responses"])
def test_nothing_but_the_done_marker_of_any_wire(capsys: pytest.CaptureFixture[str], tmp_path: Path, wire: str) -> None:
    path = write(tmp_path, "data: [DONE]\n\n")
    assert refusal(capsys, path, "--wire", wire) == f"{path}: {NOTHING}"


def test_files_that_cannot_be_opened(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert refusal(capsys, tmp_path / "missing.sse") == f"{tmp_path}/missing.sse: no such file or directory"
    assert refusal(capsys, tmp_path) == f"{tmp_path}: is a directory"
    assert refusal(capsys, CALLS / "x") == f"{CALLS}/x: not a directory"
    assert refusal(capsys, "") == "'': is a directory"
    assert refusal(capsys, "a\nb") == r"'a\nb': no such file or directory"


def test_standard_input_that_is_no_stream(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert refusal(capsys, "-") == "standard input: it is closed"
    for content, why in ((b"", f": {NOTHING}"), (b"{}", ", line 1: neither a Chat Completions chunk")):
        monkeypatch.setattr(cli.files, "_standard_input", lambda content=content: io.BytesIO(content))
        assert refusal(capsys, "-").startswith(f"standard input{why}")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"message_id": "42"}, "message_id must be a UUID, with or without the prefix \"message-\", not '42'"),
        ({"message_id": 42}, "message_id must be text, not 42"),
        ({"message_id": None}, "message_id must be text, not None"),
        ({"run_id": 5}, "run_id must be text or null, not 5"),
        ({"step_id": []}, "step_id must be text or null, not []"),
        ({"model": {}}, "model must be text or null, not {}"),
        ({"requires_approval_tools": "rm"}, "requires_approval_tools must be a set of names, not 'rm'"),
        ({"requires_approval_tools": [1]}, "requires_approval_tools must be a set of names, not [1]"),
        ({"requires_approval_tools": None}, "requires_approval_tools must be a set of names, not None"),
        ({"hides_reasoning": "yes"}, "hides_reasoning must be true, false or null, not 'yes'"),
        ({"choice": "0"}, "choice must be a whole number or null, not '0'"),
        ({"choice": True}, "choice must be a whole number or null, not True"),
        ({"detect_snapshots": None}, "detect_snapshots must be true or false, not None"),
        ({"put_inner_thoughts_in_kwarg": 1}, "put_inner_thoughts_in_kwarg must be true or false, not 1"),
        ({"use_assistant_message": "no"}, "use_assistant_message must be true or false, not 'no'"),
        ({"thoughts_key": None}, "thoughts_key must be text, not None"),
        ({"assistant_message_tool_name": 1}, "assistant_message_tool_name must be text, not 1"),
        ({"assistant_message_tool_kwarg": 1}, "assistant_message_tool_kwarg must be text, not 1"),
        ({"estimate_usage": 0}, "estimate_usage must be true or false, not 0"),
        ({"estimated_input_tokens": 1.5}, "estimated_input_tokens must be a whole number or null, not 1.5"),
        ({"run-id": "x"}, "no such field: 'run-id' (there are message_id, run_id, "),
        ({"a\nb": 1}, r"no such field: 'a\nb' (there are "),
        ({"think_tags": True}, "no such field: 'think_tags' (there are "),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_config_that_is_wrong(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, fields: dict[str, Any], why: str
) -> None:
    config = write(tmp_path, json.dumps(fields))
    assert refusal(capsys, THOUGHTS, "--wire", "inner-thoughts", "--config", config).startswith(f"{config}: {why}")


def test_every_field_of_every_config_refuses_what_it_cannot_be(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for machine, name, path in (
        (chat, "chat", CALLS),
        (inner_thoughts, "inner-thoughts", THOUGHTS),
        (responses, "responses", SEARCH),
    ):
        for field in machine.Config.__attrs_attrs__:  # type: ignore[attr-defined]
            config = write(tmp_path, json.dumps({field.name: 1.5}))
            said = refusal(capsys, path, "--wire", name, "--config", config)
            assert said.startswith(f"{config}: {field.name} must be ")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON: Expecting value"),
        (b"{", "not JSON: Expecting property name"),
        (b"[]", "must be a JSON object with fields of the wire's Config"),
        (b"null", "must be a JSON object with fields of the wire's Config"),
        (b'"x"', "must be a JSON object with fields of the wire's Config"),
        (b'{"model": "\xff"}', "not UTF-8: invalid start byte at byte 11"),
        (b"[" * 100_000, "nested too deeply"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_config_that_is_no_object(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, why: str
) -> None:
    config = write(tmp_path, content)
    assert refusal(capsys, CALLS, "--config", config).startswith(f"{config}: {why}")


def test_a_config_that_cannot_be_opened(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert refusal(capsys, CALLS, "--config", tmp_path) == f"{tmp_path}: is a directory"
    missing = tmp_path / "missing"
    assert refusal(capsys, CALLS, "--config", missing) == f"{missing}: no such file or directory"


def test_a_message_id_that_is_no_uuid(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    why = "message_id must be a UUID, with or without the prefix \"message-\", not 'x'"
    assert refusal(capsys, CALLS, "--message-id", "x") == f"--message-id: {why}"
    config = write(tmp_path, json.dumps({"run_id": "r"}))
    assert refusal(capsys, CALLS, "--message-id", "x", "--config", config) == f"--message-id: {why}"
    config = write(tmp_path, json.dumps({"choice": "x"}))
    said = refusal(capsys, CALLS, "--message-id", UUID, "--config", config)
    assert said == f"{config}: choice must be a whole number or null, not 'x'"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "the following arguments are required: FILE"),
        (["x", "y"], "unrecognized arguments: y"),
        (["x", "--cut", "-1"], "argument --cut: "),
        (["x", "--cut", "1.5"], "argument --cut: must be a number of chunks, not '1.5'"),
        (["x", "--cut", "²"], "argument --cut: must be a number of chunks, not '²'"),
        (["x", "--cut", ""], "argument --cut: must be a number of chunks, not ''"),
        (["x", "--cut", "9" * 5000], "argument --cut: "),
        (["x", "--cut"], "argument --cut: expected one argument"),
        (["x", "--wire", "anthropic"], "argument --wire: invalid choice: 'anthropic'"),
        (["x", "--outcome", "completed"], "argument --outcome: invalid choice: 'completed'"),
        (["x", "--bogus"], "unrecognized arguments: --bogus"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_arguments_that_are_wrong(capsys: pytest.CaptureFixture[str], arguments: list[str], why: str) -> None:
    said = refusal(capsys, *arguments)
    assert said.startswith(why)
    assert said.endswith("--help)")


def test_a_command_that_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["fold"], ["--json"]):
        with pytest.raises(SystemExit, match="2"):
            cli.main(arguments)
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("streamfold: ")
        assert err.count("\n") == 1


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["replay", "--help"])
    shown = capsys.readouterr().out
    for option in (
        "FILE",
        "--wire",
        "--config",
        "--message-id",
        "--run-id",
        "--step-id",
        "--cut",
        "--outcome",
        "--json",
    ):
        assert option in shown


# Its surroundings


def test_without_rich_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "streamfold.adapters.cli.terminal", raising=False)
    for name in ("rich", "rich.console", "rich.cells", "rich.text"):
        monkeypatch.setitem(sys.modules, name, None)
    assert cli.main(["replay", str(CALLS)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "streamfold: to show a stream to a person takes rich: pip install 'streamfold[cli]'; --json goes without\n"
    )
    assert replay(capsys, CALLS)[-1]["outcome"] == "completed"


def test_an_interrupt_ends_it_quietly(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: str) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.files, "pieces_of", interrupted)
    assert cli.main(["replay", str(CALLS)]) == 130
    assert capsys.readouterr() == ("", "")


def test_an_output_that_is_not_the_interpreters_own_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(sys, "stdout", shown)
    assert cli.main(["replay", "--json", str(ERROR)]) == 0
    assert len(shown.getvalue().splitlines()) == 10


class Broken(io.StringIO):
    """An output that cannot be written to; its file descriptor is one of its own."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error
        self._file = os.open(os.devnull, os.O_WRONLY)

    def write(self, text: str, /) -> int:
        raise self._error

    def fileno(self) -> int:
        return self._file


@pytest.mark.parametrize("view", [["--json"], []], ids=["json", "person"])
@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (BrokenPipeError(32, "Broken pipe"), 0, ""),
        (OSError(28, "No space left on device"), 1, "streamfold: standard output: no space left on device\n"),
        (OSError("it is gone"), 1, "streamfold: standard output: it is gone\n"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_an_output_that_fails(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    view: list[str],
    error: OSError,
    status: int,
    said: str,
) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(error))
    assert cli.main(["replay", *view, str(ERROR)]) == status
    assert capsys.readouterr().err == said
    os.close(sys.stdout.fileno())


@pytest.mark.parametrize("view", [["--json"], []], ids=["json", "person"])
def test_a_process_says_the_same_bytes_each_time_whatever_the_locale(
    capsysbinary: pytest.CaptureFixture[bytes], view: list[str]
) -> None:
    assert cli.main(["replay", *view, str(CALLS)]) == 0
    expected = capsysbinary.readouterr().out
    assert "São Bento".encode() in expected
    first = run("replay", *view, CALLS, PYTHONIOENCODING="utf-8", PYTHONHASHSEED="1")
    assert first == (0, expected, b"")
    assert run("replay", *view, "-", stdin=CALLS.read_bytes(), PYTHONIOENCODING="utf-8", PYTHONHASHSEED="2") == first
    status, out, err = run("replay", *view, CALLS, PYTHONIOENCODING="ascii")
    assert (status, err) == (0, b"")
    assert out == (expected if view else expected.decode().encode("ascii", "replace"))


def test_a_process_refuses_in_one_line(tmp_path: Path) -> None:
    status, out, err = run("replay", tmp_path / "missing")
    assert (status, out) == (2, b"")
    assert err.decode() == f"streamfold: {tmp_path}/missing: no such file or directory\n"


@pytest.mark.parametrize("view", [["--json"], []], ids=["json", "person"])
def test_a_reader_that_leaves_is_no_failure(tmp_path: Path, view: list[str]) -> None:
    long = tmp_path / "long.jsonl"
    line = json.dumps({"choices": [{"delta": {"content": "word " * 200}}]}) + "\n"
    long.write_text(line * 300)  # far more than a pipe holds
    command = [sys.executable, "-m", "streamfold.adapters.cli.command", "replay", *view, str(long)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.read(20)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="takes /dev/full")
@pytest.mark.parametrize("view", [["--json"], []], ids=["json", "person"])
def test_an_output_that_cannot_be_written(view: list[str]) -> None:
    command = [sys.executable, "-m", "streamfold.adapters.cli.command", "replay", *view, str(CALLS)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (1, b"streamfold: standard output: no space left on device\n")


def test_a_replay_as_json_imports_little() -> None:
    program = (
        "import sys; from streamfold.adapters.cli import command as cli; code = cli.main(sys.argv[1:]); "
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr); raise SystemExit(code)"
    )
    for path in ALL:
        done = subprocess.run(
            [sys.executable, "-c", program, "replay", "--json", str(path)], capture_output=True, check=True, timeout=60
        )
        imported = set(done.stderr.decode().split())
        assert {"attrs", "streamfold", "argparse"} <= imported
        assert not imported & {
            "openai",
            "cattrs",
            "rich",
            "pydantic",
            "asyncio",
            "anyio",
            "httpx",
            "http",
            "ssl",
            "email",
        }

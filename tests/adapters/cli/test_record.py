"""`streamfold record`, against a loopback server: live, cancelled, failed, refused."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.adapters.cassette.format import open_cassette
from streamfold.adapters.cli.command import main
from streamfold.adapters.protocols.letta import to_json
from streamfold.reducer import Cancelled, Ended, Failed, chat, fold, responses
from support.law_checks import MESSAGE_ID
from support.loopback import Loopback, dropped, refused, stalled, whole

STREAMS = Path(__file__).parents[2] / "streams"
CHAT = (STREAMS / "chat_parallel_calls.sse").read_bytes()
RESPONSES = (STREAMS / "responses_web_search.sse").read_bytes()


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")


def asked(server: Loopback, path: Path, *more: str) -> int:
    given = ["record", str(path), "--model", "m", "--base-url", server.url, "--message-id", MESSAGE_ID]
    return main([*given, "--prompt", "Hi", *more])


@pytest.mark.deep
@pytest.mark.parametrize(("name", "machine", "body"), [("chat", chat, CHAT), ("responses", responses, RESPONSES)])
def test_what_is_said_is_shown_and_kept(
    name: str, machine: Any, body: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, tools = tmp_path / "a.cassette", tmp_path / "tools.json"
    tools.write_text('[{"type": "function", "name": "go"}]')
    with Loopback(whole(body)) as server:
        assert asked(server, path, "--wire", name, "--tools", str(tools), "--json") == 0
        sent = server.requests[0].json
    assert (sent["model"], sent["stream"], sent["tools"]) == ("m", True, json.loads(tools.read_text()))
    assert "none" not in path.read_text()
    live = capsys.readouterr().out
    assert main(["replay", str(path), "--json"]) == 0
    assert capsys.readouterr().out == live
    _, messages = fold(machine, machine.Config(message_id=MESSAGE_ID), wire.read(name, [body]))
    assert len(live.splitlines()) == len([*filter(None, map(to_json, messages))]) + 1
    assert open_cassette(path).end == Ended()


def test_a_person_sees_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Loopback(whole(CHAT)) as server:
        assert asked(server, tmp_path / "a.cassette") == 0
    assert "get_weather is complete" in capsys.readouterr().out


@pytest.mark.deep
def test_a_terminal_gets_colours_and_its_width(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    with Loopback(whole(CHAT)) as server:
        command = [sys.executable, "-m", "streamfold.adapters.cli.command", "record", str(tmp_path / "a.cassette")]
        command += ["--model", "m", "--prompt", "Hi", "--base-url", server.url]
        with subprocess.Popen(command, stdout=theirs, env={**environment, "TERM": "xterm-256color"}) as process:
            os.close(theirs)
            shown = b""
            try:
                while piece := os.read(ours, 4096):
                    shown += piece
            except OSError:
                pass  # Linux says so when the other side of a terminal is closed
            assert process.wait(10) == 0
    os.close(ours)
    plain = re.sub(rb"\x1b\[[0-9;]*m", b"", shown).decode()
    assert plain != shown.decode()
    assert "get_weather is complete" in plain
    assert max(map(len, plain.splitlines())) <= 60


def test_an_answer_that_breaks_off_is_kept_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.cassette"
    with Loopback(dropped(CHAT, 4000)) as server:
        assert asked(server, path, "--json") == 1
    said = capsys.readouterr()
    assert json.loads(said.out.splitlines()[-1])["outcome"] == "failed"
    assert said.err == "streamfold: APIConnectionError: Connection error.\n"
    assert isinstance(open_cassette(path).end, Failed)


def test_a_request_that_is_refused_says_so_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Loopback(refused(401, "bad key", "invalid_api_key")) as server:
        assert asked(server, tmp_path / "a.cassette") == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "bad key" in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.deep
@pytest.mark.parametrize("after", [0, 6000], ids=["before the answer", "in its middle"])
def test_ctrl_c_cancels_the_run_and_keeps_what_came(after: int, tmp_path: Path) -> None:
    path = tmp_path / "a.cassette"
    with Loopback(stalled(CHAT, after)) as server:
        command = [
            sys.executable,
            "-m",
            "streamfold.adapters.cli.command",
            "record",
            str(path),
            "--model",
            "m",
            "--json",
        ]
        environment = {**os.environ, "OPENAI_BASE_URL": server.url}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True)
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("Hi")
            process.stdin.close()
            lines = [process.stdout.readline() for _ in range(3)] if after else []
            while not server.requests:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            lines += process.stdout.readlines()
            assert process.wait(10) == 130
    if after:
        stop, result = (json.loads(line) for line in lines[-2:])
        assert stop == {"message_type": "stop_reason", "stop_reason": "cancelled"}
        assert result["outcome"] == "cancelled"
        assert open_cassette(path).end == Cancelled()
        assert len(open_cassette(path).frames()) == result["chunks"]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (["--tools", "nowhere.json"], "nowhere.json: no such file or directory"),
        (["--tools", "{here}/no.json"], "not JSON"),
        (["--tools", "{here}/object.json"], "must be a JSON list of tools"),
        (["--message-id", "me"], "--message-id: message_id must be a UUID"),
        (["--prompt", "  "], "nothing to ask"),
    ],
)
def test_what_cannot_be_used_exits_2_with_one_line(
    more: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "no.json").write_text("{")
    (tmp_path / "object.json").write_text("{}")
    given = ["record", str(tmp_path / "a.cassette"), "--model", "m", "--prompt", "Hi"]
    assert main([*given, *(word.format(here=tmp_path) for word in more)]) == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)
    assert reason in said.err
    assert not (tmp_path / "a.cassette").exists()


def test_a_file_that_is_there_is_written_over_only_if_forced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.cassette"
    path.write_text("kept")
    with Loopback(whole(CHAT)) as server:
        assert asked(server, path) == 2
        assert capsys.readouterr().err == f"streamfold: {path}: there already; --force writes over it\n"
        assert path.read_text() == "kept"
        assert asked(server, path, "--force") == 0
    assert open_cassette(path).frames()


def test_without_a_key_or_a_folder_to_write_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ["--model", "m", "--prompt", "Hi"]
    assert main(["record", str(tmp_path / "no" / "a.cassette"), *given]) == 2
    assert "no such file or directory" in capsys.readouterr().err
    monkeypatch.delenv("OPENAI_API_KEY")
    assert main(["record", str(tmp_path / "a.cassette"), *given]) == 2
    assert "api_key" in capsys.readouterr().err


def test_without_the_client_the_extra_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    assert main(["record", str(tmp_path / "a.cassette"), "--model", "m", "--prompt", "Hi"]) == 2
    assert "pip install 'streamfold[openai]'" in capsys.readouterr().err

"""`streamfold serve`: in a process of its own, asked over loopback, and stopped."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from streamfold.adapters.cli import main
from support.adapters.command_runs import CALLS, SEARCH, STREAMS, THOUGHTS
from support.serving.on_loopback import connected, heard_until
from support.serving.recorded_provider import ask, client_of

PROGRAM = [sys.executable, "-m", "streamfold.adapters.cli.command", "serve"]


@contextmanager
def serving(*arguments: object) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The command, listening at a port that is free: its base URL and its process."""
    command = [*PROGRAM, "--port", "0", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            assert url.startswith("http://127.0.0.1:"), process.communicate(timeout=60)[1]
            yield url, process
        finally:
            process.kill()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_serves_until_it_is_stopped(how: signal.Signals) -> None:
    with serving(STREAMS, "--fault", "stall:after=9,request=2") as (url, process):
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(4)] == [
            "  chat_error  chat  10 frames\n",
            "  chat_parallel_calls  chat  67 frames\n",
            "  inner_thoughts  chat  42 frames\n",
            "  responses_web_search  responses  86 frames\n",
        ]
        response = httpx.post(f"{url}/v1/chat/completions", json={"model": CALLS.stem, "stream": True}, timeout=60)
        assert response.content == CALLS.read_bytes()
        with connected(url, "/v1/chat/completions", b'{"model": "chat_parallel_calls", "stream": true}') as line:
            assert heard_until(line, b"data: ")  # and then silence, which does not keep the server
            process.send_signal(how)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "", "")


def test_its_options_are_heeded(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"requires_approval_tools": ["send_message"]}')
    arguments = ("--wire", "inner-thoughts", "--config", config, "--chunk-delay", "0.001", "--show-errors")
    with serving(THOUGHTS, *arguments, "--fault", "drop:after=20,request=2") as (url, process):
        body = httpx.post(f"{url}/agui", json={"protocolVersion": "1.0"}, timeout=60).text
        assert '"type":"interrupt"' in body
        with client_of(url) as client:
            assert len(list(ask(client, "m"))) == 42
            with pytest.raises(Exception, match=r".+"):
                list(ask(client, "m"))
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=60)[1] == ""  # a connection that is lost as it was asked for is no complaint


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    try:
        status: Any = main(["serve", *map(str, arguments)])
    except SystemExit as left:
        status = left.code
    out, err = capsys.readouterr()
    assert (status, out, err.count("\n")) == (2, "", 1)
    return str(err)


def test_what_cannot_be_served_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.sse"
    nothing.write_text("hello")
    not_an_object = tmp_path / "list.json"
    not_an_object.write_text("[]")
    for arguments, why in (
        (["nowhere.sse"], "nowhere.sse: no such file or directory"),
        ([nothing], "nothing.sse"),
        ([tmp_path / "nothing.sse", CALLS, CALLS], "nothing.sse"),
        ([CALLS, CALLS], "answers for the model 'chat_parallel_calls' already"),
        ([CALLS, "--speed", "1"], "no times were recorded in it"),
        ([CALLS, "--fault", "melt"], "'melt': no such fault"),
        ([CALLS, "--fault", "cut:after=900"], "there are 67 frames in"),
        ([CALLS, "--config", not_an_object], "must be a JSON object"),
        ([CALLS, "--speed", "0"], "must be a number above zero, not '0'"),
        ([CALLS, "--chunk-delay", "soon"], "must be a number above zero, not 'soon'"),
        ([CALLS, "--speed", "1", "--chunk-delay", "1"], "not allowed with argument"),
        ([CALLS, "--port", "70000"], "must be a port from 0 to 65535, not '70000'"),
        ([CALLS, "--host", "256.0.0.1"], "256.0.0.1:8000: "),
        ([], "required: FILE"),
    ):
        assert why in refusal(capsys, *arguments)


def test_a_port_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        assert f"127.0.0.1:{number}: address already in use" in refusal(capsys, SEARCH, "--port", number)


def test_without_the_extra_it_is_said_what_to_install() -> None:
    for missing in ("starlette", "uvicorn"):
        code = (
            f"import sys; sys.modules[{missing!r}] = None; from streamfold.adapters.cli import main; sys.exit(main())"
        )
        command = [sys.executable, "-c", code, "serve", str(CALLS)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=dict(os.environ))
        assert (done.returncode, done.stdout) == (2, "")
        why = "to serve recordings takes Starlette and uvicorn: pip install 'streamfold[server]'"
        assert done.stderr == f"streamfold: {why}\n"

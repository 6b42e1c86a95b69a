"""The command as its tests run it: in this process and in one of its own, on the streams of this repository."""

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
    "output",
    "tool_calls",
    "usage",
    "model",
    "provider_id",
    "finish_reason",
    "finish_reasons",
    "chunks",
    "reasoning_details",
    "extras",
    "diagnostics",
]
_COUNTS = ["input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens", "total_tokens"]
NO_USAGE = {**dict.fromkeys(_COUNTS), "source": "unknown", "raw": None}


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
    """One member of all lines of a message type."""
    return "".join(line[member] for line in lines if line["message_type"] == message_type)


def recording(tmp_path: Path, stream: Path, name: str, config: Any, end: Any, frames: int | None = None) -> Path:
    """A cassette of a stream's first frames."""
    from streamfold.adapters import wire
    from streamfold.adapters.cassette.format import Recorder

    path = tmp_path / "x.cassette"
    with Recorder(path, name, config, overwrite=True) as recorder:
        for frame in list(wire.frames([stream.read_bytes()]))[:frames]:
            recorder.record(frame)
        if end is not None:
            recorder.end(end)
    return path


def write(tmp_path: Path, content: bytes | str) -> Path:
    path = tmp_path / "input"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path

"""The command in its surroundings: without rich, interrupted, its output broken; and what it imports."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.cli import command as cli
from support.adapters.command_runs import ALL, CALLS, ERROR, replay, run

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
    def interrupted(*_: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.files, "pieces_of", interrupted)
    assert cli.main(["replay", str(CALLS)]) == 130
    assert capsys.readouterr() == ("", "")


def test_somebody_else_s_output_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.mark.deep
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


@pytest.mark.deep
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


@pytest.mark.deep
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="takes /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("asked", [["--version"], ["--help"], ["replay", "--help"]], ids=" ".join)
def test_what_cannot_be_shown_is_no_traceback(asked: list[str], unbuffered: str) -> None:
    command = [sys.executable, "-m", "streamfold", *asked]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60, env=environment)
    if asked == ["--version"] or not unbuffered:
        assert (done.returncode, done.stderr) == (1, b"streamfold: standard output: no space left on device\n")
    else:  # argparse lets go of what it cannot write
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.deep
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="takes /dev/full")
@pytest.mark.parametrize("view", [["--json"], []], ids=["json", "person"])
def test_an_output_that_cannot_be_written(view: list[str]) -> None:
    command = [sys.executable, "-m", "streamfold.adapters.cli.command", "replay", *view, str(CALLS)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (1, b"streamfold: standard output: no space left on device\n")


@pytest.mark.deep
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

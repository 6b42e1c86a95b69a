"""Complaints: one line that cannot steer a terminal, wherever standard error leads; and outputs that are closed."""

import io
import os
import shlex
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.cli import command as cli
from streamfold.adapters.cli.complain import complain, forsake, is_open
from support.adapters.command_runs import CALLS

COMMAND = f"{shlex.quote(sys.executable)} -m streamfold.adapters.cli.command"


def shell(line: str, *arguments: object) -> tuple[int, bytes, bytes]:
    done = subprocess.run(["sh", "-c", line, "sh", *map(str, arguments)], capture_output=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_a_complaint_is_one_line_that_steers_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    complain("a\x1b[2J\nb\u202ec")
    complain("no", "streamfold check")
    assert capsys.readouterr() == ("", "streamfold: a\\u001b[2J b\\u202ec\nstreamfold check: no\n")


class Unwritable(io.StringIO):
    def write(self, text: str, /) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("stream", [None, Unwritable()])
def test_a_complaint_that_nobody_can_read_is_no_failure(monkeypatch: pytest.MonkeyPatch, stream: Any) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    complain("lost")
    assert cli.main(["replay", "no such file"]) == 2


def test_a_stream_is_open_until_it_is_closed() -> None:
    stream = io.StringIO()
    assert is_open(stream)
    stream.close()
    assert not is_open(stream)
    assert not is_open(None)


def test_a_forsaken_stream_takes_what_is_still_written(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as stream:
        forsake(stream)
        stream.write("lost")
        stream.flush()
        opened = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
        forsake(stream)
        assert opened == (len(os.listdir("/proc/self/fd")) if opened else 0)
    assert (tmp_path / "file").read_text() == ""
    forsake(io.StringIO())  # has no descriptor


@pytest.mark.parametrize("closed", [False, True], ids=["none", "closed"])
def test_without_standard_output_nothing_begins(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, closed: bool
) -> None:
    stream = io.StringIO() if closed else None
    if stream is not None:
        stream.close()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        assert cli.main(["replay", "--json", str(CALLS)]) == 1
    assert capsys.readouterr().err == "streamfold: standard output: it is closed\n"


@pytest.mark.deep
@pytest.mark.skipif(os.name != "posix", reason="takes a shell")
@pytest.mark.parametrize("what", ["replay --json", "replay", "check", "check --json"])
def test_a_process_whose_outputs_are_closed_ends_quietly(what: str) -> None:
    run = f'{COMMAND} {what} "$1"'
    assert shell(f"{run} >&-", CALLS) == (1, b"", b"streamfold: standard output: it is closed\n")
    assert shell(f"{run} >&- 2>&-", CALLS) == (1, b"", b"")
    status, out, _ = shell(f"{run} 2>&-", CALLS)
    assert (status, bool(out)) == (0, True)
    assert shell(f"{run} 2>&-", "no such file")[::2] == (2, b"")


@pytest.mark.deep
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="takes /dev/full")
def test_a_process_whose_complaints_cannot_be_written_keeps_its_status() -> None:
    assert shell(f'{COMMAND} replay "$1" 2>/dev/full', "no such file") == (2, b"", b"")
    assert shell(f'{COMMAND} replay "$1" >/dev/full 2>/dev/full', CALLS) == (1, b"", b"")
    assert shell(f"{COMMAND} --odd 2>/dev/full") == (2, b"", b"")


def test_every_complaint_of_the_command_is_visible(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    odd = tmp_path / "a\x1b[2Jb\u202e"
    odd.write_bytes(b'{"a": 1}\n')
    refused = pytest.raises(SystemExit, match="2")
    for arguments in (["replay", str(odd)], ["check", str(odd)], ["replay", "--wire", "\x1b[2J", str(odd)]):
        with refused if "--wire" in arguments else nullcontext():
            assert cli.main(arguments) == 2
        out, err = capsys.readouterr()
        assert err.count("\n") == 1
        assert not {"\x1b", "\u202e"} & {*out, *err}

"""`streamfold check`: what it prints for a person and for a program, what it refuses, and how it exits."""

import fcntl
import gzip
import json
import os
import pty
import re
import shlex
import signal
import struct
import subprocess
import sys
import termios
import textwrap
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.cassette.format import Recorder
from streamfold.adapters.cli import check as check_command
from streamfold.adapters.cli.command import main
from streamfold.reducer import Ended, chat, inner_thoughts
from support.law_checks import MESSAGE_ID

STREAMS = Path(__file__).parents[2] / "streams"
CALLS = STREAMS / "chat_parallel_calls.sse"
ALL = sorted(STREAMS.iterdir())


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine for chat that loses one piece of text."""
    step = chat.step

    def lossy(state: chat.State, chunk: chat.Chunk) -> Any:
        after, messages = step(state, chunk)
        return after, tuple(message for message in messages if getattr(message, "content", "") != " look")

    monkeypatch.setattr(chat, "step", lossy)


def checked(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main(["check", *map(str, arguments)])
    return status, *capsys.readouterr()


def lines_of(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[dict[str, Any]]]:
    status, out, _ = checked(capsys, "--json", *arguments)
    return status, [json.loads(line) for line in out.splitlines()]


# For a person


def test_a_table_tells_what_was_looked_at(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(STREAMS)
    status, out, err = checked(capsys, "--places", "8", *(path.name for path in ALL))
    assert (status, err) == (0, "")
    head, *rows, blank, summary = out.splitlines()
    assert head.split() == ["file", "wire", "chunks", "checks", "outcome"]
    assert [row.split()[:3] for row in rows] == [
        ["chat_error.sse", "chat", "9"],
        ["chat_parallel_calls.sse", "chat", "66"],
        ["inner_thoughts.jsonl", "chat", "42"],
        ["responses_web_search.sse", "responses", "86"],
    ]
    assert {row.split()[-1] for row in rows} == {"holds"}
    assert all(row[head.index("wire") :].startswith(row.split()[1]) for row in rows)
    counted = sum(int(row.split()[3].replace(",", "")) for row in rows)
    assert (blank, summary) == ("", f"4 files, 203 chunks, {counted:,} checks: every law holds")
    assert "\x1b" not in out


def test_more_places_are_more_checks(capsys: pytest.CaptureFixture[str]) -> None:
    counts = []
    for places in ("2", "8", "all"):
        _, lines = lines_of(capsys, "--places", places, STREAMS / "inner_thoughts.jsonl")
        counts.append(lines[-1]["checks"])
    assert counts == sorted(set(counts))


def test_a_broken_law_is_explained_by_the_shortest_prefix(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, forgetful: None
) -> None:
    monkeypatch.chdir(STREAMS)
    status, out, err = checked(capsys, "chat_parallel_calls.sse", "inner_thoughts.jsonl")
    assert (status, err) == (1, "")
    table, explanation, summary = out.split("\n\n")
    assert [row.split("  ")[-1] for row in table.splitlines()[1:]] == ["law 5 broken", "holds"]
    first, *more = explanation.splitlines()
    assert first == "chat_parallel_calls.sse, line 71: law 5 (Cut-blind) does not hold"
    assert more[0].startswith("  the law  Splitting a delta in two, or joining neighbours, changes no run.")
    assert any(line.startswith("  wrong    Chunk(id='chatcmpl-BkQ4yTq8uX2'") for line in more)
    assert "  chunks   the first 35 of 67 show it; the last of them:" in more
    assert re.findall(r"(?m)^ {6,7}(\d+) {2}", explanation) == ["31", "32", "33", "34", "35"]
    assert more[-1].startswith('       35  " look", id "chatcmpl-BkQ4yTq8uX2"')
    assert max(map(len, more)) <= 100
    assert summary.startswith("2 files, 108 chunks")
    assert summary.endswith("a law is broken in 1\n")
    assert "data: " in CALLS.read_text().splitlines()[70]
    assert '"content":" look"' in CALLS.read_text().splitlines()[70]


def test_a_law_that_is_broken_before_the_first_chunk_is_told_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = chat.finish
    monkeypatch.setattr(chat, "finish", lambda state, end: (finish(state, end)[0], ()))
    status, out, _ = checked(capsys, CALLS)
    assert status == 1
    assert f"{CALLS}, line 1: law 4 (Prefix-safe) does not hold" in out
    assert "the first 0 of 67 show it" in out


def test_what_is_wrong_is_short_for_a_person_whole_for_programs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from streamfold.adapters.errors import LawBroken
    from streamfold.adapters.laws.statements import TOTAL

    def broken(machine: Any, config: Any, chunks: Any, **_: Any) -> Any:
        raise LawBroken(TOTAL, "x" * 5000, chunks[:1])

    # Its package has a function of the module's name.
    monkeypatch.setattr(import_module("streamfold.adapters.testing.law_report"), "check_laws", broken)
    _, out, _ = checked(capsys, CALLS)
    assert len(out) < 4500
    assert " … " in out
    status, lines = lines_of(capsys, CALLS)
    assert (status, lines[0]["broken"]["wrong"]) == (1, "x" * 5000)


# For a program


@pytest.mark.deep
def test_json_has_a_line_for_each_file_and_one_for_all(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, forgetful: None
) -> None:
    missing = tmp_path / "missing.sse"
    status, (calls, gone, search, total) = lines_of(capsys, CALLS, missing, STREAMS / "responses_web_search.sse")
    assert status == 1
    assert {name: calls[name] for name in ("file", "wire", "chunks", "checks", "outcome")} == {
        "file": str(CALLS),
        "wire": "chat",
        "chunks": 66,
        "checks": 0,
        "outcome": "broken",
    }
    broken = calls["broken"]
    assert (broken["law"], broken["name"], broken["chunk"], broken["line"]) == (5, "Cut-blind", 35, 71)
    assert len(broken["last_chunks"]) == 5
    assert gone == {
        "file": str(missing),
        "outcome": "unreadable",
        "error": f"{missing}: no such file or directory",
    }
    assert search["outcome"] == "holds"
    assert {"1", "2", "3", "4", "7", "8", "9", "10", "11", "12"} <= set(search["by_law"])
    assert sum(search["by_law"].values()) == search["checks"] == total["checks"]
    assert total == {"files": 3, "chunks": 152, "checks": search["checks"], "broken": 1, "unreadable": 1}


# What it reads


def test_a_folder_stands_for_the_recorded_streams_in_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.sse").write_bytes(CALLS.read_bytes())
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress((STREAMS / "inner_thoughts.jsonl").read_bytes()))
    (tmp_path / "truth.json").write_text("{}")
    config = inner_thoughts.Config(message_id=MESSAGE_ID)
    with Recorder(tmp_path / "c.cassette", "inner-thoughts", config) as recorder:
        recorder.record({"choices": [{"index": 0, "delta": {"content": "Hi"}}]})
        recorder.end(Ended())
    status, (*lines, total) = lines_of(capsys, "--places", "4", tmp_path)
    assert status == 0
    assert [(Path(line["file"]).name, line["wire"]) for line in lines] == [
        ("a.jsonl.gz", "chat"),
        ("c.cassette", "inner-thoughts"),
        ("b.sse", "chat"),
    ]
    assert total["files"] == 3


def test_wire_and_config_are_as_for_a_replay(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"put_inner_thoughts_in_kwarg": false}')
    thoughts = STREAMS / "inner_thoughts.jsonl"
    status, lines = lines_of(capsys, "--places", "4", "--wire", "inner-thoughts", "--config", config, thoughts)
    assert (status, lines[0]["wire"]) == (0, "inner-thoughts")
    status, _, err = checked(capsys, "--config", config, thoughts)
    assert status == 2
    assert err.startswith(f"streamfold: {config}: no such field: 'put_inner_thoughts_in_kwarg'")
    assert lines[0]["checks"] > 0


def test_what_cannot_be_read_is_told_and_the_rest_is_looked_at(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "prose.sse").write_text("data: prose\n\n")
    (tmp_path / "empty.sse").touch()
    status, out, err = checked(capsys, "--places", "4", tmp_path / "prose.sse", CALLS, tmp_path / "empty.sse")
    assert status == 2
    assert [row.split("  ")[-1] for row in out.splitlines()[1:4]] == ["cannot be read", "holds", "cannot be read"]
    assert out.splitlines()[-1].endswith(": every law holds, 2 cannot be read")
    assert err.splitlines() == [
        f"streamfold: {tmp_path}/prose.sse, line 1: not JSON: Expecting value: line 1 column 1 (char 0)",
        f"streamfold: {tmp_path}/empty.sse: no chunks in it: neither server-sent events with data nor JSON lines",
    ]


def test_where_nothing_can_be_read_no_law_is_said_to_hold(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, _ = checked(capsys, tmp_path / "missing.sse")
    assert status == 2
    assert out.splitlines()[-1] == "1 file, 0 chunks, 0 checks: 1 cannot be read"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--config", "missing.json", "x.sse"], "streamfold: missing.json: no such file or directory"),
        (["--config", "list.json", "x.sse"], "streamfold: list.json: must be a JSON object with fields of the wire's"),
        (["bare"], "streamfold: bare: no recorded streams (*.cassette, *.sse, *.jsonl) in it"),
        (["--places", "1", "x.sse"], 'check: argument --places: must be a number of places from 2 on, or "all", not'),
        (["--places", "many", "x.sse"], "must be a number of places from 2 on, or \"all\", not 'many'"),
        (["--wire", "mail", "x.sse"], "argument --wire: invalid choice"),
        ([], "the following arguments are required: FILE"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "bare").mkdir()
    try:
        status, out, err = checked(capsys, *arguments)
    except SystemExit as refused:
        status, (out, err) = int(str(refused.code)), capsys.readouterr()
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_standard_input_is_read_and_a_pipe_gets_no_colours(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "streamfold.adapters.cli.command", "check", "--places", "4", "-"]
    done = subprocess.run(command, input=CALLS.read_bytes(), capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\x1b" not in done.stdout
    row = done.stdout.decode().splitlines()[1].split()
    assert [*row[:4], row[-1]] == ["standard", "input", "chat", "66", "holds"]


# On a terminal


def on_a_terminal(columns: int, *arguments: object, **environment: str) -> tuple[int, str]:
    """The command on a terminal of its own: its exit status, and all that it wrote."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    program = textwrap.dedent("""
        import sys
        from streamfold.reducer import chat
        step = chat.step
        def lossy(state, chunk):
            after, messages = step(state, chunk)
            return after, tuple(one for one in messages if getattr(one, "content", "") != " look")
        chat.step = lossy
        from streamfold.adapters.cli.command import main
        sys.exit(main(sys.argv[1:]))
    """)
    command = [sys.executable, "-c", program, "check", "--places", "8", *map(str, arguments)]
    environment = {**clean, "TERM": "xterm-256color", **environment}
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:
            pass  # Linux says so when the other side of a terminal is closed
        status = process.wait(10)
    os.close(ours)
    return status, shown.decode()


def screen(shown: str) -> list[str]:
    """The lines that are left, of what was written: a carriage return and an erased line taken at their word."""
    lines = [line.rpartition("\r\x1b[K")[2] for line in shown.replace("\r\n", "\n").split("\n")]
    return [re.sub(r"\x1b\[\d*m", "", line) for line in lines]


@pytest.mark.deep
@pytest.mark.parametrize("columns", [60, 80, 200])
def test_rows_fit_the_terminal_without_the_middle_of_long_names(
    columns: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    long = Path(f"{'long' * 20}.sse")
    long.write_bytes(CALLS.read_bytes())
    status, shown = on_a_terminal(columns, long, STREAMS / "responses_web_search.sse")
    assert status == 1
    lines = screen(shown)
    rows = lines[1:3]
    assert all(len(line) <= min(columns, 100) for line in lines if line.startswith("   "))
    assert all(len(row) < columns for row in rows)
    assert [row.split("  ")[-1] for row in rows] == ["law 5 broken", "holds"]
    assert ("…" in rows[0]) == (columns < 200)
    assert rows[0].split("  ")[0].rstrip().endswith("long.sse")
    assert "\x1b[31mlaw 5 broken\x1b[0m" in shown
    assert "\x1b[32mholds\x1b[0m" in shown
    assert "\r\x1b[K2/2  " in shown
    assert not any(line.startswith("2/2") for line in lines)


@pytest.mark.deep
def test_colours_can_be_refused() -> None:
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        status, shown = on_a_terminal(80, CALLS, **environment)
        assert status == 1
        assert not re.search(r"\x1b\[\d*m", shown)


@pytest.mark.deep
def test_an_interrupt_ends_it_without_a_traceback_and_with_a_clean_line(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"{number:03}.sse").write_bytes(CALLS.read_bytes())
    # A suite that runs in the background of a shell hands down that interrupts are ignored.
    begun = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{begun}; from streamfold.adapters.cli.command import main; raise SystemExit(main())"
    command = [sys.executable, "-c", program, "check", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"file")
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b""
        process.stdout.read()
        assert process.wait(10) == 130


def test_a_reader_that_leaves_is_no_error() -> None:
    program = [sys.executable, "-m", "streamfold.adapters.cli.command"]
    command = shlex.join([*program, "check", "--places", "4", str(STREAMS), str(STREAMS)]) + " | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_name_keeps_its_end_where_it_is_shortened() -> None:
    assert check_command.shortened("short.sse", 12) == "short.sse"
    assert check_command.shortened("a/long/way/to/stream.sse", 12) == "a/l…ream.sse"
    assert [len(check_command.shortened("x" * 50, width)) for width in (1, 2, 12, 49)] == [1, 2, 12, 49]

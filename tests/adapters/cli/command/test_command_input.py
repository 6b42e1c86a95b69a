"""Input that is no stream of the wire is refused in one line."""

import gzip
import io
import json
import sys
from pathlib import Path

import pytest
from streamfold.adapters.cli import command as cli
from support.adapters.command_runs import (
    CALLS,
    ERROR,
    SEARCH,
    THOUGHTS,
    refusal,
    replay,
    write,
)
from support.adapters.decoders import ERROR_BODIES

NOTHING = "no chunks in it: neither server-sent events with data nor JSON lines"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 20


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        (b"", 0, NOTHING),
        (b"\n \n\r\n", 0, NOTHING),
        (b"\xef\xbb\xbf", 0, NOTHING),
        (gzip.compress(b"", mtime=0), 0, NOTHING),
        (PNG, 1, "not UTF-8: invalid start byte at byte 0"),
        (bytes(range(256)) * 50, 1, "not UTF-8: invalid start byte at byte 125"),
        ("Hello, this is prose.\n\nAnd more: of it.\n", 1, "not JSON: Expecting value"),
        (": only\n\nevent: comments\n\ndata:\n\n", 0, NOTHING),
        (gzip.compress(b"data: x" * 2000, mtime=0)[:-9], 0, "broken gzip: Compressed file ended"),
        (gzip.compress(b"data: x", mtime=0)[:-8] + bytes(8), 0, "broken gzip: CRC check failed"),
        (b"\x1f\x8b" + bytes(300), 0, "broken gzip: Unknown compression method"),
        ("\n{}\n", 2, "neither a Chat Completions chunk nor a Responses event"),
        ('{"hello": "world"}\n{"a": 1}\n', 1, "neither a Chat Completions chunk nor a Responses event"),
        ('{\n  "pretty": "printed"\n}\n', 1, "neither a Chat Completions chunk nor a Responses event"),
        ("# A tool\n\nHandles connection errors: 500 of them.\n", 1, "not JSON: Expecting value"),
        ("import requests\n\n\ndef error():\n    return 500\n", 1, "not JSON: Expecting value"),
        ("time,error\n1,timeout\n2,connection reset\n", 1, "not JSON: Expecting value"),
        ("Not found anywhere else: a guide to errors\n", 1, "not JSON: Expecting value"),
        ('<?xml version="1.0"?>\n<rss><channel/></rss>\n', 1, "not JSON: Expecting value"),
        ('{"message": "success", "code": 0}', 1, "neither a Chat Completions chunk nor a Responses event"),
        ("[1, 2]", 1, "neither a Chat Completions chunk nor a Responses event"),
        ('[[{"choices": []}]]', 1, "neither a Chat Completions chunk nor a Responses event"),
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


@pytest.mark.parametrize("wire", ["chat", "responses", None])
@pytest.mark.parametrize(("body", "text"), ERROR_BODIES, ids=lambda value: value[:30])
def test_an_error_in_a_stream_s_place_is_a_failure(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, body: str, text: str, wire: str | None
) -> None:
    result = replay(capsys, write(tmp_path, body), "--json", *(["--wire", wire] if wire else []))[-1]
    assert result["outcome"] == "failed"
    assert text in json.dumps(result["error"])


@pytest.mark.parametrize("wire", ["chat", "responses", None])
def test_a_page_of_html_is_a_failure_with_its_text(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, wire: str | None
) -> None:
    page = "<!DOCTYPE html>\n<html>\n\n<style>\n\np {}</style>\n\n<body>Bad &amp; gone</body></html>\n"
    result = replay(capsys, write(tmp_path, page), "--json", *(["--wire", wire] if wire else []))[-1]
    assert (result["outcome"], result["error"]["message"]) == ("failed", "Bad & gone")
    path = write(tmp_path, "Hello.\n\n" + page)
    assert refusal(capsys, path).startswith(f"{path}, line 1: not JSON")


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


@pytest.mark.parametrize("wire", ["chat", "responses", None])
@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("data: [DONE]\n\n", "completed"),
        (": wait\n\n: wait\n\ndata: [DONE]\n\n", "completed"),
        ('data: {"type": "ping"}\n\ndata: {"type": "ping"}\n\n', "truncated"),
        ('data: {"type": "ping"}\n\ndata: [DONE]\n\n', "completed"),
    ],
)
def test_an_answer_of_nothing_is_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, body: str, outcome: str, wire: str | None
) -> None:
    path = write(tmp_path, body)
    result = replay(capsys, path, *(("--wire", wire) if wire else ()))[-1]
    assert (result["outcome"], result["content"], result["error"]) == (outcome, [], None)


def test_files_that_cannot_be_opened(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert refusal(capsys, tmp_path / "missing.sse") == f"{tmp_path}/missing.sse: no such file or directory"
    assert refusal(capsys, tmp_path) == f"{tmp_path}: is a directory"
    assert refusal(capsys, CALLS / "x") == f"{CALLS}/x: not a directory"
    assert refusal(capsys, "") == "'': is a directory"
    assert refusal(capsys, "a\nb") == r"'a\nb': no such file or directory"


class Repeated:
    """Standard input that has the same bytes each time it is read."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    @property
    def buffer(self) -> io.BytesIO:
        return io.BytesIO(self.content)


def test_standard_input_that_is_no_stream(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert refusal(capsys, "-") == "standard input: it is closed"
    for content, why in ((b"", f": {NOTHING}"), (b"{}", ", line 1: neither a Chat Completions chunk")):
        monkeypatch.setattr(sys, "stdin", Repeated(content))
        assert refusal(capsys, "-").startswith(f"standard input{why}")


def test_a_file_that_is_too_long_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "bomb.sse.gz"
    path.write_bytes(gzip.compress(ERROR.read_bytes() + b": " + b"x" * 1_000_000))
    assert refusal(capsys, path, "--limit", "100000").startswith(f"{path}: longer than 100,000 bytes, the limit for")
    assert len(replay(capsys, path, "--limit", "2000000")) == 10
    for odd in ("0", "-1", "1e6", ""):
        assert refusal(capsys, path, "--limit", odd).startswith("argument --limit: ")
    assert cli.main(["check", str(path), "--limit", "100000"]) == 2
    assert "longer than 100,000 bytes" in capsys.readouterr().err

"""Files of recorded streams: read in pieces, unpacked, and refused in one line."""

import gzip
import io
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.cassette import files
from streamfold.adapters.cassette.files import FILE_LIMIT, frame_limit, frames_of, json_in, pieces_of
from streamfold.adapters.errors import FileError, FileTooLong, FrameTooLong
from support.adapters.decoders import (
    STREAMS,
)
from support.standard_input import Stdin

STREAM = STREAMS[0].read_bytes() * 40  # more than one piece


def read(path: Path | str) -> bytes:
    return b"".join(pieces_of(str(path)))


def failure(path: Path | str) -> str:
    with pytest.raises(FileError) as caught:
        read(path)
    assert caught.value.__cause__ is None
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_file_is_read_in_pieces(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a stream"
    path.write_bytes(pack(STREAM))
    pieces = list(pieces_of(str(path)))
    assert b"".join(pieces) == STREAM
    assert len(pieces) > 1


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("seekable", [True, False])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes], seekable: bool) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(pack(STREAM), seekable))
    assert read("-") == STREAM


def test_standard_input_that_cannot_be_peeked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(STREAM)))
    assert read("-") == STREAM


def test_standard_input_that_is_closed_or_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert failure("-") == "standard input: it is closed"
    monkeypatch.setattr(sys, "stdin", Stdin(gzip.compress(STREAM, mtime=0)[:-20], seekable=False))
    assert failure("-").startswith("standard input: broken gzip: ")


def test_a_file_of_several_gzip_members_and_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "two.gz"
    path.write_bytes(gzip.compress(b"data: a\n\n", mtime=0) + gzip.compress(b"data: b\n\n", mtime=0))
    assert read(path) == b"data: a\n\ndata: b\n\n"
    path.write_bytes(gzip.compress(b"", mtime=0))
    assert read(path) == b""
    path.write_bytes(b"")
    assert read(path) == b""


def test_a_broken_gzip_gives_nothing_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    packed = gzip.compress(STREAM, mtime=0)
    corrupt = bytearray(packed)
    corrupt[len(packed) // 2 : len(packed) // 2 + 40] = b"\xff" * 40
    for content in (packed[:-1], packed[:-9], packed[:5], packed[:-8] + bytes(8), corrupt, packed + b"garbage"):
        path.write_bytes(content)
        pieces = pieces_of(str(path))
        with pytest.raises(FileError, match=r"x\.gz: broken gzip: "):
            next(pieces)


def test_what_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failure(tmp_path / "missing") == f"{tmp_path}/missing: no such file or directory"
    assert failure(tmp_path) == f"{tmp_path}: is a directory"
    assert failure("") == "'': is a directory"
    assert failure("a\nb") == r"'a\nb': no such file or directory"
    assert failure("a\0b") == r"'a\x00b': embedded null byte"

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    # A test that runs as root can read everything.
    monkeypatch.setattr(Path, "open", refuse)
    assert failure("secret") == "secret: permission denied"


def test_a_file_that_breaks_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            raise OSError("the disk is gone")

    monkeypatch.setattr(Path, "open", lambda *_: Broken())
    assert failure("x") == "x: the disk is gone"


def test_a_file_is_closed_when_its_reader_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_bytes(STREAM)
    opened: list[Any] = []
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda self, mode: opened.append(real(self, mode)) or opened[-1])
    pieces: Iterator[bytes] = pieces_of(str(path))
    assert next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert opened[0].closed


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_file_may_have_as_many_bytes_as_the_limit(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a stream"
    path.write_bytes(pack(STREAM))
    assert b"".join(pieces_of(str(path), len(STREAM))) == STREAM
    with pytest.raises(FileTooLong, match=r"a stream: longer than [\d,]+ bytes, the limit for this file: ") as refused:
        list(pieces_of(str(path), len(STREAM) - 1))
    assert refused.value.limit == len(STREAM) - 1
    assert FILE_LIMIT == 256 << 20


@pytest.mark.parametrize("seekable", [True, False])
def test_a_gzip_bomb_is_refused_before_anything_of_it_is_given(monkeypatch: pytest.MonkeyPatch, seekable: bool) -> None:
    bomb = gzip.compress(b"data: " + b"x" * 20_000_000)
    tracemalloc.start()
    try:
        monkeypatch.setattr(sys, "stdin", Stdin(bomb, seekable))
        with pytest.raises(FileTooLong, match=r"^standard input: longer than 1,000,000 bytes, "):
            next(pieces_of("-", 1_000_000))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
        packed = gzip.compress(b"")[:10] + bytes(2000)
        monkeypatch.setattr(sys, "stdin", Stdin(packed, seekable=False))
        with pytest.raises(FileTooLong):
            next(pieces_of("-", 1_000))
    finally:
        tracemalloc.stop()


def test_a_frame_that_is_too_long_is_refused_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FRAME_LIMIT", 1000)
    path = tmp_path / "long.sse"
    path.write_bytes(b"data: {}\n\ndata: " + b"x" * 2000 + b"\n\n")
    with pytest.raises(FrameTooLong, match=r"long\.sse: a frame, or a line, is longer than 1,000 bytes"):
        list(frames_of(str(path)))
    assert [frame_limit(limit) for limit in (10, FILE_LIMIT, FILE_LIMIT + 1)] == [1000, 1000, FILE_LIMIT + 1]
    assert [len(frame.data) for frame in frames_of(str(path), FILE_LIMIT + 1)] == [2, 2000]


def test_a_configuration_that_is_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"a": 1}')
    monkeypatch.setattr(files, "JSON_LIMIT", 8)
    assert json_in(str(path)) == {"a": 1}
    monkeypatch.setattr(files, "JSON_LIMIT", 7)
    with pytest.raises(FileTooLong, match=r"config\.json: longer than 7 bytes"):
        json_in(str(path))


@pytest.mark.parametrize("name", ["a.sse", "a.jsonl.gz", "a.cassette", "a.gz", "a"])
def test_a_recordings_name_is_without_its_ending(name: str) -> None:
    assert files.without_ending(name) == "a"
    assert files.without_ending(f"b/{name}.txt") == f"b/{name}.txt"

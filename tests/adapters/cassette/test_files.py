"""Files of recorded streams: read in pieces, unpacked, and refused in one line."""

import gzip
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.cassette.files import pieces_of
from streamfold.adapters.errors import FileError
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

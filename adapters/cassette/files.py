"""Files that hold recorded streams: their bytes, unpacked, their JSON, and what errors call them."""

import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import FileError, FileTooLong, FrameTooLong
from ..wire.decoder import why_no_json
from ..wire.reading import frames
from ..wire.sse import FRAME_LIMIT, Frame

FILE_LIMIT = 256 << 20
"""Bytes that a recorded stream may have, unpacked, where nothing else is said: a million chunks of the usual length."""
JSON_LIMIT = 16 << 20
"""Bytes that a file of a configuration or of tools may have."""
SUFFIXES = (".cassette", ".sse", ".jsonl")
"""What recorded streams' names end with, before a `.gz` if there is one."""
_RAISE_LIMIT = "`limit` of `read_recording` and `open_cassette` sets another, and so does --limit of the command"
_PIECE = 1 << 16


def frames_of(path: str, limit: int = FILE_LIMIT) -> Iterator[Frame]:
    """A recorded stream's frames, or a cassette's lines.

    Args:
        path: as for `pieces_of`.
        limit: as for `pieces_of`; see `frame_limit` for a frame's.

    Raises:
        FileError, FileTooLong: as `pieces_of`.
        FrameTooLong: if a frame is too long; its text names the path.
    """
    try:
        yield from frames(pieces_of(path, limit), frame_limit(limit))
    except FrameTooLong as error:
        raise FrameTooLong(error.limit, name_of(path)) from None


def frame_limit(limit: int) -> int:
    """The bytes that a frame may have in a file that may have so many: more than usual where the file may."""
    return FRAME_LIMIT if limit <= FILE_LIMIT else limit


def pieces_of(path: str, limit: int = FILE_LIMIT) -> Iterator[bytes]:
    """A recorded stream's bytes, in pieces; gzipped files are unpacked.

    Args:
        path: a file, or "-" for standard input.
        limit: the most bytes, unpacked.

    Raises:
        FileError: if it cannot be read: no such file, a directory, not allowed, a broken gzip. Its text names the path.
        FileTooLong: if it has more bytes than the limit; of a gzipped file before any piece is given.
    """
    name = name_of(path)
    too_long = FileTooLong(limit, name, _RAISE_LIMIT)
    try:
        with _standard_input() if path == "-" else Path(path).open("rb") as raw:
            head = raw.peek(2)[:2] if hasattr(raw, "peek") else b""
            source = _unpacked(raw, limit, too_long) if head == b"\x1f\x8b" else raw
            left = limit
            while piece := source.read1(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise too_long
                yield piece
    except FileTooLong:
        raise
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileError(f"{name}: broken gzip: {error}") from None
    except OSError as error:
        raise FileError(f"{name}: {(error.strerror or str(error)).lower()}") from None
    except ValueError as error:  # a path with a null character
        raise FileError(f"{name}: {error}") from None


def json_in(path: str) -> Any:
    """A file's JSON, decoded.

    Raises:
        FileError: if it cannot be read, or is no JSON. Its text names the path.
        FileTooLong: if it has more than 16 MiB.
    """
    try:
        with Path(path).open("rb") as file:
            text = file.read(JSON_LIMIT + 1)
        if len(text) > JSON_LIMIT:
            raise FileTooLong(JSON_LIMIT, name_of(path), "a configuration, or a list of tools, is never so long")
        return json.loads(text)
    except FileTooLong:
        raise
    except OSError as error:
        raise FileError(f"{name_of(path)}: {(error.strerror or str(error)).lower()}") from None
    except (ValueError, RecursionError) as error:
        raise FileError(f"{name_of(path)}: {why_no_json(error)}") from None


def without_ending(name: str) -> str:
    """A recorded stream's name, or path, without what such names end with."""
    name = name.removesuffix(".gz")
    return next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)


def name_of(path: str) -> str:
    """What an error calls a file: its path, quoted where it is empty or would not print on one line."""
    if path == "-":
        return "standard input"
    return path if path and path.isprintable() else repr(path)


def _standard_input() -> Any:
    if sys.stdin is None:
        raise OSError("it is closed")
    return sys.stdin.buffer


def _unpacked(raw: Any, limit: int, too_long: FileTooLong) -> Any:
    """A gzipped file, read through once before it is believed: nothing is folded of one that turns out to be broken."""
    packed: Any = raw
    if not raw.seekable():
        packed = io.BytesIO()
        while piece := raw.read1(_PIECE):
            packed.write(piece)
            if packed.tell() > limit:
                raise too_long
        packed.seek(0)
    begin = packed.tell()
    trial = gzip.GzipFile(fileobj=packed)
    left = limit
    while piece := trial.read1(_PIECE):
        left -= len(piece)
        if left < 0:
            raise too_long
    packed.seek(begin)
    return gzip.GzipFile(fileobj=packed)

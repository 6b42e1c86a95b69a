"""Files that hold recorded streams: their bytes, unpacked, their JSON, and what errors call them."""

import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import FileError
from ..wire.decoder import why_no_json

_PIECE = 1 << 16


def pieces_of(path: str) -> Iterator[bytes]:
    """A recorded stream's bytes, in pieces; gzipped files are unpacked.

    Args:
        path: a file, or "-" for standard input.

    Raises:
        FileError: if it cannot be read: no such file, a directory, not allowed, a broken gzip. Its text names the path.
    """
    name = name_of(path)
    try:
        with _standard_input() if path == "-" else Path(path).open("rb") as raw:
            head = raw.peek(2)[:2] if hasattr(raw, "peek") else b""
            source = _unpacked(raw) if head == b"\x1f\x8b" else raw
            while piece := source.read1(_PIECE):
                yield piece
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
    """
    try:
        return json.loads(Path(path).read_bytes())
    except OSError as error:
        raise FileError(f"{name_of(path)}: {(error.strerror or str(error)).lower()}") from None
    except (ValueError, RecursionError) as error:
        raise FileError(f"{name_of(path)}: {why_no_json(error)}") from None


def name_of(path: str) -> str:
    """What an error calls a file: its path, quoted where it is empty or would not print on one line."""
    if path == "-":
        return "standard input"
    return path if path and path.isprintable() else repr(path)


def _standard_input() -> Any:
    if sys.stdin is None:
        raise OSError("it is closed")
    return sys.stdin.buffer


def _unpacked(raw: Any) -> Any:
    """A gzipped file, read through once before it is believed: nothing is folded of one that turns out to be broken."""
    packed = raw if raw.seekable() else io.BytesIO(raw.read())
    begin = packed.tell()
    trial = gzip.GzipFile(fileobj=packed)
    while trial.read1(_PIECE):
        pass
    packed.seek(begin)
    return gzip.GzipFile(fileobj=packed)

"""What the command says on standard error, and how it leaves an output that cannot be written any more."""

import contextlib
import os
import sys
from typing import Any

from ..visible import on_one_line

__all__ = ["complain", "forsake", "is_open"]


def complain(text: object, program: str = "streamfold") -> None:
    """Say one line on standard error, if there is one: a complaint that nobody can read is no failure of its own.

    Args:
        text: what is wrong, whatever is in it.
        program: who says so.
    """
    if not is_open(sys.stderr):
        return
    try:
        sys.stderr.write(f"{on_one_line(f'{program}: {text}')}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        forsake(sys.stderr)


def is_open(stream: Any) -> bool:
    """Whether there is such a stream: Python has None for one that was closed before it began."""
    return stream is not None and not getattr(stream, "closed", False)


def forsake(stream: Any) -> None:
    """Let what a stream has yet to write go nowhere: Python would complain once more when it flushes at exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # somebody's own, without a descriptor
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)

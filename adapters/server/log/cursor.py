"""Cursors of the logs here: a sign of the run, and the number of the message.

A run is given its sign when it begins. So a cursor is of this run alone, and not of one that had its id before and was
forgotten.
"""

from secrets import token_hex

from ...errors import CursorError

__all__ = ["check_limit", "cursor_at", "new_sign", "number_after"]

_LONGEST = 32
_DIGITS = 13
"""Of a number: no run has so many messages, and Lua, in which Redis counts, writes longer ones another way."""


def new_sign() -> str:
    """The sign of a run that begins."""
    return token_hex(6)


def cursor_at(sign: str, number: int) -> str:
    """The cursor of a run's message.

    Args:
        sign: the run's.
        number: the message's.
    """
    return f"{sign}-{number}"


def number_after(cursor: str | None, sign: str | None = None, end: int | None = None) -> int:
    """The number of the first message after a cursor.

    Args:
        cursor: None for the beginning.
        sign: of the run that is read; None where it is not known yet.
        end: the number that the run's next message will have; None where it is not known yet.

    Raises:
        CursorError: if the cursor is none, of another run, or of a message that has not been there.
    """
    if cursor is None:
        return 0
    given, _, number = cursor.partition("-")
    if len(cursor) > _LONGEST or len(number) > _DIGITS or not (number.isascii() and number.isdigit()):
        raise CursorError(f"not a cursor: {cursor!r:.60}")
    if sign is not None and given != sign:
        raise CursorError(f"a cursor of another run, or of one that had this id before: {cursor!r}")
    if end is not None and int(number) >= end:
        raise CursorError(f"a cursor that this run has not come to: {cursor!r}")
    return int(number) + 1


def check_limit(limit: int) -> None:
    """Refuse a page that could hold no message: it would look like the end.

    Raises:
        ValueError: if it could not.
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit!r}")

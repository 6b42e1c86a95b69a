"""Cursors of the logs here: a sign of the run, and the number of the message."""

from zlib import crc32

from ...errors import CursorError

__all__ = ["check_limit", "cursor_at", "number_after"]

_LONGEST = 32


def cursor_at(run_id: str, number: int) -> str:
    """The cursor of a run's message.

    Args:
        run_id: the run.
        number: the message's.
    """
    return f"{_sign(run_id)}-{number}"


def number_after(run_id: str, cursor: str | None, end: int) -> int:
    """The number of the first message after a cursor.

    Args:
        run_id: the run that is read.
        cursor: None for the beginning.
        end: the number that the run's next message will have.

    Raises:
        CursorError: if the cursor is none, of another run, or of a message that has not been there.
    """
    if cursor is None:
        return 0
    sign, _, number = cursor.partition("-")
    if len(cursor) > _LONGEST or not (number.isascii() and number.isdigit()):
        raise CursorError(f"not a cursor: {cursor!r:.60}")
    if sign != _sign(run_id):
        raise CursorError(f"a cursor of another run: {cursor!r}")
    if int(number) >= end:
        raise CursorError(f"a cursor that this run has not come to: {cursor!r}")
    return int(number) + 1


def check_limit(limit: int) -> None:
    """Refuse a page that could hold no message: it would look like the end.

    Raises:
        ValueError: if it could not.
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit!r}")


def _sign(run_id: str) -> str:
    return f"{crc32(run_id.encode('utf-8', 'surrogatepass')):08x}"

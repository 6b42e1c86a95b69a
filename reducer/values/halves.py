"""Halves of a surrogate pair that come in two pieces of a text.

JavaScript and Java count a text by UTF-16 units, of which a character beyond U+FFFF has two; a server that cuts by
these sends the one at the end of a piece and the other at the beginning of the next. Python's strings can hold such a
half alone. The first one is held back until the next piece of its text comes, so that both go out as the one character.
"""

from typing import Literal

from .text import Text


def ends_in_half(text: str) -> bool:
    """Whether the last character is the first half of a pair."""
    return "\ud800" <= text[-1:] <= "\udbff"


def join_halves(held: str, piece: str) -> tuple[str, str]:
    """A piece of a text, after the half that was held before it.

    Returns:
        The piece with that half, as one character where it has the other half; without the half at its end, if it ends
        in one. And that half, to be held, or the empty text. A half that stays alone is kept as it came.
    """
    if held:
        joins = "\udc00" <= piece[:1] <= "\udfff"
        piece = (_joined(held + piece[0]) + piece[1:]) if joins else held + piece
    return (piece[:-1], piece[-1]) if ends_in_half(piece) else (piece, "")


def goes_on_with_half(whole: str, came: Text, half: str) -> bool:
    """Whether a whole text has, after what came of it, a character with that first half, or the half itself."""
    return came.begins(whole) and is_followed_by_half(whole[len(came) : len(came) + 1], half)


def is_followed_by_half(following: str, half: str) -> bool:
    """Whether the next character of a text, if it has one, is that first half or has it."""
    return bool(following) and following.encode("utf-16-le", "surrogatepass")[:2] == half.encode(
        "utf-16-le", "surrogatepass"
    )


def fate_of_half(whole: str, came: Text, half: str) -> Literal["had", "held", "alone"]:
    """What becomes of a half that is held once the whole of its text came.

    Args:
        whole: the whole; empty if it says nothing.
        came: what came before the half.
        half: the half.

    Returns:
        "had" if the whole has its character; "alone" if it has not; "held" if it says nothing.
    """
    if not whole:
        return "held"
    return "had" if goes_on_with_half(whole, came, half) else "alone"


def _joined(pair: str) -> str:
    return pair.encode("utf-16-le", "surrogatepass").decode("utf-16-le")

"""What follows a whole JSON object, as its pieces come: the same object once more, or something else.

Both are compared token by token (`json_match`). What may be a repetition is held until it differs or is whole; the
spaces between are what they are. A piece takes time for itself alone, since the object is read along with it.
"""

from typing import NamedTuple

from .frozen_value import constructor_of, value
from .json_match import OUTSIDE, Lexer, canonical
from .json_status import skip_space
from .text import EMPTY, Text


@value
class Repetition:
    """How far what follows an object repeats it.

    Attributes:
        again: how far what follows was read.
        at: how many characters of the object were read for it.
        object: how far that is; ahead: what was read of it and has not come again.
    """

    again: Lexer = OUTSIDE
    at: int = 0
    object: Lexer = OUTSIDE
    ahead: str = ""


_repetition = constructor_of(Repetition)

FRESH = Repetition()
"""Nothing follows yet, or a whole repetition did."""


class Followed(NamedTuple):
    """What becomes of a piece that follows an object.

    Attributes:
        repetition: how far the object is repeated then.
        held: what came of that repetition, as it came.
        spaces: those that came where no repetition had begun.
        dropped: how many repetitions are whole.
        other: what is no repetition, from where it began to look like one; nothing of it is held.
    """

    repetition: Repetition
    held: Text
    spaces: str = ""
    dropped: int = 0
    other: str = ""


def follow(known: Repetition, held: Text, text: Text, start: int, end: int, piece: str) -> Followed:
    """Compare the next piece that follows an object with it.

    Args:
        known: how far the object is repeated.
        held: what came of that repetition.
        text: what has the object.
        start: where in the text it begins; spaces before it do not count.
        end: where it ends.
        piece: what comes.
    """
    spaces: list[str] = []
    at = dropped = 0
    while at < len(piece):
        if not held:
            begin = skip_space(piece, at)
            spaces.append(piece[at:begin])
            count = _times(text, start, end, piece, begin)
            at, dropped = begin + count * (end - start), dropped + count
            if count or at == len(piece):
                continue
        over = piece.find("}", at) + 1 or len(piece)
        segment = piece[at:over]
        further = _further(known, text, start, end, segment)
        if further is None:
            return Followed(FRESH, EMPTY, "".join(spaces), dropped, f"{held}{piece[at:]}")
        known, held, at = further, held.append(segment), over
        if not known.ahead:
            known, held, dropped = FRESH, EMPTY, dropped + 1
    return Followed(known, held, "".join(spaces), dropped)


def is_again(text: Text, start: int, end: int, other: str) -> bool:
    """Whether another text is the object once more, in time that grows with that text alone."""
    further = _further(FRESH, text, start, end, other)
    return further is not None and not further.ahead


def _times(text: Text, start: int, end: int, piece: str, at: int) -> int:
    """How many times the object stands in the piece from there on, one after the other and character by character."""
    count, size = 0, end - start
    if 0 < size <= len(piece) - at:
        whole = text.between(start, end)
        while whole.endswith("}") and piece.startswith(whole, at + count * size):
            count += 1
    return count


def _further(known: Repetition, text: Text, start: int, end: int, piece: str) -> Repetition | None:
    """How far the object is repeated with one more piece, nothing `ahead` if all of it is; None if it is not."""
    again, form = canonical(known.again, piece)
    lexer, at, ahead = known.object, start + known.at, known.ahead
    while len(ahead) <= len(form) and (more := text.between(at, min(end, at + 2 * len(piece) + 64))):
        at += len(more)
        lexer, read = canonical(lexer, more)
        ahead += read
    if not ahead.startswith(form):
        return None
    return _repetition(again, at - start, lexer, ahead[len(form) :])

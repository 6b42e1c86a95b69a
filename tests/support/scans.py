"""What a scan of arguments says, in the terms that its tests compare."""

from collections.abc import Iterable

from streamfold.reducer.values.json_scan import Piece
from support.json_texts import Run


def said_of(pieces: Iterable[Piece]) -> list[Run]:
    """The pieces as (member, text); the end of a value shows as a mark of its own."""
    said: list[Run] = []
    for key, text, ended in pieces:
        said.append((key, text))
        if ended:
            said.append((("end of", key), "|"))
    return said


def rest_of(said: Iterable[Run]) -> str:
    return "".join(text for key, text in said if key is None)


def chosen_of(said: Iterable[Run]) -> list[tuple[str, str]]:
    """The values that were split off, whole or not, in order, with their members."""
    values: list[tuple[str, str]] = []
    text = ""
    for key, piece in said:
        if isinstance(key, tuple):
            for _ in piece:  # the marks of neighbouring empty values are joined
                values.append((key[1], text))
                text = ""
        elif key is not None:
            text += piece
    return values

"""Both halves of a surrogate pair, as two characters of one text: JSON cannot say that, since its readers join them.

In the bytes of one chunk they are joined at once, and those of two deltas by the folds. But a chunk that was made by
hand may have both in one text. Such a text is written as a list, cut between the halves.
"""

import re
from collections.abc import Callable
from typing import TypeAlias

_BETWEEN = re.compile("(?<=[\ud800-\udbff])(?=[\udc00-\udfff])")

Written: TypeAlias = str | list[str]


def write_split_text(text: str) -> Written:
    """A text as JSON can say it: itself, nearly always."""
    if _is_utf8(text):
        return text
    parts = split_pairs(text)
    return parts if len(parts) > 1 else text


def split_pairs(text: str) -> list[str]:
    """A text in pieces, cut between halves that belong together."""
    return _BETWEEN.split(text)


def merge_surrogates(text: bytes | str) -> bytes | str:
    """A text in which halves that belong together are one character (some servers write them as two, in CESU-8).

    What is no text in UTF-8, or has nothing to join, is given back.
    """
    if _is_utf8(text):
        return text
    try:
        whole = text.decode("utf-8", "surrogatepass") if isinstance(text, bytes) else text
    except UnicodeDecodeError:
        return text
    if not _BETWEEN.search(whole):
        return text
    return whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def read_split_text(value: object, expect_text: Callable[[object], str]) -> str:
    """The text that was written so.

    Args:
        value: what `write_split_text` gave, or anything else.
        expect_text: gives the text that it is given, and raises for anything else.
    """
    if isinstance(value, list) and len(value) > 1:
        return "".join(map(expect_text, value))
    return expect_text(value)


def _is_utf8(text: bytes | str) -> bool:
    """Whether no half is in a text: told many times as fast as by a search, and so of nearly every text."""
    try:
        text.decode() if isinstance(text, bytes) else text.encode()
    except UnicodeError:
        return False
    return True

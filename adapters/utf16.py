"""Texts by their UTF-16 units, which some servers cut them by: a character beyond U+FFFF is two of them."""

import re
from collections.abc import Iterator

_WIDE = re.compile("[\U00010000-\U0010ffff]")
_FIRST_HALF = re.compile("[\ud800-\udbff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def as_units(text: str) -> str:
    """A text whose wide characters are two halves each."""
    return _WIDE.sub(lambda found: "".join(_halves_of(found[0])), text)


def as_characters(text: str) -> str:
    """A text whose halves are one character where they belong together."""
    return _PAIR.sub(lambda found: found[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text)


def without_half(text: str) -> str:
    """A text without the first half that it ends in, if it does."""
    return text[:-1] if _FIRST_HALF.match(text[-1:]) else text


def cuts_of(text: str) -> Iterator[tuple[str, str]]:
    """A text in two: amid each of its wide characters, then between any two characters."""
    for wide in _WIDE.finditer(text):
        first, second = _halves_of(wide[0])
        yield text[: wide.start()] + first, second + text[wide.end() :]
    for at in range(1, len(text)):
        yield text[:at], text[at:]


def _halves_of(wide: str) -> tuple[str, str]:
    first, second = divmod(ord(wide) - 0x10000, 0x400)
    return chr(0xD800 + first), chr(0xDC00 + second)

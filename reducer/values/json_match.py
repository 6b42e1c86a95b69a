"""Whether two spellings of JSON are the same, token by token, as pieces come: both are put into one form and compared.

In that form there is no white space outside strings, and an escape in a string is the character that it means, so that
texts which differ in spaces and escapes alone are equal. Numbers stay as they are written, and members in their order:
no more is equal than any reader takes for the same.
"""

import re

from .frozen_value import constructor_of, value
from .json_status import SPACES
from .lazy_pattern import lazy_pattern

_PLAIN = lazy_pattern(r'[^"\\]*')
_ESCAPE = lazy_pattern(r'\\(?:(["\\/bfnrt])|u([0-9a-fA-F]{4}))')
_ESCAPE_BEGUN = lazy_pattern(r"\\(?:u[0-9a-fA-F]{0,3})?")
_ASTRAL = lazy_pattern("[\U00010000-\U0010ffff]")
_LEFT_OUT = dict.fromkeys(map(ord, SPACES))
_SHORT = {"/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@value
class Lexer:
    """A text that is put into the common form in pieces, read so far.

    Attributes:
        inside: whether a string is open.
        carry: the beginning of an escape.
    """

    inside: bool = False
    carry: str = ""


_lexer = constructor_of(Lexer)

OUTSIDE = Lexer()
"""Before the first character."""


def canonical(lexer: Lexer, piece: str) -> tuple[Lexer, str]:
    """The next piece of a text in the common form, in time that grows with the piece alone.

    Args:
        lexer: how far the text was read; `OUTSIDE` at its start.
        piece: more of it; anything, JSON or not.
    """
    text, at, inside = lexer.carry + piece, 0, lexer.inside
    form: list[str] = []
    while at < len(text):
        if not inside:
            quote = text.find('"', at)
            end = len(text) if quote < 0 else quote + 1
            form.append(text[at:end].translate(_LEFT_OUT))
            inside, at = quote >= 0, end
            continue
        end = _PLAIN.match(text, at).end()  # type: ignore[union-attr]  # the empty string matches
        form.append(_ASTRAL.sub(_as_halves, text[at:end]))
        if end == len(text):
            break
        escape = _ESCAPE.match(text, end)
        if text[end] == '"':
            form.append('"')
            inside, at = False, end + 1
        elif escape is not None:
            form.append(_meaning(escape))
            at = escape.end()
        elif _ESCAPE_BEGUN.fullmatch(text, end):
            return _lexer(True, text[end:]), "".join(form)
        else:
            form.append("\\")
            at = end + 1
    return _lexer(inside, ""), "".join(form)


def form_of(text: str) -> str:
    """A whole text in the common form."""
    return canonical(OUTSIDE, text)[1]


def _meaning(escape: "re.Match[str]") -> str:
    """What an escape means; a quote, a backslash or a control character stays one, in one spelling."""
    short, digits = escape.groups()
    char = _SHORT.get(short, short) if short else chr(int(digits, 16))
    if char in '"\\':
        return "\\" + char
    return f"\\u{ord(char):04x}" if char < " " else char


def _as_halves(astral: "re.Match[str]") -> str:
    """A character beyond U+FFFF as the two halves that escapes write it as."""
    above = ord(astral.group()) - 0x10000
    return chr(0xD800 + (above >> 10)) + chr(0xDC00 + (above & 0x3FF))

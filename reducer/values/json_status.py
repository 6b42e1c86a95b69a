"""Whether a text is JSON, or may still become JSON (RFC 8259, read strictly)."""

import re
from typing import Literal, TypeAlias

JsonStatus: TypeAlias = Literal["complete", "incomplete", "invalid"]
"""A JSON value; the beginning of one; neither, whatever may follow."""

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*')
_ESCAPE_BEGUN = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?")
_SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
_NUMBER_BEGUN = re.compile(r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)?|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?[eE][+-]?[0-9]*")
_WORDS = ("true", "false", "null")
_CLOSING = {"{": "}", "[": "]"}


def json_status(text: str) -> JsonStatus:
    """Whether `text` is a JSON value, may become one by appending, or neither.

    A number that may go on ("12") is complete. Nesting has no limit. Costs time in proportion to the text.
    """
    nesting: list[str] = []  # the brackets that are still to close
    wants = "value"  # value | first value | key | first key | colon | next
    at = skip_space(text, 0)
    while at < len(text):
        char = text[at]
        if wants == "next":
            if char == "," and nesting:
                wants = "key" if nesting[-1] == "}" else "value"
                at += 1
            elif nesting and char == nesting[-1]:
                nesting.pop()
                at += 1
            else:
                return "invalid"
        elif wants == "colon":
            if char != ":":
                return "invalid"
            wants = "value"
            at += 1
        elif char == '"':
            end = _STRING.match(text, at).end()  # type: ignore[union-attr]  # the quote alone matches
            if end == len(text):
                return "incomplete"
            if text[end] != '"':
                return "incomplete" if _ESCAPE_BEGUN.fullmatch(text, end) else "invalid"
            wants = "colon" if wants.endswith("key") else "next"
            at = end + 1
        elif (wants == "first value" and char == "]") or (wants == "first key" and char == "}"):
            nesting.pop()
            wants = "next"
            at += 1
        elif wants.endswith("key"):
            return "invalid"
        elif char in _CLOSING:
            nesting.append(_CLOSING[char])
            wants = "first key" if char == "{" else "first value"
            at += 1
        else:
            scalar = _SCALAR.match(text, at)
            end = scalar.end() if scalar else at
            if end < len(text) and (scalar is None or text[end] in ".eE"):
                begun = _NUMBER_BEGUN.fullmatch(text, at) or any(word.startswith(text[at:]) for word in _WORDS)
                return "incomplete" if begun else "invalid"
            wants = "next"
            at = end
        at = skip_space(text, at)
    return "complete" if wants == "next" and not nesting else "incomplete"


def skip_space(text: str, at: int) -> int:
    """Where the white space that begins at `at`, if any, ends."""
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]  # the empty string matches

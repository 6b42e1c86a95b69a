"""Whether a text is JSON, or may still become JSON (RFC 8259, read strictly), as its pieces come."""

from typing import Literal, TypeAlias

from .frozen_value import constructor_of, value
from .lazy_pattern import lazy_pattern

JsonStatus: TypeAlias = Literal["complete", "incomplete", "invalid"]
"""A JSON value; the beginning of one; neither, whatever may follow."""

DEEPEST = 512
"""How many brackets may be open at once. What is nested deeper is invalid: no usual reader takes much more."""

Wants: TypeAlias = Literal[
    "value", "first value", "key", "first key", "colon", "next", "string", "key string", "scalar", "nothing"
]
"""What comes next in a text: "next" is a comma, a closing bracket or the end; "string", "key string" and "scalar" are
more of what has begun; "nothing" can make a dead text JSON."""

Top: TypeAlias = Literal["", "empty", "object", "null", "other"]
"""What the text's value is: nothing yet, an object without members so far, one with members, `null` or the beginning of
it, or something else."""

SPACES = " \t\n\r"
"""What JSON has for white space."""
_SPACE = lazy_pattern(rf"[{SPACES}]*")
# Nothing that is repeated is given back (`*+`): a part of a string would be tried at each of its characters, and the
# expression would keep up to a hundred bytes for each repetition.
# What a string has beside escapes is said by what is in it: by what is not, it takes two and a half times as long.
_CHARS = r"[ !#-\[\]-\U0010ffff]*+"
_STRING = rf'{_CHARS}(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{{4}}){_CHARS})*+'
_INSIDE = lazy_pattern(_STRING)
_ESCAPE_BEGUN = lazy_pattern(r"\\(?:u[0-9a-fA-F]{0,3})?")
_NUMBER_TEXT = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_NUMBER = lazy_pattern(_NUMBER_TEXT)
_NUMBER_BEGUN = lazy_pattern(r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)?|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?[eE][+-]?[0-9]*")
_WORD = lazy_pattern(r"[a-z]+")
_WORDS = ("true", "false", "null")
_CLOSING = {"{": "}", "[": "]"}

# Members and elements that are no objects or lists, with the commas after them: nearly all of a text in a few matches.
# The last one, before a bracket, is one of them: if it were another alternative, it would be read twice.
_PLAIN = rf'[ \t\n\r]*(?:"{_STRING}"|{_NUMBER_TEXT}|true|false|null)[ \t\n\r]*'
_MEMBERS = lazy_pattern(rf'(?:[ \t\n\r]*"{_STRING}"[ \t\n\r]*:{_PLAIN}(?:,|(?=(\}}))))*+')
_ELEMENTS = lazy_pattern(rf"(?:{_PLAIN}(?:,|(?=(\]))))*+")

# The same where they may be objects and lists of such: for a piece that has many brackets, which nearly none has, since
# reading these takes as long as reading a hundred thousand characters. Strings are said by what is not in them: that is
# read in a twentieth of the time.
_MANY = 32
_SP = r"[ \t\n\r]*+"
_TEXT = r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
_SCALAR = rf"(?:{_TEXT}|{_NUMBER_TEXT}|true|false|null){_SP}"
_OBJECT = rf"\{{{_SP}(?:{_TEXT}{_SP}:{_SP}{_SCALAR}(?:,{_SP}{_TEXT}{_SP}:{_SP}{_SCALAR})*+)?+\}}{_SP}"
_LIST = rf"\[{_SP}(?:{_SCALAR}(?:,{_SP}{_SCALAR})*+)?+\]{_SP}"
_VALUE = rf"{_SP}(?:{_SCALAR}|{_OBJECT}|{_LIST})"
_DEEP_MEMBERS = lazy_pattern(rf"(?:{_SP}{_TEXT}{_SP}:{_VALUE}(?:,|(?=(\}}))))*+")
_DEEP_ELEMENTS = lazy_pattern(rf"(?:{_VALUE}(?:,|(?=(\]))))*+")
_DIGITS = lazy_pattern(r"[0-9]{2,}")


_RUNS: dict[Wants, Wants] = {"first key": "key", "key": "key", "first value": "value", "value": "value"}
"""Where members or elements begin, and what is wanted after a comma. Of an object's value nothing is a run."""


@value
class JsonScan:
    """A text that comes in pieces, read so far.

    Attributes:
        wants: what comes next.
        nesting: the brackets that are still to close.
        carry: the beginning of an escape, a number (a shorter one that goes on the same way) or a word.
        top: what the value is.
    """

    wants: Wants = "value"
    nesting: str = ""
    carry: str = ""
    top: Top = ""

    @property
    def status(self) -> JsonStatus:
        """Whether the text is a JSON value, may become one by appending, or neither. "12", which may go on, is one."""
        if self.wants == "nothing":
            return "invalid"
        whole = self.wants == "next" or (self.wants == "scalar" and _is_scalar(self.carry))
        return "complete" if whole and not self.nesting else "incomplete"

    @property
    def is_object(self) -> bool:
        """Whether the text is a whole JSON object."""
        return self.wants == "next" and not self.nesting and (self.top == "object" or self.top == "empty")


_scan = constructor_of(JsonScan)

START = JsonScan()
"""The scan of no text."""


def json_status(text: str) -> JsonStatus:
    """Whether `text` is a JSON value, may become one by appending, or neither."""
    return scan_on(START, text).status


def skip_space(text: str, at: int) -> int:
    """Where the white space that begins at `at`, if any, ends."""
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]  # the empty string matches


def scan_on(scan: JsonScan, piece: str) -> JsonScan:
    """The scan after one more piece of the text, in time that grows with the piece alone."""
    return _scanned(scan, piece, False)[0] if piece else scan


def scan_object(scan: JsonScan, piece: str) -> tuple[JsonScan, int]:
    """The same up to the end of the object, if it ends in the piece; and how much of the piece that is."""
    return _scanned(scan, piece, True)


def _scanned(scan: JsonScan, piece: str, stops: bool) -> tuple[JsonScan, int]:
    """The scan after a piece, up to the bracket that closes the last open one if it `stops` there; how much is read."""
    wants, nesting, top = scan.wants, scan.nesting, scan.top
    text, at, before = scan.carry + piece, 0, len(scan.carry)
    members, elements, brackets = _MEMBERS, _ELEMENTS, 0
    while at < len(text):
        if wants == "string" or wants == "key string":
            end = _INSIDE.match(text, at).end()  # type: ignore[union-attr]  # the empty string matches
            if end == len(text):
                return _after(scan, wants, nesting, "", top), len(piece)
            if text[end] != '"':
                begun = _ESCAPE_BEGUN.fullmatch(text, end)
                return (_scan(wants, nesting, begun.group(), top) if begun else _dead(top)), len(piece)
            wants = "colon" if wants == "key string" else "next"
            at = end + 1
        elif wants == "scalar":
            end, carry = _scalar(text, at)
            if end < 0:
                return _dead(top), len(piece)
            if carry:
                return _after(scan, wants, nesting, carry, top), len(piece)
            wants, at = "next", end
        else:
            if wants in _RUNS and nesting and (nesting[-1] == "]" or wants != "value"):
                run = (members if nesting[-1] == "}" else elements).match(text, at)
                assert run is not None  # the empty string matches
                if run.end() > at:
                    top = "object" if top == "empty" and len(nesting) == 1 else top
                    wants, at = ("next" if run.group(1) else _RUNS[wants]), run.end()
            if at < len(text) and text[at] in SPACES:
                at = skip_space(text, at)
            if at == len(text):
                break
            char = text[at]
            top = top or _top(char)
            if wants == "next" and nesting and char == nesting[-1]:  # of the others, brackets are the most
                nesting = nesting[:-1]
            else:
                found = _token(wants, nesting, char)
                if found is None:
                    return _dead(top), len(piece)
                wants, nesting = found
                if wants == "key string":
                    top = "object" if top == "empty" and len(nesting) == 1 else top
                brackets += char in _CLOSING
                if brackets == _MANY:
                    members, elements = _DEEP_MEMBERS, _DEEP_ELEMENTS
            at += wants != "scalar"
            if stops and wants == "next" and not nesting:
                return _after(scan, wants, nesting, "", top), at - before
    return _after(scan, wants, nesting, "", top), len(piece)


def _after(scan: JsonScan, wants: Wants, nesting: str, carry: str, top: Top) -> JsonScan:
    same = wants == scan.wants and nesting == scan.nesting and carry == scan.carry and top == scan.top
    return scan if same else _scan(wants, nesting, carry, top)


def _dead(top: Top) -> JsonScan:
    return _scan("nothing", "", "", top)


def _top(char: str) -> Top:
    return "empty" if char == "{" else "null" if char == "n" else "other"


def _token(wants: Wants, nesting: str, char: str) -> tuple[Wants, str] | None:
    """What is wanted after this character, or from it on if that is a scalar; and the brackets to close then."""
    if wants == "next":
        return (("key" if nesting[-1] == "}" else "value"), nesting) if char == "," and nesting else None
    if wants == "colon":
        return ("value", nesting) if char == ":" else None
    if (wants == "first value" and char == "]") or (wants == "first key" and char == "}"):
        return "next", nesting[:-1]
    if wants == "key" or wants == "first key":
        return ("key string", nesting) if char == '"' else None
    if wants == "nothing":
        return None
    if char == '"':
        return "string", nesting
    if char in _CLOSING:
        deep = nesting + _CLOSING[char]
        return None if len(deep) > DEEPEST else ("first key" if char == "{" else "first value", deep)
    return "scalar", nesting


def _is_scalar(text: str) -> bool:
    return text in _WORDS or _NUMBER.fullmatch(text) is not None


def _scalar(text: str, at: int) -> tuple[int, str]:
    """Where the number or word that begins at `at` ends, and what is to be carried on if the text ends inside it.

    The end is negative where there is neither.
    """
    word = _WORD.match(text, at)
    if word:
        found = word.group()
        if word.end() == len(text):
            return (len(text), found) if any(known.startswith(found) for known in _WORDS) else (-1, "")
        return (word.end(), "") if found in _WORDS else (-1, "")
    begun = _NUMBER_BEGUN.fullmatch(text, at)
    if begun:
        return (len(text), _shorter(begun.group())) if begun.group() else (-1, "")
    number = _NUMBER.match(text, at)
    if number is None or text[number.end()] in ".eE":
        return -1, ""
    return number.end(), ""


def _shorter(number: str) -> str:
    """A number, or the beginning of one, that goes on as this one does: each run of digits is one digit."""
    return _DIGITS.sub("1", number) if len(number) > 8 else number

"""The arguments of a call, read naively: `json` reads all that came of them, value by value, each time it is asked."""

import json
import re
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from ..utf16 import as_characters, as_units

_HALF = re.compile("[\ud800-\udfff]")  # of a surrogate pair
_SPACE = re.compile(r"[ \t\n\r]*")
_PLACEHOLDER = re.compile(r"[ \t\n\r]*(\{[ \t\n\r]*\}|null)[ \t\n\r]*[^ \t\n\r]")


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


_READ = json.JSONDecoder(
    object_pairs_hook=lambda pairs: ("object", pairs),
    parse_int=str.encode,  # numbers by their characters: 1 is neither 1.0 nor "1"
    parse_float=str.encode,
    parse_constant=_no_constant,
)


def is_plain(before: str, said: str, whole: str) -> bool:
    """Whether a call's arguments are as they came: nothing of them repeats an object, or was a placeholder for one.

    Args:
        before: what had been said.
        said: what is said now.
        whole: the provider's whole that came; empty if a piece did.
    """
    again = whole != before and value_of(before) is not NO_JSON and value_of(before) == value_of(whole)
    again = again or (bool(whole) and not whole.startswith(before) and is_placeholder(before))
    heard = heard_in(said)
    return not again and (heard.text, heard.conflict) == (said, False)


def is_placeholder(text: str) -> bool:
    """Whether a text is `{}`, or the beginning of it, so that another object may take its place."""
    return "".join(text.split()) in ("{", "{}")


@frozen
class Heard:
    """What a call's arguments are, by all that came of them.

    Attributes:
        text: as the result has them.
        conflict: whether something else follows a whole object.
        whole: whether a whole object came.
        nothing: whether that is `{}`.
    """

    text: str
    conflict: bool = False
    whole: bool = False
    nothing: bool = False


def heard_in(raw: str) -> Heard:
    """The arguments in all that came."""
    kept, end, found = "", 0, None
    while (at := _space(raw, end)) < len(raw):
        begins = bool(re.match(r'\{[ \t\n\r]*"', raw[at:]))
        try:
            value, stop = _READ.raw_decode(raw, at)
        except ValueError:
            if found == NOTHING and begins:
                return Heard(raw[at:])
            return _heard_of(kept + raw[end:], found, True)
        if not is_object(value):
            return _heard_of(kept + raw[end:], found, True)
        if found is None:
            kept, found = raw[:stop], value
        elif found == NOTHING and value != found:
            kept, found = raw[at:stop], value
        elif value != found:
            return _heard_of(kept + raw[end:], found, True)
        elif found != NOTHING:
            kept += raw[end:at]  # the spaces before a repetition are none
        end = stop
    return _heard_of(kept + raw[end:], found, False)


def _heard_of(text: str, found: Any, more: bool) -> Heard:
    """A text that begins with the object that was found, if one was, and has more than that."""
    return Heard(text, more and found is not None, found is not None, found == NOTHING)


NOTHING: tuple[str, list[Any]] = ("object", [])


def value_of(text: str) -> Any:
    """The JSON value in a text, or `NO_JSON`; numbers by their characters, members in order."""
    try:
        return _READ.decode(text)
    except ValueError:
        return NO_JSON


NO_JSON = object()


def is_object(value: Any) -> bool:
    """Whether a value that was read is an object."""
    return isinstance(value, tuple)


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def may_be_snapshots(pieces: Sequence[str]) -> bool:
    """Whether a piece of arguments may repeat all that came before it, and more."""
    came = ""
    for piece in map(as_units, filter(None, pieces)):
        if came and len(piece) > len(came) and piece.startswith(came):
            return True
        came += piece
    return False


def joined(pieces: Sequence[str], late: bool) -> str | None:
    """The arguments that pieces come to, without an object that comes again; None where that takes more than this.

    Args:
        pieces: all that came of a call's arguments.
        late: whether some of it came after the call was closed.
    """
    came = as_characters("".join(pieces))
    if _PLACEHOLDER.match(came):
        return None  # whether it held the place of what follows depends on what came between
    if late and any(map(_HALF.search, pieces)):
        return None  # half a character may have been taken for all there is
    try:
        text = heard_in(came).text
    except RecursionError:  # deeper than this interpreter's own parser goes
        return None
    return None if late and text != came else text

"""A resumable scanner that splits a streaming JSON object into chosen string members and the rest.

The text may be cut anywhere, also inside an escape or a surrogate pair. The string values of the chosen members come
out decoded, as they arrive. The rest comes out as JSON text: the same object without those members. Only members at the
top level count. A chosen member whose value is no string belongs to the rest.

Text that is not a JSON object is passed through unchanged: from the first character that is not valid, everything is
rest. Inside the members of the rest nothing is checked but where they end.
"""

import re
from itertools import groupby
from typing import Literal, NamedTuple, TypeAlias

from .frozen_value import changer_of, constructor_of, evolve, value
from .json_status import skip_space
from .lazy_pattern import lazy_pattern
from .text import EMPTY, Text

Phase: TypeAlias = Literal[
    "start",  # before the opening brace
    "first",  # after it: a key or the closing brace
    "after",  # after a chosen value: a comma or the closing brace
    "comma",  # after a comma: a key
    "key",  # inside a key that may be a chosen one
    "colon",  # after a chosen key
    "value",  # after its colon
    "chosen",  # inside the string value of a chosen member
    "rest",  # inside a member of the rest
    "done",  # after the closing brace
    "broken",  # after something that cannot be
]

_UNIT = "[0-9a-fA-F]"
_HIGH, _LOW = rf"\\u[dD][89abAB]{_UNIT}{{2}}", rf"\\u[dD][c-fC-F]{_UNIT}{{2}}"
_ESCAPE = rf'(?:{_HIGH}{_LOW}|\\u(?![dD][89abAB]){_UNIT}{{4}}|\\["\\/bfnrt])'
# Nothing that is repeated is given back (`*+`): else the expression would keep up to a hundred bytes for each escape.
_STRING = lazy_pattern(rf'[^"\\]*+(?:{_ESCAPE}[^"\\]*+)*+')
_ESCAPES = lazy_pattern(_ESCAPE)
_LONE = lazy_pattern(rf"\\u{_UNIT}{{4}}")
# What may yet become an escape, or a surrogate pair, when more comes:
_BEGUN = lazy_pattern(rf"\\(?:u{_UNIT}{{0,3}})?|{_HIGH}(?:\\(?:u(?:[dD](?:[c-fC-F]{_UNIT}?)?)?)?)?")
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

_IN_QUOTES = r'[^"\\]*+(?:\\.[^"\\]*+)*+'
_QUOTED = lazy_pattern(_IN_QUOTES, re.DOTALL)
# Objects and lists that are not nested further, and those with such in them: read at once, as far as they are whole.
_FLAT = rf'[{{\[](?:[^"{{}}\[\]]++|"{_IN_QUOTES}")*+[}}\]]'
_NESTING = rf'[{{\[](?:[^"{{}}\[\]]++|"{_IN_QUOTES}"|{_FLAT})*+[}}\]]'
_AT_TOP = rf'(?:[^"{{}}\[\],]++|"{_IN_QUOTES}"|{_NESTING})*+'
_TOP = lazy_pattern(_AT_TOP, re.DOTALL)  # at the top level of a member of the rest
_NESTED = lazy_pattern(rf'(?:[^"{{}}\[\]]++|"{_IN_QUOTES}"|{_NESTING})*+', re.DOTALL)  # below it
_OPENING, _CLOSING = lazy_pattern(r"[{\[]+"), lazy_pattern(r"[}\]]+")

_SPACES = r"[ \t\n\r]*+"
_MEMBER = rf'"[^"\\]*+"{_SPACES}:{_AT_TOP},'


class Piece(NamedTuple):
    """Something that was scanned.

    Attributes:
        key: the chosen member that this is of; None for the rest.
        text: decoded for a chosen member, JSON text for the rest.
        ended: whether the chosen member's value ended with this.
    """

    key: str | None
    text: str
    ended: bool = False


@value
class Scan:
    """Where in the object we are.

    Attributes:
        chosen: the keys whose string values are split off.
        phase: see `Phase`.
        key: the chosen member we are inside, or the key so far, decoded.
        held: text that belongs to the rest if it turns out that a member does: its comma, key, colon, white space.
        escape: the beginning of an escape inside a key or a chosen value.
        said: whether the rest has a member yet, so that the next needs its comma.
        depth: how deep inside a member of the rest.
        quoted: whether inside a string there.
        slashed: whether the last character there was a backslash.
    """

    chosen: tuple[str, ...]
    phase: Phase = "start"
    key: str = ""
    held: Text = EMPTY
    escape: str = ""
    said: bool = False
    depth: int = 0
    quoted: bool = False
    slashed: bool = False

    @property
    def over(self) -> bool:
        """Whether no chosen member can come any more: the object closed, or it is none."""
        return self.phase == "done" or self.phase == "broken"

    def inside(self, escape: str, depth: int, quoted: bool, slashed: bool) -> "Scan":
        """This scan further inside the same member, itself if nothing changed; `evolve` takes five times as long."""
        if escape == self.escape and depth == self.depth and quoted is self.quoted and slashed is self.slashed:
            return self
        return _scan(self.chosen, self.phase, self.key, self.held, escape, self.said, depth, quoted, slashed)


_scan = constructor_of(Scan)
_released = changer_of(Scan, "held", "said")


def start(chosen: tuple[str, ...]) -> Scan:
    """A scan that splits off the string values of these members."""
    return Scan(chosen)


def feed(scan: Scan, text: str) -> tuple[Scan, list[Piece]]:
    """Scan a piece of the text; neighbouring pieces of the rest come out as one."""
    pieces: list[Piece] = []
    at = 0
    while at < len(text):
        scan, at = PHASES[scan.phase](scan, text, at, pieces)
    return scan, _joined(pieces)


def go_on(scan: Scan, text: str) -> tuple[Scan, str] | None:
    """What `feed` makes of a text within one string, a chosen member's or one of the rest, in half its time.

    Returns:
        The scan after it and the piece's text, perhaps empty; None if the text begins or ends otherwise.
    """
    if scan.phase == "chosen":
        decoded, escape, end = _decode(scan.escape, text, 0)
        if end < len(text):
            return None
        return scan.inside(escape, scan.depth, scan.quoted, scan.slashed), decoded
    if scan.phase != "rest" or not scan.quoted:
        return None
    end = _QUOTED.match(text, scan.slashed).end()  # type: ignore[union-attr]  # the empty string matches
    slashed = end < len(text)
    if slashed and text[end] == '"':
        return None
    return scan.inside(scan.escape, scan.depth, True, slashed), text


def close(scan: Scan) -> tuple[Scan, list[Piece]]:
    """Release what is held, since the text is over.

    Half an escape at the end of a chosen value is no text, and is left out; `scan.escape` still has it.
    """
    pieces: list[Piece] = []
    if scan.phase in ("comma", "key", "colon", "value"):
        scan = _release(scan, pieces)
        scan = evolve(scan, phase="broken")
    return scan, pieces


def _start(scan: Scan, text: str, at: int, pieces: list[Piece]) -> tuple[Scan, int]:
    end = skip_space(text, at)
    if end < len(text) and text[end] == "{":
        end += 1
        _rest(pieces, text[at:end])
        return evolve(scan, phase="first"), end
    _rest(pieces, text[at:end])
    return (scan if end == len(text) else evolve(scan, phase="broken")), end


def _member(scan: Scan, text: str, at: int, pieces: list[Piece]) -> tuple[Scan, int]:
    """Between members: white space, then what the phase allows."""
    if scan.phase == "comma" and len(scan.held) == 1 and (found := _many_members(scan, text, at, pieces))[1] > at:
        return found
    end = skip_space(text, at)
    if scan.phase == "comma":
        scan = evolve(scan, held=scan.held.append(text[at:end]))
    elif scan.phase == "first":
        _rest(pieces, text[at:end])
    if end == len(text):
        return scan, end
    char = text[end]
    if char == '"' and scan.phase != "after":
        return evolve(scan, phase="key", key="", escape="", held=scan.held.append('"')), end + 1
    if char == "}" and scan.phase != "comma":
        _rest(pieces, "}")
        return evolve(scan, phase="done"), end + 1
    if char == "," and scan.phase == "after":
        return evolve(scan, phase="comma", held=EMPTY.append(",")), end + 1
    return evolve(_release(scan, pieces), phase="broken"), end


def _key(scan: Scan, text: str, at: int, pieces: list[Piece]) -> tuple[Scan, int]:
    decoded, escape, end = _decode(scan.escape, text, at)
    held = scan.held.append(text[at:end])
    key = scan.key + decoded
    if end < len(text):  # at the closing quote
        if key in scan.chosen:
            return evolve(scan, phase="colon", key=key, escape="", held=held.append('"')), end + 1
    elif any(chosen.startswith(key) for chosen in scan.chosen):
        return evolve(scan, key=key, escape=escape, held=held), end
    scan = _release(evolve(scan, held=held), pieces)
    slashed = escape.endswith("\\")
    return evolve(scan, phase="rest", key="", depth=0, quoted=True, slashed=slashed, escape=""), end


def _colon(scan: Scan, text: str, at: int, pieces: list[Piece]) -> tuple[Scan, int]:
    end = skip_space(text, at)
    scan = evolve(scan, held=scan.held.append(text[at:end]))
    if end == len(text):
        return scan, end
    if text[end] != ":":
        return evolve(_release(scan, pieces), phase="broken"), end
    return evolve(scan, phase="value", held=scan.held.append(":")), end + 1


def _value(scan: Scan, text: str, at: int, pieces: list[Piece]) -> tuple[Scan, int]:
    end = skip_space(text, at)
    scan = evolve(scan, held=scan.held.append(text[at:end]))
    if end == len(text):
        return scan, end
    if text[end] == '"':
        return evolve(scan, phase="chosen", held=EMPTY, escape=""), end + 1
    scan = _release(scan, pieces)
    return evolve(scan, phase="rest", depth=0, quoted=False, slashed=False), end


def _chosen(scan: Scan, text: str, at: int, pieces: list[Piece]) -> tuple[Scan, int]:
    decoded, escape, end = _decode(scan.escape, text, at)
    if end < len(text):
        pieces.append(Piece(scan.key, decoded, True))
        return evolve(scan, phase="after", escape=""), end + 1
    if decoded:
        pieces.append(Piece(scan.key, decoded))
    return scan.inside(escape, scan.depth, scan.quoted, scan.slashed), end


def _inside_rest(scan: Scan, text: str, at: int, pieces: list[Piece]) -> tuple[Scan, int]:
    depth, quoted, end = scan.depth, scan.quoted, at + scan.slashed
    while end < len(text):
        if quoted:
            end = _QUOTED.match(text, end).end()  # type: ignore[union-attr]  # the empty string matches
            if end == len(text) or text[end] == "\\":
                break
            quoted = False
        else:
            end = (_NESTED if depth else _TOP).match(text, end).end()  # type: ignore[union-attr]  # the same
            if end == len(text):
                break
            char, begin = text[end], end
            if char == '"':
                quoted = True
            elif char in "{[":  # as many as stand together
                end = _OPENING.match(text, end).end() - 1  # type: ignore[union-attr]  # the first matches
                depth += end + 1 - begin
            elif depth:
                end = _CLOSING.match(text, end, end + depth).end() - 1  # type: ignore[union-attr]  # likewise
                depth -= end + 1 - begin
            else:
                return _leave_rest(scan, text, at, end, pieces)
        end += 1
    slashed = quoted and end < len(text)
    _rest(pieces, text[at:])
    return scan.inside(scan.escape, depth, quoted, slashed), len(text)


def _leave_rest(scan: Scan, text: str, at: int, end: int, pieces: list[Piece]) -> tuple[Scan, int]:
    """At a comma or a closing bracket that is of the object itself."""
    scan = evolve(scan, depth=0, quoted=False, slashed=False)
    if text[end] == ",":
        end = _after_members(scan.chosen, text, end + 1)
        _rest(pieces, text[at : end - 1])
        return evolve(scan, phase="comma", held=EMPTY.append(",")), end
    _rest(pieces, text[at : end + 1])
    return evolve(scan, phase="done" if text[end] == "}" else "broken"), end + 1


def _after_members(chosen: tuple[str, ...], text: str, at: int) -> int:
    """Where the members that begin at `at` end, as far as they are plain, whole and of the rest, each with its comma.

    Nearly all of a long text in one match: what has brackets in it, or an escape in its name, is read step by step.
    """
    names = "|".join(map(re.escape, chosen))
    run = re.compile(rf'(?:{_SPACES}(?!"(?:{names})"){_MEMBER})*+', re.DOTALL)  # `re` keeps it
    return run.match(text, at).end()  # type: ignore[union-attr]  # the empty string matches


def _many_members(scan: Scan, text: str, at: int, pieces: list[Piece]) -> tuple[Scan, int]:
    """The members that begin after a comma, as far as they are plain and whole, each with the comma after it.

    Chosen ones have no escapes, and are read without them; of the rest the first is read step by step.
    """
    names = "|".join(re.escape(name) for name in scan.chosen if '"' not in name and "\\" not in name)
    member = rf'{_SPACES}"({names})"{_SPACES}:{_SPACES}"([^"\\]*+)"{_SPACES},'
    chosen, key = re.compile(member), scan.key  # `re` keeps it
    begin = -1
    while at > begin:
        begin = at
        while (found := chosen.match(text, at)) is not None and names:
            key, at = found[1], found.end()
            pieces.append(Piece(key, found[2], True))
        end = _after_members(scan.chosen, text, at) if scan.said and at > begin else at
        if end > at:
            pieces.append(Piece(None, f",{text[at : end - 1]}"))
            key, at = "", end
    return (scan if key == scan.key else evolve(scan, key=key)), at


def _pass(scan: Scan, text: str, at: int, pieces: list[Piece]) -> tuple[Scan, int]:
    _rest(pieces, text[at:])
    return scan, len(text)


PHASES = {
    "start": _start,
    "first": _member,
    "after": _member,
    "comma": _member,
    "key": _key,
    "colon": _colon,
    "value": _value,
    "chosen": _chosen,
    "rest": _inside_rest,
    "done": _pass,
    "broken": _pass,
}


def _release(scan: Scan, pieces: list[Piece]) -> Scan:
    """What is held belongs to the rest; its comma only if the rest has a member before it."""
    held = str(scan.held)
    _rest(pieces, held if scan.said else held.lstrip(", \t\n\r"))
    return _released(scan, EMPTY, True)


def _rest(pieces: list[Piece], text: str) -> None:
    if text:
        pieces.append(Piece(None, text))


def _joined(pieces: list[Piece]) -> list[Piece]:
    """The pieces, where those of the rest that follow each other are one."""
    if len(pieces) < 2:
        return pieces
    joined: list[Piece] = []
    for of_rest, group in groupby(pieces, key=lambda piece: piece.key is None):
        run = list(group)
        joined += [Piece(None, "".join([piece.text for piece in run]))] if of_rest else run
    return joined


def _decode(escape: str, text: str, at: int) -> tuple[str, str, int]:
    """Decode a string's content from `at` on.

    Args:
        escape: the beginning of an escape that the text before ended with.
        text: more of it.
        at: where in it to begin.

    Returns:
        The decoded content, the beginning of an escape at the end, and where the closing quote is (or the text's end).
        What is no escape after all, and half of a surrogate pair, stays as it came.
    """
    shift = 0
    if escape:
        shift = at - len(escape)
        text, at = escape + text[at:], 0
    said: list[str] = []
    while True:
        end = _STRING.match(text, at).end()  # type: ignore[union-attr]  # the empty string matches
        body = text[at:end]
        body = _ESCAPES.sub(_unescape, body) if "\\" in body else body
        if end == len(text) or text[end] == '"':
            return ("".join(said) + body if said else body), "", end + shift
        said.append(body)
        if _BEGUN.fullmatch(text, end):
            return "".join(said), text[end:], len(text) + shift
        lone = _LONE.match(text, end)
        said.append(chr(int(lone.group()[2:], 16)) if lone else "\\")
        at = end + (6 if lone else 1)


def _unescape(match: "re.Match[str]") -> str:
    escape = match.group()
    if len(escape) == 12:
        high, low = int(escape[2:6], 16), int(escape[8:], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    if len(escape) == 6:
        return chr(int(escape[2:], 16))
    return _LETTERS.get(escape[1], escape[1])

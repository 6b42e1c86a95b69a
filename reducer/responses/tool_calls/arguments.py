"""A function call's arguments as their pieces come: what is said at once, what is held, and what only repeats.

They are one JSON object. Some servers send `{}` or `null` before it, in place of nothing; some send it once more at the
end, in other spaces perhaps. So what may be such a placeholder is held until more comes. After a whole object, what
follows is compared with it, token by token: an equal object is dropped, and of anything else nothing is lost.
"""

from typing import Literal, NamedTuple, TypeAlias

from ...values.frozen_value import evolve, value
from ...values.json_match import form_of
from ...values.json_repeat import FRESH, Repetition, follow, is_again
from ...values.json_status import SPACES, START, JsonScan, scan_object, scan_on, skip_space
from ...values.lazy_pattern import lazy_pattern
from ...values.text import EMPTY, Text

Mode: TypeAlias = Literal["placeholder", "object", "whole", "other", "conflict"]
"""What came is a prefix of `{}` or of `null`, and held; the beginning of an object; a whole object, perhaps with the
beginning of another one, which is held; no object; or a whole object and something else after it."""

SAID = -1
"""In place of the end of a placeholder among what is held: it was said before."""
UNREAD = 4096
"""Characters that may lie unread behind a step, since only `}` can end an object."""


# The scans of `{}` and `{`, said here since reading these compiles the long patterns of `json_status`.
_PLACEHOLDER = JsonScan("next", top="empty")
_BEGUN = JsonScan("first key", "}", top="empty")
_EMPTY_OBJECTS = lazy_pattern(r"(?:[ \t\n\r]*+\{[ \t\n\r]*+\})++")


@value
class Arguments:
    """What is known of a call's arguments, beside the text of them that was said.

    Attributes:
        mode: what they are.
        scan: the JSON, as far as it was read.
        read: how much of the text that is.
        start: where in the text they begin: before that is a placeholder, which was said.
        held: what came and was not said.
        first: how much of what is held is a placeholder before something else.
        repetition: of the whole object, in what is held.
    """

    mode: Mode = "placeholder"
    scan: JsonScan = START
    read: int = 0
    start: int = 0
    held: Text = EMPTY
    first: int = 0
    repetition: Repetition = FRESH

    @property
    def waits(self) -> bool:
        """Whether all that came is held, since it may be a placeholder."""
        return self.mode == "placeholder" and len(self.held) > 0

    @property
    def is_whole(self) -> bool:
        """Whether they are a whole object, with nothing else after it so far."""
        return self.mode == "whole" or (self.mode == "placeholder" and self.scan.is_object)

    @property
    def has_others(self) -> bool:
        """Whether something is held that is no repetition of the object before it, or not yet a whole one."""
        return bool(self.held) and (self.first != 0 or (self.mode == "whole" and str(self.held).strip(SPACES) != ""))


NO_ARGUMENTS = Arguments()
"""None came."""


class Fed(NamedTuple):
    """What becomes of a piece: what is known then, what of it is said now, and how many objects were dropped."""

    arguments: Arguments
    said: str = ""
    dropped: int = 0


class _Taken(NamedTuple):
    """What becomes of a piece up to the character at `end`."""

    arguments: Arguments
    said: str
    end: int
    dropped: int = 0


def feed(arguments: Arguments, text: Text, piece: str) -> Fed:
    """Take in a piece, in time that grows with it alone but for what was put off.

    Args:
        arguments: what is known.
        text: what was said of them.
        piece: what comes.
    """
    said: list[str] = []
    at = dropped = 0
    while at < len(piece):
        take = _TAKES.get(arguments.mode)
        if take is None:
            said.append(piece[at:])
            break
        arguments, more, at, count = take(arguments, text, piece, at)
        text, dropped = text.append(more), dropped + count
        said.append(more)
    return Fed(arguments, "".join(said), dropped)


def release(arguments: Arguments, text: Text, over: bool) -> Fed:
    """Say what is held: something else is said, or, if it is `over`, nothing more comes."""
    held, start = str(arguments.held), arguments.start
    if over and start and arguments.mode == "object":
        scan = scan_on(arguments.scan, text.between(arguments.read, len(text)))
        return Fed(Arguments("conflict") if scan.top == "empty" else arguments)
    if not held:
        return Fed(arguments)
    if arguments.mode == "whole":
        spaces = skip_space(held, 0) == len(held)
        mode: Mode = "whole" if spaces else "conflict"
        return Fed(evolve(arguments, mode=mode, held=EMPTY, repetition=FRESH), held)
    scan = arguments.scan
    if over and arguments.first:  # the beginning of another object after a placeholder, which cannot take its place
        return Fed(Arguments("conflict"), held)
    if arguments.first:
        start = len(text) + (skip_space(held, 0) if arguments.first == SAID else arguments.first)
    if scan.is_object:
        said = held if over else held.rstrip(SPACES)
        return Fed(Arguments("whole", scan, 0, start, EMPTY.append(held[len(said) :])), said)
    mode = "other" if scan.top == "null" else "object"
    return Fed(Arguments(mode, scan, len(text) + len(held), start), held)


def unheld(arguments: Arguments) -> Arguments:
    """What is known once the provider's whole shows that what is held only repeats."""
    if arguments.mode != "placeholder":
        return evolve(arguments, held=EMPTY, repetition=FRESH) if arguments.held else arguments
    return Arguments("whole", _PLACEHOLDER, 0, arguments.start) if arguments.first == SAID else NO_ARGUMENTS


def is_again_whole(arguments: Arguments, text: Text, whole: str) -> bool:
    """Whether a whole is that whole object in another spelling."""
    if arguments.scan.top == "empty":
        return form_of(whole) == "{}"
    return is_again(text, arguments.start, arguments.read, whole)


def known_of(text: Text, start: int) -> Arguments:
    """What is known of arguments that were said whole."""
    said = str(text)[start:]
    scan = scan_on(START, said)
    mode: Mode = "whole" if scan.is_object else "object" if _may_be_object(scan) else "other"
    return Arguments(mode, scan, len(text), start)


def same(one: str, other: str) -> bool:
    """Whether two texts are the same token by token."""
    return form_of(one) == form_of(other)


def begins(whole: str, held: str) -> bool:
    """Whether a whole begins with what is held, token by token, or has an object in place of a held placeholder."""
    return form_of(whole).startswith(form_of(held)) or (is_placeholder(held) and begins_object(whole))


def is_placeholder(said: str) -> bool:
    """Whether a text is `{}` or the beginning of it, spaces aside, whose place another object may take."""
    return form_of(said) in ("{", "{}")


def may_hold_a_place(whole: str | Text) -> bool:
    """The same of a whole, however long it is."""
    return len(whole) <= UNREAD and is_placeholder(str(whole))


def begins_object(whole: str) -> bool:
    """Whether a text may be an object."""
    return whole.startswith("{", skip_space(whole, 0))


def lacks_pieces(said: str, whole: str) -> bool:
    """Whether a text is that whole, some pieces of which did not come."""
    following = iter(whole)
    return all(character in following for character in said)


def _may_be_object(scan: JsonScan) -> bool:
    return scan.wants != "nothing" and scan.top in ("", "empty", "object")


def _take_placeholder(arguments: Arguments, text: Text, piece: str, at: int) -> _Taken:
    """Up to the next character that is no space."""
    scan, held, first = arguments.scan, arguments.held, arguments.first
    if not held and scan.wants == "value" and piece.startswith("{}", at):  # as nearly always, if it is one
        return _Taken(evolve(arguments, scan=_PLACEHOLDER, held=EMPTY.append("{}")), "", at + 2)
    again = _EMPTY_OBJECTS.match(piece, at) if scan.is_object and not first else None
    if again is not None:  # what is below, for one after the other
        kept = EMPTY.append(str(held).rstrip(SPACES))
        return _Taken(evolve(arguments, held=kept), "", again.end(), again.group().count("}"))
    spaces = skip_space(piece, at)
    head, end = piece[at : spaces + 1], min(spaces + 1, len(piece))
    if scan.is_object and head.endswith("{"):  # perhaps another object
        first = len(held) + spaces - at
        return _Taken(evolve(arguments, scan=_BEGUN, held=held.append(head), first=first), "", end)
    after = scan_on(scan, head)
    if after.wants != "nothing" and after.top in ("", "empty", "null"):
        if not (after.is_object and not scan.is_object and first):
            return _Taken(evolve(arguments, scan=after, held=held.append(head)), "", end)
        if first == SAID:  # `{}` and `{}`
            return _Taken(Arguments("whole", after, 0, arguments.start), "", end, 1)
        kept = EMPTY.append(held.between(0, first).rstrip(SPACES))
        return _Taken(evolve(arguments, scan=after, held=kept, first=0), "", end, 1)
    came, start = str(held) + head, arguments.start
    if after.wants == "nothing" or after.top != "object":
        mode: Mode = "conflict" if first or scan.is_object else "other"
        return _Taken(Arguments(mode, start=start), came, end)
    if first == SAID:
        start = len(text) + skip_space(came, 0)
    else:
        came = came[first:]
    return _Taken(Arguments("object", after, len(text) + len(came), start), came, end, int(first > 0))


def _take_object(arguments: Arguments, text: Text, piece: str, at: int) -> _Taken:
    """Up to the end of the object."""
    piece = piece[at:]
    if "}" not in piece and len(text) - arguments.read < UNREAD:
        return _Taken(arguments, piece, at + len(piece))
    scan = scan_on(arguments.scan, text.between(arguments.read, len(text)))
    after, end = scan_object(scan, piece)
    if not after.is_object and not _may_be_object(after):
        nothing = arguments.start and after.top == "empty"  # it does not take the placeholder's place
        known = Arguments("conflict") if nothing else Arguments("other", start=arguments.start)
        return _Taken(known, piece, at + len(piece))
    mode: Mode = "whole" if after.is_object else "object"
    return _Taken(Arguments(mode, after, len(text) + end, arguments.start), piece[:end], at + end)


def _take_whole(arguments: Arguments, text: Text, piece: str, at: int) -> _Taken:
    """What follows the object, to the end of the piece."""
    if arguments.scan.top == "empty":
        return _after_placeholder(arguments, piece, at)
    start, end = arguments.start, arguments.read
    repetition, held, said, dropped, other = follow(arguments.repetition, arguments.held, text, start, end, piece[at:])
    known = Arguments("conflict", start=start) if other else evolve(arguments, held=held, repetition=repetition)
    return _Taken(known, said + other, len(piece), dropped)


def _after_placeholder(arguments: Arguments, piece: str, at: int) -> _Taken:
    """What follows `{}` that was said: another object may take its place."""
    spaces = skip_space(piece, at)
    held, end = arguments.held.append(piece[at : spaces + 1]), min(spaces + 1, len(piece))
    if spaces == len(piece):
        return _Taken(evolve(arguments, held=held), "", end)
    if piece[spaces] != "{":
        return _Taken(Arguments("conflict", start=arguments.start), str(held), end)
    return _Taken(Arguments("placeholder", _BEGUN, 0, arguments.start, held, SAID), "", end)


_TAKES = {"placeholder": _take_placeholder, "object": _take_object, "whole": _take_whole}

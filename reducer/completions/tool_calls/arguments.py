"""What a fragment of arguments adds to a call's: a piece of them, a snapshot, a placeholder, or the same once more.

A function's arguments are one JSON object. So what comes before it or after it has another meaning:

- `{}` or `null` before another object holds its place, and the object replaces it. While nothing else has come, it is
  held; where it had to be emitted, since something else came, the result alone has the object in its place.
- After the whole object, an equal one is a repetition, which is dropped. What differs is kept, and nobody may run the
  call then.

All of it comes to the same wherever the text is cut.
"""

from ...values.frozen_value import changer_of, evolve
from ...values.json_repeat import FRESH, follow, is_again
from ...values.json_status import SPACES, json_status, scan_object, scan_on
from ...values.lazy_pattern import lazy_pattern
from ...values.text import BLOCK, EMPTY, Text
from .call import Call, Reading

_with_undecided, _settled = changer_of(Call, "undecided", "reading"), changer_of(Call, "undecided", "snapshots")
_MAX_HELD = 64  # fragments whose reading is undecided; then they are deltas
MAX_NOTHING = 64
"""Characters of a placeholder, white space included."""
_NOTHING_YET = lazy_pattern(r"[ \t\n\r]*(?:(?:\{[ \t\n\r]*\}?|null)[ \t\n\r]*|n(?:ul?)?)?")
_PLACEHOLDER = lazy_pattern(r"[ \t\n\r]*(?:\{[ \t\n\r]*\}|null)[ \t\n\r]*(?=\{)")


def read(call: Call, piece: str, detect_snapshots: bool, lost: int) -> tuple[Call, str]:
    """Read a fragment of arguments, and find what it adds.

    Some servers (DeepSeek behind Qianfan, for one) repeat all the arguments so far in each chunk. That is believed only
    on evidence that no delta can give: the fragment strictly grows on all that came, and read as deltas the text can no
    longer become JSON, while read as snapshots it can. Until then such a fragment is held back, for a few chunks at
    most, and not while anything else is emitted. So deltas that join to a JSON value are never taken for snapshots, and
    come out as they would without this rule.

    Nothing can tell deltas that join to no JSON from snapshots that are JSON: "{" and then '{"a":1}' may be either.
    They are taken for snapshots; `Config.detect_snapshots` turns that off.

    Args:
        call: the call; of a custom tool, everything is a piece of its text.
        piece: the fragment.
        detect_snapshots: whether it may be a snapshot.
        lost: how many frames were lost so far.
    """
    if call.kind == "custom":
        held = "".join((*call.undecided, str(call.reading.held)))
        if held:  # until now, it seemed to be a function's
            call = evolve(call, undecided=(), reading=evolve(call.reading, held=EMPTY))
        return _put(call, held + piece)
    if not call.opened and call.split is None and is_placeholder(call):
        call = _taken_back(call)
    if call.snapshots == "read":
        if call.arguments.begins(piece):
            return append(call, piece[len(call.arguments) :], lost)
        # Then what was read before may have been deltas after all: nothing more is lost, and nobody runs this call.
        return append(evolve(in_conflict(call), snapshots="contradicted"), piece, lost)
    if not call.arguments and call.reading.whole < 0:
        return _begin(call, piece, detect_snapshots, lost)
    if call.undecided or (detect_snapshots and call.reading.whole < 0 and may_be_snapshot(call.arguments, piece)):
        return _weigh(call, piece, lost)
    return append(call, piece, lost)


def may_be_snapshot(before: Text, piece: str) -> bool:
    """Whether a fragment may repeat the arguments before it: there are some, and it begins with them."""
    # The tail alone rules out nearly every fragment, in a third of the time.
    return len(before.tail) <= len(piece) and 0 < len(before) <= len(piece) and before.begins(piece)


def append(call: Call, piece: str, lost: int) -> tuple[Call, str]:
    """The call after one more piece of its arguments, and what that adds to them; after whole ones, what differs."""
    reading = call.reading
    if reading.whole >= 0:
        return _after_whole(call, piece, lost)
    if piece[:1] in "{ \t\n\r" and _gives_way(call, piece):
        return _instead(call, piece, lost)
    before = len(call.arguments)
    put_off = "}" not in piece and before % BLOCK + len(piece) < BLOCK  # only `}` can end them: read now and then
    if put_off or reading.conflict or call.kind == "custom":
        return _put(call, piece)
    scan = scan_on(reading.scan, call.arguments.between(reading.scanned, before))
    scan, end = scan_object(scan, piece)
    if scan.is_object:
        reading = reading.scanned_on(scan, before + end, lost)
        whole, _ = _put(call.with_reading(reading), piece[:end])
        after, added = _after_whole(whole, piece[end:], lost)
        return after, piece[:end] + added
    return _put(call.with_reading(reading.scanned_on(scan, before + end)), piece)


def read_on(reading: Reading, arguments: Text, piece: str, lost: int) -> Reading | None:
    """What is known of a function's arguments after a piece; None if their object ends inside of it.

    Args:
        reading: what is known of them, which are not whole.
        arguments: they themselves.
        piece: what comes after them.
        lost: how many frames were lost so far.
    """
    if reading.conflict:
        return reading
    before = len(arguments)
    scan, end = scan_object(scan_on(reading.scan, arguments.between(reading.scanned, before)), piece)
    if not scan.is_object:
        return reading.scanned_on(scan, before + end)
    return reading.scanned_on(scan, before + end, lost) if end == len(piece) else None


def repeat(call: Call, piece: str, lost: int) -> tuple[Call, str]:
    """Read a piece for a call that may be another one once more; from where it differs, it is a call of its own."""
    again, _ = _after_whole(call, piece, lost)
    return own(call, piece, lost) if again.reading.conflict else (again, "")


def own(call: Call, piece: str, lost: int) -> tuple[Call, str]:
    """A call that seemed to be another once more, as a call of its own, with one more piece."""
    reading = call.reading
    came = f"{call.arguments}{reading.held}{piece}"
    dropped = reading.dropped
    reading = Reading(reading.index, reading.lost, dropped=dropped, conflict=dropped > 0)
    call = evolve(call, part_of=-1, arguments=EMPTY, reading=reading)
    return _begin(call, came, False, lost)


def decided(call: Call, over: bool, lost: int) -> tuple[Call, str]:
    """The call without fragments that are undecided, since something else comes, or nothing more.

    Args:
        call: one that has such.
        over: whether the wire said that the calls are whole. Only then can a snapshot be told by its being whole.
        lost: how many frames were lost so far.
    """
    seen, last = str(call.arguments), call.undecided[-1]
    deltas = "".join(call.undecided)
    whole = (
        over and len(last) > len(seen) and json_status(last) == "complete" and json_status(seen + deltas) != "complete"
    )
    if not call.arguments:
        lost = call.reading.since
    call = _settled(call, (), "read" if whole else call.snapshots)
    return append(call, last[len(seen) :] if whole else deltas, lost)


def released(call: Call, lost: int) -> tuple[Call, str]:
    """The call without what is held of it, though it may have gone on; and what that adds to its arguments."""
    half, held = call.half, call.reading.held
    if half:
        call = evolve(call, half="")
    if not call.is_own:
        call, added = own(call, half, lost) if held or half else (call, "")
        if call.undecided:
            call, added = decided(call, False, lost)
        return call, added
    added = ""
    if half:
        call, added = append(call, half, lost)
        held = call.reading.held
    if held:
        call = _with_others(in_conflict(evolve(call, reading=evolve(call.reading, again=FRESH, held=EMPTY))))
        call, rest = _put(call, str(held))
        added += rest
    return call, added


def in_conflict(call: Call) -> Call:
    """The call, of which the wire says two things."""
    return evolve(call, reading=evolve(call.reading, conflict=True))


def says_the_same(call: Call, arguments: str) -> bool:
    """Whether a whole is the call's whole object in another spelling."""
    reading = call.reading
    return reading.whole >= 0 and not reading.others and is_again(call.arguments, 0, reading.scanned, arguments)


def replaced(call: Call, arguments: str) -> Call:
    """The call with the provider's whole in the place of its arguments, which contradicts them."""
    reading = call.reading
    reading = Reading(reading.index, reading.lost, dropped=reading.dropped, conflict=True)
    return evolve(call, arguments=EMPTY.append(arguments), reading=reading)


def _put(call: Call, piece: str) -> tuple[Call, str]:
    return call.with_more(call.arguments.append(piece), call.split), piece


def _with_others(call: Call) -> Call:
    """The call, whose whole object something else stands behind in its arguments."""
    reading = call.reading
    return call if reading.whole < 0 or reading.others else evolve(call, reading=evolve(reading, others=True))


def _after_whole(call: Call, piece: str, lost: int) -> tuple[Call, str]:
    """What comes after a whole object, compared with it: what adds something is space, or makes a conflict."""
    reading = call.reading
    if reading.conflict or not piece:
        return _put(_with_others(call) if piece.strip(SPACES) else call, piece)
    text, end = reading.of or (call.arguments, reading.scanned)
    again, held, spaces, dropped, other = follow(reading.again, reading.held, text, 0, end, piece)
    reading = evolve(reading, again=again, held=held, dropped=reading.dropped + dropped)
    if not other:
        return _put(call.with_reading(reading), spaces)
    call = call.with_reading(reading)
    if len(call.arguments) + len(spaces) <= MAX_NOTHING and _gives_way(call, other):
        return _instead(call, spaces + other, lost)
    return _put(call.with_reading(evolve(reading, others=True, conflict=True)), spaces + other)


def _begin(call: Call, piece: str, detect_snapshots: bool, lost: int) -> tuple[Call, str]:
    """Read a fragment before which no arguments came, or only what may hold their place."""
    came = "".join(call.undecided) + piece
    if _is_nothing_yet(came):
        return _with_undecided(call, (came,), evolve(call.reading, since=lost)), ""
    if detect_snapshots and call.undecided:
        return _weigh(call, piece, lost)
    return _start(call, came, lost)


def _start(call: Call, came: str, lost: int) -> tuple[Call, str]:
    """The call after its first arguments, which may stand behind placeholders."""
    at, dropped = 0, call.reading.dropped
    found = _PLACEHOLDER.match(came)
    while found is not None and found.end() - at <= MAX_NOTHING:
        at, dropped = found.end(), dropped + 1
        found = _PLACEHOLDER.match(came, at)
    if at:
        call, came = evolve(call, reading=evolve(call.reading, dropped=dropped)), came[at:]
    if _is_nothing_yet(came):
        return evolve(call, undecided=(came,), reading=evolve(call.reading, since=lost)), ""
    return append(evolve(call, undecided=()) if call.undecided else call, came, lost)


def is_placeholder(call: Call) -> bool:
    """Whether all the arguments may only hold the place of others."""
    return call.closed is None and _holds_a_place(call.arguments)


def _holds_a_place(arguments: Text) -> bool:
    if not 0 < len(arguments) <= MAX_NOTHING:
        return False
    found = _PLACEHOLDER.match(f"{arguments}{{")
    return found is not None and found.end() == len(arguments)


def gives_way(arguments: Text, piece: str) -> bool:
    """Whether the arguments only held the place of the object that begins."""
    return piece.lstrip(SPACES)[:1] == "{" and _holds_a_place(arguments)


def _taken_back(call: Call) -> Call:
    """The call as if its arguments were undecided still: none of them was emitted."""
    reading = call.reading
    reading = Reading(reading.index, reading.lost, since=reading.since, dropped=reading.dropped)
    return evolve(call, arguments=EMPTY, undecided=(str(call.arguments),), reading=reading)


def _gives_way(call: Call, piece: str) -> bool:
    """Whether the arguments only held the place of the object that begins."""
    return call.is_own and call.closed is None and gives_way(call.arguments, piece)


def _instead(call: Call, piece: str, lost: int) -> tuple[Call, str]:
    """The call with an object in the place of what was emitted."""
    reading = call.reading
    reading = Reading(reading.index, reading.lost, dropped=reading.dropped, late=True)
    begins = len(piece) - len(piece.lstrip(SPACES))
    call, added = append(evolve(call, arguments=EMPTY, reading=reading), piece[begins:], lost)
    return call, piece[:begins] + added


def may_give_way(came: str) -> bool:
    """Whether the first arguments of a call may hold the place of others, or begin with what does."""
    return _is_nothing_yet(came) or _PLACEHOLDER.match(came) is not None


def _is_nothing_yet(came: str) -> bool:
    return len(came) <= MAX_NOTHING and _NOTHING_YET.fullmatch(came) is not None


def _weigh(call: Call, piece: str, lost: int) -> tuple[Call, str]:
    seen = str(call.arguments)
    deltas = "".join(call.undecided) + piece
    before = call.undecided[-1] if call.undecided else seen
    if len(piece) > len(seen or before) and piece.startswith(before) and json_status(piece) != "invalid":
        if json_status(seen + deltas) == "invalid":
            return append(evolve(call, undecided=(), snapshots="read"), piece[len(seen) :], lost)
        if len(call.undecided) < _MAX_HELD:
            return evolve(call, undecided=(*call.undecided, piece)), ""
    if not seen:
        return _start(call, deltas, lost)
    return append(evolve(call, undecided=()) if call.undecided else call, deltas, lost)

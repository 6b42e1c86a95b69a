"""Which call a delta of Chat Completions belongs to, and what it adds.

Providers disagree on how a call is identified over its deltas, so the rules go by evidence instead of by provider:

- A new id with a name opens a call. A new id without a name goes on with the open call of that index; the first id
  stays, the new one is noted as an alias.
- An index is a key, never a position. Without an index the id is the key; without an id either, the last call is meant.
- The same id with another name, once the arguments are whole, is another call; its own id is then a synthetic one.
- The same id and name under another index is the same call while one side has no arguments, or repeats the other's;
  another object there is another call.
- Pieces with one id under two indices that had it before are in conflict: two calls may have it.
- Arguments under an index that nothing names are held for an id or a name at that index, or for `orphans.adopt`.
- How the first arguments of a call came is noted (`owners`): no place is believed against evidence (`orphans`).
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from ...limits import NO_LIMITS_SET, LimitPassed, Limits, check_identifier, check_keys
from ...shared.extras import says_something
from ...values.frozen_value import changer_of, evolve, value
from ...values.halves import ends_in_half, join_halves
from ...values.json_status import SPACES
from ...values.json_values import Json, as_object
from ...values.persistent import Lanes, PersistentMap
from ..chunk import CallDelta
from .arguments import decided, in_conflict, is_placeholder, read, repeat
from .call import Call, Ownership, Reading
from .owners import may_go_on, of_new_call, owned

_MAX_ALIASES = 8  # some servers send a new id with every chunk


@value
class Calls:
    """All tool calls of an answer.

    Attributes:
        lanes: the calls, in order of first sight.
        keys: the position of the call that an index (int) or an id (str) means.
        index: the index of the last delta, whose call is the lane in work.
        undecided: the position of the one call that has undecided fragments, or -1.
        closed: how many calls, from the first on, the wire has closed.
    """

    lanes: Lanes[Call] = Lanes()
    keys: PersistentMap[int] = PersistentMap()
    index: int | None = None
    undecided: int = -1
    closed: int = 0

    def with_lanes(self, lanes: Lanes[Call]) -> "Calls":
        """These calls, with what is new of some of them."""
        return _with_lanes(self, lanes)

    def with_call(self, call: Call) -> "Calls":
        """These calls, with that one in its place; the lane in work stays the one in work."""
        return self.with_lanes(self.lanes.put_aside(call.position, call))


_with_lanes = changer_of(Calls, "lanes")
_received = changer_of(Calls, "lanes", "keys", "index", "undecided")
_decided = changer_of(Calls, "lanes", "undecided")
_identified, _named, _indexed = changer_of(Call, "id"), changer_of(Call, "name"), changer_of(Reading, "index")

NO_CALLS = Calls()
"""No tool calls."""


def is_about_a_call(delta: CallDelta) -> bool:
    """Whether a delta is about any call at all: some servers send empty entries."""
    if delta.id or says_something(delta.extra_content) or delta.extras:
        return True
    function, custom = delta.function, delta.custom
    if function is not None and (function.name or function.arguments):
        return True
    return custom is not None and bool(custom.name or custom.input)


class Received(NamedTuple):
    """What becomes of a delta.

    Attributes:
        calls: all calls, with the delta's one as the lane in work.
        call: that one.
        name: what the delta added to its name.
        added: what it added to its arguments.
        cut: whether there was no room for all of it.
    """

    calls: Calls
    call: Call
    name: str
    added: str
    cut: bool


def receive(
    calls: Calls,
    delta: CallDelta,
    detect_snapshots: bool,
    lost: int = 0,
    limits: Limits = NO_LIMITS_SET,
    may_repeat: int = -1,
) -> Received:
    """Take in one delta.

    Args:
        calls: the calls so far.
        delta: one that is about a call.
        detect_snapshots: whether fragments of arguments may turn out to be snapshots.
        lost: how many frames were lost so far.
        limits: how many calls there may be, and how long each thing in them.
        may_repeat: the position of the call that a new one may be once more; -1 if it may be none.

    Raises:
        LimitPassed: if it opens a call too many, a name or an id is too long, or calls have too many of them.
    """
    name, piece = _name_and_piece(delta)
    keys, lanes = calls.keys, calls.lanes
    named = False
    plain = not (delta.id or name or delta.custom is not None or delta.type == "custom" or more_of(delta))
    if not plain or delta.index is None or delta.index != calls.index:
        check_identifier(limits, "characters of a call's id", delta.id)
        keys, call, named = _place(calls, delta, name, piece, lost, may_repeat)
        name_added, call = _rename(call, name)
        check_identifier(limits, "characters of a tool's name", call.name)
    else:
        name_added, call = "", lanes.get(lanes.at)
    call = _describe(call, delta)
    if call.is_adopted:
        call = lanes.get(call.part_of)
    added, cut = "", False
    if piece:
        by_id = named and not name
        if (by_id and _is_shared(calls, call, delta.index)) or _contradicts_itself(delta):
            call = in_conflict(call)
        keys, lanes, call = _by_index(keys, lanes, call, delta.index, by_id, piece, lost)
        if not call.ownership.by or delta.index is None or call.ownership.beside == "there":
            call = owned(call, lanes, delta.index, named)
        before = call
        call, added = _read(before, piece, detect_snapshots, lost)
        cut = call.size > limits.characters
        if cut:
            again = before.snapshots == "read" and piece.startswith(str(before.arguments))
            room = limits.characters - (0 if again else before.size)  # a snapshot has what is there once more
            call, added = _read(before, piece[: max(0, room)], detect_snapshots, lost)
    if call.position >= limits.lanes:
        raise LimitPassed("lanes", "tool calls", limits.lanes)
    if keys is not calls.keys:
        check_keys(limits, "indices and ids of tool calls", keys.held)
    undecided = call.position if call.undecided else -1 if calls.undecided == call.position else calls.undecided
    calls = _received(calls, lanes.put(call.position, call), keys, delta.index, undecided)
    return Received(calls, call, name_added, added, cut)


def _name_and_piece(delta: CallDelta) -> tuple[str, str]:
    function, custom = delta.function, delta.custom
    name = piece = None
    if function is not None:
        name, piece = function.name, function.arguments
    if custom is not None:
        name = name or custom.name
        piece = f"{piece}{custom.input}" if _contradicts_itself(delta) else piece or custom.input
    return name or "", piece or ""


def _contradicts_itself(delta: CallDelta) -> bool:
    """Whether a delta has the arguments of a function and another input of a custom tool."""
    if delta.function is None or delta.custom is None:
        return False
    return bool(delta.function.arguments and delta.custom.input) and delta.function.arguments != delta.custom.input


def _read(call: Call, piece: str, detect_snapshots: bool, lost: int) -> tuple[Call, str]:
    if (call.half or ends_in_half(piece)) and call.snapshots != "read":  # a snapshot has it again
        piece, half = join_halves(call.half, piece)
        call = evolve(call, half=half)
        if not piece:
            return call, ""
    return read(call, piece, detect_snapshots, lost) if call.is_own else repeat(call, piece, lost)


def decide(calls: Calls, position: int, over: bool, lost: int = 0) -> tuple[Calls, Call, str]:
    """Settle what is undecided of a call (`arguments.decided`); the calls, that one, and what it adds to arguments."""
    call, added = decided(calls.lanes.get(position), over, lost)
    undecided = -1 if calls.undecided == position else calls.undecided
    return _decided(calls, calls.lanes.put_aside(position, call), undecided), call, added


def _place(
    calls: Calls, delta: CallDelta, name: str, piece: str, lost: int, may_repeat: int
) -> tuple[PersistentMap[int], Call, bool]:
    """The call that is meant, the keys with what is new of how it is called, and whether the delta names it."""
    position = _identify(calls, delta.index, delta.id or "", name, piece)
    keys, lanes = calls.keys, calls.lanes
    former = _meant_by(calls, delta.index)
    if position == len(lanes):
        named = bool(name or delta.id)
        ownership = of_new_call(lanes, former, delta.index, "name" if named and piece else "")
        call = Call(position, reading=Reading(lost=lost), ownership=ownership)
        if 0 <= may_repeat < position and _may_be_again(lanes.get(may_repeat), name):
            call = _again(call, lanes.get(may_repeat))
        elif delta.index is not None and former is not None and not delta.id:
            call = _if_again(call, lanes, lanes.get(former), name)
    else:
        call = lanes.get(position)
        named = bool(name) or (bool(delta.id) and delta.id in (call.id, *call.aliases))
    if delta.index is not None and former != position:
        keys = keys.put(delta.index, position)
    return *_with_id(keys, call, delta.id or ""), named


def _meant_by(calls: Calls, index: int | None) -> int | None:
    """The position of the call that an index means, or no index."""
    return calls.keys.get(index) if index is not None else (calls.lanes.at if len(calls.lanes) else None)


def identified(calls: Calls, call: Call, call_id: str) -> tuple[Calls, Call]:
    """The calls and that one, after its whole came with an id, or with none."""
    keys, call = _with_id(calls.keys, call, "" if call.id else call_id)
    return (calls if keys is calls.keys else evolve(calls, keys=keys)), call


def _with_id(keys: PersistentMap[int], call: Call, call_id: str) -> tuple[PersistentMap[int], Call]:
    """The call with one more id; another call's own is no more than an alias of it."""
    if not call_id or call_id == call.id or call_id in call.aliases:
        return keys, call
    anew = keys.get(call_id) is None
    if not call.id and anew:
        call = _identified(call, call_id)
    elif len(call.aliases) < _MAX_ALIASES:
        call = evolve(call, aliases=(*call.aliases, call_id))
    else:
        return keys, call
    return (keys.put(call_id, call.position) if anew else keys), call


def _identify(calls: Calls, index: int | None, call_id: str, name: str, piece: str) -> int:
    """The position of the call that is meant: an existing one, or the next."""
    lanes, new = calls.lanes, len(calls.lanes)
    here = _meant_by(calls, index)
    if here is not None and (call_id or name) and lanes.get(here).is_adopted:
        here = None  # what was there is another call's by now
    elif here is not None and index is None and (call_id or name) and _waits_elsewhere(lanes.get(here)):
        return new if (known := calls.keys.get(call_id) if call_id else None) is None else known
    known = calls.keys.get(call_id) if call_id else None
    if index is not None and here is None:
        return new if known is None or _is_other(lanes.get(known), name) else known
    call = None if here is None else lanes.get(here)
    if call is not None and call_id and (call_id == call.id or call_id in call.aliases):
        # Some servers give every call of one tool the same id, and some one id to calls of two.
        return new if _is_other(call, name) and _is_whole(call) else call.position
    if known is not None and (index is None or call is None or lanes.get(known).id == call_id):
        # An alias of another call is less evidence than the index of an open one.
        return new if _is_other(lanes.get(known), name) and _is_whole(lanes.get(known)) else known
    if call is None:
        return new
    if call_id:
        return new if name and (call.id or call.aliases) else call.position
    return new if name and _is_another(call, index, name, piece) else call.position


def _waits_elsewhere(call: Call) -> bool:
    """Whether these are arguments that wait for a name at their index."""
    return call.is_orphan and call.reading.index is not None


def _is_other(call: Call, name: str) -> bool:
    """Whether a name is that of another tool."""
    return bool(name and call.name) and name != call.name


def _is_whole(call: Call) -> bool:
    """Whether the arguments are a whole object, be it one that may only hold the place of another."""
    return call.reading.whole >= 0 or "".join(call.undecided).strip(SPACES).endswith("}")


def _is_another(call: Call, index: int | None, name: str, piece: str) -> bool:
    """Whether a delta with a name and no id begins a call of its own: servers without ids send each call whole.

    One that gave the call an id, or names it under its own index before more than a placeholder came, repeats the name.
    """
    if not call.is_own:
        return piece.lstrip(SPACES).startswith("{") and call.reading.dropped > 0 and not call.reading.held
    if not (call.arguments or call.undecided) or not piece.strip():
        return False
    if name == call.name and (call.id or call.aliases):
        return False
    if index is None and name != call.name:
        return bool(call.name)
    if index is not None and name == call.name and call.reading.whole < 0:
        return False
    return piece.lstrip().startswith("{") and _is_whole(call)


def _is_shared(calls: Calls, call: Call, index: int | None) -> bool:
    """Whether a call's id came at an index of its own before, and its arguments so far came under another."""
    known = call.reading.index
    if index is None or known is None or index == known or not (call.arguments or call.undecided):
        return False
    return calls.keys.get(index) == call.position


def _by_index(
    keys: PersistentMap[int], lanes: Lanes[Call], call: Call, index: int | None, by_id: bool, piece: str, lost: int
) -> tuple[PersistentMap[int], Lanes[Call], Call]:
    """The call whose arguments a piece is, where it stands under another index than the others of that call.

    What comes with an id that was known to be this call's, and without a name (`by_id`), goes on with it.
    """
    known = call.reading.index
    if index is None or index == known:
        return keys, lanes, call
    if known is None or not call.arguments:
        return keys, lanes, call.with_reading(_indexed(call.reading, index))
    reading = call.reading
    whole = reading.whole >= 0
    if call.kind == "custom" and not by_id:
        return keys, lanes, in_conflict(call)  # of raw text nothing says whether it is another call's
    begins = is_placeholder(call) or not (whole or piece.lstrip(SPACES).startswith("{"))
    if call.kind == "custom" or reading.conflict or by_id or begins:
        return (
            keys,
            lanes,
            evolve(call, reading=evolve(reading, index=index)),
        )  # what follows there goes on with this call
    ids = tuple(filter(None, (call.id, *call.aliases)))[:1]
    beside: Literal["", "another"] = "another" if call.ownership.beside or may_go_on(call) else ""
    ownership = Ownership(index, beside=beside)
    other = Call(len(lanes), name=call.name, aliases=ids, reading=Reading(index, lost), ownership=ownership)
    if whole:
        other = _again(other, call)
    return keys.put(index, other.position), lanes, other


def _rename(call: Call, name: str) -> tuple[str, Call]:
    """A name may come in pieces before the arguments, or all of it again and more; an equal one is a repetition.

    Any other is a conflict.
    """
    if not name or name == call.name:
        return "", call
    if call.name and (call.arguments or call.undecided):
        return "", in_conflict(call)
    added = name.removeprefix(call.name)
    return added, _named(call, call.name + added)


def _again(call: Call, other: Call) -> Call:
    """A call that begins, as the whole of another once more, as far as it is that."""
    reading = evolve(call.reading, whole=call.reading.lost, of=(other.arguments, other.reading.scanned))
    return evolve(call, reading=reading, part_of=other.position)


def _if_again(call: Call, lanes: Lanes[Call], former: Call, name: str) -> Call:
    """A call without an id that begins under the index of another: as that one once more, if it may be."""
    first = former if former.is_own else lanes.get(former.part_of)
    return _again(call, first) if _may_be_again(first, name) and not is_placeholder(first) else call


def _may_be_again(call: Call, name: str) -> bool:
    return call.is_own and call.name == name and call.kind == "function" and call.reading.whole >= 0


def _describe(call: Call, delta: CallDelta) -> Call:
    """The call, with its kind; one that comes as both, and has arguments, is in conflict."""
    if delta.custom is not None or (delta.type == "custom" and delta.function is None):
        if call.kind == "custom":
            return call
        call = evolve(call, kind="custom")
        return in_conflict(call) if call.arguments or call.undecided else call
    if call.kind == "custom" and not call.reading.conflict:
        function = delta.function
        if delta.type == "function" or (function is not None and (function.name or function.arguments)):
            return in_conflict(call)
    return call


def more_of(delta: CallDelta) -> Mapping[str, Json]:
    """What a delta has of members that no fold reads."""
    extras = as_object(delta.extras)
    return {"extra_content": delta.extra_content, **extras} if says_something(delta.extra_content) else extras

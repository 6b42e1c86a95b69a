"""The lanes of tool calls that both Chat Completions wires share: which call a delta belongs to, and what it adds.

Providers disagree on how a call is identified over its deltas, so the rules go by evidence instead of by provider:

- A new id with a name opens a call. A new id without a name goes on with the open call of that index; the first id
  stays, the new one is noted as an alias.
- An index is a key, never a position. Without an index the id is the key; without an id either, the last call is meant.
- Arguments are deltas, unless they can only be snapshots (see `_read`).
"""

from typing import Literal

from attrs import evolve

from ..values.frozen_value import constructor_of, value
from ..values.json_status import json_status
from ..values.json_values import EMPTY_OBJECT, FrozenObject, as_object, freeze
from ..values.persistent import Lanes, PersistentMap
from ..values.text import EMPTY, Text
from .chunk import CallDelta
from .split_arguments import SplitArguments

_MAX_ALIASES = 8  # some servers send a new id with every chunk
_MAX_HELD = 64  # fragments whose reading is undecided; then they are deltas


@value
class Call:
    """One tool call, so far.

    Attributes:
        id: empty while none has come.
        name: empty while none has come.
        arguments: as read so far, without what is undecided.
        undecided: fragments that may be deltas or snapshots.
        snapshots: "read" once the fragments have turned out to be snapshots, each of which repeats all that came
            before; "contradicted" if one came after that does not.
        opened: whether the call's first message is out; then id, name and kind of message are settled.
        approval: whether its messages are approval requests; means something once it is opened.
        split: where its arguments are split on their way out (inner thoughts), how far that is.
    """

    position: int
    id: str = ""
    name: str = ""
    kind: Literal["function", "custom"] = "function"
    arguments: Text = EMPTY
    undecided: tuple[str, ...] = ()
    snapshots: Literal["", "read", "contradicted"] = ""
    opened: bool = False
    approval: bool = False
    aliases: tuple[str, ...] = ()
    extras: FrozenObject = EMPTY_OBJECT
    split: SplitArguments | None = None

    def with_more(self, arguments: Text, split: SplitArguments | None) -> "Call":
        """This call with these arguments, and that split; `evolve` takes five times as long."""
        return _call(
            self.position,
            self.id,
            self.name,
            self.kind,
            arguments,
            self.undecided,
            self.snapshots,
            self.opened,
            self.approval,
            self.aliases,
            self.extras,
            split,
        )


_call = constructor_of(Call)


@value
class Calls:
    """All tool calls of an answer.

    Attributes:
        lanes: the calls, in order of first sight.
        keys: the position of the call that an index (int) or an id (str) means.
        index: the index of the last delta, whose call is the lane in work.
        undecided: the position of the one call that has undecided fragments, or -1.
    """

    lanes: Lanes[Call] = Lanes()
    keys: PersistentMap[int] = PersistentMap()
    index: int | None = None
    undecided: int = -1


NO_CALLS = Calls()
"""No tool calls."""


def is_about_a_call(delta: CallDelta) -> bool:
    """Whether a delta is about any call at all: some servers send empty entries."""
    if delta.id or delta.extra_content:
        return True
    function, custom = delta.function, delta.custom
    if function is not None and (function.name or function.arguments):
        return True
    return custom is not None and bool(custom.name or custom.input)


def receive(calls: Calls, delta: CallDelta, detect_snapshots: bool) -> tuple[Calls, Call, str, str]:
    """Take in one delta.

    Args:
        calls: the calls so far.
        delta: one that is about a call.
        detect_snapshots: whether fragments of arguments may turn out to be snapshots.

    Returns:
        The calls, with the delta's call as the lane in work; that call; what the delta added to its name and to its
        arguments.
    """
    function = delta.function
    custom = delta.custom
    name = piece = None
    if function is not None:
        name, piece = function.name, function.arguments
    if custom is not None:
        name, piece = name or custom.name, piece or custom.input
    keys, lanes = calls.keys, calls.lanes
    if delta.id or name or delta.index is None or delta.index != calls.index or delta.extra_content:
        keys, call = _place(calls, delta, name or "", piece or "")
        name_added, call = _rename(call, name or "")
        call = _describe(call, delta)
    else:
        name_added, call = "", lanes.get(lanes.at)
    call, added = _read(call, piece, detect_snapshots) if piece else (call, "")
    undecided = call.position if call.undecided else -1 if calls.undecided == call.position else calls.undecided
    return Calls(lanes.put(call.position, call), keys, delta.index, undecided), call, name_added, added


def may_be_snapshot(before: Text, piece: str) -> bool:
    """Whether a fragment may repeat the arguments before it: there are some, and it is as long at least."""
    # The tail alone rules out nearly every fragment, in a third of the time.
    return len(before.tail) <= len(piece) and 0 < len(before) <= len(piece)


def decide(calls: Calls, position: int, over: bool) -> tuple[Calls, Call, str]:
    """Settle what is undecided, since something else comes, or nothing more.

    Args:
        calls: the calls; the lane in work stays the one in work.
        position: of a call that has undecided fragments.
        over: whether the wire said that the calls are whole. Only then can a snapshot be told by its being whole.

    Returns:
        The calls, that call, and what this added to its arguments.
    """
    in_work = calls.lanes.at
    call, added = _decided(calls.lanes.get(position), over)
    lanes = calls.lanes.put(position, call)
    undecided = -1 if calls.undecided == position else calls.undecided
    return Calls(lanes.put(in_work, lanes.get(in_work)), calls.keys, calls.index, undecided), call, added


def _decided(call: Call, over: bool) -> tuple[Call, str]:
    seen, last = str(call.arguments), call.undecided[-1]
    deltas = "".join(call.undecided)
    whole = (
        over and len(last) > len(seen) and json_status(last) == "complete" and json_status(seen + deltas) != "complete"
    )
    added = last[len(seen) :] if whole else deltas
    return evolve(call, arguments=call.arguments.append(added), undecided=(), snapshots="read" if whole else ""), added


def can_open(call: Call, approvals: frozenset[str]) -> bool:
    """Whether the call's first message can go out.

    Its id and name must be there, and no more of its name may come that would make it another kind of message.
    """
    if not call.id or not call.name:
        return False
    if call.arguments or call.undecided:
        return True
    return not any(tool.startswith(call.name) for tool in approvals)


def _place(calls: Calls, delta: CallDelta, name: str, piece: str) -> tuple[PersistentMap[int], Call]:
    """The call that is meant, and the keys with what is new of how it is called."""
    position = _identify(calls, delta.index, delta.id or "", name, piece)
    keys, lanes = calls.keys, calls.lanes
    call = Call(position) if position == len(lanes) else lanes.get(position)
    if delta.index is not None and keys.get(delta.index) != position:
        keys = keys.put(delta.index, position)
    if delta.id and delta.id != call.id and delta.id not in call.aliases:
        if not call.id:
            call = evolve(call, id=delta.id)
            keys = keys.put(delta.id, position)
        elif len(call.aliases) < _MAX_ALIASES:
            call = evolve(call, aliases=(*call.aliases, delta.id))
            keys = keys.put(delta.id, position)
    return keys, call


def _identify(calls: Calls, index: int | None, call_id: str, name: str, piece: str) -> int:
    """The position of the call that is meant: an existing one, or the next."""
    lanes, new = calls.lanes, len(calls.lanes)
    here = calls.keys.get(index) if index is not None else (lanes.at if new else None)
    known = calls.keys.get(call_id) if call_id else None
    if index is not None and here is None:
        return new if known is None or (name and lanes.get(known).name) else known
    call = None if here is None else lanes.get(here)
    if call is not None and call_id and (call_id == call.id or call_id in call.aliases):
        return call.position  # some servers give every call of one tool the same id
    if known is not None and (index is None or call is None or lanes.get(known).id == call_id):
        return known  # an alias of another call is less evidence than the index of an open one
    if call is None:
        return new
    if call_id:
        return new if name and call.id else call.position
    return new if name and _is_another(call, index, name, piece) else call.position


def _is_another(call: Call, index: int | None, name: str, piece: str) -> bool:
    """Whether a delta with a name and no id begins a call of its own: servers without ids send each call whole."""
    if not call.arguments or not piece.strip():
        return False
    if index is None and name != call.name:
        return True
    begins = piece.lstrip().startswith("{") and call.arguments.tail.endswith("}")  # spares nearly all the next look
    return begins and json_status(str(call.arguments)) == "complete"


def _rename(call: Call, name: str) -> tuple[str, Call]:
    """A name may come in pieces before the arguments; an equal one is a repetition (MiniMax)."""
    if not name or name == call.name or (call.name and (call.arguments or call.undecided)):
        return "", call
    return name, evolve(call, name=call.name + name)


def _describe(call: Call, delta: CallDelta) -> Call:
    if (delta.custom is not None or delta.type == "custom") and call.kind == "function":
        call = evolve(call, kind="custom")
    extra = as_object(delta.extra_content)
    if extra:
        call = evolve(call, extras=FrozenObject({**call.extras, "extra_content": freeze(extra)}))
    return call


def _read(call: Call, piece: str, detect_snapshots: bool) -> tuple[Call, str]:
    """Read a fragment of arguments, as a delta or as a snapshot, and find what it adds.

    Some servers (DeepSeek behind Qianfan, for one) repeat all the arguments so far in each chunk. That is believed only
    on evidence that no delta can give: the fragment strictly grows on all that came, and read as deltas the text can no
    longer become JSON, while read as snapshots it can. Until then such a fragment is held back, for a few chunks at
    most, and not while anything else is emitted. So deltas that join to a JSON value are never taken for snapshots, and
    come out as they would without this rule.

    Nothing can tell deltas that join to no JSON from snapshots that are JSON: "{" and then '{"a":1}' may be either.
    They are taken for snapshots; `Config.detect_snapshots` turns that off.
    """
    if call.kind == "custom" or not detect_snapshots:
        return call.with_more(call.arguments.append(piece), call.split), piece
    if call.snapshots == "read":
        seen = str(call.arguments)
        if piece.startswith(seen):
            added = piece[len(seen) :]
            return evolve(call, arguments=call.arguments.append(added)), added
        # Then what was read before may have been deltas after all: nothing more is lost, and nobody runs this call.
        return evolve(call, arguments=call.arguments.append(piece), snapshots="contradicted"), piece
    if call.undecided or may_be_snapshot(call.arguments, piece):
        return _weigh(call, piece)
    return call.with_more(call.arguments.append(piece), call.split), piece


def _weigh(call: Call, piece: str) -> tuple[Call, str]:
    seen = str(call.arguments)
    deltas = "".join(call.undecided) + piece
    grows = len(piece) > len(seen) and piece.startswith(call.undecided[-1] if call.undecided else seen)
    if grows and json_status(piece) != "invalid":
        if json_status(seen + deltas) == "invalid":
            added = piece[len(seen) :]
            return evolve(call, arguments=call.arguments.append(added), undecided=(), snapshots="read"), added
        if len(call.undecided) < _MAX_HELD:
            return evolve(call, undecided=(*call.undecided, piece)), ""
    return evolve(call, arguments=call.arguments.append(deltas), undecided=()), deltas

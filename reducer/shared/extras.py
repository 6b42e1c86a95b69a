"""What providers send and no fold reads: kept at its level, merged with what came before, and named once.

How members merge: objects member by member; a list is appended, unless it says again what is there; of other values the
last counts. A signature, or what is encrypted, is never joined to another: where it differs from the one before, it is
appended, and so are pieces of audio. Nothing is dear to add to however much is there, and there is a limit to it all.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from ..diagnostics import Kind
from ..limits import NO_LIMITS_SET
from ..values.frozen_value import value
from ..values.json_values import EMPTY_OBJECT, FrozenObject, Json, as_object, freeze
from ..values.persistent import PersistentVector

MOST_NAMES = 256
"""Members of one object."""
_MOST_MERGED = 8  # levels of objects that merge; a value below is taken as a whole
_DEEPEST = 64
_NUMBER = 8  # characters that a number counts for
NO_ROOM = 1 << 62
"""More characters than fit anywhere."""
_SHORT = 32  # entries of a list up to which it is copied when it grows

NEVER_JOINED = ("signature", "encrypted", "opaque")
"""Parts of the names of what loses its meaning when it is joined, or when only the last of it is kept."""
_IN_PIECES = frozenset({"logprobs", "token_ids", "audio", "thinking_blocks"})
"""What comes with each token, or piece by piece: an equal list in it is another one."""
_PIECES = frozenset({"data", "transcript"})
"""The texts in `audio` that come in pieces."""

_ENVELOPE = "the same in every chunk of every stream"
_CLOCK = "when it was, by a clock"
_PADDING = "random padding, against guesses by the length of a chunk"
_ECHO = "only repeats the request"
_ADDRESS = "says which chunk it is, not what"

NOT_KEPT: dict[str, dict[str, str]] = {
    "chunk": {"object": _ENVELOPE, "created": _CLOCK, "obfuscation": _PADDING, "p": _PADDING},
    "choice": {},
    "delta": {"role": _ENVELOPE},
    "call": {},
    "event": {"obfuscation": _PADDING, "event_id": _ADDRESS},
    "response": {
        "object": _ENVELOPE,
        "created_at": _CLOCK,
        "completed_at": _CLOCK,
        **dict.fromkeys(
            [
                *("background", "frequency_penalty", "include", "input", "instructions", "max_output_tokens"),
                *("max_tool_calls", "parallel_tool_calls", "presence_penalty", "previous_response_id", "prompt"),
                *("prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "reasoning", "text"),
                *("safety_identifier", "store", "stream", "stream_options", "temperature", "tool_choice", "tools"),
                *("top_logprobs", "top_p", "truncation", "user"),
            ],
            _ECHO,
        ),
    },
}
"""The members that no fold reads and that are not kept, by level: why. Of no level is kept what is null or empty."""

_List: TypeAlias = "tuple[Json, ...] | PersistentVector[Json]"


def says_something(member: Json) -> bool:
    """Whether a member is worth keeping: null, and empty text, lists and objects are not."""
    return bool(member) or member == 0


@value
class Extras:
    """Members that no fold reads, merged.

    Attributes:
        members: lists in it, as far as objects alone are around them, are tuples if short and else persistent vectors.
    """

    members: FrozenObject = EMPTY_OBJECT

    def frozen(self) -> FrozenObject:
        """The members as JSON."""
        members: FrozenObject = _thawed(self.members)
        return members

    def with_more(self, other: "Extras") -> "Extras":
        """These members, with others that were counted already after them."""
        if not other.members:
            return self
        return Extras(Addition(self.members, other.frozen(), NO_ROOM, whole=True).members)


UNKNOWN = "unknown"
"""The name under which JSON that is nothing of the wire is kept: a list, in order, an immediate repetition once."""
MORE_MEMBERS = "members beyond the limits of what is kept"
"""What a diagnostic says of those that are dropped."""
NO_EXTRAS = Extras()
"""No members."""


def extras_of(members: Mapping[str, Json]) -> Extras:
    """Members that were frozen, as they were before."""
    return Extras(Addition(EMPTY_OBJECT, members, NO_ROOM, whole=True).members)


class Addition:
    """What comes to members that are there already.

    Attributes:
        members: all of them, afterwards; the very object that was there if nothing is new.
        new: the names that were not there.
        size: by how many characters there is more.
        dropped: how many values did not fit.
        again: whether the same once more would add something.
    """

    __slots__ = ("_room", "_whole", "again", "dropped", "members", "new", "size")

    def __init__(
        self, known: FrozenObject, more: Mapping[str, Json], room: int, *, apart: bool = False, whole: bool = False
    ) -> None:
        """Add.

        Args:
            known: the members that are there, of an `Extras`.
            more: the members that came, as they came.
            room: how many characters there may be more.
            apart: whether texts named `delta` are pieces, as in events.
            whole: whether what came in pieces may come once more as a whole.
        """
        self._room, self._whole = room, whole
        self.size = self.dropped = 0
        self.again = False
        pieces = _PIECES | {"delta"} if apart else frozenset[str]()
        self.members = self._merged(known, more, False, pieces, 0)
        self.new = () if self.members is known else _names_new(more, known, self.members)

    def _merged(
        self, known: FrozenObject, more: Mapping[str, Json], listed: bool, pieces: frozenset[str], depth: int
    ) -> FrozenObject:
        merged: dict[str, Json] = {}
        count = len(known)
        for key, came in more.items():
            name = key if type(key) is str else str(key)
            before = known.get(name)
            if not says_something(came):
                continue
            named = len(name) if before is None else 0
            if before is None and (count >= MOST_NAMES or self.size + named > self._room):
                self.dropped += 1
                continue
            self.size += named
            after = self._member(name, before, came, listed, pieces, depth)
            if after is not before:
                count += before is None
                merged[name] = after
            else:
                self.size -= named
        return FrozenObject({**known, **merged}) if merged else known

    def _member(self, name: str, before: Json, came: Json, listed: bool, pieces: frozenset[str], depth: int) -> Json:
        if name in _IN_PIECES:
            listed, pieces = True, pieces | _PIECES if name == "audio" else pieces
        is_list = isinstance(before, (tuple, PersistentVector))
        if isinstance(came, Mapping) and depth < _MOST_MERGED and not is_list:
            inside = before if isinstance(before, FrozenObject) else EMPTY_OBJECT
            merged = self._merged(inside, came, listed, pieces, depth + 1)
            return before if merged is inside else merged
        if isinstance(came, (list, tuple)):
            known = before if is_list else () if before is None else (_thawed(before),)
            return self._extended(before, known, freeze(came), listed)
        said = freeze(came)
        if not says_something(said):  # a number that JSON lacks
            return before
        in_pieces = name in pieces and type(said) is str
        if in_pieces or is_list or (before is not None and any(part in name.lower() for part in NEVER_JOINED)):
            known = before if is_list else () if before is None else (_thawed(before),)
            self.again = self.again or in_pieces
            if not in_pieces and known and known[len(known) - 1] == said:
                return before
            return self._appended(before, known, (said,))
        return before if before == said else self._instead(before, said)

    def _extended(self, before: Json, known: _List, more: Sequence[Json], listed: bool) -> Json:
        """A list after another: what of it is new."""
        if listed and not self._whole:
            self.again = True
        elif _begins(known, more):
            more = more[len(known) :]
        elif _ends(known, more):
            more = ()
        return self._appended(before, known, more)

    def _appended(self, before: Json, known: _List, more: Sequence[Json]) -> Json:
        fitting = tuple(entry for entry in more if self._fits(entry))
        if not fitting:
            return before
        if isinstance(known, tuple):
            if len(known) + len(fitting) <= _SHORT:
                return known + fitting
            known = PersistentVector(known, len(known))
        return known.extended(fitting)

    def _instead(self, before: Json, said: Json) -> Json:
        """One value in the place of another."""
        freed = (weight_of(before) or 0) if isinstance(before, (str, int, float)) else 0
        self.size -= freed
        if self._fits(said):
            return said
        self.size += freed
        return before

    def _fits(self, entry: Json) -> bool:
        weight = weight_of(entry)
        if weight is None or self.size + weight > self._room:
            self.dropped += 1
            return False
        self.size += weight
        return True


@value
class Kept:
    """All that is kept of an answer.

    Attributes:
        extras: what is about the answer as a whole.
        size: how many characters are kept, those of calls and items included.
        most: how many there may be.
    """

    extras: Extras = NO_EXTRAS
    size: int = 0
    most: int = NO_LIMITS_SET.extras

    def add(self, more: Mapping[str, Json], *path: str, apart: bool = False) -> "tuple[Kept, Addition]":
        """Add members of the answer.

        Args:
            more: the members.
            path: the names under which they are kept; of those that are new there, the addition tells.
            apart: whether texts named `delta` are pieces.
        """
        known, nested = self.extras.members, more
        for name in reversed(path):
            nested = {name: nested}
        addition = Addition(known, nested, self.most - self.size, apart=apart)
        if addition.members is known:
            return self, addition
        addition.new = _names_new(more, _within(known, path), _within(addition.members, path))
        return self.with_more(addition, Extras(addition.members)), addition

    def add_to(self, extras: Extras, more: Mapping[str, Json], whole: bool = False) -> "tuple[Extras, Kept, Addition]":
        """Add to `extras`, those of one call or item; returns them, what is kept in all, and the addition."""
        addition = Addition(extras.members, more, self.most - self.size, whole=whole)
        if addition.members is extras.members:
            return extras, self, addition
        return Extras(addition.members), self.with_more(addition, self.extras), addition

    def grown(self, size: int) -> "Kept":
        """This with so many characters more that are kept elsewhere: in an item's own JSON."""
        return Kept(self.extras, self.size + size, self.most) if size else self

    def with_more(self, addition: Addition, extras: Extras) -> "Kept":
        """This after an addition, with these members of the answer."""
        return Kept(extras, self.size + addition.size, self.most)


NOTHING_KEPT = Kept()
"""Of an answer of which nothing came."""


def notes_of(addition: Addition, path: str, names: Sequence[str] | None = None) -> "Iterator[tuple[Kind, str]]":
    """What a reader of the result is to know of an addition: each member that is kept, once.

    Args:
        addition: the addition.
        path: where the members are in the wire's JSON, in words.
        names: of those that are new, where they are not at the top.
    """
    for name in sorted(addition.new if names is None else names):  # in whatever order an adapter has them
        yield "kept", f"{path}{name}"
    if addition.dropped:
        yield "ignored", MORE_MEMBERS


def _names_new(more: Mapping[str, Json], before: Mapping[str, Json], now: Mapping[str, Json]) -> tuple[str, ...]:
    """The names of what came that were not there before, and are now."""
    return tuple(name for name in map(str, more) if name not in before and name in now)


def _within(members: Json, path: Sequence[str]) -> Mapping[str, Json]:
    """The members under these names."""
    for name in path:
        members = as_object(members).get(name)
    return as_object(members)


def _thawed(kept: Json) -> Json:
    """A member as JSON, all the way down to where it is that anyway."""
    if isinstance(kept, PersistentVector):
        return tuple(kept)
    if isinstance(kept, FrozenObject):
        changed: dict[str, Json] = {}
        for name, member in kept.items():
            if isinstance(member, (PersistentVector, FrozenObject)):
                thawed = _thawed(member)
                if thawed is not member:
                    changed[name] = thawed
        return FrozenObject({**kept, **changed}) if changed else kept
    return kept


def _entries(entries: _List, start: int = 0) -> Iterator[Json]:
    return map(entries.__getitem__, range(start, len(entries)))


def _begins(known: _List, more: Sequence[Json]) -> bool:
    """Whether a list says what is there from its start, and perhaps goes on."""
    return len(known) <= len(more) and all(one == other for one, other in zip(_entries(known), more, strict=False))


def _ends(known: _List, more: Sequence[Json]) -> bool:
    """Whether a list only says the end of what is there."""
    start = len(known) - len(more)
    return start >= 0 and all(one == other for one, other in zip(_entries(known, start), more, strict=True))


def weight_of(member: Json) -> int | None:
    """How many characters a value is, names included, and a few for each number and entry; None if it is too deep."""
    weight, level, depth = 0, [member], 0
    while level:
        if depth > _DEEPEST:
            return None
        inner: list[Json] = []
        for entry in level:
            if isinstance(entry, str):
                weight += len(entry)
            elif isinstance(entry, FrozenObject):
                weight += len("".join(entry))
                inner += entry.values()
            elif isinstance(entry, tuple):
                inner += entry
        weight += _NUMBER * len(level)
        level, depth = inner, depth + 1
    return weight


def length_of(member: Json) -> int:
    """How many characters a value is, written out: told in a tenth of the time of its weight."""
    if isinstance(member, str):
        return len(member)
    try:
        return len(repr(member))
    except (ValueError, RecursionError):  # a number longer than this process prints; far down on the stack
        weight = weight_of(member)
        return NO_ROOM if weight is None else weight

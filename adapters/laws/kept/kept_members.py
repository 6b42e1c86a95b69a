"""Members that came and are to be kept, judged naively: each value is where it belongs, and nothing else is there.

How members merge is stated here once more, by what can be seen of it afterwards: of every scalar the last is there, of
every list each entry, of every signature each value that it ever had.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, TypeAlias

from attrs import Factory, define

from ...short_repr import short_repr

Path: TypeAlias = tuple[str, ...]

_NEVER_JOINED = ("signature", "encrypted", "opaque")
_PER_TOKEN = frozenset({"logprobs", "token_ids", "thinking_blocks"})
_PIECES = ("data", "transcript")
_MOST_MERGED = 8  # levels of objects that merge: what comes of those below is not judged
_LONGEST_NUMBER = 8192  # bits


@define
class Came:
    """What came of the members of one place.

    Attributes:
        values: by path, whatever came there that says something, in order, and whether it has to be there.
        unclear: paths of which nothing is said; objects: those at which an object came.
        in_order: whether the values are in the order in which they came.
    """

    values: dict[Path, list[tuple[Any, bool]]] = Factory(dict)
    unclear: set[Path] = Factory(set)
    objects: set[Path] = Factory(set)
    in_order: bool = True

    def add(self, members: Mapping[str, Any], *path: str, required: bool = True) -> None:
        """Members that came at a path; `required`: they are to be kept."""
        for name, member in members.items():
            here = (*path, str(name))
            if isinstance(member, Mapping) and len(here) > _MOST_MERGED:
                self.unclear.add(here)
            elif isinstance(member, Mapping):
                self.objects |= {here} if member else set()
                self.add(member, *here, required=required)
            elif not is_json(member):
                self.unclear.add(here)
            elif says_something(member):
                self.values.setdefault(here, []).append((member, required))

    def merge(self, other: "Came") -> None:
        """What came of another place, as if it had come of this one."""
        self.in_order = False
        for path, values in other.values.items():
            self.values.setdefault(path, []).extend(values)
        self.unclear |= other.unclear
        self.objects |= other.objects

    @property
    def required(self) -> set[Path]:
        """The paths at which something has to be."""
        return {path for path, came in self.values.items() if any(needed for _, needed in came)} - self._mixed()

    def wrong(self, found: Mapping[str, Any], counted: bool = False) -> str | None:
        """What is wrong with the members that are kept of this place, or None.

        Args:
            found: those members.
            counted: whether of what comes with each token there must be as many entries as came.
        """
        mixed = self._mixed()
        for path in sorted(self.required):
            if (wrong := self._unlike(path, _at(found, path), counted)) is not None:
                return wrong
        return self._foreign(found, mixed)

    def wrong_among(self, places: Sequence[Mapping[str, Any]]) -> str | None:
        """The same where it is not known which place each value belongs to: each is in some."""
        for path in sorted(self.required):
            entries = [entry for place in places for entry in _entries(_at(place, path))]
            needed = [value for value, need in self.values[path] if need]
            lost = [one for one in _plural(path, needed) or () if one not in entries]
            if lost or not entries:
                return f"{_named(path)} lacks {short_repr(lost or needed)}"
        mixed = self._mixed()
        return next((wrong for place in places if (wrong := self._foreign(place, mixed)) is not None), None)

    def _unlike(self, path: Path, found: Any, counted: bool) -> str | None:
        needed = [value for value, need in self.values[path] if need]
        several = _plural(path, needed)
        if several is None and any(isinstance(value, (list, tuple)) for value, _ in self.values[path]):
            return None  # a list that may have been read, or not
        if several is None:
            from_last = max(at for at, (_, need) in enumerate(self.values[path]) if need)
            last, *optional = [value for value, _ in self.values[path][from_last:]]
            is_last = found in (last, *optional)
            return None if is_last else f"{_named(path)} is {short_repr(found)}, and {short_repr(last)} came last"
        entries = _entries(found)
        lost = [entry for entry in several if entry not in entries]
        if lost:
            return f"{_named(path)} is {short_repr(found)}, and lacks {short_repr(lost)}"
        counted = counted and len(needed) == len(self.values[path])
        if counted and _in_pieces(path) and entries != several:
            return f"{_named(path)} is {short_repr(found)}, and {short_repr(several)} came"
        return None

    def _foreign(self, found: Mapping[str, Any], mixed: set[Path]) -> str | None:
        """What is there and never came."""
        for path, value in _leaves(found):
            if any(path[:length] in self.unclear or path[:length] in mixed for length in range(1, len(path) + 1)):
                continue
            came = [entry for one, _ in self.values.get(path, ()) for entry in _entries(one)]
            entries = [entry for entry in _entries(value) if entry is not None]  # null: a number that JSON lacks
            ordered = self.in_order and path[-1] != "content"  # parts of a message are read before they are kept
            foreign = _beyond(entries, came) if ordered else _beyond_any(entries, came)
            if foreign is not None:
                why = "came neither so often nor then" if foreign in came else "never came"
                return f"{_named(path)} has {short_repr([foreign])}, which {why}"
        return None

    def _mixed(self) -> set[Path]:
        """The paths at which something of another kind came than an object, and an object as well."""
        inside = {path[:length] for path in self.values for length in range(1, len(path))} | self.objects
        mixed = {path for path in self.values if path in inside} | self.unclear
        return {path for path in self.values if any(path[:length] in mixed for length in range(1, len(path) + 1))}


def _beyond(entries: Sequence[Any], came: Sequence[Any]) -> Any:
    """The first of the entries that did not come after those before it; None if all of them did."""
    rest = iter(came)
    return next((entry for entry in entries if not any(_is_same(entry, one) for one in rest)), None)


def _beyond_any(entries: Sequence[Any], came: Sequence[Any]) -> Any:
    """The first of the entries that came nowhere, or not so often; None if all of them did."""
    rest = list(came)
    for entry in entries:
        at = next((at for at, one in enumerate(rest) if _is_same(entry, one)), None)
        if at is None:
            return entry
        del rest[at]
    return None


def _is_same(kept: Any, came: Any) -> bool:
    """Whether a value is the one that came, of its own type; a number in the place of text stands for its digits."""
    if isinstance(came, bool) or isinstance(kept, bool):
        return kept is came
    return bool(kept == came) or (isinstance(came, (int, float)) and kept == str(came))


def says_something(member: Any) -> bool:
    """Whether a value is to be kept: null, and empty text, lists and objects, are not."""
    return member not in (None, "", [], (), {})


def is_json(value: Any) -> bool:
    """Whether a fold keeps the value as it is: numbers that JSON lacks, or that are too long to print, it does not."""
    if isinstance(value, Mapping):
        return all(map(is_json, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(is_json, value))
    if isinstance(value, float):
        return isfinite(value)
    return value is None or isinstance(value, str) or (isinstance(value, int) and value.bit_length() < _LONGEST_NUMBER)


def _plural(path: Path, values: Sequence[Any]) -> list[Any] | None:
    """The entries that have to be there; None if the last value has to be, alone."""
    lists = [at for at, value in enumerate(values) if isinstance(value, (list, tuple))]
    if any(part in path[-1].lower() for part in _NEVER_JOINED) or _is_piece(path):
        return [entry for value in values for entry in _entries(value)]
    if not lists:
        return None
    return [entry for value in values[max(0, lists[0] - 1) :] for entry in _entries(value)]


def _is_piece(path: Path) -> bool:
    return (path[-1] == "delta" and path[0] == "events") or (path[-1] in _PIECES and "audio" in path[:-1])


def _in_pieces(path: Path) -> bool:
    return _is_piece(path) or not _PER_TOKEN.isdisjoint(path)


def _entries(value: Any) -> list[Any]:
    """The entries of a list, as JSON has them; another value is its only one."""
    if value is None:
        return []
    return [_plain(entry) for entry in value] if isinstance(value, (list, tuple)) else [_plain(value)]


def _plain(value: Any) -> Any:
    """A value in lists and dicts, however it was frozen."""
    if isinstance(value, Mapping):
        return {str(name): _plain(member) for name, member in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def _leaves(members: Mapping[str, Any], *path: str) -> Iterator[tuple[Path, Any]]:
    for name, member in members.items():
        if isinstance(member, Mapping):
            yield from _leaves(member, *path, name)
        else:
            yield (*path, name), member


def _at(members: Any, path: Path) -> Any:
    for name in path:
        members = members.get(name) if isinstance(members, Mapping) else None
    return members


def _named(path: Path) -> str:
    return ".".join(path)

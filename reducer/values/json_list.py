"""A list of JSON values that grows, of which it is asked whether a value is in it: neither takes longer as it grows."""

from collections.abc import Iterator
from zlib import crc32

from .frozen_value import value
from .json_values import FrozenObject, Json
from .persistent import PersistentMap, PersistentVector

_DEEPEST = 4  # levels that tell values apart where they are looked for


@value
class JsonList:
    """Frozen JSON values, in order.

    Attributes:
        entries: the values.
        places: by a checksum of its content, the last place of a value.
    """

    entries: PersistentVector[Json] = PersistentVector()
    places: PersistentMap[int] = PersistentMap()

    def append(self, entry: Json) -> "JsonList":
        """This list with one more value."""
        return self.put(len(self), entry)

    def put(self, at: int, entry: Json) -> "JsonList":
        """This list with that value at a place, which exists or is the next."""
        return JsonList(self.entries.put(at, entry), self.places.put(_checksum(entry), at))

    def __contains__(self, entry: Json) -> bool:
        """Whether an equal value is in it; of those with one checksum, only the last is known."""
        at = self.places.get(_checksum(entry))
        return at is not None and 0 <= at < len(self) and bool(self.entries.get(at) == entry)

    def __getitem__(self, at: int) -> Json:
        return self.entries.get(at)

    def __iter__(self) -> Iterator[Json]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


EMPTY_LIST = JsonList()
"""No values."""


def _checksum(entry: Json) -> int:
    return crc32(_content(entry, 0).encode("utf-8", "surrogatepass"))


def _content(entry: Json, depth: int) -> str:
    """A value as text, whatever the order of its members; what is nested deeper is left out."""
    if isinstance(entry, FrozenObject):
        named = ((name, _content(entry[name], depth + 1)) for name in sorted(entry) if depth < _DEEPEST)
        return "{" + ",".join(f"{name}:{said}" for name, said in named) + "}"
    if isinstance(entry, tuple):
        return "[" + ",".join(_content(one, depth + 1) for one in entry if depth < _DEEPEST) + "]"
    return str(int(entry) if isinstance(entry, float) and entry.is_integer() else entry)

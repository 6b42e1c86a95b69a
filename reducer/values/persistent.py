"""Persistent collections: a map, a sequence, and the sequence of a stream's lanes.

A lane is one tool call or one output item. A stream works on one lane for many chunks, then on another; so the lane in
work lies apart, where changing it costs nothing, and the others rest in a sequence that shares what it can with its
older selves. Each get and put is O(log n), a map's put amortised (copying a dict per new lane would be O(n)).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from .frozen_value import constructor_of, value
from .json_values import FrozenObject

V = TypeVar("V")


@value
class PersistentMap(Generic[V]):
    """An immutable map from indices and ids to values, as layers of dicts that at least double in size downwards.

    A put adds a layer of one and merges it with the newest layers while they are less than twice as large: amortised,
    an entry is copied once per doubling. A get looks from the newest layer down.
    """

    layers: tuple[FrozenObject, ...] = ()

    def get(self, key: int | str) -> V | None:
        """The value last put under `key`, or None."""
        for layer in reversed(self.layers):
            if key in layer:
                found: V = layer[key]  # type: ignore[index]
                return found
        return None

    @property
    def held(self) -> int:
        """How many entries it takes room for, outdated ones included: at most twice as many as there are."""
        return sum(map(len, self.layers))

    def put(self, key: int | str, value: V) -> "PersistentMap[V]":
        """This map with `value` under `key`."""
        merged: dict[int | str, V] = {key: value}
        depth = len(self.layers)
        while depth and len(self.layers[depth - 1]) < 2 * len(merged):
            depth -= 1
            merged = {**self.layers[depth], **merged}  # type: ignore[dict-item]
        return PersistentMap((*self.layers[:depth], FrozenObject(merged)))  # type: ignore[arg-type]

    def put_all(self, entries: Mapping[int | str, V]) -> "PersistentMap[V]":
        """The map that a put of each of these entries in turn comes to; three take three quarters of the time."""
        layers: list[Any] = [*self.layers]
        for key in entries:
            merged = {key: entries[key]}
            while layers and len(layers[-1]) < 2 * len(merged):
                merged = {**layers.pop(), **merged}
            layers.append(merged)
        return PersistentMap(tuple([one if type(one) is FrozenObject else FrozenObject(one) for one in layers]))


_BITS = 5
_WIDTH = 1 << _BITS


@value
class PersistentVector(Generic[V]):
    """An immutable sequence, as a tree of tuples of up to 32.

    A put copies one tuple per level; nearly every stream has few enough lanes for one level.
    """

    root: tuple[Any, ...] = ()
    size: int = 0

    def get(self, position: int) -> V:
        """The value at a position that exists."""
        node = self.root
        if self.size <= _WIDTH:  # one level, as nearly always: two fifths of the time
            only: V = node[position]
            return only
        for shift in range(_BITS * _depth(self.size), 0, -_BITS):
            node = node[position >> shift & _WIDTH - 1]
        found: V = node[position & _WIDTH - 1]
        return found

    @property
    def depth(self) -> int:
        """How many levels of tuples lie above those with the values."""
        return _depth(self.size)

    def extended(self, values: Iterable[V]) -> "PersistentVector[V]":
        """This row followed by these values."""
        row = self
        for one in values:
            row = row.put(row.size, one)
        return row

    def put(self, position: int, value: V) -> "PersistentVector[V]":
        """This row with that value at `position`, which exists or is the next."""
        root = self.root
        size = self.size if position < self.size else position + 1
        if size <= _WIDTH:  # likewise: half
            row = [*root, value]
            row[position] = value
            return _vector(tuple(row[:size]), size)
        depth = _depth(size)
        root = self.root if depth == _depth(self.size) else (self.root,)
        return _vector(_put(root, _BITS * depth, position, value), size)

    def __getitem__(self, position: int) -> V:
        return self.get(position)

    def __iter__(self) -> Iterator[V]:
        return map(self.get, range(self.size))

    def __len__(self) -> int:
        return self.size


_vector: "Callable[..., PersistentVector[Any]]" = constructor_of(PersistentVector)


def _depth(size: int) -> int:
    return 0 if size <= _WIDTH else ((size - 1).bit_length() - 1) // _BITS


def _put(node: tuple[Any, ...], shift: int, position: int, value: object) -> tuple[Any, ...]:
    at = position >> shift & _WIDTH - 1
    if shift:
        value = _put(node[at] if at < len(node) else (), shift - _BITS, position, value)
    return (*node[:at], value, *node[at + 1 :])


@value
class Lanes(Generic[V]):
    """An immutable sequence of lanes, by position, in order of first sight.

    Attributes:
        at: the position of the lane in work.
        lane: that lane; None only while there are none.
        size: how many there are.
        resting: the others (and an outdated value of the lane in work, if it rested before).
    """

    at: int = -1
    lane: V | None = None
    size: int = 0
    resting: PersistentVector[V] = PersistentVector()

    def get(self, position: int) -> V:
        """The lane at a position that exists."""
        if position != self.at:
            return self.resting.get(position)
        assert self.lane is not None
        return self.lane

    def put(self, position: int, lane: V) -> "Lanes[V]":
        """These lanes with that one at `position`, which exists or is the next."""
        if position == self.at:
            return _lanes(position, lane, self.size, self.resting)
        resting = self.resting if self.lane is None else self.resting.put(self.at, self.lane)
        return _lanes(position, lane, max(self.size, position + 1), resting)

    def put_aside(self, position: int, lane: V) -> "Lanes[V]":
        """The same; the lane in work, if there is one, stays the one in work."""
        if self.lane is None or position == self.at:
            return self.put(position, lane)
        resting = self.resting
        if position > resting.size:  # the lane in work never rested, and lies between
            resting = resting.put(self.at, self.lane)
        return _lanes(self.at, self.lane, max(self.size, position + 1), resting.put(position, lane))

    def turn(self, lane: V, position: int) -> "Lanes[V]":
        """These lanes with that one for the lane in work, and the one at `position`, another one, in work."""
        resting, at = self.resting, self.at
        if at < resting.size <= _WIDTH:  # as nearly always: what `get` and `put` do, in half the time
            row = [*resting.root]
            row[at] = lane
            return _lanes(position, row[position], self.size, _vector(tuple(row), resting.size))
        return _lanes(position, resting.get(position), self.size, resting.put(at, lane))

    def __iter__(self) -> Iterator[V]:
        return (self.get(position) for position in range(self.size))

    def __len__(self) -> int:
        return self.size


_lanes: "Callable[..., Lanes[Any]]" = constructor_of(Lanes)

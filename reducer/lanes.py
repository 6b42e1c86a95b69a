"""Persistent collections: a map, and the sequence of a stream's lanes.

A lane is one tool call or one output item. A stream works on one lane for many chunks, then on another; so the lane in
work lies apart, where changing it costs nothing, and the others rest in a map that shares what it can with its older
selves. Neither grows dearer by more than a logarithm with what came before (copying a dict per new lane would).
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

from attrs import frozen

from .opaque import Object

V = TypeVar("V")


@frozen
class Table(Generic[V]):
    """An immutable map from indices and ids to values, as layers of dicts that at least double in size downwards.

    A put adds a layer of one and merges it with the newest layers while they are less than twice as large: amortised,
    an entry is copied once per doubling. A get looks from the newest layer down.
    """

    layers: tuple[Object, ...] = ()

    def get(self, key: int | str) -> V | None:
        """The value last put under `key`, or None."""
        for layer in reversed(self.layers):
            if key in layer:
                found: V = layer[key]  # type: ignore[index]
                return found
        return None

    def put(self, key: int | str, value: V) -> "Table[V]":
        """This map with `value` under `key`."""
        merged: dict[int | str, V] = {key: value}
        depth = len(self.layers)
        while depth and len(self.layers[depth - 1]) < 2 * len(merged):
            depth -= 1
            merged = {**self.layers[depth], **merged}  # type: ignore[dict-item]
        return Table((*self.layers[:depth], Object(merged)))  # type: ignore[arg-type]


@frozen(slots=False)
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
    resting: Table[V] = Table()

    def get(self, position: int) -> V:
        """The lane at a position that exists."""
        lane = self.lane if position == self.at else self.resting.get(position)
        assert lane is not None
        return lane

    def put(self, position: int, lane: V) -> "Lanes[V]":
        """These lanes with that one at `position`, which exists or is the next."""
        if position == self.at:
            return Lanes(position, lane, self.size, self.resting)
        resting = self.resting if self.lane is None else self.resting.put(self.at, self.lane)
        return Lanes(position, lane, max(self.size, position + 1), resting)

    def __iter__(self) -> Iterator[V]:
        return (self.get(position) for position in range(self.size))

    def __len__(self) -> int:
        return self.size

"""Of the items that came those that are none of a list's yet, found by their ids, by what they say and by their places.

To look for each item of a list among all that came would take the square of their number.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from ...values.json_values import Json, as_object, as_text
from ..items import MOST_OPEN, Item, Items
from .identity import content_of, said_of

_IDS = ("call_id", "id")
_Found: TypeAlias = dict[Hashable, list[int]]
"""The positions of items by what they are found by, the last one first."""


class _Index(NamedTuple):
    """How the items that came are found.

    Attributes:
        named: by type, a name of `_IDS` and an id.
        saying: by type and all that they say, where an item of the list says as much.
        placed: by type, and by type and `output_index`: those that no item of the list is by an id or by what it says.
    """

    named: _Found
    saying: _Found
    placed: _Found


class Left:
    """The items of the response that is going on, without those that were taken.

    Args:
        items: what came.
        output: the list.
    """

    def __init__(self, items: Items, output: Sequence[Json]) -> None:
        self._items = items
        self._output = output
        self._first = items.begins
        self._taken = set[int]()
        self._index: _Index | None = None

    def take(self, position: int) -> None:
        """That item is one of the list."""
        self._taken.add(position)
        while self._first in self._taken:
            self._first += 1

    def match(self, members: Mapping[str, Any]) -> int | None:
        """Which of them an item of the list is, by its ids or by what it says."""
        name = "call_id" if members.get("call_id") else "id"
        if members.get(name) and self._first < len(self._items.lanes):
            first = self._items.lanes.get(self._first)
            if first.type == members.get("type") and first.members.get(name, first.id) == members[name]:
                return first.position  # as nearly always
        item_type = as_text(members.get("type"))
        if not item_type or self._first == len(self._items.lanes):
            return None
        index = self._indexed()
        found = [self._next(index.named, (item_type, id_name, as_text(members.get(id_name)))) for id_name in _IDS]
        found.append(self._next(index.saying, (item_type, content_of(members))))
        return next((position for position in found if position is not None), None)

    def in_place(self, members: Mapping[str, Any], order: int) -> int | None:
        """The one at a place of the list, or the next such; not one that another item of the list is."""
        item_type = as_text(members.get("type"))
        if not item_type or self._first == len(self._items.lanes):
            return None
        placed = self._indexed().placed
        position = self._next(placed, (item_type, order))
        return self._next(placed, item_type) if position is None else position

    def following(self, position: int) -> Iterator[Item]:
        """Those of its type that came next."""
        item_type, lanes = self._items.lanes.get(position).type, self._items.lanes
        places = range(position + 1, min(len(lanes), position + 1 + MOST_OPEN))
        return (item for item in map(lanes.get, places) if item.type == item_type and item.position not in self._taken)

    def _indexed(self) -> _Index:
        """The index, made when an item of the list is not simply the next one."""
        if self._index is None:
            places = range(len(self._items.lanes) - 1, self._first - 1, -1)
            left = [self._items.lanes.get(at) for at in places if at not in self._taken]
            self._index = _index_of(left, list(map(as_object, self._output)))
        return self._index

    def _next(self, found: _Found, key: Hashable) -> int | None:
        """The first one that is found by a key."""
        places = found.get(key, [])
        while places and places[-1] in self._taken:
            places.pop()
        return places[-1] if places else None


def _index_of(left: Iterable[Item], output: Iterable[Mapping[str, Any]]) -> _Index:
    ids, wholes, sizes = set[tuple[str, str]](), set[tuple[str, str]](), set[int]()
    for members in output:
        item_type, whole = as_text(members.get("type")), content_of(members)
        ids |= {(item_type, as_text(members.get(name))) for name in _IDS}
        wholes.add((item_type, whole))
        sizes.add(len(whole))
    index = _Index({}, {}, {})
    for item in left:
        for name in _IDS:
            for known in {as_text(item.members.get(name, item.id)), *item.call.aliases} - {""}:
                index.named.setdefault((item.type, name, known), []).append(item.position)
        size = sum(len(part.text) for part in item.parts)
        says = (item.type, said_of(item, size) if size in sizes else "")
        if says[1]:
            index.saying.setdefault(says, []).append(item.position)
        own = {(item.type, one) for one in (item.id, as_text(item.members.get("call_id"))) if one}
        if own & ids or (says[1] and says in wholes):
            continue
        for key in (item.type, (item.type, item.index)):
            index.placed.setdefault(key, []).append(item.position)
    return index

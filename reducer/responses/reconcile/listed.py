"""Which items a response's list means, also where it joins what came as several, or divides what came as one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from ...values.json_values import Json, as_object, as_text
from ..items import CALLS, MODEL_ITEMS, MOST_OPEN, Item, Items
from .identity import content_of, said_of

_SPOKEN = MODEL_ITEMS - CALLS
_IDS = ("call_id", "id")


class Listed(NamedTuple):
    """An item of the list.

    Attributes:
        order: its place there.
        raw: the item.
        position: which of those that came it is; None for another one.
        alone: whether it has the text of that item, and of that alone.
    """

    order: int
    raw: Json
    position: int | None
    alone: bool = True


def listed(items: Items, output: Sequence[Json]) -> Iterator[Listed]:
    """The items of a list in their order; after one whose text several that came have, the others of these."""
    left = list(items.going_on()) if output else []
    spare = _spare(items, left, output) if len(left) != len(output) else {}
    pieces: dict[int, int] = {}
    claimed: set[int] | None = None
    for order, raw in enumerate(output):
        members = as_object(raw)
        position = pieces.get(order)
        if position is not None:
            yield Listed(order, raw, position, False)
            continue
        position = _match(items, left, members) if members else None
        if position is None and members and left:
            claimed = _claimed(items, left, output) if claimed is None else claimed
            position = _in_place(items, left, order, members, claimed)
        if position is None:
            yield Listed(order, raw, None)
            continue
        left.remove(position)
        more = spare.get(as_text(members.get("type")), 0)
        joined = _joined(items, left, position, members) if more > 0 else []
        pieces |= dict.fromkeys(_divided(items, position, output, order) if more < 0 else (), position)
        yield Listed(order, raw, position, not joined and order not in pieces)
        for other in joined:
            left.remove(other)
            yield Listed(order, {"type": members.get("type")}, other)


def _spare(items: Items, left: Sequence[int], output: Sequence[Json]) -> dict[str, int]:
    """How many more items than the list has came, by the type of what is spoken; less than 0 where it has more."""
    spare = dict.fromkeys(_SPOKEN, 0)
    for position in left:
        came = items.lanes.get(position).type
        if came in spare:
            spare[came] += 1
    for raw in output:
        listed_type = as_text(as_object(raw).get("type"))
        if listed_type in spare:
            spare[listed_type] -= 1
    return spare


def _joined(items: Items, left: Sequence[int], position: int, members: Mapping[str, Any]) -> list[int]:
    """The items after that one whose texts, joined to its own, are that of an item of the list."""
    whole, found = content_of(members), list[int]()
    said = said_of(items.lanes.get(position), len(whole))
    following = (at for at in left if at > position)
    for other in islice(_same(items, following, members), MOST_OPEN):
        if len(said) == len(whole) or not whole.startswith(said):
            break
        if more := said_of(other, len(whole) - len(said) + 1):
            said += more
            found.append(other.position)
    return found if said == whole else []


def _divided(items: Items, position: int, output: Sequence[Json], order: int) -> list[int]:
    """The places in the list, from that one on, of the items whose texts are together that of one that came."""
    whole, found = "", list[int]()
    item = items.lanes.get(position)
    size = sum(len(part.text) for part in item.parts)
    for at in range(order, min(order + MOST_OPEN, len(output))):
        members = as_object(output[at])
        if members.get("type") == item.type and len(whole) < size:
            whole += content_of(members)
            found.append(at)
    return found if len(found) > 1 and len(whole) == size and whole == said_of(item, size) else []


def _match(items: Items, left: Sequence[int], members: Mapping[str, Any]) -> int | None:
    """Which of the items that came an item of the final list is, by its ids or by what it says."""
    first = next(_same(items, left[:1], members), None)
    name = "call_id" if members.get("call_id") else "id"
    if first is not None and members.get(name) and first.members.get(name, first.id) == members[name]:
        return first.position  # as nearly always
    for name in _IDS:
        known = members.get(name)
        for item in _same(items, left, members) if known else ():
            if item.members.get(name, item.id) == known or known in item.call.aliases:
                return item.position
    whole = content_of(members)
    for item in islice(_same(items, left, members), MOST_OPEN) if whole else ():
        if said_of(item, len(whole) + 1) == whole:
            return item.position
    return None


def _claimed(items: Items, left: Sequence[int], output: Sequence[Json]) -> set[int]:
    """The items that came of which the list has another item by an id, or that says the same."""
    ids, wholes = set[tuple[str, str]](), dict[int, set[tuple[str, str]]]()
    for members in map(as_object, output):
        listed_type, whole = as_text(members.get("type")), content_of(members)
        ids |= {(listed_type, as_text(members.get(name))) for name in _IDS}
        wholes.setdefault(len(whole), set()).add((listed_type, whole))
    found = set[int]()
    for item in map(items.lanes.get, left):
        size = sum(len(part.text) for part in item.parts)
        named = any((item.type, own) in ids for own in (item.id, as_text(item.members.get("call_id"))) if own)
        if named or (size in wholes and size and (item.type, said_of(item, size)) in wholes[size]):
            found.add(item.position)
    return found


def _in_place(
    items: Items, left: Sequence[int], order: int, members: Mapping[str, Any], claimed: set[int]
) -> int | None:
    """The item that came at a place of the list, or the next such; not one that another item of the list is."""
    free = [item for item in _same(items, left, members) if item.position not in claimed]
    return next((item.position for item in free if item.index == order), free[0].position if free else None)


def _same(items: Items, left: Iterable[int], members: Mapping[str, Any]) -> Iterator[Item]:
    """The items of that type, one by one: nearly always the first is meant, and a list of all would be quadratic."""
    found = (items.lanes.get(position) for position in left)
    return (item for item in found if item.type == members.get("type"))

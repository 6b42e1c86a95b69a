"""Which items a response's list means, also where it joins what came as several, or divides what came as one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...values.json_values import Json, as_object, as_text
from ..items import MOST_OPEN, SPOKEN, Item, Items, is_echo
from .identity import content_of, said_of
from .left import Left


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
    left = Left(items, output)
    spare = _spare(items, output) if output and len(items.going_on()) != len(output) else {}
    came = map(items.lanes.get, items.going_on())
    echoes: dict[Json, int] = {item.id: item.position for item in came if item.id and is_echo(item.members)}
    for echo in echoes.values():
        left.take(echo)
    pieces: dict[int, int] = {}
    for order, raw in enumerate(output):
        members = as_object(raw)
        position = pieces.get(order)
        if position is not None:
            yield Listed(order, raw, position, False)
            continue
        position = echoes.get(members.get("id")) if is_echo(members) else left.match(members)
        if position is None and not is_echo(members):
            position = left.in_place(members, order)
        if position is None:
            yield Listed(order, raw, None)
            continue
        left.take(position)
        more = spare.get(as_text(members.get("type")), 0)
        joined = _joined(items.lanes.get(position), left, members) if more > 0 else []
        pieces |= dict.fromkeys(_divided(items, position, output, order) if more < 0 else (), position)
        yield Listed(order, raw, position, not joined and order not in pieces)
        for other in joined:
            left.take(other)
            yield Listed(order, {"type": members.get("type")}, other)


def _spare(items: Items, output: Sequence[Json]) -> dict[str, int]:
    """How many more items than the list has came, by the type of what is spoken; less than 0 where it has more."""
    spare = dict.fromkeys(SPOKEN, 0)
    for position in items.going_on():
        came = items.lanes.get(position).type
        if came in spare:
            spare[came] += 1
    for raw in output:
        listed_type = as_text(as_object(raw).get("type"))
        if listed_type in spare:
            spare[listed_type] -= 1
    return spare


def _joined(first: Item, left: Left, members: Mapping[str, Any]) -> list[int]:
    """The items after that one whose texts, joined to its own, are that of an item of the list."""
    whole, found = content_of(members), list[int]()
    said = said_of(first, len(whole))
    for other in left.following(first.position):
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

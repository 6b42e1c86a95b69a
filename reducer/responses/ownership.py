"""Whose arguments they are: which events name no call, or two; which calls have more than their own, or lack them."""

from collections.abc import Sequence
from itertools import islice

from ..values.json_values import as_object
from .event import Event
from .items import CALLS, MOST_OPEN, Item, Items


def names_none(items: Items, event: Event, item_type: str) -> bool:
    """Whether an event of arguments names no call: by no known id, and by no index that calls have."""
    index, item_id = event.output_index, event.item_id or ""
    if event.call_id or items.of_id(item_id, item_type) is not None:
        return False
    if index is not None and items.keys.get(index) is None:
        return items.unplaced(index, item_id, item_type) is not None
    return items.named(index, item_id, item_type) is None


def meant_by(items: Items, event: Event, going_on: Sequence[int], whole: str) -> int:
    """Which of the open calls, the last first, an event of arguments means that names none: the only one, most likely.

    Of several it goes on with what came; a whole with what is its beginning. Servers that leave out addresses, or give
    them with the arguments alone, have the wholes in the order of the calls.
    """
    if len(going_on) == 1 or not (whole or event.output_index is not None):
        return going_on[0]
    texts = {at: items.lanes.get(at).text for at in going_on}
    found = [at for at in going_on if whole and texts[at] and texts[at].begins(whole)]
    return (found or [at for at in reversed(going_on) if not texts[at]] or going_on)[0]


def names_two(items: Items, event: Event, item_type: str) -> bool:
    """Whether an event of arguments names two calls of which more may come: which of them is meant is not told.

    Its index and its id are those of two, or its id alone is that of both.
    """
    index, item_id = event.output_index, event.item_id or ""
    by_index, by_id = None if index is None else items.keys.get(index), items.of_id(item_id, item_type)
    if event.call_id or by_id is None:
        return False
    if index is None:
        others = map(items.lanes.get, islice(items.open_ones(item_type), MOST_OPEN))
        return any(one.id == item_id and one.position != by_id and not one.arguments_done for one in others)
    if by_index is None or not items.is_by_id(by_index, by_id, item_id):
        return False
    return _is_of_another(items, index, items.lanes.get(by_id)) and not items.lanes.get(by_index).arguments_done


def names_surely(items: Items, event: Event, item: Item) -> bool:
    """Whether an event says of itself that it is about this call, and about no other.

    An index alone does not where others did not tell, or contradicted ids.
    """
    index = event.output_index
    if event.call_id or (event.item_id == item.id and bool(item.members)):
        return bool(event.call_id) or not _is_of_another(items, index, item)
    return index is not None and item.index == index and items.orphans == item.call.began[1]


def may_have_arguments(event: Event) -> bool:
    """Whether an event of no known name has something that may be a piece of a call's arguments, or all of them."""
    item, more = as_object(event.item), as_object(event.extras)
    return any((event.delta, event.arguments, event.input, *map(item.get, _ARGUMENTS), *map(more.get, _ARGUMENTS)))


_ARGUMENTS = (
    *("arguments", "input", "parameters", "args", "params", "kwargs", "partial_json", "arguments_delta"),
    *("function", "function_call", "tool_call", "tool_calls"),
)
"""The members in which servers have arguments."""


def call_addressed(items: Items, event: Event) -> Item | None:
    """The call that an event addresses, whatever its type says; None if it addresses another item, or none."""
    item_id, own = event.item_id or "", as_object(event.item)
    call_id = event.call_id or own.get("call_id") or ""
    known = items.keys.get(item_id) if item_id else None
    if known is not None and items.lanes.get(known).type not in CALLS:
        return None
    position = items.named(event.output_index, item_id, "function_call", call_id if isinstance(call_id, str) else "")
    return None if position is None else items.lanes.get(position)


def that_may_be_others(items: Items) -> frozenset[int]:
    """The calls of a response that is over whose arguments may be another's: they are in doubt.

    Arguments that contradict each other may be those of a call without any. Where some are of no announced call, and a
    call is without, no address is believed.
    """
    calls = [item for item in map(items.lanes.get, items.going_on()) if item.type in CALLS]
    strays = [item for item in calls if _is_nameless(item) or item.call.conflict or item.call.arguments.has_others]
    places = {item.position for item in strays}
    lacking = frozenset(item.position for item in calls if _lacks_own(item)) - places
    if not (strays and lacking):
        return frozenset()
    if any(map(_is_nameless, strays)):
        return frozenset(item.position for item in calls if not item.call.announced and item.position not in places)
    return lacking


def _is_nameless(item: Item) -> bool:
    """Whether nothing announced it."""
    return not item.members.keys() & {"type", "name"}


def _lacks_own(item: Item) -> bool:
    """Whether it is a call of which no whole arguments came."""
    said = item.type == "custom_tool_call" and item.arguments != ""
    return item.call.settled is None and not (item.call.announced or said)


def _is_of_another(items: Items, index: int | None, item: Item) -> bool:
    """Whether an index is that of another call than this one."""
    position = None if index is None else items.keys.get(index)
    if position in (None, item.position) or item.index == index:
        return False
    return items.lanes.get(position).type in CALLS

"""Which of the items that came a whole item is: by its address, by its ids, or by what it says."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from ...values.json_values import FrozenObject, as_list, as_object, as_text
from ..items import CALLS, MODEL_ITEMS, MOST_OPEN, SPOKEN, Item, Items, is_echo, key_of_call
from ..parts import in_order, joined

THOUGHTS = {"reasoning_text": "reasoning", "summary_text": "summary"}
"""The parts of a message that are reasoning, by their type: the channel that they are of in a reasoning item."""


def find(items: Items, index: int | None, members: FrozenObject, done: bool) -> int | None:
    """Which of the items that came a whole item is; without an address, of several that are open, by its content."""
    item_type, item_id = as_text(members.get("type")), as_text(members.get("id"))
    call_id = as_text(members.get("call_id")) if item_type in CALLS else ""
    position = items.find(index, item_id, item_type, call_id)
    if is_echo(members):
        named = items.named(index, item_id, item_type)
        return named if named is not None and is_echo(items.lanes.get(named).members) else None
    if position is not None and is_echo(items.lanes.get(position).members):
        return _going_on(items, item_type, members)
    if position is not None and done and not items.ends and _says_another(items.lanes.get(position), members):
        return _going_on(items, item_type, members)
    if position is not None and _is_another(items, position, index, members, done):
        return None
    owner = items.keys.get(key_of_call(call_id)) if position is None and call_id else None
    if owner is not None and done and content_of(members) == items.lanes.get(owner).arguments:
        return owner
    if owner is not None and _lacks_arguments(items.lanes.get(owner), members):
        return owner
    known = index is not None or call_id or (item_id and items.keys.get(item_id) is not None)
    if position is None and done and known:
        return _saying(items, item_type, members, bool(call_id and item_id))
    if known:
        return position
    going_on = _going_on(items, item_type, members)
    return position if going_on is None else going_on


def _going_on(items: Items, item_type: str, members: FrozenObject) -> int | None:
    """The open item of which something came that a whole one goes on with."""
    whole = content_of(members)
    for other in islice(items.open_ones(item_type), MOST_OPEN) if whole else ():
        said = said_of(items.lanes.get(other), len(whole) + 1)
        if said and whole.startswith(said):
            return other
    return None


def _is_another(items: Items, position: int, index: int | None, members: FrozenObject, done: bool) -> bool:
    """Whether an item only has the index or the id of another one: some servers give one to several items."""
    item = items.lanes.get(position)
    if done and item.done and _has_other_call_id(item, members) and item.id != members.get("id"):
        return content_of(members) != item.arguments
    if index is None or item.index in (None, index) or items.keys.get(index) is not None:
        return False
    if item.members.get("call_id") and members.get("call_id"):
        return _has_other_call_id(item, members)
    whole = content_of(members)
    return item.done and item.type in MODEL_ITEMS and said_of(item, len(whole) + 1) != whole


def _lacks_arguments(item: Item, members: FrozenObject) -> bool:
    """Whether a call is done, but without whole arguments, which an item with its call_id and its name may have."""
    known = item.call.arguments
    lacking = known.mode in ("placeholder", "object") or known.scan.top in ("empty", "null")
    if item.type == "custom_tool_call":
        lacking = not item.begun
    alike = item.type == members.get("type") and item.members.get("name") == members.get("name")
    return lacking and alike and item.done


def begins_again(items: Items, item: Item, index: int | None, members: FrozenObject) -> bool:
    """Whether a call that is done, and lacks arguments, is announced once more, under an address that nothing had.

    Gateways that accumulate make each piece of a call an item of its own, with the call's id (LobeHub).
    """
    item_id = as_text(members.get("id"))
    new = items.keys.get(item_id) is None if item_id else index is not None and items.keys.get(index) is None
    same = item.type in CALLS and members.get("call_id") not in (None, "") and not _has_other_call_id(item, members)
    return new and same and _lacks_arguments(item, members)


def _says_another(item: Item, members: FrozenObject) -> bool:
    """Whether an item says something else than one of its type that is done, and of which nothing more came since."""
    if not item.done or item.type not in SPOKEN:
        return False
    whole = content_of(members)
    known = [part for part in item.parts if part.begun]
    if item.type != members.get("type") or not (whole and known):
        return False
    if any(part.goes_on or part.again is not None for part in known) or known[-1].rest_of(whole, False) is not None:
        return False
    said = said_of(item, len(whole) + 1)
    provided = "".join(str(part) for part in known) if any(part.whole is not None for part in known) else said
    return not (whole.startswith(said) or said.startswith(whole) or provided == whole)


def _has_other_call_id(item: Item, members: FrozenObject) -> bool:
    known, call_id = item.members.get("call_id"), members.get("call_id")
    return bool(known and call_id) and known != call_id and call_id not in item.call.aliases


def _saying(items: Items, item_type: str, members: FrozenObject, named: bool) -> int | None:
    """The one open item that says just what one does which is done, and has an index and ids that nothing else had.

    vLLM gives the end of an item another index and another id than its beginning. Of a call the name is compared too.
    One that is `named` by two ids can only be a call that nothing announced.
    """
    name, whole = members.get("name"), content_of(members)
    sayable = whole and item_type in MODEL_ITEMS and (name or item_type not in CALLS)
    for at in islice(items.open_ones(item_type), MOST_OPEN) if sayable else ():
        other = items.lanes.get(at)
        alike = not other.members.get("name") or (not named and other.members.get("name") == name)
        if alike and said_of(other, len(whole) + 1) == whole:
            return at
    return None


def is_new(item: Item, members: FrozenObject) -> bool:
    """Whether an item that is announced is another than the one its index meant before."""
    if not item.members:
        return False
    if (item.done or item.parts) and _has_other_call_id(item, members):
        return True
    names = [name for name in ("id", "call_id") if members.get(name) or item.members.get(name)]
    if not names:
        return item.done
    return all(members.get(name) != item.members.get(name) for name in names)


def said_of(item: Item, most: int) -> str:
    """What came of an item's texts, joined as `content_of` joins those of a whole one; so many characters at most."""
    places = item.parts.reading_order()
    if item.type == "reasoning":
        places = in_order(item.parts, "summary") + in_order(item.parts, "reasoning")
    return joined(item.parts, places, most)


def content_of(members: Mapping[str, Any]) -> str:
    """All that an item says, joined."""
    parts = [*map(as_object, as_list(members.get("summary"))), *map(as_object, as_list(members.get("content")))]
    if members.get("type") == "message":
        parts = [part for part in parts if as_text(part.get("type")) not in THOUGHTS]
    texts = [as_text(part.get("refusal")) or as_text(part.get("text")) for part in parts]
    return "".join((as_text(members.get("arguments")), as_text(members.get("input")), *texts))

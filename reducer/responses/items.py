"""The output items of a Responses stream: which item an event is about, and what is known of each.

Items are keyed by `output_index` first, since some servers (GitHub Copilot) send a new id with every event; by the
item's id where there is no index, or where that index means an item of another kind; a call by its `call_id`; else the
open item of that type is meant, of several the one that something came for last. An item that nothing announced (a
stream joined midway, servers that leave out events) is opened by its first event.
"""

from collections.abc import Iterator, Mapping
from itertools import islice

from ..otid import synthetic_call_id
from ..shared.extras import NO_EXTRAS, Extras
from ..values.frozen_value import changer_of, constructor_of, evolve, value
from ..values.json_status import SPACES
from ..values.json_values import EMPTY_OBJECT, FrozenObject, Json, as_text
from ..values.persistent import Lanes, PersistentMap
from ..values.text import EMPTY, Text
from .parts import NO_PARTS, Part, Parts, parts_of
from .tool_calls.verdict import NEW_CALL, CallState

_MOST_DONE = 256  # items that are done, behind which an open one is looked for
MOST_OPEN = 32
"""Items that are open at once, of which one is looked for that an event without an address is about."""
CALLS = frozenset({"function_call", "custom_tool_call"})
"""The types of item that are the caller's to run."""
MEMBERS_OF_CALL = {"function_call": ("arguments", "input"), "custom_tool_call": ("input", "arguments")}
"""By the type of a call: the member that has its arguments, and that of the other type, which servers send too."""
SPOKEN = frozenset({"message", "reasoning"})
"""The types of item that are the model's own words."""
MODEL_ITEMS = CALLS | SPOKEN
"""The types of item that the model itself writes; every other is a server tool's."""


@value
class Item:
    """One output item, so far.

    Attributes:
        index: the item's `output_index`, if it has one.
        order: its place in the provider's final list.
        members: the item's JSON, as it last came.
        parts: its text, in order of first sight.
        opened: whether a tool call's first message is out.
        done: whether the provider said that it is over; what comes for it later may have been there before.
        closed: whether it is over and nothing was cut off.
        answer: which of the stream's responses it belongs to; nearly every stream has one.
        open_part: which part its next delta goes on with, whatever number that has; -1 for none.
        earlier: the last item of its type that was open when this one began.
        extras: what no fold reads of its events.
        renewed: whether it was announced again once it was done: what comes that is new is another item's.
        call: what is known of a tool call beside that.
    """

    position: int
    type: str
    id: str = ""
    index: int | None = None
    order: int | None = None
    members: FrozenObject = EMPTY_OBJECT
    parts: Parts = NO_PARTS
    opened: bool = False
    approval: bool = False
    done: bool = False
    closed: bool = False
    answer: int = 0
    open_part: int = -1
    earlier: int | None = None
    extras: Extras = NO_EXTRAS
    call: CallState = NEW_CALL
    renewed: bool = False

    @property
    def waits(self) -> bool:
        """Whether it is a call whose name has not come, so that its arguments wait."""
        return self.type in CALLS and not self.opened

    def is_called(self, item_id: str) -> bool:
        """Whether an id is its own, as it was announced, or that of the call that it is."""
        return item_id in (self.id, self.members.get("call_id"))

    def with_part(self, at: int, part: Part, open_part: int | None = None) -> "Item":
        """This item with that part in its place, or as the next; and another part open, if that is given."""
        return _with_parts(self, self.parts.put(at, part), self.open_part if open_part is None else open_part)

    def with_call(self, call: CallState) -> "Item":
        """This item with that known of its call."""
        return self if call is self.call else evolve(self, call=call)

    def unheld(self) -> "Item":
        """This item, whose end came: of it nothing is compared with what comes for it."""
        if self.parts.holds:
            return evolve(self, parts=parts_of(evolve(part.over(), again=None, late=False) for part in self.parts))
        if any(len(part.text) != part.ended for part in self.parts):
            return evolve(self, parts=parts_of(part.over() for part in self.parts))
        return self

    @property
    def arguments(self) -> str:
        """A tool call's arguments, without a placeholder that was said before them."""
        part = self.parts[0] if self.parts else None
        if part is None:
            return ""
        return str(part.text)[self.call.arguments.start :] if part.whole is None else str(part.whole)

    @property
    def text(self) -> Text:
        """What was said of a tool call's arguments."""
        return self.parts[0].text if self.parts else EMPTY

    @property
    def is_whole(self) -> bool:
        """Whether a function call's arguments, as they were said and as the result has them, are one whole object."""
        return self.call.arguments.mode == "whole" and self.parts[0].whole is None

    @property
    def begun(self) -> bool:
        """Whether anything of its text came."""
        return len(self.call.arguments.held) > 0 or any(part.begun for part in self.parts)

    @property
    def arguments_done(self) -> bool:
        """Whether the provider said that a tool call's arguments are whole."""
        return self.done or bool(self.parts and self.parts[0].done)


_with_parts = changer_of(Item, "parts", "open_part")


def is_echo(members: Mapping[str, Json]) -> bool:
    """Whether an item is a message of the request, once more: its role is not the model's."""
    return members.get("role") in OF_REQUEST and members.get("type") == "message"


OF_REQUEST = ("user", "system", "developer", "tool")
"""The roles of messages that are not the model's."""


def call_id_of(item: Item, message_id: str) -> str:
    """A tool call's id: its own, else its item's, else one derived from the message id."""
    return as_text(item.members.get("call_id")) or item.id or synthetic_call_id(message_id, item.position)


def name_of_arguments(item_type: str, members: Mapping[str, Json]) -> str:
    """Which member of a call's item has its arguments: its own type's, unless only the other type's says anything."""
    own, other = MEMBERS_OF_CALL[item_type]
    said = as_text(members.get(own)).strip(SPACES)
    nothing = not said or (item_type == "function_call" and said in _NOTHING)
    return other if nothing and as_text(members.get(other)).strip(SPACES) not in ("", said) else own


_NOTHING = ("{}", "null")


def arguments_of(item: Item) -> str:
    """A tool call's arguments, as the result has them: of a function that is closed, absent ones and null are `{}`."""
    arguments = item.arguments
    nothing = item.type == "function_call" and (not arguments or arguments.strip(SPACES) == "null")
    return "{}" if item.closed and nothing else arguments


@value
class Items:
    """All output items, and how to find them.

    Attributes:
        keys: the position that an `output_index` (int), an item's id, a call's id (`key_of_call`) or a type
            (`_key_of_type`: its last item) means, in the response that is going on.
        answer: which response that is.
        orphans: how many times arguments came of which it is not told which of several calls they are of.
        begins: the position of that response's first item.
        ends: how many times it was said that it is over.
    """

    lanes: Lanes[Item] = Lanes()
    keys: PersistentMap[int] = PersistentMap()
    answer: int = 0
    orphans: int = 0
    begins: int = 0
    ends: int = 0

    def find(self, index: int | None, item_id: str, item_type: str, call_id: str = "") -> int | None:
        """The position of the item that an event means, if it exists: the one that it names, else the open one.

        Args:
            index: the event's `output_index`.
            item_id: the id it gives, or the empty string.
            item_type: the type of item it must be about, or the empty string.
            call_id: the call's id that it gives, or the empty string.
        """
        named = self.named(index, item_id, item_type, call_id)
        if named is not None or not self.names_none(index, item_id, item_type):
            return named
        position = next(self.open_ones(item_type), None)
        return position if position is None or not call_id or self._is_call(position, call_id) else None

    def named(self, index: int | None, item_id: str, item_type: str, call_id: str = "") -> int | None:
        """The position of the item that an event names, if it exists; else that of a call of the other type."""
        by_index = None if index is None else self.keys.get(index)
        by_id = self.of_id(item_id, item_type)
        if by_index is not None and by_index == by_id and not call_id and self._fits(by_index, item_type):
            return by_index  # as nearly always
        by_index, by_id = self._of_type(index, by_index, item_type), self._of_type(item_id, by_id, item_type)
        found = (by_index, by_id)
        if by_id is not None and (self.lanes.get(by_id).index == index or self.is_by_id(by_index, by_id, item_id)):
            found = (by_id, by_index)  # some servers give every item the same index
        fitting = [at for at in found if at is not None and self._fits(at, item_type)]
        if not fitting and item_type in CALLS:
            fitting = [at for at in found if at is not None and self.lanes.get(at).type in CALLS]
        if not call_id:
            return fitting[0] if fitting else None
        own = [at for at in fitting if self._is_call(at, call_id)]
        if own and self.lanes.get(own[0]).members.get("call_id"):
            return own[0]
        by_call = self.keys.get(key_of_call(call_id))
        if by_call is not None and self._fits(by_call, item_type):
            known = self.lanes.get(by_call)
            if index is None or known.index is None or not known.done:
                return by_call
        return next(iter((*own, *fitting)), None)

    def is_by_id(self, by_index: int | None, by_id: int | None, item_id: str) -> bool:
        """Whether an event that has the index of one call and the own id of another one is about the latter.

        Gateways that translate may count indices in several ways, and give each call one id. What is over is not meant.
        """
        if by_index is None or by_id is None or by_index == by_id:
            return False
        one, other = self.lanes.get(by_index), self.lanes.get(by_id)
        own = other.is_called(item_id) and not one.is_called(item_id)
        return own and one.type in CALLS and other.type in CALLS and not other.arguments_done

    def of_id(self, item_id: str, item_type: str) -> int | None:
        """What an id means; some servers have a call's own id in the place of its item's."""
        position = self.keys.get(item_id) if item_id else None
        return self.keys.get(key_of_call(item_id)) if position is None and item_type in CALLS else position

    def names_none(self, index: int | None, item_id: str, item_type: str) -> bool:
        """Whether an event names no item of its type: by no id that is known, and by no index but another type's."""
        if not item_type or self.of_id(item_id, item_type) is not None:
            return False
        return index is None or (not item_id and self.keys.get(index) is not None)

    def unplaced(self, index: int | None, item_id: str, item_type: str) -> int | None:
        """The position of the open item that an event means whose index and id nothing had before.

        It has no index, or is the only one that is open and was announced, and nothing came for it.
        """
        if index is None or self.keys.get(index) is not None or self.of_id(item_id, item_type) is not None:
            return None
        places = list(islice(self.open_ones(item_type), MOST_OPEN))
        for at in places:
            if self.lanes.get(at).index is None:
                return at
        going_on = [item for item in map(self.lanes.get, places) if not item.arguments_done]
        if len(going_on) != 1 or not going_on[0].members or going_on[0].begun:
            return None
        return going_on[0].position

    def open_ones(self, item_type: str) -> Iterator[int]:
        """The positions of the open items of a type, the one in work first, then backwards."""
        at = self.lanes.at
        if at >= 0 and item_type and self._is_open(at, item_type):
            yield at
        position = self._open_before(self.keys.get(_key_of_type(item_type)))
        while position is not None:
            if position != at:
                yield position
            position = self._open_before(self.lanes.get(position).earlier)

    def put(self, item: Item, name: int | str = "") -> "Items":
        """These items with that one in its place, or as the next; `name` is one more id or index of it."""
        keys, position = self.keys, item.position
        new: dict[int | str, int] = {}
        names = (item.id, name) if name != item.id else (name,)
        for key in names if item.index is None else (item.index, *names):
            known = keys.get(key) if key != "" else position
            free = key if known is None or known == position else self._free_key(key, known, item.type)
            if known != position and keys.get(free) != position:
                new[free] = position
        if position == self.lanes.size:
            of_type = _key_of_type(item.type)
            earlier = self._open_before(keys.get(of_type))
            item = item if earlier is None else evolve(item, earlier=earlier)
            new[of_type] = position
        call_id = item.members.get("call_id") if item.type in CALLS else None
        if call_id and isinstance(call_id, str) and keys.get(key_of_call(call_id)) != position:
            new[key_of_call(call_id)] = position
        if new:
            keys = keys.put_all(new)
        lanes = self.lanes.put(position, item)
        return _items(lanes, keys, self.answer, self.orphans, self.begins, self.ends)

    def with_own_id(self, item: Item, message_id: str) -> Item:
        """An item that begins; a call under another one's id has an id of its own, so that each can be answered."""
        call_id = as_text(item.members.get("call_id")) if item.type in CALLS else ""
        if not call_id or self.keys.get(key_of_call(call_id)) is None:
            return item
        own = synthetic_call_id(message_id, item.position)
        return evolve(item, members=FrozenObject({**item.members, "call_id": own}), call=item.call.called(call_id))

    def repeats(self, item: Item) -> bool:
        """Whether a call that came under another one's id says what that one does."""
        found = (self.keys.get(key_of_call(one)) for one in item.call.aliases)
        others = [self.lanes.get(at) for at in found if at not in (None, item.position)]
        alike = [one for one in others if one.members.get("name") == item.members.get("name")]
        return any(one.arguments == item.arguments for one in alike)

    def replace(self, item: Item) -> "Items":
        """These items with that one in its place, which has no other names than before."""
        lanes = self.lanes.put(item.position, item)
        return _items(lanes, self.keys, self.answer, self.orphans, self.begins, self.ends)

    def with_lanes(self, lanes: Lanes[Item]) -> "Items":
        """These items, with what is new of some of them."""
        return Items(lanes, self.keys, self.answer, self.orphans, self.begins, self.ends)

    def put_aside(self, item: Item) -> "Items":
        """The same; the item in work stays the one in work."""
        return self.with_lanes(self.lanes.put_aside(item.position, item))

    def next_answer(self) -> "Items":
        """These items, and nothing that comes after is about any of them."""
        return Items(self.lanes, PersistentMap(), self.answer + 1, self.orphans, len(self.lanes))

    def going_on(self) -> range:
        """The positions of the items of the response that is going on."""
        return range(self.begins, len(self.lanes))

    def in_order(self, first: int = 0) -> list[Item]:
        """The items from that one on as the provider orders them: by its final list, by index, or as they came."""

        def by_index(item: Item) -> tuple[int, int, int]:
            return item.answer, item.position if item.index is None else item.index, item.position

        items = sorted(map(self.lanes.get, range(first, len(self.lanes))), key=by_index)
        listed = iter(sorted((item for item in items if item.order is not None), key=_by_order))
        # The list of a response that lacks some of its items gives an order to the others alone.
        return [item if item.order is None else next(listed) for item in items]

    def __iter__(self) -> Iterator[Item]:
        return iter(self.lanes)

    def _fits(self, position: int, item_type: str) -> bool:
        return not item_type or self.lanes.get(position).type == item_type

    def _of_type(self, key: int | str | None, position: int | None, item_type: str) -> int | None:
        """What a key means for a type of item, where it means `position` for others."""
        if key is None or position is None or self._fits(position, item_type):
            return position
        own = self.keys.get(_key_for_type(key, item_type))
        return position if own is None else own

    def _free_key(self, key: int | str, position: int, item_type: str) -> int | str:
        """A key that already means another item: as long as that is open and of another type, it stays that one's."""
        return (
            key if self.lanes.get(position).done or self._fits(position, item_type) else _key_for_type(key, item_type)
        )

    def _is_open(self, position: int, item_type: str) -> bool:
        item = self.lanes.get(position)
        return item.type == item_type and not item.done and item.answer == self.answer

    def _is_call(self, position: int, call_id: str) -> bool:
        item = self.lanes.get(position)
        return item.members.get("call_id") in (None, "", call_id) or call_id in item.call.aliases

    def _open_before(self, position: int | None) -> int | None:
        """That position, or the nearest one before it whose item was not done when last asked; None if it is far."""
        for _ in range(_MOST_DONE):
            if position is None or not self.lanes.get(position).done:
                return position
            position = self.lanes.get(position).earlier
        return None


_items = constructor_of(Items)


def key_of_call(call_id: str) -> str:
    """What a call's id is among the keys, which has items' ids as well."""
    return f"call {call_id}"


def _key_of_type(item_type: str) -> str:
    return f"open {item_type}"


def _key_for_type(key: int | str, item_type: str) -> str:
    return f"{item_type} at {key}"


def _by_order(item: Item) -> tuple[int, int]:
    return item.answer, item.order or 0


NO_ITEMS = Items()
"""No output items."""

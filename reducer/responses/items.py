"""The output items of a Responses stream: which item an event is about, and what is known of each.

Items are keyed by `output_index` first, since some servers (GitHub Copilot) send a new id with every event; by the
item's id where there is no index, or where that index means an item of another kind; else the open item is meant. An
item that nothing announced (a stream joined midway, servers that leave out events) is opened by its first event.
"""

from collections.abc import Iterator

from attrs import evolve

from ..values.frozen_value import value
from ..values.json_values import EMPTY_OBJECT, FrozenObject, Json
from ..values.persistent import Lanes, PersistentMap
from ..values.text import EMPTY, Text

CALLS = frozenset({"function_call", "custom_tool_call"})
"""The types of item that are the caller's to run."""
MODEL_ITEMS = CALLS | {"message", "reasoning"}
"""The types of item that the model itself writes; every other is a server tool's."""


@value
class Part:
    """One stretch of an item's text.

    Attributes:
        channel: "text", "refusal", "summary", "reasoning" (raw), "arguments", or a server tool's member.
        index: the part's number within its channel.
        text: as it was emitted.
        whole: as the provider has it, where that contradicts `text`.
        notes: its citations.
    """

    channel: str
    index: int
    text: Text = EMPTY
    whole: str | None = None
    notes: tuple[Json, ...] = ()

    def __str__(self) -> str:
        return str(self.text) if self.whole is None else self.whole


@value
class Item:
    """One output item, so far.

    Attributes:
        index: the item's `output_index`, if it has one.
        order: its place in the provider's final list.
        members: the item's JSON, as it last came.
        parts: its text, in order of first sight.
        opened: whether a tool call's first message is out.
        done: whether the provider said that it is over; what comes for it later was there before.
        closed: whether it is over and nothing was cut off.
        answer: which of the stream's responses it belongs to; nearly every stream has one.
    """

    position: int
    type: str
    id: str = ""
    index: int | None = None
    order: int | None = None
    members: FrozenObject = EMPTY_OBJECT
    parts: tuple[Part, ...] = ()
    opened: bool = False
    approval: bool = False
    done: bool = False
    closed: bool = False
    answer: int = 0

    def part_at(self, channel: str, index: int) -> int:
        """Where in `parts` that part is, or would be."""
        for at, part in enumerate(self.parts):
            if part.index == index and part.channel == channel:
                return at
        return len(self.parts)

    def with_part(self, at: int, part: Part) -> "Item":
        """This item with that part in its place, or as the next."""
        return evolve(self, parts=(*self.parts[:at], part, *self.parts[at + 1 :]))

    @property
    def arguments(self) -> str:
        """A tool call's arguments."""
        return "".join(str(part) for part in self.parts if part.channel == "arguments")


@value
class Items:
    """All output items, and how to find them.

    Attributes:
        keys: the position that an `output_index` (int) or an item's id (str) means, in the response that is going on.
        answer: which response that is.
    """

    lanes: Lanes[Item] = Lanes()
    keys: PersistentMap[int] = PersistentMap()
    answer: int = 0

    def find(self, index: int | None, item_id: str, item_type: str) -> int | None:
        """The position of the item that an event means, if it exists.

        Args:
            index: the event's `output_index`.
            item_id: the id it gives, or the empty string.
            item_type: the type of item it must be about, or the empty string.
        """
        by_index = None if index is None else self.keys.get(index)
        by_id = self.keys.get(item_id) if item_id else None
        found = (by_index, by_id)
        if by_id is not None and self.lanes.get(by_id).index == index:
            found = (by_id, by_index)  # some servers give every item the same index
        for position in found:
            if position is not None and self._fits(position, item_type):
                return position
        open_one = self.lanes.at if index is None and by_id is None else -1
        if open_one >= 0 and item_type and self._fits(open_one, item_type):
            lane = self.lanes.get(open_one)
            return open_one if not lane.done and lane.answer == self.answer else None
        return None

    def put(self, item: Item, item_id: str = "") -> "Items":
        """These items with that one in its place, or as the next; `item_id` is one more name for it."""
        keys = self.keys
        for key in (item.index, item.id, item_id):
            if key is not None and key != "" and keys.get(key) != item.position:
                keys = keys.put(key, item.position)
        return Items(self.lanes.put(item.position, item), keys, self.answer)

    def next_answer(self) -> "Items":
        """These items, and nothing that comes after is about any of them."""
        return Items(self.lanes, PersistentMap(), self.answer + 1)

    def in_order(self) -> list[Item]:
        """The items as the provider orders them: by its final list, else by index, else as they came."""

        def by_index(item: Item) -> tuple[int, int, int]:
            return item.answer, item.position if item.index is None else item.index, item.position

        items = sorted(self.lanes, key=by_index)
        listed = iter(sorted((item for item in items if item.order is not None), key=_by_order))
        # The list of a response that lacks some of its items gives an order to the others alone.
        return [item if item.order is None else next(listed) for item in items]

    def __iter__(self) -> Iterator[Item]:
        return iter(self.lanes)

    def _fits(self, position: int, item_type: str) -> bool:
        return not item_type or self.lanes.get(position).type == item_type


def _by_order(item: Item) -> tuple[int, int]:
    return item.answer, item.order or 0


NO_ITEMS = Items()
"""No output items."""

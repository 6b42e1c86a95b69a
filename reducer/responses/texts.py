"""The texts of a Responses state in the making: what deltas add to the parts of items, and what wholes say of them."""

from collections.abc import Mapping
from itertools import islice

from ..limits import LimitPassed, check_identifier, check_keys
from ..messages import Message
from ..otid import RunCursor
from ..shared import emit
from ..shared.draft import Draft
from ..shared.envelope import Envelope
from ..values.frozen_value import constructor_of, evolve
from ..values.halves import ends_in_half, join_halves
from ..values.json_values import FrozenObject, Json, as_object
from ..values.text import EMPTY, Text
from .event import Event
from .items import CALLS, MOST_OPEN, Item, Items
from .ownership import meant_by, names_none, names_two
from .parts import (
    NEW,
    Part,
    part_of_delta,
)
from .state import State, Work, work_of
from .tool_calls.verdict import Losses, call_that_begins

_NAMES = (
    ("id", "characters of an id"),
    ("type", "characters of a type"),
    ("call_id", "characters of an id"),
    ("name", "characters of a name"),
)
_MOST_SEARCHED = 16  # times a text, for what comes after its end


_part = constructor_of(Part)


class TextsDraft(Draft[State, Envelope]):
    """The part of a draft that is about items and their texts.

    Attributes:
        items, work, text: as in the state.
        goes_on: whether the event goes on with the part in work.
    """

    __slots__ = ("goes_on", "items", "text", "work")

    goes_on: bool
    items: Items
    text: Text
    work: Work | None

    @property
    def losses_before(self) -> Losses:
        """What was lost before this event, for a call that begins with it: it may lack what the event has lost."""
        return self.before.envelope.lost, self.items.orphans

    def find(self, event: Event, item_type: str) -> Item | None:
        """The item that an event is about, if there is one."""
        call_id = event.call_id or "" if item_type in CALLS else ""
        index, item_id = event.output_index, event.item_id or ""
        position = self.items.find(index, item_id, item_type, call_id)
        if position is None and item_type and not call_id:
            position = self.items.unplaced(index, item_id, item_type)
        return None if position is None else self.items.lanes.get(position)

    def open(self, event: Event, item_type: str, begins: bool = False) -> Item:
        """The item that an event is about; a new one if nothing announced it, or the event `begins` it."""
        self.rest()
        item = None if begins else self.find(event, item_type)
        if item is None:
            self.check_new_item()
            call_id = event.call_id if item_type in CALLS else None
            members = FrozenObject(call_id=call_id) if call_id else FrozenObject()
            place, item_id = len(self.items.lanes), event.item_id or ""
            item = Item(place, item_type, item_id, event.output_index, members=members, answer=self.items.answer)
            self.items = self.items.put(item.with_call(call_that_begins(self.losses_before)))
            item = self.items.lanes.get(place)
        return self.addressed(item, event)

    def addressed(self, item: Item, event: Event, sure: bool = True) -> Item:
        """The item, known by the address that an event has for it as well; its own index is only what it `sure` has."""
        index, item_id = event.output_index, event.item_id or ""
        placed = item.index is not None
        if index is not None and self.items.keys.get(index) is None:
            if not placed and sure:
                item = evolve(item, index=index)
            if not placed or self.items.of_id(item_id, item.type) is None:
                self.items = self.items.put(item, index)
        if item_id and item_id != item.id:
            self.items = self.items.put(item, item_id)
        return item

    def check_identifiers(self, event: Event) -> None:
        """Let an event pass whose names and ids are no longer than they may be.

        Raises:
            LimitPassed: if one is, or if more responses began in the stream than may.
        """
        limits = self.limits
        check_identifier(limits, "characters of an id", event.item_id)
        check_identifier(limits, "characters of an id", event.call_id)
        if event.response is None and event.type != "response.created":
            return
        response = as_object(event.response)
        check_identifier(limits, "characters of an id", response.get("id"))
        check_identifier(limits, "characters of a model's name", response.get("model"))
        if sum(map(len, self.before.answers.layers)) > limits.lanes:
            raise LimitPassed("lanes", "responses", limits.lanes)

    def check_keys(self) -> None:
        """Let an event pass after which the items are not called by too many indices and ids.

        Raises:
            LimitPassed: if they are.
        """
        if self.items.keys is not self.before.items.keys:
            check_keys(self.limits, "indices and ids of output items", self.items.keys.held)

    def check_names(self, members: Mapping[str, Json]) -> None:
        """Let an item pass whose name and ids are no longer than they may be.

        Raises:
            LimitPassed: if one is.
        """
        limits = self.limits
        for name, what in _NAMES:
            if name in members:
                check_identifier(limits, what, members[name])

    def check_new_item(self) -> None:
        """Let one more item pass.

        Raises:
            LimitPassed: if there are as many as may be.
        """
        if len(self.items.lanes) >= self.limits.lanes:
            raise LimitPassed("lanes", "output items", self.limits.lanes)

    def call_of(self, event: Event, item_type: str, whole: str = "") -> Item:
        """The call that an event is about; a new one if none is meant.

        An event that names no known call goes to the one that is open; of several, which one cannot be told. Nor can it
        be where its index and its id are those of two.
        """
        if names_two(self.items, event, item_type):
            self.items = evolve(self.items, orphans=self.items.orphans + 1)
        if not names_none(self.items, event, item_type):
            return self.open(event, item_type)
        self.rest()
        lanes = self.items.lanes
        places = list(islice(self.items.open_ones(item_type), MOST_OPEN))
        going_on = [at for at in places if not lanes.get(at).arguments_done]
        if event.output_index is not None and self.items.keys.get(event.output_index) is None:
            going_on = [at for at in going_on if lanes.get(at).index is None] or going_on
        if not going_on:  # an id that is new after the arguments of a call were done is that of another call
            return self.open(event, item_type, begins=bool(places) and bool(event.item_id))
        if len(going_on) > 1:
            self.items = evolve(self.items, orphans=self.items.orphans + 1)
        item = lanes.get(meant_by(self.items, event, going_on, whole))
        return self.addressed(item, event, item.call.began[1] == self.items.orphans)

    def rest(self) -> None:
        """Put the text of the part in work where it belongs."""
        if self.work is not None:
            self.items = rested_items(self.items, self.work, self.text)
            self.work = None
            self.text = EMPTY

    def add(self, event: Event, item_type: str, channel: str, piece: str) -> None:
        """A piece of a part's text."""
        work = self.work
        if not self.goes_on or work is None:
            index = event.summary_index if channel == "summary" else event.content_index
            item = self.open(event, item_type)
            if item.done and self.envelope.over:
                self.note("ignored", f"{event.type} for an item that is done")
                return
            item, at = self.part_of(item, channel, index or 0)
            item, piece = self.without_half(item, at, piece)
            if not piece:
                return
            if item.parts[at].again is not None or (item.done and not item.parts[at].late):
                piece = self.unsaid(item, at, piece)
                item = self.items.lanes.get(item.position)
                if not piece:
                    return
                if item.renewed:
                    item, at = self.begin_part(self.another(item, event), channel, index or 0)
            if item.parts[at].whole is not None or item.parts[at].half:
                self.say(item, at, piece)
                return
            work = work_of(item, at, event)
            self.text = item.parts[at].text
            self.work = work
        self.grow(work, piece)

    def grow(self, work: Work, piece: str) -> None:
        """Emit a piece of the part in work, and add it to its text.

        Raises:
            LimitPassed: if not all of it fits.
        """
        fitting = piece[: self.room(len(self.text))]
        if fitting:
            self.emit_piece(work, fitting)
            self.text = self.text.append(fitting)
        if len(fitting) < len(piece):
            self.pass_limit(f"an item's {work.channel}")

    def without_half(self, item: Item, at: int, piece: str) -> tuple[Item, str]:
        """A piece of a part with the half character held before it, and without one at its end, which is held."""
        part = item.parts[at]
        if not part.half and not ends_in_half(piece):
            return item, piece
        piece, half = join_halves(part.half, piece)
        item = item.with_part(at, evolve(part, half=half))
        self.items = self.items.put(item)
        return item, piece

    def part_of(self, item: Item, channel: str, index: int) -> tuple[Item, int]:
        """The item, and where in it the part is that a delta of this channel goes on with; a new one if need be."""
        at = part_of_delta(item.parts, item.open_part, channel, index, item.done)
        if at == NEW:
            return self.begin_part(item, channel, index)
        part = item.parts[at]
        if not part.has_index(index):
            part = evolve(part, last=index)
        if item.open_part != at or part is not item.parts[at]:
            item = item.with_part(at, part, at)
            self.items = self.items.put(item)
        return item, at

    def another(self, item: Item, event: Event) -> Item:
        """A new item under the names of one that is done, and that was announced again; that one stays as it is."""
        self.check_new_item()
        self.items = self.items.put_aside(evolve(item.unheld(), renewed=False))
        index = item.index if event.output_index is None else event.output_index
        new = Item(len(self.items.lanes), item.type, event.item_id or item.id, index, answer=self.items.answer)
        self.items = self.items.put(new)
        return self.items.lanes.get(new.position)

    def begin_part(self, item: Item, channel: str, index: int) -> tuple[Item, int]:
        """The item with one more part, which is open, and where that is."""
        at = self.next_part(item)
        item = item.with_part(at, _part(channel, index), at)
        self.items = self.items.put(item)
        return item, at

    def next_part(self, item: Item) -> int:
        """Where one more part of an item is to be.

        Raises:
            LimitPassed: if there are as many as may be.
        """
        at = len(item.parts)
        if at >= self.limits.lanes:
            raise LimitPassed("lanes", "parts of an item", self.limits.lanes)
        return at

    def say(self, item: Item, at: int, piece: str) -> None:
        """Add to the text of a part that is not in work, and to the provider's whole if that contradicted it."""
        part = item.parts[at]
        came, piece = piece, piece[: self.room(max(len(part.text), len(part.whole or "")))]
        if piece and not item.waits:
            self.text = part.text
            self.emit_piece(work_of(item, at), piece)
            self.text = EMPTY
        whole = None if part.whole is None else part.whole.append(piece)
        self.items = self.items.put(item.with_part(at, evolve(part, text=part.text.append(piece), whole=whole)))
        if len(piece) < len(came):
            self.pass_limit(f"an item's {part.channel.partition('.')[0]}")

    def say_of_tool(self, item: Item, at: int, piece: str) -> None:
        """Add to the text of a server tool's part."""
        part = item.parts[at]
        fitting = piece[: self.room(len(part.text))]
        if fitting:
            self.emit(emit.server_tool(self.run, item.type, item.id or None, delta=fitting))
        self.add_to_tool(item, at, piece)

    def add_to_tool(self, item: Item, at: int, piece: str) -> Item:
        """The item of a server tool, with more text in one of its parts.

        Raises:
            LimitPassed: if not all of it fits.
        """
        part = item.parts[at]
        fitting = piece[: self.room(len(part.text))]
        item = item.with_part(at, part.with_text(part.text.append(fitting)))
        self.items = self.items.put(item)
        if len(fitting) < len(piece):
            self.pass_limit(f"an item's {part.channel.partition('.')[0]}")
        return item

    def unsaid(self, item: Item, at: int, piece: str) -> str:
        """What is new of a piece that may repeat what its part has; what may be a repetition is only remembered.

        Both stand where they part: then all that was remembered is new.
        """
        part = item.parts[at]
        start, end = part.again or (0, 0)
        expected = part.text.between(end, end + len(piece))
        if not item.done and piece.startswith(expected):
            whole = end + len(expected) == len(part.text)
            part = evolve(part, again=None if whole else (start, end + len(piece)))
            piece = piece[len(expected) :] if whole else ""
        elif item.done and part.again is not None and expected == piece:
            part = evolve(part, again=(start, end + len(piece)))
            piece = ""
        else:
            piece = part.text.between(start, end) + piece
            part, found = _searched(part, piece, start) if item.done else (part, -1)
            part = evolve(part, again=None if found < 0 else (found, found + len(piece)), late=item.done and found < 0)
            piece = piece if found < 0 else ""
        self.items = self.items.put(item.with_part(at, part))
        return piece

    def emit_piece(self, work: Work, piece: str) -> None:
        """Emit a piece of the part in work, which `self.text` does not have yet."""
        if work.channel == "summary" and not self.text and self.follows(work):
            piece = "\n\n" + piece
        self.emit(said(self.run, work, piece))

    def follows(self, work: Work) -> bool:
        """Whether a part of a summary comes after another one that has text."""
        return 0 <= self.items.lanes.get(work.position).parts.summary < work.part


def said(run: RunCursor, work: Work, piece: str) -> tuple[RunCursor, Message]:
    """The message of a piece of the part in work, and its run."""
    channel = work.channel
    if channel == "text":
        return emit.text(run, piece, work.phase)
    if channel == "arguments":
        return emit.call(run, work.approval, work.call_id, "", piece)
    return emit.refusal(run, piece) if channel == "refusal" else emit.reasoning(run, piece)


def rested_items(items: Items, work: Work, text: Text) -> Items:
    """The items, with the text of the part in work where it belongs."""
    item = items.lanes.get(work.position)
    return items.put(item.with_part(work.part, item.parts[work.part].with_text(text)))


def rested(state: State) -> Items:
    """A state's items, up to date."""
    return state.items if state.work is None else rested_items(state.items, state.work, state.text)


def _searched(part: Part, piece: str, start: int) -> tuple[Part, int]:
    """A part whose text was searched for a piece, from there on, and where that is; -1 if it is not found.

    Beyond some times the text's length nothing is searched any more: what comes is taken for new.
    """
    if part.searched > _MOST_SEARCHED * len(part.text):
        return part, -1
    found = part.text.find(piece, start)
    return evolve(part, searched=part.searched + (len(part.text) if found < 0 else found) - start), found

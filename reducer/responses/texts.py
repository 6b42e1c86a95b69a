"""The texts of a Responses state in the making: what deltas add to the parts of items, and what wholes say of them."""

from collections.abc import Sequence

from attrs import evolve

from .. import emit
from ..draft import Draft
from ..envelope import Envelope
from ..values.json_values import FrozenObject, as_text
from ..values.text import EMPTY, Text
from .dedup import header_of
from .event import Event
from .items import CALLS, Item, Items
from .parts import (
    JOINED,
    NEW,
    Part,
    Piece,
    in_order,
    joined,
    part_begun,
    part_of_delta,
    part_of_whole,
    parts_of_wholes,
)
from .state import State, Work


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

    def find(self, event: Event, item_type: str) -> Item | None:
        """The item that an event is about, if there is one."""
        call_id = event.call_id or "" if item_type in CALLS else ""
        position = self.items.find(event.output_index, event.item_id or "", item_type, call_id)
        return None if position is None else self.items.lanes.get(position)

    def open(self, event: Event, item_type: str, begins: bool = False) -> Item:
        """The item that an event is about; a new one if nothing announced it, or the event `begins` it."""
        self.rest()
        item = None if begins else self.find(event, item_type)
        if item is None:
            call_id = event.call_id if item_type in CALLS else None
            members = FrozenObject(call_id=call_id) if call_id else FrozenObject()
            place, item_id = len(self.items.lanes), event.item_id or ""
            item = Item(place, item_type, item_id, event.output_index, members=members, answer=self.items.answer)
            self.items = self.items.put(item)
            item = self.items.lanes.get(place)
        elif event.item_id and event.item_id != item.id:
            self.items = self.items.put(item, event.item_id)
        return item

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
            if item.parts[at].again is not None or (item.done and not item.parts[at].late):
                piece = self.unsaid(item, at, piece)
                item = self.items.lanes.get(item.position)
                if not piece:
                    return
            if item.waits or item.parts[at].whole is not None:
                self.say(item, at, piece)
                return
            work = _work(item, at, event)
            self.text = item.parts[at].text
            self.work = work
        self.emit_piece(work, piece)
        self.text = self.text.append(piece)

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

    def begin_part(self, item: Item, channel: str, index: int) -> tuple[Item, int]:
        """The item with one more part, which is open, and where that is."""
        at = len(item.parts)
        item = item.with_part(at, Part(channel, index), at)
        self.items = self.items.put(item)
        return item, at

    def say(self, item: Item, at: int, piece: str) -> None:
        """Add to the text of a part that is not in work, and to the provider's whole if that contradicted it."""
        part = item.parts[at]
        if not item.waits:
            self.text = part.text
            self.emit_piece(_work(item, at), piece)
            self.text = EMPTY
        whole = None if part.whole is None else part.whole + piece
        self.items = self.items.put(item.with_part(at, evolve(part, text=part.text.append(piece), whole=whole)))

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
            found = str(part.text).find(piece, start) if item.done else -1
            part = evolve(part, again=None if found < 0 else (found, found + len(piece)), late=item.done and found < 0)
            piece = piece if found < 0 else ""
        self.items = self.items.put(item.with_part(at, part))
        return piece

    def emit_piece(self, work: Work, piece: str) -> None:
        """Emit a piece of the part in work, which `self.text` does not have yet."""
        channel = work.channel
        if channel == "text":
            self.emit(emit.text(self.run, piece, work.phase))
        elif channel == "arguments":
            self.emit(emit.call(self.run, work.approval, work.call_id, "", piece))
        elif channel == "refusal":
            self.emit(emit.refusal(self.run, piece))
        else:
            if channel == "summary" and not self.text and self.follows(work):
                piece = "\n\n" + piece
            self.emit(emit.reasoning(self.run, piece))

    def follows(self, work: Work) -> bool:
        """Whether a part of a summary comes after another one that has text."""
        parts = self.items.lanes.get(work.position).parts[: work.part]
        return any(part.channel == "summary" and len(part.text) for part in parts)

    def begin(self, event: Event, item_type: str, channel: str, text: str) -> None:
        """A part begins, perhaps with text, of which more may have been emitted by now."""
        index = (event.summary_index if channel == "summary" else event.content_index) or 0
        item = self.open(event, item_type, self.begins_an_item(event, item_type, channel, index))
        self.begin_with(item, channel, Piece(index, text))

    def begins_an_item(self, event: Event, item_type: str, channel: str, index: int) -> bool:
        """Whether a part that begins is of an item that nothing announced: the open one has it, by another id."""
        if event.output_index is not None or not event.item_id or self.items.keys.get(event.item_id) is not None:
            return False
        item = self.find(event, item_type)
        return (
            item is not None
            and not item.members
            and any(part.channel == channel and part.index == index for part in item.parts)
        )

    def begin_with(self, item: Item, channel: str, piece: Piece) -> None:
        """The same, for a part of an item that was found."""
        at = part_begun(item.parts, item.open_part, channel, piece, item.done)
        if at == NEW:
            item, at = self.begin_part(item, channel, piece.number)
        elif item.open_part != at and not item.done:
            item = evolve(item, open_part=at)
            self.items = self.items.put(item)
        part = item.parts[at]
        if not str(part.text).startswith(piece.whole):
            self.reconcile_part(item, at, piece.whole)
            item = self.items.lanes.get(item.position)
            if not len(part.text):  # its deltas may say the same from the beginning
                self.items = self.items.put(item.with_part(at, evolve(item.parts[at], again=(0, 0))))

    def reconcile(self, event: Event, item_type: str, channel: str, whole: str) -> None:
        """The whole of a part's text: emit what is missing; if it contradicts what was emitted, remember it."""
        index = (event.summary_index if channel == "summary" else event.content_index) or 0
        item = self.open(event, item_type)
        if not whole:  # left out, most likely; the part is over all the same
            at = part_of_delta(item.parts, item.open_part, channel, index)
        else:
            at = part_of_whole(item.parts, item.open_part, channel, Piece(index, whole), item.done)
            if at == NEW:
                item, at = self.begin_part(item, channel, index)
            if at == JOINED:
                self.reconcile_joined(item, channel, [Piece(index, whole)])
                return
            self.reconcile_part(item, at, whole)
        if at != NEW:
            self.end_part(item.position, at, index)

    def end_part(self, position: int, at: int, index: int) -> None:
        """A part is done: what comes under another number is another one."""
        item = self.items.lanes.get(position)
        part = item.parts[at]
        if not part.done or item.open_part == at or not part.has_index(index):
            open_part = -1 if item.open_part == at else item.open_part
            self.items = self.items.put(item.with_part(at, evolve(part, done=True, last=index), open_part))

    def reconcile_wholes(self, position: int, wholes: Sequence[tuple[str, Piece]]) -> None:
        """The wholes of an item's parts, by channel, in their order."""
        item = self.items.lanes.get(position)
        by_channel: dict[str, list[Piece]] = {}
        for channel, piece in wholes:
            by_channel.setdefault(channel, []).append(piece)
        places = {of: parts_of_wholes(item.parts, of, pieces) for of, pieces in by_channel.items()}
        for channel, piece in wholes:
            item, found, pieces = self.items.lanes.get(position), places[channel], by_channel[channel]
            if found is not None:
                at = found[pieces.index(piece)]
                if at == NEW:
                    item, at = self.begin_part(item, channel, piece.number)
                self.reconcile_part(item, at, piece.whole)
            elif piece is pieces[0]:
                self.reconcile_joined(item, channel, pieces)

    def reconcile_part(self, item: Item, at: int, whole: str) -> None:
        """The whole of a text, for a part of an item."""
        part = item.parts[at]
        said = str(part.text)
        item = self.settled(item, at, whole[len(said) :] if whole.startswith(said) else "")
        part = item.parts[at]
        if whole.startswith(said):
            if part.whole is not None or part.stale or not said:
                item = item.with_part(at, evolve(part, whole=None, stale=""))
            if item is not self.items.lanes.get(item.position):
                self.items = self.items.put(item)
            if whole != said:
                self.say(item, at, whole[len(said) :])
            return
        stale = said.startswith(whole)
        if (part.stale if stale else part.whole) != whole:
            self.note("mismatch", f"the {part.channel} of {item.type} {item.id} differs")
        part = evolve(part, whole=None, stale=whole) if stale else evolve(part, whole=whole, stale="")
        self.items = self.items.put(item.with_part(at, part))

    def reconcile_joined(self, item: Item, channel: str, pieces: Sequence[Piece]) -> None:
        """Wholes that compare with all parts of their channel, joined."""
        mine = [at for at in in_order(item.parts, channel) if len(item.parts[at].text)]
        said, whole = joined(item.parts, mine), "".join(piece.whole for piece in pieces)
        missing = whole[len(said) :] if whole.startswith(said) else ""
        for at in mine:
            item = self.settled(item, at, missing if at == mine[-1] else "")
        parts = [item.parts[at] for at in mine]
        agrees = whole.startswith(said) or said.startswith(whole)
        texts: list[str | None] = [None] * len(mine)
        if not agrees:  # the result has the provider's text, as far as may be in the provider's parts
            few = [piece.whole for piece in pieces[: len(mine) - 1]]
            texts = [*few, "".join(piece.whole for piece in pieces[len(few) :]), *[""] * (len(mine) - len(few) - 1)]
        stale = whole if agrees and len(whole) < len(said) else ""
        if (stale and parts[-1].stale != stale) or (not agrees and [part.whole for part in parts] != texts):
            self.note("mismatch", f"the {channel} of {item.type} {item.id} differs")
        for at, part, text in zip(mine, parts, texts, strict=True):
            item = item.with_part(at, evolve(part, whole=text, stale=stale if at == mine[-1] else ""))
        self.items = self.items.put(item)
        if missing:
            self.say(item, mine[-1], missing)

    def settled(self, item: Item, at: int, missing: str) -> Item:
        """The item, nothing of whose part is held any more; a whole has what is `missing` from that part."""
        part = item.parts[at]
        if part.again is None:
            return item
        if item.done and not (missing and missing.startswith(part.text.between(*part.again))):
            self.note("ignored", f"the {part.channel} of {item.type} {item.id} again, which is done")
        return item.with_part(at, evolve(part, again=None))

    def say_late(self) -> None:
        """Emit what came after its item was done and may repeat a stretch of it: nothing has shown that it does."""
        self.rest()
        for position in range(len(self.items.lanes)):
            item = self.items.lanes.get(position)
            for at, part in enumerate(item.parts):
                if item.done and part.again is not None:
                    item = item.with_part(at, evolve(part, again=None, late=True))
                    self.say(item, at, part.text.between(*part.again))
                    item = self.items.lanes.get(position)


def rested_items(items: Items, work: Work, text: Text) -> Items:
    """The items, with the text of the part in work where it belongs."""
    item = items.lanes.get(work.position)
    return items.put(item.with_part(work.part, item.parts[work.part].with_text(text)))


def rested(state: State) -> Items:
    """A state's items, up to date."""
    return state.items if state.work is None else rested_items(state.items, state.work, state.text)


def _work(item: Item, at: int, event: Event | None = None) -> Work:
    return Work(
        item.position,
        at,
        event.type if event else "",
        event.output_index if event else None,
        event.item_id if event else None,
        event.content_index if event else None,
        event.summary_index if event else None,
        event.call_id if event else None,
        item.parts[at].channel,
        header_of(event) if event else 0,
        as_text(item.members.get("call_id")),
        item.approval,
        as_text(item.members.get("phase")) or None,
    )

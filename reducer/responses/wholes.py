"""The wholes of a Responses state in the making: what a provider repeats of a part, and what is held until it does."""

from collections.abc import Sequence
from itertools import count

from ..values.frozen_value import changer_of, constructor_of, evolve
from ..values.halves import ends_in_half, fate_of_half
from ..values.text import EMPTY, Text, text
from .event import Event
from .items import MODEL_ITEMS, Item
from .parts import (
    JOINED,
    NEW,
    Part,
    Piece,
    Whole,
    in_order,
    joined,
    part_begun,
    part_of_delta,
    part_of_whole,
    parts_of_wholes,
    says_just,
)
from .state import work_of
from .texts import TextsDraft

_ECHOES = (("reasoning", "summary"), ("summary", "reasoning"))
_BREAKS = ("", "\n\n")  # between the parts of a summary
_begun = constructor_of(Part)
_ended = changer_of(Part, "done", "last")


class WholesDraft(TextsDraft):
    """The part of a draft that compares a provider's wholes with what came in pieces."""

    __slots__ = ()

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
        return item is not None and not item.members and item.parts.exact(channel, index) != NEW

    def begin_with(self, item: Item, channel: str, piece: Piece) -> None:
        """The same, for a part of an item that was found."""
        at = part_begun(item.parts, item.open_part, channel, piece, item.done)
        if at == NEW:
            item, at = self.begin_part(item, channel, piece.number)
        elif item.open_part != at and not item.done:
            item = evolve(item, open_part=at)
            self.items = self.items.put(item)
        part = item.parts[at]
        if not part.text.startswith(piece.whole):
            self.reconcile_part(item, at, piece.whole)
            item = self.items.lanes.get(item.position)
            if not len(part.text):  # its deltas may say the same from the beginning
                self.items = self.items.put(item.with_part(at, evolve(item.parts[at], again=(0, 0))))

    def reconcile(self, event: Event, item_type: str, channel: str, whole: str, again: bool = False) -> None:
        """The whole of a part's text: emit what is missing; if it contradicts what was emitted, remember it.

        `again`: such a whole comes after another one of the same part, mostly.
        """
        index = (event.summary_index if channel == "summary" else event.content_index) or 0
        item = self.open(event, item_type)
        if whole and item.type == "reasoning" and not self.without_echo(item, [(channel, Piece(index, whole))]):
            return
        if not whole:  # left out, most likely; the part is over all the same
            at = part_of_delta(item.parts, item.open_part, channel, index)
        else:
            at = part_of_whole(item.parts, item.open_part, channel, Piece(index, whole), item.done)
            if at == NEW and again and (last := item.parts.last(channel)) != NEW and item.parts[last].says(whole):
                at = last  # under another number than the whole before it (vLLM)
            if at == NEW:
                item, at = self.begin_part(item, channel, index)
            if at == JOINED:
                self.reconcile_joined(item, channel, [Piece(index, whole)])
                return
            if item.renewed and not item.parts[at].agrees(whole):
                item, at = self.begin_part(self.another(item, event), channel, index)
            self.reconcile_part(item, at, whole, anew=not (again or item.done))
        if at != NEW:
            self.end_part(item.position, at, index)

    def end_part(self, position: int, at: int, index: int) -> None:
        """A part is done: what comes under another number is another one."""
        item = self.items.lanes.get(position)
        part = item.parts[at]
        if not part.done or item.open_part == at or not part.has_index(index) or len(part.text) != part.ended:
            open_part = -1 if item.open_part == at else item.open_part
            self.items = self.items.put(item.with_part(at, _ended(part, True, index).over(), open_part))

    def reconcile_wholes(self, position: int, wholes: Sequence[Whole]) -> None:
        """The wholes of an item's parts, by channel, in their order."""
        item = self.items.lanes.get(position)
        if says_just(item.parts, wholes):  # as nearly always, and everything below would find out
            return
        if item.type == "reasoning":
            wholes = self.without_echo(item, wholes)
        by_channel: dict[str, list[Piece]] = {}
        for channel, piece in wholes:
            by_channel.setdefault(channel, []).append(piece)
        places = {of: parts_of_wholes(item.parts, of, pieces) for of, pieces in by_channel.items()}
        numbers = {channel: count() for channel in by_channel}
        for channel, piece in wholes:
            item, found, number = self.items.lanes.get(position), places[channel], next(numbers[channel])
            if found is not None:
                at = found[number]
                if at == NEW:
                    self.begin_whole(item, channel, piece)
                else:
                    self.reconcile_part(item, at, piece.whole)
            elif not number:
                self.reconcile_joined(item, channel, by_channel[channel])

    def without_echo(self, item: Item, wholes: Sequence[Whole]) -> Sequence[Whole]:
        """The wholes of a reasoning item, without those of its raw text that is its summary again, or of a summary so.

        Only of what came in no piece is that asked.
        """
        for channel, other in _ECHOES:
            last = item.parts.last(channel)
            mine = [piece.whole for of, piece in wholes if of == channel]
            if not mine or (last != NEW and item.parts[last].begun):
                continue
            most = sum(map(len, mine)) + 2 * len(mine)
            theirs = [piece.whole for of, piece in wholes if of == other]
            theirs = theirs or [item.parts[at].text.between(0, most) for at in in_order(item.parts, other)]
            if any(first.join(mine) == then.join(theirs) for first in _BREAKS for then in _BREAKS):
                self.note("repaired", f"the {channel} of {item.type} {item.id} is its {other} again")
                wholes = [one for one in wholes if one[0] != channel]
        return wholes

    def reconcile_part(self, item: Item, at: int, whole: str, anew: bool = False) -> None:
        """The whole of a text, for a part of an item; `anew`: after its end, that may be of what comes next.

        Raises:
            LimitPassed: if not all of it fits.
        """
        most = self.limits.characters
        self.compare(item, at, whole[:most], anew)
        if len(whole) > most:
            self.pass_limit(f"an item's {item.parts[at].channel}")

    def begin_whole(self, item: Item, channel: str, piece: Piece) -> None:
        """A part begins, and this is its whole text; what is below comes to the same, in twice the time.

        Raises:
            LimitPassed: if not all of it fits.
        """
        number, whole = piece
        fitting = whole[: self.limits.characters]
        if ends_in_half(fitting):
            self.reconcile_part(*self.begin_part(item, channel, number), whole)
            return
        at = self.next_part(item)
        item = item.with_part(at, _begun(channel, number, text(fitting)), at)
        self.text = EMPTY
        self.emit_piece(work_of(item, at), fitting)
        self.items = self.items.put(item)
        if len(fitting) < len(whole):
            self.pass_limit(f"an item's {channel}")

    def compare(self, item: Item, at: int, whole: str, anew: bool = False) -> None:
        """The same, of a whole that fits."""
        part = item.parts[at]
        if part.half:
            item = self.settle_half(item, at, whole)
            part = item.parts[at]
        if part.settled and whole and part.says(whole):  # as nearly always: nothing below would change anything
            return
        agrees, size = part.text.begins(whole), len(part.text)
        item = self.settled(item, at, whole[size:] if agrees else "")
        part = item.parts[at]
        if agrees:
            if part.whole is not None or part.stale:
                item = item.with_part(at, evolve(part, whole=None, stale=""))
            if item is not self.items.lanes.get(item.position):
                self.items = self.items.put(item)
            item, missing = self.without_half(item, at, whole[size:])
            if missing:
                self.say(item, at, missing)
            return
        stale = part.text.startswith(whole)
        if part.whole is None and not stale and (rest := part.rest_of(whole, anew)) is not None:
            self.items = self.items.put(item)
            item, rest = self.without_half(item, at, rest)
            if rest:
                self.say(item, at, rest)
            return
        known = evolve(part, whole=None, stale=whole) if stale else evolve(part, whole=text(whole), stale="")
        if (part.stale != whole) if stale else (part.whole != known.whole):
            self.note("mismatch", f"the {part.channel} of {item.type} {item.id} differs")
        part = known
        self.items = self.items.put(item.with_part(at, part))

    def reconcile_joined(self, item: Item, channel: str, pieces: Sequence[Piece]) -> None:
        """Wholes that compare with all parts of their channel, joined."""
        for at, part in enumerate(item.parts):
            if part.half and part.channel == channel:
                item = self.release_half(item, at)
        mine = [at for at in in_order(item.parts, channel) if len(item.parts[at].text)]
        whole = "".join(piece.whole for piece in pieces)
        said = joined(item.parts, mine, len(whole) + 1)
        missing = whole[len(said) :] if whole.startswith(said) else ""
        for at in mine:
            item = self.settled(item, at, missing if at == mine[-1] else "")
        parts = [item.parts[at] for at in mine]
        agrees = whole.startswith(said) or said.startswith(whole)
        texts: list[Text | None] = [None] * len(mine)
        most, longest = self.limits.characters, 0
        if not agrees:  # the result has the provider's text, as far as may be in the provider's parts
            few = [piece.whole for piece in pieces[: len(mine) - 1]]
            taken = [*few, "".join(piece.whole for piece in pieces[len(few) :])]
            longest = max(map(len, taken))
            texts = [*(text(one[:most]) for one in taken), *[EMPTY] * (len(mine) - len(taken))]
        stale = whole if agrees and len(whole) < len(said) else ""
        if (stale and parts[-1].stale != stale) or (not agrees and [part.whole for part in parts] != texts):
            self.note("mismatch", f"the {channel} of {item.type} {item.id} differs")
        for at, part, provided in zip(mine, parts, texts, strict=True):
            item = item.with_part(at, evolve(part, whole=provided, stale=stale if at == mine[-1] else ""))
        self.items = self.items.put(item)
        if missing:
            self.say(item, mine[-1], missing)
        if longest > most:
            self.pass_limit(f"an item's {channel}")

    def settled(self, item: Item, at: int, missing: str) -> Item:
        """The item, nothing of whose part is held any more; a whole has what is `missing` from that part."""
        part = item.parts[at]
        if part.again is None:
            return item
        if item.done and not (missing and missing.startswith(part.text.between(*part.again))):
            self.note("ignored", f"the {part.channel} of {item.type} {item.id} again, which is done")
        return item.with_part(at, evolve(part, again=None))

    def settle_half(self, item: Item, at: int, whole: str = "") -> Item:
        """The item, after a whole of its part came, which may have the character whose half is held.

        So may the part itself, if what came last may repeat it.
        """
        part = item.parts[at]
        came = part.text
        if part.again is not None:
            start, end = part.again
            came, whole = text(came.between(start, end)), came.between(start, end + 1)
        fate = fate_of_half(whole, came, part.half)
        if fate == "alone":
            return self.release_half(item, at)
        if fate == "had":
            item = item.with_part(at, evolve(part, half=""))
            self.items = self.items.put(item)
        return item

    def release_half(self, item: Item, at: int) -> Item:
        """The item, whose part holds no half character any more; it is emitted."""
        half = item.parts[at].half
        item = item.with_part(at, evolve(item.parts[at], half=""))
        self.items = self.items.put(item)
        (self.say if item.type in MODEL_ITEMS else self.say_of_tool)(item, at, half)
        return self.items.lanes.get(item.position)

    def release_halves(self) -> None:
        """Emit the halves of characters whose other halves did not come."""
        self.rest()
        for position in range(len(self.items.lanes)):
            item = self.items.lanes.get(position)
            for at in range(len(item.parts)):
                if item.parts[at].half:
                    item = self.settle_half(item, at)
                if item.parts[at].half:
                    item = self.release_half(item, at)

    def say_late(self, first: int) -> None:
        """Emit what came after its item was done and may repeat a stretch of it: nothing has shown that it does.

        It is said of the items from that position on.
        """
        self.rest()
        for position in range(first, len(self.items.lanes)):
            item = self.items.lanes.get(position)
            for at, part in enumerate(item.parts):
                if item.done and part.again is not None:
                    item = item.with_part(at, evolve(part, again=None, late=True))
                    self.say(item, at, part.text.between(*part.again))
                    item = self.items.lanes.get(position)

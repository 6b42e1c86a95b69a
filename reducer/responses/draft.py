"""What a Responses state is made of while an event is taken in."""

from collections.abc import Sequence

from attrs import evolve

from .. import emit
from ..draft import Draft
from ..ends import End
from ..envelope import Envelope
from ..otid import synthetic_call_id
from ..values.json_values import FrozenObject, Json, as_text, freeze
from ..values.text import EMPTY, Text
from .dedup import Dedup
from .event import Event
from .items import CALLS, Item, Items, Part
from .state import State, Work


class ResponsesDraft(Draft[State, Envelope]):
    """A Responses state in the making."""

    __slots__ = ("dedup", "highest", "items", "text", "work")

    def __init__(self, state: State, dedup: Dedup, highest: int) -> None:
        # One is made with each event: by attributes set here instead of by the base, a step takes a twentieth less.
        self.before = state
        self.envelope = state.envelope
        self.omitted = state.omitted
        self.run = state.run
        self.messages = []
        self.work = state.work
        self.text = state.text
        self.items = state.items
        self.dedup = dedup
        self.highest = highest

    def state(self, chunks: int, end: End | None) -> State:
        """The draft as a state that has folded so many events."""
        before = self.before
        return State(
            before.config,
            self.run,
            self.work,
            self.text,
            self.items,
            self.envelope,
            self.dedup,
            self.highest,
            self.omitted,
            before.answers,
            chunks,
            end,
        )

    def find(self, event: Event, item_type: str) -> Item | None:
        """The item that an event is about, if there is one."""
        position = self.items.find(event.output_index, event.item_id or "", item_type)
        return None if position is None else self.items.lanes.get(position)

    def open(self, event: Event, item_type: str) -> Item:
        """The item that an event is about; if nothing announced it, a new one."""
        self.rest()
        item = self.find(event, item_type)
        if item is None:
            item = Item(
                len(self.items.lanes), item_type, event.item_id or "", event.output_index, answer=self.items.answer
            )
            self.items = self.items.put(item)
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
        index = event.summary_index if channel == "summary" else event.content_index
        work = self.work
        if (
            work is None
            or work.type != event.type
            or work.index != index
            or work.output_index != event.output_index
            or work.item_id != event.item_id
        ):
            item = self.open(event, item_type)
            if item.done:
                self.note("ignored", f"{event.type} for an item that is done")
                return
            at = item.part_at(channel, index or 0)
            if at == len(item.parts):
                item = item.with_part(at, Part(channel, index or 0))
                self.items = self.items.put(item)
            if item.type in CALLS and not item.opened:
                # its name has not come: its arguments wait in the item
                part = item.parts[at]
                self.items = self.items.put(item.with_part(at, evolve(part, text=part.text.append(piece))))
                return
            work = _work(item, at, event, index)
            self.text = item.parts[at].text
            if item.parts[at].whole is not None:
                self.add_to_whole(item, work, piece)
                return
            self.work = work
        self.emit_piece(work, piece)
        self.text = self.text.append(piece)

    def add_to_whole(self, item: Item, work: Work, piece: str) -> None:
        """A piece of a text that the provider's whole contradicted: both go on."""
        self.emit_piece(work, piece)
        self.text = EMPTY
        part = item.parts[work.part]
        whole = None if part.whole is None else part.whole + piece
        self.items = self.items.put(item.with_part(work.part, evolve(part, text=part.text.append(piece), whole=whole)))

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

    def reconcile(self, event: Event, item_type: str, channel: str, whole: str, begun: bool = False) -> None:
        """The whole of a part's text: emit what is missing; if it contradicts what was emitted, remember it.

        `begun`: it is the part's beginning, of which more may have been emitted by now.
        """
        index = event.summary_index if channel == "summary" else event.content_index
        item = self.open(event, item_type)
        self.reconcile_part(item, channel, index or 0, whole, begun)

    def reconcile_part(self, item: Item, channel: str, index: int, whole: str, begun: bool) -> None:
        """The same, for a part of an item that was found."""
        self.rest()
        item = self.items.lanes.get(item.position)
        at = item.part_at(channel, index)
        part = item.parts[at] if at < len(item.parts) else Part(channel, index)
        said = str(part.text)
        if begun and said.startswith(whole):
            return
        if not whole or said == whole:
            if part.whole is not None and whole:
                self.items = self.items.put(item.with_part(at, evolve(part, whole=None)))
            return
        if not whole.startswith(said):
            if part.whole != whole:
                self.note("mismatch", f"the {channel} of {item.type} {item.id} differs")
                self.items = self.items.put(item.with_part(at, evolve(part, whole=whole)))
            return
        missing = whole[len(said) :]
        if not (item.type in CALLS and not item.opened):
            item = item.with_part(at, part)
            self.items = self.items.put(item)
            self.text = part.text
            self.emit_piece(_work(item, at), missing)
            self.text = EMPTY
        self.items = self.items.put(item.with_part(at, evolve(part, text=part.text.append(missing), whole=None)))

    def annotate(self, event: Event, item_type: str, channel: str, notes: Sequence[Json], at: int | None = 0) -> None:
        """Citations of a part, from number `at` on; None: the next."""
        if notes:
            item = self.open(event, item_type)
            self.annotate_part(item, channel, event.content_index or 0, notes, at)

    def annotate_part(self, item: Item, channel: str, index: int, notes: Sequence[Json], at: int | None = 0) -> None:
        """The same, for a part of an item that was found."""
        self.rest()
        item = self.items.lanes.get(item.position)
        place = item.part_at(channel, index)
        part = item.parts[place] if place < len(item.parts) else Part(channel, index)
        new = tuple(map(freeze, notes if at is None else notes[max(0, len(part.notes) - at) :]))
        if item.done and at is None and new:
            self.note("ignored", "a citation for an item that is done")
            return
        for note in new:
            self.emit(emit.annotation(self.run, note))
        if new:
            self.items = self.items.put(item.with_part(place, evolve(part, notes=(*part.notes, *new))))

    def open_call(self, item: Item, final: bool = False) -> None:
        """Emit that a tool call begins, if it can be named; with what came of its arguments."""
        if item.opened:
            return
        members = item.members
        name = as_text(members.get("name"))
        if not final and not (name and (members.get("call_id") or item.done)):
            return
        call_id = call_id_of(item, self.before.config.message_id)
        approval = name in self.before.config.requires_approval_tools
        self.emit(emit.call(self.run, approval, call_id, name, item.arguments))
        item = evolve(item, opened=True, approval=approval, members=FrozenObject({**members, "call_id": call_id}))
        self.items = self.items.put(item)

    def close_call(self, event: Event, item_type: str) -> None:
        """The arguments are whole."""
        item = self.open(event, item_type)
        if not item.closed:
            self.items = self.items.put(evolve(item, closed=True))

    def progress(self, event: Event, item_type: str, status: str, delta: Json) -> None:
        """A server tool's status."""
        item = self.open(event, item_type)
        if item.done:
            self.note("ignored", f"{event.type} for an item that is done")
        else:
            self.emit(emit.server_tool(self.run, item.type, item.id or None, status, freeze(delta)))

    def piece(self, event: Event, item_type: str, channel: str) -> None:
        """A piece of what a server tool is given or gives."""
        item = self.open(event, item_type)
        if item.done:
            self.note("ignored", f"{event.type} for an item that is done")
            return
        self.emit(emit.server_tool(self.run, item.type, item.id or None, delta=freeze(event.delta)))
        if isinstance(event.delta, str) and channel:
            index = event.command_index or 0
            at = item.part_at(channel, index)
            part = item.parts[at] if at < len(item.parts) else Part(channel, index)
            self.items = self.items.put(item.with_part(at, evolve(part, text=part.text.append(event.delta))))

    def flush(self) -> None:
        """Emit everything that is held: the calls that could not be named."""
        self.rest()
        for position in range(len(self.items.lanes)):
            item = self.items.lanes.get(position)
            if item.type in CALLS:
                self.open_call(item, final=True)


def rested_items(items: Items, work: Work, text: Text) -> Items:
    """The items, with the text of the part in work where it belongs."""
    item = items.lanes.get(work.position)
    return items.put(item.with_part(work.part, evolve(item.parts[work.part], text=text)))


def rested(state: State) -> Items:
    """A state's items, up to date."""
    return state.items if state.work is None else rested_items(state.items, state.work, state.text)


def call_id_of(item: Item, message_id: str) -> str:
    """A tool call's id: its own, else its item's, else one derived from the message id."""
    return as_text(item.members.get("call_id")) or item.id or synthetic_call_id(message_id, item.position)


def _work(item: Item, at: int, event: Event | None = None, index: int | None = None) -> Work:
    return Work(
        item.position,
        at,
        event.type if event else "",
        event.output_index if event else None,
        event.item_id if event else None,
        index,
        item.parts[at].channel,
        as_text(item.members.get("call_id")),
        item.approval,
        as_text(item.members.get("phase")) or None,
    )

"""What a Responses state is made of while an event is taken in."""

from collections.abc import Sequence

from attrs import evolve

from .. import emit
from ..ends import End
from ..otid import synthetic_call_id
from ..values.json_values import FrozenObject, Json, as_object, as_text, freeze
from .dedup import Dedup
from .event import Event
from .items import CALLS, Item
from .state import State
from .texts import TextsDraft


class ResponsesDraft(TextsDraft):
    """A Responses state in the making."""

    __slots__ = ("dedup", "highest", "recent")

    def __init__(self, state: State, dedup: Dedup, highest: int, recent: str = "", goes_on: bool = False) -> None:
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
        self.recent = recent
        self.goes_on = goes_on

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
            self.recent,
            self.omitted,
            before.answers,
            chunks,
            end,
        )

    def annotate(self, event: Event, item_type: str, channel: str, notes: Sequence[Json], at: int | None = 0) -> None:
        """Citations of a part, from number `at` on; None: the next."""
        if notes:
            item, place = self.part_of(self.open(event, item_type), channel, event.content_index or 0)
            self.annotate_part(item, place, notes, at)

    def annotate_part(self, item: Item, place: int, notes: Sequence[Json], at: int | None = 0) -> None:
        """The same, for a part of an item that was found."""
        part = item.parts[place]
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
        named = {channel: event.delta} if isinstance(event.delta, str) else as_object(event.delta)
        for name, piece in named.items() if channel else ():
            if isinstance(piece, str):  # a shell's output comes as an object: what went to stdout, and to stderr
                of = channel if name == channel else f"{channel}.{name}"
                item, at = self.part_of(item, of, event.command_index or 0)
                part = item.parts[at]
                item = item.with_part(at, part.with_text(part.text.append(piece)))
                self.items = self.items.put(item)

    def cancel(self) -> None:
        """The provider reports that the response was cancelled; only usage may follow."""
        self.flush()
        self.envelope = evolve(self.envelope, cancelled=True)
        self.emit(emit.stop(self.run, "cancelled"))

    def flush(self) -> None:
        """Emit everything that is held: late text, and the calls that could not be named."""
        self.say_late()
        for position in range(len(self.items.lanes)):
            item = self.items.lanes.get(position)
            if item.type in CALLS:
                self.open_call(item, final=True)


def call_id_of(item: Item, message_id: str) -> str:
    """A tool call's id: its own, else its item's, else one derived from the message id."""
    return as_text(item.members.get("call_id")) or item.id or synthetic_call_id(message_id, item.position)

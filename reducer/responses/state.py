"""The state of a Responses stream."""

from ..config import BaseConfig
from ..ends import End
from ..otid import RunCursor
from ..shared.envelope import Envelope
from ..shared.extras import NOTHING_KEPT, Kept
from ..values.frozen_value import constructor_of, value
from ..values.json_status import scan_on
from ..values.json_values import as_text
from ..values.persistent import PersistentMap
from ..values.text import EMPTY, Text
from .dedup import Dedup, Run, header_of
from .event import Event
from .items import NO_ITEMS, Item, Items
from .tool_calls.arguments import UNREAD, Arguments

_ASKED = 512  # characters of a block, from its beginning on


@value
class Work:
    """The part that the last delta belonged to; its text lies at the top of the state, where it grows cheaply.

    Attributes:
        position: the place of its item among the items.
        part: its own place in the item.
        type: the event's type, as it came. The next event that has the same type, item and index goes on with this
            part, and nothing has to be looked up.
        output_index: the item's place, as the event gave it.
        item_id: the item's id, as the event gave it.
        content_index: the part's number, as the event gave it.
        summary_index: the summary part's number, as the event gave it.
        key: the event's `call_id`, as it came.
        channel: where the text belongs.
        header: what tells its events apart from those of other parts (`dedup.header_of`).
        call_id: the id of a tool call.
        approval: whether the call needs approval.
        phase: the phase of a message.
        guarded: whether it is the arguments of a function, in which a `}` may be the end.
    """

    position: int
    part: int
    type: str
    output_index: int | None
    item_id: str | None
    content_index: int | None
    summary_index: int | None
    key: str | None
    channel: str
    header: int = 0
    call_id: str = ""
    approval: bool = False
    phase: str | None = None
    guarded: bool = False


_work = constructor_of(Work)


def goes_on_with(work: Work, event: Event) -> bool:
    """Whether an event is a delta of the part in work, by its own word."""
    return (
        work.type == event.type
        and work.output_index == event.output_index
        and work.item_id == event.item_id
        and work.content_index == event.content_index
        and work.summary_index == event.summary_index
        and work.key == event.call_id
    )


def work_of(item: Item, at: int, event: Event | None = None) -> Work:
    """A part of an item as the one in work, by the delta that came for it."""
    return _work(
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
        item.call.arguments.mode == "object" and item.type == "function_call",
    )


@value
class State:
    """A Responses stream, folded so far.

    Attributes:
        run: the run of the last message.
        work: the part in work.
        text: the text of the part in work.
        items: all items; the part in work may be outdated there.
        highest: the highest `sequence_number` that came, or -1: what `starting_after` asks for to resume the stream.
        recent: the lengths of the numbered deltas that came last and go on with the part in work, as characters.
        omitted: whether it was announced that the model's reasoning is not shown.
        answers: the ids of the responses that began in this stream, with their numbers; nearly every stream has one.
        kept: the members that no fold reads, but for those of items.
        chunks: how many events came.
        end: why no more will come; None while they may.
        holder: the place of the call whose arguments are held, since they may be a placeholder; -1 for none. Nothing
            is in work then.
    """

    config: BaseConfig
    run: RunCursor
    work: Work | None = None
    text: Text = EMPTY
    items: Items = NO_ITEMS
    envelope: Envelope = Envelope()
    dedup: Dedup = Dedup()
    highest: int = -1
    recent: str = ""
    omitted: bool = False
    answers: PersistentMap[int] = PersistentMap()
    kept: Kept = NOTHING_KEPT
    chunks: int = 0
    end: End | None = None
    holder: int = -1

    def known_numbers(self) -> Dedup:
        """What is known of the numbers, the deltas that came last included."""
        work = self.work
        if not self.recent or work is None:
            return self.dedup
        run = Run(self.highest, work.header, work.position, work.part, len(self.text), self.recent)
        return self.dedup.with_run(run, self.config.limits.remembered)

    def stretch(self, position: int, part: int, start: int, end: int) -> str:
        """The text of an item's part, from there to there."""
        work = self.work
        if work is not None and (work.position, work.part) == (position, part):
            return self.text.between(start, end)
        return self.items.lanes.get(position).parts[part].text.between(start, end)


def still_open(state: State, work: Work, piece: str) -> Items | None:
    """The items after a piece that has a `}` and goes on with the arguments in work; None if these may end in it."""
    item, text = state.items.lanes.get(work.position), state.text
    known = item.call.arguments
    scan = scan_on(known.scan, text.between(known.read, len(text)) + piece)
    if scan.wants == "nothing" or scan.is_object:
        return None
    known = Arguments("object", scan, len(text) + len(piece), known.start)
    return state.items.replace(item.with_call(item.call.with_arguments(known, (0, 0))))


def has_unread(items: Items, work: Work, text: Text) -> bool:
    """Whether much of the arguments in work was not read yet; asked where a block of their text begins."""
    return len(text.tail) < _ASKED and len(text) - items.lanes.get(work.position).call.arguments.read >= UNREAD

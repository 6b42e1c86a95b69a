"""The state of a Responses stream."""

from ..config import BaseConfig
from ..ends import End
from ..envelope import Envelope
from ..otid import RunCursor
from ..values.frozen_value import value
from ..values.text import EMPTY, Text
from .dedup import Dedup, Run
from .event import Event
from .items import NO_ITEMS, Items


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


def goes_on_with(work: Work | None, event: Event) -> bool:
    """Whether an event is a delta of the part in work, by its own word."""
    return (
        work is not None
        and work.type == event.type
        and work.output_index == event.output_index
        and work.item_id == event.item_id
        and work.content_index == event.content_index
        and work.summary_index == event.summary_index
        and work.key == event.call_id
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
        answers: the ids of the responses that began in this stream; nearly every stream has one.
        chunks: how many events came.
        end: why no more will come; None while they may.
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
    answers: tuple[str, ...] = ()
    chunks: int = 0
    end: End | None = None

    def known_numbers(self) -> Dedup:
        """What is known of the numbers, the deltas that came last included."""
        work = self.work
        if not self.recent or work is None:
            return self.dedup
        run = Run(self.highest, work.header, work.position, work.part, len(self.text), self.recent)
        return self.dedup.with_run(run)

    def stretch(self, position: int, part: int, start: int, end: int) -> str:
        """The text of an item's part, from there to there."""
        work = self.work
        if work is not None and (work.position, work.part) == (position, part):
            return self.text.between(start, end)
        return self.items.lanes.get(position).parts[part].text.between(start, end)

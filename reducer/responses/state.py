"""The state of a Responses stream."""

from ..config import BaseConfig
from ..ends import End
from ..envelope import Envelope
from ..otid import RunCursor
from ..values.frozen_value import value
from ..values.text import EMPTY, Text
from .dedup import Dedup
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
        index: the part's number, as the event gave it.
        channel: where the text belongs.
        call_id: the id of a tool call.
        approval: whether the call needs approval.
        phase: the phase of a message.
    """

    position: int
    part: int
    type: str
    output_index: int | None
    item_id: str | None
    index: int | None
    channel: str
    call_id: str = ""
    approval: bool = False
    phase: str | None = None


@value
class State:
    """A Responses stream, folded so far.

    Attributes:
        run: the run of the last message.
        work: the part in work.
        text: the text of the part in work.
        items: all items; the part in work may be outdated there.
        highest: the highest `sequence_number` that came, or -1: what `starting_after` asks for to resume the stream.
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
    omitted: bool = False
    answers: tuple[str, ...] = ()
    chunks: int = 0
    end: End | None = None

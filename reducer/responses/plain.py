"""The short way through a step of Responses, for a delta that goes on with the part in work and has nothing else.

Nearly every event is one. Without a draft it takes half the time; both ways come to the same.
"""

from ..messages import Message
from ..shared import emit
from ..values.frozen_value import changer_of, constructor_of, evolve
from ..values.halves import ends_in_half
from ..values.text import BLOCK, Text
from .dedup import SHORT
from .event import Event
from .state import State, goes_on_with, has_unread, still_open
from .texts import said

_LONGEST_RUN = 256  # deltas, whose lengths are copied with each
_next = changer_of(State, "run", "text", "highest", "recent", "chunks")
_text = constructor_of(Text)


def plain_step(state: State, event: Event) -> tuple[State, tuple[Message, ...]] | None:
    """The step, if the event is plain; what is no event is not.

    Nothing of the event but its members is looked at, and it is not kept: it may be of any class that has them. What
    the rest of this module says in functions is written out here, since each call would be a twentieth of the step.
    """
    work = state.work
    if work is None:
        return None
    try:
        delta, number = event.delta, event.sequence_number
        if (
            event.type != work.type
            or event.output_index != work.output_index
            or event.item_id != work.item_id
            or event.content_index != work.content_index
            or event.summary_index != work.summary_index
            or event.call_id != work.key
            or event.extras is not None
            or event.repairs
            or event.lost
        ):
            return None
    except Exception:  # a marker, or what else is no event: to read its members may raise anything
        return None
    if type(delta) is not str or not delta or (not delta.isascii() and ends_in_half(delta)):
        return None
    message: Message
    run, text, highest, recent = state.run, state.text, state.highest, state.recent
    if state.envelope.over or run.skipped:
        return None
    size = len(delta)
    if number is None:
        if recent:
            return None
    elif not number or number != highest + 1 or size >= SHORT or len(recent) >= _LONGEST_RUN:
        return None
    elif state.dedup.believed:  # as nearly always
        highest, recent = number, recent + chr(size)
    blocks, tail = text.blocks, text.tail + delta
    after = _text(blocks, tail) if len(tail) < BLOCK else text.append(delta)
    if len(after.blocks) >= state.config.limits.characters // BLOCK:
        return None  # the limit is near, or passed
    if work.guarded:
        if blocks and has_unread(state.items, work, text):
            return None
        if "}" in delta:
            items = still_open(state, work, delta)
            if items is None:
                return None
            state = evolve(state, items=items)
    if work.channel == "text":
        run, message = emit.text(run, delta, work.phase)
    else:
        run, message = said(run, work, delta)
    return _next(state, run, after, highest, recent, state.chunks + 1), (message,)


def is_more(state: State, event: Event) -> bool:
    """Whether an event goes on with the part in work, and holds nothing back."""
    work, delta = state.work, event.delta
    return (
        work is not None
        and not state.envelope.over  # after the end each is looked at
        and type(delta) is str
        and (delta.isascii() or not ends_in_half(delta))
        and goes_on_with(work, event)
    )


def is_next(state: State, number: int | None, delta: str) -> bool:
    """Whether a delta that goes on has the next number, and its length alone is to be remembered."""
    if not number or number != state.highest + 1:
        return False
    return len(delta) < SHORT and len(state.recent) < _LONGEST_RUN

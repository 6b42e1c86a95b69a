"""The short way through a step of Responses, for a delta that goes on with the part in work and has nothing else.

Nearly every event is one. Without a draft it takes two thirds of the time; both ways come to the same.
"""

from ..messages import Message
from ..values.frozen_value import evolve
from ..values.halves import ends_in_half
from ..values.text import BLOCK
from .dedup import SHORT
from .event import Event
from .state import State, goes_on_with, has_unread, still_open
from .texts import said

_LONGEST_RUN = 256  # deltas, whose lengths are copied with each


def plain_step(state: State, event: Event) -> tuple[State, tuple[Message, ...]] | None:
    """The step, if the event is plain."""
    work, delta, number = state.work, event.delta, event.sequence_number
    if work is None or not delta or event.extras is not None or event.repairs or state.run.skipped:
        return None
    if not is_more(state, event):
        return None
    highest, recent = state.highest, state.recent
    if number is None:
        if recent:
            return None
    elif not is_next(state, number, delta):
        return None
    elif state.dedup.believed:  # as nearly always
        highest, recent = number, recent + chr(len(delta))
    text = state.text.append(delta)
    if len(text.blocks) >= state.config.limits.characters // BLOCK:
        return None  # the limit is near, or passed
    if work.guarded and has_unread(state.items, work, state.text):
        return None
    if work.guarded and "}" in delta:
        items = still_open(state, work, delta)
        if items is None:
            return None
        state = evolve(state, items=items)
    run, message = said(state.run, work, delta)
    return state.with_more(run, text, highest, recent), (message,)


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

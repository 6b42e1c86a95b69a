"""Wire format 3: events of the Responses API.

Text goes out as it comes. Where the provider repeats a text as a whole (`*.done`, an item that is done, the terminal
event's list of items), what is missing is emitted, and a contradiction is noted: the result then has the whole.
"""

from attrs import evolve, frozen

from ..config import BaseConfig
from ..ends import Done, End, Undecodable
from ..messages import Message
from ..otid import initial_cursor
from ..responses.result import result  # a type checker takes `from .result` for the submodule's name as well
from ..values.json_values import as_object, as_text
from ..values.text import EMPTY
from .acts import after_failure
from .dedup import SHORT, Dedup, fingerprint_of, header_of, read_number
from .draft import ResponsesDraft
from .event import Event
from .state import State, goes_on_with
from .table import RULES, UNKNOWN
from .texts import rested

_LONGEST_RUN = 256  # deltas, whose lengths are copied with each
Chunk = Event
"""The chunk of this wire, under the name that all wires share."""

__all__ = ["Chunk", "Config", "State", "finish", "result", "start", "step"]


@frozen(kw_only=True)
class Config(BaseConfig):
    """How to fold a Responses stream.

    Attributes:
        hides_reasoning: whether to announce that the model reasons without showing it. None: no, whatever the model is
            called, since this API sends summaries of reasoning.
    """


def start(config: Config) -> tuple[State, tuple[Message, ...]]:
    """The state before the first event."""
    state = State(config, initial_cursor(config.message_id, config.run_id, config.step_id))
    draft = _draft(state)
    if config.hides_reasoning:
        draft.announce_hidden_reasoning()
    return draft.close()


def step(state: State, chunk: Event | Done | Undecodable) -> tuple[State, tuple[Message, ...]]:
    """Fold one event. Never raises; the state that goes in stays as it was.

    An event that was folded already, by its `sequence_number`, changes nothing.
    """
    if state.end is not None:
        return state, ()
    if not isinstance(chunk, Event):
        return _draft(state).read_marker(chunk)
    if chunk.type == "response.created":
        state = _next_answer(state, chunk)
    dedup, highest, recent = state.dedup, state.highest, state.recent
    number, delta = chunk.sequence_number, chunk.delta
    goes_on = not state.envelope.over and goes_on_with(state.work, chunk)  # after the end each is looked at
    if (
        goes_on
        and number
        and number == highest + 1
        and type(delta) is str
        and len(delta) < SHORT
        and len(recent) < _LONGEST_RUN
    ):
        if dedup.believed:  # as nearly always
            highest, recent = number, recent + chr(len(delta))
    elif number is not None and dedup.believed:
        dedup, recent = state.known_numbers(), ""
        fingerprint = fingerprint_of(chunk, header_of(chunk))
        dedup, highest, repeated = read_number(dedup, highest, number, fingerprint, state.stretch)
        if repeated:
            return state, ()
    elif recent:
        dedup, recent = state.known_numbers(), ""
    draft = ResponsesDraft(state, dedup, highest, recent, goes_on)
    if dedup.believed is not state.dedup.believed:
        draft.note("repaired", "a sequence number came again with another event: they are not believed from there on")
    rule = RULES.get(chunk.type, UNKNOWN)
    if state.envelope.error is None and not state.envelope.cancelled:
        rule.act(draft, chunk, rule)
    else:
        after_failure(draft, chunk, rule)
    for repair in chunk.repairs:
        draft.note("repaired", repair)
    return draft.close(1)


def finish(state: State, end: End) -> tuple[State, tuple[Message, ...]]:
    """Emit what is held, then why it is over. Idempotent."""
    return _draft(state).finish(end)


def _next_answer(state: State, chunk: Event) -> State:
    """A stream may hold one response after another (steering); indices, and perhaps numbers, then begin anew."""
    answer_id = as_text(as_object(chunk.response).get("id"))
    known = bool(answer_id) and answer_id in (*state.answers, state.envelope.provider_id)
    ended = (
        state.envelope.over and state.envelope.finish_reasons
    )  # by an event of its own: `[DONE]` alone ends no answer
    if known or not ended:
        # Also one that begins before the other ended, or that another event named first, is known when it comes again.
        noted = answer_id not in state.answers if answer_id else not state.answers
        return evolve(state, answers=(*state.answers, answer_id)) if noted else state
    highest = state.highest if (chunk.sequence_number or -1) > state.highest else -1
    return evolve(
        state,
        answers=(*state.answers, answer_id),
        envelope=evolve(state.envelope, over=False),
        items=rested(state).next_answer(),
        work=None,
        text=EMPTY,
        # Numbers that go on tell what comes again of the response before.
        dedup=Dedup() if highest < 0 else state.known_numbers(),
        highest=highest,
        recent="",
    )


def _draft(state: State) -> ResponsesDraft:
    return ResponsesDraft(state, state.dedup, state.highest, state.recent, False)

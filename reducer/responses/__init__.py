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
from .acts import Rule, terminal
from .dedup import Dedup, read_number
from .draft import ResponsesDraft, rested
from .event import Event
from .reconcile import read_response
from .state import State
from .table import RULES, UNKNOWN

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
    draft = ResponsesDraft(state, state.dedup, state.highest)
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
        return ResponsesDraft(state, state.dedup, state.highest).read_marker(chunk)
    if chunk.type == "response.created":
        state = _next_answer(state, chunk)
    dedup, highest, repeated = read_number(state.dedup, state.highest, chunk)
    if repeated:
        return state, ()
    draft = ResponsesDraft(state, dedup, highest)
    rule = RULES.get(chunk.type, UNKNOWN)
    if state.envelope.error is None:
        rule.act(draft, chunk, rule)
    else:
        _after_failure(draft, chunk, rule)
    for repair in chunk.repairs:
        draft.note("repaired", repair)
    return draft.close(1)


def finish(state: State, end: End) -> tuple[State, tuple[Message, ...]]:
    """Emit what is held, then why it is over. Idempotent."""
    return ResponsesDraft(state, state.dedup, state.highest).finish(end)


def _next_answer(state: State, chunk: Event) -> State:
    """A stream may hold one response after another (steering); indices, and perhaps numbers, then begin anew."""
    answer_id = as_text(as_object(chunk.response).get("id"))
    known = bool(answer_id) and answer_id in (*state.answers, state.envelope.provider_id)
    ended = (
        state.envelope.over and state.envelope.finish_reasons
    )  # by an event of its own: `[DONE]` alone ends no answer
    if known or not ended:
        # Also one that begins before the other ended is known when it comes again.
        noted = not known and (answer_id or not state.answers)
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
        dedup=Dedup() if highest < 0 else state.dedup,
        highest=highest,
    )


def _after_failure(draft: ResponsesDraft, chunk: Event, rule: Rule) -> None:
    """An `error` event is often followed by `response.failed`, which has the usage: one failure, emitted once."""
    if rule.act is terminal:
        read_response(draft, chunk.response, "failed")
    elif rule.emits:
        draft.note("ignored", f"{chunk.type} after the error")

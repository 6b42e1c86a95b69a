"""Wire format 3: events of the Responses API.

Text goes out as it comes. Where the provider repeats a text as a whole (`*.done`, an item that is done, the terminal
event's list of items), what is missing is emitted, and a contradiction is noted: the result then has the whole.
"""

from collections.abc import Mapping

from attrs import frozen

from ..config import BaseConfig
from ..ends import Done, End, Undecodable
from ..limits import LimitPassed
from ..messages import Message
from ..otid import initial_cursor
from ..responses.result import result  # a type checker takes `from .result` for the submodule's name as well
from ..shared.extras import Kept
from ..values.frozen_value import evolve
from ..values.json_values import Json, as_object, as_text
from ..values.persistent import PersistentMap
from ..values.text import EMPTY
from .acts import after_failure, fail_by_what_is_beside, keep_extras
from .dedup import Dedup, fingerprint_of, read_number
from .draft import ResponsesDraft
from .event import Event
from .items import key_of_call
from .plain import is_more, is_next, plain_step
from .state import State, still_open
from .table import rule_of
from .texts import rested

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
    cursor = initial_cursor(config.message_id, config.run_id, config.step_id, config.skip_messages)
    state = State(config, cursor, kept=Kept(most=config.limits.extras))
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
    stepped = plain_step(state, chunk)  # type: ignore[arg-type]  # it looks for itself whether this is an event
    if stepped is not None:
        return stepped
    if isinstance(chunk, Event) or getattr(chunk, "mirrors", None) is Event:
        return _step(state, chunk)  # type: ignore[arg-type]  # a mirror has an event's attributes
    return _draft(state).read_marker(chunk)


def _step(state: State, chunk: Event) -> tuple[State, tuple[Message, ...]]:
    """The step of an event that is not plain."""
    if chunk.type == "response.created":
        state = _next_answer(state, chunk)
    dedup, highest, recent, work = state.dedup, state.highest, state.recent, state.work
    number, delta = chunk.sequence_number, chunk.delta
    came, goes_on = state, is_more(state, chunk)
    if goes_on and work and work.guarded and "}" in delta:
        items = still_open(state, work, delta)
        goes_on = items is not None
        state = state if items is None else evolve(state, items=items)
    if goes_on and is_next(state, number, delta):
        if dedup.believed:  # as nearly always
            highest, recent = number or 0, recent + chr(len(delta))
    elif number is not None and dedup.believed:
        dedup, recent = state.known_numbers(), ""
        dedup, highest, repeated = read_number(
            dedup, highest, number, fingerprint_of(chunk), state.stretch, state.config.limits.remembered
        )
        if repeated:
            return came, ()
    elif recent:
        dedup, recent = state.known_numbers(), ""
    if state.holder >= 0 and _begins_a_call(state, chunk):
        return _after_release(state, chunk)  # as below, where that is found out by a step
    draft = ResponsesDraft(state, dedup, highest, recent, goes_on)
    if dedup.believed is not state.dedup.believed:
        draft.note("repaired", "a sequence number came again with another event: they are not believed from there on")
    rule = rule_of(chunk.type, chunk.response, chunk.output_index is not None or bool(chunk.item_id))
    if chunk.lost:  # of a call that is open, or that this event begins
        draft.lose_piece()
    try:
        if state.envelope.error is None and not state.envelope.cancelled:
            if not state.envelope.over:
                draft.check_identifiers(chunk)
            rule.act(draft, chunk, rule)
            draft.check_keys()
            if chunk.error is not None or chunk.extras is not None:
                fail_by_what_is_beside(draft, chunk, rule)
        else:
            after_failure(draft, chunk, rule)
    except LimitPassed as passed:
        if state.holder >= 0 and draft.overtakes(state.holder):
            return _after_release(state, chunk)
        return draft.end_at_limit(passed, 1)
    if chunk.extras is not None:
        keep_extras(draft, chunk, rule)
    for repair in chunk.repairs:
        draft.note("repaired", repair)
    if state.holder >= 0 and draft.overtakes(state.holder):
        return _after_release(state, chunk)
    return draft.close(1)


def finish(state: State, end: End) -> tuple[State, tuple[Message, ...]]:
    """Emit what is held, then why it failed or was cancelled, if so. On an ended state it does nothing."""
    return _draft(state).finish(end)


def _begins_a_call(state: State, chunk: Event) -> bool:
    """Whether an event surely begins another call, so that something else is said or held."""
    if chunk.type != "response.output_item.added" or chunk.output_index is None:
        return False
    item = as_object(chunk.item)
    named = item.get("type") == "function_call" and all(as_text(item.get(name)) for name in ("name", "call_id"))
    return named and not any(state.items.keys.get(key) is not None for key in _keys_of(chunk.output_index, item))


def _keys_of(index: int, item: Mapping[str, Json]) -> tuple[int | str, ...]:
    return index, as_text(item.get("id")), key_of_call(as_text(item.get("call_id")))


def _after_release(state: State, chunk: Event) -> tuple[State, tuple[Message, ...]]:
    """The step once more, after what a call holds was emitted: what came first is said first."""
    draft = _draft(state)
    draft.release(state.holder, over=False)
    state, first = draft.close()
    state, then = step(state, chunk)
    return state, first + then


def _next_answer(state: State, chunk: Event) -> State:
    """A stream may hold one response after another (steering); indices, and perhaps numbers, then begin anew."""
    answer_id = as_text(as_object(chunk.response).get("id"))
    known = bool(answer_id) and (state.answers.get(answer_id) is not None or answer_id == state.envelope.provider_id)
    if len(answer_id) > state.config.limits.identifier:
        return state  # which ends the fold
    ended = (
        state.envelope.over and state.envelope.finish_reasons
    )  # by an event of its own: `[DONE]` alone ends no answer
    if known or not ended:
        # Also one that begins before the other ended, or that another event named first, is known when it comes again.
        noted = state.answers.get(answer_id) is None if answer_id else not state.answers.layers
        return evolve(state, answers=_with_answer(state, answer_id)) if noted else state
    highest = state.highest if (chunk.sequence_number or -1) > state.highest else -1
    return evolve(
        state,
        answers=_with_answer(state, answer_id),
        envelope=evolve(state.envelope, over=False, final=False),
        items=rested(state).next_answer(),
        work=None,
        text=EMPTY,
        # Numbers that go on tell what comes again of the response before.
        dedup=Dedup() if highest < 0 else state.known_numbers(),
        highest=highest,
        recent="",
    )


def _with_answer(state: State, answer_id: str) -> PersistentMap[int]:
    return state.answers.put(answer_id, state.items.answer)


def _draft(state: State) -> ResponsesDraft:
    return ResponsesDraft(state, state.dedup, state.highest, state.recent, False)

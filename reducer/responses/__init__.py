"""Wire format 3: events of the Responses API.

Text goes out as it comes. Where the provider repeats a text as a whole (`*.done`, an item that is done, the terminal
event's list of items), what is missing is said, and a contradiction is noted: the result then has the provider's whole.
"""

from attrs import evolve, frozen

from .. import emit
from ..config import BaseConfig
from ..ends import Cancelled, Done, End, Failed, Undecodable
from ..envelope import read_marker
from ..messages import Message
from ..otid import initial_cursor
from ..stream_error import is_context_overflow, read_error
from ..values.json_values import as_list, as_object, as_text
from ..values.text import EMPTY
from .dedup import Dedup, read_number
from .draft import Draft, rested
from .event import RULES, UNKNOWN, Event, Rule
from .items import SPOKEN
from .reconcile import read_item, read_response
from .result import result
from .state import State

Chunk = Event
"""The chunk of this wire, under the name that all wires share."""

__all__ = ["Chunk", "Config", "State", "finish", "result", "start", "step"]


@frozen(kw_only=True)
class Config(BaseConfig):
    """How to fold a Responses stream; see `BaseConfig`.

    This API sends summaries of reasoning, so no model counts as hiding its own by name here; set `hides_reasoning` to
    have that announced all the same.
    """


def start(config: Config) -> tuple[State, tuple[Message, ...]]:
    """The state before the first event."""
    run = initial_cursor(config.message_id, config.run_id, config.step_id)
    if not config.hides_reasoning:
        return State(config, run), ()
    run, message = emit.hidden_reasoning(run)
    return State(config, run, omitted=True), (message,)


def step(state: State, chunk: Event | Done | Undecodable) -> tuple[State, tuple[Message, ...]]:
    """Fold one event. Never raises; the state that goes in stays as it was.

    An event that was folded already, by its `sequence_number`, changes nothing.
    """
    if state.end is not None:
        return state, ()
    if not isinstance(chunk, Event):
        envelope = read_marker(state.envelope, chunk)
        chunks = state.chunks + isinstance(chunk, Undecodable)
        if envelope is state.envelope and chunks == state.chunks:
            return state, ()
        return evolve(state, envelope=envelope, chunks=chunks), ()
    if chunk.type == "response.created":
        state = _next_answer(state, chunk)
    dedup, highest, repeated = read_number(state.dedup, state.highest, chunk)
    if repeated:
        return state, ()
    draft = Draft(state, dedup, highest)
    rule = RULES.get(chunk.type, UNKNOWN)
    if state.envelope.error is None:
        _ACTS[rule.act](draft, chunk, rule)
    else:
        _after_failure(draft, chunk, rule)
    for repair in chunk.repairs:
        draft.envelope = draft.envelope.note("repaired", repair)
    return draft.state(state.chunks + 1, None), tuple(draft.said)


def finish(state: State, end: End) -> tuple[State, tuple[Message, ...]]:
    """Say what is held, then why it is over. Idempotent."""
    if state.end is not None:
        return state, ()
    draft = Draft(state, state.dedup, state.highest)
    if state.envelope.error is None:
        draft.flush()
        if isinstance(end, Cancelled):
            draft.emit(emit.stop(draft.run, "cancelled"))
        elif isinstance(end, Failed) and not is_context_overflow(end.error):
            draft.emit(emit.stop(draft.run, "error", end.error or None))
    return draft.state(state.chunks, end), tuple(draft.said)


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


def _after_failure(draft: Draft, chunk: Event, rule: Rule) -> None:
    """An `error` event is often followed by `response.failed`, which has the usage: one failure, told once."""
    if rule.act == "terminal":
        read_response(draft, chunk.response, "failed")
    elif rule.effect == "message":
        draft.envelope = draft.envelope.note("ignored", f"{chunk.type} after the error")


def _delta(draft: Draft, chunk: Event, rule: Rule) -> None:
    piece = as_text(chunk.delta)
    if piece:
        draft.add(chunk, rule, piece)


def _whole(draft: Draft, chunk: Event, rule: Rule) -> None:
    wholes = {"refusal": chunk.refusal, "arguments": chunk.arguments if chunk.input is None else chunk.input}
    whole = wholes.get(rule.channel, chunk.text)
    if whole:
        draft.reconcile(chunk, rule, whole)
    if rule.channel == "arguments":
        draft.close_call(chunk, rule)


def _part(draft: Draft, chunk: Event, rule: Rule) -> None:
    part = as_object(chunk.part)
    found = _PARTS.get(as_text(part.get("type")), rule)
    if not found.channel:
        if part:
            draft.envelope = draft.envelope.note("ignored", f"a part of type {as_text(part.get('type'))!r}")
        return
    whole = as_text(part.get("refusal")) or as_text(part.get("text"))
    if whole:
        draft.reconcile(chunk, found, whole, begun=chunk.type.endswith(".added"))
    draft.annotate(chunk, found, as_list(part.get("annotations")))


def _annotation(draft: Draft, chunk: Event, rule: Rule) -> None:
    if chunk.annotation:
        draft.annotate(chunk, rule, (chunk.annotation,), chunk.annotation_index)


def _item(draft: Draft, chunk: Event, rule: Rule) -> None:
    if as_object(chunk.item):
        read_item(draft, chunk.output_index, chunk.item, done=rule.act == "item done")


def _progress(draft: Draft, chunk: Event, rule: Rule) -> None:
    draft.progress(chunk, rule.item, chunk.type.rpartition(".")[2], chunk.partial_image_b64)


def _piece(draft: Draft, chunk: Event, rule: Rule) -> None:
    draft.piece(chunk, rule, chunk.delta)


def _response(draft: Draft, chunk: Event, rule: Rule) -> None:
    read_response(draft, chunk.response)


def _terminal(draft: Draft, chunk: Event, rule: Rule) -> None:
    read_response(draft, chunk.response, chunk.type.removeprefix("response."))
    if chunk.type == "response.failed":
        error = as_object(chunk.response).get("error")
        _fail(draft, error or "the response failed")


def _error(draft: Draft, chunk: Event, rule: Rule) -> None:
    error = chunk.error or {"message": chunk.message or "an error event without a message", "code": chunk.code}
    _fail(draft, error)


def _fail(draft: Draft, error: object) -> None:
    draft.flush()
    failure = read_error(error)
    draft.envelope = evolve(draft.envelope, error=failure)
    if not is_context_overflow(f"{failure.code} {failure.message}"):
        draft.emit(emit.stop(draft.run, "llm_api_error", failure.message))


def _none(draft: Draft, chunk: Event, rule: Rule) -> None:
    """An event that says nothing. One that is not known, about a server tool that is, is passed on as its progress."""
    if chunk.type in RULES:
        if "audio" in chunk.type:
            draft.envelope = draft.envelope.note("ignored", chunk.type)
        return
    stage = chunk.type.rpartition(".")[2]
    item = draft.find(chunk, "")
    if item is None or item.type in SPOKEN or stage == "done":
        draft.envelope = draft.envelope.note("ignored", chunk.type)
    elif stage == "delta":
        draft.piece(chunk, rule, chunk.delta)
    else:
        draft.progress(chunk, rule.item, stage, None)


_PARTS = {
    "output_text": RULES["response.output_text.done"],
    "refusal": RULES["response.refusal.done"],
    "reasoning_text": RULES["response.reasoning_text.done"],
    "summary_text": RULES["response.reasoning_summary_text.done"],
}
"""What a part is of, by its type."""

_ACTS = {
    "delta": _delta,
    "whole": _whole,
    "part": _part,
    "item": _item,
    "item done": _item,
    "annotation": _annotation,
    "progress": _progress,
    "piece": _piece,
    "response": _response,
    "terminal": _terminal,
    "error": _error,
    "none": _none,
}

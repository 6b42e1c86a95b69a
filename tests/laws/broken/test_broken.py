"""Reducers that are broken on purpose, each in one way that such code breaks: the laws must catch every one."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters.errors import LawBroken
from streamfold.adapters.laws.checker import check_laws
from streamfold.reducer import chat, responses
from streamfold.reducer.completions import calls_draft, texts, think_tags
from streamfold.reducer.completions import draft as completions
from streamfold.reducer.completions.chunk import CallDelta, Delta
from streamfold.reducer.completions.tool_calls import verdict as chat_verdict
from streamfold.reducer.responses import calls as responses_calls
from streamfold.reducer.responses import draft as responses_draft
from streamfold.reducer.responses import texts as responses_texts
from streamfold.reducer.responses.tool_calls import arguments, verdict
from streamfold.reducer.result import ToolCall
from streamfold.reducer.shared import emit
from streamfold.reducer.shared.envelope import Envelope
from streamfold.reducer.values import json_repeat, json_scan, text
from support.adapters.results import with_other
from support.alphabets import said
from support.walk import WORLDS, walk

otid = import_module("streamfold.reducer.otid")  # the package has a function of that name

Patch = Callable[[pytest.MonkeyPatch], None]
Verdict = Callable[[ToolCall], bool]
BROKEN: list[Any] = []


def broken(world: str, law: int) -> Callable[[Patch], Patch]:
    """Register a way to break a reducer, a world where that shows, and the law that must say so."""

    def register(patch: Patch) -> Patch:
        BROKEN.append(pytest.param(patch, world, law, id=patch.__name__))
        return patch

    return register


@broken("think-tags", law=3)
def drops_a_held_character(monkeypatch: pytest.MonkeyPatch) -> None:
    real = think_tags.flush
    monkeypatch.setattr(think_tags, "flush", lambda tags: real(evolve(tags, held=tags.held[1:])))


@broken("escapes", law=5)
def drops_half_an_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    real = json_scan.feed
    monkeypatch.setattr(json_scan, "feed", lambda scan, text: real(evolve(scan, escape=""), text))


@broken("chat", law=7)
def reuses_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    real = otid.RunCursor.enter

    low: Any = lambda run, kind: evolve(new := real(run, kind), otid=otid.otid(run.id, min(new.index, 1)))  # noqa: E731
    monkeypatch.setattr(otid.RunCursor, "enter", low)


@broken("responses", law=7)
def counts_a_run_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    real = otid.RunCursor.enter

    def enter(run: Any, message_type: str) -> Any:
        again = evolve(run, type="", emitted="") if message_type == run.type == "server_tool_message" else run
        return real(again, message_type)

    monkeypatch.setattr(otid.RunCursor, "enter", enter)


@broken("skipping", law=3)
def counts_what_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    real = otid.RunCursor.enter

    def enter(run: Any, message_type: str) -> Any:
        return evolve(real(evolve(run, skipped=()), message_type), skipped=run.skipped)

    monkeypatch.setattr(otid.RunCursor, "enter", enter)


@broken("halves", law=5)
def emits_halves_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "join_halves", lambda held, piece: (held + piece, ""))


@broken("event-halves", law=5)
def joins_no_halves_of_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses_texts, "join_halves", lambda held, piece: (held + piece, ""))


@broken("inner-thoughts", law=7)
def gives_approval_requests_an_otid_of_their_run(monkeypatch: pytest.MonkeyPatch) -> None:
    real = emit.call

    def call(run: Any, approval: bool, *rest: Any) -> Any:
        run, message = real(run, approval, *rest)
        return run, evolve(message, otid=run.otid)

    monkeypatch.setattr(emit, "call", call)


@broken("chat", law=4)
def emits_after_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    real = completions.step
    monkeypatch.setattr(completions, "step", lambda state, chunk, style: real(evolve(state, end=None), chunk, style))


@broken("responses", law=4)
def finishes_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    real = responses.finish
    monkeypatch.setattr(responses, "finish", lambda state, end: real(evolve(state, end=None), end))


@broken("chat", law=3)
def forgets_a_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completions.CompletionsDraft, "flush", lambda draft: None)


@broken("responses", law=3)
def forgets_the_calls_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses_draft.ResponsesDraft, "flush", lambda draft: draft.rest())


@broken("think-tags", law=3)
def doubles_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    real = completions.CompletionsDraft.read_piece

    def read_piece(draft: Any, channel: Any, piece: str) -> None:
        real(draft, channel, piece)
        real(draft, channel, piece)

    monkeypatch.setattr(completions.CompletionsDraft, "read_piece", read_piece)


@broken("chat", law=5)
def says_twice_what_it_folds_once(monkeypatch: pytest.MonkeyPatch) -> None:
    real = emit.refusal
    monkeypatch.setattr(emit, "refusal", lambda run, piece: real(run, piece * 2))


@broken("ends", law=5)
def emits_content_before_reasoning(monkeypatch: pytest.MonkeyPatch) -> None:
    real = completions.CompletionsDraft.read_content_and_reasoning

    def read(draft: Any, content: str, reasoning: str, thought: bool) -> None:
        real(draft, content, "", thought)
        real(draft, "", reasoning, thought)

    monkeypatch.setattr(completions.CompletionsDraft, "read_content_and_reasoning", read)


@broken("two-calls", law=3)
def swaps_two_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two calls, what belongs to the one goes to the other."""
    real = calls_draft.receive

    def receive(known: Any, delta: CallDelta, *rest: Any) -> Any:
        if delta.id is None and delta.index is not None and len(known.lanes) == 2:
            delta = evolve(delta, index=1 - delta.index)
        return real(known, delta, *rest)

    monkeypatch.setattr(calls_draft, "receive", receive)


@broken("chat", law=2)
def opens_a_call_by_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the index for a position."""

    real = calls_draft.receive

    def receive(known: Any, delta: CallDelta, *rest: Any) -> Any:
        assert delta.index is None or delta.index in range(len(known.lanes) + 1)
        return real(known, delta, *rest)

    monkeypatch.setattr(calls_draft, "receive", receive)


@broken("calls", law=8)
def forgets_that_a_frame_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Envelope.read_marker
    monkeypatch.setattr(Envelope, "read_marker", lambda envelope, marker: evolve(real(envelope, marker), lost=0))


@broken("calls", law=8)
def trusts_what_comes_after_the_finish_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls_draft, "in_conflict", lambda call: call)


@broken("calls", law=8)
def takes_any_arguments_for_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_verdict, "doubts_of_arguments", lambda arguments: ())


@broken("escapes", law=3)
def decodes_an_escape_wrongly(monkeypatch: pytest.MonkeyPatch) -> None:
    real = json_scan.feed

    def feed(scan: Any, text: str) -> Any:
        scan, pieces = real(scan, text)
        return scan, [piece._replace(text=piece.text.replace("\n", "n")) if piece.key else piece for piece in pieces]

    monkeypatch.setattr(json_scan, "feed", feed)


@broken("chat", law=6)
def names_calls_by_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    real = calls_draft.receive

    def receive(known: Any, delta: CallDelta, *rest: Any) -> Any:
        if delta.function is not None and delta.function.name:
            name = delta.function.name * (1 + len(known.lanes))
            delta = evolve(delta, function=evolve(delta.function, name=name))
        return real(known, delta, *rest)

    monkeypatch.setattr(calls_draft, "receive", receive)


@broken("chat", law=5)
def mutates_shared_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Appends in place: the text of an older state grows with that of a newer one."""

    real = text.Text.append

    def append(grown: text.Text, piece: str) -> text.Text:
        if not grown:
            return real(grown, piece)
        object.__setattr__(grown, "tail", grown.tail + piece)
        return grown

    monkeypatch.setattr(text.Text, "append", append)


@broken("chat", law=1)
def mutates_the_state_that_went_in(monkeypatch: pytest.MonkeyPatch) -> None:
    real = completions.step

    def advance(state: Any, chunk: Any, style: Any) -> Any:
        stepped = real(state, chunk, style)
        object.__setattr__(state, "refusal", text.text("no"))
        return stepped

    monkeypatch.setattr(completions, "step", advance)


@broken("chat", law=1)
def counts_in_a_global(monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = completions.step, []

    def advance(state: Any, chunk: Any, style: Any) -> Any:
        seen.append(chunk)
        state, messages = real(state, chunk, style)
        return evolve(state, chunks=len(seen)), messages

    monkeypatch.setattr(completions, "step", advance)


@broken("chat", law=2)
def raises_on_what_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Envelope, "read_marker", lambda envelope, marker: {}[type(marker)])


def judge_calls(monkeypatch: pytest.MonkeyPatch, **verdicts: Verdict) -> None:
    """Let a chat's result say of its calls what these functions say."""
    real = chat.result

    def result(state: Any) -> Any:
        found = real(state)
        judged = (
            evolve(call, **{name: verdict(call) for name, verdict in verdicts.items()}) for call in found.tool_calls
        )
        return with_other(found, tool_calls=tuple(judged))

    monkeypatch.setattr(chat, "result", result)


@broken("chat", law=8)
def calls_everything_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    judge_calls(monkeypatch, doubts=lambda call: ())


@broken("snapshots", law=8)
def calls_complete_what_was_cancelled_half(monkeypatch: pytest.MonkeyPatch) -> None:
    judge_calls(
        monkeypatch, doubts=lambda call: () if call.arguments == "{}" else call.doubts, closed=lambda call: True
    )


@broken("event-calls", law=8)
def closes_a_call_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    real = responses_calls.CallsDraft.announce

    def announce(draft: Any, item: Any) -> None:
        real(draft, evolve(item, call=evolve(item.call, announced=False)))

    monkeypatch.setattr(responses_calls.CallsDraft, "announce", announce)


@broken("event-calls", law=8)
def forgets_to_say_that_a_call_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses_calls.CallsDraft, "announce", lambda draft, item: None)


@broken("event-calls", law=8)
def forgets_what_came_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses_calls.CallsDraft, "doubt_changed", lambda draft, item: None)


@broken("event-calls", law=8)
def believes_arguments_with_a_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict.CallState, "lacking", lambda call, losses: ())


@broken("event-calls", law=8)
def believes_a_whole_that_contradicts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses_calls.CallsDraft, "judge", lambda draft, item, part, conflict, parses: None)


@broken("event-calls", law=11)
def takes_all_that_follows_for_a_repetition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arguments, "follow", lambda *_: json_repeat.Followed(json_repeat.FRESH, text.EMPTY, dropped=1))


@broken("event-calls", law=6)
def knows_a_placeholder_only_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    real = arguments.feed

    def feed(known: Any, said: Any, piece: str) -> Any:
        if known.mode == "placeholder" and piece != "{}" and not known.held:
            known = arguments.Arguments("object")
        return real(known, said, piece)

    monkeypatch.setattr(responses_calls, "feed", feed)


@broken("think-tags", law=9)
def keeps_something_that_a_snapshot_loses(monkeypatch: pytest.MonkeyPatch) -> None:
    class Held(str):
        def __eq__(self, other: object) -> bool:
            return isinstance(other, Held) and str.__eq__(self, other)

        __hash__ = str.__hash__

    real = think_tags.split

    def split(tags: Any, content: str) -> Any:
        after, pieces = real(tags, content)
        return evolve(after, held=Held(after.held)), pieces

    monkeypatch.setattr(think_tags, "split", split)


@broken("numbered", law=10)
def folds_a_number_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    real = responses.read_number
    monkeypatch.setattr(responses, "read_number", lambda *known: (*real(*known)[:2], False))


@broken("responses", law=11)
def hides_a_contradiction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Envelope, "note", lambda envelope, *_, **__: envelope)


@broken("responses", law=11)
def believes_the_deltas_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drops the tail that only the whole has."""
    monkeypatch.setattr(responses_draft.ResponsesDraft, "reconcile_part", lambda *_, **__: None)


@pytest.mark.deep
@pytest.mark.parametrize(("patch", "world", "law"), BROKEN)
def test_a_broken_reducer_is_caught(patch: Patch, world: str, law: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found = next(known for known in WORLDS if known.name == world)
    patch(monkeypatch)
    with pytest.raises(LawBroken) as caught:
        walk(found, 3 - found.deeper)
    assert (caught.value.law.number, caught.value.wrong != "") == (law, True), caught.value


@pytest.mark.deep
def test_a_step_that_costs_more_with_every_chunk_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law 12 shows on long streams only: a text that is copied whole with every append."""
    stream = [said(Delta(content="word " * 400))] * 400
    assert check_laws(chat, WORLDS[0].config, stream, places=4).checks[12] == 3
    monkeypatch.setattr(text, "BLOCK", 1 << 40)
    with pytest.raises(LawBroken, match="law 12"):
        check_laws(chat, WORLDS[0].config, stream, places=4)


def test_a_failure_comes_with_the_shortest_prefix_that_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = [*[said(Delta(content="t"))] * 50, said(Delta(refusal="no")), *[said(Delta(content="t"))] * 50]
    says_twice_what_it_folds_once(monkeypatch)
    with pytest.raises(LawBroken) as caught:
        check_laws(chat, WORLDS[0].config, stream, places=5)
    assert caught.value.chunks == tuple(stream[:51])

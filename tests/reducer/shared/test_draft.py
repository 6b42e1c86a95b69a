"""What the drafts of both families share: ends, failures, notes and markers, in the same words."""

from typing import Any

import pytest
from attrs import evolve
from streamfold.reducer import Cancelled, Done, Ended, Failed, Undecodable, chat, inner_thoughts, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.completions.draft import CompletionsDraft
from streamfold.reducer.responses.draft import ResponsesDraft
from streamfold.reducer.stream_error import StreamError
from support.law_checks import MESSAGE_ID

TEXT = {
    chat: Chunk(choices=(Choice(delta=Delta(content="Hi")),)),
    inner_thoughts: Chunk(choices=(Choice(delta=Delta(content="Hi")),)),
    responses: responses.Chunk(type="response.output_text.delta", item_id="m", output_index=0, delta="Hi"),
}
every_wire = pytest.mark.parametrize("machine", TEXT)


def begun(machine: Any, *chunks: Any, **options: Any) -> Any:
    state, _ = machine.start(machine.Config(message_id=MESSAGE_ID, **options))
    for chunk in chunks:
        state, _ = machine.step(state, chunk)
    return state


def draft_of(machine: Any, state: Any) -> Any:
    if machine is responses:
        return ResponsesDraft(state, state.dedup, state.highest)
    return CompletionsDraft(state, machine.STYLE)


@every_wire
def test_a_draft_without_changes_is_the_state_it_began_as(machine: Any) -> None:
    state = begun(machine, TEXT[machine])
    assert draft_of(machine, state).close() == (state, ())
    assert draft_of(machine, state).close(2) == (evolve(state, chunks=state.chunks + 2), ())


@every_wire
@pytest.mark.parametrize(
    ("end", "said"),
    [
        (Ended(), []),
        (Cancelled(), [("cancelled", None)]),
        (Failed(), [("error", None)]),
        (Failed("boom"), [("error", "boom")]),
        (Failed("maximum context length is 8192"), []),
    ],
)
def test_an_end_is_said_once_and_kept(machine: Any, end: Any, said: Any) -> None:
    over, messages = draft_of(machine, begun(machine, TEXT[machine])).finish(end)
    assert [(message.stop_reason, message.detail) for message in messages] == said
    assert over.end == end
    for later in (Ended(), Cancelled(), Failed("later")):
        assert draft_of(machine, over).finish(later) == (over, ())


@every_wire
@pytest.mark.parametrize("error", ["boom", {"message": "boom"}, {"error": {"message": "boom"}}])
def test_a_failure_of_the_wire_is_said_and_no_end_after_it(machine: Any, error: Any) -> None:
    draft = draft_of(machine, begun(machine, TEXT[machine]))
    draft.fail(error)
    failed, messages = draft.close(1)
    assert [(message.stop_reason, message.detail) for message in messages] == [("llm_api_error", "boom")]
    assert (failed.envelope.error.message, machine.result(failed).outcome) == ("boom", "failed")
    over, messages = draft_of(machine, failed).finish(Cancelled())
    assert (messages, machine.result(over).outcome) == ((), "failed")


@every_wire
@pytest.mark.parametrize(
    "error", [{"code": "context_length_exceeded", "message": "too long"}, "maximum context length"]
)
def test_an_overflow_is_kept_and_not_said(machine: Any, error: Any) -> None:
    draft = draft_of(machine, begun(machine))
    draft.fail(error)
    failed, messages = draft.close(1)
    assert messages == ()
    assert isinstance(machine.result(failed).error, StreamError)


def test_what_is_held_is_said_before_the_failure_and_before_the_end() -> None:
    held = begun(chat, Chunk(choices=(Choice(delta=Delta(content="<thi")),)), think_tags=True)
    draft = draft_of(chat, held)
    draft.fail("boom")
    assert [message.message_type for message in draft.close(1)[1]] == ["assistant_message", "stop_reason"]
    assert [message.message_type for message in draft_of(chat, held).finish(Ended())[1]] == ["assistant_message"]


@every_wire
def test_a_marker_counts_as_a_chunk_only_where_one_was_lost(machine: Any) -> None:
    state = begun(machine, TEXT[machine])
    for marker, counted in ((Done(), 0), (Undecodable("half a line"), 1), (7, 0)):
        after, messages = draft_of(machine, state).read_marker(marker)
        assert (after.chunks - state.chunks, messages) == (counted, ())
        assert after is not state
    over, _ = draft_of(machine, state).read_marker(Done())
    assert draft_of(machine, over).read_marker(Done())[0] is over


@every_wire
def test_hidden_reasoning_is_announced_and_remembered(machine: Any) -> None:
    draft = draft_of(machine, begun(machine))
    draft.announce_hidden_reasoning()
    state, (message,) = draft.close()
    assert (message.message_type, state.omitted) == ("hidden_reasoning_message", True)
    assert machine.result(state).content[0].type == "omitted_reasoning"


@every_wire
def test_a_note_is_a_diagnostic_of_the_next_state(machine: Any) -> None:
    draft = draft_of(machine, begun(machine))
    draft.note("ignored", "this")
    draft.note("ignored", "this")
    ((kind, detail, count),) = [(note.kind, note.detail, note.count) for note in draft.close()[0].envelope.diagnostics]
    assert (kind, detail, count) == ("ignored", "this", 2)

"""What a stored state of a Responses stream leaves out, because it is as it always begins."""

from streamfold.reducer import responses
from streamfold.reducer.responses.dedup import Dedup
from streamfold.reducer.responses.event import Event
from streamfold.reducer.responses.items import NO_ITEMS
from streamfold.reducer.responses.state import State, Work, goes_on_with
from streamfold.reducer.shared.envelope import Envelope
from streamfold.reducer.shared.extras import NOTHING_KEPT
from streamfold.reducer.values.persistent import PersistentMap
from streamfold.reducer.values.text import EMPTY
from support.event_shapes import chunks_of, created, folded, numbered, open_state, text_delta
from support.law_checks import MESSAGE_ID


def test_a_part_in_work_has_no_call_approval_or_phase_by_default() -> None:
    work = Work(0, 0, "response.output_text.delta", 0, "item_0", 0, None, None, "text")
    assert (work.header, work.call_id, work.approval, work.phase) == (0, "", False, None)


def test_a_state_begins_without_text_items_or_numbers() -> None:
    begun, messages = responses.start(responses.Config(message_id=MESSAGE_ID))
    assert messages == ()
    assert begun == State(
        begun.config,
        begun.run,
        None,
        EMPTY,
        NO_ITEMS,
        Envelope(),
        Dedup(),
        -1,
        "",
        False,
        PersistentMap(),
        NOTHING_KEPT,
        0,
        None,
    )
    assert (begun.text, begun.items) == (EMPTY, NO_ITEMS)


def test_an_event_goes_on_only_where_its_address_is_the_same() -> None:
    work = Work(0, 0, "response.output_text.delta", 0, "item_0", 0, None, None, "text")
    same = {"type": work.type, "output_index": 0, "item_id": "item_0", "content_index": 0}
    assert goes_on_with(work, Event(**same))  # type: ignore[arg-type]
    for other in (
        {"type": "response.refusal.delta"},
        {"output_index": 1},
        {"item_id": None},
        {"content_index": 1},
        {"summary_index": 0},
        {"call_id": "call_0"},
    ):
        assert not goes_on_with(work, Event(**{**same, **other}))  # type: ignore[arg-type]


def test_deltas_that_go_on_are_known_again_however_far_the_stream_went() -> None:
    pieces = [f"{at} " for at in range(600)]
    events = numbered([created(), *map(text_delta, pieces)])
    state = open_state(events)
    for at in (0, 1, 2, 3, 255, 256, 257, 258, 599, 600):
        again, other = chunks_of([events[at], {**events[at], "delta": "other"}])
        assert responses.step(state, again) == (state, ())
        if at:
            result = responses.result(responses.step(state, other)[0])
            assert result.text == "".join(pieces) + "other"
            assert [note.kind for note in result.diagnostics] == ["repaired"]


def test_unnumbered_and_long_deltas_come_in_between() -> None:
    long = "long " * 40
    events = numbered([created(), *map(text_delta, ("a", "b", "c", long, "d", "e"))])
    unnumbered = text_delta("!")
    once = folded([*events[:4], unnumbered, *events[4:]])
    assert once.result.text == f"abc!{long}de"
    for event in events:
        assert folded([*events[:4], unnumbered, *events[4:], event]).messages == once.messages

"""What a stored state of a Responses stream leaves out, because it is as it always begins."""

from streamfold.reducer import responses
from streamfold.reducer.envelope import Envelope
from streamfold.reducer.responses.dedup import Dedup
from streamfold.reducer.responses.items import NO_ITEMS
from streamfold.reducer.responses.state import State, Work
from streamfold.reducer.values.text import EMPTY
from support.law_checks import MESSAGE_ID


def test_a_part_in_work_has_no_call_approval_or_phase_by_default() -> None:
    work = Work(0, 0, "response.output_text.delta", 0, "item_0", 0, "text")
    assert (work.call_id, work.approval, work.phase) == ("", False, None)


def test_a_state_begins_without_text_items_or_numbers() -> None:
    begun, messages = responses.start(responses.Config(message_id=MESSAGE_ID))
    assert messages == ()
    assert begun == State(begun.config, begun.run, None, EMPTY, NO_ITEMS, Envelope(), Dedup(), -1, False, (), 0, None)
    assert (begun.text, begun.items) == (EMPTY, NO_ITEMS)

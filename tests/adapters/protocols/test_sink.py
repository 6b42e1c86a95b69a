"""What the sinks share: one shape for all of them, frames, and what is said of errors."""

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from screens.cut_turns import cut_streams
from streamfold.adapters.protocols import agui, letta_sink, plain, vercel
from streamfold.adapters.protocols.sink import MASK, Sink, data_frame, shown_error
from streamfold.reducer import Result
from streamfold.reducer.messages import Message
from streamfold.reducer.stream_error import StreamError
from support.law_checks import MESSAGE_ID

VERCEL: Sink[vercel.Config, vercel.State] = vercel
AGUI: Sink[agui.Config, agui.State] = agui
PLAIN: Sink[plain.Config, plain.State] = plain
LETTA: Sink[letta_sink.Config, letta_sink.State] = letta_sink
SINKS = [
    (VERCEL, vercel.Config(MESSAGE_ID)),
    (AGUI, agui.Config("thread-1", "run-1")),
    (PLAIN, plain.Config(MESSAGE_ID)),
    (LETTA, letta_sink.Config("run-1")),
]
sinks = pytest.mark.parametrize(("sink", "config"), SINKS, ids=["vercel", "agui", "plain", "letta"])


@sinks
@given(cut=cut_streams(), data=st.data())
def test_a_sink_is_pure_and_goes_on_after_a_pickle(
    sink: Any, config: Any, cut: tuple[list[Message], Result], data: st.DataObject
) -> None:
    messages, result = cut
    at = data.draw(st.integers(0, len(messages)))
    state, _ = sink.start(config)
    for message in messages[:at]:
        state, _ = sink.step(state, message)
    restored = pickle.loads(pickle.dumps(state))
    assert restored == state
    for message in messages[at:]:
        before, shown = state, repr(state)
        (state, events), (restored, again) = sink.step(state, message), sink.step(restored, message)
        assert events == again
        assert repr(before) == shown
    assert sink.close(state, result) == sink.close(restored, result)


@pytest.mark.parametrize("value", ["a\nb", "\r", "\u2028", "\ud83d", "\x85", "é", float("nan")])
def test_a_frame_is_one_line_whatever_it_holds(value: Any) -> None:
    framed = data_frame({"type": "x", "value": value})
    assert framed.startswith(b"data: {")
    assert framed.endswith(b"}\n\n")
    assert len(framed.decode().splitlines()) == 2


def test_an_errors_text_is_shown_only_where_it_may_be() -> None:
    assert shown_error(StreamError("sk-1"), True) == "sk-1"
    assert shown_error(StreamError("sk-1"), False) == MASK
    assert shown_error(None, False) == MASK
    assert shown_error(None, True) == "The answer ended before it was complete."

"""Replays without pytest: what their makers can get wrong, and what comes of drawn streams."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.adapters.cassette.recording import as_recording, read_recording
from streamfold.adapters.strategies.streams import Stream, streams
from streamfold.adapters.testing.replay import Replay
from streamfold.adapters.wire import WIRES
from streamfold.reducer import fold

STREAMS = Path(__file__).parents[3] / "streams"
CALLS = STREAMS / "chat_parallel_calls.sse"
WHOLE = read_recording(CALLS)


@pytest.mark.deep
@pytest.mark.parametrize("name", WIRES)
@given(drawn=st.data())
@settings(max_examples=30)
def test_what_was_drawn_is_a_recording_that_folds_alike(name: str, drawn: st.DataObject) -> None:
    stream: Stream = drawn.draw(streams(name))
    recording = as_recording(stream.wire, stream.config, stream.chunks)
    replay = Replay(recording)
    assert replay.messages() == fold(stream.machine, stream.config, stream.chunks)[1]
    read = tuple(wire.read(name, [replay.body()]))
    state, messages = fold(stream.machine, stream.config, read)
    assert messages == replay.messages()
    assert stream.says.difference(stream.machine.result(state)) is None


def test_a_replay_needs_a_recording_and_a_speed_above_zero() -> None:
    with pytest.raises(ValueError, match="a replay needs a recording"):
        Replay()
    with pytest.raises(ValueError, match="speed must be above zero, or None for no pauses; not 0"):
        Replay(WHOLE, speed=0)


def test_what_is_expected_needs_a_place() -> None:
    with pytest.raises(ValueError, match="no place for what is expected"):
        Replay(WHOLE).assert_messages()

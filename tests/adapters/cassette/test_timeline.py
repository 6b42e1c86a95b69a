"""What goes over the wire, and when: pauses, faults, and what is left of a stream."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.adapters.cassette.faults import Cut, Drop, Error, Fault, Garbage, Recut, Repeat, Slow, Stall
from streamfold.adapters.cassette.format import Recorder
from streamfold.adapters.cassette.recording import Recording, read_recording
from streamfold.adapters.cassette.timeline import Action, Lose, Send, Wait, chunks_of, end_of, timeline
from streamfold.adapters.testing.replay import Replay
from streamfold.reducer import End, Ended, Failed
from streamfold.reducer.ends import Undecodable
from support.law_checks import MESSAGE_ID

STREAMS = Path(__file__).parents[2] / "streams"

CALLS = STREAMS / "chat_parallel_calls.sse"
WHOLE = read_recording(CALLS)
EVENTS = read_recording(STREAMS / "responses_web_search.sse")


@given(
    faults=st.lists(
        st.one_of(
            st.builds(Stall, st.integers(0, 67), st.floats(0.001, 10)),
            st.builds(Drop, st.integers(0, 67), more=st.integers(0, 300)),
            st.builds(Cut, st.integers(0, 67), more=st.integers(0, 300)),
            st.builds(Recut, st.integers()),
            st.builds(Slow, st.just(0.01), st.integers(1, 3000)),
            st.builds(Repeat, st.integers(1, 67), count=st.integers(1, 5)),
        ),
        max_size=4,
    )
)
def test_with_any_faults_the_chunks_are_those_of_the_bytes(faults: list[Fault]) -> None:
    replay = Replay(WHOLE, faults=faults)
    sent = b"".join(action.data for action in timeline(WHOLE, faults) if isinstance(action, Send))
    assert sent == replay.body()
    whole, _, broken = sent.rpartition(b"\n\n")
    read = tuple(wire.read("chat", [whole + b"\n\n"]))
    if broken:
        assert broken in CALLS.read_bytes()
    assert replay.chunks == read
    assert replay.fold().result.outcome in ("completed", "truncated", "failed")


def recorded(*texts: str, end: End | None = None, at: float = 0.25, ended_at: float = 1.0) -> Recording:
    """A cassette's recording, its frames so many seconds apart."""
    ticks = iter([0.0, *(at * (number + 1) for number in range(len(texts))), ended_at])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "slow.cassette"
        with Recorder(path, "chat", {"message_id": MESSAGE_ID}, clock=lambda: next(ticks)) as recorder:
            for text in texts:
                recorder.record({"choices": [{"index": 0, "delta": {"content": text}}]})
            recorder.end(end or Ended())
        return read_recording(path)


def seconds(actions: Sequence[Action]) -> list[float]:
    return [round(action.seconds, 6) for action in actions if isinstance(action, Wait)]


@pytest.mark.parametrize(("speed", "pauses"), [(None, []), (1.0, [0.25, 0.25, 0.5]), (2.0, [0.125, 0.125, 0.25])])
def test_the_recorded_pauses_are_made_as_fast_as_asked(speed: float | None, pauses: list[float]) -> None:
    actions = timeline(recorded("a", "b"), speed=speed)
    assert seconds(actions) == pauses
    assert b"".join(action.data for action in actions if isinstance(action, Send)) == Replay(recorded("a", "b")).body()


def test_without_recorded_times_there_is_no_speed() -> None:
    with pytest.raises(ValueError, match=r"chat_parallel_calls\.sse: no times were recorded in it"):
        timeline(WHOLE, speed=1.0)


def test_a_retrieved_response_begins_after_the_number_that_is_asked_for() -> None:
    actions = timeline(EVENTS, beyond=20)
    numbers = [action.chunk.sequence_number for action in actions if isinstance(action, Send)]  # type: ignore[union-attr]
    assert numbers == list(range(21, len(EVENTS.frames)))


@pytest.mark.parametrize(("request_number", "struck"), [(1, False), (2, True), (3, False)])
def test_a_fault_strikes_the_request_it_is_for(request_number: int, struck: bool) -> None:
    actions = timeline(WHOLE, [Cut(5, request=2)], request=request_number)
    assert len(actions) == (5 if struck else len(WHOLE.frames))


def test_a_place_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Cut\(after=68\): there are 67 frames in .*chat_parallel_calls\.sse"):
        timeline(WHOLE, [Cut(68)])


@pytest.mark.parametrize(
    ("fault", "end", "heard"),
    [
        (Cut(5), Ended(), 5),
        (Drop(5), Failed("connection lost: peer closed connection without sending complete message body "), 5),
        (Stall(5), Failed("the upstream said nothing any more"), 5),
        (Stall(5, 3), Ended(), 67),
        (Error(5, exception=OSError("torn")), Failed("OSError: torn"), 5),
        (Error(status=429, body={"error": "no"}), Failed('HTTP status 429: {"error":"no"}'), 0),
        (Error(5), Ended(), 6),
    ],
)
def test_what_a_client_hears_and_how_it_ends(fault: Fault, end: End, heard: int) -> None:
    actions = timeline(WHOLE, [fault])
    assert len(chunks_of(actions)) == heard
    found = end_of(actions, Ended())
    if isinstance(end, Failed):
        assert isinstance(found, Failed)
        assert found.error is not None
        assert found.error.startswith(end.error or "")
    else:
        assert found == end


def test_a_recording_that_failed_ends_in_a_lost_connection() -> None:
    actions = timeline(recorded("a", end=Failed("boom")))
    assert actions[-1] == Lose(why="boom")
    assert end_of(actions, None) == Failed("connection lost: boom")
    assert end_of(timeline(recorded("a")), Ended()) == Ended()


@pytest.mark.parametrize("after", [0, 5, 67])
def test_garbage_is_a_frame_of_its_own_that_nothing_is_made_of(after: int) -> None:
    actions = timeline(WHOLE, [Garbage(after, b"\xff{")])
    sent = [action.data for action in actions if isinstance(action, Send)]
    assert sent[after].endswith(b"data: \xff{\n\n")
    assert b"".join(sent[:after] + sent[after + 1 :]) == CALLS.read_bytes()
    lost = [chunk for chunk in chunks_of(actions) if isinstance(chunk, Undecodable)]
    assert [chunk.lost for chunk in lost] == [True]
    assert Replay(WHOLE, faults=[Garbage(after)]).fold().result.text == Replay(WHOLE).fold().result.text


def test_slow_bytes_are_the_same_bytes_with_a_pause_before_each_piece() -> None:
    for faults in ([Slow(0.5, 100)], [Recut(1), Slow(0.5, 100)], [Slow(0.5, 100), Drop(5)]):
        actions = timeline(WHOLE, faults)
        sent = [action.data for action in actions if isinstance(action, Send)]
        assert max(map(len, sent)) == 100
        assert seconds(actions) == [0.5] * len(sent)
        assert isinstance(actions[0], Wait)
        assert b"".join(sent) == Replay(WHOLE, faults=[fault for fault in faults if isinstance(fault, Drop)]).body()

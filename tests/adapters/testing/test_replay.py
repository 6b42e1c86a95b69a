"""Recordings of any kind, and replays without pytest: what their makers can get wrong, and what comes of it."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.adapters.cassette.format import Recorder
from streamfold.adapters.cassette.recording import as_recording, read_recording, recording_of
from streamfold.adapters.strategies.streams import Stream, streams
from streamfold.adapters.testing.expectation import Expectations, Unexpected, differences, written
from streamfold.adapters.testing.faults import Cut, Drop, Fault, Recut, Repeat, Stall
from streamfold.adapters.testing.replay import Replay
from streamfold.adapters.testing.timeline import Send, timeline
from streamfold.adapters.wire import WIRES, WireError
from streamfold.reducer import Ended, chat, fold
from support.law_checks import MESSAGE_ID

STREAMS = Path(__file__).parents[2] / "streams"
CALLS = STREAMS / "chat_parallel_calls.sse"
WHOLE = read_recording(CALLS)


def test_the_bytes_of_a_body_are_kept_frame_by_frame(tmp_path: Path) -> None:
    first, last = b': hello\r\n\r\ndata: {"choices": []}\r\n\r\n', b"id: 1\ndata: [DONE]\n\n: bye\n"
    assert recording_of(first + last).sent == (first, last)
    packed = tmp_path / "packed.sse.gz"
    packed.write_bytes(gzip.compress(CALLS.read_bytes()))
    assert b"".join(read_recording(packed).sent) == CALLS.read_bytes()


def test_json_lines_and_cassettes_become_server_sent_events(tmp_path: Path) -> None:
    lines = recording_of(b'{"choices": []}\n[DONE]\n')
    assert lines.sent == (b'data: {"choices": []}\n\n', b"data: [DONE]\n\n")
    path = tmp_path / "a.cassette"
    with Recorder(path, "responses", {"message_id": MESSAGE_ID}) as recorder:
        recorder.record('{"type": "response.created"}', event="response.created")
        recorder.end(Ended())
    assert read_recording(path).sent == (b'event: response.created\ndata: {"type": "response.created"}\n\n',)


def test_a_cassette_can_be_read_as_another_wire(tmp_path: Path) -> None:
    path = tmp_path / "a.cassette"
    with Recorder(path, "chat", chat.Config(message_id=MESSAGE_ID, think_tags=True)) as recorder:
        recorder.record({"choices": [{"index": 0, "delta": {"content": "Hi"}}]})
    recording = read_recording(path, "inner_thoughts")
    assert (recording.wire, recording.config.message_id) == ("inner-thoughts", MESSAGE_ID)
    with pytest.raises(WireError, match="line 2: a Chat Completions chunk, not a Responses event"):
        read_recording(path, "responses")


def test_there_are_three_wires() -> None:
    with pytest.raises(ValueError, match="wire must be one of chat, inner-thoughts, responses, not 'mail'"):
        read_recording(CALLS, "mail")


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
    assert stream.says.unlike(stream.machine.result(state)) is None


@given(
    faults=st.lists(
        st.one_of(
            st.builds(Stall, st.integers(0, 67), st.floats(0.001, 10)),
            st.builds(Drop, st.integers(0, 67), more=st.integers(0, 300)),
            st.builds(Cut, st.integers(0, 67), more=st.integers(0, 300)),
            st.builds(Recut, st.integers()),
            st.builds(Repeat, st.integers(1, 67), count=st.integers(1, 5)),
        ),
        max_size=4,
    )
)
def test_any_faults_together_leave_a_stream_whose_chunks_are_those_of_its_bytes(faults: list[Fault]) -> None:
    replay = Replay(WHOLE, faults=faults)
    sent = b"".join(event.data for event in timeline(WHOLE, faults) if isinstance(event, Send))
    assert sent == replay.body()
    whole, _, broken = sent.rpartition(b"\n\n")
    read = tuple(wire.read("chat", [whole + b"\n\n"]))
    if broken:
        assert broken in CALLS.read_bytes()
    assert replay.chunks == read
    assert replay.fold().result.outcome in ("completed", "truncated", "failed")


def test_a_replay_needs_a_recording_and_a_speed_above_zero() -> None:
    with pytest.raises(ValueError, match="a replay needs a recording"):
        Replay()
    with pytest.raises(ValueError, match="speed must be above zero, or None for no pauses; not 0"):
        Replay(WHOLE, speed=0)


def test_what_is_expected_needs_a_place() -> None:
    with pytest.raises(ValueError, match="no place for what is expected"):
        Replay(WHOLE).assert_said()


def test_expectations_are_kept_without_pytest_too(tmp_path: Path) -> None:
    place = tmp_path / "said"
    replay = Replay(WHOLE, expectations=Expectations(place, "calls", update=True))
    replay.assert_said(name="first")
    assert [path.name for path in place.iterdir()] == ["calls.first.said"]
    cut = Replay(WHOLE, faults=[Cut(30)], expectations=Expectations(place, "calls"))
    with pytest.raises(Unexpected, match=r"in calls\.first\.said; if what came \(\+\) is right, accept it:"):
        cut.assert_said(name="first")


# What is said, as text


def message(kind: str, otid: str = "o1", **members: object) -> dict[str, object]:
    return {"message_type": kind, "id": "message-1", "otid": otid, "date": "2026", **members}


def test_pieces_are_joined_by_run_and_by_call() -> None:
    def call(otid: str, call_id: str, **delta: str) -> dict[str, object]:
        return message("tool_call_message", otid, tool_call={"tool_call_id": call_id, **delta})

    said = [
        message("reasoning_message", "a", reasoning="Hm", source="non_reasoner_model", signature="s1"),
        message("reasoning_message", "a", reasoning="m.", source="non_reasoner_model", signature="s2"),
        call("b", "c1", name="go", arguments="{"),
        call("b", "c2", name="st"),
        call("b", "c1", arguments="}"),
        call("b", "c2", name="op"),
        message("assistant_message", "c", content=" a\n\nb "),
        message("assistant_message", "d", content="¶"),
        message("assistant_message", "c", content="again"),
        {"message_type": "stop_reason", "stop_reason": "cancelled"},
        {"message_type": "ping", "id": "ping", "date": "2026"},
    ]
    assert written(said).splitlines() == [
        "[1] reasoning_message source=non_reasoner_model signature=s1s2",
        "    | Hmm.",
        "[2] tool_call_message c1 go",
        "    | {}",
        "[2] tool_call_message c2 stop",
        "[3] assistant_message",
        "    |  a",
        "    |",
        "    | b ¶",
        "[4] assistant_message",
        "    | ¶¶",
        "[3] assistant_message",
        "    | again",
        "[-] stop_reason",
        '    {"stop_reason":"cancelled"}',
        "[-] ping",
    ]


@given(st.text(), st.text())
def test_different_text_is_written_differently_and_in_lines_that_any_file_keeps(one: str, other: str) -> None:
    texts = [written([message("assistant_message", content=text)]) for text in (one, other)]
    assert (texts[0] == texts[1]) == (one == other) or "\\u" in one + other
    for text in texts:
        assert text.encode().decode() == text
        assert text.splitlines() == text.split("\n")[:-1]


def test_the_differences_show_little_of_what_is_the_same() -> None:
    def text(*lines: str, more: str = "") -> str:
        return written(
            [
                message("reasoning_message", "a", reasoning="Same."),
                message("assistant_message", "b", content="\n".join(lines)),
                *([message("refusal_message", "c", refusal=more)] if more else []),
            ]
        )

    many = [f"line {number}" for number in range(12)]
    other = [*many[:6], "another", *many[7:]]
    assert differences(text(*many), text(*many)) == ["  … 2 runs the same"]
    assert differences(text(*many), text(*other)) == [
        "  … 1 run the same",
        "  [2] assistant_message",
        "  … 4 lines the same",
        "      | line 4",
        "      | line 5",
        "-     | line 6",
        "+     | another",
        "      | line 7",
        "      | line 8",
        "  … 3 lines the same",
    ]
    assert differences(text("a"), text("a", more="no")) == [
        "  … 2 runs the same",
        "+ [3] refusal_message",
        "+     | no",
    ]
    assert differences(text("a", "b", "c"), text("a", "c")) == [
        "  … 1 run the same",
        "  [2] assistant_message",
        "      | a",
        "-     | b",
        "      | c",
    ]


def test_a_long_line_is_shown_around_what_differs_in_it() -> None:
    def text(middle: str) -> str:
        return written([message("assistant_message", content="a" * 500 + middle + "b" * 500)])

    _, old, new = differences(text("one"), text("three"))
    assert old == f"- … {'a' * 40}on{'e' + 'b' * 39} …"
    assert new == f"+ … {'a' * 40}thre{'e' + 'b' * 39} …"
    _, _, new = differences(text("one"), text("x" * 5000))
    assert new == f"+ … {'a' * 40}{'x' * 400} … 4600 characters more{'b' * 40} …"

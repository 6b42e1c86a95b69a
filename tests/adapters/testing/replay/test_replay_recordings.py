"""Recordings of any kind, as a replay sends them."""

import gzip
from pathlib import Path

import pytest
from streamfold.adapters.cassette.format import Recorder
from streamfold.adapters.cassette.recording import read_recording, recording_of
from streamfold.adapters.errors import WireError
from streamfold.reducer import Ended, chat
from support.law_checks import MESSAGE_ID

STREAMS = Path(__file__).parents[3] / "streams"
CALLS = STREAMS / "chat_parallel_calls.sse"


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

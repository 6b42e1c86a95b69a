"""Any recorded stream, read as what it is: a body of server-sent events, lines of JSON, or a cassette."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.adapters.cassette.format import CassetteError
from streamfold.adapters.cassette.recording import (
    MESSAGE_ID,
    SUFFIXES,
    as_recording,
    config_of,
    decode_frames,
    detect_wire,
    fields_of,
    is_cassette,
    read_recording,
    recording_of,
)
from streamfold.adapters.errors import ConfigError, FileError, WireError
from streamfold.adapters.wire.sse import Frame
from streamfold.reducer import Cancelled, Done, Ended, Undecodable, chat, fold, inner_thoughts, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.responses.event import Event
from support.adapters.cassettes import CALLS, CONFIG, HEADER, HI, SEARCH, THOUGHTS, read, recorded

HI_CHUNK = Chunk(id="c", choices=(Choice(delta=Delta(content="hé")),))
LINE = json.dumps(HI).encode()
BODY = b"\xef\xbb\xbf: hello\r\n\r\ndata: " + LINE + b"\r\n\r\n:ping\n\nevent: x\ndata: [DONE]\n\n: bye\n"


# What is read


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("path", "name", "machine"), [(CALLS, "chat", chat), (THOUGHTS, "chat", chat), (SEARCH, "responses", responses)]
)
def test_a_recorded_stream_is_read_as_its_own_wire(
    tmp_path: Path, path: Path, name: str, machine: Any, pack: Any
) -> None:
    file = tmp_path / path.name
    file.write_bytes(pack(path.read_bytes()))
    found = read_recording(file)
    assert (found.path, found.name, found.wire, found.machine) == (str(file), str(file), name, machine)
    assert found.chunks == tuple(wire.read(name, [path.read_bytes()]))
    assert found.config == machine.Config(message_id=MESSAGE_ID)
    assert (found.times, found.end, found.ended_at) == (None, None, None)


def test_what_was_sent_is_the_body_frame_by_frame() -> None:
    found = recording_of(BODY)
    assert b"".join(found.sent) == BODY
    assert [sent.count(b"data: ") for sent in found.sent] == [1, 1]
    assert found.sent[0].startswith(b"\xef\xbb\xbf: hello")
    assert found.sent[1].endswith(b": bye\n")
    assert [(frame.data, frame.event) for frame in found.frames] == [(LINE, ""), (b"[DONE]", "x")]
    assert found.chunks == (HI_CHUNK, Done())


def test_lines_of_json_are_sent_as_events() -> None:
    found = recording_of(LINE + b"\n\n" + LINE)
    assert found.sent == (b"data: " + LINE + b"\n\n",) * 2
    assert found.chunks == (HI_CHUNK, HI_CHUNK)


def test_a_cassette_tells_its_times_end_and_configuration() -> None:
    found = recording_of(recorded(HI, b"[DONE]", end=Cancelled()))
    assert (found.wire, found.times, found.end, found.ended_at) == ("chat", (0.25, 0.5), Cancelled(), 0.75)
    assert found.config == CONFIG
    assert found.chunks == (HI_CHUNK, Done())
    assert b"".join(found.sent) == read(recorded(HI, b"[DONE]", end=Cancelled())).body()
    other = recording_of(recorded(HI), "inner_thoughts", ("--run-id", {"run_id": "run-2"}))
    assert (other.wire, other.machine, other.config.run_id) == ("inner-thoughts", inner_thoughts, "run-2")
    assert other.config.requires_approval_tools == CONFIG.requires_approval_tools


def test_inner_thoughts_have_to_be_asked_for() -> None:
    assert recording_of(THOUGHTS.read_bytes()).wire == "chat"
    asked = recording_of(THOUGHTS.read_bytes(), "inner-thoughts")
    assert (asked.wire, asked.machine) == ("inner-thoughts", inner_thoughts)
    assert recording_of(recorded(HI, wire="inner-thoughts", config={})).wire == "inner-thoughts"


@pytest.mark.parametrize(
    ("body", "asked", "error", "why"),
    [
        (b"", None, WireError, "the stream: no chunks in it: neither server-sent events with data nor JSON lines"),
        (
            b"data: [DONE]\n\ndata: {}\n\n",
            None,
            WireError,
            "the stream, line 3: neither a Chat Completions chunk nor a",
        ),
        (b"{\n", None, WireError, "the stream, line 1: not JSON: "),
        (BODY, "responses", WireError, "the stream, line 3: "),
        (b"data: {}\n\n" + BODY[3:], "responses", WireError, "the stream, line 5: "),
        (b"data: [1]\n\n", "chat", WireError, "the stream, line 1: a list, not a Chat Completions chunk"),
        (HEADER + b"[1]\n", None, CassetteError, "the stream, line 2: neither a frame nor the end"),
        (BODY, "telex", ValueError, "wire must be one of chat, inner-thoughts, responses, not 'telex'"),
    ],
)
def test_what_is_of_no_wire_or_of_another_is_refused(body: bytes, asked: Any, error: Any, why: str) -> None:
    with pytest.raises(error) as refusal:
        recording_of(body, asked)
    assert str(refusal.value).startswith(why)
    assert "\n" not in str(refusal.value)


def test_a_file_is_named_in_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="missing: no such file or directory"):
        read_recording(tmp_path / "missing")
    (tmp_path / "a\nb").write_bytes(b"[1]\n")
    with pytest.raises(WireError) as refusal:
        read_recording(tmp_path / "a\nb")
    assert str(refusal.value).startswith(repr(str(tmp_path / "a\nb")))


def test_a_cassette_s_own_field_is_refused_by_its_line() -> None:
    with pytest.raises(ConfigError, match=r"^the stream, line 1: no such field: 'colour' \(there are .*\)$"):
        recording_of(HEADER.replace(b"{}", b'{"colour": 1}'))


def test_a_cassette_may_be_read_as_another_wire_that_fits() -> None:
    other = recording_of(recorded(HI, config=CONFIG), "inner-thoughts")
    assert other.chunks == (HI_CHUNK,)
    assert "think_tags" not in fields_of(other.machine)  # which the recorded wire's Config has
    with pytest.raises(WireError, match=r"^the stream, line 2: "):
        recording_of(recorded(HI), "responses")
    assert recording_of(recorded(), "responses", ("", {"message_id": MESSAGE_ID})).chunks == ()


def test_a_recorded_stream_s_name_ends_in_one_of_three_ways() -> None:
    assert SUFFIXES == (".cassette", ".sse", ".jsonl")


# Parts of it


def test_chunks_are_decoded_as_they_are_asked_for() -> None:
    frames = wire.frames([BODY, b"data: {broken\n\n"])
    chunks = decode_frames("chat", frames, "x")
    assert next(chunks) == HI_CHUNK
    assert next(frames).data == b"[DONE]"  # which is not read ahead
    assert isinstance(next(chunks), Undecodable)


def test_the_first_frame_that_tells_the_wire_loses_none_before_it() -> None:
    frames = [Frame(b"{", "", 1, 1), Frame(b"[DONE]", "", 2, 3), Frame(LINE, "", 3, 5), Frame(b"x", "", 4, 7)]
    found, all_frames = detect_wire(iter(frames), None, "x")
    assert (found, list(all_frames)) == ("chat", frames)
    assert detect_wire(iter(frames), "responses", "x")[0] == "responses"
    with pytest.raises(WireError, match=r"^x, line 1: not JSON"):
        detect_wire(iter(frames[:2]), None, "x")


def test_later_sources_of_fields_count() -> None:
    first = ("a file", {"message_id": MESSAGE_ID, "run_id": "run-1", "model": "m"})
    config = config_of(chat, first, ("--run-id", {"run_id": "run-2"}))
    assert (config.message_id, config.run_id, config.model) == (MESSAGE_ID, "run-2", "m")
    assert fields_of(chat)[:2] == ["message_id", "run_id"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"colour": 1}, r"^--x: no such field: \'colour\' \(there are message_id, run_id, "),
        ({"choice": "1"}, r"^--x: choice "),
        ({"message_id": "no UUID"}, r"^--x: message_id "),
    ],
)
def test_a_field_that_cannot_be_used_is_refused_by_its_place(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        config_of(chat, ("a file", {"message_id": MESSAGE_ID, "choice": 1}), ("--x", fields))


# Chunks that nobody recorded


def test_chunks_may_be_taken_for_recorded_ones() -> None:
    chunks = [HI_CHUNK, Undecodable("no JSON"), Done()]
    made = as_recording("chat", CONFIG, chunks)
    assert (made.chunks, made.config, made.machine, made.times, made.end) == (tuple(chunks), CONFIG, chat, None, None)
    again = recording_of(b"".join(made.sent), "chat")
    assert [type(chunk) for chunk in again.chunks] == [Chunk, Undecodable, Done]
    assert [(frame.number, frame.event) for frame in made.frames] == [(1, ""), (2, ""), (3, "")]
    assert fold(chat, CONFIG, again.chunks[:1], Ended()) == fold(chat, CONFIG, chunks[:1], Ended())


def test_events_are_sent_under_their_names() -> None:
    event = Event(type="response.in_progress", sequence_number=0, output_index=1)
    made = as_recording("responses", responses.Config(message_id=MESSAGE_ID), [event, Done()])
    assert made.sent[0].startswith(b"event: response.in_progress\ndata: {")
    assert made.sent[1] == b"data: [DONE]\n\n"
    assert recording_of(b"".join(made.sent)).chunks == made.chunks


def test_what_is_no_chunk_or_of_no_wire_is_not_taken() -> None:
    with pytest.raises(TypeError, match="a dict is no chunk of a wire"):
        as_recording("chat", CONFIG, [{}])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="wire must be one of"):
        as_recording("telex", CONFIG, [])


# Which files are cassettes


@pytest.mark.parametrize("cut", range(len(HEADER)))
def test_what_counts_as_a_cassette_begins_as_the_format_does(cut: int) -> None:
    with pytest.raises(CassetteError) as refusal:
        read(HEADER[:cut] + b"\n{}\n")
    is_one = "it does not begin with a header" not in str(refusal.value)
    assert is_cassette(Frame(HEADER[:cut], "", 1, 1)) is is_one


def test_a_recording_is_taken_for_a_cassette() -> None:
    assert is_cassette(Frame(recorded().split(b"\n")[0], "", 1, 1))

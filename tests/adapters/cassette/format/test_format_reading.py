"""Cassettes as they are read: what is recorded comes back, what broke off ends early, what is none is refused."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.adapters.cassette.format import (
    CassetteError,
    Recorder,
    open_cassette,
)
from streamfold.adapters.wire.sse import Frame
from streamfold.reducer import Cancelled, Ended, Failed, chat, fold, inner_thoughts, responses
from support.adapters.cassettes import (
    CALLS,
    HEADER,
    HI,
    SEARCH,
    THOUGHTS,
    read,
    recorded,
    ticking,
)
from support.law_checks import MESSAGE_ID

any_text = st.text(st.characters(exclude_categories=()), max_size=20)
any_event = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
any_end = st.one_of(st.just(Ended()), st.just(Cancelled()), st.builds(Failed, st.text()), st.none())


@given(st.lists(st.tuples(st.one_of(st.binary(max_size=20), any_text), any_event)), any_end)
def test_any_frames_come_back(frames: list[tuple[bytes | str, str]], end: Any) -> None:
    file = io.BytesIO()
    with Recorder(file, "chat", {}, clock=ticking()) as recording:
        for data, event in frames:
            recording.record(data, event)
        if end is not None:
            recording.end(end)
    made = read(file.getvalue())
    expected = [(x if isinstance(x, bytes) else x.encode("utf-8", "surrogatepass"), event) for x, event in frames]
    assert [(frame.data, frame.event) for frame in made.frames()] == expected
    assert [frame.number for frame in made.frames()] == [*range(1, len(frames) + 1)]
    assert (made.end, made.cut_off) == (end, end is None)
    assert made.body() == read(file.getvalue()).body()


@given(st.lists(st.tuples(st.binary(max_size=20).filter(bytes.strip), any_event)))
def test_a_body_has_the_same_frames(frames: list[tuple[bytes, str]]) -> None:
    made = read(recorded(*(Frame(data, event, 1, 1) for data, event in frames)))
    for frame, (data, event) in zip(wire.frames([made.body()]), frames, strict=True):
        assert frame.data == data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        assert frame.event == event.replace("\r\n", " ").replace("\r", " ").replace("\n", " ")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.lists(json_values), st.sampled_from([None, lambda frame: frame]))
def test_decoded_json_comes_back(values: list[Any], redact: Any) -> None:
    values = (
        [{"it": value} for value in values] if redact else [value for value in values if not isinstance(value, str)]
    )
    made = read(recorded(*values, redact=redact))
    assert [json.loads(frame.data) for frame in made.frames()] == values


def test_a_lone_surrogate_in_decoded_json_comes_back() -> None:
    (frame,) = read(recorded({"a": "\ud800é"})).frames()
    assert json.loads(frame.data) == {"a": "\ud800é"}


@pytest.mark.parametrize(
    ("path", "name", "machine"),
    [
        (CALLS, "chat", chat),
        (THOUGHTS, "inner-thoughts", inner_thoughts),
        (THOUGHTS, "inner_thoughts", inner_thoughts),
        (SEARCH, "responses", responses),
    ],
)
@pytest.mark.parametrize("decoded", [False, True])
def test_a_replay_folds_as_the_run_did(path: Path, name: str, machine: Any, decoded: bool, tmp_path: Path) -> None:
    config = machine.Config(message_id=MESSAGE_ID, run_id="run-1", requires_approval_tools=["find_train"])
    frames = list(wire.frames([path.read_bytes()]))
    said = fold(machine, config, wire.read(name, [path.read_bytes()]), Ended())
    file = tmp_path / "x.cassette"
    with Recorder(file, name, config) as recording:
        for frame in frames:
            recording.received(json.loads(frame.data) if decoded and frame.data != b"[DONE]" else frame)
        recording.ended(Ended(), machine.result(said[0]))
    for packed in (False, True):
        if packed:
            file.write_bytes(gzip.compress(file.read_bytes()))
        made = open_cassette(file)
        assert made.wire == name.replace("_", "-")
        assert fold(machine, machine.Config(**made.config), made.chunks(), made.end) == said
        assert fold(machine, config, wire.read(name, [made.body()]), made.end) == said


def test_a_recording_that_is_cut_off_at_any_byte() -> None:
    content = recorded(HI, b"\xff", b"[DONE]", end=Failed("é"), config={"message_id": MESSAGE_ID})
    whole = read(content)
    ends = [at for at, byte in enumerate(content) if byte == 10]  # where each line is whole, but for its LF
    for cut in range(len(content)):
        if cut < ends[0]:
            with pytest.raises(
                CassetteError, match=r"^x(, line 1)?: (no cassette|a cassette's header that is cut off)"
            ):
                read(content[:cut])
            continue
        made = read(content[:cut])
        assert made.frames() == whole.frames()[: sum(end <= cut for end in ends[1:4])]
        assert (made.cut_off, made.end) == ((True, None) if cut < ends[4] else (False, whole.end))
        if cut - 1 in ends:  # some file systems leave zeros behind after a crash
            assert read(content[:cut] + bytes(9)).frames() == made.frames()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "x: no cassette: there is nothing in it"),
        (b"data: x\n\n", "x, line 1: no cassette: it does not begin with a header"),
        (b'{"choices": []}\n', "x, line 1: no cassette: it does not begin with a header"),
        (HEADER[:-5], "x, line 1: a cassette's header that is cut off or broken: not JSON"),
        (HEADER.replace(b"1", b"2", 1), "x, line 1: a cassette of version 2; this streamfold reads version 1"),
        (HEADER.replace(b"1", b"true", 1), "x, line 1: a cassette of version True; this"),
        (HEADER.replace(b"1", b'"1"', 1), "x, line 1: a cassette of version '1'; this"),
        (HEADER.replace(b"chat", b"telex"), "x, line 1: wire must be one of chat, inner-thoughts, responses, not 'tel"),
        (HEADER.replace(b"{}", b"[]"), "x, line 1: config must be an object"),
        (HEADER + b'{"at": 0, "data": "x"}\n\n{"at": 0, "da\n{"at": 1, "data": "x"}\n', "x, line 4: not JSON: "),
        (HEADER + b"[1]\n", "x, line 2: neither a frame nor the end"),
        (HEADER + b'{"at": 1}\n', "x, line 2: neither data nor base64 nor dropped says what came"),
        (HEADER + b'{"at": 1, "base64": "*"}\n', "x, line 2: neither data nor base64 nor dropped says what came"),
        (HEADER + b'{"at": 1, "data": 1}\n', "x, line 2: neither data nor base64 nor dropped says what came"),
        (HEADER + b'{"data": "x"}\n', "x, line 2: at must be seconds since the start, not None"),
        (HEADER + b'{"data": "x", "at": true}\n', "x, line 2: at must be seconds since the start, not True"),
        (HEADER + b'{"data": "x", "at": NaN}\n', "x, line 2: at must be seconds since the start, not nan"),
        (HEADER + b'{"data": "x", "at": -1}\n', "x, line 2: at must be seconds since the start, not -1"),
        (HEADER + b'{"data": "x", "at": 1' + b"0" * 400 + b"}\n", "x, line 2: at must be seconds since the start"),
        (HEADER + b'{"data": "x", "at": 1, "event": 1}\n', "x, line 2: event and dropped must be text"),
        (HEADER + b'{"dropped": 1, "at": 1}\n', "x, line 2: event and dropped must be text"),
        (HEADER + b'{"end": "over", "at": 1}\n', "x, line 2: end must be ended, cancelled or failed, not 'over'"),
        (HEADER + b'{"end": "failed", "at": 1, "error": 1}\n', "x, line 2: error must be text"),
        (HEADER + b'{"end": "ended"}\n', "x, line 2: at must be seconds since the start, not None"),
        (HEADER + b'{"end": "ended", "at": 1}\n{"at": 1}\n', "x, line 3: there is more after the end"),
    ],
)
def test_what_is_no_cassette(content: bytes, why: str) -> None:
    with pytest.raises(CassetteError) as refusal:
        read(content)
    assert str(refusal.value).startswith(why)
    assert "\n" not in str(refusal.value)


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="no such file or directory"):
        open_cassette(tmp_path / "x")
    (tmp_path / "x").write_bytes(gzip.compress(HEADER * 99)[:-9])
    with pytest.raises(CassetteError, match="broken gzip"):
        open_cassette(tmp_path / "x")
    (tmp_path / "x").write_bytes(CALLS.read_bytes())
    with pytest.raises(CassetteError, match=r"x, line 3: no cassette"):
        open_cassette(tmp_path / "x")


def test_members_that_are_not_known_are_left_alone() -> None:
    made = read(b"\xef\xbb\xbf" + HEADER.replace(b"{}", b'{}, "new": 1') + b'{"at": 1, "data": "x", "new": 1}\r\n')
    assert made.header["new"] == 1
    assert made.frames()[0].data == b"x"

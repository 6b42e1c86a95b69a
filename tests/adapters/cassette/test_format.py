"""Cassettes: what is recorded comes back, whatever breaks on the way, and recording never stands in a run's way."""

import gzip
import io
import json
import logging
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk
from streamfold.adapters import wire
from streamfold.adapters.cassette import format as cassettes
from streamfold.adapters.cassette import recorder
from streamfold.adapters.cassette import recording as recordings
from streamfold.adapters.cassette.format import (
    CassetteError,
    Recorder,
    async_replay,
    open_cassette,
    read_cassette,
    replay,
)
from streamfold.adapters.driver.run import drive
from streamfold.adapters.wire.sse import Frame
from streamfold.reducer import Cancelled, Done, Ended, Failed, Undecodable, chat, fold, inner_thoughts, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from support.law_checks import MESSAGE_ID

STREAMS = Path(__file__).parents[2] / "streams"
CALLS = STREAMS / "chat_parallel_calls.sse"
THOUGHTS = STREAMS / "inner_thoughts.jsonl"
SEARCH = STREAMS / "responses_web_search.sse"
CONFIG = chat.Config(message_id=MESSAGE_ID, run_id="run-1", requires_approval_tools=frozenset({"b", "a"}))
HI = {"id": "c", "choices": [{"index": 0, "delta": {"content": "hé"}}]}
HEADER = b'{"streamfold_cassette": 1, "wire": "chat", "config": {}}\n'


@pytest.fixture(autouse=True)
def _no_thread_is_left_behind() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() <= before


def ticking(step: float = 0.25) -> Callable[[], float]:
    times = iter(range(1_000_000))
    return lambda: 100.0 + next(times) * step


def recorded(*frames: Any, end: Any = None, wire: str = "chat", config: Any = CONFIG, **options: Any) -> bytes:
    """The file that a recording of these frames makes."""
    file = io.BytesIO()
    with Recorder(file, wire, config, clock=ticking(), **options) as recording:
        for frame in frames:
            recording.record(frame)
        if end is not None:
            recording.end(end)
    return file.getvalue()


def read(content: bytes, name: str = "x") -> cassettes.Cassette:
    return read_cassette(wire.frames([content]), name)


def lines(content: bytes) -> list[Any]:
    return [json.loads(line) for line in content.split(b"\n")[:-1]]


# The format


def test_a_cassette_as_it_is_written() -> None:
    odd = b'\xff{"a":\x00}'
    header, *rest = lines(
        recorded('{ "é":1}\u2028', b"[DONE]", HI, Frame(b"x", "error", 7, 9), odd, end=Failed(ValueError("no")))
    )
    assert list(header) == ["streamfold_cassette", "wire", "config", "recorded_by"]
    assert (header["streamfold_cassette"], header["wire"]) == (1, "chat")
    assert header["config"] == {
        "message_id": MESSAGE_ID,
        "run_id": "run-1",
        "step_id": None,
        "model": None,
        "requires_approval_tools": ["a", "b"],
        "hides_reasoning": None,
        "choice": 0,
        "detect_snapshots": True,
        "think_tags": False,
    }
    assert header["recorded_by"]["python"] == platform.python_version()
    assert header["recorded_by"]["openai"]
    assert rest == [
        {"at": 0.25, "data": '{ "é":1}\u2028'},
        {"at": 0.5, "data": "[DONE]"},
        {"at": 0.75, "data": '{"id":"c","choices":[{"index":0,"delta":{"content":"hé"}}]}'},
        {"at": 1.0, "data": "x", "event": "error"},
        {"at": 1.25, "base64": "/3siYSI6AH0="},
        {"end": "failed", "at": 1.5, "error": "ValueError: no"},
    ]


def test_two_recordings_of_a_stream_are_the_same_bytes() -> None:
    frames = list(wire.frames([CALLS.read_bytes()]))
    one, other = (recorded(*frames, end=Ended()) for _ in range(2))
    assert one == other
    assert one.startswith(b'{"streamfold_cassette":1,')
    assert b"\r" not in one


def test_what_is_not_installed_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import metadata

    def version(package: str) -> str:
        if package == "openai":
            raise metadata.PackageNotFoundError(package)
        return "1.2.3"

    monkeypatch.setattr(metadata, "version", version)
    assert lines(recorded())[0]["recorded_by"] == {"streamfold": "1.2.3", "python": platform.python_version()}


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


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_run_is_recorded_and_replayed(backend: str, tmp_path: Path) -> None:
    path = tmp_path / "x.cassette"

    async def upstream() -> AsyncIterator[Any]:
        for frame in wire.frames([CALLS.read_bytes()]):
            yield frame.data if frame.number % 2 else json.loads(frame.data)

    async def run(stream: Any, config: Any, *observers: Any) -> Any:
        async with drive(chat, config, stream, observers=observers) as run:
            messages = [message async for message in run]
        return messages, run.state

    async def main() -> None:
        with Recorder(path, "chat", CONFIG) as recording:
            live = await run(upstream(), CONFIG, recording)
        made = open_cassette(path)
        assert (made.end, len(made.frames())) == (Ended(), 67)
        assert await run(async_replay(made), chat.Config(**made.config)) == live

    anyio.run(main, backend=backend)


# What is no frame, or cannot be written


def test_objects_of_the_sdk_are_recorded_as_the_wire_had_them() -> None:
    chunk = ChatCompletionChunk.construct(**HI, extra=[1])  # type: ignore[arg-type]

    class Other:
        def model_dump_json(self) -> str:
            return '{"a":1}'

    frames = read(recorded(chunk, Other(), Done(), MappingProxyType(HI))).frames()
    assert json.loads(frames[0].data) == HI | {"extra": [1]}
    assert [frame.data for frame in frames[1:3]] == [b'{"a":1}', b"[DONE]"]
    assert json.loads(frames[3].data) == HI


def test_of_the_sdks_helper_only_the_chunks_are_recorded() -> None:
    def event(**members: Any) -> Any:
        return type("Event", (), {"__module__": "openai.lib.streaming.chat._events", **members})()

    file = io.BytesIO()
    with Recorder(file, "chat", {}) as recording:
        for raw in (event(chunk=HI), event(delta="h"), event(chunk=HI)):
            recording.received(raw)
    assert len(read(file.getvalue()).frames()) == 2


def test_what_is_no_json_keeps_its_place_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    chunk = Chunk(choices=(Choice(delta=Delta(content="x")),))
    made = read(recorded(HI, chunk, chunk, {"deep": object()}, HI))
    assert [frame.dropped for frame in made.frames()] == [
        "",
        "a Chunk, which is no JSON",
        "a Chunk, which is no JSON",
        "a dict, which is no JSON",
        "",
    ]
    assert list(made.chunks())[1] == Undecodable("frame 2 (line 3): not recorded: a Chunk, which is no JSON")
    assert made.body().count(b": a Chunk, which is no JSON\n\n") == 2
    assert [frame.number for frame in wire.frames([made.body()])] == [1, 2]
    assert len(caplog.records) == 1
    state, _ = fold(chat, CONFIG, made.chunks(), made.end)
    assert chat.result(state).chunks == 5


def test_redaction(caplog: pytest.LogCaptureFixture) -> None:
    def redact(frame: dict[str, Any]) -> dict[str, Any] | None:
        if frame.get("secret") == "all":
            return None
        if frame.pop("secret", None) == "raise":
            raise KeyError("sk-1")
        return frame

    given = {"secret": "x", "a": "é"}
    content = recorded(
        given,
        b'{ "secret": "sk-1", "b": 2 }',
        {"secret": "all"},
        {"secret": "raise"},
        b"[DONE]",
        b"[1]",
        b"sk-1 is no JSON",
        end=Cancelled(),
        redact=redact,
    )
    assert given == {"secret": "x", "a": "é"}
    assert b"sk-1" not in content
    assert "sk-1" not in caplog.text
    assert len(caplog.records) == 1
    assert [{k: v for k, v in line.items() if k != "at"} for line in lines(content)[1:]] == [
        {"data": '{"a":"é"}'},
        {"data": '{"b":2}'},
        {"dropped": "redacted"},
        {"dropped": "it could not be redacted"},
        {"data": "[DONE]"},
        {"dropped": "redacted"},
        {"dropped": "it could not be redacted"},
        {"end": "cancelled"},
    ]


def _raise(_: object) -> Any:
    raise KeyError("sk-1")


@pytest.mark.parametrize(
    ("redact", "kept"),
    [
        (lambda frame: {"error": frame["error"].replace("sk-1", "…")}, "a key: …"),
        (lambda _: None, ""),
        (lambda _: {"error": 1}, ""),
        (_raise, ""),
    ],
)
def test_an_errors_text_is_redacted(redact: Any, kept: str) -> None:
    assert read(recorded(end=Failed("a key: sk-1"), redact=redact)).end == Failed(kept)


# Ends


def test_the_first_end_counts_and_nothing_comes_after_it() -> None:
    file = io.BytesIO()
    with Recorder(file, "chat", {}) as recording:
        recording.record(HI)
        recording.end(Cancelled())
        recording.end(Ended())
        recording.record(HI)
    recording.close()
    assert read(file.getvalue()).end == Cancelled()
    assert len(lines(file.getvalue())) == 3
    assert not file.closed


def test_an_end_is_enough_to_close_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    recording = Recorder(str(path), "chat", {})
    recording.end(Ended())
    for _ in range(500):
        if threading.active_count() == 1 or recording._file.closed:
            break
        time.sleep(0.01)
    assert recording._file.closed
    assert open_cassette(path).end == Ended()
    recording.close()
    assert recording.stopped is None


def test_without_an_end_the_outcome_is_unknown() -> None:
    made = read(recorded(HI))
    assert (made.end, made.ended_at, made.cut_off) == (None, None, True)


def test_a_clock_that_goes_back_harms_nothing() -> None:
    file = io.BytesIO()
    times = iter([5.0, 1.0, 7.0])
    with Recorder(file, "chat", {}, clock=lambda: next(times)) as recording:
        recording.record(HI)
        recording.end(Ended())
    made = read(file.getvalue())
    assert (made.frames()[0].at, made.ended_at) == (0.0, 2.0)


@pytest.mark.parametrize("config", [None, 1, "x", [1]])
def test_arguments_that_are_wrong_are_refused_before_the_file_is_touched(tmp_path: Path, config: Any) -> None:
    path = tmp_path / "x"
    with pytest.raises(TypeError, match="config must be"):
        Recorder(path, "chat", config)
    with pytest.raises(ValueError, match="wire must be one of chat"):
        Recorder(path, "chats", {})
    assert not path.exists()
    with pytest.raises(FileNotFoundError):
        Recorder(tmp_path / "no" / "x", "chat", {})


# Disks


class Slow(io.BytesIO):
    """A disk that does not take anything until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()

    def write(self, data: Any) -> int:
        self.free.wait(30)
        return super().write(data)


def test_a_slow_disk_does_not_hold_up_the_run(caplog: pytest.LogCaptureFixture) -> None:
    disk = Slow()
    recording = Recorder(disk, "chat", {}, queue_bytes=2000)
    begin = time.monotonic()
    for _ in range(1000):
        recording.record(HI)
    recording.end(Ended())
    recording.close(timeout=0.01)
    recording.close(timeout=0.01)
    assert time.monotonic() - begin < 5
    assert recording.stopped == "the disk is too slow"
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert "recording stopped" in caplog.text
    assert "still being written after 0.01 seconds" in caplog.text
    disk.free.set()
    recording.close()
    made = read(disk.getvalue())
    assert made.cut_off
    assert 5 < len(made.frames()) < 100
    assert {frame.data for frame in made.frames()} == {made.frames()[0].data}


def test_an_end_is_written_however_full_the_queue_is() -> None:
    disk = Slow()
    with Recorder(disk, "chat", {}, queue_bytes=1) as recording:
        recording.end(Ended())
        disk.free.set()
    assert read(disk.getvalue()).end == Ended()


class Full(io.BytesIO):
    """A disk with so many bytes left."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left

    def write(self, data: Any) -> int:
        written = super().write(data[: self.left])
        self.left -= written
        if written < len(data):
            raise OSError(28, "No space left on device")
        return written


@pytest.mark.parametrize("left", [300, 400, 777, 1000])
def test_a_full_disk_leaves_a_cassette_that_is_cut_off(caplog: pytest.LogCaptureFixture, left: int) -> None:
    disk = Full(left)
    with Recorder(disk, "chat", {}) as recording:
        for _ in range(50):
            recording.record(HI)
        recording.end(Ended())
    assert recording.stopped == "OSError: [Errno 28] No space left on device"
    assert len(caplog.records) == 1
    made = read(disk.getvalue())
    assert made.cut_off
    assert len(made.frames()) < 15


def test_a_full_device(caplog: pytest.LogCaptureFixture) -> None:
    with Recorder("/dev/full", "chat", {}) as recording:
        recording.record(HI)
        for _ in range(500):
            if recording.stopped:
                break
            time.sleep(0.01)
        recording.record(HI)
        recording.end(Ended())
    assert "No space left" in str(recording.stopped)
    assert len(caplog.records) == 1


def test_a_given_file_that_is_closed_under_it(caplog: pytest.LogCaptureFixture) -> None:
    file = io.BytesIO()
    file.close()
    with Recorder(file, "chat", {}) as recording:
        pass
    assert "closed file" in str(recording.stopped)


def test_no_thread_to_be_had(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def start(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(recorder.threading.Thread, "start", start)
    with Recorder(tmp_path / "x", "chat", {}) as recording:
        recording.record(HI)
        recording.end(Ended())
    assert recording.stopped == "can't start new thread"
    assert recording._file.closed
    assert len(caplog.records) == 1


def test_a_program_ends_although_nobody_closes_its_recorder(tmp_path: Path) -> None:
    program = (
        "import sys; from streamfold.adapters.cassette.format import Recorder; "
        "recording = Recorder(sys.argv[1], 'chat', {}); recording.record('x')"
    )
    path = tmp_path / "x"
    subprocess.run([sys.executable, "-c", program, str(path)], check=True, timeout=30)
    assert [frame.data for frame in open_cassette(path).frames()] == [b"x"]


def test_a_program_that_is_killed_leaves_what_came(tmp_path: Path) -> None:
    program = (
        "import os, sys, time; from streamfold.adapters.cassette.format import Recorder; "
        "recording = Recorder(sys.argv[1], 'chat', {}); recording.record('x'); time.sleep(1); os.kill(os.getpid(), 9)"
    )
    path = tmp_path / "x"
    subprocess.run([sys.executable, "-c", program, str(path)], check=False, timeout=30)
    made = open_cassette(path)
    assert [frame.data for frame in made.frames()] == [b"x"]
    assert made.cut_off


def test_a_thread_that_outlives_the_main_one_is_recorded_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Main:
        def is_alive(self) -> bool:
            return False

    monkeypatch.setattr(recorder, "_IDLE", 0.01)
    path = tmp_path / "x"
    recording = Recorder(path, "chat", {})
    time.sleep(0.05)
    assert recording._writer is not None
    monkeypatch.setattr(recorder.threading, "main_thread", Main)

    def wait_until_idle() -> None:
        for _ in range(500):
            if recording._writer is None:
                return
            time.sleep(0.01)
        raise AssertionError("the writer waits on")

    wait_until_idle()
    recording.record("x")
    wait_until_idle()
    recording.end(Ended())
    recording.close()
    assert len(open_cassette(path).frames()) == 1
    assert open_cassette(path).end == Ended()
    recording = Recorder(path, "chat", {})
    wait_until_idle()
    recording.close()
    assert recording._file.closed


def test_many_recordings_leave_no_descriptor_behind(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for at in range(200):
        with Recorder(tmp_path / "x", "chat", CONFIG) as recording:
            recording.record(HI)
            if at % 2:
                recording.end(Ended())
    assert len(os.listdir("/proc/self/fd")) == before


# What is read


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


# Replaying


TIMED = HEADER + b'{"at":1,"data":"[DONE]"}\n{"at":1.5,"data":"[DONE]"}\n{"at":1.25,"data":"[DONE]"}\n'


@pytest.mark.parametrize(
    ("speed", "pauses"), [(None, []), (1.0, [1.0, 0.5, 1.75]), (2, [0.5, 0.25, 0.875]), (0.5, [2.0, 1.0, 3.5])]
)
def test_a_replay_at_any_speed(speed: float | None, pauses: list[float]) -> None:
    made = read(TIMED + b'{"end":"ended","at":3}\n')
    slept: list[float] = []
    assert list(replay(made, speed, slept.append)) == [Done()] * 3
    assert slept == pauses
    later: list[float] = []

    async def sleep(pause: float) -> None:
        later.append(pause)

    async def main() -> list[Any]:
        return [chunk async for chunk in async_replay(made, speed, sleep)]

    assert anyio.run(main) == [Done()] * 3
    assert [pause for pause in later if pause] == pauses
    assert len(later) == 4


def test_a_replay_in_real_time_takes_it() -> None:
    made = read(HEADER + b'{"at":0.05,"data":"[DONE]"}\n')

    async def main() -> list[Any]:
        return [chunk async for chunk in async_replay(made, 1.0)]

    for run in (lambda: list(replay(made, 1.0)), lambda: anyio.run(main)):
        begin = time.monotonic()
        assert run() == [Done()]
        assert time.monotonic() - begin >= 0.04
    assert list(replay(read(HEADER), 1.0)) == []


@pytest.mark.parametrize("speed", [0, -1.0, float("inf"), float("nan")])
def test_a_speed_that_is_none(speed: float) -> None:
    for function in (replay, async_replay):
        with pytest.raises(ValueError, match="speed must be above zero"):
            function(read(TIMED), speed)
    with pytest.raises(ValueError, match="wire must be"):
        read(TIMED).chunks("telex")


def test_the_command_knows_the_header() -> None:
    assert recordings._CASSETTE == cassettes._MAGIC

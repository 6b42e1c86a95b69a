"""What a recorder writes of each frame, of what is none, and of the end."""

import io
import json
import platform
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from streamfold.adapters import wire
from streamfold.adapters.cassette.format import (
    Recorder,
    open_cassette,
)
from streamfold.adapters.wire.sse import Frame
from streamfold.reducer import Cancelled, Done, Ended, Failed, Undecodable, chat, fold
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from support.adapters.cassettes import CALLS, CONFIG, HI, is_open, lines, read, recorded
from support.law_checks import MESSAGE_ID


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
        "skip_messages": [],
        "choice": 0,
        "detect_snapshots": True,
        "cumulative_reasoning": False,
        "estimate_usage": False,
        "estimated_input_tokens": None,
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


def test_what_is_not_installed_is_not_named() -> None:
    program = (  # of its own, since versions are looked up once a process
        "import io\n"
        "from importlib import metadata\n"
        "from streamfold.adapters.cassette.format import Recorder\n"
        "def version(package):\n"
        "    if package == 'openai':\n"
        "        raise metadata.PackageNotFoundError(package)\n"
        "    return '1.2.3'\n"
        "metadata.version = version\n"
        "file = io.BytesIO()\n"
        "Recorder(file, 'chat', {}).close()\n"
        "print(file.getvalue().decode())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60)
    assert json.loads(done.stdout)["recorded_by"] == {"streamfold": "1.2.3", "python": platform.python_version()}


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
    assert list(made.chunks())[1] == Undecodable("not recorded: a Chunk, which is no JSON", "frame 2 (line 3)")
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


@pytest.mark.parametrize(
    ("redact", "kept"),
    [
        (None, {"message": "sk-1", "code": 7}),
        (lambda frame: {"error": frame["error"] if isinstance(frame["error"], str) else {"code": 7}}, {"code": 7}),
        (lambda frame: {"error": frame["error"].replace("sk-1", "…")}, None),  # it raises, and nothing is written
    ],
)
def test_a_provider_s_error_is_recorded_and_redacted_as_in_a_frame(redact: Any, kept: Any) -> None:
    end = Failed("a key", {"message": "sk-1", "code": 7})
    assert read(recorded(end=end, redact=redact)).end == Failed("a key", kept)


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
        if threading.active_count() == 1 or not is_open(path):
            break
        time.sleep(0.01)
    assert not is_open(path)
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


@pytest.mark.parametrize("began", [0.0, 1.5])
def test_times_may_count_from_before_the_recorder_was_made(began: float) -> None:
    file = io.BytesIO()
    times = iter([2.0, 3.0])
    with Recorder(file, "chat", {}, clock=lambda: next(times), began=began) as recording:
        recording.record(HI)
        recording.end(Ended())
    made = read(file.getvalue())
    assert (made.frames()[0].at, made.ended_at) == (2.0 - began, 3.0 - began)


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

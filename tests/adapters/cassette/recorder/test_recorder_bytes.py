"""A run that is driven by bytes is recorded frame by frame, however they come."""

import io
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.adapters.cassette import Recorder
from streamfold.adapters.driver import drive_sync
from streamfold.adapters.errors import FrameTooLong
from streamfold.reducer import Cancelled, Ended, chat
from support.adapters.cassettes import read
from support.live_streams import CHAT, config_of, folded, wires

WAYS: dict[str, Callable[[bytes], Iterable[Any]]] = {
    "pieces": lambda body: [body[at : at + 700] for at in range(0, len(body), 700)],
    "lines": lambda body: body.decode().split("\n"),
    "frames": lambda body: wire.frames([body]),
    "without the last line end": lambda body: [body.rstrip(b"\n")],
}


def recorded(machine: Any, name: str, stream: Iterable[Any], leave: bool = False) -> tuple[Any, Any]:
    """What was recorded, and the run's result."""
    file = io.BytesIO()
    with Recorder(file, name, config_of(machine)) as recorder:
        with drive_sync(machine, config_of(machine), stream, [recorder]) as run:
            for _ in run:
                if leave:
                    break
    return read(file.getvalue()), run.result


@wires
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_bytes_are_recorded_as_their_frames(machine: Any, name: str, body: bytes, way: Any) -> None:
    recording, result = recorded(machine, name, way(body))
    assert [(one.data, one.event) for one in recording.frames()] == [
        (one.data, one.event) for one in wire.frames([body])
    ]
    assert recording.end == Ended()
    assert result == folded(machine, name, body)[1]


def test_what_is_not_whole_when_the_run_is_left_is_not_recorded() -> None:
    recording, _ = recorded(chat, "chat", [CHAT[:2000]], leave=True)
    assert len(recording.frames()) == len(wire.Framer().feed(CHAT[:2000]))
    assert recording.end == Cancelled()


@pytest.mark.parametrize("at_the_end", [False, True])
def test_a_frame_that_is_too_long_is_not_recorded(at_the_end: bool, caplog: pytest.LogCaptureFixture) -> None:
    long = [b"x" * (1 << 23) for _ in range(7)] + [b"x" * ((1 << 23) - 6 + (not at_the_end))]
    file, begun = io.BytesIO(), CHAT[: CHAT.index(b"\n\n", len(CHAT) // 2) + 2]
    with Recorder(file, "chat", {}) as recorder, pytest.raises(FrameTooLong):
        with drive_sync(chat, config_of(chat), [begun + b"data: ", *long, b"x"], [recorder]) as run:
            list(run)
    assert "longer than 67,108,864 bytes" in caplog.records[0].getMessage()
    assert len(read(file.getvalue()).frames()) == len(list(wire.frames([begun])))

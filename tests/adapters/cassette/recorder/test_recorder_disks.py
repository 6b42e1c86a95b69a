"""Recording never stops a run: slow disks, full ones, threads that there are not, programs that end."""

import io
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.cassette import writer
from streamfold.adapters.cassette.format import (
    Recorder,
    open_cassette,
)
from streamfold.reducer import Ended
from support.adapters.cassettes import CONFIG, HI, is_open, read


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
    with Recorder("/dev/full", "chat", {}, overwrite=True) as recording:
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

    monkeypatch.setattr(writer.threading.Thread, "start", start)
    with Recorder(tmp_path / "x", "chat", {}) as recording:
        recording.record(HI)
        recording.end(Ended())
    assert recording.stopped == "can't start new thread"
    assert not is_open(tmp_path / "x")
    assert len(caplog.records) == 1


@pytest.mark.deep
def test_a_program_ends_although_nobody_closes_its_recorder(tmp_path: Path) -> None:
    program = (
        "import sys; from streamfold.adapters.cassette.format import Recorder; "
        "recording = Recorder(sys.argv[1], 'chat', {}); recording.record('x')"
    )
    path = tmp_path / "x"
    subprocess.run([sys.executable, "-c", program, str(path)], check=True, timeout=30)
    assert [frame.data for frame in open_cassette(path).frames()] == [b"x"]


@pytest.mark.deep
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


def test_many_recordings_leave_no_descriptor_behind(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for at in range(200):
        with Recorder(tmp_path / "x", "chat", CONFIG, overwrite=True) as recording:
            recording.record(HI)
            if at % 2:
                recording.end(Ended())
    assert len(os.listdir("/proc/self/fd")) == before

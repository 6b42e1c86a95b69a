"""The writer: files that are its own, one thread for all of them, and none where nobody records."""

import gc
import io
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.cassette import writer
from streamfold.adapters.cassette.format import Recorder, open_cassette
from streamfold.adapters.cassette.writer import Output, Writer, open_file
from streamfold.reducer import Ended
from support.adapters.cassettes import HI, is_open, read

posix = pytest.mark.skipif(os.name != "posix", reason="files as POSIX has them")


def threads() -> int:
    return sum(thread.name == "streamfold-cassette" for thread in threading.enumerate())


def wait_until(is_so: Any) -> None:
    for _ in range(500):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to that")


# Files


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="there already, and not to be overwritten"):
        Recorder(path, "chat", {})
    assert path.read_text() == "mine"
    with Recorder(path, "chat", {}, overwrite=True) as recording:
        recording.end(Ended())
    assert open_cassette(path).end == Ended()


@posix
def test_a_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Recorder(tmp_path / "x", "chat", {}):
            pass
        (tmp_path / "y").touch(0o644)
        with Recorder(tmp_path / "y", "chat", {}, overwrite=True):
            pass
    finally:
        os.umask(before)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "xy"] == [0o600, 0o600]


@posix
@pytest.mark.parametrize("there", [True, False], ids=["to a file", "to nothing"])
def test_a_link_is_never_followed(tmp_path: Path, there: bool) -> None:
    path, target = tmp_path / "x", tmp_path / "target"
    if there:
        target.write_text("another's")
    path.symlink_to(target)
    with pytest.raises(FileExistsError):
        Recorder(path, "chat", {})
    with Recorder(path, "chat", {}, overwrite=True):
        pass
    assert not path.is_symlink()
    assert target.exists() is there
    assert not there or target.read_text() == "another's"


@posix
def test_another_name_of_a_file_keeps_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("kept")
    (tmp_path / "y").hardlink_to(path)
    with Recorder(path, "chat", {}, overwrite=True):
        pass
    assert (tmp_path / "y").read_text() == "kept"


@posix
def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    program = "import sys; from streamfold.adapters.cassette.writer import open_file; open_file(sys.argv[1], True)"
    with Recorder(path, "chat", {}) as recording:
        with pytest.raises(OSError, match="another recorder is writing it"):
            Recorder(path, "chat", {}, overwrite=True)
        other = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, check=False, timeout=60)
        assert b"another recorder is writing it" in other.stderr
        recording.record(HI)
    assert len(open_cassette(path).frames()) == 1
    with Recorder(path, "chat", {}, overwrite=True):
        pass
    file = io.BytesIO()
    with Recorder(file, "chat", {}), pytest.raises(OSError, match="another recorder is writing it"):
        Recorder(file, "chat", {})


@posix
def test_what_is_no_file_stays_and_is_written_to() -> None:
    device = open_file(os.devnull, overwrite=True)
    device.write(b"x")
    device.close()
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    with pytest.raises(FileExistsError):
        open_file(os.devnull, overwrite=False)
    with pytest.raises(ValueError, match="closed"):
        device.write(b"x")


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_is_none(tmp_path: Path, overwrite: bool) -> None:
    with pytest.raises(OSError, match=r"(?i)directory|there already|permission"):
        open_file(str(tmp_path), overwrite)


# The thread


def test_one_thread_writes_for_all(tmp_path: Path) -> None:
    recordings = [Recorder(tmp_path / str(at), "chat", {}) for at in range(50)]
    for recording in recordings:
        recording.record(HI)
    assert threads() == 1
    for recording in recordings:
        recording.end(Ended())
        recording.close()
    assert threads() == 0
    assert all(open_cassette(tmp_path / str(at)).end == Ended() for at in range(50))


def test_opening_takes_less_than_a_millisecond(tmp_path: Path) -> None:
    took = []
    for at in range(20):
        begin = time.thread_time()
        recording = Recorder(tmp_path / str(at), "chat", {})
        took.append(time.thread_time() - begin)
        recording.close()
    assert sorted(took)[len(took) // 2] < 0.001


def test_an_abandoned_recorder_leaves_no_thread_behind(tmp_path: Path) -> None:
    recording = Recorder(tmp_path / "x", "chat", {})
    recording.record(HI)
    wait_until(lambda: threads() == 0)
    assert len(open_cassette(tmp_path / "x").frames()) == 1
    recording.record(HI)  # the next line begins another
    wait_until(lambda: threads() == 0)
    assert len(open_cassette(tmp_path / "x").frames()) == 2
    assert is_open(tmp_path / "x")
    del recording
    gc.collect()
    assert not is_open(tmp_path / "x")


def test_a_forgotten_recorder_s_file_has_what_waited(tmp_path: Path) -> None:
    for at in range(20):
        Recorder(tmp_path / str(at), "chat", {}).record(HI)
    wait_until(lambda: threads() == 0)
    gc.collect()
    for at in range(20):
        assert len(open_cassette(tmp_path / str(at)).frames()) == 1
        assert not is_open(tmp_path / str(at))


@posix
def test_a_forked_process_has_a_writer_of_its_own(tmp_path: Path) -> None:
    program = (
        "import os, sys, time\n"
        "from streamfold.adapters.cassette.format import Recorder\n"
        "first = Recorder(sys.argv[1] + '/first', 'chat', {})\n"
        "first.record('x')\n"
        "while not os.path.getsize(sys.argv[1] + '/first'):\n"  # or a module may be half imported in the child
        "    time.sleep(0.01)\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    with Recorder(sys.argv[1] + '/second', 'chat', {}) as second:\n"
        "        second.record('y')\n"
        "    os._exit(0)\n"
        "status = os.waitpid(child, 0)[1]\n"
        "first.close()\n"
        "raise SystemExit(status)\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", program, str(tmp_path)], check=True, timeout=60)
    found = [open_cassette(tmp_path / name).frames()[0].data for name in ("first", "second")]
    assert found == [b"x", b"y"]


def test_a_first_line_that_cannot_be_made_stops_the_output(caplog: pytest.LogCaptureFixture) -> None:
    def head() -> bytes:
        raise LookupError("no versions")

    file = io.BytesIO()
    output, own = Output(file, "x\x1b", False, 100, head), Writer()
    own.begin(output)
    assert own.close(output, 5)
    assert (output.stopped, file.closed) == ("LookupError: no versions", False)
    (told,) = (record.getMessage() for record in caplog.records)
    assert told == "'x\\x1b': recording stopped, the cassette ends here: 'LookupError: no versions'"


def test_the_writer_is_the_same_for_all() -> None:
    assert writer.writer() is writer.writer()
    with Recorder(io.BytesIO(), "chat", {}) as recording:
        recording.record(HI)


def test_a_long_frame_is_not_kept(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    with Recorder(file, "chat", {}, frame_bytes=100, clock=lambda: 0.0) as recording:
        recording.record(b"x" * 101)
        recording.record(b"x" * 100)
        monkeypatch.setattr("streamfold.adapters.cassette.recorder.FRAME_LIMIT", 150)
        recording.record(b"\x1b" * 100)
    assert [(frame.data, frame.dropped) for frame in read(file.getvalue()).frames()] == [
        (b"", "too long: 101 bytes"),
        (b"x" * 100, ""),
        (b"", "too long: 621 bytes"),
    ]
    assert len(caplog.records) == 1

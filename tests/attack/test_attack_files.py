"""Attacks by files and texts: what unpacks to far more, is nested, or steers; each is refused or shown, cheaply."""

import gzip
import json
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.cassette import open_cassette, read_recording
from streamfold.adapters.errors import FileTooLong, StreamfoldError
from streamfold.adapters.snapshot import SnapshotError, loads, unstructure
from streamfold.adapters.snapshot.envelope import sealed
from streamfold.adapters.visible import on_one_line, visible
from streamfold.reducer import chat
from support.law_checks import MESSAGE_ID

HEADER = b'{"streamfold_cassette":1,"wire":"chat","config":{}}\n'
BOMBS = {
    "a stream": b"data: " + b"x" * 8_000_000,
    "blank lines": b"data: {}\n" + b"\n" * 8_000_000,
    "a cassette": HEADER + b'{"at":0,"data":"' + b"x" * 8_000_000,
}
STATE = unstructure(chat.start(chat.Config(message_id=MESSAGE_ID))[0])


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_takes_no_more_than_the_limit(tmp_path: Path, bomb: str) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(BOMBS[bomb]))
    for reads in (open_cassette, read_recording):
        tracemalloc.start()
        try:
            with pytest.raises(FileTooLong):
                reads(path, limit=200_000)
            assert tracemalloc.get_traced_memory()[1] < 1_600_000
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("deep", [b"[" * 200_000, b'{"a":' * 50_000], ids=["lists", "objects"])
def test_what_is_nested_is_refused_in_one_line(tmp_path: Path, deep: bytes) -> None:
    path = tmp_path / "x"
    for content in (deep, b"data: " + deep + b"\n\n", HEADER + deep + b"\n{}\n"):
        path.write_bytes(content)
        with pytest.raises(StreamfoldError) as refused:
            read_recording(path)
        assert "\n" not in str(refused.value)
    with pytest.raises(SnapshotError):
        loads(deep)


@pytest.mark.parametrize(
    "members",
    [
        {"calls": {"lanes": {"at": 0, "size": 10**15, "lane": {"position": 0}}}},
        {"chunks": 10**4000},
        {"run": {"id": MESSAGE_ID, "index": 10**4000}},
        {"calls": {"keys": [[[at, at] for at in range(1000)]]}},
        {"text": ["\ud800", "\udc00"] * 1000},
        {"halves": {"text": "x" * 100_000}},
    ],
    ids=lambda members: next(iter(members)),
)
def test_a_snapshot_that_asks_for_much_takes_little(members: dict[str, Any]) -> None:
    data = sealed(STATE | {"value": STATE["value"] | members})
    tracemalloc.start()
    begin = time.process_time()
    try:
        state = loads(json.dumps(data))
    except SnapshotError:
        state = None
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert time.process_time() - begin < 2
    assert peak < 8_000_000
    assert state is None or chat.result(state).outcome == "open"


@pytest.mark.deep
def test_a_long_text_that_steers_is_shown_in_linear_time() -> None:
    begin = time.process_time()
    for text in ("\x1b" * 300_000, " " * 100_000 + "\x07", "\n" * 100_000, "\u202e\n " * 30_000):
        assert visible(text, "").isprintable()
        assert on_one_line(text).isprintable()
    assert time.process_time() - begin < 4

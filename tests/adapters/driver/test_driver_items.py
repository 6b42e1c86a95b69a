"""Items of text become frames, and events that clients give as objects are unwrapped."""

from types import SimpleNamespace
from typing import Any

import pytest
from streamfold.adapters.driver.items import ItemFramer, size_of, unwrapped
from streamfold.adapters.wire.sse import Frame, Frames


def data_of(frames: Any) -> list[bytes]:
    return [frame.data for frame in frames]


def test_items_are_one_stream_until_they_are_closed() -> None:
    items = ItemFramer()
    assert data_of(items.close()) == []
    assert data_of(items.feed("data: 1\n\nda")) == [b"1"]
    assert data_of(items.feed(bytearray(b"ta: 2"))) == []
    assert items.holds
    assert data_of(items.close()) == [b"2"]
    assert not items.holds
    assert data_of(items.feed(memoryview(b"data: 3\n\n"))) == [b"3"]


def test_a_long_item_gives_its_frames_as_they_are_asked_for() -> None:
    frames = ItemFramer().feed(b"data: 1\n\n" * 20_000)
    assert next(frames).data == b"1"
    assert sum(1 for _ in frames) == 19_999


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({"data": 1}, (1, "")),
        ({"data": 1, "event": "error", "id": "2", "retry": 3}, (1, "error")),
        ({"data": 1, "event": None}, (1, "")),
        (SimpleNamespace(data=1, event="message"), (1, "")),
        (SimpleNamespace(data=1, event="error"), (1, "error")),
        (SimpleNamespace(data=1), (1, "")),
    ],
)
def test_an_event_is_unwrapped(raw: Any, found: tuple[Any, str]) -> None:
    assert unwrapped(raw) == found


@pytest.mark.parametrize(
    "raw",
    [{"data": 1, "object": "list"}, {}, SimpleNamespace(choices=[], data=1), SimpleNamespace(type="x", data=1), 5],
)
def test_a_chunk_with_data_of_its_own_is_no_wrapper(raw: Any) -> None:
    assert unwrapped(raw) == (raw, "")


def test_what_is_read_ahead_is_counted_in_bytes_whatever_holds_them() -> None:
    for item in (
        b"abc",
        bytearray(b"abc"),
        memoryview(b"abc"),
        "abc",
        Frames([Frame(b"a", "", 1, 1), Frame(b"bc", "", 2, 3)]),
    ):
        assert size_of(item) == 3
    wide, released = memoryview(bytes(8)).cast("I"), memoryview(b"abc")
    released.release()
    assert (size_of(wide), size_of(released), size_of({})) == (8, 1024, 1024)

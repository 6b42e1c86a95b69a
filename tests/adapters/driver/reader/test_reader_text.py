"""Bytes and text that an upstream gives: read as `wire.read` reads the body, however they come."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.adapters.driver.reader import Reader
from streamfold.adapters.errors import FrameTooLong
from streamfold.adapters.wire.sse import FRAME_LIMIT
from streamfold.reducer import Done, Undecodable, chat
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from support.live_streams import CHAT, wires

WORDS = '{"choices": [{"index": 0, "delta": {"content": "%s"}}]}'


def chunks_of(machine: Any, items: Iterable[object]) -> list[Any]:
    reader = Reader(machine)
    read = [chunk for item in items for chunk in reader.read(item)]
    return [*read, *reader.rest()]


def says(text: str) -> Chunk:
    return Chunk(choices=(Choice(index=0, delta=Delta(content=text)),))


@wires
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, bytes.decode])
def test_a_body_in_pieces_is_read_as_its_frames(machine: Any, name: str, body: bytes, kind: Any) -> None:
    body = body.decode().encode("ascii", "replace")  # so that text can be cut anywhere
    pieces = [kind(body[at : at + 700]) for at in range(0, len(body), 700)]
    assert chunks_of(machine, pieces) == list(wire.read(name, [body]))


@wires
@given(data=st.data())
def test_a_body_cut_at_random_is_read_as_its_frames(machine: Any, name: str, body: bytes, data: st.DataObject) -> None:
    places = sorted(data.draw(st.sets(st.integers(1, len(body) - 1), max_size=20)))
    pieces = [body[a:b] for a, b in zip([0, *places], [*places, len(body)], strict=True)]
    assert chunks_of(machine, pieces) == list(wire.read(name, [body]))


@pytest.mark.deep
def test_glued_values_are_read_wherever_they_are_cut() -> None:
    """Where a piece ends just where a value does, what is glued is taken for a frame; only the note is another."""
    body = "".join(f"data: {WORDS % text}" for text in ("One", "two", "three")).encode() + b"\n\ndata: [DONE]\n\n"
    expected = [getattr(chunk, "choices", chunk) for chunk in wire.read("chat", [body])]
    for one in range(1, len(body)):
        for other in range(one, len(body), 2):
            found = chunks_of(chat, [body[:one], body[one:other], body[other:]])
            assert [getattr(chunk, "choices", chunk) for chunk in found] == expected


@wires
@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("blank", [False, True])
def test_lines_are_read_as_the_body(machine: Any, name: str, body: bytes, as_text: bool, blank: bool) -> None:
    lines = [line for line in body.split(b"\n") if line or blank]
    items = [line.decode() if as_text else line for line in lines]
    assert chunks_of(machine, items) == list(wire.read(name, [body]))


@wires
def test_data_alone_is_read_as_the_body(machine: Any, name: str, body: bytes) -> None:
    items = [frame.data for frame in wire.frames([body])]
    assert chunks_of(machine, items) == [wire.decoder(name)(item) for item in items]


def test_a_piece_may_complete_several_chunks_or_none() -> None:
    reader = Reader(chat)
    frame = b"data: %s\n\n" % (WORDS % "Hi").encode()
    assert list(reader.read(frame * 2 + frame[:9])) == [says("Hi")] * 2
    assert list(reader.read(frame[9:-1])) == []
    assert list(reader.rest()) == [says("Hi")]
    assert reader.decoded == 3


def test_an_object_among_text_ends_what_came_before_it() -> None:
    items = ["half of a frame", says("Hi"), "data: " + WORDS % "ho", {"choices": []}]
    first, *others = chunks_of(chat, items)
    assert isinstance(first, Undecodable)
    assert others == [says("Hi"), says("ho"), Chunk()]


def test_a_frame_that_is_too_long_is_told_after_those_before_it() -> None:
    reader = Reader(chat)
    assert len(list(reader.read(CHAT + b"data: "))) == len(list(wire.read("chat", [CHAT])))
    with pytest.raises(FrameTooLong):
        for _ in range(65):
            list(reader.read(b"x" * (1 << 20)))
    with pytest.raises(FrameTooLong, match=f"{FRAME_LIMIT:,}"):
        list(reader.rest())


def test_the_end_of_a_stream_of_objects_completes_nothing() -> None:
    reader = Reader(chat)
    assert list(reader.read(says("Hi"))) == [says("Hi")]
    assert list(reader.rest()) == []


def test_a_machine_of_somebody_else_s_takes_what_comes() -> None:
    reader = Reader(object())
    assert list(reader.read(b"data: ")) == [b"data: "]
    assert list(reader.rest()) == []
    assert (reader.decoded, reader.undecoded) == (0, 0)


def test_the_done_marker_counts_as_nothing() -> None:
    reader = Reader(chat)
    assert list(reader.read("[DONE]")) == [Done()]
    assert (reader.decoded, reader.undecoded) == (0, 0)

"""The framer's bounds: how long a frame may be, and what holding one takes."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.errors import FrameTooLong
from streamfold.adapters.wire.sse import FRAME_LIMIT, Framer

LONG = [
    b"data: " + b"x" * 95,
    b"data: a\n" * 51,
    b"x" * 101,
    b'{"a":\n' + b'"b",\n' * 25,
    b"event: " + b"e" * 94,
    b": " + b"c" * 99,
    b"data: " + b"x" * 60 + b"\ndata: " + b"x" * 60,
]
"""What is too long for a hundred bytes, if only just."""


@pytest.mark.parametrize("long", LONG)
@pytest.mark.parametrize("cut", [1, 7, 1000])
def test_what_is_too_long_is_refused_at_any_cut(long: bytes, cut: int) -> None:
    framer, found = Framer(100), []
    body = b"data: before\n\ndata: too\n\n" + long
    pieces = [body[at : at + cut] for at in range(0, len(body), cut)]

    def feed() -> None:
        for piece in pieces:
            found.extend(framer.feed(piece))
        found.extend(framer.feed(b"\n\n"))
        found.extend(framer.close())

    with pytest.raises(FrameTooLong, match=r"^a frame, or a line, is longer than 100 bytes, the limit for one frame: "):
        feed()
    assert [frame.data for frame in found] == [b"before", b"too"]
    for again in (lambda: framer.feed(b"data: {}\n\n"), framer.close):
        with pytest.raises(FrameTooLong):
            again()


@given(
    st.data(), st.lists(st.sampled_from([b"data: x", b"data: ", b"event: y", b"{", b"}", b"", b"z" * 9]), max_size=20)
)
def test_the_limit_falls_at_the_same_frame_at_any_cut(data: st.DataObject, lines: list[bytes]) -> None:
    body = b"\n".join(lines)

    def read(pieces: list[bytes]) -> tuple[list[bytes], bool]:
        framer, found = Framer(12), []
        try:
            for piece in pieces:
                found += framer.feed(piece)
            found += framer.feed(b"\n")
            found += framer.close()
        except FrameTooLong:
            return [frame.data for frame in found], True
        return [frame.data for frame in found], False

    cut = data.draw(st.integers(1, 9))
    assert read([body]) == read([body[at : at + cut] for at in range(0, len(body), cut)])


def test_a_frame_may_be_as_long_as_the_limit() -> None:
    body = b"data: " + b"x" * 94
    framer = Framer(100)
    assert [frame.data for frame in [*framer.feed(body), *framer.feed(b"\n\n")]] == [b"x" * 94]
    assert [frame.data for frame in framer.feed(body + b"\n\n")] == [b"x" * 94]
    assert FRAME_LIMIT == 64 << 20


@pytest.mark.parametrize("cut", [1, 100])
def test_the_limit_is_of_lines_and_what_joins_them(cut: int) -> None:
    def read(limit: int) -> list[bytes]:
        framer, body = Framer(limit), b"data: a\ndata: b\n\n"
        return [frame.data for at in range(0, len(body), cut) for frame in framer.feed(body[at : at + cut])]

    assert read(len("a\ndata: b")) == [b"a\nb"]
    with pytest.raises(FrameTooLong):
        read(len("a\ndata: b") - 1)


def test_a_limit_may_be_a_byte() -> None:
    framer = Framer(1)
    assert [frame.data for frame in [*framer.feed(b"a"), *framer.close()]] == [b"a"]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_above_zero(limit: int) -> None:
    with pytest.raises(ValueError, match=rf"^limit must be a number of bytes above zero, not {limit}$"):
        Framer(limit)


@pytest.mark.deep
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_an_open_line_is_held_in_at_most_twice_its_bytes(size: int) -> None:
    length = 300_000
    framer = Framer()
    tracemalloc.start()
    try:
        framer.feed(b"data: ")
        for _ in range(0, length, size):
            framer.feed(b"x" * size)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < peak < 2 * length


def test_what_was_too_long_is_let_go() -> None:
    framer = Framer(1 << 20)
    tracemalloc.start()
    try:
        with pytest.raises(FrameTooLong):
            framer.feed(b"x" * (2 << 20))
        assert tracemalloc.get_traced_memory()[0] < 1 << 16
    finally:
        tracemalloc.stop()

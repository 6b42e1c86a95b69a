"""Framing: what comes in pieces of whole frames, which is read a shorter way, gives what it gives byte by byte."""

from itertools import pairwise

import pytest
from streamfold.adapters.wire.sse import Frame, Framer

PLAIN = b'data: {"a":1}\n\n'
NAMED = b"event: e\ndata: [1]\n\n"


def framed(pieces: list[bytes]) -> tuple[list[Frame], int]:
    framer = Framer()
    found = [frame for piece in pieces for frame in framer.feed(piece)]
    return [*found, *framer.close()], framer.strays


@pytest.mark.parametrize(
    "body",
    [
        PLAIN + NAMED + PLAIN + PLAIN + NAMED,
        PLAIN + b'{"b":2}\n\ndata: [2]\n\n',
        PLAIN + b"event: a\nid: 1\ndata: {}\n\n" + PLAIN,
        PLAIN + b"retry: 10\ndata: {}\n\nid: 1\ndata: {}\n\n",
        PLAIN + b"event: \xff\ndata: {}\n\n" + PLAIN,
        PLAIN + b'data: {"a":\rdata: 1}\n\nevent: a\rdata: b\ndata: {}\n\n',
        PLAIN + b"data: {\ndata: {}\n\n" + PLAIN,
        PLAIN + b"data: x\r\rdata: {}\n\n" + PLAIN,
        PLAIN + b'data: {"a": "x}\n\ny"}\n\n' + PLAIN,
        PLAIN + b'data: {"a": "x]\n\ny"}\n\n' + PLAIN,
        PLAIN + b'data: {"a": "X\n\ny"}\n\n' + PLAIN,
        PLAIN + b"XXdata: XX{}\n\nXXevent: XXa\ndata: {}\n\nevent: aXX\ndata: XX{}\n\n",
        b"\n" + PLAIN + b'{"b":2}\n\n' + PLAIN,
        b"stray\n\n" + PLAIN + b"stray\n\n" + PLAIN,
    ],
)
def test_frames_are_the_same_at_every_pair_of_cuts(body: bytes) -> None:
    whole = framed([body[at : at + 1] for at in range(len(body))])
    lines = body.splitlines(keepends=True)
    assert framed(lines) == whole
    for first in range(len(body) + 1):
        for second in range(first, len(body) + 1):
            assert framed([body[a:b] for a, b in pairwise([0, first, second, len(body)])]) == whole


def test_a_whole_frame_is_not_taken_before_what_is_held() -> None:
    framer = Framer()
    assert framer.feed(PLAIN) == [Frame(b'{"a":1}', "", 1, 1)]
    assert framer.feed(b"data: [\n") == []
    assert framer.feed(b"data: {}\n\n") == [Frame(b"[\n{}", "", 2, 3)]
    assert framer.feed(b"event: x\n") == []
    assert framer.feed(b"data: {}\n\n") == [Frame(b"{}", "x", 3, 7)]
    assert framer.feed(b"data: [") == []
    assert framer.feed(b"data: {}\n\n") == [Frame(b"[data: {}", "", 4, 9)]


def test_a_name_of_a_whole_frame_may_be_no_text() -> None:
    framer = Framer()
    framer.feed(PLAIN)
    assert framer.feed(b"event: \xff\ndata: {}\n\n") == [Frame(b"{}", "\ufffd", 2, 4)]
    assert framer.feed(PLAIN) == [Frame(b'{"a":1}', "", 3, 6)]


def test_a_lone_cr_ends_a_line_of_a_whole_frame() -> None:
    framer = Framer()
    framer.feed(PLAIN)
    assert framer.feed(b'data: {"a":\rdata: 1}\n\n') == [Frame(b'{"a":\n1}', "", 2, 3)]


def test_it_holds_a_frame_from_its_first_field_to_its_end() -> None:
    framer = Framer()
    assert not framer.holds
    for line in (b": hi\n", b"event: x\n", b"data: a\n", b"\n", b"data: a\n", b"\n"):
        framer.feed(line)
        assert framer.holds == line.startswith((b"event", b"data"))

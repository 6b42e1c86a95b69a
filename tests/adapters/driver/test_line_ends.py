"""Line ends that items lost are given back, and pieces of a body that is cut anywhere stay what they are."""

import itertools
import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.adapters.driver.line_ends import LineEnds
from support.live_streams import STREAMS

ONE, TWO = b'{"choices": [{"delta": {"content": "data: 1"}}]}', b'{"choices": [{"delta": {"content": "two"}}]}'
BODIES = sorted(STREAMS.glob("*.sse")) + sorted(STREAMS.glob("*.jsonl"))
LOOSE = [
    b": hi\n\ndata: " + ONE + b"\n\ndata: " + TWO + b"\n\ndata: [DONE]\n\n",
    b"event: a:b\nid: 2026:1\ndata: " + ONE + b"\nevent: error\n\n",
    b"data: " + ONE + b"\r\n\r\ndata: " + TWO + b"\r\n\r\n",
    b"data: " + ONE + b"\r\rdata: " + TWO + b"\r\r",
    b"data:" + ONE + b"\ndata:" + TWO + b"\ndata:[DONE]",
    b'data: {"choices":\ndata: [{"delta":\ndata: {"content": ": data: 3"}}]}\n\n',
    b"\xef\xbb\xbf\n\ndata: " + ONE + b"\n\n",
    ONE + b"\n" + TWO + b"\n",
    ONE + b"\r\n\r\n" + TWO,
    json.dumps(json.loads(ONE), indent=2).encode() + b"\n\n" + TWO,
    b"DATA: " + ONE + b"\n\nDATA: " + TWO,
    b"data: data: " + ONE + b"\n\ndata: data: " + TWO + b"\n\n",
    b"<html>\n\n<body>Bad gateway</body>\n</html>",
    b"Internal server error",
]


def restored(items: Iterable[bytes]) -> list[bytes]:
    ends = LineEnds()
    return [ends.restored(item) for item in items]


def cut(body: bytes, *places: int) -> list[bytes]:
    ends = sorted({0, *places, len(body)})
    return [body[a:b] for a, b in itertools.pairwise(ends)]


@pytest.mark.parametrize("body", LOOSE)
def test_a_body_that_is_cut_anywhere_stays_what_it_is(body: bytes) -> None:
    def joined(*places: int) -> bytes:
        return b"".join(restored(cut(body, *places))).replace(b"\r\n", b"\n")

    whole = body.replace(b"\r\n", b"\n")
    assert joined(*range(len(body))) == whole
    for place in range(1, len(body)):
        for other in range(place, len(body), 5):
            assert joined(place, other) in (whole, whole + b"\n")  # JSON at the end may be alone


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.name)
@given(data=st.data())
def test_a_recorded_body_cut_at_random_stays_what_it_is(path: Path, data: st.DataObject) -> None:
    body = path.read_bytes()
    places = data.draw(st.sets(st.integers(1, len(body) - 1), max_size=20))
    assert b"".join(restored(cut(body, *places))) == body


def frames(items: Iterable[bytes]) -> list[tuple[str, object]]:
    return [(frame.event, frame.data) for frame in wire.frames(restored(items))]


EVENTS = b"event: a\ndata: " + ONE + b"\n\n: ping\n\nevent: b\ndata: " + TWO + b"\n\ndata: [DONE]\n\n"
PRETTY = b'event: a\ndata: {"choices":\ndata: []}\n\nevent: b\ndata: {}\n\n'
WAYS = {
    "lines": lambda body: body.split(b"\n"),
    "lines that say something": lambda body: [line for line in body.split(b"\n") if line],
    "lines with their ends": lambda body: body.splitlines(keepends=True),
    "frames": lambda body: [frame for frame in body.split(b"\n\n") if frame],
    "frames with their ends": lambda body: [frame + b"\n\n" for frame in body.split(b"\n\n") if frame],
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("body", [EVENTS, PRETTY, EVENTS[9:], EVENTS.replace(b"event: a\n", b": ping\n\n")])
def test_items_without_line_ends_frame_as_the_body(way: object, body: bytes) -> None:
    assert callable(way)
    assert frames(way(body)) == [(frame.event, frame.data) for frame in wire.frames([body])]


@pytest.mark.parametrize("body", [EVENTS, PRETTY, EVENTS.replace(b"event: a\n", b": ping\n\n")])
def test_lines_get_back_just_the_ends_that_they_lost(body: bytes) -> None:
    assert b"".join(restored(body.split(b"\n"))).rstrip(b"\n") == body.rstrip(b"\n")


@pytest.mark.parametrize(
    "items",
    [
        [ONE, TWO, b"[DONE]"],
        [b"data: " + ONE, b"data: " + TWO, b"[DONE]"],
        [b"[DONE]", ONE],
        [b"ping", ONE, b"ping", TWO],
        [json.dumps(json.loads(ONE), indent=2).encode(), ONE],
    ],
)
def test_json_by_itself_is_a_frame_an_item(items: list[bytes]) -> None:
    found = [data for _, data in frames(items)]
    assert found == [item.removeprefix(b"data: ") for item in items]


@pytest.mark.parametrize("item", [ONE, b"data: " + ONE + b"\n\n", b"[DONE]"])
def test_what_is_whole_is_given_at_once(item: bytes) -> None:
    ends, framer = LineEnds(), wire.Framer()
    assert framer.feed(ends.restored(item))
    assert framer.feed(ends.restored(item))


def test_a_frame_without_its_end_is_given_with_the_next() -> None:
    ends, framer = LineEnds(), wire.Framer()
    given = [len(framer.feed(ends.restored(b"data: " + ONE))) for _ in range(4)]
    assert given == [0, 2, 1, 1]


def test_items_that_turn_out_to_be_pieces_are_taken_as_they_are() -> None:
    ends = LineEnds()
    assert ends.restored(ONE) == ONE + b"\n"
    assert ends.restored(TWO) == TWO + b"\n"
    assert not ends.are_there
    assert ends.restored(b"data: " + ONE + b"\n\nda") == b"data: " + ONE + b"\n\nda"
    assert ends.are_there
    assert ends.restored(b"ta: 1") == b"ta: 1"


def test_a_long_first_line_in_small_pieces_is_taken_as_it_is() -> None:
    ends = LineEnds()
    pieces = [ends.restored(b"data: x") for _ in range(2)]
    assert pieces == [b"data: x", b"\ndata: x\n"]
    ends = LineEnds()
    assert b"".join(ends.restored(b"x") for _ in range(1000)) == b"x" * 1000
    assert ends.are_there

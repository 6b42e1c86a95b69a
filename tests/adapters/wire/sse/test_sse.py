"""Framing: line ends, comments, byte order marks and cuts of any kind give the same frames."""

import tracemalloc
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.wire.sse import BEFORE, Frame, Framer, LooseFrame, Piece

BOM = b"\xef\xbb\xbf"


def framed(*pieces: Piece) -> list[Frame]:
    framer = Framer()
    frames = [frame for piece in pieces for frame in framer.feed(piece)]
    return [*frames, *framer.close()]


def data(*pieces: Piece) -> list[bytes]:
    return [frame.data for frame in framed(*pieces)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_end_in_three_ways(end: bytes) -> None:
    body = end.join([b"data: a", b"data: b", b"", b"event: x", b"data: c", b"", b""])
    assert framed(body) == [Frame(b"a\nb", "", 1, 1), Frame(b"c", "x", 2, 5)]


def test_line_ends_may_be_mixed() -> None:
    body = b"data: a\r\n\ndata: b\r\rdata: c\n\r\ndata: d\r\ndata: e\rdata: f\n\n"
    assert framed(body) == [
        Frame(b"a", "", 1, 1),
        Frame(b"b", "", 2, 3),
        Frame(b"c", "", 3, 5),
        Frame(b"d\ne\nf", "", 4, 7),
    ]


def test_crlf_is_one_line_end_and_another_lf_a_second() -> None:
    assert framed(b"data: a\r", b"\n", b"data: b\r", b"\n\n", b"\rdata: c") == [
        Frame(b"a\nb", "", 1, 1),
        Frame(b"c", "", 2, 5),
    ]


def test_only_ascii_line_ends_end_lines() -> None:
    assert data("data: a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g\n\n") == ["a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g".encode()]


@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_a_byte_order_mark_may_come_first(cut: int) -> None:
    body = BOM + b"data: a\n\n"
    assert framed(body[:cut], body[cut:]) == [Frame(b"a", "", 1, 1)]
    lines = BOM + b'{"a":1}\n{"a":2}\n'
    assert data(lines[:cut], lines[cut:]) == [b'{"a":1}', b'{"a":2}']


def test_a_byte_order_mark_elsewhere_is_content() -> None:
    framer = Framer()
    assert framer.feed(b"\n" + BOM + b"data: a\n\ndata: " + BOM + b"b\n\n") == [
        LooseFrame(BOM + b"data: a", "", 1, 2, BEFORE),
        Frame(BOM + b"b", "", 2, 4),
    ]
    assert framer.strays == 1
    assert data(BOM + BOM + b"data: a\n\n") == [BOM + b"data: a"]


def test_comments_are_skipped_and_one_blank_after_the_colon() -> None:
    assert data(b": hello\n:\n:data: no\ndata:a\ndata:  b\ndata\n\n: bye") == [b"a\n b\n"]


@pytest.mark.parametrize(
    "nothing", [b"data:", b"data: ", b"data", b"data:  ", b"data:\ndata: ", b"event: ping", b": x"]
)
def test_a_frame_without_data_is_none(nothing: bytes) -> None:
    assert framed(nothing + b"\n\ndata: a\n\n" + nothing) == [Frame(b"a", "", 1, 2 + len(nothing.split(b"\n")))]


def test_an_event_name_goes_no_further_than_its_frame() -> None:
    body = b"event: lost\n\nevent:one\nevent: two\ndata: a\n\ndata: b\n\nevent: \xff\ndata: c\n\n"
    assert [(frame.data, frame.event) for frame in framed(body)] == [(b"a", "two"), (b"b", ""), (b"c", "\ufffd")]


def test_other_fields_are_known_and_strays_are_counted() -> None:
    framer = Framer()
    assert [frame.data for frame in framer.feed(b"id: 7\nid\nretry: 10\n: x\ndata: a\n\n")] == [b"a"]
    assert framer.strays == 0
    assert framer.feed(b"x-other: 1\n \nfield: on\n\n") == []
    assert framer.strays == 2


@pytest.mark.parametrize("name", [b"ta", b"a", b"dat", b"chunk", b"Result", b"x-y"])
def test_json_under_another_name_is_data_the_beginning_of_which_is_lost(name: bytes) -> None:
    for value, strays in ((b'{"a": 1}', 0), (b"[1]", 0), (b'{"a": ', 0), (b'a": 1}', 1)):
        framer = Framer()
        found = framer.feed(b"data: {}\n\n" + name + b": " + value + b"\n\ndata: {}\n\n")
        assert [frame.data for frame in found] == [b"{}", value, b"{}"]
        assert framer.strays == strays
    assert [frame.data for frame in framed(b'data: {"a":\nta: [1]}\n\n')] == [b'{"a":\n[1]}']
    assert [frame.data for frame in framed(b"data: {}\nta: {}\n\n")] == [b"{}", b"{}"]
    assert [frame.data for frame in framed(b"id: {}\nretry: {}\ndata: a\n\n")] == [b"a"]


def test_what_is_no_field_is_a_frame_of_its_own() -> None:
    for text in (b"upstream: died", b"upstream: died\nwhy: x\n"):
        assert framed(text) == [LooseFrame(text.strip(), "", 1, 1, BEFORE)]
    framer = Framer()
    assert framer.feed(b"<main>\n<body>hello: you\n\nbye\ndata: a\nx\n\nData: a\n\n data: b\n\n") == [
        LooseFrame(b"<main>\n<body>hello: you", "", 1, 1, BEFORE),
        LooseFrame(b"bye", "", 2, 4, BEFORE),
        Frame(b"a", "", 3, 5),
        Frame(b"x", "", 4, 6),
        Frame(b"a", "", 5, 8),
        Frame(b"b", "", 6, 10),
    ]
    assert framer.strays == 4


def test_a_page_in_the_place_of_a_stream_is_one_frame() -> None:
    assert framed(b"\n<HTML>\n\n<p>a</p>\n\n</HTML>\n") == [Frame(b"<HTML>\n<p>a</p>\n</HTML>", "", 1, 2)]
    begun = [Frame(b"<html>\n<p>", "", 1, 1), Frame(b"a", "", 2, 5), Frame(b"b", "", 3, 7)]
    assert framed(b"<html>\n\n<p>\n\ndata: a\n\nb\n\n") == begun


def test_a_last_frame_may_lack_its_end() -> None:
    assert framed(b"data: a\n\ndata: b\ndata: c") == [Frame(b"a", "", 1, 1), Frame(b"b\nc", "", 2, 3)]
    assert data(b"data: a\n") == data(b"data: a\r") == data(b"data: a\r\n") == data(b"data: a") == [b"a"]
    assert framed() == framed(b"") == framed("", b"") == []


def test_closing_twice_gives_a_frame_once() -> None:
    framer = Framer()
    assert framer.feed(b"data: a") == []
    assert framer.close() == [Frame(b"a", "", 1, 1)]
    assert framer.close() == []


@pytest.mark.parametrize("before", [b"", BOM, b"\n", BOM + b"\r\n \r\n", b"  "])
@pytest.mark.parametrize("first", [b'{"a": 1}', b"[1]", b"[DONE]"])
def test_json_lines(before: bytes, first: bytes) -> None:
    frames = framed(before + first + b'\n\n  \n{"data: x": 2} \r\nno json: here\n[DONE]')
    begin = 1 + before.count(b"\n")
    assert [(frame.data.strip(), frame.number, frame.line) for frame in frames] == [
        (first, 1, begin),
        (b'{"data: x": 2}', 2, begin + 3),
        (b"no json: here", 3, begin + 4),
        (b"[DONE]", 4, begin + 5),
    ]


def test_a_brace_later_on_does_not_make_json_lines() -> None:
    framer = Framer()
    assert framer.feed(b": hello\n{}\ndata: a\n\n") == [
        LooseFrame(b"{}", "", 1, 2, "JSON without `data:`"),
        Frame(b"a", "", 2, 3),
    ]
    assert framer.strays == 0


def test_a_buffer_is_copied() -> None:
    buffer = bytearray(b"data: a")
    framer = Framer()
    assert framer.feed(buffer) == []
    buffer[:] = b"\n\ndata:"
    assert framer.feed(memoryview(buffer)) == [Frame(b"a", "", 1, 1)]
    assert framer.feed(bytearray(b" \xc3")) == framer.feed(memoryview(b"\xa9")) == []
    assert framer.close() == [Frame("é".encode(), "", 2, 3)]


def test_text_may_hold_half_a_surrogate_pair() -> None:
    assert data("data: \ud83d\n", "\n") == ["\ud83d".encode("utf-8", "surrogatepass")]


TRICKY = (
    BOM
    + (
        ": comment\r\n\r\nevent: é\r\ndata: 😀\r\ndata:\r\ndata:  b\r\n\r\ndata:\n\nid: 1\rdata: [DONE]\r\rstray\n"
        "data: \x85\u2028\n\r\nevent: x\n\ndata: last"
    ).encode()
)
TRICKY_FRAMES = [
    Frame("😀\n\n b".encode(), "é", 1, 4),
    Frame(b"[DONE]", "", 2, 11),
    Frame(b"stray", "", 3, 13),
    Frame("\x85\u2028".encode(), "", 4, 14),
    Frame(b"last", "", 5, 18),
]


def test_the_tricky_body_in_one_piece_and_byte_by_byte() -> None:
    assert framed(TRICKY) == TRICKY_FRAMES
    assert framed(*(TRICKY[at : at + 1] for at in range(len(TRICKY)))) == TRICKY_FRAMES
    assert framed(*TRICKY.decode()) == TRICKY_FRAMES


def test_the_tricky_body_cut_at_every_pair_of_places() -> None:
    for first in range(len(TRICKY) + 1):
        for second in range(first, len(TRICKY) + 1):
            assert framed(TRICKY[:first], TRICKY[first:second], TRICKY[second:]) == TRICKY_FRAMES


def test_json_lines_cut_at_every_pair_of_places() -> None:
    body = BOM + '\r\n{"a":"😀"}\r\n\r\n[1]\r{"b":2}\n'.encode()
    frames = [Frame('{"a":"😀"}'.encode(), "", 1, 2), Frame(b"[1]", "", 2, 4), Frame(b'{"b":2}', "", 3, 5)]
    for first in range(len(body) + 1):
        for second in range(first, len(body) + 1):
            assert framed(body[:first], body[first:second], body[second:]) == frames


line_text = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12)
frame_data = st.lists(line_text, min_size=1, max_size=3).filter(lambda lines: bool("".join(lines).encode().strip()))
noise = st.sampled_from([": ping", ":", "id: 3", "retry: 5", "data-like: x"])


@given(st.data(), st.lists(st.tuples(frame_data, line_text), max_size=5))
def test_frames_come_back_from_any_serialisation(pick: st.DataObject, wanted: list[tuple[list[str], str]]) -> None:
    lines: list[str] = [": always an event stream"]
    expected: list[Frame] = []

    def chatter() -> Iterable[str]:
        return pick.draw(st.lists(noise, max_size=2))

    for number, (texts, event) in enumerate(wanted, 1):
        lines += chatter()
        lines += [f"event: {event}"] if event else []
        begin = len(lines) + 1
        for text in texts:
            lines += [f"data: {text}" if text[:1] == " " else f"data:{pick.draw(st.sampled_from(['', ' ']))}{text}"]
            lines += chatter()
        lines += [""] * pick.draw(st.integers(1, 2))
        expected.append(Frame("\n".join(texts).encode(), event, number, begin))
    body, end = "", ""
    for line in lines:
        # The LF of an empty line after a CR would belong to that.
        end = pick.draw(st.sampled_from(["\r\n", "\r"] if end == "\r" and not line else ["\n", "\r\n", "\r"]))
        body += line + end
    raw = body.encode()
    places = sorted(pick.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    assert framed(*(raw[begin:end] for begin, end in pairwise([0, *places, len(raw)]))) == expected


@pytest.mark.parametrize(
    ("length", "piece"),
    [(100_000, 200), *(pytest.param(*one, marks=pytest.mark.deep) for one in [(5_000_000, 1_000), (30_000, 1)])],
)
def test_a_long_line_is_put_together_once(length: int, piece: int) -> None:
    framer = Framer()
    body = b"data: " + bytes(97 + at % 26 for at in range(length))
    pieces = [body[at : at + piece] for at in range(0, len(body), piece)]
    taken = 0  # bytes of memory, over all pieces: nothing is joined while the line goes on
    tracemalloc.start()
    try:
        for one in pieces:
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            assert framer.feed(one) == []
            taken += tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert taken < 2_000 * len(pieces)
    assert framer.feed(b"\n\n") == [Frame(body[6:], "", 1, 1)]
    assert framer.feed(b"data: x\n\n") == [Frame(b"x", "", 2, 3)]


SHAPES = [
    b'data: {"a":1}',
    b"event: x\ndata: {}",
    b"data:{}",
    b": hi",
    b"data: 1\ndata: 2",
    b"data: ",
    b"event: y",
    b"id: 1\ndata: z",
    b"data:  ",
]


@given(st.data(), st.lists(st.sampled_from(SHAPES), max_size=8))
def test_frames_are_the_same_with_crlf_and_at_any_cut(data: st.DataObject, shapes: list[bytes]) -> None:
    """Lines end with LF or CRLF, and pieces anywhere."""
    body = b"".join(shape + b"\n\n" for shape in [b"data: first", *shapes])
    slow = body.replace(b"\n", b"\r\n")
    expected = [*(framer := Framer()).feed(slow), *framer.close()]
    marks = sorted(data.draw(st.sets(st.integers(0, len(body)), max_size=6)))
    framer = Framer()
    found = [frame for a, b in zip([0, *marks], [*marks, len(body)], strict=True) for frame in framer.feed(body[a:b])]
    assert [*found, *framer.close()] == expected


@given(st.lists(st.sampled_from(SHAPES), max_size=8), st.sampled_from([b"data: first", b'{"json": "lines"}']))
def test_frames_are_the_same_where_each_piece_is_one(shapes: list[bytes], first: bytes) -> None:
    pieces = [shape + b"\n\n" for shape in [first, *shapes]]
    apart, together = Framer(), Framer()
    found = [frame for piece in pieces for frame in apart.feed(piece)] + apart.close()
    assert found == [*together.feed(b"".join(pieces)), *together.close()]
    assert apart.strays == together.strays

"""Framing: lines that stand where they should not, and what is said of the frames that they become."""

import pytest
from streamfold.adapters.wire.sse import Frame, Framer, LooseFrame

SEPARATE = "several frames without a blank line between them"
TORN = "a line of data without `data:`"
BARE = "JSON without `data:`"
AFTER_JSON = "frames after JSON without `data:`"
BEFORE = "lines before the stream"


def framed(body: bytes) -> list[Frame]:
    framer = Framer()
    return [*framer.feed(body), *framer.close()]


def data(body: bytes) -> list[bytes]:
    return [frame.data for frame in framed(body)]


def test_lines_before_the_stream_are_called_so() -> None:
    assert framed(b"upstream: died\n\ndata: a\n\nstray") == [
        LooseFrame(b"upstream: died", "", 1, 1, BEFORE),
        Frame(b"a", "", 2, 3),
        Frame(b"stray", "", 3, 5),
    ]


@pytest.mark.parametrize("begin", [b"", b": hi\n\n"])
def test_a_line_without_its_field_belongs_to_the_json_before_it(begin: bytes) -> None:
    line = 1 + begin.count(b"\n")
    assert framed(begin + b'data: {"a":\n1}\n\n') == [LooseFrame(b'{"a":\n1}', "", 1, line, TORN)]


def test_other_fields_of_events_are_no_data() -> None:
    assert framed(b"data: a\n\nX-Other: 1\nRetry-After: 3\ndata: b\n\n") == [
        Frame(b"a", "", 1, 1),
        Frame(b"b", "", 2, 5),
    ]


@pytest.mark.parametrize("field", [b"id: 7", b"retry: 10", b"event: e"])
def test_a_field_after_lines_of_json_begins_events(field: bytes) -> None:
    event = "e" if field == b"event: e" else ""
    assert framed(b'{"a":1}\n' + field + b"\ndata: b\n\ndata: c\nc\n\n") == [
        Frame(b'{"a":1}', "", 1, 1),
        LooseFrame(b"b", event, 2, 3, AFTER_JSON),
        Frame(b"c", "", 3, 5),
        Frame(b"c", "", 4, 6),
    ]


def test_an_error_after_lines_of_json_is_one() -> None:
    assert framed(b'{"a":1}\nerror: x\n\n') == [
        Frame(b'{"a":1}', "", 1, 1),
        LooseFrame(b"x", "error", 2, 2, AFTER_JSON),
    ]


@pytest.mark.parametrize("first", [b'{"streamfold_cassette": 1, "wi', b"  [1]", b'\t{"a": 1}'])
def test_a_first_line_of_json_or_of_a_cassette_makes_json_lines(first: bytes) -> None:
    assert framed(first + b'\n[2]\n{"b":\n') == [
        Frame(first, "", 1, 1),
        Frame(b"[2]", "", 2, 2),
        Frame(b'{"b":', "", 3, 3),
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 16])
def test_blank_lines_within_a_text_are_its_own(count: int) -> None:
    torn = b'{"a": "x' + b"\n" * (count + 1)
    assert framed(b"data: " + torn + b'y"}\n\n') == [LooseFrame(torn + b'y"}', "", 1, 1, TORN)]


def test_seventeen_blank_lines_end_a_text() -> None:
    assert framed(b'data: {"a": "x' + b"\n" * 18 + b'y"}\n\n') == [
        Frame(b'{"a": "x', "", 1, 1),
        Frame(b'y"}', "", 2, 19),
    ]


@pytest.mark.parametrize("end", [b"", b"data: b\n\n", b": hi\n\n", b"ID: 1\n\n", b"error: b\n\n", b"retry:1\n\n"])
@pytest.mark.parametrize("blanks", [b"\n\n", b"\n\n\n\n"])
def test_blank_lines_behind_a_text_are_not_its_own(blanks: bytes, end: bytes) -> None:
    framer = Framer()
    assert framer.feed(b'data: {"a": "x' + blanks) == []
    found = [*framer.feed(end), *framer.close()]
    assert found[0] == Frame(b'{"a": "x', "", 1, 1)
    assert [frame.data for frame in found[1:]] == [b"b"] * (b"b" in end)
    assert framer.strays == 0


def test_blanks_and_letters_at_the_end_of_a_line_are_kept() -> None:
    assert data(b"data: a \t\ndata: bX\n\n") == [b"a \t\nbX"]


def test_a_blank_line_within_json_without_its_field_ends_nothing() -> None:
    assert framed(b'{\n\n"a": {\n\n"b": 1\n\n}\n\n}\n\n') == [LooseFrame(b'{\n"a": {\n"b": 1\n}\n}', "", 1, 1, BARE)]


def test_json_without_its_field_comes_as_soon_as_it_is_whole() -> None:
    framer = Framer()
    assert framer.feed(b': hi\n  {"a":1}\n') == [LooseFrame(b'  {"a":1}', "", 1, 2, BARE)]
    assert framer.feed(b"\t[2]\n") == [LooseFrame(b"\t[2]", "", 2, 3, BARE)]
    assert framer.strays == 0
    assert framer.feed(b'{\n"a": {\n"b": 1\n}\n') == []
    assert framer.feed(b"}\n") == [LooseFrame(b'{\n"a": {\n"b": 1\n}\n}', "", 3, 4, BARE)]
    assert framer.feed(b'{"a": "x\n') == [LooseFrame(b'{"a": "x', "", 4, 9, BARE)]


def test_json_begins_anew_where_none_may_stand_within() -> None:
    assert framed(b': hi\n{\n"a": 1\n{"b":2}\n\n') == [
        LooseFrame(b'{\n"a": 1', "", 1, 2, BARE),
        LooseFrame(b'{"b":2}', "", 2, 4, BARE),
    ]
    one = b'{\n"a": [  \n{"b":1},\t\n{"c":\n{}}]}'
    assert framed(b": hi\n" + one + b"\n") == [LooseFrame(one, "", 1, 2, BARE)]


def test_text_without_its_field_is_no_json() -> None:
    assert framed(b': hi\n{\n"a": 1\n}\nfoo\nbar\n\n') == [
        LooseFrame(b'{\n"a": 1\n}', "", 1, 2, BARE),
        Frame(b"foo\nbar", "", 2, 5),
    ]
    assert framed(b": hi\nstray\nevent: b\ndata: x\n\n") == [Frame(b"stray", "", 1, 2), Frame(b"x", "b", 2, 4)]


def test_a_field_after_an_error_begins_another_frame() -> None:
    assert framed(b"error: a\ndata: b\n\n") == [LooseFrame(b"a", "error", 1, 1, SEPARATE), Frame(b"b", "", 2, 2)]


def test_a_name_within_a_frame_takes_the_place_of_its_name() -> None:
    assert framed(b"event: a\ndata: {\nevent: b\ndata: }\n\n") == [Frame(b"{\n}", "b", 1, 2)]


def test_a_name_after_a_named_frame_is_another_s() -> None:
    framer = Framer()
    assert framer.feed(b"event: a\ndata: {}\nevent: b\n") == [LooseFrame(b"{}", "a", 1, 2, SEPARATE)]
    assert framer.feed(b"\ndata: c\n\n") == [Frame(b"c", "", 2, 5)]


def test_an_error_s_name_without_data_stands_on_its_own_line() -> None:
    assert framed(b"event: error\n\ndata: a\n\nevent: error\nid: 1\n\n\nevent: error") == [
        Frame(b"", "error", 1, 1),
        Frame(b"a", "", 2, 3),
        Frame(b"", "error", 3, 5),
        Frame(b"", "error", 4, 9),
    ]

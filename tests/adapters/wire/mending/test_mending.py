"""What a frame's JSON may be made of: read where it can be, and left alone where it cannot."""

import json
import time
from typing import Any

import pytest
from streamfold.adapters.wire.mending import (
    CONTROLS,
    EDGED,
    ENCODED,
    GLUED,
    LISTED,
    PREFIXED,
    PRINTED,
    SEPARATE,
    begins_page,
    error_of_body,
    goes_on,
    is_whole,
    load,
    pieces_of,
    text_of_page,
)
from support.adapters.decoders import ERROR_BODIES

CHUNK = b'{"id": "c", "choices": [{"delta": {"content": "\xc3\xa9}{"}}]}'
BROKEN = b'{"id": "c", "choices": [{"delta": {"tool_calls": [{"id": "t", "function": {"arguments": "{\\"a'

INNER = b'{"id": "c", "choices": [{"id": 1}]}'


def parts(data: bytes) -> list[bytes]:
    return [part for part, _ in pieces_of(data)]


@pytest.mark.parametrize(
    ("data", "value", "repairs"),
    [
        (b'{"a": 1}', {"a": 1}, ()),
        ('{"a": "\t\x00\x1f"}', {"a": "\t\x00\x1f"}, (CONTROLS,)),
        (b'{"a": "b\nc"}', {"a": "b\nc"}, (CONTROLS,)),
        (b'data: {"a": "\xed\xa0\xbd"}', {"a": "\ud83d"}, (PREFIXED,)),
        (b'data: {"a": 1}', {"a": 1}, (PREFIXED,)),
        ('data:data: {"a": "\t"}', {"a": "\t"}, (PREFIXED, CONTROLS)),
        (b" data:  [DONE] ", "[DONE]", (PREFIXED,)),
        (b'[{"a": 1}]', {"a": 1}, (LISTED,)),
        (b'data: [{"a": "\t"}]', {"a": "\t"}, (PREFIXED, CONTROLS, LISTED)),
        (b"[]", [], ()),
        (b"[1]", [1], ()),
        (b'[{"a": 1}, {"b": 2}]', [{"a": 1}, {"b": 2}], ()),
        (b"\xef\xbb\xbf1", 1, ()),
        (b'" {\\"a\\": 1}"', {"a": 1}, (ENCODED,)),
        (b'"[DONE]"', "[DONE]", (ENCODED,)),
        (b'"{x"', "{x", ()),
        (b'"dx"', "dx", ()),
        (b',{"a":\n1}', {"a": 1}, (EDGED,)),
        (b'{"a": 1}]\n', {"a": 1}, (EDGED,)),
        (b'b\'{"a": "\\xc3\\xa9"}\'', {"a": "é"}, (PRINTED,)),
    ],
)
def test_one_value_is_loaded(data: Any, value: Any, repairs: tuple[str, ...]) -> None:
    assert load(data) == (value, repairs)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"data: {", b"\xff", b'{"a": "\xff\t"}', b"{}{}", b'{"a": "\t"', b"data", b"b''"]
)
def test_what_is_no_value_is_not_loaded(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        load(data)


def test_bytes_as_python_prints_them_are_ascii() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        load('b\'{"a": "é"}\'')


@pytest.mark.parametrize("data", [b"[" * 100_000, b"data:" + b"[" * 100_000])
def test_what_is_nested_too_deeply_is_not_loaded(data: bytes) -> None:
    with pytest.raises(RecursionError):
        load(data)


@pytest.mark.parametrize("data", [b"{}", b' {"a": "\t"} ', b"[]", b"[1]", b"[DONE]", b" [DONE]", b'{"a": "\xff"}'])
def test_an_object_a_list_and_the_marker_are_whole(data: bytes) -> None:
    assert is_whole(data)


@pytest.mark.parametrize("data", [b"", b"{", b"1", b'"a"', b"null", b"[DONE", b"{}{}", b"{]", b"[{}", b"x", b"{x}"])
def test_what_else_a_line_has_is_not_whole(data: bytes) -> None:
    assert not is_whole(data)
    assert not is_whole(b"[" * 100_000 + b"]" * 100_000)


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ([b"{"], True),
        ([b' data: {"a":'], True),
        ([b'{"a": [', b'{"b": 1}'], True),
        ([b'{"a": [', b'{"b": 1}', b'{"b": 2}'], False),
        ([b'{"a": "b', b'{"b": 1}'], False),
        ([b"ping", b"{}"], False),
        ([b"{}"], False),
        ([b"[" * 100_000], True),
    ],
)
def test_lines_go_on_while_they_may_become_a_value(lines: list[bytes], answer: bool) -> None:
    assert goes_on(b"\n".join(lines)) is answer


@pytest.mark.parametrize(
    ("data", "found", "note"),
    [
        (CHUNK + CHUNK, [CHUNK, CHUNK], GLUED),
        (CHUNK + b" data: " + CHUNK + b"\t,[DONE]", [CHUNK, CHUNK, b"[DONE]"], GLUED),
        (b"{}[]{}", [b"{}", b"[]", b"{}"], GLUED),
        (b"[" + CHUNK + b"," + CHUNK + b"]", [CHUNK, CHUNK], LISTED),
        (b'[{"error": "x"}]', [b'{"error": "x"}'], LISTED),
        (CHUNK + b"\n" + CHUNK, [CHUNK, CHUNK], GLUED),
        (BROKEN + b"\n" + CHUNK, [BROKEN, CHUNK], SEPARATE),
        (CHUNK + b"\n" + BROKEN + b"\n\n" + CHUNK, [CHUNK, BROKEN, CHUNK], SEPARATE),
        (b"ping\n" + CHUNK, [b"ping", CHUNK], SEPARATE),
        (b"{\n" + CHUNK, [b"{", CHUNK], SEPARATE),
        (BROKEN + CHUNK, [BROKEN, CHUNK], GLUED),
        (BROKEN + CHUNK + BROKEN, [BROKEN, CHUNK, BROKEN], GLUED),
        (BROKEN + b"data: {}", [BROKEN + b"data: ", b"{}"], GLUED),
        (CHUNK + BROKEN, [CHUNK, BROKEN], GLUED),
        (CHUNK + b"x", [CHUNK, b"x"], GLUED),
        (b"\xff" + CHUNK, [b"\xff", CHUNK], GLUED),
        (CHUNK.replace(b"\xc3", b"\xff") + CHUNK, [CHUNK.replace(b"\xc3", b"\xff"), CHUNK], GLUED),
        (b'{"choices": [], "a": "\t"}' + CHUNK, [b'{"choices": [], "a": "\t"}', CHUNK], GLUED),
        (BROKEN + b'{"type": "response.created"}', [BROKEN, b'{"type": "response.created"}'], GLUED),
        (BROKEN + b'{"type": "error"}', [BROKEN, b'{"type": "error"}'], GLUED),
        (BROKEN + b'{"error": "x"}', [BROKEN, b'{"error": "x"}'], GLUED),
        (BROKEN + b'{"choices": [], "a": "\t"}', [BROKEN, b'{"choices": [], "a": "\t"}'], GLUED),
        (BROKEN + b"\n" + b'{"a": 1}{"b": 2}', [BROKEN, b'{"a": 1}', b'{"b": 2}'], SEPARATE),
        (BROKEN + INNER + CHUNK + CHUNK, [BROKEN, INNER, CHUNK, CHUNK], GLUED),
        (BROKEN + CHUNK + b"data:", [BROKEN, CHUNK, b"data:"], GLUED),
        (b' [{"a": 1}, {"b": 2}]', [b'{"a": 1}', b'{"b": 2}'], LISTED),
        (b'[{"a": "\t"}, {"b": 2}]', [b'{"a": "\t"}', b'{"b": 2}'], LISTED),
        (b'[{"a": 1}]{}', [b'[{"a": 1}]', b"{}"], GLUED),
        (b"[DONE][DONE]", [b"[DONE]", b"[DONE]"], GLUED),
        (BROKEN + b"[DONE]", [BROKEN, b"[DONE]"], GLUED),
        (BROKEN + b"data: data: " + CHUNK + b"x" + CHUNK, [BROKEN + b"data: data: ", CHUNK, b"x", CHUNK], GLUED),
        (b"\nping\n\n" + CHUNK, [b"ping", CHUNK], SEPARATE),
    ],
)
def test_parts_that_can_be_read_are_found(data: bytes, found: list[bytes], note: str) -> None:
    assert list(pieces_of(data)) == [(part, note) for part in found]
    assert parts(data + b"\n") == found


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        CHUNK,
        b"{}",
        b"[DONE]",
        b"1",
        b"[1]",
        b"[]",
        b"[{}, 1]",
        b"[[{}]]",
        b"<html>\n<p>{}</p>",
        b"ping",
        b"ping\npong",
        BROKEN,
        BROKEN + b'"}}]}',
        BROKEN + b'{"id": "t", "function": {}}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": 1',
        b"b'{}'",
        b'{"choices": [\n{"index": 0},\n{"index": 1},\n{"ind',
    ],
    ids=lambda data: str(data)[:20],
)
def test_what_is_one_value_or_none_is_left_alone(data: bytes) -> None:
    assert list(pieces_of(data)) == []


def test_raw_control_characters_do_not_break_up_what_is_glued() -> None:
    pretty = b'{\n "choices": [{"delta": {"content": "a\tb"}}]\n}'
    assert list(pieces_of(pretty + CHUNK)) == [(pretty, GLUED), (CHUNK, GLUED)]
    assert list(pieces_of(pretty)) == []


def test_a_broken_line_is_searched_for_a_while_only() -> None:
    for data in (b'{"id":' * 200_000, b'{"id": [1, {"id": "' * 50_000, b"data:" * 200_000 + b"x", b"{}x" * 100_000):
        begun = time.process_time()
        list(pieces_of(data))
        assert time.process_time() - begun < 5


def test_a_line_is_searched_at_64_places() -> None:
    junk = b"data:y"
    assert parts(b"x" + junk * 63 + CHUNK) == [b"x" + junk * 63, CHUNK]
    assert parts(b"x" + junk * 64 + CHUNK) == []
    assert parts(CHUNK + junk * 64) == [CHUNK, junk * 64]
    assert parts(b"x" + junk * 64 + b"\n" + BROKEN + CHUNK) == [b"x" + junk * 64, BROKEN, CHUNK]


def test_a_long_broken_line_is_read_eight_times_over() -> None:
    junk, filler = b'{"id":x', b" " * 100_000
    assert parts(junk * 8 + filler + CHUNK)[-1] == CHUNK
    assert parts(junk * 9 + filler + CHUNK) == []
    # The places of nine, together, are the length, so that they are read just as far as may be.
    last = (junk.ljust(len(junk) * sum(range(8)) - len(CHUNK))) + CHUNK
    assert parts(junk * 8 + filler + last)[-1] == CHUNK
    assert parts(junk * 8 + filler + last + b" ") == []


def test_a_long_broken_line_may_have_many_values_that_are_no_chunks() -> None:
    filler, value = b"x" * 50_000, b'{"id": 1}'
    assert parts(filler + value * 62 + CHUNK) == [filler + value * 62, CHUNK]
    for depth, found in ((8, 1), (9, 0)):
        nested = b'{"id": ' * depth + b'"' + b"x" * 50_000 + b'"' + b"}" * depth
        assert parts(filler + nested + CHUNK).count(CHUNK) == found


def test_a_short_broken_line_is_read_at_every_place() -> None:
    junk = b'{"id":x'
    assert parts((junk * 63).ljust(4000) + CHUNK)[-1] == CHUNK
    assert parts((junk * 31).ljust(8000) + CHUNK)[-1] == CHUNK
    assert parts((junk * 40).ljust(8000) + CHUNK) == []


def test_what_was_mended_is_said_in_words() -> None:
    assert (CONTROLS, GLUED, LISTED) == (
        "raw control characters in a string",
        "several values in one frame",
        "a list of chunks",
    )
    assert (PREFIXED, SEPARATE) == (
        "`data:` more than once",
        "several frames without a blank line between them",
    )
    assert (ENCODED, PRINTED) == ("JSON encoded twice", "bytes as Python prints them")
    assert EDGED == "a comma or a bracket beside a chunk"


def test_each_part_is_what_was_glued() -> None:
    many = [json.dumps({"choices": [], "n": number}).encode() for number in range(500)]
    assert parts(b"".join(many)) == many
    assert parts(b"\n".join([*many, b"{"])) == [*many, b"{"]


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"<html><title>a</title>\n<p>b&lt;</html>", "a b<"),
        ("\n<!DOCTYPE HTML><style>p {}</style><!-- x -->c</HTML>\n<!-- padding -->\n", "c"),
        (b"<html></html>", "a page of HTML"),
        (b"<html><p>a", None),
        (b"<htmlx></html>", None),
        (b"a<html></html>", None),
        ("<html>" + "a" * 5000 + "</html>", "a" * 2000),
    ],
)
def test_a_page_says_its_text(payload: bytes | str, text: str | None) -> None:
    assert text_of_page(payload) == text


def test_a_page_begins_with_its_tag() -> None:
    lines = (b" <!doctype html>", b"<HTML lang=en>", b"<h1>", b"")
    assert [begins_page(line) for line in lines] == [True, True, False, False]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"x" + b'{"id":' * 60 + b'"' + b"x" * 300_000 + b'"' + b"}" * 60, 0),
        (b"x" + b'{"id":[' * 60 + b"1," * 200_000 + b"}", 0),
        (b"".join(b'x{"choices": [%d]}y\n' % at for at in range(20_000)), 60_000),
        (b"ab}\n" * 100_000, 0),
        (b"{}" + b" " * 400_000 + b"{", 0),
        (b"data: " * 80_000 + b"{}{", 3),
    ],
    ids=["nested", "nested lists", "broken lines", "lines", "spaces", "prefixes"],
)
def test_what_is_broken_is_searched_in_linear_time(data: bytes, found: int) -> None:
    begin = time.process_time()
    assert sum(1 for _ in pieces_of(data)) == found
    assert time.process_time() - begin < 4


def test_a_page_is_told_in_linear_time() -> None:
    begin = time.process_time()
    for body in (b"<!---->" * 50_000 + b"x", b"<script>" + b"</script " * 50_000, b"<" * 400_000, b"</html " * 60_000):
        assert text_of_page(b"<html>" + body + b"</html>" + b"<!-- -->" * 1000) is not None
        assert text_of_page(b"<html></html>" + body + b"x") is None
    assert time.process_time() - begin < 4


@pytest.mark.parametrize(("body", "text"), ERROR_BODIES, ids=lambda value: value[:30])
def test_a_body_that_is_an_error(body: str, text: str) -> None:
    error = error_of_body([body.encode()])
    assert text in str(error)
    assert error_of_body([part.encode() for part in body.split("\n\n")]) is not None


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [b"Hello."],
        [b"Gone with the wind"],
        [b"500 days of summer"],
        [b"Conflict resolution guide"],
        [b"Internal Server Error\n" + b"x\n" * 6],
        [b"Internal Server Error: " + b"x" * 1000],
        [b"Internal Server Error"] * 9,
        [b"<html>" + b" " * (1 << 16)],
        [b"<errata>"],
        [b'{"message": "ok"}'],
        [b'{"message": {"text": "no"}}'],
        [b'{"code": 3}'],
        [b'[{"message": "no"}]'],
        [b"[" * 100_000],
    ],
)
def test_a_body_that_is_none(frames: list[bytes]) -> None:
    assert error_of_body(frames) is None


def test_pages_and_xml_without_a_text_say_what_they_are() -> None:
    assert [error_of_body([body]) for body in (b"<html><p>", b"<Error/>")] == ["a page of HTML", "an error in XML"]

"""What a scan keeps: the same wherever the text was cut, and nothing of what is over."""

from itertools import pairwise

import pytest
from streamfold.reducer.values.json_scan import Piece, Scan, feed, go_on, start
from streamfold.reducer.values.text import EMPTY

BEGIN = start(("thinking",))
TEXTS = {
    "quotes": '{"a\\"":"\\\\\\"","b":[{"x":"\\"","y":[]}],"thinking":1,"thinking":"\\u0041","c":"d"}',
    "space": '{ "x\\\\" : 1 , "\\u0074hinking" : {} , "thinking\\n":"" }',
    "other keys": '{"thinkin\\u0067":2,"thinkin\\u0068":3,"\\u0061":"b","thinking":[[],{}],"d":null}',
    "none": '{"thinking":"a"]"b',
    "broken": '{"a":"b" } , [',
}
texts = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


def led_to(*pieces: str) -> Scan:
    scan = BEGIN
    for piece in pieces:
        scan, _ = feed(scan, piece)
    return scan


def every_scan(text: str) -> list[Scan]:
    return [led_to(text[:end]) for end in range(len(text) + 1)]


def test_a_scan_begins_with_nothing() -> None:
    assert (BEGIN.phase, BEGIN.key, BEGIN.held, BEGIN.escape) == ("start", "", EMPTY, "")
    assert (BEGIN.said, BEGIN.quoted, BEGIN.slashed) == (False, False, False)
    assert (BEGIN.depth, type(BEGIN.depth)) == (0, int)
    assert Piece(None, "x").ended is False


@pytest.mark.deep
@texts
def test_where_a_text_was_cut_cannot_be_told(text: str) -> None:
    for end, scan in enumerate(every_scan(text)):
        assert {led_to(text[:cut], text[cut:end]) for cut in range(end)} <= {scan}
        assert led_to(*text[:end]) == scan


@texts
def test_nothing_is_kept_of_what_is_over(text: str) -> None:
    for scan in every_scan(text):
        if scan.phase != "rest":
            assert (scan.depth, scan.quoted, scan.slashed) == (0, False, False)
        if scan.phase not in ("key", "chosen"):
            assert scan.escape == ""
        if scan.phase not in ("comma", "key", "colon", "value"):
            assert scan.held == EMPTY


@texts
def test_what_is_kept_can_be_stored_as_what_it_is(text: str) -> None:
    for before, scan in pairwise(every_scan(text)):
        for name in ("phase", "key", "escape", "said", "depth", "quoted", "slashed"):
            assert type(getattr(scan, name)) is type(getattr(before, name))


def test_a_member_of_the_rest_has_no_key() -> None:
    assert [led_to(text).key for text in ('{"a":1', '{"thinkings":1', '{"thinkin": 1', '{"a":"thi')] == [""] * 4


@pytest.mark.parametrize(
    ("phase", "text"),
    [
        ("done", "{}"),
        ("done", '{"a":1}'),
        ("done", '{"thinking":"x"}'),
        ("done", '{"thinking":"x" } more'),
        ("done", '{"thinking":[1]}'),
        ("done", '{"thinking": {"a":{}}}'),
        ("broken", "x"),
        ("broken", "{,"),
        ("broken", '{"a":1]'),
        ("broken", '{"thinking":"x",}'),
        ("broken", '{"thinking":"x" "thinking":"y"}'),
        ("broken", '{"a":1,}'),
    ],
)
def test_an_object_that_closed_is_told_from_what_is_none(phase: str, text: str) -> None:
    assert led_to(text).phase == phase


@pytest.mark.parametrize("value", ["[1]", "[[],2]", '{"a":{}}', "1", "null"])
def test_after_a_value_that_is_no_text_a_chosen_one_may_come(value: str) -> None:
    _, pieces = feed(BEGIN, f'{{"thinking":{value},"thinking":"x"')
    assert pieces == [Piece(None, f'{{"thinking":{value}'), Piece("thinking", "x", ended=True)]


def test_an_escaped_line_break_in_the_rest_ends_nothing() -> None:
    _, pieces = feed(BEGIN, '{"x":"\\\n","thinking":"y"}')
    assert pieces == [Piece(None, '{"x":"\\\n"'), Piece("thinking", "y", ended=True), Piece(None, "}")]


@pytest.mark.parametrize(
    ("before", "text", "piece"),
    [
        ('{"thinking":"', 'a\\n\\"', 'a\n"'),
        ('{"thinking":"', "\\", ""),
        ('{"thinking":"\\', "nb", "\nb"),
        ('{"a":"', 'b\\"', 'b\\"'),
        ('{"a":"', "b\\", "b\\"),
        ('{"a":"\\', '"b', '"b'),
        ('{"thinking":"', 'a"', None),
        ('{"a":"', 'b"', None),
        ('{"a":"', 'b",', None),
        ('{"a":', "1", None),
        ('{"a"', ":", None),
    ],
)
def test_what_stays_within_a_string_is_read_at_once(before: str, text: str, piece: str | None) -> None:
    scan = led_to(before)
    found = go_on(scan, text)
    after, pieces = feed(scan, text)
    assert (None if found is None else found[1]) == piece
    assert found is None or (found[0], found[1]) == (after, "".join(one.text for one in pieces))

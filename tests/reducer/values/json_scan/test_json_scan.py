import json
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.values.json_scan import Piece, Scan, close, feed, start
from streamfold.reducer.values.text import BLOCK, EMPTY, Text
from support.json_texts import Run, after_every_cut, cuts, join, json_values
from support.scans import chosen_of, rest_of, said_of

THINKING = ("thinking",)
BEGIN = start(THINKING)
SPACE = st.text(" \t\n\r", max_size=3)


def scanned(pieces: Iterable[str], chosen: Sequence[str] = THINKING) -> tuple[Scan, tuple[Run, ...]]:
    """Where the pieces, and the end of the text, lead; and what was said."""
    scan, said = start(tuple(chosen)), []
    for piece in pieces:
        scan, more = feed(scan, piece)
        said += more
    scan, more = close(scan)
    return scan, join(said_of([*said, *more]))


def outcomes(text: str, scan: Scan = BEGIN) -> set[tuple[Run, ...]]:
    """What is said, from this scan on, over every cut of the text, and its end."""

    def step(scan: Scan, piece: str) -> tuple[Scan, list[Run]]:
        scan, pieces = feed(scan, piece)
        return scan, said_of(pieces)

    reached = after_every_cut(step, scan, text)
    return {join((*said, *said_of(close(scan)[1]))) for scan, said in reached}


def members(text: str) -> list[tuple[str, Any]]:
    """The members of an object as Python's reader sees them, duplicates included."""
    pairs: list[tuple[str, Any]] = json.loads(text, object_pairs_hook=list)
    return pairs


def escaped(content: str, upper: bool = False) -> str:
    r"""A JSON string in which everything is written as \uXXXX."""
    units = content.encode("utf-16-be", "surrogatepass").hex()
    hexes = [units[at : at + 4] for at in range(0, len(units), 4)]
    return '"' + "".join(f"\\u{unit.upper() if upper else unit}" for unit in hexes) + '"'


@st.composite
def spelt(draw: st.DrawFn, content: str) -> str:
    """A JSON string, in one of the ways to write it."""
    way = draw(st.integers(0, 3))
    if way == 0:
        return json.dumps(content)
    if way == 1:
        return json.dumps(content, ensure_ascii=False)
    return escaped(content, upper=way == 2)


@st.composite
def objects(draw: st.DrawFn) -> str:
    """The text of a JSON object whose keys are often those that tests choose, or nearly."""
    keys = st.sampled_from(["thinking", "message", "", "think", "thinkings", "Thinking"]) | st.text(max_size=3)
    texts = st.text(st.characters(), max_size=6) | st.sampled_from(
        ["", '"}', "\\", '{"thinking":"x"}', "🙂\ud83d", "\udc00"]
    )
    nested = st.dictionaries(keys, json_values, max_size=2) | st.lists(json_values, max_size=2)
    parts = []
    for key in draw(st.lists(keys, max_size=5)):
        value = draw(texts | nested | json_values)
        if isinstance(value, str):
            written = draw(spelt(value))
        else:
            written = json.dumps(value, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1, "\t"])))
        parts.append(f"{draw(SPACE)}{draw(spelt(key))}{draw(SPACE)}:{draw(SPACE)}{written}{draw(SPACE)}")
    return f"{draw(SPACE)}{{{','.join(parts) or draw(SPACE)}}}{draw(SPACE)}"


@given(st.data(), objects(), st.sampled_from([(), THINKING, ("thinking", "message"), ("think", "thinking"), ("",)]))
def test_an_object_is_split_as_pythons_reader_would(data: st.DataObject, text: str, chosen: tuple[str, ...]) -> None:
    scan, said = scanned(data.draw(cuts(text)), chosen)
    split_off = [(key, value) for key, value in members(text) if key in chosen and isinstance(value, str)]
    assert chosen_of(said) == split_off
    assert members(rest_of(said)) == [pair for pair in members(text) if pair not in split_off]
    assert scan.over


@given(objects(), st.sampled_from([THINKING, ("think", "thinking"), ("",)]))
def test_one_character_a_piece_and_all_in_one_say_the_same(text: str, chosen: tuple[str, ...]) -> None:
    assert scanned(text, chosen)[1] == scanned([text], chosen)[1]


@given(st.data(), objects())
def test_any_prefix_of_an_object_says_the_same_at_any_cut(data: st.DataObject, text: str) -> None:
    prefix = text[: data.draw(st.integers(0, len(text)))]
    assert scanned(data.draw(cuts(prefix)))[1] == scanned(prefix)[1] == scanned([prefix])[1]


@given(st.data(), objects())
def test_without_chosen_members_an_object_comes_out_as_it_came(data: st.DataObject, text: str) -> None:
    assert scanned(data.draw(cuts(text)), ())[1] == ((None, text),)


X = [("thinking", "x"), (("end of", "thinking"), "|")]
CASES: dict[str, tuple[str, list[Run]]] = {
    "alone": ('{"thinking":"x"}', [(None, "{"), *X, (None, "}")]),
    "first": ('{"thinking": "x", "a": 1}', [(None, "{"), *X, (None, '"a": 1}')]),
    "last": ('{"a": 1, "thinking": "x"}', [(None, '{"a": 1'), *X, (None, "}")]),
    "between": ('{"a": 1, "thinking": "x" , "b": 2}', [(None, '{"a": 1'), *X, (None, ', "b": 2}')]),
    "space": (' { "thinking" : "x" } ', [(None, " { "), *X, (None, "} ")]),
    "empty": ('{"thinking":""}', [(None, "{"), X[1], (None, "}")]),
    "empty twice": ('{"thinking":"","thinking":""}', [(None, "{"), (X[1][0], "||"), (None, "}")]),
    "twice": ('{"thinking":"x","thinking":"x"}', [(None, "{"), *X, *X, (None, "}")]),
    "a number": ('{"thinking":5,"a":1}', [(None, '{"thinking":5,"a":1}')]),
    "null": ('{"a":1,"thinking":null}', [(None, '{"a":1,"thinking":null}')]),
    "an object": ('{"thinking":{"thinking":"y"}}', [(None, '{"thinking":{"thinking":"y"}}')]),
    "a list": ('{"thinking":["x","}"]}', [(None, '{"thinking":["x","}"]}')]),
    "a number, then a string": ('{"thinking":5,"thinking":"x"}', [(None, '{"thinking":5'), *X, (None, "}")]),
    "a string, then a number": ('{"thinking":"x","thinking":5}', [(None, "{"), *X, (None, '"thinking":5}')]),
    "nested": ('{"a":{"thinking":"y"},"thinking":"x"}', [(None, '{"a":{"thinking":"y"}'), *X, (None, "}")]),
    "a key in escapes": ('{"th\\u0069n\\u006Bing":"x"}', [(None, "{"), *X, (None, "}")]),
    "a key in escapes, not chosen": ('{"thinkin\\u0068":"x"}', [(None, '{"thinkin\\u0068":"x"}')]),
    "a key that begins a chosen one": ('{"think":"x"}', [(None, '{"think":"x"}')]),
    "a key that a chosen one begins": ('{"thinkings":"x"}', [(None, '{"thinkings":"x"}')]),
    "the empty key": ('{"":"x"}', [(None, '{"":"x"}')]),
    "a key with a quote": ('{"\\"":1,"thinking":"x"}', [(None, '{"\\"":1'), *X, (None, "}")]),
    "a key that ends in a backslash": ('{"t\\\\":1,"thinking":"x"}', [(None, '{"t\\\\":1'), *X, (None, "}")]),
    "a key with a broken pair": ('{"\\ud83d\\"\\\\":1}', [(None, '{"\\ud83d\\"\\\\":1}')]),
    "strings with brackets": ('{"a":"}],\\"","thinking":"x"}', [(None, '{"a":"}],\\""'), *X, (None, "}")]),
    "lists of objects": ('{"a":[{"b":[]},[1,2]],"thinking":"x"}', [(None, '{"a":[{"b":[]},[1,2]]'), *X, (None, "}")]),
    "no members": ("{ }", [(None, "{ }")]),
    "text after": ('{"thinking":"x"} {"thinking":"y"}', [(None, "{"), *X, (None, '} {"thinking":"y"}')]),
    "a comma too many at the end": ('{"thinking":"x",}', [(None, "{"), *X, (None, "}")]),
    "a comma too many": ('{"a":1,,"thinking":"y"}', [(None, '{"a":1,,"thinking":"y"}')]),
    "a comma missing": ('{"thinking":"x" "a":1}', [(None, "{"), *X, (None, '"a":1}')]),
    "a colon missing": ('{"thinking" "y"}', [(None, '{"thinking" "y"}')]),
    "a wrong bracket": ('{"a":1],"thinking":"y"}', [(None, '{"a":1],"thinking":"y"}')]),
    "cut off in the value": ('{"a":1,"thinking":"x', [(None, '{"a":1'), X[0]]),
    "cut off after the value": ('{"thinking":"x" ', [(None, "{"), *X]),
    "cut off after its comma": ('{"a":1,"thinking":"x", ', [(None, '{"a":1'), *X, (None, ", ")]),
    "cut off after its comma, with nothing before": ('{"thinking":"x", ', [(None, "{"), *X]),
    "cut off in the next key": ('{"thinking":"x", "thi', [(None, "{"), *X, (None, '"thi')]),
    "cut off after the next key": ('{"thinking":"x","thinking" :', [(None, "{"), *X, (None, '"thinking" :')]),
}


@pytest.mark.parametrize(("text", "said"), CASES.values(), ids=CASES)
def test_every_cut_says_what_it_should(text: str, said: list[Run]) -> None:
    assert outcomes(text) == {tuple(said)}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"\"\\\/\b\f\n\r\t", '"\\/\b\f\n\r\t'),
        (r"\u0041\u00e9\u00E9\u20ac\u0000", "Aéé€\0"),
        (r"\ud83d\ude42\uD83D\uDE42", "🙂🙂"),
        ("🙂é\x7f", "🙂é\x7f"),
        (r"\ud83d", "\ud83d"),
        (r"\ude42", "\ude42"),
        (r"\ud83d\ud83d\ude42", "\ud83d🙂"),
        (r"\ud83d\ude42\ude42", "🙂\ude42"),
        (r"\ud83dx\ude42", "\ud83dx\ude42"),
        (r"\ud83d\n", "\ud83d\n"),
        (r"\ud83d\\ude42", "\ud83d\\ude42"),
        (r"\ud83d\u0041", "\ud83dA"),
        (r"\ud83d\ud83d\ud83d", "\ud83d\ud83d\ud83d"),
        (r"\udbff\udfff\ud800\udc00", "\U0010ffff\U00010000"),
        (r"\\u0041\\\u0041", "\\u0041\\A"),
    ],
)
def test_escapes_are_decoded_at_every_cut_in_values_and_in_keys(written: str, meant: str) -> None:
    assert json.loads(f'"{written}"') == meant
    assert {tuple(chosen_of(said)) for said in outcomes(f'{{"thinking":"{written}"}}')} == {(("thinking", meant),)}
    assert {tuple(chosen_of(said)) for said in outcomes(f'{{"{written}":"x"}}', start((meant,)))} == {((meant, "x"),)}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (r"\x", r"\x"),
        (r"\u12g4", r"\u12g4"),
        (r"\u12", r"\u12"),
        (r"\ud83d\u", "\ud83d\\u"),
        (r"\ud83d\ud8", "\ud83d\\ud8"),
        (r"\ud83d\udx", "\ud83d\\udx"),
        (r"\u\n", "\\u\n"),
        ("\n\x00", "\n\x00"),
    ],
)
def test_what_is_no_escape_passes_as_it_came_at_every_cut(written: str, kept: str) -> None:
    assert {tuple(chosen_of(said)) for said in outcomes(f'{{"thinking":"{written}"}}')} == {(("thinking", kept),)}


@pytest.mark.parametrize(
    "escape", ["\\", r"\u", r"\u0", r"\u00e", r"\ud83d", "\\ud83d\\", r"\ud83d\u", r"\ud83d\ud", r"\ud83d\ude4"]
)
def test_half_an_escape_at_the_end_is_left_out_and_still_there(escape: str) -> None:
    text = '{"thinking":"x' + escape
    assert outcomes(text) == {((None, "{"), ("thinking", "x"))}
    assert scanned([text])[0].escape == scanned(text)[0].escape == escape


@pytest.mark.parametrize("escape", ["\\", r"\u006", r"\ud83d", "\\ud83d\\"])
def test_half_an_escape_at_the_end_of_a_key_is_kept(escape: str) -> None:
    text = '{"a":1,"thi' + escape
    assert outcomes(text) == {((None, text),)}


def test_short_texts_without_a_chosen_value_come_out_unchanged_at_every_cut() -> None:
    reached: dict[str, set[tuple[Scan, str]]] = {"": {(start(("t",)), "")}}
    for length in range(1, 5):
        for letters in product('{}":,\\tu0a ', repeat=length):
            text = "".join(letters)
            here = set()
            for cut in range(length):
                for scan, rest in reached[text[:cut]]:
                    after, pieces = feed(scan, text[cut:])
                    assert all(piece.key is None for piece in pieces), text
                    here.add((after, rest + "".join(piece.text for piece in pieces)))
            reached[text] = here
            for scan, rest in here:
                assert rest + "".join(piece.text for piece in close(scan)[1]) == text


@pytest.mark.parametrize(
    ("before", "alphabet"),
    [
        ('{"t":"', '",:}t\\'),
        ('{"t":"\\u00', '4"\\ug'),
        ('{"t":"\\ud83d', '\\ud"e'),
        ('{"t":"x"', ',"t: }'),
        ('{"a', '\\",t}:'),
    ],
)
def test_every_short_ending_says_the_same_at_every_cut(before: str, alphabet: str) -> None:
    scan, pieces = feed(start(("t",)), before)
    for letters in product(alphabet, repeat=4):
        ending = "".join(letters)
        (said,) = outcomes(ending, scan)
        assert join((*said_of(pieces), *said)) == scanned([before + ending], ("t",))[1], ending


@given(st.data(), st.text('{}[]":,\\thinkgu0069 ', max_size=30))
def test_text_that_is_no_json_says_the_same_at_any_cut(data: st.DataObject, text: str) -> None:
    assert scanned(data.draw(cuts(text)))[1] == scanned([text])[1]


@given(st.text('{}[]":,\\t0 ', max_size=12))
def test_text_that_never_was_an_object_passes_through(text: str) -> None:
    assert scanned(["[", text])[1] == ((None, "[" + text),)
    assert scanned(["{}", text])[1] == ((None, "{}" + text),)


def test_two_chosen_members_come_out_apart() -> None:
    text = '{"message":"hello","a":1,"thinking":"because"}'
    assert outcomes(text, start(("thinking", "message"))) == {
        (
            (None, "{"),
            ("message", "hello"),
            (("end of", "message"), "|"),
            (None, '"a":1'),
            ("thinking", "because"),
            (("end of", "thinking"), "|"),
            (None, "}"),
        )
    }


def test_a_chosen_key_may_begin_another() -> None:
    text = '{"think":"a","thinking":"b","thin":"c","thinki":"d"}'
    (said,) = outcomes(text, start(("thinking", "think")))
    assert chosen_of(said) == [("think", "a"), ("thinking", "b")]
    assert rest_of(said) == '{"thin":"c","thinki":"d"}'


def test_a_value_comes_out_as_it_arrives() -> None:
    scan, pieces = feed(BEGIN, '{"thinking": "a')
    assert pieces == [Piece(None, "{"), Piece("thinking", "a")]
    scan, pieces = feed(scan, "b\\")
    assert pieces == [Piece("thinking", "b")]
    scan, pieces = feed(scan, 'nc"')
    assert pieces == [Piece("thinking", "\nc", ended=True)]
    assert feed(scan, ', "a": 1}')[1] == [Piece(None, '"a": 1}')]


def test_a_value_that_ends_with_nothing_more_says_that_it_ended() -> None:
    scan, _ = feed(BEGIN, '{"thinking":"a')
    assert feed(scan, '"')[1] == [Piece("thinking", "", ended=True)]


def test_other_members_come_out_as_soon_as_their_key_is_known() -> None:
    scan, pieces = feed(BEGIN, '{"th')
    assert pieces == [Piece(None, "{")]
    assert str(scan.held) == '"th'
    assert feed(scan, "e")[1] == [Piece(None, '"the')]


def test_pieces_of_the_rest_come_out_as_one() -> None:
    assert feed(BEGIN, ' {"a": [1, {"b": 2}], "c": 3, "thinking": 4} ')[1] == [
        Piece(None, ' {"a": [1, {"b": 2}], "c": 3, "thinking": 4} ')
    ]


@pytest.mark.parametrize(
    "text", ["", "  ", "{", '{"a', '{"a":1', '{"thinking":"x"', '{"thinking":"x",', '{"thinking":']
)
def test_while_a_chosen_member_may_come_the_scan_is_not_over(text: str) -> None:
    assert not feed(BEGIN, text)[0].over


@pytest.mark.parametrize(
    "text", ["{}", '{"a":1}', '{"thinking":"x"}', "x", "[", "{,", '{"a":1,,', '{"a":1]', '{"thinking"x']
)
def test_once_the_object_is_closed_or_none_the_scan_is_over(text: str) -> None:
    scan = feed(BEGIN, text)[0]
    assert scan.over
    assert feed(scan, '{"thinking":"x"}') == (scan, [Piece(None, '{"thinking":"x"}')])


@pytest.mark.parametrize("text", ["", " ", "{", '{"a":1', '{"a":"\\', '{"thinking":"x', '{"thinking":"x"', "{}", "x"])
def test_close_says_nothing_where_nothing_is_held(text: str) -> None:
    scan = feed(BEGIN, text)[0]
    assert close(scan) == (scan, [])


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ('{"thin', '"thin'),
        ('{"thinking" ', '"thinking" '),
        ('{"thinking": ', '"thinking": '),
        ('{"a":1, ', ", "),
        ('{"a":1,"th\\', ',"th\\'),
    ],
)
def test_close_releases_once_what_is_held(text: str, held: str) -> None:
    scan, pieces = close(feed(BEGIN, text)[0])
    assert pieces == [Piece(None, held)]
    assert scan.over
    assert close(scan) == (scan, [])


@pytest.mark.parametrize("before", ["", "{", '{"thinking"', '{"thinking":', '{"thinking":"x"', '{"a":1,', '{"a":'])
def test_endless_white_space_is_passed_on_dropped_or_held_as_sealed_blocks(before: str) -> None:
    scan = feed(BEGIN, before)[0]
    kept = str(scan.held)
    for _ in range(3):
        scan, pieces = feed(scan, " " * BLOCK)
        assert pieces in ([], [Piece(None, " " * BLOCK)])
        if not pieces and scan.phase != "after":
            kept += " " * BLOCK
    assert isinstance(scan.held, Text)
    assert str(scan.held) == kept
    assert len(scan.held.blocks) == len(kept) // BLOCK


@pytest.mark.parametrize("before", ["{", '{"a":', '{"a":"', '{"thinking":"', '{"a":{"b":["'])
def test_a_long_member_leaves_nothing_behind_in_the_scan(before: str) -> None:
    scan = feed(BEGIN, before)[0]
    longer = feed(scan, "x" * 100_000)[0]
    assert longer.held == scan.held == EMPTY
    assert len(longer.key) <= len("thinking")
    assert longer.escape == ""


def test_feeding_nothing_changes_nothing() -> None:
    scan = feed(BEGIN, '{"thi')[0]
    assert feed(scan, "") == (scan, [])


@pytest.mark.parametrize("before", ['{"thinking":"', '{"a":"', '{"a":[{'])
def test_more_of_the_same_returns_the_very_scan(before: str) -> None:
    scan = feed(BEGIN, before)[0]
    assert feed(scan, "more")[0] is scan


def test_two_texts_from_one_scan_are_two_futures() -> None:
    scan = feed(BEGIN, '{"thin')[0]
    kept = hash(scan)
    assert feed(scan, 'king":"x"')[1] == [Piece("thinking", "x", ended=True)]
    assert feed(scan, '":"x"}')[1] == [Piece(None, '"thin":"x"}')]
    assert hash(scan) == kept


def test_deep_nesting_needs_no_stack() -> None:
    deep = '{"a":' + "[" * 100_000 + "]" * 100_000 + ',"thinking":"x"}'
    assert chosen_of(scanned([deep])[1]) == [("thinking", "x")]

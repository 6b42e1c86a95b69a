import json
from collections.abc import Iterable
from functools import reduce
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.values.json_status import (
    DEEPEST,
    START,
    JsonScan,
    json_status,
    scan_object,
    scan_on,
    skip_space,
)
from support.json_texts import json_values

SHORT = {  # exhaustive: every text up to the length, after the prefix
    "structure": ("", '{}[]",:0 ', 5),
    "numbers": ("", "-+01.eE ", 5),
    "escapes": ('"', '"\\u0aFg\n/', 4),
    "space": ("", "0\t\n\r\v\xa0", 4),
    "words": ("", "nulltre]", 4),
    "members": ('{"":', '{}",:0', 4),
}


def is_json(text: str) -> bool:
    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


@pytest.mark.deep
@pytest.mark.parametrize(("before", "alphabet", "longest"), SHORT.values(), ids=SHORT)
def test_short_texts_are_complete_when_json_and_stay_invalid_once_invalid(
    before: str, alphabet: str, longest: int
) -> None:
    verdicts = {before: json_status(before)}
    assert (verdicts[before] == "complete") == is_json(before)
    for length in range(1, longest + 1):
        for letters in product(alphabet, repeat=length):
            text = before + "".join(letters)
            verdicts[text] = json_status(text)
            assert (verdicts[text] == "complete") == is_json(text), text
            if verdicts[text[:-1]] == "invalid":
                assert verdicts[text] == "invalid", text


@pytest.mark.parametrize(
    ("before", "alphabet"), [("", '{}[]",:0'), ("", "-+01.eE"), ('"', '"\\u0ag'), ('{"":', '{}",:')]
)
def test_every_short_open_text_can_be_completed(before: str, alphabet: str) -> None:
    values = ("", "0", '"', '""', '0"', '00"', '000"', '0000"', ":0", '":0', '"":0')
    closings = ["".join(letters) for length in range(4) for letters in product("]}", repeat=length)]
    endings = [value + closing for value, closing in product(values, closings)]
    for length in range(4):
        for letters in product(alphabet, repeat=length):
            text = before + "".join(letters)
            if json_status(text) == "incomplete":
                assert any(is_json(text + ending) for ending in endings), text


@given(st.text('{}[]",:0123456789.eE+- \t\n\\/bfnrtu\u00e9trueNaN', max_size=30))
def test_a_random_text_is_complete_exactly_when_it_is_json(text: str) -> None:
    assert (json_status(text) == "complete") == is_json(text)


@given(json_values, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_json_is_complete_and_no_prefix_of_it_is_dead(value: Any, ascii_only: bool, indent: int | str | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert json_status(text) == json_status(f" \r{text}\n") == "complete"
    assert "invalid" not in {json_status(text[:end]) for end in range(len(text))}


@given(st.dictionaries(st.text(max_size=3), json_values, max_size=3))
def test_no_proper_prefix_of_an_object_is_complete(value: dict[str, Any]) -> None:
    text = json.dumps(value)
    assert {json_status(text[:end]) for end in range(len(text))} == {"incomplete"}


@given(json_values, st.sampled_from([",", "]", "}", ":", "x", '"']))
def test_more_after_a_whole_value_is_dead(value: Any, more: str) -> None:
    assert json_status(json.dumps([value]) + more) == "invalid"


@pytest.mark.parametrize("word", ["true", "false", "null"])
def test_a_word_is_open_until_it_is_whole(word: str) -> None:
    assert [json_status(word[:end]) for end in range(1, len(word))] == ["incomplete"] * (len(word) - 1)
    assert json_status(word) == "complete"
    assert json_status(word + word[-1]) == json_status(word[:2] + " ") == json_status(word.upper()) == "invalid"


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "N", "-I", "[NaN]", "'a'", "01", "+1", ".5", "1.e1", "0x1"]
)
def test_what_other_readers_allow_is_dead(text: str) -> None:
    assert json_status(text) == "invalid"


@pytest.mark.parametrize("text", ["1.", "-", "1e", "1E+", "1.5e-", "-0.", "[1.", '{"a":-'])
def test_half_a_number_is_open(text: str) -> None:
    assert json_status(text) == "incomplete"


@pytest.mark.parametrize("text", ["12", "-0", "1.5", "1e5", "-1.5E+05"])
def test_a_number_that_may_go_on_is_complete(text: str) -> None:
    assert json_status(text) == "complete"


@pytest.mark.parametrize("text", ['"\\', '"\\u', '"\\u0', '"\\u00e', '"a\\"', '["\\ud83d', '{"\\'])
def test_half_an_escape_is_open(text: str) -> None:
    assert json_status(text) == "incomplete"


@pytest.mark.parametrize("digit", "0123456789abcdefABCDEF")
def test_an_escape_s_digits_may_be_of_either_case(digit: str) -> None:
    escape = f'"\\u{digit * 4}"'
    verdicts = [json_status(escape[:length]) for length in range(1, len(escape) + 1)]
    assert verdicts == ["incomplete"] * 7 + ["complete"]


@pytest.mark.parametrize("text", ['"\\x', '"\\u00g', '"\\u"', '"\x00', '"\n', '"a\x1f"', '"\\\n'])
def test_a_bad_escape_or_a_raw_control_character_is_dead(text: str) -> None:
    assert json_status(text) == "invalid"


@pytest.mark.parametrize("text", ["", " ", "\t\r\n "])
def test_nothing_yet_is_open(text: str) -> None:
    assert json_status(text) == "incomplete"


@pytest.mark.parametrize("text", ["\x0b1", "\xa01", "\ufeff1", "1\x0c", "\u20281"])
def test_other_white_space_is_dead(text: str) -> None:
    assert json_status(text) == "invalid"


@pytest.mark.parametrize(
    ("opening", "bottom", "closing"), [("[", "", "]"), ('{"a":', "0", "}"), ('[{"a":[', "", "]}]")]
)
def test_nesting_deeper_than_the_limit_is_invalid(opening: str, bottom: str, closing: str) -> None:
    times = DEEPEST // len(closing)
    opened, closed = opening * times, closing * times
    assert json_status(opened) == "incomplete"
    assert json_status(opened + bottom + closed) == "complete"
    assert json_status(opened + bottom + closed + closing) == "invalid"
    assert json_status(opening * (times + 1)) == "invalid"


def scanned(pieces: Iterable[str]) -> JsonScan:
    return reduce(scan_on, pieces, START)


@pytest.mark.deep
@pytest.mark.parametrize(("before", "alphabet", "longest"), SHORT.values(), ids=SHORT)
def test_every_cut_of_a_short_text_is_scanned_alike(before: str, alphabet: str, longest: int) -> None:
    for length in range(1, longest + 1):
        for letters in product(alphabet, repeat=length):
            text = before + "".join(letters)
            whole, by_character = scan_on(START, text), scanned(text)
            assert (whole.status, whole.top, whole.is_object) == (
                by_character.status,
                by_character.top,
                by_character.is_object,
            ), text


@given(json_values, st.booleans(), st.data())
def test_json_in_any_pieces_is_scanned_alike(value: Any, ascii_only: bool, data: st.DataObject) -> None:
    text = f" {json.dumps(value, ensure_ascii=ascii_only)} "
    ends = sorted(data.draw(st.sets(st.integers(0, len(text)))) | {len(text)})
    pieces = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    scan = scanned(pieces)
    assert (scan.status, scan.is_object) == ("complete", isinstance(value, dict))


@pytest.mark.parametrize(
    ("text", "top"),
    [
        ("", ""),
        (" \n", ""),
        ("{", "empty"),
        (" { } ", "empty"),
        ('{"', "object"),
        ("[{", "other"),
        ('[{"a":{', "other"),
        ("n", "null"),
        ("null ", "null"),
        ("[n", "other"),
        ("-", "other"),
        ("t", "other"),
    ],
)
def test_a_scan_says_what_the_value_is(text: str, top: str) -> None:
    assert scan_on(START, text).top == scanned(text).top == top


@pytest.mark.parametrize("number", ["1" * 5000, "10" * 5000, "0." + "0" * 5000, "-1e" + "0" * 5000])
def test_of_a_long_number_little_is_carried(number: str) -> None:
    scan = scanned(number)
    assert scan.status == "complete"
    assert len(scan.carry) < 12
    assert scan_on(scan, "0").status == "complete"
    assert scan_on(scan, "-").status == "invalid"


def test_a_piece_that_changes_nothing_gives_the_same_scan() -> None:
    scan = scan_on(START, '{"a": "some')
    assert scan_on(scan, " more text") is scan


@pytest.mark.parametrize("piece", ["", " ", "}", "null"])
def test_what_is_invalid_stays_so(piece: str) -> None:
    assert scan_on(scan_on(START, "]"), piece).status == "invalid"


def test_skip_space_says_where_white_space_ends() -> None:
    assert [skip_space(" \t\n\r a ", at) for at in (0, 3, 5, 6, 7)] == [5, 5, 5, 7, 7]


@pytest.mark.parametrize("cut", range(9))
@pytest.mark.parametrize(
    "text", ['{"a":1}{}', '{"a":[1]} x', "[[]]", '{"}":"\\u00', "12 {", '{"a":tru', "{}}}", " {a", '{"a":1,"b":{}}]']
)
def test_an_object_is_read_up_to_its_end(text: str, cut: int) -> None:
    scan, read = START, 0
    for piece in (text[:cut], text[cut:]):
        if scan.is_object:
            break
        scan, count = scan_object(scan, piece)
        read += count
    ends = [at for at in range(len(text) + 1) if scan_on(START, text[:at]).is_object]
    assert read == (ends[0] if ends else len(text)) or not text.startswith("{")
    assert scan == scan_on(START, text[:read]) or scan.carry

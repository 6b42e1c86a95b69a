import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.values.json_match import OUTSIDE, Lexer, canonical

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def form(*pieces: str) -> str:
    lexer, form = OUTSIDE, ""
    for piece in pieces:
        lexer, more = canonical(lexer, piece)
        form += more
    assert not lexer.carry
    return form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a":1}', ' {\t"a" :\r\n1 } '),
        (r'"\u0041\/\b"', '"A/\\u0008"'),
        (r'"\ud83d\ude00"', '"😀"'),
        (r'"\u0022\u005C"', r'"\"\\"'),
        (r'"\u00e9"', '"é"'),
    ],
)
def test_spaces_and_escapes_make_no_difference(one: str, other: str) -> None:
    assert form(one) == form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('"a b"', '"ab"'),
        ("1.0", "1"),
        ('{"a":1,"b":2}', '{"b":2,"a":1}'),
        (r'"\n"', '"\n"'),
        (r'"\\n"', r'"\n"'),
        (r'"\x41"', '"A"'),
        (r'"\""', '""'),
    ],
)
def test_anything_else_does(one: str, other: str) -> None:
    assert form(one) != form(other)


@pytest.mark.parametrize("text", [r'"\"" x', r'"\\" x', r'"\u0022" x'])
def test_an_escaped_quote_closes_no_string(text: str) -> None:
    assert form(text).endswith('"x')


def test_the_beginning_of_an_escape_waits() -> None:
    assert canonical(OUTSIDE, '"a\\u00') == (Lexer(True, "\\u00"), '"a')
    assert canonical(Lexer(True, "\\u00"), '41"') == (OUTSIDE, 'A"')


@given(JSON, st.booleans(), st.integers(0, 3))
def test_every_spelling_of_a_value_has_one_form(value: object, ascii_only: bool, indent: int) -> None:
    assert form(json.dumps(value, ensure_ascii=ascii_only, indent=indent)) == form(json.dumps(value))


@given(JSON, JSON)
def test_values_that_differ_have_forms_that_differ(one: object, other: object) -> None:
    same = json.dumps(one) == json.dumps(other)
    assert (form(json.dumps(one)) == form(json.dumps(other))) is same


@given(st.text(st.sampled_from('"\\u0041/ n{}😀\ud83d\n')), st.data())
def test_a_cut_changes_nothing(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    lexer, whole = canonical(OUTSIDE, text)
    first, one = canonical(OUTSIDE, text[:cut])
    second, two = canonical(first, text[cut:])
    assert (second, one + two) == (lexer, whole)

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.values.json_repeat import FRESH, Followed, follow, is_again
from streamfold.reducer.values.text import EMPTY, Text, text
from support.worlds import cuts, json_objects

TOWN = text(' {"city": "Oslo"}\n')
END = len(TOWN) - 1


def followed(whole: Text, end: int, *pieces: str) -> tuple[str, str, int, str]:
    """What is held at last, and the spaces, the count and the rest of all pieces up to where they differ."""
    known, held, spaces, dropped = FRESH, EMPTY, "", 0
    for at, piece in enumerate(pieces):
        known, held, more, count, other = follow(known, held, whole, 0, end, piece)
        spaces, dropped = spaces + more, dropped + count
        if other:
            assert (known, held) == (FRESH, EMPTY)
            return "", spaces, dropped, other + "".join(pieces[at + 1 :])
    return str(held), spaces, dropped, ""


CASES = {
    "": ("", "", 0, ""),
    " \n": ("", " \n", 0, ""),
    '{"city":"Oslo"}': ("", "", 1, ""),
    ' {"city": "\\u004fslo"}\t{"city":"Oslo"} ': ("", " \t ", 2, ""),
    '{"city": "Oslo"}{"city": "Oslo"}{"city"': ('{"city"', "", 2, ""),
    ' { "cit': ('{ "cit', " ", 0, ""),
    '{"city": "Oslo"} {"city": "Rome"}': ("", " ", 1, '{"city": "Rome"}'),
    '{"city": "Oslo"}}': ("", "", 1, "}"),
    '{"city": "Oslo\\u00': ('{"city": "Oslo\\u00', "", 0, ""),
    "x": ("", "", 0, "x"),
}


@pytest.mark.parametrize("came", CASES)
def test_what_follows_is_the_same_at_every_cut(came: str) -> None:
    assert followed(TOWN, END, came) == followed(TOWN, END, *came) == CASES[came]
    for at in range(len(came)):
        assert followed(TOWN, END, came[:at], came[at:]) == CASES[came]


@given(json_objects, st.lists(st.tuples(st.booleans(), st.sampled_from([None, 1])), max_size=3), st.data())
def test_an_object_in_any_spelling_is_a_repetition(
    members: dict[str, object], spellings: list[tuple[bool, int | None]], data: st.DataObject
) -> None:
    whole = json.dumps(members)
    again = [json.dumps(members, ensure_ascii=ascii_only, indent=indent) for ascii_only, indent in spellings]
    pieces = data.draw(cuts("".join(again)))
    assert followed(text(whole), len(whole), *pieces) == ("", "", len(again), "")
    assert all(is_again(text(whole), 0, len(whole), one) for one in again)


@pytest.mark.parametrize("other", ["", '{"city"', '{"city":"Rome"}', '{"city":"Oslo"}}', '{"city":"Oslo"} x'])
def test_another_text_is_not_the_object_again(other: str) -> None:
    assert not is_again(TOWN, 0, END, other)


def test_what_follows_nothing_new_changes_nothing() -> None:
    assert follow(FRESH, EMPTY, TOWN, 0, END, " ") == Followed(FRESH, EMPTY, " ")


def test_the_object_is_read_as_far_as_it_has_come_again() -> None:
    whole = text('{"a":"' + "x" * 100_000 + '"}')
    known, held, *_ = follow(FRESH, EMPTY, whole, 0, len(whole), '{"a":"x')
    assert (known.at < 200, known.ahead[:1]) == (True, "x")
    known, held, *_ = follow(known, held, whole, 0, len(whole), "x")
    assert (known.at < 200, str(held)) == (True, '{"a":"xx')

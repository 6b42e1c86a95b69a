"""What a person sees: nothing in it steers the terminal, turns the line around, or cannot be seen."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.visible import STEERING, on_one_line, visible

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # surrogates included


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", r"\u001b]0;title\u0007"),
        ("\x9b2J\x9d8;;http://x\x9c", r"\u009b2J\u009d8;;http://x\u009c"),
        ("a\x7f\x08b\rc", r"a\u007f\u0008b\u000dc"),
        ("\u202etxt.exe\u202c \u2066x\u2069", r"\u202etxt.exe\u202c \u2066x\u2069"),
        ("\u200e\u200f\u061c", r"\u200e\u200f\u061c"),
        ("hi\U000e0049\U000e007f", r"hi\U000e0049\U000e007f"),
        ("\ufff9a\ufffab\ufffb", r"\ufff9a\ufffab\ufffb"),
        ("\ud83d!", r"\ud83d!"),
        ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\u0085d"),
    ],
)
def test_what_steers_is_shown_as_its_escape(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert on_one_line(re.sub("[\r\u2028\u2029\x85]", "", text)) == re.sub(r"\\u(000d|2028|2029|0085)", "", shown)


@pytest.mark.parametrize(
    "text",
    ["", "plain", "São Bento, 漢字, עברית", "👩\u200d💻 \u0646\u0645\u06cc\u200c", "no\u00a0break", "e\u0301\ufe0f"],
)
def test_text_in_any_language_stays_as_it_is(text: str) -> None:
    assert visible(text) == on_one_line(text) == text


def test_the_caller_says_whether_line_feeds_and_tabs_stay() -> None:
    assert visible("a\tb\nc") == "a\tb\nc"
    assert visible("a\tb\nc", keep="\t") == r"a" "\t" r"b\u000ac"
    assert visible("a\tb\nc", keep="") == r"a\u0009b\u000ac"


def test_one_line_has_a_space_for_each_break_and_tab() -> None:
    assert on_one_line("a \r\n  b\tc\u2028d\n") == "a b c d "
    assert on_one_line("one two three", longest=7) == "one two …"
    assert on_one_line("one two", longest=7) == "one two"


@given(ANY_TEXT)
def test_what_is_shown_has_no_format_control_that_steers(text: str) -> None:
    for shown in (visible(text, ""), on_one_line(text)):
        assert len(shown.splitlines()) <= 1
        assert shown.encode().decode() == shown
        assert not re.search(f"[{STEERING}]", shown)
        assert all(unicodedata.bidirectional(one) not in ("LRE", "RLE", "LRO", "RLO", "PDF") for one in shown)
    assert visible(visible(text)) == visible(text)

"""Texts by their UTF-16 units."""

from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.utf16 import as_characters, as_units, cuts_of, without_half

texts = st.text(st.sampled_from("aé\ud83d\ude00😀\U0010ffff"), max_size=6)


def test_wide_characters_are_two_units() -> None:
    assert as_units("a😀\U00010000é") == "a\ud83d\ude00\ud800\udc00é"
    assert as_characters("a\ud83d\ude00\ude00\ud83d") == "a😀\ude00\ud83d"


@given(texts)
def test_units_are_characters_again(text: str) -> None:
    assert as_characters(as_units(text)) == as_characters(text)
    assert as_units(text).encode("utf-16-le", "surrogatepass") == text.encode("utf-16-le", "surrogatepass")


def test_a_half_is_left_out_at_the_end_alone() -> None:
    assert [without_half(text) for text in ("", "a", "a\ud83d", "\ud83da", "a\ude00", "a😀")] == [
        "",
        "a",
        "a",
        "\ud83da",
        "a\ude00",
        "a😀",
    ]


def test_a_text_is_cut_amid_its_wide_characters_and_between_any() -> None:
    assert list(cuts_of("a😀b")) == [("a\ud83d", "\ude00b"), ("a", "😀b"), ("a😀", "b")]
    assert list(cuts_of("a")) == list(cuts_of("")) == []

"""Halves of a surrogate pair that come in two pieces of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.values.halves import ends_in_half, goes_on_with_half, join_halves
from streamfold.reducer.values.text import text

pieces = st.lists(st.text(st.sampled_from("ab\ud83d\ude00\udbff\udfff😀\ud7ff\ue000"), min_size=1, max_size=3))


@pytest.mark.parametrize(
    ("held", "piece", "joined"),
    [
        ("", "ab", ("ab", "")),
        ("", "a\ud83d", ("a", "\ud83d")),
        ("", "\ud83d", ("", "\ud83d")),
        ("", "\ude00a", ("\ude00a", "")),
        ("\ud83d", "\ude00", ("😀", "")),
        ("\ud83d", "\ude00a\udbff", ("😀a", "\udbff")),
        ("\ud83d", "a", ("\ud83da", "")),
        ("\ud83d", "\udbff", ("\ud83d", "\udbff")),
        ("\ud800", "\udc00", ("\U00010000", "")),
        ("\udbff", "\udfff", ("\U0010ffff", "")),
        ("\ud83d", "\udbff\udfff", ("\ud83d\udbff\udfff", "")),
    ],
)
def test_halves_are_joined_and_held(held: str, piece: str, joined: tuple[str, str]) -> None:
    assert join_halves(held, piece) == joined


def test_a_first_half_is_told_from_a_second() -> None:
    assert (
        list(map(ends_in_half, ["\ud800", "a\udbff", "", "\ud83da", "\ud7ff", "\udc00", "😀"]))
        == [True] * 2 + [False] * 5
    )


@given(pieces)
def test_nothing_is_lost_or_invented(parts: list[str]) -> None:
    emitted, held = "", ""
    for part in parts:
        piece, held = join_halves(held, part)
        emitted += piece
    units = "".join(parts).encode("utf-16-le", "surrogatepass")
    assert (emitted + held).encode("utf-16-le", "surrogatepass") == units


@given(pieces)
def test_characters_alone_are_joined_wherever_they_are_cut(parts: list[str]) -> None:
    text = "".join(parts).encode("utf-16-le", "surrogatepass")
    units = [text[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(text), 2)]
    emitted, held = "", ""
    for unit in units:
        piece, held = join_halves(held, unit)
        emitted += piece
    assert emitted + held == text.decode("utf-16-le", "surrogatepass")


@pytest.mark.parametrize(
    ("whole", "goes_on"),
    [
        ("ab😀", True),
        ("ab\ud83d", True),
        ("ab\ud83dc", True),
        ("ab", False),
        ("abc", False),
        ("a😀", False),
        ("ab\udbff", False),
    ],
)
def test_a_whole_may_have_the_character_of_a_half(whole: str, goes_on: bool) -> None:
    assert goes_on_with_half(whole, text("ab"), "\ud83d") is goes_on

"""The column of text: it wraps between words, is blind to cuts, and holds no long word back."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.cells import cell_len
from streamfold.adapters.cli.hanging_text import ENDLESS, LONGEST_HELD, MARGIN, HangingText
from support.json_texts import cuts


def column(*pieces: str, width: int = 20) -> list[str]:
    written: list[str] = []
    made = HangingText(lambda text, _: written.append(text), width)
    made.label("label", "")
    for piece in pieces:
        made.feed(piece)
    made.end()
    return "".join(written).split("\n")[:-1]


def lines(*texts: str) -> list[str]:
    return [f"{'label' if not at else '':<{MARGIN}}{text}" if text or not at else "" for at, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("short", ["short"]),
        ("twenty characters ok", ["twenty characters ok"]),
        ("twenty-one characters", ["twenty-one", "characters"]),
        ("a b   c\td  ", ["a b   c    d"]),
        ("a                    b", ["a", "b"]),
        ("  - indented a little bit", ["  - indented a", "little bit"]),
        ("\n\na\n\n\nb\n\n", ["a", "", "", "b"]),
        ("a  \n  b", ["a", "  b"]),
        ("x" * 45, ["x" * 20, "x" * 20, "x" * 5]),
        ("ab " + "x" * 30 + " c", ["ab " + "x" * 17, "x" * 13 + " c"]),
        ("x" * 40 + " y", ["x" * 20, "x" * 20, "y"]),
        ("漢字" * 6, ["漢字" * 5, "漢字"]),
        ("a " + "漢字" * 6, ["a " + "漢字漢字漢字漢字漢", "字漢字"]),
        ("no\u00a0break no\u00a0break x\u00a0y", ["no\u00a0break no\u00a0break", "x\u00a0y"]),
        ("a\rb \x1b[0m", [r"a\u000db \u001b[0m"]),
        ("12345678901234567 \x07", ["12345678901234567", r"\u0007"]),
    ],
)
def test_wrapping(text: str, expected: list[str]) -> None:
    assert column(text) == lines(*expected)
    assert column(*text) == lines(*expected)


@given(st.data())
def test_wrapping_is_cut_blind_loses_no_word_and_keeps_to_the_width(pick: st.DataObject) -> None:
    words = st.text(st.sampled_from("abc漢\u00e9"), min_size=1, max_size=12)
    text = "".join(pick.draw(st.lists(words | st.sampled_from([" ", "  ", "\n", "\r\n", "\n\n", "\t"]), max_size=20)))
    # A word that is not waited for to its end is broken wherever the pieces it comes in fill a line.
    assume(all(len(word) < LONGEST_HELD for word in text.split()))
    width = pick.draw(st.sampled_from([20, 30, ENDLESS]))
    whole = column(text, width=width)
    assert column(*pick.draw(cuts(text)), width=width) == whole
    joined = " ".join(line[MARGIN:] for line in whole)
    assert joined.replace(" ", "") == "".join(text.split())
    for before, line in pairwise([*whole, ""]):
        assert cell_len(before) <= MARGIN + width
        assert line[:MARGIN].strip() == ""


def test_a_long_word_in_small_pieces_is_not_held_back() -> None:
    written: list[str] = []
    made = HangingText(lambda text, _: written.append(text), 20)
    for fed in range(1, 1001):
        made.feed("x")
        assert fed - "".join(written).count("x") < 100
    made.end()
    assert "".join(written).replace("\n", "").replace(" ", "") == "x" * 1000
    assert max(map(len, written)) < 200


def test_a_style_ends_with_its_text() -> None:
    written: list[tuple[str, str]] = []
    made = HangingText(lambda text, style: written.append((text, style)), 20)
    made.label("call", "bold")
    made.next_line()
    made.feed("name", "bold")
    made.feed("  arguments")
    made.next_line()
    made.next_line()
    made.feed("more")
    made.end()
    assert written == [
        ("call".ljust(MARGIN), "bold"),
        ("name", "bold"),
        ("  arguments", ""),
        ("\n" + " " * MARGIN + "more", ""),
        ("\n", ""),
    ]

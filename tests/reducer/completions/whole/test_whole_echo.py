import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.completions.whole import OVER, Echo, echo_of
from streamfold.reducer.values.text import EMPTY, text
from support.worlds import cuts

WHOLE = text("haha!")


def heard(*pieces: str) -> tuple[str, int, bool]:
    """What is new after the whole, how many times that came again, and whether a beginning of it did."""
    echo, new, times = Echo(), "", 0
    for piece in pieces:
        echo, more, count = echo.read("text", text(f"{WHOLE}{new}"), piece)
        new, times = new + more, times + count
    return new, times, echo.is_partial


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        ("haha!", ("", 1, False)),
        ("haha!haha!", ("", 2, False)),
        ("haha", ("", 0, True)),
        ("haha!ha", ("", 1, True)),
        ("hahaha!", ("hahaha!", 0, False)),
        ("x", ("x", 0, False)),
        ("haha!xhaha!", ("xhaha!", 1, False)),
    ],
)
def test_a_whole_that_comes_again_is_known_at_every_cut(came: str, expected: tuple[str, int, bool]) -> None:
    assert heard(came) == heard(*came) == expected
    for at in range(1, len(came)):
        assert heard(came[:at], came[at:]) == expected


@given(st.lists(st.sampled_from(["haha!", "ha", "h", "x"]), max_size=5).map("".join).flatmap(cuts))
def test_nothing_but_whole_repetitions_and_a_last_beginning_is_left_out(pieces: list[str]) -> None:
    new, times, partial = heard(*pieces)
    came = "".join(pieces)
    left_out = came.removesuffix(new)
    assert left_out.startswith("haha!" * times)
    assert left_out == "haha!" * times or (partial and not new)


def test_of_a_channel_that_the_whole_lacks_nothing_comes_again() -> None:
    assert echo_of(EMPTY, text("r"), text("no"), 2, False) == Echo(OVER, 0, 0, 2, False)
    assert Echo(text=OVER).read("text", text("a"), "a")[1:] == ("a", 0)
    assert echo_of(EMPTY, EMPTY, EMPTY, 0, True) is None

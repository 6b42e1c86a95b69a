"""The text of one kind, read naively."""

import pytest
from streamfold.adapters.laws.oracle_parts import Kind, TooOddError, refuse


def kind(*pieces: str) -> Kind:
    found = Kind()
    for piece in pieces:
        found.delta(piece, False)
    return found


def test_deltas_are_joined_and_parts_end_where_they_surely_end() -> None:
    found = kind("a", "b")
    found.part_whole("")
    found.delta("c", False)
    assert (found.said, found.text, found.parts()) == ("abc", "abc", ["ab", "c"])


@pytest.mark.parametrize(
    ("added", "deltas", "said"),
    [("ab", "", "ab"), ("ab", "a", "ab"), ("ab", "abc", "abc"), ("ab", "ac", "abac"), ("ab", "c", "abc")],
)
def test_a_beginning_and_its_deltas_are_the_longer_of_both_or_both(added: str, deltas: str, said: str) -> None:
    found = Kind()
    found.begin(added)
    for piece in deltas:
        found.delta(piece, False)
    assert found.said == said
    found.settle()
    assert (found.base, found.added, found.seen) == (said, None, "")


def test_only_a_beginning_that_repeats_what_is_there_is_read() -> None:
    found = Kind()
    found.begin("ab")
    found.begin("ab")
    assert found.said == "ab"
    with pytest.raises(TooOddError):
        found.begin("x")
    with pytest.raises(TooOddError):
        found.begin("")
    added = Kind()
    added.begin("a")
    added.begun = False
    with pytest.raises(TooOddError):
        added.begin("")


@pytest.mark.parametrize(
    ("whole", "said", "text", "contradicted"),
    [
        ("ab", "ab", "ab", False),
        ("abc", "abc", "abc", False),
        ("a", "ab", "ab", True),
        ("x", "ab", "x", True),
        ("", "ab", "ab", False),
    ],
)
def test_a_whole_goes_on_contradicts_or_is_stale(whole: str, said: str, text: str, contradicted: bool) -> None:
    one, other = kind("ab"), kind("ab")
    one.part_whole(whole)
    other.item_wholes([whole] if whole else [])
    for found in (one, other):
        assert (found.said, found.text, found.contradicted) == (said, text, contradicted)
        found.delta("!", False)
        assert (found.said, found.text) == (said + "!", text + "!")


def two() -> Kind:
    found = kind("a")
    found.part_whole("a")
    found.begin("")
    found.delta("b", False)
    return found


@pytest.mark.parametrize(("whole", "said"), [("b", "ab"), ("bc", "abc"), ("abc", "abc")])
def test_a_whole_of_several_parts_is_of_the_last_or_of_all(whole: str, said: str) -> None:
    found = two()
    found.part_whole(whole)
    assert found.said == said


def test_what_can_be_read_in_more_than_one_way_is_too_odd() -> None:
    with pytest.raises(TooOddError):
        two().part_whole("x")
    with pytest.raises(TooOddError):
        two().item_wholes(["x", "y"])
    unclear = kind("a")
    unclear.another_came()
    with pytest.raises(TooOddError):
        unclear.part_whole("a")
    refuse(False)


def test_late_text_is_unclear_as_long_as_it_repeats_something() -> None:
    found = kind("ab")
    found.delta("b", True)
    assert found.said == "ab"
    for ask in (lambda: found.text, found.settle):
        with pytest.raises(TooOddError):
            ask()
    found.delta("c", True)
    found.delta("b", True)
    assert (found.said, found.text) == ("abbcb", "abbcb")


def test_after_another_kind_a_beginning_tells_no_piece_s_place() -> None:
    found = Kind()
    found.begin("tu")
    found.another_came()
    with pytest.raises(TooOddError):
        found.delta("vw", False)

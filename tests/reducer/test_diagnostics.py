import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.diagnostics import Diagnostic, Kind, noted

FURTHER = "(further ones)"
kinds: st.SearchStrategy[Kind] = st.sampled_from(["ignored", "mismatch", "repaired", "undecodable", "incomplete"])


def notes(*details: str) -> tuple[Diagnostic, ...]:
    diagnostics: tuple[Diagnostic, ...] = ()
    for detail in details:
        diagnostics = noted(diagnostics, "mismatch", detail)
    return diagnostics


@given(st.lists(st.tuples(kinds, st.sampled_from("abc")), max_size=30))
def test_each_thing_stands_once_in_order_of_first_sight_with_its_count(pairs: list[tuple[Kind, str]]) -> None:
    diagnostics: tuple[Diagnostic, ...] = ()
    for kind, detail in pairs:
        diagnostics = noted(diagnostics, kind, detail)
    assert diagnostics == tuple(Diagnostic(*pair, count=pairs.count(pair)) for pair in dict.fromkeys(pairs))


def test_a_thing_stands_where_it_was_first_and_counts_everywhere() -> None:
    diagnostics: tuple[Diagnostic, ...] = ()
    for where in ("frame 2", "frame 3", ""):
        diagnostics = noted(diagnostics, "undecodable", "a list", where)
    assert diagnostics == (Diagnostic("undecodable", "a list", 3, "frame 2"),)
    for at in range(70):
        diagnostics = noted(diagnostics, "undecodable", str(at), "frame 4")
    assert diagnostics[-1] == Diagnostic("undecodable", FURTHER, 7)


def test_noting_leaves_the_older_diagnostics_as_they_were() -> None:
    old = notes("a", "b")
    assert noted(old, "mismatch", "a") != old == notes("a", "b")


def test_no_kind_crowds_out_another() -> None:
    diagnostics: tuple[Diagnostic, ...] = ()
    for kind in ("ignored", "kept", "repaired"):
        for at in range(100):
            diagnostics = noted(diagnostics, kind, str(at))
    assert noted(diagnostics, "mismatch", "of a call")[-1] == Diagnostic("mismatch", "of a call")
    assert len(diagnostics) == 3 * 65


def test_64_things_of_a_kind_are_told_apart() -> None:
    assert [note.detail for note in notes(*map(str, range(64)))] == [str(number) for number in range(64)]


@pytest.mark.parametrize("more", [1, 2, 500])
def test_further_things_are_only_counted(more: int) -> None:
    diagnostics = notes(*map(str, range(64 + more)))
    assert len(diagnostics) == 65
    assert diagnostics[:64] == notes(*map(str, range(64)))
    assert diagnostics[64] == Diagnostic("mismatch", FURTHER, more)


def test_known_things_are_counted_also_when_there_are_too_many() -> None:
    diagnostics = notes(*map(str, range(100)), "7", "100", "7")
    assert diagnostics[7] == Diagnostic("mismatch", "7", 3)
    assert diagnostics[64] == Diagnostic("mismatch", FURTHER, 37)


def test_a_long_detail_is_shortened_to_200_characters() -> None:
    (note,) = notes("x" * 1000, "x" * 2000)
    assert note == Diagnostic("mismatch", "x" * 199 + "…", 2)


def test_a_detail_of_200_characters_stays_whole() -> None:
    assert notes("x" * 200) == (Diagnostic("mismatch", "x" * 200),)

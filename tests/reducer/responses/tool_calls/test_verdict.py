import pytest
from streamfold.reducer.doubts import Doubt, Doubted
from streamfold.reducer.responses.tool_calls.arguments import NO_ARGUMENTS, Arguments, feed
from streamfold.reducer.responses.tool_calls.verdict import (
    CHANGED,
    CUT_OFF,
    NEW_CALL,
    CallState,
    Losses,
    call_that_begins,
    doubts_of,
)
from streamfold.reducer.values.text import text


def names(doubts: tuple[Doubted, ...]) -> list[str]:
    return [doubted.doubt.value for doubted in doubts]


def after(*pieces: tuple[str, Losses]) -> CallState:
    """A call after these pieces of its arguments, each with what was lost by then."""
    call, said = NEW_CALL, ""
    for piece, losses in pieces:
        known, more, _ = feed(call.arguments, text(said), piece)
        call, said = call.with_arguments(known, losses), said + more
    return call


def test_a_call_lacks_nothing_that_was_lost_before() -> None:
    assert call_that_begins((0, 0)) is NEW_CALL
    assert call_that_begins((2, 1)).lacking((2, 1)) == ()
    assert names(call_that_begins((2, 1)).lacking((3, 2))) == ["FRAME_LOST", "ORPHAN_ARGUMENTS"]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([('{"a":1}', (0, 0))], []),
        ([('{"a"', (0, 0)), (":1}", (1, 0))], ["FRAME_LOST"]),
        ([('{"a"', (0, 0)), (":1}", (0, 1))], ["ORPHAN_ARGUMENTS"]),
        ([("{}", (0, 0))], ["FRAME_LOST"]),
        ([("{}", (0, 0)), ("{", (1, 0))], ["FRAME_LOST"]),
        ([("{}", (0, 0)), ('{"a":1}', (1, 0))], ["FRAME_LOST"]),
        ([("{}", (0, 0)), ("[", (1, 0))], ["FRAME_LOST"]),
        ([('{"a":1}', (0, 0)), ("{", (1, 0))], []),
        ([('{"a"', (0, 0))], ["FRAME_LOST"]),
    ],
)
def test_what_was_lost_counts_until_the_arguments_are_whole(
    pieces: list[tuple[str, Losses]], expected: list[str]
) -> None:
    assert names(after(*pieces).lacking((1, 1) if "ORPHAN_ARGUMENTS" in expected else (1, 0))) == expected


def test_what_comes_after_the_end_counts_as_no_loss() -> None:
    call = CallState(settled=(0, 0), announced=True)
    assert call.with_arguments(Arguments("other"), (3, 0)).lacking((3, 0)) == ()
    assert call.with_arguments(NO_ARGUMENTS, (3, 0)) is call


def test_a_doubt_that_nothing_takes_back_is_there_once() -> None:
    call = NEW_CALL.doubted(CHANGED)
    assert call.doubted(CHANGED) is call
    assert names(call.doubted(CUT_OFF).doubts) == ["CONFLICTING_WHOLE", "CUT_OFF"]


def test_the_doubts_about_a_call_are_each_named_once() -> None:
    assert doubts_of(NEW_CALL, (0, 0), "rm", None, False, True) == ()
    call = CallState(conflict="they differ", doubts=(CUT_OFF,))
    found = doubts_of(call, (1, 0), "", "[1]", False, False)
    assert names(found) == ["CUT_OFF", "NO_NAME", "FRAME_LOST", "CONFLICTING_WHOLE", "NOT_AN_OBJECT"]
    assert found[3] == Doubted(Doubt.CONFLICTING_WHOLE, "they differ")
    assert names(doubts_of(NEW_CALL, (0, 0), "sh", None, True, False)) == ["CUT_OFF"]

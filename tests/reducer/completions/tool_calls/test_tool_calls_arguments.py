import itertools
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.completions.tool_calls.arguments import (
    append,
    decided,
    in_conflict,
    read,
    released,
    repeat,
    replaced,
    says_the_same,
)
from streamfold.reducer.completions.tool_calls.call import Call, Reading
from streamfold.reducer.values.text import text
from support.worlds import json_objects

TOWN = '{"city": "Oslo"}'
OTHER = '{"city": "Rome"}'
ONE = (text('{"a":1}'), 7)


def given_pieces(pieces: Sequence[str], call: Call | None = None, detect_snapshots: bool = False) -> tuple[Call, str]:
    """The call at its end, nothing of which is held, and all that its arguments were given."""
    call, emitted = call or Call(0), ""
    for piece in pieces:
        call, added = read(call, piece, detect_snapshots, 0)
        emitted += added
    if call.undecided:
        call, added = decided(call, False, 0)
        emitted += added
    call, added = released(call, 0)
    return call, emitted + added


def told(pieces: Sequence[str]) -> tuple[str, int, bool, bool]:
    """The arguments of a call of these pieces; how many objects were dropped, whether it is whole, and in conflict."""
    call, emitted = given_pieces(pieces)
    assert emitted == str(call.arguments)
    return emitted, call.reading.dropped, call.reading.whole >= 0, call.reading.conflict


def all_cuts(whole: str) -> list[list[str]]:
    """A text in one piece, in two at every place, and by characters."""
    return [[whole], *([whole[:at], whole[at:]] for at in range(1, len(whole))), list(whole)]


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (TOWN, (TOWN, 0, True, False)),
        (TOWN + TOWN, (TOWN, 1, True, False)),
        (TOWN + '{"city":"Oslo"}\n', (TOWN + "\n", 1, True, False)),
        (TOWN + r'{"city":"\u004fslo"} ' + TOWN, (TOWN + " ", 2, True, False)),
        (f" {TOWN} \n", (f" {TOWN} \n", 0, True, False)),
        (TOWN + OTHER, (TOWN + OTHER, 0, True, True)),
        (TOWN + TOWN + OTHER, (TOWN + OTHER, 1, True, True)),
        (TOWN + '{"city"', (TOWN + '{"city"', 0, True, True)),
        (TOWN + "}", (TOWN + "}", 0, True, True)),
        (TOWN + "null", (TOWN + "null", 0, True, True)),
        ("{}" + TOWN, (TOWN, 1, True, False)),
        (" { }\n" + TOWN + TOWN, (TOWN, 2, True, False)),
        ("{}{} " + TOWN, (TOWN, 2, True, False)),
        ("null " + TOWN, (TOWN, 1, True, False)),
        ("null", ("null", 0, False, False)),
        ("{}", ("{}", 0, True, False)),
        ("{}{}", ("{}", 1, True, False)),
        ("{}[1]", ("{}[1]", 0, True, True)),
        ("nul{", ("nul{", 0, False, False)),
        ("{} " + " " * 64 + TOWN, ("{} " + " " * 64 + TOWN, 0, True, True)),
        ('["}"]{"a":1}', ('["}"]{"a":1}', 0, False, False)),
        ('{"a":{"b":"}"}}', ('{"a":{"b":"}"}}', 0, True, False)),
        ('{"n":1.0}{"n":1}', ('{"n":1.0}{"n":1}', 0, True, True)),
        ("}}", ("}}", 0, False, False)),
    ],
)
def test_arguments_come_to_the_same_at_every_cut(came: str, expected: tuple[str, int, bool, bool]) -> None:
    for pieces in all_cuts(came):
        assert told(pieces) == expected, pieces


@given(st.text(st.sampled_from('{}":, 1an\\'), max_size=14), st.data())
def test_no_text_depends_on_its_cut(came: str, data: st.DataObject) -> None:
    ends = sorted(data.draw(st.sets(st.integers(1, max(1, len(came) - 1)), max_size=4)))
    pieces = [came[start:end] for start, end in itertools.pairwise([0, *ends, len(came)])]
    assert told([piece for piece in pieces if piece]) == told([came] if came else [])


@given(json_objects, st.lists(st.tuples(st.booleans(), st.sampled_from([None, 1])), max_size=3), st.data())
def test_an_object_in_any_spelling_is_dropped(
    members: dict[str, object], spellings: list[tuple[bool, int | None]], data: st.DataObject
) -> None:
    whole = json.dumps(members)
    again = [json.dumps(members, ensure_ascii=ascii_only, indent=indent) for ascii_only, indent in spellings]
    came = whole + "".join(again)
    at = data.draw(st.integers(0, len(came)))
    expected = (whole, len(again), True, False)
    assert told([piece for piece in (came[:at], came[at:]) if piece]) == expected


def test_nothing_is_emitted_while_it_may_be_dropped() -> None:
    call, emitted = Call(0), []
    for piece in ("{}", " ", TOWN, "{", '"city":', ' "Oslo"}', " "):
        call, added = read(call, piece, True, 0)
        emitted.append(added)
    assert emitted == ["", "", TOWN, "", "", "", " "]


def test_a_frame_lost_before_the_end_is_remembered_with_the_whole() -> None:
    call, _ = read(Call(0), '{"a":', True, 0)
    call, _ = read(call, "1}", True, 2)
    assert (call.reading.lost, call.reading.whole) == (0, 2)


def test_raw_text_is_what_it_is() -> None:
    raw = Call(0, kind="custom")
    assert str(given_pieces(["{}", TOWN, TOWN, "null"], raw, True)[0].arguments) == "{}" + TOWN + TOWN + "null"


def test_a_snapshot_that_no_longer_repeats_is_in_conflict() -> None:
    call, emitted = given_pieces(['{"a"', '{"a":1', '{"b":1}'], None, True)
    assert (emitted, call.snapshots, call.reading.conflict) == ('{"a":1{"b":1}', "contradicted", True)


def test_a_call_that_repeats_another_is_its_own_from_where_it_differs() -> None:
    twin = Call(1, part_of=0, reading=Reading(1, 0, whole=0, of=ONE))
    for pieces in all_cuts('{"a":2}'):
        call, emitted = twin, ""
        for piece in pieces:
            call, added = repeat(call, piece, 0) if not call.is_own else read(call, piece, True, 0)
            emitted += added
        assert (emitted, call.is_own, call.reading.conflict, call.reading.whole) == ('{"a":2}', True, False, 0)
    again, added = repeat(twin, '{"a": 1}', 0)
    assert (added, again.is_own, again.reading.dropped) == ("", False, 1)
    other, added = repeat(again, "[", 0)
    assert (added, other.is_own, other.reading.conflict) == ("[", True, True)


@pytest.mark.parametrize(
    ("held", "half", "expected"),
    [
        ("", "", ("", False)),
        ('{"a"', "", ('{"a"', True)),
        ("", "\ud83d", ("\ud83d", True)),
        ("{", "", ("{", True)),
        ("{", "\ud83d", ("{\ud83d", True)),
    ],
)
def test_what_is_held_of_a_repetition_makes_a_call(held: str, half: str, expected: tuple[str, bool]) -> None:
    reading = Reading(1, 0, whole=0, of=ONE, held=text(held))
    call, added = released(Call(1, part_of=0, reading=reading, half=half), 0)
    assert (added, call.is_own) == expected
    assert str(call.arguments) == added


def test_what_is_held_after_a_whole_ends_as_a_conflict() -> None:
    call, _ = read(Call(0), '{"a":1}{"a"', True, 0)
    call, added = released(call, 0)
    assert (added, call.reading.conflict) == ('{"a"', True)
    half = Call(0, arguments=text('{"k":"'), half="\ud83d")
    assert released(half, 0)[1] == "\ud83d"


def test_a_whole_in_another_spelling_is_the_same() -> None:
    call, _ = read(Call(0), TOWN, True, 0)
    assert says_the_same(call, '{"city":"Oslo"}')
    assert not says_the_same(call, OTHER)
    assert not says_the_same(Call(0, arguments=text("1")), "1 ")


def test_a_whole_that_contradicts_takes_the_place_of_what_came() -> None:
    call, _ = read(Call(0), TOWN, True, 0)
    other = replaced(call, OTHER)
    assert (str(other.arguments), other.reading.conflict, other.reading.whole) == (OTHER, True, -1)


def test_appending_looks_at_a_piece_once() -> None:
    call, _ = append(Call(0), '{"a":{}', 0)
    assert call.reading.scanned == 7
    call, _ = append(call, ',"b":', 0)
    assert call.reading.scanned == 7
    call, _ = append(call, "2}", 0)
    assert (call.reading.scanned, call.reading.whole) == (14, 0)


@pytest.mark.parametrize(
    "known", [Call(0, kind="custom", undecided=("{",)), Call(0, kind="custom", reading=Reading(held=text("{")))]
)
def test_what_was_held_of_a_function_s_comes_before_raw_text(known: Call) -> None:
    call, added = read(known, "x", True, 0)
    assert (added, str(call.arguments), call.undecided, str(call.reading.held)) == ("{x", "{x", (), "")


def test_a_placeholder_that_was_not_emitted_is_taken_back() -> None:
    call, _ = decided(read(Call(0), "{}", True, 0)[0], False, 0)
    assert read(call, TOWN, True, 0)[1] == TOWN
    assert str(read(call, TOWN, True, 0)[0].arguments) == TOWN
    opened, _ = decided(read(Call(0, opened=True), "{}", True, 0)[0], False, 0)
    late, added = read(opened, TOWN, True, 0)
    assert (added, str(late.arguments), late.reading.late) == (TOWN, TOWN, True)


@pytest.mark.parametrize("held", ["", '{"ci'])
def test_a_whole_is_another_than_it_and_something_else(held: str) -> None:
    call, _ = read(Call(0), TOWN, True, 0)
    call, _ = read(call, held, True, 0) if held else read(call, "{1", True, 0)
    call, _ = released(call, 0)
    assert not says_the_same(call, TOWN)
    assert not says_the_same(call, str(call.arguments))


def test_a_whole_is_another_than_its_call_with_more_in_conflict() -> None:
    call, _ = read(Call(0), TOWN, True, 0)
    call, _ = read(in_conflict(call), " ", True, 0)
    assert says_the_same(call, TOWN)
    call, _ = read(call, "x", True, 0)
    assert not says_the_same(call, TOWN)
    assert read(call, "y", True, 0)[0].reading == call.reading

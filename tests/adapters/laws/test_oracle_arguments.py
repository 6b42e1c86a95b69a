"""The arguments of a call, read naively."""

import pytest
from streamfold.adapters.laws.oracle_arguments import heard_in, is_placeholder, is_plain, joined, may_be_snapshots

WHOLE = '{"a":1}'


def test_arguments_are_plain_where_they_are_as_they_came() -> None:
    assert is_plain("", '{"a"', "")
    assert is_plain('{"a"', WHOLE, WHOLE)
    assert is_plain(WHOLE, WHOLE, '{"b":1}')
    assert not is_plain(WHOLE, WHOLE * 2, "")
    assert not is_plain(WHOLE, WHOLE, '{"a": 1}')
    assert not is_plain("{}", WHOLE, WHOLE)
    assert (is_placeholder(" { }"), is_placeholder("{a")) == (True, False)


@pytest.mark.parametrize(
    ("pieces", "may_be"),
    [
        ([], False),
        (["", WHOLE, WHOLE], False),
        (['{"a', '{"a":1}'], True),
        (["", "{", '{"a', '":1}'], True),
        (['{"a', '":', '":1}'], False),
        (['{"', "a", '{"a":1}'], True),
    ],
)
def test_pieces_that_repeat_all_before_may_be_snapshots(pieces: list[str], may_be: bool) -> None:
    assert may_be_snapshots(pieces) is may_be


@pytest.mark.parametrize(
    ("pieces", "late", "text"),
    [
        ([], False, ""),
        ([WHOLE, ' { "a": 1} '], False, WHOLE + "  "),
        ([WHOLE, WHOLE], True, None),
        ([WHOLE, "x"], True, WHOLE + "x"),
        (["\ud83d", "\ude00"], False, "\N{GRINNING FACE}"),
        (["\ud83d", "\ude00"], True, None),
        (["{}", WHOLE], False, None),
        (["null", WHOLE], False, None),
        (["{} "], False, "{} "),
        (['{"a":' * 100_000], False, None),
    ],
)
def test_pieces_are_joined_without_what_comes_again(pieces: list[str], late: bool, text: str | None) -> None:
    assert joined(pieces, late) == text


def test_numbers_are_read_by_their_characters() -> None:
    for other in ('{"a":1.0}', '{"a":"1"}', '{"a":NaN}'):
        assert heard_in(WHOLE + other).conflict

"""Cursors: of one run, of messages that have been there."""

from itertools import pairwise

import pytest
from streamfold.adapters.errors import CursorError
from streamfold.adapters.server.log.cursor import check_limit, cursor_at, new_sign, number_after


@pytest.mark.parametrize("number", [0, 7, 10**12])
def test_what_follows_a_cursor_is_the_next_number(number: int) -> None:
    sign = new_sign()
    assert number_after(cursor_at(sign, number), sign, number + 1) == number + 1
    assert number_after(cursor_at(sign, number)) == number + 1  # as long as the run is not known


def test_no_cursor_is_the_beginning() -> None:
    assert number_after(None, new_sign(), 0) == 0


def test_each_run_has_a_sign_of_its_own() -> None:
    assert all(one != other for one, other in pairwise(sorted(new_sign() for _ in range(100))))


@pytest.mark.parametrize(
    ("cursor", "reason"),
    [
        ("", "not a cursor"),
        ("7", "not a cursor"),
        (cursor_at("aa11", 7) + "x", "not a cursor"),
        (cursor_at("aa11", 7).replace("-", "--"), "not a cursor"),
        (cursor_at("aa11", 7).replace("7", "٧"), "not a cursor"),
        (cursor_at("aa11", 10**40), "not a cursor"),
        (cursor_at("aa11", 10**13), "not a cursor"),
        (cursor_at("aa11", 10**13 - 1), "a cursor that this run has not come to"),
        (cursor_at("bb22", 7), "a cursor of another run"),
        (cursor_at("aa11", 8), "a cursor that this run has not come to"),
    ],
)
def test_what_is_no_cursor_of_the_run_is_refused(cursor: str, reason: str) -> None:
    with pytest.raises(CursorError, match=reason):
        number_after(cursor, "aa11", 8)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_holds_a_message_at_least(limit: int) -> None:
    check_limit(1)
    with pytest.raises(ValueError, match="limit must be at least 1"):
        check_limit(limit)

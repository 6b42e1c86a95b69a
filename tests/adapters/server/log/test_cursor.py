"""Cursors: of one run, of messages that have been there."""

import pytest
from streamfold.adapters.errors import CursorError
from streamfold.adapters.server.log.cursor import check_limit, cursor_at, number_after


@pytest.mark.parametrize("run_id", ["run-1", "", "é", "\ud83d", "a-7"])
@pytest.mark.parametrize("number", [0, 7, 10**12])
def test_what_follows_a_cursor_is_the_next_number(run_id: str, number: int) -> None:
    assert number_after(run_id, cursor_at(run_id, number), number + 1) == number + 1


def test_no_cursor_is_the_beginning() -> None:
    assert number_after("run-1", None, 0) == 0


@pytest.mark.parametrize(
    ("cursor", "reason"),
    [
        ("", "not a cursor"),
        ("7", "not a cursor"),
        (cursor_at("run-1", 7) + "x", "not a cursor"),
        (cursor_at("run-1", 7).replace("-", "--"), "not a cursor"),
        (cursor_at("run-1", 7).replace("7", "٧"), "not a cursor"),
        (cursor_at("run-1", 10**40), "not a cursor"),
        (cursor_at("run-2", 7), "a cursor of another run"),
        (cursor_at("run-1", 8), "a cursor that this run has not come to"),
    ],
)
def test_what_is_no_cursor_of_the_run_is_refused(cursor: str, reason: str) -> None:
    with pytest.raises(CursorError, match=reason):
        number_after("run-1", cursor, 8)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_holds_a_message_at_least(limit: int) -> None:
    check_limit(1)
    with pytest.raises(ValueError, match="limit must be at least 1"):
        check_limit(limit)

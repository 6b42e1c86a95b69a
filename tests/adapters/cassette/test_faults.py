"""Faults are values, which are checked when they are made."""

import json
import re
from collections.abc import Callable

import pytest
from streamfold.adapters.cassette.faults import Cut, Drop, Error, Fault, Garbage, Recut, Repeat, Slow, Stall


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: Stall(-1), "Stall: after must be 0 or more, not -1"),
        (lambda: Stall(1, 0), "Stall: seconds must be above zero, not 0"),
        (lambda: Stall(1, True), "Stall: seconds must be above zero, not True"),
        (lambda: Drop(1, more=-1), "Drop: more must be 0 or more, not -1"),
        (lambda: Cut(True), "Cut: after must be 0 or more, not True"),
        (lambda: Cut(1, request=0), "Cut: request must be 1 or more, not 0"),
        (lambda: Repeat(0), "Repeat: after must be 1 or more, not 0"),
        (lambda: Garbage(-1), "Garbage: after must be 0 or more, not -1"),
        (lambda: Garbage(1, b"two\nlines"), "Garbage: data must be bytes on one line"),
        (lambda: Slow(0), "Slow: seconds must be above zero, not 0"),
        (lambda: Slow(1, size=0), "Slow: size must be 1 or more, not 0"),
        (lambda: Recut(sizes=[1, 0]), "Recut: sizes must be above zero, not (1, 0)"),
        (lambda: Error(1, status=500), "Error: a status comes in the answer's place"),
        (lambda: Error(body={}, exception=OSError()), "Error: give an exception or a body, not both"),
    ],
)
def test_the_values_of_faults_are_checked_when_they_are_made(made: Callable[[], Fault], why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        made()


def test_a_recut_is_drawn_from_its_seed_or_goes_by_its_sizes() -> None:
    data = bytes(range(256)) * 20
    for recut in (Recut(1), Recut(2), Recut(sizes=[1, 300, 7])):
        pieces = list(recut.pieces(data))
        assert b"".join(pieces) == data
        assert pieces == list(recut.pieces(data))
    assert list(Recut(1).pieces(data)) != list(Recut(2).pieces(data))
    assert [len(piece) for piece in Recut(sizes=[1, 3]).pieces(b"0123456789")] == [1, 3, 1, 3, 1, 1]
    assert list(Recut().pieces(b"")) == []


def test_an_error_is_told_as_its_wire_tells_it() -> None:
    error = Error(message="Too much.", code="rate_limit")
    told = {"error": {"message": "Too much.", "type": "rate_limit", "param": None, "code": "rate_limit"}}
    assert error.in_place() == told
    frame = error.in_stream("chat")
    assert (frame.event, json.loads(frame.data)) == ("", told)
    frame = error.in_stream("responses")
    event = {"type": "error", "code": "rate_limit", "message": "Too much.", "param": None}
    assert (frame.event, json.loads(frame.data)) == ("error", event)
    own = Error(body={"error": "no"})
    assert own.in_place() == {"error": "no"}
    for wire in ("chat", "responses"):
        assert (own.in_stream(wire).event, json.loads(own.in_stream(wire).data)) == ("", {"error": "no"})

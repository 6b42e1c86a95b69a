"""The scanner of arguments, on every short text over its own alphabet, at every cut, against a real JSON parser.

By induction over the text: if every cut of each prefix leads to one and the same scan and said the same, then so does
every cut of the text if the last piece, however long, does. A text whose object has closed, or is none, is tried with
one more character and no further: from there on everything is passed on as it comes.
"""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from attrs import define
from streamfold.reducer.values.json_scan import Piece, Scan, close, feed, go_on, start
from support.json_texts import Run, join
from support.scans import chosen_of, rest_of, said_of

LENGTH = max(3, 2 * int(os.environ.get("STREAMFOLD_DEPTH", "3")) - 3)
"""Characters of a text, after its beginning."""
ALPHABET = '"\\ud{}[],:n8 '
KEY = "n"
BEGINNINGS = {
    "": 2,
    '{"n":"': 0,
    '{"n":"\\ud8': 0,
    '{"n":"\\ud8dd\\ud': 0,
    '{"8":': 0,
    '{"n":"u","8":': 0,
    '{"8":{"n":': 0,
}
"""Texts to begin with, and how many characters more than usual follow them."""


@define
class Walk:
    longest: int
    texts: int = 0
    cuts: int = 0
    parsed: int = 0
    within: int = 0

    def node(self, text: str, before: list[tuple[Scan, tuple[Run, ...]]]) -> None:
        """A text, all of whose prefixes lead where `before` says."""
        scan, said = self.reached(text, before)
        self.texts += 1
        self.compare(text, join((*said, *said_of(close(scan)[1]))))
        if len(text) < self.longest and not (before and before[-1][0].over):
            for character in ALPHABET:
                self.node(text + character, [*before, (scan, said)])

    def reached(self, text: str, before: list[tuple[Scan, tuple[Run, ...]]]) -> tuple[Scan, tuple[Run, ...]]:
        found = {(start((KEY,)), ())} if not before else set()
        for at, (scan, said) in enumerate(before):
            after, pieces = feed(scan, text[at:])
            found.add((after, join((*said, *said_of(pieces)))))
            self.cuts += 1
            within = go_on(scan, text[at:])
            if within is not None:
                self.within += 1
                piece = Piece(scan.key if scan.phase == "chosen" else None, within[1])
                assert (within[0], [piece] if piece.text else []) == (after, pieces), text
        assert len(found) == 1, f"{text!r}: {found}"
        return found.pop()

    def compare(self, text: str, said: tuple[Run, ...]) -> None:
        """Python's own parser, on the text, and on the text with its chosen value closed."""
        values, members = chosen_of(said), pairs(text)
        if members is not None:
            self.parsed += 1
            chosen = [pair for pair in members if pair[0] == KEY and isinstance(pair[1], str)]
            assert values == chosen, text
            assert pairs(rest_of(said)) == [pair for pair in members if pair not in chosen], text
        elif (members := pairs(text + '"}')) and members[-1][0] == KEY and text.count("{") == 1:
            self.parsed += 1
            value = members[-1][1]
            begun = "".join(piece for key, piece in said if key == KEY).removeprefix("".join(v for _, v in values))
            assert begun == (value[:-1] if "\ud800" <= value[-1:] <= "\udbff" else value), text


def pairs(text: str) -> list[tuple[str, Any]] | None:
    """The members of an object as Python's parser sees them; None if the text is no object."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        found: list[tuple[str, Any]] = json.loads(text, object_pairs_hook=list)
    except ValueError:
        return None
    return found


@pytest.mark.deep
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_every_short_text_is_scanned_alike_at_every_cut(beginning: str, record_property: Callable[..., None]) -> None:
    walked = Walk(len(beginning) + LENGTH + BEGINNINGS[beginning])
    before: list[tuple[Scan, tuple[Run, ...]]] = []
    for at in range(len(beginning)):
        before.append(walked.reached(beginning[:at], before))
    walked.node(beginning, before)
    assert walked.parsed
    assert walked.within
    record_property("texts", walked.texts)
    record_property("cuts", walked.cuts)

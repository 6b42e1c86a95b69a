"""The laws, on every sequence of each world's alphabet up to a bounded length.

`STREAMFOLD_DEPTH` says how long: 2 in the usual run, 4 in the gate, where that makes a million and a half sequences.
"""

import os
from collections.abc import Callable

import pytest
from support.walk import WORLDS, World, walk

DEPTH = int(os.environ.get("STREAMFOLD_DEPTH", "2"))
SHARES = [
    pytest.param(world, first, id=f"{world.name}-{first}") for world in WORLDS for first in range(len(world.alphabet))
]


@pytest.mark.parametrize(("world", "first"), SHARES)
def test_every_short_sequence_keeps_the_laws(world: World, first: int, record_property: Callable[..., None]) -> None:
    walked = walk(world, DEPTH, first)
    shared = 1 if first else 0  # the sequence of no chunks, which only the first share counts
    assert walked.sequences - 1 == (world.size(DEPTH) - 1) // len(world.alphabet)
    record_property("sequences", walked.sequences - shared)
    record_property("checks", sum(walked.checks.values()))


def test_every_law_but_the_last_is_looked_at() -> None:
    """Law 12 is about long streams."""
    seen = {number for world in WORLDS for number in walk(world, 2 - world.deeper).checks}
    assert seen == set(range(1, 12))

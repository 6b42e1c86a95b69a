"""The laws, on every sequence of each world's alphabet up to a bounded length.

`STREAMFOLD_DEPTH` says how long: 1 in the usual run, 3 in the gate, where that makes a quarter of a million sequences.
"""

import os
from collections.abc import Callable
from functools import cache
from importlib import import_module

import pytest
from support.walk import WORLDS, World, walk

DEPTH = int(os.environ.get("STREAMFOLD_DEPTH", "1"))
A_SHARE = 100_000
"""About how many sequences a test looks at, so that several workers have as much to do each."""


def shares_of(world: World) -> int:
    return 1 + world.size(DEPTH) // A_SHARE


SHARES = [
    pytest.param(world, share, id=f"{world.name}-{share}") for world in WORLDS for share in range(shares_of(world))
]


@pytest.fixture(autouse=True)
def _ids_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the time goes into ids, and there are only a few in a world."""
    module = import_module("streamfold.reducer.otid")  # the package has a function of that name
    for name in ("UUID", "uuid5"):
        monkeypatch.setattr(module, name, cache(getattr(module, name)))


@pytest.mark.parametrize(("world", "share"), SHARES)
def test_every_short_sequence_keeps_the_laws(world: World, share: int, record_property: Callable[..., None]) -> None:
    of = shares_of(world)
    walked = walk(world, DEPTH, share, of)
    # None was left out: neither on the way to the longest, nor among these, unless they are another share's.
    assert walked.levels == [len(world.alphabet) ** length for length in range(max(1, world.length(DEPTH)))]
    assert of > 1 or walked.sequences == world.size(DEPTH)
    assert walked.sequences
    record_property("sequences", walked.sequences)
    record_property("checks", sum(walked.checks.values()))


def test_every_law_but_the_last_is_looked_at() -> None:
    """Law 12 is about long streams."""
    seen: set[int] = set()
    for world in sorted(WORLDS, key=lambda world: not world.numbered):
        seen.update(walk(world, 2 - world.deeper).checks)
        if seen >= set(range(1, 12)):
            break
    assert seen == set(range(1, 12))

"""Finding examples: the shortest one with a sign, any one, or many; the same ones each time."""

from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

T = TypeVar("T")

FINDING = settings(
    database=None,
    derandomize=True,
    max_examples=2000,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
DRAWING = settings(FINDING, max_examples=40, phases=[Phase.generate])
EFFORT = settings().max_examples / 100
"""1 in the gate; less in a run by hand, and more in the profile that looks for new examples at length."""

_FIRST = settings(FINDING, phases=[Phase.generate])


def shortest(drawn: st.SearchStrategy[T], sign: Callable[[T], bool] = lambda _: True) -> T:
    """The example with that sign that is simplest, as far as shrinking comes from three beginnings.

    Shrinking can end in an example that is only the simplest near by; which one depends on where it began, and that on
    the modules that are loaded, whose constants Hypothesis tries. Where two beginnings end in the same, that is it.
    """
    found: list[T] = []
    for seed in range(3):
        example = find(drawn, sign, settings=FINDING, random=Random(seed))
        if any(repr(example) == repr(known) for known in found):
            return example
        found.append(example)
    return min(found, key=lambda example: len(repr(example)))


def some(drawn: st.SearchStrategy[T], sign: Callable[[T], bool] = lambda _: True) -> T:
    """An example with that sign."""
    return find(drawn, sign, settings=_FIRST)


def examples(drawn: st.SearchStrategy[T], count: int = 60) -> list[T]:
    """So many examples, or all there are."""
    found: list[T] = []

    @settings(DRAWING, max_examples=count)
    @given(drawn)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found

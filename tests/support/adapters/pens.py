"""What composers make with given quirks: by a pen that draws as Hypothesis does, the simplest example first."""

from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

from hypothesis import find
from hypothesis import strategies as st
from streamfold.adapters.strategies.drawing import Choices, Pen
from streamfold.adapters.strategies.quirks import Quirk
from support.finding import FINDING, examples

T = TypeVar("T")


def choices(**others: Any) -> Choices:
    """What is drawn from: one word, one way to call one tool, lanes that may interleave."""
    plain: dict[str, Any] = {
        "quirks": [],
        "texts": st.just("word"),
        "maybe": st.just("word"),
        "rarely": st.none(),
        "objects": st.just({"a": 1}),
        "names": st.just("tool"),
        "most": 3,
        "interleave": True,
    }
    return Choices(**plain | others)


def composed(make: Callable[[Pen], T], *quirks: Quirk, number: int = 0, **others: Any) -> st.SearchStrategy[T]:
    """What is made with a pen that has these quirks, each with this number."""

    @st.composite
    def drawn(draw: st.DrawFn) -> T:
        return make(Pen(draw, choices(**others), dict.fromkeys(quirks, number)))

    return drawn()


def simplest(
    make: Callable[[Pen], T], *quirks: Quirk, sign: Callable[[T], bool] = lambda _: True, number: int = 0, **others: Any
) -> T:
    """The simplest that is made with that pen and has the sign."""
    return find(composed(make, *quirks, number=number, **others), sign, settings=FINDING, random=Random(0))


def many(make: Callable[[Pen], T], *quirks: Quirk, number: int = 0, **others: Any) -> list[T]:
    """Some of all that is made with that pen."""
    return examples(composed(make, *quirks, number=number, **others))

"""What several test files share: cuts of a text, joined pieces, JSON values."""

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from hypothesis import strategies as st

StateT = TypeVar("StateT", bound=Hashable)
Run = tuple[Hashable, str]

json_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
json_values = st.recursive(
    json_scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def cuts(draw: st.DrawFn, text: str) -> list[str]:
    """Pieces that `text` is made of, cut at random places; some may be empty."""
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return [text[begin:end] for begin, end in zip([0, *places], [*places, len(text)], strict=True)]


def join(pieces: Iterable[Run]) -> tuple[Run, ...]:
    """Neighbouring (channel, text) pieces of one channel joined, empty ones left out."""
    joined: list[Run] = []
    for channel, text in pieces:
        if joined and joined[-1][0] == channel:
            joined[-1] = (channel, joined[-1][1] + text)
        elif text:
            joined.append((channel, text))
    return tuple(joined)


def after_every_cut(
    step: Callable[[StateT, str], tuple[StateT, Iterable[Run]]], start: StateT, text: str
) -> set[tuple[StateT, tuple[Run, ...]]]:
    """The states, and the runs said, that any way to cut `text` into pieces leads to."""
    reached: list[set[Any]] = [{(start, ())}]
    for end in range(1, len(text) + 1):
        here = set()
        for begin in range(end):
            for state, said in reached[begin]:
                after, more = step(state, text[begin:end])
                here.add((after, join((*said, *more))))
        reached.append(here)
    return reached[-1]


def paired(text: str) -> str:
    """`text` as a JSON reader has it: two halves of a surrogate pair that stand together are one character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")

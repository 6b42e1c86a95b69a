"""Other versions of a stream that say the same: cut elsewhere, delivered more than once."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from ...reducer.completions.chunk import CallDelta, Choice, Delta, FunctionDelta
from ...reducer.responses.event import Event
from ..laws import oracle_completions, oracle_events
from ..utf16 import as_characters
from .drawing import redelivered


@st.composite
def versions(draw: st.DrawFn, chunks: Sequence[Any]) -> tuple[Any, ...]:
    """The stream with some neighbours joined and some deltas cut."""
    first = _first_number(chunks)
    joined: list[Any] = []
    for chunk in chunks:
        chunk = _numbered(chunk, None) if first is not None else chunk
        both = _joined(joined[-1], chunk) if joined else None
        if both is not None and draw(st.booleans()):
            joined[-1] = both
        else:
            joined.append(chunk)
    told: list[Any] = []
    events = 0
    for piece in (piece for chunk in joined for piece in _cut(draw, chunk)):
        told.append(piece if first is None else _numbered(piece, first + events))
        events += isinstance(piece, Event)
    return tuple(told)


@st.composite
def deliveries(draw: st.DrawFn, chunks: Sequence[Any]) -> tuple[Any, ...]:
    """The stream, some of whose numbered events come again."""
    places = st.integers(0, max(0, len(chunks) - 1))
    stretches = draw(st.lists(st.tuples(places, places), max_size=3))
    return tuple(
        redelivered(chunks, stretches, [getattr(chunk, "sequence_number", None) is not None for chunk in chunks])
    )


def _first_number(chunks: Sequence[Any]) -> int | None:
    """The number of the first event, if all are numbered one by one, so that they can be numbered anew."""
    numbers = [chunk.sequence_number for chunk in chunks if isinstance(chunk, Event)]
    if not numbers or numbers[0] is None or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return None
    return numbers[0]


def _numbered(chunk: Any, number: int | None) -> Any:
    return evolve(chunk, sequence_number=number) if isinstance(chunk, Event) else chunk


def _cut(draw: st.DrawFn, chunk: Any) -> list[Any]:
    """A chunk in some pieces."""
    cuts = oracle_events.cuts if isinstance(chunk, Event) else oracle_completions.cuts
    pieces: list[Any] = []
    while (places := sum(1 for _ in cuts(chunk))) and draw(st.booleans()):
        first, chunk = next(islice(cuts(chunk), draw(st.integers(0, places - 1)), None))
        pieces.append(first)
    return [*pieces, chunk]


def _joined(one: Any, other: Any) -> Any:
    """Two neighbours as one, if they say one text and nothing that happens once; else None."""
    if isinstance(one, Event) and isinstance(other, Event):
        return _joined_events(one, other)
    begun, more = _only_delta(one), _only_delta(other)
    if begun is None or more is None or evolve(one, choices=()) != evolve(other, choices=()):
        return None
    if one.choices[0].index != other.choices[0].index:
        return None
    both = _joined_texts(begun, more) or _joined_calls(begun, more)
    return both and evolve(one, choices=(evolve(one.choices[0], delta=both),))


def _joined_events(one: Event, other: Event) -> Event | None:
    if not isinstance(one.delta, str) or not isinstance(other.delta, str) or evolve(other, delta=one.delta) != one:
        return None
    both = evolve(one, delta=as_characters(one.delta + other.delta))
    return both if next(oracle_events.cuts(both), None) is not None else None


def _only_delta(chunk: Any) -> Delta | None:
    """The delta of a chunk that has nothing else."""
    choice = oracle_completions.sole_choice(chunk)
    if choice is None or chunk.repairs or choice != Choice(index=choice.index, delta=choice.delta):
        return None
    return choice.delta


def _joined_texts(one: Delta, other: Delta) -> Delta | None:
    for name in oracle_completions.TEXTS:
        begun, more = getattr(one, name), getattr(other, name)
        if begun and more and (one, other) == (_says(name, begun), _says(name, more)):
            return _says(name, as_characters(begun + more))
    return None


def _says(name: str, text: str) -> Delta:
    members: dict[str, Any] = {name: text}
    return Delta(**members)


def _joined_calls(one: Delta, other: Delta) -> Delta | None:
    """Two pieces of one call's arguments; the second must tell nothing else, not even an id again."""
    if not one.tool_calls or not other.tool_calls:
        return None
    first, second = one.tool_calls[0], other.tool_calls[0]
    if first.function is None or second.function is None or first.index is None:
        return None
    begun, more = first.function.arguments, second.function.arguments
    rest = CallDelta(index=first.index, function=FunctionDelta(arguments=more))
    if not begun or not more or (one, other) != (Delta(tool_calls=(first,)), Delta(tool_calls=(rest,))):
        return None
    return Delta(tool_calls=(evolve(first, function=evolve(first.function, arguments=as_characters(begun + more))),))

"""Exactly once: which events were folded already, by their `sequence_number`.

OpenAI numbers the events of a Responses stream, so that a run in background mode can be resumed (`starting_after`); a
resumed or repeated delivery sends some twice. Other providers number with gaps, from any start, or not at all, and some
send the same number with every event; then the numbers are not believed.
"""

from typing import TypeAlias

from attrs import evolve

from ..values.frozen_value import value
from ..values.json_values import as_object, freeze
from .event import Event

_MAX_GAPS = 128

Fingerprint: TypeAlias = tuple[object, ...]


@value
class Dedup:
    """What is known of a stream's numbers, beside the highest one.

    Attributes:
        first: the number of the first event that had one.
        fingerprint: what that event was, to tell a repetition of it from a number that is used again.
        second: what the event after it was.
        gaps: numbers below the highest that have not come: (from, to), both included.
        believed: whether the numbers tell events apart.
    """

    first: int | None = None
    fingerprint: Fingerprint = ()
    second: Fingerprint = ()
    gaps: tuple[tuple[int, int], ...] = ()
    believed: bool = True


def read_number(dedup: Dedup, highest: int, chunk: Event) -> tuple[Dedup, int, bool]:
    """Take in an event's number.

    Returns:
        The numbering, the highest number, and whether the event was folded already.
    """
    number = chunk.sequence_number
    if number is None or not dedup.believed:
        return dedup, highest, False
    first = dedup.first
    if first is None:
        return Dedup(number, _fingerprint_of(chunk)), number, False
    if number == highest + 1:
        if number == first + 1:
            dedup = evolve(dedup, second=_fingerprint_of(chunk))
        return dedup, number, False
    if number > highest:
        gaps = (*dedup.gaps, (highest + 1, number - 1))[-_MAX_GAPS:]
        return evolve(dedup, gaps=gaps), number, False
    for at, (low, high) in enumerate(dedup.gaps):
        if low <= number <= high:
            left = tuple(gap for gap in ((low, number - 1), (number + 1, high)) if gap[0] <= gap[1])
            gaps = (*dedup.gaps[:at], *left, *dedup.gaps[at + 1 :])
            return evolve(dedup, gaps=gaps), highest, False
    if number < first:
        gaps = ((number + 1, first - 1), *dedup.gaps)[:_MAX_GAPS]
        gaps = tuple(gap for gap in gaps if gap[0] <= gap[1])
        second = dedup.fingerprint if number + 1 == first else ()
        return Dedup(number, _fingerprint_of(chunk), second, gaps), highest, False
    prints = {first: dedup.fingerprint, first + 1: dedup.second or _fingerprint_of(chunk)}
    if number in prints and prints[number] != _fingerprint_of(chunk):
        return evolve(dedup, believed=False), highest, False
    return dedup, highest, True


def _fingerprint_of(chunk: Event) -> Fingerprint:
    response_id = as_object(chunk.response).get("id")
    return (chunk.type, chunk.output_index, chunk.item_id, freeze(chunk.delta), freeze(response_id))

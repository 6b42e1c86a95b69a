"""Exactly once: which events were folded already, by their `sequence_number`.

OpenAI numbers the events of a Responses stream, so that a run in background mode can be resumed (`starting_after`); a
resumed or repeated delivery sends some twice. Other providers number with gaps, from any start, or not at all, and some
send the same number with every event; then the numbers are not believed.
"""

from typing import TypeAlias

from attrs import evolve, frozen

from ..values.frozen_value import quick
from ..values.json_values import as_object, freeze
from .event import Chunk

_MOST_GAPS = 128

Fingerprint: TypeAlias = tuple[object, ...]


@quick
@frozen
class Numbering:
    """What is known of a stream's numbers, beside the highest one.

    Attributes:
        first: the number of the first event that had one.
        print: what that event was, to tell a repetition of it from a number that is used again; second: what the
            event after it was.
        gaps: numbers below the highest that have not come: (from, to), both included.
        believed: whether the numbers tell events apart.
    """

    first: int | None = None
    print: Fingerprint = ()
    second: Fingerprint = ()
    gaps: tuple[tuple[int, int], ...] = ()
    believed: bool = True


def read_number(numbering: Numbering, highest: int, chunk: Chunk) -> tuple[Numbering, int, bool]:
    """Take in an event's number.

    Returns:
        The numbering, the highest number, and whether the event was folded already.
    """
    number = chunk.sequence_number
    if number is None or not numbering.believed:
        return numbering, highest, False
    first = numbering.first
    if first is None:
        return Numbering(number, _print(chunk)), number, False
    if number == highest + 1:
        if number == first + 1:
            numbering = evolve(numbering, second=_print(chunk))
        return numbering, number, False
    if number > highest:
        gaps = (*numbering.gaps, (highest + 1, number - 1))[-_MOST_GAPS:]
        return evolve(numbering, gaps=gaps), number, False
    for at, (low, high) in enumerate(numbering.gaps):
        if low <= number <= high:
            left = tuple(gap for gap in ((low, number - 1), (number + 1, high)) if gap[0] <= gap[1])
            gaps = (*numbering.gaps[:at], *left, *numbering.gaps[at + 1 :])
            return evolve(numbering, gaps=gaps), highest, False
    if number < first:
        gaps = ((number + 1, first - 1), *numbering.gaps)[:_MOST_GAPS]
        gaps = tuple(gap for gap in gaps if gap[0] <= gap[1])
        second = numbering.print if number + 1 == first else ()
        return Numbering(number, _print(chunk), second, gaps), highest, False
    prints = {first: numbering.print, first + 1: numbering.second or _print(chunk)}
    if number in prints and prints[number] != _print(chunk):
        return evolve(numbering, believed=False), highest, False
    return numbering, highest, True


def _print(chunk: Chunk) -> Fingerprint:
    response_id = as_object(chunk.response).get("id")
    return (chunk.type, chunk.output_index, chunk.item_id, freeze(chunk.delta), freeze(response_id))

"""Deduplication: which events were folded already, by their `sequence_number`.

OpenAI numbers the events of a Responses stream, so that a run in background mode can be resumed (`starting_after`); a
resumed or repeated delivery sends some twice. Other providers number with gaps, from any start, or not at all, and some
use numbers again for other events; from then on the numbers are ignored.

For the last `Limits.remembered` events enough is stored to compare an event with one of the same number; an older
number is taken as a repeat. Of successive deltas of one part only the lengths are stored, since their text is in the
part. Of every other event a fingerprint is stored.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias
from zlib import crc32

from ..limits import NO_LIMITS_SET
from ..values.frozen_value import changer_of, evolve, value
from ..values.json_values import Json, as_list, as_object
from .event import Event

_MAX_GAPS = 128
_FEW = 64
_BITS = 5
_LAST = (1 << _BITS) - 1

SHORT = 128
"""A delta of this many characters or more is stored as a fingerprint, and ends a run of deltas."""
Fingerprint: TypeAlias = tuple[int, int]
"""Two numbers by which events are compared: see `fingerprint_of`."""
Stretch: TypeAlias = Callable[[int, int, int, int], str]
Block: TypeAlias = tuple[Fingerprint | None, ...]
"""The fingerprints of numbers that follow each other, from a multiple of 32 on; None: that number has not come."""


@value
class Run:
    """Successive deltas of one part.

    Attributes:
        last: the number of the last one.
        header: their type and address, as `header_of` gives them.
        position: the place of their item among the items.
        part: the place of their part in the item.
        end: where in that part's text the last one ends.
        lengths: the length of each, as a character.
    """

    last: int
    header: int
    position: int
    part: int
    end: int
    lengths: str


@value
class Dedup:
    """The sequence numbers that a stream has used, without the highest one and the latest run of deltas.

    Attributes:
        first: the lowest number that came.
        gaps: numbers between the lowest and the highest that have not come: (from, to), both included.
        blocks: the fingerprints, in blocks of 32 numbers, each with its place, the lowest first.
        runs: the deltas, as they came.
        believed: whether the numbers identify events; false once one came again with another event.
    """

    first: int | None = None
    gaps: tuple[tuple[int, int], ...] = ()
    blocks: tuple[tuple[int, Block], ...] = ()
    runs: tuple[Run, ...] = ()
    believed: bool = True

    def with_run(self, run: Run, remembered: int) -> "Dedup":
        """Add a run; the oldest runs are dropped while the others hold `remembered` deltas or more."""
        runs = (*self.runs, run)
        left, dropped = sum([len(known.lengths) for known in runs]), 0
        while left - len(runs[dropped].lengths) >= remembered:
            left -= len(runs[dropped].lengths)
            dropped += 1
        return Dedup(self.first, self.gaps, self.blocks, runs[dropped:])


_with_blocks = changer_of(Dedup, "blocks")


def read_number(
    dedup: Dedup,
    highest: int,
    number: int,
    fingerprint: Fingerprint,
    stretch: Stretch,
    remembered: int = NO_LIMITS_SET.remembered,
) -> tuple[Dedup, int, bool]:
    """Record an event's number, and tell whether the event is a repeat.

    Args:
        dedup: the numbers so far.
        highest: the highest number so far.
        number: the event's number.
        fingerprint: the event's fingerprint.
        stretch: gives a slice of a part's text, by the item's position, the part's, the start and the end.
        remembered: how many fingerprints to keep, at the least.

    Returns:
        The numbers with this one, the highest number, and whether the event was folded already.
    """
    first = dedup.first
    if first is None:
        return _remembering(Dedup(number), number, fingerprint, remembered), number, False
    if number > highest:
        if number > highest + 1:
            dedup = evolve(dedup, gaps=(*dedup.gaps, (highest + 1, number - 1))[-_MAX_GAPS:])
        return _remembering(dedup, number, fingerprint, remembered), number, False
    for at, (low, high) in enumerate(dedup.gaps):
        if low <= number <= high:
            left = tuple(gap for gap in ((low, number - 1), (number + 1, high)) if gap[0] <= gap[1])
            dedup = evolve(dedup, gaps=(*dedup.gaps[:at], *left, *dedup.gaps[at + 1 :]))
            return _remembering(dedup, number, fingerprint, remembered), highest, False
    if number < first:
        gaps = (((number + 1, first - 1),) if number + 1 < first else ()) + dedup.gaps
        dedup = evolve(dedup, first=number, gaps=gaps[:_MAX_GAPS])
        return _remembering(dedup, number, fingerprint, remembered), highest, False
    known = _known(dedup, number, stretch)
    if known is not None and known != fingerprint:
        return Dedup(first, believed=False), highest, False
    return dedup, highest, True


def header_of(event: Event) -> int:
    """A checksum of an event's type and of what addresses its part: indices and ids."""
    return crc32(_address_of(event).encode("utf-8", "surrogatepass"))


def fingerprint_of(event: Event) -> Fingerprint:
    """An event's fingerprint: of a text delta, its header and its text's checksum; of others, 0 and one checksum."""
    content = event.delta
    if type(content) is str and event.response is None:
        return header_of(event), _content(content)
    return 0, _content(f"{_address_of(event)} {_content_of(event)}")


def _address_of(event: Event) -> str:
    return (  # where most are None, `!s` takes two thirds of the time
        f"{event.type} {event.output_index!s} {event.item_id!s} {event.call_id!s}"
        f" {event.content_index!s} {event.summary_index!s} {event.command_index!s}"
    )


def _content(content: str) -> int:
    return len(content) << 32 | crc32(content.encode("utf-8", "surrogatepass"))


def _content_of(event: Event) -> str:
    """The texts of an event; not all of it, since decoders leave out what no fold reads."""
    texts: list[Json] = [
        event.text,
        event.refusal,
        event.arguments,
        event.input,
        event.partial_image_b64,
        event.message,
    ]
    if event.item:
        texts += _texts_of(as_object(event.item))
    if event.part:
        texts += _texts_of(as_object(event.part))
    if event.response:
        texts += as_object(event.response).get("id"), event.delta
    elif event.delta:
        texts += [f"{name} {said}" for name, said in sorted(as_object(event.delta).items())]
    if event.annotation:
        annotation = as_object(event.annotation)
        texts += annotation.get("url"), annotation.get("file_id")
    return "\x1f".join([text for text in texts if type(text) is str])


def _texts_of(members: Mapping[str, Json]) -> list[Json]:
    texts: list[Json] = [*map(members.get, _NAMED)]
    for name in ("content", "summary"):
        for part in as_list(members.get(name)):
            said = as_object(part)
            texts += said.get("text"), said.get("refusal")
    return texts


_NAMED = ("type", "id", "call_id", "name", "arguments", "input", "status", "text", "refusal")


def _known(dedup: Dedup, number: int, stretch: Stretch) -> Fingerprint | None:
    """The fingerprint of the event with this number, if it is stored; else None."""
    for run in reversed(dedup.runs):
        after = run.last - number
        if 0 <= after < len(run.lengths):
            to = run.end - sum(map(ord, run.lengths[len(run.lengths) - after :]))
            piece = stretch(run.position, run.part, to - ord(run.lengths[-1 - after]), to)
            return run.header, _content(piece)
    blocks, place = dedup.blocks, number >> _BITS
    at = _place_in(blocks, place)
    block = blocks[at][1] if at < len(blocks) and blocks[at][0] == place else ()
    return block[number & _LAST] if number & _LAST < len(block) else None


def _place_in(blocks: tuple[tuple[int, Block], ...], place: int) -> int:
    """Where the block with this place is, or would be."""
    low, high = 0, len(blocks)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if blocks[middle][0] < place else (low, middle)
    return low


def _remembering(dedup: Dedup, number: int, fingerprint: Fingerprint, remembered: int) -> Dedup:
    """Store the fingerprint of a new event."""
    place, at, blocks = number >> _BITS, number & _LAST, dedup.blocks
    if blocks and blocks[-1][0] == place:
        last = blocks[-1][1]
        last = (*last, fingerprint) if len(last) == at else _with(last, at, fingerprint)
        blocks = (*blocks[:-1], (place, last))
        return _with_blocks(dedup, blocks)
    if not blocks or blocks[-1][0] < place:
        blocks = _kept((*blocks, (place, _with((), at, fingerprint))), remembered)
        return _with_blocks(dedup, blocks)
    where = _place_in(blocks, place)
    there = blocks[where][0] == place
    block = _with(blocks[where][1] if there else (), at, fingerprint)
    blocks = (*blocks[:where], (place, block), *blocks[where + there :])
    return _with_blocks(dedup, _kept(blocks, remembered))


def _with(block: Block, at: int, fingerprint: Fingerprint) -> Block:
    padded = (*block, *(None,) * (at - len(block)))
    return (*padded[:at], fingerprint, *padded[at + 1 :])


def _kept(blocks: tuple[tuple[int, Block], ...], remembered: int) -> tuple[tuple[int, Block], ...]:
    """The blocks, without the oldest ones that `remembered` does not require.

    Where there are many sparse blocks, this is checked only at every 64th, since it looks at all of them.
    """
    if len(blocks) <= remembered >> _BITS or (len(blocks) > _FEW and len(blocks) % _FEW):
        return blocks
    sizes = [len(block) - block.count(None) for _, block in blocks]
    left, dropped = sum(sizes), 0
    while left - sizes[dropped] >= remembered:
        left -= sizes[dropped]
        dropped += 1
    return blocks[dropped:]

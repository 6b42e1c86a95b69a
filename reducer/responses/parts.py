"""The parts of an output item: which part a delta goes on with, and which parts a provider's whole is of.

Parts are known by evidence rather than by `content_index`: vLLM's grows with each delta, is not reset with a new item,
or is another at the part's end. A part begins with its `added`, or with the first delta of its kind; a delta with
another number goes on with the open part of its kind, unless an `added`, an end or another kind came between. Only the
numbers of a summary's parts and of a shell's commands, `summary_index` and `command_index`, tell them apart.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ..values.frozen_value import value
from ..values.json_values import Json
from ..values.text import EMPTY, Text


@value
class Part:
    """One stretch of an item's text.

    Attributes:
        channel: "text", "refusal", "summary", "reasoning" (raw), "arguments", or a server tool's member.
        index: the part's number within its channel, as it first came.
        text: as it was emitted.
        whole: as the provider has it, where that contradicts `text`.
        stale: the provider's whole, where it is only the beginning of `text`.
        notes: its citations.
        last: its number as it last came, where that is another.
        done: whether its end came.
        again: the stretch of `text`, from and to, that came once more and is not emitted again unless what follows
            shows that it is new. From the beginning after an `added` with text, whose deltas mostly repeat it; from
            anywhere in an item that is done, which is mostly delivered again.
        late: whether something new came after its item was done.
    """

    channel: str
    index: int
    text: Text = EMPTY
    whole: str | None = None
    notes: tuple[Json, ...] = ()
    last: int | None = None
    stale: str = ""
    done: bool = False
    again: tuple[int, int] | None = None
    late: bool = False

    def __str__(self) -> str:
        return str(self.text) if self.whole is None else self.whole

    def with_text(self, text: Text) -> "Part":
        """This part with that text."""
        return Part(
            self.channel,
            self.index,
            text,
            self.whole,
            self.notes,
            self.last,
            self.stale,
            self.done,
            self.again,
            self.late,
        )

    def has_index(self, index: int) -> bool:
        """Whether it came under that number last."""
        return index == (self.index if self.last is None else self.last)


class Piece(NamedTuple):
    """What the provider has as the whole of a part, and that part's number."""

    number: int
    whole: str


NEW = -1
"""In place of a part: another one, which nothing came of."""
JOINED = -2
"""In place of a part: all parts of the channel, joined."""


def in_order(parts: Sequence[Part], channel: str) -> list[int]:
    """Where the parts of a channel are, as they are read."""
    return [at for at in reading_order(parts) if parts[at].channel == channel]


def reading_order(parts: Sequence[Part]) -> list[int]:
    """How an item's parts are read: a message's by their numbers, unless these changed; else as they came."""
    ordered = list(range(len(parts)))
    if all(part.channel in _CONTENT and part.last in (None, part.index) for part in parts):
        ordered.sort(key=lambda at: parts[at].index)
    return ordered


_CONTENT = ("text", "refusal")
_DRIFTING = frozenset({*_CONTENT, "reasoning"})


def part_begun(parts: Sequence[Part], open_part: int, channel: str, piece: Piece, over: bool) -> int:
    """Where the part is that begins with this text, or `NEW`. `over`: its item is done, and this a repetition."""
    exact = _exact(parts, channel, piece.number)
    if exact != NEW:
        repeated = over or not parts[exact].done or (piece.whole and str(parts[exact].text).startswith(piece.whole))
        return exact if repeated else NEW
    if over:
        return part_of_delta(parts, open_part, channel, piece.number, over)
    # An item that began with text, and its part that begins with the same.
    same = open_part >= 0 and parts[open_part].channel == channel and parts[open_part].again == (0, 0)
    return open_part if same and piece.whole and str(parts[open_part].text).startswith(piece.whole) else NEW


def part_of_delta(parts: Sequence[Part], open_part: int, channel: str, index: int, over: bool = False) -> int:
    """Where the part is that a delta goes on with, or `NEW`. `over`: its item is done, and has no new parts."""
    exact = _exact(parts, channel, index)
    if exact != NEW and (not parts[exact].done or channel not in _DRIFTING):
        return exact
    if channel in _DRIFTING and open_part >= 0 and parts[open_part].channel == channel:
        return open_part
    if exact == NEW and over and channel in _DRIFTING:
        return max((at for at, part in enumerate(parts) if part.channel == channel), default=NEW)
    return exact


def part_of_whole(parts: Sequence[Part], open_part: int, channel: str, piece: Piece, over: bool = False) -> int:
    """Where the part is that a whole is of: `NEW`, `JOINED`, or the one that the whole agrees with, if any does.

    `over`: its item is done, and has no new parts.
    """
    index, whole = piece
    exact = _exact(parts, channel, index)
    if channel not in _DRIFTING:
        return exact
    opened = open_part if open_part >= 0 and parts[open_part].channel == channel else NEW
    mine = in_order(parts, channel)
    last = next((at for at in reversed(mine) if parts[at].has_index(index)), NEW)
    known = [at for at in (exact, opened, last) if at != NEW] + (mine if over else [])
    for at in known:
        if len(parts[at].text) and str(parts[at].text) == whole:
            return at
    first = [exact] if exact != NEW and not parts[exact].done else []
    for at in (*first, *([opened] if opened != NEW else []), *known):
        if whole.startswith(str(parts[at].text)):
            return at
    if sum(len(parts[at].text) > 0 for at in mine) > 1 and whole.startswith(joined(parts, mine)):
        return JOINED
    if exact != NEW:
        return exact
    return next((at for at in (opened, last, *(mine[-1:] if over else ())) if at != NEW), NEW)


def parts_of_wholes(parts: Sequence[Part], channel: str, pieces: Sequence[Piece]) -> list[int] | None:
    """Where the parts are that an item's wholes of a channel are of; None if they only compare when joined.

    `pieces` are in order, and none is empty. They are the item's parts by number if they agree with these; else by
    their order.
    """
    exact = [_exact(parts, channel, piece.number) for piece in pieces]
    mine = [at for at in in_order(parts, channel) if len(parts[at].text)]
    covered = set(mine).issubset(exact)
    if covered and _agree(parts, exact, pieces):
        return exact
    if len(mine) == len(pieces) and _agree(parts, mine, pieces):
        return mine
    said, whole = joined(parts, mine), "".join(piece.whole for piece in pieces)
    return exact if covered and not (whole.startswith(said) or said.startswith(whole)) else None


def joined(parts: Sequence[Part], places: Sequence[int]) -> str:
    """The texts of these parts, as they were emitted."""
    return "".join(str(parts[at].text) for at in places)


def _agree(parts: Sequence[Part], places: Sequence[int], pieces: Sequence[Piece]) -> bool:
    return all(
        at == NEW or piece.whole.startswith(str(parts[at].text)) for at, piece in zip(places, pieces, strict=True)
    )


def _exact(parts: Sequence[Part], channel: str, index: int) -> int:
    """Where the part is that began with this number; of several, the last."""
    for at in range(len(parts) - 1, -1, -1):
        if parts[at].index == index and parts[at].channel == channel:
            return at
    return NEW

"""The parts of an output item: which part a delta goes on with, and which parts a provider's whole is of.

Parts are known by evidence rather than by `content_index`: vLLM's grows with each delta, is not reset with a new item,
or is another at the part's end. A part begins with its `added`, or with the first delta of its kind; a delta with
another number goes on with the open part of its kind, unless an `added`, an end or another kind came between. Only the
numbers of a summary's parts and of a shell's commands, `summary_index` and `command_index`, tell them apart.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from attrs import field

from ..values.frozen_value import changer_of, constructor_of, value
from ..values.json_values import Json
from ..values.persistent import PersistentMap, PersistentVector
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
        notes: its citations; unkept: how many of them had no room.
        last: its number as it last came, where that is another.
        done: whether its end came.
        again: the stretch of `text`, from and to, that came once more and is not emitted again unless what follows
            shows that it is new. From the beginning after an `added` with text, whose deltas mostly repeat it; from
            anywhere in an item that is done, which is mostly delivered again.
        late: whether something new came after its item was done.
        half: the half of a character that its last piece ended in (`values.halves`); then it is not in work.
        searched: how many characters were searched for what came after its item was done.
        ended: how many characters had come when its end last came; since: how many at the end before that.
    """

    channel: str
    index: int
    text: Text = EMPTY
    whole: Text | None = None
    notes: PersistentVector[Json] = PersistentVector()
    last: int | None = None
    stale: str = ""
    done: bool = False
    again: tuple[int, int] | None = None
    late: bool = False
    half: str = ""
    searched: int = 0
    unkept: int = 0
    ended: int = 0
    since: int = 0

    def __str__(self) -> str:
        return str(self.text if self.whole is None else self.whole)

    def with_text(self, text: Text) -> "Part":
        """This part with that text."""
        return _with_text(self, text)

    def says(self, whole: str) -> bool:
        """Whether that was emitted, and nothing else."""
        return len(self.text) == len(whole) and self.text.begins(whole)

    @property
    def goes_on(self) -> bool:
        """Whether something came since its end came."""
        return 0 < self.ended < len(self.text)

    def rest_of(self, whole: str, anew: bool) -> str | None:
        """What is missing of a whole of what came since the end, if it is one; `anew`: nothing of it need have come."""
        most = len(whole) + 1
        if self.goes_on:
            tail = self.text.between(self.ended, self.ended + most)
            return whole[len(tail) :] if whole.startswith(tail) else None
        if self.since and self.text.between(self.since, self.since + most) == whole:
            return ""
        return whole if anew and self.ended else None

    def agrees(self, whole: str) -> bool:
        """Whether a whole is what came, or one of these begins like the other."""
        return self.text.begins(whole) or self.text.startswith(whole) or (self.whole is not None and str(self) == whole)

    def over(self) -> "Part":
        """This part, where its end comes."""
        return self if len(self.text) == self.ended else _with_ends(self, len(self.text), self.ended)

    @property
    def begun(self) -> bool:
        """Whether anything of it came."""
        return len(self.text) > 0 or bool(self.half)

    @property
    def settled(self) -> bool:
        """Whether it is what was emitted, and nothing of it is held or compared with what comes."""
        return self.whole is None and self.again is None and not (self.stale or self.half or self.late)

    def has_index(self, index: int) -> bool:
        """Whether it came under that number last."""
        return index == (self.index if self.last is None else self.last)


_with_text = changer_of(Part, "text")
_with_ends = changer_of(Part, "ended", "since")

NEW = -1
"""In place of a part: another one, which nothing came of."""
JOINED = -2
"""In place of a part: all parts of the channel, joined."""
_CONTENT = ("text", "refusal")
_DRIFTING = frozenset({*_CONTENT, "reasoning"})


@value
class _Index:
    """What is known of many parts, beside them, so that none of it has to be looked for.

    Attributes:
        keys: by channel and number, the last part that began with that number, and the last that came under it later;
            by channel, the last part.
        order: how many parts make the parts be read as they came: those of other channels than a message's, and those
            whose numbers changed.
        ascending: whether each began with a number that is no lower than the one before.
        highest: the number that the last part began with.
        summary: the first part of a summary that has text; `NEW` while none has.
        held: how many compare what comes with what they have.
    """

    keys: PersistentMap[int] = PersistentMap()
    order: int = 0
    ascending: bool = True
    highest: int = 0
    summary: int = NEW
    held: int = 0

    def put(self, at: int, before: Part | None, part: Part) -> "_Index":
        """This with that part in the place of the one before it, or as the next."""
        keys, order, ascending, highest, held = self.keys, self.order, self.ascending, self.highest, self.held
        if before is None:
            keys = keys.put(f"{part.channel} {part.index}", at).put(part.channel, at)
            ascending, highest = ascending and (not at or highest <= part.index), part.index
        else:
            order, held = order - _is_out_of_order(before), held - _is_held(before)
        if part.last is not None and (before is None or part.last != before.last):
            keys = keys.put(f"{part.channel} then {part.last}", at)
        summary = at if _begins_summary(part) and not 0 <= self.summary <= at else self.summary
        order, held = order + _is_out_of_order(part), held + _is_held(part)
        return _Index(keys, order, ascending, highest, summary, held)


_KEYS = 16  # a part
_FEW = 8
"""Parts that are quicker looked at one by one."""


@value
class Parts:
    """An item's parts, in order of first sight.

    Attributes:
        entries: the parts.
        index: what is known of them if they are many. It follows from them, and is not compared.
    """

    entries: tuple[Part, ...] | PersistentVector[Part] = ()
    index: _Index | None = field(default=None, eq=False, repr=False)

    def put(self, at: int, part: Part) -> "Parts":
        """These parts with that one in its place, or as the next."""
        entries, index = self.entries, self.index
        if isinstance(entries, tuple):
            few = (*entries[:at], part, *entries[at + 1 :])
            return _parts(few, None) if len(few) <= _FEW else _many(few)
        assert index is not None
        index = index.put(at, entries[at] if at < len(entries) else None, part)
        entries = entries.put(at, part)
        # A part may come under ever new numbers; what is known of earlier ones is of no use.
        return Parts(entries, index) if index.keys.held <= _KEYS * len(entries) else _many(tuple(entries))

    def exact(self, channel: str, index: int) -> int:
        """Where the part is that began with this number; of several, the last; `NEW` if there is none."""
        if self.index is not None:
            return _place(self.index.keys.get(f"{channel} {index}"))
        entries = self.entries
        for at in range(len(entries) - 1, -1, -1):
            part = entries[at]
            if part.index == index and part.channel == channel:
                return at
        return NEW

    def under(self, channel: str, index: int) -> int:
        """Where the last part is that came under this number last, as far as is known; `NEW` if there is none."""
        if self.index is None:
            return self._last(lambda part: part.channel == channel and part.has_index(index))
        found = (self.exact(channel, index), _place(self.index.keys.get(f"{channel} then {index}")))
        return max((at for at in found if at != NEW and self[at].has_index(index)), default=NEW)

    def last(self, channel: str) -> int:
        """Where the last part of a channel is; `NEW` if there is none."""
        if self.index is None:
            return self._last(lambda part: part.channel == channel)
        return _place(self.index.keys.get(channel))

    @property
    def summary(self) -> int:
        """Where the first part of a summary is that has text; `NEW` while none has."""
        if self.index is None:
            return next((at for at, part in enumerate(self) if _begins_summary(part)), NEW)
        return self.index.summary

    @property
    def holds(self) -> bool:
        """Whether any compares what comes with what it has."""
        return any(map(_is_held, self.entries)) if self.index is None else self.index.held > 0

    def reading_order(self) -> Sequence[int]:
        """How they are read: a message's by their numbers, unless these changed; else as they came."""
        places, index = range(len(self)), self.index
        if (index.order or index.ascending) if index is not None else any(map(_is_out_of_order, self)):
            return places
        return sorted(places, key=lambda at: self[at].index)

    def _last(self, fits: Callable[[Part], bool]) -> int:
        """Where the last part is that fits, of a few; `NEW` if none does."""
        return next((at for at in range(len(self) - 1, -1, -1) if fits(self[at])), NEW)

    def __getitem__(self, at: int) -> Part:
        return self.entries[at]

    def __iter__(self) -> Iterator[Part]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


_parts = constructor_of(Parts)
NO_PARTS = Parts()
"""No parts."""


def parts_of(parts: Iterable[Part]) -> Parts:
    """An item's parts, in order of first sight."""
    made = NO_PARTS
    for part in parts:
        made = made.put(len(made), part)
    return made


def _many(parts: Sequence[Part]) -> Parts:
    index = _Index()
    for at, part in enumerate(parts):
        index = index.put(at, None, part)
    return Parts(PersistentVector[Part]().extended(parts), index)


def _place(at: int | None) -> int:
    return NEW if at is None else at


def _is_out_of_order(part: Part) -> bool:
    """Whether it makes the parts be read as they came."""
    return part.channel not in _CONTENT or part.last not in (None, part.index)


def _is_held(part: Part) -> bool:
    return part.again is not None or part.late


def _begins_summary(part: Part) -> bool:
    return part.channel == "summary" and len(part.text) > 0


class Piece(NamedTuple):
    """What the provider has as the whole of a part, and that part's number."""

    number: int
    whole: str


Whole: TypeAlias = tuple[str, Piece]
"""The same, with its channel."""


def in_order(parts: Parts, channel: str) -> list[int]:
    """Where the parts of a channel are, as they are read."""
    return [at for at in parts.reading_order() if parts[at].channel == channel]


def part_begun(parts: Parts, open_part: int, channel: str, piece: Piece, over: bool) -> int:
    """Where the part is that begins with this text, or `NEW`. `over`: its item is done, and this a repetition."""
    exact = parts.exact(channel, piece.number)
    if exact != NEW:
        repeated = over or not parts[exact].done or (piece.whole and parts[exact].text.startswith(piece.whole))
        return exact if repeated else NEW
    if over:
        return part_of_delta(parts, open_part, channel, piece.number, over)
    # An item that began with text, and its part that begins with the same.
    same = open_part >= 0 and parts[open_part].channel == channel and parts[open_part].again == (0, 0)
    return open_part if same and piece.whole and parts[open_part].text.startswith(piece.whole) else NEW


def part_of_delta(parts: Parts, open_part: int, channel: str, index: int, over: bool = False) -> int:
    """Where the part is that a delta goes on with, or `NEW`. `over`: its item is done, and has no new parts."""
    exact = parts.exact(channel, index)
    if exact != NEW and (not parts[exact].done or channel not in _DRIFTING):
        return exact
    if channel in _DRIFTING and open_part >= 0 and parts[open_part].channel == channel:
        return open_part
    if exact == NEW and over and channel in _DRIFTING:
        return parts.last(channel)
    return exact


def part_of_whole(parts: Parts, open_part: int, channel: str, piece: Piece, over: bool = False) -> int:
    """Where the part is that a whole is of: `NEW`, `JOINED`, or the one that the whole agrees with, if any does.

    `over`: its item is done, and has no new parts.
    """
    index, whole = piece
    exact = parts.exact(channel, index)
    if channel not in _DRIFTING or (exact != NEW and parts[exact].says(whole)):  # the latter as nearly always
        return exact
    opened = open_part if open_part >= 0 and parts[open_part].channel == channel else NEW
    last = parts.under(channel, index)
    mine = in_order(parts, channel) if over else []
    known = [at for at in (exact, opened, last) if at != NEW] + mine
    for at in known:
        if parts[at].says(whole):
            return at
    first = [exact] if exact != NEW and not parts[exact].done else []
    for at in (*first, *([opened] if opened != NEW else []), *known):
        if parts[at].text.begins(whole):
            return at
    if _several_begin(parts, channel, whole):
        return JOINED
    if exact != NEW:
        return exact
    return next((at for at in (opened, last, *(mine[-1:] if over else ())) if at != NEW), NEW)


def parts_of_wholes(parts: Parts, channel: str, pieces: Sequence[Piece]) -> list[int] | None:
    """Where the parts are that an item's wholes of a channel are of; None if they only compare when joined.

    `pieces` are in order, and none is empty. They are the item's parts by number if they agree with these; else by
    their order.
    """
    exact = [parts.exact(channel, piece.number) for piece in pieces]
    mine = [at for at in in_order(parts, channel) if len(parts[at].text)]
    covered = set(mine).issubset(exact)
    if covered and _agree(parts, exact, pieces):
        return exact
    if len(mine) == len(pieces) and _agree(parts, mine, pieces):
        return mine
    if not covered:
        return None
    whole = "".join(piece.whole for piece in pieces)
    said = joined(parts, mine, len(whole) + 1)
    return None if whole.startswith(said) or said.startswith(whole) else exact


def says_just(parts: Parts, wholes: Sequence[Whole]) -> bool:
    """Whether an item's parts are these wholes, by channel, each with its number, one by one, and all are settled."""
    if len(parts) != len(wholes):
        return False
    for part, (channel, (number, whole)) in zip(parts, wholes, strict=True):
        if part.channel != channel or part.index != number or not (part.settled and part.says(whole)):
            return False
    return True


def joined(parts: Parts, places: Iterable[int], most: int) -> str:
    """The texts of these parts, as they were emitted, joined; of them so many characters at most."""
    texts: list[str] = []
    for at in places:
        if most <= 0:
            break
        texts.append(parts[at].text.between(0, most))
        most -= len(texts[-1])
    return "".join(texts)


def _several_begin(parts: Parts, channel: str, whole: str) -> bool:
    """Whether several parts of a channel have text, and a whole begins with these, joined."""
    at = count = 0
    for part in map(parts.__getitem__, parts.reading_order()):
        if part.channel != channel or not len(part.text):
            continue
        if len(part.text) > len(whole) - at or not whole.startswith(str(part.text), at):
            return False
        at, count = at + len(part.text), count + 1
    return count > 1


def _agree(parts: Parts, places: Sequence[int], pieces: Sequence[Piece]) -> bool:
    return all(at == NEW or parts[at].text.begins(piece.whole) for at, piece in zip(places, pieces, strict=True))

"""Which tool calls of a chat stream are safe to run, read naively: by `json.loads`, sharing no rule with the folds."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeVar

from attrs import define, field, frozen

from ...reducer.completions.chunk import CallDelta, Choice, Chunk
from ...reducer.ends import Done, Undecodable
from ..utf16 import as_characters
from .oracle_completions import fails, succeeds, words_of

T = TypeVar("T")
_SPACE = " \t\n\r"
_PLACEHOLDER = re.compile(r"[ \t\n\r]*(\{[ \t\n\r]*\}|null)[ \t\n\r]*\{")


First = Literal["", "named", "placed", "early"]
"""How the first arguments under an index came: with an id or a name, after one, or before any; "" if none came."""


@define
class _Lane:
    """One call, by its index.

    Attributes:
        closed: what came when a word or `[DONE]` said that the call is over; None before.
        by: which of them.
        lost: whether a frame was lost before the arguments were whole.
        first: how the first of its arguments came.
        astray: whether arguments without an index may be its own.
        is_last: whether the last delta was of it.
    """

    id: str = ""
    name: str = ""
    pieces: list[str] = field(factory=list)
    closed: str | None = None
    by: str = ""
    lost: bool = False
    first: First = ""
    astray: bool = False
    is_last: bool = False

    @property
    def is_named(self) -> bool:
        """Whether an id or a name came."""
        return bool(self.id or self.name)

    @property
    def text(self) -> str:
        """The arguments so far."""
        return as_characters("".join(self.pieces))

    def hear(self, call_id: str, name: str, piece: str) -> None:
        """What one delta says of the call."""
        if piece and not self.first:
            self.first = "named" if call_id or name else "placed" if self.is_named else "early"
        self.id, self.name = self.id or call_id, self.name or name
        self.pieces.append(piece)

    def close(self, by: str) -> None:
        """A word or `[DONE]` says that the call is over."""
        if self.closed is None:
            self.closed, self.by = self.text, by


def safe(chunks: Sequence[Any], config: Any) -> tuple[bool | None, ...] | None:
    """Whether each call is safe to run, in order of first sight; None where that takes more than naive reading.

    None in place of all where more than the index tells the calls apart.
    """
    lanes: dict[int, _Lane] = {}
    words: set[str] = set()
    done = failed = late = False
    for chunk in chunks:
        if isinstance(chunk, (Chunk, Undecodable)) and chunk.lost:
            _lose(lanes)
        elif chunk == Done():
            done = True
            for lane in lanes.values():
                lane.close("done")
        for choice in _choices(chunk, config.choice):
            closed = any(lane.closed is not None for lane in lanes.values())
            if choice.message is not None or not _heard(lanes, choice, closed):
                return None
            late = late or (closed and bool(choice.delta and choice.delta.tool_calls))
            for word in words_of(choice):
                words.add(word)
                for lane in lanes.values():
                    lane.close("word")
        if isinstance(chunk, Chunk) and chunk.lost:  # what was left out may be of a call that it began
            _lose(lanes)
        if isinstance(chunk, Chunk) and not done and fails(chunk, config.choice):
            failed = True
            break
    over = not failed and (succeeds(words) if words else done)
    return _verdicts(lanes, over, late)


def _verdicts(lanes: dict[int, _Lane], over: bool, late: bool) -> tuple[bool | None, ...] | None:
    """Whether each call is safe to run; `late` if more came after some were closed."""
    cells = {i: cell_of(lane.text, lane.is_named, lane.first, bool(lane.name)) for i, lane in lanes.items()}
    doubtful = strays(cells)
    unnamed = [lane for lane in lanes.values() if not lane.is_named]
    astray = any(lane.astray for lane in lanes.values())
    if unnamed and (late or astray or doubtful is None or not all(lane.first for lane in unnamed)):
        return None  # whose arguments these are
    found: list[bool | None] = []
    for index, lane in lanes.items():
        safe = _is_safe(lane, over)
        if astray:
            safe = False if lane.astray or safe is False else None
        elif doubtful and index in doubtful:
            safe = None if late and safe else False
        found.append(safe)
    return tuple(found)


def _lose(lanes: dict[int, _Lane]) -> None:
    """A piece of any call that is not whole may be lost; of one that has `{}` alone, all of its arguments."""
    for lane in lanes.values():
        found = _object(lane.text)
        lane.lost = lane.lost or found is None or (found == () and lane.closed is None)


def _choices(chunk: Any, wanted: int | None) -> Iterator[Choice]:
    for choice in (chunk.choices or ()) if isinstance(chunk, Chunk) else ():
        if wanted in (None, choice.index):
            yield choice


def _heard(lanes: dict[int, _Lane], choice: Choice, closed: bool) -> bool:
    """Take in what a choice says of calls; whether the index alone told whose it is, or nobody can tell."""
    if choice.delta is None:
        return True
    if choice.delta.function_call is not None:
        return False
    for call in choice.delta.tool_calls or ():
        if not _says_something(call):
            continue
        name, piece = (call.function.name, call.function.arguments) if call.function else (None, None)
        if call.custom is not None or call.type == "custom":
            return False
        if call.index is None:
            if call.id or name or not piece or closed or not _goes_astray(lanes):
                return False
            continue
        lane = lanes.setdefault(call.index, _Lane())
        again = lane.is_named or lane.closed is not None
        taken = any(call.id and other.id == call.id for other in lanes.values())
        # Where it has an id, the equal name alone is that of the same call.
        same = not call.id and bool(lane.id) and name == lane.name and lane.closed is None
        if (call.id or name) and not same and (again or taken):
            return False
        lane.hear(call.id or "", name or "", piece or "")
        for other in lanes.values():
            other.is_last = other is lane
    return True


def _goes_astray(lanes: dict[int, _Lane]) -> bool:
    """Take in arguments that say of no call; whether nobody can tell whose they are."""
    blank = [lane for lane in lanes.values() if lane.is_named and not lane.text.strip(_SPACE)]
    last = [lane for lane in lanes.values() if lane.is_last]
    if any(lane.astray for lane in lanes.values()):
        return True
    if len(blank) < 2 or not last[0].is_named or last[0].first == "early":
        return False
    for lane in (*blank, *last):
        lane.astray = True
    return True


def _says_something(call: CallDelta) -> bool:
    function = call.function
    return bool(
        call.id
        or call.extra_content
        or call.extras
        or call.custom is not None
        or (function is not None and (function.name or function.arguments))
    )


def _is_safe(lane: _Lane, over: bool) -> bool | None:
    closed, text = lane.closed, lane.text
    if closed is None or not over or not lane.name or lane.lost:
        return False
    if _PLACEHOLDER.match(text):
        return None  # it depends on what came between
    if text.strip(_SPACE) in ("", "null"):
        return lane.by == "word" and closed.strip(_SPACE) == text.strip(_SPACE)
    found = _object(closed)
    return found is not None and _object(text) == found


def _object(text: str) -> object:
    """The members of the object that a text is, once or several times; None if it is another text."""
    found: object = None
    at = len(text) - len(text.lstrip(_SPACE))
    while at < len(text):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, tuple) or found not in (None, value):
            return None
        found = value
        at += len(text[at:]) - len(text[at:].lstrip(_SPACE))
    return found


@frozen
class Cell:
    """All that came under one index.

    Attributes:
        named: whether an id or a name came there.
        first: how its first arguments came.
        values: the JSON values that its arguments are, one after the other.
        rest: what stands behind these, and is none.
        tool: whether it is known of which tool it is, if it is named.
    """

    named: bool
    first: First
    values: tuple[Any, ...]
    rest: str
    tool: bool = True

    @property
    def blank(self) -> bool:
        """Whether no arguments came."""
        return not (self.values or self.rest)

    @property
    def objects(self) -> tuple[Any, ...]:
        """The values without those that may only hold the place of others."""
        return tuple(value for value in self.values if value not in ((), None))

    @property
    def idle(self) -> bool:
        """Whether all that came may only hold the place of arguments."""
        return bool(self.values) and not self.objects and not self.rest

    @property
    def lacks(self) -> bool:
        """Whether no whole object came."""
        return not any(isinstance(value, tuple) for value in self.values) or (not self.objects and bool(self.rest))

    @property
    def again(self) -> bool:
        """Whether an object came, and more than that."""
        return len(self.values) + ("{" in self.rest) > 1 and bool(self.objects or self.rest)

    @property
    def another(self) -> bool:
        """Whether what came after an object is another one."""
        return bool(self.objects) and (
            "{" in self.rest
            or any(value != self.objects[0] for value in self.values[self.values.index(self.objects[0]) :])
        )


def strays(cells: Mapping[int, Cell]) -> set[int] | None:
    """Under which indices arguments stand that may be another call's, or none though some may be this call's.

    None where arguments under an index without a name may be given to a call, which naive reading does not do.
    """
    named = {index: cell for index, cell in cells.items() if cell.named}
    blank = {index for index, cell in named.items() if cell.blank}
    placed = {index for index, cell in named.items() if cell.first in ("placed", "early")}
    idle = {index for index, cell in named.items() if cell.idle}
    found: set[int] = set()
    orphans = cells.keys() - named.keys()
    strangers = {index for index, cell in named.items() if not (cell.tool or cell.blank)}
    if orphans or strangers:
        lacking = {index for index, cell in named.items() if cell.lacks}
        shifted = _between(placed - lacking, orphans | strangers | lacking)
        if len(orphans) == 1 and len(blank) < 2 and not shifted:
            return None
        found |= orphans | lacking | idle | (placed if shifted else set())
    if len({cells[index].first for index in placed}) > 1:
        found |= placed | blank
    doubled = {index for index, cell in named.items() if cell.again}
    without = blank | idle if any(cells[index].another for index in doubled) else blank
    if doubled and without:
        found |= doubled | without | _between(placed, doubled | without)
    return found


def _between(indices: Collection[int], ends: Collection[int]) -> set[int]:
    return {index for index in indices if index not in ends and min(ends) < index < max(ends)}


def cell_of(text: str, named: bool, first: First, tool: bool = True) -> Cell:
    """What came under an index: its arguments, joined, and how they began."""
    values: list[Any] = []
    text = text.strip(_SPACE)
    while text:
        try:
            value, end = _DECODER.raw_decode(text)
        except (ValueError, RecursionError):
            break
        values.append(value)
        text = text[end:].lstrip(_SPACE)
        if not isinstance(value, tuple) and value is not None:
            break
    return Cell(named, first, tuple(values), text, tool)


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


# An object is a tuple of its members, in order. Numbers are text: 1.0 is not said again by 1, and Python reads none of
# very many digits.
_DECODER = json.JSONDecoder(object_pairs_hook=tuple, parse_int=str, parse_float=str, parse_constant=_no_constant)

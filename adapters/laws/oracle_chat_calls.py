"""Which tool calls of a chat stream are safe to run, read naively: by `json.loads`, sharing no rule with the folds."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeVar

from attrs import define, field, frozen

from ...reducer.completions.chunk import CallDelta, Choice, Chunk
from ...reducer.ends import Done, Undecodable
from ..utf16 import as_characters
from .oracle_answer import fails, succeeds, words_of
from .oracle_arguments import joined, may_be_snapshots

T = TypeVar("T")
_SPACE = " \t\n\r"
_LEGACY = -1
"""The index of the one call of the API before tools, `function_call`."""
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
        custom: whether it is one of a custom tool, whose arguments are raw text.
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
    custom: bool = False

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
    found = _lanes_of(chunks, config)
    if found is None:
        return None
    over = not found.failed and (succeeds(found.words) if found.words else found.done)
    return _verdicts(found.lanes, over, found.late, getattr(config, "detect_snapshots", True))


def arguments_of(chunks: Sequence[Any], config: Any) -> tuple[str | None, ...] | None:
    """The arguments of each call, in order of first sight; None of one where they take more than naive reading.

    None in place of all where more than the index tells the calls apart.
    """
    found = _lanes_of(chunks, config)
    if found is None or not all(lane.is_named for lane in found.lanes.values()):
        return None  # nothing says whose some arguments are
    if any(lane.astray for lane in found.lanes.values()):
        return None
    snapshots = getattr(config, "detect_snapshots", True)
    return tuple(
        _raw(lane)
        if lane.custom
        else None
        if snapshots and may_be_snapshots(lane.pieces)
        else joined(lane.pieces, lane.closed is not None and lane.text != lane.closed)
        for lane in found.lanes.values()
    )


def _raw(lane: _Lane) -> str | None:
    """A custom tool's text; None if some came after the call was closed."""
    return lane.text if lane.closed in (None, lane.text) else None


@define
class _Found:
    """The calls of a stream, by their index, and how it ended.

    Attributes:
        words: the finish words; done: whether `[DONE]` came.
        failed: whether the answer did; late: whether more came of calls once some were closed.
    """

    lanes: dict[int, _Lane] = field(factory=dict)
    words: set[str] = field(factory=set)
    done: bool = False
    failed: bool = False
    late: bool = False


def _lanes_of(chunks: Sequence[Any], config: Any) -> _Found | None:
    """The calls, by their index; None where that does not tell them apart."""
    found = _Found()
    lanes = found.lanes
    for chunk in chunks:
        if isinstance(chunk, (Chunk, Undecodable)) and chunk.lost:
            _lose(lanes)
        elif chunk == Done():
            found.done = True
            for lane in lanes.values():
                lane.close("done")
        for choice in _choices(chunk, config.choice):
            closed = any(lane.closed is not None for lane in lanes.values())
            if choice.message is not None or not _heard(lanes, choice, closed):
                return None
            found.late = found.late or (closed and bool(choice.delta and choice.delta.tool_calls))
            for word in words_of(choice):
                found.words.add(word)
                for lane in lanes.values():
                    lane.close("word")
        if isinstance(chunk, Chunk) and chunk.lost:  # what was left out may be of a call that it began
            _lose(lanes)
        if isinstance(chunk, Chunk) and not found.done and fails(chunk, config.choice):
            found.failed = True
            break
    return found


def _verdicts(lanes: dict[int, _Lane], over: bool, late: bool, snapshots: bool) -> tuple[bool | None, ...] | None:
    """Whether each call is safe to run; `late` if more came after some were closed."""
    cells = {i: cell_of(lane.text, lane.is_named, lane.first, bool(lane.name)) for i, lane in lanes.items()}
    doubtful = strays(cells)
    unnamed = [lane for lane in lanes.values() if not lane.is_named]
    astray = any(lane.astray for lane in lanes.values())
    if unnamed and (late or astray or doubtful is None or not all(lane.first for lane in unnamed)):
        return None  # whose arguments these are
    if any(lane.custom for lane in lanes.values()) and (late or astray or doubtful or unnamed):
        return None
    found: list[bool | None] = []
    for index, lane in lanes.items():
        safe = _is_safe(lane, over)
        if safe is not None and over and snapshots and not lane.custom and may_be_snapshots(lane.pieces):
            safe = None
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
        lane.lost = lane.lost or lane.custom or found is None or (found == () and lane.closed is None)


def _choices(chunk: Any, wanted: int | None) -> Iterator[Choice]:
    for choice in (chunk.choices or ()) if isinstance(chunk, Chunk) else ():
        if wanted in (None, choice.index):
            yield choice


def _heard(lanes: dict[int, _Lane], choice: Choice, closed: bool) -> bool:
    """Take in what a choice says of calls; whether index and id told whose it is, or nobody can tell."""
    if choice.delta is None:
        return True
    legacy = choice.delta.function_call
    is_of_old = legacy is not None and bool(legacy.name or legacy.arguments)
    of_old = (CallDelta(index=_LEGACY, id="of old", function=legacy),) if is_of_old else ()
    for call in filter(_says_something, (*(choice.delta.tool_calls or ()), *of_old)):
        custom = call.custom is not None or (call.type == "custom" and call.function is None)
        told = call.custom if call.custom is not None else None
        name, piece = (call.function.name, call.function.arguments) if call.function else (None, None)
        if told is not None and call.function is None:
            name, piece = told.name, told.input
        elif told is not None or (call.type == "custom" and not custom):
            return False
        if call.index is None:
            if call.id or name or not piece or closed or not _goes_astray(lanes):
                return False
            continue
        lane = lanes.setdefault(call.index, _Lane(custom=custom))
        if (lane.custom and (call.function is not None or call.type == "function")) or (custom and not lane.custom):
            return False
        again = lane.is_named or lane.closed is not None
        taken = any(call.id and other.id == call.id for other in lanes.values())
        # Where it has an id, the same id and the same name are those of the same call.
        told_again = call.id in (None, "", lane.id) and name in (None, "", lane.name)
        same = bool(lane.id) and told_again and lane.closed is None
        if (call.id or name) and not same and (again or taken):
            return False
        lane.hear(call.id or "", name or "", piece or "")
        for other in lanes.values():
            other.is_last = other is lane
    return not (_LEGACY in lanes and len(lanes) > 1)


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
    if lane.custom:
        half = "\ud800" <= closed[-1:] < "\udc00"  # of a character, the rest of which has not come
        return None if text != closed else lane.by == "word" and not half
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

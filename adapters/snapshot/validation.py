"""What must hold in a state beyond its fields' types, or a later step could raise: places that exist, above all.

A snapshot may come from somebody hostile, who can give it any checksum. So every place that a state names is looked up
here, and last the state is tried: what is true of it, and how it would end. All of that is read off the values by what
they are made of (lanes, maps of positions, parts), so that a class that gets a field is looked at without a word here.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, get_args, get_origin

from attrs import fields, has

from ...reducer import chat, inner_thoughts, responses
from ...reducer.completions.whole import OVER
from ...reducer.ends import Cancelled, Ended
from ...reducer.otid import RunCursor
from ...reducer.values.halves import ends_in_half
from ...reducer.values.persistent import Lanes, PersistentMap, PersistentVector

__all__ = ["InvalidState", "check_state"]

_MACHINES: Mapping[str, Any] = {
    "chat.State": chat,
    "inner_thoughts.State": inner_thoughts,
    "responses.State": responses,
}
_HIGHEST = 1 << 62  # of what counts: beyond it, Python's own containers refuse


class InvalidState(ValueError):
    """A state that no fold comes to; the text says where and why."""


def check_state(name: str, state: Any) -> None:
    """Refuse a state that a later step could raise by.

    Args:
        name: the type that it is stored under.
        state: its value, of the right types.

    Raises:
        InvalidState: if there is such a thing; the text says where.
    """
    for path, value in _walk(state, "value"):
        for wrong in chain(*(rule(value) for rule in _RULES)):
            raise InvalidState(f"{path}{wrong}")
    for wrong in _wrong_in_work(state):
        raise InvalidState(f"value{wrong}")
    machine = _MACHINES[name]
    try:
        machine.result(state)
        for end in (Ended(), Cancelled()):
            machine.result(machine.finish(state, end)[0])
    except Exception as error:
        raise InvalidState(f"value: no fold comes to this: {type(error).__name__}: {error}") from None


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """A value and those inside it, each with its place; JSON that the fold carries is not looked into."""
    if isinstance(value, PersistentVector):
        value = tuple(value)
    if isinstance(value, tuple):
        for at, member in enumerate(value):
            if has(type(member)) or isinstance(member, tuple):
                yield from _walk(member, f"{path}[{at}]")
    elif has(type(value)):
        yield path, value
        for field in fields(type(value)):
            member = getattr(value, field.name)
            if has(type(member)) or isinstance(member, tuple):
                yield from _walk(member, f"{path}.{field.name}")


# The rules: what is wrong with a value, each beginning with where in it


def _wrong_lanes(value: Any) -> Iterator[str]:
    """The lane in work is one of them, and every other one rests."""
    if not isinstance(value, Lanes):
        return
    resting, size = value.resting.size, value.size
    if size == 0:
        if value.at != -1 or value.lane is not None or resting:
            yield ".size: must be the number of lanes, not 0"
    elif value.lane is None or not 0 <= value.at < size:
        yield ".at: must be the place of the lane in work"
    elif resting != size and not (resting == size - 1 == value.at):
        yield ".size: must be the number of lanes"


def _wrong_places(value: Any) -> Iterator[str]:
    """Beside lanes, the maps of positions and the lanes' own places say places that exist."""
    if not has(type(value)):
        return
    for name, lanes in _members(value, lambda of: get_origin(of) is Lanes):
        if next(_wrong_lanes(lanes), None) is not None:
            return  # which is told of the lanes themselves
        for at, lane in enumerate(lanes):
            if getattr(lane, "position", at) != at:
                yield f".{name}[{at}].position: must be {at}"
            parts = len(getattr(lane, "parts", ()))
            if not -1 <= getattr(lane, "open_part", -1) < parts:
                yield f".{name}[{at}].open_part: must be the place of a part, or -1"
            earlier = getattr(lane, "earlier", None)
            if earlier is not None and not 0 <= earlier < at:
                yield f".{name}[{at}].earlier: must be a place before its own"
            whole = getattr(lane, "part_of", -1)
            if whole != -1 and not (0 <= whole < len(lanes) and whole != at):
                yield f".{name}[{at}].part_of: must be the place of another call, or -1"
        for key, places in _members(value, lambda of: get_origin(of) is PersistentMap and get_args(of) == (int,)):
            if not all(0 <= place < len(lanes) for layer in places.layers for place in layer.values()):
                yield f".{key}: must be places of {name}"
        held = getattr(value, "undecided", -1)
        if held != -1 and not (0 <= held < len(lanes) and lanes.get(held).undecided):
            yield ".undecided: must be the place of a call that has undecided fragments, or -1"
        if not 0 <= getattr(value, "closed", 0) <= len(lanes):
            yield ".closed: must be a number of calls that there are"


def _wrong_running(value: Any) -> Iterator[str]:
    """What runs is among the tools that came."""
    if not all(0 <= at < len(value.server_tools) for at in getattr(value, "running", ())):
        yield ".running: must be places of server_tools"


def _wrong_halves(value: Any) -> Iterator[str]:
    """What is held of a character is its first half."""
    is_all_halves = type(value).__name__ == "Halves"
    for field in fields(type(value)):
        half = getattr(value, field.name)
        if (is_all_halves or field.name == "half") and half and not (len(half) == 1 and ends_in_half(half)):
            yield f".{field.name}: must be the first half of a surrogate pair"


def _wrong_tags(value: Any) -> Iterator[str]:
    """A tag has characters."""
    if type(value).__name__ == "Tags" and not all([value.close, *chain(*value.pairs)]):
        yield ": must have no empty tag"


def _wrong_counts(value: Any) -> Iterator[str]:
    """What is counted is no negative number, and none that no stream comes to."""
    for name in ("chunks", "depth", "answer"):
        count = getattr(value, name, 0)
        if isinstance(count, int) and abs(count) > _HIGHEST:
            yield f".{name}: must be a number that a stream comes to"
    if isinstance(value, RunCursor) and value.index > _HIGHEST:
        yield ".index: must be a number that a stream comes to"


def _wrong_echo(value: Any) -> Iterator[str]:
    """What has come again of a whole answer is less than all of it, of what the answer has."""
    echo = getattr(value, "echo", None)
    if echo is None:
        return
    for name in ("text", "reasoning", "refusal"):
        at = getattr(echo, name)
        if at != OVER and not 0 <= at < len(getattr(value, name)):
            yield f".echo.{name}: must be a number of characters, fewer than the {name} has, or {OVER}"
    if not 0 <= echo.calls <= len(value.calls.lanes):
        yield ".echo.calls: must be a number of calls that there are"


_RULES: tuple[Callable[[Any], Iterator[str]], ...] = (
    _wrong_lanes,
    _wrong_places,
    _wrong_running,
    _wrong_halves,
    _wrong_tags,
    _wrong_counts,
    _wrong_echo,
)


def _wrong_in_work(state: Any) -> Iterator[str]:
    """The part in work, and those whose deltas are remembered, are there."""
    items = getattr(state, "items", None)
    if items is None:
        return
    if not -1 <= state.holder < len(items.lanes):
        yield ".holder: must be the place of an item, or -1"
    found = [(".work", state.work)] if state.work is not None else []
    found += [(f".dedup.runs[{at}]", run) for at, run in enumerate(state.dedup.runs)]
    for path, one in found:
        if not (0 <= one.position < len(items.lanes) and 0 <= one.part < len(items.lanes.get(one.position).parts)):
            yield f"{path}: must be about a part that is there"


def _members(value: Any, is_it: Callable[[Any], bool]) -> list[tuple[str, Any]]:
    return [(field.name, getattr(value, field.name)) for field in fields(type(value)) if is_it(field.type)]

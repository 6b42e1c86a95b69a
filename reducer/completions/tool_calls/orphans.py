"""Arguments of which their place alone says whose they are, where the same answer speaks against it.

A place is an index without an id or a name, or no index at all. It is believed, as most providers say no more, unless
places turn out not to be what they seem:

- Arguments came under an index that no call has. They are given to the one call that they make whole, if there is just
  one. But where the index of a call that has its arguments by place lies between theirs and the one of a call without
  any, all indices may be off by one. With an id and without a name they are given to none, and nobody's as well.
- Arguments came under an index before a call was named there, and another call has its own by place: some servers
  number names by the list of tools, and arguments by the order of calls.
- More than one object came in one call's place, and another call has none.
- Arguments came with a name and no id, under another index than that of a call that has an id and no arguments.
- Arguments came without an index while those of several calls were open (`owners`).

Then nothing says whose these arguments are, and each call that they may belong to is in doubt. All of it is decided
when the answer is over, so that it does not depend on the order in which calls came.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ...values.frozen_value import evolve
from ...values.json_status import SPACES, START, scan_on
from .arguments import MAX_NOTHING, append, is_placeholder
from .call import Call, Reading
from .calls import Calls

_MOST_TRIED = 64  # calls that have begun, with which the arguments are read; if there are more, it stays in doubt
_NOBODYS = "arguments came that may be this call's or another's"
_SHIFTED = "arguments came under an index that no call has: others may be another call's as well"
_CROSSED = "some arguments came before a call was named at their index, others after: they may be each other's"
_DOUBLED = "more than one object came in one call's place, and none in another's"
_WITHOUT_ID = "arguments came with a name and no id, and none for a call that has one"


def adopt(calls: Calls, lost: int) -> tuple[Calls, Call | None, str]:
    """Give arguments without a call to the one call that they make whole, and doubt each that may have another's.

    Args:
        calls: the calls, nothing of which is undecided or held; those that the wire has closed are left alone.
        lost: how many frames were lost so far.

    Returns:
        The calls; the one that got arguments, and these.
    """
    open_ones = [call for call in map(calls.lanes.get, range(calls.closed, len(calls.lanes))) if call.is_own]
    orphans = [call for call in open_ones if call.is_orphan]
    named = [call for call in open_ones if not call.is_orphan]
    taker, added = (_taker(named, orphans[0]), "") if len(orphans) == 1 else (None, "")
    if taker is not None:
        (orphan,) = orphans
        taker, adopted, added = _joined(taker, orphan, lost)
        calls, orphans = calls.with_call(taker).with_call(adopted), []
        named = [taker if call.position == taker.position else call for call in named]
    strangers = [call for call in named if call.arguments and not call.name]
    nobodys = [*orphans, *strangers] if len(strangers) < len(named) else orphans
    for call, why in _suspects(named, nobodys):
        doubted = evolve(call, ownership=evolve(call.ownership, doubt=call.ownership.doubt or why))
        calls, taker = calls.with_call(doubted), doubted if doubted.position == (taker and taker.position) else taker
    return calls, taker, added


def _taker(calls: Sequence[Call], orphan: Call) -> Call | None:
    """The one call that the arguments make whole; None if there is another, or all indices may be off by one."""
    takers = list(islice(_takers(calls, orphan), 2))
    return takers[0] if len(takers) == 1 and not _between(calls, [orphan, *_lacking(calls)]) else None


def _joined(taker: Call, orphan: Call, lost: int) -> tuple[Call, Call, str]:
    """The call with those arguments, what is left of these, and what they add."""
    joined, added = append(taker, str(orphan.arguments), lost)
    began = min(joined.reading.lost, orphan.reading.lost)  # of either a piece may be lost
    reading = evolve(joined.reading, index=orphan.reading.index, lost=began)
    joined = evolve(joined, reading=reading, extras=joined.extras.with_more(orphan.extras))
    return joined, _part_of(taker, orphan, 0), added


def _part_of(call: Call, orphan: Call, dropped: int) -> Call:
    """Arguments that nothing names, as that call's."""
    return evolve(orphan, part_of=call.position, reading=Reading(dropped=orphan.reading.dropped + dropped))


def _takers(calls: Sequence[Call], orphan: Call) -> Iterator[Call]:
    """The named calls that have a whole object for their arguments, with those at their end."""
    more, tried = str(orphan.arguments), 0
    alone = scan_on(START, more)
    for call in calls:
        if not call.name or call.kind == "custom" or call.reading.whole >= 0:
            continue
        scan = alone
        if call.arguments:
            reading, tried = call.reading, tried + 1
            scan = scan_on(reading.scan, call.arguments.between(reading.scanned, len(call.arguments)))
            scan = scan_on(scan, more) if tried <= _MOST_TRIED else scan
        if scan.is_object or tried > _MOST_TRIED:
            yield call


def _suspects(calls: Sequence[Call], orphans: Sequence[Call]) -> Iterator[tuple[Call, str]]:
    """The calls that may have another's arguments, or lack their own, and why; `orphans` are of no known tool."""
    if not orphans and not any(map(_is_odd, calls)):
        return iter(())  # as nearly always
    found: dict[int, str] = {}
    by_place = [call for call in calls if _is_by_place(call)]
    lacking = _lacking(calls)
    if orphans:
        _doubt(found, (call for call in calls if call.reading.whole < 0 or is_placeholder(call)), _NOBODYS)
        if _between(calls, [*orphans, *lacking]):
            _doubt(found, by_place, _SHIFTED)
    blank = [call for call in lacking if _is_blank(call)]
    if len({call.ownership.by for call in by_place}) > 1:
        _doubt(found, [*by_place, *blank], _CROSSED)
    waiting = [call for call in blank if call.id or call.aliases]
    unknown = [one for one in calls if one.name and not (one.id or one.aliases or _is_blank(one))]
    _doubt(found, [*unknown, *waiting] if unknown and waiting else (), _WITHOUT_ID)
    doubled = [call for call in calls if _has_again(call)]
    if doubled:
        without = [*blank, *filter(is_placeholder, calls)] if any(map(_has_others, doubled)) else blank
        if without:
            _doubt(found, [*doubled, *without, *_between(calls, [*doubled, *without])], _DOUBLED)
    loose = next((call.ownership.doubt for call in calls if call.ownership.doubt), "")
    if loose:
        _doubt(found, [*lacking, *by_place], loose)
    return ((call, found[call.position]) for call in calls if call.position in found)


def _is_odd(call: Call) -> bool:
    """Whether anything of it speaks against what places say."""
    ownership = call.ownership
    return bool(ownership.by == "before" or ownership.doubt or not (call.id or call.aliases) or _has_again(call))


def _doubt(found: dict[int, str], calls: Iterable[Call], why: str) -> None:
    for call in calls:
        found.setdefault(call.position, why)


def _is_by_place(call: Call) -> bool:
    """Whether nothing but a place says that its first arguments are this call's."""
    return call.ownership.by == "place" or call.ownership.by == "before"


def _lacking(calls: Iterable[Call]) -> list[Call]:
    """The calls that have no whole arguments; of raw text, only none at all are known not to be whole."""
    return [call for call in calls if call.reading.whole < 0 and (call.kind == "function" or _is_blank(call))]


def _is_blank(call: Call) -> bool:
    return len(call.arguments) <= MAX_NOTHING and not str(call.arguments).strip(SPACES)


def _between(calls: Iterable[Call], ends: Sequence[Call]) -> list[Call]:
    """The calls with arguments by place whose index lies between those of some of these, or where that is not known."""
    indices = [_index_of(call) for call in ends]
    known = [index for index in indices if index is not None]
    low, high = (min(known), max(known)) if len(known) == len(indices) else (None, None)
    positions = {call.position for call in ends}
    others = [call for call in calls if _is_by_place(call) and call.position not in positions]
    if low is None or high is None:
        return others
    return [call for call in others if (index := _index_of(call)) is None or low < index < high]


def _index_of(call: Call) -> int | None:
    """The index that its arguments came under, or else the call itself."""
    return call.ownership.index if call.reading.index is None else call.reading.index


def _has_again(call: Call) -> bool:
    """Whether more than one object came in its place, be it that the one held the place of the other."""
    reading = call.reading
    again = reading.dropped > 0 or reading.late or _has_others(call)
    return again and call.ownership.by != "whole" and not is_placeholder(call)


def _has_others(call: Call) -> bool:
    """Whether another object begins behind its whole one."""
    reading = call.reading
    return reading.others and "{" in call.arguments.between(reading.scanned, len(call.arguments))

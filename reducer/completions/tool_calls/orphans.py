"""Arguments of which nothing says whose they are: some servers send them under another index than the name.

Whose they are is decided when the answer is over, so that it does not depend on the order in which calls came.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from ...values.frozen_value import evolve
from ...values.json_status import START, scan_on
from .arguments import append
from .call import Call, Reading
from .calls import Calls

_MOST_TRIED = 64  # calls that have begun, with which the arguments are read; if there are more, it stays in doubt


def adopt(calls: Calls, lost: int) -> tuple[Calls, Call | None, str]:
    """Give arguments without a call to the one call that they make whole; else doubt each call that is not whole.

    Args:
        calls: the calls, nothing of which is undecided or held; those that the wire has closed are left alone.
        lost: how many frames were lost so far.

    Returns:
        The calls; the one that got arguments, and these.
    """
    open_ones = [call for call in map(calls.lanes.get, range(calls.closed, len(calls.lanes))) if call.is_own]
    orphans = [call for call in open_ones if call.is_orphan]
    if not orphans:
        return calls, None, ""
    takers = list(islice(_takers(open_ones, orphans), 2))
    if len(takers) == 1:
        (orphan,) = orphans
        taker, added = append(takers[0], str(orphan.arguments), lost)
        began = min(taker.reading.lost, orphan.reading.lost)  # of either a piece may be lost
        taker = evolve(taker, reading=evolve(taker.reading, index=orphan.reading.index, lost=began))
        taker = evolve(taker, extras=taker.extras.with_more(orphan.extras))
        adopted = evolve(orphan, part_of=taker.position, reading=Reading(dropped=orphan.reading.dropped))
        return calls.with_call(taker).with_call(adopted), taker, added
    for call in open_ones:
        if call.reading.whole < 0 and not call.is_orphan:
            calls = calls.with_call(evolve(call, reading=evolve(call.reading, orphans=True)))
    return calls, None, ""


def _takers(calls: Sequence[Call], orphans: Sequence[Call]) -> Iterator[Call]:
    """The named calls that have a whole object for their arguments, with those of the one orphan at their end."""
    more, tried = str(orphans[0].arguments), 0
    alone = scan_on(START, more)
    for call in calls if len(orphans) == 1 else ():
        if not call.name or call.kind == "custom" or call.reading.whole >= 0:
            continue
        scan = alone
        if call.arguments:
            reading, tried = call.reading, tried + 1
            scan = scan_on(reading.scan, call.arguments.between(reading.scanned, len(call.arguments)))
            scan = scan_on(scan, more) if tried <= _MOST_TRIED else scan
        if scan.is_object or tried > _MOST_TRIED:
            yield call

"""How it is known whose arguments are, noted as they come: what follows from it is decided at the end (`orphans`).

Arguments that come with an id or a name of their call are that call's. Most providers send both once, then an index
alone; some send not even that. So a place, an index or the want of one, is believed, but not where it may mean two
calls:

- Arguments without an index, id or name are the last call's. Where another call's were open when a call began, they may
  be that one's.
- Where a call takes over the index of one whose arguments are open, what comes there may be either's.
"""

from typing import Literal

from ...values.frozen_value import changer_of, constructor_of
from ...values.json_status import json_status, scan_on
from ...values.persistent import Lanes
from .call import Call, Ownership

_ownership = constructor_of(Ownership)
_with_ownership = changer_of(Call, "ownership")
LOOSE = "arguments that name no call came while those of several calls were open"


def of_new_call(lanes: Lanes[Call], former: int | None, index: int | None, by: Literal["", "name"] = "") -> Ownership:
    """What is known of a call that begins.

    Args:
        lanes: the calls before it.
        former: the position of the call that its index, or no index, meant until now.
        index: its index.
        by: how its first arguments come, if they come now.
    """
    if former is not None and may_go_on(lanes.get(former)):
        return _ownership(index, by, "there")
    newest = lanes.get(lanes.size - 1) if lanes.size else None
    # If another was open when the newest began, it is taken for open still: to ask each of them would take too long.
    another = newest is not None and (newest.ownership.beside or may_go_on(newest))
    return _ownership(index, by, "another" if another else "")


def owned(call: Call, lanes: Lanes[Call], index: int | None, named: bool) -> Call:
    """The call, before a piece of its arguments is read.

    Args:
        call: the call.
        lanes: all calls.
        index: the index that the piece came under.
        named: whether it came with a name, or with an id that was known to be the call's.
    """
    ownership = call.ownership
    first = not ownership.by
    by = ownership.by or ("name" if named else "place" if call.id or call.aliases or call.name else "before")
    doubt = ownership.doubt
    if not named and by != "before":
        if ownership.beside == "there":
            doubt = LOOSE
        elif index is None and (first or call.reading.index is not None):
            newest = call if call.position >= lanes.size - 1 else lanes.get(lanes.size - 1)
            doubt = LOOSE if newest.ownership.beside else doubt
    if by == ownership.by and doubt == ownership.doubt:
        return call
    return _with_ownership(call, _ownership(ownership.index, by, ownership.beside, doubt))


def may_go_on(call: Call) -> bool:
    """Whether a call's arguments are open: more of them can come, and they are no whole value."""
    reading, undecided = call.reading, call.undecided
    if not call.is_own or call.closed is not None or reading.whole >= 0:
        return False
    if call.kind == "custom":
        return not call.arguments  # of raw text, nothing says whether it is whole
    if undecided:  # the pieces of a value, or that value again and again
        return "complete" not in (json_status("".join(undecided)), json_status(undecided[-1]))
    if not call.arguments:
        return True
    rest = call.arguments.between(reading.scanned, len(call.arguments))
    return scan_on(reading.scan, rest).status == "incomplete"

"""One tool call of a Chat Completions stream, as far as it has come."""

from typing import Literal

from ...doubts import Doubted
from ...shared.extras import NO_EXTRAS, Extras
from ...values.frozen_value import changer_of, value
from ...values.json_repeat import FRESH, Repetition
from ...values.json_status import START, JsonScan
from ...values.text import EMPTY, Text
from ..split_arguments import SplitArguments


@value
class Reading:
    """What is known of a call's arguments as JSON. It changes with few deltas, so it lies apart.

    Attributes:
        index: the index that the arguments come under; None while none came under one.
        lost: how many frames had been lost when the call began, or when the provider's whole made up for them.
        scan: of the arguments up to `scanned`.
        whole: how many frames had been lost when the arguments became a whole object; -1 while they are none.
        again: how far what came after the whole object repeats it, or the one of the other call that it is part of.
        held: what has come again, as it came, and is not emitted.
        others: whether something else came after it, and is among the arguments.
        of: the arguments of that other call, and where its whole object ends in them.
        since: how many frames had been lost when the fragments came that may only hold the place of arguments.
        dropped: how many objects came that were equal to the arguments, or in whose place they came.
        late: whether arguments came in the place of others that had been emitted.
        conflict: whether other arguments came after they were whole, or the provider's whole is another.
    """

    index: int | None = None
    lost: int = 0
    scan: JsonScan = START
    scanned: int = 0
    whole: int = -1
    again: Repetition = FRESH
    held: Text = EMPTY
    others: bool = False
    of: tuple[Text, int] | None = None
    since: int = 0
    dropped: int = 0
    late: bool = False
    conflict: bool = False

    def scanned_on(self, scan: JsonScan, scanned: int, whole: int = -1) -> "Reading":
        """This after more was read as JSON."""
        return _scanned_on(self, scan, scanned, whole)


_scanned_on = changer_of(Reading, "scan", "scanned", "whole")

NOTHING_READ = Reading()
"""Of no arguments."""


@value
class Ownership:
    """How it is known that arguments are this call's.

    Attributes:
        index: the index that the call was first seen under.
        by: how its first arguments came: "name": with its name or an id of its own; "place": by their index alone, or
            by none, once it had either; "before": before it had either; "whole": a whole message has confirmed them.
        beside: whether the arguments of another call were still open when it began: "another": of some call; "there":
            of the one that its own index, or no index, meant until then.
        doubt: why they may be another's, or others this call's; empty where nothing says so.
    """

    index: int | None = None
    by: Literal["", "name", "place", "before", "whole"] = ""
    beside: Literal["", "another", "there"] = ""
    doubt: str = ""


NOT_OWNED = Ownership()
"""Of a call without arguments that began while no other was open."""


@value
class Call:
    """One tool call, so far.

    Attributes:
        id: empty while none has come.
        name: empty while none has come.
        arguments: as read so far, without what is undecided or held.
        undecided: fragments that may be a placeholder, deltas or snapshots.
        snapshots: "read" once the fragments have turned out to be snapshots, each of which repeats all that came
            before; "contradicted" if one came after that does not.
        opened: whether the call's first message is out; then id, name and kind of message are settled.
        approval: whether its messages are approval requests; means something once it is opened.
        aliases: further ids; one that is another call's own is among them, if both came with it.
        half: the half of a character that the last piece of its arguments ended in (`values.halves`).
        reading: what is known of the arguments as JSON.
        ownership: how it is known that they are this call's.
        part_of: the position of the call whose arguments these are, or repeat so far; -1 if they are this call's own.
        closed: the doubts when the wire closed the call; None while it has not.
        split: where its arguments are split on their way out (inner thoughts), how far that is.
    """

    position: int
    id: str = ""
    name: str = ""
    kind: Literal["function", "custom"] = "function"
    arguments: Text = EMPTY
    undecided: tuple[str, ...] = ()
    snapshots: Literal["", "read", "contradicted"] = ""
    opened: bool = False
    approval: bool = False
    aliases: tuple[str, ...] = ()
    extras: Extras = NO_EXTRAS
    split: SplitArguments | None = None
    half: str = ""
    reading: Reading = NOTHING_READ
    ownership: Ownership = NOT_OWNED
    part_of: int = -1
    closed: tuple[Doubted, ...] | None = None

    def with_more(self, arguments: Text, split: SplitArguments | None) -> "Call":
        """This call with these arguments, and that split."""
        return _with_more(self, arguments, split)

    def with_reading(self, reading: Reading) -> "Call":
        """This call, of whose arguments that is known as JSON."""
        return _with_reading(self, reading)

    @property
    def size(self) -> int:
        """How many characters of its arguments there are, those that are undecided or held included."""
        return len(self.arguments) + len(self.reading.held) + sum(map(len, self.undecided)) + len(self.half)

    @property
    def is_own(self) -> bool:
        """Whether it is a call of its own."""
        return self.part_of < 0

    @property
    def is_adopted(self) -> bool:
        """Whether its arguments were given to another call, as more of them would be."""
        return not self.is_own and self.reading.whole < 0

    @property
    def is_orphan(self) -> bool:
        """Whether there are arguments, and nothing says of which call."""
        return self.is_own and not (self.id or self.aliases or self.name) and bool(self.arguments or self.undecided)


_with_more = changer_of(Call, "arguments", "split")
_with_reading = changer_of(Call, "reading")


def can_open(call: Call, approvals: frozenset[str]) -> bool:
    """Whether the call's first message can go out.

    Its id and name must be there, and no more of its name may come that would make it another kind of message.
    """
    if not (call.id or call.aliases) or not call.name:
        return False
    if call.arguments or call.undecided:
        return True
    return not any(tool.startswith(call.name) for tool in approvals)

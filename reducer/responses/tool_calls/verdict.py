"""Whether a tool call can be run: what is known of it beside its text, and the doubts that follow."""

from typing import TypeAlias

from ...doubts import AT_LIMIT, Doubt, Doubted, doubts_of_call
from ...values.frozen_value import evolve, value
from ...values.text import Text
from .arguments import NO_ARGUMENTS, Arguments, lacks_pieces, may_hold_a_place

Losses: TypeAlias = tuple[int, int]
"""How many times something came that cannot be told: a frame that could not be read, a delta that names no call."""

STALE = "the whole arguments lack the end of what came"
DIFFERS = "the whole arguments differ from what came"
CONTRADICTED = Doubted(Doubt.CONFLICTING_WHOLE, DIFFERS)
"""Of two whole objects that differ, no third tells which is right."""
GOES_ON = "more came after the whole arguments"
CHANGED = Doubted(Doubt.CONFLICTING_WHOLE, "something else came after the call was closed")
RENAMED = Doubted(Doubt.CONFLICTING_WHOLE, "its name is another one at its end")
REPEATED = Doubted(Doubt.CONFLICTING_WHOLE, "it came under another call's id, and says the same")
CUT_OFF = Doubted(Doubt.CUT_OFF, "the response was cut off at this call")
_LOST = Doubted(Doubt.FRAME_LOST, "something that could not be read came while the arguments were coming")
ORPHANS = Doubted(Doubt.ORPHAN_ARGUMENTS, "arguments came while several calls were open, and do not say for which")


@value
class CallState:
    """What is known of a tool call, beside its item.

    Attributes:
        arguments: what is known of a function's arguments.
        began: what had been lost when it began, or when the provider's whole came; less by what was lost of it alone.
        settled: what had been lost when its arguments were whole; None if they are not, or may be a placeholder.
        conflict: in what way the arguments contradict each other; empty if they do not.
        announced: whether it was said that the call is closed.
        doubts: those that nothing takes back.
        repeated: how much of the arguments came again after the response was over.
        aliases: other ids that came for it once its own was said.
    """

    arguments: Arguments = NO_ARGUMENTS
    began: Losses = (0, 0)
    settled: Losses | None = None
    conflict: str = ""
    announced: bool = False
    doubts: tuple[Doubted, ...] = ()
    repeated: int = 0
    aliases: tuple[str, ...] = ()

    def with_arguments(self, arguments: Arguments, losses: Losses) -> "CallState":
        """This call after more of its arguments."""
        if arguments is self.arguments:
            return self
        settled, conflict = self.settled, arguments.mode == "conflict"
        if not (self.announced or conflict or arguments.mode == "placeholder" or arguments.is_whole):
            settled = None
        if settled is None and arguments.is_whole and arguments.scan.top != "empty":
            settled = losses
        found = _OTHERS_FOLLOW if conflict else self.conflict
        return CallState(
            arguments, self.began, settled, found, self.announced, self.doubts, self.repeated, self.aliases
        )

    def doubted(self, doubt: Doubted) -> "CallState":
        """This call with a doubt that nothing takes back."""
        known = any(one.doubt is doubt.doubt for one in self.doubts)
        return self if known else evolve(self, doubts=(*self.doubts, doubt))

    def called(self, call_id: str) -> "CallState":
        """This call with one more id."""
        return evolve(self, aliases=(*self.aliases, call_id)[:_MOST_ALIASES])

    def lacking(self, losses: Losses) -> tuple[Doubted, ...]:
        """The doubts about what was lost."""
        until = self.settled or losses
        if until == self.began:  # as nearly always
            return ()
        return tuple(doubt for doubt, had, has in zip((_LOST, ORPHANS), self.began, until, strict=True) if has > had)


_MOST_ALIASES = 16
_OTHERS_FOLLOW = "after whole arguments came others"
NEW_CALL = CallState()
"""A call that begins in a stream that lost nothing."""


def call_that_begins(losses: Losses) -> CallState:
    """A call that begins now."""
    return CallState(began=losses) if any(losses) else NEW_CALL


def doubts_of(
    call: CallState,
    losses: Losses,
    name: str,
    arguments: str | None,
    custom: bool,
    closed: bool,
    limited: bool = False,
) -> tuple[Doubted, ...]:
    """All doubts about a call; none if it can be run.

    Args:
        call: what is known of it.
        losses: what was lost by now.
        name: its name.
        arguments: as the result has them; None if they are known to be a whole object.
        custom: whether they are raw text.
        closed: whether the wire said that it is over, and cut nothing off.
        limited: whether a limit ended the fold while it was open.
    """
    limit = (AT_LIMIT,) if limited else ()
    conflict = (Doubted(Doubt.CONFLICTING_WHOLE, call.conflict),) if call.conflict else ()
    known = custom or arguments is None
    found = doubts_of_call(name, arguments or "", known, closed, *call.lacking(losses), *conflict, *limit)
    kept = call.doubts
    return kept + tuple(doubt for doubt in found if all(doubt.doubt is not one.doubt for one in kept))


def explained(call: CallState, losses: Losses, said: Text, whole: Text, waits: bool) -> bool:
    """Whether a whole differs because of what was lost, or came before the stream was joined.

    Args:
        call: what is known of the call.
        losses: what was lost by now.
        said: what came of its arguments.
        whole: the provider's whole.
        waits: whether its name has not come.
    """
    if len(said) and may_hold_a_place(whole):  # of what came
        return False
    lacking = {doubted.doubt for doubted in call.lacking(losses)}
    fits = len(said) <= len(whole)  # else nothing is looked at, however long it is
    lost = Doubt.FRAME_LOST in lacking and fits and lacks_pieces(str(said), str(whole))
    return lost or Doubt.ORPHAN_ARGUMENTS in lacking or (waits and fits and str(whole).endswith(str(said)))

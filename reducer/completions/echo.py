"""What comes after a whole answer and may only be that answer again, in deltas.

Some gateways answer a request for a stream by a whole completion, and then send the same once more, piece by piece.
So what follows such an answer is compared with it, channel by channel, from its start: what is equal is not said again,
and from the first difference on all of it is text like any other.
"""

from typing import Any

from ..values.frozen_value import evolve, value
from ..values.text import Text

OVER = -1
"""In place of how much came again: something else did."""


@value
class Echo:
    """How much of a whole answer has come again.

    Attributes:
        text, reasoning, refusal: characters of it.
        calls: how many tool calls the answer has: the next ones may be these, in order.
        over: whether a finish word came with the answer, so that its beginning alone is a repetition as well.
    """

    text: int = 0
    reasoning: int = 0
    refusal: int = 0
    calls: int = 0
    over: bool = True

    @property
    def is_partial(self) -> bool:
        """Whether a beginning of some channel has come again, and not the rest."""
        return max(self.text, self.reasoning, self.refusal) > 0

    def read(self, channel: str, known: Text, piece: str) -> "tuple[Echo, str, int]":
        """Compare a piece of a channel.

        Args:
            channel: its name.
            known: what the channel has.
            piece: what comes.

        Returns:
            What has come again then; what is new; how many times all of it has come again.
        """
        at, count, size, left = getattr(self, channel), 0, len(known), piece
        if at == OVER:
            return self, piece, 0
        while left:
            expected = known.between(at, at + len(left))
            if not left.startswith(expected):
                return self._with(channel, OVER), known.between(0, at) + left, count
            left, at = left[len(expected) :], at + len(expected)
            if at == size:
                at, count = 0, count + 1
        return self._with(channel, at), "", count

    def _with(self, channel: str, at: int) -> "Echo":
        changed: dict[str, Any] = {channel: at}
        return evolve(self, **changed)


def echo_of(text: Text, reasoning: Text, refusal: Text, calls: int, over: bool) -> Echo | None:
    """Before anything came after a whole answer of these; None if it has nothing that can come again."""
    text_at, reasoning_at, refusal_at = (0 if channel else OVER for channel in (text, reasoning, refusal))
    echo = Echo(text_at, reasoning_at, refusal_at, calls, over)
    return None if calls == 0 and (text_at, reasoning_at, refusal_at) == (OVER, OVER, OVER) else echo

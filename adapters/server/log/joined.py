"""What is kept of messages that are trimmed: the fewest messages that say the same."""

from collections.abc import Iterable
from functools import reduce

from ...protocols.coalesce import NOTHING, catch_up, tell
from ...protocols.turn import SaidOrResult

__all__ = ["joined"]


def joined(messages: Iterable[SaidOrResult]) -> tuple[SaidOrResult, ...]:
    """What messages say, in the fewest. Those that were joined before may come first: it ends in the same.

    Args:
        messages: of a run, from its first on.
    """
    return catch_up(reduce(tell, messages, NOTHING))

"""A run of the log, as a turn for a client's protocol: heard from its start, so that every client is told the same.

A sink is deterministic: heard again, a run gives the same events with the same ids. So a client that comes back is told
it from the start, in the way its protocol has for that: `useChat` replays what it gets; AG-UI's takes the messages
before the run first (`agui.Config.history`); Letta's says up to which number it has it (`letta_sink.Config.after`).
"""

from collections.abc import AsyncIterable, AsyncIterator

from ..errors import RunTrimmed
from .log import Gap, Logged, Over
from .runs import Heard
from .sink_frames import SaidOrResult

__all__ = ["said_of"]


async def said_of(heard: AsyncIterable[Heard], *, whole: bool = False) -> AsyncIterator[SaidOrResult]:
    """What a run said, then what it came to, for a `StreamResponse`.

    Args:
        heard: what `Runs.listen` gives, from the run's start. Beats are left out: the response has its own.
        whole: whether it must have every message: for Letta's numbers, which count them (`letta_sink.Config.after`).

    Raises:
        RunTrimmed: if the log was trimmed behind what was heard already, which cannot be unsaid: ask from the start;
            or at all, where the run must be whole.
    """
    begun = False
    async for one in heard:
        if isinstance(one, Gap) and (begun or whole):
            raise RunTrimmed(
                "messages of this run were trimmed, of which the client may have some: tell it all of it anew"
            )
        if isinstance(one, Logged):
            yield one.message
        elif isinstance(one, Gap):
            for message in one.messages:
                yield message
        elif isinstance(one, Over) and one.result is not None:
            yield one.result
        begun = begun or isinstance(one, (Logged, Gap))

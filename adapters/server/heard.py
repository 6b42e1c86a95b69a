"""A run of the log, as a turn for a client's protocol: heard from its start, so that every client is told the same.

A sink is deterministic: heard again, a run gives the same events with the same ids. So a client that comes back is told
it from the start, in the way its protocol has for that: `useChat` replays what it gets; AG-UI's takes the messages
before the run first (`agui.Config.history`); Letta's says up to which number it has it (`letta_sink.Config.after`).
"""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator

from ..errors import RunTrimmed
from ..protocols.turn import SaidOrResult
from .log import Gap, Logged, Over
from .read_ahead import close_source
from .runs import Heard

__all__ = ["HeardRun", "said_of"]


class HeardRun(AsyncIterator[SaidOrResult]):
    """What `said_of` gives: the messages of a run that goes on without listeners, so that a listener can be dropped."""

    def __init__(self, heard: AsyncIterable[Heard], whole: bool) -> None:
        self._heard = aiter(heard)
        self._source = heard
        self._said = _said(self._heard, whole)

    async def __anext__(self) -> SaidOrResult:
        """What was said next."""
        return await anext(self._said)

    async def aclose(self) -> None:
        """Listen no more."""
        try:
            await self._said.aclose()
        finally:
            await close_source(self._heard, self._source)


def said_of(heard: AsyncIterable[Heard], *, whole: bool = False) -> HeardRun:
    """The messages of a run, then its result, for a `StreamResponse`.

    What this gives raises `RunTrimmed` if the log was trimmed after a part of it was heard, since that part cannot be
    taken back: listen again from the start. With `whole`, it raises that if the log was trimmed at all.

    Args:
        heard: what `Runs.listen` gives, from the run's start. Beats are left out: the response has its own.
        whole: whether it must have every message: for Letta's numbers, which count them (`letta_sink.Config.after`).
    """
    return HeardRun(heard, whole)


async def _said(heard: AsyncIterator[Heard], whole: bool) -> AsyncGenerator[SaidOrResult, None]:
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

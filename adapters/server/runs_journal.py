"""What a run has done and the log has yet to be told: it grows as the stream is read, and is taken in batches."""

from collections.abc import Iterable
from typing import Any

import anyio

from ...reducer.messages import Message
from ..driver import Observer
from ..protocols.turn import SaidOrResult
from .log import Batch, Checkpoint, TurnState

__all__ = ["Journal"]

_MOST = 2_000
"""Messages and chunks that wait for the log, beyond which nothing more is read."""


class Journal(Observer):
    """An observer of a run, which keeps each chunk together with the messages that it gave.

    A state is stored with every so many chunks, and only after a fifth of all that there were: the states of a long
    answer are long, and together they must not cost more than its chunks. It is stored as well where a model call of a
    turn begins and ends, which no chunk does.

    Args:
        state: where the run begins: the state of a fold, or of a turn.
        number: of the next message.
        place: how many chunks were folded before.
        every: after how many chunks the state is stored at the soonest.

    Attributes:
        fold: the state of the fold that goes on, or was last; None of a turn before its first call.
        said: how many messages it has; those of a fold's end are not among them.
    """

    def __init__(self, state: Any, number: int, place: int, every: int) -> None:
        self._in_turn = isinstance(state, TurnState)
        self.fold = state.call if isinstance(state, TurnState) else state
        self.said = self._number = number
        self._place = self._saved = place
        self._every = every
        self._messages: list[SaidOrResult] = []
        self._chunks: list[Any] = []
        self._owes_state = False
        self._over = False
        self._news = anyio.Event()
        self._room = anyio.Event()

    @property
    def state(self) -> Any:
        """Where the run is: the state of a fold, or of a turn."""
        return TurnState(self.fold) if self._in_turn else self.fold

    def stepped(self, before: Any, chunk: Any, after: Any, messages: tuple[Message, ...], /) -> None:
        """A chunk was folded."""
        self._chunks.append(chunk)
        self.fold = after
        self.say(messages)

    def pass_to(self, fold: Any, said: Iterable[SaidOrResult]) -> None:
        """A model call of a turn begins, or is over: the state is another, and no chunk gave it.

        Args:
            fold: the state of the call's fold.
            said: what is said with that.
        """
        self.fold = fold
        self._owes_state = True
        self.say(said)

    def say(self, said: Iterable[SaidOrResult]) -> None:
        """Something was said, in the state that there is."""
        before = len(self._messages)
        self._messages += said
        self.said += len(self._messages) - before
        self._news.set()

    def end(self) -> None:
        """There will be no more."""
        self._over = True
        self._news.set()

    async def room(self) -> None:
        """Wait while too much waits for the log."""
        while len(self._chunks) + len(self._messages) > _MOST:
            self._room = anyio.Event()
            await self._room.wait()

    async def batch(self) -> Batch | None:
        """Wait for something to append; None once all has been taken and no more comes."""
        while not (self._chunks or self._messages or self._owes_state):
            if self._over:
                return None
            self._news = anyio.Event()
            await self._news.wait()
        return self.rest()

    def rest(self) -> Batch:
        """Take what there is."""
        messages, chunks, self._messages, self._chunks = self._messages, self._chunks, [], []
        number, place = self._number, self._place
        self._number += len(messages)
        self._place += len(chunks)
        self._room.set()
        return Batch(number, tuple(messages), place, tuple(chunks), self._checkpoint())

    def _checkpoint(self) -> Checkpoint | None:
        if not self._owes_state and self._place - self._saved < max(self._every, self._place // 5):
            return None
        self._saved, self._owes_state = self._place, False
        return Checkpoint(self.said, self._place, self.state)

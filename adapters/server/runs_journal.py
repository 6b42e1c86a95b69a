"""What a fold has done and the log has yet to be told: it grows as the stream is read, and is taken in batches."""

from typing import Any

import anyio

from ...reducer.messages import Message
from ..driver import Observer
from .log import Batch, Checkpoint

__all__ = ["Journal"]

_MOST = 2_000
"""Messages and chunks that wait for the log, beyond which nothing more is read."""


class Journal(Observer):
    """An observer of a run, which keeps each chunk together with the messages that it gave.

    A state is stored with every so many chunks, and only after a fifth of all that there were: the states of a long
    answer are long, and together they must not cost more than its chunks.

    Args:
        state: where the fold begins.
        number: of the next message.
        place: how many chunks were folded before.
        every: after how many chunks the state is stored at the soonest.

    Attributes:
        state: where the fold is.
        said: how many messages it has said by its steps; later ones are of its end.
    """

    def __init__(self, state: Any, number: int, place: int, every: int) -> None:
        self.state = state
        self.said = self._number = number
        self._place = self._saved = place
        self._every = every
        self._messages: list[Message] = []
        self._chunks: list[Any] = []
        self._over = False
        self._news = anyio.Event()
        self._room = anyio.Event()

    def stepped(self, before: Any, chunk: Any, after: Any, messages: tuple[Message, ...], /) -> None:
        """A chunk was folded."""
        self._chunks.append(chunk)
        self._messages += messages
        self.said += len(messages)
        self.state = after
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
        while not self._chunks:
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
        if self._place - self._saved < max(self._every, self._place // 5):
            return None
        self._saved = self._place
        return Checkpoint(self.said, self._place, self.state)

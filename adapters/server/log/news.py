"""Who waits for more of a run in this process, and how they are woken."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

import anyio

__all__ = ["Ear", "News", "Standing"]

Standing: TypeAlias = tuple[str, int]
"""A run's status, and the number of its next message: both change only when there is more to read."""


class Ear:
    """One who waits.

    Attributes:
        known: what is known already; None while it is being found out, so that any news counts.
    """

    def __init__(self) -> None:
        self.known: Standing | None = None
        self._news = anyio.Event()

    def begin(self) -> None:
        """Begin to look: what comes from now on is news."""
        self.known = None
        if self._news.is_set():
            self._news = anyio.Event()

    def hear(self, standing: Standing) -> None:
        """A run stands here now."""
        if standing != self.known:
            self._news.set()

    async def wait(self) -> None:
        """Wait for news."""
        await self._news.wait()


class News:
    """The ears of a process, by run."""

    def __init__(self) -> None:
        self._ears: dict[str, list[Ear]] = {}
        self._wanted = anyio.Event()

    @property
    def awaited(self) -> list[str]:
        """The runs that somebody waits for."""
        return list(self._ears)

    async def wanted(self) -> None:
        """Wait until somebody waits for something."""
        if not self._ears:
            self._wanted = anyio.Event()
            await self._wanted.wait()

    @contextmanager
    def listening(self, run_id: str) -> Iterator[Ear]:
        """An ear for a run. To miss nothing, listen first, and then look."""
        ear = Ear()
        ears = self._ears.setdefault(run_id, [])
        ears.append(ear)
        self._wanted.set()
        try:
            yield ear
        finally:
            ears.remove(ear)
            if not ears:
                self._ears.pop(run_id, None)

    def tell(self, standings: Mapping[str, Standing]) -> None:
        """Wake those who do not know where these runs stand."""
        for run_id, standing in standings.items():
            for ear in self._ears.get(run_id, ()):
                ear.hear(standing)

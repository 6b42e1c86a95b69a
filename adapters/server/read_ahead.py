"""An asynchronous source, read in a task of its own: waiting for it can be given up without cancelling anything."""

import logging
from collections import deque
from collections.abc import AsyncIterable
from typing import Generic, TypeVar

import anyio

__all__ = ["ReadAhead"]

T = TypeVar("T")

_log = logging.getLogger("streamfold")
_MOST = 64
"""Items that are read ahead; a client that is slower than that slows the source."""
_CLOSE_TIMEOUT = 5.0


class ReadAhead(Generic[T]):
    """Items of a source, as they come. It is made inside the event loop.

    Args:
        source: what is read, and closed at the end.

    Attributes:
        failure: what the source raised; None while it goes on, and after a normal end.
        is_cancelled: whether it was cancelled, by whomever.
    """

    def __init__(self, source: AsyncIterable[T]) -> None:
        self._source = source
        self._items: deque[T] = deque()
        self._news, self._room = anyio.Event(), anyio.Event()
        self._is_over = False
        self.failure: Exception | None = None
        self.is_cancelled = False

    async def read(self) -> None:
        """Read the source to its end, and close it; run this as a task. What the source raises is in `failure`."""
        try:
            async for item in self._source:
                self._items.append(item)
                self._news.set()
                while len(self._items) >= _MOST:
                    self._room = anyio.Event()
                    await self._room.wait()
        except anyio.get_cancelled_exc_class():
            self.is_cancelled = True
            raise
        except Exception as error:
            self.failure = error
        finally:
            self._is_over = True
            self._news.set()
            await self._close()

    async def take(self, seconds: float) -> list[T] | None:
        """All items that have come.

        Args:
            seconds: how long to wait for one.

        Returns:
            None if none came in time; nothing, if there are no more.
        """
        if not (self._items or self._is_over):
            self._news = anyio.Event()
            with anyio.move_on_after(seconds):
                await self._news.wait()
            if not (self._items or self._is_over):
                return None
        taken = list(self._items)
        self._items.clear()
        self._room.set()
        return taken

    async def _close(self) -> None:
        close = getattr(self._source, "aclose", None)
        if close is None:
            return
        with anyio.move_on_after(_CLOSE_TIMEOUT, shield=True):
            try:
                await close()
            except Exception as error:
                _log.warning("the source of a response raised while it was being closed: %r", error)

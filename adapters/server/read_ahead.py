"""An asynchronous source, read in a task of its own: waiting for it can be given up without cancelling anything."""

import logging
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator
from typing import Generic, TypeVar

import anyio

from .foreign_cancel import ForeignCancelsFail

__all__ = ["ReadAhead", "close_source"]

T = TypeVar("T")

_log = logging.getLogger("streamfold")
_MOST = 64
"""Items that are read ahead; a client that is slower than that slows the source."""
_CLOSE_TIMEOUT = 5.0


class ReadAhead(Generic[T]):
    """Items of a source, as they come. It is made inside the event loop.

    Args:
        source: what is read, and closed at the end, with the iterator that was made of it.

    Attributes:
        failure: what the source raised; None while it goes on, and after a normal end.
        is_cancelled: whether its reading was cancelled.
    """

    def __init__(self, source: AsyncIterable[T]) -> None:
        self._source = source
        self._iterator: AsyncIterator[T] | None = None
        self._items: deque[T] = deque()
        self._news, self._room = anyio.Event(), anyio.Event()
        self._is_over = False
        self._reading = anyio.CancelScope()
        self.failure: Exception | None = None
        self.is_cancelled = False

    async def read(self) -> None:
        """Read the source to its end, and close it; run this as a task. What the source raises is in `failure`."""
        with self._reading:
            await self._read()

    def stop(self) -> None:
        """Read no more: the source is closed."""
        self._reading.cancel()

    async def _read(self) -> None:
        try:
            async with ForeignCancelsFail():
                await self._read_all()
        except anyio.get_cancelled_exc_class():
            self.is_cancelled = True
            raise
        except Exception as error:
            self.failure = error
        finally:
            self._is_over = True
            self._news.set()
            await self._close()

    async def _read_all(self) -> None:
        self._iterator = aiter(self._source)
        async for item in self._iterator:
            self._items.append(item)
            self._news.set()
            while len(self._items) >= _MOST:
                self._room = anyio.Event()
                await self._room.wait()

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
        with anyio.move_on_after(_CLOSE_TIMEOUT, shield=True):
            try:
                await close_source(self._iterator, self._source)
            except Exception as error:
                _log.warning("the source of a response raised while it was being closed: %r", error)


async def close_source(iterator: object, source: object) -> None:
    """Close an iterator, and what it was made of, where they can be closed; one that is both, once.

    Raises:
        Exception: what one of them raises, once both were told.
    """
    try:
        await _close(iterator)
    finally:
        if source is not iterator:
            await _close(source)


async def _close(one: object) -> None:
    close = getattr(one, "aclose", None)
    if close is not None:
        await close()

"""A request that came, and its answer's body, as an HTTP library of either kind reads and closes it."""

import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import inf
from typing import Any, Generic, TypeVar

import anyio
from anyio.lowlevel import checkpoint
from attrs import Factory, define, field

from ...reducer.ends import End, Ended, Failed

__all__ = ["Asked", "Body"]

PartT = TypeVar("PartT")


@define(eq=False)
class Asked:
    """A request that came, and how its answer fared.

    Attributes:
        query: the query's values, by name.
        headers: the values, by their names in lower case.
        body: its JSON, decoded.
        frames: how many whole frames went out so far.
        over: set when the client has closed the answer.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    frames: int = 0
    over: threading.Event = field(default=Factory(threading.Event), repr=False)

    @property
    def closed(self) -> bool:
        """Whether the client has closed the answer, be it at its end or before."""
        return self.over.is_set()


class Body(Generic[PartT]):
    """Pieces of bytes, each made of a part.

    Args:
        parts: an iterable, or what is read in one way only: an asynchronous iterable, or a synchronous one.
        asked: the request that it answers; it is over when the body is closed.
    """

    def __init__(self, parts: Any, asked: Asked) -> None:
        self._parts = parts
        self._asked = asked

    def pause(self, part: PartT) -> float | None:
        """How many seconds pass before a part."""
        return None

    def piece(self, part: PartT) -> bytes | None:
        """What a part puts on the wire, if anything; raises what a client's library raises."""
        raise NotImplementedError

    def read(self, end: End) -> None:
        """It was read to its end, or reading it raised."""

    def __iter__(self) -> Iterator[bytes]:
        with self._reading():
            for part in self._parts:
                seconds = self.pause(part)
                if seconds is not None and self._asked.over.wait(None if seconds == inf else seconds):
                    return  # closed by another thread
                if (piece := self.piece(part)) is not None:
                    yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self._reading():
            async for part in self._parts if hasattr(self._parts, "__aiter__") else _OneByOne(self._parts):
                seconds = self.pause(part)
                if seconds is not None:
                    await anyio.sleep(seconds)
                if (piece := self.piece(part)) is not None:
                    yield piece

    def close(self) -> None:
        """The client is done with it."""
        self._asked.over.set()

    async def aclose(self) -> None:
        """The asynchronous client is done with it."""
        self._asked.over.set()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.read(Failed(error))
            raise
        self.read(Ended())


class _OneByOne:
    """An iterable for an asynchronous reader, who lets others run before each part."""

    def __init__(self, parts: Iterable[Any]) -> None:
        self._parts = iter(parts)

    def __aiter__(self) -> "_OneByOne":
        return self

    async def __anext__(self) -> Any:
        for part in self._parts:
            await checkpoint()
            return part
        raise StopAsyncIteration

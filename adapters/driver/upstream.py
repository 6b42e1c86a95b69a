"""How to iterate what a driver was given: a stream by itself, a response of an HTTP client by its bytes.

The clients' classes are told by what they offer, so this imports none.
"""

import logging
import sys
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from functools import partial
from inspect import CORO_CREATED, getattr_static, getcoroutinestate, isasyncgenfunction
from types import CoroutineType
from typing import Any, Literal, Protocol, TypeAlias, overload

__all__ = [
    "AsyncStream",
    "Stream",
    "close_all",
    "closers_of",
    "is_whole",
    "iterator_of",
    "let_give_frames",
    "log_failure",
    "requests_not_begun",
    "way_in",
]

_log = logging.getLogger("streamfold")


class _HttpxResponse(Protocol):
    def aiter_bytes(self) -> AsyncIterator[bytes]: ...


class _OpenaiResponse(Protocol):
    def iter_bytes(self) -> AsyncIterator[bytes]: ...


class _AiohttpContent(Protocol):
    def iter_any(self) -> AsyncIterable[bytes]: ...


class _AiohttpResponse(Protocol):
    @property
    def content(self) -> _AiohttpContent: ...


class _Response(Protocol):
    def iter_bytes(self) -> Iterator[bytes]: ...


_AsyncOpen: TypeAlias = AsyncIterable[Any] | _HttpxResponse | _OpenaiResponse | _AiohttpResponse
_Open: TypeAlias = Iterable[Any] | _Response
AsyncStream: TypeAlias = _AsyncOpen | AbstractAsyncContextManager[_AsyncOpen, bool | None]
"""An asynchronous stream, a response that is iterated by its bytes, or the manager of one, which is entered for it."""
Stream: TypeAlias = _Open | AbstractContextManager[_Open, bool | None]
"""The same, to be iterated without waiting."""


@overload
def iterator_of(stream: Any, asynchronous: Literal[True]) -> AsyncIterator[Any]: ...
@overload
def iterator_of(stream: Any, asynchronous: Literal[False]) -> Iterator[Any]: ...
def iterator_of(stream: Any, asynchronous: bool) -> Any:
    """The iterator over what a stream gives, or over the bytes of a response.

    Args:
        stream: an open stream, or a response of httpx, of aiohttp, of requests, or of the openai client's
            `with_streaming_response`.
        asynchronous: which of the two kinds of iterators is asked for.

    Raises:
        TypeError: if it cannot be iterated this way.
    """
    way = way_in(stream, asynchronous)
    if way is None:
        how = "asynchronously" if asynchronous else "synchronously"
        raise TypeError(f"stream must be an open stream, not {stream!r:.80}: it cannot be iterated {how}")
    return way()


def let_give_frames(stream: Any) -> None:
    """Let a stream of the openai client give frames in place of objects, where that changes nothing else."""
    if "openai" in sys.modules:
        from ..openai_sdk import give_frames

        give_frames(stream)


def way_in(stream: Any, asynchronous: bool) -> Callable[[], Any] | None:
    """What makes the iterator; None if there is nothing of the kind."""
    if isinstance(stream, type) or is_whole(stream):
        return None
    if hasattr(stream, "__aiter__" if asynchronous else "__iter__"):
        return stream.__aiter__ if asynchronous else lambda: iter(stream)
    if hasattr(stream, "aiter_bytes") and hasattr(stream, "iter_bytes"):  # httpx: one class for both kinds
        return _way_into_httpx(stream, asynchronous)
    iter_bytes = getattr(stream, "iter_bytes", None)  # the openai client's: a class for each
    if iter_bytes is not None and isasyncgenfunction(iter_bytes) is asynchronous:
        return iter_bytes  # type: ignore[no-any-return]
    # aiohttp's; looked at without asking for it, since that of requests reads all of the body.
    content = getattr_static(stream, "content", None)
    return (lambda: _pieces_of(content)) if asynchronous and hasattr(content, "iter_any") else None


async def _pieces_of(content: Any) -> AsyncIterator[bytes]:
    """The pieces of an aiohttp response. Where its connection breaks, it raises before it gives what had come."""
    try:
        async for piece in content.iter_any():
            yield piece
    except Exception:
        read_nowait = getattr(content, "_read_nowait", None)  # its public twin raises as well
        rest = None if read_nowait is None else read_nowait(-1)
        if rest:
            yield rest
        raise


def _way_into_httpx(response: Any, asynchronous: bool) -> Callable[[], Any] | None:
    if not hasattr(getattr(response, "stream", None), "__aiter__" if asynchronous else "__iter__"):
        return None  # of the other kind of client
    return response.aiter_bytes if asynchronous else response.iter_bytes  # type: ignore[no-any-return]


def closers_of(*opened: Any, asynchronous: bool) -> list[Callable[[], Any]]:
    """How to close each of these that is there and can be; one that is there twice, once.

    Args:
        opened: streams, and their iterators.
        asynchronous: whether `aclose` comes before `close`.
    """
    names = ("aclose", "close") if asynchronous else ("close",)
    once = {id(one): one for one in opened if one is not None}.values()
    found = (next(filter(None, (getattr(one, name, None) for name in names)), None) for one in once)
    return [close for close in found if close is not None]


def requests_not_begun(manager: Any) -> list[Callable[[], None]]:
    """How to close the requests that a stream's manager holds and has not begun.

    The manager of the openai client's `with_streaming_response` holds a coroutine, of which Python warns if it is never
    awaited; a run that is over before it was opened does not.
    """
    held = [one for one in getattr(manager, "__dict__", {}).values() if isinstance(one, CoroutineType)]
    return [partial(one.close) for one in held if getcoroutinestate(one) == CORO_CREATED]


def close_all(closers: Iterable[Callable[[], Any]]) -> None:
    """Call each of these, whatever the others raise."""
    for close in closers:
        try:
            close()
        except Exception as error:
            log_failure(error)


def log_failure(error: Exception) -> None:
    """Log what was raised by closing an upstream."""
    _log.warning("the upstream raised while it was being closed: %r", error)


def is_whole(stream: Any) -> bool:
    """Whether it is a body or an answer as a whole, whose iteration would give no chunks."""
    return isinstance(stream, (bytes, bytearray, memoryview, str, Mapping)) or hasattr(type(stream), "model_fields_set")

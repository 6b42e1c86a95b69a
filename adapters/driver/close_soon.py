"""Closing what a driver refuses, from a call that cannot wait: its connection is not to be left open."""

import logging
from collections.abc import Awaitable
from typing import Any

from .waiting.loops import running_loop

__all__ = ["close_soon"]

_log = logging.getLogger("streamfold")


def close_soon(stream: Any) -> None:
    """Close a stream, or the response that it is of: at once, or else in the background of the running event loop.

    Without an event loop, a stream that has to be closed by waiting stays open, and a warning says so. What closing
    raises is logged.
    """
    for one in (stream, getattr(stream, "http_response", None)):
        for name in ("close", "aclose"):
            close = None if isinstance(one, type) else getattr(one, name, None)
            if callable(close) and _closed(one, close):
                return


def _closed(stream: Any, close: Any) -> bool:
    try:
        closing = close()
    except Exception as error:  # such as httpx's `close` of an asynchronous response
        _log.debug("a refused stream raised while it was being closed: %r", error)
        return False
    if hasattr(closing, "__await__"):
        _await_soon(stream, closing)
    return True


def _await_soon(stream: Any, closing: Awaitable[Any]) -> None:
    try:
        loop = running_loop()
    except RuntimeError:
        if hasattr(closing, "close"):
            closing.close()
        _log.warning("a refused %s is left open: there is no event loop to close it in", type(stream).__name__)
    else:
        loop.spawn(lambda: _close(stream, closing))


async def _close(stream: Any, closing: Awaitable[Any]) -> None:
    try:
        await closing
    except Exception as error:
        _log.warning("a refused %s raised while it was being closed: %r", type(stream).__name__, error)

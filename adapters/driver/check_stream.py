"""The mistake of a forgotten `await`: a call of an asynchronous client in place of the stream that it returns."""

from typing import Any

__all__ = ["check_stream"]


def check_stream(stream: Any, *ways_in: str, instead: str) -> None:
    """Refuse what has yet to be awaited.

    A coroutine is closed as well, so that Python does not warn that it was never awaited.

    Args:
        stream: what a driver was given.
        ways_in: the methods by which a driver would iterate or enter it.
        instead: what to do, for the error.

    Raises:
        TypeError: if the stream is an awaitable without any of these.
    """
    if not hasattr(stream, "__await__") or any(hasattr(stream, name) for name in ways_in):
        return
    close = getattr(stream, "close", None)
    if close is not None:
        close()
    name = getattr(stream, "__qualname__", None)
    given = f"the {type(stream).__name__} {name}" if name else f"a {type(stream).__name__}"
    raise TypeError(f"stream must be an open stream, not {given}: {instead}")

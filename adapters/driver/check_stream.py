"""Checks of a driver's arguments: calls that were not awaited, objects that are no stream or no observer.

They are refused at the call, before anything is opened.
"""

from collections.abc import Sequence
from inspect import isroutine
from typing import Any

from .close_soon import close_soon
from .upstream import is_whole, way_in

__all__ = ["check_begin", "check_exceptions", "check_observers", "check_seconds", "check_stream", "check_way"]

_OBSERVED = ("received", "first", "stepped", "ended")


def check_stream(stream: Any, *ways_in: str, instead: str, otherwise: str = "") -> None:
    """Refuse what has yet to be awaited, and what is no stream of this kind.

    What is refused is closed, since the caller cannot: a coroutine, so that Python does not warn that it was never
    awaited, and a stream or response of another kind, so that its connection is not left open.

    Args:
        stream: what a driver was given.
        ways_in: the methods by which a driver would iterate or enter it. With `__aenter__` or `__enter__` among them,
            responses of HTTP clients, which are iterated by their bytes, are streams as well.
        instead: what to do with what has yet to be awaited, for the error.
        otherwise: what to give in place of what is no such stream, for the error; if left out, that is not looked at.

    Raises:
        TypeError: if the stream is an awaitable without any of these, or anything without them.
    """
    if _is_stream(stream, ways_in):
        return
    if hasattr(stream, "__await__"):
        close = getattr(stream, "close", None)
        if close is not None:
            close()
    elif otherwise:
        instead = _hint(stream, otherwise, not any(name.startswith("__a") for name in ways_in))
        if not _is_client(stream):
            close_soon(stream)
    else:
        return
    kind, name = type(stream).__name__, getattr(stream, "__qualname__", None)
    article = "an" if kind[:1] in "aeiouAO" else "a"
    given = f"the {'class' if isinstance(stream, type) else kind} {name}" if name else f"{article} {kind}"
    raise TypeError(f"stream must be an open stream, not {given}: {instead}")


def check_begin(stream: Any, state: Any) -> None:
    """Refuse the rest of a response (`resume_from`) where the fold does not go on from where it begins.

    Raises:
        ValueError: if there is no state, or one that has not come as far.
    """
    after = getattr(stream, "begins_after", -1)
    if not isinstance(after, int) or after < 0 or getattr(state, "highest", -1) >= after:
        return
    if state is None:
        raise ValueError(f"the stream begins after event {after}: give the state that it goes on from, as `state=`")
    raise ValueError(f"the stream begins after event {after}, but the state has come to {state.highest} only")


def _is_stream(stream: Any, ways_in: tuple[str, ...]) -> bool:
    if isinstance(stream, type) or _is_client(stream):
        return False
    drives = {"__aenter__": True, "__enter__": False}
    for name, asynchronous in drives.items():
        if name in ways_in:
            return way_in(stream, asynchronous) is not None or (not is_whole(stream) and hasattr(stream, name))
    return any(hasattr(stream, name) for name in ways_in)


def _is_client(stream: Any) -> bool:
    """Whether it is a client, of openai or of HTTP, which others use too: it is neither entered nor closed."""
    return hasattr(stream, "build_request") or hasattr(stream, "with_options")


def _hint(stream: Any, otherwise: str, asynchronous: bool) -> str:
    """What to give in place of things that are mistaken for a stream; `otherwise` for a stream of the other kind."""
    if _is_client(stream):
        return "it is a client; give what its call returned, such as `chat.completions.create(..., stream=True)`"
    if is_whole(stream):
        return "it is one whole; ask for it with `stream=True`, or put it into a list, for `drive_sync`"
    if hasattr(stream, "parse") and hasattr(stream, "http_response") and not hasattr(stream, "iter_bytes"):
        return "call `with_streaming_response` in place of `with_raw_response`, or give what its `parse()` returns"
    if isroutine(stream) or isinstance(stream, type):
        return "call it, and give what it returns"
    is_other = way_in(stream, asynchronous) is not None or hasattr(
        stream, "__aenter__" if asynchronous else "__enter__"
    )
    return otherwise if is_other else "it cannot be iterated; give what a client's call returned"


def check_seconds(or_none: bool = False, **seconds: Any) -> None:
    """Refuse what is no number of seconds.

    Args:
        or_none: whether None is one too.
        seconds: by the names under which they were given.

    Raises:
        TypeError: if one of the values is no number.
        ValueError: if one is below zero, or not a number (NaN).
    """
    for name, value in seconds.items():
        if value is None and or_none:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(f"{name} must be a number of seconds{' or None' if or_none else ''}, not {value!r:.80}")
        if not value >= 0:
            raise ValueError(f"{name} must not be below zero, or NaN, as {value!r} is")


def check_exceptions(kinds: Any) -> None:
    """Refuse what are no classes of exceptions.

    Raises:
        TypeError: if `kinds` is no sequence of such.
    """
    for kind in kinds if isinstance(kinds, Sequence) else (kinds,):
        if not (isinstance(kind, type) and issubclass(kind, BaseException)) or isinstance(kinds, type):
            raise TypeError(f"cancel_on must be a sequence of classes of exceptions, not {kinds!r:.80}")


def check_way(by: Any) -> bool:
    """Whether a stream is to be read by its bytes, not by objects.

    Raises:
        ValueError: if it is neither "bytes" nor "objects".
    """
    if by not in ("bytes", "objects"):
        raise ValueError(f'by must be "bytes" or "objects", not {by!r:.80}')
    return bool(by == "bytes")


def check_observers(observers: Any) -> None:
    """Refuse objects that are no observers.

    Raises:
        TypeError: if the observers are no sequence, or one of them has none of an observer's methods.
    """
    if not isinstance(observers, Sequence) or isinstance(observers, (str, bytes)):
        raise TypeError(f"observers must be a sequence of observers, not {observers!r:.80}")
    for one in observers:
        if isinstance(one, type) or not any(callable(getattr(one, name, None)) for name in _OBSERVED):
            what = f"the class {one.__qualname__}" if isinstance(one, type) else f"{one!r:.80}"
            raise TypeError(f"observers must have methods of Observer ({', '.join(_OBSERVED)}), not be {what}")

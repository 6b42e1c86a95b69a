"""What a driver was given by mistake: a call that was not awaited, what is no stream, what observes nothing.

It is refused at the call, before anything is opened.
"""

from collections.abc import Sequence
from typing import Any

__all__ = ["check_exceptions", "check_observers", "check_seconds", "check_stream"]

_OBSERVED = ("received", "first", "stepped", "ended")


def check_stream(stream: Any, *ways_in: str, instead: str, otherwise: str = "") -> None:
    """Refuse what has yet to be awaited, and what is no stream of this kind.

    A coroutine is closed as well, so that Python does not warn that it was never awaited.

    Args:
        stream: what a driver was given.
        ways_in: the methods by which a driver would iterate or enter it.
        instead: what to do with what has yet to be awaited, for the error.
        otherwise: what to give in place of what is no such stream, for the error; if left out, that is not looked at.

    Raises:
        TypeError: if the stream is an awaitable without any of these, or anything without them.
    """
    if any(hasattr(stream, name) for name in ways_in) and not isinstance(stream, type):
        return
    if hasattr(stream, "__await__"):
        close = getattr(stream, "close", None)
        if close is not None:
            close()
    elif otherwise:
        instead = otherwise
    else:
        return
    kind, name = type(stream).__name__, getattr(stream, "__qualname__", None)
    article = "an" if kind[:1] in "aeiou" else "a"
    given = f"the {'class' if isinstance(stream, type) else kind} {name}" if name else f"{article} {kind}"
    raise TypeError(f"stream must be an open stream, not {given}: {instead}")


def check_seconds(**seconds: Any) -> None:
    """Refuse what is no number of seconds.

    Raises:
        TypeError: if one of the values is neither a number nor None.
    """
    for name, value in seconds.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise TypeError(f"{name} must be a number of seconds or None, not {value!r:.80}")


def check_exceptions(kinds: Any) -> None:
    """Refuse what are no classes of exceptions.

    Raises:
        TypeError: if `kinds` is no sequence of such.
    """
    for kind in kinds if isinstance(kinds, Sequence) else (kinds,):
        if not (isinstance(kind, type) and issubclass(kind, BaseException)) or isinstance(kinds, type):
            raise TypeError(f"cancel_on must be a sequence of classes of exceptions, not {kinds!r:.80}")


def check_observers(observers: Any) -> None:
    """Refuse what cannot be told of a run.

    Raises:
        TypeError: if the observers are no sequence, or one of them has none of an observer's methods.
    """
    if not isinstance(observers, Sequence) or isinstance(observers, (str, bytes)):
        raise TypeError(f"observers must be a sequence of observers, not {observers!r:.80}")
    for one in observers:
        if isinstance(one, type) or not any(callable(getattr(one, name, None)) for name in _OBSERVED):
            what = f"the class {one.__qualname__}" if isinstance(one, type) else f"{one!r:.80}"
            raise TypeError(f"observers must have methods of Observer ({', '.join(_OBSERVED)}), not be {what}")

"""How to iterate what a driver was given: a stream, or a response by its bytes."""

from typing import Any

__all__ = ["iterator_of"]


def iterator_of(stream: Any, asynchronous: bool) -> Any:
    """The iterator over what a stream gives.

    Args:
        stream: an open stream, asynchronous or not.
        asynchronous: which of the two is asked for.

    Raises:
        TypeError: if it cannot be iterated this way.
    """
    return stream.__aiter__() if asynchronous else iter(stream)

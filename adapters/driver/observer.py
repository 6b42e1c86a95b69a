"""Observers of a run, and how they are told."""

import logging
from collections.abc import Sequence
from typing import Any

from ...reducer.ends import End
from ...reducer.messages import Message
from ...reducer.result import Result

__all__ = ["Observer", "Observers"]

_log = logging.getLogger("streamfold")


class Observer:
    """Sees what happens in a run; subclass it and override what you want to see.

    An observer that raises does not harm the run, and is told of what follows all the same; it is logged once a run.
    None of its methods may wait.
    """

    def received(self, raw: object, /) -> None:
        """The upstream gave this: a piece of bytes or text, an SDK object, decoded JSON, or a chunk."""

    def first(self, message: Message, /) -> None:
        """The first message of the run: what "time to first token" is measured by."""

    def stepped(self, before: Any, chunk: Any, after: Any, messages: tuple[Message, ...], /) -> None:
        """A chunk was folded: the state before, the chunk, the state after, and the messages."""

    def ended(self, end: End, result: Result, /) -> None:
        """The run is over; called once, also where the consumer left before."""


class Observers:
    """The observers of one run, told of what happens in it; of each that raises, the first time is logged."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)
        self._failed: set[int] = set()  # positions: one observer may equal another, or have no hash

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._observers)

    def tell(self, event: str, *told: object) -> None:
        """Call the method of this name of each observer that has it, in their order."""
        for at, observer in enumerate(self._observers):
            try:
                method = getattr(observer, event, None)
                if method is not None:
                    method(*told)
            except Exception as error:
                if at not in self._failed:
                    self._failed.add(at)
                    _log.exception("an observer raised in %r, and is not logged again in this run: %r", event, error)

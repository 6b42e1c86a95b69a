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
    """Sees what happens in a run: subclass it, and override the methods you need. The others cost nothing.

    An observer that raises does not harm the run, and its methods go on being called; its first exception in a run is
    logged. None of its methods may wait.
    """

    def received(self, raw: object, /) -> None:
        """The upstream gave this: a piece of bytes or text, an SDK object, decoded JSON, or a chunk."""

    def first(self, message: Message, /) -> None:
        """The first message of the run: what "time to first token" is measured by."""

    def stepped(self, before: Any, chunk: Any, after: Any, messages: tuple[Message, ...], /) -> None:
        """A chunk was folded: the state before, the chunk, the state after, and the messages."""

    def ended(self, end: End, result: Result, error: BaseException | None, /) -> None:
        """The run is over; called once, also where the consumer left before.

        Args:
            end: why.
            result: the final result.
            error: what the consumer is to get, with its traceback and causes; None for an end without one.
        """


class Observers:
    """The observers of one run, told of what happens in it; of each that raises, the first time is logged."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._methods: dict[str, list[tuple[int, Any]]] = {}
        self._failed: set[int] = set()  # positions: one observer may equal another, or have no hash
        for event in ("received", "first", "stepped", "ended"):
            found = ((at, getattr(observer, event, None)) for at, observer in enumerate(observers))
            nothing = getattr(Observer, event)
            heard = [(at, it) for at, it in found if it is not None and getattr(it, "__func__", it) is not nothing]
            if heard:
                self._methods[event] = heard

    def __bool__(self) -> bool:
        return bool(self._methods)

    def hear(self, event: str) -> bool:
        """Whether any observer has a method of its own for this."""
        return event in self._methods

    def tell(self, event: str, *told: object) -> None:
        """Call the method of this name of each observer that has one of its own, in their order."""
        for at, method in self._methods.get(event, ()):
            try:
                method(*told)
            except Exception as error:
                if at not in self._failed:
                    self._failed.add(at)
                    _log.exception("an observer raised in %r, and is not logged again in this run: %r", event, error)

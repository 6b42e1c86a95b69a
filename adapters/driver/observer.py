"""Observers of a run, and how they are told."""

import logging
from collections.abc import Sequence
from typing import Any

from ...reducer.ends import End
from ...reducer.messages import Message
from ...reducer.result import Result

__all__ = ["Observer", "tell"]

_log = logging.getLogger("streamfold")


class Observer:
    """Sees what happens in a run; subclass it and override what you want to see.

    An observer that raises is logged and does not harm the run. None of its methods may wait.
    """

    def received(self, raw: object, /) -> None:
        """The upstream gave this: an SDK object, decoded JSON, or a chunk."""

    def first(self, message: Message, /) -> None:
        """The first message of the run: what "time to first token" is measured by."""

    def stepped(self, before: Any, chunk: Any, after: Any, messages: tuple[Message, ...], /) -> None:
        """A chunk was folded: the state before, the chunk, the state after, and the messages."""

    def ended(self, end: End, result: Result, /) -> None:
        """The run is over; called once, also where the consumer left before."""


def tell(observers: Sequence[Observer], event: str, *told: object) -> None:
    """Call the method of this name of each observer that has it, in their order."""
    for observer in observers:
        try:
            method = getattr(observer, event, None)
            if method is not None:
                method(*told)
        except Exception:
            _log.exception("an observer raised in %r", event)

"""What a resumed stream is with an event loop and without: the client, how far the response is, and what to do next."""

import logging
from typing import Any, Generic, TypeVar

from ....reducer.responses import State
from ...openai_sdk.require_openai import require_openai
from .policy import Loss, Resumption

__all__ = ["Resumed", "cursor_of"]

EventsT = TypeVar("EventsT")

_log = logging.getLogger("streamfold")


def cursor_of(state: State) -> tuple[str, int]:
    """The response that a state is of, and the number of the last event.

    Raises:
        ValueError: if the state has not seen both.
    """
    if not state.envelope.provider_id or state.highest < 0:
        raise ValueError("this state cannot be resumed: it has seen no response id, or no numbered event")
    return state.envelope.provider_id, state.highest


class Resumed(Generic[EventsT]):
    """What `ResumedStream` and `SyncResumedStream` have in common."""

    def __init__(self, client: Any, resumption: Resumption, stream: Any = None) -> None:
        self._client = client
        self._resumption = resumption
        self._stream = stream
        self._events: EventsT | None = None
        self._openai: Any = None
        self._error: Exception | None = None

    def _begin(self) -> None:
        """Count the first request, where there is no stream yet; once.

        Raises:
            MissingExtra: if the openai client is not installed.
        """
        if self._openai is None:
            self._openai = require_openai("to resume a response")
            if self._stream is None:
                self._resumption.first()

    def _pause_after(self, loss: Loss) -> float | None:
        """Seconds to wait before asking again; None if there is nothing more to ask for.

        Raises:
            Exception: the last error, if there is nothing more to try.
        """
        where = self._resumption
        move = where.next_move(loss)
        if move.kind == "raise" and self._error is not None:
            raise self._error
        if move.kind in ("raise", "end"):
            return None
        _log.info(
            "the stream of %r has no more after event %r (%r): asking again", where.response_id, where.cursor, loss
        )
        return move.wait

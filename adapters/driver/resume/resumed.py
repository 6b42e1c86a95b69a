"""What a resumed stream is with an event loop and without: the client, how far the response is, and what to do next."""

import logging
from typing import Any, Generic, TypeVar

from ....reducer.responses import State
from ...openai_sdk.require_openai import require_openai
from .policy import Loss, Resumption

__all__ = ["Resumed", "check_client", "cursor_of"]

EventsT = TypeVar("EventsT")

_log = logging.getLogger("streamfold")


def cursor_of(state: State) -> tuple[str, int]:
    """The response that a state is of, and the number of the last event.

    Raises:
        TypeError: if it is no state of `responses`.
        ValueError: if the state has not seen both.
    """
    if not isinstance(state, State):
        raise TypeError(f"state must be responses.State, not {type(state).__name__}: only a response can be resumed")
    if not state.envelope.provider_id or state.highest < 0:
        raise ValueError("this state cannot be resumed: it has seen no response id, or no numbered event")
    return state.envelope.provider_id, state.highest


def check_client(client: Any) -> None:
    """Refuse what is no client of openai, or one made like it.

    Raises:
        TypeError: if it lacks what resuming asks of one.
    """
    if isinstance(client, type) or not hasattr(client, "with_options"):
        name = client.__name__ if isinstance(client, type) else type(client).__name__
        raise TypeError(f"client must be the openai client that began the response, not {name}")


class Resumed(Generic[EventsT]):
    """What `ResumedStream` and `SyncResumedStream` have in common.

    Attributes:
        begins_after: the number of the event after which it begins; -1 if it begins at the first.
    """

    def __init__(self, client: Any, resumption: Resumption, stream: Any = None) -> None:
        check_client(client)
        self._client = client
        self.begins_after = resumption.cursor
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

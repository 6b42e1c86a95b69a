"""What to do when a background response's stream is over, or is refused: decided without any waiting.

Two numbers bound it. `attempts` is how often in a row to ask without getting further, so that a provider that is gone
is given up within seconds. `total_attempts` is how often to ask at all, so that one that gives a single event each time
is given up as well. It counts requests, not time: a background response may rightly take hours, requests are what a
provider suffers from, and the caller bounds the time (`idle_timeout` of `drive`, `anyio.fail_after`).
"""

from typing import Any, Literal, TypeAlias

from attrs import field, frozen
from attrs.validators import ge

__all__ = ["Bounds", "Loss", "Lost", "Move", "Refused", "Resumption", "StillRunning", "StreamEnded"]

LONGEST_PAUSE = 60.0
"""Seconds that are waited at most before asking again, whatever the pause has grown to, or the provider asked for."""

LAST = frozenset(f"response.{end}" for end in ("completed", "incomplete", "failed", "cancelled", "canceled", "done"))
"""The types of event after which nothing is missing; errors are beside them."""

_ERRORS = frozenset({"error", "response.error"})
_PASSING = frozenset({408, 409, 425, 429})
_UNSTREAMABLE = frozenset({400, 404})
_DOUBLINGS = 30  # no pause grows beyond what a float holds


def _check_number(bounds: object, attribute: Any, value: object) -> None:
    is_number = isinstance(value, int) or (attribute.name == "pause" and isinstance(value, float))
    if isinstance(value, bool) or not is_number:
        what = "a number of seconds" if attribute.name == "pause" else "a whole number"
        raise TypeError(f"{attribute.name} must be {what}, not {value!r:.80}")


@frozen
class Bounds:
    """How often to ask, and how soon.

    Attributes:
        attempts: requests in a row that bring nothing new; then it is given up.
        pause: seconds before the first of them; twice as many before each that follows, `LONGEST_PAUSE` at most.
        total_attempts: requests in all, beside the one that began the response.
    """

    attempts: int = field(default=5, validator=[_check_number, ge(0)])
    pause: float = field(default=0.5, validator=[_check_number, ge(0)])
    total_attempts: int = field(default=100, validator=[_check_number, ge(1)])


@frozen
class Lost:
    """The connection broke, or none could be had."""


@frozen
class StreamEnded:
    """The stream ended by itself."""


@frozen
class StillRunning:
    """The whole response came, and it is not over yet; or what came is no response."""


@frozen
class Refused:
    """The provider answered with an error.

    Attributes:
        status: the HTTP status.
        retry_after: seconds that the provider wants to have waited, where it says so.
    """

    status: int
    retry_after: float | None = None

    @property
    def is_passing(self) -> bool:
        """Whether asking again later may help."""
        return self.status in _PASSING or self.status >= 500


Loss: TypeAlias = Lost | StreamEnded | StillRunning | Refused
"""Why a request gives nothing more."""


@frozen
class Move:
    """What to do next.

    Attributes:
        kind: "stream": ask for the events after the cursor. "whole": ask for the response without streaming. "raise":
            raise the last error. "end": end without one.
        wait: seconds to wait before.
    """

    kind: Literal["stream", "whole", "raise", "end"]
    wait: float = 0.0


class Resumption:
    """How far a background response has come, and what was tried to have the rest of it.

    Args:
        bounds: how often to ask.
        response_id: the response's id; empty as long as no event has told it.
        cursor: the highest number of an event that came; -1 for none. It never goes back.

    Attributes:
        requests: how many were asked for so far.
        asked: what the last request is for; empty for a stream that the caller opened.
        over: whether the response's last event has come.
    """

    def __init__(self, bounds: Bounds, response_id: str = "", cursor: int = -1) -> None:
        self.bounds = bounds
        self.response_id = response_id
        self.cursor = cursor
        self.requests = 0
        self.asked: Literal["", "stream", "whole"] = ""
        self.over = False
        self._in_row = 0
        self._advanced = False
        self._unstreamable = False

    def first(self) -> Move:
        """The first request, where there is no stream yet."""
        return self._ask(Move("stream"))

    def saw(self, event: Any) -> None:
        """An event came: an object of the openai client, of which the type, number and response's id are read.

        One whose number is no higher than the cursor was sent before, and is no progress.
        """
        kind, number = getattr(event, "type", None), getattr(event, "sequence_number", None)
        if not self.response_id:
            found = getattr(getattr(event, "response", None), "id", None)
            self.response_id = found if isinstance(found, str) else ""
        if isinstance(number, int) and number > self.cursor:
            self.cursor = number
            self._advanced = True
            self._in_row = 0
        self.over = self.over or kind in LAST or kind in _ERRORS

    def next_move(self, loss: Loss) -> Move:
        """What to do about a request that gives nothing more. The caller does it."""
        failed = isinstance(loss, (Lost, Refused)) or (self._unstreamable and isinstance(loss, StillRunning))
        given_up = Move("raise" if failed else "end")
        if self.over:
            return Move("end")
        if not self.response_id or self.requests >= self.bounds.total_attempts:
            return given_up
        if isinstance(loss, Refused) and not loss.is_passing:
            if self.asked != "stream" or loss.status not in _UNSTREAMABLE:
                return given_up
            self._unstreamable = True  # too old for it, or never streamed; this happens once
            return self._ask(Move("whole"))
        if self._in_row >= self.bounds.attempts:
            return given_up
        self._in_row += 1
        return self._ask(Move(self._kind_after(loss), self._wait_after(loss)))

    def _kind_after(self, loss: Loss) -> Literal["stream", "whole"]:
        """What to ask for: what has no numbers cannot be streamed from where it was.

        A stream that has nothing new may be of a response that is over, such as one that was cancelled elsewhere.
        """
        ended_empty = isinstance(loss, StreamEnded) and self.asked == "stream" and not self._advanced
        return "whole" if self._unstreamable or self.cursor < 0 or ended_empty else "stream"

    def _wait_after(self, loss: Loss) -> float:
        wait = self.bounds.pause * 2.0 ** min(self._in_row - 1, _DOUBLINGS)
        if isinstance(loss, Refused) and loss.retry_after is not None:
            wait = max(wait, loss.retry_after)
        return min(wait, LONGEST_PAUSE)

    def _ask(self, move: Move) -> Move:
        self.requests += 1
        self.asked = "whole" if move.kind == "whole" else "stream"
        self._advanced = False
        return move

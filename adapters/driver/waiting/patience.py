"""How long a run waits for its upstream: what it was told to, or, once the wire said that it is over, moments."""

from math import inf
from typing import Literal, TypeAlias

from ...errors import StreamStalled

__all__ = ["LONGEST_REST", "Patience", "Standing"]

Standing: TypeAlias = Literal["open", "finished", "over"]
"""What the wire said: nothing yet; a finish word or an error, after which little comes; that nothing comes any more."""

_END_OF_FILE = 0.1
"""Seconds in which the end of the stream may follow the wire's last word: the connection can be used again then."""
LONGEST_REST = 1 << 16
"""Bytes that are read after the wire's last word, in wait for that end."""


class Patience:
    """What has been waited for, and since when.

    Silence begins with the first wait after something came: a consumer that takes its time is no silence.
    """

    def __init__(
        self, idle_timeout: float | None, content_timeout: float | None, total_timeout: float | None, grace: float
    ) -> None:
        """See `drive`."""
        self._idle, self._content, self._total, self._grace = idle_timeout, content_timeout, total_timeout, grace
        self._standing: Standing = "open"
        self._since: dict[str, float] = {}
        self.timed = not (idle_timeout is None and content_timeout is None and total_timeout is None)

    def came(self, has_content: bool, standing: Standing) -> None:
        """Something came.

        Args:
            has_content: whether it added to the answer, or to what is known of it.
            standing: what the wire has said so far.
        """
        since = self._since
        if standing != self._standing:
            self._standing = standing
            self.timed = self.timed or standing != "open"
            since.pop("end", None)
        elif has_content and standing == "finished":
            since.pop("end", None)
        since.pop("idle", None)
        if has_content:
            since.pop("content", None)

    @property
    def is_over(self) -> bool:
        """Whether the wire said so much that silence is a normal end."""
        return self._standing != "open"

    def deadline(self, now: float, has_news: bool = False) -> tuple[float, StreamStalled | None]:
        """Until when to wait now, and by what to fail then; None: by nothing, it is a normal end.

        Args:
            now: seconds, by any clock that goes on.
            has_news: whether something has come that was not looked at yet, so that there is no silence.
        """
        total = self._after("total", now, self._total)
        if self._standing != "open":
            end = self._after("end", now, self._grace if self._standing == "finished" else _END_OF_FILE)
            return (end if not has_news or self._standing == "over" else inf, None) if end <= total else (total, None)
        idle, content = self._after("idle", now, self._idle), self._after("content", now, self._content)
        idle = inf if has_news else idle
        first = min(idle, content, total)
        if first == inf:
            return inf, None
        if first == idle:
            return first, StreamStalled(f"the upstream said nothing for {self._idle} seconds")
        if first == content:
            return first, StreamStalled(f"the upstream said nothing of the answer for {self._content} seconds")
        return first, StreamStalled(f"the stream was not over after {self._total} seconds")

    def _after(self, what: str, now: float, seconds: float | None) -> float:
        return inf if seconds is None else self._since.setdefault(what, now) + seconds

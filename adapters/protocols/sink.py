"""What every client protocol offers, and what the sinks share: each is a machine from messages to a protocol's events.

A sink is a module, as a wire is: `Config`, `State`, `start`, `step`, `end_step`, `close`, `frame`, `HEADERS`, `LAST`.
Its functions are pure, and its states are values: a sink can be stopped and go on elsewhere.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeAlias, TypeVar

from ...reducer.result import Result
from ...reducer.stream_error import StreamError
from ..json_text import dumps
from .acts import Act
from .turn import Said

__all__ = ["MASK", "Event", "Sink", "data_frame", "events_of", "shown_error"]

Event: TypeAlias = dict[str, Any]
"""One event of a protocol: a JSON object."""

C_contra = TypeVar("C_contra", contravariant=True)
S = TypeVar("S")

MASK = "The model provider could not answer."
"""What a client is told of an error whose text is not for it: that may name keys, hosts and other customers."""


class Sink(Protocol[C_contra, S]):
    """A client protocol.

    Attributes:
        HEADERS: of the HTTP response.
        LAST: the bytes after the last frame.
    """

    @property
    def HEADERS(self) -> Mapping[str, str]: ...  # noqa: D102, N802

    @property
    def LAST(self) -> bytes: ...  # noqa: D102, N802

    def start(self, config: C_contra) -> tuple[S, tuple[Event, ...]]:
        """The state in which nothing has been said, and the events that open the stream."""

    def step(self, state: S, said: Said) -> tuple[S, tuple[Event, ...]]:
        """One more message, or what a tool gave. After `close`, nothing comes."""

    def end_step(self, state: S, result: Result) -> tuple[S, tuple[Event, ...]]:
        """A model call is over, and another follows in the same stream."""

    def close(self, state: S, result: Result) -> tuple[S, tuple[Event, ...]]:
        """The last model call is over: closes what is open, and says the end, once."""

    def frame(self, event: Event, now: datetime) -> bytes:
        """An event as bytes of an event stream; `now` is for protocols whose events have a date."""


def data_frame(event: Event, now: datetime | None = None) -> bytes:
    """An event as a frame that all known clients read: one line of data, LF, no name, no id."""
    return b"data: %b\n\n" % dumps(event).encode()


def shown_error(error: StreamError | None, shows_errors: bool) -> str:
    """What a client is told of an error.

    Args:
        error: what went wrong; None of a stream that just ended.
        shows_errors: whether the provider's own text may go to the client.
    """
    if error is None:
        return "The answer ended before it was complete." if shows_errors else MASK
    return error.message if shows_errors else MASK


def events_of(acts: tuple[Act, ...], event_of: Callable[[Act], tuple[Event, ...]]) -> tuple[Event, ...]:
    """The events of several acts, in order."""
    return tuple([event for act in acts for event in event_of(act)])

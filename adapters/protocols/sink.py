"""What every client protocol offers, and what the sinks share: each is a machine from messages to a protocol's events.

A sink is a module, as a wire is: `Config`, `State`, `start`, `step`, `end_step`, `close`, `frame`, `HEADERS`, `LAST`.
Its functions are pure, and its states are values: a sink can be stopped and go on elsewhere.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from ...reducer.result import Result
from ...reducer.stream_error import StreamError
from ...reducer.values.frozen_value import value
from ..json_text import dumps
from .acts import Act
from .turn import Said, Turn

__all__ = [
    "EVENT_STREAM",
    "MASK",
    "Event",
    "OfTurns",
    "Sink",
    "TurnState",
    "begun",
    "data_frame",
    "shown_error",
    "told",
]

Event: TypeAlias = dict[str, Any]
"""One event of a protocol: a JSON object."""

C_contra = TypeVar("C_contra", contravariant=True)
S = TypeVar("S")

EVENT_STREAM: Mapping[str, str] = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
}
"""The headers of a response that is an event stream, and that no proxy is to hold back."""

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
    """An event as a frame that all known clients read: one line of data, LF, no name, no id.

    Args:
        event: one of a sink's.
        now: not looked at: the events of most protocols have no date.
    """
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


class OfTurns(Protocol):
    """The configuration of a sink that tells a turn act by act."""

    @property
    def custom_tools(self) -> frozenset[str]:
        """Names of tools whose arguments are raw text."""


ConfigT = TypeVar("ConfigT", bound=OfTurns)


@value
class TurnState(Generic[ConfigT]):
    """The state of a sink that tells a turn act by act.

    Attributes:
        config: as given.
        turn: the turn so far.
    """

    config: ConfigT
    turn: Turn


def begun(config: ConfigT) -> TurnState[ConfigT]:
    """The state in which nothing has been said."""
    return TurnState(config, Turn(custom_tools=config.custom_tools))


def told(
    state: TurnState[ConfigT],
    after: tuple[Turn, tuple[Act, ...]],
    events_of: Callable[[ConfigT, Act], tuple[Event, ...]],
) -> tuple[TurnState[ConfigT], tuple[Event, ...]]:
    """A sink's state after a step of its turn, and the events of what that comes to.

    Args:
        state: before it.
        after: what a function of `turn` gave.
        events_of: the events of an act in the sink's protocol.
    """
    turn, acts = after
    if turn is not state.turn:
        state = TurnState(state.config, turn)
    return state, tuple([event for act in acts for event in events_of(state.config, act)])

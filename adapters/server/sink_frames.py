"""What is said in a turn as the bytes of a client's protocol, one terminal at its end, whatever happened."""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar, get_args

from ...reducer.ends import Failed
from ...reducer.messages import Message
from ...reducer.result import Result
from ...reducer.stream_error import failure_of
from ..protocols.sink import Event, Sink
from ..protocols.turn import SaidOrResult, ToolReturn
from ..short_repr import short_repr

__all__ = ["SinkFrames"]

ConfigT = TypeVar("ConfigT")
StateT = TypeVar("StateT")

_SAID = (*get_args(Message), ToolReturn)


class SinkFrames(Generic[ConfigT, StateT]):
    """The frames of one turn.

    Args:
        sink: the protocol: `protocols.vercel`, `protocols.agui`, `protocols.plain`, or one of your own.
        config: the sink's `Config`.
        clock: tells the date of an event, for protocols whose events have one.

    Raises:
        TypeError: if the config is not the sink's.
    """

    def __init__(self, sink: Sink[ConfigT, StateT], config: ConfigT, clock: Callable[[], datetime]) -> None:
        kind = getattr(sink, "Config", None)
        if isinstance(kind, type) and not isinstance(config, kind):
            name = f"{kind.__module__.rpartition('.')[2]}.Config"
            raise TypeError(f"config must be {name}, which the sink takes, not {short_repr(config):.80}")
        self._sink = sink
        self._clock = clock
        self._state, opening = sink.start(config)
        self.opening = self._bytes(opening)
        """The frames that open the stream."""
        self._result: Result | None = None  # of a model call that is over; whether another follows is not known yet

    def say(self, said: SaidOrResult) -> bytes:
        """The frames of what is said next.

        A `Result` is held back: the step that it ends goes on while tools give what they have, is over when a message
        of another call comes, and is the last if none does.

        Raises:
            TypeError: if it is nothing that can be said.
        """
        if isinstance(said, Result):
            over = self._end_step()
            self._result = said
            return over
        if not isinstance(said, _SAID):
            raise TypeError(f"a turn is made of messages, `ToolReturn`s and `Result`s, not of {short_repr(said)}")
        over = b"" if isinstance(said, ToolReturn) else self._end_step()
        self._state, events = self._sink.step(self._state, said)
        return over + self._bytes(events)

    def end(self, failure: BaseException | None = None, *, is_cancelled: bool = False) -> bytes:
        """The frames that close what is open and say the end.

        Args:
            failure: what the source of the turn raised, if it did.
            is_cancelled: whether it was cancelled from outside.
        """
        over, result = b"", self._result or Result(outcome="truncated")
        if is_cancelled or failure is not None:
            over = self._end_step()
            result = Result(outcome="cancelled") if is_cancelled else _failed(failure)
        self._state, events = self._sink.close(self._state, result)
        return over + self._bytes(events) + self._sink.LAST

    def _end_step(self) -> bytes:
        if self._result is None:
            return b""
        self._state, events = self._sink.end_step(self._state, self._result)
        self._result = None
        return self._bytes(events)

    def _bytes(self, events: tuple[Event, ...]) -> bytes:
        now = self._clock()
        return b"".join(self._sink.frame(event, now) for event in events)


def _failed(failure: BaseException | None) -> Result:
    return Result(outcome="failed", error=failure_of(Failed(failure).error))

"""How a state changes: a draft is made per chunk, filled, and becomes the next state in one construction.

This is what the drafts of all wires share: the messages, the notes, the markers, the failures and the ends.
"""

from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

from attrs import evolve

from . import emit
from .diagnostics import Kind
from .ends import Cancelled, End, Ended, Failed, Undecodable
from .envelope import Envelope
from .messages import Message
from .otid import RunCursor
from .stream_error import is_context_overflow, read_error
from .values.json_values import Json


class Folded(Protocol):
    """What the states of all wires have in common, as far as a draft asks."""

    @property
    def run(self) -> RunCursor:
        """The run of the last message."""
        ...

    @property
    def omitted(self) -> bool:
        """Whether it was announced that the model's reasoning is not shown."""
        ...

    @property
    def chunks(self) -> int:
        """How many chunks came."""
        ...

    @property
    def end(self) -> End | None:
        """Why no more will come; None while they may."""
        ...


StateT = TypeVar("StateT", bound=Folded)
EnvelopeT = TypeVar("EnvelopeT", bound=Envelope)


class Draft(ABC, Generic[StateT, EnvelopeT]):
    """A state in the making.

    Attributes:
        before: the state that it began as.
        messages: so far.
    """

    __slots__ = ("before", "envelope", "messages", "omitted", "run")

    def __init__(self, before: StateT, envelope: EnvelopeT) -> None:
        self.before = before
        self.envelope = envelope
        self.omitted = before.omitted
        self.run = before.run
        self.messages: list[Message] = []

    @abstractmethod
    def state(self, chunks: int, end: End | None) -> StateT:
        """The draft as a state that has folded so many chunks."""

    @abstractmethod
    def flush(self) -> None:
        """Emit everything that is held."""

    def close(self, counted: int = 0, end: End | None = None) -> tuple[StateT, tuple[Message, ...]]:
        """The next state, `counted` chunks later, and the messages on the way to it."""
        return self.state(self.before.chunks + counted, end), tuple(self.messages)

    def emit(self, made: tuple[RunCursor, Message]) -> None:
        """Add a message."""
        self.run, message = made
        self.messages.append(message)

    def note(self, kind: Kind, detail: str) -> None:
        """Add a diagnostic."""
        self.envelope = self.envelope.note(kind, detail)

    def announce_hidden_reasoning(self) -> None:
        """Emit that the model's reasoning is not shown."""
        self.omitted = True
        self.emit(emit.hidden_reasoning(self.run))

    def read_marker(self, marker: object) -> tuple[StateT, tuple[Message, ...]]:
        """The step for what stands where a chunk should; the state as it was if that says nothing new."""
        envelope = self.envelope.read_marker(marker)
        if envelope is self.envelope:
            return self.before, ()
        self.envelope = envelope
        return self.close(int(isinstance(marker, Undecodable)))

    def fail(self, error: Json) -> None:
        """The provider reports in the stream that it failed; only usage may follow."""
        self.flush()
        failure = read_error(error)
        self.envelope = evolve(self.envelope, error=failure)
        if not is_context_overflow(f"{failure.code} {failure.message}"):
            self.emit(emit.stop(self.run, "llm_api_error", failure.message))

    def finish(self, end: End) -> tuple[StateT, tuple[Message, ...]]:
        """The last step: emit what is held, then why it is over. A state that is over already stays as it is.

        Raises:
            TypeError: if `end` is no end.
        """
        if not isinstance(end, (Ended, Cancelled, Failed)):
            raise TypeError(f"end must be Ended(), Cancelled() or Failed(error), not {end!r:.80}")
        if self.before.end is not None:
            return self.before, ()
        if self.envelope.error is None:
            self.flush()
            if isinstance(end, Cancelled):
                self.emit(emit.stop(self.run, "cancelled"))
            elif isinstance(end, Failed) and not is_context_overflow(end.error):
                self.emit(emit.stop(self.run, "error", end.error or None))
        return self.close(end=end)

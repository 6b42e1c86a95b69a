"""How a state changes: a draft is made per chunk, filled, and becomes the next state in one construction.

This is what the drafts of all wires share: the messages, the notes, the markers, the failures and the ends.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from ..config import BaseConfig
from ..diagnostics import Kind
from ..ends import Cancelled, End, Ended, Failed, Undecodable
from ..limits import MORE_ANNOTATIONS, LimitPassed, Limits
from ..messages import Message
from ..otid import RunCursor
from ..stream_error import StreamError, error_of, read_error
from ..values.frozen_value import evolve
from ..values.json_values import Json
from . import emit
from .envelope import Envelope
from .extras import says_something


class Folded(Protocol):
    """What the states of all wires have in common, as far as a draft asks."""

    @property
    def config(self) -> BaseConfig:
        """How the stream is folded."""
        ...

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
        passed: at the end of the fold, the limits that were passed there; None before.
    """

    __slots__ = ("before", "envelope", "messages", "omitted", "passed", "run")

    def __init__(self, before: StateT, envelope: EnvelopeT) -> None:
        self.before = before
        self.envelope = envelope
        self.omitted = before.omitted
        self.run = before.run
        self.messages: list[Message] = []
        self.passed: list[LimitPassed] | None = None

    @abstractmethod
    def state(self, chunks: int, end: End | None) -> StateT:
        """The draft as a state that has folded so many chunks."""

    @abstractmethod
    def flush(self) -> None:
        """Emit everything that is held."""

    @abstractmethod
    def keep_unknown(self, value: Json) -> Iterable[tuple[Kind, str]]:
        """Keep JSON that is nothing of the wire.

        Returns:
            The diagnostics of it: each a kind and a detail.
        """

    def flush_at_end(self) -> None:
        """The same at an end, which a limit that is passed now does not change: half a character is one more."""
        self.passed = []
        self.flush()
        for passed in self.passed:
            self.note("incomplete", str(passed))

    def close(self, counted: int = 0, end: End | None = None) -> tuple[StateT, tuple[Message, ...]]:
        """The next state, `counted` chunks later, and the messages on the way to it."""
        messages, skipped = self.messages, self.run.skipped
        if skipped:
            messages = [message for message in messages if message.message_type not in skipped]
        return self.state(self.before.chunks + counted, end), tuple(messages)

    @property
    def limits(self) -> Limits:
        """How much of the answer is taken in."""
        return self.before.config.limits

    def room(self, size: int) -> int:
        """How many characters there may be more of a text that has so many."""
        return max(0, self.limits.characters - size)

    def pass_limit(self, what: str) -> None:
        """A text has more characters than fit, and those that do are taken in.

        Raises:
            LimitPassed: unless the fold is at its end, where the rest of what is held is emitted still.
        """
        passed = LimitPassed("characters", f"characters of {what}", self.limits.characters)
        if self.passed is None:
            raise passed
        self.passed.append(passed)

    def emit(self, made: tuple[RunCursor, Message]) -> None:
        """Add a message."""
        self.run, message = made
        self.messages.append(message)

    def note(self, kind: Kind, detail: str, count: int = 1) -> None:
        """Add so many diagnostics of that kind and detail."""
        self.envelope = self.envelope.note(kind, detail, count=count)

    def annotate_with(self, note: Json) -> bool:
        """Emit a citation, if the answer may have one more; else count it. Whether it is emitted."""
        envelope = self.envelope
        if envelope.annotations >= self.limits.annotations:
            self.envelope = evolve(envelope.note("ignored", MORE_ANNOTATIONS), unkept=envelope.unkept + 1)
            return False
        self.envelope = evolve(envelope, annotations=envelope.annotations + 1)
        self.emit(emit.annotation(self.run, note))
        return True

    def announce_hidden_reasoning(self) -> None:
        """Emit that the model's reasoning is not shown."""
        self.omitted = True
        self.emit(emit.hidden_reasoning(self.run))

    def read_marker(self, marker: object) -> tuple[StateT, tuple[Message, ...]]:
        """The step for what stands where a chunk should; the state as it was if that says nothing new."""
        if isinstance(marker, Undecodable) and says_something(marker.json):
            for kind, detail in self.keep_unknown(marker.json):
                self.note(kind, detail)
        envelope = self.envelope.read_marker(marker)
        if envelope is self.envelope:
            return self.before, ()
        self.envelope = envelope
        return self.close(int(isinstance(marker, Undecodable)))

    def fail(self, error: Json, beside: Iterable[Json] = ()) -> None:
        """The provider reports in the stream that it failed; only usage may follow.

        Args:
            error: what it says.
            beside: codes and statuses that stand beside that.
        """
        self.fail_by(read_error(error, beside))

    def fail_by(self, failure: StreamError) -> None:
        """The same, of an error that was read."""
        self.flush_at_end()
        self.envelope = evolve(self.envelope, error=failure)
        if failure.category != "context overflow":
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
        return self._end(end)

    def end_at_limit(self, passed: LimitPassed, counted: int) -> tuple[StateT, tuple[Message, ...]]:
        """The last step, since the stream passed a limit: what fits is taken in, and nothing after it.

        Args:
            passed: the limit.
            counted: how many chunks this step is.
        """
        return self._end(self._failed(passed), counted)

    def _failed(self, passed: LimitPassed) -> Failed:
        self.envelope = evolve(self.envelope, limit=passed.limit)
        return Failed(str(passed))

    def _end(self, end: End, counted: int = 0) -> tuple[StateT, tuple[Message, ...]]:
        if self.envelope.error is None and not self.envelope.cancelled:
            self.flush_at_end()
            if self.passed and isinstance(end, Ended) and not self.envelope.over:
                end = self._failed(self.passed[0])  # half a character that is emitted is one more
            if self.envelope.has_last_word:
                pass  # the wire's last word stands, whatever comes of the run after it
            elif isinstance(end, Cancelled):
                self.emit(emit.stop(self.run, "cancelled"))
            elif isinstance(end, Failed) and error_of(end).category != "context overflow":
                self.emit(emit.stop(self.run, "error", error_of(end).message or None))
        return self.close(counted, end)

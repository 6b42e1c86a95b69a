"""A fold in session, without any waiting: what the asynchronous and the synchronous driver have in common."""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Generic, TypeVar

from ...reducer.ends import End, Ended, Failed
from ...reducer.machine import Machine, check_config, check_state
from ...reducer.messages import Message
from ...reducer.responses.event import Event
from ...reducer.result import Result
from ...reducer.stream_error import category_of
from ..errors import FrameTooLong
from .observer import Observer, Observers
from .reader import Reader

__all__ = ["Session"]

ConfigT = TypeVar("ConfigT")
ChunkT = TypeVar("ChunkT")
StateT = TypeVar("StateT")


class Session(Generic[StateT]):
    """The state of a run, the messages that its consumer has yet to get, and the error that it has yet to raise."""

    def __init__(
        self,
        machine: Machine[ConfigT, ChunkT, StateT],
        config: ConfigT,
        observers: Sequence[Observer],
        state: StateT | None = None,
    ) -> None:
        check_config(machine, config)
        if state is not None:
            check_state(machine, state)
        self._machine: Machine[Any, Any, StateT] = machine
        self._observers = Observers(observers)
        self._reader = Reader(machine)
        self._first_emitted = False
        self.state, messages = machine.start(config) if state is None else (state, ())
        self.pending: deque[Message] = deque()
        self.error: BaseException | None = None
        self.over = False
        self._queue(messages)

    @property
    def result(self) -> Result:
        """What is true now."""
        return self._machine.result(self.state)

    def take(self, raw: object) -> bool:
        """Fold what the upstream gave.

        Returns:
            Whether it was progress; a mere sign of life (`keepalive`) is not.
        """
        self._observers.tell("received", raw)
        return self._fold_all(self._reader.read(raw))

    def _fold_all(self, chunks: Iterable[Any]) -> bool:
        silence = False
        try:
            for chunk in chunks:
                silence = not self._fold(chunk)
                if self.over:
                    break
        except FrameTooLong as error:
            self.finish(Failed(error), error)
        return not silence

    def _fold(self, chunk: Any) -> bool:
        before = self.state
        self.state, messages = self._machine.step(before, chunk)
        if self._observers:
            self._observers.tell("stepped", before, chunk, self.state, messages)
        self._queue(messages)
        ended = getattr(self.state, "end", None)
        if ended is not None:  # by itself: the stream passed a limit, and is to be closed
            self.finish(ended)
        return not (isinstance(chunk, Event) and chunk.type == "keepalive")

    def finish(self, end: End, error: BaseException | None = None, silently: bool = False) -> None:
        """End the fold, unless it is over.

        Args:
            end: why.
            error: what to raise after the last message.
            silently: discard pending messages, since the consumer left.
        """
        if isinstance(end, Ended) and not self.over:
            self._fold_all(self._reader.rest())
        if self.over:
            return
        self.over = True
        self.error = error
        self.state, messages = self._machine.finish(self.state, end)
        if silently:
            self.pending.clear()
        elif not (isinstance(end, Failed) and category_of(end.error) == "context overflow"):
            # Of an input that was too long the caller gets the error alone: it will compact, and ask again.
            self._queue(messages)
        if self._observers:  # the result of a long stream takes a while
            self._observers.tell("ended", end, self.result)

    def last_error(self, otherwise: BaseException) -> BaseException:
        """What to raise after the last message: the run's error, but once only; else the other."""
        error, self.error = self.error, None
        return otherwise if error is None else error

    def _queue(self, messages: tuple[Message, ...]) -> None:
        if messages and not self._first_emitted:
            self._first_emitted = True
            self._observers.tell("first", messages[0])
        self.pending.extend(messages)

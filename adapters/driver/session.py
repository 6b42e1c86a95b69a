"""A fold in session, without any waiting: what the asynchronous and the synchronous driver have in common."""

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

from ...reducer.ends import Cancelled, End, Ended, Failed
from ...reducer.machine import Machine, check_config, check_state
from ...reducer.messages import Message
from ...reducer.result import Result
from ...reducer.stream_error import error_of
from ..errors import StreamStalled
from .failure import Refusal, failed_by
from .items import size_of
from .observer import Observer, Observers
from .progress import adds_to, may_still_fail, standing_of
from .reader import Reader
from .waiting.patience import LONGEST_REST, Patience

__all__ = ["Session"]

ConfigT = TypeVar("ConfigT")
ChunkT = TypeVar("ChunkT")
StateT = TypeVar("StateT")

_log = logging.getLogger("streamfold")
_NOTHING = object()


class Session(Generic[StateT]):
    """The state of a run, the messages that its consumer has yet to get, and the error that it has yet to raise.

    Attributes:
        patience: how long to wait for more.
        over: whether the fold is ended.
    """

    def __init__(
        self,
        machine: Machine[ConfigT, ChunkT, StateT],
        config: ConfigT,
        observers: Sequence[Observer],
        state: StateT | None,
        patience: Patience,
    ) -> None:
        check_config(machine, config)
        if state is not None:
            check_state(machine, state, config)
        self._machine: Machine[Any, Any, StateT] = machine
        self._observers = Observers(observers)
        self._hears_items, self._hears_steps = self._observers.hear("received"), self._observers.hear("stepped")
        self._reader = Reader(machine, shown=self._hears_steps)
        self._chunks: Iterator[Any] = iter(())
        self._first_emitted = False
        self._is_taken = self._has_content = False
        self._rest = 0
        self._refusal: Refusal | None = None
        self.patience = patience
        self._left: tuple[object, ...] | None = None  # what came and was left unread, until its fold is asked for
        self._state, messages = machine.start(config) if state is None else (state, ())
        self.pending: deque[Message] = deque()
        self.error: BaseException | None = None
        self.over = False
        if state is not None:  # what it was told before counts: after a finish word silence is an end
            patience.came(False, standing_of(state))
        self._queue(messages)

    @property
    def knows_wire(self) -> bool:
        """Whether the machine is of a wire, so that frames can be made chunks of."""
        return self._reader.knows_wire

    @property
    def state(self) -> StateT:
        """The machine's state, now."""
        if self._left is not None:
            self._fold_left(self._left)
        return self._state

    @property
    def result(self) -> Result:
        """What is true now."""
        return self._machine.result(self.state)

    def refuse(self, status: int) -> None:
        """The upstream is a response with this status, of an error: what it gives is no stream."""
        if self.knows_wire:
            self._refusal = Refusal(status)

    def take(self, *came: object) -> None:
        """Take what the upstream gave, one thing or several; `advance` folds it."""
        if self._hears_items:
            for raw in came:
                self._observers.tell("received", raw)
        if self._refusal is not None:
            if not all(map(self._refusal.take, came)):
                self.finish(self._refusal.end)
            return
        self._chunks = self._reader.read(*came)
        self._is_taken, self._has_content = True, False
        if standing_of(self._state) != "over":
            self._rest = 0
        else:
            self._rest += sum(map(size_of, came))

    def advance(self) -> bool:
        """Fold the next chunk of what was taken; whether there was one."""
        try:
            chunk = next(self._chunks, _NOTHING)
        except Exception as error:  # a frame that is too long
            self._chunks = iter(())
            self.fail(error)
            return True
        if chunk is _NOTHING:
            if self._is_taken:
                self._is_taken = False
                self._settle()
            return False
        before = self._state
        self._state, messages = self._machine.step(before, chunk)
        if self._hears_steps:
            self._observers.tell("stepped", before, chunk, self._state, messages)
        if messages and self._first_emitted:
            self.pending.extend(messages)
        elif messages:
            self._queue(messages)
        if self.patience.timed:
            self._has_content = self._has_content or bool(messages) or adds_to(before, self._state)
        ended = getattr(self._state, "end", None)
        if ended is not None:  # by itself: the stream passed a limit, and is to be closed
            self._chunks = iter(())
            self.finish(ended)
        return True

    def end(self) -> None:
        """The upstream ended by itself: fold what its end completes, and end the fold."""
        self.fold_taken()
        self._chunks = iter(self._reader.rest())
        self.fold_taken()
        if self._refusal is not None:
            self.finish(self._refusal.end)
        elif self._reader.undecoded and not self._reader.decoded:
            self.finish(Failed(f"nothing that came could be read: {_first_reason(self.result)}"))
        else:
            self.finish(Ended())

    def fail(self, error: BaseException) -> None:
        """The upstream raised this; once the wire said that the answer is over, that is a normal end.

        Unless it is what a client makes of an error in the stream: the provider said it after its finish word, and it
        counts as if its frame had been read.
        """
        self.fold_taken()
        is_told = may_still_fail(self.state) and _is_told_in_stream(error)
        if self.patience.is_over and isinstance(error, Exception) and not is_told:
            _log.debug("the upstream raised after the end of the answer: %r", error)
            self.finish(Ended())
        else:
            self.finish(failed_by(error) if self._refusal is None else self._refusal.end, error)

    def finish(self, end: End, error: BaseException | None = None) -> None:
        """End the fold, unless it is over. What was taken is folded first.

        Args:
            end: why.
            error: what to raise after the last message.
        """
        self.fold_taken()
        if self.over:
            return
        self.over = True
        self.error = error
        self._state, messages = self._machine.finish(self._state, end)
        if not (isinstance(end, Failed) and error_of(end).category == "context overflow"):
            # Of an input that was too long the caller gets the error alone: it will compact, and ask again.
            self._queue(messages)
        if self._observers.hear("ended"):  # the result of a long stream takes a while
            self._observers.tell("ended", end, self.result, error)

    def stall(self, stalled: StreamStalled | None) -> None:
        """The time that `patience` gave has passed; without an error, that is a normal end."""
        if stalled is None:
            self.finish(Ended())
        else:
            self.finish(Failed(stalled), stalled)

    def begin_failed(self, error: BaseException) -> None:
        """There is nothing to read, since this was raised before; the caller raises it."""
        self.finish(failed_by(error) if isinstance(error, Exception) else Cancelled())
        self.pending.clear()

    def leave(self, *came: object) -> None:
        """The consumer left: end the fold, and discard pending messages.

        What came before is folded when the state is asked for: it may be much, and nothing may ask for it.

        Args:
            came: what the upstream gave, and was not taken yet.
        """
        self.pending.clear()
        if not self.over:
            self.over = True
            self._left = came
            if self._observers:
                self._fold_left(came)

    def _fold_left(self, came: tuple[object, ...]) -> None:
        """Fold what was left unread, and end the fold."""
        self._left, self.over = None, False
        self.fold_taken()
        if came:
            self.take(*came)
        self.finish(Cancelled())
        self.pending.clear()
        self.error = None  # there is no consumer any more

    def last_error(self, otherwise: BaseException) -> BaseException:
        """What to raise after the last message: the run's error, but once only; else the other."""
        error, self.error = self.error, None
        return otherwise if error is None else error

    def _settle(self) -> None:
        """After what was taken is folded: let the patience know what came, and end what has gone on for too long."""
        self.patience.came(self._has_content, standing_of(self._state))
        if self._rest > LONGEST_REST:
            self.finish(Ended())

    def fold_taken(self) -> None:
        """Fold what was taken."""
        while not self.over and self.advance():
            pass

    def _queue(self, messages: tuple[Message, ...]) -> None:
        if not self._first_emitted and messages:
            self._first_emitted = True
            self._observers.tell("first", messages[0])
        self.pending.extend(messages)


def _is_told_in_stream(error: BaseException) -> bool:
    """Whether a client raised what came in a frame: the openai client's error then has the frame's as its `body`."""
    return getattr(error, "body", None) is not None


def _first_reason(result: Result) -> str:
    return next((note.detail for note in result.diagnostics if note.kind == "undecodable"), "")

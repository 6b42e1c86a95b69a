"""The synchronous run, for the synchronous client: a plain iterator in a `with`, with the same ends.

What is read waits in the caller's own thread. So a cancel, and the clock, cut a read short from outside: by shutting
down the socket that it waits for, where it can be had, as with the openai client, httpx and requests; else by closing
the stream.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from inspect import isgenerator
from math import inf
from types import TracebackType
from typing import Any, Literal, TypeVar

from ...reducer.ends import Cancelled
from ...reducer.machine import Machine
from ...reducer.messages import Message
from ..errors import StreamStalled
from .base_run import BaseRun
from .check_stream import check_begin, check_observers, check_seconds, check_stream, check_way
from .failure import status_of
from .observer import Observer
from .session import Session
from .upstream import Stream, close_all, closers_of, iterator_of, let_give_frames, way_in
from .waiting.cut import Alarm, shut_down, socket_of
from .waiting.patience import Patience

__all__ = ["SyncRun", "drive_sync"]

ConfigT = TypeVar("ConfigT")
ChunkT = TypeVar("ChunkT")
StateT = TypeVar("StateT")


def drive_sync(
    machine: Machine[ConfigT, ChunkT, StateT],
    config: ConfigT,
    stream: Stream,
    observers: Sequence[Observer] = (),
    *,
    state: StateT | None = None,
    idle_timeout: float | None = None,
    content_timeout: float | None = None,
    total_timeout: float | None = None,
    grace: float = 2.0,
    by: Literal["bytes", "objects"] = "bytes",
) -> "SyncRun[StateT]":
    """Drive a stream through a machine, without an event loop.

    Use it as `with drive_sync(...) as run: for message in run: ...`; then `run.result`.

    Args:
        machine: `chat`, `inner_thoughts`, `responses`, or a machine of your own.
        config: the machine's `Config`.
        stream: an SDK stream as the client returns it, a response, which is read by its bytes (of the openai client's
            `with_streaming_response`, of httpx, of requests), or any iterable of bytes, text, SDK objects, decoded
            JSON, or chunks. It is closed when the run ends.
        observers: called with what comes, what is folded, and how the run ends.
        state: where to go on from, as in `drive`.
        idle_timeout: after so many seconds in which nothing comes, the run fails by `StreamStalled`; None: never.
            This and the other times cut a read short as `SyncRun.cancel` does.
        content_timeout: the same for what adds to the answer: pings and empty deltas, for example, do not.
        total_timeout: after so many seconds from the first wait on, the run fails by `StreamStalled` unless the stream
            is over; None: never.
        grace: seconds of silence after a finish word that are a normal end.
        by: how a stream of the openai client is read, as in `drive`.

    Raises:
        TypeError: if the config or the state is not the machine's, the machine is a class, the stream is of an
            asynchronous client or none, a time is no number, or an observer is none.
        ValueError: as `drive`.
    """
    check_stream(
        stream,
        "__iter__",
        "__enter__",
        instead="use a synchronous client, or `drive`, which takes what is awaited",
        otherwise="it cannot be iterated; `drive` takes what is iterated asynchronously",
    )
    times = {"idle_timeout": idle_timeout, "content_timeout": content_timeout, "total_timeout": total_timeout}
    check_seconds(or_none=True, **times)
    check_seconds(grace=grace)
    check_observers(observers)
    patience = Patience(idle_timeout, content_timeout, total_timeout, grace)
    session = Session(machine, config, observers, state, patience)
    check_begin(stream, state)
    if check_way(by) and session.knows_wire:
        let_give_frames(stream)
    return SyncRun(session, stream)


class SyncRun(BaseRun[StateT]):
    """A stream on its way through a machine: iterate over its messages, inside a `with`."""

    def __init__(self, session: Session[StateT], stream: Any) -> None:
        super().__init__(session)
        self._stream = stream
        self._stack = ExitStack()
        self._upstream: Iterator[Any] | None = None
        self._cancelled = threading.Event()
        self._alarm = Alarm(self._be_late)
        self._entered = self._reading = self._closed = False
        self._is_late = False

    def cancel(self) -> None:
        """Cancel the run, from any thread: it says what it held back, then `StopReason("cancelled")`, and ends.

        A read that waits for the upstream is cut short: of streams and responses of the openai client, httpx and
        requests within moments; of others, by their `close`, where that wakes who reads. A generator that is waiting
        cannot be cut short: the run ends when its read returns.
        """
        self._cancelled.set()
        self._cut_short()

    def __enter__(self) -> "SyncRun[StateT]":
        """Enter the stream, where that is needed.

        Raises:
            RuntimeError: if the run was entered before.
            Exception: what the stream raises.
        """
        if self._entered:
            raise RuntimeError("a run is entered once")
        self._entered = True
        stream = self._stream
        try:
            closes_itself = hasattr(stream, "close") and way_in(stream, asynchronous=False)
            if hasattr(stream, "__enter__") and not closes_itself:
                self._stream = self._stack.enter_context(stream)
            self._upstream = iterator_of(self._stream, asynchronous=False)
            status = status_of(self._stream)
            if status is not None:
                self._session.refuse(status)
        except BaseException as error:
            self._session.begin_failed(error)
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.leave()
        self._close()

    def __iter__(self) -> "SyncRun[StateT]":
        return self

    def __next__(self) -> Message:
        """The next message.

        Raises:
            RuntimeError: outside the run's `with`.
            StreamStalled: after the last message, if a time passed that was given to `drive_sync`.
            Exception: after the last message, what the upstream raised.
        """
        session = self._session
        while not session.pending:
            if session.over:
                self._close()
                raise session.last_error(StopIteration())
            if not session.advance() and not session.over:
                self._pull()
        return session.pending.popleft()

    def _pull(self) -> None:
        if self._upstream is None:
            raise RuntimeError("a run is iterated inside its `with`")
        session = self._session
        stalled = None
        try:
            try:
                self._reading = True  # first: a cancel from here on cuts this read short, one until here is seen below
                if self._cancelled.is_set():
                    session.finish(Cancelled())
                    return
                stalled, is_past = self._set_alarm()
                if is_past:
                    session.stall(stalled)
                    return
                raw = next(self._upstream)
            finally:
                self._reading = False
                self._alarm.set(inf)
        except StopIteration:
            self._cut_or(stalled, session.end)
        except Exception as error:
            raised = error
            self._cut_or(stalled, lambda: session.fail(raised))
        else:
            session.take(raw)
            if self._is_late:
                session.stall(stalled)

    def _set_alarm(self) -> tuple[StreamStalled | None, bool]:
        """Set the alarm, if there is a time to keep; what to fail by then, and whether that time is past."""
        patience = self._session.patience
        if not patience.timed or (patience.is_over and socket_of(self._stream) is None):
            return None, False  # of a list, say: a thread would be of no use
        now = time.monotonic()
        deadline, stalled = patience.deadline(now)
        is_past = deadline <= now  # reads that return at once leave the alarm's thread no turn
        if not is_past:
            self._alarm.set(deadline)
        return stalled, is_past

    def _cut_or(self, stalled: StreamStalled | None, otherwise: Callable[[], None]) -> None:
        """The upstream ended or raised: since it was cut short, or else by itself."""
        if self._cancelled.is_set():
            self._session.finish(Cancelled())
        elif self._is_late:
            self._session.stall(stalled)
        else:
            otherwise()

    def _be_late(self) -> None:
        """The time for this read is over."""
        self._is_late = True
        self._cut_short()

    def _cut_short(self) -> None:
        """Cut the read that is in progress short, if one is; from another thread than the one that reads."""
        if not self._reading:
            return
        found = socket_of(self._stream)
        if found is not None:
            shut_down(found)
            return
        if not isgenerator(self._stream):  # one that is being read cannot be closed before that is over
            close_all(closers_of(self._stream, asynchronous=False))

    def _close(self) -> None:
        """Close the stream, its iterator where that is another object, and what was entered for it."""
        if self._closed:
            return
        self._closed = True
        self._alarm.stop()
        close_all([*closers_of(self._stream, self._upstream, asynchronous=False), self._stack.close])

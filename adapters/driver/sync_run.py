"""The synchronous loop, for the synchronous client: a plain iterator in a `with`, with the same ends.

What needs an event loop is not here: no idle timeout (the client has timeouts of its own) and no cancel event.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, TypeVar

from ...reducer.ends import Cancelled, Ended
from ...reducer.machine import Machine
from ...reducer.messages import Message
from .base_run import BaseRun
from .check_stream import check_observers, check_stream
from .observer import Observer
from .session import Session
from .upstream import Stream, iterator_of

__all__ = ["SyncRun", "drive_sync"]

ConfigT = TypeVar("ConfigT")
ChunkT = TypeVar("ChunkT")
StateT = TypeVar("StateT")

_log = logging.getLogger("streamfold")


def drive_sync(
    machine: Machine[ConfigT, ChunkT, StateT], config: ConfigT, stream: Stream, observers: Sequence[Observer] = ()
) -> "SyncRun[StateT]":
    """Drive a stream through a machine, without an event loop.

    Use it as `with drive_sync(...) as run: for message in run: ...`; then `run.result`.

    Args:
        machine: `chat`, `inner_thoughts`, `responses`, or a machine of your own.
        config: the machine's `Config`.
        stream: an SDK stream as the client returns it, a response, which is read by its bytes (of the openai client's
            `with_streaming_response`, of httpx, of requests), or any iterable of bytes, text, SDK objects, decoded
            JSON, or chunks. It is closed when the run ends.
        observers: told of everything that happens.

    Raises:
        TypeError: if the config is not of the machine's `Config`, the machine is a class, the stream is of an
            asynchronous client or none, or an observer is none.
    """
    check_stream(
        stream,
        "__iter__",
        "__enter__",
        instead="use a synchronous client, or `drive`, which takes what is awaited",
        otherwise="it cannot be iterated; `drive` takes what is iterated asynchronously",
    )
    check_observers(observers)
    return SyncRun(Session(machine, config, observers), stream)


class SyncRun(BaseRun[StateT]):
    """A stream on its way through a machine: iterate over its messages, inside a `with`."""

    def __init__(self, session: Session[StateT], stream: Any) -> None:
        super().__init__(session)
        self._stream = stream
        self._stack = ExitStack()
        self._upstream: Iterator[Any] | None = None
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Cancel the run, from any thread: it says what it held back, then `StopReason("cancelled")`, and ends.

        A read that waits for the upstream meanwhile is cut short by closing the upstream, where that has a `close`.
        """
        if not self._session.over:
            self._cancelled.set()
            self._close()

    def __enter__(self) -> "SyncRun[StateT]":
        if not hasattr(self._stream, "__iter__") and hasattr(self._stream, "__enter__"):
            self._stream = self._stack.enter_context(self._stream)
        self._upstream = iterator_of(self._stream, False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()
        self._close()
        self._stack.close()

    def __iter__(self) -> "SyncRun[StateT]":
        return self

    def __next__(self) -> Message:
        session = self._session
        while not session.pending:
            if session.over:
                self._close()
                raise session.last_error(StopIteration())
            self._pull()
        return session.pending.popleft()

    def _pull(self) -> None:
        if self._upstream is None:
            raise RuntimeError("a run is iterated inside its `with`")
        session = self._session
        if self._is_cancelled():
            session.finish(Cancelled())
            return
        try:
            raw = next(self._upstream)
        except StopIteration:
            session.finish(Cancelled() if self._is_cancelled() else Ended())
        except Exception as error:
            self._failed(error)
        else:
            session.take(raw)

    def _is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def _close(self) -> None:
        if self._closed:
            return
        self._closed = True
        close = getattr(self._stream, "close", None)
        try:
            if close is not None:
                close()
        except Exception as error:
            # Among them a generator that is being read by another thread: it cannot be closed, and stops at its next.
            _log.warning("the upstream raised while it was being closed: %r", error)

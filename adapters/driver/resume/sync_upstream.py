"""A background response as one synchronous stream, over as many connections as it takes."""

import threading
from collections.abc import Iterable, Iterator
from typing import Any

from ....reducer.responses import State
from ..check_stream import check_stream
from ..upstream import close_all, closers_of
from .answers import bare, event_of_whole, loss_of, losses
from .policy import Bounds, Loss, Resumption, StillRunning, StreamEnded
from .resumed import Resumed, cursor_of

__all__ = ["SyncResumedStream", "resume_from_sync", "resuming_sync"]


def resuming_sync(
    client: Any, stream: Iterable[Any], *, attempts: int = 5, pause: float = 0.5, total_attempts: int = 100
) -> "SyncResumedStream":
    """The events of a background response, of a synchronous client, over as many connections as it takes.

    As `resuming`; drive it by `drive_sync(responses, config, resuming_sync(client, stream))`.

    Args:
        client: an `OpenAI`; the retries of its own are not used.
        stream: what `client.responses.create(..., background=True, stream=True)` returned.
        attempts: as for `resuming`.
        pause: as for `resuming`, in seconds.
        total_attempts: as for `resuming`.

    Raises:
        TypeError: as for `resuming`.
        ValueError: if one of the numbers is too low.
        openai.APIConnectionError: as for `resuming`.
        openai.APIStatusError: as for `resuming`.
    """
    check_stream(
        stream,
        "__iter__",
        instead="use a synchronous client, or `resuming`, which takes what is awaited",
        otherwise="it cannot be iterated; `resuming` takes what is iterated asynchronously",
    )
    return SyncResumedStream(client, Resumption(Bounds(attempts, pause, total_attempts)), stream)


def resume_from_sync(
    client: Any, state: State, *, attempts: int = 5, pause: float = 0.5, total_attempts: int = 100
) -> "SyncResumedStream":
    """`resume_from`, for a synchronous client: the rest of a background response, from where a state is.

    Raises:
        TypeError: as `resume_from`.
        ValueError: if the state has not seen the response's id, or no event with a number.
    """
    response_id, cursor = cursor_of(state)
    return SyncResumedStream(client, Resumption(Bounds(attempts, pause, total_attempts), response_id, cursor))


class SyncResumedStream(Resumed[Iterator[Any]]):
    """The events of a background response; iterate over it, and close it with `close`, as `drive_sync` does."""

    def __init__(self, client: Any, resumption: Resumption, stream: Any = None) -> None:
        super().__init__(client, resumption, stream)
        self._closed = threading.Event()

    def __iter__(self) -> "SyncResumedStream":
        return self

    def __next__(self) -> Any:
        if self._closed.is_set():
            raise StopIteration
        try:
            return self._next()
        except BaseException as error:  # the end, an error, or an interrupt
            by_another = self._closed.is_set()  # thread: whatever that makes of a read is the end
            self.close()
            if by_another and isinstance(error, Exception):
                raise StopIteration from None
            raise

    def close(self) -> None:
        """Close the connection that is open, and end a wait, from any thread; the response goes on at the provider."""
        self._closed.set()
        self._give_up()

    def _next(self) -> Any:
        self._begin()
        while True:
            loss: Loss = StillRunning()
            try:
                event = self._ask()
            except StopIteration:
                loss, self._error = StreamEnded(), None
            except losses(self._openai) as error:
                loss, self._error = loss_of(error), error
            else:
                if event is not None:
                    self._resumption.saw(event)
                    return event
            self._give_up()
            self._wait_after(loss)

    def _ask(self) -> Any:
        """The next event of the connection, which is opened if none is; None if the response is not over yet."""
        events = self._events
        if events is None:
            stream = self._stream
            if stream is None:
                where = self._resumption
                if where.over:  # it was fetched whole
                    raise StopIteration
                retrieve = bare(self._client).responses.retrieve
                if where.asked == "whole":
                    return event_of_whole(self._openai, retrieve(where.response_id))
                stream = self._stream = retrieve(where.response_id, stream=True, starting_after=where.cursor)
            if self._closed.is_set():  # by another thread, which had no stream to close
                raise StopIteration
            events = self._events = iter(stream)
        return next(events)

    def _wait_after(self, loss: Loss) -> None:
        """Wait until it is time to ask again.

        Raises:
            StopIteration: if there is nothing more to ask for, or this was closed: then no lost connection is one.
        """
        if self._closed.is_set():
            raise StopIteration
        pause = self._pause_after(loss)
        if pause is None or self._closed.wait(pause):
            raise StopIteration

    def _give_up(self) -> None:
        closers = closers_of(self._stream, asynchronous=False)
        self._stream = self._events = None
        close_all(closers)

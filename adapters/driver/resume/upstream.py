"""A background response as one asynchronous stream, over as many connections as it takes.

It is an object, not an async generator: one that was never begun can be closed as well, and what it waits in is left
before an event is given, so that another task may go on with it.
"""

from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

import anyio

from ....reducer.responses import State
from ..check_stream import check_stream
from ..upstream import closers_of, log_failure
from .answers import bare, event_of_whole, loss_of, losses
from .policy import Bounds, Loss, Resumption, StillRunning, StreamEnded
from .resumed import Resumed, cursor_of

__all__ = ["ResumedStream", "resume_from", "resuming"]

_CLOSE_TIMEOUT = 1.0


def resuming(
    client: Any, stream: AsyncIterable[Any], *, attempts: int = 5, pause: float = 0.5, total_attempts: int = 100
) -> "ResumedStream":
    """The events of a background response, over as many connections as it takes.

    Drive it in place of the stream: `drive(responses, config, resuming(client, stream))`. It asks again where a
    connection is lost or ends early, and where the provider answers with 408, 409, 425, 429 or 5xx. What cannot be
    streamed any more (400, 404) is fetched whole, as one last event.

    Args:
        client: an `AsyncOpenAI`; the retries of its own are not used.
        stream: what `client.responses.create(..., background=True, stream=True)` returned.
        attempts: how often in a row to try again without an event coming that is new; then the last error is raised.
        pause: seconds before trying again; twice as long each time in a row, or as long as the provider asks for by
            `retry-after`, but no longer than 60.
        total_attempts: how often to ask in all; then the last error is raised.

    Raises:
        TypeError: if the stream has yet to be awaited or is of a synchronous client, the client is none, or one of the
            numbers is none.
        ValueError: if one of the numbers is too low.
        openai.APIConnectionError: if the connection is lost, and cannot be had back. Before version 3 of the client it
            is `httpx.ReadError` or another of httpx's own, if it is lost in the middle of a stream.
        openai.APIStatusError: if the provider refuses for good, or too often.
    """
    check_stream(
        stream,
        "__aiter__",
        instead="await the call, as in `resuming(client, await create(...))`",
        otherwise="it cannot be iterated asynchronously; `resuming_sync` takes what is iterated without waiting",
    )
    return ResumedStream(client, Resumption(Bounds(attempts, pause, total_attempts)), stream)


def resume_from(
    client: Any, state: State, *, attempts: int = 5, pause: float = 0.5, total_attempts: int = 100
) -> "ResumedStream":
    """The rest of a background response, from where a state is: on another host, say, with a restored state.

    Drive it with that state: `drive(responses, state.config, resume_from(client, state), state=state)`. The other
    arguments and what is raised meanwhile are those of `resuming`.

    Raises:
        TypeError: if the state is not of `responses`, the client is none, or one of the numbers is none.
        ValueError: if the state has not seen the response's id, or no event with a number.
    """
    response_id, cursor = cursor_of(state)
    return ResumedStream(client, Resumption(Bounds(attempts, pause, total_attempts), response_id, cursor))


class ResumedStream(Resumed[AsyncIterator[Any]]):
    """The events of a background response; iterate over it, and close it with `aclose`, as `drive` does."""

    def __init__(self, client: Any, resumption: Resumption, stream: Any = None) -> None:
        super().__init__(client, resumption, stream)
        self._closed = False

    def __aiter__(self) -> "ResumedStream":
        return self

    async def __anext__(self) -> Any:
        if self._closed:
            raise StopAsyncIteration
        try:
            return await self._next()
        except BaseException:  # the end, an error, or the task is cancelled
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Close the connection that is open, if one is; the response goes on at the provider."""
        self._closed = True
        await self._give_up()

    async def _next(self) -> Any:
        self._begin()
        while True:
            loss: Loss = StillRunning()
            try:
                event = await self._ask()
            except StopAsyncIteration:
                loss, self._error = StreamEnded(), None
            except losses(self._openai) as error:
                loss, self._error = loss_of(error), error
            else:
                if event is not None:
                    self._resumption.saw(event)
                    return event
            await self._give_up()
            if self._closed:  # by another task: then no lost connection is one
                raise StopAsyncIteration
            pause = self._pause_after(loss)
            if pause is None:
                raise StopAsyncIteration
            await anyio.sleep(pause)
            if self._closed:
                raise StopAsyncIteration

    async def _ask(self) -> Any:
        """The next event of the connection, which is opened if none is; None if the response is not over yet."""
        if self._stream is None:
            where = self._resumption
            if where.over:  # it was fetched whole
                raise StopAsyncIteration
            retrieve = bare(self._client).responses.retrieve
            if where.asked == "whole":
                return event_of_whole(self._openai, await retrieve(where.response_id))
            self._stream = await retrieve(where.response_id, stream=True, starting_after=where.cursor)
        if self._closed:  # by another task, which had no stream to close
            raise StopAsyncIteration
        if self._events is None:
            self._events = self._stream if hasattr(self._stream, "__anext__") else aiter(self._stream)
        return await anext(self._events)

    async def _give_up(self) -> None:
        """Close the connection, whatever happens to our own task meanwhile; bounded in time."""
        closers = closers_of(self._events, self._stream, asynchronous=True)
        self._events = self._stream = None
        with anyio.move_on_after(_CLOSE_TIMEOUT, shield=True):
            for close in closers:
                try:
                    closing: Any = close()
                    if hasattr(closing, "__await__"):
                        await closing
                except Exception as error:
                    log_failure(error)

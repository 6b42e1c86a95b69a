"""Resuming upstream: a Responses run in background mode that lost its connection goes on where it was.

OpenAI keeps such a response (`background=True`) and numbers its events; `responses.retrieve(..., stream=True,
starting_after=N)` sends those after number N. What is sent twice all the same, the fold ignores (law 10).
"""

import logging
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

import anyio

from ...reducer.responses import State
from .check_stream import check_stream

__all__ = ["resume_from", "resuming"]

_log = logging.getLogger("streamfold")
_LAST = frozenset({"response.completed", "response.incomplete", "response.failed", "error"})


def resuming(client: Any, stream: AsyncIterable[Any], *, attempts: int = 5, pause: float = 0.5) -> AsyncIterator[Any]:
    """The events of a background response, over as many connections as it takes.

    Drive it in place of the stream: `drive(responses, config, resuming(client, stream))`.

    Args:
        client: an `AsyncOpenAI`.
        stream: what `client.responses.create(..., background=True, stream=True)` returned.
        attempts: how often in a row to try again without an event coming; then the last error is raised.
        pause: seconds before trying again; twice as long each time in a row.

    Raises:
        TypeError: if the stream has yet to be awaited.
        openai.APIConnectionError: if the connection is lost, and cannot be had back.
    """
    check_stream(stream, "__aiter__", instead="await the call, as in `resuming(client, await create(...))`")
    return _follow(client, stream, "", -1, attempts, pause)


def resume_from(client: Any, state: State, *, attempts: int = 5, pause: float = 0.5) -> AsyncIterator[Any]:
    """The rest of a background response, from where a state is: on another host, say, with a restored state.

    Drive it with that state: `drive(responses, config, resume_from(client, state), state=state)`.

    Raises:
        ValueError: if the state has not seen the response's id, or no event with a number.
        openai.APIConnectionError: as for `resuming`.
    """
    if not state.envelope.provider_id or state.highest < 0:
        raise ValueError("this state cannot be resumed: it has seen no response id, or no numbered event")
    return _follow(client, None, state.envelope.provider_id, state.highest, attempts, pause)


async def _follow(
    client: Any, stream: Any, response_id: str, cursor: int, attempts: int, pause: float
) -> AsyncIterator[Any]:
    from ..openai_sdk.require_openai import require_openai

    openai = require_openai("to resume a response")
    tried, over = 0, False
    while True:
        lost: Exception | None = None
        try:
            if stream is None:
                stream = await client.responses.retrieve(response_id, stream=True, starting_after=cursor)
            async for event in stream:
                tried = 0
                response_id = response_id or getattr(getattr(event, "response", None), "id", "")
                cursor = max(cursor, getattr(event, "sequence_number", None) or 0)
                over = over or event.type in _LAST
                yield event
        except openai.APIConnectionError as error:
            lost = error
        finally:
            if stream is not None:
                with anyio.CancelScope(shield=True), anyio.move_on_after(1):
                    await stream.close()
                stream = None
        # A stream that just ends before its last event was lost too.
        if over:
            return
        if not response_id or tried >= attempts:
            if lost is not None:
                raise lost
            return
        tried += 1
        _log.info("the stream of %r was lost after event %r; trying again", response_id, cursor)
        await anyio.sleep(pause * 2 ** (tried - 1))

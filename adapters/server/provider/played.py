"""What a played provider does next, done over HTTP: bytes, pauses, lost connections, refusals."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

import anyio
from attrs import frozen
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from ...cassette import timeline
from ...cassette.timeline import Action, Lose, Status, Wait
from ...json_text import dumps
from ..asgi import until_hung_up

__all__ = ["Json", "Played", "Refused", "Whole", "error_body", "sleep"]

_SSE = "text/event-stream; charset=utf-8"
_JSON = "application/json"


class Refused(Exception):
    """A request that cannot be answered; the application answers it with this status, and JSON as providers have it."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(message, code)


def error_body(message: str, code: str | None = None) -> dict[str, Any]:
    """The JSON of an error."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


class Json(JSONResponse):
    """A response of JSON, which may have frozen objects in it."""

    def render(self, content: Any) -> bytes:
        """The body."""
        return dumps(content).encode()


async def sleep(seconds: float) -> None:
    """Wait; for ever, where it is infinite."""
    await (anyio.sleep_forever() if seconds == inf else anyio.sleep(seconds))


@frozen
class Whole:
    """An answer that comes in one piece: a status, and JSON."""

    status: int
    body: Mapping[str, Any]


class Played(Response):
    """Actions as a response; it ends when the client leaves, without an end where the connection is to be lost.

    Args:
        actions: what happens.
        headers: of the response.
        whole: what the answer is where no stream is asked for; the pauses are then made before it.
        stop: ends the stream when it is set.
    """

    def __init__(
        self,
        actions: Sequence[Action],
        headers: Mapping[str, str],
        whole: Whole | None = None,
        stop: anyio.Event | None = None,
    ) -> None:
        refusal = next((Whole(action.code, action.body) for action in actions[:1] if isinstance(action, Status)), None)
        self._actions = actions
        self._whole = refusal or whole
        self._stop = stop
        self.background = None
        self.status_code = 200 if self._whole is None else self._whole.status
        self.init_headers({"content-type": _SSE if self._whole is None else _JSON, **headers})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; called by the server, once."""
        is_lost = False
        async with anyio.create_task_group() as group:
            group.start_soon(self._leave, receive, group.cancel_scope)
            if self._whole is not None:  # nothing comes of it before all of it does
                is_lost = await self._play()
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if self._whole is None:
                with anyio.CancelScope() as playing:
                    if self._stop is not None:
                        group.start_soon(self._end, self._stop, playing)
                    is_lost = await self._play(send)
            if not is_lost:
                body = b"" if self._whole is None else dumps(self._whole.body).encode()
                await send({"type": "http.response.body", "body": body, "more_body": False})
            group.cancel_scope.cancel()

    async def _play(self, send: Send | None = None) -> bool:
        """Make what happens happen, without its bytes if there is nowhere to send them; whether the line is lost."""
        for action in self._actions:
            if isinstance(action, Lose):
                return True
            if isinstance(action, Wait):
                await sleep(action.seconds)
            elif isinstance(action, timeline.Send) and send is not None:
                await send({"type": "http.response.body", "body": action.data, "more_body": True})
        return False

    async def _leave(self, receive: Receive, scope: anyio.CancelScope) -> None:
        await until_hung_up(receive)
        scope.cancel()

    async def _end(self, stop: anyio.Event, playing: anyio.CancelScope) -> None:
        await stop.wait()
        playing.cancel()

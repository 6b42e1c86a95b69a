"""Plays the provider to the real openai client, inside this process: nothing listens, and nothing is patched.

The client is given an HTTP client of its own library (httpx, or httpx2 from openai 3 on) whose transport is a function.
From there on everything is what it is in production: the client's classes, errors, retries, time limits and closing.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any, TypeAlias

from ..cassette.timeline import Action, Lose, Send, Status, Wait
from ..json_text import dumps
from .exchange import Asked, Body

__all__ = ["BASE_URL", "Answering", "async_http_client", "http_client", "library"]

BASE_URL = "http://replayed.invalid/v1"
"""Where the clients believe that the provider is. There is no such name, so what slips past them reaches nobody."""

_SSE = "text/event-stream; charset=utf-8"

Answering: TypeAlias = Callable[[Asked], Sequence[Action] | None]
"""What a request gets; None where the fallback is to answer."""


def library(openai: Any) -> Any:
    """The HTTP library that an openai package is built on."""
    base = next(one for one in openai.DefaultHttpxClient.__mro__ if one.__name__ == "Client")
    return sys.modules[base.__module__.partition(".")[0]]


def http_client(openai: Any, answer: Answering, fallback: Any = None) -> Any:
    """An HTTP client for `OpenAI` and its like.

    Args:
        openai: the package.
        answer: what requests get.
        fallback: a transport for those that get nothing.
    """
    http = library(openai)
    send = _transport(http, answer)

    def handle(request: Any) -> Any:
        response = send(request)
        return fallback.handle_request(request) if response is None else response

    return openai.DefaultHttpxClient(transport=http.MockTransport(handle))


def async_http_client(openai: Any, answer: Answering, fallback: Any = None) -> Any:
    """An HTTP client for `AsyncOpenAI` and its like, on asyncio and trio, whose requests are answered by `answer`."""
    http = library(openai)
    send = _transport(http, answer)

    async def handle(request: Any) -> Any:
        response = send(request)
        return await fallback.handle_async_request(request) if response is None else response

    return openai.DefaultAsyncHttpxClient(transport=http.MockTransport(handle))


def _transport(http: Any, answer: Answering) -> Callable[[Any], Any]:
    # A class of the library's that is not known before.
    stream = type("ReplayedStream", (_Stream, http.AsyncByteStream, http.SyncByteStream), {})

    def send(request: Any) -> Any:
        asked = Asked(
            request.method, request.url.path, dict(request.url.params), dict(request.headers), _json(request.content)
        )
        actions = answer(asked)
        if actions is None:
            return None
        for action in actions[:1]:
            if isinstance(action, Status):
                asked.over.set()
                headers = {"content-type": "application/json", "x-request-id": "req_replayed"}
                return http.Response(action.code, headers=headers, content=dumps(action.body).encode(), request=request)
        headers = {"content-type": _SSE, "x-request-id": "req_replayed"}
        return http.Response(200, headers=headers, stream=stream(http, request, asked, actions), request=request)

    return send


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


class _Stream(Body[Action]):
    """An answer's body, of what is to happen; waits no longer than the client has patience."""

    def __init__(self, http: Any, request: Any, asked: Asked, actions: Sequence[Action]) -> None:
        super().__init__(actions, asked)
        self._http = http
        self._request = request
        timeout = request.extensions.get("timeout", {}).get("read")
        self._patience = inf if timeout is None else timeout

    def pause(self, part: Action) -> float | None:
        return min(part.seconds, self._patience) if isinstance(part, Wait) else None

    def piece(self, part: Action) -> bytes | None:
        match part:
            case Send(data=data, frame=frame):
                self._asked.frames += frame is not None
                return data
            case Wait(seconds=seconds) if seconds > self._patience:
                raise self._http.ReadTimeout("The read operation timed out", request=self._request)
            case Lose(exception=None, why=why):
                raise self._http.RemoteProtocolError(why, request=self._request)
            case Lose(exception=BaseException() as exception):
                raise exception
        return None

"""Plays the provider to the real openai client, inside this process: nothing listens, and nothing is patched.

The client is given an HTTP client of its own library (httpx, or httpx2 from openai 3 on) whose transport is a function.
From there on everything is what it is in production: the client's classes, errors, retries, time limits and closing.
"""

import json
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from math import inf
from typing import Any, TypeAlias

import anyio
from anyio.lowlevel import checkpoint
from attrs import Factory, define, field

from ..json_text import dumps
from .timeline import Event, Lose, Send, Status, Wait

__all__ = ["BASE_URL", "Answering", "Asked", "async_http_client", "http_client", "library"]

BASE_URL = "http://replayed.invalid/v1"
"""Where the clients believe that the provider is. There is no such name, so what slips past them reaches nobody."""

_SSE = "text/event-stream; charset=utf-8"


@define(eq=False)
class Asked:
    """A request that came, and how its answer fared.

    Attributes:
        body: its JSON, decoded; headers: by their names in lower case; query: by name.
        frames: how many whole frames went out so far.
        over: set when the client has closed the answer.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    frames: int = 0
    over: threading.Event = field(default=Factory(threading.Event), repr=False)

    @property
    def closed(self) -> bool:
        """Whether the client has closed the answer, be it at its end or before."""
        return self.over.is_set()


Answering: TypeAlias = Callable[[Asked], Sequence[Event]]
"""What a request gets. It must not raise."""


def library(openai: Any) -> Any:
    """The HTTP library that an openai package is built on."""
    base = next(one for one in openai.DefaultHttpxClient.__mro__ if one.__name__ == "Client")
    return sys.modules[base.__module__.partition(".")[0]]


def http_client(openai: Any, answer: Answering) -> Any:
    """An HTTP client for `OpenAI` and its like."""
    http = library(openai)
    return openai.DefaultHttpxClient(transport=http.MockTransport(_transport(http, answer)))


def async_http_client(openai: Any, answer: Answering) -> Any:
    """The same for `AsyncOpenAI` and its like, on asyncio and trio."""
    http = library(openai)
    return openai.DefaultAsyncHttpxClient(transport=http.MockTransport(_transport(http, answer)))


def _transport(http: Any, answer: Answering) -> Callable[[Any], Any]:
    # A class of the library's that is not known before.
    stream = type("ReplayedStream", (_Stream, http.AsyncByteStream, http.SyncByteStream), {})

    def send(request: Any) -> Any:
        asked = Asked(
            request.method, request.url.path, dict(request.url.params), dict(request.headers), _json(request.content)
        )
        events = answer(asked)
        for event in events[:1]:
            if isinstance(event, Status):
                asked.over.set()
                headers = {"content-type": "application/json", "x-request-id": "req_replayed"}
                return http.Response(event.code, headers=headers, content=dumps(event.body).encode(), request=request)
        headers = {"content-type": _SSE, "x-request-id": "req_replayed"}
        return http.Response(200, headers=headers, stream=stream(http, request, asked, events), request=request)

    return send


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


class _Stream:
    """An answer's body, for a synchronous or an asynchronous reader."""

    def __init__(self, http: Any, request: Any, asked: Asked, events: Sequence[Event]) -> None:
        self._http = http
        self._request = request
        self._asked = asked
        self._events = events
        timeout = request.extensions.get("timeout", {}).get("read")
        self._patience = inf if timeout is None else timeout

    def __iter__(self) -> Iterator[bytes]:
        for event in self._events:
            if isinstance(event, Wait):
                waited = min(event.seconds, self._patience)
                if self._asked.over.wait(None if waited == inf else waited):
                    return  # closed by another thread
            if (piece := self._piece(event)) is not None:
                yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for event in self._events:
            await checkpoint()
            if isinstance(event, Wait):
                await anyio.sleep(min(event.seconds, self._patience))
            if (piece := self._piece(event)) is not None:
                yield piece

    def close(self) -> None:
        self._asked.over.set()

    async def aclose(self) -> None:
        self._asked.over.set()

    def _piece(self, event: Event) -> bytes | None:
        """What an event puts on the wire; raises what a client's library raises."""
        match event:
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

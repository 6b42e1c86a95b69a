"""The openai SDK's own way from bytes to objects.

`parsed` is its `Stream` over a response that stands in for the network's: what the client does before (the request) and
around it (the connection) is left out; the decoding of the event stream, the JSON and the making of objects are the
SDK's, as its client does them. `asked` is the stream that the whole client gives, over a transport that stands in for
the network.
"""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from functools import cache
from typing import Any

from openai import AsyncOpenAI, AsyncStream, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI, Stream
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent


class Response:
    """What the SDK's streams ask of a response."""

    http_version = "HTTP/2"  # the reading of a body's rest, as for HTTP/1.1, is the network's affair
    request = None

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    def iter_bytes(self) -> Iterator[bytes]:
        return iter(self._pieces)

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece

    def close(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


def parsed(wire: str, pieces: Iterable[bytes]) -> Any:
    """The objects of a stream, as the client's `create(stream=True)` gives them."""
    return Stream(cast_to=_kind(wire), response=Response(pieces), client=_client())  # type: ignore[arg-type]


def parsed_async(wire: str, pieces: Iterable[bytes]) -> Any:
    """The same from the asynchronous client."""
    return AsyncStream(cast_to=_kind(wire), response=Response(pieces), client=_async_client())  # type: ignore[arg-type]


def asked(wire: str, pieces: Iterable[bytes]) -> Callable[[], Awaitable[Any]]:
    """What asks the client for a stream, again and again, each of which comes in these pieces."""
    transport = DefaultAsyncHttpxClient(transport=_transport(pieces))
    client = AsyncOpenAI(api_key="none is needed", http_client=transport, max_retries=0)
    return lambda: ask(client, wire)


def asked_sync(wire: str, pieces: Iterable[bytes]) -> Callable[[], Awaitable[Any]]:
    """The same of the synchronous client; nothing is waited for."""
    transport = DefaultHttpxClient(transport=_transport(pieces))
    client = OpenAI(api_key="none is needed", http_client=transport, max_retries=0)

    async def asked() -> Any:
        return ask(client, wire)

    return asked


def _transport(pieces: Iterable[bytes]) -> Any:
    """A transport that answers each request with a body in these pieces."""
    base = next(one for one in DefaultAsyncHttpxClient.__mro__ if one.__name__ == "AsyncClient")
    http: Any = sys.modules[base.__module__.partition(".")[0]]  # httpx, or httpx2 from openai 3 on

    class Body(http.AsyncByteStream, http.SyncByteStream):  # type: ignore[misc]
        def __init__(self) -> None:
            self._left = iter(pieces)  # each comes once, as of a network: the client reads on after `[DONE]`

        def __iter__(self) -> Iterator[bytes]:
            return self._left

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for piece in self._left:
                yield piece

    def answer(request: Any) -> Any:
        return http.Response(200, headers={"content-type": "text/event-stream"}, stream=Body(), request=request)

    return http.MockTransport(answer)


def ask(client: AsyncOpenAI | OpenAI, wire: str) -> Any:
    """A stream of the client's, or what is awaited for it: of responses, or of completions."""
    stream: Any = _create(client.responses if wire == "responses" else client.chat.completions, wire)
    return stream


def raw(client: AsyncOpenAI, wire: str) -> Any:
    """The response of the same request, to be entered."""
    kind = client.responses if wire == "responses" else client.chat.completions
    return _create(kind.with_streaming_response, wire)


def _create(kind: Any, wire: str) -> Any:
    asked: Any = {"input": "hi"} if wire == "responses" else {"messages": [{"role": "user", "content": "hi"}]}
    return kind.create(model="gpt-4.1", stream=True, **asked)


def _kind(wire: str) -> Any:
    return ResponseStreamEvent if wire == "responses" else ChatCompletionChunk


@cache
def _client() -> OpenAI:
    return OpenAI(api_key="none is needed")


@cache
def _async_client() -> AsyncOpenAI:
    return AsyncOpenAI(api_key="none is needed")

"""The openai SDK's own way from bytes to objects: its `Stream`, over a response that stands in for the network's.

What the client does before (the request) and around it (the connection) is left out; the decoding of the event stream,
the JSON and the making of objects are the SDK's, as its client does them.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from functools import cache
from typing import Any

from openai import AsyncOpenAI, AsyncStream, OpenAI, Stream
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


def _kind(wire: str) -> Any:
    return ResponseStreamEvent if wire == "responses" else ChatCompletionChunk


@cache
def _client() -> OpenAI:
    return OpenAI(api_key="none is needed")


@cache
def _async_client() -> AsyncOpenAI:
    return AsyncOpenAI(api_key="none is needed")

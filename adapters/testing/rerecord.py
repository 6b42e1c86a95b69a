"""Records a test's cassettes anew: the test's own requests go to the real provider, and what it answers is kept.

The client is the real one, over the network, with the key and the base URL of its usual environment variables. Its HTTP
client calls two hooks of ours: one sees a request go, the other puts a reader of our own between it and the answer.
Of a request nothing is kept but the model that it asks for.
"""

import json
import time
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...reducer.ends import Cancelled, End, Ended
from ...reducer.machine import AnyMachine
from ...reducer.messages import Message
from ..cassette.recorder import Recorder, Redact
from ..cassette.recording import MESSAGE_ID, Recording, config_of, read_recording
from ..errors import CassetteError, UsageError
from ..openai_sdk.request_config import config_for
from ..openai_sdk.require_openai import require_openai
from ..wire.decoder import AnyChunk
from ..wire.machines import machine_of, wire_named
from ..wire.sse import Framer
from .answers import AnswerBody
from .exchange import Asked, Body
from .expectation import Expectations, MessageOrJson
from .replay import Folded, Replay
from .transport import library

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream, OpenAI, Stream

__all__ = ["Rerecording", "numbered"]

_BEGAN = "streamfold_began"  # a request's extension: when it was made


class Rerecording:
    """Stands where a `Replay` stands, and records: what a test asks first goes to the first path, and so on.

    What is recorded takes the place of a file when the answer is over, not before. Then there are its chunks, messages
    and result as well. Requests that ask for no stream go to the provider, and are not recorded.

    Args:
        paths: where the cassettes go; at least one.
        numbered: whether further requests go beside the last path, with numbers: `x.2.cassette`, `x.3.cassette`, …
            Those of an earlier recording that had more are deleted in the end.
        wire: "inner-thoughts" to read a chat as that; else it is what the request is for.
        config: fields of the wire's `Config`.
        redact: as for a `Recorder`.
        expectations: as for a `Replay`.

    Raises:
        ValueError: if there is no such wire.
    """

    def __init__(
        self,
        *paths: Path,
        wire: str | None = None,
        config: Mapping[str, Any] | None = None,
        redact: Redact | None = None,
        expectations: Expectations | None = None,
        numbered: bool = False,
    ) -> None:
        self.requests: list[Asked] = []
        """Every request that was made, in order."""
        self.written: list[Path] = []
        """The cassettes that were recorded."""
        self.errors: list[Exception] = []
        """What kept an answer from being recorded, also where the code under test took no notice."""
        self.unanswered: list[str] = []
        """As of a `Replay`; the provider answers all."""
        self._paths = paths
        self._numbered = numbered
        self._wire = None if wire is None else wire_named(wire)
        self._config = dict(config or {})
        self._redact = redact
        self._expectations = expectations
        self._writers: list[_CassetteWriter] = []
        self._replay: Replay | None = None
        self._clients: list[Any] = []  # the synchronous ones; the others can be closed in their own loop only

    def answer(self, body: AnswerBody, **_: Any) -> None:
        """As of a `Replay`, which it is for: while a test records, the provider answers."""

    def client(self, fallback: Any = None, **options: Any) -> "OpenAI":
        """A real `openai.OpenAI`, which records; the options are its own, and no fallback is needed."""
        client: OpenAI = _openai().OpenAI(**{**options, "http_client": self.http_client()})
        return client

    def async_client(self, fallback: Any = None, **options: Any) -> "AsyncOpenAI":
        """A real `openai.AsyncOpenAI`, which records; the options are its own, and no fallback is needed."""
        client: AsyncOpenAI = _openai().AsyncOpenAI(**{**options, "http_client": self.async_http_client()})
        return client

    def http_client(self, fallback: Any = None) -> Any:
        """An HTTP client for other synchronous clients."""
        openai = _openai()
        hooks = {"request": [_plainly], "response": [lambda response: self._record(openai, response)]}
        self._clients.append(openai.DefaultHttpxClient(event_hooks=hooks))
        return self._clients[-1]

    def async_http_client(self, fallback: Any = None) -> Any:
        """An HTTP client for other asynchronous clients."""
        openai = _openai()

        async def plainly(request: Any) -> None:
            _plainly(request)

        async def record(response: Any) -> None:
            self._record(openai, response)

        return openai.DefaultAsyncHttpxClient(event_hooks={"request": [plainly], "response": [record]})

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """As of a `Replay`; so is all below, of the first stream that was recorded."""
        return self._recorded().recordings

    @property
    def recording(self) -> Recording:
        """The recording."""
        return self._recorded().recording

    @property
    def wire(self) -> str:
        """The recording's wire."""
        return self._recorded().wire

    @property
    def machine(self) -> AnyMachine:
        """The machine that folds it."""
        return self._recorded().machine

    @property
    def config(self) -> Any:
        """The machine's configuration."""
        return self._recorded().config

    @property
    def chunks(self) -> tuple[AnyChunk, ...]:
        """The reducer's chunks."""
        return self._recorded().chunks

    @property
    def end(self) -> End | None:
        """How it ended."""
        return self._recorded().end

    @property
    def speed(self) -> float | None:
        """None: what was recorded is replayed without pauses."""
        return self._recorded().speed

    def fold(self, **fields: Any) -> Folded:
        """The whole stream, folded."""
        return self._recorded().fold(**fields)

    def messages(self, **fields: Any) -> tuple[Message, ...]:
        """All its messages."""
        return self._recorded().messages(**fields)

    def assert_messages(self, messages: Iterable[MessageOrJson] | None = None, name: str = "") -> None:
        """Assert that messages are those that are expected."""
        __tracebackhide__ = True  # pytest then shows the test's line, not this one
        self._recorded().assert_messages(messages, name)

    def body(self) -> bytes:
        """The body of server-sent events."""
        return self._recorded().body()

    def stream(self) -> "Stream[Any]":
        """An `openai.Stream` of what was recorded."""
        return self._recorded().stream()

    async def async_stream(self) -> "AsyncStream[Any]":
        """An `openai.AsyncStream` of what was recorded."""
        return await self._recorded().async_stream()

    def close(self) -> None:
        """End what is still being recorded, as cancelled, for the test left it; and close the clients that can be.

        Raises:
            Exception: the first of the `errors`.
        """
        self._end()
        for client in self._clients:
            client.close()
        if self._replay is not None:
            self._replay.close()
        if self.errors:
            raise self.errors[0]
        if self._numbered and self.written:
            for number in count(max(len(self._paths), len(self._writers))):
                stale = self._path(number)
                if not stale.exists():
                    break
                stale.unlink()

    def _path(self, number: int) -> Path:
        """Where what answers a request goes, counted from 0.

        Raises:
            UsageError: if there is no place for it.
        """
        if number < len(self._paths):
            return self._paths[number]
        if self._numbered:
            return numbered(self._paths[-1], number + 2 - len(self._paths))
        names = ", ".join(path.name for path in self._paths)
        raise UsageError(f"the test asks once more, and has no cassette left for it (named: {names})")

    def _end(self) -> None:
        for writer in self._writers:
            writer.end(Cancelled())

    def _recorded(self) -> Replay:
        """The streams that were recorded, as a replay; what is still being recorded is ended for it."""
        self._end()
        if not self.written:
            raise UsageError("nothing is recorded yet: a test records by asking, through client() or async_client()")
        if self._replay is None:
            recordings = [read_recording(path, self._wire) for path in self.written]
            self._replay = Replay(*recordings, expectations=self._expectations)
        return self._replay

    def _record(self, openai: Any, response: Any) -> None:
        try:
            self._record_stream(openai, response)
        except Exception as error:
            self.errors.append(error)
            raise

    def _record_stream(self, openai: Any, response: Any) -> None:
        request = response.request
        if response.status_code != 200 or "text/event-stream" not in response.headers.get("content-type", ""):
            return  # the client says what is wrong with it, or the test asked for no stream
        if response.headers.get("content-encoding", "identity") != "identity":
            raise UsageError("the provider sent a stream that is compressed, though it was asked not to: not recorded")
        path = self._path(len(self._writers))
        body = json.loads(request.content)
        asked = Asked(request.method, request.url.path, dict(request.url.params), {}, body)
        self.requests.append(asked)
        wire, config = self._wire_of(asked), self._config_of(asked)
        options = {"began": request.extensions[_BEGAN], "redact": self._redact}
        writer = _CassetteWriter(path, self, wire, config, **options)
        self._writers.append(writer)
        http = library(openai)
        base = http.AsyncByteStream if hasattr(response.stream, "__aiter__") else http.SyncByteStream
        response.stream = type("RecordedStream", (_Stream, base), {})(response.stream, writer, asked)

    def _wire_of(self, asked: Asked) -> str:
        if "/responses" in asked.path:
            return "responses"
        return "inner-thoughts" if self._wire == "inner-thoughts" else "chat"

    def _config_of(self, asked: Asked) -> Any:
        machine = machine_of(self._wire_of(asked))
        config_of(
            machine, ("the marker's config", {"message_id": MESSAGE_ID, **self._config})
        )  # a clear word, if wrong
        return config_for(machine.Config, asked.body, **{"message_id": MESSAGE_ID, **self._config})


def numbered(path: Path, number: int) -> Path:
    """The cassette of a further request beside the first one's, by its number from 2 on."""
    return path.with_name(f"{path.name.removesuffix('.cassette')}.{number}.cassette")


def _openai() -> Any:
    return require_openai("to record")


def _plainly(request: Any) -> None:
    """What is recorded is what the provider says, so it must not be compressed."""
    request.headers["accept-encoding"] = "identity"
    request.extensions[_BEGAN] = time.monotonic()


class _CassetteWriter:
    """One cassette, as it is recorded: beside its place, until it is whole."""

    def __init__(self, path: Path, rerecording: Rerecording, wire: str, config: Any, **options: Any) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._recorder = Recorder(self._part, wire, config, overwrite=True, **options)
        self._framer = Framer()
        self._done = False
        self._rerecording = rerecording
        self._over = False

    def received(self, piece: bytes) -> None:
        """A piece of the answer came."""
        for frame in self._framer.feed(piece):
            self._recorder.record(frame)
            self._done = frame.data.strip() == b"[DONE]"

    def end(self, end: End) -> None:
        """It is over; the first end counts."""
        if self._over:
            return
        self._over = True
        if self._done:
            end = Ended()  # the client reads no further
        if isinstance(end, Ended):
            for frame in self._framer.close():
                self._recorder.record(frame)
        self._recorder.end(end)
        self._recorder.close()
        if self._recorder.stopped:
            error = CassetteError(f"{self._path}: not recorded: {self._recorder.stopped}")
            self._rerecording.errors.append(error)
            raise error
        self._part.replace(self._path)
        self._rerecording.written.append(self._path)


class _Stream(Body[bytes]):
    """An answer's body, on its way to the client."""

    def __init__(self, stream: Any, writer: _CassetteWriter, asked: Asked) -> None:
        super().__init__(stream, asked)
        self._stream = stream
        self._writer = writer

    def piece(self, part: bytes) -> bytes:
        self._writer.received(part)
        return part

    def read(self, end: End) -> None:
        self._writer.end(end)

    def close(self) -> None:
        self._stream.close()
        self._writer.end(Cancelled())
        super().close()

    async def aclose(self) -> None:
        await self._stream.aclose()
        self._writer.end(Cancelled())
        await super().aclose()

"""A run as a streaming response of an ASGI application, in the protocol of a client.

The response reads its source in a task of its own, and sends what is said as it comes, a comment where nothing comes,
and one terminal. It takes Starlette (the extra `server`); so do FastAPI's applications.
"""

import logging
from collections.abc import AsyncIterable, Callable, Mapping
from datetime import UTC, datetime
from math import inf
from typing import Any, Generic, TypeVar

import anyio

from ..driver.check_stream import check_seconds
from ..driver.run import Run
from ..errors import MissingExtra
from ..protocols.sink import Sink
from ..protocols.turn import SaidOrResult
from ..short_repr import short_repr
from .beside import Beside
from .heard import HeardRun
from .read_ahead import ReadAhead
from .said_by import said_by
from .sink_frames import SinkFrames

try:
    from starlette.background import BackgroundTask
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send
except ImportError:
    raise MissingExtra("to serve a run takes Starlette: pip install 'streamfold[server]'") from None

__all__ = ["PING", "StreamResponse", "until_hung_up"]

ConfigT = TypeVar("ConfigT")
StateT = TypeVar("StateT")

_log = logging.getLogger("streamfold")
_LAST_WORDS = 1.0  # seconds that the terminal of a response may take which is cancelled from outside

PING = b": ping\n"
"""A comment between frames. It has no blank line after it: some clients read an event where an id came before one."""


class StreamResponse(Response, Generic[ConfigT, StateT]):
    """A run, or a turn of several, as a response.

    The status and the headers go out at once, so whatever goes wrong afterwards is told as the protocol tells it: what
    the source raises is logged, and the client gets the protocol's error event, with the provider's text only where the
    sink's configuration says so (`shows_errors`). A source that ends without a result is told as one that broke off.

    A client that hangs up stops nothing: the source is read to its end all the same, unless `on_hang_up` cancels it. A
    run that is only listened to (`heard.said_of`) is let go at once, since it goes on without listeners. If the server
    cancels the response itself, the client is told that it was cancelled, and the source is closed.

    Args:
        source: a run that is not entered yet, as `drive` gives it; or what a turn is made of: an asynchronous iterator
            of messages, of what tools gave (`ToolReturn`), and of each model call's `Result`, after its last message.
            It is closed at the end.
        sink: the protocol: a module such as `protocols.vercel`, `protocols.agui` or `protocols.plain`.
        config: the sink's `Config`.
        heartbeat: after so many seconds without a frame a comment is sent, so that neither client nor proxy gives up;
            None: never.
        on_hang_up: called once if the client leaves before the end, such as `run.cancel`. It must not wait.
        reads_on: whether the source is read to its end when the client has left. Without, it is closed then. If left
            out, it is read on, but for what `heard.said_of` gives.
        headers: more headers, which go before the protocol's own.
        status_code: the status.
        background: as of Starlette's other responses.
        clock: tells the date of an event, for protocols whose events have one.

    Raises:
        TypeError: if the source is neither, the config is not the sink's, or `heartbeat` is no number.
        ValueError: if `heartbeat` is not above zero.
    """

    def __init__(
        self,
        source: "Run[Any] | AsyncIterable[SaidOrResult]",
        sink: Sink[ConfigT, StateT],
        config: ConfigT,
        *,
        heartbeat: float | None = 15.0,
        on_hang_up: Callable[[], object] | None = None,
        reads_on: bool | None = None,
        headers: Mapping[str, str] | None = None,
        status_code: int = 200,
        background: BackgroundTask | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if not hasattr(source, "__aiter__"):
            raise TypeError(f"source must be a run or an asynchronous iterator, not {short_repr(source)}")
        check_seconds(or_none=True, heartbeat=heartbeat)
        if heartbeat is not None and heartbeat <= 0:
            raise ValueError(f"heartbeat must be above 0, or None for none, not {heartbeat!r}")
        self._source = said_by(source) if isinstance(source, Run) else source
        self._frames = SinkFrames(sink, config, clock)
        self._heartbeat = heartbeat
        self._on_hang_up = on_hang_up
        self._reads_on = not isinstance(source, HeardRun) if reads_on is None else reads_on
        self.status_code = status_code
        self.background = background
        self.init_headers({**sink.HEADERS, **{name.lower(): value for name, value in (headers or {}).items()}})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; called by the server, once."""
        ahead = ReadAhead(self._source)
        line = _Line(send, [] if self._reads_on else [ahead.stop], self._on_hang_up)
        async with Beside() as group:
            group.start_soon(ahead.read)
            group.start_soon(line.watch, receive)
            await self._answer(line, ahead)
        if self.background is not None:
            await self.background()

    async def _answer(self, line: "_Line", ahead: ReadAhead[SaidOrResult]) -> None:
        try:
            await line.send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await line.send(_body(self._frames.opening))
            failure = await self._tell(line, ahead)
        except anyio.get_cancelled_exc_class():
            with anyio.move_on_after(_LAST_WORDS, shield=True):
                await line.end(self._frames.end(is_cancelled=True))
            raise
        if failure is not None:
            _log.error("the source of a response raised: %r", failure, exc_info=failure)
        await line.end(self._frames.end(failure, is_cancelled=ahead.is_cancelled))

    async def _tell(self, line: "_Line", ahead: ReadAhead[SaidOrResult]) -> Exception | None:
        """Send what is said as it comes, to the end of the source; what went wrong, if anything did."""
        beat = self._heartbeat or inf
        due = anyio.current_time() + beat  # of what is said, not all becomes bytes
        while (items := await ahead.take(max(0.0, due - anyio.current_time()))) != []:
            if items is None:
                await line.send(_body(PING))
                due = anyio.current_time() + beat
            elif not line.is_cut:
                frames: list[bytes] = []
                try:
                    frames.extend(map(self._frames.say, items))
                except Exception as error:  # nothing that can be said
                    return error
                finally:
                    await line.send(_body(b"".join(frames)))
                due = anyio.current_time() + beat if any(frames) else due
        return ahead.failure


class _Line:
    """The connection to a client, for as long as there is one."""

    def __init__(self, send: Send, on_hang_up: list[Callable[[], object]], asked: Callable[[], object] | None) -> None:
        self._send = send
        self._on_hang_up = on_hang_up if asked is None else [*on_hang_up, asked]
        self._is_over = False
        self._sending = anyio.CancelScope()
        self.is_cut = False

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message, unless the client has left."""
        if self.is_cut or (message.get("body") == b"" and message["more_body"]):
            return
        try:
            with anyio.CancelScope() as self._sending:
                await self._send(message)
        except OSError:  # what servers raise where nobody listens any more
            self._cut()

    async def end(self, body: bytes) -> None:
        """Send the last piece."""
        self._is_over = True  # a server tells of a hang-up after every response
        await self.send(_body(body, more=False))

    async def watch(self, receive: Receive) -> None:
        """Wait for the client to leave; run this as a task."""
        await until_hung_up(receive)
        self._sending.cancel()  # some servers wait for a client that has left to read on
        self._cut()

    def _cut(self) -> None:
        if self.is_cut or self._is_over:
            return
        self.is_cut = True
        for hang_up in self._on_hang_up:
            try:
                hang_up()
            except Exception as error:
                _log.error("`on_hang_up` of a response raised: %r", error, exc_info=error)


async def until_hung_up(receive: Receive) -> None:
    """Wait until the client has left; what is left of the request's body is discarded."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _body(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}

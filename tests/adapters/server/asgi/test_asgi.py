"""A run as a response, without a network: its headers, its frames, and one terminal however it ends."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from math import inf
from typing import Any

import anyio
import pytest
from streamfold.adapters.driver import drive
from streamfold.adapters.protocols.turn import ToolReturn
from streamfold.adapters.server.asgi import PING, StreamResponse
from streamfold.adapters.server.heard import said_of
from streamfold.adapters.server.log import Logged, Over
from streamfold.reducer import Result, chat
from streamfold.reducer.messages import AssistantMessage, StopReason
from support import chat_shapes as shapes
from support.adapters.upstreams import Upstream
from support.serving.client_frames import PROTOCOLS, Protocol, events_of, text_of, whole

pytestmark = pytest.mark.anyio
each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
TEXT = [shapes.delta(content="It "), shapes.delta(content="rains.")]
ANSWER = [*TEXT, shapes.finished("stop"), shapes.DONE]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Server:
    """What a server is to an application: it keeps what is sent, and may lose the client."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.heard = lambda: None
        self.gone = anyio.Event()
        self.raises = False
        self.blocks_after, self.blocked = inf, anyio.Event()

    async def answer(self, response: Any) -> bytes:
        """Have a response answer a request; what its body was."""
        await response({"type": "http"}, self.receive, self.send)
        return self.body

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])

    @property
    def is_whole(self) -> bool:
        assert not [message for message in self.sent[1:-1] if not message["more_body"]]
        return self.sent[-1].get("more_body") is False

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        await anyio.lowlevel.checkpoint()
        if self.raises and self.gone.is_set():
            raise OSError("nobody listens any more")
        if len(self.sent) >= self.blocks_after:
            self.blocked.set()
            await anyio.sleep_forever()
        self.sent.append(message)
        self.heard()


def run_of(upstream: Any, number: int = 0, **options: Any) -> Any:
    config = chat.Config(message_id=f"message-00000000-0000-4000-8000-00000000{number:02}00")
    return drive(chat, config, upstream, **options)


@each_protocol
async def test_a_run_is_answered_with_the_headers_and_frames_of_its_protocol(protocol: Protocol) -> None:
    server, upstream = Server(), Upstream(ANSWER)
    response = StreamResponse(run_of(upstream), protocol.sink, protocol.config, headers={"X-Run": "run-1"})
    body = await server.answer(response)
    assert server.sent[0]["status"] == 200
    assert dict(server.sent[0]["headers"]) == {
        **{name.encode(): value.encode() for name, value in protocol.sink.HEADERS.items()},
        b"x-run": b"run-1",
    }
    assert (text_of(whole(body, protocol, "completed"), protocol), server.is_whole) == ("It rains.", True)
    assert upstream.closed


@each_protocol
async def test_several_calls_are_one_turn(protocol: Protocol) -> None:
    asks = [shapes.calls(shapes.call(0, "call_0", "weather", "{}")), shapes.finished("tool_calls"), shapes.DONE]
    upstreams = [Upstream(asks), Upstream(ANSWER)]

    async def turn() -> AsyncIterator[Any]:
        for number, upstream in enumerate(upstreams):
            async with run_of(upstream, number) as run:
                async for message in run:
                    yield message
            yield run.result
            for call in run.result.tool_calls:
                yield ToolReturn(call.id, "Rain.")

    body = await Server().answer(StreamResponse(turn(), protocol.sink, protocol.config))
    assert text_of(whole(body, protocol, "completed"), protocol) == "It rains."
    assert all(upstream.closed for upstream in upstreams)


@each_protocol
async def test_an_upstream_that_breaks_is_the_protocol_s_error(
    protocol: Protocol, caplog: pytest.LogCaptureFixture
) -> None:
    for raws in ([], TEXT[:1], TEXT):
        server = Server()
        broken = Upstream(raws, ConnectionError("host 10.0.0.1 went away"))
        body = await server.answer(StreamResponse(run_of(broken), protocol.sink, protocol.config))
        assert "10.0.0.1" not in str(whole(body, protocol, "failed"))
        assert server.is_whole
        assert "10.0.0.1" in caplog.text  # who runs the server is told
        broken = Upstream(raws, ConnectionError("host 10.0.0.1 went away"))
        shown = await Server().answer(StreamResponse(run_of(broken), protocol.sink, protocol.shown))
        assert "10.0.0.1" in str(whole(shown, protocol, "failed")[-1])


@each_protocol
async def test_whatever_a_source_does_ends_in_one_terminal(protocol: Protocol) -> None:
    async def turn(last: Callable[[], Any]) -> AsyncIterator[Any]:
        async with run_of(Upstream(TEXT, "silence")) as run:
            async for message in run:
                yield message
                yield last()

    def fails() -> Any:
        raise KeyError("a defect of the application")

    for last in (fails, lambda: "no message"):
        body = await Server().answer(StreamResponse(turn(last), protocol.sink, protocol.config))
        assert "defect" not in str(whole(body, protocol, "failed"))


@each_protocol
async def test_a_stop_button_ends_the_stream_as_cancelled(protocol: Protocol) -> None:
    run, server = run_of(Upstream(TEXT, "silence")), Server()
    server.heard = lambda: run.cancel() if b"rains" in server.body else None
    body = await server.answer(StreamResponse(run, protocol.sink, protocol.config))
    assert (text_of(whole(body, protocol, "cancelled"), protocol), server.is_whole) == ("It rains.", True)


@each_protocol
async def test_silence_is_filled_with_comments(protocol: Protocol) -> None:
    run, server = run_of(Upstream(TEXT, "silence")), Server()
    server.heard = lambda: run.cancel() if server.body.count(PING) > 3 else None
    response = StreamResponse(run, protocol.sink, protocol.config, heartbeat=0.01)
    body = await server.answer(response)
    assert text_of(whole(body, protocol, "cancelled"), protocol) == "It rains."
    assert server.body.count(PING) > 3


@pytest.mark.parametrize("raises", [False, True], ids=["told", "found by sending"])
async def test_a_client_that_leaves_stops_nothing(raises: bool) -> None:
    protocol = PROTOCOLS["vercel"]
    for sends in range(1, 8):
        server, upstream, hung_up = Server(), Upstream(ANSWER), []
        server.raises = raises
        server.heard = lambda server=server, sends=sends: server.gone.set() if len(server.sent) == sends else None
        run = run_of(upstream)
        await server.answer(StreamResponse(run, protocol.sink, protocol.config, on_hang_up=lambda: hung_up.append(1)))
        assert (run.result.text, run.result.outcome, upstream.closed) == ("It rains.", "completed", 1)
        assert hung_up == [1] * (not server.is_whole)


async def test_who_reads_nothing_and_leaves_is_waited_for_no_longer() -> None:
    protocol, server, upstream = PROTOCOLS["vercel"], Server(), Upstream(ANSWER)
    server.blocks_after = 3
    run = run_of(upstream)
    response = StreamResponse(run, protocol.sink, protocol.config)
    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            group.start_soon(server.answer, response)
            await server.blocked.wait()
            server.gone.set()
    assert (run.result.text, run.result.outcome, upstream.closed) == ("It rains.", "completed", 1)
    assert len(server.sent) == 3


@pytest.mark.parametrize("anyio_backend", ["asyncio"], indirect=True)
async def test_a_source_that_waits_for_what_is_cancelled_elsewhere_has_failed() -> None:
    async def said() -> AsyncIterator[Any]:
        yield AssistantMessage("m", "o", None, None, "Hi")
        task = asyncio.ensure_future(asyncio.sleep(60))
        task.cancel()
        await task

    protocol, server = PROTOCOLS["vercel"], Server()
    body = await server.answer(StreamResponse(said(), protocol.sink, protocol.config))
    assert (text_of(whole(body, protocol, "failed"), protocol), server.is_whole) == ("Hi", True)


async def test_a_client_that_leaves_cancels_what_it_is_asked_to_cancel() -> None:
    protocol = PROTOCOLS["agui"]
    upstream, server = Upstream(TEXT, "silence"), Server()
    run = run_of(upstream)
    server.heard = lambda: server.gone.set() if b"rains" in server.body else None
    with anyio.fail_after(60):
        await server.answer(StreamResponse(run, protocol.sink, protocol.config, on_hang_up=run.cancel, heartbeat=None))
    assert (run.result.outcome, upstream.closed, server.is_whole) == ("cancelled", 1, False)
    assert [event["type"] for event in events_of(server.body, protocol)][-1] == "TEXT_MESSAGE_CONTENT"


@pytest.mark.parametrize("reads_on", [None, True], ids=["let go", "asked to stay"])
async def test_who_only_listens_is_let_go_when_the_client_leaves(reads_on: bool | None) -> None:
    protocol, server = PROTOCOLS["vercel"], Server()
    goes_on, heard = anyio.Event(), list[str]()

    async def listening() -> AsyncIterator[Any]:
        try:
            yield Logged("1", AssistantMessage("m", "o", None, None, "Hi"))
            await goes_on.wait()
            yield Over("completed", Result(outcome="completed"))
            heard.append("the end")
        finally:
            heard.append("no more")

    def leave() -> None:
        if b"Hi" in server.body:
            server.gone.set()
            if reads_on:
                goes_on.set()

    server.heard = leave
    response = StreamResponse(said_of(listening()), protocol.sink, protocol.config, reads_on=reads_on)
    with anyio.fail_after(30):
        await server.answer(response)
    assert heard == (["the end", "no more"] if reads_on else ["no more"])


async def test_what_a_hang_up_runs_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> None:
        raise KeyError("a defect of the application")

    protocol, server, run = PROTOCOLS["plain"], Server(), run_of(Upstream(ANSWER))
    server.gone.set()
    await server.answer(StreamResponse(run, protocol.sink, protocol.config, on_hang_up=fails))
    assert run.result.outcome == "completed"
    assert "a defect of the application" in caplog.text


@each_protocol
async def test_a_server_that_stops_closes_the_source_and_says_so(protocol: Protocol) -> None:
    upstream, server = Upstream(TEXT, "silence"), Server()
    run = run_of(upstream)
    async with anyio.create_task_group() as group:
        server.heard = lambda: group.cancel_scope.cancel() if b"rains" in server.body else None
        group.start_soon(server.answer, StreamResponse(run, protocol.sink, protocol.config))
    assert (run.result.outcome, upstream.closed, server.is_whole) == ("cancelled", 1, True)
    whole(server.body, protocol, "cancelled")


async def test_what_is_to_be_done_afterwards_is_done() -> None:
    from starlette.background import BackgroundTask

    done: list[str] = []
    protocol = PROTOCOLS["plain"]
    task = BackgroundTask(done.append, "stored")
    await Server().answer(StreamResponse(run_of(Upstream(ANSWER)), protocol.sink, protocol.config, background=task))
    assert done == ["stored"]


async def test_what_has_no_frame_is_no_sign_of_life() -> None:
    protocol, server = PROTOCOLS["agui"], Server()
    enough = anyio.Event()
    server.heard = lambda: enough.set() if server.body.count(PING) > 3 else None

    async def turn() -> AsyncIterator[Any]:
        while not enough.is_set():
            await anyio.sleep(0.001)
            yield StopReason(id="", otid="", stop_reason="cancelled")

    with anyio.fail_after(60):
        await server.answer(StreamResponse(turn(), protocol.sink, protocol.config, heartbeat=0.01))
    whole(server.body, protocol, "truncated")


async def test_what_is_no_source_is_refused() -> None:
    protocol = PROTOCOLS["plain"]
    for wrong in (None, [], run_of):
        source: Any = wrong
        with pytest.raises(TypeError, match="source must be a run or an asynchronous iterator"):
            StreamResponse(source, protocol.sink, protocol.config)


async def test_a_config_of_another_protocol_is_refused() -> None:
    config: Any = PROTOCOLS["agui"].config
    with pytest.raises(TypeError, match=r"config must be vercel\.Config, which the sink takes, not Config\("):
        StreamResponse(run_of(Upstream([])), PROTOCOLS["vercel"].sink, config)


async def test_a_heartbeat_that_is_no_time_is_refused() -> None:
    protocol = PROTOCOLS["plain"]
    wrong: Any
    for wrong, kind in ((0, ValueError), (-1.0, ValueError), ("15", TypeError)):
        with pytest.raises(kind, match="heartbeat"):
            StreamResponse(run_of(Upstream([])), protocol.sink, protocol.config, heartbeat=wrong)


def test_without_starlette_it_is_said_what_to_install() -> None:
    code = "import sys; sys.modules['starlette'] = None; import streamfold.adapters.server.asgi"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr.rstrip().endswith(
        "MissingExtra: to serve a run takes Starlette: pip install 'streamfold[server]'"
    )

"""The manual's server, over loopback: the real openai client behind it, a strict provider, and Letta's own types."""

import json
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import openai
import pytest
import uvicorn
from letta_client.types.agents.letta_streaming_response import LettaStreamingResponse
from pydantic import TypeAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from support import chat_shapes as shapes
from support import event_shapes as events
from support.adapters.strict_provider import Refused, StrictProvider

sys.path.insert(0, str(Path(__file__).parents[1] / "sample_server"))

from agent_loop import Tools
from agent_server import application

READER: TypeAdapter[Any] = TypeAdapter(LettaStreamingResponse)
each_wire = pytest.mark.parametrize("wire", ["chat", "responses"])
STALL, BREAK = "stall", "break"


def asking(wire: str) -> list[bytes]:
    """A model that says something, and calls two tools at once."""
    if wire == "chat":
        entries = [shapes.call(0, "call_0", "weather", '{"city": "Oslo"}'), shapes.call(1, "call_1", "remove", "{}")]
        frames = (shapes.delta(content="Wait."), shapes.calls(*entries), shapes.finished("tool_calls"))
        return [shapes.sse(*frames, shapes.usage(**shapes.COUNTS), shapes.DONE)]
    calls = [events.function_call(1, "weather", '{"city": "Oslo"}'), events.function_call(2, "remove", "{}")]
    items = [events.message(0, "Wait."), *calls]
    told = [*events.message_lane("Wait."), *(events.item_done(call, at) for at, call in enumerate(calls, 1))]
    return [events.body([events.created(), *told, events.completed(*items)])]


def answering(wire: str, text: str = "It rains.") -> list[bytes]:
    """A model that answers."""
    if wire == "chat":
        last = (shapes.finished(), shapes.usage(**shapes.COUNTS), shapes.DONE)
        return [shapes.sse(shapes.delta(content=text), *last)]
    return [events.body([events.created(), *events.message_lane(text), events.completed(events.message(0, text))])]


class Provider:
    """What models answer, one after the other; it refuses what real providers refuse."""

    def __init__(self, wire: str, *turns: list[Any]) -> None:
        self.wire, self.turns = wire, list(turns)
        self.requests: list[Any] = []
        paths = ("/v1/chat/completions", "/v1/responses")
        self.app = Starlette(routes=[Route(path, self.answer, methods=["POST"]) for path in paths])

    async def answer(self, request: Request) -> Response:
        asked = await request.json()
        strict = StrictProvider(keeps=False)
        try:
            if self.wire == "chat":
                strict.check_messages(asked["messages"])
            else:
                strict.check_input(asked["input"])
        except Refused as refused:
            return JSONResponse({"error": {"message": str(refused)}}, status_code=400)
        self.requests.append(asked)
        return StreamingResponse(self.body(self.turns.pop(0)), media_type="text/event-stream")

    async def body(self, pieces: list[Any]) -> AsyncIterator[bytes]:
        for piece in pieces:
            if piece is STALL:
                await anyio.sleep_forever()
            if piece is BREAK:
                raise ConnectionResetError("the provider's line went dead")
            yield piece


@contextmanager
def served(app: Any) -> Iterator[str]:
    """An application on loopback."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listening.close()


@contextmanager
def serving(provider: Provider, **options: Any) -> Iterator[httpx.Client]:
    """The agent's server before that provider, to a client of its own."""

    async def weather(city: str) -> str:
        return f"Rain in {city}."

    async def remove() -> str:
        return "Gone."

    schemas = {key: {"type": "object", "properties": {}} for key in ("weather", "remove")}
    tools = Tools({"weather": weather, "remove": remove}, schemas, frozenset({"remove"}))
    with served(provider.app) as upstream:

        def client() -> openai.AsyncOpenAI:
            return openai.AsyncOpenAI(api_key="none", base_url=f"{upstream}/v1", max_retries=0)

        with served(application(client, "m", tools, **options)) as url, httpx.Client(base_url=url, timeout=10) as http:
            yield http


def frames_of(response: httpx.Response) -> Iterator[Any]:
    """The frames of a body, each held to the client's types; `[DONE]` as text."""
    for line in response.iter_lines():
        if line.startswith("data: "):
            data = line.removeprefix("data: ")
            if data == "[DONE]":
                yield data
                return
            frame = json.loads(data)
            READER.validate_python(frame)
            yield frame


def heard(http: httpx.Client, wire: str, decision: Any = None, until: str = "") -> tuple[str, list[Any]]:
    """A run's id and frames; what waits for an approval gets that decision. Up to a type of message, if one is told."""
    frames: list[Any] = []
    with http.stream("POST", "/runs", json={"input": "Will it rain?", "wire": wire}) as response:
        run_id = response.headers["x-run-id"]
        decided = False
        for frame in frames_of(response):
            frames.append(frame)
            kind = frame if isinstance(frame, str) else frame["message_type"]
            if kind == until:
                break
            if kind == "approval_request_message" and decision is not None and not decided:
                decided = True
                http.post(f"/runs/{run_id}/calls/{frame['tool_call']['tool_call_id']}", json=decision)
    return run_id, frames


def kinds(frames: list[Any]) -> list[str]:
    return [frame if isinstance(frame, str) else frame["message_type"] for frame in frames]


def of_kind(frames: list[Any], kind: str) -> list[Any]:
    return [frame for frame in frames if isinstance(frame, dict) and frame["message_type"] == kind]


@each_wire
@pytest.mark.parametrize("allowed", [True, False])
def test_a_turn_calls_tools_side_by_side_and_asks_a_person(wire: str, allowed: bool) -> None:
    provider = Provider(wire, asking(wire), answering(wire))
    with serving(provider) as http:
        _, frames = heard(http, wire, {"allow": allowed, "reason": "Not that."})
    returned = {frame["tool_call_id"]: frame["tool_return"] for frame in of_kind(frames, "tool_return_message")}
    refused = "The user did not allow this tool call: Not that."
    assert sorted(returned.values()) == sorted(["Rain in Oslo.", "Gone." if allowed else refused])
    text = "".join(frame["content"] for frame in of_kind(frames, "assistant_message"))
    assert text == "Wait.It rains."
    assert kinds(frames)[-3:] == ["stop_reason", "usage_statistics", "[DONE]"]
    assert frames[-3]["stop_reason"] == "end_turn"
    one = 16 if wire == "chat" else 49
    assert (frames[-2]["total_tokens"], len(provider.requests)) == (2 * one, 2)
    assert [len(request["tools"]) for request in provider.requests] == [2, 2]
    assert [frame["seq_id"] for frame in frames[:-3]] == list(range(1, len(frames) - 2))


@each_wire
def test_a_stopped_turn_ends_where_it_is(wire: str) -> None:
    begun = (
        shapes.sse(shapes.delta(content="Let me"))
        if wire == "chat"
        else events.body([events.created(), *events.message_lane("Let me")[:3]])
    )
    with serving(Provider(wire, [begun, STALL]), beat=0.05) as http:
        with http.stream("POST", "/runs", json={"input": "Hi", "wire": wire}) as response:
            frames = frames_of(response)
            said = [next(frames), next(frames)]
            assert kinds(said) == ["assistant_message", "ping"]
            http.post(f"/runs/{response.headers['x-run-id']}/stop")
            rest = [frame for frame in frames if frame == "[DONE]" or frame["message_type"] != "ping"]
        assert (kinds(rest), rest[0]["stop_reason"]) == (["stop_reason", "usage_statistics", "[DONE]"], "cancelled")


@each_wire
def test_who_hangs_up_stops_nothing_and_may_listen_again(wire: str) -> None:
    with serving(Provider(wire, asking(wire), answering(wire))) as http:
        run_id, first = heard(http, wire, until="approval_request_message")
        call_id = first[-1]["tool_call"]["tool_call_id"]
        http.post(f"/runs/{run_id}/calls/{call_id}", json={"allow": True})
        with http.stream("GET", f"/runs/{run_id}", params={"after": first[-1]["seq_id"]}) as response:
            rest = list(frames_of(response))
        with http.stream("GET", f"/runs/{run_id}") as response:
            assert [*first, *rest] == list(frames_of(response))
        assert kinds(rest)[-1] == "[DONE]"
        assert http.get("/runs/run-nobody").status_code == 404


@each_wire
def test_a_stream_that_breaks_is_an_error_for_the_client(wire: str) -> None:
    begun = answering(wire)[0][:120]
    with serving(Provider(wire, [begun, BREAK])) as http:
        _, frames = heard(http, wire)
    assert frames[-3]["stop_reason"] == "error"
    (error,) = of_kind(frames, "error_message") or [None]
    assert error is None or "went dead" not in error["message"]

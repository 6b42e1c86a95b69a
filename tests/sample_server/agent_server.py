"""An agent server: one loop, in the client protocols of the AI SDK, AG-UI and Letta, and in plain JSON.

                 a turn                            listening again                stopping
AI SDK           POST /vercel?version=7            GET  /vercel/{chat}/stream     POST /vercel/{chat}/stop
AG-UI            POST /agui                        POST /agui, the same `runId`   POST /agui/{thread}/stop
Letta            POST /v1/agents/{id}/messages     POST /v1/runs/{id}/stream      POST /v1/agents/{id}/messages/cancel
plain JSON       POST /plain/{conversation}        GET  /plain/{conv…}/stream     POST /plain/{conv…}/stop

A turn that a person has to decide something in ends, and says so; the decision is the next request.
"""

import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

import anyio
import openai
from agent_loop import Conversation, Tools, Wire
from attrs import define, evolve, field
from client_requests import Asked, Wrong, agui_asks, agui_history, letta_asks, plain_asks, read, vercel_asks
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from streamfold.adapters.errors import RunUnknown
from streamfold.adapters.protocols import letta_sink
from streamfold.adapters.server.asgi import StreamResponse
from streamfold.adapters.server.heard import said_of
from streamfold.adapters.server.log import SqliteLog
from streamfold.adapters.server.runs import AgentTurn, Runs


@define
class Kept:
    """A conversation, and its run that goes on or was the last.

    Attributes:
        asked: with what the run was begun.
        run_id: its id.
        begins: held while a turn begins: they come one after the other.
    """

    talk: Conversation
    asked: Asked | None = None
    run_id: str = ""
    begins: anyio.Lock = field(factory=anyio.Lock)


@define
class Server:
    """What the requests have in common, while the server is up."""

    log: SqliteLog
    runs: Runs
    new: Callable[[], Conversation]
    beat: float
    kept: dict[str, Kept] = field(factory=dict[str, Kept])

    async def begin(self, asked: Asked) -> Response:
        """A turn: a run of its own, which belongs to the server, so that whoever hangs up stops nothing."""
        if asked.said is None and not asked.decisions:
            raise Wrong("the user says nothing, and decides nothing")
        kept = self.kept.setdefault(asked.conversation, Kept(self.new()))
        async with kept.begins:
            if await self.goes_on(kept):
                return JSONResponse({"error": "the turn before this one goes on"}, 409)

            async def loop(turn: AgentTurn) -> Literal["max_steps"] | None:
                return await kept.talk.turn(turn, asked.said, asked.decisions)

            run_id = f"run-{uuid.uuid4()}"
            await self.runs.start_turn(run_id, loop)
            kept.asked, kept.run_id = asked, run_id
        return self.tell(run_id, asked.sink, asked.config(run_id))

    def tell(self, run_id: str, sink: Any, config: Any, whole: bool = False) -> Response:
        """A run, from its start, in a client's protocol: a run that is heard again says the same."""
        said = said_of(self.runs.listen(run_id), whole=whole)
        return StreamResponse(said, sink, config, heartbeat=self.beat, headers={"x-run-id": run_id})

    async def again(self, conversation: str) -> Response:
        """The run of a conversation that goes on; 204 where none does."""
        kept = self.kept.get(conversation)
        if kept is None or kept.asked is None or not await self.goes_on(kept):
            return Response(status_code=204)
        return self.tell(kept.run_id, kept.asked.sink, kept.asked.config(kept.run_id))

    async def stop(self, conversation: str) -> Response:
        """The stop button."""
        kept = self.kept.get(conversation)
        if kept is None or not kept.run_id:
            return JSONResponse({"error": "there is no such conversation"}, 404)
        return JSONResponse({"status": await self.runs.cancel(kept.run_id)})

    async def goes_on(self, kept: Kept) -> bool:
        """Whether a conversation's run is open."""
        try:
            return await self.log.status(kept.run_id) == "open"
        except RunUnknown:  # there was none yet, or it is forgotten
            return False

    # In each client's way

    async def vercel(self, request: Request) -> Response:
        """`useChat` asks."""
        version = request.query_params.get("version", "7")
        return await self.begin(read(vercel_asks, await body_of(request), version))

    async def agui(self, request: Request) -> Response:
        """`HttpAgent` asks; for the run that it has, it joins it: told what was before, and then all of it."""
        body = await body_of(request)
        kept = self.kept.get(f"agui {body.get('threadId')}")
        if kept is None or kept.asked is None or kept.asked.run != body.get("runId"):
            return await self.begin(read(agui_asks, body))
        config = evolve(kept.asked.config(kept.run_id), history=read(agui_history, body))
        return self.tell(kept.run_id, kept.asked.sink, config)

    async def letta(self, request: Request) -> Response:
        """Letta's client asks."""
        return await self.begin(read(letta_asks, request.path_params["agent"], await body_of(request)))

    async def letta_again(self, request: Request) -> Response:
        """Letta's client goes on after the last number that it has."""
        run_id, after = request.path_params["run"], (await body_of(request)).get("starting_after") or 0
        await self.log.status(run_id)  # before the first byte: the run may be unknown
        return self.tell(run_id, letta_sink, read(partial(letta_sink.Config, after=after), run_id), whole=True)

    async def plain(self, request: Request) -> Response:
        """A client without a protocol asks."""
        return await self.begin(read(plain_asks, request.path_params["conversation"], await body_of(request)))


def application(
    client: Callable[[], openai.AsyncOpenAI],
    model: str,
    tools: Tools,
    log: str | Path,
    *,
    wire: Wire = "chat",
    beat: float = 15.0,
    idle_timeout: float = 60.0,
) -> Starlette:
    """The server.

    Args:
        client: makes the client of the model's provider, one for all runs.
        model: which model.
        tools: what it may call.
        log: the file in which runs are kept.
        wire: the API by which the model is asked.
        beat: seconds of silence after which clients get a sign of life.
        idle_timeout: seconds after which a silent provider is given up.
    """
    up: list[Server] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        async with client() as provider, SqliteLog(log) as kept, Runs(kept, idle_timeout=idle_timeout) as runs:
            up.append(Server(kept, runs, partial(Conversation, provider, model, tools, wire), beat))
            yield
            up.clear()

    def route(path: str, method: str, answer: Callable[[Server, Request], Awaitable[Response]]) -> Route:
        async def endpoint(request: Request) -> Response:
            return await answer(up[0], request)

        return Route(path, endpoint, methods=[method])

    def again(kind: str, up: Server, request: Request) -> Awaitable[Response]:
        return up.again(f"{kind} {request.path_params['conversation']}")

    def stop(kind: str, up: Server, request: Request) -> Awaitable[Response]:
        return up.stop(f"{kind} {request.path_params['conversation']}")

    kinds = ("vercel", "agui", "plain")
    routes = [
        route("/vercel", "POST", Server.vercel),
        route("/agui", "POST", Server.agui),
        route("/v1/agents/{agent}/messages", "POST", Server.letta),
        route("/v1/runs/{run}/stream", "POST", Server.letta_again),
        route("/v1/agents/{conversation}/messages/cancel", "POST", partial(stop, "letta")),
        route("/plain/{conversation}", "POST", Server.plain),
        *(route(f"/{kind}/{{conversation}}/stream", "GET", partial(again, kind)) for kind in kinds),
        *(route(f"/{kind}/{{conversation}}/stop", "POST", partial(stop, kind)) for kind in kinds),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={Wrong: refused, RunUnknown: unknown})


async def body_of(request: Request) -> Mapping[str, Any]:
    """A request's JSON object.

    Raises:
        Wrong: if it is none.
    """
    try:
        body: Any = await request.json()
    except (ValueError, RecursionError) as error:
        raise Wrong(f"the request is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise Wrong("the request must be a JSON object")
    return cast("Mapping[str, Any]", body)


async def refused(_: Request, error: Exception) -> Response:
    """A request that cannot be answered."""
    return JSONResponse({"error": str(error)}, 400)


async def unknown(_: Request, error: Exception) -> Response:
    """There is no such run."""
    return JSONResponse({"error": str(error)}, 404)

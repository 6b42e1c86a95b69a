"""An agent server: runs that outlive a connection, in Letta's protocol, with a stop button and approvals.

POST /runs                    {"input": …, "wire": "chat" or "responses", "previous": a run's id, to go on from it}:
                              a run's messages, as they come
GET  /runs/{id}?after=N       the same from number N on: of a run that goes on, or is over
POST /runs/{id}/stop
POST /runs/{id}/calls/{call}  {"allow": true}, or {"allow": false, "reason": …}
"""

import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import anyio
import openai
from agent_loop import Tools, Turn
from anyio.abc import TaskGroup
from attrs import define, field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from streamfold import Result
from streamfold.adapters.driver import BEAT
from streamfold.adapters.protocols import letta, letta_turn

_HEADERS = {"cache-control": "no-store, no-transform", "x-accel-buffering": "no"}


@define
class Run:
    """What a run has sent, for whoever listens, now or again.

    Attributes:
        frames: what was sent, each with its number; beats have none, and are not kept.
        over: whether no more will come.
    """

    id: str
    turn: Turn
    frames: list[bytes] = field(factory=list[bytes])
    over: bool = False
    beats: int = 0
    _news: anyio.Event = field(factory=anyio.Event)

    def say(self, said: Any) -> None:
        """Keep what a turn says, as a frame."""
        date = datetime.now(UTC)
        if said is BEAT:
            self.beats += 1
        else:
            shown: Any = said(date) if callable(said) else letta.to_json(said, date)
            if shown is not None and shown["message_type"] != "stop_reason":  # there is one, at the end
                self.frames.append(letta.frame(letta_turn.numbered(shown, len(self.frames) + 1)))
        self._tell()

    def end(self, error: Exception | None) -> None:
        """Say why it is over, what it cost, and that no more comes."""
        result = self.turn.result
        reason = "error" if result is None or error is not None else self._reason(result)
        if result is not None and result.error is not None:
            self.frames.append(letta.frame(letta_turn.error_message(result.error, self.id)))
        self.frames.append(letta.frame({"message_type": "stop_reason", "stop_reason": reason}))
        self.frames.append(letta.frame(letta_turn.usage_statistics(self.turn.usage, run_ids=[self.id])))
        self.frames.append(b"data: [DONE]\n\n")
        self.over = True
        self._tell()

    async def listen(self, after: int = 0) -> AsyncIterator[bytes]:
        """What was sent after that number, and what will be; beats while nothing comes."""
        at, beats = after, self.beats
        while True:
            news = self._news  # before anything is looked at: what is told meanwhile ends the wait
            while at < len(self.frames):
                at += 1
                yield self.frames[at - 1]
            if self.over:
                return
            if self.beats > beats:
                beats = self.beats
                yield letta.ping(datetime.now(UTC), self.id)
            await news.wait()

    def _reason(self, result: Result) -> letta.StopReasonName:
        if self.turn.stop.is_set() and result.tool_calls:  # which were not run, however the answer ended
            return "cancelled"
        if self.turn.out_of_steps:
            return "max_steps"
        return letta_turn.stop_reason(result)

    def _tell(self) -> None:
        news, self._news = self._news, anyio.Event()
        news.set()


def application(client: Callable[[], openai.AsyncOpenAI], model: str, tools: Tools, **options: Any) -> Starlette:
    """The server.

    Args:
        client: makes the client of the model's provider, one for all runs.
        model: which model.
        tools: what it may call.
        options: of a `Turn`, such as `beat`.
    """
    runs: dict[str, Run] = {}
    open_: list[tuple[openai.AsyncOpenAI, TaskGroup]] = []  # while the server is up

    async def work(run: Run) -> None:
        """Runs belong to the server, not to a request: whoever hangs up stops nothing."""
        failure: Exception | None = None
        try:
            await run.turn.work()
        except Exception as error:
            failure = error
        run.end(failure)

    async def begin(request: Request) -> Response:
        asked = await request.json()
        history: list[Any] = []
        if "previous" in asked:
            previous = runs.get(asked["previous"])
            if previous is None:
                return NO_RUN
            if not previous.over:
                return JSONResponse({"error": "the run that this is to go on from is not over"}, status_code=409)
            history = previous.turn.input
        run_id = f"run-{uuid.uuid4()}"
        provider, group = open_[0]
        turn = Turn(
            provider,
            model,
            asked.get("wire", "chat"),
            tools,
            lambda said: run.say(said),
            run_id,
            [*history, {"role": "user", "content": asked["input"]}],
            **options,
        )
        run = runs[run_id] = Run(run_id, turn)
        group.start_soon(work, run)
        return stream(run, 0)

    async def again(request: Request) -> Response:
        run = runs.get(request.path_params["run"])
        return NO_RUN if run is None else stream(run, int(request.query_params.get("after", "0")))

    async def stop(request: Request) -> Response:
        run = runs.get(request.path_params["run"])
        if run is None:
            return NO_RUN
        run.turn.stop.set()
        return JSONResponse({"stopped": True})

    async def decide(request: Request) -> Response:
        run, decision = runs.get(request.path_params["run"]), await request.json()
        if run is None:
            return NO_RUN
        reason = None if decision["allow"] else decision.get("reason", "No reason was given.")
        run.turn.decide(request.path_params["call"], reason)
        return JSONResponse({"allowed": decision["allow"]})

    def stream(run: Run, after: int) -> Response:
        headers = {**_HEADERS, "x-run-id": run.id}
        return StreamingResponse(run.listen(after), media_type="text/event-stream", headers=headers)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        async with client() as provider, anyio.create_task_group() as group:
            open_.append((provider, group))
            yield
            group.cancel_scope.cancel()

    routes = [
        Route("/runs", begin, methods=["POST"]),
        Route("/runs/{run}", again),
        Route("/runs/{run}/stop", stop, methods=["POST"]),
        Route("/runs/{run}/calls/{call}", decide, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


NO_RUN = JSONResponse({"error": "there is no such run"}, status_code=404)

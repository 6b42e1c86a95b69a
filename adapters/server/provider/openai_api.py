"""The API of OpenAI, as far as recordings can answer it."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...cassette.recording import Recording
from ...cassette.timeline import Action, Status
from .asked import actions_for, body_of, faults_of
from .background import Running, response_id_of
from .played import Json, Played, Refused
from .settings import Settings
from .shelf import CHAT, RESPONSES, Shelf
from .wholes import whole_of

__all__ = ["OpenAIApi"]


class OpenAIApi:
    """The endpoints below `/v1`.

    Args:
        shelf: what answers.
        settings: how.
    """

    def __init__(self, shelf: Shelf, settings: Settings) -> None:
        self._shelf = shelf
        self._settings = settings
        self._requests = count(1)
        self._running: dict[str, Running] = {}

    def routes(self) -> list[Route]:
        """The paths, and what answers them."""
        return [
            Route("/v1/models", self.models),
            Route("/v1/models/{model:path}", self.model),
            Route("/v1/chat/completions", self.complete, methods=["POST"]),
            Route("/v1/responses", self.respond, methods=["POST"]),
            Route("/v1/responses/{response}", self.retrieve),
            Route("/v1/responses/{response}/cancel", self.cancel, methods=["POST"]),
        ]

    async def models(self, request: Request) -> Response:
        """`GET /v1/models`: a model for each recording."""
        return Json({"object": "list", "data": [_model(name) for name in self._shelf.recordings]})

    async def model(self, request: Request) -> Response:
        """`GET /v1/models/{model}`."""
        name = request.path_params["model"]
        if name not in self._shelf.recordings:
            raise Refused(404, f"there is no recording {name!r:.80}", "model_not_found")
        return Json(_model(name))

    async def complete(self, request: Request) -> Response:
        """`POST /v1/chat/completions`."""
        return self._answer(request, await body_of(request), CHAT)

    async def respond(self, request: Request) -> Response:
        """`POST /v1/responses`, in the background too."""
        return self._answer(request, await body_of(request), RESPONSES)

    async def retrieve(self, request: Request) -> Response:
        """`GET /v1/responses/{response}`: as it stands, or streamed, from some event on."""
        running = self._known(request)
        query = request.query_params
        if query.get("stream") != "true":
            return Json(running.standing(anyio.current_time()), headers=_headers(running.name))
        after = query.get("starting_after")
        if after is not None and not (after.isascii() and after.isdigit()):
            raise Refused(400, f"starting_after must be a number, not {after!r:.80}")
        actions = self._rest(running, request, None if after is None else int(after))
        return Played(actions, _headers(running.name), stop=running.stopped)

    async def cancel(self, request: Request) -> Response:
        """`POST /v1/responses/{response}/cancel`, of one in the background."""
        running = self._known(request)
        if running is not self._running.get(request.path_params["response"]):
            raise Refused(400, "Cannot cancel a synchronous response.")
        running.stop(anyio.current_time())
        return Json(running.standing(anyio.current_time()), headers=_headers(running.name))

    def _answer(self, request: Request, asked: Mapping[str, Any], wires: frozenset[str]) -> Response:
        name = self._chosen(request, asked.get("model"), wires)
        recording = self._shelf.recordings[name]
        actions = actions_for(request, recording, self._settings, next(self._requests))
        if not isinstance(next(iter(actions), None), Status):
            self._shelf.answered(asked.get("model"), wires)
        if asked.get("background") and wires is RESPONSES:
            return self._begun(name, recording, actions, streamed=bool(asked.get("stream")))
        whole = None if asked.get("stream") else whole_of(recording, name)
        return Played(actions, _headers(name), whole)

    def _begun(self, name: str, recording: Recording, actions: Sequence[Action], *, streamed: bool) -> Response:
        """A response in the background; where the same recording answered one before, that one is forgotten."""
        response_id = response_id_of(recording)
        if response_id is None:
            raise Refused(400, f"{name}: no response in it has an id, so that it cannot be had in the background")
        if isinstance(next(iter(actions), None), Status):
            return Played(actions, _headers(name))
        running = Running(name, recording, self._settings.speed, anyio.current_time())
        self._running[response_id] = running
        if streamed:
            return Played(actions, _headers(name), stop=running.stopped)
        return Json(running.standing(running.began), headers=_headers(name))

    def _known(self, request: Request) -> Running:
        """The response of an id; one that was not begun in the background is over."""
        response_id = request.path_params["response"]
        if response_id in self._running:
            return self._running[response_id]
        for name in self._shelf.names(RESPONSES):
            recording = self._shelf.recordings[name]
            if response_id_of(recording) == response_id:
                return Running(name, recording, None, anyio.current_time())
        raise Refused(404, f"Response with id {response_id!r:.80} not found.")

    def _chosen(self, request: Request, model: object, wires: frozenset[str]) -> str:
        name = self._shelf.choose(model, wires)
        if name is None:
            there = ", ".join(self._shelf.names(wires)) or "none"
            why = f"{request.url.path} has no recording for the model {model!r:.80}: those for it are {there}"
            raise Refused(404, why, "model_not_found")
        return name

    def _rest(self, running: Running, request: Request, beyond: int | None) -> tuple[Action, ...]:
        try:
            return running.rest(beyond, faults_of(request, self._settings), next(self._requests), anyio.current_time())
        except ValueError as error:
            raise Refused(400, str(error)) from None


def _headers(name: str) -> dict[str, str]:
    return {"x-request-id": "req_replayed", "x-streamfold-recording": name.encode("ascii", "replace").decode()}


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "streamfold"}

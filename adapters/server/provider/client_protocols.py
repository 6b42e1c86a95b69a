"""Recordings as an application in each client protocol: what a front end talks to where there is no server yet."""

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import count
from typing import Any

from attrs import evolve
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...cassette.recording import Recording
from ...cassette.timeline import Action, Lose, Send, Status, Wait
from ...driver.run import Run, drive
from ...json_text import dumps
from ...protocols import agui, plain, vercel
from ..asgi import StreamResponse
from ..said_by import said_by
from .asked import actions_for, body_of
from .played import Refused, sleep
from .settings import Settings
from .shelf import CHAT, RESPONSES, Shelf

__all__ = ["ClientProtocols"]

_WIRES = CHAT | RESPONSES
_VERSIONS = {"5": 5, "6": 6, "7": 7}


class ClientProtocols:
    """The endpoints `/vercel`, `/agui` and `/plain`.

    Args:
        shelf: what answers.
        settings: how.
    """

    def __init__(self, shelf: Shelf, settings: Settings) -> None:
        self._shelf = shelf
        self._settings = settings
        self._requests = count(1)

    def routes(self) -> list[Route]:
        """The paths, and what answers them."""
        return [
            Route("/vercel", self.vercel, methods=["POST"]),
            Route("/vercel/{chat}/stream", self.nothing_active),
            Route("/agui", self.agui, methods=["POST"]),
            Route("/plain", self.plain, methods=["POST"]),
        ]

    async def vercel(self, request: Request) -> Response:
        """`useChat` posts its messages; the version of the SDK is in the query (`?version=5`), 7 if left out."""
        asked = await body_of(request)
        version = request.query_params.get("version", "7")
        if version not in _VERSIONS:
            raise Refused(400, f"version must be one of {', '.join(_VERSIONS)}, not {version!r:.80}")
        config = vercel.Config(
            _message_id(asked),
            version=_VERSIONS[version],  # type: ignore[arg-type]  # the values of a Literal
            shows_errors=self._settings.shows_errors,
        )
        return self._answer(request, asked, vercel, config)

    async def nothing_active(self, request: Request) -> Response:
        """`useChat` asks for a stream to go on with; there never is one."""
        return Response(status_code=204)

    async def agui(self, request: Request) -> Response:
        """`HttpAgent` posts its `RunAgentInput`."""
        asked = await body_of(request)
        config = agui.Config(
            _text(asked, "threadId") or f"thread-{uuid.uuid4()}",
            _text(asked, "runId") or f"run-{uuid.uuid4()}",
            has_outcomes=_is_1(_text(asked, "protocolVersion")),
            shows_errors=self._settings.shows_errors,
        )
        return self._answer(request, asked, agui, config)

    async def plain(self, request: Request) -> Response:
        """Anybody posts a JSON object."""
        asked = await body_of(request)
        config = plain.Config(f"message-{uuid.uuid4()}", shows_errors=self._settings.shows_errors)
        return self._answer(request, asked, plain, config)

    def _answer(self, request: Request, asked: Mapping[str, Any], sink: Any, config: Any) -> Response:
        model = request.query_params.get("model", asked.get("model"))
        name = self._shelf.choose(model, _WIRES)
        if name is None:
            raise Refused(404, "there are no recordings")
        recording = self._shelf.recordings[name]
        actions = actions_for(request, recording, self._settings, next(self._requests))
        self._shelf.answered(model, _WIRES)
        run = _run_of(recording, actions)
        return StreamResponse(said_by(run, _Planned), sink, config, on_hang_up=run.cancel)


class _Planned(Exception):
    """What the fold of a played stream is to meet."""


def _run_of(recording: Recording, actions: Sequence[Action]) -> Run[Any]:
    """A run of its own, whose ids no other run has."""
    config = evolve(recording.config, message_id=f"message-{uuid.uuid4()}")
    return drive(recording.machine, config, _upstream(actions))


async def _upstream(actions: Sequence[Action]) -> AsyncIterator[bytes]:
    for action in actions:
        match action:
            case Send(data=data):
                yield data
            case Wait(seconds=seconds):
                await sleep(seconds)
            case Lose(why=why):
                raise _Planned(f"connection lost: {why}")
            case Status(code=code, body=body):
                raise _Planned(f"HTTP status {code}: {dumps(body)}")


def _message_id(asked: Mapping[str, Any]) -> str:
    """The id of the message to go on with: the assistant's, where the client sends it last; else a new one."""
    messages = asked.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    if isinstance(last, dict) and last.get("role") == "assistant" and isinstance(last.get("id"), str):
        return str(last["id"])
    return f"message-{uuid.uuid4()}"


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    return value if isinstance(value, str) else ""


def _is_1(version: str) -> bool:
    """Whether a client's protocol version is 1.0 or later; those before say none."""
    major = version.partition(".")[0]
    return major.isascii() and major.isdigit() and int(major) >= 1

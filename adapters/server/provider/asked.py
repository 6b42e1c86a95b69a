"""What a request asks for: its JSON, the faults that its header names, and so what is played."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from ...cassette.faults import Fault
from ...cassette.recording import Recording
from ...cassette.timeline import Action, timeline
from ...errors import UsageError
from .fault_text import faults_in
from .played import Refused
from .settings import Settings

__all__ = ["FAULTS", "actions_for", "body_of", "faults_of"]

FAULTS = "x-streamfold-faults"
"""The header that asks for faults, as text."""


async def body_of(request: Request) -> Mapping[str, Any]:
    """A request's JSON object.

    Raises:
        Refused: if it is none.
    """
    try:
        value = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"the request is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise Refused(400, "the request must be a JSON object")
    return value


def faults_of(request: Request, settings: Settings) -> tuple[Fault, ...]:
    """The faults of every answer, and those that a request asks for.

    Raises:
        Refused: if it asks for what is no fault.
    """
    try:
        return (*settings.faults, *faults_in(request.headers.get(FAULTS, "")))
    except UsageError as error:
        raise Refused(400, f"{FAULTS}: {error}") from None


def actions_for(request: Request, recording: Recording, settings: Settings, number: int) -> tuple[Action, ...]:
    """What is played as the answer to a request, the so many-th.

    Raises:
        Refused: if it asks for what is no fault, or for one that the recording cannot have.
    """
    try:
        return timeline(recording, faults_of(request, settings), speed=settings.speed, request=number)
    except ValueError as error:
        raise Refused(400, str(error)) from None

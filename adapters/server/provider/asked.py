"""What a request asks for: its JSON, and the faults that its header names."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from ...cassette.faults import Fault
from ...errors import UsageError
from .fault_text import faults_in
from .played import Refused

__all__ = ["FAULTS", "body_of", "faults_of"]

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


def faults_of(request: Request) -> tuple[Fault, ...]:
    """The faults that a request asks for.

    Raises:
        Refused: if it asks for what is no fault.
    """
    try:
        return faults_in(request.headers.get(FAULTS, ""))
    except UsageError as error:
        raise Refused(400, f"{FAULTS}: {error}") from None

"""What the openai client raises and gives, of whichever version, as the policy of resuming takes it."""

import math
import sys
from collections.abc import Mapping
from typing import Any

from .policy import LAST, Loss, Lost, Refused

__all__ = ["bare", "event_of_whole", "loss_of", "losses"]

_HTTP_LIBRARIES = ("httpx", "httpx2")


def bare(client: Any) -> Any:
    """The client without retries of its own, which would multiply the bound of ours and do not know the cursor."""
    return client.with_options(max_retries=0)


def losses(openai: Any) -> tuple[type[Exception], ...]:
    """The exceptions that `loss_of` reads.

    The client wraps what its HTTP library raises before the body; in the body of a stream only from version 3 on, for
    its own library. Before that, `httpx.ReadError`, `RemoteProtocolError`, `ReadTimeout`, … come as they are.

    Args:
        openai: the module.
    """
    # A library that raised something is loaded.
    libraries = [sys.modules[name] for name in _HTTP_LIBRARIES if name in sys.modules]
    return (openai.APIConnectionError, openai.APIStatusError, *(library.RequestError for library in libraries))


def loss_of(error: Exception) -> Loss:
    """What one of `losses` means: the provider refused, if it has a status, else the connection was lost."""
    status = getattr(error, "status_code", None)
    if not isinstance(status, int):
        return Lost()
    headers = getattr(getattr(error, "response", None), "headers", None)
    return Refused(status, _retry_after(headers) if headers else None)


def event_of_whole(openai: Any, response: Any) -> Any:
    """The last event of a stream, made of the whole response: `response.completed` by its status.

    It has no number, since the provider gave none.

    Args:
        openai: the module.
        response: what the client gave for it.

    Returns:
        None if the response is not over, or is none: a proxy may answer with a page of its own.
    """
    status = getattr(response, "status", None)
    if not isinstance(status, str) or f"response.{status}" not in LAST:
        return None
    # The union has no class for some ends; the client, too, takes another then, and keeps the type.
    completed = openai.types.responses.ResponseCompletedEvent
    return completed.construct(type=f"response.{status}", response=response, sequence_number=None)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of `retry-after-ms` or `retry-after`. A date is not read: it needs a clock that agrees with theirs."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    return None

"""What an upstream raised, or answered in place of a stream, as the end of a run, with what the provider says of it."""

import json
from collections.abc import Mapping
from typing import Any

from ...reducer.ends import Failed
from ..json_text import dumps

__all__ = ["Refusal", "failed_by", "status_of"]

_LONGEST_BODY = 1 << 16  # bytes of a provider's error that are kept
_SHOWN = 500  # characters of a body that is no JSON


def failed_by(error: BaseException) -> Failed:
    """The end of a run whose upstream raised this.

    Clients keep what the provider answered in `body` (openai and those made like it), and the HTTP status in
    `status_code` or `status`, or in those of their `response`.
    """
    try:
        body, status = getattr(error, "body", None), status_of(error) or status_of(getattr(error, "response", None))
        text = f"{type(error).__name__}: {error}"
        if status is not None and str(status) not in text:
            text = f"{type(error).__name__}: HTTP {status}: {error}"
        return Failed(text, _kept(_decoded(body) if isinstance(body, (str, bytes)) else body))
    except Exception:  # an exception of which not all can be asked
        return Failed(type(error).__name__)


class Refusal:
    """The body of a response with the status of an error, which is no stream; a run of it fails when it has come."""

    def __init__(self, status: int) -> None:
        self._status = status
        self._body = bytearray()

    def take(self, raw: object) -> bool:
        """Keep what came; whether there is room for more."""
        if isinstance(raw, str):
            raw = raw.encode("utf-8", "surrogatepass")
        if isinstance(raw, (bytes, bytearray, memoryview)):
            self._body += raw[: _LONGEST_BODY - len(self._body)]
        return len(self._body) < _LONGEST_BODY

    @property
    def end(self) -> Failed:
        """The end of the run: the status, and the body's error."""
        body = bytes(self._body)
        decoded = _decoded(body)
        if decoded is not None:
            return Failed(f"HTTP {self._status}", _kept(decoded))
        text = " ".join(body.decode("utf-8", "replace").split())
        return Failed(f"HTTP {self._status}: {text[:_SHOWN]}" if text else f"HTTP {self._status}")


def status_of(response: Any) -> int | None:
    """The HTTP status of an exception, or of a response, if it is one of an error."""
    for name in ("status_code", "status"):
        status = getattr(response, name, None)
        if isinstance(status, int) and 400 <= status <= 599:
            return int(status)
    return None


def _decoded(body: str | bytes) -> Any:
    """An object or a list that a body is in JSON, or the data of its first frame; else None."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    _, data, after = text.partition("data:")
    try:
        decoded = json.loads(after.partition("\n")[0] if data and text.lstrip()[:1] not in ("{", "[") else text)
    except (ValueError, RecursionError):
        return None
    return decoded if isinstance(decoded, (dict, list)) else None


def _kept(body: Any) -> Any:
    """A body as JSON, unless there is none, or more than is kept."""
    if not isinstance(body, (Mapping, list)) or not body:
        return None
    from ..openai_sdk import as_json  # it takes a while to be imported, and few runs fail

    body = as_json(body)
    return body if len(dumps(body)) <= _LONGEST_BODY else None

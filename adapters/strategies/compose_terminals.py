"""How composed responses end: terminal events under each of their names, errors before and after them, cancellation."""

from typing import Any

from ...reducer.responses.event import Event
from ...reducer.usage import Usage
from .composed import MODEL
from .drawing import Pen
from .expected import Intent, Step
from .quirks import Quirk

_FAILURE = {"message": "Slow down.", "code": "rate_limit_exceeded"}
_CANCELLED = (
    ("response.cancelled", "cancelled"),
    ("response.canceled", "canceled"),
    ("response.done", "cancelled"),
)


def response_json(answer: int, status: str, **members: Any) -> dict[str, Any]:
    """A response as it stands."""
    known = {"id": f"resp_{answer + 1}", "object": "response", "model": MODEL, "status": status}
    return {**known, "output": [], **members}


def named(pen: Pen, status: str) -> str:
    """The name of the event that ends a response of this status."""
    return "response.done" if pen.use(Quirk.OTHER_TERMINAL) else f"response.{status}"


def usage_of(pen: Pen, answer: int) -> tuple[dict[str, int] | None, tuple[Intent, ...]]:
    """What a response cost, and what that is meant to say; nothing where that is the quirk."""
    if pen.use(Quirk.NO_USAGE):
        return None, ()
    raw = {"input_tokens": 5, "output_tokens": 11 + answer, "total_tokens": 16 + answer}
    return raw, (Intent(usage=Usage(5, 11 + answer, total_tokens=16 + answer, source="reported")),)


def failures(pen: Pen, answer: int) -> list[Step]:
    """A response that fails: by its own event, by an error, or by both; then the reason may stand in the other one."""
    twice = Quirk.ERROR_TWICE in pen.used
    how = pen.roll(Quirk.ERROR_TWICE if twice else Quirk.ERROR, 4)
    late = twice and how == 3
    response = response_json(answer, "failed", error=None if late else _FAILURE)
    failed = Step(Event(type=named(pen, "failed"), response=response), (Intent(fails=True, reason="failed"),))
    if how == 0 and not twice:
        return [failed]
    flat = Event(type="error", message=_FAILURE["message"], code=_FAILURE["code"])
    others = {2: Event(type="error", error=_FAILURE), 3: Event(type="response.error", error=_FAILURE)}
    error = Step(others.get(how, flat), (Intent(fails=True),))
    if not twice:
        return [error]
    return [failed, error] if late else [error, failed]


def cancelled(pen: Pen, answer: int) -> Step:
    """The event that says that the response was cancelled, which lists no items."""
    kind, status = _CANCELLED[pen.roll(Quirk.CANCELLED, len(_CANCELLED))]
    usage, told = usage_of(pen, answer)
    chunk = Event(type=kind, response=response_json(answer, status, usage=usage))
    return Step(chunk, (Intent(cancels=True, reason=status), *told), "terminal")

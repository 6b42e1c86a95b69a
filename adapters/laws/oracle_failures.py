"""Law 4, of failures: a run fails by its stream where the chunks, read naively, say so, and nowhere else."""

from collections.abc import Sequence
from typing import Any

from ...reducer.ends import Failed
from ...reducer.responses.event import Event
from ...reducer.values.json_values import as_object
from .evidence import Finish

_FAILURES = ("error", "fail", "cancel", "abort", "expired", "exception")
"""What the name of an event, or the status of a response, has in it if it says that the response failed."""


def unsaid(done: Finish) -> str | None:
    """A failure that no chunk says, or one that a chunk says and the result does not have."""
    failed = done.prefix.oracle.failed(done.prefix.chunks, done.prefix.config)
    error = done.result.error
    if failed is None or isinstance(done.end, Failed) or (error is not None and "(Limits." in error.message):
        return None
    if error is not None and not failed:
        return f"the run failed by {error.message!r:.80}, and no chunk says so"
    return "a chunk says that the answer failed, and the run did not" if failed and error is None else None


def of_events(events: Sequence[Any], config: Any) -> bool | None:
    """Whether events say that a response failed: not so where none has anything of an error, else unknown."""
    return None if any(isinstance(event, Event) and _may_fail(event) for event in events) else False


def _may_fail(event: Event) -> bool:
    response = as_object(event.response)
    words = f"{event.type} {response.get('status')}".lower()
    named = any(word in words for word in _FAILURES) or bool(event.message or event.code)
    return named or bool(event.error or as_object(event.extras).get("error") or response.get("error"))

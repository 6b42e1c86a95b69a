"""Tracing: an observer that tells an OpenTelemetry span what happens in a run.

The span is the caller's: it knows when the request began, and under which parent. The attributes are those of
OpenTelemetry's semantic conventions for generative AI, as far as these have names; the events are ours.
"""

from typing import Any

from ...reducer.ends import End
from ...reducer.messages import Message
from ...reducer.result import Result
from .observer import Observer

try:
    from opentelemetry.trace import Span, Status, StatusCode
except ImportError as error:
    from ..errors import MissingExtra

    raise MissingExtra("tracing takes OpenTelemetry: pip install 'streamfold[otel]'") from error

__all__ = ["SpanObserver"]


class SpanObserver(Observer):
    """Tells a span of a run's first message, its end, its usage, and what went wrong.

    Args:
        span: the span of the request to the model; it is neither started nor ended here.
    """

    def __init__(self, span: Span) -> None:
        self._span = span

    def first(self, message: Message, /) -> None:
        """An event: from the span's start to here is the time to the first token."""
        self._span.add_event("streamfold.first_message", {"streamfold.message_type": message.message_type})

    def ended(self, end: End, result: Result, error: BaseException | None = None, /) -> None:
        """An event with the outcome, the usage as attributes, and the status if the run failed."""
        self._span.set_attributes(_attributes(result))
        self._span.add_event(
            "streamfold.ended", {"streamfold.outcome": result.outcome, "streamfold.chunks": result.chunks}
        )
        if result.error is not None:
            told = {"exception.message": result.error.message, "exception.type": result.error.code or "error"}
            self._span.add_event("exception", told)
            self._span.set_status(Status(StatusCode.ERROR, result.error.message))


def _attributes(result: Result) -> dict[str, Any]:
    usage = result.usage
    attributes: dict[str, Any] = {
        "gen_ai.response.model": result.model,
        "gen_ai.response.id": result.provider_id,
        "gen_ai.response.finish_reasons": result.finish_reasons or None,
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.cached_tokens,
        "gen_ai.usage.cache_creation.input_tokens": usage.cache_write_tokens,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning_tokens,
        "streamfold.usage.source": usage.source,
    }
    return {name: value for name, value in attributes.items() if value is not None}

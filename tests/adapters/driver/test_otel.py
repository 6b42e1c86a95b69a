"""Tracing, with the OpenTelemetry SDK's own in-memory exporter."""

import contextlib
import subprocess
import sys
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes as names
from opentelemetry.trace import StatusCode
from streamfold.adapters.driver.otel import SpanObserver
from streamfold.adapters.driver.sync_run import drive_sync
from streamfold.reducer import chat
from support.chat_shapes import chunk, delta, finished, usage
from support.law_checks import MESSAGE_ID


def traced(*raws: dict[str, Any], error: Exception | None = None) -> ReadableSpan:
    """The span of a run over these chunks."""

    def upstream() -> Any:
        yield from raws
        if error is not None:
            raise error

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("tests").start_as_current_span("chat m", record_exception=False) as span:
        config = chat.Config(message_id=MESSAGE_ID)
        with drive_sync(chat, config, upstream(), observers=[SpanObserver(span)]) as run:
            with contextlib.suppress(ConnectionError):
                list(run)
    (finished_span,) = exporter.get_finished_spans()
    return finished_span


def test_a_whole_run_is_told_with_its_usage() -> None:
    details = {"prompt_tokens_details": {"cached_tokens": 2}, "completion_tokens_details": {"reasoning_tokens": 0}}
    span = traced(
        delta(content="Hi"),
        finished("stop"),
        usage(prompt_tokens=7, completion_tokens=1, **details),
        chunk(id="c", model="m"),
    )
    assert [event.name for event in span.events] == ["streamfold.first_message", "streamfold.ended"]
    assert dict(span.events[0].attributes or {}) == {"streamfold.message_type": "assistant_message"}
    told = dict(span.attributes or {})
    assert told[names.GEN_AI_USAGE_INPUT_TOKENS] == 7
    assert told[names.GEN_AI_USAGE_OUTPUT_TOKENS] == 1
    assert told[names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS] == 2
    assert told[names.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS] == 0
    assert told[names.GEN_AI_RESPONSE_FINISH_REASONS] == ("stop",)
    assert names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS not in told
    assert dict(span.events[1].attributes or {}) == {"streamfold.outcome": "completed", "streamfold.chunks": 4}
    assert span.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize(
    ("raws", "error", "message"),
    [
        ([delta(content="Hi")], ConnectionError("gone"), "ConnectionError: gone"),
        ([delta(content="Hi"), chunk(error={"message": "bad key", "code": 401})], None, "bad key"),
    ],
)
def test_a_run_that_failed_is_told_as_an_error(raws: list[Any], error: Exception | None, message: str) -> None:
    span = traced(*raws, error=error)
    assert [event.name for event in span.events] == ["streamfold.first_message", "streamfold.ended", "exception"]
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == message


def test_usage_that_was_not_reported_is_not_told_as_zero() -> None:
    told = dict(traced(delta(content="Hi")).attributes or {})
    assert told["streamfold.usage.source"] == "unknown"
    assert not any("tokens" in name for name in told)


def test_without_opentelemetry_the_import_names_the_extra() -> None:
    code = "import sys; sys.modules['opentelemetry'] = None; import streamfold.adapters.driver.otel"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'streamfold[otel]'" in run.stderr.splitlines()[-1]

"""The spans that an instrumented client ends, where there is an instrumentation."""

from importlib import import_module


class Spans:
    """Instruments the openai client, if that is what is tried.

    Attributes:
        are_there: whether it is.
    """

    def __init__(self, name: str) -> None:
        self.are_there = name.startswith("otel")
        if not self.are_there:
            return
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        self._exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        module = "openai_v2" if name == "otel-v2" else "openai"
        instrumentation = import_module(f"opentelemetry.instrumentation.{module}")
        instrumentation.OpenAIInstrumentor().instrument(tracer_provider=provider)

    def told(self) -> str:
        """How many spans have ended since it was asked last, and how many of them have the usage."""
        if not self.are_there:
            return ""
        spans = self._exporter.get_finished_spans()
        self._exporter.clear()
        with_usage = sum(any(key.startswith("gen_ai.usage.") for key in span.attributes or {}) for span in spans)
        return f"{len(spans)} spans, {with_usage} with usage"

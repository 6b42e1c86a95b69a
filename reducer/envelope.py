"""What a Chat Completions stream says beside its deltas: who answers, why it ended, what it cost, what went wrong.

It changes with few chunks, so it lies nested in the state, apart from what changes with each.
"""

from attrs import evolve

from .completions.chunk import Choice, Chunk
from .completions.reasoning_details import NO_REASONING_DETAILS, ReasoningDetails
from .diagnostics import Kind, noted
from .ends import Cancelled, Done, End, Failed, Undecodable
from .result import Diagnostic, Outcome, StreamError, Usage
from .usage import UNKNOWN, read_usage
from .values.frozen_value import value
from .values.json_values import EMPTY_OBJECT, FrozenObject, Json, as_object, freeze

_NO_COUNTS = Usage(source="reported")
_MAX_REASONS = 16
_HIDING = ("o1", "o3", "o4", "gpt-5")
_CUT_OFF = frozenset({"length", "content_filter", "error", "max_tokens", "insufficient_system_resource"})


@value
class Envelope:
    """Everything about the answer that is not in its deltas.

    Attributes:
        over: whether the wire said that the answer is over.
        citations:, in order; each is also a message.
        server_tools: tools that the provider ran itself (Groq's compound models).
    """

    model: str = ""
    provider_id: str = ""
    usage: Usage = UNKNOWN
    finish_reasons: tuple[str, ...] = ()
    over: bool = False
    error: StreamError | None = None
    citations: tuple[Json, ...] = ()
    server_tools: tuple[Json, ...] = ()
    reasoning_details: ReasoningDetails = NO_REASONING_DETAILS
    extras: FrozenObject = EMPTY_OBJECT
    diagnostics: tuple[Diagnostic, ...] = ()

    def note(self, kind: Kind, detail: str) -> "Envelope":
        """This envelope with a diagnostic."""
        return evolve(self, diagnostics=noted(self.diagnostics, kind, detail))

    @property
    def finish_reason(self) -> str | None:
        """The first meaningful reason: routers repeat it, and some servers follow `tool_calls` by `stop`."""
        return self.finish_reasons[0] if self.finish_reasons else None

    @property
    def calls_closed(self) -> bool:
        """Whether the wire said that the tool calls it has sent are whole."""
        return self.over and self.error is None and not _CUT_OFF.intersection(self.finish_reasons)


def read_envelope(envelope: Envelope, chunk: Chunk) -> Envelope:
    """Take in what a chunk says beside its deltas; the same envelope if that is nothing new."""
    if chunk.id and not envelope.provider_id:
        envelope = evolve(envelope, provider_id=chunk.id)
    if chunk.model and not envelope.model:
        envelope = evolve(envelope, model=chunk.model)
    usage = chunk.usage or (chunk.x_groq and as_object(chunk.x_groq).get("usage"))
    if usage and as_object(usage):
        counts = read_usage(usage)
        if evolve(counts, raw=None) != _NO_COUNTS or envelope.usage.source == "unknown":
            envelope = evolve(envelope, usage=counts)
    if chunk.citations:
        envelope = _extra(envelope, "citations", chunk.citations)
    if chunk.prompt_filter_results:
        envelope = _extra(envelope, "prompt_filter_results", chunk.prompt_filter_results)
    for repair in chunk.repairs:
        envelope = envelope.note("repaired", repair)
    return envelope


def read_choice(envelope: Envelope, choice: Choice) -> Envelope:
    """Take in what a choice says beside its delta; the same envelope if that is nothing new."""
    reason = choice.finish_reason
    if reason:
        envelope = evolve(envelope, finish_reasons=with_reason(envelope.finish_reasons, reason), over=True)
    if choice.content_filter_results:
        known = as_object(envelope.extras.get("content_filter_results"))
        merged = {**known, **as_object(choice.content_filter_results)}
        envelope = _extra(envelope, "content_filter_results", merged)
    return envelope


def with_reason(reasons: tuple[str, ...], reason: str) -> tuple[str, ...]:
    """The reasons and one more; an immediate repetition counts once."""
    if (reasons and reasons[-1] == reason) or len(reasons) == _MAX_REASONS:
        return reasons
    return (*reasons, reason)


def read_marker(envelope: Envelope, marker: object) -> Envelope:
    """Take in what stands where a chunk should."""
    if isinstance(marker, Done):
        return envelope if envelope.over else evolve(envelope, over=True)
    if isinstance(marker, Undecodable):
        return envelope.note("undecodable", marker.reason)
    return envelope.note("ignored", f"a {type(marker).__name__} in place of a chunk")


def outcome(over: bool, error: StreamError | None, end: End | None) -> Outcome:
    """How a stream ended.

    What the wire said of a failure stands, whatever the driver reports afterwards; else the driver's word counts
    before the wire's, since a run that was cancelled is cancelled even if the answer had just been whole.
    """
    if error is not None or isinstance(end, Failed):
        return "failed"
    if isinstance(end, Cancelled):
        return "cancelled"
    if over:
        return "completed"
    return "open" if end is None else "truncated"


def reported(end: End | None) -> StreamError | None:
    """The failure that the driver reported, if it did."""
    return StreamError(end.error) if isinstance(end, Failed) else None


def hides_reasoning(told: bool | None, model: str | None) -> bool:
    """Whether the model hides its reasoning: as told, or else by its name (OpenAI's o-series and gpt-5)."""
    return (model or "").startswith(_HIDING) if told is None else told


def _extra(envelope: Envelope, name: str, value: Json) -> Envelope:
    return evolve(envelope, extras=FrozenObject({**envelope.extras, name: freeze(value)}))

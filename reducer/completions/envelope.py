"""What a Chat Completions stream says beside its deltas, and how a chunk adds to it."""

from collections.abc import Mapping

from attrs import evolve, frozen

from ..envelope import Envelope
from ..usage import Usage, read_usage
from ..values.json_values import EMPTY_OBJECT, FrozenObject, Json, as_object, freeze
from .chunk import Choice, Chunk
from .finish_words import finish_class
from .reasoning_details import NO_REASONING_DETAILS, ReasoningDetails

_NO_COUNTS = Usage(source="reported")
_MOST = 64  # signatures


@frozen
class CompletionsEnvelope(Envelope):
    """Everything about the answer that is neither text nor a tool call.

    Attributes:
        citations: in order; each is also a message.
        server_tools: tools that the provider ran itself (Groq's compound models).
        extras: what else came about the whole answer (content filter results, a list of sources).
    """

    citations: tuple[Json, ...] = ()
    server_tools: tuple[Json, ...] = ()
    reasoning_details: ReasoningDetails = NO_REASONING_DETAILS
    extras: FrozenObject = EMPTY_OBJECT

    @property
    def finish_reason(self) -> str | None:
        """The first meaningful reason: routers repeat it, and some servers follow `tool_calls` by `stop`."""
        return self.finish_reasons[0] if self.finish_reasons else None

    @property
    def closed(self) -> bool:
        """Whether the wire said that the tool calls it has sent are whole: by words of success, or `[DONE]` alone."""
        return self.over and self.error is None and {"success"}.issuperset(map(finish_class, self.finish_reasons))

    def read_chunk(self, chunk: Chunk) -> "CompletionsEnvelope":
        """This envelope after what a chunk says beside its choices; itself if that is nothing new."""
        envelope = self
        if chunk.id and not envelope.provider_id:
            envelope = evolve(envelope, provider_id=chunk.id)
        if chunk.model and not envelope.model:
            envelope = evolve(envelope, model=chunk.model)
        usage = chunk.usage or (chunk.x_groq and as_object(chunk.x_groq).get("usage"))
        if usage:
            envelope = envelope.with_usage(usage)
        if chunk.citations:
            envelope = envelope.with_extra("citations", chunk.citations)
        if chunk.prompt_filter_results:
            envelope = envelope.with_extra("prompt_filter_results", chunk.prompt_filter_results)
        for repair in chunk.repairs:
            envelope = envelope.note("repaired", repair)
        return envelope

    def read_choice(self, choice: Choice) -> "CompletionsEnvelope":
        """This envelope after what a choice says beside its delta; itself if that is nothing new."""
        envelope = self
        if choice.finish_reason and finish_class(choice.finish_reason) != "absent":
            envelope = envelope.end_with(choice.finish_reason)
        if choice.usage:
            envelope = envelope.with_usage(choice.usage)
        if choice.content_filter_results:
            known = as_object(envelope.extras.get("content_filter_results"))
            merged = {**known, **as_object(choice.content_filter_results)}
            envelope = envelope.with_extra("content_filter_results", merged)
        return envelope

    def read_extra_content(self, extra: Json) -> "CompletionsEnvelope":
        """This envelope with what Gemini says of the content, to be sent back with it: a signature, mostly."""
        known = as_object(self.extras.get("extra_content"))
        merged = _merged(known, freeze(as_object(extra)), 1)
        return self if merged == known else self.with_extra("extra_content", merged)

    def with_usage(self, usage: Json) -> "CompletionsEnvelope":
        """This envelope with these counts; itself where they are none, or come without a number after others."""
        counts = read_usage(usage)
        if counts.source == "unknown" or (evolve(counts, raw=None) == _NO_COUNTS and self.usage.source != "unknown"):
            return self
        return evolve(self, usage=counts)

    def with_extra(self, name: str, value: Json) -> "CompletionsEnvelope":
        """This envelope with one more member of `extras`, or another value of it."""
        return evolve(self, extras=FrozenObject({**self.extras, name: freeze(value)}))


def _merged(known: Mapping[str, Json], more: Mapping[str, Json], depth: int) -> Mapping[str, Json]:
    """Both: objects by their members, texts that differ one after the other, and of the rest the last.

    That the content is a thought is read where it comes.
    """
    members = {name: value for name, value in more.items() if name != "thought" and value is not None}
    for name, value in members.items():
        before = known.get(name)
        if isinstance(value, Mapping) and depth:
            members[name] = _merged(as_object(before), value, depth - 1)
        elif isinstance(value, str) and before is not None:
            listed = before if isinstance(before, tuple) else (before,)
            members[name] = before if value in listed or len(listed) >= _MOST else (*listed, value)
    return FrozenObject({**known, **members})

"""What a Chat Completions stream says beside its deltas, and how a chunk adds to it."""

from typing import Literal

from ..limits import NO_LIMITS_SET
from ..shared.envelope import Envelope
from ..shared.extras import NO_ROOM, weight_of
from ..usage import COUNTS, Usage, merged, read_usage
from ..values.frozen_value import evolve, value
from ..values.json_list import EMPTY_LIST, JsonList
from ..values.json_values import Json, as_object
from .chunk import Choice, Chunk
from .finish_words import finish_class
from .reasoning_details import NO_REASONING_DETAILS, ReasoningDetails

_MAX_RUNNING = 64  # tools of the provider's that may run at once


@value
class CompletionsEnvelope(Envelope):
    """Everything about the answer that is neither text nor a tool call.

    Attributes:
        citations: in order; each is also a message.
        more_reasons: whether words came for which there was no room.
        server_tools: tools that the provider ran itself (Groq's compound models).
        tools_size: how many characters they are, names included.
        running: the places of those whose output has not come, of many the last.
        messages: how the answer came by whole messages: "first", if one began it; "pieces", if each is a piece of it.
        reasoning_member: the member that the first reasoning with a name came by (`ReasoningPart.member`).
    """

    citations: JsonList = EMPTY_LIST
    server_tools: JsonList = EMPTY_LIST
    running: tuple[int, ...] = ()
    reasoning_details: ReasoningDetails = NO_REASONING_DETAILS
    more_reasons: bool = False
    tools_size: int = 0
    messages: Literal["", "first", "pieces"] = ""
    reasoning_member: str | None = None

    @property
    def finish_reason(self) -> str | None:
        """The first meaningful reason: routers repeat it, and some servers follow `tool_calls` by `stop`."""
        return self.finish_reasons[0] if self.finish_reasons else None

    @property
    def closed(self) -> bool:
        """Whether the wire said that the tool calls it has sent are whole: by words of success, or `[DONE]` alone."""
        if self.more_reasons:
            return False
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
        for repair in chunk.repairs:
            envelope = envelope.note("repaired", repair)
        return envelope.with_loss() if chunk.lost else envelope

    def with_tool(self, item: Json, most: int = NO_LIMITS_SET.extras) -> "CompletionsEnvelope | None":
        """This envelope with a tool's item, in place of an earlier, less complete one of its index and type.

        None where the items would have more than so many characters.
        """
        tools, running, key = self.server_tools, self.running, _key_of(item)
        at = next((at for at in running if _key_of(tools[at]) == key), len(tools))
        weight = weight_of(item)
        size = self.tools_size + (NO_ROOM if weight is None else weight)
        size -= (weight_of(tools[at]) or 0) if at < len(tools) else 0
        if size > most:
            return None
        running = tuple(place for place in running if place != at)
        if as_object(item).get("output") is None:
            running = tuple(sorted((*running, at)))[-_MAX_RUNNING:]
        return evolve(self, server_tools=tools.put(at, item), running=running, tools_size=size)

    def read_choice(self, choice: Choice) -> "CompletionsEnvelope":
        """This envelope after what a choice says beside its delta; itself if that is nothing new."""
        envelope = self
        if choice.finish_reason and finish_class(choice.finish_reason) != "absent":
            envelope = envelope.end_with(choice.finish_reason)
            if choice.finish_reason not in envelope.finish_reasons:
                envelope = evolve(envelope, more_reasons=True)
        if choice.usage:
            envelope = envelope.with_usage(choice.usage)
        return envelope

    def with_usage(self, usage: Json) -> "CompletionsEnvelope":
        """This envelope with these counts; itself where they are none, or come without a number after others."""
        counts = read_usage(usage)
        if counts.source == "unknown" or (self.usage.source != "unknown" and not _counts_anything(counts)):
            return self
        return evolve(self, usage=merged(self.usage, counts))


def _counts_anything(usage: Usage) -> bool:
    """Whether there is a count above zero: some servers end with a usage of zeros, or of none."""
    return any(getattr(usage, name) for name in COUNTS)


def _key_of(item: Json) -> tuple[Json, Json]:
    """What tells tools apart that run at once."""
    return as_object(item).get("index"), as_object(item).get("type")

"""The quirks that streams can be drawn with: what providers do that no specification says.

Each member's value says what the chunks then look like. Which quirks a stream really has, `Stream.quirks` tells.
"""

from enum import Enum

from ..wire.machines import Wire

__all__ = ["ALL", "RESULT_ONLY", "Quirk"]


class Quirk(Enum):
    """Something that some provider does, and that changes nothing, or only what it says here, of what a stream says."""

    # Both Chat Completions and Responses
    NO_INDEX = "calls have no index (Gemini, Mistral); Responses events have no output_index"
    SHARED_INDEX = "every call has index 0, and a new id with a name begins a new one (Ollama); likewise output items"
    NO_ARGUMENTS = "a call without arguments has none, or empty text: it is called with {}"
    BROKEN_ARGUMENTS = "the model writes arguments that are no JSON, so that the call is closed and never complete"
    EMPTY_DELTAS = "deltas that say nothing come in between"
    ANNOTATIONS = "citations come in between"
    UNREAD = "members that no fold reads come at every level: the result keeps them"
    UNDECODABLE = "a frame comes that no chunk can be made of"
    CUT_OFF = "the answer is cut off by a limit or a filter, and says so; its open calls are not complete"
    TRUNCATED = "the stream just ends, anywhere before the wire says that it is over"
    ERROR = "an error comes in the stream, anywhere and wherever providers put it, and ends it"

    # Chat Completions: calls
    LATE_ID = "a call's id comes after its name"
    LATE_NAME = "a call's name comes after its id, perhaps amid its arguments"
    NO_ID = "calls have no id; then `Call.id` is None"
    NEW_ID_EACH_CHUNK = "every chunk of a call has a new id (LM Studio); the first one counts"
    SAME_ID_EACH_CHUNK = "every chunk of a call repeats its id (Fireworks, DeepSeek)"
    EMPTY_ID = "the chunks of a call have an empty id after the first (DashScope)"
    SHARED_ID = "calls at different indices have the same id, one after the other; the messages do not tell them apart"
    SAME_NAME_EACH_CHUNK = "every chunk of a call repeats its name (MiniMax)"
    EMPTY_NAME = "the chunks of a call have an empty name after the first (Mistral)"
    SPLIT_NAME = "a call's name comes in two pieces"
    SPARSE_INDEX = "the indices of calls begin anywhere and have gaps"
    WHOLE_CALLS = "each call comes whole, in one chunk (Groq, xAI, Mistral)"
    SNAPSHOTS = "each chunk of the last call repeats all its arguments so far (Qianfan)"
    LATE_EMPTY_CALL = "a whole call is followed by a delta of it without anything (vLLM)"
    LEGACY_CALL = "a call comes as `function_call`, as before there were tools; its `Call.id` is None"
    STRAY_ARGUMENTS = (
        "the arguments of two calls come in places that mean either (chat only): under an index before that names the "
        "other, all under one, or under none; neither call is complete"
    )
    EXTRA_CONTENT = "calls have `extra_content` (Gemini's thought signature)"

    # Chat Completions: the other deltas
    SHARED_CHUNKS = "one chunk holds pieces of several lanes"
    OTHER_REASONING_NAME = "reasoning comes as `reasoning` or `reasoning_text` (OpenRouter, Groq, Copilot)"
    REASONING_TWICE = "each piece of reasoning comes under two names in one delta"
    REASONING_DETAILS = "reasoning comes as `reasoning_details` alone, its signature last (Snowflake, OpenRouter)"
    FLAGGED_THOUGHTS = "reasoning comes as content that is flagged as a thought (Gemini)"
    REASONING_PARTS = "reasoning comes as parts of the content, the signature of each in a part of its own (Databricks)"
    THINK_TAGS = "reasoning comes in tags in the content, not all <think>; sets `think_tags` of the config (chat only)"
    HALF_PAIRS = "text, reasoning and refusals are cut inside surrogate pairs, which say one character all the same"
    EXECUTED_TOOLS = "tools that the provider ran itself come in between (Groq)"

    # Chat Completions: the envelope
    EMPTY_FIRST = "the first chunk has no choice, and an empty id and model (Azure)"
    NO_DELTA = "a choice comes without a delta, with filter results (Azure)"
    NULL_CHOICES = "choices are null"
    NEW_CHUNK_IDS = "every chunk has another id (Groq)"
    OTHER_CHOICES = "chunks of another choice (n > 1) come in between"
    GROWING_CHOICE = "every chunk's choice has another index (Foundry Local); sets `choice` of the config to None"
    USAGE_EACH_CHUNK = "every chunk has the usage so far (Perplexity, vLLM)"
    USAGE_ON_FINISH = "the usage comes with the finish reason"
    USAGE_IN_CHOICE = "the usage comes with the finish reason, in the choice (Kimi)"
    USAGE_OF_NULLS = "after the usage comes another of nulls"
    USAGE_IN_X_GROQ = "the usage comes as `x_groq.usage` alone (Groq)"
    OTHER_FINISH_WORD = "the finish reason is a word of another provider, in any case: of success, of failure, or new"
    WHOLE_MESSAGE = "a whole message comes in the place of all deltas"
    WHOLE_AFTER_DELTAS = "the whole message comes with the finish reason, after its deltas"
    STOP_AFTER_CALLS = 'the finish reason is "stop" though there are calls'
    TWO_FINISHES = "a finish reason comes twice, or `stop` after `tool_calls` (OpenRouter); the first counts"
    NO_FINISH = "`[DONE]` comes without a finish reason (Snowflake, Ollama); then `Says.finish_reason` is None"
    LATE_PAYLOAD = "deltas come with the finish reason, or after it"

    # Inner thoughts
    LATE_THOUGHTS = "the thoughts are not the first member of the arguments"
    ODD_THOUGHTS = "the thoughts are no text, so that they are an argument like any other"

    # Responses: the items
    NO_ITEM_ID = "events have no item_id; output items still have theirs"
    ROTATING_IDS = "every event has new item and response ids (Copilot)"
    OTHER_IDS_AT_END = "the items' ids in the terminal event are others (OpenRouter)"
    NO_CALL_ID = "calls have an empty call_id, or null: `Call.id` is the item's, or None where that rotates"
    ITEMS_SIDE_BY_SIDE = "two messages, or two items of reasoning, come interleaved; the messages then mix their texts"
    NO_ITEM_ADDED = "`response.output_item.added` is missing"
    NO_PART_EVENTS = "`response.content_part.*` and `response.reasoning_summary_part.*` are missing"
    NO_TEXT_DONE = "the `*.done` of texts and arguments are missing"
    NO_ITEM_DONE = "`response.output_item.done` is missing (mcp_list_tools)"
    WHOLES_ONLY = "there are no deltas, only what is whole (LM Studio)"
    DRIFTING_PARTS = "content_index grows with each delta (vLLM), or is not the one that the part begins by"
    TEXT_IN_ADDED = "an item that begins has text already, and the deltas say it again from its start"
    OTHER_CALL_ID = "a call that is done has another call_id than when it began; the first one counts"
    OTHER_ARGUMENTS_NAME = "items of calls have their arguments under the name that the other type of call has"
    PLACEHOLDER_ARGUMENTS = "the arguments of a call begin with {}, in whose place the others come"
    REPEATED_ARGUMENTS = "the arguments of a call come once more after they were whole, as a delta"
    EARLY_DONE = "the item of a message is done after its first delta, and others follow"
    OTHER_EVENT_NAMES = "raw reasoning comes as `response.reasoning.delta`"
    TAIL_IN_WHOLE = "the last delta of a text is missing, and its whole has it"
    CONTRADICTING_WHOLE = "a whole is another than its deltas: the result has the whole, the messages the deltas"
    ODD_STATUS = 'an item that is done says that it is "in_progress"'
    NULL_ITEMS = "items and parts are null"

    # Responses: the envelope
    NO_NUMBERS = "events have no sequence_number"
    GAPPED_NUMBERS = "numbers begin anywhere and have gaps"
    ONE_NUMBER = "every event has the same number"
    LATE_EVENTS = "events of different items come in another order than that of their numbers"
    REPEATED_EVENTS = "events are delivered at least once: some come again, with their numbers"
    REPLAYED_ITEMS = "events of items that are done come again under fresh numbers"
    NO_CREATED = "`response.created` and `response.in_progress` are missing"
    UNKNOWN_EVENTS = "keep-alives and events of unknown types come in between"
    EMPTY_OUTPUT = "the terminal event has no items, or null in their place (ChatGPT)"
    OUTPUT_TEXT = "the terminal event has the texts of all messages once more, joined, as `output_text`"
    NO_USAGE = "the terminal event has no usage, or null in its place"
    NO_TERMINAL = "`[DONE]` comes in place of the terminal event; it closes no call"
    DONE_AFTER_TERMINAL = "`[DONE]` comes after the terminal event (OpenRouter)"
    ERROR_TWICE = "an error event comes beside `response.failed`, before it, or after one without a reason"
    OTHER_TERMINAL = "the terminal event is `response.done`: by its status it says which"
    CANCELLED = "the response is cancelled, and a terminal event says so"
    STEERED = "the response is steered: it ends as incomplete, and another one follows in the same stream"

    @classmethod
    def of(cls, wire: Wire) -> "frozenset[Quirk]":
        """The quirks that streams of a wire can have."""
        return _OF_WIRE[wire]

    def __repr__(self) -> str:
        return f"Quirk.{self.name}"


ALL = frozenset(Quirk)
"""Every quirk of every wire; where a wire's streams are drawn, every quirk of that wire."""

RESULT_ONLY = frozenset(
    {Quirk.CONTRADICTING_WHOLE, Quirk.ITEMS_SIDE_BY_SIDE, Quirk.SHARED_ID, Quirk.PLACEHOLDER_ARGUMENTS}
)
"""Where a stream has one of these, only its result says what `Stream.says` says: the messages, joined, say more or mix.
"""


def _between(first: Quirk, last: Quirk) -> frozenset[Quirk]:
    names = list(Quirk)
    return frozenset(names[names.index(first) : names.index(last) + 1])


_SHARED = _between(Quirk.NO_INDEX, Quirk.ERROR)
_COMPLETIONS = _SHARED | _between(Quirk.LATE_ID, Quirk.LATE_PAYLOAD)
_CHAT_ALONE = {Quirk.THINK_TAGS, Quirk.STRAY_ARGUMENTS}
_OF_WIRE: dict[Wire, frozenset[Quirk]] = {
    "chat": _COMPLETIONS,
    "inner-thoughts": _COMPLETIONS - _CHAT_ALONE | _between(Quirk.LATE_THOUGHTS, Quirk.ODD_THOUGHTS),
    "responses": _SHARED | _between(Quirk.NO_ITEM_ID, Quirk.STEERED),
}

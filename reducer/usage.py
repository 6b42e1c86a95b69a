"""Usage: token counts, read from any provider's usage object."""

from typing import Any, Literal

from .values.frozen_value import constructor_of, evolve, value
from .values.json_values import FrozenObject, Json, as_count, as_object, freeze

COUNTS = ("input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens", "total_tokens")
"""The fields that are counts."""


@value
class Usage:
    """Token counts. None is "not reported"; 0 is "reported as 0".

    Attributes:
        input_tokens: tokens of the request, as the provider counts them.
        output_tokens: tokens of the answer, as the provider counts them.
        cached_tokens: input tokens that were read from the provider's cache.
        cache_write_tokens: input tokens that were written to it.
        reasoning_tokens: output tokens that were reasoning.
        total_tokens: as reported; it is not computed.
        source: where the counts are from. A stream that was cut off before its usage came has "unknown" (or
            "estimated", where that was asked for), never 0.
        raw: the provider's own usage object, where there is one.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    total_tokens: int | None = None
    source: Literal["reported", "estimated", "unknown"] = "unknown"
    raw: FrozenObject | None = None

    def __add__(self, other: "Usage") -> "Usage":
        """The counts of both, so that a loop can sum its turns: `sum(result.usage for result in results)`.

        What one of them does not report is what the other does, so a sum of which a part is unknown is a lower bound.
        Its source is the less certain one: "reported" only if both are, and "unknown" if one is. The providers' own
        objects are dropped.
        """
        if not isinstance(other, Usage):
            return NotImplemented
        counts: dict[str, Any] = {name: _sum(getattr(self, name), getattr(other, name)) for name in COUNTS}
        return Usage(**counts, source=max(self.source, other.source, key=_CERTAINTY.index))

    def __radd__(self, other: int) -> "Usage":
        """This, since `sum` begins with 0."""
        return self if other == 0 else NotImplemented


_CERTAINTY = ("reported", "estimated", "unknown")


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other


UNKNOWN = Usage()
"""Nothing was reported."""


_usage = constructor_of(Usage)


def read_usage(raw: Json) -> Usage:
    """The counts of a usage object, of either API; what it does not report is None.

    Beside the two APIs' own names this knows where other providers put their cache counts: DeepSeek
    (`prompt_cache_hit_tokens`), Moonshot (`cached_tokens` at the top), OpenRouter (`cache_write_tokens` among the
    details), and servers that translate from Anthropic's API (`cache_read_input_tokens`,
    `cache_creation_input_tokens`).
    """
    usage = as_object(raw)
    if not usage:
        return UNKNOWN
    given = as_object(usage.get("prompt_tokens_details") or usage.get("input_tokens_details"))
    made = as_object(usage.get("completion_tokens_details") or usage.get("output_tokens_details"))
    return _usage(
        input_tokens=_first(usage.get("prompt_tokens"), usage.get("input_tokens")),
        output_tokens=_first(usage.get("completion_tokens"), usage.get("output_tokens")),
        cached_tokens=_first(
            given.get("cached_tokens"),
            usage.get("cached_tokens"),
            usage.get("prompt_cache_hit_tokens"),
            usage.get("cache_read_input_tokens"),
        ),
        cache_write_tokens=_first(given.get("cache_write_tokens"), usage.get("cache_creation_input_tokens")),
        reasoning_tokens=_first(made.get("reasoning_tokens"), usage.get("reasoning_tokens")),
        total_tokens=_first(usage.get("total_tokens")),
        source="reported",
        raw=frozen if isinstance(frozen := freeze(usage), FrozenObject) else None,
    )


def merged(before: Usage, after: Usage) -> Usage:
    """What is known after one more usage object: its counts, and those of before that it does not report."""
    if before.source != "reported":
        return after
    unsaid = {name: getattr(before, name) for name in COUNTS if getattr(after, name) is None}
    return evolve(after, **unsaid) if any(count is not None for count in unsaid.values()) else after


def estimate_tokens(text: str) -> int:
    """About how many tokens `text` is: a quarter of its UTF-8 bytes, rounded up, as Letta's legacy interface counts."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // 4)


def _first(*counts: Json) -> int | None:
    for given in counts:
        count = as_count(given)
        if count is not None:
            return count
    return None

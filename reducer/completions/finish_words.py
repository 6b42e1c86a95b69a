"""What a finish word means: success is an allow-list, and what is in no list is not taken for it.

Providers have words of their own beside OpenAI's five: Gemini's, Anthropic's, GLM's, Mistral's, DeepSeek's, vLLM's. A
call is only safe to run after a word that is known to say that the answer is whole.
"""

from typing import Literal, TypeAlias

FinishClass: TypeAlias = Literal["success", "cut off", "filtered", "error", "absent", "unknown"]
"""What a finish word says of the answer; see `finish_class`."""

_WORDS: dict[FinishClass, tuple[str, ...]] = {
    "success": (
        *("stop", "tool_calls", "function_call", "tool_use", "end_turn", "stop_sequence"),
        *("eos", "eos_token", "complete", "completed"),
    ),
    "cut off": ("length", "max_tokens", "model_length", "max_output_tokens"),
    "filtered": ("content_filter", "sensitive", "safety", "recitation"),
    "error": ("error", "network_error", "abort", "aborted", "insufficient_system_resource"),
    "absent": ("", "null"),
}
_CLASSES: dict[str, FinishClass] = {word: kind for kind, words in _WORDS.items() for word in words}
_MALFORMED = "malformed_function_call"  # Gemini's; what OpenRouter and others make of it begins in several ways


def finish_class(word: str | None) -> FinishClass:
    """What a finish word says of the answer, in any case.

    Args:
        word: `choices[].finish_reason` as it came.

    Returns:
        "success": it is whole. "cut off": a length limit ended it. "filtered": a content filter ended it. "error": the
        provider broke off. "absent": no word (null, empty, or null as text). "unknown": any other.
    """
    if word is None:
        return "absent"
    lower = word.strip().lower()
    known = _CLASSES.get(lower)
    if known is not None:
        return known
    return "error" if lower.endswith(_MALFORMED) else "unknown"

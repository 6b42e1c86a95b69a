import pytest
from streamfold.reducer.completions.finish_words import FinishClass, finish_class

TABLE: dict[FinishClass, tuple[str, ...]] = {
    "success": (
        "stop",
        "tool_calls",
        "function_call",
        "tool_use",
        "end_turn",
        "stop_sequence",
        "eos",
        "eos_token",
        "complete",
        "completed",
    ),
    "cut off": ("length", "max_tokens", "model_length", "max_output_tokens"),
    "filtered": ("content_filter", "sensitive", "safety", "recitation"),
    "error": (
        "error",
        "network_error",
        "abort",
        "aborted",
        "insufficient_system_resource",
        "malformed_function_call",
        "function_call_filter: MALFORMED_FUNCTION_CALL",
        "FinishReason.MALFORMED_FUNCTION_CALL",
    ),
    "absent": ("", "null", " "),
    "unknown": ("stopped", "tool", "load", "none", "malformed_function_call_", "STOP_REASON"),
}


@pytest.mark.parametrize(("word", "kind"), [(word, kind) for kind, words in TABLE.items() for word in words])
def test_each_word_has_its_class_in_any_case(word: str, kind: FinishClass) -> None:
    assert {finish_class(way(word)) for way in (str, str.upper, str.lower, str.title)} == {kind}


def test_no_word_is_absent() -> None:
    assert finish_class(None) == "absent"


def test_spaces_around_a_word_do_not_count() -> None:
    assert finish_class(" stop\n") == "success"

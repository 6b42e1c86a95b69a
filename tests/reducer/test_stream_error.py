from typing import Any

import pytest
from streamfold.reducer.stream_error import is_context_overflow, read_error

OVERFLOWS = [
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
    "BadRequestError: the prompt is longer than the model's maximum context length of 4096",
    "{'error': {'code': 'context_length_exceeded'}}",
    "Input tokens exceed the configured limit of 272000 tokens.",
]


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        ({"message": "boom", "code": 500}, "boom", "500"),
        ({"message": "boom", "type": "server_error"}, "boom", "server_error"),
        ({"error": {"message": "boom", "code": "c"}, "message": "outer"}, "boom", "c"),
        ({"error": "boom"}, "boom", None),
        ("boom", "boom", None),
        ({"status": 500}, "{'status': 500}", None),
    ],
)
def test_an_error_s_words_are_found_wherever_the_provider_has_them(error: Any, message: str, code: str | None) -> None:
    read = read_error(error)
    assert (read.message, read.code, read.raw) == (message, code, error)


@pytest.mark.parametrize("error", OVERFLOWS)
def test_a_context_overflow_is_known_by_its_words(error: str) -> None:
    assert is_context_overflow(error)


@pytest.mark.parametrize("error", ["", "boom", "RateLimitError: maximum requests", "the context window is fine"])
def test_any_other_error_is_no_context_overflow(error: str) -> None:
    assert not is_context_overflow(error)

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.ends import Failed
from streamfold.reducer.stream_error import (
    Category,
    StreamError,
    category_of,
    error_of,
    failure_of,
    is_context_overflow,
    is_error,
    read_error,
)
from streamfold.reducer.values.json_values import freeze

OVERFLOWS = [
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
    "BadRequestError: the prompt is longer than the model's maximum context length of 4096",
    "{'error': {'code': 'context_length_exceeded'}}",
    "Input tokens exceed the configured limit of 272000 tokens.",
    "maximum context is 8192 tokens",
    "prompt is too long: 210000 tokens > 200000 maximum",
    "the request exceeds the available context size, try increasing it",
    "exceed_context_size_error",
    "Context window exceeded",
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
]
KINDS: dict[Category, tuple[str, ...]] = {
    "context overflow": tuple(OVERFLOWS),
    "rate limit": (
        "rate_limit_exceeded",
        "RateLimitError: x",
        "Error code: 429 - {}",
        "too_many_requests",
        "RESOURCE_EXHAUSTED",
        "Slow down.",
    ),
    "billing": (
        "insufficient_quota",
        "You exceeded your current quota, please check your plan",
        "insufficient balance",
        "HTTP 402",
    ),
    "authentication": (
        "invalid_api_key",
        "AuthenticationError: no",
        "PermissionDeniedError: no",
        "status code 401",
        "Error code: 403 - {}",
    ),
    "content filter": (
        "content_filter",
        "content_policy_violation",
        "ResponsibleAIPolicyViolation",
        "data_inspection_failed",
        "input is sensitive",
    ),
    "server": (
        "overloaded_error",
        "server_error",
        "InternalServerError: x",
        "APITimeoutError: Request timed out.",
        "ReadError: ",
        "StreamStalled: no bytes for 5 s",
        "network_error",
        "Service Unavailable",
        "Error code: 529 - {}",
    ),
    "bad request": ("invalid_request_error", "BadRequestError: x", "model_not_found", "Error code: 404 - {}"),
    "cancelled": ("cancelled", "request canceled", "abort", "Client closed request"),
    "unknown": ("", "boom", "ValueError: 429", "error", "status 777"),
}


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        ({"message": "boom", "code": 500}, "boom", "500"),
        ({"message": "boom", "type": "server_error"}, "boom", "server_error"),
        ({"error": {"message": "boom", "code": "c"}, "message": "outer"}, "boom", "c"),
        ({"error": "boom"}, "boom", None),
        ("boom", "boom", None),
        ({"status": 500}, "{'status': 500}", None),
        ({"code": None, "message": "boom", "type": "t"}, "boom", "t"),
        ({"code": "", "message": "", "msg": "boom"}, "boom", None),
        ({"code": True, "error_type": "T", "error_message": "boom"}, "boom", "T"),
        ({"status_code": 1008, "status_msg": "boom"}, "boom", "1008"),
        ({"detail": "boom"}, "boom", None),
        ({"detail": ({"loc": ("body",), "msg": "boom", "type": "missing"},)}, "boom", "missing"),
        (({"error": {"message": "boom", "code": 7}},), "boom", "7"),
        ({"errors": ("boom", "later")}, "boom", None),
        ({"error": {"code": 5}, "message": "boom"}, "boom", "5"),
        ((), "()", None),
        (7, "7", None),
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


@pytest.mark.parametrize(
    ("category", "text"), [(category, text) for category, texts in KINDS.items() for text in texts]
)
def test_an_errors_words_say_what_kind_it_is(category: Category, text: str) -> None:
    assert category_of(text) == category
    assert failure_of(text) == StreamError(text, None, None, category)
    assert read_error({"message": "it", "code": text}).category == category or not text
    assert read_error(text).category == category
    assert (category == "context overflow") == is_context_overflow(text)


@pytest.mark.parametrize(
    ("error", "category"),
    [
        ({"code": 429, "message": "no"}, "rate limit"),
        ({"code": "402", "message": "no"}, "billing"),
        ({"status": 401, "message": "no"}, "authentication"),
        ({"code": 500, "message": "invalid"}, "server"),
        ({"code": 400, "message": "upstream"}, "bad request"),
        ({"code": 499, "message": "no"}, "cancelled"),
        ({"code": 429, "message": "insufficient_quota"}, "billing"),
        ({"code": "content_filter", "status": 400, "type": "invalid_request_error", "message": "no"}, "content filter"),
        ({"status_code": 1002, "status_msg": "no"}, "rate limit"),
        ({"code": "1302", "message": "no"}, "rate limit"),
        ({"error": {"message": "no", "type": "t"}, "status_code": 503}, "server"),
        ({"message": "no", "metadata": {"raw": "maximum context length is 8"}}, "context overflow"),
        ({"code": "usage_limit_reached", "message": "no"}, "rate limit"),
        ({"type": "usage_limit_reached", "message": "no"}, "rate limit"),
        ({"code": "usage_not_included", "message": "no"}, "billing"),
        ({"message": "no", "code": 200}, "unknown"),
        ({"message": "no", "code": "5ab"}, "unknown"),
        ({"message": "no", "code": 5000}, "unknown"),
    ],
)
def test_a_code_or_a_status_says_it_too(error: Any, category: Category) -> None:
    assert read_error(error).category == category


def test_what_stands_beside_an_error_says_it_after_its_own_code() -> None:
    assert read_error({"message": "no"}, [429]).category == "rate limit"
    assert read_error({"message": "no"}, [None, "", True, 10**5000, "503"]).category == "server"
    assert read_error({"message": "no", "code": 401}, [429]).category == "authentication"
    assert read_error({"message": "no"}, [200]) == read_error({"message": "no"})


def test_an_overflow_goes_before_all_else_and_words_before_a_status() -> None:
    assert category_of("rate limit: maximum context length", ["429"]) == "context overflow"
    assert category_of("rate limit", ["500"]) == "rate limit"
    assert category_of("server error", ["400"]) == "bad request"


def test_words_far_into_an_error_do_not_count() -> None:
    assert category_of("x" * 4000 + " rate limit") == "unknown"
    assert category_of("x" * 3000 + " rate limit") == "rate limit"


@pytest.mark.parametrize(
    "nothing",
    [
        None,
        "",
        " null ",
        "None",
        0,
        False,
        [],
        {},
        {"message": "", "type": "", "param": "", "code": None},
        {"code": 0, "message": "Success"},
        {"code": "200", "message": "OK", "request_id": "r"},
        {"status_code": 0, "status_msg": "success"},
        {"error": {"message": ""}},
        {"details": [[{}], ""]},
    ],
)
def test_what_is_empty_or_says_success_is_no_error(nothing: Any) -> None:
    assert not is_error(nothing)


@pytest.mark.parametrize(
    "error",
    [
        "boom",
        7,
        True,
        ["boom"],
        {"message": "boom"},
        {"message": "", "type": "server_error"},
        {"code": 0, "message": "boom"},
        {"code": 5, "message": "success"},
        {"code": [0]},
        {"status": 500},
        {"details": [[{"a": 1}]]},
    ],
)
def test_anything_else_is_one(error: Any) -> None:
    assert is_error(error)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "errors", "detail", "message", "code", "type", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_no_error_is_too_odd_to_be_read(error: Any) -> None:
    read = read_error(error)
    assert read.message
    assert is_error(error) in (True, False)
    assert hash(read) == hash(read_error(error))


def test_an_error_may_be_nested_deeply_and_have_long_numbers() -> None:
    deep: Any = "boom"
    for _ in range(100_000):
        deep = {"error": deep}
    assert is_error(deep)
    assert read_error(deep).category == "unknown"
    assert read_error({"code": 10**10_000, "message": "boom"}).message == "boom"
    assert is_error({"code": 10**10_000})


def test_errors_within_errors_are_read_a_few_deep() -> None:
    assert (
        read_error({"error": {"error": {"error": {"error": {"message": "boom"}, "message": "fourth"}}}}).message
        == "fourth"
    )
    assert read_error({"error": {"error": {"error": {"message": "boom"}}}}).message == "boom"


@pytest.mark.parametrize(
    ("end", "error"),
    [
        (Failed("APIError: slow down"), StreamError("APIError: slow down", category="rate limit")),
        (
            Failed("HTTP 429", {"message": "no", "code": "x"}),
            StreamError("HTTP 429: no", "x", {"message": "no", "code": "x"}, "rate limit"),
        ),
        (
            Failed("APIError: no", {"message": "no", "type": "rate_limit"}),
            StreamError("APIError: no", "rate_limit", {"message": "no", "type": "rate_limit"}, "rate limit"),
        ),
        (Failed("", ({"message": "no"},)), StreamError("no", None, ({"message": "no"},))),
    ],
)
def test_an_end_s_words_and_the_provider_s_error_are_one_error(end: Failed, error: StreamError) -> None:
    read = error_of(end)
    assert (read.message, read.code, read.category) == (error.message, error.code, error.category)
    assert read.raw == freeze(error.raw)

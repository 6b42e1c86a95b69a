"""Where providers of Chat Completions put their errors, and what only looks like one (Q83); words of failure (Q79)."""

import json
from typing import Any

import pytest
from streamfold.reducer.result import Result
from streamfold.reducer.stream_error import Category
from support.chat_shapes import (
    DONE,
    FAULT,
    Shape,
    call,
    calls,
    choice,
    chunk,
    delta,
    finished,
    folded,
    folded_bytes,
    made,
    noted,
    said,
    sse,
)

BEGUN = delta(content="Owls")
EMPTY: Shape = {"message": "", "type": "", "param": "", "code": None}
LIMITED = {"message": "Rate limit reached", "code": "rate_limit_exceeded"}


def failed(result: Result, message: str, category: Category) -> bool:
    assert result.error is not None
    return (result.outcome, result.error.message, result.error.category) == ("failed", message, category)


@pytest.mark.parametrize(
    ("frame", "message", "category"),
    [
        (chunk(choice(finish_reason="error", content="") | {"error": FAULT}), FAULT["message"], "server"),
        (chunk(choice(content="") | {"error": {"message": "gone", "code": 404}}), "gone", "bad request"),
        (chunk(choice(content=None) | {"error": "rate limited"}), "rate limited", "rate limit"),
        (chunk(error_type="BadRequestError", error_message="no such tool"), "no such tool", "bad request"),
        (chunk(choice(), error_type="overloaded_error", message="busy"), "busy", "server"),
        ({"error_type": "AuthenticationError", "message": "wrong key"}, "wrong key", "authentication"),
        (chunk(base_resp={"status_code": 1008, "status_msg": "no funds"}), "no funds", "billing"),
        (chunk(choice(), base_resp={"status_code": 1027, "status_msg": "no"}), "no", "content filter"),
        ({"code": 429, "message": "later"}, "later", "rate limit"),
        ({"code": "InvalidParameter", "message": "no messages", "request_id": "r"}, "no messages", "bad request"),
        ({"status": 503, "message": "later"}, "later", "server"),
        ({"error_code": 401, "msg": "no"}, "no", "authentication"),
        ({"detail": "Internal server error"}, "Internal server error", "server"),
        ({"detail": [{"loc": ["body"], "msg": "field required", "type": "missing"}]}, "field required", "unknown"),
        ({"detail": {"error": {"message": "too many requests"}}}, "too many requests", "rate limit"),
        ({"object": "error", "message": "no such model", "code": 404}, "no such model", "bad request"),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "Overloaded", "server"),
        ({"type": "server_error", "message": "gone"}, "gone", "server"),
        (chunk(x_groq={"id": "r", "error": "over capacity"}), "over capacity", "unknown"),
        (chunk(choice(), x_groq={"error": {"message": "Slow down"}}), "Slow down", "rate limit"),
        ({"error": {"message": "no", "type": "insufficient_quota", "code": "insufficient_quota"}}, "no", "billing"),
        ({"error": [{"message": "first"}, {"message": "second"}]}, "first", "unknown"),
        ({"errors": [{"message": "boom"}]}, "boom", "unknown"),
        ({"status": 500, "title": "boom"}, "boom", "server"),
        ({"type": "about:blank", "status": 429, "title": "no", "detail": "slow down"}, "slow down", "rate limit"),
        ({"errors": None, "error": {"errors": [{"message": "inner"}]}}, "inner", "unknown"),
    ],
)
def test_q83_an_error_is_one_wherever_it_stands(frame: Shape, message: str, category: Category) -> None:
    result, messages = folded(BEGUN, frame, delta(content="never said"), finished(), DONE)
    assert failed(result, message, category)
    assert said(messages) == [("assistant", "Owls"), ("stop_reason", "")]
    assert (messages[-1].stop_reason, messages[-1].detail) == ("llm_api_error", message)  # type: ignore[union-attr]


def test_q83_an_error_in_a_list_is_one() -> None:
    body = sse(BEGUN) + b'data: [{"error": {"code": 429, "message": "later", "status": "RESOURCE_EXHAUSTED"}}]\n\n'
    result, _ = folded_bytes(body)
    assert failed(result, "later", "rate limit")


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (b"data: [ERROR] boom\n\n", "boom"),
        (b"data: [error]: boom\n\n", "boom"),
        (b"data: [ERROR]\n\n", "[ERROR]"),
        (b"event: error\ndata: null\n\n", "an error event without content"),
        (b'event: error\ndata: ""\n\n', "an error event without content"),
        (b"event: error\ndata:\n\n", "an error event without content"),
        (b"event: error\ndata: \n\n", "an error event without content"),
    ],
)
def test_q83_a_mark_or_name_of_an_error_is_one(frame: bytes, message: str) -> None:
    result, _ = folded_bytes(sse(BEGUN) + frame + sse(finished(), DONE))
    assert failed(result, message, "unknown")
    assert folded_bytes(frame)[0].outcome == "failed"


@pytest.mark.parametrize(
    "frame", [{"errors": []}, {"errors": [{}]}, {"status": 200, "title": "A page"}, {"status": 500, "title": 5}]
)
def test_q83_no_status_and_no_errors_are_none(frame: Shape) -> None:
    result, _ = folded_bytes(sse(BEGUN, frame, finished(), DONE))
    assert (result.outcome, result.text) == ("completed", "Owls")


@pytest.mark.parametrize("after", [b"\n", b"\n\n", b"", b"\ndata: [DONE]\n\n"])
def test_q83_a_field_named_error_is_one(after: bytes) -> None:
    field = b'error: {"code": 500, "message": "context shift is disabled", "type": "server_error"}\n'
    result, _ = folded_bytes(sse(BEGUN) + field + after)
    assert failed(result, "context shift is disabled", "server")
    assert result.text == "Owls"


def test_q83_a_field_named_error_takes_no_neighbour_along() -> None:
    frame = json.dumps(delta(content=" see")).encode()
    result, _ = folded_bytes(sse(BEGUN) + b"data: " + frame + b"\nerror: overloaded\n" + sse(DONE))
    assert failed(result, "overloaded", "server")
    assert result.text == "Owls see"


@pytest.mark.parametrize(
    "members",
    [
        {"error": EMPTY},
        {"error": {"error": EMPTY}},
        {"error": {}},
        {"error": "null"},
        {"error": []},
        {"error": {"code": 0, "message": "Success"}},
        {"error": {"code": "200", "message": "OK", "request_id": "r"}},
        {"code": 0, "message": "Success"},
        {"code": 200, "message": "ok"},
        {"code": 500, "message": "a bare code beside choices"},
        {"detail": "beside choices"},
        {"base_resp": {"status_code": 0, "status_msg": ""}},
        {"base_resp": {"status_code": 0, "status_msg": "success"}},
        {"base_resp": None},
        {"error_type": "", "error_message": None},
        {"x_groq": {"id": "r", "error": None}},
    ],
)
def test_q83_what_is_no_error_stays_none(members: Shape) -> None:
    frames = [frame | members for frame in (BEGUN, delta(content=" see"), finished())]
    result, messages = folded(*frames, DONE)
    assert (result.outcome, result.error, result.text) == ("completed", None, "Owls see")
    assert said(messages) == [("assistant", "Owls see")]


@pytest.mark.parametrize(
    "frame",
    [
        chunk(base_resp={"status_code": 0, "status_msg": "success"}),
        chunk(code=0, message="Success"),
        chunk(error=EMPTY),
        chunk(choice() | {"error": EMPTY}),
        chunk(choice(index=1) | {"error": FAULT}),
    ],
)
def test_q83_without_a_choice_of_ours_too(frame: Shape) -> None:
    result, _ = folded(BEGUN, frame, finished(), DONE)
    assert (result.outcome, result.error, result.text) == ("completed", None, "Owls")


@pytest.mark.parametrize(
    "frame",
    [{"detail": ""}, {"code": 0, "message": "Success"}, {"type": "telemetry", "message": "m", "code": 5}, {"code": 5}],
)
def test_q83_an_object_of_something_else_is_no_error(frame: Shape) -> None:
    result, _ = folded_bytes(sse(BEGUN, frame, finished(), DONE))
    assert (result.outcome, len(noted(result, "undecodable"))) == ("completed", 1)


def test_q83_an_overflow_in_other_words_is_not_said() -> None:
    for error in (
        {"message": "maximum context is 8192 tokens"},
        {"message": "no", "type": "exceed_context_size_error"},
    ):
        result, messages = folded(BEGUN, chunk(error=error), DONE)
        assert failed(result, error["message"], "context overflow")
        assert said(messages) == [("assistant", "Owls")]


def test_q83_the_text_of_an_error_may_come_after_its_word() -> None:
    result, messages = folded(BEGUN, finished("error"), chunk(error=LIMITED), chunk(error=FAULT), DONE)
    assert failed(result, "Rate limit reached", "rate limit")
    assert [kind for kind, _ in said(messages)] == ["assistant", "stop_reason"]


@pytest.mark.parametrize("word", ["error", "network_error", "ABORT", "insufficient_system_resource"])
@pytest.mark.parametrize("arguments", ["", "{}", '{"q":1}', '{"q"'])
def test_q79_a_word_of_failure_fails_and_closes_no_call(word: str, arguments: str) -> None:
    result, messages = folded(
        calls(call(index=0, id="a", name="delete_all", arguments=arguments)), finished(word, content=""), DONE
    )
    assert (result.outcome, result.finish_reason, result.tool_calls[0].complete) == ("failed", word, False)
    assert made(result) == [("a", "delete_all", arguments)]
    assert result.error is not None
    assert (result.error.code, result.error.raw) == (word, None)
    assert word in result.error.message
    assert said(messages)[-1] == ("stop_reason", "")


@pytest.mark.parametrize(
    ("word", "category"), [("network_error", "server"), ("abort", "cancelled"), ("error", "unknown")]
)
def test_q79_a_word_of_failure_has_a_category(word: str, category: Category) -> None:
    result, _ = folded(BEGUN, finished(word))
    assert failed(result, f"the provider ended its answer with {word!r}", category)


@pytest.mark.parametrize("word", ["length", "MAX_TOKENS", "model_length", "SAFETY", "sensitive", "weird", "tool"])
def test_q79_other_words_than_success_close_no_call(word: str) -> None:
    frame = calls(call(index=0, id="a", name="find", arguments='{"q":1}'))
    for words in ([word], [word, "stop"], ["tool_calls", word]):
        result, _ = folded(frame, *map(finished, words), DONE)
        assert (result.outcome, result.error, result.tool_calls[0].complete) == ("completed", None, False)
        assert result.finish_reasons == tuple(words)


@pytest.mark.parametrize("word", ["null", "", "NULL", None])
def test_q79_null_as_text_is_no_word(word: Any) -> None:
    frame = chunk(choice(content="Owls") | {"finish_reason": word})
    result, _ = folded(frame)
    assert (result.outcome, result.finish_reason) == ("truncated", None)
    result, _ = folded(frame, DONE)
    assert (result.outcome, result.finish_reason) == ("completed", None)


def test_q79_an_error_of_another_choice_is_not_ours() -> None:
    result, _ = folded(BEGUN, chunk(choice(1, "error", content="")), finished(), DONE)
    assert (result.outcome, result.text) == ("completed", "Owls")


def test_q83_an_error_that_is_json_text_is_read() -> None:
    error = json.dumps({"message": "slow down", "code": 429})
    for frame in ({"error": error}, {**delta(content="a"), "error": error}):
        result, _ = folded_bytes(sse(delta(content="x"), frame))
        assert result.error is not None
        assert (result.error.message, result.error.category) == ("slow down", "rate limit")
    result, _ = folded_bytes(sse(delta(content="x"), {"error": "{broken"}))
    assert result.error is not None
    assert result.error.message == "{broken"


@pytest.mark.parametrize(
    "failing",
    [
        chunk(choice(finish_reason="tool_calls"), error=FAULT),
        chunk(choice(finish_reason="tool_calls") | {"error": FAULT}),
        chunk(choice(finish_reason="tool_calls"), x_groq={"error": FAULT}),
        chunk(choice(finish_reason="tool_calls"), choice(finish_reason="error")),
    ],
    ids=["chunk", "choice", "x_groq", "word"],
)
def test_q83_a_finish_word_beside_an_error_closes_no_call(failing: Shape) -> None:
    result, messages = folded(calls(call(0, "call_1", "delete", "{}")), failing, DONE)
    assert result.outcome == "failed"
    assert not result.tool_calls[0].complete
    assert "tool_call_closed" not in [message.message_type for message in messages]

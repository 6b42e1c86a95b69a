"""How streams of Chat Completions really end, well or badly: one test or more for each line."""

import json
from typing import Any

import pytest
from streamfold.reducer import Cancelled, Ended, Failed
from support.chat_shapes import (
    COUNTS,
    DONE,
    FAULT,
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
    usage,
)
from support.law_checks import channels, runs

# Q36, Q37: no finish reason.


def test_q36_done_without_a_finish_reason_is_over_for_a_reason_unknown() -> None:
    result, messages = folded(delta(content="Hello"), usage(**COUNTS), DONE)
    assert (result.outcome, result.finish_reason, result.finish_reasons) == ("completed", None, ())
    assert said(messages) == [("assistant", "Hello")]


def test_q36_calls_before_done_are_whole() -> None:
    result, _ = folded(calls(call(index=0, id="a", name="find", arguments='{"q":1}')), DONE)
    assert (result.tool_calls[0].complete, result.outcome) == (True, "completed")


@pytest.mark.parametrize("reason", [None, ""])
def test_q36_an_empty_finish_reason_is_none(reason: str | None) -> None:
    frame = chunk(choice(content="Hello") | {"finish_reason": reason})
    result, _ = folded(frame)
    assert (result.outcome, result.finish_reason) == ("truncated", None)
    result, _ = folded(frame, DONE)
    assert (result.outcome, result.finish_reason) == ("completed", None)


def test_q37_a_stream_that_just_ends_is_truncated() -> None:
    result, messages = folded(
        delta(content="Hel"), calls(call(index=0, id="a", name="find", arguments='{"q":1}')), usage(**COUNTS)
    )
    assert (result.outcome, result.finish_reason, result.text) == ("truncated", None, "Hel")
    assert (result.tool_calls[0].complete, result.tool_calls[0].closed) == (False, False)
    assert said(messages) == [("assistant", "Hel"), ("tool_call", '{"q":1}')]


def test_q37_a_frame_that_broke_off_is_truncated_too() -> None:
    whole = sse(delta(content="Hello"), delta(content=" there"))
    result, _ = folded_bytes(whole[:-20])
    assert (result.outcome, result.text) == ("truncated", "Hello")
    assert len(noted(result, "undecodable")) == 1


# Q38, Q39, Q40: what the finish says, how often, and what comes with it and after it.


@pytest.mark.parametrize("reason", ["stop", "tool_calls", "function_call", "eos_token", "end_turn", "STOP"])
def test_q38_the_calls_are_trusted_and_not_the_reason(reason: str) -> None:
    result, _ = folded(calls(call(index=0, id="a", name="find", arguments='{"q":1}')), finished(reason), DONE)
    assert (result.finish_reason, result.tool_calls[0].complete, result.outcome) == (reason, True, "completed")


@pytest.mark.parametrize("reason", ["length", "content_filter", "error"])
def test_q38_a_call_that_was_cut_off_is_not_trusted(reason: str) -> None:
    result, _ = folded(calls(call(index=0, id="a", name="find", arguments='{"q":1}')), finished(reason), DONE)
    assert (result.finish_reason, result.tool_calls[0].complete) == (reason, False)


def test_q39_of_two_reasons_the_first_counts_and_both_are_kept() -> None:
    result, messages = folded(
        calls(call(index=0, id="a", name="find", arguments="{}")), finished("tool_calls"), finished("stop"), DONE
    )
    assert (result.finish_reason, result.finish_reasons) == ("tool_calls", ("tool_calls", "stop"))
    assert result.tool_calls[0].complete
    assert said(messages) == [("tool_call", "{}")]


def test_q39_a_reason_may_be_repeated_with_usage_or_replaced_by_null() -> None:
    result, _ = folded(
        delta(content="Hello"), finished("stop"), finished("stop") | {"usage": COUNTS}, delta(content=""), DONE
    )
    assert (result.finish_reason, set(result.finish_reasons)) == ("stop", {"stop"})
    assert (result.usage.total_tokens, result.outcome) == (16, "completed")


def test_q40_what_comes_with_the_finish_or_after_it_is_taken() -> None:
    result, messages = folded(
        delta(content="One, "),
        finished("stop", content="two, ", reasoning_content="counting"),
        delta(content="three"),
        delta(tool_calls=[call(index=0, id="a", name="find", arguments='{"q":1}')]),
        usage(**COUNTS),
        DONE,
    )
    assert (result.text, result.reasoning) == ("One, two, three", "counting")
    assert channels(messages)["text"] == "One, two, three"
    assert made(result) == [("a", "find", '{"q":1}')]
    assert (result.tool_calls[0].complete, result.usage.total_tokens) == (True, 16)


def test_q40_a_call_may_end_with_the_finish_or_after_it() -> None:
    last = calls(call(index=0, arguments="1}"))
    for ending, complete in (
        ([finished("tool_calls", tool_calls=[call(index=0, arguments="1}")])], True),
        ([finished("tool_calls"), last, DONE], False),
    ):
        result, _ = folded(calls(call(index=0, id="a", name="find", arguments='{"q":')), *ending)
        assert made(result) == [("a", "find", '{"q":1}')]
        assert result.tool_calls[0].complete is complete


# Q41: an error in the stream.


def test_q41_an_error_chunk_ends_the_stream_and_keeps_what_came() -> None:
    failing = chunk(choice(finish_reason="error", content=""), error=FAULT, usage=COUNTS)
    result, messages = folded(
        delta(reasoning="Let me see"),
        delta(content="Owls a"),
        calls(call(index=0, id="a", name="find", arguments='{"q":1}')),
        failing,
        delta(content="never said"),
        finished("stop"),
        DONE,
    )
    assert (result.text, result.reasoning, result.outcome) == ("Owls a", "Let me see", "failed")
    assert result.error is not None
    assert (result.error.message, result.error.code, result.error.raw) == ("the upstream broke off", "502", FAULT)
    assert (result.tool_calls[0].complete, result.usage.total_tokens) == (False, 16)
    assert [run[0] for run in runs(messages)] == [
        "reasoning_message",
        "assistant_message",
        "tool_call_message",
        "stop_reason",
    ]
    assert (messages[-1].stop_reason, messages[-1].detail) == ("llm_api_error", "the upstream broke off")  # type: ignore[union-attr]
    assert noted(result, "ignored")


@pytest.mark.parametrize("end", [Ended(), Cancelled(), Failed("and then the line")])
def test_q41_the_stream_stops_once(end: Any) -> None:
    result, messages = folded(delta(content="Owls"), chunk(error=FAULT), end=end)
    assert [message.message_type for message in messages] == ["assistant_message", "stop_reason"]
    assert result.outcome == "failed"
    assert result.error is not None
    assert result.error.message == "the upstream broke off"


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        ("out of credits", "out of credits", None),
        ({"message": "busy", "type": "server_error"}, "busy", "server_error"),
        ({"message": "busy", "type": "server_error", "code": "overloaded"}, "busy", "overloaded"),
        ({"error": {"message": "busy", "code": 429}}, "busy", "429"),
        ({"error": "busy"}, "busy", None),
        ({"odd": 1}, None, None),
    ],
)
def test_q41_an_error_s_message_is_found(error: Any, message: str | None, code: str | None) -> None:
    result, messages = folded(delta(content="Owls"), {"error": error}, DONE)
    assert result.error is not None
    assert (result.error.code, result.error.raw, result.outcome) == (code, error, "failed")
    assert result.error.message
    assert message in (None, result.error.message)
    assert messages[-1].message_type == "stop_reason"


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (
            json.dumps({"error": {"message": "no such tool", "code": "tool_use_failed", "status_code": 400}}),
            "no such tool",
        ),
        (json.dumps({"message": "no such tool", "code": 3}), "no such tool"),
        (json.dumps("no such tool"), "no such tool"),
        ("no such tool", "no such tool"),
        (json.dumps(chunk(choice(content="never said"), error={"message": "no such tool"})), "no such tool"),
    ],
)
def test_q41_an_error_event_ends_the_stream(payload: str, message: str) -> None:
    body = sse(delta(content="Owls")) + f"event: error\ndata: {payload}\n\n".encode()
    result, messages = folded_bytes(body + sse(delta(content="after"), DONE))
    assert result.error is not None
    assert (result.error.message, result.outcome) == (message, "failed")
    stops = [message.stop_reason for message in messages if message.message_type == "stop_reason"]
    assert stops == ["llm_api_error"]
    assert "after" not in result.text
    assert messages[-1].message_type == "stop_reason"


def test_q41_what_is_held_is_said_before_the_stop() -> None:
    result, messages = folded(
        calls(call(index=0, name="find", arguments='{"q":')),
        calls(call(index=0, arguments='{"q":1}')),
        chunk(error=FAULT),
    )
    assert [run[0] for run in runs(messages)] == ["tool_call_message", "stop_reason"]
    assert result.tool_calls[0].arguments == '{"q":{"q":1}'
    assert not result.tool_calls[0].complete


def test_q41_a_call_that_was_whole_before_the_error_is_not_offered() -> None:
    result, _ = folded(
        calls(call(index=0, id="a", name="now", arguments="")), finished("tool_calls"), chunk(error=FAULT), DONE
    )
    assert (made(result), result.tool_calls[0].complete) == ([("a", "now", "")], False)


def test_q41_a_context_overflow_is_not_said() -> None:
    error = {"message": "This model's maximum context length is 4096 tokens.", "code": "context_length_exceeded"}
    result, messages = folded(delta(content="Owls"), chunk(error=error), DONE)
    assert [message.message_type for message in messages] == ["assistant_message"]
    assert result.outcome == "failed"


@pytest.mark.parametrize("nothing", [None, {}, "", False])
def test_q41_an_empty_error_is_none(nothing: Any) -> None:
    result, _ = folded(delta(content="Owls") | {"error": nothing}, finished(), DONE)
    assert (result.outcome, result.error, result.text) == ("completed", None, "Owls")


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ({"type": "length", "length": 128}, "length"),
        ({"reason": "content_filter"}, "content_filter"),
        ({"type": "", "reason": 3}, "an object"),
        (["length"], "a list"),
        (False, "true or false"),
        (0, "0"),
        (0.5, "a number"),
    ],
    ids=str,
)
def test_q79_a_finish_word_that_is_no_text_is_one(reason: Any, word: str) -> None:
    whole = delta(tool_calls=[call(0, "call_a", "look_up", "{}")])
    result, _ = folded(whole, chunk({"index": 0, "delta": {}, "finish_reason": reason}), DONE)
    assert result.finish_reason == word
    assert not result.tool_calls[0].complete


def test_q79_the_type_of_a_finish_object_is_its_word() -> None:
    whole = delta(tool_calls=[call(0, "call_a", "look_up", "{}")])
    over = chunk({"index": 0, "delta": {}, "finish_reason": {"type": "stop", "matched": 7}})
    result, _ = folded(whole, over, DONE)
    assert (result.finish_reason, result.tool_calls[0].complete) == ("stop", True)
    assert result.extras == {"choice": {"finish_reason": {"type": "stop", "matched": 7}}}

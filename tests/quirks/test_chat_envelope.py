"""The envelope of Chat Completions as providers really send it: one test or more for each line of the list."""

import json
from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.reducer import Cancelled, Ended, Failed
from streamfold.reducer.result import OmittedReasoningPart, ReasoningPart, RefusalPart, ServerToolPart, TextPart
from support.chat_shapes import (
    DONE,
    Shape,
    call,
    calls,
    choice,
    chunk,
    delta,
    finished,
    folded,
    folded_bytes,
    folded_chunks,
    made,
    noted,
    sse,
    usage,
)
from support.law_checks import channels, runs

COUNTS = {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}
HARMLESS = {"hate": {"filtered": False, "severity": "safe"}}


def said(messages: Any) -> list[tuple[str, str]]:
    """Type and text of each run."""
    return [(run[0].removesuffix("_message"), run[5]) for run in runs(messages)]


# Q25: an empty first chunk.


def test_q25_the_first_id_and_model_that_are_not_empty_are_kept() -> None:
    head = chunk(id="", model="", object="", created=0, prompt_filter_results=[{"prompt_index": 0}])
    result, messages = folded(
        head,
        delta(content="He") | {"id": "chatcmpl-1", "model": "a-model-2"},
        delta(content="llo") | {"id": "", "model": ""},
        finished() | {"id": "chatcmpl-1", "model": "another"},
        model="asked-for",
    )
    assert (result.provider_id, result.model, result.text) == ("chatcmpl-1", "a-model-2", "Hello")
    assert said(messages) == [("assistant", "Hello")]
    assert result.extras == {"prompt_filter_results": ({"prompt_index": 0},)}


def test_q25_where_all_are_empty_the_model_asked_for_answers() -> None:
    empty = {"id": "", "model": "", "object": ""}
    result, _ = folded(chunk() | empty, delta(content="Hello") | empty, finished() | empty, model="asked-for")
    assert (result.provider_id, result.model) == (None, "asked-for")


# Q26: no delta.


@pytest.mark.parametrize("no_delta", [{}, {"delta": None}])
def test_q26_a_choice_without_a_delta_is_skipped_and_its_annotations_kept(no_delta: Shape) -> None:
    filtered: Shape = {"index": 0, "finish_reason": None, "content_filter_results": HARMLESS} | no_delta
    result, messages = folded(
        delta(content="Hel"), chunk(filtered, id="", model="", object=""), delta(content="lo"), finished()
    )
    assert said(messages) == [("assistant", "Hello")]
    assert result.extras == {"content_filter_results": HARMLESS}
    assert (result.outcome, result.diagnostics) == ("completed", ())


@pytest.mark.parametrize("no_delta", [{}, {"delta": None}])
def test_q26_a_finish_without_a_delta_counts(no_delta: Shape) -> None:
    result, _ = folded(delta(content="Hello"), chunk({"index": 0, "finish_reason": "stop"} | no_delta))
    assert (result.finish_reason, result.outcome) == ("stop", "completed")


def test_q26_the_annotations_of_several_chunks_are_all_kept() -> None:
    code = {"protected_material_code": {"filtered": False, "detected": True}}
    result, _ = folded(
        delta(content="Hello"),
        chunk({"index": 0, "finish_reason": None, "content_filter_results": HARMLESS}),
        chunk({"index": 0, "finish_reason": None, "content_filter_results": code}),
        chunk(choice(finish_reason="stop") | {"content_filter_results": {}}),
    )
    assert result.extras == {"content_filter_results": {**HARMLESS, **code}}


# Q27: null.


@pytest.mark.parametrize("nothing", [chunk() | {"choices": None}, {"choices": None}, chunk(None), chunk()])
def test_q27_null_choices_are_skipped(nothing: Shape) -> None:
    result, messages = folded(delta(content="Hel"), nothing, delta(content="lo"), nothing, finished(), DONE)
    assert said(messages) == [("assistant", "Hello")]
    assert (result.outcome, result.chunks) == ("completed", 5)


def test_q27_a_null_in_place_of_a_chunk_is_skipped_and_noted() -> None:
    result, messages = folded_chunks(
        map(wire.decoder("chat"), [delta(content="Hel"), None, delta(content="lo"), finished()])
    )
    assert said(messages) == [("assistant", "Hello")]
    assert result.outcome == "completed"
    assert len(noted(result, "undecodable")) == 1
    result, messages = folded_bytes(sse(delta(content="Hel"), "null", delta(content="lo"), finished()))
    assert said(messages) == [("assistant", "Hello")]
    assert len(noted(result, "undecodable")) == 1


def test_q27_usage_counts_where_choices_are_null() -> None:
    result, _ = folded(delta(content="Hello"), finished(), usage(**COUNTS) | {"choices": None})
    assert result.usage.total_tokens == 16


# Q28: the role.


@pytest.mark.parametrize(
    "roles", [("assistant",) * 3, (None,) * 3, ("",) * 3, ("assistant", None, ""), ("", "tool", 5)]
)
def test_q28_the_role_says_nothing(roles: tuple[Any, ...]) -> None:
    plain = folded(*(delta(content=piece) for piece in ("a", "b", "c")), finished())
    frames = [delta(role=role, content=piece) for role, piece in zip(roles, "abc", strict=True)]
    assert folded(*frames, finished()) == plain


def test_q28_a_role_alone_is_no_message() -> None:
    result, messages = folded(delta(role="assistant"), delta(role="assistant", content=""), finished())
    assert (messages, result.content, result.outcome) == ((), (), "completed")


# Q29: the id changes.


def test_q29_another_chunk_id_is_no_other_message() -> None:
    result, messages = folded(
        *(delta(content=piece) | {"id": f"chatcmpl-{at}"} for at, piece in enumerate(("One ", "and ", "the same"))),
        finished() | {"id": "stub"},
    )
    assert said(messages) == [("assistant", "One and the same")]
    assert len({(message.id, message.otid) for message in messages}) == 1
    assert result.provider_id == "chatcmpl-0"


def test_q29_another_chunk_id_is_no_other_call() -> None:
    result, _ = folded(
        calls(call(index=0, id="a", name="find", arguments='{"q":')) | {"id": "chatcmpl-1"},
        calls(call(index=0, arguments="1}")) | {"id": "chatcmpl-2"},
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":1}')]


# Q30: the choice's index grows.


def numbered_anew(index: int, finish_reason: str | None = None, **members: Any) -> Shape:
    """A chunk as Foundry Local sends it: its choice's index counts up, and `message` repeats the delta."""
    return chunk(choice(index, finish_reason, **members) | {"message": {"role": "assistant", **members}})


def test_q30_without_a_choice_every_choice_is_the_one() -> None:
    pieces = ("Owls ", "see ", "in ", "the dark.")
    frames = [numbered_anew(197 + at, content=piece) for at, piece in enumerate(pieces)]
    result, messages = folded(*frames, numbered_anew(201, "stop", content=""), DONE, choice=None)
    assert said(messages) == [("assistant", "Owls see in the dark.")]
    assert (result.text, result.finish_reason, result.diagnostics) == ("Owls see in the dark.", "stop", ())


def test_q30_without_a_choice_calls_go_on_over_choices() -> None:
    result, _ = folded(
        numbered_anew(3, tool_calls=[call(index=0, id="a", name="find", arguments='{"q":')]),
        numbered_anew(4, tool_calls=[call(index=0, arguments="1}")]),
        numbered_anew(5, "tool_calls"),
        choice=None,
    )
    assert made(result) == [("a", "find", '{"q":1}')]
    assert result.tool_calls[0].complete


def test_q30_it_must_be_asked_for() -> None:
    result, _ = folded(numbered_anew(0, content="Owls "), numbered_anew(1, content="see."), DONE)
    assert result.text == "Owls "
    assert [note.detail for note in noted(result, "ignored")] == ["choice 1"]


# Q31: n > 1.


@pytest.mark.parametrize(("wanted", "text", "reason"), [(0, "AB", "stop"), (1, "ab", "length"), (2, "", None)])
def test_q31_one_choice_of_several_is_folded(wanted: int, text: str, reason: str | None) -> None:
    result, messages = folded(
        chunk(choice(0, content="A"), choice(1, content="a")),
        chunk(choice(1, content="b")),
        chunk(choice(0, content="B")),
        chunk(choice(1, "length")),
        chunk(choice(0, "stop")),
        usage(**COUNTS),
        DONE,
        choice=wanted,
    )
    assert (result.text, channels(messages)["text"], result.finish_reason) == (text, text, reason)
    assert (result.usage.total_tokens, result.outcome) == (16, "completed")


@pytest.mark.parametrize(("wanted", "text"), [(0, '{"q":"owls"}'), (1, '{"q":"rooks"}')])
def test_q31_the_calls_of_other_choices_are_left_out(wanted: int, text: str) -> None:
    result, _ = folded(
        chunk(
            choice(0, tool_calls=[call(index=0, id="a", name="find", arguments='{"q":')]),
            choice(1, tool_calls=[call(index=0, id="b", name="find", arguments='{"q":')]),
        ),
        chunk(
            choice(1, "tool_calls", tool_calls=[call(index=0, arguments='"rooks"}')]),
            choice(0, "tool_calls", tool_calls=[call(index=0, arguments='"owls"}')]),
        ),
        choice=wanted,
    )
    assert made(result) == [("ab"[wanted], "find", text)]


def test_q31_a_choice_whose_end_did_not_come_is_truncated() -> None:
    result, _ = folded(chunk(choice(0, content="A"), choice(1, content="a")), chunk(choice(1, "stop")))
    assert (result.outcome, result.finish_reason) == ("truncated", None)


# Q32, Q33, Q34: where usage stands.


def test_q32_usage_in_each_chunk_is_replaced_and_never_added() -> None:
    frames = [
        delta(content=piece) | {"usage": {"prompt_tokens": 11, "completion_tokens": at, "total_tokens": 11 + at}}
        for at, piece in enumerate("abcd", 1)
    ]
    result, _ = folded(*frames, finished() | {"usage": COUNTS})
    assert result.usage.raw == COUNTS
    counts = (result.usage.input_tokens, result.usage.output_tokens, result.usage.total_tokens, result.usage.source)
    assert counts == (11, 5, 16, "reported")


def test_q32_a_cancelled_stream_has_the_usage_so_far() -> None:
    partial = {"prompt_tokens": 11, "completion_tokens": 1}
    result, _ = folded(delta(content="a") | {"usage": partial}, delta(content="b"), end=Cancelled())
    assert (result.usage.output_tokens, result.usage.total_tokens, result.usage.source) == (1, None, "reported")


@pytest.mark.parametrize("later", [{"usage": None}, {}, {"usage": {}}])
def test_q33_the_last_usage_that_is_not_null_counts(later: Shape) -> None:
    moderation = chunk(moderation={"input": {"type": "moderation_results", "results": []}})
    result, _ = folded(
        delta(content="Hello") | {"usage": None},
        finished() | {"usage": None},
        usage(**COUNTS),
        moderation | later,
        DONE,
    )
    assert result.usage.raw == COUNTS
    assert result.usage.source == "reported"


def test_q33_usage_that_is_always_null_is_not_reported() -> None:
    result, _ = folded(delta(content="Hello") | {"usage": None}, finished() | {"usage": None}, DONE)
    assert result.usage.source == "unknown"
    assert (result.usage.input_tokens, result.usage.output_tokens, result.usage.raw) == (None, None, None)


def test_q34_usage_may_come_with_the_finish_or_with_the_last_text() -> None:
    for frames in (
        [delta(content="Hello"), finished() | {"usage": COUNTS}],
        [finished(content="Hello") | {"usage": COUNTS}],
        [delta(content="Hello"), finished(), usage(**COUNTS)],
    ):
        result, _ = folded(*frames, DONE)
        assert (result.text, result.usage.raw, result.finish_reason) == ("Hello", COUNTS, "stop")


# Q35: what usage holds.


@pytest.mark.parametrize(
    ("extra", "cached", "written", "reasoning"),
    [
        ({"prompt_tokens_details": {"cached_tokens": 8}}, 8, None, None),
        ({"prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 3}, "cost": 0.00031}, 0, 3, None),
        ({"prompt_tokens_details": None, "completion_tokens_details": None}, None, None, None),
        ({"prompt_tokens_details": {"cached_tokens": None, "audio_tokens": 0}}, None, None, None),
        ({"completion_tokens_details": {"reasoning_tokens": 4, "image_tokens": 0}}, None, None, 4),
        ({"completion_tokens_details": {"reasoning_tokens": 0}}, None, None, 0),
        ({"cached_tokens": 8}, 8, None, None),
        ({"cached_tokens": 8, "prompt_tokens_details": {"cached_tokens": None}}, 8, None, None),
        ({"prompt_cache_hit_tokens": 8, "prompt_cache_miss_tokens": 3}, 8, None, None),
        ({"cache_read_input_tokens": 8, "cache_creation_input_tokens": 2}, 8, 2, None),
        ({"cost": 0.0076, "cost_details": {"upstream_inference_cost": None}, "is_byok": False}, None, None, None),
        ({}, None, None, None),
    ],
)
def test_q35_extras_are_read_and_kept_raw(
    extra: Shape, cached: int | None, written: int | None, reasoning: int | None
) -> None:
    result, _ = folded(delta(content="Hello"), finished(), usage(**COUNTS, **extra), DONE)
    counts = result.usage
    assert (counts.input_tokens, counts.output_tokens, counts.total_tokens) == (11, 5, 16)
    assert (counts.cached_tokens, counts.cache_write_tokens, counts.reasoning_tokens) == (cached, written, reasoning)
    assert counts.raw == COUNTS | extra


def test_q35_null_is_not_0() -> None:
    nulls = {"prompt_tokens": None, "completion_tokens": 0, "total_tokens": None, "cost": 0}
    result, _ = folded(delta(content="Hello"), finished(), usage(**nulls))
    counts = (result.usage.input_tokens, result.usage.output_tokens, result.usage.total_tokens)
    assert counts == (None, 0, None)
    assert result.usage.raw == nulls


@pytest.mark.parametrize("beside", [{}, {"usage": None}])
def test_q35_usage_may_stand_in_x_groq_alone(beside: Shape) -> None:
    counts = {"queue_time": 0.2, **COUNTS, "completion_tokens_details": {"reasoning_tokens": 2}}
    result, _ = folded(
        delta(role="assistant", content="") | {"x_groq": {"id": "req_1", "seed": 4}},
        delta(content="Hello"),
        finished() | {"x_groq": {"id": "req_1", "usage": counts}} | beside,
        DONE,
    )
    assert (result.usage.input_tokens, result.usage.reasoning_tokens, result.usage.source) == (11, 2, "reported")
    assert result.usage.raw == counts


def test_q35_usage_beside_x_groq_counts_first() -> None:
    result, _ = folded(finished(content="Hello") | {"usage": COUNTS, "x_groq": {"usage": {"prompt_tokens": 1}}})
    assert result.usage.raw == COUNTS


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


def test_q40_the_rest_of_a_call_may_come_with_the_finish_or_after_it() -> None:
    for last in (
        [finished("tool_calls", tool_calls=[call(index=0, arguments="1}")])],
        [finished("tool_calls"), calls(call(index=0, arguments="1}")), DONE],
    ):
        result, _ = folded(calls(call(index=0, id="a", name="find", arguments='{"q":')), *last)
        assert made(result) == [("a", "find", '{"q":1}')]
        assert result.tool_calls[0].complete


# Q41: an error in the stream.

FAULT = {"code": 502, "message": "the upstream broke off"}


def test_q41_an_error_in_a_chunk_ends_the_stream_and_keeps_what_came() -> None:
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


# Q42: what is no chunk.


def test_q42_comments_and_empty_data_are_skipped() -> None:
    hel, lo, end = (sse(frame) for frame in (delta(content="Hel"), delta(content="lo"), finished()))
    plain = folded_bytes(hel + lo + end + sse(DONE))
    noisy = b"".join(
        [b": WAKING UP\n\n", b":\n\n", hel, b"data:\n\n", b"data: \n\n", b": still here\n", lo, b"data\n\n", b"\n\n"]
    )
    assert folded_bytes(noisy + end + b"data: \n\ndata: [DONE]\n\n") == plain
    assert folded_bytes((noisy + end + sse(DONE)).replace(b"\n", b"\r\n")) == plain
    assert plain[0].diagnostics == ()


def test_q42_a_comment_between_the_lines_of_one_frame_is_skipped() -> None:
    frame = json.dumps(delta(content="Hello"), indent=1).splitlines()
    body = b"".join(b"data: " + line.encode() + b"\n: keepalive\n" for line in frame) + b"\n"
    result, _ = folded_bytes(body + sse(finished()))
    assert (result.text, result.diagnostics) == ("Hello", ())


@pytest.mark.parametrize(
    "broken",
    [
        b'data: {"choices":[{"index":0,"delta":{"content":"lo\n: keepalive\nst"}}]}\n\n',
        b'data: {"choices":[{"index":0,"delta":{"content":"lost\xff"}}]}\n\n',
        b'data: {"choices":[{"index":0,\n\n',
        b"data: keepalive\n\n",
        b"data: <html>\n\n",
        b"data: 7\n\n",
        b"data: []\n\n",
        b'data: {"keepalive":true}\n\n',
    ],
)
def test_q42_bad_json_is_noted_and_the_rest_goes_on(broken: bytes) -> None:
    result, messages = folded_bytes(sse(delta(content="Hel")) + broken + sse(delta(content="lo"), finished(), DONE))
    assert said(messages) == [("assistant", "Hello")]
    assert (result.outcome, result.chunks) == ("completed", 4)
    (note,) = noted(result, "undecodable")
    assert "frame 2" in note.detail


# Q43: content in parts.


def thinking(*texts: str) -> Shape:
    """A part of content that is reasoning, as Mistral sends it."""
    return {"type": "thinking", "thinking": [{"type": "text", "text": text} for text in texts]}


def test_q43_a_list_of_parts_is_split_into_reasoning_and_text() -> None:
    result, messages = folded(
        delta(role="assistant", content=""),
        delta(content=[thinking("Owls")]),
        delta(content=[thinking(" or", " rooks?")]),
        delta(content=[{"type": "text", "text": "Ow"}]),
        delta(content="ls."),
        finished(content=""),
    )
    assert said(messages) == [("reasoning", "Owls or rooks?"), ("assistant", "Owls.")]
    assert result.content == (ReasoningPart("Owls or rooks?"), TextPart("Owls."))
    assert result.diagnostics == ()


def test_q43_the_parts_keep_their_order() -> None:
    parts = [thinking("Hm. "), {"type": "text", "text": "One"}, thinking("And? "), {"type": "text", "text": ", two"}]
    result, messages = folded(delta(content=parts), finished())
    assert said(messages) == [
        ("reasoning", "Hm. "),
        ("assistant", "One"),
        ("reasoning", "And? "),
        ("assistant", ", two"),
    ]
    assert (result.text, result.reasoning) == ("One, two", "Hm. And? ")


def test_q43_the_finish_and_calls_beside_a_list_count() -> None:
    entries = [call(id="a", name="find", arguments='{"q":1}')]
    result, _ = folded(finished("tool_calls", content=[thinking("Hm.")], tool_calls=entries))
    assert (result.reasoning, made(result), result.finish_reason) == ("Hm.", [("a", "find", '{"q":1}')], "tool_calls")


@pytest.mark.parametrize("odd", [[], [None], [{"type": "reference", "reference_ids": [1]}], [7], [{"type": "text"}]])
def test_q43_a_part_of_another_kind_is_left_out_and_noted(odd: Any) -> None:
    result, messages = folded(delta(content="Owls"), delta(content=odd), finished())
    assert said(messages) == [("assistant", "Owls")]
    assert bool(noted(result, "repaired")) == bool(odd)


# Q44, Q45: reasoning under several names, and its details.


def detail(text: str, index: int = 0, kind: str = "text", **members: Any) -> Shape:
    """One fragment of `reasoning_details`, as OpenRouter sends it."""
    return {"type": f"reasoning.{kind}", kind: text, "format": None, "index": index, **members}


@pytest.mark.parametrize(
    "named",
    [
        lambda text: {"reasoning_content": text},
        lambda text: {"reasoning": text},
        lambda text: {"reasoning_text": text},
        lambda text: {"reasoning_content": None, "reasoning": text},
        lambda text: {"reasoning_content": "", "reasoning": text},
        lambda text: {"reasoning_content": text, "reasoning": text},
        lambda text: {"reasoning": text, "reasoning_details": [detail(text)]},
        lambda text: {"reasoning_content": text, "reasoning": text, "reasoning_details": [detail(text)]},
        lambda text: {"reasoning_details": [detail(text)]},
        lambda text: {"reasoning": None, "reasoning_details": [detail(text, kind="summary")]},
        lambda text: {"reasoning": "", "reasoning_details": [detail(text[:1]), detail(text[1:])]},
    ],
)
def test_q44_reasoning_is_said_once_whatever_it_is_called(named: Any) -> None:
    result, messages = folded(
        delta(content="", **named("Owls ")),
        delta(content=None, **named("or rooks?")),
        delta(content="Owls."),
        finished(),
    )
    assert said(messages) == [("reasoning", "Owls or rooks?"), ("assistant", "Owls.")]
    assert (result.reasoning, result.text) == ("Owls or rooks?", "Owls.")
    texts = [part.get("text", part.get("summary")) for part in result.reasoning_details]
    assert texts == (["Owls or rooks?"] if "reasoning_details" in named("x") else [])


@pytest.mark.parametrize("nothing", [None, [], [None], [detail("")], {}, "odd", [7]])
def test_q44_empty_details_say_nothing(nothing: Any) -> None:
    result, messages = folded(delta(content="Owls", reasoning=None, reasoning_details=nothing), finished())
    assert said(messages) == [("assistant", "Owls")]
    assert result.reasoning == ""


def test_q45_fragments_of_a_type_and_index_are_merged_and_the_signature_comes_last() -> None:
    result, messages = folded(
        delta(reasoning=None, reasoning_details=[detail("", signature="", format="a-v1")]),
        delta(reasoning="Owls ", reasoning_details=[detail("Owls ", format="a-v1")]),
        delta(reasoning="see.", reasoning_details=[detail("see.", format="a-v1")]),
        delta(reasoning=None, reasoning_details=[{"type": "reasoning.text", "index": 0, "signature": "c2ln"}]),
        delta(content="Yes."),
        finished(),
    )
    expected = {"type": "reasoning.text", "text": "Owls see.", "format": "a-v1", "index": 0, "signature": "c2ln"}
    assert result.reasoning_details == (expected,)
    assert result.content == (ReasoningPart("Owls see.", signature="c2ln"), TextPart("Yes."))
    assert channels(messages)["reasoning"] == "Owls see."


def test_q45_other_types_and_indices_are_other_details() -> None:
    result, _ = folded(
        delta(reasoning="a", reasoning_details=[detail("a", 0), detail("B", 1, "summary")]),
        delta(reasoning="a", reasoning_details=[detail("C", 1, "data", type="reasoning.encrypted", id="rs_1")]),
        delta(reasoning="a", reasoning_details=[detail("b", 1, "summary"), detail("A", 0)]),
        finished(),
    )
    assert [(part["type"], part["index"]) for part in result.reasoning_details] == [
        ("reasoning.text", 0),
        ("reasoning.summary", 1),
        ("reasoning.encrypted", 1),
    ]
    assert [part.get("text") or part.get("summary") or part.get("data") for part in result.reasoning_details] == [
        "aA",
        "Bb",
        "C",
    ]


# Q46: think tags.


def tagged(*pieces: str, tags: Any = True, end: Any = None) -> tuple[str, str, list[tuple[str, str]]]:
    """Text, reasoning, and the runs of content that comes in these pieces."""
    frames = [delta(content=piece) for piece in pieces]
    result, messages = folded(*frames, *([] if end else [finished()]), end=end, think_tags=tags)
    return result.text, result.reasoning, [run for run in said(messages) if run[0] != "stop_reason"]


def test_q46_tags_are_text_unless_they_are_asked_for() -> None:
    assert tagged("<think>Hm.</think>", "Owls.", tags=False)[:2] == ("<think>Hm.</think>Owls.", "")


@pytest.mark.parametrize(
    "text", ["<think>Hm. 1<2?</think>Owls.", "\n<think>\nHm.\n</think>\n\nOwls < rooks", "<think></think>A"]
)
def test_q46_a_tag_may_be_cut_anywhere(text: str) -> None:
    before, _, rest = text.partition("<think>")
    inside, _, after = rest.partition("</think>")
    whole = tagged(text)
    assert whole[:2] == (before + after, inside)
    assert tagged(*text) == whole
    for at in range(1, len(text)):
        assert tagged(text[:at], text[at:]) == whole


@pytest.mark.parametrize(
    "text",
    ["Owls <think>Hm.</think> see", "a</think>b", "</think>b", "<thinking>Hm.</thinking>", "<b>", "< think>", "\n\n"],
)
def test_q46_only_what_the_content_begins_with_is_a_tag(text: str) -> None:
    assert tagged(text)[:2] == tagged(*text)[:2] == (text, "")


def test_q46_a_second_block_is_text() -> None:
    text = "<think>Hm.</think>Owls <think>see</think>."
    assert (
        tagged(text)
        == tagged(*text)
        == (
            "Owls <think>see</think>.",
            "Hm.",
            [("reasoning", "Hm."), ("assistant", "Owls <think>see</think>.")],
        )
    )


@pytest.mark.parametrize("text", ["Hm. So</think>Owls.", "<think>Hm. So</think>Owls."])
def test_q46_an_orphan_closing_tag_closes_what_the_template_opened(text: str) -> None:
    whole = ("Owls.", "Hm. So", [("reasoning", "Hm. So"), ("assistant", "Owls.")])
    assert tagged(text, tags="opened") == tagged(*text, tags="opened") == whole


@pytest.mark.parametrize("end", [None, Ended(), Cancelled(), Failed("gone")])
@pytest.mark.parametrize(
    ("text", "answer", "reasoning"),
    [
        ("<thi", "<thi", ""),
        ("  ", "  ", ""),
        ("<think>Hm.</thi", "", "Hm.</thi"),
        ("<think>", "", ""),
        ("<think>Hm<", "", "Hm<"),
    ],
)
def test_q46_what_is_held_is_said_at_the_end(text: str, answer: str, reasoning: str, end: Any) -> None:
    assert tagged(text, end=end)[:2] == tagged(*text, end=end)[:2] == (answer, reasoning)


@pytest.mark.parametrize("spaces", [1, 63, 64, 65, 200])
def test_q46_white_space_before_the_tag_makes_no_difference_to_cuts(spaces: int) -> None:
    text = " " * spaces + "<think>Hm.</think>Owls."
    assert tagged(text) == tagged(*text)


def test_q46_what_is_held_is_said_before_an_error() -> None:
    result, messages = folded(delta(content="<think>Hm.</th"), chunk(error=FAULT), think_tags=True)
    assert said(messages) == [("reasoning", "Hm.</th"), ("stop_reason", "")]
    assert result.reasoning == "Hm.</th"


# Q47: refusal.


def test_q47_a_refusal_has_its_own_channel() -> None:
    result, messages = folded(
        delta(role="assistant", content=None, refusal="I won"),
        delta(refusal="'t help "),
        delta(content="", refusal="with that."),
        finished(refusal=""),
    )
    assert said(messages) == [("refusal", "I won't help with that.")]
    assert result.content == (RefusalPart("I won't help with that."),)
    assert (result.refusal, result.text, result.outcome) == ("I won't help with that.", "", "completed")


def test_q47_a_refusal_beside_text_is_no_text() -> None:
    result, messages = folded(delta(content="Well, ", refusal=None), delta(refusal="no."), finished())
    assert (result.text, result.refusal) == ("Well, ", "no.")
    assert said(messages) == [("assistant", "Well, "), ("refusal", "no.")]


# Q48: annotations.


def citation(url: str, **members: Any) -> Shape:
    """A citation, as OpenRouter sends it: without an index."""
    return {
        "type": "url_citation",
        "url_citation": {"url": url, "title": "Owls", "start_index": 0, "end_index": 0},
        **members,
    }


@pytest.mark.parametrize("members", [{}, {"index": 0}])
def test_q48_annotations_are_appended(members: Shape) -> None:
    one, two, three = (citation(f"https://owls.example/{at}", **members) for at in range(3))
    result, messages = folded(
        delta(content="", annotations=[one, two]),
        delta(content="Owls."),
        delta(content="", annotations=[three]),
        finished(),
    )
    assert result.content == (TextPart("Owls.", (one, two, three)),)
    notes = [message.annotation for message in messages if message.message_type == "annotation_message"]
    assert notes == [one, two, three]
    assert [run[0] for run in said(messages)] == ["annotation", "assistant", "annotation"]


@pytest.mark.parametrize("nothing", [None, [], {}, "odd"])
def test_q48_no_annotations_are_none(nothing: Any) -> None:
    result, messages = folded(delta(content="Owls.", annotations=nothing), finished())
    assert (result.content, len(messages)) == ((TextPart("Owls."),), 1)


# Q49: unknown keys.


def test_q49_unknown_keys_change_nothing() -> None:
    around = {
        "service_tier": "",
        "system_fingerprint": None,
        "obfuscation": "x7",
        "provider": "P",
        "kv": {"a": [1, {}]},
    }
    beside = {"token_ids": [1, 2], "native_finish_reason": None, "stop_reason": 7, "matched_stop": None, "logprobs": {}}
    inside = {"channel": "analysis", "audio": None, "tool_plan": "x", "citations": None, "function_call": None}
    plain = folded(delta(content="Owls"), calls(call(index=0, id="a", name="find", arguments="{}")), finished(), DONE)
    odd = folded(
        chunk(choice(content="Owls", **inside) | beside) | around,
        chunk(choice(tool_calls=[call(index=0, id="a", name="find", arguments="{}", kind=3)], **inside) | beside)
        | around,
        chunk(choice(finish_reason="stop", **inside) | beside) | around,
        DONE,
    )
    assert odd == plain
    assert odd[0].diagnostics == ()


def test_q49_another_object_name_is_a_chunk_all_the_same() -> None:
    last = chunk(choice(finish_reason="stop", content="") | {"message": {"role": "assistant", "content": "Owls see."}})
    result, messages = folded(
        delta(content="Owls ") | {"object": "chat.completion.chunk"},
        delta(content="see.") | {"object": ""},
        last | {"object": "chat.completion.done", "usage": COUNTS, "citations": ["https://owls.example"]},
    )
    assert said(messages) == [("assistant", "Owls see.")]
    assert (result.finish_reason, result.usage.total_tokens) == ("stop", 16)
    assert result.extras == {"citations": ("https://owls.example",)}


def test_q49_tools_that_the_provider_ran_are_told() -> None:
    begun = {"index": 0, "type": "search", "arguments": '{"query": "owls"}', "output": None}
    done = begun | {"output": "Owls: a bird", "search_results": {"count": 0}}
    result, messages = folded(
        delta(reasoning="Hm.", executed_tools=[begun]), delta(executed_tools=[done]), delta(content="Owls."), finished()
    )
    assert result.content == (ReasoningPart("Hm."), TextPart("Owls."), ServerToolPart(done))
    tools = [message for message in messages if message.message_type == "server_tool_message"]
    assert [(tool.tool, tool.status, tool.item) for tool in tools] == [
        ("search", "in_progress", begun),
        ("search", "completed", done),
    ]


@pytest.mark.parametrize(
    "odd",
    [
        {"id": 7},
        {"model": None},
        {"model": ["m"]},
        {"created": "yesterday"},
        {"choices": [{"index": "0", "delta": {"content": "Owls"}, "finish_reason": None}]},
        {"choices": [{"index": 0.0, "delta": {"content": "Owls"}, "finish_reason": {}}]},
        {"choices": [{"index": None, "delta": {"content": "Owls", "refusal": [], "tool_calls": {}}}]},
        {"choices": [{"delta": {"content": "Owls"}}]},
        {"choices": {"index": 0}, "usage": [1]},
        {"x_groq": "x", "citations": 5, "prompt_filter_results": {}},
        {"usage": "none"},
    ],
)
def test_q49_members_of_odd_types_lose_no_text(odd: Shape) -> None:
    body = delta(content="Owls") | odd
    frames = [body] if isinstance(body["choices"], list) else [body, delta(content="Owls")]
    result, messages = folded(*frames, finished("stop"), DONE)
    assert said(messages) == [("assistant", "Owls")]
    assert (result.finish_reason, result.outcome) == ("stop", "completed")
    assert noted(result, "undecodable") == []


def test_q49_hidden_reasoning_is_announced_whatever_else_comes() -> None:
    result, messages = folded(chunk(obfuscation="x"), delta(content="Owls"), finished(), model="gpt-5-mini")
    assert said(messages) == [("hidden_reasoning", ""), ("assistant", "Owls")]
    assert result.content == (OmittedReasoningPart(), TextPart("Owls"))

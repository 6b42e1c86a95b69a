import pickle
from typing import Any

import attrs
import pytest
from streamfold.reducer.diagnostics import Diagnostic
from streamfold.reducer.doubts import Doubt, Doubted
from streamfold.reducer.result import (
    OmittedReasoningPart,
    ReasoningPart,
    RefusalPart,
    Result,
    ServerToolPart,
    StreamFailed,
    SummarizedReasoningPart,
    SummaryPart,
    TextPart,
    ToolCall,
)
from streamfold.reducer.stream_error import StreamError
from streamfold.reducer.usage import Usage
from support.adapters.results import result_of


def test_the_parts_of_each_kind_are_joined() -> None:
    result = result_of(
        content=(
            TextPart("Hel"),
            ReasoningPart("Hm"),
            RefusalPart("I can"),
            ServerToolPart({"type": "web_search_call"}),
            TextPart("lo"),
            ReasoningPart(", well"),
            OmittedReasoningPart(),
            RefusalPart("not"),
        )
    )
    assert (result.text, result.reasoning, result.refusal) == ("Hello", "Hm, well", "I cannot")


def test_a_blank_line_stands_between_the_parts_of_a_summary() -> None:
    summary = SummarizedReasoningPart("rs_1", (SummaryPart(0, "one"), SummaryPart(1, "two")))
    assert result_of(content=(summary,)).reasoning == "one\n\ntwo"
    assert result_of(content=(summary, ReasoningPart("three"), summary)).reasoning == "one\n\ntwothreeone\n\ntwo"


OMITTED = OmittedReasoningPart()
ANSWERS = [TextPart("x"), RefusalPart("x"), ServerToolPart({"type": "web_search_call"})]
THOUGHTS = [
    ReasoningPart("x"),
    SummarizedReasoningPart("rs", (SummaryPart(0, "x"),)),
    SummarizedReasoningPart("rs", (), "x"),
]
NOTHINGS = [OMITTED, TextPart(), ReasoningPart(), RefusalPart(), SummarizedReasoningPart("rs")]


@pytest.mark.parametrize("outcome", ["open", "completed", "truncated", "cancelled", "failed"])
def test_an_answer_without_anything_for_a_user_is_empty_once_over(outcome: Any) -> None:
    over = outcome != "open"
    for parts in ((), *((part,) for part in (*NOTHINGS, *THOUGHTS))):
        assert result_of(content=parts, outcome=outcome).is_empty is over
    for part in ANSWERS:
        assert not result_of(content=(OMITTED, part), outcome=outcome).is_empty
    assert not result_of(tool_calls=(ToolCall("call_1", "go", "{}"),), outcome=outcome).is_empty


def test_nothing_is_said_until_some_part_or_call_came() -> None:
    assert Result().nothing_said
    assert result_of(content=tuple(NOTHINGS)).nothing_said
    for part in (*ANSWERS, *THOUGHTS):
        assert not result_of(content=(OMITTED, part)).nothing_said
    assert not result_of(tool_calls=(ToolCall("call_1", "", ""),)).nothing_said


def test_thoughts_are_a_text_of_their_own() -> None:
    result = result_of(content=(TextPart("Hm", is_thoughts=True), TextPart("Yes")))
    assert (result.thoughts, result.text) == ("Hm", "HmYes")
    assert result_of(content=(TextPart("Yes"), ReasoningPart("Hm"))).thoughts == ""


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (TextPart(), "text"),
        (ReasoningPart(), "reasoning"),
        (OmittedReasoningPart(), "omitted_reasoning"),
        (SummarizedReasoningPart(), "summarized_reasoning"),
        (RefusalPart(), "refusal"),
        (ServerToolPart(), "server_tool"),
    ],
)
def test_each_part_says_its_type(part: Any, kind: str) -> None:
    assert part.type == kind


def test_nothing_is_said_until_it_comes() -> None:
    result = Result()
    assert (result.text, result.reasoning, result.refusal, result.outcome) == ("", "", "", "open")
    nothing = (result.model, result.provider_id, result.finish_reason, result.error)
    assert nothing == (None, None, None, None)
    assert (result.content, result.tool_calls, result.finish_reasons, result.diagnostics) == ((), (), (), ())
    assert (result.chunks, result.reasoning_details, result.extras) == (0, (), {})


def test_a_count_that_is_not_reported_is_none() -> None:
    usage = attrs.asdict(Usage())
    assert usage.pop("source") == "unknown"
    assert set(usage.values()) == {None}


def test_a_call_is_an_open_function_s_unless_it_says_otherwise() -> None:
    call = ToolCall("call_1", "go", "{}", (Doubted(Doubt.CUT_OFF, "the wire has not closed it"),))
    assert (call.kind, call.closed, call.aliases, call.extras) == ("function", False, (), {})


def test_an_error_needs_words_alone() -> None:
    error = StreamError("boom")
    assert (error.message, error.code, error.raw) == ("boom", None, None)


LEAST: dict[type, tuple[dict[str, Any], dict[str, Any]]] = {
    TextPart: ({}, {"text": "", "annotations": (), "phase": None, "is_thoughts": False}),
    ReasoningPart: ({}, {"reasoning": "", "is_native": True, "signature": None, "member": None}),
    OmittedReasoningPart: ({}, {}),
    SummarizedReasoningPart: ({}, {"id": "", "summary": (), "encrypted_content": None}),
    RefusalPart: ({}, {"refusal": ""}),
    ServerToolPart: ({}, {"item": None}),
    ToolCall: (
        {"id": "call_1", "name": "go", "arguments": "{}"},
        {"doubts": (), "kind": "function", "closed": False, "aliases": (), "extras": {}, "needs_approval": False},
    ),
    Usage: (
        {},
        dict.fromkeys(("input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens"))
        | {"reasoning_tokens": None, "total_tokens": None, "source": "unknown", "raw": None},
    ),
    Diagnostic: ({"kind": "ignored", "detail": "x"}, {"count": 1, "where": ""}),
    StreamError: ({"message": "boom"}, {"code": None, "raw": None, "category": "unknown"}),
    Result: (
        {},
        dict.fromkeys(("model", "provider_id", "finish_reason", "error"))
        | dict.fromkeys(("output", "finish_reasons", "diagnostics", "reasoning_details"), ())
        | {"usage": Usage(), "outcome": "open", "chunks": 0, "extras": {}},
    ),
}


@pytest.mark.parametrize("kind", LEAST)
def test_what_is_not_said_is_nothing(kind: type) -> None:
    given, otherwise = LEAST[kind]
    made = attrs.asdict(kind(**given), recurse=False)
    assert made == given | otherwise


def test_each_kind_of_part_has_its_own_type() -> None:
    kinds = (TextPart, ReasoningPart, OmittedReasoningPart, SummarizedReasoningPart, RefusalPart, ServerToolPart)
    types = ["text", "reasoning", "omitted_reasoning", "summarized_reasoning", "refusal", "server_tool"]
    assert [kind.type for kind in kinds] == types


# Raising


def test_a_failed_result_raises_what_went_wrong() -> None:
    error = StreamError("slow down", "429", {"message": "slow down"}, "rate limit")
    result = Result(outcome="failed", error=error, model="m")
    with pytest.raises(StreamFailed) as raised:
        result.raise_for_error()
    assert raised.value.error is error
    assert raised.value.result is result
    assert str(raised.value) == "rate limit: slow down"


def test_a_failure_of_no_known_kind_raises_its_text() -> None:
    with pytest.raises(StreamFailed, match=r"^boom$"):
        Result(outcome="failed", error=StreamError("boom")).raise_for_error()


def test_a_failure_without_an_error_raises_too() -> None:
    with pytest.raises(StreamFailed, match=r"^the stream failed$") as raised:
        Result(outcome="failed").raise_for_error()
    assert raised.value.error == StreamError("the stream failed")


@pytest.mark.parametrize("outcome", ["open", "completed", "truncated", "cancelled"])
def test_what_did_not_fail_raises_nothing(outcome: Any) -> None:
    Result(outcome=outcome).raise_for_error()


def test_what_is_raised_can_be_pickled() -> None:
    error = StreamFailed(StreamError("boom", category="server"), Result(outcome="failed", model="m"))
    copied = pickle.loads(pickle.dumps(error))
    assert (str(copied), copied.error, copied.result) == ("server: boom", error.error, error.result)

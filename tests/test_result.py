from typing import Any

import attrs
import pytest
from streamfold.reducer.result import (
    OmittedReasoningPart,
    ReasoningPart,
    RefusalPart,
    Result,
    ServerToolPart,
    StreamError,
    SummarizedReasoningPart,
    SummaryPart,
    TextPart,
    ToolCall,
    Usage,
)


def test_the_parts_of_each_kind_are_joined() -> None:
    result = Result(
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


def test_a_blank_line_stands_between_the_parts_of_a_summary_and_nowhere_else() -> None:
    summary = SummarizedReasoningPart("rs_1", (SummaryPart(0, "one"), SummaryPart(1, "two")))
    assert Result(content=(summary,)).reasoning == "one\n\ntwo"
    assert Result(content=(summary, ReasoningPart("three"), summary)).reasoning == "one\n\ntwothreeone\n\ntwo"


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
    call = ToolCall("call_1", "go", "{}", False)
    assert (call.kind, call.closed, call.aliases, call.extras) == ("function", False, (), {})


def test_an_error_needs_words_alone() -> None:
    error = StreamError("boom")
    assert (error.message, error.code, error.raw) == ("boom", None, None)

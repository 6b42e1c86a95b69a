"""Results by hand: of parts and calls, each an item of its own."""

from collections.abc import Sequence
from typing import Any

from attrs import evolve
from streamfold.reducer.result import ContentPart, OutputItem, Result, ToolCall


def result_of(content: Sequence[ContentPart] = (), tool_calls: Sequence[ToolCall] = (), **more: Any) -> Result:
    """A result with these parts and these calls."""
    spoken = [OutputItem("message", parts=(part,)) for part in content]
    called = [OutputItem("function_call", call=call) for call in tool_calls]
    return Result(output=(*spoken, *called), **more)


def with_other(result: Result, **other: Any) -> Result:
    """A result with other parts or calls, or with another value of a field."""
    content, calls = other.pop("content", result.content), other.pop("tool_calls", result.tool_calls)
    return evolve(result, output=result_of(content, calls).output, **other)

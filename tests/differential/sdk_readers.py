"""The openai SDK's own accumulators as readers of decoded JSON, and what both sides say in the same terms."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from attrs import frozen
from openai import omit
from openai._models import construct_type
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent
from streamfold.reducer.otid import synthetic_call_id
from streamfold.reducer.result import Result, SummarizedReasoningPart, TextPart, ToolCall
from streamfold.reducer.usage import Usage
from support.law_checks import MESSAGE_ID

Json = dict[str, Any]
Counts = tuple[int | None, ...]


@frozen
class Said:
    """What a Chat Completions stream says of one choice, so far."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: tuple[tuple[str, str, str], ...] = ()
    finish_reason: str | None = None
    usage: Counts = ()
    model: str | None = None
    provider_id: str | None = None


def said_by_us(result: Result) -> Said:
    """Our result in these terms."""
    return Said(
        text=result.text,
        reasoning=result.reasoning,
        refusal=result.refusal,
        calls=tuple((_id_of(call), call.name, call.arguments) for call in result.tool_calls),
        finish_reason=result.finish_reason,
        usage=counts_of_ours(result.usage),
        model=result.model,
        provider_id=result.provider_id,
    )


def _id_of(call: ToolCall) -> str:
    """The id that a call came with; of two calls with one id, we give the second a synthetic one."""
    made_up = call.id in (synthetic_call_id(MESSAGE_ID, position) for position in range(64))
    return call.aliases[0] if made_up and call.aliases else call.id


def counts_of_ours(usage: Usage) -> Counts:
    """Our counts; none if nothing was reported."""
    if usage.source == "unknown":
        return ()
    return (usage.input_tokens, usage.output_tokens, usage.total_tokens, usage.cached_tokens, usage.reasoning_tokens)


class ChatReader:
    """The SDK's accumulator of Chat Completions chunks."""

    def __init__(self) -> None:
        self.state: ChatCompletionStreamState[Any] = ChatCompletionStreamState()

    def feed(self, chunk: Json) -> list[Any]:
        """The SDK's events for one more chunk."""
        made: Any = construct_type(type_=ChatCompletionChunk, value=chunk)
        return list(quietly(lambda: self.state.handle_chunk(made)))

    def said(self, choice: int = 0) -> Said:
        """What the SDK has of a choice."""
        snapshot = self.state.current_completion_snapshot
        made = [chosen for chosen in snapshot.choices if chosen.index == choice]
        message = made[0].message if made else None
        return Said(
            text=getattr(message, "content", None) or "",
            reasoning=getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None) or "",
            refusal=getattr(message, "refusal", None) or "",
            calls=tuple(
                (call.id, call.function.name, call.function.arguments)
                for call in getattr(message, "tool_calls", None) or ()
            ),
            finish_reason=made[0].finish_reason if made else None,
            usage=counts(snapshot.usage, "prompt_tokens", "completion_tokens"),
            model=snapshot.model,
            provider_id=snapshot.id,
        )


def read_chat(chunks: Iterable[Json]) -> ChatReader:
    """The SDK's accumulator after all these chunks."""
    reader = ChatReader()
    for chunk in chunks:
        reader.feed(chunk)
    return reader


class ResponseReader:
    """The SDK's accumulator of Responses events.

    Attributes:
        texts: the `snapshot` of each text part's last delta, by output index and content index.
        arguments: that of each function call's, by output index.
        final: the response of `response.completed`, as the SDK gives it out.
    """

    def __init__(self) -> None:
        self.state: ResponseStreamState[Any] = ResponseStreamState(input_tools=omit, text_format=omit)
        self.texts: dict[tuple[int, int], str] = {}
        self.arguments: dict[int, str] = {}
        self.final: Any = None

    def feed(self, event: Json) -> list[Any]:
        """The SDK's events for one more event."""
        made: Any = construct_type(type_=ResponseStreamEvent, value=event)
        found: list[Any] = quietly(lambda: self.state.handle_event(made))
        for out in found:
            if out.type == "response.output_text.delta":
                self.texts[out.output_index, out.content_index] = out.snapshot
            elif out.type == "response.function_call_arguments.delta":
                self.arguments[out.output_index] = out.snapshot
            elif out.type == "response.completed":
                self.final = out.response
        return found

    def snapshots(self) -> tuple[list[str], list[str]]:
        """The texts and the arguments so far, those that are empty left out, in order."""
        texts = [text for _, text in sorted(self.texts.items()) if text]
        return texts, [text for _, text in sorted(self.arguments.items()) if text]


def read_responses(events: Iterable[Json]) -> ResponseReader:
    """The SDK's accumulator after all these events."""
    reader = ResponseReader()
    for event in events:
        reader.feed(event)
    return reader


def snapshots_of_ours(result: Result) -> tuple[list[str], list[str]]:
    """Our texts and arguments of function calls, those that are empty left out, in order."""
    texts = [part.text for part in result.content if isinstance(part, TextPart) and part.text]
    return texts, [call.arguments for call in result.tool_calls if call.kind == "function" and call.arguments]


def final_of_theirs(response: Any) -> Json:
    """The SDK's final response, in plain terms."""
    calls: Iterator[Any] = (item for item in response.output if item.type in ("function_call", "custom_tool_call"))
    return {
        "text": response.output_text,
        "calls": [
            (call.call_id, call.name, call.arguments if call.type == "function_call" else call.input) for call in calls
        ],
        "summaries": [
            [part.text for part in item.summary]
            for item in response.output
            if item.type == "reasoning" and (item.summary or item.encrypted_content)
        ],
        "usage": counts(response.usage, "input_tokens", "output_tokens"),
        "model": response.model,
        "provider_id": response.id,
        "status": response.status,
    }


def final_of_ours(result: Result) -> Json:
    """Our result, in the same terms."""
    parts = (part for part in result.content if isinstance(part, SummarizedReasoningPart))
    return {
        "text": result.text,
        "calls": [(call.id, call.name, call.arguments) for call in result.tool_calls],
        "summaries": [
            [piece.text for piece in part.summary] for part in parts if part.summary or part.encrypted_content
        ],
        "usage": counts_of_ours(result.usage),
        "model": result.model,
        "provider_id": result.provider_id,
        "status": result.finish_reason,
    }


def quietly(run: Callable[[], Any]) -> Any:
    """The answer without pydantic's warnings: the SDK writes out objects that it has not validated."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Pydantic serializer warnings", UserWarning)
        return run()


def counts(usage: Any, given: str = "prompt_tokens", made: str = "completion_tokens") -> Counts:
    """A usage object's counts, the SDK's or decoded JSON; none if there is no usage."""
    if usage is None:
        return ()
    of_given, of_made = member(usage, f"{given}_details"), member(usage, f"{made}_details")
    reported = (member(usage, name) for name in (given, made, "total_tokens"))
    return (*reported, member(of_given, "cached_tokens"), member(of_made, "reasoning_tokens"))


def member(value: Any, name: str) -> Any:
    """A member of an object or of decoded JSON; None if there is none."""
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)

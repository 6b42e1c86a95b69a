"""The next request of a result, held to the openai SDK's own types of parameters and to a strict provider."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from openai.types.chat import ChatCompletionMessageParam
from openai.types.responses import ResponseInputItemParam
from pydantic import TypeAdapter
from streamfold.adapters.history import (
    ChatTurn,
    InputTurn,
    chat_message,
    input_items,
    mcp_approval,
    tool_message,
    tool_output_item,
)
from streamfold.reducer.result import Result
from support.adapters.strict_provider import StrictProvider

MESSAGES: TypeAdapter[Any] = TypeAdapter(list[ChatCompletionMessageParam])
ITEMS: TypeAdapter[Any] = TypeAdapter(list[ResponseInputItemParam])
ASKED = {"role": "user", "content": "And then?"}
OF_CONTENT = ("thinking", "reasoning")
"""Types of parts of content that are Mistral's and Databricks', and not the SDK's."""


def as_sent(body: Any) -> bytes:
    """JSON as httpx writes it for the openai client."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()


def exhaust(validated: Any) -> None:
    """Read it all: pydantic validates the entries of an `Iterable` as they are read."""
    if isinstance(validated, Mapping):
        validated = validated.values()
    if isinstance(validated, Iterable) and not isinstance(validated, (str, bytes)):
        for entry in validated:
            exhaust(entry)


def fits_messages(messages: list[dict[str, Any]]) -> None:
    """Whether the SDK's types take these messages, but for reasoning among the parts of content."""

    def without_reasoning(message: dict[str, Any]) -> dict[str, Any]:
        content = message.get("content")
        if not isinstance(content, list):
            return message
        return {**message, "content": [part for part in content if part["type"] not in OF_CONTENT]}

    exhaust(MESSAGES.validate_python([without_reasoning(message) for message in messages]))
    assert json.loads(as_sent(messages)) == messages


def fits_items(items: list[dict[str, Any]]) -> None:
    """Whether the SDK's types take these items, but for ids that they want and the API does not."""
    free = ("reasoning", "web_search_call")
    named = [{"id": "an_id", **item} if item.get("type") in free else item for item in items]
    exhaust(ITEMS.validate_python(named))
    assert json.loads(as_sent(items)) == items


def next_messages(result: Result, provider: StrictProvider, **options: Any) -> ChatTurn:
    """The turn of a result, in messages that the types and the provider accept."""
    turn = chat_message(result, **options)
    answers = [tool_message(call, "Done.") for call in turn.calls]
    messages = [ASKED, *turn.messages, *answers, ASKED]
    fits_messages(messages)
    provider.check_messages(messages)
    return turn


def next_input(result: Result, provider: StrictProvider, **options: Any) -> InputTurn:
    """The turn of a result, in items that the types and the provider accept."""
    turn = input_items(result, **options)
    answers = [tool_output_item(call, "Done.") for call in turn.calls]
    requests = [item for item in turn.waiting if item["type"] == "mcp_approval_request"]
    decided = [mcp_approval(request, approve=True) for request in requests]
    items = [ASKED, *turn.items, *answers, *decided, ASKED]
    fits_items(items)
    provider.check_input(items)
    return turn


def frames_of(data: Iterable[Any]) -> Iterator[Any]:
    """The JSON of a recording's frames; what is none is left out."""
    for frame in data:
        try:
            yield json.loads(frame.data)
        except ValueError:
            continue


def followers_of(result: Result) -> dict[str, str]:
    """Which item came after which item of reasoning, by their ids."""
    output = [item for item in result.output if item.id]
    pairs = pairwise(output)
    return {item.id: after.id for item, after in pairs if item.kind == "reasoning" and after.kind != "reasoning"}

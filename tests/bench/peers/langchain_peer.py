"""LangChain: what its OpenAI model makes of each chunk, added up, as its documentation has callers do it."""

from collections.abc import Callable
from functools import cache
from typing import Any

from langchain_core.messages import AIMessageChunk
from langchain_openai import ChatOpenAI
from langchain_openai.chat_models.base import _convert_responses_chunk_to_generation_chunk
from workloads import Heard, Stream

from peers import EVERY_WIRE, Peer


@cache
def _model() -> Any:
    return ChatOpenAI(model="gpt-4.1", api_key="none is needed")  # type: ignore[arg-type]


def _run(stream: Stream) -> Callable[[], Any]:
    return _add_events(stream.objects) if stream.workload.wire == "responses" else _add_chunks(stream.objects)


def _add_chunks(objects: list[Any]) -> Callable[[], Any]:
    convert = _model()._convert_chunk_to_generation_chunk  # noqa: SLF001  # it has no public name

    def run() -> Any:
        kind: Any = AIMessageChunk
        whole: Any = None
        for item in objects:
            made = convert(item.model_dump(), kind, {})
            if made is not None:
                kind = made.message.__class__
                whole = made.message if whole is None else whole + made.message
        return whole

    return run


def _add_events(objects: list[Any]) -> Callable[[], Any]:
    def run() -> Any:
        at, output, part = -1, -1, -1
        items: dict[str, int] = {}
        whole: Any = None
        for item in objects:
            at, output, part, made = _convert_responses_chunk_to_generation_chunk(
                item, at, output, part, item_output_indices=items
            )
            if made is not None:
                whole = made.message if whole is None else whole + made.message
        return whole

    return run


def _heard(whole: Any) -> Heard:
    return Heard(whole.text, arguments=tuple(call["args"] or "" for call in whole.tool_call_chunks))


PEERS = (Peer("LangChain", ("langchain-openai",), ("objects",), EVERY_WIRE, _run, _heard, hears_reasoning=False),)

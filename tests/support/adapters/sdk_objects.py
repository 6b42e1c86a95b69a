"""Objects as the openai client makes them of JSON, and the recorded streams that they come in."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from openai._models import construct_type
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent
from streamfold.adapters import wire
from streamfold.adapters.openai_sdk.chunks import chunk
from streamfold.adapters.wire.tolerant import event_chunk
from streamfold.reducer import chat, fold, inner_thoughts, responses
from support.law_checks import MESSAGE_ID

STREAMS = sorted(
    path for path in (Path(__file__).parents[2] / "streams").iterdir() if path.suffix in (".sse", ".jsonl")
)
WIRES: dict[str, tuple[Any, str, Any]] = {
    "chat": (chat, "chat", ChatCompletionChunk),
    "inner": (inner_thoughts, "inner-thoughts", ChatCompletionChunk),
    "responses": (responses, "responses", ResponseStreamEvent),
}
READERS = ("bytes", "named", "json", "objects")
"""The ways in for `chunks_by`: of frames without an `event:` line, of frames with one, of decoded JSON, of objects."""
AT = {"item_id": "i", "output_index": 0, "content_index": 0, "sequence_number": 7}


def made(value: Any, kind: Any = ChatCompletionChunk) -> Any:
    """The object that the SDK's streams make of decoded JSON."""
    return construct_type(type_=kind, value=json.loads(json.dumps(value)))


def event(kind: str, **members: Any) -> dict[str, Any]:
    return {"type": kind, **members}


def result_of(machine: Any, chunks: Iterable[Any]) -> tuple[Any, Any]:
    state, messages = fold(machine, machine.Config(message_id=MESSAGE_ID), chunks)
    return machine.result(state), messages


def chunks_by(reader: str, events: Sequence[Any]) -> list[Any]:
    """The chunks that one of the `READERS` makes of Responses events."""
    return list(_chunks_by(reader, events))


def _chunks_by(reader: str, events: Sequence[Any]) -> Iterator[Any]:
    decode = wire.decoder("responses")
    for event in events:
        if reader in ("bytes", "named"):
            yield decode(json.dumps(event).encode(), event=event["type"] if reader == "named" else "")
        else:
            yield event_chunk(event) if reader == "json" else chunk(made(event, ResponseStreamEvent))

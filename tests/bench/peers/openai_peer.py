"""The openai SDK: its way from bytes to objects, and its accumulators, which join what the objects say."""

from collections.abc import Callable
from typing import Any

from openai import omit
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.lib.streaming.responses._responses import ResponseStreamState
from sdk_stream import parsed
from workloads import Heard, Stream

from peers import EVERY_WIRE, Peer


def _parse(stream: Stream) -> Callable[[], Any]:
    wire, pieces = stream.workload.wire, stream.pieces

    def run() -> None:
        for _ in parsed(wire, pieces):
            pass

    return run


def _accumulate(stream: Stream) -> Callable[[], Any]:
    objects = stream.objects
    start, feed = _accumulator(stream)

    def run() -> Any:
        state = start()
        for item in objects:
            feed(state, item)
        return state

    return run


def _accumulator(stream: Stream) -> tuple[Callable[[], Any], Callable[[Any, Any], object]]:
    if stream.workload.wire == "responses":
        return lambda: ResponseStreamState(input_tools=omit, text_format=omit), ResponseStreamState.handle_event
    return ChatCompletionStreamState, lambda state, item: list(state.handle_chunk(item))


def _heard(state: Any) -> Heard:
    if isinstance(state, ResponseStreamState):
        # The accumulator's own items, not the terminal event's: it has no public name for them.
        items = [item for _, item in sorted(state._output_items.items())]  # noqa: SLF001
        parts = [part for item in items if item.type == "message" for part in item.content]
        return Heard("".join(part.text for part in parts))
    message = state.current_completion_snapshot.choices[0].message
    calls = tuple(call.function.arguments for call in message.tool_calls or ())
    return Heard(message.content or "", getattr(message, "reasoning_content", None) or "", calls)


PEERS = (
    Peer("openai SDK, decode", ("openai",), ("bytes",), EVERY_WIRE, _parse),
    Peer(
        "openai SDK, accumulate", ("openai",), ("step", "objects"), EVERY_WIRE, _accumulate, _heard, keeps=_accumulator
    ),
)

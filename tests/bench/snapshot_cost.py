"""What a snapshot costs: bytes, and the time to dump and to load it, over the length of what was folded.

    python tests/bench/snapshot_cost.py

prints the table of docs/snapshots.md. The times are medians; the first dump and load, for which cattrs compiles its
code, stand by themselves.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from statistics import median
from time import perf_counter
from typing import Any

from streamfold.adapters import snapshot
from streamfold.reducer import chat, responses
from streamfold.reducer.chunks import CallDelta, Choice, Chunk, Delta, FunctionDelta
from streamfold.reducer.events import Chunk as Event

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 15
IDS = {"message_id": "message-6d7e1f00-58ab-4a7c-9c1c-2f6d3f6f0a80", "run_id": "run-1", "step_id": "step-1"}
WORDS = ("The", " rain", " in", " “Spain”", " stays", " mainly", " in", " the", " plain", ".\n")


def tokens(count: int) -> Iterator[str]:
    """About what a model sends: words with their spaces."""
    return (WORDS[at % len(WORDS)] for at in range(count))


def arguments(count: int) -> Iterator[str]:
    """A JSON object in as many pieces, its one member a string with escapes."""
    yield '{"text":"'
    for token in tokens(count - 2):
        yield json.dumps(token, ensure_ascii=False)[1:-1]
    yield '"}'


def chat_text(count: int) -> Iterable[Any]:
    for token in tokens(count):
        yield Chunk(id="chatcmpl-1", model="m", choices=(Choice(delta=Delta(content=token)),))


def chat_arguments(count: int) -> Iterable[Any]:
    name = FunctionDelta(name="write", arguments="")
    yield Chunk(model="m", choices=(Choice(delta=Delta(tool_calls=(CallDelta(index=0, id="call_1", function=name),))),))
    for piece in arguments(count):
        call = CallDelta(index=0, function=FunctionDelta(arguments=piece))
        yield Chunk(id="chatcmpl-1", model="m", choices=(Choice(delta=Delta(tool_calls=(call,))),))


def responses_text(count: int) -> Iterable[Any]:
    at: dict[str, Any] = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    for number, token in enumerate(tokens(count)):
        yield Event(type="response.output_text.delta", sequence_number=number, delta=token, **at)


def responses_arguments(count: int) -> Iterable[Any]:
    item = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "write", "arguments": ""}
    yield Event(type="response.output_item.added", sequence_number=0, output_index=0, item=item)
    at: dict[str, Any] = {"item_id": "fc_1", "output_index": 0}
    for number, piece in enumerate(arguments(count), start=1):
        yield Event(type="response.function_call_arguments.delta", sequence_number=number, delta=piece, **at)


STREAMS: tuple[tuple[str, Any, Callable[[int], Iterable[Any]]], ...] = (
    ("chat, text", chat, chat_text),
    ("chat, tool arguments", chat, chat_arguments),
    ("responses, text", responses, responses_text),
    ("responses, tool arguments", responses, responses_arguments),
)


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    """The median time of a call."""
    times = []
    for _ in range(rounds):
        begun = perf_counter()
        work()
        times.append(perf_counter() - begun)
    return median(times) * 1000


def main() -> None:
    warm, _ = chat.start(chat.Config(**IDS))
    first = milliseconds(lambda: snapshot.loads(snapshot.dumps(warm)), 1)
    print("| what was folded | tokens | bytes | dump, ms | load, ms |")
    print("| --- | --: | --: | --: | --: |")
    for name, machine, chunks in STREAMS:
        for size in SIZES:
            state, _ = machine.start(machine.Config(**IDS))
            for chunk in chunks(size):
                state, _ = machine.step(state, chunk)
            data = snapshot.dumps(state)
            assert snapshot.loads(data) == state
            dump = milliseconds(lambda state=state: snapshot.dumps(state), ROUNDS)
            load = milliseconds(lambda data=data: snapshot.loads(data), ROUNDS)
            print(f"| {name} | {size:,} | {len(data):,} | {dump:.2f} | {load:.2f} |")
    print(f"\nThe first dump and load of all, once: {first:.0f} ms.")


if __name__ == "__main__":
    main()

"""Letta's legacy (streaming) interface, in an environment of its own: measures on request, a JSON line each way.

It makes the same streams by itself (`workloads`), and tells their digest. Its log is off, which its servers' is not.
"""

import gc
import json
import logging
import os
import sys
import tracemalloc
from collections.abc import AsyncIterator, Iterable
from importlib.metadata import version
from typing import Any

import measure
from workloads import WORKLOADS, Stream

logging.disable(logging.CRITICAL)


class Upstream:
    """The objects of a stream, as the client's stream gives them; not a class of the SDK's, which would cost more."""

    def __init__(self, objects: Iterable[Any]) -> None:
        self._objects = objects

    async def __aenter__(self) -> "Upstream":
        return self

    async def __aexit__(self, *raised: object) -> None:
        pass

    async def __aiter__(self) -> AsyncIterator[Any]:
        for item in self._objects:
            yield item


class Worker:
    def __init__(self) -> None:
        from letta.interfaces import openai_streaming_interface as legacy

        self._readers = {
            "chat": legacy.SimpleOpenAIStreamingInterface,
            "inner-thoughts": legacy.OpenAIStreamingInterface,
            "responses": legacy.SimpleOpenAIResponsesStreamingInterface,
        }
        self._stream: Stream

    def versions(self) -> dict[str, str]:
        return {name: version(name) for name in ("letta", "openai", "pydantic")} | {"python": sys.version.split()[0]}

    def load(self, workload: str, count: int) -> str:
        gc.unfreeze()
        self._stream = Stream(next(one for one in WORKLOADS if one.name == workload), count)
        return self._stream.digest

    def seconds(self, form: str, repeats: int) -> float:
        runs = {"objects": self._objects, "bytes": self._bytes, "json": self._json}
        return measure.spent(runs[form](), repeats)

    def messages(self) -> int:
        return len(self._said())

    def heard(self) -> dict[str, Any]:
        said: dict[str, Any] = {"text": "", "reasoning": "", "arguments": {}}
        for message in self._said():
            said["text"] += getattr(message, "content", None) or ""
            said["reasoning"] += getattr(message, "reasoning", None) or ""
            call = getattr(message, "tool_call", None)
            if call is not None:
                said["arguments"][call.tool_call_id] = said["arguments"].get(call.tool_call_id, "") + (
                    call.arguments or ""
                )
        return said | {"arguments": list(said["arguments"].values())}

    def memory(self) -> int:
        """Bytes that a reader keeps of a stream; the objects and the messages are let go as they come."""

        async def drain(reader: Any) -> None:
            async for _ in reader.process(Upstream(self._stream.fresh_objects())):
                pass

        measure.awaited(drain(self._reader()))  # once before, for what it builds but once
        reader = self._reader()
        gc.collect()
        tracemalloc.start()
        measure.awaited(drain(reader))
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return kept

    def _reader(self) -> Any:
        wire = self._stream.workload.wire
        asked_for = {} if wire == "inner-thoughts" else {"model": "gpt-4.1"}
        return self._readers[wire](run_id="run-1", step_id="step-1", **asked_for)

    def _said(self) -> list[Any]:
        said: list[Any] = []

        async def collect() -> None:
            async for message in self._reader().process(Upstream(self._stream.objects)):
                said.append(message)

        measure.awaited(collect())
        return said

    def _objects(self) -> Any:
        objects = self._stream.objects

        async def run() -> None:
            async for _ in self._reader().process(Upstream(objects)):
                pass

        return run

    def _bytes(self) -> Any:
        from sdk_stream import parsed_async

        pieces, wire = self._stream.pieces, self._stream.workload.wire

        async def run() -> None:
            async for _ in self._reader().process(parsed_async(wire, pieces)):
                pass

        return run

    def _json(self) -> Any:
        messages = self._said()

        def run() -> None:
            for message in messages:
                f"data: {message.model_dump_json()}\n\n".encode()

        return run


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what else is printed goes where it does not disturb
    worker = Worker()
    for line in sys.stdin:
        wanted = json.loads(line)
        try:
            answer = {"answer": getattr(worker, wanted.pop("do"))(**wanted)}
        except Exception as error:
            answer = {"raised": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()

"""The streams that are measured: made here, deterministic, of any length, in the shapes that OpenAI's servers send."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from itertools import islice, pairwise
from typing import Any, Literal

Payload = dict[str, Any]
Wire = Literal["chat", "inner-thoughts", "responses"]

IDS = {"message_id": "message-6d7e1f00-58ab-4a7c-9c1c-2f6d3f6f0a80", "run_id": "run-1", "step_id": "step-1"}
MEGABYTE = 1_000_000
LANES = 8
WORDS = (
    *("The", " rain", " in", " “Spain”", " stays", " mainly", " in", " the", " plain", ",", " says", " Eliza", ";"),
    *(" café", " doors", " are", " open", " till", " late", ".\n", "And", " so", " on", ".", " Then", " once", " more"),
)
# Pieces of the text of a JSON string, as a model with an ASCII tokenizer sends them: escapes, some of them cut in two.
ESCAPED = (
    *("First", ",", ' \\"look', '\\"', " at", " caf\\u00", "e9", ".\\n", "Then", " C:\\", "\\tmp", " \\ud83d"),
    *("\\ude42", " and", " call", " it", ".", "\\n\\n"),
)
_PADDING = "aK3xQ9bT7mZ1cV5p"


@dataclass(frozen=True)
class Heard:
    """What a stream says: what every reader of it has to come to."""

    text: str = ""
    reasoning: str = ""
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workload:
    """A kind of stream.

    Attributes:
        make: exactly so many chunks, as decoded JSON.
        says: what a stream of so many chunks says.
        long: whether it is measured at a million chunks.
    """

    name: str
    title: str
    wire: Wire
    make: Callable[[int], Iterator[Payload]]
    says: Callable[[int], Heard]
    long: bool = True


def words(count: int) -> Iterator[str]:
    """About what a model sends: words with their spaces."""
    return (WORDS[at % len(WORDS)] for at in range(count))


def written(count: int) -> Iterator[str]:
    """A JSON object in so many pieces, its one member a string with escapes."""
    yield '{"text":"'
    for word in words(count - 2):
        yield json.dumps(word, ensure_ascii=False)[1:-1]
    yield '"}'


def completion(delta: Payload | None, finish: str | None = None, **members: Any) -> Payload:
    """A Chat Completions chunk, with the members that OpenAI's have, padding included."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {
        "id": "chatcmpl-C9k2LqT0v4x7",
        "object": "chat.completion.chunk",
        "created": 1767225600,
        "model": "gpt-4.1-2025-04-14",
        "service_tier": "default",
        "system_fingerprint": "fp_9d5fbb2c1e",
        "choices": [] if delta is None else [choice],
        "usage": None,
        "obfuscation": _PADDING[: 4 + len(str(delta)) % 12],
        **members,
    }


def opening(index: int, name: str, arguments: str = "") -> Payload:
    """The first delta of a tool call."""
    call_id = f"call_{index}RZp8wq3mXb0"
    return {"index": index, "id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def more(index: int, arguments: str) -> Payload:
    """A later one."""
    return {"index": index, "function": {"arguments": arguments}}


def _closing(reason: str) -> Iterator[Payload]:
    yield completion({}, reason)
    usage = {"prompt_tokens": 812, "completion_tokens": 640, "total_tokens": 1452}
    details = {"prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0}}
    yield completion(None, usage=usage | details)


def _text(count: int) -> Iterator[Payload]:
    yield completion({"role": "assistant", "content": "", "refusal": None})
    yield from (completion({"content": word}) for word in words(count - 3))
    yield from _closing("stop")


def _text_says(count: int) -> Heard:
    return Heard("".join(words(count - 3)))


def _answer_length(count: int) -> int:
    return max(1, count // 10)


def _reasoning(count: int) -> Iterator[Payload]:
    thinker = {"model": "deepseek-reasoner"}
    yield completion({"role": "assistant", "content": None, "reasoning_content": ""}, **thinker)
    answer = _answer_length(count)
    for word in words(count - 3 - answer):
        yield completion({"content": None, "reasoning_content": word}, **thinker)
    yield from (completion({"content": word, "reasoning_content": None}, **thinker) for word in words(answer))
    yield from _closing("stop")


def _reasoning_says(count: int) -> Heard:
    answer = _answer_length(count)
    return Heard("".join(words(answer)), "".join(words(count - 3 - answer)))


def _lengths(count: int) -> list[int]:
    """How many pieces of arguments each of the interleaved calls has."""
    pieces = count - LANES - 2
    return [pieces // LANES + (lane < pieces % LANES) for lane in range(LANES)]


def _calls(count: int) -> Iterator[Payload]:
    for lane in range(LANES):
        yield completion({"role": "assistant", "content": None, "tool_calls": [opening(lane, f"look_up_{lane}")]})
    lanes = [written(length) for length in _lengths(count)]
    for at in range(count - LANES - 2):
        lane = at % LANES
        yield completion({"tool_calls": [more(lane, next(lanes[lane]))]})
    yield from _closing("tool_calls")


def _calls_say(count: int) -> Heard:
    return Heard(arguments=tuple("".join(written(length)) for length in _lengths(count)))


def _one_call(name: str, pieces: Iterator[str]) -> Iterator[Payload]:
    yield completion({"role": "assistant", "content": None, "tool_calls": [opening(0, name)], "refusal": None})
    yield from (completion({"tool_calls": [more(0, piece)]}) for piece in pieces)
    yield from _closing("tool_calls")


def _arguments(count: int) -> Iterator[Payload]:
    return _one_call("write_file", written(count - 3))


def _arguments_say(count: int) -> Heard:
    return Heard(arguments=("".join(written(count - 3)),))


def _page() -> str:
    """One megabyte of arguments, to the character."""
    begin, end = '{"path":"index.html","content":"', '"}'
    line = json.dumps("".join(WORDS), ensure_ascii=False)[1:-1]
    room = MEGABYTE - len(begin) - len(end)
    return begin + line * (room // len(line)) + "x" * (room % len(line)) + end


def _megabyte(count: int) -> Iterator[Payload]:
    page, pieces = _page(), count - 3
    bounds = [MEGABYTE * at // pieces for at in range(pieces + 1)]
    return _one_call("write_file", (page[begin:end] for begin, end in pairwise(bounds)))


def _megabyte_says(count: int) -> Heard:
    return Heard(arguments=(_page(),))


def _thinking(count: int) -> Iterator[str]:
    """The object's pieces: two thirds are thoughts, the rest another member."""
    thoughts = (count - 3) * 2 // 3
    yield '{"thinking":"'
    yield from _escaped(thoughts)
    yield '","text":"'
    yield from _escaped(count - 3 - thoughts)
    yield '"}'


def _escaped(count: int) -> Iterator[str]:
    whole = count - count % len(ESCAPED)
    return (ESCAPED[at % len(ESCAPED)] if at < whole else " so" for at in range(count))


def _thoughts(count: int) -> Iterator[Payload]:
    return _one_call("archive", _thinking(count - 3))


def _thoughts_say(count: int) -> Heard:
    return Heard(
        reasoning=json.loads("".join(_thinking(count - 3)))["thinking"], arguments=("".join(_thinking(count - 3)),)
    )


_GROUP, _AROUND = 500, 10  # events of one search and one message; those of them that are not its text


def _groups(count: int) -> Iterator[int]:
    """How many pieces of text each message of a Responses stream has."""
    left = count - 3
    while left > 0:
        group = left if left < 2 * _GROUP else _GROUP
        yield group - _AROUND
        left -= group


def _events(count: int) -> Iterator[Payload]:
    output: list[Payload] = []
    yield {"type": "response.created", "response": _response("in_progress", [])}
    yield {"type": "response.in_progress", "response": _response("in_progress", [])}
    for length in _groups(count):
        yield from _search(output)
        yield from _message(output, length)
    yield {"type": "response.completed", "response": _response("completed", output)}


def _search(output: list[Payload]) -> Iterator[Payload]:
    at = len(output)
    where = {"output_index": at, "item_id": f"ws_{at}"}
    item = {"id": f"ws_{at}", "type": "web_search_call", "status": "in_progress"}
    yield {"type": "response.output_item.added", "output_index": at, "item": item}
    for stage in ("in_progress", "searching", "completed"):
        yield {"type": f"response.web_search_call.{stage}", **where}
    done = item | {"status": "completed", "action": {"type": "search", "query": "rain in Spain"}}
    output.append(done)
    yield {"type": "response.output_item.done", "output_index": at, "item": done}


def _message(output: list[Payload], length: int) -> Iterator[Payload]:
    at = len(output)
    where = {"output_index": at, "item_id": f"msg_{at}", "content_index": 0}
    item = {"id": f"msg_{at}", "type": "message", "status": "in_progress", "content": [], "role": "assistant"}
    part = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
    yield {"type": "response.output_item.added", "output_index": at, "item": item}
    yield {"type": "response.content_part.added", **where, "part": part}
    for word in words(length):
        padding = _PADDING[: 16 - len(word)]
        yield {"type": "response.output_text.delta", **where, "delta": word, "logprobs": [], "obfuscation": padding}
    whole = part | {"text": "".join(words(length))}
    yield {"type": "response.output_text.done", **where, "text": whole["text"], "logprobs": []}
    yield {"type": "response.content_part.done", **where, "part": whole}
    done = item | {"status": "completed", "content": [whole]}
    output.append(done)
    yield {"type": "response.output_item.done", "output_index": at, "item": done}


def _response(status: str, output: list[Payload]) -> Payload:
    tokens = {"input_tokens": 812, "output_tokens": 640, "total_tokens": 1452}
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    return {
        "id": "resp_68c7b783d17c8192a1a1",
        "object": "response",
        "created_at": 1767225600,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": "gpt-4.1-2025-04-14",
        "output": output,
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [{"type": "web_search", "search_context_size": "medium"}],
        "top_p": 1.0,
        "usage": tokens | details if status == "completed" else None,
    }


def _responses(count: int) -> Iterator[Payload]:
    return (event | {"sequence_number": at} for at, event in enumerate(_events(count)))


def _responses_say(count: int) -> Heard:
    return Heard("".join("".join(words(length)) for length in _groups(count)))


WORKLOADS = (
    Workload("text", "plain text", "chat", _text, _text_says),
    Workload("reasoning", "long reasoning", "chat", _reasoning, _reasoning_says),
    Workload("calls", "8 interleaved tool calls", "chat", _calls, _calls_say),
    Workload("arguments", "tool arguments", "chat", _arguments, _arguments_say),
    Workload("megabyte", "one 1 MB tool argument", "chat", _megabyte, _megabyte_says, long=False),
    Workload("thoughts", "inner thoughts", "inner-thoughts", _thoughts, _thoughts_say),
    Workload("responses", "Responses, with searches", "responses", _responses, _responses_say),
)
TITLES = {workload.name: workload.title for workload in WORKLOADS}
SHORTEST = 50
"""No workload is shorter: below, it lacks a part of what it is about."""


class Stream:
    """One stream of a workload, in every form that somebody reads; each form is made when it is first asked for."""

    def __init__(self, workload: Workload, count: int) -> None:
        self.workload = workload
        self.count = count

    @cached_property
    def payloads(self) -> list[Payload]:
        """As decoded JSON."""
        return list(self.workload.make(self.count))

    @cached_property
    def frames(self) -> list[bytes]:
        """The JSON of each chunk."""
        return [json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode() for payload in self.payloads]

    @cached_property
    def pieces(self) -> list[bytes]:
        """The body of the event stream, as it comes from the network: a frame at a time, as servers flush them."""
        if self.workload.wire == "responses":
            names = [payload["type"].encode() for payload in self.payloads]
            pairs = zip(names, self.frames, strict=True)
            return [b"event: " + name + b"\ndata: " + frame + b"\n\n" for name, frame in pairs]
        return [*(b"data: " + frame + b"\n\n" for frame in self.frames), b"data: [DONE]\n\n"]

    @property
    def digest(self) -> str:
        """By which two environments know that they have the same stream."""
        return sha256(b"".join(self.pieces)).hexdigest()

    @cached_property
    def objects(self) -> list[Any]:
        """As the openai SDK's objects."""
        return list(self.fresh_objects())

    def fresh_objects(self) -> Iterator[Any]:
        """New ones, each made when it is asked for, as the SDK's client makes them."""
        from openai._models import construct_type
        from openai.types.chat import ChatCompletionChunk
        from openai.types.responses import ResponseStreamEvent

        kind: Any = ResponseStreamEvent if self.workload.wire == "responses" else ChatCompletionChunk
        return (construct_type(type_=kind, value=json.loads(frame)) for frame in self.frames)

    @cached_property
    def chunks(self) -> list[Any]:
        """As the reducer's chunks."""
        return list(ready(self.workload.wire, iter(self.payloads), self.count))


def ready(wire: Wire, payloads: Iterator[Payload], count: int) -> Iterator[Any]:
    """The next chunks, ready to be folded, decoded as a user's are."""
    from streamfold.adapters.wire import decoder

    decode, encode = decoder(wire), _encoder()
    return (decode(encode(payload)) for payload in islice(payloads, count))


def _encoder() -> Callable[[Payload], bytes | str]:
    try:
        from msgspec import json as fast
    except ImportError:
        return partial(json.dumps, ensure_ascii=False)
    return fast.Encoder().encode


def named(names: list[str]) -> list[Workload]:
    """The workloads with these names; all of them where none is named."""
    return [workload for workload in WORKLOADS if not names or workload.name in names]

"""Plausible JSON for each wire, drawn at random: what providers send, and near misses of it."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from streamfold.reducer.responses.table import RULES

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 7, 128, 2**53, 1.0, 0.5, 1e300, float("nan")),
    *(
        "",
        "x",
        "\n\n",
        "\ud83d",
        "\ude00",
        "😀é",
        "1",
        "[DONE]",
        "\x00",
        "\u2028",
        "<think>",
        "</think>",
        "{",
        '"',
        "\\",
    ),
    *([], {}, [None], [[]], {"": None}, {"a": {"b": [1]}}),
)
"""Values that may stand where another is due."""

_PIECES = (
    *(
        "a",
        "b ",
        "Hi",
        "é",
        "😀",
        "\n",
        "\\",
        '"',
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        '{"',
        '"}',
        "{}",
        "[]",
        "1",
        "nul",
    ),
    *('"thinking"', '{"thinking":"', 'thinking":', '"message":"', '"x","message":"y"}', '{"a":1}', '{"a":', "1}"),
    *(
        "\\u00",
        "e9",
        "\\ud83d",
        "\\ude00",
        "\\n",
        "<think>",
        "</think>",
        "<th",
        "ink>",
        "</thi",
        "nk>",
        "\ud83d",
        "\ude00",
    ),
)
_IDS = ("a", "b", "call_1", "fc_1", "msg_1", "rs_1", "", "call_0")
_NAMES = ("rm", "send_message", "get_weather", "get_", "weather", "r", "", "send_")
_REASONS = ("stop", "tool_calls", "length", "content_filter", "", "function_call", "error")
_MODELS = ("gpt-4o", "o3-mini", "deepseek-r1", "")
_ERRORS: tuple[Any, ...] = (
    *({"message": "boom"}, {"message": "boom", "code": 500}, "boom", {"error": {"message": "inner", "type": "t"}}),
    *({"message": "maximum context length is 8", "code": "context_length_exceeded"}, {}, {"code": 1}),
)
_USAGES: tuple[Any, ...] = (
    {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, "prompt_tokens_details": {"cached_tokens": 1}},
    {"input_tokens": 3, "output_tokens": 4, "output_tokens_details": {"reasoning_tokens": 2}},
    *({"prompt_tokens": None}, {"prompt_tokens": -1, "cost": 0.5}, {}),
)
_NOTES: tuple[Any, ...] = ({"type": "url_citation", "url": "https://example.org/"}, {"title": "t"}, "note")
_TOOLS = ("web_search_call", "mcp_call", "code_interpreter_call", "image_generation_call", "shell_call", "new_call")
_KINDS = ("message", "reasoning", "function_call", "custom_tool_call", *_TOOLS)
_STATUSES = ("completed", "in_progress", "incomplete", "failed", "searching")
_EVENTS = tuple(sorted(RULES))


class Grammar:
    """Draws the wires' JSON values."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def frame(self, target: str) -> bytes:
        """One frame of a stream for this target, with its blank line."""
        draw = self._random.random()
        if draw < 0.05:
            return self._one_of((b"data: [DONE]\n\n", b": ping\n\n", b"data:\n\n", b"event: error\ndata: boom\n\n"))
        value = self.event() if target == "responses" else self.chunk()
        name = b""
        if target == "responses" and draw > 0.7:
            name = b"event: " + str(value.get("type")).encode("utf-8", "replace").replace(b"\n", b" ") + b"\n"
        return name + b"data: " + written(value, self._random) + b"\n\n"

    def chunk(self) -> dict[str, Any]:
        """A chunk of Chat Completions."""
        chunk: dict[str, Any] = {"choices": [self.choice() for _ in range(self._few(1))]}
        self._some(chunk, 0.3, id=lambda: self._one_of(_IDS), model=lambda: self._one_of(_MODELS))
        self._some(chunk, 0.07, usage=lambda: self._one_of(_USAGES), citations=lambda: [self._one_of(_NOTES)])
        self._some(chunk, 0.03, error=lambda: self._one_of(_ERRORS), object=lambda: "chat.completion.chunk")
        self._some(chunk, 0.02, x_groq=lambda: {"usage": self._one_of(_USAGES)}, choices=self.odd)
        return chunk

    def choice(self) -> Any:
        """An entry of `choices`."""
        choice: dict[str, Any] = {"index": self._random.choice((0, 0, 0, 0, 1)), "delta": self.delta()}
        self._some(choice, 0.1, finish_reason=lambda: self._one_of(_REASONS))
        self._some(choice, 0.03, content_filter_results=lambda: {"hate": {"filtered": False}}, delta=self.odd)
        return choice

    def delta(self) -> dict[str, Any]:
        """A choice's `delta`."""
        delta: dict[str, Any] = {}
        if self._random.random() < 0.6:
            delta["tool_calls"] = [self.call() for _ in range(self._few(1))]
        self._some(delta, 0.25, content=self.content)
        self._some(delta, 0.1, reasoning_content=self.piece, reasoning=self.piece, refusal=self.piece)
        self._some(delta, 0.05, reasoning_text=self.piece, function_call=lambda: self.function("arguments"))
        self._some(delta, 0.05, annotations=lambda: [self._one_of(_NOTES)], executed_tools=lambda: [self.ran()])
        self._some(delta, 0.08, reasoning_details=lambda: [self.detail() for _ in range(self._few(1))])
        return delta

    def content(self) -> Any:
        """What a delta's content is: text, or Mistral's list of parts."""
        if self._random.random() < 0.9:
            return self.piece()
        thinking = {"type": "thinking", "thinking": [{"type": "text", "text": self.piece()}]}
        return [self._one_of((thinking, {"type": "text", "text": self.piece()}, self.piece(), self.odd()))]

    def call(self) -> Any:
        """An entry of `tool_calls`."""
        call: dict[str, Any] = {}
        self._some(call, 0.85, index=lambda: self._random.choice((0, 0, 1, 2, None, 7)))
        self._some(call, 0.35, id=lambda: self._one_of(_IDS))
        self._some(call, 0.9, function=lambda: self.function("arguments"))
        self._some(call, 0.06, custom=lambda: self.function("input"), type=lambda: self._one_of(("custom", "function")))
        self._some(call, 0.04, extra_content=lambda: {"google": {"thought_signature": "s"}})
        return call

    def function(self, member: str) -> dict[str, Any]:
        """A function's delta, or a custom tool's."""
        function: dict[str, Any] = {}
        self._some(function, 0.35, name=lambda: self._one_of(_NAMES))
        self._some(function, 0.85, **{member: self.piece})
        return function

    def ran(self) -> dict[str, Any]:
        """A tool that Groq ran itself."""
        tool: dict[str, Any] = {"index": self._few(1), "type": "search"}
        self._some(tool, 0.5, output=self.piece)
        return tool

    def detail(self) -> dict[str, Any]:
        """A fragment of `reasoning_details`."""
        detail: dict[str, Any] = {"type": self._one_of(("reasoning.text", "reasoning.summary"))}
        self._some(detail, 0.5, index=lambda: self._few(1), text=self.piece, summary=self.piece, signature=self.piece)
        return detail

    def event(self) -> dict[str, Any]:
        """An event of the Responses API."""
        random = self._random
        kind = random.choice(_EVENTS) if random.random() < 0.97 else "response.new_call.delta"
        if random.random() < 0.3:
            kind = "response." + random.choice(("output_item.added", "output_item.done", "completed", "incomplete"))
        event: dict[str, Any] = {"type": kind}
        if random.random() < 0.9:
            event["output_index"] = random.choice((0, 0, 1, 2, 3))
        self._some(event, 0.6, item_id=lambda: self._one_of(_IDS))
        self._some(event, 0.2, sequence_number=lambda: random.randrange(12))
        if "item" in kind:
            event["item"] = self.item()
        elif "part" in kind:
            self._some(event, 0.95, part=self.part)
        elif kind.endswith(("created", "queued", ".in_progress", "incomplete", "failed", "completed")):
            self._some(event, 0.95, response=self.response)
        elif kind.endswith("delta"):
            event["delta"] = self.piece() if random.random() < 0.97 else self.odd()
        elif kind.endswith("done"):
            members = ("text", "refusal", "arguments", "input")
            self._some(event, 0.8, **{next((name for name in members if name in kind), "text"): self.text})
        elif kind == "error":
            self._some(event, 0.5, error=lambda: self._one_of(_ERRORS), message=self.piece, code=self.odd)
        self._some(event, 0.4, content_index=lambda: self._few(0), summary_index=lambda: self._few(0))
        self._some(event, 0.1, annotation=lambda: self._one_of(_NOTES), annotation_index=lambda: self._few(0))
        return event

    def item(self) -> Any:
        """An output item."""
        kind = self._one_of(_KINDS[:4]) if self._random.random() < 0.8 else self._one_of(_TOOLS)
        item: dict[str, Any] = {"type": kind}
        self._some(item, 0.8, id=lambda: self._one_of(_IDS), status=lambda: self._one_of(_STATUSES))
        if kind in ("function_call", "custom_tool_call"):
            self._some(item, 0.9, name=lambda: self._one_of(_NAMES), call_id=lambda: self._one_of(_IDS))
            self._some(item, 0.8, **{"input" if kind == "custom_tool_call" else "arguments": self.text})
        elif kind == "message":
            self._some(item, 0.8, content=lambda: [self.part() for _ in range(self._few(0))])
            self._some(item, 0.1, phase=lambda: "final_answer")
        elif kind == "reasoning":
            self._some(item, 0.7, summary=lambda: [self.part() for _ in range(self._few(0))])
            self._some(item, 0.3, content=lambda: [self.part()], encrypted_content=self.piece)
        return item

    def part(self) -> Any:
        """A part of an item."""
        kind = self._one_of(("output_text", "refusal", "summary_text", "reasoning_text"))
        part: dict[str, Any] = {"type": kind, "refusal" if kind == "refusal" else "text": self.text()}
        self._some(part, 0.15, annotations=lambda: [self._one_of(_NOTES)])
        return part

    def response(self) -> Any:
        """A whole response."""
        response: dict[str, Any] = {"id": self._one_of(("resp_1", "resp_1", "resp_2", "")), "object": "response"}
        self._some(response, 0.5, status=lambda: self._one_of(_STATUSES), usage=lambda: self._one_of(_USAGES))
        self._some(response, 0.5, output=lambda: [self.item() for _ in range(self._few(1))])
        self._some(response, 0.1, error=lambda: self._one_of(_ERRORS), model=lambda: self._one_of(_MODELS))
        self._some(
            response, 0.15, incomplete_details=lambda: {"reason": self._one_of(("steered", "max_output_tokens"))}
        )
        return response

    def piece(self) -> str:
        """A piece of text."""
        return "".join(self._random.choice(_PIECES) for _ in range(self._few(1)))

    def text(self) -> str:
        """A whole text."""
        return "".join(self._random.choice(_PIECES) for _ in range(self._few(0) + 1))

    def odd(self) -> Any:
        """Anything."""
        return self._random.choice(ODD)

    def _few(self, least: int) -> int:
        return self._random.choice((least, least, least, least + 1, least + 2))

    def _one_of(self, values: tuple[Any, ...]) -> Any:
        return self._random.choice(values)

    def _some(self, members: dict[str, Any], chance: float, **made: Callable[[], Any]) -> None:
        for name, make in made.items():
            if self._random.random() < chance:
                members[name] = make()


def written(value: Any, random: Random) -> bytes:
    """A value as JSON on one line, in one of the ways to write it."""
    compact = (",", ":") if random.random() < 0.8 else None
    text = json.dumps(value, ensure_ascii=random.random() < 0.7, separators=compact)
    return text.encode("utf-8", "surrogatepass")

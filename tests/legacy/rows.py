"""The rows of docs/differences.md, and how each is tried in Letta's own code.

Recorded streams show some (`SHOWN`); for most there is a small stream here, which Letta's interface reads otherwise
(`ROWS`); what no stream can show was read off its source (`BY_SOURCE`).
"""

from typing import Any

from attrs import field, frozen
from support import chat_shapes as shapes
from support import event_shapes as events

Json = dict[str, Any]
ASKED = {"model": "gpt-4.1"}


@frozen
class Row:
    """A row that is tried.

    Attributes:
        words: the row's, as the page has them.
        interface: what reads the stream.
        body: the stream.
        differs: what is otherwise of the two answers.
        config: under which configuration.
    """

    words: str
    interface: str
    body: bytes
    differs: str = "messages"
    config: Json = field(factory=dict)


def chat(words: str, *frames: Json, differs: str = "messages", interface: str = "chat", **config: Any) -> Row:
    return Row(
        words, interface, shapes.sse(*frames, shapes.DONE), differs, (ASKED if interface == "chat" else {}) | config
    )


def responses(words: str, *given: Json, differs: str = "messages") -> Row:
    return Row(words, "responses", events.body([events.created(), *given]), differs)


HI = shapes.delta(content="Hi")
CALL = shapes.calls(shapes.call(0, "call_0", "look_up", '{"q": 1}'))
USAGE = shapes.usage(**shapes.COUNTS)
DETAILED = shapes.usage(**shapes.COUNTS, prompt_tokens_details={"cached_tokens": 4})
WHOLE = b'{"choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]}'
FAILED = {"error": {"message": "overloaded", "code": 502}}

ROWS = (
    chat(
        "inner thoughts: only the first tool call of a chunk is read",
        shapes.calls(shapes.call(0, "call_0", "left", '{"a": 1}'), shapes.call(1, "call_1", "right", '{"b": 2}')),
        interface="inner_thoughts",
    ),
    chat(
        "arguments that come before the call's id are not sent",
        shapes.calls(shapes.call(0, arguments='{"q"')),
        shapes.calls(shapes.call(0, "call_0", "look_up", ": 1}")),
        shapes.finished("tool_calls"),
    ),
    chat(
        "a name in pieces can turn an approval request into a tool call",
        shapes.calls(shapes.call(0, "call_0", "delete")),
        shapes.calls(shapes.call(0, name="_file", arguments="{}")),
        requires_approval_tools=["delete"],
    ),
    chat(
        "after a hidden-reasoning message the next run's index is counted twice",
        {**CALL, "model": "o3"},
        {**shapes.calls(shapes.call(0, arguments=" ")), "model": "o3"},
        interface="inner_thoughts",
        put_inner_thoughts_in_kwarg=False,
    ),
    chat(
        "more than 128 runs raise",
        *(shapes.delta(**({"content": "a"} if at % 2 else {"reasoning_content": "b"})) for at in range(300)),
        differs="raised",
    ),
    responses("Responses without `response.completed`", *events.message_lane("Hi"), differs="content"),
    responses(
        "more than one text part in a message", events.completed(events.message(0, "One.", "Two.")), differs="content"
    ),
    chat(
        "of a delta's content and reasoning, the same one goes first",
        shapes.delta(content="So: "),
        shapes.delta(reasoning_content="Hm.", content="yes"),
    ),
    Row("a chat without `model`: raises", "chat", shapes.sse(HI, shapes.DONE), "raised"),
    chat("`refusal`, `reasoning`, `reasoning_text`", shapes.delta(reasoning_text="Hm."), HI),
    chat(
        "whatever choice comes first in a chunk",
        shapes.chunk(shapes.choice(1, content="X"), shapes.choice(0, content="a")),
    ),
    chat("usages are added up over chunks", HI, DETAILED, DETAILED, differs="usage"),
    chat(
        "ids and names of a call are joined over chunks",
        *(shapes.calls(shapes.call(0, "call_0", "look_up", piece)) for piece in ('{"q": ', "1}")),
        shapes.finished("tool_calls"),
        differs="tool_calls",
    ),
    chat(
        "`finish_reason` is not read: a cut-off answer looks whole",
        CALL,
        shapes.finished("length"),
        differs="tool_calls",
    ),
    chat(
        "an error is one only where the client raises it",
        shapes.chunk({**shapes.choice(content=""), **FAILED}),
        differs="raised",
    ),
    chat("an answer that ends by `network_error`, `abort`", HI, shapes.finished("network_error"), differs="raised"),
    Row("a whole completion or response in place of a stream", "chat", WHOLE, config=ASKED),
    Row("one newline between frames", "chat", shapes.sse(HI, HI).replace(b"\n\n", b"\n"), config=ASKED),
    chat("content that is flagged as a thought", shapes.delta(content="Hm.", thought=True), HI),
    chat(
        "usage is read in the chunk's `usage` alone",
        shapes.chunk({**shapes.choice(content="Hi"), "usage": USAGE["usage"]}),
        differs="usage",
    ),
    responses(
        "Responses: only `response.completed` ends",
        {**events.completed(events.message(0, "Hi")), "type": "response.done"},
        differs="content",
    ),
    responses(
        "Responses: an event that is delivered again is said again",
        *(event for event in events.numbered(events.message_lane("Hi"), 1) for _ in range(2)),
    ),
    responses(
        "Responses: the text of an `added` item is said again",
        events.item_added(events.message(0, "Hi", status="in_progress")),
        events.text_delta("Hi there"),
    ),
    responses(
        "Responses: a delta is known by its index or its item's id",
        events.begun(events.function_call(0)),
        {"type": "response.function_call_arguments.delta", "call_id": "call_0", "delta": '{"a": 1}'},
    ),
    responses(
        "Responses: arguments go out as they come",
        events.begun(events.function_call(0)),
        *(events.arguments_delta(piece) for piece in ("{}", '{"a": 1}', '{"a": 1}')),
    ),
)

SHOWN = (
    "JSON escapes in thoughts and in the assistant's text reach the client raw",
    "the text of `send_message` loses spaces at the end of chunks",
    "nested objects and arrays in the arguments come out broken",
    "without a `thinking` member the held arguments are never released",
    "summary parts: the second is glued to the first",
    "content as a list of parts",
    "inner thoughts: arguments of a call that needs approval go out as a tool call",
)
"""What recorded streams show: each is a reason in `differential.legacy_reasons` that makes a difference."""

BY_SOURCE = (
    "on cancellation the current chunk is processed again",
    "the cancelled flag depends on where the consumer throws in",
    "the event counter counts twice",
    "an input that is too long is known by",
)

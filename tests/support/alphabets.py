"""For each wire the small alphabets of chunks whose every short sequence is tried.

They are chosen so that every kind of transition can happen between any two chunks. Deltas have two characters where
their text can be cut, and no two have the same, so that what is lost or said twice shows.
"""

from typing import Any

from streamfold.reducer import Done, Undecodable
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from streamfold.reducer.responses.event import Event

Alphabet = tuple[Any, ...]


def said(delta: Delta | None = None, finish_reason: str | None = None, **members: Any) -> Chunk:
    """A chat chunk with one choice."""
    return Chunk(id="chatcmpl-1", model="m", choices=(Choice(delta=delta, finish_reason=finish_reason),), **members)


def called(index: int | None = None, id: str | None = None, name: str | None = None, piece: str | None = None) -> Chunk:  # noqa: A002
    """A chat chunk with a delta of one function call."""
    function = FunctionDelta(name=name, arguments=piece) if name is not None or piece is not None else None
    return said(Delta(tool_calls=(CallDelta(index=index, id=id, function=function),)))


def event(kind: str, **members: Any) -> Event:
    """A Responses event."""
    return Event(type=f"response.{kind}", **members)


def of_item(kind: str, index: int, item_id: str, **members: Any) -> Event:
    """An event about an output item."""
    return event(kind, output_index=index, item_id=item_id, **members)


FINISH = said(finish_reason="tool_calls")
BOOM = Chunk(error={"message": "boom"})
CUSTOM = CallDelta(index=2, id="f", type="custom", custom=CustomDelta(name="sh", input="q"))

CHAT: Alphabet = (
    said(Delta(content="tu")),
    said(Delta(content="", reasoning_content="rs")),
    said(Delta(refusal="no")),
    said(Delta(content="b", reasoning="c", tool_calls=(CallDelta(index=1, function=FunctionDelta(arguments="k")),))),
    said(Delta(reasoning_details=[{"type": "reasoning.text", "text": "d", "index": 0, "signature": "g"}])),
    said(Delta(annotations=[{"url": "u"}], executed_tools=[{"index": 0, "type": "search", "output": None}])),
    called(0, "a", "get", ""),
    called(0, piece="xy"),
    called(0, "b", "put", "y"),
    called(0, "c", piece="z"),
    called(1, name="rm"),
    called(1, name="dir"),
    called(1, "d", piece="wv"),
    called(id="e", name="look", piece="v"),
    called(piece="u"),
    said(Delta(tool_calls=(CUSTOM,))),
    said(Delta(function_call=FunctionDelta(name="old", arguments="o"))),
    FINISH,
    said(Delta(content="e"), finish_reason="length", usage={"prompt_tokens": 1, "completion_tokens": 2}),
    Chunk(choices=(Choice(index=1, delta=Delta(content="other")),), repairs=("mended",)),
    Chunk(choices=None),
    said(Delta(content="fg", extra_content={"google": {"thought": True}})),
    BOOM,
    Done(),
    Undecodable("bad", json={"type": "odd", "k": [1]}),
)
"""Chat Completions, where arguments are deltas."""

ENDS: Alphabet = (
    said(Delta(content="tu")),
    said(Delta(content="hi", reasoning_content="jk")),
    said(Delta(content="fg", extra_content={"google": {"thought": True, "thought_signature": "s"}})),
    called(0, "a", "get", "{}"),
    called(1, "b", "put", '{"'),
    *(said(finish_reason=word) for word in ("stop", "TOOL_USE", "MAX_TOKENS", "network_error", "odd", "null")),
    Chunk(choices=(Choice(delta=Delta(content="vw"), error={"message": "boom"}, usage={"prompt_tokens": 3}),)),
    Chunk(choices=(Choice(index=1, error="not ours", finish_reason="error"),)),
    said(finish_reason="stop", error={"message": "gone"}),
    said(Delta(tool_calls=(CallDelta(index=2, function=FunctionDelta(name="cut")),)), "stop", lost=True),
    Chunk(
        choices=(
            Choice(delta=Delta(reasoning_content="yz")),
            Choice(delta=Delta(reasoning_details=[{"type": "reasoning.text", "signature": "g"}])),
        )
    ),
    Chunk(x_groq={"error": {"message": "maximum context is 8 tokens"}}),
    said(Delta(content="x"), error={"message": "", "code": None}),
    Chunk(error={"code": 429, "message": "later"}),
    Done(),
)
"""The words that an answer ends by, and errors wherever they stand."""

CALLS: Alphabet = (
    called(0, "a", "get", ""),
    called(0, "a", "get", '{"k":1}'),
    called(0, piece="{}"),
    called(0, piece='{"k":'),
    called(0, piece="1}"),
    called(0, piece=' {"\\u006b": 1}'),
    called(1, piece='{"k":2}'),
    called(2, "b", "put"),
    called(2, piece="null"),
    said(Delta(content="tu")),
    FINISH,
    Done(),
    Undecodable("bad", lost=True),
)
"""What comes before and after whole arguments, and arguments that nothing names."""

STRAYS: Alphabet = (
    called(0, "a", "get", ""),
    called(1, "b", "put", ""),
    called(2, "c", "rm", '{"k":0}'),
    called(0, piece='{"k":1}'),
    called(1, piece='{"k":2}'),
    called(2, piece='{"k":1}'),
    called(0, piece="{}"),
    called(piece='{"k":3}'),
    FINISH,
)
"""Calls that are named and given arguments in any order, under one index or another, or under none."""

SHARED_IDS: Alphabet = (
    called(0, "a", "get", ""),
    called(0, "a", "get", '{"k":1}'),
    called(0, "a", "get", '{"k":'),
    called(0, piece="1}"),
    called(0, "a", "rm", '{"k":3}'),
    called(1, "a", "get", ""),
    called(1, "a", "get", '{"k":2}'),
    called(1, piece='{"k":1}'),
    called(1, "a", piece='{"k":'),
    called(None, "a", "rm", "{}"),
    said(Delta(content="tu")),
    FINISH,
)
"""One id at several indices, and under several names."""

SNAPSHOTS: Alphabet = (
    called(0, "a", "get"),
    called(0, piece="{"),
    called(0, piece='{"a'),
    called(0, piece='{"a":1'),
    called(0, piece='{"a":1}'),
    called(0, piece='":1}'),
    called(0, "b", "get", '{"a":1}'),
    called(None, None, "get", '{"a":1}'),
    called(1, "c", "put", "{}"),
    called(1, piece=" "),
    said(Delta(content="t")),
    FINISH,
)
"""Arguments that may be snapshots of themselves."""


def whole(finish_reason: str | None = None, **message: Any) -> Chunk:
    """A chat chunk with a whole message in the place of a delta."""
    return Chunk(id="chatcmpl-1", choices=(Choice(message=Delta(**message), finish_reason=finish_reason),))


WHOLES: Alphabet = (
    said(Delta(content="tu")),
    said(Delta(content="v")),
    said(Delta(reasoning="rs")),
    said(Delta(refusal="no")),
    called(0, "a", "get", '{"k"'),
    called(0, piece=":1}"),
    whole(content="tuv", reasoning="rsx", refusal="no"),
    whole("stop", content="w"),
    whole("stop", content="tut"),
    whole(
        "stop", content="t", tool_calls=(CallDelta(id="a", function=FunctionDelta(name="get", arguments='{"k":1}')),)
    ),
    FINISH,
    BOOM,
    Done(),
)
"""Whole messages beside deltas, and in their place."""

TAGS: Alphabet = (
    *(said(Delta(content=piece)) for piece in ("  ", "<th", "ink>", "<think>ab", "cd", "</thi", "nk>", "</think>e<f")),
    said(Delta(reasoning="rs")),
    called(0, "a", "get", "x"),
    FINISH,
    BOOM,
)
"""Reasoning in think tags."""

CHOSEN_TAGS: Alphabet = (
    *(said(Delta(content=piece)) for piece in (" <", "a", "b>", " ", "<ab>cd", "</a", ">", "</ab>e<f")),
    said(Delta(reasoning="rs")),
    FINISH,
)
"""Reasoning in tags of other names."""

THOUGHTS: Alphabet = (
    called(0, "a", "send_message"),
    called(0, piece='{"'),
    called(0, piece='thinking":"'),
    called(0, piece="hi"),
    called(0, piece="\\u00"),
    called(0, piece='e9"'),
    called(0, piece=","),
    called(0, piece='"message":"mn"'),
    called(0, piece="}"),
    called(1, "b", "rm", '{"thinking":"i","k":1}'),
    called(1, piece="[1]"),
    said(Delta(content="t", reasoning="r")),
    said(Delta(tool_calls=(CUSTOM,))),
    said(finish_reason="stop"),
    BOOM,
)
"""Reasoning in the arguments, beside everything else."""

PIECES: Alphabet = tuple(
    called(0, piece=piece) for piece in ("{", '"', 'thinking":"', "h", "\\", "u00e9", '":', ",", '"k":[1', "]}")
)
"""The pieces that the arguments of one call come in."""

ESCAPES: Alphabet = tuple(
    called(0, piece=piece) for piece in ("hi", "\\", "n", "u00e9", "\\ud83d", "\\ude00", '"', '\\"', ',"k":"', "}")
)
"""The pieces that the thoughts of one call come in, with escapes whole and cut."""

HALVES: Alphabet = (
    said(Delta(content="t\ud83d")),
    said(Delta(content="\ude00")),
    said(Delta(content="u😀", reasoning="\ude00\ud83d")),
    said(Delta(reasoning="\ude00")),
    said(Delta(content="\ud83d", thought=True)),
    said(Delta(refusal="\ud83d")),
    said(Delta(refusal="😀")),
    called(0, "a", "get", "\ud83d"),
    called(0, piece="\ude00😀"),
    called(1, "b", "put", "\ud83d"),
    called(1, piece="\ude00"),
    said(Delta(tool_calls=(CallDelta(index=2, id="f", custom=CustomDelta(name="sh", input="\ud83d")),))),
    FINISH,
    BOOM,
)
"""Texts that are cut amid a character."""

WHOLE_HALVES: Alphabet = (
    *(said(Delta(content=piece)) for piece in ("t\ud83d", "\ude00", "\ud83d")),
    said(Delta(reasoning="\ud83d", refusal="\ud83d")),
    called(0, "a", "get", "\ud83d"),
    called(0, piece="\ude00"),
    whole(content="t😀", reasoning="😀", refusal="\ud83d"),
    whole(content="t\ud83d"),
    whole(tool_calls=(CallDelta(id="a", function=FunctionDelta(name="get", arguments="😀")),)),
    whole(tool_calls=(CallDelta(id="a", function=FunctionDelta(name="get", arguments="x")),)),
    FINISH,
)
"""Texts that are cut amid a character, and wholes of them."""

THOUGHT_HALVES: Alphabet = (
    called(0, "a", "rm"),
    *(
        called(0, piece=piece)
        for piece in ('{"thinking":"', "\ud83d", "\ude00", '"', ',"k":"', '"}', "\\ud83d", "\\ude00")
    ),
    said(Delta(content="\ud83d")),
    said(Delta(content="\ude00")),
)
"""Thoughts in the arguments that are cut amid a character, written as it is or as escapes."""

CALL = {"type": "function_call", "id": "fc_2", "call_id": "a", "name": "rm"}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [{"text": "cd"}], "content": [{"text": "cd"}]}
RESPONSES: Alphabet = (
    event("created", response={"id": "resp_1", "model": "m"}),
    event("output_item.added", output_index=0, item={"type": "message", "id": "msg_0", "content": []}),
    of_item("output_text.delta", 0, "msg_0", content_index=0, delta="tu"),
    of_item("output_text.done", 0, "msg_0", content_index=0, text="tutu"),
    event("output_text.delta", item_id="msg_9", content_index=0, delta="v"),
    of_item("content_part.done", 0, "msg_0", content_index=1, part={"type": "refusal", "refusal": "nono"}),
    of_item("refusal.delta", 0, "msg_0", content_index=1, delta="no"),
    event("output_item.added", output_index=1, item={"type": "reasoning", "id": "rs_1", "summary": []}),
    of_item("reasoning_summary_text.delta", 1, "rs_1", summary_index=0, delta="rq"),
    of_item("reasoning_summary_text.delta", 1, "rs_1", summary_index=1, delta="s"),
    of_item("reasoning_text.delta", 1, "rs_1", content_index=0, delta="cd"),
    event("output_item.done", output_index=1, item=THOUGHT),
    event("output_item.added", output_index=2, item=CALL),
    of_item("function_call_arguments.delta", 2, "fc_2", delta="xy"),
    of_item("function_call_arguments.done", 2, "fc_2", arguments="{}"),
    event("output_item.done", output_index=2, item=CALL | {"arguments": "xyxy"}),
    event("output_item.done", output_index=0, item={"type": "message", "id": "msg_0", "content": [{"text": "other"}]}),
    of_item("custom_tool_call_input.delta", 3, "ct_3", delta="q"),
    of_item("web_search_call.searching", 4, "ws_4"),
    of_item("code_interpreter_call_code.delta", 5, "ci_5", delta="code"),
    of_item("output_text.annotation.added", 0, "msg_0", content_index=0, annotation={"url": "u"}),
    of_item("new_thing.delta", 0, "msg_0", delta="?"),
    event("completed", response={"id": "resp_1", "status": "completed", "output": [], "usage": {"input_tokens": 1}}),
    event("incomplete", response={"status": "incomplete", "output": [CALL | {"arguments": "xy"}]}),
    event("failed", response={"status": "failed", "error": {"message": "boom"}}),
    Done(),
    Undecodable("bad"),
)
"""Responses events."""

BEGUN = {"type": "message", "id": "msg_0", "content": [{"type": "output_text", "text": "tu"}]}
DRIFTING: Alphabet = (
    event("output_item.added", output_index=0, item=BEGUN),
    event("content_part.added", output_index=0, content_index=0, part={"type": "output_text", "text": ""}),
    of_item("output_text.delta", 0, "msg_0", content_index=0, delta="tu"),
    of_item("output_text.delta", 0, "msg_0", content_index=3, delta="vw"),
    of_item("refusal.delta", 0, "msg_0", content_index=3, delta="no"),
    event("output_text.delta", delta="x"),
    event("reasoning.delta", output_index=1, item_id="rs_1", delta="rs"),
    event("output_item.done", output_index=0, item=BEGUN),
    event("output_item.added", output_index=2, item=CALL),
    event("function_call_arguments.delta", call_id="a", delta="{}"),
    event("function_call_arguments.delta", delta="yz"),
    event("done", response={"status": "completed", "output": []}),
    event("done", response={"status": "cancelled"}),
    event("canceled", response={"usage": {"input_tokens": 1}}),
    event("failed", response={"status": "failed", "error": None}),
    event("error", error={"message": "boom"}),
    Done(),
)
"""Responses whose parts drift, whose items begin with text or go on after their end, without addresses, by any end."""

BEGINNINGS: Alphabet = (
    event("created", response={"output": [BEGUN]}),
    event("in_progress", response={"status": "in_progress", "output": [BEGUN, CALL | {"arguments": '{"a":1}'}]}),
    event("queued", response={"output_text": "tu", "incomplete_details": {"reason": "r"}, "error": {}}),
    event("in_progress", response={"status": "in_progress", "error": {"message": "boom"}}),
    event("queued", response={"status": "cancelled"}),
    event("expired", response={"status": "expired"}, extras={"trace": "t"}),
    event("output_item.added", output_index=0, item=BEGUN),
    of_item("output_text.delta", 0, "msg_0", content_index=0, delta="tu"),
    of_item("output_text.delta", 0, "msg_0", content_index=0, delta="vw"),
    event("done", response={"status": "completed", "output": []}),
)
"""Responses that begin with items, with an error or an end, or that end by a name that nobody knows."""

CALL_BEGUN = event("output_item.added", output_index=0, item=CALL | {"arguments": ""})
EVENT_CALLS: Alphabet = (
    *(of_item("function_call_arguments.delta", 0, "fc_2", delta=piece) for piece in ('{"a":1}', '{"a"', ": 1} ", "{}")),
    of_item("function_call_arguments.delta", 0, "fc_2", delta='{"b":"}"}'),
    of_item("function_call_arguments.delta", 0, "fc_2", delta="null"),
    of_item("function_call_arguments.done", 0, "fc_2", arguments='{"a":1}'),
    event("output_item.done", output_index=0, item=CALL | {"arguments": '{ "a": 1 }'}),
    event("output_item.done", output_index=0, item=CALL),
    of_item("output_text.delta", 1, "msg_1", content_index=0, delta="tu"),
    event("completed", response={"status": "completed", "output": []}),
    event("incomplete", response={"status": "incomplete", "output": []}),
    event("tool_call.delta", output_index=0, delta="lost"),
    Undecodable("bad", lost=True),
)
"""A call's arguments: placeholders, whole objects that come again, lost frames, closing, and what comes after that."""

NUMBERED: Alphabet = tuple(
    chunk
    for chunk in RESPONSES
    if isinstance(chunk, Event) and chunk.type.rpartition(".")[2] in ("created", "added", "delta", "done", "completed")
)
"""Responses events that the walk numbers, one after the other."""

EVENT_HALVES: Alphabet = (
    of_item("output_text.delta", 0, "msg_0", content_index=0, delta="t\ud83d"),
    of_item("output_text.delta", 0, "msg_0", content_index=0, delta="\ude00"),
    of_item("output_text.delta", 0, "msg_0", content_index=0, delta="u😀"),
    of_item("output_text.done", 0, "msg_0", content_index=0, text="t😀"),
    of_item("refusal.delta", 0, "msg_0", content_index=1, delta="\ud83d"),
    of_item("reasoning_summary_text.delta", 1, "rs_1", summary_index=0, delta="\ud83d"),
    of_item("reasoning_summary_text.delta", 1, "rs_1", summary_index=0, delta="\ude00"),
    of_item("function_call_arguments.delta", 2, "fc_2", delta="\ud83d"),
    of_item("function_call_arguments.delta", 2, "fc_2", delta="\ude00"),
    event("output_item.done", output_index=2, item=CALL | {"arguments": "😀"}),
    of_item("code_interpreter_call_code.delta", 5, "ci_5", delta="\ud83d"),
    of_item("code_interpreter_call_code.delta", 5, "ci_5", delta="\ude00"),
    event("completed", response={"status": "completed", "output": []}),
    event("failed", response={"status": "failed", "error": {"message": "boom"}}),
)
"""Texts of items that are cut amid a character."""

SIGNED = CallDelta(index=0, id="a", function=FunctionDelta(name="f", arguments="{}"), extras={"x_signature": "s"})
UNREAD: Alphabet = (
    said(Delta(content="tu"), extras={"x_signature": "a", "rank": 1, "listed": [1]}),
    said(Delta(content="v"), extras={"x_signature": "b", "rank": 2, "listed": [2], "nested": {"n": 1, "none": None}}),
    said(Delta(extras={"images": [{"url": "u"}], "nested": {"m": {"o": 2}}})),
    Chunk(choices=(Choice(delta=Delta(), extras={"logprobs": {"content": [{"token": "t"}]}}),)),
    said(Delta(tool_calls=(SIGNED,))),
    said(Delta(tool_calls=(CallDelta(index=0, extras={"x_signature": "z", "function": {"strict": True}}),))),
    FINISH,
)
"""Members that no fold reads, of each kind and at each level."""

UNREAD_EVENTS: Alphabet = (
    event("created", response={"id": "resp_1", "vendor": {"v": 1}}, extras={"trace": "t"}),
    of_item("output_text.delta", 0, "m", delta="tu", extras={"rank": 1, "listed": [1], "x_signature": "a"}),
    of_item("output_text.delta", 0, "m", delta="v", extras={"rank": 2, "listed": [2], "x_signature": "b"}),
    of_item("output_item.done", 0, "m", item={"id": "m", "type": "message", "group": {"g": 1}, "content": []}),
    of_item("content_part.done", 0, "m", part={"type": "output_text", "text": "tuv", "shade": 3}),
    event("new_thing.delta", delta="x", extras={"depth": 4}),
    Event(type="keepalive", extras={"sent": 5}),
    Undecodable("bad", json={"odd": 6}),
)
"""The same of events."""

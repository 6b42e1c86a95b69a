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
    Undecodable("bad"),
)
"""Chat Completions, where arguments are deltas."""

ENDS: Alphabet = (
    said(Delta(content="tu")),
    said(Delta(content="fg", extra_content={"google": {"thought": True, "thought_signature": "s"}})),
    called(0, "a", "get", "{}"),
    called(1, "b", "put", '{"'),
    *(said(finish_reason=word) for word in ("stop", "TOOL_USE", "MAX_TOKENS", "network_error", "odd", "null")),
    Chunk(choices=(Choice(delta=Delta(content="vw"), error={"message": "boom"}, usage={"prompt_tokens": 3}),)),
    Chunk(choices=(Choice(index=1, error="not ours", finish_reason="error"),)),
    Chunk(x_groq={"error": {"message": "maximum context is 8 tokens"}}),
    said(Delta(content="x"), error={"message": "", "code": None}),
    Chunk(error={"code": 429, "message": "later"}),
    Done(),
)
"""The words that an answer ends by, and errors wherever they stand."""

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

CALL = {"type": "function_call", "id": "fc_2", "call_id": "a", "name": "rm"}
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

NUMBERED: Alphabet = tuple(
    chunk
    for chunk in RESPONSES
    if isinstance(chunk, Event) and chunk.type.rpartition(".")[2] in ("created", "added", "delta", "done", "completed")
)
"""Responses events that the walk numbers, one after the other."""

"""For each wire a small world: an alphabet of chunk shapes, and random streams whose pieces can be cut and interleaved.

The alphabets are chosen so that every kind of transition can happen between any two; they are walked exhaustively.
"""

from collections.abc import Callable, Iterator
from typing import Any

from attrs import evolve, frozen
from hypothesis import strategies as st
from streamfold.reducer import Done, Undecodable, chat, inner_thoughts, responses
from streamfold.reducer.chunks import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from streamfold.reducer.events import Chunk as Event


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


CHAT: tuple[Any, ...] = (
    said(Delta(content="t")),
    said(Delta(content="", reasoning_content="r")),
    said(Delta(refusal="n")),
    said(Delta(content="b", reasoning="s", tool_calls=(CallDelta(index=1, function=FunctionDelta(arguments="k")),))),
    called(0, "a", "get", ""),
    called(0, piece="x"),
    called(0, "b", "put", "y"),
    called(0, "c", piece="z"),
    called(1, name="rm"),
    called(1, name="dir"),
    called(1, "d", piece="w"),
    called(id="e", name="look", piece="v"),
    called(piece="u"),
    said(Delta(tool_calls=(CallDelta(index=2, id="f", type="custom", custom=CustomDelta(name="sh", input="q")),))),
    said(Delta(function_call=FunctionDelta(name="old", arguments="o"))),
    said(finish_reason="tool_calls"),
    Chunk(usage={"prompt_tokens": 1, "completion_tokens": 2}),
    Chunk(choices=None),
    Chunk(error={"message": "boom"}),
    Done(),
    Undecodable("bad"),
)

INNER: tuple[Any, ...] = (
    called(0, "a", "send_message"),
    called(0, piece='{"'),
    called(0, piece='thinking":"'),
    called(0, piece="h"),
    called(0, piece="\\u00"),
    called(0, piece='e9"'),
    called(0, piece=","),
    called(0, piece='"message":"m"'),
    called(0, piece="}"),
    called(1, "b", "rm", '{"thinking":"i","k":1}'),
    called(1, piece="[1]"),
    said(Delta(content="t", reasoning="r")),
    said(finish_reason="stop"),
    Chunk(error={"message": "boom"}),
)

CALL = {"type": "function_call", "id": "fc_2", "call_id": "a", "name": "rm"}
RESPONSES: tuple[Any, ...] = (
    event("created", response={"id": "resp_1", "model": "m"}),
    event("output_item.added", output_index=0, item={"type": "message", "id": "msg_0", "content": []}),
    event("output_text.delta", output_index=0, item_id="msg_0", content_index=0, delta="t"),
    event("output_text.done", output_index=0, item_id="msg_0", content_index=0, text="tt"),
    event("refusal.delta", output_index=0, item_id="msg_0", content_index=1, delta="n"),
    event("output_item.added", output_index=1, item={"type": "reasoning", "id": "rs_1", "summary": []}),
    event("reasoning_summary_text.delta", output_index=1, item_id="rs_1", summary_index=0, delta="r"),
    event("reasoning_summary_text.delta", output_index=1, item_id="rs_1", summary_index=1, delta="s"),
    event("reasoning_text.delta", output_index=1, item_id="rs_1", content_index=0, delta="c"),
    event(
        "output_item.added", output_index=2, item={"type": "function_call", "id": "fc_2", "call_id": "a", "name": "rm"}
    ),
    event("function_call_arguments.delta", output_index=2, item_id="fc_2", delta="x"),
    event(
        "output_item.done",
        output_index=2,
        item=CALL | {"arguments": "xxx"},
    ),
    event("custom_tool_call_input.delta", output_index=3, item_id="ct_3", delta="q"),
    event("web_search_call.searching", output_index=4, item_id="ws_4"),
    event("output_text.annotation.added", output_index=0, content_index=0, annotation={"url": "u"}),
    event("new_thing.delta", output_index=0, delta="?"),
    event("completed", response={"id": "resp_1", "status": "completed", "output": [], "usage": {"input_tokens": 1}}),
    event("failed", response={"status": "failed", "error": {"message": "boom"}}),
    Done(),
)


@frozen
class World:
    """A wire, with what is needed to test it: its machine, an alphabet, and random streams."""

    name: str
    machine: Any
    alphabet: tuple[Any, ...]
    options: dict[str, Any]
    cut: Callable[[Any], Iterator[tuple[str, Callable[[str], Any]]]]

    def config(self, message_id: str) -> Any:
        return self.machine.Config(message_id=message_id, run_id="run-1", step_id="step-1", **self.options)


def cut_completion(chunk: Any) -> Iterator[tuple[str, Callable[[str], Any]]]:
    """The one text of a chat chunk, and how to make the same chunk of a piece of it; nothing if there are several."""
    if not isinstance(chunk, Chunk) or len(chunk.choices or ()) != 1:
        return
    (choice,) = chunk.choices or ()
    delta = choice.delta
    if delta is None or choice.finish_reason:
        return
    texts = [name for name in ("content", "reasoning_content", "refusal") if getattr(delta, name)]
    if len(texts) == 1 and not delta.tool_calls:
        yield getattr(delta, texts[0]), lambda piece: said(Delta(**{texts[0]: piece}))
    elif not texts and len(delta.tool_calls or ()) == 1:
        (call,) = delta.tool_calls or ()
        if call.function is not None and call.function.arguments and not call.id and not call.function.name:
            yield call.function.arguments, lambda piece: called(call.index, piece=piece)


def cut_event(chunk: Any) -> Iterator[tuple[str, Callable[[str], Any]]]:
    """The same for an event's delta."""
    if isinstance(chunk, Event) and isinstance(chunk.delta, str) and chunk.sequence_number is None:
        yield chunk.delta, lambda piece: evolve(chunk, delta=piece)


WORLDS = (
    World("chat", chat, CHAT, {"requires_approval_tools": ["rm"]}, cut_completion),
    World("think-tags", chat, CHAT, {"think_tags": True}, cut_completion),
    World("inner-thoughts", inner_thoughts, INNER, {"requires_approval_tools": ["rm"]}, cut_completion),
    World("assistant-tool", inner_thoughts, INNER, {"use_assistant_message": True}, cut_completion),
    World("no-thoughts", inner_thoughts, INNER, {"put_inner_thoughts_in_kwarg": False, "model": "o3"}, cut_completion),
    World("responses", responses, RESPONSES, {"requires_approval_tools": ["rm"]}, cut_event),
)

words = st.text(st.sampled_from('ab \n"\\{}[]:,é😀<think>/'), min_size=1, max_size=12)
json_values = st.recursive(
    words | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=4,
)
json_objects = st.dictionaries(st.sampled_from(["thinking", "message", "th", "k"]), json_values, max_size=4)


def cuts(text: str) -> st.SearchStrategy[list[str]]:
    """`text` in random pieces, none empty."""
    marks = st.sets(st.integers(1, max(1, len(text) - 1)), max_size=6).map(sorted)
    return marks.map(lambda at: [text[a:b] for a, b in zip([0, *at], [*at, len(text)], strict=True) if text[a:b]])


def interleaved(lanes: list[list[Any]]) -> st.SearchStrategy[list[Any]]:
    """The lanes' chunks in a random order that keeps each lane's own."""
    order = [position for position, lane in enumerate(lanes) for _ in lane]

    def merge(positions: list[int]) -> list[Any]:
        left = [iter(lane) for lane in lanes]
        return [next(left[position]) for position in positions]

    return st.permutations(order).map(merge)


def spoken_call(index: int, pieces: list[str]) -> list[Chunk]:
    """The chunks of one whole call, its arguments in these pieces."""
    return [called(index, f"call_{index}", f"f{index}", ""), *(called(index, piece=piece) for piece in pieces)]


def spoken_message(index: int, text: str, pieces: list[str]) -> list[Event]:
    """The events of one whole message item, its text in these pieces."""
    at: dict[str, Any] = {"output_index": index, "content_index": 0, "item_id": f"msg_{index}"}
    item = {"type": "message", "id": f"msg_{index}", "content": []}
    deltas = [event("output_text.delta", delta=piece, **at) for piece in pieces]
    return [
        event("output_item.added", output_index=index, item=item),
        *deltas,
        event("output_text.done", text=text, **at),
    ]

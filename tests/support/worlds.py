"""Random streams whose content is known: pieces that can be cut and interleaved at will."""

from collections.abc import Callable, Iterator
from typing import Any

from attrs import evolve
from hypothesis import strategies as st
from streamfold.adapters.utf16 import as_characters, as_units
from streamfold.reducer.completions.chunk import Chunk, Delta
from streamfold.reducer.responses.event import Event
from support.alphabets import called, event, said


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


def cut_of(chunk: Any) -> Iterator[tuple[str, Callable[[str], Any]]]:
    """The one text of a chunk of any wire, and how to make the same chunk of another text."""
    return cut_event(chunk) if isinstance(chunk, Event) else cut_completion(chunk)


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


def unit_cuts(text: str) -> st.SearchStrategy[list[str]]:
    """The same by UTF-16 units, some of which are half a character."""
    return cuts(as_units(text)).map(lambda pieces: [as_characters(piece) for piece in pieces])


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

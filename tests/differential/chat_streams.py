"""Random Chat Completions streams as OpenAI sends them: decoded JSON, cut anywhere, lanes and choices interleaved."""

import json
from typing import Any

from hypothesis import strategies as st
from support.json_texts import cuts, json_values

Json = dict[str, Any]
HEAD: Json = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4.1-2025-04-14"}
USAGE: Json = {
    "prompt_tokens": 30,
    "completion_tokens": 9,
    "total_tokens": 39,
    "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 4, "audio_tokens": 0},
}
IDS = ("call_{}", "call_{}", "same")  # some servers have one id for all calls of a chunk
FINISH_REASONS = ("stop", "tool_calls", "length", "content_filter")

texts = st.text(st.sampled_from('ab \n"\\{}é😀\u2028</think>'), min_size=1, max_size=24)
spoken = st.sampled_from(["content", "reasoning_content", "refusal"])
# Written in other ways too, as models do; a tool without arguments has an empty object.
argument_texts = st.builds(
    json.dumps,
    st.dictionaries(st.text(max_size=4), json_values, max_size=3),
    ensure_ascii=st.booleans(),
    indent=st.sampled_from([None, 1]),
)


def call_deltas(index: int, call_id: str, pieces: list[str]) -> list[Json]:
    """The entries of one call: id and name first, then its arguments in pieces."""
    first = {
        "index": index,
        "id": call_id,
        "type": "function",
        "function": {"name": f"f{index}", "arguments": ""},
    }
    return [first, *({"index": index, "function": {"arguments": piece}} for piece in pieces)]


@st.composite
def choice_deltas(draw: st.DrawFn, ids: tuple[str, ...]) -> list[Json]:
    """The deltas of one choice, without its end."""
    speech = draw(st.lists(spoken, max_size=2, unique=True))
    lanes: list[list[Json]] = []
    for name in speech:
        lanes.append([{name: piece} for piece in draw(cuts(draw(texts)))])
    pieces = [draw(cuts(draw(argument_texts))) for _ in range(draw(st.integers(0, 3)))]
    lengths = [len(lane) for lane in lanes] + [len(cut) + 1 for cut in pieces]
    order = draw(st.permutations([lane for lane, length in enumerate(lengths) for _ in range(length)]))
    opened = list(dict.fromkeys(lane for lane in order if lane >= len(lanes)))  # a call's index is its place
    call_ids = draw(st.sampled_from(ids))
    for lane in range(len(pieces)):
        index = opened.index(lane + len(speech))
        entries = call_deltas(index, call_ids.format(index), pieces[lane])
        lanes.append([{"tool_calls": [entry]} for entry in entries])
    left = [iter(lane) for lane in lanes]
    return [{"role": "assistant", "content": draw(st.sampled_from(["", None]))}, *(next(left[lane]) for lane in order)]


def merged(first: Json, second: Json) -> Json | None:
    """Two neighbouring deltas as one, if they can be."""
    if "role" in first or (set(first) & set(second)) - {"tool_calls"}:
        return None
    calls = [*first.get("tool_calls", ()), *second.get("tool_calls", ())]
    return {**first, **second, **({"tool_calls": calls} if calls else {})}


@st.composite
def choices_chunks(draw: st.DrawFn, index: int, ids: tuple[str, ...]) -> list[Json]:
    """The chunks of one choice: some deltas share one, and the finish reason comes with the last or after it."""
    deltas: list[Json] = []
    for delta in draw(choice_deltas(ids)):
        both = merged(deltas[-1], delta) if deltas and draw(st.integers(0, 3)) == 0 else None
        if both is None:
            deltas.append(delta)
        else:
            deltas[-1] = both
    if draw(st.booleans()):
        deltas.append({})
    choices: list[Json] = [
        {"index": index, "delta": delta, "logprobs": None, "finish_reason": None} for delta in deltas
    ]
    choices[-1]["finish_reason"] = draw(st.sampled_from(FINISH_REASONS))
    return [{**HEAD, "choices": [choice]} for choice in choices]


@st.composite
def chat_streams(draw: st.DrawFn, choices: int = 2, ids: tuple[str, ...] = IDS) -> list[Json]:
    """All chunks of an answer of up to two choices; usage, if it is asked for, comes in a last chunk of its own."""
    lanes = [draw(choices_chunks(index, ids)) for index in range(draw(st.sampled_from([1, 1, choices])))]
    head, rest = lanes[0][:1], [lanes[0][1:], *lanes[1:]]  # the first choice begins
    order = draw(st.permutations([lane for lane, chunks in enumerate(rest) for _ in chunks]))
    left = [iter(lane) for lane in rest]
    chunks = [*head, *(next(left[lane]) for lane in order)]
    if draw(st.booleans()):
        chunks = [{**chunk, "usage": None} for chunk in chunks]
        chunks.append({**HEAD, "choices": [], "usage": USAGE})
    return chunks

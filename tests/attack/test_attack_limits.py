"""Bounded: however much comes beyond a limit, what is held stays what it was there, and the fold costs nothing more."""

import pickle
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from streamfold import chat, responses
from streamfold.reducer.completions.chunk import Delta
from support.alphabets import called, event, said
from support.law_checks import MESSAGE_ID

LIMITS = {"characters": 20_000, "lanes": 50, "identifier": 500, "annotations": 50, "extras": 20_000, "remembered": 50}
PIECE = "x" * 100
BYTES_HELD = 8
"""What a state may hold for each character that the limits let in."""


def chat_texts(count: int) -> Iterator[Any]:
    return (said(Delta(content=PIECE, reasoning=PIECE)) for _ in range(count))


def chat_calls(count: int) -> Iterator[Any]:
    return (called(at, f"id_{at}", "f", PIECE) for at in range(count))


def chat_arguments(count: int) -> Iterator[Any]:
    yield called(0, "a", "f", '{"k":"')
    yield from (called(0, piece=PIECE) for _ in range(count))


def chat_names(count: int) -> Iterator[Any]:
    return (called(0, name=f"{at} {PIECE}") for at in range(count))


def chat_repetitions(count: int) -> Iterator[Any]:
    yield called(0, "a", "f", '{"k":1}')
    yield from (called(0, piece=" " * 100) for _ in range(count))


def chat_tools(count: int) -> Iterator[Any]:
    return (said(Delta(executed_tools=[{"index": at, "output": PIECE}])) for at in range(count))


def chat_details(count: int) -> Iterator[Any]:
    return (said(Delta(reasoning_details=[{"type": "t", "index": at, "text": PIECE}])) for at in range(count))


def event_texts(count: int) -> Iterator[Any]:
    return (event("output_text.delta", output_index=0, item_id="msg_0", delta=PIECE) for _ in range(count))


def event_items(count: int) -> Iterator[Any]:
    return (event("output_text.delta", output_index=at, item_id=f"msg_{at}", delta=PIECE) for at in range(count))


def event_parts(count: int) -> Iterator[Any]:
    address = {"output_index": 0, "item_id": "rs_0"}
    return (event("reasoning_summary_text.delta", summary_index=at, delta=PIECE, **address) for at in range(count))


def event_answers(count: int) -> Iterator[Any]:
    return (event("created", response={"id": f"resp_{at}"}) for at in range(count))


ENDING = {
    "texts of chat": (chat, chat_texts),
    "calls": (chat, chat_calls),
    "arguments": (chat, chat_arguments),
    "names": (chat, chat_names),
    "spaces after whole arguments": (chat, chat_repetitions),
    "tools that ran": (chat, chat_tools),
    "details of reasoning": (chat, chat_details),
    "texts of events": (responses, event_texts),
    "items": (responses, event_items),
    "parts": (responses, event_parts),
    "responses": (responses, event_answers),
}


def chat_notes(count: int) -> Iterator[Any]:
    return (said(Delta(annotations=[{"url": f"{at} {PIECE}"}])) for at in range(count))


def chat_members(count: int) -> Iterator[Any]:
    return (said(extras={f"m{at}": PIECE}) for at in range(count))


def event_notes(count: int) -> Iterator[Any]:
    address = {"output_index": 0, "item_id": "msg_0"}
    return (event("output_text.annotation.added", annotation={"url": f"{at}{PIECE}"}, **address) for at in range(count))


def event_numbers(count: int) -> Iterator[Any]:
    return (event("in_progress", sequence_number=33 * at) for at in range(count))


def event_members(count: int) -> Iterator[Any]:
    items = ({"type": "w", "id": f"w{at % 40}", f"m{at % 200}": f"{at}{PIECE}"} for at in range(count))
    return (event("output_item.added", output_index=at % 40, item=item) for at, item in enumerate(items))


def event_contents(count: int) -> Iterator[Any]:
    items = ({"type": "message", "id": f"m{at % 40}", "content": [{"type": f"{at}{PIECE}"}]} for at in range(count))
    return (event("output_item.done", output_index=at % 40, item=item) for at, item in enumerate(items))


DROPPING = {
    "citations of chat": (chat, chat_notes),
    "members": (chat, chat_members),
    "citations of events": (responses, event_notes),
    "members of items": (responses, event_members),
    "contents of items": (responses, event_contents),
    "numbers": (responses, event_numbers),
}


def folded(machine: Any, chunks: Iterator[Any]) -> tuple[Any, int]:
    """The last state, and how many chunks there were when the fold ended by itself; 0 if it did not."""
    state, _ = machine.start(machine.Config(message_id=MESSAGE_ID, limits=LIMITS))
    ended = 0
    for count, chunk in enumerate(chunks):
        state, _ = machine.step(state, chunk)
        ended = ended or (count if state.end is not None else 0)
    return state, ended


@pytest.mark.parametrize("what", ENDING)
def test_what_passes_a_limit_ends_its_fold(what: str) -> None:
    machine, stream = ENDING[what]
    little, ended = folded(machine, stream(1_000))
    much, ended_too = folded(machine, stream(8_000))
    assert 0 < ended == ended_too < 500
    assert little == much
    assert machine.result(much).outcome == "failed"
    assert len(pickle.dumps(much)) < BYTES_HELD * (LIMITS["characters"] + LIMITS["lanes"] * len(PIECE))


@pytest.mark.deep
@pytest.mark.parametrize("what", DROPPING)
def test_what_is_dropped_is_not_held(what: str) -> None:
    machine, stream = DROPPING[what]
    sizes = [len(pickle.dumps(folded(machine, stream(count))[0])) for count in (1_000, 8_000)]
    assert sizes[1] <= sizes[0] + 1_000
    assert sizes[1] < BYTES_HELD * (LIMITS["extras"] + LIMITS["annotations"] * len(PIECE))


def test_a_long_id_rides_in_no_message() -> None:
    long = "i" * (1 << 20)
    stream = [called(0, long, "f", "{"), *(called(0, piece=" ") for _ in range(400))]
    tracemalloc.start()
    try:
        state, messages = chat.start(chat.Config(message_id=MESSAGE_ID))
        said_of_it = list(messages)
        for chunk in stream:
            state, messages = chat.step(state, chunk)
            said_of_it.extend(messages)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [message.message_type for message in said_of_it] == ["stop_reason"]
    assert held < 100_000

"""Chat Completions: our fold and the openai SDK's own accumulator say the same, after every chunk."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen
from differential.chat_streams import chat_streams
from differential.sdk_readers import ChatReader, Said, counts, said_by_us
from hypothesis import event, given
from streamfold.adapters import wire
from streamfold.reducer import Ended, chat
from support.law_checks import MESSAGE_ID

RECORDINGS = ("chat__", "inner__")
Json = dict[str, Any]


def said_after(chunks: list[Json], places: list[int], **options: Any) -> dict[int, Said]:
    """What we say after the chunks at these places, if the stream ends there."""
    decode: Any = wire.decoder("chat")
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID, **options))
    said = {}
    for at, chunk in enumerate(chunks):
        state, _ = chat.step(state, decode(chunk))
        if at in places:
            said[at] = said_by_us(chat.result(chat.finish(state, Ended())[0]))
    return said


@given(chat_streams())
def test_the_sdk_has_the_same_of_every_choice_after_every_chunk(chunks: list[Json]) -> None:
    choices = {choice["index"] for chunk in chunks for choice in chunk["choices"]}
    event(f"{len(choices)} choices")
    ours = {choice: said_after(chunks, list(range(len(chunks))), choice=choice) for choice in choices}
    reader = ChatReader()
    for at, chunk in enumerate(chunks):
        reader.feed(chunk)
        for choice in choices:
            assert ours[choice][at] == reader.said(choice)


# Recorded streams. Each of these defects of the SDK has a test of its own in test_differential_chat_quirks.py.


@frozen
class Defect:
    """What the SDK makes of our answer to the chunks so far; the same answer where it makes nothing of it."""

    words: str
    change: Callable[[list[Json], Said], Said]


def parts_of(chunks: list[Json]) -> list[Any]:
    """The contents of the deltas, that are lists."""
    choices = (choice for chunk in chunks for choice in chunk["choices"])
    contents = [choice["delta"].get("content") for choice in choices]
    return [content for content in contents if isinstance(content, list)]


def without_lists(chunks: list[Json], said: Said) -> Said:
    parts = [part for content in parts_of(chunks) for part in content]
    if not parts:
        return said
    # The recorded lists come before all other text.
    listed = "".join(part.get("text", "") for part in parts)
    return evolve(said, reasoning="", text=said.text.removeprefix(listed))


def without_details(chunks: list[Json], said: Said) -> Said:
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    if any(delta.get("reasoning") or delta.get("reasoning_content") for delta in deltas):
        return said
    if any(delta.get("reasoning_details") for delta in deltas):
        return evolve(said, reasoning="")
    return said


def with_last_usage(chunks: list[Json], said: Said) -> Said:
    return evolve(said, usage=counts(chunks[-1].get("usage")))


def with_first_id(chunks: list[Json], said: Said) -> Said:
    return evolve(said, provider_id=chunks[0]["id"])


DEFECTS = (
    Defect("it has the last chunk's usage, also where that has none", with_last_usage),
    Defect("it has the first chunk's id, also where that is empty", with_first_id),
    Defect("it drops content that is a list after content that is text", without_lists),
    Defect("it reads no reasoning out of reasoning details", without_details),
)


def raises(chunks: list[Json]) -> list[type[Exception]]:
    """What the SDK raises at the last of these chunks."""
    last = chunks[-1].get("choices")
    if last is None:
        return [TypeError]  # an error in place of a chunk
    if any(choice["delta"].get("annotations") for choice in last):
        earlier = (choice["delta"].get("annotations") for chunk in chunks[:-1] for choice in chunk["choices"])
        if any(notes is not None for notes in earlier):
            return [RuntimeError]  # citations have no index to merge them by
    return []


def test_the_sdk_agrees_on_recorded_chats_but_for_its_known_defects(recording: Path) -> None:
    frames = wire.frames([recording.read_bytes()])
    chunks = [json.loads(frame.data) for frame in frames if frame.data.strip() != b"[DONE]"]
    places = list(range(0, len(chunks), max(1, len(chunks) // 40)))
    ours = said_after(chunks, [*places, len(chunks) - 1])
    reader = ChatReader()
    for at, chunk in enumerate(chunks):
        seen = chunks[: at + 1]
        for kind in raises(seen):
            with pytest.raises(kind):
                reader.feed(chunk)
            return
        reader.feed(chunk)
        if at in ours:
            said = ours[at]
            for defect in DEFECTS:
                said = defect.change(seen, said)
            assert said == reader.said()

"""Chat Completions chunks, read naively: with no regard for quirks, and sharing no code with the folds."""

import json
import re
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from attrs import evolve

from ...reducer.completions.chunk import CallDelta, Choice, Chunk, Delta, FunctionDelta
from ...reducer.ends import Done
from ...reducer.values.json_values import as_list, as_object, as_text
from .oracle import Content

_HALF = re.compile("[\ud800-\udfff]")  # of a surrogate pair
TEXTS = ("content", "reasoning_content", "reasoning", "reasoning_text", "refusal")
"""The members of a delta that are text."""


def said(chunks: Sequence[Any], config: Any) -> Content | None:
    """What the deltas of the wanted choice say, joined, up to an error in the stream."""
    text, reasoning, refusal = "", "", ""
    calls: list[CallDelta] = []
    for chunk in chunks:
        if not isinstance(chunk, Chunk):
            continue
        for delta in _deltas(chunk, config.choice):
            text += delta.content or ""
            thought = delta.reasoning_content or delta.reasoning or delta.reasoning_text
            reasoning += thought or _detailed(delta.reasoning_details)
            refusal += delta.refusal or ""
            calls.extend(delta.tool_calls or ())
            if delta.function_call is not None:
                calls.append(CallDelta(index=-1, function=delta.function_call))
        if chunk.error:
            break
    tags = getattr(config, "think_tags", False)
    if tags and reasoning:
        return None  # which came first, the joined texts do not say
    if tags:
        text, reasoning = _untagged(text, opened=tags == "opened")
    told_apart = _by_index(calls)
    thoughts = None if told_apart is None else _thoughts(told_apart, getattr(config, "thoughts_key", ""))
    return Content(text, reasoning, refusal, "".join(map(_piece, calls)), told_apart, thoughts)


def cuts(chunk: Any) -> Iterator[tuple[Chunk, Chunk]]:
    """A chunk that has one text and nothing that happens once, in two."""
    choice = sole_choice(chunk)
    if choice is None or choice.delta is None or chunk.repairs:
        return
    delta = choice.delta
    names = [name for name in TEXTS if getattr(delta, name)]
    halves: Iterator[tuple[Delta, Delta]] = iter(())
    if delta.tool_calls and not names and len(delta.tool_calls) == 1:
        halves = _call_in_two(delta, delta.tool_calls[0])
    elif len(names) == 1:
        halves = _text_in_two(delta, names[0])
    for one, other in halves:
        yield evolve(chunk, choices=(evolve(choice, delta=one),)), evolve(chunk, choices=(evolve(choice, delta=other),))


def _call_in_two(delta: Delta, call: CallDelta) -> Iterator[tuple[Delta, Delta]]:
    if delta != Delta(tool_calls=(call,)) or call.index is None or call.function is None:
        return
    for first, second in _halves(call.function.arguments):
        begun = evolve(call, function=evolve(call.function, arguments=first))
        rest = CallDelta(index=call.index, function=FunctionDelta(arguments=second))
        yield Delta(tool_calls=(begun,)), Delta(tool_calls=(rest,))


def _text_in_two(delta: Delta, name: str) -> Iterator[tuple[Delta, Delta]]:
    texts: dict[str, Any] = dict.fromkeys(TEXTS)
    if evolve(delta, **texts) == Delta():
        for first, second in _halves(getattr(delta, name)):
            yield Delta(**{**texts, name: first}), Delta(**{**texts, name: second})


def lane(chunk: Any) -> Hashable:
    """The index of the one call that a chunk is about, if it is about nothing else."""
    choice = sole_choice(chunk)
    if choice is None or choice.delta is None or len(choice.delta.tool_calls or ()) != 1:
        return None
    (call,) = choice.delta.tool_calls or ()
    return call.index if choice.delta == Delta(tool_calls=(call,)) else None


def closes(chunks: Sequence[Any], config: Any) -> bool:
    """Whether a finish reason came, or `[DONE]`."""
    return any(
        isinstance(chunk, Done)
        or (
            isinstance(chunk, Chunk)
            and any(choice.finish_reason for choice in chunk.choices or () if config.choice in (None, choice.index))
        )
        for chunk in chunks
    )


def sole_choice(chunk: Any) -> Choice | None:
    """The one choice of a chunk, if nothing happens with it that happens once: no usage, no error, no finish reason."""
    if not isinstance(chunk, Chunk) or chunk.usage or chunk.error or len(chunk.choices or ()) != 1:
        return None
    (choice,) = chunk.choices or ()
    return None if choice.finish_reason else choice


def _deltas(chunk: Chunk, wanted: int | None) -> Iterator[Delta]:
    for choice in chunk.choices or ():
        if choice.delta is not None and (wanted is None or choice.index == wanted):
            yield choice.delta


def _detailed(details: Any) -> str:
    found = (as_object(detail) for detail in as_list(details))
    return "".join(as_text(detail.get("text")) or as_text(detail.get("summary")) for detail in found)


def _piece(call: CallDelta) -> str:
    function = call.function.arguments if call.function else None
    return function or (call.custom.input if call.custom else None) or ""


def _by_index(calls: Sequence[CallDelta]) -> tuple[str, ...] | None:
    """Each call's arguments, where nothing but their index tells the calls apart."""
    joined: dict[int, str] = {}
    ids: set[str] = set()
    for call in calls:
        name = call.function.name if call.function else None
        if call.index is None or call.custom is not None:
            return None
        if (call.id or name) and (call.index in joined or call.id in ids):
            return None  # another call of the same index or id, perhaps
        if call.id or name or call.extra_content or _piece(call):
            joined[call.index] = joined.get(call.index, "") + _piece(call)
            ids |= {call.id} if call.id else set()
    return tuple(joined.values())


def _thoughts(calls: Sequence[str], key: str) -> str | None:
    """What the calls' arguments have under this key, joined; of an object that was cut off, as much as there is."""
    found = ""
    for arguments in calls:
        if arguments.lstrip(" \t\n\r")[:1] not in ("", "{"):
            continue
        members = _members(arguments) or _members(arguments + '"}')
        if members is None:
            return None
        found += "".join(value for name, value in members if name == key and isinstance(value, str))
    return None if _HALF.search(found) else found


def _members(text: str) -> list[tuple[str, Any]] | None:
    try:
        members: list[tuple[str, Any]] = json.loads(text or "{}", object_pairs_hook=list)
    except (ValueError, RecursionError):
        return None
    return members


def _untagged(content: str, opened: bool) -> tuple[str, str]:
    """Text and reasoning of a whole content whose reasoning stands in think tags."""
    begun = content.lstrip()
    space = content[: len(content) - len(begun)]
    if begun.startswith("<think>") and len(space) <= 64:
        reasoning, _, text = begun.removeprefix("<think>").partition("</think>")
        return space + text, reasoning
    if opened:
        reasoning, _, text = content.partition("</think>")
        return text, reasoning
    return content, ""


def _halves(text: str | None) -> Iterator[tuple[str, str]]:
    for at in range(1, len(text or "")):
        yield (text or "")[:at], (text or "")[at:]

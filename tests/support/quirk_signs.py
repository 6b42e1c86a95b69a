"""By what each quirk can be known in the chunks of a stream: looked for there, without asking who composed it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from attrs import asdict
from streamfold.adapters.strategies.expected import is_json
from streamfold.adapters.strategies.quirks import Quirk
from streamfold.adapters.strategies.streams import Stream
from streamfold.reducer import Done, Undecodable
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, Delta
from streamfold.reducer.completions.whole import reasoning_in
from streamfold.reducer.responses.event import Event

Sign = Callable[[Stream], bool]


def choices(stream: Stream) -> list[Choice]:
    return [choice for chunk in stream.chunks if isinstance(chunk, Chunk) for choice in chunk.choices or ()]


def deltas(stream: Stream) -> list[Delta]:
    return [choice.delta for choice in choices(stream) if choice.delta is not None]


def calls(stream: Stream) -> list[CallDelta]:
    return [call for delta in deltas(stream) for call in delta.tool_calls or ()]


def named(call: CallDelta) -> str | None:
    return (call.function and call.function.name) or (call.custom and call.custom.name) or None


def given(call: CallDelta) -> str | None:
    return call.function.arguments if call.function else call.custom.input if call.custom else None


def openings(stream: Stream) -> list[CallDelta]:
    """The entries that give a call its id."""
    return [call for call in calls(stream) if call.id and named(call)]


def by_index(stream: Stream) -> dict[int | None, list[CallDelta]]:
    found: dict[int | None, list[CallDelta]] = {}
    for call in calls(stream):
        found.setdefault(call.index, []).append(call)
    return found


def some_call(stream: Stream, sign: Callable[[list[CallDelta]], bool]) -> bool:
    return any(sign(entries) for entries in by_index(stream).values())


def events(stream: Stream, *kinds: str) -> list[Event]:
    found = [chunk for chunk in stream.chunks if isinstance(chunk, Event)]
    return [event for event in found if not kinds or event.type.removeprefix("response.") in kinds]


def known(stream: Stream) -> list[Event]:
    """The events of a response, without those that come in between."""
    strange = ("keepalive", "response.new_thing.delta", "response.audio.delta")
    empty = ("response.output_item.added", "response.content_part.added", "response.output_item.done")
    return [
        event
        for event in events(stream)
        if event.type not in strange and not (event.type in empty and event.item is None and event.part is None)
    ]


def about_items(stream: Stream) -> list[Event]:
    return [event for event in known(stream) if event.response is None and event.type != "error"]


def lacks(*suffixes: str) -> Sign:
    return lambda stream: (
        any(about_items(stream) or output(stream))
        and not any(event.type.endswith(suffixes) for event in about_items(stream))
    )


def numbers(stream: Stream) -> list[int]:
    return [event.sequence_number for event in events(stream) if event.sequence_number is not None]


def terminals(stream: Stream) -> list[dict[str, Any]]:
    return [event.response for event in events(stream, "completed", "incomplete")]


def output(stream: Stream) -> list[dict[str, Any]]:
    return [item for response in terminals(stream) for item in response["output"] or ()]


def done_items(stream: Stream) -> list[dict[str, Any]]:
    return [event.item for event in events(stream, "output_item.done") if event.item]


def item_ids(stream: Stream) -> list[str]:
    ids = [event.item_id or (event.item and event.item["id"]) for event in about_items(stream)]
    return [found for found in ids if found]


def arguments_and_whole(stream: Stream) -> list[tuple[str, str]]:
    """The arguments of each function call as its deltas say them, and as they are whole."""
    wholes = {event.output_index: event.arguments for event in events(stream, "function_call_arguments.done")}
    deltas = events(stream, "function_call_arguments.delta")
    return [("".join(e.delta for e in deltas if e.output_index == index), whole) for index, whole in wholes.items()]


def said_and_whole(stream: Stream) -> Iterator[tuple[str, str]]:
    """What the deltas of each part of text said before its first `*.done`, and that."""
    said: dict[Any, str] = {}
    for event in known(stream):
        name, _, stage = event.type.rpartition(".")
        key = (name, event.output_index, event.item_id, event.content_index, event.summary_index)
        if stage == "delta" and isinstance(event.delta, str):
            said[key] = said.get(key, "") + event.delta
        whole = event.text or event.refusal or event.arguments or event.input
        if stage == "done" and whole:
            yield said.get(key, ""), whole


def early(stream: Stream) -> bool:
    """A delta of an item whose `done` has come."""
    done: set[int | None] = set()
    for event in about_items(stream):
        if event.type == "response.output_item.done":
            done.add(event.output_index)
        elif event.type.endswith(".delta") and event.output_index in done:
            return True
    return False


def mixed(stream: Stream) -> bool:
    """Two items of one kind, of which the second has an event before the first has had its last."""
    for prefix in ("msg", "rs"):
        own = [
            event
            for event in about_items(stream)
            if (event.item_id or (event.item or {}).get("id", ""))[:2] == prefix[:2]
        ]
        places = [event.output_index or 0 for event in own]
        if places != sorted(places):
            return True
    return False


def late(stream: Stream) -> bool:
    coming = numbers(stream)
    return coming != sorted(coming)


def halves(stream: Stream) -> bool:
    texts = (text for delta in deltas(stream) for text in (delta.content, reasoning_in(delta), delta.refusal) if text)
    return any("\ud800" <= character <= "\udfff" for text in texts for character in text)


def tagged(stream: Stream) -> bool:
    content = "".join(delta.content or "" for delta in deltas(stream))
    return any(tag in content for tag in ("</think>", "</thought>", "[/THINK]"))


def usages(stream: Stream) -> list[dict[str, Any]]:
    return [chunk.usage for chunk in stream.chunks if isinstance(chunk, Chunk) and chunk.usage]


def finishes(stream: Stream) -> list[str]:
    own = [choice for choice in choices(stream) if not (choice.delta and choice.delta.content == "another answer")]
    return [choice.finish_reason for choice in own if choice.finish_reason]


def speaks(delta: Delta | None) -> bool:
    return delta is not None and any(value for value in asdict(delta, recurse=False).values())


def late_payload(stream: Stream) -> bool:
    own = choices(stream)
    first = next((at for at, choice in enumerate(own) if choice.finish_reason), len(own))
    return any(speaks(choice.delta) for choice in own[first:])


def thoughts_are(stream: Stream, sign: Callable[[list[str], Any], bool]) -> bool:
    found = [call.arguments for call in stream.says.calls if is_json(call.arguments) and call.kind == "function"]
    objects = [value for value in map(json.loads, found) if isinstance(value, dict) and "thinking" in value]
    return any(sign(list(value), value["thinking"]) for value in objects)


def snapshots(entries: list[CallDelta]) -> bool:
    texts = [text for text in map(given, entries) if text]
    return len(texts) > 1 and all(later.startswith(text) for text, later in pairwise(texts))


def in_json(stream: Stream, name: str) -> bool:
    return any(getattr(chunk, name, None) for chunk in stream.chunks)


def has_annotations(stream: Stream) -> bool:
    parts = [part for item in [*done_items(stream), *output(stream)] for part in item.get("content", ())]
    parts += [event.part for event in events(stream) if event.part]
    noted = any(delta.annotations for delta in deltas(stream)) or any(event.annotation for event in events(stream))
    return noted or any(part.get("annotations") for part in parts)


SIGNS: dict[Quirk, Sign] = {
    Quirk.NO_INDEX: lambda s: (
        any(call.index is None for call in calls(s)) or any(e.output_index is None for e in about_items(s))
    ),
    Quirk.SHARED_INDEX: lambda s: (
        len({call.id for call in openings(s)} if len(by_index(s)) == 1 else ()) > 1
        or len(calls(s)) > 1
        or ({event.output_index for event in about_items(s)} == {0} and len(set(item_ids(s))) > 1)
    ),
    Quirk.NO_ARGUMENTS: lambda s: any(call.arguments in ("", "{}") for call in s.says.calls),
    Quirk.BROKEN_ARGUMENTS: lambda s: any("{'" in call.arguments for call in s.says.calls),
    Quirk.EMPTY_DELTAS: lambda s: (
        any(not speaks(delta) for delta in deltas(s)) or any(e.delta == "" for e in events(s))
    ),
    Quirk.ANNOTATIONS: has_annotations,
    Quirk.UNREAD: lambda s: any(getattr(chunk, "extras", None) for chunk in s.chunks),
    Quirk.UNDECODABLE: lambda s: any(isinstance(chunk, Undecodable) for chunk in s.chunks),
    Quirk.CUT_OFF: lambda s: (s.says.finish_reason or "") in ("length", "content_filter", "max_output_tokens"),
    Quirk.TRUNCATED: lambda s: not finishes(s) and not terminals(s)[1:] and Done() not in s.chunks,
    Quirk.ERROR: lambda s: (
        any(in_json(s, name) for name in ("error", "x_groq"))
        or any(choice.error for choice in choices(s))
        or bool(events(s, "error", "failed"))
    ),
    Quirk.LATE_ID: lambda s: some_call(s, lambda of: not of[0].id and any(call.id for call in of)),
    Quirk.LATE_NAME: lambda s: some_call(s, lambda of: not named(of[0]) and any(map(named, of))),
    Quirk.NO_ID: lambda s: bool(calls(s)) and not any(call.id for call in calls(s)),
    Quirk.NEW_ID_EACH_CHUNK: lambda s: len({call.id for call in calls(s) if call.id}) > len(openings(s)),
    Quirk.SAME_ID_EACH_CHUNK: lambda s: max(Counter(call.id for call in calls(s) if call.id).values(), default=0) > 1,
    Quirk.EMPTY_ID: lambda s: any(call.id == "" for call in calls(s)),
    Quirk.SHARED_ID: lambda s: len({call.index for call in calls(s) if call.id == "call_1"}) > 1,
    Quirk.SAME_NAME_EACH_CHUNK: lambda s: some_call(s, lambda of: len([call for call in of if named(call)]) > 1),
    Quirk.EMPTY_NAME: lambda s: any(part.name == "" for c in calls(s) for part in (c.function, c.custom) if part),
    Quirk.SPLIT_NAME: lambda s: {named(call) for call in calls(s)} - {None} != {call.name for call in s.says.calls},
    Quirk.SPARSE_INDEX: lambda s: set(by_index(s)) != set(range(len(by_index(s)))),
    Quirk.WHOLE_CALLS: lambda s: len(calls(s)) == len(s.says.calls) > 0,
    Quirk.SNAPSHOTS: lambda s: some_call(s, snapshots),
    Quirk.LATE_EMPTY_CALL: lambda s: some_call(s, lambda of: not named(of[-1]) and given(of[-1]) == ""),
    Quirk.LEGACY_CALL: lambda s: any(delta.function_call for delta in deltas(s)),
    Quirk.STRAY_ARGUMENTS: lambda s: len(s.says.calls) == 2 and not any(call.complete for call in s.says.calls),
    Quirk.EXTRA_CONTENT: lambda s: any(call.extra_content for call in calls(s)),
    Quirk.SHARED_CHUNKS: lambda s: any(
        len([value for value in asdict(delta, recurse=False).values() if value]) > 1 or len(delta.tool_calls or ()) > 1
        for delta in deltas(s)
    ),
    Quirk.OTHER_REASONING_NAME: lambda s: any(delta.reasoning or delta.reasoning_text for delta in deltas(s)),
    Quirk.REASONING_TWICE: lambda s: any(delta.reasoning and delta.reasoning_content for delta in deltas(s)),
    Quirk.REASONING_DETAILS: lambda s: any(delta.reasoning_details for delta in deltas(s)),
    Quirk.FLAGGED_THOUGHTS: lambda s: any(
        delta.content and (delta.extra_content or {}).get("google") for delta in deltas(s)
    ),
    Quirk.REASONING_PARTS: lambda s: any(
        len(chunk.choices or ()) > 1 for chunk in s.chunks if isinstance(chunk, Chunk)
    ),
    Quirk.THINK_TAGS: tagged,
    Quirk.HALF_PAIRS: halves,
    Quirk.EXECUTED_TOOLS: lambda s: any(delta.executed_tools for delta in deltas(s)),
    Quirk.EMPTY_FIRST: lambda s: getattr(s.chunks[0], "id", None) == "",
    Quirk.NO_DELTA: lambda s: any(choice.delta is None for choice in choices(s)),
    Quirk.NULL_CHOICES: lambda s: any(isinstance(chunk, Chunk) and chunk.choices is None for chunk in s.chunks),
    Quirk.NEW_CHUNK_IDS: lambda s: len({chunk.id for chunk in s.chunks if isinstance(chunk, Chunk)}) > 1,
    Quirk.OTHER_CHOICES: lambda s: any(choice.index == 1 for choice in choices(s)),
    Quirk.GROWING_CHOICE: lambda s: s.config.choice is None and any(choice.index for choice in choices(s)),
    Quirk.USAGE_EACH_CHUNK: lambda s: bool(usages(s)) and all(s.chunks[at].usage for at in range(1)),
    Quirk.USAGE_ON_FINISH: lambda s: any(
        chunk.usage and any(choice.finish_reason for choice in chunk.choices or ())
        for chunk in s.chunks
        if isinstance(chunk, Chunk)
    ),
    Quirk.USAGE_IN_CHOICE: lambda s: any(choice.usage for choice in choices(s)),
    Quirk.USAGE_OF_NULLS: lambda s: {"prompt_tokens": None, "completion_tokens": None} in usages(s),
    Quirk.USAGE_IN_X_GROQ: lambda s: in_json(s, "x_groq"),
    Quirk.OTHER_FINISH_WORD: lambda s: finishes(s)[0] not in ("stop", "tool_calls", "length", "content_filter"),
    Quirk.WHOLE_MESSAGE: lambda s: any(choice.message for choice in choices(s)) and not any(map(speaks, deltas(s))),
    Quirk.WHOLE_AFTER_DELTAS: lambda s: any(choice.message and choice.finish_reason for choice in choices(s)),
    Quirk.STOP_AFTER_CALLS: lambda s: finishes(s)[0] == "stop" and bool(s.says.calls),
    Quirk.TWO_FINISHES: lambda s: len(finishes(s)) > 1,
    Quirk.NO_FINISH: lambda s: not finishes(s) and s.chunks[-1] == Done(),
    Quirk.LATE_PAYLOAD: late_payload,
    Quirk.LATE_THOUGHTS: lambda s: thoughts_are(s, lambda names, _: names[0] != "thinking"),
    Quirk.ODD_THOUGHTS: lambda s: thoughts_are(s, lambda _, value: not isinstance(value, str)),
    Quirk.NO_ITEM_ID: lambda s: not any(event.item_id for event in about_items(s)),
    Quirk.ROTATING_IDS: lambda s: len({event.response["id"] for event in events(s) if event.response}) > 1,
    Quirk.OTHER_IDS_AT_END: lambda s: any(item["id"].endswith("_tmp") for item in output(s)),
    Quirk.NO_CALL_ID: lambda s: any(not item.get("call_id", "x") for item in [*done_items(s), *output(s)]),
    Quirk.ITEMS_SIDE_BY_SIDE: mixed,
    Quirk.NO_ITEM_ADDED: lacks("output_item.added"),
    Quirk.NO_PART_EVENTS: lacks("_part.added", "_part.done"),
    Quirk.NO_TEXT_DONE: lacks("text.done", "arguments.done", "input.done", "refusal.done"),
    Quirk.NO_ITEM_DONE: lacks("output_item.done"),
    Quirk.WHOLES_ONLY: lacks(".delta"),
    Quirk.DRIFTING_PARTS: lambda s: (
        max((e.content_index or 0 for e in events(s) if e.type.endswith(".delta")), default=0)
        > max((e.content_index or 0 for e in events(s, "content_part.added")), default=0)
    ),
    Quirk.TEXT_IN_ADDED: lambda s: any(
        part.get("text") for e in events(s, "output_item.added") for part in (e.item or {}).get("content", ())
    ),
    Quirk.OTHER_CALL_ID: lambda s: any((it.get("call_id") or "").endswith("_b") for it in [*done_items(s), *output(s)]),
    Quirk.OTHER_ARGUMENTS_NAME: lambda s: any(
        it.get({"function_call": "input", "custom_tool_call": "arguments"}.get(it["type"], ""))
        for it in [*done_items(s), *output(s)]
    ),
    Quirk.PLACEHOLDER_ARGUMENTS: lambda s: any(
        said.startswith("{}") and said != whole for said, whole in arguments_and_whole(s)
    ),
    Quirk.REPEATED_ARGUMENTS: lambda s: any(
        said.replace(" ", "").endswith(whole.replace(" ", "")) and len(said) >= 2 * len(whole) > 0
        for said, whole in arguments_and_whole(s)
    ),
    Quirk.EARLY_DONE: early,
    Quirk.OTHER_EVENT_NAMES: lambda s: bool(events(s, "reasoning.delta", "reasoning.done")),
    Quirk.TAIL_IN_WHOLE: lambda s: any(said != whole and whole.startswith(said) for said, whole in said_and_whole(s)),
    Quirk.CONTRADICTING_WHOLE: lambda s: any(not whole.startswith(said) for said, whole in said_and_whole(s)),
    Quirk.ODD_STATUS: lambda s: any(item.get("status") == "in_progress" for item in done_items(s)),
    Quirk.NULL_ITEMS: lambda s: any(
        event.item is None and event.part is None
        for event in events(s, "output_item.added", "output_item.done", "content_part.added")
    ),
    Quirk.NO_NUMBERS: lambda s: not numbers(s),
    Quirk.GAPPED_NUMBERS: lambda s: numbers(s) == list(range(3, 3 + 2 * len(numbers(s)), 2)),
    Quirk.ONE_NUMBER: lambda s: len(set(numbers(s))) == 1,
    Quirk.LATE_EVENTS: late,
    Quirk.REPEATED_EVENTS: lambda s: max(Counter(numbers(s)).values()) > 1,
    Quirk.REPLAYED_ITEMS: lambda s: (
        len(set(numbers(s))) == len(numbers(s))
        and len({e.output_index for e in events(s, "output_item.done")}) < len(events(s, "output_item.done"))
    ),
    Quirk.NO_CREATED: lambda s: not events(s, "created", "in_progress"),
    Quirk.UNKNOWN_EVENTS: lambda s: bool(events(s, "keepalive", "new_thing.delta", "audio.delta")),
    Quirk.EMPTY_OUTPUT: lambda s: not output(s) and bool(about_items(s)),
    Quirk.OUTPUT_TEXT: lambda s: any(response.get("output_text") for response in terminals(s)),
    Quirk.NO_USAGE: lambda s: any(response["usage"] is None for response in terminals(s)),
    Quirk.NO_TERMINAL: lambda s: not terminals(s) and s.chunks[-1] == Done(),
    Quirk.DONE_AFTER_TERMINAL: lambda s: bool(terminals(s)) and s.chunks[-1] == Done(),
    Quirk.ERROR_TWICE: lambda s: bool(events(s, "error")) and bool(events(s, "failed")),
    Quirk.OTHER_TERMINAL: lambda s: bool(events(s, "done")),
    Quirk.CANCELLED: lambda s: any(
        (e.response or {}).get("status") in ("cancelled", "canceled")
        for e in events(s, "cancelled", "canceled", "done")
    ),
    Quirk.STEERED: lambda s: len(events(s, "created")) > 1,
}
"""For each quirk whether a stream that has no other one shows it."""

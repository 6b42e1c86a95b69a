"""Law 3's other half, read naively from decoded JSON: which members no fold reads, and where a result has to have them.

What is not read (`read_members`) is to be kept, unless `NOT_KEPT` gives a reason why not.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from attrs import Factory, define

from ....reducer.completions.chunk import Chunk
from ....reducer.config import CompletionsConfig
from ....reducer.diagnostics import FURTHER
from ....reducer.ends import Undecodable
from ....reducer.responses.event import Event
from ....reducer.result import Result
from ....reducer.shared.extras import NOT_KEPT
from ...wire.encoder import to_wire
from .kept_members import Came, is_json, says_something
from .read_members import (
    ABOUT_ITEMS,
    BEGINNINGS,
    BESIDE,
    ERRORS,
    MODEL_ITEMS,
    OF_ANSWER,
    OF_CALL,
    OF_CHOICE,
    OF_CHUNK,
    OF_DELTA,
    OF_EVENT,
    OF_FUNCTION,
    OF_ITEM,
    PARTS,
    REASONING,
    STAGES,
    content_of,
    errors_of,
    is_about_something,
    is_end,
    is_text,
    left_out,
    odd_addresses,
    odd_members,
    unread_of_part,
    unread_of_response,
    unread_parts,
    without_flag,
)

Json: TypeAlias = Mapping[str, Any]

_BEYOND = "members beyond the limits of what is kept"


def lost_of_chat(frames: Sequence[Any], config: Any, result: Result) -> str | None:
    """What a result lacks, or has too much, of the members that no fold reads; None if nothing.

    Args:
        frames: the decoded JSON of a Chat Completions stream, in order.
        config: what it was folded with, which says which choice was read.
        result: what it came to.
    """
    reader = _ChatReader(config.choice, result.error is None)
    for frame in frames:
        if isinstance(frame, Mapping):
            reader.chunk(frame)
    if _is_beyond(result):
        return None
    wrong = reader.answer.wrong(result.extras, counted=True) or _unnamed(
        result, [path[_level(path)] for path in reader.answer.required]
    )
    calls = reader.lanes()
    extras = [call.extras for call in result.tool_calls]
    if calls is None or sorted(calls) != sorted(call.id for call in result.tool_calls):
        return wrong or reader.all_calls().wrong_among(extras)
    exact = (calls[call.id].wrong(call.extras) for call in result.tool_calls)
    names = [path[0] for path in reader.all_calls().required]
    return wrong or next(filter(None, exact), None) or _unnamed(result, names)


def lost_of_events(frames: Sequence[Any], config: Any, result: Result) -> str | None:
    """What the result lost of the decoded JSON of a Responses stream; None if nothing."""
    reader = _EventReader(
        frozenset(item.id for item in result.output if item.id),
        result.outcome not in ("failed", "cancelled"),
        all(item.kind in MODEL_ITEMS for item in result.output),
    )
    reader.ignored = frozenset(note.detail for note in result.diagnostics if note.kind == "ignored")
    seen: list[Any] = []
    for frame in frames:
        if isinstance(frame, Mapping) and not (frame.get("sequence_number") is not None and frame in seen):
            reader.event(frame)
            seen.append(frame)  # delivered again, it says nothing new
    if _is_beyond(result):
        return None
    answer = {name: member for name, member in result.extras.items() if name != "events"}
    unread, beside = reader.divided(result.extras.get("events", {}))
    ids = [item.id for item in result.output]
    known = None not in reader.items and len(set(ids)) == len(ids)
    wrong = reader.answer.wrong(answer) or reader.unread.wrong_among([{"events": unread}])
    if known and not beside:
        exact = (reader.events.get(item.id, Came()).wrong(item.extras) for item in result.output)
        wrong = wrong or next(filter(None, exact), None)
    else:
        places = [*(item.extras for item in result.output), *beside.values()]
        wrong = wrong or _all(reader.events).wrong_among(places)
    # Of an event that is named as ignored, no member needs to be named.
    beyond = {name for frame in seen if frame.get("type") in reader.ignored for name in frame}
    needed = {path[0] for came in (reader.answer, *reader.events.values()) for path in came.required}
    names = sorted(needed - beyond)
    return wrong or reader.unlike_items(result, known) or _unnamed(result, names)


def of_chunks(chunks: Sequence[Any], config: Any, result: Result) -> str | None:
    """The same for chunks: what is unread of them is decoded JSON too, and the wire's JSON shows where it was."""
    chat = isinstance(config, CompletionsConfig)
    judge, kind = (lost_of_chat, Chunk) if chat else (lost_of_events, Event)
    told = [
        {"choices": [], "unknown": [chunk.json]} if isinstance(chunk, Undecodable) else to_wire(chunk)
        for chunk in chunks
        if isinstance(chunk, kind) or (isinstance(chunk, Undecodable) and says_something(chunk.json))
    ]
    return judge(told, config, result) if told else None


@define
class _ChatReader:
    """What came of a Chat Completions stream.

    Attributes:
        choice: the choice that is read; None for all.
        calls_count: whether what came of calls has to be kept: after an error, they are not read.
        answer: what came about the answer, as its levels nest.
        calls: the calls' entries, each with its index and id, and its members.
    """

    choice: int | None
    calls_count: bool
    answer: Came = Factory(Came)
    calls: list[tuple[Any, Any, Json]] = Factory(list)

    def chunk(self, frame: Json) -> None:
        members = {name: member for name, member in frame.items() if name not in OF_CHUNK}
        groq = frame.get("x_groq")
        if isinstance(groq, Mapping):
            usage = groq.get("usage")
            is_read = isinstance(usage, Mapping) and (not frame.get("usage") or frame["usage"] == usage)
            odd = {} if is_read else {"usage": usage}
            members["x_groq"] = {name: groq[name] for name in groq if name not in ("usage", "error")} | odd
        sound = isinstance(frame.get("choices"), (list, tuple)) and not any(map(frame.get, ERRORS))
        self.answer.add(members | odd_members(frame, "chunk"), required=sound)
        choices = frame.get("choices")
        for choice in choices if isinstance(choices, (list, tuple)) else ():
            if isinstance(choice, Mapping) and self.choice in (None, _index_of(choice)):
                self._choice(choice)

    def _choice(self, choice: Json) -> None:
        members = {name: member for name, member in choice.items() if name not in OF_CHOICE}
        delta = choice.get("delta")
        text = members.get("text")
        if text == delta.get("content") if isinstance(delta, Mapping) else isinstance(text, str):
            members.pop("text", None)  # text completions, the API before chat
        self.answer.add(members | odd_members(choice, "choice"), "choice")
        for part in (delta, choice.get("message")):
            if isinstance(part, Mapping):
                self._delta(part)

    def _delta(self, delta: Json) -> None:
        members = {name: member for name, member in delta.items() if name not in OF_DELTA}
        members |= _inner(delta, "function_call")
        extra = delta.get("extra_content")
        if isinstance(extra, Mapping):
            members["extra_content"] = without_flag(extra)
        content = delta.get("content")
        if isinstance(content, (list, tuple, Mapping)):
            parts = [content] if isinstance(content, Mapping) else content
            members["content"] = list(unread_parts(parts))
            refused = [part for part in parts if isinstance(part, Mapping) and part.get("type") == "refusal"]
            self.answer.add({"content": refused}, "choice", "delta", required=False)  # another may be read
        self.answer.add(members | odd_members(delta, "delta"), "choice", "delta")
        self.answer.add({name: delta.get(name) for name in REASONING}, "choice", "delta", required=False)
        calls = delta.get("tool_calls")
        for call in calls if isinstance(calls, (list, tuple)) else [calls]:
            if isinstance(call, Mapping):
                unread = {name: member for name, member in call.items() if name not in OF_CALL}
                unread |= _inner(call, "function", "custom") | odd_members(call, "call")
                kind = str(call["type"]) if is_about_something(call) and is_text(call.get("type")) else ""
                if kind not in ("", "function", "custom"):
                    unread |= {"type": kind}  # a number stands for its digits
                self.calls.append((call.get("index"), call.get("id"), unread))

    def all_calls(self) -> Came:
        """What came of the calls, whichever."""
        came = Came()
        for _, _, members in self.calls:
            came.add(members, required=self.calls_count)
        return came

    def lanes(self) -> dict[str, Came] | None:
        """What came of each call by its id; None where that does not say which is which."""
        ids: dict[Any, str] = {}
        found: dict[str, Came] = {}
        for index, name, members in self.calls:
            if type(index) is not int or not isinstance(name, (str, type(None))):
                return None
            if (name and ids.get(index, name) != name) or (not name and index not in ids):
                return None
            ids.setdefault(index, name or "")
            found.setdefault(ids[index], Came()).add(members, required=self.calls_count)
        return found if len(set(ids.values())) == len(ids) else None


@define
class _EventReader:
    """What came of a Responses stream.

    Attributes:
        ids: of the items in the result; by these events are told apart.
        items_count: whether what came of items has to be kept: after a failure, they are not read.
        unknown_count: whether an unknown event has to be kept whole: one about a server's tool is its progress.
        answer: what came about the answer; unread: the events that no fold reads.
        events: what came of the events about each item, by its id; under None what is of no known item.
        items: the items as they came, with whether they were done.
        odd: the types of events whose names only begin like those about items.
        over: whether the response is, so that nothing of another end has to be kept.
        ignored: the types of events that the result names as ignored.
    """

    ids: frozenset[str]
    items_count: bool
    unknown_count: bool
    answer: Came = Factory(Came)
    unread: Came = Factory(Came)
    events: dict[str | None, Came] = Factory(dict)
    items: dict[str | None, list[tuple[Json, bool]]] = Factory(dict)
    odd: set[str] = Factory(set)
    over: bool = False
    ignored: frozenset[str] = frozenset()

    def event(self, frame: Json) -> None:
        kind = frame.get("type")
        if not isinstance(kind, str):
            self.answer.add({"unknown": frame.get("unknown")})
            return
        known = kind.startswith("response.") or kind in ("error", "keepalive")
        name = kind.removeprefix("response.") if known else ""
        name = "done" if is_end(frame) else name
        read = OF_EVENT | content_of(name)
        members = {name: member for name, member in frame.items() if name not in read} | odd_addresses(frame)
        response = frame.get("response")
        left = left_out(frame, read)
        whole = {of: member for of, member in frame.items() if of not in ("type", "sequence_number")}
        if name in OF_ANSWER:
            beside = {of: member for of, member in members.items() if of in BESIDE}
            rest = {of: member for of, member in members.items() if of not in (*BESIDE, *errors_of(frame))}
            self.answer.add(rest, required=not self.over)
            self.answer.add(beside | left | errors_of(frame), required=False)
            if isinstance(response, Mapping):
                self._response(response, name)
        elif self._is_known(kind, name):
            self._about_item(frame, members, left)
        elif _is_about_items(name):
            self.odd.add(kind)
            self._events(_text(frame, "item_id")).add(whole, required=False)
        else:
            whole = {of: member for of, member in whole.items() if of not in NOT_KEPT["event"]}
            self.unread.add(whole, "events", kind, required=self.unknown_count and self.items_count)
            self.unread.add({"sequence_number": frame.get("sequence_number")}, "events", kind, required=False)
            if not self.unknown_count:
                self._events("").add(members, required=False)
        self.over = self.over or bool(frame.get("error")) or (name in OF_ANSWER and name not in BEGINNINGS)

    def _is_known(self, kind: str, name: str) -> bool:
        """Whether an event is one about an item, by its name, and the result does not say that it was ignored."""
        plain = name.rpartition(".")[2] in STAGES and "_." not in name
        return plain and _is_about_items(name) and kind not in self.ignored

    def _response(self, response: Json, name: str) -> None:
        self.answer.add(unread_of_response(response, name), required=not self.over)
        output, details = response.get("output"), response.get("incomplete_details")
        more = {"output": output, "output_text": response.get("output_text"), "incomplete_details": details}
        self.answer.add(more | errors_of(response), required=False)
        if name not in BEGINNINGS and not self.over:
            for item in output if isinstance(output, (list, tuple)) else ():
                self._item(item, True)

    def _about_item(self, frame: Json, members: Json, left: Json) -> None:
        item, part = frame.get("item"), frame.get("part")
        if isinstance(item, Mapping) and "output_item." in frame["type"]:
            self._item(item, frame["type"].endswith(".done"))
        item_id = _text(frame, "item_id") or (_text(item, "id") if isinstance(item, Mapping) else "")
        came = self._events(item_id)
        came.add(members, required=self.items_count)
        came.add(left, required=False)
        of_part = "_part." in frame["type"]
        if isinstance(part, Mapping) and of_part and (_text(part, "type") in PARTS or "reasoning" in frame["type"]):
            came.add(unread_of_part(part), required=self.items_count)
        if isinstance(part, Mapping) and part:
            came.add({**part, "parts": [part], "part": part}, required=False)

    def divided(self, events: Json) -> tuple[Json, Json]:
        """What is kept of events by their types: of those that no fold reads, and of the others."""
        types = {path[1] for path in {*self.unread.values, *self.unread.unclear} if len(path) > 1}
        unread = {of: members for of, members in events.items() if of in types}
        return unread, {of: members for of, members in events.items() if of not in types and of not in self.odd}

    def _events(self, item_id: str) -> Came:
        if item_id not in self.ids:
            self.items.setdefault(None, [])
        return self.events.setdefault(item_id if item_id in self.ids else None, Came())

    def _item(self, item: Any, done: bool) -> None:
        if isinstance(item, Mapping):
            item_id = _text(item, "id")
            known = item_id if item_id in self.ids else None
            self.items.setdefault(known, []).append((item, done))
            odd = {name: of for name, of in item.items() if name in OF_ITEM and not isinstance(of, str)}
            self._events(item_id).add(odd, required=False)  # as far as it was not read

    def unlike_items(self, result: Result, known: bool) -> str | None:
        """What the items in a result lack of their own members: of each, the last that was done counts."""
        if not self.items_count:
            return None
        came = self.items if known else {None: [one for items in self.items.values() for one in items]}
        for item_id, items in came.items():
            found = [item.item for item in result.output if item_id in (None, item.id)]
            for name in sorted({name for item, _ in items for name in item} - OF_ITEM):
                ever = [(item[name], done) for item, done in items if says_something(item.get(name))]
                there = [members.get(name) for members in found]
                over = [member for member, done in ever if done][-1:] if known else []
                allowed = over or [member for member, _ in ever]
                judged = bool(ever) and all(is_json(member) for member, _ in ever)
                if judged and not any(_same(one, member) for one in there for member in allowed):
                    return f"an item's {name} is {there!r:.200}, and {allowed[-1]!r:.200} came"
        return None


def _all(events: Mapping[Any, Came]) -> Came:
    both = Came()
    for came in events.values():
        both.merge(came)
    return both


def _is_about_items(name: str) -> bool:
    return name.startswith(ABOUT_ITEMS) or "_call." in name or "_call_" in name


def _inner(members: Json, *names: str) -> dict[str, Any]:
    """The unread members of a function or a custom tool, under its name."""
    found = {name: members.get(name) for name in names}
    return {
        name: {inner: member[inner] for inner in member if inner not in OF_FUNCTION[name]}
        | odd_members(member, "function")
        for name, member in found.items()
        if isinstance(member, Mapping)
    }


def _index_of(choice: Json) -> int:
    index = choice.get("index")
    return int(index or 0) if "index" not in odd_members(choice, "choice") else 0


def _text(members: Json, name: str) -> str:
    value = members.get(name)
    return value if isinstance(value, str) else ""


def _same(one: Any, other: Any) -> bool:
    came = Came()
    came.add({"x": [other]})
    return one == other or came.wrong({"x": [one]}) is None


def _level(path: tuple[str, ...]) -> int:
    """How many names of a path say which level its members are of."""
    names = 2 if path[:2] == ("choice", "delta") else 1 if path[0] == "choice" else 0
    return min(names, len(path) - 1)  # one that is no object stands there by its own name


def _is_beyond(result: Result) -> bool:
    """Whether members were dropped, or a limit ended the fold before its stream was over."""
    ended = result.error is not None and "(Limits." in result.error.message
    return ended or any(note.detail == _BEYOND for note in result.diagnostics)


def _unnamed(result: Result, names: Sequence[str]) -> str | None:
    """The first of the members that no note names."""
    notes = [note.detail for note in result.diagnostics if note.kind == "kept"]
    if FURTHER in notes:
        return None
    lasts = {note.rpartition(".")[2] for note in notes}
    unnamed = sorted(name for name in set(names) if name.rpartition(".")[2] not in lasts and len(name) < 100)
    return f"{unnamed[0]} is named by no diagnostic" if unnamed else None

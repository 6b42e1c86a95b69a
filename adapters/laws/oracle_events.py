"""Responses events, read naively: items by their index, their texts joined; sharing no code with the fold."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any

from attrs import Factory, define, evolve

from ...reducer.ends import Done
from ...reducer.responses.event import Event
from ...reducer.values.json_values import as_list, as_object, as_text
from ..utf16 import as_characters, as_units, cuts_of, without_half
from .kept.read_members import CALLS, is_end
from .oracle import Content
from .oracle_arguments import is_plain
from .oracle_parts import Kind, TooOddError, refuse

_CHANNELS = {
    "response.output_text": ("message", "text"),
    "response.refusal": ("message", "refusal"),
    "response.reasoning_text": ("reasoning", "reasoning"),
    "response.reasoning": ("reasoning", "reasoning"),
    "response.reasoning_summary_text": ("reasoning", "summary"),
    "response.reasoning_summary": ("reasoning", "summary"),
    "response.function_call_arguments": ("function_call", "arguments"),
    "response.custom_tool_call_input": ("custom_tool_call", "arguments"),
    # as gateways have them
    "response.text": ("message", "text"),
    "response.function_call.arguments": ("function_call", "arguments"),
    "response.tool_call_arguments": ("function_call", "arguments"),
    "response.tool_call.arguments": ("function_call", "arguments"),
    "response.custom_tool_call.input": ("custom_tool_call", "arguments"),
}
_WITH_PARTS = ("response.content_part", "response.reasoning_part", "response.reasoning_summary_part")
_PARTS = {
    "output_text": ("message", "text"),
    "text": ("message", "text"),
    "refusal": ("message", "refusal"),
    "reasoning_text": ("reasoning", "reasoning"),
    "summary_text": ("reasoning", "summary"),
}
_CLOSING = frozenset(
    {
        "response.output_item.done",
        "response.completed",
        "response.done",
        "response.cancelled",
        "response.canceled",
    }
)
_CANCELLED = frozenset({"response.cancelled", "response.canceled"})
_TERMINAL = _CANCELLED | {"response.completed", "response.incomplete", "response.failed", "response.done"}
_BEGINNINGS = frozenset({"response.created", "response.queued", "response.in_progress"})


def said(events: Sequence[Any], config: Any) -> Content | None:
    """What the deltas say, joined, and what the provider sent as wholes; None for a stream with any oddity.

    Odd are: events that come twice or out of order, a second response, items whose index or id changes, that are
    announced twice, or that the final list does not have in their order; parts that can be told in more than one way.
    """
    stream = _Stream()
    try:
        for event in events:
            if isinstance(event, Event) and not stream.ended:
                stream.read(event)
            stream.over = stream.over or isinstance(event, Done)
        return stream.said()
    except TooOddError:
        return None


def cuts(event: Any) -> Iterator[tuple[Event, Event]]:
    """A delta without a number, in two."""
    if not isinstance(event, Event) or event.sequence_number is not None or not isinstance(event.delta, str):
        return
    if may_fail_beside(event):  # which is once, and ends the run
        return
    name, _, stage = event.type.rpartition(".")
    if name in _CHANNELS and stage == "delta":
        for first, second in cuts_of(event.delta):
            yield evolve(event, delta=first), evolve(event, delta=second, extras=None)


_OF_THE_ANSWER = frozenset(
    {
        "error",
        *(f"response.{name}" for name in ("created", "queued", "in_progress", "error", "failed", "incomplete")),
        *(f"response.{name}" for name in ("completed", "done", "cancelled", "canceled")),
    }
)
"""Events that are about no item, though they may have an index."""


def lane(event: Any) -> Hashable:
    """The index of the item that an event is about."""
    about_item = isinstance(event, Event) and event.type not in _OF_THE_ANSWER and not may_fail_beside(event)
    return event.output_index if about_item else None


def closes(events: Sequence[Any], config: Any) -> bool:
    """Whether an event came that says that a tool call is whole."""
    return any(getattr(event, "type", "") in _CLOSING or _lists_calls(event) for event in events)


def _lists_calls(event: Any) -> bool:
    """Whether a response that was cut off has items, of which some may have been whole."""
    cut = getattr(event, "type", "") == "response.incomplete"
    return cut and bool(as_object(event.response).get("output"))


def over(events: Sequence[Any], config: Any) -> bool | None:
    """Whether a terminal event came, or `[DONE]`; unknown where one response follows another, or numbers come again."""
    numbers = [event.sequence_number for event in events if getattr(event, "sequence_number", None) is not None]
    if len(set(numbers)) < len(numbers):
        return None
    begun = [at for at, event in enumerate(events) if getattr(event, "type", "") == "response.created"]
    if begun and (len(begun) > 1 or over(events[: begun[0]], config)):
        return None
    return any(isinstance(event, Done) or _ends(event) for event in events)


def cancelled(events: Sequence[Any], config: Any) -> bool:
    """Whether an event came that says that the response was cancelled, and none before it that it is over."""
    last: Any = None
    for event in events:
        if getattr(event, "type", "") == "response.created" and not _is_cancelled(last):
            last = None  # another response, or the first once more
        if last is None and (isinstance(event, Done) or _ends(event)):
            last = event
    return _is_cancelled(last)


def _is_cancelled(event: Any) -> bool:
    kind = getattr(event, "type", "")
    return kind in _CANCELLED or (_ends(event) and _status(event) in ("cancelled", "canceled"))


def _ends(event: Any) -> bool:
    """Whether an event is the last of its response: by its name, or by the status that the response has."""
    kind = getattr(event, "type", "")
    if not isinstance(event, Event) or kind in _TERMINAL:
        return kind in _TERMINAL
    frame = {name: getattr(event, name) for name in ("type", "response", "output_index", "item_id")}
    return _fails(event) if kind in _BEGINNINGS else is_end(frame)


def _fails(event: Event) -> bool:
    """Whether a response failed, or was cancelled, by an event whose name does not say so."""
    failed = _status(event) in ("failed", "expired", "cancelled", "canceled")
    open_or_whole = _status(event) in ("none", "", "in_progress", "completed", "incomplete")
    return failed or (bool(as_object(event.response).get("error")) and open_or_whole)


def _status(event: Any) -> str:
    return str(as_object(getattr(event, "response", None)).get("status")).lower()


def may_fail_beside(event: Event) -> bool:
    """Whether an event of another kind has something in the place of an error beside what it says."""
    return not _ends(event) and bool(event.error or as_object(event.extras).get("error"))


@define
class _Item:
    type: str
    id: str
    named: tuple[Any, Any] = (None, None)
    kinds: dict[tuple[str, int], Kind] = Factory(dict)
    done: bool = False

    def kind(self, channel: str, index: int) -> Kind:
        """The text of a channel; a summary's by its part."""
        known = (channel, index if channel == "summary" else 0)
        for other, kind in self.kinds.items():
            if other != known and "summary" not in (other[0], channel):
                kind.another_came()
        return self.kinds.setdefault(known, Kind())

    def said(self, channel: str) -> list[str]:
        return [kind.said for key, kind in sorted(self.kinds.items()) if key[0] == channel and kind.said]

    def echoes(self, channel: str, mine: Sequence[str], theirs: Sequence[str]) -> bool:
        """Whether a channel of which nothing came has only now what another one of the item has."""
        forms = [{"".join(texts), "\n\n".join(texts)} for texts in (mine, theirs)]
        silent = self.type == "reasoning" and not self.said(channel)
        return silent and bool(mine) and not forms[0].isdisjoint(forms[1])

    def texts(self, channel: str) -> list[str]:
        return [as_characters(self.kinds[key].text) for key in sorted(self.kinds) if key[0] == channel]


def _is_thought(part: Any) -> bool:
    return as_object(part).get("type") in ("reasoning_text", "summary_text") and bool(as_object(part).get("text"))


class _Stream:
    def __init__(self) -> None:
        self.items: dict[int, _Item] = {}
        self.joined = dict.fromkeys(("text", "refusal", "reasoning", "arguments"), "")
        self.ended = False  # by a failure, or cancelled
        self.begun = False  # or over, so that what begins is a second response
        self.over = False
        self.highest: int | None = None

    def read(self, event: Event) -> None:
        self.read_number(event)
        name, _, stage = event.type.rpartition(".")
        failed = event.type in ("error", "response.error", "response.failed") or _is_cancelled(event)
        refuse(not failed and may_fail_beside(event))
        if failed or (_ends(event) and _fails(event)):
            if self.over:
                return  # what comes after the end of the answer changes nothing
            self.ended = True
            refuse(bool(as_list(as_object(event.response).get("output"))))
        elif event.type in _BEGINNINGS:
            refuse(self.begun and event.type == "response.created")
            self.begun = self.begun or event.type == "response.created"
            for index, raw in enumerate(as_list(as_object(event.response).get("output"))):
                refuse(self.over)
                self.read_item(index, as_object(raw), False)
        elif _ends(event):
            self.read_output(as_list(as_object(event.response).get("output")), event)
            self.read_all_text(as_text(as_object(event.response).get("output_text")))
            self.begun = self.over = True
        elif event.type == "response.content_part.delta":
            self.read_text(event, stage, "message", "text")
        elif name == "response.output_item" and stage in ("added", "done"):
            self.read_item(event.output_index, as_object(event.item), stage == "done")
        elif name in _CHANNELS and stage in ("delta", "done"):
            self.read_text(event, stage, *_CHANNELS[name])
        elif event.part is not None and name in _WITH_PARTS:
            self.read_part(event, as_object(event.part), stage == "done")
        elif event.output_index is not None:
            item = self.item(event.output_index, event.item_id or "", "message" if event.annotation else "")
            refuse(name == "response.mcp_call_arguments" and item.type in CALLS)  # which then are a call's

    def read_number(self, event: Event) -> None:
        if event.sequence_number is not None:
            refuse(self.highest is not None and event.sequence_number != self.highest + 1)
            self.highest = event.sequence_number

    def read_text(self, event: Event, stage: str, item_type: str, channel: str) -> None:
        if stage == "delta" and not event.delta and event.output_index not in self.items:
            return  # nothing makes no item
        item = self.item(event.output_index, event.item_id or "", item_type)
        index = event.summary_index or 0
        if stage == "delta":
            late = item.done and self.over
            refuse(self.over and not late and channel == "arguments")
            if isinstance(event.delta, str) and event.delta and not late:
                kind = item.kind(channel, index)
                piece = as_units(event.delta)
                self.hear(channel, kind, lambda: kind.delta(piece, item.done))
            return
        whole = {"refusal": event.refusal, "arguments": event.arguments or event.input}.get(channel, event.text)
        self.part_whole(item, channel, index, as_units(whole or ""))

    def read_part(self, event: Event, part: Mapping[str, Any], done: bool) -> None:
        whole = as_units(as_text(part.get("refusal")) or as_text(part.get("text")))
        of = _PARTS.get(as_text(part.get("type")))
        refuse(bool(whole) and of is None)
        if of is None:
            return
        item = self.item(event.output_index, event.item_id or "", of[0])
        index = event.summary_index or 0
        if done:
            self.part_whole(item, of[1], index, whole)
        else:
            kind = item.kind(of[1], index)
            refuse(item.done)
            self.hear(of[1], kind, lambda: kind.begin(whole))

    def read_item(self, index: int | None, raw: Mapping[str, Any], done: bool) -> None:
        refuse(index is None or not raw)
        refuse(raw.get("type") == "message" and raw.get("role") not in (None, "assistant"))
        begun = index in self.items
        item = self.item(index, as_text(raw.get("id")), as_text(raw.get("type")))
        refuse(begun and not done)
        named = (raw.get("name"), raw.get("call_id"))
        refuse(item.named != (None, None) and named != item.named)
        item.named = named
        refuse(bool(named[1]) and [other.named[1] for other in self.items.values()].count(named[1]) > 1)
        self.read_wholes(item, raw, done)
        refuse(item.done and done and any(kind.contradicted for kind in item.kinds.values()))  # it may be another
        item.done = item.done or done

    def read_output(self, output: Sequence[Any], event: Event) -> None:
        items = [self.items[index] for index in sorted(self.items)]
        refuse(any(as_object(raw).get("role") not in (None, "assistant") for raw in output))
        refuse(any(kind.late for item in items for kind in item.kinds.values()))
        refuse(bool(output) and [item.type for item in items] != [as_object(raw).get("type") for raw in output])
        for item, raw in zip(items, output, strict=False):
            members = as_object(raw)
            refuse(bool(members.get("id")) and item.id not in ("", members.get("id")))
            refuse(item.named != (None, None) and (members.get("name"), members.get("call_id")) != item.named)
            self.read_wholes(item, members, True)
            item.done = True
        # What a response that was cut off does not list is not done, nor is raw text whose end has not come.
        for item in items if event.type != "response.incomplete" else ():
            item.done = item.done or item.type != "custom_tool_call"

    def read_all_text(self, whole: str) -> None:
        """The texts of all messages once more; where none came, that is the text of one."""
        messages = [self.items[index] for index in sorted(self.items) if self.items[index].type == "message"]
        if not whole or any(kind.said for item in messages for of, kind in item.kinds.items() if of[0] == "text"):
            return
        silent = [item for item in messages if not any(kind.said for kind in item.kinds.values())]
        item = silent[-1] if silent else _Item("message", "")
        if not silent:
            self.items[max(self.items, default=-1) + 1] = item
        self.read_wholes(item, {"content": [{"text": whole}]}, True)

    def read_wholes(self, item: _Item, raw: Mapping[str, Any], done: bool) -> None:
        found: dict[tuple[str, int], list[str]] = {}
        if item.type in CALLS:  # nothing else of these is read
            raw = {name: raw.get(name) for name in ("arguments", "input")}
        arguments = raw.get("arguments") or raw.get("input") or ""
        if isinstance(arguments, str) and arguments:
            found["arguments", 0] = [as_units(arguments)]
        raw_channel = "reasoning" if item.type == "reasoning" else "text"
        for member, channel in (("summary", "summary"), ("content", raw_channel)):
            for index, part in enumerate(map(as_object, as_list(raw.get(member)))):
                refusal = as_text(part.get("refusal")) if item.type == "message" else ""
                key = ("refusal" if refusal else channel, index if channel == "summary" else 0)
                found.setdefault(key, []).extend(filter(None, [as_units(refusal or as_text(part.get("text")))]))
        if item.type not in {of for of, _ in _CHANNELS.values()}:
            return
        refuse(item.type == "message" and any(_is_thought(part) for part in as_list(raw.get("content"))))
        for channel, other in (("reasoning", "summary"), ("summary", "reasoning")):
            mine, theirs = (
                [one for key in sorted(found) if key[0] == of for one in found[key]] for of in (channel, other)
            )
            if done and item.echoes(channel, mine, theirs or item.said(other)):
                found = {key: wholes for key, wholes in found.items() if key[0] != channel}
        summary = {key for key, kind in item.kinds.items() if key[0] == "summary" and kind.said}
        told = {key for key, wholes in found.items() if key[0] == "summary" and wholes}
        refuse(bool(told) and not summary.issubset(told))
        for (channel, index), wholes in found.items():
            kind = item.kinds.setdefault((channel, index), Kind())
            refuse(channel == "summary" and len(told) > 1 and bool(wholes) and not wholes[0].startswith(kind.said))
            if done:
                whole = "".join(wholes)
                self.hear(channel, kind, lambda kind=kind, wholes=wholes: kind.item_wholes(wholes), whole)  # type: ignore[misc]
            elif wholes:
                refuse(len(wholes) > 1)
                self.hear(channel, kind, lambda kind=kind, wholes=wholes: kind.begin(wholes[0]))  # type: ignore[misc]
        for kind in item.kinds.values() if done else ():
            kind.settle()

    def item(self, index: int | None, item_id: str, item_type: str) -> _Item:
        refuse(index is None)
        item = self.items.get(index or 0)
        if item is None:
            refuse(bool(item_id) and any(item_id == other.id for other in self.items.values()))
            item = self.items[index or 0] = _Item(item_type, item_id)
        refuse(bool(item_type) and item.type != item_type)
        refuse(bool(item_id) and bool(item.id) and item.id != item_id)
        return item

    def part_whole(self, item: _Item, channel: str, index: int, whole: str) -> None:
        other = {"reasoning": "summary", "summary": "reasoning"}.get(channel, "")
        if whole and item.echoes(channel, [whole], item.said(other)):
            return
        kind = item.kind(channel, index)
        self.hear(channel, kind, lambda: kind.part_whole(whole), whole)

    def hear(self, channel: str, kind: Kind, change: Callable[[], None], whole: str = "") -> None:
        """What a change of a text adds to all that is said on its channel."""
        before = kind.said
        # A second whole may say the same in other characters.
        refuse(channel == "arguments" and bool(whole) and kind.whole not in (None, whole))
        change()
        refuse(channel == "arguments" and not is_plain(before, kind.said, whole))
        alone = bool(whole) and kind.said == before  # half a character that the whole has not
        self.tell(channel, kind, kind.said if alone else without_half(kind.said))

    def tell(self, channel: str, kind: Kind, said: str) -> None:
        """All of a text that is said by now, on its channel."""
        self.joined["reasoning" if channel == "summary" else channel] += as_characters(said[kind.told :])
        kind.told = max(kind.told, len(said))

    def said(self) -> Content:
        for item in self.items.values():
            for (channel, _), kind in item.kinds.items():
                self.tell(channel, kind, kind.said)
        items = [self.items[index] for index in sorted(self.items)]
        reasoning = [text for item in items for text in (*item.texts("reasoning"), *item.texts("summary"))]
        wholes = {channel: [text for item in items for text in item.texts(channel)] for channel in ("text", "refusal")}
        arguments = ["".join(item.texts("arguments")) for item in items]  # refuses what is not clear yet
        of_calls = [text for item, text in zip(items, arguments, strict=True) if item.type in CALLS]
        return Content(
            self.joined["text"],
            self.joined["reasoning"],
            self.joined["refusal"],
            self.joined["arguments"],
            wholes=wholes | {"reasoning": reasoning, "arguments": of_calls},
            contradicted=any(kind.contradicted for item in items for kind in item.kinds.values()),
        )

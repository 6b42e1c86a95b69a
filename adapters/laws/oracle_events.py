"""Responses events, read naively: items by their index, parts by theirs; sharing no code with the fold."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from attrs import Factory, define, evolve

from ...reducer.ends import Done
from ...reducer.responses.event import Event
from ...reducer.values.json_values import as_list, as_object, as_text
from .oracle import Content

_CHANNELS = {
    "response.output_text": ("message", "text"),
    "response.refusal": ("message", "refusal"),
    "response.reasoning_text": ("reasoning", "reasoning"),
    "response.reasoning_summary_text": ("reasoning", "summary"),
    "response.function_call_arguments": ("function_call", "arguments"),
    "response.custom_tool_call_input": ("custom_tool_call", "arguments"),
}
_PARTS = {
    "output_text": ("message", "text"),
    "refusal": ("message", "refusal"),
    "reasoning_text": ("reasoning", "reasoning"),
    "summary_text": ("reasoning", "summary"),
}
_CLOSING = frozenset(
    {
        "response.function_call_arguments.done",
        "response.custom_tool_call_input.done",
        "response.output_item.done",
        "response.completed",
        "response.incomplete",
    }
)
_TERMINAL = frozenset({"response.completed", "response.incomplete", "response.failed"})


class _TooOddError(Exception):
    """A naive reader cannot know what this stream says."""


def said(events: Sequence[Any], config: Any) -> Content | None:
    """What the deltas say, joined, and what the provider sent as wholes; None for a stream with any oddity.

    Odd are: events that come twice or out of order, a second response, items whose index or id changes, that are
    announced twice, or that the final list does not have in their order.
    """
    stream = _Stream()
    try:
        for event in events:
            if isinstance(event, Event) and not stream.failed:
                stream.read(event)
    except _TooOddError:
        return None
    return stream.said()


def cuts(event: Any) -> Iterator[tuple[Event, Event]]:
    """A delta without a number, in two."""
    if not isinstance(event, Event) or event.sequence_number is not None or not isinstance(event.delta, str):
        return
    name, _, stage = event.type.rpartition(".")
    if name in _CHANNELS and stage == "delta":
        for at in range(1, len(event.delta)):
            yield evolve(event, delta=event.delta[:at]), evolve(event, delta=event.delta[at:])


def lane(event: Any) -> Hashable:
    """The index of the item that an event is about."""
    return event.output_index if isinstance(event, Event) else None


def closes(events: Sequence[Any], config: Any) -> bool:
    """Whether an event came that says that a tool call is whole."""
    return any(getattr(event, "type", "") in _CLOSING for event in events)


def over(events: Sequence[Any], config: Any) -> bool | None:
    """Whether a terminal event came, or `[DONE]`; unknown where one response follows another, or numbers come again."""
    numbers = [event.sequence_number for event in events if getattr(event, "sequence_number", None) is not None]
    if len(set(numbers)) < len(numbers):
        return None
    begun = [at for at, event in enumerate(events) if getattr(event, "type", "") == "response.created"]
    if begun and (len(begun) > 1 or over(events[: begun[0]], config)):
        return None
    return any(isinstance(event, Done) or getattr(event, "type", "") in _TERMINAL for event in events)


@define
class _Part:
    said: str = ""
    whole: str | None = None  # where that contradicts what was said

    @property
    def text(self) -> str:
        return self.said if self.whole is None else self.whole


@define
class _Item:
    type: str
    id: str
    named: tuple[Any, Any] = (None, None)
    parts: dict[tuple[str, int], _Part] = Factory(dict)
    done: bool = False

    def texts(self, channel: str) -> list[str]:
        return [part.text for (of, _), part in self.parts.items() if of == channel]


class _Stream:
    def __init__(self) -> None:
        self.items: dict[int, _Item] = {}
        self.joined = dict.fromkeys(("text", "refusal", "reasoning", "arguments"), "")
        self.contradicted = self.failed = False
        self.begun = False  # or over, so that what begins is a second response
        self.highest: int | None = None

    def read(self, event: Event) -> None:
        self.read_number(event)
        name, _, stage = event.type.rpartition(".")
        if event.type in ("error", "response.failed"):
            self.failed = True
            _refuse(bool(as_list(as_object(event.response).get("output"))))
        elif event.type == "response.created":
            _refuse(self.begun)
            self.begun = True
        elif event.type in ("response.completed", "response.incomplete"):
            self.read_output(as_list(as_object(event.response).get("output")))
            self.begun = True
        elif name == "response.output_item":
            self.read_item(event.output_index, as_object(event.item), stage == "done")
        elif name in _CHANNELS and stage in ("delta", "done"):
            self.read_text(event, stage, *_CHANNELS[name])
        elif event.part is not None:
            self.read_part(event, as_object(event.part), stage == "done")
        elif event.output_index is not None:
            self.item(event.output_index, event.item_id or "", "message" if event.annotation else "")

    def read_number(self, event: Event) -> None:
        if event.sequence_number is not None:
            _refuse(self.highest is not None and event.sequence_number != self.highest + 1)
            self.highest = event.sequence_number

    def read_text(self, event: Event, stage: str, item_type: str, channel: str) -> None:
        item = self.item(event.output_index, event.item_id or "", item_type)
        index = (event.summary_index if channel == "summary" else event.content_index) or 0
        if stage == "delta":
            if isinstance(event.delta, str) and event.delta and not item.done:
                self.say(item, channel, index, event.delta)
            return
        whole = {"refusal": event.refusal, "arguments": event.arguments or event.input}.get(channel, event.text)
        self.settle(item, channel, index, whole or "")

    def read_part(self, event: Event, part: Mapping[str, Any], done: bool) -> None:
        whole = as_text(part.get("refusal")) or as_text(part.get("text"))
        kind = as_text(part.get("type"))
        _refuse(bool(whole) and (not done or kind not in _PARTS))
        if whole:
            item_type, channel = _PARTS[kind]
            item = self.item(event.output_index, event.item_id or "", item_type)
            index = event.summary_index if channel == "summary" else event.content_index
            self.settle(item, channel, index or 0, whole)

    def read_item(self, index: int | None, raw: Mapping[str, Any], done: bool) -> None:
        _refuse(index is None or not raw)
        begun = index in self.items
        item = self.item(index, as_text(raw.get("id")), as_text(raw.get("type")))
        _refuse(begun and not done)
        named = (raw.get("name"), raw.get("call_id"))
        _refuse(item.named != (None, None) and named != item.named)
        item.named = named
        self.settle_wholes(item, raw, done)
        item.done = item.done or done

    def read_output(self, output: Sequence[Any]) -> None:
        items = [self.items[index] for index in sorted(self.items)]
        _refuse(bool(output) and [item.type for item in items] != [as_object(raw).get("type") for raw in output])
        for item, raw in zip(items, output, strict=False):
            members = as_object(raw)
            _refuse(bool(members.get("id")) and item.id not in ("", members.get("id")))
            _refuse(item.named != (None, None) and (members.get("name"), members.get("call_id")) != item.named)
            self.settle_wholes(item, members, True)
            item.done = True
        for item in items:
            item.done = True

    def settle_wholes(self, item: _Item, raw: Mapping[str, Any], done: bool) -> None:
        arguments = raw.get("arguments") or raw.get("input") or ""
        found = [("arguments", 0, arguments if isinstance(arguments, str) else "")]
        raw_channel = "reasoning" if item.type == "reasoning" else "text"
        for member, channel in (("summary", "summary"), ("content", raw_channel)):
            for index, part in enumerate(map(as_object, as_list(raw.get(member)))):
                refusal = as_text(part.get("refusal")) if item.type == "message" else ""
                found.append(("refusal" if refusal else channel, index, refusal or as_text(part.get("text"))))
        if item.type in {of for of, _ in _CHANNELS.values()}:
            for channel, index, whole in found:
                _refuse(bool(whole) and not done)
                self.settle(item, channel, index, whole)

    def item(self, index: int | None, item_id: str, item_type: str) -> _Item:
        _refuse(index is None)
        item = self.items.get(index or 0)
        if item is None:
            _refuse(bool(item_id) and any(item_id == other.id for other in self.items.values()))
            item = self.items[index or 0] = _Item(item_type, item_id)
        _refuse(bool(item_type) and item.type != item_type)
        _refuse(bool(item_id) and bool(item.id) and item.id != item_id)
        return item

    def say(self, item: _Item, channel: str, index: int, piece: str) -> None:
        part = item.parts.setdefault((channel, index), _Part())
        part.said += piece
        part.whole = None if part.whole is None else part.whole + piece
        self.joined["reasoning" if channel == "summary" else channel] += piece

    def settle(self, item: _Item, channel: str, index: int, whole: str) -> None:
        part = item.parts.setdefault((channel, index), _Part())
        if not whole:
            return
        if whole.startswith(part.said):
            part.whole = None
            if whole != part.said:
                self.say(item, channel, index, whole[len(part.said) :])
        else:
            self.contradicted = True
            part.whole = whole

    def said(self) -> Content:
        items = [self.items[index] for index in sorted(self.items)]
        reasoning = [text for item in items for text in ("".join(item.texts("reasoning")), *item.texts("summary"))]
        wholes = {channel: [text for item in items for text in item.texts(channel)] for channel in ("text", "refusal")}
        return Content(
            self.joined["text"],
            self.joined["reasoning"],
            self.joined["refusal"],
            self.joined["arguments"],
            wholes=wholes | {"reasoning": reasoning},
            contradicted=self.contradicted,
        )


def _refuse(odd: bool) -> None:
    if odd:
        raise _TooOddError

"""Composing the output items of a Responses stream: the events of each, from its beginning to its end."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, repeat
from typing import Any, Literal, TypeAlias

from attrs import evolve, frozen

from ...reducer.responses.event import Event
from .drawing import Pen, written
from .expected import Channel, Intent, Lane, Step, is_object
from .quirks import Quirk

Kind: TypeAlias = Literal["message", "function_call", "reasoning", "custom_tool_call", "web_search_call"]

MODEL_ITEMS: tuple[Kind, ...] = ("message", "reasoning")
"""What two of can come side by side and mix."""
_CALLS: tuple[Kind, ...] = ("function_call", "function_call", "custom_tool_call")
KINDS: tuple[Kind, ...] = ("message", *MODEL_ITEMS, *_CALLS, "web_search_call")
"""What items there are, the simplest and the most frequent first."""
_NOTE = {"type": "url_citation", "url": "https://example.org/"}
_LOOSE = (Quirk.NO_INDEX, Quirk.SHARED_INDEX, Quirk.ROTATING_IDS, Quirk.OTHER_IDS_AT_END)
"""Where an item has one of these, only its call_id says which call it is."""
_PREFIXES = {"message": "msg", "reasoning": "rs", "web_search_call": "ws"}
_EVENTS: dict[str, tuple[str, str]] = {  # by part: the event's name, and the member that has the whole
    "text": ("output_text", "text"),
    "refusal": ("refusal", "refusal"),
    "summary": ("reasoning_summary_text", "text"),
    "reasoning": ("reasoning_text", "text"),
    "function_call": ("function_call_arguments", "arguments"),
    "custom_tool_call": ("custom_tool_call_input", "input"),
}


@frozen
class Part:
    """One stretch of an item's text.

    Attributes:
        whole: its text, as the provider has it.
        deltas: its text, as its deltas have it.
    """

    channel: Channel
    index: int
    whole: str
    deltas: str


@frozen
class Spec:
    """An item to compose.

    Attributes:
        lane: which response of the stream, and which item of it.
        call_id: of a call; None if the provider sends none.
        told_id: the call's id as a fold can know it.
        renamed: whether a call has another id once it is done.
        elsewhere: whether a call's arguments stand under the name that the other type of call has.
        noted: whether its text has a citation.
        begun: the text that the item has when it begins; its deltas say it again.
        early: whether it is done after its first delta.
    """

    lane: Lane
    kind: Kind
    parts: tuple[Part, ...] = ()
    name: str = ""
    call_id: str | None = None
    told_id: str | None = None
    renamed: bool = False
    elsewhere: bool = False
    phase: str | None = None
    noted: bool = False
    begun: str = ""
    early: bool = False

    @property
    def id(self) -> str:
        """The item's id."""
        answer, number = self.lane
        return f"{_PREFIXES.get(self.kind, 'fc')}_{number}{'b' * answer}"

    @property
    def is_call(self) -> bool:
        """Whether it is the caller's to run."""
        return self.kind in ("function_call", "custom_tool_call")


@frozen
class Missing:
    """Which events this provider does not send."""

    added: bool = False
    parts: bool = False
    texts_done: bool = False
    done: bool = False
    deltas: bool = False

    def has(self, role: str) -> bool:
        """Whether the events of this role are missing."""
        roles = {"added": self.added, "part": self.parts, "whole": self.texts_done, "done": self.done}
        return roles.get(role, role == "delta" and self.deltas)


def draw_spec(pen: Pen, lane: Lane, missing: Missing, knows_ids: bool, kinds: Sequence[Kind]) -> Spec:
    """An item of some kind.

    Args:
        pen: to draw with.
        lane: where it belongs.
        missing: what its events will lack.
        knows_ids: whether a call without an id can be known by its item's.
        kinds: what it may be; anything if empty.
    """
    at = pen.below(len(KINDS))
    kind = kinds[at % len(kinds)] if kinds else KINDS[at]
    if kind == "web_search_call":
        return Spec(lane, kind)
    if kind == "message":
        channels: list[Channel] = ["refusal" if pen.below(4) == 3 else "text"]
        channels += ["text"] if pen.below(4) == 3 else []
        phase = (None, None, "commentary", "final_answer")[pen.below(4)]
        noted = channels[0] == "text" and pen.use(Quirk.ANNOTATIONS)
        parts = tuple(_part(pen, channel, index, pen.text(), missing) for index, channel in enumerate(channels))
        plain = channels == ["text"] and parts[0].deltas == parts[0].whole and not missing.deltas
        begun = parts[0].whole if plain and not missing.added and pen.use(Quirk.TEXT_IN_ADDED) else ""
        begun = begun[: 1 + pen.roll(Quirk.TEXT_IN_ADDED, len(begun))] if begun else ""
        return Spec(lane, kind, parts, phase=phase, noted=noted, begun=begun)
    if kind == "reasoning":
        parts = tuple(_part(pen, "summary", index, pen.text(), missing) for index in range(pen.below(3)))
        if pen.flip():
            summaries, raw = [part.whole for part in parts], pen.text()
            raw += "!" * (raw in ("".join(summaries), "\n\n".join(summaries)))  # else it may be said once
            parts += (_part(pen, "reasoning", 0, raw, missing),)
        return Spec(lane, kind, parts)
    name = pen.draw(pen.choices.names)
    call_id: str | None = f"call_{lane[1]}{'b' * lane[0]}"
    spec = Spec(lane, kind, (_part(pen, "arguments", 0, _arguments(pen, kind), missing),), name, call_id, call_id)
    if pen.use(Quirk.NO_CALL_ID):
        call_id = ("", None)[pen.roll(Quirk.NO_CALL_ID, 2)]
        spec = evolve(spec, call_id=call_id, told_id=spec.id if knows_ids else None)
    renamed = bool(call_id) and not missing.added and not pen.allows(*_LOOSE) and pen.use(Quirk.OTHER_CALL_ID)
    elsewhere = pen.use(Quirk.OTHER_ARGUMENTS_NAME, bool(spec.parts[0].whole))
    return evolve(spec, renamed=renamed, elsewhere=elsewhere)


def _arguments(pen: Pen, kind: Kind) -> str:
    custom = kind == "custom_tool_call"
    text = pen.text() if custom else written(pen, list(pen.draw(pen.choices.objects).items())).text
    if pen.sometimes(Quirk.NO_ARGUMENTS):
        return ""
    broken = pen.sometimes(Quirk.BROKEN_ARGUMENTS, not custom)
    return "{'" + text[1:] if broken else text  # as a careless model writes


def _part(pen: Pen, channel: Channel, index: int, whole: str, missing: Missing) -> Part:
    """A part, whose deltas may say something else than its whole; a whole must then be among its events."""
    part = Part(channel, index, whole, whole)
    if missing.deltas or missing.texts_done or not whole:
        return part
    way = pen.one_of(Quirk.TAIL_IN_WHOLE, Quirk.CONTRADICTING_WHOLE)
    if way is Quirk.TAIL_IN_WHOLE:
        return evolve(part, deltas=whole[: pen.roll(way, len(whole))])
    if way is Quirk.CONTRADICTING_WHOLE and pen.roll(way, 4) < 3:
        return evolve(part, deltas="~" + whole)
    return part


def item_lane(pen: Pen, spec: Spec, missing: Missing, may_go_on: bool = False) -> list[Step]:
    """The events of one item; `may_go_on`: whether it can be known where it is done already."""
    steps = [_added(spec)]
    if spec.kind == "web_search_call":
        begun = (Intent(lane=spec.lane, begins=True),)
        stages = ("in_progress", "searching", "completed")
        steps += [Step(_about(spec, f"web_search_call.{stage}"), begun, "progress") for stage in stages]
    for part in spec.parts:
        steps += _part_lane(pen, spec, part)
    status = "in_progress" if pen.use(Quirk.ODD_STATUS, spec.kind != "reasoning" and not missing.done) else "completed"
    done = Event(type="response.output_item.done", output_index=spec.lane[1], item=as_item(spec, wholes(spec), status))
    steps.append(Step(done, told(spec, wholes(spec), closes=True), "done"))
    steps = [step for step in steps if not missing.has(step.role)]
    if may_go_on and spec.kind == "message" and len(spec.parts) == 1 and not spec.begun and not spec.noted:
        return _done_early(pen, spec, steps)
    return steps


def _done_early(pen: Pen, spec: Spec, steps: list[Step]) -> list[Step]:
    """The events of a message that has one part, with all that says that it is over after the first delta."""
    deltas = [at for at, step in enumerate(steps) if step.role == "delta" and step.meant]
    (part,) = spec.parts
    if len(deltas) < 2 or part.deltas != part.whole or not pen.use(Quirk.EARLY_DONE):
        return steps
    first = deltas[0] + 1
    (meant,) = steps[deltas[0]].meant
    so_far = evolve(spec, parts=(evolve(part, whole=meant.adds, deltas=meant.adds),))
    over = [_shortened(step, so_far) for step in steps[first:] if step.role not in ("delta", "added")]
    return [*steps[:first], *over, *(step for step in steps[first:] if step.role == "delta")]


def _shortened(step: Step, so_far: Spec) -> Step:
    """An event that has a whole, with what had come by then; it says nothing new."""
    (part,) = so_far.parts
    chunk = step.chunk
    if step.role == "done":
        return evolve(step, chunk=evolve(chunk, item=as_item(so_far, wholes(so_far), "completed")), meant=())
    if chunk.part is not None:
        return evolve(step, chunk=evolve(chunk, part=_part_json(so_far, part, part.whole)), meant=())
    member = "refusal" if part.channel == "refusal" else "text"
    return evolve(step, chunk=evolve(chunk, **{member: part.whole}), meant=())


def _added(spec: Spec) -> Step:
    texts: dict[tuple[Channel, int], str] = {("text", 0): spec.begun} if spec.begun else {}
    item = as_item(spec, texts, "in_progress")
    chunk = Event(type="response.output_item.added", output_index=spec.lane[1], item=item)
    begun = (Intent(lane=spec.lane, adds=spec.begun),) if spec.begun else ()
    return Step(chunk, (*told(spec, {}, closes=False), *begun), "added")


def _part_lane(pen: Pen, spec: Spec, part: Part) -> list[Step]:
    name, member = _EVENTS[part.channel if part.channel != "arguments" else spec.kind]
    if part.channel == "reasoning" and pen.use(Quirk.OTHER_EVENT_NAMES):
        name = "reasoning"
    at: dict[str, Any] = {} if spec.is_call else {"content_index": part.index}
    if part.channel == "summary":
        at = {"summary_index": part.index}
    meant = Intent(lane=spec.lane, channel=part.channel, part=part.index, custom=_custom(spec))
    if spec.told_id == spec.id:  # a call without an id of its own: every event of it tells the item's
        meant = evolve(meant, id=spec.id)
    steps, said = [], 0
    places = _places(pen, part, spec.is_call)
    for piece in pen.cut(part.deltas):
        adds = piece[max(0, len(spec.begun) - said) :]
        said += len(piece)
        told_by = (evolve(meant, adds=adds),) if adds else ()
        steps.append(Step(_about(spec, f"{name}.delta", delta=piece, **at | next(places)), told_by, "delta"))
    if steps and pen.use(Quirk.EMPTY_DELTAS):
        steps.insert(
            pen.roll(Quirk.EMPTY_DELTAS, len(steps) + 1),
            Step(_about(spec, f"{name}.delta", delta="", **at), (), "delta"),
        )
    if spec.noted and part.index == 0:
        note = {"annotation": _NOTE, "annotation_index": 0}
        begun = (Intent(lane=spec.lane, begins=True),)
        steps.append(Step(_about(spec, "output_text.annotation.added", **note, **at), begun, "note"))
    if spec.kind == "function_call":
        steps = _said_more_than_once(pen, spec, part, steps)
    whole = evolve(meant, whole=part.whole)
    steps.append(Step(_about(spec, f"{name}.done", **{member: part.whole}, **at), (whole,), "whole"))
    if spec.is_call:
        return steps
    event = "reasoning_summary_part" if part.channel == "summary" else "content_part"
    empty, full = _part_json(spec, part, spec.begun), _part_json(spec, part, part.whole)
    begun = (Intent(lane=spec.lane, begins=bool(empty.get("annotations"))),)
    return [
        Step(_about(spec, f"{event}.added", part=empty, **at), begun, "part"),
        *steps,
        Step(_about(spec, f"{event}.done", part=full, **at), (whole,), "part"),
    ]


def _said_more_than_once(pen: Pen, spec: Spec, part: Part, steps: list[Step]) -> list[Step]:
    """The deltas of a call's arguments, after a placeholder for them, or with all of them once more at the end."""
    if (
        part.deltas != part.whole
        or not is_object(part.whole)
        or part.whole[1:-1].isspace()
        or pen.allows(Quirk.REPLAYED_ITEMS)
    ):
        return steps

    def delta(piece: str) -> Step:
        begun = (Intent(lane=spec.lane, begins=True, custom=False),)
        return Step(_about(spec, "function_call_arguments.delta", delta=piece), begun, "delta")

    if part.whole != "{}" and pen.use(Quirk.PLACEHOLDER_ARGUMENTS):
        steps = [delta("{}"), *steps]
    if pen.use(Quirk.REPEATED_ARGUMENTS):
        steps = [
            *steps,
            delta((part.whole, f"{part.whole[:1]} {part.whole[1:]}")[pen.roll(Quirk.REPEATED_ARGUMENTS, 2)]),
        ]
    return steps


def _places(pen: Pen, part: Part, is_call: bool) -> Iterator[dict[str, int]]:
    """The `content_index` of each delta, where it is not the part's: one more each time, or another throughout."""
    drifts = not is_call and part.channel != "summary" and part.deltas and pen.use(Quirk.DRIFTING_PARTS)
    if not drifts:
        return repeat({})
    first, stride = ((1, 1), (2, 0))[pen.roll(Quirk.DRIFTING_PARTS, 2)]
    return ({"content_index": part.index + first + stride * at} for at in count())


def _about(spec: Spec, kind: str, **members: Any) -> Event:
    return Event(type=f"response.{kind}", output_index=spec.lane[1], item_id=spec.id, **members)


def _custom(spec: Spec) -> bool | None:
    return spec.kind == "custom_tool_call" if spec.is_call else None


def wholes(spec: Spec) -> dict[tuple[Channel, int], str]:
    """The item's texts, whole."""
    return {(part.channel, part.index): part.whole for part in spec.parts}


def told(spec: Spec, texts: Mapping[tuple[Channel, int], str], closes: bool) -> tuple[Intent, ...]:
    """What an item's JSON with these texts is meant to say."""
    named = Intent(
        lane=spec.lane,
        channel="arguments",
        id=spec.told_id,
        called=spec.name,
        custom=_custom(spec),
        begins=True,
        closes=closes and spec.is_call,
    )
    return *(Intent(lane=spec.lane, channel=of, part=part, whole=text) for (of, part), text in texts.items()), named


def as_item(spec: Spec, texts: Mapping[tuple[Channel, int], str], status: str) -> dict[str, Any]:
    """An item's JSON with these texts."""
    item: dict[str, Any] = {"type": spec.kind, "id": spec.id}
    if spec.is_call:
        arguments = texts.get(("arguments", 0))
        call_id = f"{spec.call_id}_b" if spec.renamed and arguments is not None else spec.call_id
        member = "input" if (spec.kind == "custom_tool_call") is not spec.elsewhere else "arguments"
        return {**item, "call_id": call_id, "name": spec.name, member: arguments or "", "status": status}
    parts = [part for part in spec.parts if (part.channel, part.index) in texts]
    content = {part: _part_json(spec, part, texts[part.channel, part.index]) for part in parts}
    if spec.kind == "reasoning":
        item["summary"] = [json for part, json in content.items() if part.channel == "summary"]
        if len(item["summary"]) < len(content):
            item["content"] = [json for part, json in content.items() if part.channel == "reasoning"]
        return item
    if spec.kind == "message":
        item |= {"role": "assistant", "content": list(content.values())}
    return {**item, "status": status} | ({"phase": spec.phase} if spec.phase else {})


def _part_json(spec: Spec, part: Part, text: str) -> dict[str, Any]:
    if part.channel == "refusal":
        return {"type": "refusal", "refusal": text}
    if part.channel != "text":
        return {"type": f"{part.channel}_text", "text": text}
    notes = [_NOTE] if spec.noted and part.index == 0 and text else []
    return {"type": "output_text", "text": text, "annotations": notes}

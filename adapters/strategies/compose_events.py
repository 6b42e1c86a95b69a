"""Composing streams of the Responses API: items, interleaved, within their envelope; their addresses and numbers."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from attrs import evolve, frozen

from ...reducer.ends import Done, Undecodable
from ...reducer.responses.event import Event
from ..wire.machines import Wire
from .compose_items import MODEL_ITEMS, Missing, Spec, as_item, draw_spec, item_lane, told, wholes
from .compose_terminals import cancelled, failures, named, response_json, usage_of
from .compose_unread import with_unread
from .composed import Says, Stream
from .drawing import Pen, redelivered, unsaid
from .expected import Arguments, Expected, Intent, Lane, Step, summed
from .quirks import Quirk

_ENDINGS = (
    *(Quirk.ERROR, Quirk.ERROR_TWICE, Quirk.TRUNCATED, Quirk.CUT_OFF, Quirk.NO_TERMINAL),
    Quirk.CANCELLED,
)
_UNKNOWN = ("keepalive", "response.new_thing.delta", "response.audio.delta")
_DROPS = {
    Quirk.NO_ITEM_ADDED: "added",
    Quirk.NO_PART_EVENTS: "parts",
    Quirk.NO_TEXT_DONE: "texts_done",
    Quirk.NO_ITEM_DONE: "done",
    Quirk.WHOLES_ONLY: "deltas",
}


def compose(pen: Pen, wire: Wire, machine: Any, config: Any) -> Stream:
    """A stream of this wire, with the quirks that the pen allows."""
    composer = _Composer(pen)
    steps = composer.steps()
    return Stream(
        wire=wire,
        machine=machine,
        config=config,
        chunks=tuple(step.chunk for step in steps),
        says=composer.says(steps),
        quirks=frozenset(pen.used),
    )


@frozen
class Address:
    """How events say which item they are about.

    Attributes:
        index: whether and how `output_index` is odd.
        no_id: they have no `item_id`.
        rotating: every id is used once.
    """

    index: Quirk | None
    no_id: bool
    rotating: bool

    @classmethod
    def drawn(cls, pen: Pen) -> "Address":
        """How it is in one stream."""
        index = pen.one_of(Quirk.NO_INDEX, Quirk.SHARED_INDEX)
        no_id = index is not Quirk.SHARED_INDEX and pen.allows(Quirk.NO_ITEM_ID)
        return cls(index, no_id, index is None and pen.allows(Quirk.ROTATING_IDS))

    @property
    def absent(self) -> bool:
        """Whether events say nothing, so that the open item is meant."""
        return self.index is Quirk.NO_INDEX and self.no_id


class _Composer:
    def __init__(self, pen: Pen) -> None:
        self.pen = pen
        self.address = Address.drawn(pen)
        drops = {name for quirk, name in _DROPS.items() if pen.allows(quirk)}
        if self.address.absent or self.address.index is Quirk.SHARED_INDEX:
            drops.discard("added")  # it alone tells that an item begins
        if self.address.absent:
            drops.discard("done")  # it alone tells that an item is over
        self.missing = Missing(**dict.fromkeys(drops, True))
        self.specs: dict[Lane, Spec] = {}
        self.listed: set[int] = set()  # the responses whose last event lists their items
        self.ending: Quirk | None = None

    def steps(self) -> list[Step]:
        """The whole stream."""
        pen = self.pen
        bare = pen.allows(Quirk.NO_CREATED)
        steered = not bare and pen.use(Quirk.STEERED)
        steps: list[Step] = []
        for answer in range(1 + steered):
            last = answer == steered
            begun = [] if bare else self.begun(answer)
            body, later = self.body(answer)
            pen.used.update({Quirk.NO_CREATED} if bare else ())
            end = self.ended(body) if last else [self.terminal(answer, body, "incomplete", "steered")]
            steps += self.numbered([*begun, *body, *later, *end], len(steps), answer)
        steps = with_unread(pen, [self.plain(step) for step in self.readdressed(steps)])
        if pen.allows(Quirk.REPEATED_EVENTS):
            steps = self.repeated(steps)
        self.noise(steps)
        if not self.ending and pen.use(Quirk.DONE_AFTER_TERMINAL):
            steps.append(Step(Done(), (Intent(over=True),)))
        return steps

    # Items

    def begun(self, answer: int) -> list[Step]:
        response = response_json(answer, "in_progress")
        over = (Intent(over=False),) if answer else ()
        return [
            Step(Event(type="response.created", response=response), over),
            Step(Event(type="response.in_progress", response=response)),
        ]

    def body(self, answer: int) -> tuple[list[Step], list[Step]]:
        """The items' events in the order in which they come, their rank that of their number; and those replayed."""
        pen = self.pen
        other_ids = self.address.rotating or pen.allows(Quirk.OTHER_IDS_AT_END)
        knows_ids = not other_ids and not (self.missing.added and self.address.no_id)
        beside = pen.choices.interleave and pen.allows(Quirk.ITEMS_SIDE_BY_SIDE) and not other_ids
        specs: list[Spec] = []
        for _ in range(pen.below(pen.choices.most + 1)):
            lane, kinds = (answer, len(specs)), MODEL_ITEMS if beside else ()
            specs.append(pen.span(partial(draw_spec, pen, lane, self.missing, knows_ids, kinds)))
        self.specs |= {spec.lane: spec for spec in specs}
        may_go_on = not self.address.absent and self.address.index is None and not pen.allows(Quirk.REPLAYED_ITEMS)
        lanes = [item_lane(pen, spec, self.missing, may_go_on) for spec in specs]
        self.drop(lanes, specs)
        keys = _chained([[(at, step) for step in range(len(lane))] for at, lane in enumerate(lanes)], specs, beside)
        mixed = pen.mixes(keys)
        if self.address.absent:
            keys = _by_kind(keys, specs)
        ordered = pen.merged(keys, mixed)
        ordered = pen.shuffled(Quirk.ITEMS_SIDE_BY_SIDE, keys) if beside else ordered
        late = pen.allows(Quirk.LATE_EVENTS) and not pen.allows(Quirk.NO_NUMBERS, Quirk.ONE_NUMBER)
        coming = pen.shuffled(Quirk.LATE_EVENTS, keys) if late else ordered
        pen.used.update({Quirk.LATE_EVENTS} if coming != ordered else ())
        pen.used.update({Quirk.ITEMS_SIDE_BY_SIDE} if _mixed(coming, specs) else ())
        ranks = {key: rank for rank, key in enumerate(ordered)}
        body = [evolve(lanes[at][step], rank=ranks[at, step]) for at, step in coming]
        later: list[Step] = []
        told_apart = not (self.address.absent or self.address.rotating or self.missing.done)
        if told_apart and body and not pen.allows(*_ENDINGS) and pen.use(Quirk.REPLAYED_ITEMS):
            again = body[pen.roll(Quirk.REPLAYED_ITEMS, len(body)) :]
            later = [evolve(unsaid(step), rank=len(body) + at) for at, step in enumerate(again)]
        return body, later

    def drop(self, lanes: Sequence[Sequence[Step]], specs: Sequence[Spec]) -> None:
        """Note which quirks of missing events took effect."""
        spoken = [spec for spec in specs if spec.parts]
        has = {
            "added": bool(specs),
            "done": bool(specs),
            "parts": any(not spec.is_call for spec in spoken),
            "texts_done": bool(spoken),
            "deltas": any(part.deltas for spec in spoken for part in spec.parts),
        }
        self.pen.used.update(quirk for quirk, name in _DROPS.items() if getattr(self.missing, name) and has[name])

    # The envelope

    def ended(self, body: list[Step]) -> list[Step]:
        """How the last response ends; what it does not come to is taken from its body."""
        pen = self.pen
        self.ending = pen.one_of(*_ENDINGS)
        answer = max((lane[0] for lane in self.specs), default=0)
        answer = max(answer, 1 if Quirk.STEERED in pen.used else 0)
        if self.ending is None:
            return [self.terminal(answer, body, "completed")]
        pen.use(self.ending)
        if self.ending is Quirk.NO_TERMINAL:
            return [Step(Done(), (Intent(over=True),))]
        del body[pen.roll(self.ending, len(body) + 1) :]
        if self.ending is Quirk.CUT_OFF:
            reason = ("max_output_tokens", "content_filter")[pen.roll(self.ending, 2)]
            return [self.terminal(answer, body, "incomplete", reason)]
        if self.ending is Quirk.CANCELLED:
            return [cancelled(pen, answer)]
        return [] if self.ending is Quirk.TRUNCATED else failures(pen, answer)

    def terminal(self, answer: int, body: Sequence[Step], status: str, reason: str = "") -> Step:
        """The event that ends a response: what its items came to, why, and what it cost."""
        pen = self.pen
        specs = {lane: spec for lane, spec in self.specs.items() if lane[0] == answer}
        so_far = summed(body)
        if status == "incomplete" and reason != "steered":
            specs = {lane: spec for lane, spec in specs.items() if lane in so_far.lanes}
        calls = any(spec.is_call for spec in specs.values())
        # Without its status, a call that comes last may be cut off.
        told_apart = status == "completed" or not calls
        listed = not (told_apart and pen.use(Quirk.EMPTY_OUTPUT, bool(specs)))
        meant = [Intent(lane=(answer, 0), completes=status == "completed", reason=reason or status, over=True)]
        output: Any = [] if listed or pen.roll(Quirk.EMPTY_OUTPUT, 2) == 0 else None
        if listed and specs:
            self.listed.add(answer)
        for spec in specs.values() if listed else ():
            texts, whole = _came(spec, so_far, body, status == "completed" or reason == "steered")
            output.append(as_item(spec, texts, "completed" if whole else "incomplete"))
            meant += told(spec, texts, closes=whole)
        usage, costs = usage_of(pen, answer)
        details: dict[str, Any] = {"incomplete_details": {"reason": reason}} if reason else {}
        said = [part.whole for spec in specs.values() for part in spec.parts if part.channel == "text"]
        if pen.use(Quirk.OUTPUT_TEXT, listed and status == "completed" and any(said)):
            details = {"output_text": "".join(said)}
        response = response_json(answer, status, output=output, usage=usage, **details)
        return Step(Event(type=named(pen, status), response=response), (*meant, *costs), "terminal")

    # Addresses and numbers

    def numbered(self, steps: list[Step], before: int, answer: int) -> list[Step]:
        """The steps with their numbers: those of the body by their rank, which is not always as they come."""
        pen = self.pen
        if pen.use(Quirk.NO_NUMBERS):
            return steps
        first, stride = 0, 1
        if not pen.allows(Quirk.NO_CREATED) and pen.use(Quirk.ONE_NUMBER):
            stride = 0
        elif pen.use(Quirk.GAPPED_NUMBERS):
            first, stride = 3, 2
        places = [at for at, step in enumerate(steps) if step.rank >= 0]
        ordered = sorted(places, key=lambda at: steps[at].rank)
        place_of = dict(zip(ordered, places, strict=True))
        return [
            evolve(step, chunk=evolve(step.chunk, sequence_number=first + stride * (before + place_of.get(at, at))))
            if isinstance(step.chunk, Event)
            else step
            for at, step in enumerate(steps)
        ]

    def readdressed(self, steps: Sequence[Step]) -> list[Step]:
        """The steps with the ids that this provider sends."""
        pen = self.pen
        if self.address.rotating and len(steps) > 1:
            pen.used.add(Quirk.ROTATING_IDS)
            return [evolve(step, chunk=_with_ids(step.chunk, f"_{at}")) for at, step in enumerate(steps)]
        if not pen.allows(Quirk.OTHER_IDS_AT_END):
            return list(steps)
        pen.used.update({Quirk.OTHER_IDS_AT_END} if self.listed else ())
        return [
            evolve(step, chunk=_with_ids(step.chunk, "_tmp", own=False)) if step.role == "terminal" else step
            for step in steps
        ]

    def plain(self, step: Step) -> Step:
        """A step whose event has no more of an address than this provider sends."""
        chunk, address = step.chunk, self.address
        if not isinstance(chunk, Event):
            return step
        if address.index is not None and chunk.output_index is not None:
            shared = address.index is Quirk.SHARED_INDEX
            if not shared or chunk.output_index:
                self.pen.used.add(address.index)
            chunk = evolve(chunk, output_index=0 if shared else None)
        if address.no_id and chunk.item_id is not None:
            self.pen.used.add(Quirk.NO_ITEM_ID)
            chunk = evolve(chunk, item_id=None)
        return evolve(step, chunk=chunk)

    def repeated(self, steps: Sequence[Step]) -> list[Step]:
        """The steps, some delivered again."""
        believed = Quirk.ONE_NUMBER not in self.pen.used
        numbered = [believed and getattr(step.chunk, "sequence_number", None) is not None for step in steps]
        count = 1 + self.pen.roll(Quirk.REPEATED_EVENTS, 3) if steps else 0
        rolls = [self.pen.roll(Quirk.REPEATED_EVENTS, len(steps)) for _ in range(2 * count)]
        order = redelivered(range(len(steps)), list(zip(rolls[::2], rolls[1::2], strict=True)), numbered)
        delivered: list[Step] = []
        seen: set[int] = set()
        for at in order:
            delivered.append(unsaid(steps[at]) if at in seen else steps[at])
            seen.add(at)
        self.pen.used.update({Quirk.REPEATED_EVENTS} if len(delivered) > len(steps) else ())
        return delivered

    def noise(self, steps: list[Step]) -> None:
        """What says nothing, anywhere before the last event."""
        pen = self.pen
        last = max(0, len(steps) - 1)
        if pen.use(Quirk.UNKNOWN_EVENTS):
            unknown = _UNKNOWN[pen.roll(Quirk.UNKNOWN_EVENTS, len(_UNKNOWN))]
            (step,) = with_unread(pen, [Step(Event(type=unknown))])
            pen.insert(Quirk.UNKNOWN_EVENTS, steps, step, last)
        if pen.use(Quirk.UNDECODABLE):
            pen.insert(Quirk.UNDECODABLE, steps, Step(Undecodable("not JSON"), (Intent(loses=True),)), last)
        if pen.use(Quirk.NULL_ITEMS):
            kind = ("output_item.added", "content_part.added", "output_item.done")[pen.roll(Quirk.NULL_ITEMS, 3)]
            pen.insert(Quirk.NULL_ITEMS, steps, Step(Event(type=f"response.{kind}", output_index=0)), last)

    def says(self, steps: Sequence[Step]) -> Says:
        """What the stream says."""
        ledger = summed(steps)
        pen = self.pen
        pen.used.update({Quirk.CONTRADICTING_WHOLE} if ledger.contradicted else ())
        lengthened = ledger.lengthened and not self.missing.deltas
        pen.used.update({Quirk.TAIL_IN_WHOLE} if lengthened and pen.allows(Quirk.TAIL_IN_WHOLE) else ())
        order = list(ledger.lanes)
        first_sight = {lane: at for at, lane in enumerate(order)}
        known = self.address.index is None
        order.sort(key=lambda lane: (lane[0], lane[1] if known or lane[0] in self.listed else first_sight[lane]))
        calls = {lane: Arguments("") for lane, spec in self.specs.items() if spec.is_call}
        says = ledger.says(order, calls)
        return evolve(says, finish_reason=ledger.reasons[-1] if ledger.reasons else None)


def _came(spec: Spec, so_far: Expected, body: Sequence[Step], over: bool) -> tuple[Mapping[Any, str], bool]:
    """What came of an item's texts, and whether that is all."""
    if over:
        return wholes(spec), True
    so = so_far.lanes[spec.lane]
    ended = any(step.role == "done" and step.meant and step.meant[-1].lane == spec.lane for step in body)
    return (wholes(spec), True) if ended else (so.texts, so.closed)


def _chained(keys: list[list[Any]], specs: Sequence[Spec], beside: bool) -> list[list[Any]]:
    """The lanes that may interleave: items of one channel follow each other, unless they may come side by side."""
    if beside:
        return keys
    chains: dict[Any, list[Any]] = {}
    for lane, spec in zip(keys, specs, strict=True):
        chains.setdefault(spec.kind if spec.kind in ("message", "reasoning") else spec.lane, []).extend(lane)
    return list(chains.values())


def _by_kind(keys: Sequence[list[Any]], specs: Sequence[Spec]) -> list[list[Any]]:
    """The lanes that may interleave where events say nothing of their item: what they are tells it then."""
    kinds: dict[str, list[Any]] = {}
    for lane in keys:
        for key in lane:
            kinds.setdefault(specs[key[0]].kind, []).append(key)
    return list(kinds.values())


def _mixed(keys: Sequence[tuple[int, int]], specs: Sequence[Spec]) -> bool:
    """Whether items of one channel do not come one after the other."""
    for kind in ("message", "reasoning"):
        lanes = [at for at, _ in keys if specs[at].kind == kind]
        if lanes != sorted(lanes):
            return True
    return False


def _with_ids(chunk: Any, suffix: str, own: bool = True) -> Any:
    """An event with every id in it changed; calls keep their `call_id`. `own`: the response's too."""
    if not isinstance(chunk, Event):
        return chunk

    def other(item: Any) -> Any:
        return {**item, "id": item["id"] + suffix}

    response = chunk.response
    if response is not None:
        output = response["output"] and [other(item) for item in response["output"]]
        response = {**response, "output": output} | ({"id": response["id"] + suffix} if own else {})
    return evolve(
        chunk,
        item_id=chunk.item_id and chunk.item_id + suffix,
        item=chunk.item and other(chunk.item),
        response=response,
    )

"""What a Responses state is made of while an event is taken in."""

from collections.abc import Iterable, Mapping, Sequence

from ..diagnostics import Kind
from ..ends import End
from ..shared import emit
from ..shared.extras import MORE_MEMBERS, UNKNOWN, length_of, notes_of
from ..values.frozen_value import constructor_of, evolve
from ..values.json_values import FrozenObject, Json, as_object, freeze
from ..values.text import text
from .calls import CallsDraft
from .dedup import Dedup
from .event import Event
from .items import MOST_OPEN, OF_REQUEST, Item, is_echo
from .ownership import call_addressed
from .parts import Part
from .state import State

_state = constructor_of(State)


class ResponsesDraft(CallsDraft):
    """A Responses state in the making."""

    __slots__ = ("dedup", "highest", "kept", "recent")

    def __init__(self, state: State, dedup: Dedup, highest: int, recent: str = "", goes_on: bool = False) -> None:
        # One is made with each event: by attributes set here instead of by the base, a step takes a twentieth less.
        self.before = state
        self.envelope = state.envelope
        self.omitted = state.omitted
        self.run = state.run
        self.messages = []
        self.passed = None
        self.work = state.work
        self.text = state.text
        self.items = state.items
        self.dedup = dedup
        self.highest = highest
        self.recent = recent
        self.kept = state.kept
        self.goes_on = goes_on
        self.holder = state.holder

    def state(self, chunks: int, end: End | None) -> State:
        """The draft as a state that has folded so many events."""
        before = self.before
        return _state(
            before.config,
            self.run,
            self.work,
            self.text,
            self.items,
            self.envelope,
            self.dedup,
            self.highest,
            self.recent,
            self.omitted,
            before.answers,
            self.kept,
            chunks,
            end,
            self.holder,
        )

    def keep_unknown(self, value: Json) -> Iterable[tuple[Kind, str]]:
        """Keep JSON that is no event, in the answer's extras."""
        self.kept, addition = self.kept.add({UNKNOWN: [value]})
        return notes_of(addition, "")

    def lose_piece(self) -> None:
        """A piece of the answer may have been lost by now."""
        self.envelope = self.envelope.with_loss()

    def reopened(self, item: Item, index: int | None) -> Item:
        """A call that was done, and goes on under that index as well: what comes may repeat it from its beginning."""
        part = item.parts[0] if item.parts else None
        if part is not None:
            item = item.with_part(0, evolve(part, done=False, again=(0, 0) if len(part.text) else None))
        item = evolve(item, done=False, closed=False)
        self.note("repaired", f"{item.type} {item.id} goes on as another item")
        self.items = self.items.put(item, "" if index is None else index)
        return item

    def lose_arguments(self, event: Event) -> None:
        """Arguments of a call came that cannot be read: of the one that they address; if none, perhaps of any."""
        self.rest()
        item = call_addressed(self.items, event)
        if item is None:
            if not _is_addressed(event) and "call" in event.type:
                self.lose_piece()
            return
        call, whole = item.call, item.is_whole and item.call.arguments.scan.top != "empty"
        if call.settled is None:
            self.with_call(item, evolve(call, began=(call.began[0] - 1, call.began[1])))
        elif call.announced and not whole and item.arguments not in (event.arguments, event.input):
            self.doubt_changed(item)

    def is_of_a_call(self, event: Event, item_type: str, channel: str, said: str, whole: bool = False) -> bool:
        """Whether a server tool's arguments are those of the caller's call that they name, and then are read as such.

        Where they name no item, or the call by its index alone, they may be its own, or not.
        """
        if channel != "arguments":
            return False
        call = call_addressed(self.items, event)
        if call is None:
            if not _is_addressed(event) and self.find(event, item_type) is None:
                self.lose_piece()
            return False
        if not said or not any(map(call.is_called, filter(None, (event.item_id, event.call_id)))):
            self.lose_arguments(event)
            return False
        self.note("repaired", f"the arguments of {call.type} {call.id} came as those of {item_type}")
        if whole:
            self.end_arguments(event, call.type, said, "")
        else:
            self.add_arguments(event, call.type, said)
        return True

    def is_of_request(self, event: Event, item_type: str) -> bool:
        """Whether an event is about a message of the request, of which nothing is said."""
        item = self.find(event, item_type)
        if item is None or not is_echo(item.members):
            return False
        self.note("ignored", f"{event.type} for a message of the request")
        return True

    def annotate(self, event: Event, item_type: str, channel: str, notes: Sequence[Json]) -> None:
        """All citations of a part, some of which may have come."""
        if notes:
            self.annotate_part(*self.part_of(self.open(event, item_type), channel, event.content_index or 0), notes)

    def annotate_part(self, item: Item, place: int, notes: Sequence[Json]) -> None:
        """The same, for a part of an item that was found."""
        part = item.parts[place]
        self.cite(item, place, _missing(part, tuple(map(freeze, notes))))

    def annotate_once(self, event: Event, item_type: str, channel: str, note: Json) -> None:
        """One citation of a part, unless it came before under its number: some servers give that number to all."""
        item, place = self.part_of(self.open(event, item_type), channel, event.content_index or 0)
        part, at, new = item.parts[place], event.annotation_index, freeze(note)
        again = item.done if at is None else at < len(part.notes) + part.unkept
        if again and (part.unkept or _has_come(part, at, new)):
            if at is None:
                self.note("ignored", "a citation for an item that is done")
        else:
            self.cite(item, place, (new,))

    def cite(self, item: Item, place: int, notes: Sequence[Json]) -> None:
        """Emit citations of a part that are new, as many as may be."""
        part = item.parts[place]
        kept = tuple(filter(self.annotate_with, notes))
        if notes:
            unkept = part.unkept + len(notes) - len(kept)
            part = evolve(part, notes=part.notes.extended(kept), unkept=unkept)
            self.items = self.items.put(item.with_part(place, part))

    def progress(self, event: Event, item_type: str, status: str, delta: Json) -> None:
        """A server tool's status."""
        item = self.open(event, item_type)
        if item.done:
            self.note("ignored", f"{event.type} for an item that is done")
        else:
            self.emit(emit.server_tool(self.run, item.type, item.id or None, status, freeze(delta)))

    def piece(self, event: Event, item_type: str, channel: str) -> None:
        """A piece of what a server tool is given or gives."""
        item = self.open(event, item_type)
        if item.done:
            self.note("ignored", f"{event.type} for an item that is done")
            return
        if channel and isinstance(event.delta, str):
            item, at = self.part_of(item, channel, event.command_index or 0)
            item, delta = self.without_half(item, at, event.delta)
            if delta and item.parts[at].again is not None:
                delta = self.unsaid(item, at, delta)
                item = self.items.lanes.get(item.position)
            if delta:
                self.say_of_tool(item, at, delta)
            return
        # A shell's output comes as an object: what went to stdout, and to stderr.
        said = dict(as_object(event.delta)) if channel else {}
        fitting: list[tuple[int, str]] = []
        cut = False
        for name, piece in said.items():
            if isinstance(piece, str):
                place = channel if name == channel else f"{channel}.{name}"
                item, at = self.part_of(item, place, event.command_index or 0)
                said[name] = piece[: self.room(len(item.parts[at].text))]
                fitting.append((at, said[name]))
                cut = cut or said[name] != piece
        self.emit(emit.server_tool(self.run, item.type, item.id or None, delta=freeze(said or event.delta)))
        for at, piece in fitting:
            item = self.add_to_tool(item, at, piece)
        if cut:
            self.pass_limit(f"an item's {channel}")

    def whole_piece(self, event: Event, item_type: str, channel: str, whole: str) -> None:
        """The whole of what a server tool is given, unless its item is done and has it: what is missing is said."""
        item = self.open(event, item_type) if whole else None
        if item is None or item.done:
            return
        item, at = self.part_of(item, channel, 0)
        if item.parts[at].half:
            item = self.settle_half(item, at, whole)
        part = item.parts[at]
        if part.text.begins(whole):
            missing, again = whole[len(part.text) :], None if len(part.text) else (0, 0)
            if missing:
                self.say_of_tool(item.with_part(at, evolve(part, again=again)), at, missing)
        elif whole != str(part):
            self.note("mismatch", f"the {channel} of {item.type} {item.id} differs")
            known = part.whole if part.text.startswith(whole) else text(whole[: self.limits.characters])
            self.items = self.items.put(item.with_part(at, evolve(part, whole=known)))

    def keep_of_answer(self, more: Mapping[str, Json], said: str, *path: str) -> None:
        """Members of the answer that no fold reads.

        Args:
            more: the members.
            said: where they are in the wire's JSON, in words; empty of an event that is named already.
            path: the names under which they are kept: of an event that is about no item.
        """
        if not more:
            return
        self.kept, addition = self.kept.add(more, *path, apart=bool(path))
        for kind, detail in notes_of(addition, said, None if said else ()):
            self.note(kind, detail)

    def keep_of_item(self, item: Item, more: Mapping[str, Json], said: str, whole: bool = False) -> None:
        """Members of an item that no fold reads; `whole` if what came in pieces may come once more as a whole."""
        extras, self.kept, addition = self.kept.add_to(item.extras, more, whole)
        for kind, detail in notes_of(addition, said):
            self.note(kind, detail)
        if extras is not item.extras:
            self.items = self.items.put_aside(evolve(item, extras=extras))

    def cancel(self) -> None:
        """The provider reports that the response was cancelled; only usage may follow."""
        self.flush_at_end()
        self.envelope = evolve(self.envelope, cancelled=True)
        self.emit(emit.stop(self.run, "cancelled"))

    def flush(self) -> None:
        """Emit everything that is held: late text, halves of characters, what of the calls could not be said yet."""
        self.say_late(0)
        self.release_halves()
        self.say_calls()


def _is_addressed(event: Event) -> bool:
    return event.output_index is not None or bool(event.item_id or event.call_id)


def _has_come(part: Part, at: int | None, note: Json) -> bool:
    """Whether a citation is the one with that number, or one of the last."""
    count = len(part.notes)
    places = (*range(max(0, count - MOST_OPEN), count), *([at] if at in range(count) else ()))
    return any(part.notes[place] == note for place in places)


def _missing(part: Part, notes: Sequence[Json]) -> Sequence[Json]:
    """Those of all citations of a part that did not come; if others than these came, those beyond as many."""
    count = len(part.notes)
    few = count <= min(len(notes), _MOST_COMPARED) and not part.unkept
    if not few or all(part.notes[at] == notes[at] for at in range(count)):
        return notes[count + part.unkept :]
    left, missing = list(part.notes), list[Json]()
    for note in notes:  # to compare two takes the time of the smaller one; to hash one that is known would take its own
        if note in left:
            left.remove(note)
        else:
            missing.append(note)
    return notes[count:] if left else missing


_MOST_COMPARED = 64  # citations of a part that are told apart where they come in another order


_OF_OWN_LIMITS = frozenset({"id", "type", "name", "call_id", "arguments", "input"})
"""Members of an item that are no longer than a name or a text may be."""
_TEXTS = ("text", "refusal")
"""Members of an item's parts that are texts."""


def fitting(draft: ResponsesDraft, known: FrozenObject, members: Mapping[str, Json]) -> FrozenObject:
    """Of an item's members those that fit, in the place of those that are known of it: the others are counted."""
    size, room, dropped = 0, draft.kept.most - draft.kept.size, set[str]()
    for name, member in members.items():
        before = known.get(name)
        if not member or member is before or name in _OF_OWN_LIMITS or member == before:
            continue
        if name == "role" and member in OF_REQUEST:  # which tells whether it is the model's
            continue
        freed = _weight_in_item(name, before) if before else 0
        weight = _weight_in_item(name, member)
        if size + weight - freed > room:
            dropped.add(name)
            weight = 0
        size += weight - freed
    if size:
        draft.kept = draft.kept.grown(size)
    if not dropped:
        return members if isinstance(members, FrozenObject) else FrozenObject(members)
    draft.note("ignored", MORE_MEMBERS, len(dropped))
    return FrozenObject({name: members[name] for name in members if name not in dropped})


def _weight_in_item(name: str, member: Json) -> int:
    """How many characters a member of an item is kept in; the texts of its parts have limits of their own."""
    if name not in ("content", "summary") or not isinstance(member, (list, tuple)):
        return len(name) + length_of(member)
    weight = len(name)
    for part in member:
        if isinstance(part, FrozenObject):
            unread = [one for one in part.items() if one[0] not in _TEXTS or not isinstance(one[1], str)]
            weight += sum([len(named) + length_of(of) for named, of in unread])
        else:
            weight += length_of(part)
    return weight

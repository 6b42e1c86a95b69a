"""The tool calls of a Responses state in the making: their arguments, their beginning, and that they are closed."""

from ..shared import emit
from ..values.frozen_value import evolve
from ..values.json_status import START, scan_on
from ..values.json_values import FrozenObject, as_text
from ..values.text import text
from .event import Event
from .items import CALLS, Item, arguments_of, call_id_of
from .ownership import names_surely, that_may_be_others
from .parts import Part
from .state import has_unread, work_of
from .tool_calls.arguments import (
    UNREAD,
    Arguments,
    Fed,
    begins,
    begins_object,
    feed,
    is_again_whole,
    known_of,
    may_hold_a_place,
    release,
    same,
    unheld,
)
from .tool_calls.verdict import (
    CHANGED,
    CONTRADICTED,
    DIFFERS,
    GOES_ON,
    ORPHANS,
    RENAMED,
    STALE,
    CallState,
    Losses,
    doubts_of,
    explained,
)
from .wholes import WholesDraft


class CallsDraft(WholesDraft):
    """The part of a draft that is about tool calls.

    Attributes:
        holder: as in the state.
    """

    __slots__ = ("holder",)

    holder: int

    @property
    def losses(self) -> Losses:
        """What was lost by now."""
        return self.envelope.lost, self.items.orphans

    # Arguments

    def add_arguments(self, event: Event, item_type: str, piece: str) -> None:
        """A piece of a call's arguments."""
        work = self.work
        if self.goes_on and work is not None and not (work.guarded and has_unread(self.items, work, self.text)):
            self.grow(work, piece)
            return
        item = self.call_of(event, item_type)
        if self.envelope.over and (item.done or item.call.announced):
            self.note("ignored", f"{event.type} for an item that is done")
            self.compare_late(item, piece)
            return
        item, at = self.part_of(item, "arguments", 0)
        item, piece = self.without_half(item, at, piece)
        if piece and (item.parts[at].again is not None or (item.done and not item.parts[at].late)):
            piece = self.unsaid(item, at, piece)
            item = self.without_repetition(self.items.lanes.get(item.position), at)
        if piece:
            self.take(item, at, piece, event)

    def compare_late(self, item: Item, piece: str) -> None:
        """A piece that comes after the response was over: only a repetition of the arguments casts no doubt."""
        at, known = item.call.repeated, item.text
        if known.repeated_in(at, piece) < len(piece):
            self.doubt_changed(item)
        else:
            self.with_call(item, evolve(item.call, repeated=(at + len(piece)) % len(known)))

    def without_repetition(self, item: Item, at: int) -> Item:
        """The item, nothing of which is held if all its arguments came once more after it was done."""
        part = item.parts[at]
        if not item.done or part.again != (0, len(part.text)) or item.call.arguments.mode != "whole":
            return item
        self.note_repetition(item)
        item = item.with_part(at, evolve(part, again=None))
        self.items = self.items.replace(item)
        return item

    def say(self, item: Item, at: int, piece: str) -> None:
        """Add to the text of a part that is not in work."""
        if item.type in CALLS:
            self.take(item, at, piece)
        else:
            super().say(item, at, piece)

    def take(self, item: Item, at: int, piece: str, event: Event | None = None) -> None:
        """What is new of a call's arguments: say what may be said of it by now.

        Raises:
            LimitPassed: if not all of it fits.
        """
        part, known = item.parts[at], item.call.arguments
        size = max(len(part.text), len(part.whole or ""))
        fitting = piece
        if item.type == "function_call":
            fed = feed(known, part.text, piece)
            if size + len(fed.said) + len(fed.arguments.held) > self.limits.characters:
                fitting = piece[: self.room(size + len(known.held))]
                fed = feed(known, part.text, fitting)
            item, said = self.fed(item, fed)
        else:
            fitting = said = piece[: self.room(size)]
            if part.done and not item.done:
                item = self.with_call(item, evolve(item.call, conflict=GOES_ON))
        if said:
            self.say_arguments(item, at, said, event)
        if len(fitting) < len(piece):
            self.pass_limit_of(item.position)

    def pass_limit_of(self, position: int) -> None:
        """A call's arguments do not fit; what does is taken in, and of a call that was closed something else came.

        Raises:
            LimitPassed: as `pass_limit`.
        """
        item = self.items.lanes.get(position)
        if item.call.announced:
            self.doubt_changed(item)
        self.pass_limit("an item's arguments")

    def say_arguments(self, item: Item, at: int, piece: str, event: Event | None) -> None:
        """Say a piece of a call's arguments, all of which fits."""
        part = item.parts[at]
        if event is None or item.waits or part.whole is not None or part.half or not _in_work(item):
            super().say(item, at, piece)
        else:
            self.work, self.text = work_of(item, at, event), part.text
            self.grow(self.work, piece)
        if item.call.announced:
            self.doubt_changed(self.items.lanes.get(item.position))

    def fed(self, item: Item, fed: Fed) -> tuple[Item, str]:
        """The item after a piece of its arguments, and what of that is to be said."""
        if fed.dropped:
            self.note_repetition(item, fed.dropped)
        if fed.arguments.start > item.call.arguments.start:
            self.note_placeholder(item)
        return self.with_call(item, item.call.with_arguments(fed.arguments, self.losses)), fed.said

    def with_call(self, item: Item, call: CallState) -> Item:
        """The item with that known of its call, in its place."""
        if call is not item.call:
            item = item.with_call(call)
            self.items = self.items.replace(item)
        if call.arguments.waits and item.opened and not call.announced:
            self.holder = item.position
        elif self.holder == item.position:
            self.holder = -1
        return item

    def note_repetition(self, item: Item, count: int = 1) -> None:
        """Note that arguments, or a placeholder for them, came so many times that say nothing new."""
        self.note("repaired", f"arguments of {item.type} {item.id} that say nothing new", count)

    def note_placeholder(self, item: Item) -> None:
        """Note that the messages say a placeholder before the arguments."""
        self.note("mismatch", f"a placeholder was said before the arguments of {item.type} {item.id}")

    def overtakes(self, holder: int) -> bool:
        """Whether something else was emitted, or is held, before what that call holds."""
        held = self.items.lanes.get(holder).call.arguments.waits
        return held and (bool(self.messages) or self.holder != holder)

    def release(self, position: int, over: bool = True) -> None:
        """Say what a call's arguments hold, since they are `over` or something else is said."""
        item = self.items.lanes.get(position)
        if item.type == "function_call" and item.parts:
            part, known = item.parts[0], item.call.arguments
            if not known.held and not known.start and self.holder != position:
                return  # as nearly always: it holds nothing, and no placeholder was said before it
            item, said = self.fed(item, release(item.call.arguments, part.text, over))
            if said:
                super().say(item, 0, said)
            if said and item.call.announced:
                self.doubt_changed(self.items.lanes.get(position))

    # Wholes

    def begin_arguments(self, item: Item, arguments: str) -> None:
        """A call begins, with arguments; of these more may have come by now."""
        item, at = self.part_of(item, "arguments", 0)
        part = item.parts[at]
        size = len(arguments)
        came = part.text.between(0, size) + item.call.arguments.held.between(0, size)
        if not (len(part.text) or len(item.call.arguments.held)):
            self.take(item, at, arguments)
            item = self.items.lanes.get(item.position)
            if item.call.arguments.mode in ("object", "other") or item.type != "function_call":
                # Its deltas may say the same from the beginning.
                self.items = self.items.replace(item.with_part(at, evolve(item.parts[at], again=(0, 0))))
        elif not came.startswith(arguments):
            self.reconcile_arguments(item, at, arguments)

    def end_arguments(self, event: Event, item_type: str, whole: str, name: str) -> None:
        """A call's arguments are done: the whole of them, and its name; each empty if it was left out."""
        item, at = self.part_of(self.call_of(event, item_type, whole), "arguments", 0)
        ended = item.parts[at].done and item.call.arguments.scan.top == "empty"
        if whole:
            self.reconcile_arguments(item, at, whole, names_surely(self.items, event, item))
            item = self.items.lanes.get(item.position)
        if ended and item.call.arguments.scan.top != "empty":  # `{}` was the whole, and no placeholder
            self.with_call(item, evolve(item.call, conflict=GOES_ON))
        self.end_part(item.position, at, 0)
        if name:
            self.name_call(self.items.lanes.get(item.position), name)

    def name_call(self, item: Item, name: str) -> None:
        """A call's name beside its whole arguments, as the API has it: it names a call that nothing has named.

        Raises:
            LimitPassed: if it is too long.
        """
        known = item.members.get("name")
        if known and known != name:
            self.with_call(item, item.call.doubted(RENAMED))
        elif not known:
            self.check_names({"name": name})
            self.items = self.items.put(evolve(item, members=FrozenObject({**item.members, "name": name})))

    def reconcile_arguments(self, item: Item, at: int, whole: str, sure: bool = True) -> None:
        """The whole of a call's arguments: emit what is missing; if it contradicts what came, remember it.

        It takes the place of what was lost; of what names no call only if it is `sure` whose it is.
        """
        if item.type == "function_call":
            if item.parts[at].half:
                item = self.settle_half(item, at, whole)
            part = item.parts[at]
            item = self.settled(item, at, whole[len(part.text) :] if part.text.begins(whole) else "")
            if self.agrees(item, at, whole):
                parses = self.items.lanes.get(item.position).call.arguments.is_whole
            else:
                parses = scan_on(START, whole).is_object
                self.differs(item.position, at, whole, parses)
        else:
            parses, before = True, item.parts[at]
            self.compare(item, at, whole[: self.limits.characters])
            item = self.items.lanes.get(item.position)
            part = item.parts[at]
            conflict = STALE if part.stale else DIFFERS if part.whole is not None else ""
            if (part.whole, part.stale) != (before.whole, before.stale) or item.call.conflict == GOES_ON:
                self.judge(item, part, conflict, True)
        if parses:
            item, lost = self.items.lanes.get(item.position), self.envelope.lost
            began = settled = self.losses
            if not sure or may_hold_a_place(whole):  # `{}` may be of any call
                began, settled = (lost, item.call.began[1]), (lost, (item.call.settled or settled)[1])
            if (item.call.began, item.call.settled) != (began, settled):
                self.with_call(item, evolve(item.call, began=began, settled=settled))
        if item.type != "function_call" and len(whole) > self.limits.characters:
            self.pass_limit_of(item.position)

    def agrees(self, item: Item, at: int, whole: str) -> bool:
        """Whether a whole says what came, perhaps more; what is missing is said then."""
        part = item.parts[at]
        known = item.call.arguments
        size, missing = len(part.text) - known.start, None
        agrees = size <= len(whole) and whole.startswith(part.text.between(known.start, len(part.text)))
        if agrees and known.held.begins(whole[size:]):
            missing = whole[size + len(known.held) :]
        elif size and agrees:
            known, missing = self.dropped(item, known), whole[size:]
        elif known.is_whole and is_again_whole(known, part.text, whole):
            known, missing = self.dropped(item, known) if size else known, ""
        elif not size and len(known.held) and begins(whole, str(known.held)):
            known, missing = self.dropped(item, known), whole
        elif 0 < size <= UNREAD and begins_object(whole) and may_hold_a_place(str(part.text)[known.start :]):
            self.note_placeholder(item)
            known, missing = Arguments(start=len(part.text)), whole
        if missing is None:
            return False
        if part.whole is not None:
            known = known_of(part.text, known.start)
        if part.whole is not None or part.stale:
            item = item.with_part(at, evolve(part, whole=None, stale=""))
        if known is not item.call.arguments or item.call.conflict:
            item = self.with_call(item, evolve(item.call, arguments=known, conflict=""))
        if item is not self.items.lanes.get(item.position):
            self.items = self.items.replace(item)
        if missing:
            item, missing = self.without_half(item, at, missing)
            self.take(item, at, missing)
        return True

    def dropped(self, item: Item, known: Arguments) -> Arguments:
        """What is known without what is held, which only repeats; spaces stay."""
        if not str(known.held).strip():
            return known
        self.note_repetition(item)
        return unheld(known)

    def differs(self, position: int, at: int, whole: str, parses: bool) -> None:
        """A whole that ends early, or says something else: the result has it then."""
        self.release(position)
        item = self.items.lanes.get(position)
        part = item.parts[at]
        start, was_whole = item.call.arguments.start, item.call.arguments.is_whole
        stale = part.text.between(start, start + len(whole)) == whole
        known = part.stale if stale else "" if part.whole is None else str(part.whole)
        if known and (known == whole or (not stale and same(known, whole))):
            return
        self.note("mismatch", f"the arguments of {item.type} {item.id} differ")
        kept = whole[: self.limits.characters]
        part = evolve(part, whole=None if stale else text(kept), stale=whole if stale else "")
        item = item.with_part(at, part)
        self.items = self.items.replace(item)
        if not stale:
            item = self.with_call(item, evolve(item.call, arguments=Arguments("other", start=start)))
        self.judge(item, part, STALE if stale else DIFFERS, parses)
        item = self.items.lanes.get(position)
        if parses and was_whole and item.call.conflict == DIFFERS:  # of two whole objects a third tells neither right
            self.with_call(item, item.call.doubted(CONTRADICTED))
        if len(whole) > len(kept):
            self.pass_limit_of(position)

    def judge(self, item: Item, part: Part, conflict: str, parses: bool) -> None:
        """Remember in what way a call's arguments contradict each other, unless what was lost explains it."""
        whole = part.whole
        if parses and whole is not None and explained(item.call, self.losses, part.text, whole, item.waits):
            conflict = ""
        item = self.with_call(item, evolve(item.call, conflict=conflict))
        if item.call.announced:
            self.doubt_changed(item)

    # Beginning and end

    def open_call(self, item: Item, final: bool = False) -> Item:
        """Emit that a tool call begins, if it can be named; with what came of its arguments."""
        members = item.members
        name = as_text(members.get("name"))
        if item.opened or not (final or (name and (members.get("call_id") or item.done))):
            return item
        call_id = call_id_of(item, self.before.config.message_id)
        approval = name in self.before.config.requires_approval_tools
        self.emit(emit.call(self.run, approval, call_id, name, item.arguments))
        if members.get("call_id") != call_id:
            members = FrozenObject({**members, "call_id": call_id})
        item = evolve(item, opened=True, approval=approval, members=members)
        self.items = self.items.put(item)
        return self.with_call(item, item.call)

    def announce(self, item: Item) -> None:
        """Emit that a call is closed, once, after all that is said of it."""
        if item.call.announced or not item.opened:
            return
        self.release(item.position)
        item = self.items.lanes.get(item.position)
        call = item.call
        name, custom = as_text(item.members.get("name")), item.type == "custom_tool_call"
        given = None if custom or item.is_whole else arguments_of(item)
        doubts = doubts_of(call, self.losses, name, given, custom, item.closed)
        self.emit(emit.call_closed(self.run, call_id_of(item, self.before.config.message_id), doubts))
        settled = call.settled or self.losses
        self.with_call(item, evolve(call, settled=settled, announced=True, doubts=doubts))

    def doubt_changed(self, item: Item) -> None:
        """Something else came of a call that was announced as closed."""
        self.with_call(item, item.call.doubted(CHANGED))

    def say_calls(self, over: bool = False) -> None:
        """Emit what of the calls could not be said yet, or, if their response is `over`, that they are closed.

        Only at the end is a call said without a name: what comes after its response is over may have it.
        """
        places = self.items.going_on() if over else range(len(self.items.lanes))
        doubtful = that_may_be_others(self.items) if over else frozenset()
        for position in places:
            item = self.items.lanes.get(position)
            if item.type in CALLS:
                self.release(position)
                item = self.items.lanes.get(position)
                if position in doubtful:
                    item = self.with_call(item, item.call.doubted(ORPHANS))
                item = self.open_call(item, final=not over or bool(item.members.get("name")))
                if over or item.done:
                    self.announce(item)


def _in_work(item: Item) -> bool:
    """Whether what comes of its arguments next may be said as it is."""
    return item.type != "function_call" or item.call.arguments.mode not in ("placeholder", "whole")

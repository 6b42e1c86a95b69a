"""How a Responses state changes: a draft is made per event, filled, and becomes the next state in one construction."""

from attrs import evolve

from . import say
from .events import Chunk, Rule
from .items import CALLS, SPOKEN, Item, Items, Part
from .machine import End
from .messages import Message
from .numbering import Numbering
from .opaque import Json, Object, as_list, as_object, as_text, freeze
from .otid import Run, synthetic_call_id
from .responses_state import State, Work
from .text import Text
from .usage import read_usage


class Draft:
    """A state in the making."""

    __slots__ = ("before", "envelope", "highest", "items", "numbering", "run", "said", "status", "text", "work")

    def __init__(self, state: State, numbering: Numbering, highest: int) -> None:
        self.before = state
        self.run = state.run
        self.work = state.work
        self.text = state.text
        self.items = state.items
        self.envelope = state.envelope
        self.numbering = numbering
        self.highest = highest
        self.status = state.status
        self.said: list[Message] = []

    def state(self, chunks: int, end: End | None) -> State:
        """The draft as a state."""
        before = self.before
        return State(
            before.config,
            self.run,
            self.work,
            self.text,
            self.items,
            self.envelope,
            self.numbering,
            self.highest,
            before.omitted,
            self.status,
            chunks,
            end,
        )

    def say(self, spoken: tuple[Run, Message]) -> None:
        """Add a message."""
        self.run, message = spoken
        self.said.append(message)

    def find(self, chunk: Chunk, item_type: str) -> Item | None:
        """The item that an event is about, if there is one."""
        position = self.items.find(chunk.output_index, chunk.item_id or "", item_type)
        return None if position is None else self.items.lanes.get(position)

    def open(self, chunk: Chunk, item_type: str) -> Item:
        """The item that an event is about; if nothing announced it, a new one."""
        self.rest()
        item = self.find(chunk, item_type)
        if item is None:
            item = Item(
                len(self.items.lanes), item_type, chunk.item_id or "", chunk.output_index, answer=self.items.answer
            )
            self.items = self.items.put(item)
        elif chunk.item_id and chunk.item_id != item.id:
            self.items = self.items.put(item, chunk.item_id)
        return item

    def rest(self) -> None:
        """Put the text of the part in work where it belongs."""
        if self.work is not None:
            self.items = rested_items(self.items, self.work, self.text)
            self.work = None

    def add(self, chunk: Chunk, rule: Rule, piece: str) -> None:
        """A piece of a part's text."""
        index = chunk.summary_index if rule.channel == "summary" else chunk.content_index
        work = self.work
        if (
            work is None
            or work.type != chunk.type
            or work.index != index
            or work.output_index != chunk.output_index
            or work.item_id != chunk.item_id
        ):
            item = self.open(chunk, rule.item)
            if item.done:
                self.envelope = self.envelope.note("ignored", f"{chunk.type} for an item that is done")
                return
            at = item.part_at(rule.channel, index or 0)
            if at == len(item.parts):
                item = item.with_part(at, Part(rule.channel, index or 0))
                self.items = self.items.put(item)
            if item.type in CALLS and not item.opened and not self.open_call(item, False):
                # its name has not come: what is said of it waits in the item
                part = item.parts[at]
                self.items = self.items.put(item.with_part(at, evolve(part, text=part.text.append(piece))))
                return
            item = self.items.lanes.get(item.position)
            work = _work(item, at, chunk, index)
            self.text = item.parts[at].text
            self.work = work
        self.speak(work, piece)
        self.text = self.text.append(piece)

    def speak(self, work: Work, piece: str) -> None:
        """Say a piece of the part in work, which `self.text` does not have yet."""
        channel = work.channel
        if channel == "text":
            self.say(say.text(self.run, piece, work.phase))
        elif channel == "arguments":
            self.say(say.call(self.run, work.approval, work.call_id, "", piece))
        elif channel == "refusal":
            self.say(say.refusal(self.run, piece))
        else:
            if channel == "summary" and not self.text and self.follows(work):
                piece = "\n\n" + piece
            self.say(say.reasoning(self.run, piece))

    def follows(self, work: Work) -> bool:
        """Whether a part of a summary comes after another one."""
        parts = self.items.lanes.get(work.position).parts[: work.part]
        return any(part.channel == "summary" for part in parts)

    def settle(self, chunk: Chunk, rule: Rule, whole: str) -> None:
        """The whole of a part's text: say what is missing; if it contradicts what was said, remember it."""
        index = chunk.summary_index if rule.channel == "summary" else chunk.content_index
        item = self.open(chunk, rule.item)
        self.settle_part(item, rule.channel, index or 0, whole)

    def settle_part(self, item: Item, channel: str, index: int, whole: str) -> None:
        """The same, for a part of an item that was found."""
        self.rest()
        item = self.items.lanes.get(item.position)
        at = item.part_at(channel, index)
        part = item.parts[at] if at < len(item.parts) else Part(channel, index)
        said = str(part.text)
        if not whole or said == whole:
            if part.whole is not None and whole:
                self.items = self.items.put(item.with_part(at, evolve(part, whole=None)))
            return
        if not whole.startswith(said):
            if part.whole != whole:
                self.envelope = self.envelope.note("mismatch", f"the {channel} of {item.type} {item.id} differs")
                self.items = self.items.put(item.with_part(at, evolve(part, whole=whole)))
            return
        missing = whole[len(said) :]
        if not (item.type in CALLS and not item.opened):
            item = item.with_part(at, part)
            self.items = self.items.put(item)
            self.text = part.text
            self.speak(_work(item, at), missing)
        self.items = self.items.put(item.with_part(at, evolve(part, text=part.text.append(missing), whole=None)))

    def annotate(self, chunk: Chunk, rule: Rule, notes: Json, seen: bool = True) -> None:
        """Citations of a part: the next one, or (`seen`) all of them, of which some may have come."""
        notes = tuple(map(freeze, as_list(notes)))
        if notes:
            item = self.open(chunk, rule.item)
            self.annotate_part(item, rule.channel, chunk.content_index or 0, notes, seen)

    def annotate_part(self, item: Item, channel: str, index: int, notes: tuple[Json, ...], seen: bool) -> None:
        """The same, for a part of an item that was found."""
        self.rest()
        item = self.items.lanes.get(item.position)
        at = item.part_at(channel, index)
        part = item.parts[at] if at < len(item.parts) else Part(channel, index)
        if item.done and not seen:
            return
        new = notes[len(part.notes) :] if seen else notes
        for note in new:
            self.say(say.annotation(self.run, note))
        if new:
            self.items = self.items.put(item.with_part(at, evolve(part, notes=(*part.notes, *new))))

    def open_call(self, item: Item, final: bool) -> bool:
        """Say that a tool call begins, if it can be named; with what came of its arguments. Whether it is open now."""
        if item.opened:
            return True
        members = item.members
        name = as_text(members.get("name"))
        if not name and not final:
            return False
        call_id = call_id_of(item, self.before.config.message_id)
        approval = name in self.before.config.requires_approval_tools
        self.say(say.call(self.run, approval, call_id, name, item.arguments))
        item = evolve(item, opened=True, approval=approval, members=Object({**members, "call_id": call_id}))
        self.items = self.items.put(item)
        return True

    def close_call(self, chunk: Chunk, rule: Rule) -> None:
        """The arguments are whole."""
        item = self.open(chunk, rule.item)
        if not item.whole:
            self.items = self.items.put(evolve(item, whole=True))

    def progress(self, chunk: Chunk, item_type: str, status: str, delta: Json) -> None:
        """A server tool's status."""
        item = self.open(chunk, item_type)
        if item.done:
            self.envelope = self.envelope.note("ignored", f"{chunk.type} for an item that is done")
        else:
            self.say(say.server_tool(self.run, item.type, item.id or None, status, freeze(delta)))

    def piece(self, chunk: Chunk, rule: Rule, delta: Json) -> None:
        """A piece of what a server tool is given or gives."""
        item = self.open(chunk, rule.item)
        if item.done:
            self.envelope = self.envelope.note("ignored", f"{chunk.type} for an item that is done")
            return
        self.say(say.server_tool(self.run, item.type, item.id or None, delta=freeze(delta)))
        if isinstance(delta, str) and rule.channel:
            at = item.part_at(rule.channel, 0)
            part = item.parts[at] if at < len(item.parts) else Part(rule.channel, 0)
            self.items = self.items.put(item.with_part(at, evolve(part, text=part.text.append(delta))))

    def flush(self) -> None:
        """Say everything that is held: the calls that could not be named."""
        self.rest()
        for position in range(len(self.items.lanes)):
            item = self.items.lanes.get(position)
            if item.type in CALLS:
                self.open_call(item, True)


def rested_items(items: Items, work: Work, text: Text) -> Items:
    """The items, with the text of the part in work where it belongs."""
    item = items.lanes.get(work.position)
    part = item.parts[work.part]
    if part.text is text:
        return items
    return items.put(item.with_part(work.part, evolve(part, text=text)))


def rested(state: State) -> Items:
    """A state's items, up to date."""
    return state.items if state.work is None else rested_items(state.items, state.work, state.text)


def call_id_of(item: Item, message_id: str) -> str:
    """A tool call's id: its own, else its item's, else one derived from the message id."""
    return as_text(item.members.get("call_id")) or item.id or synthetic_call_id(message_id, item.position)


def read_item(
    draft: Draft, index: int | None, raw: Json, done: bool, position: int | None = None, trusted: bool = True
) -> None:
    """A whole item, begun or done: say what is new about it.

    Args:
        draft: the draft.
        index: the event's `output_index`.
        raw: the item.
        done: whether it is done.
        position: which item it is, where that is known.
        trusted: whether an item that is done is whole unless it says otherwise.
    """
    draft.rest()
    members = Object(as_object(freeze(raw)))
    item_type, item_id = as_text(members.get("type")), as_text(members.get("id"))
    if position is None:
        position = draft.items.find(index, item_id, item_type)
        if position is not None and not done and _is_new(draft.items.lanes.get(position), members):
            position = None
    if position is None:
        item = Item(len(draft.items.lanes), item_type, item_id, index, members=members, answer=draft.items.answer)
        fresh = True
    else:
        item = draft.items.lanes.get(position)
        fresh = not item.members
        if item.done and not done:
            return  # a repetition of what is over
        kept = {
            name: item.members[name] for name in ("name", "call_id") if not members.get(name) and item.members.get(name)
        }
        item = evolve(item, members=Object({**item.members, **members, **kept}))
    was_done = item.done
    draft.items = draft.items.put(item, item_id)
    if item_type in CALLS:
        _read_call(draft, item)
    elif item_type in SPOKEN:
        _read_spoken(draft, item)
    elif fresh or not was_done:
        status = as_text(members.get("status")) or ("completed" if done else "in_progress")
        draft.say(say.server_tool(draft.run, item_type, item_id or None, status, item=members))
    if done:
        item = draft.items.lanes.get(item.position)
        status = members.get("status")
        # Some servers say "in_progress" of an item that is done; in a response that was cut off that may be true.
        whole = status != "incomplete" if trusted else item.whole or status == "completed"
        draft.items = draft.items.put(evolve(item, done=True, whole=whole))


def _is_new(item: Item, members: Object) -> bool:
    """Whether an item that is announced is another than the one its index meant before."""
    if not item.members:
        return False
    names = [name for name in ("id", "call_id") if members.get(name) or item.members.get(name)]
    if not names:
        return item.done
    return all(members.get(name) != item.members.get(name) for name in names)


def _read_call(draft: Draft, item: Item) -> None:
    arguments = as_text(item.members.get("input" if item.type == "custom_tool_call" else "arguments"))
    if item.opened or not arguments:
        draft.open_call(item, False)
        item = draft.items.lanes.get(item.position)
        draft.settle_part(item, "arguments", 0, arguments)
    else:
        draft.settle_part(item, "arguments", 0, arguments)
        draft.open_call(draft.items.lanes.get(item.position), False)


def _read_spoken(draft: Draft, item: Item) -> None:
    """The parts of a message or of a reasoning item."""
    places = (("summary", "summary"), ("content", "reasoning")) if item.type == "reasoning" else (("content", "text"),)
    for member, channel in places:
        for index, part in enumerate(map(as_object, as_list(item.members.get(member)))):
            refusal = as_text(part.get("refusal"))
            draft.settle_part(item, "refusal" if refusal else channel, index, refusal or as_text(part.get("text")))
            notes = tuple(as_list(part.get("annotations")))
            if notes:
                draft.annotate_part(item, channel, index, notes, True)


def read_response(draft: Draft, raw: Json, final: bool) -> None:
    """The response as it stands; when it ended, its items, usage and status are the last word."""
    response = as_object(raw)
    envelope = draft.envelope
    model, provider_id = as_text(response.get("model")), as_text(response.get("id"))
    if model and (final or not envelope.model):
        envelope = evolve(envelope, model=model)
    if provider_id and (final or not envelope.provider_id or draft.items.answer):
        envelope = evolve(envelope, provider_id=provider_id)
    if as_object(response.get("usage")):
        envelope = evolve(envelope, usage=read_usage(response.get("usage")))
    draft.envelope = envelope
    if final:
        if draft.envelope.error is None:
            whole = response.get("status") in (None, "completed")
            _read_output(draft, as_list(response.get("output")), whole)
        _read_end(draft, response)


def _read_end(draft: Draft, response: Json) -> None:
    status = as_text(response.get("status")) or "completed"
    reason = as_text(as_object(response.get("incomplete_details")).get("reason"))
    word = reason or status
    reasons = draft.envelope.finish_reasons
    reasons = reasons if reasons and reasons[-1] == word else (*reasons, word)
    draft.envelope = evolve(draft.envelope, finish_reasons=reasons, over=True)
    draft.status = status
    if status == "completed":
        draft.rest()
        for item in draft.items:
            if item.answer == draft.items.answer and not item.done:
                draft.items = draft.items.put(evolve(item, done=True, whole=True))


def _read_output(draft: Draft, output: "tuple[Json, ...] | list[Json]", whole: bool) -> None:
    draft.rest()
    left = [item.position for item in draft.items if item.answer == draft.items.answer]
    for order, raw in enumerate(output):
        members = as_object(raw)
        if not members:
            continue
        position = _match(draft.items, left, order, members)
        if position is None:
            position = len(draft.items.lanes)
            read_item(draft, None, raw, True, trusted=whole)
        else:
            left.remove(position)
            read_item(draft, None, raw, True, position, whole)
        draft.items = draft.items.put(evolve(draft.items.lanes.get(position), order=order))
    if output and left:
        draft.envelope = draft.envelope.note("mismatch", "the final list lacks an item that came before")


def _match(items: Items, left: list[int], order: int, members: Json) -> int | None:
    """Which of the items that came an item of the final list is: by its ids, else its place, else the next such."""
    same = [position for position in left if items.lanes.get(position).type == members.get("type")]
    for name in ("call_id", "id"):
        known = members.get(name)
        for position in same:
            if known and known == items.lanes.get(position).members.get(name, items.lanes.get(position).id):
                return position
    for position in same:
        if items.lanes.get(position).index == order:
            return position
    return same[0] if same else None


def _work(item: Item, at: int, chunk: Chunk | None = None, index: int | None = None) -> Work:
    return Work(
        item.position,
        at,
        chunk.type if chunk else "",
        chunk.output_index if chunk else None,
        chunk.item_id if chunk else None,
        index,
        item.parts[at].channel,
        as_text(item.members.get("call_id")),
        item.approval,
        as_text(item.members.get("phase")) or None,
    )

"""A whole item, begun or done: what is missing of it is emitted; a contradiction is noted, and is the result."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from ...shared import emit
from ...shared.extras import MORE_MEMBERS, says_something
from ...shared.statuses import meaning_of
from ...values.frozen_value import changer_of, constructor_of, evolve
from ...values.json_values import EMPTY_OBJECT, FrozenObject, Json, as_list, as_object, as_text, freeze
from ..draft import ResponsesDraft, fitting
from ..event import Event
from ..items import CALLS, MEMBERS_OF_CALL, MODEL_ITEMS, SPOKEN, Item, is_echo, key_of_call, name_of_arguments
from ..parts import NEW, Piece, Whole, in_order, joined
from ..tool_calls.verdict import CHANGED, RENAMED, REPEATED, call_that_begins
from .identity import THOUGHTS, begins_again, content_of, find, is_new

_MOST_MEMBERS = 256  # of an item
_KEPT = ("name", "call_id", "encrypted_content", "phase", "namespace")
"""Members of an item that a later, emptier whole of it does not take away."""
_READ_OF_ITEM = frozenset({"id", "type", "status", "content", "summary", "arguments", "input"})
"""Members of an item that are read of each whole of it; of the others, null takes nothing away."""


def read_item(
    draft: ResponsesDraft,
    index: int | None,
    raw: Json,
    done: bool,
    position: int | None = None,
    trusted: bool = True,
    order: int | None = None,
    failing: bool = False,
) -> None:
    """A whole item, begun or done: emit what is new about it.

    Args:
        draft: the draft.
        index: the event's `output_index`.
        raw: the item.
        done: whether it is done.
        position: which item it is, where that is known; the next one for a new item.
        trusted: whether an item that is done is whole unless it says otherwise.
        order: its place in the final list, for one that is there.
        failing: whether its event says that the run failed, so that nothing of it is whole.
    """
    draft.rest()
    frozen = freeze(raw)
    members = frozen if isinstance(frozen, FrozenObject) else EMPTY_OBJECT
    item_type, item_id = as_text(members.get("type")), as_text(members.get("id"))
    if is_echo(members):  # nothing of it is said, and nothing is about it but what names it
        done = True
    if position is None:
        position = find(draft.items, index, members, done)
        if position is not None and not done and is_new(draft.items.lanes.get(position), members):
            position = None
    known = None if position in (None, len(draft.items.lanes)) else draft.items.lanes.get(position)
    if known is not None and not done and begins_again(draft.items, known, index, members):
        known = draft.reopened(known, index)
    draft.check_names(members)
    if known is None:
        draft.check_new_item()
        place, call = len(draft.items.lanes), call_that_begins(draft.losses_before)
        kept = fitting(draft, EMPTY_OBJECT, members)
        item = _item(place, item_type, item_id, index, members=kept, answer=draft.items.answer, call=call)
        own = draft.items.with_own_id(item, draft.before.config.message_id)
        if own is not item:
            draft.note("repaired", f"the call_id of {item.type} {item.id} is another call's")
            item = own
    elif known.done and not done:
        # A repetition of what is over: nothing of it is read, and kept is what no other whole of the item had.
        unread = {name: members[name] for name in members if name not in _READ_OF_ITEM and name not in _KEPT}
        known = _with_members(draft, known, {**known.members, **unread, **known.members})
        renewed = known.type in SPOKEN and known.begun and not draft.items.ends
        draft.items = draft.items.put_aside(known if renewed is known.renewed else evolve(known, renewed=renewed))
        return
    else:
        item = _updated(draft, known, members, listed=order is not None)
    draft.items = draft.items.put(item, item_id)
    # What an event leaves out it may have said before; that is read once more when the item is done for the first time.
    read = item.members if known is None or (done and not known.done) else members
    if not members.keys() <= read.keys():  # what is not kept is read all the same
        read = FrozenObject({**members, **read})
    if item.type in CALLS:
        _read_call(draft, item, read, done)
    elif item.type in MODEL_ITEMS:
        _read_spoken(draft, item, read, done)
    elif known is None or not known.done:
        status = as_text(members.get("status")) or ("completed" if done else "in_progress")
        draft.emit(emit.server_tool(draft.run, item.type, item_id or None, status, item=members))
    if done:
        of_parts = draft.items.lanes.get(item.position)
        item = of_parts.unheld()
        ending = meaning_of(as_text(members.get("status")))
        # Some servers say "in_progress" of an item that is done; in a response that was cut off that may be true.
        whole = ending in ("completed", "in_progress", "") if trusted else item.closed or ending == "completed"
        if order is not None and ending == "in_progress" and item.type == "custom_tool_call":
            whole = whole and item.arguments_done  # raw text does not tell that it is all
        whole = whole and not failing
        order = item.order if order is None else order
        if not item.done or item.closed is not whole or item.order != order or item is not of_parts:
            item = _ended(item, True, whole, order)
            draft.items = draft.items.replace(item)
        if item.type in CALLS:
            item = draft.items.lanes.get(item.position)
            is_first = known is None or not known.done
            if is_first and not item.call.announced and draft.items.repeats(item):
                item = draft.with_call(item, item.call.doubted(REPEATED))
            draft.announce(draft.open_call(item))


_item = constructor_of(Item)
_ended = changer_of(Item, "done", "closed", "order")


def _with_members(draft: ResponsesDraft, item: Item, members: Mapping[str, Json]) -> Item:
    if len(members) > max(_MOST_MEMBERS, len(item.members)):  # all of them are copied with each item
        draft.note("ignored", MORE_MEMBERS)
        members = {name: members[name] for name in islice(members, _MOST_MEMBERS)}
    return item if members == item.members else evolve(item, members=fitting(draft, item.members, members))


def _updated(draft: ResponsesDraft, item: Item, members: FrozenObject, listed: bool) -> Item:
    """The item with what is sent of it now."""
    if members == item.members:
        return item
    kept = {name: item.members[name] for name in _KEPT if item.members.get(name) and not members.get(name)}
    said = {name: of for name, of in members.items() if of is not None or name in _READ_OF_ITEM}
    if item.call.aliases:
        kept["call_id"] = item.members.get("call_id")
    if not item.opened:
        return _with_members(draft, item, {**item.members, **said, **kept})
    kept["call_id"] = item.members.get("call_id")  # as the messages say it
    updated = _with_members(draft, item, {**item.members, **said, **kept})
    if updated.members.get("name") != item.members.get("name"):
        draft.note("mismatch", f"the name of {item.type} {item.id} differs")
        updated = updated.with_call(item.call.doubted(RENAMED))
    return _with_alias(draft, updated, as_text(members.get("call_id")), listed and bool(content_of(members)))


def _with_alias(draft: ResponsesDraft, item: Item, call_id: str, whole: bool) -> Item:
    """The call with an id that came after another one was said; what comes under either is about it.

    A final list whose ids were made anew (vLLM) has the call `whole`: whether it is the same, its arguments tell.
    """
    if call_id in ("", item.members.get("call_id"), *item.call.aliases):
        return item
    draft.note("mismatch", f"the call_id of {item.type} {item.id} differs")
    call = item.call.called(call_id)
    item = item.with_call(call.doubted(CHANGED) if call.announced and not whole else call)
    draft.items = draft.items.put(item, key_of_call(call_id))
    return item


def _read_call(draft: ResponsesDraft, item: Item, members: FrozenObject, done: bool) -> None:
    own, other = MEMBERS_OF_CALL[item.type]
    name = name_of_arguments(item.type, members)
    arguments = as_text(members.get(name))
    if name == other:
        draft.note("repaired", f"the arguments of {item.type} {item.id} came as its `{other}`")
    elif not arguments and (says_something(members.get(own)) or says_something(members.get(other))):
        draft.note("repaired", f"the arguments of {item.type} {item.id} are no text, left out")
        draft.lose_piece()
    if arguments and done:
        draft.reconcile_arguments(*draft.part_of(item, "arguments", 0), arguments)
    elif arguments:
        draft.begin_arguments(item, arguments)
    if done:
        draft.release(item.position)  # so that one message has the name and the arguments
    draft.open_call(draft.items.lanes.get(item.position))
    if not isinstance(members.get("call_id"), str):  # in its place is the id that the messages say
        draft.keep_of_item(draft.items.lanes.get(item.position), {"call_id": members.get("call_id")}, "item.")


def _read_spoken(draft: ResponsesDraft, item: Item, members: FrozenObject, done: bool) -> None:
    """The parts of a message or of a reasoning item."""
    if not (done or members.get("content") or members.get("summary")) or is_echo(item.members):
        return  # it begins with nothing, as nearly always
    wholes: list[Whole] = []
    thoughts: list[Whole] = []
    citations: list[tuple[str, int, Sequence[Json]]] = []
    is_message = item.type == "message"
    places = (("content", "text"),) if is_message else (("summary", "summary"), ("content", "reasoning"))
    for member, channel in places:
        for index, part in enumerate(map(as_object, as_list(members.get(member)))):
            refusal = as_text(part.get("refusal")) if is_message else ""
            said, thought = refusal or as_text(part.get("text")), THOUGHTS.get(as_text(part.get("type")))
            if said and thought and is_message and not refusal:
                thoughts.append((thought, Piece(index, said)))
            elif said:
                wholes.append(("refusal" if refusal else channel, Piece(index, said)))
            if as_list(part.get("annotations")):
                citations.append((channel, index, as_list(part.get("annotations"))))
    if thoughts:  # they are those of a reasoning item at the same place
        place = Event(type="", output_index=item.index, item_id=item.id)
        _read_wholes(draft, draft.open(place, "reasoning").position, thoughts, done)
    _read_wholes(draft, item.position, wholes, done)
    for channel, index, notes in citations:
        draft.annotate_part(*_cited(draft, item.position, channel, index), notes)


def _read_wholes(draft: ResponsesDraft, position: int, wholes: Sequence[Whole], done: bool) -> None:
    if done:
        draft.reconcile_wholes(position, wholes)
        return
    for channel, piece in _unsaid(draft.items.lanes.get(position), wholes):
        draft.begin_with(draft.items.lanes.get(position), channel, piece)


def _unsaid(item: Item, wholes: Sequence[Whole]) -> Iterator[Whole]:
    """What an item begins with, unless all of it came before: then it only begins again."""
    again: dict[str, bool] = {}
    for channel in dict(wholes):
        whole = "".join(one.whole for of, one in wholes if of == channel)
        again[channel] = joined(item.parts, in_order(item.parts, channel), len(whole)) == whole
    return ((channel, piece) for channel, piece in wholes if not again[channel])


def _cited(draft: ResponsesDraft, position: int, channel: str, index: int) -> tuple[Item, int]:
    """The part of an item that its citations are of: by number if there is such, else by order."""
    item = draft.items.lanes.get(position)
    at = item.parts.exact(channel, index)
    if at != NEW:
        return item, at
    mine = in_order(item.parts, channel)
    return (item, (mine[index : index + 1] or mine)[-1]) if mine else draft.begin_part(item, channel, index)

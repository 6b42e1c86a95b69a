"""What a Responses stream sends as a whole: items that begin or are done, and the response itself.

A whole is compared with what was folded. What is missing is emitted; what contradicts it is noted, and is the result.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from ..shared import emit
from ..shared.extras import MORE_MEMBERS, says_something
from ..shared.statuses import meaning_of
from ..usage import read_usage
from ..values.frozen_value import changer_of, constructor_of, evolve
from ..values.json_values import EMPTY_OBJECT, FrozenObject, Json, as_list, as_object, as_text, freeze
from .draft import ResponsesDraft, fitting
from .items import CALLS, MEMBERS_OF_CALL, MODEL_ITEMS, MOST_OPEN, Item, Items, key_of_call, name_of_arguments
from .parts import NEW, Piece, in_order, joined
from .places import AT_END, OF_RESPONSE, unread_of
from .tool_calls.verdict import CHANGED, CUT_OFF, RENAMED, REPEATED, call_that_begins

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
    """
    draft.rest()
    frozen = freeze(raw)
    members = frozen if isinstance(frozen, FrozenObject) else EMPTY_OBJECT
    item_type, item_id = as_text(members.get("type")), as_text(members.get("id"))
    if position is None:
        position = _find(draft, index, members, done)
        if position is not None and not done and _is_new(draft.items.lanes.get(position), members):
            position = None
    known = None if position in (None, len(draft.items.lanes)) else draft.items.lanes.get(position)
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
        draft.items = draft.items.put_aside(_with_members(draft, known, {**known.members, **unread, **known.members}))
        return
    else:
        item = _updated(draft, known, members, listed=order is not None)
    draft.items = draft.items.put(item, item_id)
    # What an event leaves out it may have said before; that is read once more when the item is done for the first time.
    read = item.members if known is None or (done and not known.done) else members
    if not members.keys() <= read.keys():  # what is not kept is read all the same
        read = FrozenObject({**members, **read})
    if item_type in CALLS:
        _read_call(draft, item, read, done)
    elif item_type in MODEL_ITEMS:
        _read_spoken(draft, item, read, done)
    elif known is None or not known.done:
        status = as_text(members.get("status")) or ("completed" if done else "in_progress")
        draft.emit(emit.server_tool(draft.run, item_type, item_id or None, status, item=members))
    if done:
        of_parts = draft.items.lanes.get(item.position)
        item = of_parts.unheld()
        ending = meaning_of(as_text(members.get("status")))
        # Some servers say "in_progress" of an item that is done; in a response that was cut off that may be true.
        whole = ending in ("completed", "in_progress", "") if trusted else item.closed or ending == "completed"
        order = item.order if order is None else order
        if not item.done or item.closed is not whole or item.order != order or item is not of_parts:
            item = _ended(item, True, whole, order)
            draft.items = draft.items.replace(item)
        if item_type in CALLS:
            item = draft.items.lanes.get(item.position)
            if not item.call.announced and draft.items.repeats(item):
                item = draft.with_call(item, item.call.doubted(REPEATED))
            draft.announce(draft.open_call(item))


_item = constructor_of(Item)
_ended = changer_of(Item, "done", "closed", "order")


def read_response(draft: ResponsesDraft, raw: Json, ended: str = "") -> None:
    """The response as it stands; when it ended, its items, usage and status are the last word.

    Args:
        draft: the draft.
        raw: the response.
        ended: how it ended, by the event's name: "completed", "incomplete", "failed"; empty while it goes on.
    """
    response = as_object(raw)
    envelope = draft.envelope
    model, provider_id = as_text(response.get("model")), as_text(response.get("id"))
    if not model or not (ended or not envelope.model):
        model = envelope.model
    if not provider_id or not (ended or not envelope.provider_id or draft.items.answer):
        provider_id = envelope.provider_id
    usage = as_object(response.get("usage"))
    if usage or model != envelope.model or provider_id != envelope.provider_id:
        known = read_usage(usage) if usage else envelope.usage
        envelope = evolve(envelope, model=model, provider_id=provider_id, usage=known)
        draft.envelope = envelope
    draft.keep_of_answer(unread_of(response, AT_END if ended else OF_RESPONSE), "response.")
    if ended:
        if envelope.error is None and not envelope.cancelled:
            _read_output(draft, as_list(response.get("output")), ended == "completed")
            _read_text(draft, as_text(response.get("output_text")), ended == "completed")
        _read_end(draft, response, ended)


def _find(draft: ResponsesDraft, index: int | None, members: FrozenObject, done: bool) -> int | None:
    """Which of the items that came a whole item is; without an address, of several that are open, by its content."""
    item_type, item_id = as_text(members.get("type")), as_text(members.get("id"))
    call_id = as_text(members.get("call_id")) if item_type in CALLS else ""
    position = draft.items.find(index, item_id, item_type, call_id)
    if position is not None and _is_another(draft.items, position, index, members):
        return None
    owner = draft.items.keys.get(key_of_call(call_id)) if position is None and call_id and done else None
    if owner is not None and _content_of(members) == draft.items.lanes.get(owner).arguments:
        return owner
    if position is None and call_id and done and not item_id:
        return _same_call(draft, item_type, members)
    if index is not None or call_id or (item_id and draft.items.keys.get(item_id) is not None):
        return position
    whole = _content_of(members)
    for other in islice(draft.items.open_ones(item_type), MOST_OPEN) if whole else ():
        said = _said(draft.items.lanes.get(other), len(whole) + 1)
        if said and whole.startswith(said):
            return other
    return position


def _is_another(items: Items, position: int, index: int | None, members: FrozenObject) -> bool:
    """Whether an item only has the id of one at another index: some servers give one id to several items."""
    item = items.lanes.get(position)
    if index is None or item.index in (None, index) or items.keys.get(index) is not None:
        return False
    known, call_id = item.members.get("call_id"), members.get("call_id")
    if known and call_id:
        return known != call_id and call_id not in item.call.aliases
    whole = _content_of(members)
    return item.done and item.type in MODEL_ITEMS and _said(item, len(whole) + 1) != whole


def _same_call(draft: ResponsesDraft, item_type: str, members: FrozenObject) -> int | None:
    """The one open call that says just what a call does which is done, and has ids that nothing else had.

    vLLM gives the end of a call another index and another id than its beginning.
    """
    name, whole = members.get("name"), _content_of(members)
    for at in islice(draft.items.open_ones(item_type), MOST_OPEN) if whole and name else ():
        other = draft.items.lanes.get(at)
        if other.opened and other.members.get("name") == name and _said(other, len(whole) + 1) == whole:
            return at
    return None


def _said(item: Item, most: int) -> str:
    """What came of an item's texts, joined as `_content_of` joins those of a whole one; so many characters at most."""
    places = item.parts.reading_order()
    if item.type == "reasoning":
        places = in_order(item.parts, "summary") + in_order(item.parts, "reasoning")
    return joined(item.parts, places, most)


def _content_of(members: Mapping[str, Any]) -> str:
    """All that an item says, joined."""
    parts = (*as_list(members.get("summary")), *as_list(members.get("content")))
    texts = [as_text(as_object(part).get("refusal")) or as_text(as_object(part).get("text")) for part in parts]
    return "".join((as_text(members.get("arguments")), as_text(members.get("input")), *texts))


def _is_new(item: Item, members: FrozenObject) -> bool:
    """Whether an item that is announced is another than the one its index meant before."""
    if not item.members:
        return False
    names = [name for name in ("id", "call_id") if members.get(name) or item.members.get(name)]
    if not names:
        return item.done
    return all(members.get(name) != item.members.get(name) for name in names)


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
        kept["call_id"] = item.members["call_id"]
    if not item.opened:
        return _with_members(draft, item, {**item.members, **said, **kept})
    kept["call_id"] = item.members["call_id"]  # as the messages say it
    updated = _with_members(draft, item, {**item.members, **said, **kept})
    if updated.members.get("name") != item.members.get("name"):
        draft.note("mismatch", f"the name of {item.type} {item.id} differs")
        updated = updated.with_call(item.call.doubted(RENAMED))
    return _with_alias(draft, updated, as_text(members.get("call_id")), listed and bool(_content_of(members)))


def _with_alias(draft: ResponsesDraft, item: Item, call_id: str, whole: bool) -> Item:
    """The call with an id that came after another one was said; what comes under either is about it.

    A final list whose ids were made anew (vLLM) has the call `whole`: whether it is the same, its arguments tell.
    """
    if call_id in ("", item.members["call_id"], *item.call.aliases):
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
        draft.reconcile_call(item, arguments)
    elif arguments:
        draft.begin_arguments(item, arguments)
    if done:
        draft.release(item.position)  # so that one message has the name and the arguments
    draft.open_call(draft.items.lanes.get(item.position))
    if not isinstance(members.get("call_id"), str):  # in its place is the id that the messages say
        draft.keep_of_item(draft.items.lanes.get(item.position), {"call_id": members.get("call_id")}, "item.")


def _read_spoken(draft: ResponsesDraft, item: Item, members: FrozenObject, done: bool) -> None:
    """The parts of a message or of a reasoning item."""
    if not (done or members.get("content") or members.get("summary")):
        return  # it begins with nothing, as nearly always
    wholes: list[tuple[str, Piece]] = []
    citations: list[tuple[str, int, Sequence[Json]]] = []
    places = (("summary", "summary"), ("content", "reasoning")) if item.type == "reasoning" else (("content", "text"),)
    for member, channel in places:
        for index, part in enumerate(map(as_object, as_list(members.get(member)))):
            refusal = as_text(part.get("refusal")) if item.type == "message" else ""
            said = refusal or as_text(part.get("text"))
            if said:
                wholes.append(("refusal" if refusal else channel, Piece(index, said)))
            if as_list(part.get("annotations")):
                citations.append((channel, index, as_list(part.get("annotations"))))
    if done:
        draft.reconcile_wholes(item.position, wholes)
    else:
        for channel, piece in _unsaid(item, wholes):
            draft.begin_with(draft.items.lanes.get(item.position), channel, piece)
    for channel, index, notes in citations:
        draft.annotate_part(*_cited(draft, item.position, channel, index), notes)


def _unsaid(item: Item, wholes: Sequence[tuple[str, Piece]]) -> Iterator[tuple[str, Piece]]:
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


def _read_output(draft: ResponsesDraft, output: Sequence[Json], trusted: bool) -> None:
    """The final list of items; an empty one means that the provider left it out."""
    draft.rest()
    left = list(draft.items.going_on()) if output else []
    for order, raw in enumerate(output):
        members = as_object(raw)
        if not members:
            if says_something(raw):
                draft.keep_of_answer({"output": [raw]}, "response.")
            continue
        position = _match(draft.items, left, order, members)
        if position is None:
            position = len(draft.items.lanes)
        else:
            left.remove(position)
        read_item(draft, None, raw, True, position, trusted, order)
    if output and left:
        draft.note("mismatch", "the final list lacks an item that came before")


def _read_text(draft: ResponsesDraft, whole: str, trusted: bool) -> None:
    """A response's `output_text`: its messages' texts once more, joined, or all that there is of them.

    Of a text that is another than theirs it does not tell what is missing where: it is kept.
    """
    messages = [item for item in map(draft.items.lanes.get, draft.items.going_on()) if item.type == "message"]
    said, most = "", len(whole) + 1
    for item in messages if whole else ():
        said += joined(item.parts, in_order(item.parts, "text"), most - len(said))
    if whole and not said:
        silent = [item.position for item in messages if not any(len(part.text) for part in item.parts)]
        message = {"type": "message", "content": [{"type": "output_text", "text": whole}]}
        read_item(draft, None, message, True, silent[-1] if silent else len(draft.items.lanes), trusted)
    elif whole != said:
        draft.keep_of_answer({"output_text": whole}, "response.")


def _match(items: Items, left: Sequence[int], order: int, members: Mapping[str, Any]) -> int | None:
    """Which of the items that came an item of the final list is: by ids, content, place, or the next such."""
    first = next(_same(items, left[:1], members), None)
    name = "call_id" if members.get("call_id") else "id"
    if first is not None and members.get(name) and first.members.get(name, first.id) == members[name]:
        return first.position  # as nearly always
    for name in ("call_id", "id"):
        known = members.get(name)
        for item in _same(items, left, members) if known else ():
            if item.members.get(name, item.id) == known or known in item.call.aliases:
                return item.position
    found = list(islice(_same(items, left, members), MOST_OPEN))
    whole = _content_of(members) if len(found) > 1 else ""
    for item in found if whole else ():
        if _said(item, len(whole) + 1) == whole:
            return item.position
    for item in _same(items, left, members):
        if item.index == order:
            return item.position
    return next((item.position for item in _same(items, left, members)), None)


def _same(items: Items, left: Sequence[int], members: Mapping[str, Any]) -> Iterator[Item]:
    """The items of that type, one by one: nearly always the first is meant, and a list of all would be quadratic."""
    found = (items.lanes.get(position) for position in left)
    return (item for item in found if item.type == members.get("type"))


def _read_end(draft: ResponsesDraft, response: Mapping[str, Json], ended: str) -> None:
    status = as_text(response.get("status"))
    if not status or (ended != "done" and meaning_of(status) == "in_progress"):  # as it was before the event
        status = ended
    meaning = meaning_of(status)
    details = as_object(response.get("incomplete_details"))
    reason = as_text(details.get("reason"))
    if unread := unread_of(details, {"reason": str}):
        draft.keep_of_answer({"incomplete_details": unread}, "response.")
    draft.envelope = evolve(draft.envelope.end_with(reason or status), final=True)
    draft.rest()
    if draft.envelope.error is not None or draft.envelope.cancelled:
        return
    if meaning == ended == "completed":
        for item in map(draft.items.lanes.get, draft.items.going_on()):
            if not item.done:
                draft.items = draft.items.put(evolve(item, done=True, closed=True))
    elif meaning == "incomplete" and reason != "steered" and draft.items.going_on():
        last = draft.items.in_order(draft.items.begins)[-1]
        if last.type in CALLS and meaning_of(as_text(last.members.get("status"))) != "completed":
            # Half a text may look whole.
            draft.items = draft.items.put(evolve(last, closed=False, call=last.call.doubted(CUT_OFF)))
    if ended in ("completed", "incomplete", "done"):
        draft.say_calls(over=True)

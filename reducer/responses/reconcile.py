"""What a Responses stream sends as a whole: items that begin or are done, and the response itself.

A whole is compared with what was folded. What is missing is emitted; what contradicts it is noted, and is the result.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from attrs import evolve

from .. import emit
from ..usage import read_usage
from ..values.json_values import FrozenObject, Json, as_list, as_object, as_text, freeze
from .draft import ResponsesDraft
from .items import CALLS, MODEL_ITEMS, Item, Items
from .parts import Piece, in_order, joined, reading_order

_KEPT = ("name", "call_id", "encrypted_content", "phase", "namespace")
"""Members of an item that a later, emptier whole of it does not take away."""


def read_item(
    draft: ResponsesDraft, index: int | None, raw: Json, done: bool, position: int | None = None, trusted: bool = True
) -> None:
    """A whole item, begun or done: emit what is new about it.

    Args:
        draft: the draft.
        index: the event's `output_index`.
        raw: the item.
        done: whether it is done.
        position: which item it is, where that is known; the next one for a new item.
        trusted: whether an item that is done is whole unless it says otherwise.
    """
    draft.rest()
    members = FrozenObject(as_object(freeze(raw)))
    item_type, item_id = as_text(members.get("type")), as_text(members.get("id"))
    if position is None:
        position = _find(draft, index, members)
        if position is not None and not done and _is_new(draft.items.lanes.get(position), members):
            position = None
    known = None if position in (None, len(draft.items.lanes)) else draft.items.lanes.get(position)
    if known is None:
        item = Item(len(draft.items.lanes), item_type, item_id, index, members=members, answer=draft.items.answer)
    elif known.done and not done:
        return  # a repetition of what is over
    else:
        item = _updated(draft, known, members)
    draft.items = draft.items.put(item, item_id)
    if item_type in CALLS:
        _read_call(draft, item, done)
    elif item_type in MODEL_ITEMS:
        _read_spoken(draft, item, done)
    elif known is None or not known.done:
        status = as_text(members.get("status")) or ("completed" if done else "in_progress")
        draft.emit(emit.server_tool(draft.run, item_type, item_id or None, status, item=members))
    if done:
        item = _unheld(draft.items.lanes.get(item.position))
        ending = members.get("status")
        # Some servers say "in_progress" of an item that is done; in a response that was cut off that may be true.
        whole = ending != "incomplete" if trusted else item.closed or ending == "completed"
        item = evolve(item, done=True, closed=whole)
        draft.items = draft.items.put(item)
        if item_type in CALLS:
            draft.open_call(item)


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
    if model and (ended or not envelope.model):
        envelope = evolve(envelope, model=model)
    if provider_id and (ended or not envelope.provider_id or draft.items.answer):
        envelope = evolve(envelope, provider_id=provider_id)
    if as_object(response.get("usage")):
        envelope = evolve(envelope, usage=read_usage(response.get("usage")))
    draft.envelope = envelope
    if ended:
        if envelope.error is None and not envelope.cancelled:
            _read_output(draft, as_list(response.get("output")), ended == "completed")
        _read_end(draft, response, ended)


def _find(draft: ResponsesDraft, index: int | None, members: FrozenObject) -> int | None:
    """Which of the items that came a whole item is; without an address, of several that are open, by its content."""
    item_type, item_id = as_text(members.get("type")), as_text(members.get("id"))
    call_id = as_text(members.get("call_id")) if item_type in CALLS else ""
    position = draft.items.find(index, item_id, item_type, call_id)
    if index is not None or call_id or (item_id and draft.items.keys.get(item_id) is not None):
        return position
    whole = _content_of(members)
    for other in islice(draft.items.open_ones(item_type), _MOST_OPEN) if whole else ():
        said = _said(draft.items.lanes.get(other))
        if said and whole.startswith(said):
            return other
    return position


_MOST_OPEN = 32
"""Items that are open at once, of which a whole without an address is looked for."""


def _said(item: Item) -> str:
    """All that came of an item's texts, joined as `_content_of` joins those of a whole one."""
    places = reading_order(item.parts)
    if item.type == "reasoning":
        places = in_order(item.parts, "summary") + in_order(item.parts, "reasoning")
    return joined(item.parts, places)


def _content_of(members: Mapping[str, Any]) -> str:
    """All that an item says, joined."""
    parts = (*as_list(members.get("summary")), *as_list(members.get("content")))
    texts = [as_text(as_object(part).get("refusal")) or as_text(as_object(part).get("text")) for part in parts]
    return "".join((as_text(members.get("arguments")), as_text(members.get("input")), *texts))


def _unheld(item: Item) -> Item:
    """An item of which nothing is compared with what comes for it."""
    if all(part.again is None and not part.late for part in item.parts):
        return item
    return evolve(item, parts=tuple(evolve(part, again=None, late=False) for part in item.parts))


def _is_new(item: Item, members: FrozenObject) -> bool:
    """Whether an item that is announced is another than the one its index meant before."""
    if not item.members:
        return False
    names = [name for name in ("id", "call_id") if members.get(name) or item.members.get(name)]
    if not names:
        return item.done
    return all(members.get(name) != item.members.get(name) for name in names)


def _updated(draft: ResponsesDraft, item: Item, members: FrozenObject) -> Item:
    """The item with what is sent of it now."""
    kept = {name: item.members[name] for name in _KEPT if item.members.get(name) and not members.get(name)}
    updated = evolve(item, members=FrozenObject({**item.members, **members, **kept}))
    if item.opened and any(updated.members.get(name) != item.members.get(name) for name in ("name", "call_id")):
        draft.note("mismatch", f"the name or call_id of {item.type} {item.id} differs")
    return updated


def _read_call(draft: ResponsesDraft, item: Item, done: bool) -> None:
    arguments = as_text(item.members.get("input" if item.type == "custom_tool_call" else "arguments"))
    if arguments and done:
        draft.reconcile_wholes(item.position, [("arguments", Piece(0, arguments))])
    elif arguments:
        draft.begin_with(item, "arguments", Piece(0, arguments))
    draft.open_call(draft.items.lanes.get(item.position))


def _read_spoken(draft: ResponsesDraft, item: Item, done: bool) -> None:
    """The parts of a message or of a reasoning item."""
    wholes: list[tuple[str, Piece]] = []
    citations: list[tuple[str, int, Sequence[Json]]] = []
    places = (("summary", "summary"), ("content", "reasoning")) if item.type == "reasoning" else (("content", "text"),)
    for member, channel in places:
        for index, part in enumerate(map(as_object, as_list(item.members.get(member)))):
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
    for channel, piece in wholes:
        before = joined(item.parts, in_order(item.parts, channel))
        if not before.startswith("".join(one.whole for of, one in wholes if of == channel)):
            yield channel, piece


def _cited(draft: ResponsesDraft, position: int, channel: str, index: int) -> tuple[Item, int]:
    """The part of an item that its citations are of: by number if there is such, else by order."""
    item = draft.items.lanes.get(position)
    mine = in_order(item.parts, channel)
    exact = [at for at in mine if item.parts[at].index == index]
    if exact or mine:
        return item, (exact or mine[index : index + 1] or mine)[-1]
    return draft.begin_part(item, channel, index)


def _read_output(draft: ResponsesDraft, output: Sequence[Json], trusted: bool) -> None:
    """The final list of items; an empty one means that the provider left it out."""
    draft.rest()
    left = [item.position for item in draft.items if item.answer == draft.items.answer]
    for order, raw in enumerate(output):
        members = as_object(raw)
        if not members:
            continue
        position = _match(draft.items, left, order, members)
        if position is None:
            position = len(draft.items.lanes)
        else:
            left.remove(position)
        read_item(draft, None, raw, True, position, trusted)
        draft.items = draft.items.put(evolve(draft.items.lanes.get(position), order=order))
    if output and left:
        draft.note("mismatch", "the final list lacks an item that came before")


def _match(items: Items, left: Sequence[int], order: int, members: Mapping[str, Any]) -> int | None:
    """Which of the items that came an item of the final list is: by ids, content, place, or the next such."""
    for name in ("call_id", "id"):
        known = members.get(name)
        for item in _same(items, left, members) if known else ():
            if item.members.get(name, item.id) == known:
                return item.position
    found = list(islice(_same(items, left, members), _MOST_OPEN))
    whole = _content_of(members) if len(found) > 1 else ""
    for item in found if whole else ():
        if sum(len(part.text) for part in item.parts) == len(whole) and _said(item) == whole:
            return item.position
    for item in _same(items, left, members):
        if item.index == order:
            return item.position
    return next((item.position for item in _same(items, left, members)), None)


def _same(items: Items, left: Sequence[int], members: Mapping[str, Any]) -> Iterator[Item]:
    """The items of that type, one by one: nearly always the first is meant, and a list of all would be quadratic."""
    found = (items.lanes.get(position) for position in left)
    return (item for item in found if item.type == members.get("type"))


def _read_end(draft: ResponsesDraft, response: Json, ended: str) -> None:
    status = as_text(response.get("status")) or ended
    reason = as_text(as_object(response.get("incomplete_details")).get("reason"))
    draft.envelope = draft.envelope.end_with(reason or status)
    draft.rest()
    items = [item for item in draft.items.in_order() if item.answer == draft.items.answer]
    if status == ended == "completed" and draft.envelope.error is None:
        for item in items:
            if not item.done:
                draft.items = draft.items.put(evolve(item, done=True, closed=True))
    elif status == "incomplete" and reason != "steered" and items:
        last = items[-1]
        if last.type == "custom_tool_call" and last.members.get("status") != "completed":
            draft.items = draft.items.put(evolve(last, closed=False))  # raw text does not show that it is half

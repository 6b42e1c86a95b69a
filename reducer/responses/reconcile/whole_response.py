"""The response as a whole: who answers, what it cost, its list of items; and when it ended, why."""

from collections.abc import Mapping, Sequence

from ...shared.extras import says_something
from ...shared.statuses import meaning_of
from ...usage import read_usage
from ...values.frozen_value import evolve
from ...values.json_values import Json, as_list, as_object, as_text
from ...values.text import EMPTY
from ..draft import ResponsesDraft
from ..items import CALLS, MOST_OPEN, Item, is_echo, name_of_arguments
from ..parts import in_order, joined, parts_of
from ..places import AT_END, OF_RESPONSE, unread_of
from ..tool_calls.verdict import CUT_OFF
from .listed import listed
from .whole_item import read_item


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
    failed = envelope.error is not None or envelope.cancelled
    if ended:
        if not failed:
            _read_output(draft, as_list(response.get("output")), ended == "completed")
            _read_text(draft, as_text(response.get("output_text")), ended == "completed")
        _read_end(draft, response, ended)
    elif not (failed or envelope.over):
        _read_so_far(draft, as_list(response.get("output")))


def _read_output(draft: ResponsesDraft, output: Sequence[Json], trusted: bool) -> None:
    """The final list of items; an empty one means that the provider left it out."""
    draft.rest()
    came, found = len(draft.items.going_on()), set[int | None]()
    for order, raw, position, alone in listed(draft.items, output):
        found.add(position)
        if as_object(raw):
            _read_listed(draft, raw, position, trusted, order, alone)
        elif says_something(raw):
            draft.keep_of_answer({"output": [raw]}, "response.")
    if output and len(found - {None}) < came:
        draft.note("mismatch", "the final list lacks an item that came before")
        _leave_out_beginnings(draft)


def _leave_out_beginnings(draft: ResponsesDraft) -> None:
    """Leave out of the result the messages that are only beginnings of the one that the list has.

    A gateway that accumulates makes each state of a message an item of its own (Bedrock Mantle).
    """
    messages = _messages(draft)
    listed = [item for item in messages if item.order is not None]
    others = [item for item in messages if item.order is None and item.begun]
    if len(listed) != 1 or not others:
        return
    whole, last = "".join(map(str, listed[0].parts)), listed[0].position
    for item in others:
        said = "".join(map(str, item.parts))
        if not (item.done and item.position < last and len(said) < len(whole) and whole.startswith(said)):
            return
    for item in others:
        parts = parts_of(evolve(part, whole=EMPTY, stale="") for part in item.parts)
        draft.items = draft.items.put(evolve(item, parts=parts))
    draft.note("mismatch", "the final list has one message, of which others are only beginnings")


def _read_listed(
    draft: ResponsesDraft, raw: Json, position: int | None, trusted: bool, order: int, alone: bool
) -> None:
    """An item of the final list; of one whose text is divided in another way the text is kept, and not compared."""
    if position is None:
        position = len(draft.items.lanes)
    members = as_object(raw)
    if not alone:
        texts = {name: members[name] for name in _TEXTS if name in members}
        raw = {name: members[name] for name in members if name not in texts}
        draft.keep_of_item(draft.items.lanes.get(position), texts, "item.")
        draft.note("mismatch", "the final list divides a text in another way")
    read_item(draft, None, raw, True, position, trusted, order)


_TEXTS = ("content", "summary")
_MOST_BEYOND = 256  # items beyond those that a list could be joined of


def _read_so_far(draft: ResponsesDraft, output: Sequence[Json]) -> None:
    """The items of a response that goes on, which is nearly always empty: each has begun.

    Such a list may come as often as a provider likes: a short one is not held against very many items.
    """
    if output and len(draft.items.going_on()) > _MOST_BEYOND + (MOST_OPEN + 1) * len(output):
        draft.note("ignored", "a list of few items while very many have come")
        return
    for index, raw, position, alone in listed(draft.items, output):
        if not alone:
            continue
        if as_object(raw):
            read_item(draft, index, raw, False, len(draft.items.lanes) if position is None else position)
        elif says_something(raw):
            draft.keep_of_answer({"output": [raw]}, "response.")


def _messages(draft: ResponsesDraft) -> list[Item]:
    """The model's messages."""
    came = map(draft.items.lanes.get, draft.items.going_on())
    return [item for item in came if item.type == "message" and not is_echo(item.members)]


def _read_text(draft: ResponsesDraft, whole: str, trusted: bool) -> None:
    """A response's `output_text`: its messages' texts once more, joined, or all that there is of them.

    Of a text that is another than theirs it does not tell what is missing where: it is kept.
    """
    messages = _messages(draft)
    said, most = "", len(whole) + 1
    for item in messages if whole else ():
        said += joined(item.parts, in_order(item.parts, "text"), most - len(said))
    if whole and not said:
        silent = [item.position for item in messages if not any(len(part.text) for part in item.parts)]
        message = {"type": "message", "content": [{"type": "output_text", "text": whole}]}
        read_item(draft, None, message, True, silent[-1] if silent else len(draft.items.lanes), trusted)
    elif whole != said:
        draft.keep_of_answer({"output_text": whole}, "response.")


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
        _close(draft)
    elif "incomplete" in (meaning, ended) and reason != "steered" and draft.items.going_on():
        last = draft.items.in_order(draft.items.begins)[-1]
        if last.type in CALLS and meaning_of(as_text(last.members.get("status"))) != "completed":
            # Half a text may look whole.
            draft.items = draft.items.put(evolve(last, closed=False, call=last.call.doubted(CUT_OFF)))
    if ended in ("completed", "incomplete", "done"):
        draft.say_calls(over=True)


def _close(draft: ResponsesDraft) -> None:
    """Close the open items of a completed response, but for calls that were cut off."""
    items = list(map(draft.items.lanes.get, draft.items.going_on()))
    lists_calls = any(item.order is not None and item.type in CALLS for item in items)
    for item in items:
        if not (item.done or _is_cut_off(item, lists_calls)):
            draft.items = draft.items.put(evolve(item, done=True, closed=True))


def _is_cut_off(item: Item, lists_calls: bool) -> bool:
    """Whether an open item is a call that nothing says the end of: not the list, if it has calls; else not the call.

    A function's arguments say it themselves, if any came. Raw text does not.
    """
    if item.type not in CALLS or item.order is not None or item.arguments_done:
        return False
    if lists_calls or not item.begun:
        return True
    begun_whole = meaning_of(as_text(item.members.get("status"))) == "completed" and _says_all(item)
    return item.type == "custom_tool_call" and not begun_whole


def _says_all(item: Item) -> bool:
    """Whether a call began with all that came of its arguments."""
    return item.arguments == as_text(item.members.get(name_of_arguments(item.type, item.members)))

"""What an event does to a draft: one function for each kind of event that `table.RULES` tells apart."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from attrs import fields

from ..shared.extras import says_something
from ..shared.statuses import meaning_of
from ..stream_error import is_error, read_error
from ..values.frozen_value import evolve
from ..values.json_values import Json, as_list, as_object, as_text
from .draft import ResponsesDraft
from .event import Event
from .items import MODEL_ITEMS
from .ownership import may_have_arguments
from .places import OF_PART, unread_of
from .reconcile import read_item, read_response
from .reconcile.failures import (
    ENDINGS,
    NO_MESSAGE,
    NO_REASON,
    codes_beside,
    ending_of,
    failure_of,
    is_about_a_thing,
    is_said,
    said_elsewhere,
    says_more,
)


class Rule(NamedTuple):
    """What becomes of an event.

    Attributes:
        act: a function of this module.
        item: the type of output item that the event is about, where its name tells.
        channel: for text: what it belongs to within the item, or a server tool's member that it is a piece of.
    """

    act: "Act"
    item: str = ""
    channel: str = ""

    @property
    def reads(self) -> frozenset[str]:
        """The content (`CONTENT`) that such an event has: what else comes in it is kept among its extras."""
        if self.act is whole:
            return frozenset({"refusal" if self.channel == "refusal" else "text"})
        return CONTENT if self.act in (unsupported, unknown) else _READ[self.act]

    @property
    def emits(self) -> bool:
        """Whether such an event of the table can become messages; of no other is that known beforehand."""
        return self.act not in (response, nothing, unsupported, unknown)


Act: TypeAlias = Callable[[ResponsesDraft, Event, Rule], None]
"""A function that takes in an event."""


def response(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """The response as it stands: its model, id and items; one that failed ends there."""
    members = as_object(event.response)
    meaning = meaning_of(as_text(members.get("status")))
    if meaning in ("failed", "cancelled") or (meaning not in ENDINGS and is_error(members.get("error"))):
        terminal(draft, event, rule)
    else:
        read_response(draft, event.response)
        keep_beside(draft, event, None)


def terminal(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """The response as it ended: its items, usage and status are the last word."""
    ended = ending_of(event)
    failure = failure_of(event)
    if draft.items.ends >= _MOST_ENDS and ended not in ("failed", "cancelled"):
        draft.note("ignored", f"{event.type} after so many ends of its response")
        return
    draft.items = evolve(draft.items, ends=draft.items.ends + 1)
    if draft.envelope.has_last_word and ended in ("failed", "cancelled"):
        draft.note("ignored", f"{event.type} after the end of the answer")
        return
    draft.say_late(draft.items.begins)
    read_response(draft, event.response, ended)
    if ended == "failed":
        reason = as_object(as_object(event.response).get("incomplete_details")).get("reason")
        failure = failure or said_elsewhere(event) or reason or NO_REASON
        draft.fail(failure, codes_beside(event))
    elif ended == "cancelled":
        draft.cancel()
    keep_beside(draft, event, failure if ended == "failed" else None)


_MOST_ENDS = 16  # of one response, each of which goes through all its items


def keep_beside(draft: ResponsesDraft, event: Event, failure: Json) -> None:
    """What an event about the response says of errors beside the failure that is known, if any is."""
    known = as_object(failure)
    error = as_object(event.response).get("error")
    if not is_said(error, failure):
        draft.keep_of_answer({"error": error}, "response.")
    beside = {name: of for name, of in (("message", event.message), ("code", event.code)) if of != known.get(name)}
    if not is_said(event.error, failure):
        beside["error"] = event.error
    draft.keep_of_answer(beside, f"{event.type}.")


def error(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """The end, in failure."""
    read_response(draft, event.response)
    if draft.envelope.has_last_word:
        draft.note("ignored", f"{event.type} after the end of the answer")
        return
    failure = failure_of(event) or said_elsewhere(event) or {"message": NO_MESSAGE, "code": event.code}
    draft.fail(failure, codes_beside(event))
    keep_beside(draft, event, failure)


def error_beside(draft: ResponsesDraft, event: Event, rule: Rule) -> Json:
    """The error that stands in an event of another kind, and says that the run failed; None if there is none.

    That of a server tool is the tool's; so is that of what else an unknown event is about (`response.inject.failed`).
    """
    failure = event.error or as_object(event.extras).get("error")
    if failure is None or rule.act in (terminal, error) or not is_error(failure):
        return None
    if rule.item:
        return failure if rule.item in MODEL_ITEMS else None
    item_type = as_text(as_object(event.item).get("type"))
    item = None if item_type else draft.find(event, "")
    item_type = item_type if item is None else item.type
    if item_type:
        return failure if item_type in MODEL_ITEMS else None
    return None if rule.act is unknown and is_about_a_thing(event.type) else failure


def fail_by_what_is_beside(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """The end, in failure, if such an error stands in an event, after what that says."""
    failure = error_beside(draft, event, rule)
    if failure is None or draft.envelope.error is not None or draft.envelope.cancelled:
        return
    if draft.envelope.has_last_word:
        draft.note("ignored", f"an error in {event.type} after the end of the answer")
    else:
        draft.fail(failure, codes_beside(event))


def after_failure(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """What comes after a failure, which is emitted once: usage, and the reason if none had come.

    An `error` event is often followed by `response.failed`, which has the usage; or a `response.failed` without a
    reason by an `error` with it.
    """
    known, failure = draft.envelope.error, failure_of(event) or said_elsewhere(event)
    if rule.act is terminal:
        read_response(draft, event.response, "failed" if known else "cancelled")
    elif rule.act is response:
        read_response(draft, event.response)
    if known is not None and rule.act in (terminal, error) and says_more(failure, known):
        draft.envelope = evolve(draft.envelope, error=read_error(failure))
        draft.keep_of_answer({"code": known.code}, "response.")
    elif rule.act is not terminal and rule.emits:
        draft.note("ignored", f"{event.type} after the {'error' if known else 'cancellation'}")
    if rule.act in (terminal, error):
        keep_beside(draft, event, None if draft.envelope.error is None else draft.envelope.error.raw)


def keep_extras(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """What no fold reads of an event, once it was taken in: of its item, if it is about one, else of the answer.

    But for an error that the run failed by.
    """
    about_answer = rule.act in (response, terminal, error)
    item = None if about_answer else draft.find(event, rule.item)
    more, said = as_object(event.extras), f"{event.type}."
    if more.get("error") and draft.envelope.error is not draft.before.envelope.error:
        more = {name: more[name] for name in more if name != "error"}
    if item is not None:
        draft.keep_of_item(item, more, said, whole=event.type.endswith(".done"))
    elif about_answer:
        draft.keep_of_answer(more, said)
    elif rule.act not in (unknown, unsupported):  # of which all is kept
        draft.keep_of_answer(more, said, "events", event.type)


def _keep_event(draft: ResponsesDraft, event: Event) -> None:
    """An event that nothing is read of."""
    members = {name: getattr(event, name) for name in _MEMBERS}
    draft.keep_of_answer(members | dict(as_object(event.extras)), "", "events", event.type)


_MEMBERS = tuple(
    member.name
    for member in fields(Event)
    if member.name not in ("type", "sequence_number", "extras", "repairs", "lost")
)
CONTENT = frozenset(_MEMBERS[_MEMBERS.index("delta") :])
"""The members of an event that say something, and not only what it is about."""


def begin_item(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """A whole item that begins: what it has already is emitted."""
    if as_object(event.item):
        read_item(draft, event.output_index, event.item, done=False)


def end_item(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """A whole item that is done: what is missing is emitted; later deltas that only repeat it are ignored."""
    if as_object(event.item):
        failing = error_beside(draft, event, rule) is not None
        read_item(draft, event.output_index, event.item, done=True, failing=failing)


def part(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """A whole part of an item, begun or done: what is missing is emitted."""
    value = as_object(event.part)
    part_type = as_text(value.get("type"))
    item_type, channel = _PARTS.get(part_type, (rule.item, rule.channel))
    if not channel and not part_type and value.get("text"):
        item_type, channel = _PARTS["text"]
    if not channel:
        if value:
            draft.note("ignored", f"a part of type {part_type!r}")
            _keep_part(draft, event, dict(value))
        return
    text = as_text(value.get("refusal")) or as_text(value.get("text"))
    if draft.is_of_request(event, item_type):
        return
    named = draft.find(event, "")
    if text and named is not None and named.type == "reasoning" != item_type and named.id == event.item_id != "":
        item_type, channel = _OF_REASONING  # of an item that thinks, whatever type its part has (vLLM)
    if text or named is None or draft.find(event, item_type) is not None:  # an empty one of another type's item is none
        if event.type.endswith(".added"):
            draft.begin(event, item_type, channel, text)
        else:
            draft.reconcile(event, item_type, channel, text, again=True)
    draft.annotate(event, item_type, channel, as_list(value.get("annotations")))
    unread = unread_of(value, OF_PART)
    if part_type not in _PARTS and says_something(value.get("type")):
        unread["type"] = value["type"]
    if text and text != as_text(value.get("text")):  # beside a refusal
        unread |= unread_of({"text": value.get("text")}, {})
    if unread:
        draft.keep_of_item(draft.open(event, item_type), unread, "part.", whole=True)


def _keep_part(draft: ResponsesDraft, event: Event, part: Mapping[str, Json]) -> None:
    """A part that nothing is read of."""
    item = draft.find(event, "")
    if item is None:
        draft.keep_of_answer({"part": part}, "", "events", event.type)
    else:
        draft.keep_of_item(item, {"parts": [part]}, "part.")


_OF_REASONING = ("reasoning", "reasoning")
_PARTS = {
    "output_text": ("message", "text"),
    "text": ("message", "text"),
    "refusal": ("message", "refusal"),
    "reasoning_text": ("reasoning", "reasoning"),
    "summary_text": ("reasoning", "summary"),
}
"""The type of item and the channel that a part belongs to, by the part's own type."""


def delta(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """A piece of a part's text."""
    piece = as_text(event.delta)
    if piece and (draft.goes_on or not draft.is_of_request(event, rule.item)):
        draft.add(event, rule.item, rule.channel, piece)


def whole(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """The whole text of a part: what is missing is emitted; a contradiction is noted."""
    text = event.refusal if rule.channel == "refusal" else event.text
    if draft.is_of_request(event, rule.item):
        return
    draft.reconcile(event, rule.item, rule.channel, text or "")


def arguments(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """A piece of a tool call's arguments."""
    piece = as_text(event.delta)
    if piece:
        draft.add_arguments(event, rule.item, piece)


def whole_arguments(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """The whole arguments of a call: what is missing is emitted; its item is still to be done."""
    own, other = event.arguments, event.input
    text = (own or other) if rule.item == "function_call" else (other or own)
    draft.end_arguments(event, rule.item, text or "", as_text(as_object(event.extras).get("name")))


def annotation(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """A citation."""
    if event.annotation:
        draft.annotate_once(event, rule.item, rule.channel, event.annotation)


def progress(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """A server tool's status."""
    draft.progress(event, rule.item, event.type.rpartition(".")[2], event.partial_image_b64)


def piece(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """A piece of what a server tool is given or gives."""
    if not draft.is_of_a_call(event, rule.item, rule.channel, as_text(event.delta)):
        draft.piece(event, rule.item, rule.channel)


def whole_piece(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """The whole of what a server tool is given: it is said if nothing of it came."""
    text = as_text(event.code if rule.channel == "code" else event.arguments)
    if not draft.is_of_a_call(event, rule.item, rule.channel, text, whole=True):
        draft.whole_piece(event, rule.item, rule.channel, text)


def nothing(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """An event without content, or whose content comes with other events as well."""


def unsupported(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """An event that a fold into text and tools has no place for."""
    draft.note("ignored", event.type)
    _keep_event(draft, event)


def unknown(draft: ResponsesDraft, event: Event, rule: Rule) -> None:
    """An event that the table does not have; about a server tool, it is passed on as that one's progress.

    Of a call, it may have the arguments.
    """
    stage = event.type.rpartition(".")[2]
    if may_have_arguments(event):
        draft.lose_arguments(event)
    item = draft.find(event, "")
    if item is None or item.type in MODEL_ITEMS or stage == "done":
        draft.note("ignored", event.type)
        _keep_event(draft, event)
        return
    if stage == "delta":
        draft.piece(event, rule.item, rule.channel)
    else:
        draft.progress(event, rule.item, stage, None)
    said = {name: getattr(event, name) for name in CONTENT if (name, stage) != ("delta", "delta")}
    draft.keep_of_item(draft.items.lanes.get(item.position), said, f"{event.type}.")


_READ: dict[Act, frozenset[str]] = {
    response: frozenset({"response"}),
    **dict.fromkeys((terminal, error), frozenset({"response", "error", "message", "code"})),
    **dict.fromkeys((begin_item, end_item), frozenset({"item"})),
    part: frozenset({"part"}),
    annotation: frozenset({"annotation"}),
    whole_arguments: frozenset({"arguments", "input"}),
    progress: frozenset({"partial_image_b64"}),
    **dict.fromkeys((delta, arguments, piece), frozenset({"delta"})),
    **dict.fromkeys((whole_piece, nothing), frozenset({"arguments", "code"})),
}

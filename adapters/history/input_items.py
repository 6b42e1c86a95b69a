"""A result as the items of a Responses request's input."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from attrs import define

from ...reducer.result import (
    OmittedReasoningPart,
    OutputItem,
    ReasoningPart,
    Result,
    SummarizedReasoningPart,
    ToolCall,
)
from ...reducer.values.json_values import Json, as_text
from .item_types import ITEM_TYPES, final_status
from .message_items import message_item, plain_message, says_something
from .turns import DOUBTFUL, EMPTY, REPEATED, UNFINISHED, InputTurn, JsonObject, LeftOut, copied

_LONGEST_ID = 64
"""Characters of an id that the API takes; GitHub Copilot gives ids of some 400."""
_NOT_ASKED = "reasoning was not asked for"
_NO_FOLLOWER = "the item that it belongs to does not go back after it"
_UNSEALED = "its content did not come, and nothing is stored that its id could mean"
_OF_CALL = ("namespace", "caller", "async")
_NOT_SENT = frozenset({"created_by", "parsed", "parsed_arguments"})
"""Members that the API, or its SDK, adds to items and does not take back."""


@define
class _Going:
    """An item on its way into the input.

    Attributes:
        item: the item of the answer.
        made: what goes back; None if nothing does.
        reason: why not.
        whole: whether it goes back as the item that it was, under its id if it has one.
    """

    item: OutputItem
    made: JsonObject | None = None
    reason: str = ""
    whole: bool = True

    def leave_out(self, reason: str) -> None:
        self.made, self.reason = None, reason


def input_items(
    result: Result,
    *,
    store: bool,
    ids: bool = True,
    reasoning: bool = True,
    calls: Collection[ToolCall] | None = None,
    partial_text: bool = False,
) -> InputTurn:
    """The model's turn as items, for the next request's `input`.

    Finished items go back in the answer's order: messages with their `phase`, complete calls with their `namespace`,
    reasoning with what it needs to be understood, and the items of tools that the provider ran. What was not finished,
    and calls that are not complete, are left out, and with them the reasoning that they followed: the API takes an item
    of reasoning only before the item that it led to, and the item's id only after that reasoning. docs/history.md has
    the rules and their sources.

    Args:
        result: of `responses`.
        store: what the request said: whether the provider keeps items, so that an id is enough. If not, reasoning
            goes back by its `encrypted_content`, or by its text where the provider shows it, and else not at all. A
            response that was broken off is taken for one that is not kept.
        ids: whether items go back under their ids. ChatGPT's backend, and others that keep nothing, refuse ids that
            they do not know. Ids of more than 64 characters (GitHub Copilot) never go.
        reasoning: whether reasoning goes back.
        calls: those that go back, for a caller with a policy of its own about doubts; None: the complete ones.
        partial_text: whether text of an unfinished message goes back; it goes as a plain message.

    Returns:
        The turn. Each of its calls needs a `tool_output_item`, and what is `waiting` its own answer, before the next
        request.
    """
    answer = [_Going(item) for item in result.output if not _is_hidden(item)]
    ids = ids and all(len(going.item.id) <= _LONGEST_ID for going in answer)
    stored = store and ids and result.outcome == "completed"
    for going in answer:
        _make(going, stored, reasoning, calls, partial_text)
    _leave_out_repetitions(answer)
    if not ids:
        _drop_ids(answer)
    _leave_out_reasoning(answer)
    _drop_ids(_bereft(answer))
    kept = [(going.item, going.made) for going in answer if going.made is not None]
    return InputTurn(
        items=[made for _, made in kept],
        calls=tuple(item.call for item, _ in kept if item.call is not None),
        waiting=tuple(_waiting([made for _, made in kept])),
        left_out=tuple(LeftOut(going.item, going.reason) for going in answer if going.made is None),
    )


def _is_hidden(item: OutputItem) -> bool:
    """Whether an item only stands for reasoning that the provider does not show."""
    return bool(item.parts) and all(isinstance(part, OmittedReasoningPart) for part in item.parts)


def _make(going: _Going, stored: bool, reasoning: bool, calls: Collection[ToolCall] | None, partial_text: bool) -> None:
    """What an item goes back as, seen alone."""
    item = going.item
    if item.call is not None:
        _make_call(going, item.call, calls)
    elif item.kind == "message":
        _make_message(going, partial_text)
    elif not item.done:
        going.leave_out(UNFINISHED)
    elif item.kind == "reasoning":
        _make_reasoning(going, stored, reasoning)
    else:
        _make_server_item(going)


def _make_call(going: _Going, call: ToolCall, chosen: Collection[ToolCall] | None) -> None:
    item = going.item
    if not (call.complete if chosen is None else call in chosen):
        going.leave_out(f"{DOUBTFUL}: {call.doubts[0].detail}" if call.doubts else "not chosen")
        return
    custom = call.kind == "custom"
    kind, arguments = ("custom_tool_call", "input") if custom else ("function_call", "arguments")
    going.made = {"type": kind, **_id_of(item), "call_id": call.id, "name": call.name, arguments: call.arguments}
    known = {name: call.extras[name] for name in _OF_CALL if call.extras.get(name) is not None}
    going.made |= copied(known) if custom else {**copied(known), "status": "completed"}


def _make_message(going: _Going, partial_text: bool) -> None:
    item = going.item
    if not item.done and not partial_text:
        going.leave_out(UNFINISHED)
    elif not says_something(item):
        going.leave_out(EMPTY)
    elif item.done and item.id:
        going.made = message_item(item)
    else:
        going.made, going.whole = plain_message(item), item.done


def _make_reasoning(going: _Going, stored: bool, asked: bool) -> None:
    item = going.item
    if not asked:
        going.leave_out(_NOT_ASKED)
        return
    text = "".join(part.reasoning for part in item.parts if isinstance(part, ReasoningPart))
    summaries = [part for part in item.parts if isinstance(part, SummarizedReasoningPart)]
    encrypted = next((part.encrypted_content for part in summaries if part.encrypted_content), None)
    if not item.item or not (encrypted or text or (stored and item.id)):
        going.leave_out(_UNSEALED)
        return
    summary = [{"type": "summary_text", "text": piece.text} for part in summaries for piece in part.summary]
    going.made = {"type": "reasoning", **_id_of(item), "summary": summary}
    if text:
        going.made["content"] = [{"type": "reasoning_text", "text": text}]
    if encrypted:
        going.made["encrypted_content"] = encrypted
    others = {name: member for name, member in item.item.items() if member is not None and name not in _READ}
    going.made |= copied(others)


_READ = frozenset({"type", "id", "summary", "content", "encrypted_content", "status"})


def _make_server_item(going: _Going) -> None:
    item = going.item
    known = ITEM_TYPES.get(item.kind)
    if known is None:
        going.leave_out("requests have no item of this type")
        return
    made = {name: copied(member) for name, member in item.item.items() if name not in _NOT_SENT}
    if "status" in known.needs or "status" in made:
        made["status"] = final_status(made)
    lacking = [name for name in known.needs if name not in made]
    if known.needs_id and not item.id:
        lacking.append("id")
    if lacking:
        going.leave_out(f"it came without {', '.join(lacking)}")
        return
    going.made = {**made, "type": item.kind, **_id_of(item)}


def _id_of(item: OutputItem) -> JsonObject:
    return {"id": item.id} if item.id else {}


def _leave_out_repetitions(answer: Sequence[_Going]) -> None:
    """Of items with one id, or calls with one call id, the first goes back."""
    ids: set[tuple[str, Json]] = set()
    for going in answer:
        if going.made is None:
            continue
        call_id = going.made.get("call_id") if going.item.call is not None else None
        named = {(kind, name) for kind, name in (("id", going.made.get("id")), ("call", call_id)) if name}
        if named & ids:
            going.leave_out(REPEATED)
        ids |= named


def _leave_out_reasoning(answer: Sequence[_Going]) -> None:
    """Reasoning goes back only if the item that came next does, as it was."""
    follows = False
    for going in reversed(answer):
        if going.item.kind == "reasoning" and going.made is not None and not follows:
            going.leave_out(_NO_FOLLOWER)
        follows = going.made is not None and going.whole


def _bereft(answer: Sequence[_Going]) -> Iterator[_Going]:
    """The items after reasoning that does not go back, up to the next reasoning: they all belong to it."""
    bereft = led = False
    for going in answer:
        reasons = going.item.kind == "reasoning"
        if reasons:
            bereft = (bereft and led) or going.made is None
        elif bereft:
            yield going
        led = reasons


def _drop_ids(answer: Iterable[_Going]) -> None:
    """Let items go without their ids, as new ones, or not at all."""
    for going in answer:
        if going.made is None:
            continue
        known = ITEM_TYPES.get(going.item.kind)
        if going.item.kind == "message":
            going.made = plain_message(going.item)
        elif known is not None and known.needs_id:
            going.leave_out("it cannot go without its id")
        else:
            going.made.pop("id", None)


def _waiting(items: Sequence[JsonObject]) -> list[JsonObject]:
    """The items that the caller has to answer, beside tool calls."""
    return [item for item in items if _is_ran_here(item) and not _has_output(item, items)]


def _is_ran_here(item: Mapping[str, Json]) -> bool:
    known = ITEM_TYPES.get(as_text(item.get("type")))
    if item.get("type") == "tool_search_call":
        return item.get("execution") == "client"
    return known is not None and known.ran_here


def _has_output(item: Mapping[str, Json], items: Sequence[JsonObject]) -> bool:
    output = f"{item.get('type')}_output"
    return any(other.get("type") == output and other.get("call_id") == item.get("call_id") for other in items)

"""A result as the items of a Responses request's input."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from attrs import define, field

from ...reducer.result import (
    OmittedReasoningPart,
    OutputItem,
    ReasoningPart,
    Result,
    SummarizedReasoningPart,
    ToolCall,
)
from ...reducer.values.json_values import as_text
from . import chosen
from .item_types import ITEM_TYPES, as_parameter
from .message_items import message_item, plain_message, says_something
from .turns import EMPTY, REPEATED, UNFINISHED, InputTurn, JsonObject, LeftOut, copied

_LONGEST_ID = 64
"""Characters of an id that the API takes; GitHub Copilot gives ids of some 400."""
_NO_FOLLOWER = "the item that it belongs to does not go back after it"
_OF_CALL = ("namespace", "caller", "async")
_READ_OF_REASONING = frozenset({"type", "id", "summary", "content", "encrypted_content", "status"})


@define
class _Going:
    """An item on its way into the input.

    Attributes:
        item: the item of the answer.
        made: what goes back: one item, several for a wrapper of calls, or none.
        calls: the tool calls that these are.
        reason: why none goes.
        whole: whether it goes back as the item that it was, under its id if it has one.
    """

    item: OutputItem
    made: list[JsonObject] = field(factory=list)
    calls: list[ToolCall] = field(factory=list)
    reason: str = ""
    whole: bool = True

    def leave_out(self, reason: str) -> None:
        self.made, self.calls, self.reason = [], [], reason


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
    of reasoning only before the item that it led to, and that item's id only after its reasoning. docs/history.md has
    the rules and their sources.

    Args:
        result: of `responses`.
        store: what the request said: whether the provider keeps items, so that an id is enough. If not, reasoning
            goes back by its `encrypted_content`, or by its text where the provider shows it, and else not at all. A
            response that was broken off is taken for one that is not kept.
        ids: whether items go back under their ids. ChatGPT's backend, and others that keep nothing, refuse ids that
            they do not know. Ids of more than 64 characters (GitHub Copilot) never go.
        reasoning: whether reasoning goes back.
        calls: those that go back, for a caller with a policy of its own about doubts, or those that a wrapper stands
            for (`unwrap_parallel`); None: the complete ones.
        partial_text: whether text of an unfinished message goes back; it goes as a plain message.

    Returns:
        The turn. Each of its calls needs a `tool_output_item`, and what is `waiting` its own answer, before the next
        request.
    """
    answer = [_Going(item) for item in result.output if not _is_hidden(item)]
    ids = ids and all(len(going.item.id) <= _LONGEST_ID for going in answer)
    stored = store and ids and result.outcome == "completed"
    wanted = chosen.by_id(calls)
    for going in answer:
        item = going.item
        if item.call is not None:
            _make_calls(going, item.call, wanted)
        elif item.kind == "message":
            _make_message(going, partial_text)
        elif not item.done:
            going.leave_out(UNFINISHED)
        elif item.kind == "reasoning":
            _make_reasoning(going, stored, reasoning)
        else:
            _make_server_item(going)
    _leave_out_repetitions(answer)
    if not ids:
        _drop_ids(answer)
    _leave_out_reasoning(answer)
    _drop_ids(_bereft(answer))
    items: list[JsonObject] = copied([made for going in answer for made in going.made])
    return InputTurn(
        items=items,
        calls=tuple(call for going in answer for call in going.calls),
        waiting=tuple(item for item in items if _waits(item, items)),
        left_out=tuple(LeftOut(going.item, going.reason) for going in answer if not going.made),
    )


def _is_hidden(item: OutputItem) -> bool:
    """Whether an item only stands for reasoning that the provider does not show."""
    return bool(item.parts) and all(isinstance(part, OmittedReasoningPart) for part in item.parts)


def _make_calls(going: _Going, call: ToolCall, wanted: Mapping[str, ToolCall] | None) -> None:
    going.calls = chosen.going(call, wanted)
    if not going.calls:
        going.leave_out(chosen.why_not(call))
    going.whole = [one.id for one in going.calls] == [call.id]
    going.made = [_call(one, _id_of(going.item) if going.whole else {}) for one in going.calls]


def _call(call: ToolCall, named: JsonObject) -> JsonObject:
    custom = call.kind == "custom"
    kind, arguments = ("custom_tool_call", "input") if custom else ("function_call", "arguments")
    known = {name: call.extras[name] for name in _OF_CALL if call.extras.get(name) is not None}
    made = {"type": kind, **named, "call_id": call.id, "name": call.name, arguments: call.arguments, **copied(known)}
    return made if custom else {**made, "status": "completed"}


def _make_message(going: _Going, partial_text: bool) -> None:
    item = going.item
    if not item.done and not partial_text:
        going.leave_out(UNFINISHED)
    elif not says_something(item):
        going.leave_out(EMPTY)
    elif item.done and item.id:
        going.made = [message_item(item)]
    else:
        going.made, going.whole = [plain_message(item)], item.done


def _make_reasoning(going: _Going, stored: bool, asked: bool) -> None:
    item = going.item
    if not asked:
        going.leave_out("reasoning was not asked for")
        return
    text = "".join(part.reasoning for part in item.parts if isinstance(part, ReasoningPart))
    summaries = [part for part in item.parts if isinstance(part, SummarizedReasoningPart)]
    encrypted = next((part.encrypted_content for part in summaries if part.encrypted_content), None)
    if not item.item or not (encrypted or text or (stored and item.id)):
        going.leave_out("its content did not come, and nothing is stored that its id could mean")
        return
    summary = [{"type": "summary_text", "text": piece.text} for part in summaries for piece in part.summary]
    others = {name: of for name, of in item.item.items() if of is not None and name not in _READ_OF_REASONING}
    made: JsonObject = {"type": "reasoning", **_id_of(item), "summary": summary, **copied(others)}
    if text:
        made["content"] = [{"type": "reasoning_text", "text": text}]
    if encrypted:
        made["encrypted_content"] = encrypted
    going.made = [made]


def _make_server_item(going: _Going) -> None:
    item = going.item
    known = ITEM_TYPES.get(item.kind)
    if known is None:
        going.leave_out("requests have no item of this type")
        return
    made = {**as_parameter(item.item, "status" in known.needs), "type": item.kind, **_id_of(item)}
    needs = (*known.needs, "id") if known.needs_id else known.needs
    lacking = [name for name in needs if name not in made]
    if lacking:
        going.leave_out(f"it came without {', '.join(lacking)}")
    else:
        going.made = [made]


def _id_of(item: OutputItem) -> JsonObject:
    return {"id": item.id} if item.id else {}


def _leave_out_repetitions(answer: Sequence[_Going]) -> None:
    """Of items with one id, or calls with one call id, the first goes back."""
    known: set[tuple[str, str]] = set()
    for going in answer:
        named = {("id", made["id"]) for made in going.made if "id" in made}
        named |= {("call", call.id) for call in going.calls}
        if named & known:
            going.leave_out(REPEATED)
        known |= named


def _leave_out_reasoning(answer: Sequence[_Going]) -> None:
    """Reasoning goes back only if the item that came next does, as it was."""
    follows = False
    for going in reversed(answer):
        if going.item.kind == "reasoning" and going.made and not follows:
            going.leave_out(_NO_FOLLOWER)
        follows = bool(going.made) and going.whole


def _bereft(answer: Sequence[_Going]) -> Iterator[_Going]:
    """The items after reasoning that does not go back, up to the next reasoning: they all belong to it."""
    bereft = led = False
    for going in answer:
        reasons = going.item.kind == "reasoning"
        if reasons:
            bereft = (bereft and led) or not going.made
        elif bereft:
            yield going
        led = reasons


def _drop_ids(answer: Iterable[_Going]) -> None:
    """Let items go without their ids, as new ones, or not at all."""
    for going in answer:
        known = ITEM_TYPES.get(going.item.kind)
        if going.made and going.item.kind == "message":
            going.made = [plain_message(going.item)]
        elif going.made and known is not None and known.needs_id:
            going.leave_out("it cannot go without its id")
        for made in going.made:
            made.pop("id", None)


def _waits(item: JsonObject, items: Sequence[JsonObject]) -> bool:
    """Whether the caller has to answer an item that is no tool call."""
    kind = as_text(item.get("type"))
    known = ITEM_TYPES.get(kind)
    if known is None or not known.ran_here or (kind == "tool_search_call" and item.get("execution") != "client"):
        return False
    output = "tool_search_output" if kind == "tool_search_call" else f"{kind}_output"
    return not any(other.get("type") == output and other.get("call_id") == item.get("call_id") for other in items)

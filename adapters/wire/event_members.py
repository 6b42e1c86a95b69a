"""What Responses events have of another shape than the API has it: deltas that are no text, and items of calls."""

from collections.abc import Mapping
from operator import is_not
from typing import Any

from ...reducer.responses import acts
from ...reducer.responses.acts import CONTENT, Rule
from ...reducer.responses.reconcile.failures import is_about_a_thing
from ...reducer.responses.table import RULES, rule_of
from ...reducer.shared.extras import says_something
from ...reducer.shared.statuses import meaning_of
from ...reducer.stream_error import is_error, is_error_code, says_error
from .members import Repairs, arguments_in, error_in, is_text, is_type_of_error, kind_of, members_in, text_in
from .unread import ELSEWHERE, MAYBE_ELSEWHERE, may_hold_arguments

__all__ = [
    "content_beside",
    "event_delta",
    "event_of",
    "failure_named",
    "has_objects",
    "has_type_of_error",
    "is_usual",
    "mend_item",
    "mend_response",
    "object_in",
    "part_in",
    "with_beside",
    "with_own_names",
]

_TEXTS = frozenset(kind for kind, rule in RULES.items() if rule.act is acts.delta)
_ARGUMENTS = frozenset(kind for kind, rule in RULES.items() if rule.act is acts.arguments)
_CALLS = ("function_call", "custom_tool_call")
_CALL_TYPES = ("tool_call", "function", "functionCall")
"""What others call the type of a function's call."""
_MEMBERS = ("arguments", "input")
"""Members that have the arguments of a call, by its type; a fold takes those of the other type as well."""
_WHOLES = {kind: _MEMBERS[_CALLS.index(rule.item)] for kind, rule in RULES.items() if rule.act is acts.whole_arguments}
_NAMES = ("id", "call_id", "name")
_TEXTS_OF = {
    "message": {"content": "output_text"},
    "reasoning": {"content": "reasoning_text", "summary": "summary_text"},
}
"""By the type of an item: its lists of parts, and the type of these."""
_PARTS = {
    f"response.{name}.{stage}": part_type
    for name, part_type in (
        *(("content_part", "output_text"), ("reasoning_part", "reasoning_text")),
        ("reasoning_summary_part", "summary_text"),
    )
    for stage in ("added", "done")
}
_BESIDE: dict[str, Any] = {
    **dict.fromkeys(("usage", "incomplete_details"), Mapping),
    "output": (list, Mapping),
    "output_text": str,
    "status": str,
    "model": str,
}
"""What a terminal event may say beside its response, and of which type."""
_ELSEWHERE = (*_MEMBERS, *ELSEWHERE, *MAYBE_ELSEWHERE, "text", "content", "value")
"""Members that may have the arguments, where the one that should has none."""


def is_usual(kind: str, delta: Any, arguments: Any, input: Any) -> bool:  # noqa: A002
    """Whether an event has in its place what one of its type has: text, and none of it missing."""
    if kind in _WHOLES:
        own, other = (arguments, input) if _WHOLES[kind] == "arguments" else (input, arguments)
        return own is not None and other is None
    return type(delta) is str or not (kind in _ARGUMENTS or (delta is not None and kind in _TEXTS))


def has_objects(event: Any) -> bool:
    """Whether an event has objects, or nothing, where objects are read."""
    return all(value is None or isinstance(value, dict) for value in (event.item, event.part, event.response))


_OTHER_NAMES = {
    **dict.fromkeys(("callId", "toolCallId", "tool_call_id"), "call_id"),
    "outputIndex": "output_index",
    "itemId": "item_id",
    "sequenceNumber": "sequence_number",
    "contentIndex": "content_index",
    "summaryIndex": "summary_index",
}
"""What translators call members, and what the API calls them."""


def with_own_names(members: Mapping[str, Any], repairs: Repairs) -> Mapping[str, Any]:
    """An event or an item, with members that came under other names under the API's own as well."""
    if _OTHER_NAMES.keys().isdisjoint(members):
        return members
    found = {own: members[name] for name, own in _OTHER_NAMES.items() if says_something(members.get(name))}
    found = {own: of for own, of in found.items() if members.get(own) in (None, "")}
    if found:
        repairs.append(f"{', '.join(found)} under another name")
    return {**members, **found}


def event_delta(value: Mapping[str, Any], kind: str, repairs: Repairs) -> Any:
    """An event's delta: text, where events of this type have text.

    An object, a list or a number in the place of a piece of arguments is JSON that was decoded; in the place of a piece
    of text it may have the text inside.
    """
    delta = value.get("delta")
    if kind in _ARGUMENTS or kind in _WHOLES:
        own = _WHOLES.get(kind, "delta")
        known = _MEMBERS if kind in _WHOLES else (own,)
        elsewhere = (*map(value.get, _ELSEWHERE), members_in(value.get("function")).get("arguments"))
        if not any(map(value.get, known)) and any(elsewhere):
            repairs.lose(f"an event of a call's arguments has other members in place of `{own}`")
        return arguments_in(value, "delta", repairs)
    if delta is None or isinstance(delta, str) or kind not in _TEXTS:
        return delta
    inner = _text_inside(delta)
    if isinstance(inner, (str, int)) and not isinstance(inner, bool):
        repairs.append(f"delta came as {kind_of(delta)} in place of text")
        return str(inner)
    repairs.append(f"delta is {kind_of(delta)}, left out")
    return None


def failure_named(value: Mapping[str, Any], event: str) -> Any:
    """The error in a frame's data that has no type; None if there is none, or its `event:` name tells what it is.

    Gateways put errors under names of their own, and under those of other events. A delta, and an event about an item,
    may have an error beside what it says. A status and a message under a name of their own are no error.
    """
    rule = RULES.get(event)
    if not event:
        return error_in(value)
    if rule is None and is_about_a_thing(event):
        return None
    if rule is not None and (rule.act in _SAYING_ERRORS or not _OF_ITEM.isdisjoint(value) or value.get("delta")):
        return None
    named = event.lower().endswith(_FAILURES) and says_error(value)
    coded = (rule is not None or event in _PLAIN_NAMES) and is_error_code(value.get("code")) and says_error(value)
    return error_in(value) or value if named or coded or is_error(value.get("error")) else None


_SAYING_ERRORS = (acts.terminal, acts.error, acts.response)
_OF_ITEM = frozenset({"item_id", "output_index", "item"})
_FAILURES = ("error", "errored", "exception", "failed", "failure")
_PLAIN_NAMES = ("message", "data", "chunk")


def _text_inside(delta: Any) -> Any:
    """The text that an object or a list in the place of a delta has inside, if it has one; else what came."""
    found = [_text_of(piece) for piece in (delta if isinstance(delta, list) else [delta])]
    if isinstance(delta, list):
        return "".join(found) if found and all(isinstance(piece, str) for piece in found) else delta
    return found[0]


def _text_of(piece: Any) -> Any:
    members = members_in(piece)
    return next((members[name] for name in ("text", "content") if isinstance(members.get(name), (str, int))), piece)


def event_of(response: Mapping[str, Any], event: str) -> str:
    """The event that would have brought a response: its terminal one, by its status, or one before that."""
    status = response.get("status")
    named = RULES.get(event)
    if (
        named is not None
        and named.act is acts.terminal
        and isinstance(status, str)
        and meaning_of(status) == "in_progress"
    ):
        return event  # as it was before its end
    if isinstance(status, str) and status:
        by_name = (f"response.{status}", f"response.{meaning_of(status)}")
        return next((name for name in by_name if name in RULES), "response.done")
    if event.startswith("response."):
        return event
    return "response.failed" if response.get("error") else "response.completed"


def has_type_of_error(kind: str, value: Mapping[str, Any]) -> bool:
    """Whether an event's type is an error's own."""
    if value.get("object") == "error" and not kind.startswith("response."):
        return True
    return error_in(value) is not None and is_type_of_error(value)


def content_beside(value: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """An event's content that events of its type do not have: nothing reads it, nor an empty list or object as text."""
    names = CONTENT - _rule_of(value, kind).reads
    if kind in _WHOLES and value.get(_WHOLES[kind]) not in (None, ""):
        names |= {*_MEMBERS} - {_WHOLES[kind]}
    found = {name: value[name] for name in names & value.keys()}
    return {name: of for name, of in found.items() if says_something(of) or isinstance(of, (list, Mapping))}


def _rule_of(value: Mapping[str, Any], kind: str) -> Rule:
    about_item = value.get("output_index") is not None or bool(value.get("item_id"))
    return rule_of(kind, value.get("response"), about_item)


def object_in(members: Mapping[str, Any], name: str, repairs: Repairs) -> Any:
    """A member that is an object, or null."""
    value = members.get(name)
    if isinstance(value, Mapping):
        return value
    _doubt(f"{name} is {kind_of(value)}, left out", value, repairs)
    return None


def part_in(members: Mapping[str, Any], kind: str, repairs: Repairs) -> Any:
    """An event's part; text alone is the part's."""
    value = members.get("part")
    if isinstance(value, str) and value and kind in _PARTS:
        repairs.append("part came as text in place of an object")
        return {"type": _PARTS[kind], "text": value}
    return object_in(members, "part", repairs)


def mend_item(item: Any, repairs: Repairs) -> Any:
    """An output item as the API has it: the arguments of a call are text, and what else is said is a list of parts.

    Some servers send the object itself for arguments, a number for an id, or text for a list of parts or for a part.
    """
    kind = members_in(item).get("type")
    if kind in (None, "") and (kind := _type_of(members_in(item))):
        repairs.append(f"an item without a type, taken for a {kind}")
        item = {**item, "type": kind}
    if not isinstance(kind, str):
        return item
    if kind in _CALL_TYPES and _type_of(item) == "function_call":
        repairs.append(f"an item of type {kind}, taken for a function_call")
        item, kind = {**item, "type": "function_call"}, "function_call"
    if kind in _CALLS:
        item = with_own_names(item, repairs)
    if kind in _CALLS and isinstance(item.get("function"), Mapping):
        item = _with_function(item, repairs)
    if kind in _TEXTS_OF:
        mended = {name: _parts(item[name], of, name, repairs) for name, of in _TEXTS_OF[kind].items() if item.get(name)}
    elif kind in _CALLS:
        odd = [name for name in _MEMBERS if item.get(name) is not None and not isinstance(item[name], str)]
        mended = {name: arguments_in(item, name, repairs) for name in odd}
        mended |= {name: text_in(item, name, repairs) for name in _NAMES if type(item.get(name)) is int}
    else:
        return item
    if any(of is not item.get(name) for name, of in mended.items()):
        item = {**item, **mended}
    if kind in _CALLS and not any(map(item.get, _MEMBERS)) and any(map(item.get, _ELSEWHERE)):
        repairs.lose("a call's item has other members in place of its arguments")
    return item


def _with_function(item: Mapping[str, Any], repairs: Repairs) -> Mapping[str, Any]:
    """A call's item, some members of which are in a `function` inside it, as Chat Completions has them."""
    inner = {name: of for name, of in item["function"].items() if name in ("name", *_MEMBERS) and not item.get(name)}
    if not any(inner.values()):
        return item
    repairs.append(f"{', '.join(inner)} of a call's item came in its `function`")
    rest = {name: of for name, of in item["function"].items() if name not in inner}
    outer = {name: of for name, of in item.items() if name != "function"}
    return {**outer, **inner, **({"function": rest} if rest else {})}


def _type_of(item: Mapping[str, Any]) -> str:
    """The type that an item without one is of, by its members; empty if they do not say."""
    function = members_in(item.get("function"))
    named = is_text(item.get("name")) or is_text(item.get("call_id")) or is_text(function.get("name"))
    if named and "output" not in item:
        return "function_call" if "arguments" in item or function else "custom_tool_call" if "input" in item else ""
    if item.get("role") == "assistant" and "content" in item:
        return "message"
    return "reasoning" if isinstance(item.get("summary"), list) else ""


def _parts(value: Any, part_type: str, name: str, repairs: Repairs) -> Any:
    """An item's list of parts; the list itself if that is what it is."""
    listed = value if isinstance(value, list) else [value] if isinstance(value, (str, Mapping)) else []
    if not listed or (listed is value and not any(isinstance(part, str) for part in listed)):
        return value
    repairs.append(f"{name} came as {kind_of(value)}, or as one of text, in place of a list of parts")
    return [{"type": part_type, "text": part} if isinstance(part, str) else part for part in listed]


def mend_response(response: Any, repairs: Repairs) -> Any:
    """A response whose output is a list, and its items are mended."""
    output = members_in(response).get("output")
    if isinstance(output, Mapping) and isinstance(output.get("type"), str):
        repairs.append("output came as an object in place of a list")
        return {**response, "output": [mend_item(output, repairs)]}
    if isinstance(output, list):
        mended = [mend_item(item, repairs) for item in output]
        for item in output:
            if not isinstance(item, Mapping):
                _doubt(f"an item of the output is {kind_of(item)}, left out", item, repairs)
        if any(map(is_not, mended, output)):
            return {**response, "output": mended}
    else:
        _doubt(f"output is {kind_of(output)}, left out", output, repairs)
    return response


def with_beside(response: Any, value: Mapping[str, Any], kind: str, repairs: Repairs) -> tuple[Any, tuple[str, ...]]:
    """The response of a terminal event with members of it that stand beside it, and their names."""
    known = {} if response is None else response
    if _rule_of(value, kind).act is not acts.terminal or not isinstance(known, Mapping):
        return response, ()
    found = {name: value[name] for name, of in _BESIDE.items() if isinstance(value.get(name), of) and value[name]}
    found = {name: of for name, of in found.items() if not known.get(name)}
    if not found:
        return response, ()
    repairs.append(f"{', '.join(found)} beside the response")
    return {**known, **found}, tuple(found)


def _doubt(what: str, value: Any, repairs: Repairs) -> None:
    """Note what is not read, if it may have a piece of a call's arguments; it is kept in any case."""
    if may_hold_arguments(value):
        repairs.lose(what)

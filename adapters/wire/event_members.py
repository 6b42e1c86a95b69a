"""What Responses events have of another shape than the API has it: deltas that are no text, and items of calls."""

from collections.abc import Mapping
from typing import Any

from ...reducer.responses import acts
from ...reducer.responses.table import RULES
from .members import Repairs, arguments_in, kind_of, members_in

__all__ = ["event_delta", "is_usual", "mend_item", "mend_response"]

_TEXTS = frozenset(kind for kind, rule in RULES.items() if rule.act is acts.delta)
_ARGUMENTS = frozenset(kind for kind, rule in RULES.items() if rule.act is acts.arguments)
_WHOLES = {"response.function_call_arguments.done": "arguments", "response.custom_tool_call_input.done": "input"}
_CALLS = ("function_call", "custom_tool_call")
_MEMBERS = ("arguments", "input")
"""Members that have the arguments of a call, by its type; a fold takes those of the other type as well."""
_ELSEWHERE = (*_MEMBERS, "parameters", "text", "delta")
"""Members that may have the arguments, where the one that should has none."""


def is_usual(kind: str, delta: Any, arguments: Any, input: Any) -> bool:  # noqa: A002
    """Whether an event has in its place what one of its type has: text, and none of it missing."""
    if kind in _WHOLES:
        return (arguments if _WHOLES[kind] == "arguments" else input) is not None
    return type(delta) is str or not (kind in _ARGUMENTS or (delta is not None and kind in _TEXTS))


def event_delta(value: Mapping[str, Any], kind: str, repairs: Repairs) -> Any:
    """An event's delta: text, where events of this type have text.

    An object, a list or a number in the place of a piece of arguments is JSON that was decoded; in the place of a piece
    of text it may have the text inside.
    """
    delta = value.get("delta")
    if kind in _ARGUMENTS or kind in _WHOLES:
        own = _WHOLES.get(kind, "delta")
        known = _MEMBERS if kind in _WHOLES else (own,)
        if not any(value.get(name) for name in known) and any(value.get(name) for name in _ELSEWHERE):
            repairs.lose(f"an event of a call's arguments has other members in place of `{own}`")
        return arguments_in(value, "delta", repairs)
    if delta is None or isinstance(delta, str) or kind not in _TEXTS:
        return delta
    inner = members_in(delta).get("text", delta)
    if isinstance(inner, (str, int)) and not isinstance(inner, bool):
        repairs.append(f"delta came as {kind_of(delta)} in place of text")
        return str(inner)
    repairs.append(f"delta is {kind_of(delta)}, left out")
    return None


def mend_item(item: Any, repairs: Repairs) -> Any:
    """An output item whose arguments are text, as the API has it; some servers send the object itself."""
    if members_in(item).get("type") not in _CALLS:
        return item
    odd = [name for name in _MEMBERS if item.get(name) is not None and not isinstance(item[name], str)]
    if odd:
        item = {**item, **{name: arguments_in(item, name, repairs) for name in odd}}
    if not any(map(item.get, _MEMBERS)) and any(map(item.get, _ELSEWHERE)):
        repairs.lose("a call's item has other members in place of its arguments")
    return item


def mend_response(response: Any, repairs: Repairs) -> Any:
    """A response whose output items are mended."""
    if isinstance(response, Mapping) and isinstance(response.get("output"), list):
        output = [mend_item(item, repairs) for item in response["output"]]
        if any(mended is not item for mended, item in zip(output, response["output"], strict=True)):
            return {**response, "output": output}
    return response

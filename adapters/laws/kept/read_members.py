"""What the folds read, listed by hand, level by level, and by their names what events are about.

From here on it is read naively which members of a frame are no fold's, and so are to be kept.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from ....reducer.shared.extras import NOT_KEPT
from .kept_members import says_something

OF_CHUNK = frozenset({"id", "model", "choices", "usage", "error", "x_groq", *NOT_KEPT["chunk"]})
ERRORS = ("error", "error_type", "error_message", "base_resp", "detail", "code", "status", "status_code")
"""Members that may make an error of the whole chunk, which then is read."""
OF_CHOICE = frozenset({"index", "delta", "finish_reason", "message", "usage", "error", *NOT_KEPT["choice"]})
OF_DELTA = frozenset(
    {
        *("content", "reasoning_content", "reasoning", "reasoning_text", "reasoning_details", "refusal", "thought"),
        *("tool_calls", "function_call", "annotations", "executed_tools", "extra_content", *NOT_KEPT["delta"]),
        *("thinking", "cot_summary"),
    }
)
OF_CALL = frozenset({"index", "id", "type", "function", "custom", *NOT_KEPT["call"]})
OF_FUNCTION = {"function": ("name", "arguments"), "custom": ("name", "input"), "function_call": ("name", "arguments")}
_REASONING_PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "thinking": ("thinking", ("text", "signature")),
    "reasoning": ("summary", ("text", "reasoning", "content", "signature")),
}
"""Of parts of content that are reasoning which member has pieces, and which texts beside it are read."""


def unread_parts(parts: Sequence[Any]) -> Iterator[Any]:
    """The parts of content that are no text or reasoning; and of those that are, and of their pieces, what is not read.

    It is kept with the type that it stood in.
    """
    for part in parts:
        if not isinstance(part, Mapping):
            yield from [] if part is None or isinstance(part, str) else [part]
        elif part.get("type") in list(_REASONING_PARTS):
            listed, read = _REASONING_PARTS[part["type"]]
            pieces = part.get(listed)
            odd: list[Any] = []
            for piece in pieces if isinstance(pieces, (list, tuple)) else [pieces]:
                if isinstance(piece, Mapping):
                    yield from _rest(piece, _texts(piece, "text", "signature"))
                elif not isinstance(piece, str) and says_something(piece):
                    odd.append(piece)
            yield from _rest({**part, listed: odd}, _texts(part, *read))
        elif part.get("type") == "refusal" and isinstance(part.get("refusal"), str):
            yield from _rest(part, ("refusal",))
        elif isinstance(part.get("text"), str):
            yield from _rest(part, ("text", *(["thought"] if isinstance(part.get("thought"), bool) else [])))
        else:
            yield part


def _texts(part: Mapping[str, Any], *names: str) -> list[str]:
    return [name for name in names if isinstance(part.get(name), str)]


def _rest(part: Mapping[str, Any], read: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    rest = {name: part[name] for name in part if name not in read and says_something(part[name])}
    if rest.keys() - {"type"} or not isinstance(rest.get("type", ""), str):
        yield rest


_USUAL: dict[str, Any] = {"response": Mapping, "item": Mapping, "part": Mapping, "annotation": object}


def left_out(event: Mapping[str, Any], read: Collection[str]) -> dict[str, Any]:
    """The members of an event that a fold would read, were they of their usual type, and the second of two wholes.

    They are kept, unless something in them is what is read.
    """
    odd = {name: of for name, of in event.items() if name in read and not isinstance(of, _USUAL.get(name, str))}
    wholes = {name: event[name] for name in ("arguments", "input") if name in read and event.get(name)}
    return odd | (wholes if len(wholes) > 1 else {})


def odd_members(members: Mapping[str, Any], level: str) -> dict[str, Any]:
    """The members that a fold of Chat Completions would read, were they of a type that it reads: they are kept.

    Args:
        members: of a chunk, a choice, a delta, a call or a function.
        level: which of these.
    """
    read = _AS_READ[level]
    odd = {name: of for name, of in members.items() if name in read and of is not None and not read[name](of)}
    for name in _LISTED & members.keys() & read.keys() - odd.keys():
        entries = members[name] if isinstance(members[name], (list, tuple)) else ()
        if beside := [entry for entry in entries if not isinstance(entry, Mapping) and says_something(entry)]:
            odd[name] = beside
    return odd | _other_reasoning(members) if level == "delta" else odd


def _other_reasoning(delta: Mapping[str, Any]) -> dict[str, Any]:
    """Texts of reasoning that say something else than the one that is read, which is the first."""
    details = delta.get("reasoning_details")
    listed = [of for of in (details if isinstance(details, (list, tuple)) else ()) if isinstance(of, Mapping)]
    texts = {name: of for name in REASONING if isinstance(of := delta.get(name), str) and of}
    detailed = "".join(str(next((of[name] for name in _IN_DETAILS if of.get(name)), "")) for of in listed)
    found = (*(texts[name] for name in _REASONING if name in texts), detailed, *texts.values())
    read = next(filter(None, found), "")
    content = delta.get("content")
    if _is_list_or_object(content) or any(_is_list_or_object(delta.get(name)) for name in _REASONING):
        return {}  # a text inside may be what is read
    return {name: of for name, of in texts.items() if of != read}


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def is_text(value: Any) -> bool:
    """Whether a value is read as text: a number stands for its digits."""
    return isinstance(value, str) or (type(value) is int and abs(value) < 10**100)


def _is_number(value: Any) -> bool:
    digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10
    return digits or type(value) is int or (isinstance(value, float) and value.is_integer())


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_list_or_object(value: Any) -> bool:
    return isinstance(value, (list, tuple, Mapping))


_REASONING = ("reasoning_content", "reasoning", "reasoning_text")
REASONING = (*_REASONING, "thinking", "cot_summary")
"""The members in which reasoning comes as text."""
_IN_DETAILS = ("text", "summary", "thinking")
_LISTED = frozenset({"choices", "tool_calls", "reasoning_details"})
_AS_READ: dict[str, dict[str, Callable[[Any], bool]]] = {
    "chunk": {"id": is_text, "model": is_text, "choices": _is_list, "usage": _is_object, "x_groq": _is_object},
    "choice": {
        **dict.fromkeys(("delta", "message", "usage"), _is_object),
        "index": _is_number,
        "finish_reason": is_text,
    },
    "delta": {
        **dict.fromkeys((*_REASONING, "refusal"), is_text),
        "content": lambda value: is_text(value) or _is_list_or_object(value),
        "tool_calls": _is_list_or_object,
        **dict.fromkeys(("reasoning_details", "annotations", "executed_tools"), _is_list),
        **dict.fromkeys(("function_call", "extra_content"), _is_object),
        "thought": _is_bool,
    },
    "call": {"id": is_text, "index": _is_number, "type": is_text, "function": _is_object, "custom": _is_object},
    "function": {"name": is_text},
}
"""What is read of each member, by level; what else it may hold is kept."""

OF_EVENT = frozenset(
    {
        *("type", "sequence_number", "output_index", "item_id", "call_id", "content_index", "summary_index"),
        *("command_index", "annotation_index", *NOT_KEPT["event"]),
    }
)
"""What only says which event it is, and what it is about."""
_NUMBERS = ("sequence_number", "output_index", "content_index", "summary_index", "command_index", "annotation_index")


def odd_addresses(event: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the place of a number or an id in an event, and is none: it is kept."""
    read = dict.fromkeys(_NUMBERS, _is_number) | dict.fromkeys(("item_id", "call_id"), is_text)
    return {of: event[of] for of in read if event.get(of) is not None and not read[of](event[of])}


BEGINNINGS = ("created", "queued", "in_progress")
ARGUMENTS = frozenset(
    {
        *("function_call_arguments", "function_call.arguments", "tool_call_arguments", "tool_call.arguments"),
        *("custom_tool_call_input", "custom_tool_call.input"),
    }
)
"""What has a call's arguments, by the name of its events without `response.` and their stage."""


def content_of(name: str) -> frozenset[str]:
    """What is read of an event beside that, by its name without `response.`."""
    about, _, stage = name.rpartition(".")
    if name in OF_ANSWER:
        return frozenset({"response"} if name in BEGINNINGS else {"response", "error", "message", "code"})
    if stage in ("added", "done") and about.endswith(("_item", "_part", "annotation")):
        return frozenset({"item" if about.endswith("_item") else "part" if about.endswith("_part") else "annotation"})
    if stage == "done" and about in ARGUMENTS:
        return frozenset({"arguments", "input"})
    if stage == "done" and about.startswith(("output_text", "refusal", "reasoning", "text")):
        return frozenset({"refusal" if about == "refusal" else "text"})
    if stage == "delta":
        return frozenset({"delta"})
    tool = stage in ("added", "done") or name == "keepalive"  # whose item says it again
    return frozenset({"arguments", "code"} if tool else {"partial_image_b64"})


def is_end(frame: Mapping[str, Any]) -> bool:
    """Whether an event whose name nothing is known of is the last of its response, whose status says that it ended."""
    kind, response = str(frame.get("type")), frame.get("response")
    name, status = kind.removeprefix("response."), response.get("status") if isinstance(response, Mapping) else None
    about_item = any(frame.get(of) is not None for of in ("output_index", "item_id"))
    unknown = kind.startswith("response.") and "." not in name and name not in OF_ANSWER
    return unknown and not about_item and str(status).lower() in _FINAL


_FINAL = ("completed", "incomplete", "failed", "cancelled", "canceled", "aborted", "expired")


BESIDE = frozenset({"usage", "output", "output_text", "status", "model", "incomplete_details"})
"""What is read of a response's end also where it stands beside the response, which then lacks it."""
_RESPONSE: dict[str, Any] = {
    "id": str,
    "model": str,
    "usage": Mapping,
    "text": Mapping,
    "reasoning": Mapping,
    "output": (list, tuple),
    "output_text": str,
    "status": str,
    "incomplete_details": Mapping,
    "error": object,
}
_PART: dict[str, Any] = {"type": object, "text": str, "refusal": str, "annotations": (list, tuple)}


def unread_of_response(response: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What is not read of a response: members that nothing reads, or that are of another type than is read."""
    types = _RESPONSE
    if name in BEGINNINGS or name == "error":
        going_on = ("id", "model", "usage", "text", "reasoning", "output")
        types = {of: types[of] for of in going_on} | dict.fromkeys(("status", "error"), object)
        failed = str(response.get("status")).lower() not in ("none", "", "queued", "in_progress")
        if failed or response.get("error"):  # of which other members are read
            types = dict.fromkeys(_RESPONSE, object) | types
    types = dict.fromkeys(NOT_KEPT["response"], object) | types
    mended = isinstance(response.get("output"), Mapping)
    return {
        of: member
        for of, member in response.items()
        if not isinstance(member, types.get(of, ())) and not (of == "output" and mended)
    }


def errors_of(members: Mapping[str, Any]) -> dict[str, Any]:
    """What may be an error, and is kept where it is not the one that is reported."""
    return {name: members.get(name) for name in ("error", "message", "code")}


def unread_of_part(part: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a part that no fold reads."""
    return {of: member for of, member in part.items() if not isinstance(member, _PART.get(of, ()))}


def without_flag(members: Mapping[str, Any]) -> dict[str, Any]:
    """Gemini's members, without the flag that the content is a thought."""
    google = members.get("google")
    if not isinstance(google, Mapping) or not isinstance(google.get("thought"), bool):
        return {**members}
    return {**members, "google": {name: google[name] for name in google if name != "thought"}}


def is_about_something(call: Mapping[str, Any]) -> bool:
    """Whether an entry says more than which call it is about, and of what type."""
    inner = [call[name] for name in call if name not in ("index", "type")]
    return any(any(of.values()) if isinstance(of, Mapping) else bool(of) for of in inner)


OF_ITEM = frozenset({"id", "type", "status", "content", "summary", "arguments", "input", "name", "call_id"})
PARTS = frozenset({"output_text", "text", "refusal", "reasoning_text", "summary_text"})
OF_ANSWER = frozenset(
    {"created", "queued", "in_progress", "completed", "incomplete", "failed", "cancelled", "canceled", "done", "error"}
)
"""The events about the response as a whole, by the end of their names."""
ABOUT_ITEMS = (
    "output_",
    "content_part",
    "text.",
    "refusal",
    "reasoning",
    "function_call_",
    "custom_tool_call_",
    "compaction",
    "mcp_list_tools",
    "keepalive",
)
STAGES = frozenset(
    {
        *("added", "delta", "done", "in_progress", "completed", "failed", "searching", "interpreting", "generating"),
        *("partial_image", "compacting", "keepalive"),
    }
)
"""How the names of such events end; of one that ends otherwise it is not judged where it is kept."""
CALLS = frozenset({"function_call", "custom_tool_call"})
MODEL_ITEMS = frozenset({"message", "reasoning"}) | CALLS

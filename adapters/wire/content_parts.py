"""Content that comes as a list of parts, as Mistral and Databricks send it, into deltas; and a delta's reasoning.

Reasoning has many names, and comes as an object or as blocks as well.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ...reducer.completions.chunk import Delta
from ...reducer.completions.reasoning_details import reasoning_of
from ...reducer.shared.extras import says_something
from .members import Repairs, kind_of, members_in, text_in

SOURCES = {"thinking": "content[].thinking", "reasoning": "content[].reasoning"}
"""What reasoning in parts of these types goes back as; of other types it has no name."""
_PIECES = {"thinking": "thinking", "reasoning": "summary"}
"""The members that these have their pieces in: Mistral's, and Databricks' summary."""
_TEXTS = {"thinking": ("text",), "reasoning": ("text", "reasoning", "content")}
"""The members in which others have the text itself."""
REASONING = ("reasoning_content", "reasoning", "reasoning_text")
"""The members that have a delta's reasoning as text."""
REASONING_ELSEWHERE = ("thinking", "cot_summary", "thinking_blocks")
"""Where it stands if none of these and no details have it: Ollama's, Azure's, LiteLLM's for Anthropic's blocks."""
_THOUGHTS = ("reasoning_text", "reasoning_content", "summary_text")


def parts_of(content: Any, repairs: Repairs) -> list[Delta]:
    """The parts of a content that is a list of them, or one."""
    return [
        piece for part in (content if isinstance(content, list) else [content]) for piece in deltas_of(part, repairs)
    ]


def with_call(delta: Mapping[str, Any], repairs: Repairs) -> Mapping[str, Any]:
    """A delta that is a piece of a tool call itself (Snowflake Cortex), with that call in its list."""
    if delta.get("type") != "tool_use" or delta.get("tool_calls"):
        return delta
    repairs.append("a delta that is a piece of a tool call itself")
    own = ("type", "tool_use_id", "name", "input")
    function = {"name": delta.get("name"), "arguments": delta.get("input")}
    call = {"id": delta.get("tool_use_id"), "function": function}
    return {**{name: member for name, member in delta.items() if name not in own}, "tool_calls": [call]}


def deltas_of(part: Any, repairs: Repairs) -> Iterator[Delta]:
    """A part of content, in the order of what is in it; what no fold reads of it rides along."""
    members = members_in(part)
    kind = members.get("type")
    if isinstance(part, str):
        yield Delta(content=part)
    elif kind in ("thinking", "reasoning"):
        yield from _of_reasoning(members, str(kind), repairs)
    elif kind == "refusal" and isinstance(members.get("refusal"), str):
        yield Delta(refusal=members["refusal"])
        yield from _rest(members, "refusal")
    elif isinstance(members.get("text"), str):
        is_thought = members.get("thought") is True or kind in _THOUGHTS
        yield _thought("", members["text"]) if is_thought else Delta(content=members["text"])
        yield from _rest(members, "text", *(["thought"] if isinstance(members.get("thought"), bool) else []))
    else:
        note = repairs.lose if kind in _OF_CALLS or "partial_json" in members else repairs.append
        note(f"a part of content of type {kind!r}, left out")
        if part is not None:
            yield Delta(extras={"content": [part]})


def _of_reasoning(part: Mapping[str, Any], kind: str, repairs: Repairs) -> Iterator[Delta]:
    """A part that is reasoning: its pieces, its own texts, its signature."""
    source, listed = SOURCES[kind], part.get(_PIECES[kind])
    odd, said = list[Any](), ""
    for piece in listed if isinstance(listed, list) else [listed]:
        if isinstance(piece, (str, Mapping)):
            text = piece if isinstance(piece, str) else text_in(piece, "text", repairs)
            said += text or ""
            yield _thought(source, text)
        if isinstance(piece, Mapping):
            yield from _signed(piece)
            yield from _rest(piece, *_read(piece, "text", "signature"))  # Mistral: references among the pieces
        elif not isinstance(piece, str) and says_something(piece):
            repairs.append(f"a piece of {_PIECES[kind]} is {kind_of(piece)}, left out")
            odd.append(piece)
    texts = _read(part, *_TEXTS[kind])
    yield from (_thought(source, part[name]) for name in texts if part[name] != said)
    yield from _signed(part)
    yield from _rest({**part, _PIECES[kind]: odd}, *texts, *_read(part, "signature"))


_OF_CALLS = ("tool_use", "tool_call", "tool_calls", "function_call", "function", "input_json_delta")
"""Types of parts that are a call, or a piece of its arguments, in the formats of other APIs."""


def _read(members: Mapping[str, Any], *names: str) -> list[str]:
    """Which of these members are texts, and so are read."""
    return [name for name in names if isinstance(members.get(name), str)]


def _rest(part: Mapping[str, Any], *read: str) -> Iterator[Delta]:
    """What no fold reads of a part of content."""
    rest = {name: member for name, member in part.items() if name not in read and says_something(member)}
    if rest.keys() - {"type"} or not isinstance(rest.get("type", ""), str):
        yield Delta(extras={"content": [rest]})


def _thought(source: str, text: str | None) -> Delta:
    return Delta(reasoning_content=text, reasoning_source=source) if text else Delta()


def _signed(part: Mapping[str, Any]) -> Iterator[Delta]:
    """The signature of a part of reasoning, as the details have it that go back to the provider."""
    signature = part.get("signature")
    if isinstance(signature, str) and signature:
        yield Delta(reasoning_details=[{"type": "reasoning.text", "signature": signature}])


def joined_extras(deltas: list[Delta]) -> dict[str, Any] | None:
    """The unread members of several deltas, parts of content one after the other."""
    extras = {name: member for delta in deltas for name, member in (delta.extras or {}).items()}
    parts = [part for delta in deltas for part in (delta.extras or {}).get("content", ())]
    return {**extras, **({"content": parts} if parts else {})} or None


_TEXTS_INSIDE = ("thinking", "text", "content", "reasoning", "summary")
_DEEPEST = 4


def _text_inside(value: Any, deeper: int = _DEEPEST) -> str:
    """The text of reasoning that came as an object or a list: `{"thinking": …}`, thinking blocks."""
    if isinstance(value, str) or not deeper:
        return value if isinstance(value, str) else ""
    if isinstance(value, list):
        return "".join(_text_inside(one, deeper - 1) for one in value)
    if not isinstance(value, Mapping):  # as nearly always; to go on would take a time for each name, at each level
        return ""
    return next(filter(None, (_text_inside(value.get(name), deeper - 1) for name in _TEXTS_INSIDE)), "")


def reasoning_fields(delta: Mapping[str, Any], repairs: Repairs) -> dict[str, Any]:
    """The fields of a delta that are its reasoning; where none has it as text, an object in its place may."""
    objects = [name for name in REASONING if isinstance(delta.get(name), (list, Mapping))]
    said: dict[str, Any] = {name: text_in(delta, name, repairs) for name in REASONING if name not in objects}
    if not any(said.values()) and not reasoning_of(delta.get("reasoning_details")):
        for name in (*objects, *REASONING_ELSEWHERE):
            if text := _text_inside(delta.get(name)):
                source = name if name == "thinking_blocks" else None
                if name in objects:
                    objects.remove(name)
                    repairs.append(f"{name} came as {kind_of(delta[name])} in place of text")
                    return {**said, name: text}
                return {**said, "reasoning_content": text, "reasoning_source": source}
    repairs.extend(f"{name} is {kind_of(delta[name])}, left out" for name in objects)
    return said

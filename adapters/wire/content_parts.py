"""Content that comes as a list of parts, as Mistral and Databricks send it, into deltas."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...reducer.completions.chunk import Delta
from ...reducer.shared.extras import says_something
from .members import Repairs, members_in, text_in


def deltas_of(part: Any, repairs: Repairs) -> Iterator[Delta]:
    """A part of content, in the order of what is in it; what no fold reads of it rides along."""
    kind = members_in(part).get("type")
    if isinstance(part, str):
        yield Delta(content=part)
    elif kind == "thinking":
        thinking = part.get("thinking")
        for piece in thinking if isinstance(thinking, list) else [thinking]:
            yield _thought(piece if isinstance(piece, str) else text_in(members_in(piece), "text", repairs))
            yield from _rest(members_in(piece), "text")  # Mistral: references among the pieces of a thought
        if isinstance(part.get("text"), str):
            yield _thought(part["text"])
        yield from _signed(part)
        yield from _rest(part, "thinking", "text", "signature")
    elif kind == "reasoning":  # Databricks: a summary in parts; others have the text itself
        summary = part.get("summary")
        for piece in summary if isinstance(summary, list) else [summary]:
            yield _thought(piece if isinstance(piece, str) else text_in(members_in(piece), "text", repairs))
            yield from _signed(piece)
            yield from _rest(members_in(piece), "text", "signature")
        texts = [name for name in ("text", "reasoning", "content") if isinstance(part.get(name), str)]
        for name in texts:
            yield _thought(part[name])
        yield from _signed(part)
        yield from _rest(part, "summary", "signature", *texts)
    elif kind == "refusal" and isinstance(part.get("refusal"), str):
        yield Delta(refusal=part["refusal"])
        yield from _rest(part, "refusal")
    elif isinstance(part, Mapping) and isinstance(part.get("text"), str):
        is_thought = part.get("thought") is True or kind in _REASONING
        yield _thought(part["text"]) if is_thought else Delta(content=part["text"])
        yield from _rest(part, "text", "thought")
    else:
        repairs.append(f"a part of content of type {kind!r}, left out")
        if part is not None:
            yield Delta(extras={"content": [part]})


_REASONING = ("reasoning_text", "reasoning_content", "summary_text")


def _rest(part: Mapping[str, Any], *read: str) -> Iterator[Delta]:
    """What no fold reads of a part of content."""
    rest = {name: member for name, member in part.items() if name not in read and says_something(member)}
    if rest.keys() - {"type"}:
        yield Delta(extras={"content": [rest]})


def _thought(text: str | None) -> Delta:
    return Delta(reasoning_content=text)


def _signed(part: Any) -> Iterator[Delta]:
    """The signature of a part of reasoning, as the details have it that go back to the provider."""
    signature = members_in(part).get("signature")
    if isinstance(signature, str) and signature:
        yield Delta(reasoning_details=[{"type": "reasoning.text", "signature": signature}])


def joined_extras(deltas: list[Delta]) -> dict[str, Any] | None:
    """The unread members of several deltas, parts of content one after the other."""
    extras = {name: member for delta in deltas for name, member in (delta.extras or {}).items()}
    parts = [part for delta in deltas for part in (delta.extras or {}).get("content", ())]
    return {**extras, **({"content": parts} if parts else {})} or None

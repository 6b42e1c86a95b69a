"""A message of a Responses result as an item of a request: as it was, under its id, or as a plain message."""

from collections.abc import Mapping

from ...reducer.result import OutputItem, RefusalPart, TextPart
from ...reducer.values.json_values import Json, as_object, as_text
from .turns import JsonObject, copied

_CITATIONS: Mapping[str, tuple[str, ...]] = {
    "container_file_citation": ("container_id", "end_index", "file_id", "filename", "start_index"),
    "file_citation": ("file_id", "filename", "index"),
    "file_path": ("file_id", "index"),
    "url_citation": ("end_index", "start_index", "title", "url"),
}
"""What a citation needs to be taken back, by its type; others are shown to a reader, and do not go."""


def says_something(item: OutputItem) -> bool:
    """Whether a message has text that is not white space alone, or a refusal; the API refuses one that has neither."""
    return bool(_text_of(item).strip())


def message_item(item: OutputItem) -> JsonObject:
    """A message with all of its parts, under its id."""
    status = "incomplete" if item.item.get("status") == "incomplete" else "completed"
    content = [made for part in item.parts if (made := _content_of(part))]
    return {"type": "message", "id": item.id, "role": "assistant", "status": status, "content": content, **_phase(item)}


def plain_message(item: OutputItem) -> JsonObject:
    """A message as if the caller had written it: text alone, and no id."""
    return {"type": "message", "role": "assistant", "content": _text_of(item), **_phase(item)}


def _text_of(item: OutputItem) -> str:
    texts = (part.text for part in item.parts if isinstance(part, TextPart))
    refusals = (part.refusal for part in item.parts if isinstance(part, RefusalPart))
    return "".join([*texts, *refusals])


def _content_of(part: object) -> JsonObject | None:
    if isinstance(part, TextPart) and part.text:
        citations = [copied(note) for note in part.annotations if _goes_back(note)]
        return {"type": "output_text", "text": part.text, "annotations": citations}
    if isinstance(part, RefusalPart) and part.refusal:
        return {"type": "refusal", "refusal": part.refusal}
    return None


def _goes_back(note: Json) -> bool:
    citation = as_object(note)
    needs = _CITATIONS.get(as_text(citation.get("type")))
    return needs is not None and all(citation.get(name) is not None for name in needs)


def _phase(item: OutputItem) -> JsonObject:
    """What the message is for: newer models want it back with every message of theirs."""
    phase = as_text(item.item.get("phase"))
    return {"phase": phase} if phase else {}

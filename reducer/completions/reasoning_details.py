"""OpenRouter's `reasoning_details`: structured reasoning that comes in fragments and must go back whole.

Fragments of one detail share its type and index; their texts are joined, and of the rest the last value that is not
null or empty counts (the signature comes last).
"""

from collections.abc import Iterator

from ..values.frozen_value import value
from ..values.json_values import EMPTY_OBJECT, FrozenObject, Json, as_list, as_object, as_text, freeze
from ..values.persistent import Lanes, PersistentMap
from ..values.text import EMPTY, Text

_TEXTS = ("text", "summary", "data")


@value
class ReasoningDetail:
    """One detail, so far: its members, and the text of each member that is text in pieces."""

    members: FrozenObject = EMPTY_OBJECT
    texts: tuple[tuple[str, Text], ...] = ()

    def whole(self) -> FrozenObject:
        """The detail as the provider would have sent it in one piece."""
        return FrozenObject({**self.members, **{name: str(text) for name, text in self.texts}})


@value
class ReasoningDetails:
    """All details of an answer, in order of first sight."""

    lanes: Lanes[ReasoningDetail] = Lanes()
    keys: PersistentMap[int] = PersistentMap()

    def add(self, fragments: Json) -> "ReasoningDetails":
        """These details with the fragments of one delta; what is no object is left out."""
        details = self
        for fragment in map(as_object, as_list(fragments)):
            if fragment:
                details = details._merge(FrozenObject(fragment))
        return details

    def _merge(self, fragment: FrozenObject) -> "ReasoningDetails":
        key = f"{_named(fragment, 'type')} {_named(fragment, 'index') or _named(fragment, 'id')}"
        position = self.keys.get(key)
        keys = self.keys if position is not None else self.keys.put(key, len(self.lanes))
        known = ReasoningDetail() if position is None else self.lanes.get(position)
        texts = dict(known.texts)
        members = dict(known.members)
        for name, raw in fragment.items():
            value = freeze(raw)
            if name in _TEXTS and as_text(value):
                texts[name] = texts.get(name, EMPTY).append(value)
            elif value is not None and (value != "" or name not in members):
                members[name] = value
        detail = ReasoningDetail(FrozenObject(members), tuple(texts.items()))
        at = len(self.lanes) if position is None else position
        return ReasoningDetails(self.lanes.put(at, detail), keys)

    def __iter__(self) -> Iterator[FrozenObject]:
        return (detail.whole() for detail in self.lanes)


def _named(fragment: FrozenObject, name: str) -> str:
    """A member that tells fragments apart, as text; empty if it is neither text nor a number."""
    value = fragment.get(name)
    return str(value) if isinstance(value, str) or isinstance(freeze(value), int) else ""


NO_REASONING_DETAILS = ReasoningDetails()
"""No details."""


def reasoning_of(fragments: Json) -> str:
    """The reasoning that the fragments of one delta show, for providers that send it nowhere else (Snowflake)."""
    return "".join(
        as_text(fragment.get("text")) or as_text(fragment.get("summary"))
        for fragment in map(as_object, as_list(fragments))
    )

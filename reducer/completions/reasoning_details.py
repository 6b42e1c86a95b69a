"""OpenRouter's `reasoning_details`: structured reasoning that comes in fragments and must go back whole.

Fragments of one detail share its type and index; their texts are joined, and of the rest the last value that is not
null or empty counts (the signature comes last).
"""

from collections.abc import Iterator

from attrs import frozen

from ..values.json_values import NOTHING, Json, Object, as_list, as_object, as_text, freeze
from ..values.persistent import Lanes, Table
from ..values.text import EMPTY, Text

_TEXTS = ("text", "summary", "data")


@frozen
class Detail:
    """One detail, so far: its members, and the text of each member that is text in pieces."""

    members: Object = NOTHING
    texts: tuple[tuple[str, Text], ...] = ()

    def whole(self) -> Object:
        """The detail as the provider would have sent it in one piece."""
        return Object({**self.members, **{name: str(text) for name, text in self.texts}})


@frozen
class Details:
    """All details of an answer, in order of first sight."""

    lanes: Lanes[Detail] = Lanes()
    keys: Table[int] = Table()

    def add(self, fragments: Json) -> "Details":
        """These details with the fragments of one delta; what is no object is left out."""
        details = self
        for fragment in map(as_object, as_list(fragments)):
            if fragment:
                details = details._merge(Object(fragment))
        return details

    def _merge(self, fragment: Object) -> "Details":
        key = f"{_named(fragment, 'type')} {_named(fragment, 'index') or _named(fragment, 'id')}"
        position = self.keys.get(key)
        keys = self.keys if position is not None else self.keys.put(key, len(self.lanes))
        known = Detail() if position is None else self.lanes.get(position)
        texts = dict(known.texts)
        members = dict(known.members)
        for name, raw in fragment.items():
            value = freeze(raw)
            if name in _TEXTS and as_text(value):
                texts[name] = texts.get(name, EMPTY).append(value)
            elif value is not None and (value != "" or name not in members):
                members[name] = value
        detail = Detail(Object(members), tuple(texts.items()))
        at = len(self.lanes) if position is None else position
        return Details(self.lanes.put(at, detail), keys)

    def __iter__(self) -> Iterator[Object]:
        return (detail.whole() for detail in self.lanes)


def _named(fragment: Object, name: str) -> str:
    """A member that tells fragments apart, as text; empty if it is neither text nor a number."""
    value = fragment.get(name)
    return str(value) if isinstance(value, str) or isinstance(freeze(value), int) else ""


NO_DETAILS = Details()
"""No details."""


def reasoning_of(fragments: Json) -> str:
    """The reasoning that the fragments of one delta show, for providers that send it nowhere else (Snowflake)."""
    return "".join(
        as_text(fragment.get("text")) or as_text(fragment.get("summary"))
        for fragment in map(as_object, as_list(fragments))
    )

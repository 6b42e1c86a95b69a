"""OpenRouter's `reasoning_details`: structured reasoning that comes in fragments and must go back whole.

Fragments of one detail share its type, its index and its id, as far as they have them; their texts are joined, and of
the rest the last value that is not null or empty counts (the signature comes last). What is encrypted or signed is
never joined, since the provider could not read it any more: another value begins another detail.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..limits import NO_LIMITS_SET, LimitPassed, Limits
from ..shared.extras import NO_ROOM, weight_of
from ..values.frozen_value import value
from ..values.json_values import FrozenObject, Json, as_list, as_object, as_text, freeze
from ..values.persistent import Lanes, PersistentMap
from ..values.text import EMPTY, Text

_TEXTS = ("text", "summary", "thinking")
_SEALED = ("data", "signature")


@value
class ReasoningDetail:
    """One detail, so far: its members, and the text of each member that is text in pieces."""

    members: PersistentMap[Json] = PersistentMap()
    texts: tuple[tuple[str, Text], ...] = ()

    def whole(self) -> FrozenObject:
        """The detail as the provider would have sent it in one piece."""
        members: dict[str, Json] = {}
        for layer in self.members.layers:
            members.update(layer)
        return FrozenObject({**members, **{name: str(text) for name, text in self.texts}})


_NO_DETAIL = ReasoningDetail()


class Added(NamedTuple):
    """What becomes of the fragments of one delta.

    Attributes:
        details: all details.
        dropped: how many members had no room.
        passed: the limit on lanes or characters that they pass; what fits is in the details.
        text: what is new of their texts.
    """

    details: "ReasoningDetails"
    dropped: int = 0
    passed: LimitPassed | None = None
    text: str = ""


@value
class ReasoningDetails:
    """All details of an answer, in order of first sight.

    Attributes:
        keys: where the detail is that a type, an index and perhaps an id mean.
        size: characters of the members that are no texts in pieces, names included.
    """

    lanes: Lanes[ReasoningDetail] = Lanes()
    keys: PersistentMap[int] = PersistentMap()
    size: int = 0

    def add(self, fragments: Json, limits: Limits = NO_LIMITS_SET, beside: str = "", cumulative: bool = False) -> Added:
        """These details with the fragments of one delta; what is no object is left out.

        Args:
            fragments: the fragments.
            limits: how many details there may be, and how long.
            beside: the reasoning of the same delta: a text that ends in it, and begins with all that came of its
                detail, repeats that.
            cumulative: whether all texts do.
        """
        details, dropped, passed, text = self, 0, None, ""
        for fragment in map(as_object, as_list(fragments)):
            if fragment and passed is None:
                details, more, passed, new = details._merge(FrozenObject(fragment), limits, beside, cumulative)
                dropped += more
                text += new
        return Added(details, dropped, passed, text)

    def _merge(self, fragment: FrozenObject, limits: Limits, beside: str, cumulative: bool) -> Added:
        place = f"{_named(fragment, 'type')}\n{_named(fragment, 'index')}"
        name = _named(fragment, "id")
        at = self._position(place, name, fragment)
        if at >= limits.lanes:
            return Added(self, passed=LimitPassed("lanes", "details of reasoning", limits.lanes))
        known = self.lanes.get(at) if at < len(self.lanes) else _NO_DETAIL
        texts, members, size, dropped, passed = dict(known.texts), known.members, self.size, 0, None
        new = dict.fromkeys(_TEXTS, "")
        changed: dict[int | str, Json] = {}
        for member, raw in fragment.items():
            value = freeze(raw)
            if member in _TEXTS and as_text(value):
                before = texts.get(member, EMPTY)
                value = new[member] = _beyond(before, value, beside, cumulative)
                fitting = value[: max(0, limits.characters - len(before))]
                texts[member] = before.append(fitting)
                if len(fitting) < len(value):
                    passed = LimitPassed("characters", "characters of a detail of reasoning", limits.characters)
            elif value is not None and value != (had := members.get(member)) and (value != "" or had is None):
                grown = _weight(member, value) - (0 if had is None else _weight(member, had))
                if size + grown > limits.extras:
                    dropped += 1
                else:
                    changed[member], size = value, size + grown
        keys: dict[int | str, int] = {}
        for key in (place, f"{place}\n{name}"):
            if self.keys.get(key) != at:
                keys[key] = at
        detail = ReasoningDetail(members.put_all(changed) if changed else members, tuple(texts.items()))
        lanes, known_by = self.lanes.put(at, detail), self.keys.put_all(keys) if keys else self.keys
        after = ReasoningDetails(lanes, known_by, size)
        return Added(after, dropped, passed, next(filter(None, new.values()), ""))

    def _position(self, place: str, name: str, fragment: FrozenObject) -> int:
        """Where the detail is that a fragment goes on with; the next position if it begins one.

        Without an id it goes on with the last of its type and index, and so does the first id that comes there.
        """
        new = len(self.lanes)
        at = self.keys.get(f"{place}\n{name}" if name else place)
        if at is None and name:
            at = self.keys.get(place)
            if at is not None and _named({"id": self.lanes.get(at).members.get("id")}, "id"):
                return new
        if at is None:
            return new
        before = self.lanes.get(at).members
        sealed = ((as_text(fragment.get(member)), as_text(before.get(member))) for member in _SEALED)
        return new if any(value and known and value != known for value, known in sealed) else at

    def __iter__(self) -> Iterator[FrozenObject]:
        return (detail.whole() for detail in self.lanes)


def _beyond(before: Text, value: str, beside: str, cumulative: bool) -> str:
    """What a text adds to what came of its detail."""
    if not before or not (cumulative or (beside and beside != value)) or not before.begins(value):
        return value
    added = value[len(before) :]
    return added if cumulative or added == beside else value


def _weight(name: str, value: Json) -> int:
    """How many characters a member is; what is nested too deeply has no room."""
    weight = weight_of(value)
    return len(name) + (NO_ROOM if weight is None else weight)


def _named(fragment: Mapping[str, Json], name: str) -> str:
    """A member that tells fragments apart, as text; empty if it is neither text nor a number."""
    value = fragment.get(name)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(freeze(value), int) else ""


NO_REASONING_DETAILS = ReasoningDetails()
"""No details."""


def reasoning_of(fragments: Json) -> str:
    """The reasoning that the fragments of one delta show, for providers that send it nowhere else (Snowflake)."""
    return "".join(
        as_text(fragment.get("text")) or as_text(fragment.get("summary")) or as_text(fragment.get("thinking"))
        for fragment in map(as_object, as_list(fragments))
    )

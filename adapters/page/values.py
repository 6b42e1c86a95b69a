"""Values as a table of nodes, for JSON: what two moments share is written once.

States are persistent: one differs from the one before in a few fields. So a node names a node before it, and holds the
fields in which it differs; and a text that only grew is a length into its last self. Equal values have the same number,
so that a reader sees at once what changed.

What stands for a value: a node's number; `[value]` for a number, a truth or nothing; `[text, length]` for the beginning
of a long text; a short text as itself.
"""

from collections.abc import Mapping
from enum import Enum
from itertools import chain
from typing import Any, TypeAlias

from ...reducer.values.persistent import Lanes, PersistentMap, PersistentVector
from ...reducer.values.text import Text

__all__ = ["Table"]

Ref: TypeAlias = int | str | tuple[Any, ...]

_SHORT = 32  # characters of a text that is not worth a place of its own
_LONGEST_CHAIN = 32  # nodes that a reader goes back through for one
_DEEPEST = 200


class Table:
    """Nodes and texts, filled by `ref`.

    Attributes:
        nodes: each node, as `[kind, base, members]`. The kind is a class's name, "" of a JSON object, "list" of a
            sequence. The base is the number of a node of the same kind, or -1; members are those that differ from it,
            null where one is missing. A sequence has its elements for members.
        texts: each long text, at its longest.
    """

    def __init__(self) -> None:
        self.nodes: list[list[Any]] = []
        self.texts: list[str] = []
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._whole: list[dict[str, Ref] | tuple[Ref, ...]] = []
        self._depths: list[int] = []
        self._last_node: dict[tuple[str, ...], int] = {}
        self._last_text: dict[tuple[str, ...], int] = {}
        self._seen: dict[int, tuple[object, Ref]] = {}
        self._before: dict[int, tuple[object, Ref]] = {}

    def ref(self, value: object, path: tuple[str, ...] = ()) -> Ref:
        """What stands for a value.

        Args:
            value: of a state, a result, a chunk or a message.
            path: where it stands, by which its earlier selves are found.
        """
        if isinstance(value, str):
            return self._text(value.value if isinstance(value, Enum) else value, path)
        if value is None or isinstance(value, (bool, int, float)):
            return (value,)
        if isinstance(value, Text):
            return self._text(str(value), path)
        known = self._seen.get(id(value)) or self._before.get(id(value))
        found = known[1] if known is not None else self._node(value, path)
        self._seen[id(value)] = value, found  # the value is kept, or another could have its id
        return found

    def forget(self) -> None:
        """Let go of the values of the moment before the last: what a moment shares is mostly with the one before."""
        self._before, self._seen = self._seen, {}

    def _text(self, text: str, path: tuple[str, ...]) -> Ref:
        if len(text) <= _SHORT:
            return text
        number = self._last_text.get(path)
        if number is not None:
            longest = self.texts[number]
            if text.startswith(longest):
                self.texts[number] = text
                return number, _units(text)
            if longest.startswith(text):
                return number, _units(text)
        self.texts.append(text)
        number = self._last_text[path] = len(self.texts) - 1
        return number, _units(text)

    def _node(self, value: object, path: tuple[str, ...]) -> Ref:
        if len(path) > _DEEPEST:
            return "…"
        members = _members(value)
        if members is None:
            return self._text(repr(value), path)
        kind, given = members
        if isinstance(given, Mapping):
            whole: Any = {name: self.ref(member, (*path, name)) for name, member in given.items()}
            key = (kind, *chain.from_iterable((name, _distinct(ref)) for name, ref in whole.items()))
        else:
            whole = tuple([self.ref(member, (*path, str(at))) for at, member in enumerate(given)])
            key = (kind, tuple(map(_distinct, whole)))
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.nodes)
            self._append(kind, whole, path)
        self._last_node[path] = number
        return number

    def _append(self, kind: str, whole: Any, path: tuple[str, ...]) -> None:
        base = self._last_node.get(path, -1)
        depth, changes = 0, whole
        if base >= 0 and kind != "list" and self.nodes[base][0] == kind and self._depths[base] < _LONGEST_CHAIN:
            before = self._whole[base]
            differs = {
                name: ref
                for name, ref in whole.items()
                if name not in before or _distinct(before[name]) != _distinct(ref)
            }
            gone = {name: None for name in before if name not in whole}
            if len(differs) + len(gone) < len(whole):
                depth, changes = self._depths[base] + 1, {**differs, **gone}
        self.nodes.append([kind, base if depth else -1, changes])
        self._whole.append(whole)
        self._depths.append(depth)


def _units(text: str) -> int:
    """How long JavaScript finds a text."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _distinct(ref: Ref) -> object:
    """What tells a reference from all others: to Python, 1 and true are equal."""
    return (type(ref[0]).__name__, *ref) if isinstance(ref, tuple) else ref


def _members(value: object) -> "tuple[str, Mapping[str, object] | tuple[object, ...]] | None":
    """A value's kind and members, as a reader thinks of them: a persistent collection is what it holds."""
    if isinstance(value, Mapping):
        return "", {str(name): member for name, member in value.items()}
    if isinstance(value, (PersistentVector, Lanes, tuple, list)):
        return "list", tuple(value)
    if isinstance(value, (set, frozenset)):
        return "list", tuple(sorted(value, key=repr))
    if isinstance(value, PersistentMap):
        layered: dict[str, object] = {}
        for layer in value.layers:
            layered |= {str(name): member for name, member in layer.items()}
        return "", layered
    if isinstance(value, Enum):
        return None
    fields = getattr(type(value), "__attrs_attrs__", None)
    if fields is None:
        return None
    return type(value).__name__, {field.name: getattr(value, field.name) for field in fields}

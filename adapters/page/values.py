"""Values as a table of nodes, for JSON: what two moments share is written once.

States are persistent: one differs from the one before in a few fields. So a node names a node before it, and holds the
fields in which it differs; and a text that only grew is a length into its last self. Equal values have the same number,
so that a reader sees at once what changed.

What stands for a value: a node's number; `[value]` for a whole number or nothing; `["true"]` for a truth, and `["1.0"]`
for a number that JavaScript would show otherwise or round; `[text, length]` for the beginning of a long text; a short
text as itself. Different values have different references in Python too, where 1, 1.0 and true are equal.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeAlias

from ...reducer.values.persistent import Lanes, PersistentMap, PersistentVector
from ...reducer.values.text import Text
from .texts import Texts

__all__ = ["Ref", "Table"]

Ref: TypeAlias = int | str | tuple[Any, ...]
_Path: TypeAlias = tuple[str, ...]

_SHORT = 32  # characters of a text that is not worth a place of its own
_WIDTH = 32  # members of a node of a sequence, as of `PersistentVector`
_LONGEST_CHAIN = 32  # nodes that a reader goes back through for one
_DEEPEST = 100
_EXACT = 2**53 - 1  # the largest whole number up to which JavaScript has all
_PRINTABLE_BITS = 2_000  # of whole numbers that every Python prints


class Table:
    """Nodes and texts, filled by `ref`.

    Attributes:
        nodes: each node, as `[kind, base, members]`. The kind is a class's name, "" of a JSON object, "list" of a
            sequence. The base is the number of a node of the same kind, or -1; members are those that differ from it,
            null where one is missing. A sequence has its elements for members: all, or by their positions those that
            differ. The members of a node of the kind "rows" are sequences that follow one another; those of a "layers"
            are objects, of which a later one's members hold.
        texts: the long texts.
        cost: how many members were looked at so far; a thousand characters count as one.
    """

    def __init__(self) -> None:
        self.nodes: list[list[Any]] = []
        self.texts = Texts()
        self.cost = 0
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._whole: list[dict[str, Ref] | tuple[Ref, ...]] = []
        self._depths: list[int] = []
        self._last_node: dict[_Path, int] = {}
        self._known: dict[int, tuple[object, Ref]] = {}
        self._remembers = False

    def ref(self, value: object, path: _Path = (), remembered: bool = False) -> Ref:
        """What stands for a value.

        Args:
            value: of a state, a result, a chunk or a message.
            path: where it stands, by which its earlier selves are found.
            remembered: whether later values share parts with it, as a state's do: each of its parts is looked at once.
                The table keeps them alive, so that no other value can have the identity of one.
        """
        self._remembers = remembered
        return self._ref(value, path)

    def _ref(self, value: object, path: _Path) -> Ref:
        if isinstance(value, str):
            return self._text(value.value if isinstance(value, Enum) else value, path)
        if value is None or isinstance(value, (bool, int, float)):
            return _number(value)
        known = self._known.get(id(value))
        if known is not None:
            return known[1]
        found = self._text(value, path) if isinstance(value, Text) else self._node(value, path)
        if self._remembers:
            self._known[id(value)] = value, found
        return found

    def _text(self, text: str | Text, path: _Path) -> Ref:
        if len(text) <= _SHORT:
            return str(text)
        self.cost += len(text) >> 10
        return self.texts.ref(text, path)

    def _node(self, value: object, path: _Path) -> Ref:
        if len(path) > _DEEPEST:
            return "…"
        if isinstance(value, PersistentMap):
            return self._made("layers", self._all(value.layers, path), path)
        tree = _tree_of(value)
        if tree is not None:
            return self._sequence(*tree, path)
        members = _members(value)
        if members is None:
            return self._text(repr(value), path)
        kind, given = members
        return self._made(kind, {name: self._ref(member, (*path, name)) for name, member in given.items()}, path)

    def _sequence(self, node: tuple[Any, ...], depth: int, path: _Path) -> Ref:
        """A sequence, as a tree of tuples: a part that is shared with another sequence is looked at once."""
        if not depth:
            return self._made("list", self._all(node, path), path)
        rows = list[Ref]()
        for at, row in enumerate(node):
            known = self._known.get(id(row))
            found = known[1] if known is not None else self._sequence(row, depth - 1, (*path, f"row {at}"))
            if self._remembers:
                self._known[id(row)] = row, found
            rows.append(found)
        return self._made("rows", tuple(rows), path)

    def _all(self, values: tuple[Any, ...], path: _Path) -> tuple[Ref, ...]:
        return tuple([self._ref(one, (*path, str(at))) for at, one in enumerate(values)])

    def _made(self, kind: str, whole: dict[str, Ref] | tuple[Ref, ...], path: _Path) -> int:
        """The number of a node with these members."""
        self.cost += len(whole)
        key = (kind, whole) if isinstance(whole, tuple) else (kind, tuple(whole), tuple(whole.values()))
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.nodes)
            self._append(kind, whole, path)
        self._last_node[path] = number
        return number

    def _append(self, kind: str, whole: dict[str, Ref] | tuple[Ref, ...], path: _Path) -> None:
        base = self._last_node.get(path, -1)
        depth = 0
        changes: object = whole
        if base >= 0 and self.nodes[base][0] == kind and self._depths[base] < _LONGEST_CHAIN:
            differs = _changes(self._whole[base], whole)
            if differs is not None and len(differs) < len(whole):
                depth, changes = self._depths[base] + 1, differs
        self.nodes.append([kind, base if depth else -1, changes])
        self._whole.append(whole)
        self._depths.append(depth)


def _number(value: float | None) -> Ref:
    """A number, a truth or nothing."""
    if value is None or (type(value) is int and -_EXACT <= value <= _EXACT):
        return (value,)
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, int):
        return (str(value) if value.bit_length() < _PRINTABLE_BITS else hex(value),)
    return (repr(value),)


def _changes(before: Any, after: Any) -> dict[str, Ref | None] | None:
    """What differs in members of the same kind; None where a sequence became shorter."""
    if isinstance(after, dict):
        gone: dict[str, Ref | None] = {name: None for name in before if name not in after}
        return gone | {name: ref for name, ref in after.items() if name not in before or before[name] != ref}
    if len(before) > len(after):
        return None
    return {str(at): ref for at, ref in enumerate(after) if at >= len(before) or before[at] != ref}


def _tree_of(value: object) -> tuple[tuple[Any, ...], int] | None:
    """A sequence as a tree of tuples, and how many levels lie above its elements; None for what is no sequence."""
    if isinstance(value, Lanes):
        value = value.resting if value.lane is None else value.resting.put(value.at, value.lane)
    if isinstance(value, PersistentVector):
        return value.root, value.depth
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=repr)
    if not isinstance(value, (tuple, list)):
        return None
    nodes, depth = tuple(value), 0
    while len(nodes) > _WIDTH:
        nodes, depth = tuple(nodes[at : at + _WIDTH] for at in range(0, len(nodes), _WIDTH)), depth + 1
    return nodes, depth


def _members(value: object) -> tuple[str, Mapping[str, object]] | None:
    """The kind and the members of an object or of a value of one of our classes."""
    if isinstance(value, Mapping):
        return "", {str(name): member for name, member in value.items()}
    fields = None if isinstance(value, Enum) else getattr(type(value), "__attrs_attrs__", None)
    if fields is None:
        return None
    return type(value).__name__, {field.name: getattr(value, field.name) for field in fields}

"""States, chunks, messages, ends and results as plain JSON values, and back: stop on one host, go on at another.

A snapshot is `{"streamfold": VERSION, "type": "chat.State", "value": {…}}`. In it

- fields have their own names, and those that equal their default are left out;
- a `Text` is its string, and a `RunCursor` goes without the two ids that follow from the rest;
- a text that has both halves of a surrogate pair as two characters is a list, cut between them (see `halves`);
- a `PersistentMap` is a list of its layers, each a list of (key, value), since an object's keys would all be strings;
- a `PersistentVector` is the list of its values;
- a member of a union (a content part, an end, a state's config) has its name under "type".

JSON that a chunk carries comes back as a decoder gives it, dicts and lists; everywhere else it comes back frozen, as
the fold keeps it. Types are checked on the way in. Whether any fold could have come to a state is not: keep snapshots
where nobody else writes.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import cycle
from math import isfinite
from typing import Any, Literal, NoReturn, TypeAlias, get_args, get_origin

from attrs import evolve, frozen, has
from cattrs import Converter, errors
from cattrs.gen import make_dict_structure_fn

from ..reducer import chat, inner_thoughts, responses
from ..reducer.completions.chunk import Chunk
from ..reducer.config import BaseConfig, CompletionsConfig
from ..reducer.machine import Done, End, Undecodable
from ..reducer.messages import Message
from ..reducer.otid import RunCursor, initial_cursor, otid
from ..reducer.responses.event import Event
from ..reducer.result import ContentPart, Result
from ..reducer.values.json_values import FrozenObject, Json, freeze
from ..reducer.values.persistent import PersistentMap, PersistentVector
from ..reducer.values.text import Text, text
from .errors import SnapshotError
from .surrogates import join_pairs, split_pairs

__all__ = ["VERSION", "Snapshot", "SnapshotError", "dumps", "loads", "structure", "unstructure"]

VERSION = 1
"""Of the format. It rises with every change that makes old snapshots read differently, or new ones unreadable."""

_Config: TypeAlias = chat.Config | inner_thoughts.Config | responses.Config
_Chunk: TypeAlias = Chunk | Event | Done | Undecodable
Snapshot: TypeAlias = chat.State | responses.State | _Config | _Chunk | Message | End | Result
"""What can be stored."""

_LONGEST = 300  # characters of an error
_LONGEST_SHOWN = 60  # of a value in it
_KEY = "a whole number or text"


def unstructure(value: Snapshot) -> dict[str, Any]:
    """A value as plain JSON values: dicts with strings for keys, lists, strings, numbers, booleans, None.

    Args:
        value: a state, config or chunk of one of the three wires, a `Done` or `Undecodable`, a message, an end, or a
            `Result`.

    Raises:
        SnapshotError: if it is something else, or hand-made of what the fields' types do not allow.
    """
    name = _name_of(value)
    if not name:
        raise SnapshotError(f"there are no snapshots of {type(value).__name__}")
    try:
        return {"streamfold": VERSION, "type": name, "value": _converter(name in _CHUNKS).unstructure(value)}
    except Exception as error:  # whatever cattrs comes upon in a hand-made value
        raise SnapshotError(_line(f"no snapshot of this {name}: {_why(error)}")) from None


def structure(data: Json) -> Any:
    """The value that a snapshot is of: equal to the one that went in, and a state goes on as if nothing had happened.

    Args:
        data: what `unstructure` gave, perhaps by way of JSON.

    Raises:
        SnapshotError: if it is no snapshot, of another version, of an unknown type, or has fields that are missing,
            unknown or wrong.
    """
    name, members = _opened(data)
    try:
        value: Any = _converter(name in _CHUNKS).structure(members, _TYPES[name])
    except Exception as error:  # one of ours, one of an attrs validator, or a group of them
        path, reason = _located(error)
        raise SnapshotError(_line(f"{name} (version {VERSION}): {path}: {reason}")) from None
    if _name_of(value) != name:
        raise SnapshotError(f"{name} (version {VERSION}): value.config is that of another wire")
    return value


def dumps(value: Snapshot) -> bytes:
    """A value as JSON: one line of ASCII, so that text with half a surrogate pair in it survives any transport.

    Raises:
        SnapshotError: as `unstructure`.
    """
    data = unstructure(value)
    try:
        return json.dumps(data, allow_nan=False, separators=(",", ":")).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise SnapshotError(_line(f"no snapshot of this {data['type']}: {_why(error)}")) from None


def loads(data: bytes | str) -> Any:
    """The value that `dumps` was given.

    Raises:
        SnapshotError: as `structure`; or if it is no JSON.
    """
    try:
        decoded = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise SnapshotError(_line(f"not a snapshot: not JSON: {_why(error)}")) from None
    return structure(decoded)


_CONFIGS: dict[str, type] = {
    "chat.Config": chat.Config,
    "inner_thoughts.Config": inner_thoughts.Config,
    "responses.Config": responses.Config,
}
_STATES: dict[str, type] = {
    "chat.State": chat.State,
    "inner_thoughts.State": inner_thoughts.State,
    "responses.State": responses.State,
}
# Both Chat Completions wires have the same chunks.
_CHUNKS: dict[str, type] = {"chat.Chunk": Chunk, "responses.Chunk": Event}
_PLAIN = (Done, Undecodable, Result, *get_args(Message), *get_args(End), *get_args(ContentPart))
_TYPES: dict[str, type] = {**_STATES, **_CONFIGS, **_CHUNKS, **{of.__name__: of for of in _PLAIN}}
_NAMES = {of: name for name, of in _TYPES.items() if name not in _STATES}
_TOP = _TYPES.keys() - {of.__name__ for of in get_args(ContentPart)}


def _name_of(value: object) -> str:
    """The name that a value is stored under; empty if there is none. A state's is that of its config's wire."""
    if isinstance(value, (chat.State, responses.State)):
        name = _NAMES.get(type(value.config), "").replace(".Config", ".State")
        return name if _TYPES.get(name) is type(value) else ""
    name = _NAMES.get(type(value), "")
    return name if name in _TOP else ""


def _opened(data: Json) -> tuple[str, Json]:
    """A snapshot's type and value."""
    if not isinstance(data, Mapping):
        raise SnapshotError(f"not a snapshot: {_shown(data)} instead of an object")
    if "streamfold" not in data:
        raise SnapshotError('not a snapshot: it has no version (under "streamfold")')
    version = data["streamfold"]
    if type(version) is not int:
        raise SnapshotError(f"a snapshot of unknown version {_shown(version)}; this streamfold reads {VERSION}")
    if version != VERSION:
        age = "an older" if version < VERSION else "a newer"
        raise SnapshotError(f"a snapshot of version {_shown(version)}, by {age} streamfold; this one reads {VERSION}")
    if data.keys() != {"streamfold", "type", "value"}:
        found = _listed(data)
        raise SnapshotError(_line(f"a snapshot (version {VERSION}) has streamfold, type and value, not {found}"))
    name = data["type"]
    if not isinstance(name, str) or name not in _TOP:
        raise SnapshotError(f"a snapshot (version {VERSION}) of unknown type {_shown(name)}")
    return name, data["value"]


@frozen
class _Cursor:
    """A `RunCursor` without the ids that follow from its own and its index."""

    id: str
    run_id: str | None = None
    step_id: str | None = None
    type: str = ""
    index: int = -1


@cache
def _converter(for_chunks: bool) -> Converter:
    """What converts chunks, whose JSON is as it came, or all else, where it is frozen.

    Made at the first use, and cattrs compiles each class at its own: who never stores a state pays for neither.
    """
    if for_chunks:
        return _strict(lambda value: _plain(freeze(value)), _same)
    converter = _strict(_plain, _frozen)
    _register(
        converter, lambda of: of is FrozenObject, _plain, lambda value: _frozen(_expect(value, Mapping, "an object"))
    )
    _register(converter, lambda of: of is Text, lambda value: split_pairs(str(value)), lambda value: text(_text(value)))
    _register_run(converter)
    _register_tables(converter)
    _register_rows(converter)
    _register_tagged(converter, lambda of: of in (BaseConfig, CompletionsConfig), _CONFIGS.values())
    _register_tagged(converter, lambda of: of == End | None, get_args(End))
    _register_tagged(converter, lambda of: of == ContentPart, get_args(ContentPart))
    return converter


def _strict(plain: Callable[[Any], Any], opaque: Callable[[Any], Any]) -> Converter:
    """A converter that takes nothing for something else, where cattrs' own rules would convert.

    Args:
        plain: JSON that the core carries without reading it, on its way out.
        opaque: the same on its way in.
    """
    converter = Converter(omit_if_default=True)
    _register(converter, lambda of: of is Any or of is object, plain, opaque)
    converter.register_unstructure_hook(str, lambda value: split_pairs(value) if isinstance(value, str) else value)
    converter.register_structure_hook(str, lambda value, _: _text(value))
    converter.register_structure_hook(int, lambda value, _: _expect(value, int, "a whole number"))
    converter.register_structure_hook(bool, lambda value, _: _expect(value, bool, "true or false"))
    _register(converter, lambda of: of == int | str, _same, lambda value: _expect(value, (int, str), _KEY))
    _register(converter, lambda of: of == bool | Literal["opened"], _same, _same)  # `Config` itself checks it
    converter.register_structure_hook_factory(_made_of(Literal), _structure_literal)
    converter.register_structure_hook_factory(_is_class, _structure_class)
    converter.register_structure_hook_factory(_made_of(tuple), _structure_tuple)
    converter.register_unstructure_hook_factory(_made_of(tuple), _unstructure_tuple)
    names = converter.get_structure_hook(tuple[str, ...])
    _register(converter, lambda of: of == frozenset[str], sorted, lambda value: frozenset(names(value, tuple)))
    return converter


def _register(
    converter: Converter, is_it: Callable[[Any], bool], out: Callable[[Any], Any], back: Callable[[Any], Any]
) -> None:
    converter.register_unstructure_hook_func(is_it, out)
    converter.register_structure_hook_func(is_it, lambda value, _: back(value))


def _made_of(kind: Any) -> Callable[[Any], bool]:
    return lambda of: get_origin(of) is kind


def _is_class(of: Any) -> bool:
    return has(get_origin(of) or of)


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    return join_pairs(value, lambda part: _expect(part, str, "text"))


def _register_run(converter: Converter) -> None:
    def out(run: RunCursor) -> Any:
        return converter.unstructure(_Cursor(run.id, run.run_id, run.step_id, run.type, run.index))

    def back(value: Json) -> RunCursor:
        cursor = converter.structure(value, _Cursor)
        run = initial_cursor(cursor.id, cursor.run_id, cursor.step_id)
        if cursor.index < 0:
            return run
        return evolve(run, type=cursor.type, index=cursor.index, otid=otid(cursor.id, cursor.index))

    _register(converter, lambda of: of is RunCursor, out, back)


def _register_tables(converter: Converter) -> None:
    def entries(of: Any) -> Any:
        return tuple[tuple[tuple[int | str, get_args(of)[0]], ...], ...]  # type: ignore[misc]

    def unstructure_factory(of: Any) -> Callable[[PersistentMap[Any]], Any]:
        hook = converter.get_unstructure_hook(entries(of))
        return lambda table: hook(tuple(tuple(layer.items()) for layer in table.layers))

    def structure_factory(of: Any) -> Callable[[Json, Any], PersistentMap[Any]]:
        hook = converter.get_structure_hook(entries(of))
        return lambda value, _: PersistentMap(tuple(map(FrozenObject, hook(value, of))))

    converter.register_unstructure_hook_factory(_made_of(PersistentMap), unstructure_factory)
    converter.register_structure_hook_factory(_made_of(PersistentMap), structure_factory)


def _register_rows(converter: Converter) -> None:
    def unstructure_factory(of: Any) -> Callable[[PersistentVector[Any]], Any]:
        hook = converter.get_unstructure_hook(tuple[get_args(of)[0], ...])  # type: ignore[misc]
        return lambda row: hook(tuple(map(row.get, range(row.size))))

    def structure_factory(of: Any) -> Callable[[Json, Any], PersistentVector[Any]]:
        hook = converter.get_structure_hook(tuple[get_args(of)[0], ...])  # type: ignore[misc]

        def back(value: Json, _: Any) -> PersistentVector[Any]:
            row: PersistentVector[Any] = PersistentVector()
            for position, entry in enumerate(hook(value, of)):
                row = row.put(position, entry)
            return row

        return back

    converter.register_unstructure_hook_factory(_made_of(PersistentVector), unstructure_factory)
    converter.register_structure_hook_factory(_made_of(PersistentVector), structure_factory)


def _register_tagged(converter: Converter, is_it: Callable[[Any], bool], members: Iterable[type]) -> None:
    """A union whose members are told apart by their name, under "type"; None stays None."""
    names = {_NAMES[of]: of for of in members}

    def out(value: Any) -> Any:  # a KeyError names the class that is none of them
        return None if value is None else {"type": _NAMES[type(value)], **converter.unstructure(value)}

    def back(value: Json) -> Any:
        if value is None and is_it(End | None):
            return None
        name = _expect(value, Mapping, "an object").get("type")
        if not isinstance(name, str) or name not in names:
            _refuse(name, f"of a type that is one of {_listed(names)}")
        return converter.structure({key: member for key, member in value.items() if key != "type"}, names[name])

    _register(converter, is_it, out, back)


def _structure_class(of: Any, converter: Converter) -> Callable[[Json, Any], Any]:
    make = make_dict_structure_fn(of, converter, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True)
    return lambda value, _: make(_expect(value, Mapping, "an object"), of)


def _structure_literal(of: Any) -> Callable[[Json, Any], Any]:
    words = get_args(of)
    return lambda value, _: value if value in words else _refuse(value, f"one of {_listed(words)}")


def _structure_tuple(of: Any, converter: Converter) -> Callable[[Json, Any], Any]:
    members = get_args(of)
    length = None if members[-1] is ... else len(members)
    hooks = [(converter.get_structure_hook(member), member) for member in (members if length else members[:1])]

    def back(value: Json, _: Any) -> Any:
        entries = _expect(value, (list, tuple), "a list")
        if length and len(entries) != length:
            raise ValueError(f"must have {length} entries, not {len(entries)}")
        made: list[Any] = []
        for entry, (hook, member) in zip(entries, cycle(hooks), strict=False):
            try:
                made.append(hook(entry, member))
            except Exception as error:
                error.add_note(errors.IterableValidationNote("", len(made), member))
                raise errors.IterableValidationError("", [error], of) from None
        return tuple(made)

    return back


def _unstructure_tuple(of: Any, converter: Converter) -> Callable[[Any], list[Any]]:
    hooks = [converter.get_unstructure_hook(member) for member in get_args(of)]
    if get_args(of)[-1] is ...:
        return lambda value: list(map(hooks[0], value))
    return lambda value: [hook(entry) for hook, entry in zip(hooks, value, strict=True)]


def _plain(value: Json) -> Json:
    if isinstance(value, dict):
        return dict(zip(value, map(_plain, value.values()), strict=True))
    return list(map(_plain, value)) if isinstance(value, (tuple, list)) else value


def _frozen(value: Json) -> Json:
    """As `freeze`, but nothing is put in another's place: what is no JSON, or nested too deeply, is refused."""
    if isinstance(value, Mapping):
        return FrozenObject(zip(value, map(_frozen, value.values()), strict=True))
    if isinstance(value, (list, tuple)):
        return tuple(map(_frozen, value))
    if value is None or isinstance(value, (str, int)) or (isinstance(value, float) and isfinite(value)):
        return value
    return _refuse(value, "JSON")


def _expect(value: Json, of: Any, words: str) -> Any:
    if isinstance(value, of) and (of is bool or not isinstance(value, bool)):
        return value
    return _refuse(value, words)


def _refuse(value: Json, words: str) -> NoReturn:
    raise ValueError(f"must be {words}, not {_shown(value)}")


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _located(error: Exception) -> tuple[str, str]:
    """Where in the snapshot the first thing is wrong, and what."""
    path = "value"
    while isinstance(error, errors.BaseValidationError):
        error = error.exceptions[0]
        for note in getattr(error, "__notes__", ()):
            if isinstance(note, errors.AttributeValidationNote):
                path += f".{note.name}"
            elif isinstance(note, errors.IterableValidationNote):
                path += f"[{note.index}]"
    return path, "is missing" if isinstance(error, KeyError) else _why(error)


def _why(error: Exception) -> str:
    if isinstance(error, errors.ForbiddenExtraKeysError):
        return f"unknown {_listed(error.extra_fields)}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _listed(names: Iterable[object]) -> str:
    return ", ".join(sorted(map(repr, names)))


def _shown(value: object) -> str:
    """A value in an error: short, on one line."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, int) and value.bit_length() > _LONGEST:
        return "a long number"  # Python refuses to print the longest
    shown = "null" if value is None else repr(value)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"


def _line(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"

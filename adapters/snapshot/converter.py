"""The cattrs converter of snapshots: strict, and with a form of its own for each of the core's containers."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import cycle
from math import isfinite
from typing import Any, Literal, get_args, get_origin

from attrs import evolve, frozen, has
from cattrs import Converter, errors
from cattrs.gen import make_dict_structure_fn

from ...reducer.config import BaseConfig, CompletionsConfig
from ...reducer.doubts import Doubt
from ...reducer.ends import End
from ...reducer.otid import RunCursor, initial_cursor, otid
from ...reducer.responses.parts import Part, Parts, parts_of
from ...reducer.result import ContentPart
from ...reducer.shared.extras import Extras, extras_of
from ...reducer.values.json_values import FrozenObject, Json, freeze
from ...reducer.values.persistent import PersistentMap, PersistentVector
from ...reducer.values.text import Text, text
from ..surrogates import read_split_text, write_split_text
from .refusals import expect, listed, refuse
from .stored_types import CONFIGS, NAMES

_KEY = "a whole number or text"


@frozen
class _Cursor:
    """A `RunCursor` without the ids that follow from its own and its index."""

    id: str
    run_id: str | None = None
    step_id: str | None = None
    type: str = ""
    index: int = -1
    skipped: frozenset[str] = frozenset()
    emitted: str = ""  # where that is another type


@cache
def converter_for(for_chunks: bool) -> Converter:
    """What converts chunks, whose JSON is as it came, or all else, where it is frozen.

    Made at the first use, and cattrs compiles each class at its own: who never stores a state pays for neither.
    """
    if for_chunks:
        return _strict(lambda value: _plain(freeze(value)), _same)
    converter = _strict(_plain, _frozen)
    _register(
        converter, lambda of: of is FrozenObject, _plain, lambda value: _frozen(expect(value, Mapping, "an object"))
    )
    _register(
        converter, lambda of: of is Text, lambda value: write_split_text(str(value)), lambda value: text(_text(value))
    )
    _register(
        converter,
        lambda of: of is Extras,
        lambda extras: _plain(extras.frozen()),
        lambda value: extras_of(_frozen(expect(value, Mapping, "an object"))),
    )
    _register_run(converter)
    _register_tables(converter)
    _register_rows(converter)
    _register_parts(converter)
    _register_tagged(converter, lambda of: of in (BaseConfig, CompletionsConfig), CONFIGS.values())
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
    converter.register_unstructure_hook(str, lambda value: write_split_text(value) if isinstance(value, str) else value)
    converter.register_structure_hook(str, lambda value, _: _text(value))
    converter.register_unstructure_hook(Doubt, lambda doubt: doubt.value)  # not as the text that it is as well
    converter.register_structure_hook(Doubt, lambda value, _: _doubt(value))
    converter.register_structure_hook(int, lambda value, _: expect(value, int, "a whole number"))
    converter.register_structure_hook(bool, lambda value, _: expect(value, bool, "true or false"))
    converter.register_structure_hook_func(lambda of: of == int | str, lambda value, _: _key(value))
    converter.register_structure_hook_factory(_made_of(Literal), _structure_literal)
    converter.register_structure_hook_factory(has, _structure_class)
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


def _same(value: Any) -> Any:
    return value


def _doubt(value: Any) -> Doubt:
    words = [doubt.value for doubt in Doubt]
    return Doubt(value) if value in words else refuse(value, f"one of {listed(words)}")


def _text(value: Any) -> str:
    return read_split_text(value, lambda part: expect(part, str, "text"))


def _key(value: Any) -> int | str:
    if isinstance(value, int):
        return int(expect(value, int, _KEY))
    return read_split_text(value, lambda part: expect(part, str, _KEY))


def _register_run(converter: Converter) -> None:
    def out(run: RunCursor) -> Any:
        emitted = "" if run.emitted == run.type else run.emitted
        cursor = _Cursor(run.id, run.run_id, run.step_id, run.type, run.index, run.skipped, emitted)
        return converter.unstructure(cursor)

    def back(value: Json) -> RunCursor:
        cursor = converter.structure(value, _Cursor)
        run = initial_cursor(cursor.id, cursor.run_id, cursor.step_id, cursor.skipped)
        if cursor.index < 0:
            return evolve(run, type=cursor.type)
        emitted, number = cursor.emitted or cursor.type, otid(cursor.id, cursor.index)
        return evolve(run, type=cursor.type, index=cursor.index, otid=number, emitted=emitted)

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
        return lambda row: hook(tuple(row))

    def structure_factory(of: Any) -> Callable[[Json, Any], PersistentVector[Any]]:
        hook = converter.get_structure_hook(tuple[get_args(of)[0], ...])  # type: ignore[misc]
        return lambda value, _: PersistentVector[Any]().extended(hook(value, of))

    converter.register_unstructure_hook_factory(_made_of(PersistentVector), unstructure_factory)
    converter.register_structure_hook_factory(_made_of(PersistentVector), structure_factory)


def _register_parts(converter: Converter) -> None:
    def structure_factory(_: Any) -> Callable[[Json, Any], Parts]:
        hook = converter.get_structure_hook(tuple[Part, ...])
        return lambda value, _: parts_of(hook(value, tuple[Part, ...]))

    def unstructure_factory(_: Any) -> Callable[[Parts], Any]:
        hook = converter.get_unstructure_hook(tuple[Part, ...])
        return lambda parts: hook(tuple(parts))

    converter.register_unstructure_hook_factory(lambda of: of is Parts, unstructure_factory)
    converter.register_structure_hook_factory(lambda of: of is Parts, structure_factory)


def _register_tagged(converter: Converter, is_it: Callable[[Any], bool], members: Iterable[type]) -> None:
    """A union whose members are told apart by their name, under "type"; a None that is a default is left out."""
    names = {NAMES[of]: of for of in members}

    def out(value: Any) -> Any:  # a KeyError names the class that is none of them
        return {"type": NAMES[type(value)], **converter.unstructure(value)}

    def back(value: Json) -> Any:
        if value is None and is_it(End | None):
            return None
        name = expect(value, Mapping, "an object").get("type")
        if not isinstance(name, str) or name not in names:
            refuse(name, f"of a type that is one of {listed(names)}")
        return converter.structure({key: member for key, member in value.items() if key != "type"}, names[name])

    _register(converter, is_it, out, back)


def _structure_class(of: Any, converter: Converter) -> Callable[[Json, Any], Any]:
    make = make_dict_structure_fn(of, converter, _cattrs_forbid_extra_keys=True)
    return lambda value, _: make(expect(value, Mapping, "an object"), of)


def _structure_literal(of: Any) -> Callable[[Json, Any], Any]:
    words = get_args(of)
    return lambda value, _: value if value in words else refuse(value, f"one of {listed(words)}")


def _structure_tuple(of: Any, converter: Converter) -> Callable[[Json, Any], Any]:
    members = get_args(of)
    length = None if members[1:] == (...,) else len(members)
    hooks = [(converter.get_structure_hook(member), member) for member in (members if length else members[:1])]

    def back(value: Json, _: Any) -> Any:
        entries = expect(value, (list, tuple), "a list")
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
    if get_args(of)[1:] == (...,):
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
    return refuse(value, "JSON")

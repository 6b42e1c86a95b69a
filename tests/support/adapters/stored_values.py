"""Values of every type of which there are snapshots, and the check that one comes back as it was."""

import json
import types
from enum import Enum
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import attrs
import pytest
from hypothesis import strategies as st
from streamfold.adapters.snapshot import dumps, loads, structure, unstructure
from streamfold.adapters.snapshot.envelope import sealed
from streamfold.reducer import Cancelled, Ended, Failed, chat, inner_thoughts, responses
from streamfold.reducer.chat import ThinkTags
from streamfold.reducer.config import BaseConfig, CompletionsConfig
from streamfold.reducer.limits import Limits
from streamfold.reducer.otid import RunCursor, initial_cursor
from streamfold.reducer.responses.parts import Part, Parts, parts_of
from streamfold.reducer.shared.extras import Extras, extras_of
from streamfold.reducer.values.json_values import FrozenObject, freeze
from streamfold.reducer.values.persistent import PersistentMap, PersistentVector
from streamfold.reducer.values.text import Text, text
from support.json_texts import json_values
from support.law_checks import MESSAGE_ID
from support.walk import WORLDS

ENDS = (Ended(), Cancelled(), Failed("boom"), Failed("context_length_exceeded"))


worlds = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)


# Half a surrogate pair is text too: a provider's escapes, or a cut, may leave one.
any_text = st.text(st.characters(exclude_categories=()), max_size=8)


def row_of(values: list[Any]) -> PersistentVector[Any]:
    return PersistentVector[Any]().extended(values)


def built(of: Any, opaque: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of a type, read from its annotations; `opaque` is for JSON that the core does not read."""
    origin, args = get_origin(of), get_args(of)
    simple = {str: any_text, int: st.integers(), bool: st.booleans(), type(None): st.none(), Any: opaque}
    if of in simple:
        return simple[of]
    if of is object:
        return opaque
    if of is FrozenObject:
        return st.dictionaries(any_text, json_values, max_size=2).map(freeze)
    if of is Extras:
        return st.dictionaries(any_text, json_values, max_size=2).map(freeze).map(extras_of)
    if of is Text:
        return (any_text | st.integers(4090, 9000).map(lambda count: "é" * count)).map(text)
    if of is RunCursor:
        names = st.lists(st.sampled_from(["assistant_message", "tool_call_message", "approval_request_message"]))
        return st.builds(run_of, names, skipped)
    if of is Parts:
        return st.lists(built(Part, opaque), max_size=2).map(parts_of)
    if of is Limits:
        return st.builds(Limits, **{field.name: st.integers(1) for field in attrs.fields(Limits)})
    if of in (BaseConfig, CompletionsConfig):
        of = responses.Config if of is BaseConfig else chat.Config | inner_thoughts.Config
        return built(of, opaque)
    if of == frozenset[str]:
        return st.frozensets(any_text, max_size=3)
    if of == ThinkTags:
        return st.sampled_from([False, True, "opened", (("<a>", "</a>"), ("[b]", "c"))])
    if isinstance(of, type) and issubclass(of, Enum):
        return st.sampled_from(list(of))
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, types.UnionType):
        return st.one_of([built(arg, opaque) for arg in args])
    if origin is tuple:
        if args[-1] is ...:
            return st.lists(built(args[0], opaque), max_size=2).map(tuple)
        return st.tuples(*(built(arg, opaque) for arg in args))
    if origin is PersistentMap:
        keys = st.integers() | any_text
        layer = st.dictionaries(keys, built(args[0], opaque), min_size=1, max_size=2).map(FrozenObject)
        return st.lists(layer, max_size=2).map(lambda layers: PersistentMap(tuple(layers)))
    if origin is PersistentVector:
        return st.lists(built(args[0], opaque), max_size=2).map(row_of)
    fields = {field.name: built(of_field(field.type, args), opaque) for field in attrs.fields(origin or of)}
    if "message_id" in fields:
        fields["message_id"] = st.just(MESSAGE_ID)
    if "skip_messages" in fields:
        fields["skip_messages"] = skipped
    return st.builds(origin or of, **fields)


def of_field(of: Any, args: tuple[Any, ...]) -> Any:
    """A field's type, with a generic class's own argument in the place of its variable."""
    if isinstance(of, TypeVar):
        return args[0]
    parameters = getattr(of, "__parameters__", ())
    return of[args * len(parameters)] if parameters else of


skipped = st.frozensets(st.sampled_from(["refusal_message", "tool_call_message"]))


def run_of(names: list[str], left_out: frozenset[str]) -> RunCursor:
    run = initial_cursor(MESSAGE_ID, "run-1", None, left_out)
    for name in names:
        run = run.enter(name)
    return run


def check(value: Any) -> None:
    """By way of `unstructure` alone, of any JSON, and of `dumps`: the same."""
    data = unstructure(value)
    stored = dumps(value)
    assert json.loads(stored) == data
    for came in (structure(data), structure(json.loads(json.dumps(data))), loads(stored.decode())):
        assert came == value
        assert type(came) is type(value)
    assert is_plain(data)


def is_plain(data: Any) -> bool:
    if type(data) is dict:
        return all(type(key) is str and is_plain(member) for key, member in data.items())
    return all(map(is_plain, data)) if type(data) is list else data is None or type(data) in (str, int, float, bool)


def is_frozen(value: Any) -> bool:
    """Whether nothing in a value can be changed: a list or a dict would make it unhashable."""
    return isinstance(hash(value), int)


def data_of(value: Any, **members: Any) -> dict[str, Any]:
    """A snapshot, with these members in place of its value's own, and the checksum of that if it is JSON."""
    data = unstructure(value)
    changed = data | {"value": data["value"] | members}
    try:
        return sealed(changed)
    except (TypeError, ValueError):
        return changed


CONFIG = chat.Config(message_id=MESSAGE_ID)
STATE = chat.start(CONFIG)[0]

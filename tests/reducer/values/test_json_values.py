import copy
import json
import pickle
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from streamfold.reducer.values.json_values import (
    EMPTY_OBJECT,
    FrozenObject,
    as_count,
    as_list,
    as_object,
    as_text,
    freeze,
)
from support.json_texts import json_values


def nested(levels: int, wrap: Callable[[Any], Any]) -> Any:
    value: Any = "bottom"
    for _ in range(levels):
        value = wrap(value)
    return value


def inner_values(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value, *(inner for member in value.values() for inner in inner_values(member))]
    if isinstance(value, (list, tuple)):
        return [value, *(inner for member in value for inner in inner_values(member))]
    return [value]


MUTATORS: dict[str, Callable[[Any], object]] = {
    "setitem": lambda it: it.__setitem__("b", 2),
    "delitem": lambda it: it.__delitem__("a"),
    "ior": lambda it: it.__ior__({"b": 2}),
    "clear": lambda it: it.clear(),
    "pop": lambda it: it.pop("a"),
    "pop with default": lambda it: it.pop("b", None),
    "popitem": lambda it: it.popitem(),
    "setdefault": lambda it: it.setdefault("b", 2),
    "update": lambda it: it.update(b=2),
    "attribute": lambda it: setattr(it, "b", 2),
}


@pytest.mark.parametrize("mutate", MUTATORS.values(), ids=MUTATORS)
def test_every_mutator_refuses(mutate: Callable[[Any], object]) -> None:
    value = FrozenObject(a=1)
    with pytest.raises((TypeError, AttributeError), match=r"cannot be changed|no attribute"):
        mutate(value)
    assert value == {"a": 1}


def test_a_union_is_a_plain_dict() -> None:
    value = FrozenObject(a=1)
    union = value | {"b": 2}
    assert union == {"a": 1, "b": 2}
    assert type(union) is dict
    assert value == {"a": 1}


def test_an_object_equals_a_dict_of_the_same_members() -> None:
    assert FrozenObject(a=1, b=(2,)) == {"b": (2,), "a": 1}
    assert FrozenObject(a=1) != {"a": 2}
    assert FrozenObject() == EMPTY_OBJECT == {}


def test_equal_objects_hash_equal_whatever_the_order_of_their_members() -> None:
    assert hash(FrozenObject(a=1, b=FrozenObject(c=2))) == hash(FrozenObject(b=FrozenObject(c=2), a=1))
    assert {FrozenObject(a=1), FrozenObject(a=1), FrozenObject(a=2)} == {FrozenObject(a=1), FrozenObject(a=2)}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_gives_an_equal_object(protocol: int) -> None:
    value = FrozenObject(a=1, b=(FrozenObject(c=None),))
    back = pickle.loads(pickle.dumps(value, protocol))
    assert back == value
    assert type(back) is type(back["b"][0]) is FrozenObject


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy])
def test_a_copy_is_an_equal_object(copier: Callable[[FrozenObject], FrozenObject]) -> None:
    value = FrozenObject(a=1, b=(FrozenObject(c=None),))
    assert copier(value) == value
    assert type(copier(value)) is FrozenObject


def test_json_writes_an_object_as_one() -> None:
    assert json.dumps(FrozenObject(a=1, b=(FrozenObject(c=None), True))) == '{"a": 1, "b": [{"c": null}, true]}'


@given(json_values)
def test_freeze_keeps_every_json_value(value: Any) -> None:
    frozen = freeze(value)
    assert json.dumps(frozen) == json.dumps(value)
    assert freeze(frozen) == frozen


@given(json_values)
def test_what_is_frozen_is_immutable_all_the_way_down(value: Any) -> None:
    frozen = freeze(value)
    assert not any(type(inner) in (dict, list) for inner in inner_values(frozen))
    assert hash(frozen) == hash(freeze(copy.deepcopy(value)))


def test_what_is_frozen_does_not_follow_the_original() -> None:
    original: dict[str, Any] = {"a": [1, {"b": 2}]}
    frozen = freeze(original)
    original["a"][1]["b"] = 3
    original["a"].append(4)
    original["c"] = 5
    assert frozen == {"a": (1, {"b": 2})}


def test_freezing_an_object_returns_the_very_object() -> None:
    value = FrozenObject(a=1)
    assert freeze(value) is value


def test_any_mapping_freezes_to_an_object_and_its_keys_to_text() -> None:
    frozen = freeze(MappingProxyType({1: [2], None: (3,)}))
    assert frozen == {"1": (2,), "None": (3,)}
    assert type(frozen) is FrozenObject


@pytest.mark.parametrize(
    ("odd", "kept"),
    [({1}, "{1}"), (b"a", "b'a'"), (1j, "1j"), ([{2}], ("{2}",)), ({"a": range(3)}, {"a": "range(0, 3)"})],
)
def test_what_is_no_json_freezes_to_its_repr(odd: object, kept: object) -> None:
    assert freeze(odd) == kept


def test_freeze_reaches_through_fifty_levels() -> None:
    assert freeze(nested(50, lambda inner: [inner])) == nested(50, lambda inner: (inner,))
    assert freeze(nested(50, lambda inner: {"a": inner})) == nested(50, lambda inner: {"a": inner})


@pytest.mark.parametrize(
    ("wrap", "kept"),
    [(lambda inner: [inner], "<list nested too deeply>"), (lambda inner: {"a": inner}, "<dict nested too deeply>")],
)
def test_nesting_beyond_the_stack_freezes_to_words(wrap: Callable[[Any], Any], kept: str) -> None:
    assert freeze(nested(100_000, wrap)) == kept


def test_a_list_that_holds_itself_freezes_to_words() -> None:
    ring: list[Any] = []
    ring.append(ring)
    assert freeze(ring) == "<list nested too deeply>"


@pytest.mark.parametrize("value", [{"a": 1}, FrozenObject(a=1), MappingProxyType({"a": 1})])
def test_as_object_gives_an_object_itself(value: object) -> None:
    assert as_object(value) is value


@pytest.mark.parametrize("value", [None, [], "a", 1, True, ["a"]])
def test_as_object_gives_the_empty_object_for_anything_else(value: object) -> None:
    assert as_object(value) is EMPTY_OBJECT


@pytest.mark.parametrize("value", [[], [1], (), (1,)])
def test_as_list_gives_a_list_itself(value: object) -> None:
    assert as_list(value) is value


@pytest.mark.parametrize("value", [None, {}, {"a": 1}, "ab", 1, {1}])
def test_as_list_gives_an_empty_list_for_anything_else(value: object) -> None:
    assert as_list(value) == ()


def test_as_text_gives_anything_but_a_string_as_empty() -> None:
    assert as_text("a") == "a"
    assert [as_text(value) for value in (None, 1, True, ["a"], {"a": 1}, b"a")] == [""] * 6


@pytest.mark.parametrize(("value", "count"), [(0, 0), (7, 7), (7.0, 7), (7.9, 7), (0.0, 0), (10**400, 10**400)])
def test_as_count_reads_a_number_as_a_whole_one(value: object, count: int) -> None:
    read = as_count(value)
    assert read == count
    assert type(read) is int


@pytest.mark.parametrize(
    "value", [None, True, False, "7", -1, -0.5, float("nan"), float("inf"), float("-inf"), [7], {"a": 7}]
)
def test_as_count_gives_none_for_what_is_no_count(value: object) -> None:
    assert as_count(value) is None


def test_freeze_leaves_nothing_that_is_unequal_to_itself_or_cannot_be_printed() -> None:
    assert freeze([float("nan"), float("inf"), 1.5]) == (None, None, 1.5)
    frozen = freeze({"long": 10**5000})
    assert str(frozen) == "{'long': '<a number too long>'}"


def test_objects_that_differ_hash_differently() -> None:
    assert len({hash(FrozenObject(a=count)) for count in range(50)}) > 1


def test_a_refusal_to_change_says_what_to_do() -> None:
    with pytest.raises(TypeError) as raised:
        FrozenObject()["a"] = 1  # type: ignore[index]
    assert str(raised.value) == "a FrozenObject of a state or a result cannot be changed; copy it with dict(...)"


def test_a_whole_number_of_8192_bits_is_too_long() -> None:
    assert freeze(2**8191 - 1) == 2**8191 - 1
    assert freeze(2**8191) == "<a number too long>"


def test_no_more_than_256_are_kept_inside_each_other() -> None:
    deepest = nested(256, lambda inner: [inner])
    assert freeze(deepest) == nested(256, lambda inner: (inner,))
    assert freeze([deepest]) == "<list nested too deeply>"

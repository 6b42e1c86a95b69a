import pickle
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.values.persistent import Lanes, PersistentMap, PersistentVector

keys = st.integers(-2, 9) | st.sampled_from(["a", "b", "1", ""])
puts = st.lists(st.tuples(keys, st.integers()), max_size=60)
moves = st.lists(st.tuples(st.integers(0, 12), st.integers()), max_size=60)


def tables(entries: list[tuple[int | str, int]]) -> list[tuple[PersistentMap[int], dict[int | str, int]]]:
    """Every version of a table beside its model."""
    versions: list[tuple[PersistentMap[int], dict[int | str, int]]] = [(PersistentMap(), {})]
    for key, value in entries:
        table, model = versions[-1]
        versions.append((table.put(key, value), {**model, key: value}))
    return versions


def lane_sequences(moves: list[tuple[int, int]]) -> list[tuple[Lanes[int], list[int]]]:
    """Every version of some lanes beside their model; a move past the end is one to the end."""
    versions: list[tuple[Lanes[int], list[int]]] = [(Lanes(), [])]
    for position, value in moves:
        lanes, model = versions[-1]
        at = min(position, len(model))
        versions.append((lanes.put(at, value), [*model[:at], value, *model[at + 1 :]]))
    return versions


@given(puts)
def test_every_version_of_a_table_answers_as_its_dict_does(entries: list[tuple[int | str, int]]) -> None:
    for table, model in tables(entries):
        assert {key: table.get(key) for key in model} == model
        assert [table.get(key) for key in (10, "c", -3) if key not in model] == [None] * 3


@given(puts)
def test_a_table_survives_pickle_as_an_equal_one(entries: list[tuple[int | str, int]]) -> None:
    table, model = tables(entries)[-1]
    back = pickle.loads(pickle.dumps(table))
    assert back == table
    assert hash(back) == hash(table)
    assert {key: back.get(key) for key in model} == model


@given(puts, puts.filter(bool))
def test_entries_put_at_once_are_those_put_one_by_one(
    before: list[tuple[int | str, int]], entries: list[tuple[int | str, int]]
) -> None:
    table, model = tables(before)[-1]
    one_by_one = table
    for key, value in dict(entries).items():
        one_by_one = one_by_one.put(key, value)
    assert table.put_all(dict(entries)) == one_by_one
    assert {key: table.get(key) for key in model} == model


def test_a_table_tells_an_index_from_an_id_of_the_same_digits() -> None:
    table = PersistentMap[str]().put(1, "index").put("1", "id")
    assert (table.get(1), table.get("1")) == ("index", "id")


def test_an_empty_table_has_nothing() -> None:
    assert PersistentMap[int]().get(0) is None


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 100, 1000])
def test_distinct_keys_rest_in_layers_like_the_digits_of_a_binary_number(count: int) -> None:
    table = PersistentMap[int]()
    for key in range(count):
        table = table.put(key, key)
    sizes = [len(layer) for layer in table.layers]
    assert sizes == [1 << bit for bit in reversed(range(count.bit_length())) if count >> bit & 1]


def test_a_put_shares_the_larger_layers_with_the_older_table() -> None:
    old = PersistentMap[int]()
    for key in range(8):
        old = old.put(key, key)
    new = old.put(8, 8)
    assert new.layers[0] is old.layers[0]
    assert [len(layer) for layer in new.layers] == [8, 1]


def test_a_table_cannot_be_changed() -> None:
    table = PersistentMap[int]().put("a", 1)
    with pytest.raises(TypeError, match="cannot be changed"):
        table.layers[0]["a"] = 2
    with pytest.raises(AttributeError):
        table.layers = ()  # type: ignore[misc]


@given(moves)
def test_every_version_of_the_lanes_answers_as_its_list_does(moves: list[tuple[int, int]]) -> None:
    for lanes, model in lane_sequences(moves):
        assert list(lanes) == model
        assert len(lanes) == len(model)
        assert [lanes.get(position) for position in range(len(model))] == model


@given(moves)
def test_the_lane_in_work_is_the_one_last_put(moves: list[tuple[int, int]]) -> None:
    for (position, value), (lanes, model) in zip(moves, lane_sequences(moves)[1:], strict=True):
        assert lanes.lane == value
        assert model[lanes.at] == value
        assert lanes.at <= position


@given(moves)
def test_lanes_survive_pickle_as_equal_ones(moves: list[tuple[int, int]]) -> None:
    lanes, model = lane_sequences(moves)[-1]
    back: Any = pickle.loads(pickle.dumps(lanes))
    assert back == lanes
    assert hash(back) == hash(lanes)
    assert list(back) == model


def test_work_on_one_lane_leaves_the_resting_ones_alone() -> None:
    lanes = Lanes[str]().put(0, "a").put(1, "b")
    assert lanes.put(1, "c").resting is lanes.resting


def test_without_lanes_none_is_in_work() -> None:
    lanes = Lanes[str]()
    assert (lanes.at, lanes.lane, len(lanes), list(lanes)) == (-1, None, 0, [])


def test_a_lane_at_a_position_that_does_not_exist_is_no_lane() -> None:
    with pytest.raises(IndexError):
        Lanes[str]().put(0, "a").get(1)


@given(st.lists(st.integers(0, 40), max_size=200))
def test_layers_at_least_double_in_size_however_often_a_key_comes(keys: list[int]) -> None:
    table: PersistentMap[int] = PersistentMap()
    for key in keys:
        table = table.put(key, key)
        sizes = [len(layer) for layer in table.layers]
        assert all(older >= 2 * newer for older, newer in pairwise(sizes))


def test_the_first_lane_leaves_nothing_resting() -> None:
    first = Lanes[str]().put(0, "a")
    assert first.resting == PersistentVector()
    assert first.put(1, "b").resting.get(0) == "a"


@pytest.mark.parametrize("size", [0, 1, 2, 31, 32, 33, 64, 1023, 1024, 1025, 1056, 33_000])
def test_a_row_of_any_size_gives_back_what_was_put(size: int) -> None:
    row: PersistentVector[int] = PersistentVector()
    for position in range(size):
        row = row.put(position, position)
    assert [row.get(position) for position in range(size)] == list(range(size))
    assert row.size == size
    for position in {0, size // 2, size - 1} & set(range(size)):
        changed = row.put(position, -1)
        assert [changed.get(at) for at in range(size)] == [*range(position), -1, *range(position + 1, size)]
        assert row.get(position) == position


def test_a_put_copies_one_tuple_a_level() -> None:
    row: PersistentVector[int] = PersistentVector()
    for position in range(2000):
        row = row.put(position, position)
    changed = row.put(5, -1)
    assert changed.root[1] is row.root[1]
    assert changed.root[0][1] is row.root[0][1]
    assert changed.root[0][0] is not row.root[0][0]


def test_a_row_has_as_few_levels_as_hold_it() -> None:
    row, levels = PersistentVector[int](), {}
    assert row.depth == 0
    for size in range(1, 1027):
        row = row.put(size - 1, size)
        node, levels[size] = row.root, 1
        while isinstance(node[0], tuple):
            node, levels[size] = node[0], levels[size] + 1
        assert row.depth == levels[size] - 1
    assert levels == {size: 1 if size <= 32 else 2 if size <= 1024 else 3 for size in levels}


def test_a_lane_that_is_put_aside_leaves_the_one_in_work() -> None:
    assert Lanes[str]().put_aside(0, "a") == Lanes[str]().put(0, "a")
    lanes = Lanes[str]().put(0, "a").put(1, "b")
    for position, expected in ((0, ["x", "b"]), (1, ["a", "x"]), (2, ["a", "b", "x"])):
        aside = lanes.put_aside(position, "x")
        assert (aside.at, list(aside)) == (1, expected)

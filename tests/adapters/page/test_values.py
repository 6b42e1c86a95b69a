"""Values as a table of nodes: what is written is what they were, and equal values have the same number."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.page.values import Table
from streamfold.adapters.strategies import ALL, Stream, streams
from streamfold.adapters.utf16 import as_characters, as_units
from streamfold.reducer.values.json_values import FrozenObject, freeze
from streamfold.reducer.values.persistent import Lanes, PersistentMap, PersistentVector
from streamfold.reducer.values.text import text
from support.worlds import json_values


class Reader:
    """Reads a table, as the page does."""

    def __init__(self, table: Table) -> None:
        self.nodes, self.texts = json.loads(json.dumps([table.nodes, table.texts]))

    def members(self, number: int) -> Any:
        kind, base, changes = self.nodes[number]
        if kind == "list":
            return changes
        members = {**(self.members(base) if base >= 0 else {}), **changes}
        return {name: one for name, one in members.items() if one is not None}

    def value(self, ref: Any) -> Any:
        ref = list(ref) if isinstance(ref, tuple) else ref
        if isinstance(ref, str):
            return ref
        if isinstance(ref, list):
            return ref[0] if len(ref) == 1 else as_characters(as_units(self.texts[ref[0]])[: ref[1]])
        members = self.members(ref)
        if isinstance(members, list):
            return [self.value(one) for one in members]
        return {name: self.value(one) for name, one in members.items()}


@given(st.lists(json_values, max_size=6))
def test_what_was_written_can_be_read(values: list[Any]) -> None:
    table = Table()
    refs = [table.ref(freeze(value), ("place",)) for value in values]
    reader = Reader(table)
    assert [reader.value(ref) for ref in refs] == json.loads(json.dumps(values))


@given(st.sampled_from(["chat", "inner-thoughts", "responses"]).flatmap(lambda wire: streams(wire, quirks=ALL)))
def test_a_state_has_the_number_of_its_equals(stream: Stream) -> None:
    table, known = Table(), list[tuple[Any, Any]]()
    state, _ = stream.machine.start(stream.config)
    for chunk in stream.chunks:
        known.append((state, table.ref(state, ("state",))))
        state, _ = stream.machine.step(state, chunk)
    assert all((one == other) == (ref == same) for one, ref in known for other, same in known)
    reader = Reader(table)
    for state, ref in known:
        told = reader.value(ref)
        assert (told["run"]["otid"], told["run"]["index"]) == (state.run.otid, state.run.index)


def test_persistent_collections_are_what_they_hold() -> None:
    table = Table()
    held = {
        "map": PersistentMap[int]().put("a", 1).put("b", 2).put("a", 3),
        "vector": PersistentVector[str]().put(0, "x").put(1, "y"),
        "lanes": Lanes[str]().put(0, "x").put(1, "y"),
        "text": text("word " * 2_000),
        "set": frozenset({"b", "a"}),
        "other": 1j,
    }
    assert Reader(table).value(table.ref("short")) == "short"
    refs = {name: table.ref(value, (name,)) for name, value in held.items()}
    reader = Reader(table)
    assert {name: reader.value(ref) for name, ref in refs.items()} == {
        "map": {"a": 3, "b": 2},
        "vector": ["x", "y"],
        "lanes": ["x", "y"],
        "text": "word " * 2_000,
        "set": ["a", "b"],
        "other": "1j",
    }


def test_a_text_that_grows_is_written_once() -> None:
    table, said = Table(), ""
    refs = []
    for number in range(300):
        said += f"word {number} "
        refs.append(table.ref(said, ("place",)))
    assert table.texts == [said]
    assert refs[-1] == (0, len(said))
    table.ref("another beginning, as long as that", ("place",))
    assert len(table.texts) == 2


def test_a_reader_goes_back_through_few_nodes() -> None:
    table = Table()
    for number in range(1_000):
        table.ref(FrozenObject({"a": number, "b": 1, "c": 2}), ("place",))
    depths = list[int]()
    for _, base, _ in table.nodes:
        depths.append(0 if base < 0 else depths[base] + 1)
    assert max(depths) == 32


def test_what_is_nested_too_deeply_is_cut_off() -> None:
    deep: Any = ()
    for _ in range(400):
        deep = (deep,)
    table = Table()
    reader, ref = Reader(table), table.ref(deep)
    assert isinstance(ref, int)
    assert ["list", -1, ["…"]] in [list(node) for node in json.loads(json.dumps(table.nodes))]
    assert reader.nodes == []


def test_numbers_and_truths_that_python_finds_equal_are_apart() -> None:
    table = Table()
    refs = [table.ref(FrozenObject({"a": value}), ("place",)) for value in (1, True, 1.0)]
    reader = Reader(table)
    assert [json.dumps(reader.value(ref)) for ref in refs] == ['{"a": 1}', '{"a": true}', '{"a": 1.0}']


def test_a_text_is_as_long_as_javascript_finds_it() -> None:
    table = Table()
    said = "😀" * 40
    number, length = table.ref(said)  # type: ignore[misc]
    assert (table.texts[number], length) == (said, 80)

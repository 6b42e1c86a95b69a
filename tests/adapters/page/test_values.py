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
        self.nodes, self.texts = json.loads(json.dumps([table.nodes, table.texts.whole]))

    def own(self, number: int) -> Any:
        _, base, changes = self.nodes[number]
        if isinstance(changes, list):
            return dict(enumerate(changes))
        members = self.own(base) if base >= 0 else {}
        is_list = self.nodes[number][0] in ("list", "rows", "layers")
        members |= {int(name) if is_list else name: one for name, one in changes.items()}
        return {name: one for name, one in members.items() if one is not None}

    def members(self, number: int) -> Any:
        kind, own = self.nodes[number][0], self.own(number)
        if kind == "layers":
            return {name: one for layer in own.values() for name, one in self.members(layer).items()}
        if kind == "rows":
            return [one for row in own.values() for one in self.members(row)]
        return list(own.values()) if kind == "list" else own

    def value(self, ref: Any) -> Any:
        ref = list(ref) if isinstance(ref, tuple) else ref
        if isinstance(ref, str):
            return ref
        if isinstance(ref, list):
            if len(ref) == 1:
                return json.loads(ref[0]) if isinstance(ref[0], str) else ref[0]
            return as_characters(as_units(self.texts[ref[0]])[: ref[1]])
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
        known.append((state, table.ref(state, ("state",), remembered=True)))
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
    assert table.texts.whole == [said]
    assert refs[-1] == (0, len(said))
    table.ref("another beginning, as long as that", ("place",))
    assert len(table.texts.whole) == 2


def test_a_reader_goes_back_through_few_nodes() -> None:
    table = Table()
    for number in range(1_000):
        table.ref(FrozenObject({"a": number, "b": 1, "c": 2}), ("place",))
    depths = list[int]()
    for _, base, _ in table.nodes:
        depths.append(0 if base < 0 else depths[base] + 1)
    assert max(depths) == 32


def test_what_is_nested_too_deeply_is_cut_off() -> None:
    deep: Any = ("deepest",)
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
    assert (table.texts.whole[number], length) == (said, 80)


def test_numbers_that_javascript_would_round_or_rewrite_are_text() -> None:
    table = Table()
    exact = [2**53 - 1, 1 - 2**53, 0]
    assert [table.ref(value) for value in exact] == [(value,) for value in exact]
    others = {2**53: "9007199254740992", -(2**63) - 1: "-9223372036854775809", 1.0: "1.0", 1e22: "1e+22"}
    assert [table.ref(value) for value in others] == [(text,) for text in others.values()]
    assert table.ref(2**5000) == (f"0x1{'0' * 1250}",)


@given(st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=300), st.booleans())
def test_lanes_are_read_in_their_order(puts: list[tuple[int, bool]], remembered: bool) -> None:
    table, lanes, refs = Table(), Lanes[str](), list[tuple[list[str], Any]]()
    for number, (at, aside) in enumerate(puts):
        put = lanes.put_aside if aside else lanes.put
        lanes = put(min(at, lanes.size), f"lane {number}")
        refs.append((list(lanes), table.ref(lanes, ("place",), remembered)))
    reader = Reader(table)
    assert [reader.value(ref) for _, ref in refs] == [held for held, _ in refs]


def test_a_part_that_is_shared_is_looked_at_once() -> None:
    table, vector = Table(), PersistentVector[str]().extended(map(str, range(5_000)))
    table.ref(vector, ("place",), remembered=True)
    before = table.cost
    for number in range(100):
        vector = vector.put(number * 37, "other")
        table.ref(vector, ("place",), remembered=True)
    assert table.cost - before < 100 * 4 * 32
    assert Reader(table).value(table.ref(vector, ("place",))) == list(vector)

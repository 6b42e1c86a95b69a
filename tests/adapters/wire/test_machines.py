"""The three wires by name."""

import pytest
from streamfold.adapters.wire.machines import MACHINES, WIRES, machine_of, wire_named, wire_of
from streamfold.reducer import chat, inner_thoughts, responses


def test_each_wire_has_its_machine() -> None:
    assert WIRES == ("chat", "inner-thoughts", "responses")
    assert [machine_of(name) for name in WIRES] == [chat, inner_thoughts, responses] == list(MACHINES.values())


def test_a_wire_may_be_named_as_its_module_is() -> None:
    assert wire_named("inner_thoughts") == "inner-thoughts"
    assert machine_of("inner_thoughts") is inner_thoughts
    assert [wire_named(name) for name in WIRES] == list(WIRES)


@pytest.mark.parametrize("name", ["", "Chat", "telex", "inner thoughts"])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"^wire must be one of chat, inner-thoughts, responses, not {name!r}$"):
        wire_named(name)
    with pytest.raises(ValueError, match="wire must be one of"):
        machine_of(name)


def test_a_machine_of_no_wire_has_none() -> None:
    assert [wire_of(machine_of(name)) for name in WIRES] == list(WIRES)
    assert wire_of(object()) is None

"""The three wires by name, and the machine that folds each."""

from typing import Any, Literal, Protocol, TypeAlias

from ...reducer import chat, inner_thoughts, responses
from ...reducer.machine import Machine

Wire: TypeAlias = Literal["chat", "inner-thoughts", "responses"]
"""The name of a wire format."""


class WireMachine(Machine[Any, Any, Any], Protocol):
    """The machine of a wire that is picked at run time, with the class that configures it."""

    Config: Any


MACHINES: dict[Wire, WireMachine] = {"chat": chat, "inner-thoughts": inner_thoughts, "responses": responses}
"""The machine of each wire."""
WIRES: tuple[Wire, ...] = tuple(MACHINES)
"""The names of the three wire formats."""


def wire_named(name: str) -> Wire:
    """The wire of this name; "inner_thoughts", as the module is called, is "inner-thoughts".

    Raises:
        ValueError: if there is no such wire.
    """
    wire = "inner-thoughts" if name == "inner_thoughts" else name
    if wire not in WIRES:
        raise ValueError(f"wire must be one of {', '.join(WIRES)}, not {name!r}")
    return wire


def wire_of(machine: object) -> Wire | None:
    """The wire that a machine folds; None for a machine of somebody else's."""
    return next((name for name, known in MACHINES.items() if known is machine), None)


def machine_of(name: str) -> WireMachine:
    """The machine that folds the wire of this name.

    Raises:
        ValueError: if there is no such wire.
    """
    return MACHINES[wire_named(name)]

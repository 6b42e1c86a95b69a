"""From a body's pieces to its messages, the quickest public way that the installed streamfold has."""

from collections.abc import Sequence
from typing import Any

import streamfold
from streamfold import Ended, read


def folded(machine: Any, config: Any, wire: str, pieces: Sequence[bytes]) -> Any:
    """The last state of a whole body that comes in these pieces."""
    if hasattr(streamfold, "fold_bytes"):
        return streamfold.fold_bytes(machine, config, pieces)[0]
    step = machine.step
    state, said = machine.start(config)
    for chunk in read(wire, pieces):
        state, said = step(state, chunk)
    del said
    return machine.finish(state, Ended())[0]

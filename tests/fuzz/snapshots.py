"""Snapshots to begin with, made of the streams' seeds, so that none is of another version than the library."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from streamfold.adapters import snapshot, wire
from support.law_checks import MESSAGE_ID

from fuzz.oracles import MACHINES
from fuzz.streams import HEAD, plan_of

_SEEDS = Path(__file__).parent / "corpus"


def made_snapshots() -> Iterator[tuple[str, bytes]]:
    """A state, a chunk, a message and a result of each stream's seed, with a name."""
    for name, machine in MACHINES.items():
        for path in sorted((_SEEDS / name.replace("-", "_")).iterdir()):
            given = path.read_bytes()
            plan = plan_of(name, given[:HEAD])
            state, said = machine.start(machine.Config(message_id=MESSAGE_ID, **plan.options))
            chunks = list(wire.read(name, [given[HEAD:]]))
            for chunk in chunks[: max(2, len(chunks) - 2)]:
                state, messages = machine.step(state, chunk)
                said = messages or said
            values = {"state": state, "chunk": chunks[-2], "result": machine.result(state), "message": said[-1:]}
            for kind, value in values.items():
                if value:
                    one = value[0] if isinstance(value, tuple) else value
                    yield f"{name}-{path.name}-{kind}", snapshot.dumps(one)


@cache
def chunks_to_go_on_with(name: str) -> Sequence[Sequence[Any]]:
    """The chunks of each stream's seed of a wire: a state that was restored folds each of them on."""
    paths = sorted((_SEEDS / name.replace("-", "_")).iterdir())
    return [list(wire.read(name, [path.read_bytes()[HEAD:]])) for path in paths]

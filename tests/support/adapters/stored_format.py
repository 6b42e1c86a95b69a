"""The format of snapshots as it stands in `tests/snapshots`: a state of each wire, and the stored classes' fields."""

from pathlib import Path
from typing import Any, get_args, get_origin

import attrs
from attrs import evolve
from streamfold.adapters.snapshot.stored_types import TYPES
from streamfold.reducer import Failed, chat, fold, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.responses.event import Event
from support.walk import WORLDS

STORED = Path(__file__).parents[2] / "snapshots"
RAISE = """The format has changed: raise VERSION in adapters/snapshot/envelope.py, say so in the CHANGELOG,
then run `python tests/snapshots/rewrite.py` to rewrite the stored snapshots."""


# A state of each wire with something in every corner. These files are the format: a snapshot that was made by an
# earlier release of the same version must come back equal.
def corners(world: str) -> Any:
    (found,) = (each for each in WORLDS if each.name == world)
    config = evolve(found.config, think_tags=True) if found.machine is chat else found.config
    chunks = [chunk for chunk in found.alphabet if getattr(chunk, "error", None) is None]
    chunks = [chunk for chunk in chunks if getattr(chunk, "type", "") != "response.failed"]
    if found.machine is chat:
        details = [{"type": "reasoning.text", "index": 0, "text": "because"}, {"type": "x", "id": 7, "n": [1.5, None]}]
        chunks.append(Chunk(choices=(Choice(delta=Delta(content="\ud800<", reasoning_details=details)),)))
    if found.machine is responses:
        chunks = [evolve(chunk, sequence_number=at * 2) if isinstance(chunk, Event) else chunk
                  for at, chunk in enumerate(chunks)]  # fmt: skip
    state, _ = fold(found.machine, config, chunks, Failed("the line went dead"))
    return state


GOLDEN = {"chat.json": "chat", "inner_thoughts.json": "inner-thoughts", "responses.json": "responses"}


def fields_of(of: Any, found: dict[str, list[str]]) -> None:
    """The fields of a class and of every class in them, each with its default."""
    for arg in get_args(of):
        fields_of(arg, found)
    of = get_origin(of) or of
    name = f"{of.__module__}.{of.__qualname__}" if attrs.has(of) else ""
    if name and name not in found:
        found[name] = [f"{field.name} = {field.default!r}" for field in attrs.fields(of)]
        for field in attrs.fields(of):
            fields_of(field.type, found)


def all_fields() -> dict[str, list[str]]:
    """The fields of all stored classes."""
    found: dict[str, list[str]] = {}
    for of in TYPES.values():
        fields_of(of, found)
    return found

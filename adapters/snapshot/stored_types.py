"""The types of which there are snapshots, each with the name that it is stored under."""

from typing import TypeAlias, get_args

from ...reducer import chat, inner_thoughts, responses
from ...reducer.completions.chunk import Chunk
from ...reducer.ends import Done, End, Undecodable
from ...reducer.messages import Message
from ...reducer.responses.event import Event
from ...reducer.result import ContentPart, Result

_Config: TypeAlias = chat.Config | inner_thoughts.Config | responses.Config
_Chunk: TypeAlias = Chunk | Event | Done | Undecodable
Snapshot: TypeAlias = chat.State | responses.State | _Config | _Chunk | Message | End | Result
"""What can be stored."""

CONFIGS: dict[str, type] = {
    "chat.Config": chat.Config,
    "inner_thoughts.Config": inner_thoughts.Config,
    "responses.Config": responses.Config,
}
STATES: dict[str, type] = {
    "chat.State": chat.State,
    "inner_thoughts.State": inner_thoughts.State,
    "responses.State": responses.State,
}
# Both Chat Completions wires have the same chunks. The JSON in all of these is as it came.
CHUNKS: dict[str, type] = {"chat.Chunk": Chunk, "responses.Chunk": Event, "Done": Done, "Undecodable": Undecodable}
_PLAIN = (Result, *get_args(Message), *get_args(End), *get_args(ContentPart))
TYPES: dict[str, type] = {**STATES, **CONFIGS, **CHUNKS, **{of.__name__: of for of in _PLAIN}}
NAMES = {of: name for name, of in TYPES.items() if name not in STATES}
TOP = TYPES.keys() - {of.__name__ for of in get_args(ContentPart)}
_TOP_NAMES = {of: name for of, name in NAMES.items() if name in TOP}


def name_of(value: object) -> str:
    """The name that a value is stored under; empty if there is none. A state's is that of its config's wire."""
    if isinstance(value, (chat.State, responses.State)):
        name = NAMES.get(type(value.config), "").replace(".Config", ".State")
        return name if TYPES.get(name) is type(value) else ""
    return _TOP_NAMES.get(type(value), "")

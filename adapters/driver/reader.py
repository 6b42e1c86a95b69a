"""What an upstream gives, into the chunks of a machine: SDK objects, decoded JSON, bytes, or chunks as they are."""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from ...reducer.completions.chunk import Chunk
from ...reducer.ends import Done, Undecodable
from ...reducer.responses.event import Event
from ..wire.decoder import decoder
from ..wire.machines import MACHINES

__all__ = ["Reader"]

_WIRES: Mapping[Any, str] = {machine: name for name, machine in MACHINES.items()}


class Reader:
    """Makes a machine's chunks of what an upstream gives; a machine of somebody else's takes it as it comes.

    Args:
        machine: what is to fold the chunks.

    Attributes:
        decoded: how many chunks were made.
        undecoded: of how many things none could be made.
    """

    def __init__(self, machine: Any) -> None:
        name = _WIRES.get(machine) if isinstance(machine, ModuleType) else None
        self._decode = None if name is None else decoder(name)
        self.decoded = self.undecoded = 0

    def read(self, raw: object) -> Iterable[Any]:
        """The chunks that `raw` completes: none, one or several.

        Raises:
            FrameTooLong: if a frame of a stream of bytes is beyond the limit, once those before it were given.
        """
        if self._decode is None:
            return (raw,)
        chunk = self._chunk_of(raw)
        return () if chunk is None else (chunk,)

    def rest(self) -> Iterable[Any]:
        """The chunks that the end of the upstream completes; to be asked for once, when it ended by itself.

        Raises:
            FrameTooLong: as `read`.
        """
        return ()

    def _chunk_of(self, raw: Any) -> Any:
        if isinstance(raw, (Chunk, Event, Done, Undecodable)):
            return raw
        assert self._decode is not None
        try:
            if raw is None or isinstance(raw, (bytes, str, Mapping)):
                return self._decode(raw)
            from ..openai_sdk import chunks as openai_sdk

            return openai_sdk.chunk(raw)
        except Exception as error:
            return Undecodable(f"{type(raw).__name__}: {type(error).__name__}: {error}")

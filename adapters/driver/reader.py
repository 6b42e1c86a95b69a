"""What an upstream gives, into the chunks of a machine: SDK objects, decoded JSON, text and bytes, or chunks."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

from ...reducer.completions.chunk import Chunk
from ...reducer.ends import Done, Undecodable
from ...reducer.responses.event import Event
from ...reducer.responses.table import RULES
from ..wire.decoder import BodyReader, decoder, step_decoder
from ..wire.machines import wire_of
from ..wire.sse import Frame, Frames
from .items import TEXT, ItemFramer, unwrapped

__all__ = ["Reader"]

_log = logging.getLogger("streamfold")
_READ_BESIDE = ("usage", "error", "x_groq", "citations", "prompt_filter_results")
_SIGNS_OF_LIFE = frozenset({"ping", "keepalive"})


class Reader:
    """Makes a machine's chunks of what an upstream gives; a third-party machine takes it as it comes.

    Bytes and text are one stream of server-sent events or JSON lines, cut anywhere, or an item for each line, frame or
    JSON; everything else is a chunk by itself.

    Args:
        machine: what is to fold the chunks.
        shown: whether an observer sees the chunks; if not, mirrors of them may be folded (`step_decoder`).

    Attributes:
        decoded: how many chunks the machine can read something of. `[DONE]` and signs of life are not counted.
        undecoded: how many things it can read nothing of, among them the chunks of other wires.
    """

    def __init__(self, machine: Any, shown: bool = True) -> None:
        name = wire_of(machine)
        self._name = name
        self._foreign: type = Chunk if name == "responses" else Event
        self._decode: Any = None if name is None else (decoder if shown else step_decoder)(name)
        self._body = None if self._decode is None else BodyReader(self._decode)
        self._items = ItemFramer()
        self._models: set[type] = set()  # of an SDK, which need no looking at: it takes half of the time
        self.decoded = self.undecoded = 0

    @property
    def knows_wire(self) -> bool:
        """Whether the machine is of a wire, so that frames can be made chunks of."""
        return self._decode is not None

    def read(self, *came: object) -> Iterator[Any]:
        """The chunks that these complete, each when it is asked for: none, one or several.

        Raises:
            FrameTooLong: if a frame of a stream of bytes is beyond the limit, once those before it were given.
        """
        if len(came) == 1:
            return iter(self._read(came[0]))
        frames = [raw for raw in came if isinstance(raw, Frames)]
        if self._decode is not None and len(frames) == len(came):
            return self._of_frames(chain.from_iterable(frames))
        return chain.from_iterable(map(self._read, came))

    def _read(self, raw: object) -> Iterable[Any]:
        if self._decode is None:
            return (raw,)
        if type(raw) is Frames:
            return self._of_frames(raw)
        if type(raw) in self._models and not self._items.holds:
            return self._of_model(raw)
        if isinstance(raw, TEXT):
            return self._of_frames(self._items.feed(raw))
        return self._after_text(raw) if self._items.holds else self._of_object(raw)

    def rest(self) -> Iterable[Any]:
        """The chunks that the end of the upstream completes; to be asked for once, when it ended by itself.

        Raises:
            FrameTooLong: as `read`.
        """
        yield from self._of_frames(self._items.close())
        if self._body is not None and not self.decoded:
            yield from map(self._counted, self._body.rest())

    def _of_frames(self, frames: Iterable[Frame]) -> Iterator[Any]:
        return iter(()) if self._body is None else map(self._counted, self._body.chunks(frames))

    def _after_text(self, raw: object) -> Iterator[Any]:
        """The chunks of an object that comes among text, of which nothing waits for more then."""
        chunks = self._of_object(raw)
        if chunks:
            yield from self._of_frames(self._items.close())
            yield from chunks

    def _of_object(self, raw: object) -> Sequence[Any]:
        if isinstance(raw, (Chunk, Event, Done, Undecodable)):
            return (self._counted(raw),)
        wrapped: Any = None
        try:
            wrapped, event = unwrapped(raw)
            if isinstance(wrapped, (bytes, str)):
                data = wrapped.encode("utf-8", "surrogatepass") if isinstance(wrapped, str) else wrapped
                return list(self._of_frames((Frame(data, event, 1, 1),)))
            chunk = self._chunk_of(wrapped, event)
        except Exception as error:
            chunk = _unreadable(raw, error)
        if wrapped is raw and hasattr(type(raw), "model_fields"):
            self._models.add(type(raw))
        return () if chunk is None else (self._counted(chunk),)

    def _of_model(self, raw: object) -> Sequence[Any]:
        try:
            chunk = _sdk().chunk(raw)
        except Exception as error:
            chunk = _unreadable(raw, error)
        return () if chunk is None else (self._counted(chunk),)

    def _chunk_of(self, raw: Any, event: str) -> Any:
        if raw is None or type(raw) is dict:
            return self._decode(raw, event)
        if isinstance(raw, Mapping):  # of another class, whose attributes may say more
            return self._decode(_sdk().as_json(raw), event)
        return _sdk().chunk(raw)

    def _counted(self, chunk: Any) -> Any:
        if self.decoded and hasattr(chunk, "mirrors"):  # as nearly all, where bytes are read; no more is asked then
            return chunk
        if isinstance(chunk, self._foreign):
            kind = f"an event {chunk.type!r:.60}" if isinstance(chunk, Event) else "a Chat Completions chunk"
            chunk = Undecodable(f"{kind}, not of the wire {self._name!r}", lost=False)
        if isinstance(chunk, Done) and self.undecoded and not self.decoded:
            chunk = Undecodable("[DONE], and nothing before it that could be read", lost=False)
        if isinstance(chunk, Undecodable):
            self._count_undecoded(chunk.reason)
        elif self._name == "responses" and hasattr(chunk, "type"):
            if chunk.type in RULES or chunk.type.startswith("response."):
                self.decoded += chunk.type not in _SIGNS_OF_LIFE
            elif chunk.type not in _SIGNS_OF_LIFE:
                self._count_undecoded(f"an event of type {chunk.type!r:.60}")
        elif hasattr(chunk, "choices"):
            self.decoded += _says_something(chunk)
        return chunk

    def _count_undecoded(self, reason: str) -> None:
        self.undecoded += 1
        if self.undecoded == 1 and not self.decoded:
            _log.warning("the stream begins with what the wire %r cannot read: %r", self._name, reason)


def _unreadable(raw: object, error: Exception) -> Undecodable:
    return Undecodable(f"{type(raw).__name__}: {type(error).__name__}: {error}")


@cache
def _sdk() -> Any:
    """The reader of objects, which bytes do without."""
    from .. import openai_sdk

    return openai_sdk


def _says_something(chunk: Chunk) -> bool:
    """Whether a fold reads anything in a chunk: a ping's has nothing that one reads."""
    return bool(chunk.choices or chunk.id or chunk.model) or any(
        getattr(chunk, name) is not None for name in _READ_BESIDE
    )

"""The items that an upstream gives which are text, or carry it: pieces of a body, lines, frames, objects of an event.

The driver reads them, and a recorder records them, each by itself.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from ..wire.reading import parts_of
from ..wire.sse import Frame, Framer, Frames
from .line_ends import LineEnds

__all__ = ["TEXT", "ItemFramer", "Text", "size_of", "unwrapped"]

Text: TypeAlias = bytes | bytearray | memoryview | str
TEXT = (bytes, bytearray, memoryview, str)
_OF_A_FRAME = frozenset({"event", "data", "id", "retry"})


class ItemFramer:
    """Makes frames of items of text: pieces of one stream, cut anywhere, or an item for each line, frame or JSON.

    Attributes:
        holds: whether any has come since the frames were closed.
    """

    def __init__(self) -> None:
        self._framer = Framer()
        self._line_ends = LineEnds()
        self.holds = False

    def feed(self, item: Text) -> Iterator[Frame]:
        """The frames that an item completes.

        Raises:
            FrameTooLong: if one is beyond the limit, once those before it were given.
        """
        self.holds = True
        piece = item.encode("utf-8", "surrogatepass") if isinstance(item, str) else bytes(item)
        for part in parts_of(self._line_ends.restored(piece)):
            yield from self._framer.feed(part)

    def close(self) -> Iterator[Frame]:
        """The frames that the end of the stream completes, or an object that comes among its text.

        Raises:
            FrameTooLong: as `feed`.
        """
        if self.holds:
            self.holds = False
            yield from self._framer.close()


def unwrapped(raw: Any) -> tuple[Any, str]:
    """What a server-sent event carries, and its name, where a client gives it as an object (`data`, `event`)."""
    if isinstance(raw, Mapping):
        if "data" not in raw or not _OF_A_FRAME.issuperset(raw):
            return raw, ""
        data, event = raw["data"], raw.get("event")
    else:
        if hasattr(raw, "choices") or hasattr(raw, "type") or not hasattr(raw, "data"):
            return raw, ""
        data, event = raw.data, getattr(raw, "event", "")
    return data, event if isinstance(event, str) and event != "message" else ""


def size_of(item: object) -> int:
    """How many bytes an item is, about."""
    if isinstance(item, Frames):
        return sum(len(frame.data) for frame in item)
    if isinstance(item, memoryview):
        try:
            return item.nbytes
        except ValueError:  # it was released
            return _SIZE_OF_AN_OBJECT
    return len(item) if isinstance(item, (bytes, bytearray, str)) else _SIZE_OF_AN_OBJECT


_SIZE_OF_AN_OBJECT = 1024  # where there are no bytes to be counted

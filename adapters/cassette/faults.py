"""What goes wrong with a stream, as values: given to a replay, they happen to it.

`after=N` is a place in the recording: after its first N frames, `[DONE]` among them. `request` is the request that a
fault strikes, counted from 1; left out, it strikes each.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any, TypeAlias

from attrs import Attribute, field, frozen

from ..json_text import dumps
from ..wire.sse import Frame

__all__ = ["OF_BYTES", "Cut", "Drop", "Error", "Fault", "Garbage", "Recut", "Repeat", "Slow", "Stall"]


def _at_least(least: int) -> Any:
    def check(fault: object, attribute: "Attribute[Any]", value: object) -> None:
        if type(value) is not int or value < least:
            raise ValueError(f"{type(fault).__name__}: {attribute.name} must be {least} or more, not {value!r}")

    return check


def _seconds(fault: object, _: object, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ValueError(f"{type(fault).__name__}: seconds must be above zero, not {value!r}")


def _a_request(fault: object, attribute: "Attribute[Any]", value: object) -> None:
    if value is not None:
        _at_least(1)(fault, attribute, value)


@frozen
class _Fault:
    """What every fault has.

    Attributes:
        request: the request that it strikes, counted from 1; None: each of them.
    """

    request: int | None = field(default=None, kw_only=True, validator=_a_request)


@frozen
class Stall(_Fault):
    """Silence, in the middle of the answer.

    Attributes:
        after: how many frames come before it.
        seconds: how long it lasts before the answer goes on; left out, until the client's read timeout, or until the
            client leaves.
    """

    after: int = field(validator=_at_least(0))
    seconds: float = field(default=inf, validator=_seconds)


@frozen
class Drop(_Fault):
    """The connection is lost, in the middle of the answer.

    Attributes:
        after: how many frames come before that.
        more: how many bytes of the frame at that place still come.
    """

    after: int = field(validator=_at_least(0))
    more: int = field(default=0, validator=_at_least(0))


@frozen
class Cut(_Fault):
    """The answer just ends, as if it were whole.

    Attributes:
        after: how many frames come before that.
        more: how many bytes of the frame at that place still come.
    """

    after: int = field(validator=_at_least(0))
    more: int = field(default=0, validator=_at_least(0))


@frozen
class Error(_Fault):
    """The provider says that something went wrong; nothing follows.

    Left alone, it says so by an event in the stream.

    Attributes:
        after: how many frames come before it.
        status: an HTTP status in the answer's place; `after` must be 0. The client may try again, as it does.
        message: what went wrong, in words.
        code: the provider's code.
        body: the whole error, in place of the usual one with `message` and `code`.
        exception: what reading the answer raises, in place of any answer of the provider's.
    """

    after: int = field(default=0, validator=_at_least(0))
    status: int | None = field(default=None, kw_only=True)
    message: str = field(default="The server had an error while it answered.", kw_only=True)
    code: str = field(default="server_error", kw_only=True)
    body: Mapping[str, Any] | None = field(default=None, kw_only=True)
    exception: BaseException | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.status is not None and (self.after or self.exception is not None):
            raise ValueError("Error: a status comes in the answer's place: without `after` and `exception`")
        if self.exception is not None and self.body is not None:
            raise ValueError("Error: give an exception or a body, not both")

    def in_stream(self, wire: str) -> Frame:
        """The frame that says so."""
        if self.body is None and wire == "responses":
            event = {"type": "error", "code": self.code, "message": self.message, "param": None}
            return Frame(dumps(event).encode(), "error", 0, 0)
        return Frame(dumps(self.in_place()).encode(), "", 0, 0)

    def in_place(self) -> Mapping[str, Any]:
        """The JSON that comes with a status."""
        if self.body is not None:
            return self.body
        return {"error": {"message": self.message, "type": self.code, "param": None, "code": self.code}}


@frozen
class Recut(_Fault):
    """The bytes come in other pieces, frames cut and joined anywhere.

    Attributes:
        seed: draws the pieces' sizes.
        sizes: the sizes in place of drawn ones, over and over.
    """

    seed: int = 0
    sizes: tuple[int, ...] = field(default=(), converter=tuple)

    @sizes.validator
    def _sizes(self, _: object, sizes: Sequence[object]) -> None:
        if not all(type(size) is int and size > 0 for size in sizes):
            raise ValueError(f"Recut: sizes must be above zero, not {sizes!r}")

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """The bytes in those pieces."""
        drawn = random.Random(self.seed)
        begin, piece = 0, 0
        while begin < len(data):
            size = self.sizes[piece % len(self.sizes)] if self.sizes else drawn.choice((1, 2, 3, 7, 40, 300, 2000))
            yield data[begin : begin + size]
            begin, piece = begin + size, piece + 1


@frozen
class Repeat(_Fault):
    """Frames come once more, as after a connection that was taken up too early.

    Attributes:
        after: how many frames come before the repetition.
        count: how many of them, the last ones, are repeated.
    """

    after: int = field(validator=_at_least(1))
    count: int = field(default=1, validator=_at_least(1))


def _on_one_line(fault: object, _: object, data: object) -> None:
    if not isinstance(data, bytes) or b"\n" in data or b"\r" in data:
        raise ValueError(f"{type(fault).__name__}: data must be bytes on one line, not {data!r}")


@frozen
class Garbage(_Fault):
    """A frame comes that nothing can be made of.

    Attributes:
        after: how many frames come before it.
        data: what stands in it.
    """

    after: int = field(validator=_at_least(0))
    data: bytes = field(default=b'{"choices": [{"garbled', validator=_on_one_line)


@frozen
class Slow(_Fault):
    """The bytes come slowly, frames cut anywhere.

    Attributes:
        seconds: how long before each piece.
        size: how many bytes a piece has.
    """

    seconds: float = field(validator=_seconds)
    size: int = field(default=1, validator=_at_least(1))


OF_BYTES = (Recut, Slow)
"""The faults after which there are no frames any more, so that no other one finds its place."""

Fault: TypeAlias = Stall | Drop | Cut | Error | Recut | Repeat | Garbage | Slow

"""Why a stream gives no more chunks, and what can stand in it where a chunk should."""

from typing import Literal, TypeAlias

from attrs import field, frozen

from .values.frozen_value import value
from .values.json_values import Json, freeze


@value
class Ended:
    """The upstream ended by itself. Whether it had said that it was over, the fold knows."""


@value
class Cancelled:
    """The run was cancelled: by a user, a server's shutdown, a consumer that left."""


def _text_of(error: object) -> str:
    return error if isinstance(error, str) else f"{type(error).__name__}: {error}"


@frozen
class Failed:
    """The upstream raised, or went silent for too long.

    Attributes:
        error: what went wrong, as text; an exception is turned into "TypeName: its text" (a state holds values only).
        raw: the provider's error, decoded, where the exception or the response carries one; else None.
    """

    error: str = field(default="", converter=_text_of)
    raw: Json = field(default=None, converter=freeze, repr=False)


End: TypeAlias = Ended | Cancelled | Failed
"""Why a stream gave no more chunks."""

Outcome: TypeAlias = Literal["open", "completed", "truncated", "cancelled", "failed"]
"""How a stream ended: the wire said it was over; the bytes just ended; it was cancelled; it failed.

"open" is a state that `finish` has not been called on.
"""


@value
class Done:
    """The `[DONE]` marker, where a chunk may stand: the wire says that it is over. It is not counted as a chunk."""


@value
class Undecodable:
    """Where a chunk should stand, something came that no chunk could be made of.

    Attributes:
        reason: what came, and why no chunk could be made of it.
        where: in which frame, where an adapter knows it. What comes for the same reason elsewhere is counted with it.
        lost: whether a piece of the answer may have been lost with it. Not so for a bare word (`ping`), nor for what
            was read and is known to be no chunk of this wire.
        json: what came, where that is JSON.
    """

    reason: str
    where: str = ""
    lost: bool = True
    json: Json = None

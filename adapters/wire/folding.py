"""A whole stream's bytes folded at once: the fast way from what a provider sent to its messages."""

from collections.abc import Iterable
from typing import Any, TypeVar

from ...reducer.ends import End
from ...reducer.machine import Machine, fold
from ...reducer.messages import Message
from .decoder import step_decoder
from .machines import wire_of
from .reading import PieceReader, checked
from .sse import FRAME_LIMIT, Piece

ConfigT = TypeVar("ConfigT")
StateT = TypeVar("StateT")


def fold_bytes(
    machine: Machine[ConfigT, Any, StateT],
    config: ConfigT,
    pieces: Iterable[Piece],
    end: End | None = None,
    limit: int = FRAME_LIMIT,
) -> tuple[StateT, tuple[Message, ...]]:
    """Fold a whole stream that comes in pieces, cut anywhere: what `fold` makes of `read`, in about half the time.

    Args:
        machine: `chat`, `inner_thoughts` or `responses`.
        config: the machine's `Config`.
        pieces: the stream's bytes or text, server-sent events or JSON lines, such as `open(path, "rb")`;
            `read_recording` of `streamfold.adapters.cassette` reads a file.
        end: why there are no more; `Ended()` if left out.
        limit: the most bytes of one frame.

    Returns:
        The last state and every message.

    Raises:
        TypeError: if the machine is of no wire, the config is not the machine's, or a body or a path is given in place
            of pieces.
        FrameTooLong: if a frame has more bytes than the limit.
    """
    wire = wire_of(machine)
    if wire is None:
        raise TypeError(f"machine must be chat, inner_thoughts or responses, not {machine!r:.80}")
    return fold(machine, config, PieceReader(step_decoder(wire), limit).read(checked(pieces)), end)

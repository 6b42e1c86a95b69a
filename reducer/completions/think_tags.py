"""Think tags: reasoning that a model, served raw, writes into its content as `<think>…</think>`.

Only the first thing in the content can be such a block; later tags are text. A tag may be cut anywhere.
"""

from typing import Literal, TypeAlias

from ..values.frozen_value import value

_OPEN, _CLOSE = "<think>", "</think>"
_MAX_SPACE = 64  # white space before the tag, held back until it is known what follows

Piece: TypeAlias = tuple[Literal["text", "reasoning"], str]


@value
class Tags:
    """Where in the content we are, and what is held back.

    Attributes:
        opened: the chat template has written the opening tag already, so the content begins inside (DeepSeek R1 and
            QwQ behind many servers); an opening tag that comes all the same is taken as one.
    """

    phase: Literal["before", "inside", "after"] = "before"
    held: str = ""
    opened: bool = False


def split(tags: Tags, content: str) -> tuple[Tags, list[Piece]]:
    """Divide a piece of content; what may be the beginning of a tag is held back."""
    held = tags.held + content
    pieces: list[Piece] = []
    phase = tags.phase
    if phase == "before":
        begun = held.lstrip()
        if len(held) - len(begun) <= _MAX_SPACE and _OPEN.startswith(begun) and begun != _OPEN:
            return Tags("before", held, tags.opened), pieces
        space = held[: len(held) - len(begun)]
        if begun.startswith(_OPEN) and len(space) <= _MAX_SPACE:
            pieces.append(("text", space))
            phase, held = "inside", begun[len(_OPEN) :]
        else:
            phase = "inside" if tags.opened else "after"
    if phase == "inside":
        reasoning, tag, rest = held.partition(_CLOSE)
        if tag:
            pieces.append(("reasoning", reasoning))
            phase, held = "after", rest
        else:
            keep = _begun(held)
            pieces.append(("reasoning", held[: len(held) - keep]))
            held = held[len(held) - keep :]
    if phase == "after":
        pieces.append(("text", held))
        held = ""
    return Tags(phase, held, tags.opened), [piece for piece in pieces if piece[1]]


def flush(tags: Tags) -> tuple[Tags, list[Piece]]:
    """Release what is held back, since nothing more will come."""
    channel: Literal["text", "reasoning"] = "reasoning" if tags.phase == "inside" or tags.opened else "text"
    return Tags(tags.phase, "", tags.opened), [(channel, tags.held)] if tags.held else []


def _begun(text: str) -> int:
    """How many of the last characters may be the beginning of the closing tag."""
    for size in range(min(len(_CLOSE) - 1, len(text)), 0, -1):
        if _CLOSE.startswith(text[-size:]):
            return size
    return 0

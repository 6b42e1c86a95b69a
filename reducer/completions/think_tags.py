"""Think tags: reasoning that a model, served raw, writes into its content as `<think>…</think>`.

Only the first thing in the content can be such a block; later tags are text. A tag may be cut anywhere. Models have
tags of their own (`<thought>`, `<reasoning>`): several pairs may be looked for, and a block ends by its own closing
tag.

Gemini's OpenAI endpoint says both: content that is flagged as a thought begins with `<thought>`, and the first content
that is not flagged begins with `</thought>`. There the flag says what is reasoning, and the tags are nobody's text.
"""

from typing import Literal, TypeAlias

from ..values.frozen_value import changer_of, value

Pair: TypeAlias = tuple[str, str]
"""An opening and a closing tag."""

THINK: Pair = ("<think>", "</think>")
_THOUGHT: Pair = ("<thought>", "</thought>")
_MAX_SPACE = 64  # white space before the tag, held back until it is known what follows

Piece: TypeAlias = tuple[Literal["text", "reasoning"], str]


@value
class Tags:
    """Where in the content we are, and what is held back.

    Attributes:
        opened: the chat template has written the opening tag already, so the content begins inside (DeepSeek R1 and
            QwQ behind many servers); an opening tag that comes all the same is taken as one.
        pairs: the tags that are looked for; none of the opening ones begins like another.
        close: the closing tag of the block that we are inside.
        flagged: whether the block is content that is flagged as a thought: "closing" is where the flag has ended, and
            the closing tag may come.
    """

    phase: Literal["before", "inside", "closing", "after"] = "before"
    held: str = ""
    opened: bool = False
    pairs: tuple[Pair, ...] = (THINK,)
    close: str = THINK[1]
    flagged: bool = False


_with = changer_of(Tags, "phase", "held", "close")

FLAGGED = Tags(pairs=(_THOUGHT,), close=_THOUGHT[1], flagged=True)
"""Before content that is flagged as a thought, the first thing that comes."""


def split(tags: Tags, content: str) -> tuple[Tags, list[Piece]]:
    """Divide a piece of content; what may be the beginning of a tag is held back."""
    held = tags.held + content
    pieces: list[Piece] = []
    phase, close = tags.phase, tags.close
    if phase == "before":
        begun = held.lstrip()
        space = held[: len(held) - len(begun)]
        pair = next((pair for pair in tags.pairs if begun.startswith(pair[0])), None)
        if len(space) > _MAX_SPACE:
            pair = None
        elif pair is None and any(opening.startswith(begun) for opening, _ in tags.pairs):
            return _with(tags, "before", held, close), pieces
        if pair is not None:
            pieces.append(("text", space))
            phase, held, close = "inside", begun[len(pair[0]) :], pair[1]
        else:
            phase = "inside" if tags.opened else "after"
    if phase == "inside":
        reasoning, tag, rest = held.partition(close)
        if tag:
            pieces.append(("reasoning", reasoning))
            phase, held = "after", rest
        else:
            keep = _begun(held, close)
            pieces.append(("reasoning", held[: len(held) - keep]))
            held = held[len(held) - keep :]
    if phase == "after":
        pieces.append(("text", held))
        held = ""
    return _with(tags, phase, held, close), [piece for piece in pieces if piece[1]]


def split_flagged(tags: Tags, content: str, thought: bool) -> tuple[Tags, list[Piece]]:
    """The same of content of which a flag says what is a `thought`."""
    if thought:
        divided: list[Piece] = [("reasoning", content)]
        if tags.phase in ("before", "inside"):
            tags, divided = split(tags, content)
        return tags, [("reasoning", piece) for _, piece in divided]
    pieces: list[Piece] = []
    if tags.phase in ("before", "inside"):  # the flag has ended
        phase: Literal["closing", "after"] = "closing" if tags.phase == "inside" else "after"
        tags, pieces = flush(tags)
        tags = _with(tags, phase, "", tags.close)
    if tags.phase == "closing":
        content = tags.held + content
        if content != tags.close and tags.close.startswith(content):
            return _with(tags, "closing", content, tags.close), pieces
        content = content.removeprefix(tags.close)
    pieces.append(("text", content))
    return _with(tags, "after", "", tags.close), [piece for piece in pieces if piece[1]]


def flush(tags: Tags) -> tuple[Tags, list[Piece]]:
    """Release what is held back, since nothing more will come."""
    inside = tags.phase == "inside" or tags.opened or (tags.flagged and tags.phase == "before")
    channel: Literal["text", "reasoning"] = "reasoning" if inside else "text"
    return _with(tags, tags.phase, "", tags.close), [(channel, tags.held)] if tags.held else []


def _begun(text: str, close: str) -> int:
    """How many of the last characters may be the beginning of the closing tag."""
    for size in range(min(len(close) - 1, len(text)), 0, -1):
        if close.startswith(text[-size:]):
            return size
    return 0

"""Composing the texts of a Chat Completions stream: deltas of content, refusal and reasoning, in all their shapes."""

from collections.abc import Sequence
from typing import Any

from attrs import evolve

from ...reducer.completions.chunk import Delta
from ..surrogates import split_pairs
from ..utf16 import as_units
from .compose_calls import said
from .drawing import Pen
from .expected import Intent, Step
from .quirks import Quirk

_REASONING = (
    *(Quirk.OTHER_REASONING_NAME, Quirk.REASONING_TWICE, Quirk.REASONING_DETAILS),
    *(Quirk.FLAGGED_THOUGHTS, Quirk.REASONING_PARTS),
)
_FLAG = {"google": {"thought": True}}
_SIGNATURE = {"type": "reasoning.text", "signature": "c2ln"}


def speak(channel: Any, piece: str, *names: str) -> Step:
    """A delta that adds a piece to a channel, in the member of that name or in these."""
    members: dict[str, Any] = dict.fromkeys(names or ({"text": "content"}.get(channel, channel),), piece)
    return Step(said(Delta(**members)), (Intent(channel=channel, adds=piece),))


def cut_text(pen: Pen, text: str) -> list[str]:
    """A text in pieces, some of them perhaps inside a surrogate pair."""
    cut = pen.cut(text)
    if not pen.use(Quirk.HALF_PAIRS, any(ord(character) > 0xFFFF for character in text)):
        return cut
    return [half for piece in cut for half in split_pairs(as_units(piece)) if half]


def reasoning_lane(pen: Pen, cut: Sequence[str]) -> list[Step]:
    """The deltas of reasoning in these pieces, under one of its names or in one of its shapes."""
    way = pen.one_of(*_REASONING) if cut else None
    names = ["reasoning_content"]
    if way is not None:
        pen.use(way)
    if way is Quirk.OTHER_REASONING_NAME:
        names = [("reasoning", "reasoning_text")[pen.roll(way, 2)]]
    elif way is Quirk.REASONING_TWICE:
        names.append("reasoning")
    steps = [speak("reasoning", piece, *names) for piece in cut]
    if way is Quirk.REASONING_DETAILS:
        details = [{"type": "reasoning.text", "index": 0, "text": piece} for piece in cut]
        details[-1]["signature"] = "c2ln"
        steps = [
            evolve(step, chunk=said(Delta(reasoning_details=[detail])))
            for step, detail in zip(steps, details, strict=True)
        ]
    elif way is Quirk.FLAGGED_THOUGHTS:
        steps = [
            evolve(step, chunk=said(Delta(content=piece, extra_content=_FLAG)))
            for step, piece in zip(steps, cut, strict=True)
        ]
    elif way is Quirk.REASONING_PARTS:
        (thought,) = steps[-1].chunk.choices
        signed = evolve(thought, delta=Delta(reasoning_details=[_SIGNATURE]))
        steps[-1] = evolve(steps[-1], chunk=evolve(steps[-1].chunk, choices=(thought, signed)))
    return steps

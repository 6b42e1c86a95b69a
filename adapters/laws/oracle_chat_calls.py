"""Which tool calls of a chat stream are safe to run, read naively: by `json.loads`, sharing no rule with the folds."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import define, field

from ...reducer.completions.chunk import CallDelta, Choice, Chunk
from ...reducer.ends import Done, Undecodable
from .oracle_completions import fails, succeeds, words_of
from .utf16 import as_characters

_SPACE = " \t\n\r"
_PLACEHOLDER = re.compile(r"[ \t\n\r]*(\{[ \t\n\r]*\}|null)[ \t\n\r]*\{")


@define
class _Lane:
    """One call, by its index.

    Attributes:
        closed: what came when a word or `[DONE]` said that the call is over; None before.
        by: which of them.
        lost: whether a frame was lost before the arguments were whole.
    """

    id: str = ""
    name: str = ""
    pieces: list[str] = field(factory=list)
    closed: str | None = None
    by: str = ""
    lost: bool = False

    @property
    def text(self) -> str:
        """The arguments so far."""
        return as_characters("".join(self.pieces))

    def close(self, by: str) -> None:
        """A word or `[DONE]` says that the call is over."""
        if self.closed is None:
            self.closed, self.by = self.text, by


def safe(chunks: Sequence[Any], config: Any) -> tuple[bool | None, ...] | None:
    """Whether each call is safe to run, in order of first sight; None where that takes more than naive reading.

    None in place of all where more than the index tells the calls apart.
    """
    lanes: dict[int, _Lane] = {}
    words: set[str] = set()
    done = failed = False
    for chunk in chunks:
        if isinstance(chunk, (Chunk, Undecodable)) and chunk.lost:
            _lose(lanes)
        elif chunk == Done():
            done = True
            for lane in lanes.values():
                lane.close("done")
        for choice in _choices(chunk, config.choice):
            if choice.message is not None or not _heard(lanes, choice):
                return None
            for word in words_of(choice):
                words.add(word)
                for lane in lanes.values():
                    lane.close("word")
        if isinstance(chunk, Chunk) and chunk.lost:  # what was left out may be of a call that it began
            _lose(lanes)
        if isinstance(chunk, Chunk) and not done and fails(chunk, config.choice):
            failed = True
            break
    over = not failed and (succeeds(words) if words else done)
    if any(not (lane.id or lane.name) for lane in lanes.values()):
        return None  # whose arguments these are
    return tuple(_is_safe(lane, over) for lane in lanes.values())


def _lose(lanes: dict[int, _Lane]) -> None:
    """A piece of any call that is not whole may be lost."""
    for lane in lanes.values():
        lane.lost = lane.lost or _object(lane.text) is None


def _choices(chunk: Any, wanted: int | None) -> Iterator[Choice]:
    for choice in (chunk.choices or ()) if isinstance(chunk, Chunk) else ():
        if wanted in (None, choice.index):
            yield choice


def _heard(lanes: dict[int, _Lane], choice: Choice) -> bool:
    """Take in what a choice says of calls; whether the index alone told whose it is."""
    if choice.delta is None:
        return True
    if choice.delta.function_call is not None:
        return False
    for call in choice.delta.tool_calls or ():
        if not _says_something(call):
            continue
        name, piece = (call.function.name, call.function.arguments) if call.function else (None, None)
        known = call.index in lanes or any(call.id and lane.id == call.id for lane in lanes.values())
        if call.index is None or call.custom is not None or call.type == "custom" or ((call.id or name) and known):
            return False
        lane = lanes.setdefault(call.index, _Lane(call.id or "", name or ""))
        lane.pieces.append(piece or "")
    return True


def _says_something(call: CallDelta) -> bool:
    function = call.function
    return bool(
        call.id
        or call.extra_content
        or call.extras
        or call.custom is not None
        or (function is not None and (function.name or function.arguments))
    )


def _is_safe(lane: _Lane, over: bool) -> bool | None:
    closed, text = lane.closed, lane.text
    if closed is None or not over or not lane.name or lane.lost:
        return False
    if _PLACEHOLDER.match(text):
        return None  # it depends on what came between
    if text.strip(_SPACE) in ("", "null"):
        return lane.by == "word" and closed.strip(_SPACE) == text.strip(_SPACE)
    found = _object(closed)
    return found is not None and _object(text) == found


def _object(text: str) -> object:
    """The members of the object that a text is, once or several times; None if it is another text."""
    found: object = None
    at = len(text) - len(text.lstrip(_SPACE))
    while at < len(text):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, tuple) or found not in (None, value):
            return None
        found = value
        at += len(text[at:]) - len(text[at:].lstrip(_SPACE))
    return found


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


# An object is a tuple of its members, in order. Numbers are text: 1.0 is not said again by 1, and Python reads none of
# very many digits.
_DECODER = json.JSONDecoder(object_pairs_hook=tuple, parse_int=str, parse_float=str, parse_constant=_no_constant)

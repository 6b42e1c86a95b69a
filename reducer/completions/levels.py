"""What no fold reads of Chat Completions chunks: kept as the wire nests it, `choice` in the answer, `delta` in that."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from ..diagnostics import Kind
from ..shared.extras import NOTHING_KEPT, Extras, Kept, notes_of
from ..values.frozen_value import value
from ..values.json_values import Json, as_object, freeze
from .chunk import Choice, Chunk

CHUNK: tuple[str, ...] = ()
CHOICE = ("choice",)
DELTA = ("choice", "delta")
"""The levels: the names under which their members are in the result's extras."""
_LEVELS = (CHUNK, CHOICE, DELTA)
_PATHS = {CHUNK: "", CHOICE: "choices[].", DELTA: "choices[].delta."}

Notes: TypeAlias = list[tuple[Kind, str]]


@value
class Levels:
    """What is kept, and what each level had last.

    Attributes:
        chunk, choice, delta: the last members that came at that level, where the same once more adds nothing.
    """

    kept: Kept = NOTHING_KEPT
    chunk: Json = None
    choice: Json = None
    delta: Json = None

    def after(self, chunk: Json, choice: Json, delta: Json) -> tuple["Levels", Notes]:
        """This after the members of a chunk, of one of its choices and of that one's delta, and what is to be noted."""
        notes: Notes = []
        levels = zip(_LEVELS, (chunk, choice, delta), self.last, strict=True)
        came = [(level, more) for level, more, last in levels if more is not None and more != last]
        if not came:
            return self, notes
        kept, last = self.kept, list(self.last)
        for level, more in came:
            kept, last[len(level)] = _added(kept, level, more, notes)
        return Levels(kept, *last), notes

    @property
    def last(self) -> tuple[Json, Json, Json]:
        """What the levels had last, from the chunk's on."""
        return self.chunk, self.choice, self.delta

    def with_call(self, extras: Extras, more: Mapping[str, Json]) -> tuple["Levels", Extras, Notes]:
        """This after members of a call, and the call's own; what is to be noted."""
        extras, kept, addition = self.kept.add_to(extras, more)
        levels = self if kept is self.kept else Levels(kept, *self.last)
        return levels, extras, list(notes_of(addition, "choices[].delta.tool_calls[]."))


NO_LEVELS = Levels()
"""Nothing is kept."""


def read_levels(levels: Levels, chunk: Chunk, choices: Sequence[Choice]) -> tuple[Levels, Notes]:
    """What is kept after a chunk, of these choices of it, and what is to be noted.

    Beside the members that no fold reads, those are kept that are read only for what else they may hold: an error, the
    usage, that the content is a thought.
    """
    levels, notes = levels.after(chunk.extras, None, None)
    if chunk.citations or chunk.prompt_filter_results or chunk.x_groq:
        groq = {name: member for name, member in as_object(chunk.x_groq).items() if name not in ("usage", "error")}
        lists = {"citations": chunk.citations, "prompt_filter_results": chunk.prompt_filter_results}
        levels = _with_more(levels, CHUNK, {**lists, "x_groq": groq}, notes)
    for choice in choices:
        if choice.extras is not None:
            levels, more = levels.after(None, choice.extras, None)
            notes += more
        if choice.content_filter_results:
            levels = _with_more(levels, CHOICE, {"content_filter_results": choice.content_filter_results}, notes)
        for part in (choice.delta, choice.message):
            if part is not None and (part.extras is not None or part.extra_content):
                levels, more = levels.after(None, None, part.extras)
                notes += more
                levels = _with_more(levels, DELTA, _without_thought(part.extra_content), notes)
    return levels, notes


def _without_thought(extra: Json) -> dict[str, Json]:
    """Gemini's `extra_content`, where that the content is a thought is read."""
    members = dict(as_object(extra))
    google = members.get("google")
    if isinstance(google, Mapping):
        members["google"] = {name: member for name, member in google.items() if name != "thought"}
    return {"extra_content": members}


def _with_more(levels: Levels, level: tuple[str, ...], more: Mapping[str, Json], notes: Notes) -> Levels:
    kept, _ = _added(levels.kept, level, more, notes)
    return levels if kept is levels.kept else Levels(kept, *levels.last)


def _added(kept: Kept, level: tuple[str, ...], more: Json, notes: Notes) -> tuple[Kept, Json]:
    """What is kept then, and the members if the same once more adds nothing."""
    members = as_object(more)
    after, addition = kept.add(members, *level)
    notes.extend(notes_of(addition, _PATHS[level]))
    return after, None if addition.again else freeze(members)

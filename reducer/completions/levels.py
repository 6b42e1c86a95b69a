"""What no fold reads of Chat Completions chunks: kept as the wire nests it, `choice` in the answer, `delta` in that.

A member that is read may hold something else than a fold reads. An adapter leaves out what has no place in a chunk's
typed fields, and puts it among the extras; of a field that takes any JSON it is known here what is read.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from ..diagnostics import Kind
from ..shared.extras import NOTHING_KEPT, UNKNOWN, Extras, Kept, notes_of, says_something
from ..values.frozen_value import value
from ..values.json_values import Json, as_list, as_object, freeze
from .chunk import Choice, Chunk, Delta

CHUNK: tuple[str, ...] = ()
CHOICE = ("choice",)
DELTA = ("choice", "delta")
"""The levels: the names under which their members are in the result's extras."""
_LEVELS = (CHUNK, CHOICE, DELTA)
_PATHS = {CHUNK: "", CHOICE: "choices[].", DELTA: "choices[].delta."}
_REASONING = ("reasoning_content", "reasoning", "reasoning_text")

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

    def with_unknown(self, came: Json) -> tuple["Levels", Notes]:
        """This after JSON that is no chunk; what is to be noted."""
        notes: Notes = []
        kept, _ = _added(self.kept, CHUNK, {UNKNOWN: [came]}, notes)
        return (self if kept is self.kept else Levels(kept, *self.last)), notes

    def with_call(self, extras: Extras, more: Mapping[str, Json]) -> tuple["Levels", Extras, Notes]:
        """This after members of a call, and the call's own; what is to be noted."""
        extras, kept, addition = self.kept.add_to(extras, more)
        levels = self if kept is self.kept else Levels(kept, *self.last)
        return levels, extras, list(notes_of(addition, "choices[].delta.tool_calls[]."))


NO_LEVELS = Levels()
"""Nothing is kept."""


def read_levels(levels: Levels, chunk: Chunk, choices: Sequence[Choice]) -> tuple[Levels, Notes]:
    """What is kept after a chunk, of these choices of it, and what is to be noted.

    Beside the members that no fold reads, those are kept that are read only for what else they may hold (an error, the
    usage, that the content is a thought), and those that hold something else than is read.
    """
    levels, notes = levels.after(chunk.extras, None, None)
    if chunk.citations or chunk.prompt_filter_results or chunk.x_groq or chunk.usage is not None:
        groq = {name: member for name, member in as_object(chunk.x_groq).items() if name not in ("usage", "error")}
        lists = {"citations": chunk.citations, "prompt_filter_results": chunk.prompt_filter_results}
        levels = _with_more(levels, CHUNK, {**lists, "x_groq": groq}, notes)
        levels = _with_more(levels, CHUNK, _odd_in_chunk(chunk), notes)
    for choice in choices:
        if choice.extras is not None:
            levels, more = levels.after(None, choice.extras, None)
            notes += more
        filtered = {"content_filter_results": choice.content_filter_results} if choice.content_filter_results else {}
        levels = _with_more(levels, CHOICE, {**filtered, **_odd_in_choice(choice)}, notes)
        for part in (choice.delta, choice.message):
            if part is not None:
                levels, more = levels.after(None, None, part.extras)
                notes += more
                levels = _with_more(levels, DELTA, _beside_its_reading(part), notes)
    return levels, notes


def _beside_its_reading(delta: Delta) -> dict[str, Json]:
    """What is kept of the members of a delta that are read."""
    extra = _without_thought(delta.extra_content) if delta.extra_content else {}
    return {**extra, **_odd_in_delta(delta)}


def _without_thought(extra: Json) -> dict[str, Json]:
    """Gemini's `extra_content`, where that the content is a thought is read."""
    members = dict(as_object(extra))
    google = members.get("google")
    if isinstance(google, Mapping) and isinstance(google.get("thought"), bool):
        members["google"] = {name: member for name, member in google.items() if name != "thought"}
    return {"extra_content": members}


def _with_more(levels: Levels, level: tuple[str, ...], more: Mapping[str, Json], notes: Notes) -> Levels:
    if not more:
        return levels
    kept, _ = _added(levels.kept, level, more, notes)
    return levels if kept is levels.kept else Levels(kept, *levels.last)


def _added(kept: Kept, level: tuple[str, ...], more: Json, notes: Notes) -> tuple[Kept, Json]:
    """What is kept then, and the members if the same once more adds nothing."""
    members = as_object(more)
    after, addition = kept.add(members, *level)
    notes.extend(notes_of(addition, _PATHS[level]))
    return after, None if addition.again else freeze(members)


def _odd_in_chunk(chunk: Chunk) -> dict[str, Json]:
    """What is kept of a chunk's own members."""
    found = {name: member for name in ("usage", "x_groq") if _is_no_object(member := getattr(chunk, name))}
    usage = as_object(chunk.x_groq).get("usage")
    is_read = usage is None or (isinstance(usage, Mapping) and (not chunk.usage or chunk.usage == usage))
    return found if is_read else {**found, "x_groq": {"usage": usage}}


def _odd_in_choice(choice: Choice) -> dict[str, Json]:
    """What is kept of a choice's own members."""
    return {"usage": choice.usage} if _is_no_object(choice.usage) else {}


def _odd_in_delta(delta: Delta) -> dict[str, Json]:
    """What is kept of the own members of a delta, or of a whole message.

    Reasoning under another name is read in its place: where it says something else, it is kept as well.
    """
    found: dict[str, Json] = {}
    if delta.reasoning_details and not are_fragments(delta.reasoning_details):
        entries = as_list(delta.reasoning_details)
        odd = [entry for entry in entries if not isinstance(entry, Mapping) and says_something(entry)]
        found["reasoning_details"] = odd if entries else delta.reasoning_details
    for name in ("annotations", "executed_tools"):
        member = getattr(delta, name)
        if member and not isinstance(member, (list, tuple)):
            found[name] = member
    if _is_no_object(delta.extra_content):
        found["extra_content"] = delta.extra_content
    if delta.thought is not None and not isinstance(delta.thought, bool):
        found["thought"] = delta.thought
    said = [(name, text) for name in _REASONING if (text := getattr(delta, name))]
    return found | {name: text for name, text in said if text != said[0][1]}


def are_fragments(details: Json) -> bool:
    """Whether all that came as the details of reasoning are fragments of them."""
    return isinstance(details, (list, tuple)) and all(entry is None or isinstance(entry, Mapping) for entry in details)


def _is_no_object(member: Json) -> bool:
    return member is not None and not isinstance(member, Mapping)

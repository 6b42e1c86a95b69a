"""Law 13: what limits make of a stream: the same fold up to the first that is passed, and nothing after that."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from ...reducer.completions.chunk import Chunk
from ...reducer.doubts import Doubt
from ...reducer.ends import Cancelled, End, Ended, Failed
from ...reducer.limits import Limits
from ...reducer.messages import AnnotationMessage, Message, ToolCallClosed
from ...reducer.responses.event import Event
from ...reducer.result import RefusalPart, Result, TextPart, ToolCall
from ...reducer.values.json_values import freeze
from ..wire.encoder import to_wire
from .conservation import conserving
from .evidence import Finish, Prefix, finish, runs
from .oracle import NO_ORACLE

_CITATIONS = ("annotations", "annotation")
_DROPPED_CITATIONS = "citations beyond the limit (Limits.annotations)"
_DROPPED_MEMBERS = "members beyond the limits of what is kept"
_NAMED_OR_TEXT = ("id", "type", "name", "call_id", "arguments", "input")
_ENDS: tuple[End, ...] = (Ended(), Cancelled(), Failed("boom"))


def bounded(prefix: Prefix) -> str | None:
    """The first limit that a stream passes ends its fold: exactly what fits is kept, and nothing after it is folded.

    The outcome is failed, the error names the limit, and the calls that were open have a doubt, LIMIT. A stream within
    its limits is folded as without.
    """
    if not isinstance(getattr(prefix.config, "limits", None), Limits):
        return None  # a machine of another kind
    for limits in _limits_for(prefix):
        wrong = _wrong_with(prefix, limits)
        if wrong is not None:
            return f"with {limits}, {wrong}"
    free = prefix.ended.result
    for limits in caps_for(prefix.chunks, free):
        limited = _fold(prefix, limits)
        wrong = limited if isinstance(limited, str) else _uncapped(prefix.chunks, limits, limited.done, free)
        if wrong is not None:
            return f"with {limits}, {wrong}"
    return None


def _uncapped(chunks: Sequence[Any], limits: Limits, done: Finish, free: Result) -> str | None:
    if (done.result.outcome, done.result.text) != (free.outcome, free.text):
        return f"the outcome is {done.result.outcome!r} and the text {done.result.text!r}, not those without"
    return uncapped(chunks, limits, (done.result, done.messages), free)


@frozen(eq=False)
class _Limited:
    """A stream folded with limits.

    Attributes:
        done: its fold, finished; what its chunks hold is left open, since not all of them were folded.
        before: the messages before the last step, of this fold and of the one without limits.
        passed: whether a limit ended it; rest: the chunks after the one that did.
        calls: those of the fold without limits, as they are then.
    """

    done: Finish
    before: tuple[list[Message], list[Message]]
    passed: bool
    rest: tuple[Any, ...]
    calls: tuple[ToolCall, ...] = ()


def _limits_for(prefix: Prefix) -> Iterator[Limits]:
    """Limits that the stream keeps, and some that it may pass."""
    result = prefix.ended.result
    all_there_is = max(1, len(repr(prefix.chunks)))
    yield Limits(characters=all_there_is, lanes=all_there_is, identifier=all_there_is)
    longest = max([*map(len, _texts(result)), 0])
    for characters in sorted({1, longest // 2, longest - 1, longest} - {0, -1}):
        yield Limits(characters=characters)
    for lanes in sorted({1, len(result.output) // 2} - {0}):
        yield Limits(lanes=lanes)
    yield Limits(identifier=max([len(call.name) for call in result.tool_calls] + [2]) - 1)


def _wrong_with(prefix: Prefix, limits: Limits) -> str | None:
    limited = _fold(prefix, limits)
    if isinstance(limited, str):
        return limited
    done, result = limited.done, limited.done.result
    if not limited.passed and any("(Limits." in note.detail for note in result.diagnostics):
        return None  # half a character that was held had no room at the end
    before, unlimited = limited.before
    if before != unlimited:
        return f"the messages before a limit are {runs(before)}, without limits {runs(unlimited)}"
    wrong = _too_much(result, limits, prefix.oracle.thoughtful)
    if wrong is not None:
        return wrong
    if not limited.passed:
        return next(filter(None, (_unlike_at(end, prefix, done.prefix) for end in _ENDS)), None)
    machine, state = prefix.machine, limited.done.prefix.state
    changed = next((end for end in _ENDS if state.end is not None and machine.finish(state, end) != (state, ())), None)
    if changed is not None:
        return f"{changed!r} after a limit changed something"
    if any(machine.step(state, chunk) != (state, ()) for chunk in limited.rest):
        return "a step after a limit changed something"
    return (
        _wrong_at_the_limit(result, limits) or _undoubted(done) or _only_here(result, limited.calls) or conserving(done)
    )


def _unlike_at(end: End, prefix: Prefix, limited: Prefix) -> str | None:
    """How a stream within its limits ends otherwise than without; half a character may have no room at its end."""
    done, free = finish(limited, end), finish(prefix, end)
    if any("(Limits." in note.detail for note in done.result.diagnostics):
        return None
    same = done.messages == free.messages and done.result == free.result
    return None if same else f"a stream within its limits makes {done.messages}, not {free.messages}, at {end!r}"


def _fold(prefix: Prefix, limits: Limits) -> "_Limited | str":
    """The stream with limits, beside the one without."""
    machine, config = prefix.machine, evolve(prefix.config, limits=limits)
    oracle = evolve(prefix.oracle, content=NO_ORACLE.content)
    (state, said), (unlimited, beside) = machine.start(config), machine.start(prefix.config)
    messages, others = list(said), list(beside)
    for count, chunk in enumerate(prefix.chunks):
        try:
            state, said = machine.step(state, chunk)
        except Exception as raised:
            return f"a step raised {raised!r}"
        if state.end is not None:
            before = (messages, others)
            ended = Prefix(machine, config, oracle, prefix.chunks[: count + 1], state, (*messages, *said))
            calls = machine.result(machine.finish(machine.step(unlimited, chunk)[0], Ended())[0]).tool_calls
            return _Limited(finish(ended, Ended()), before, True, prefix.chunks[count + 1 :], calls)
        unlimited, beside = machine.step(unlimited, chunk)
        messages.extend(said)
        others.extend(beside)
    done = finish(Prefix(machine, config, oracle, prefix.chunks, state, tuple(messages)), Ended())
    at_the_end = done.result.outcome == "failed" != prefix.ended.result.outcome
    return _Limited(done, (messages, others), at_the_end, ())


def _too_much(result: Result, limits: Limits, thoughtful: bool) -> str | None:
    """What a result has beyond the limits. Where thoughts ride in arguments, it joins those of several calls."""
    arguments = [call.arguments for call in result.tool_calls]
    texts = arguments if thoughtful else _texts(result)
    too_long = next((text for text in texts if len(text) > limits.characters and text != "{}"), None)
    if too_long is not None:
        return f"{too_long!r} is longer"
    return f"there are {len(arguments)} calls" if len(arguments) > limits.lanes else None


def _wrong_at_the_limit(result: Result, limits: Limits) -> str | None:
    if result.outcome != "failed" or result.error is None or "(Limits." not in result.error.message:
        return f"a limit ended it, and its outcome is {result.outcome!r}, its error {result.error}"
    texts = _texts(result)
    if result.error.message.endswith("of the text (Limits.characters)") and all(
        len(text) != limits.characters for text in texts
    ):
        return f"no text has exactly as many characters as fit: {texts}"
    return None


def _undoubted(done: Finish) -> str | None:
    """What is wrong with the doubts of calls that no message said to be closed."""
    if "tool_call_closed" in done.prefix.config.skip_messages:
        return None
    closed = Counter(message.tool_call_id for message in done.messages if isinstance(message, ToolCallClosed))
    calls = done.result.tool_calls
    undoubted = Counter(call.id for call in calls if Doubt.LIMIT not in {doubted.doubt for doubted in call.doubts})
    found = undoubted - closed
    return f"{sorted(found)} were open at the limit, and have no such doubt" if found else None


def _only_here(result: Result, unlimited: Sequence[ToolCall]) -> str | None:
    """A call that is complete with the limit, and contradicted without it: what did not fit would have shown that.

    What else the last chunk holds may doubt it too; that is not read where it comes after what did not fit.
    """
    doubted = [call for call in unlimited if Doubt.CONFLICTING_WHOLE in {doubted.doubt for doubted in call.doubts}]
    contradicted = {call.id for call in doubted} - {call.id for call in unlimited if call.complete}
    found = sorted({call.id for call in result.tool_calls if call.complete} & contradicted)
    return f"{found} are complete, and without the limit they are contradicted" if found else None


def _texts(result: Result) -> list[str]:
    """The texts that are one lane each: of reasoning a result may join several, and thoughts of several calls."""
    parts = [part for item in result.output if item.kind == "message" for part in item.parts]
    texts = [part.text for part in parts if isinstance(part, TextPart)]
    refusals = [part.refusal for part in parts if isinstance(part, RefusalPart)]
    return [*texts, *refusals, *(call.arguments for call in result.tool_calls)]


# Caps: citations, and members that no fold reads, are dropped beyond them, and that is counted. What came is read
# naively from decoded JSON: nothing here asks the fold what a citation or a member is.


def caps_for(chunks: Sequence[Any], free: Result) -> Iterator[Limits]:
    """Limits that what came keeps, and some that it may pass."""
    citations, characters = len(_kept_citations(free)), size(_members(chunks, free))
    yield from (Limits(annotations=most) for most in sorted({1, citations - 1}) if 0 < most < citations)
    if characters:
        yield from (Limits(extras=most) for most in (1, characters // 2 + 1))


def uncapped(chunks: Sequence[Any], limits: Limits, fold: tuple[Result, Sequence[Message]], free: Result) -> str | None:
    """What a fold has beyond its caps, has made up, or has dropped and not counted; None if nothing.

    Args:
        chunks: of the stream.
        limits: which cap citations and members alone.
        fold: what it came to with them, and what it said.
        free: what it came to without.
    """
    result, messages = fold
    kept, came = _kept_citations(result), _citations(_frames(chunks))
    said = [message.annotation for message in messages if isinstance(message, AnnotationMessage)]
    if len(kept) > limits.annotations or len(said) > limits.annotations:
        return f"there are {len(kept)} citations, and {len(said)} were said"
    if not {_as_text(note) for note in (*kept, *said)}.issubset(map(_as_text, came)):
        return f"of the citations {kept} and {said}, some never came"
    missing, counted = len(_kept_citations(free)) - len(kept), _count(result, _DROPPED_CITATIONS)
    if counted > missing or (missing and not counted):
        return f"{missing} citations were dropped, and {counted} counted"
    members = _members(chunks, result)
    if size(members) > limits.extras:
        return f"the members that are kept have {size(members)} characters"
    if members != _members(chunks, free) and not _count(result, _DROPPED_MEMBERS):
        return "members are missing, and no diagnostic says so"
    return None


def size(value: Any) -> int:
    """How many characters the names and texts in a value have."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(len(name) + size(member) for name, member in value.items())
    return sum(map(size, value)) if isinstance(value, (list, tuple)) else 0


def _frames(chunks: Sequence[Any]) -> list[Any]:
    return [freeze(to_wire(chunk)) for chunk in chunks if isinstance(chunk, (Chunk, Event))]


def _citations(value: Any) -> list[Any]:
    """Whatever stands where citations do, however deep."""
    if isinstance(value, (list, tuple)):
        return [note for entry in value for note in _citations(entry)]
    found: list[Any] = []
    for name, member in value.items() if isinstance(value, Mapping) else ():
        if name in _CITATIONS:
            found += [member, *(member if isinstance(member, (list, tuple)) else ())]
        found += _citations(member)
    return found


def _kept_citations(result: Result) -> list[Any]:
    parts = [part for item in result.output if item.kind == "message" for part in item.parts]
    return [note for part in parts if isinstance(part, TextPart) for note in part.annotations]


def _members(chunks: Sequence[Any], result: Result) -> list[Any]:
    """What is kept of members: those of the answer, and of its calls, or of its items."""
    if any(isinstance(chunk, Chunk) for chunk in chunks):
        return [result.extras, *(call.extras for call in result.tool_calls)]
    return [result.extras, *([item.extras, _beside_texts(item.item)] for item in result.output)]


def _beside_texts(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item's JSON without its names, its ids, and the texts of its parts, which have limits of their own."""
    members = {name: member for name, member in item.items() if member and name not in _NAMED_OR_TEXT}
    if members.get("role") in ("user", "system", "developer", "tool"):
        del members["role"]  # which says whether anything of it is read
    for name in ("content", "summary"):
        parts = members.get(name)
        if isinstance(parts, (list, tuple)):
            members[name] = [_without_texts(part) for part in parts]
    return members


def _without_texts(part: Any) -> Any:
    if not isinstance(part, Mapping):
        return part
    return {name: of for name, of in part.items() if not (name in ("text", "refusal") and isinstance(of, str))}


def _as_text(note: Any) -> str:
    return json.dumps(note, sort_keys=True, default=repr)


def _count(result: Result, detail: str) -> int:
    return sum(note.count for note in result.diagnostics if note.detail == detail)

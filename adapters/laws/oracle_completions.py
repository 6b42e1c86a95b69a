"""Chat Completions chunks, read naively: with no regard for quirks, and sharing no code with the folds."""

import json
import re
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, Literal

from attrs import define, evolve

from ...reducer.completions.chunk import CallDelta, Choice, Chunk, Delta, FunctionDelta
from ...reducer.values.json_values import as_list, as_object, as_text
from ..utf16 import as_characters, as_units, cuts_of
from .oracle import Content, beyond, untagged, without_flagged_tags
from .oracle_answer import before_failure, words_of
from .oracle_chat_calls import arguments_of

_HALF = re.compile("[\ud800-\udfff]")  # of a surrogate pair
TEXTS = ("content", "reasoning_content", "reasoning", "reasoning_text", "refusal")
"""The members of a delta that are text."""


def said(chunks: Sequence[Any], config: Any) -> Content | None:
    """What the deltas of the wanted choice say, joined, up to an error in the stream."""
    text, refusal = "", ""
    thoughts_said = _Thoughts(config)
    calls: list[CallDelta] = []
    if any(choice.message for chunk in chunks for choice in getattr(chunk, "choices", None) or ()):
        return _said_with_wholes(chunks, config)
    for chunk in before_failure(chunks, config.choice):
        for delta, is_last in _deltas(chunk, config.choice):
            if not thoughts_said.read(delta, is_last):
                return None
            text += "" if delta.thought is True or _is_flagged(delta) else delta.content or ""
            refusal += delta.refusal or ""
            calls.extend(delta.tool_calls or ())
            if delta.function_call is not None:
                calls.append(CallDelta(index=-1, function=delta.function_call))
    text, reasoning, refusal = map(as_characters, (text, thoughts_said.said, refusal))
    tags = getattr(config, "think_tags", False)
    if tags and reasoning:
        return None  # which came first, the joined texts do not say
    if tags:
        text, reasoning = untagged(text, tags)
    elif _begins_flagged(chunks, config):
        text, reasoning = without_flagged_tags(text, reasoning)
    told_apart = arguments_of(chunks, config)
    known = [text for text in told_apart or () if text is not None]
    sure = told_apart is not None and len(known) == len(told_apart)
    thoughts = _thoughts(known, getattr(config, "thoughts_key", "")) if sure else None
    return Content(text, reasoning, refusal, "".join(map(_piece, calls)), told_apart, thoughts)


def _said_with_wholes(chunks: Sequence[Any], config: Any) -> Content | None:
    """The same of a stream with whole messages, where they stand in the place of deltas or after all of them."""
    if getattr(config, "think_tags", False) or getattr(config, "thoughts_key", ""):
        return None
    told = said(list(map(_without_wholes, chunks)), config)
    mine = [choice for chunk in before_failure(chunks, config.choice) for choice in chunk.choices or ()]
    wholes = [choice.message for choice in mine if choice.message and config.choice in (None, choice.index)]
    at = next((at for at, choice in enumerate(mine) if choice.message), len(mine))
    later = [choice.delta for choice in mine[at:] if choice.delta and choice.delta != Delta()]
    is_text = all(delta == Delta(content=delta.content) for delta in later)
    if told is None or len(wholes) > 1 or (later and not (at == 0 and is_text and words_of(mine[0]))):
        return None
    whole = wholes[0] if wholes else Delta()
    entire = whole.content or ""
    came, entire = ("", entire + beyond(entire, told.text)) if later else (told.text, entire)
    if whole.function_call or (whole.tool_calls and told.arguments):
        return None  # which whole is which call's, naive reading cannot tell
    thought = whole.reasoning_content or whole.reasoning or whole.reasoning_text or _detailed(whole.reasoning_details)
    pairs = {
        "text": (came, entire),
        "reasoning": (told.reasoning, thought),
        "refusal": (told.refusal, whole.refusal or ""),
    }
    spoken = {name: entire if _begins(entire, came) else came for name, (came, entire) in pairs.items()}
    kept = {name: came if _begins(came, entire) else entire for name, (came, entire) in pairs.items()}
    arguments = tuple(map(_piece, whole.tool_calls or ())) or told.calls
    return Content(
        **spoken,
        arguments="".join(map(_piece, whole.tool_calls or ())) or told.arguments,
        calls=arguments,
        # Where all the answer came as reasoning, that may be the answer.
        wholes={name: [one] for name, one in kept.items()} if kept["text"] or not kept["reasoning"] else None,
        contradicted=any(entire and not _begins(entire, came) for came, entire in pairs.values()),
    )


def _begins(text: str, beginning: str) -> bool:
    """Whether a text begins so, perhaps with half a character at the end."""
    return as_units(text).startswith(as_units(beginning))


def _without_wholes(chunk: Any) -> Any:
    """A chunk with its deltas alone; anything else as it is."""
    if not isinstance(chunk, Chunk):
        return chunk
    return evolve(chunk, choices=tuple(evolve(choice, message=None) for choice in chunk.choices or ()))


def cuts(chunk: Any) -> Iterator[tuple[Chunk, Chunk]]:
    """A chunk that has one text and nothing that happens once, in two."""
    choice = sole_choice(chunk)
    if choice is None or choice.delta is None or chunk.repairs:
        return
    delta = choice.delta
    names = [name for name in TEXTS if getattr(delta, name)]
    halves: Iterator[tuple[Delta, Delta]] = iter(())
    if delta.tool_calls and not names and len(delta.tool_calls) == 1:
        halves = _call_in_two(delta, delta.tool_calls[0])
    elif len(names) == 1:
        halves = _text_in_two(delta, names[0])
    for one, other in halves:
        rest = evolve(choice, delta=other, extras=None)  # what comes with each token would come twice
        yield evolve(chunk, choices=(evolve(choice, delta=one),)), evolve(chunk, choices=(rest,))


def ordered_cuts(chunk: Any, config: Any, speaking: bool) -> Iterator[tuple[Chunk, Chunk]]:
    """A chunk that has content and reasoning, in two: the one whose run is open goes first, or else the reasoning.

    Where think tags may divide the content, its channel is not known here.
    """
    choice = sole_choice(chunk)
    if choice is None or choice.delta is None or chunk.repairs or getattr(config, "think_tags", False):
        return
    delta = choice.delta
    names = [name for name in TEXTS if getattr(delta, name)]
    if len(names) != 2 or "content" not in names or "refusal" in names:
        return
    reasoning = names[1]
    texts: dict[str, Any] = {"content": delta.content, reasoning: getattr(delta, reasoning)}
    if delta != Delta(**texts):
        return
    one, other = ("content", reasoning) if speaking else (reasoning, "content")
    for at in range(1, len(texts[one]) + 1):
        halves = ({one: texts[one][:at]}, {one: texts[one][at:], other: texts[other]})
        yield _with_deltas(chunk, *halves)
    for at in range(1, len(texts[other])):
        halves = ({one: texts[one], other: texts[other][:at]}, {other: texts[other][at:]})
        yield _with_deltas(chunk, *halves)


def _with_deltas(chunk: Chunk, *deltas: dict[str, Any]) -> tuple[Chunk, Chunk]:
    """The chunk, once with each of two deltas."""
    choice = sole_choice(chunk)
    assert choice is not None
    told: list[Any] = [{name: text for name, text in members.items() if text} for members in deltas]
    one, other = (evolve(chunk, choices=(evolve(choice, delta=Delta(**members)),)) for members in told)
    return one, other


def _call_in_two(delta: Delta, call: CallDelta) -> Iterator[tuple[Delta, Delta]]:
    if delta != Delta(tool_calls=(call,)) or call.index is None or call.function is None or call.custom is not None:
        return
    for first, second in cuts_of(call.function.arguments or ""):
        begun = evolve(call, function=evolve(call.function, arguments=first))
        rest = CallDelta(index=call.index, function=FunctionDelta(arguments=second))
        yield Delta(tool_calls=(begun,)), Delta(tool_calls=(rest,))


def _text_in_two(delta: Delta, name: str) -> Iterator[tuple[Delta, Delta]]:
    texts: dict[str, Any] = dict.fromkeys(TEXTS)
    if evolve(delta, **texts) == Delta():
        for first, second in cuts_of(getattr(delta, name)):
            yield Delta(**{**texts, name: first}), Delta(**{**texts, name: second})


def lane(chunk: Any) -> Hashable:
    """The index of the one call that a chunk is about, if it is about nothing else."""
    choice = sole_choice(chunk)
    if choice is None or choice.delta is None or len(choice.delta.tool_calls or ()) != 1:
        return None
    (call,) = choice.delta.tool_calls or ()
    return call.index if choice.delta == Delta(tool_calls=(call,)) else None


def shares(chunks: Sequence[Any]) -> bool:
    """Whether one id stands at several indices."""
    at: dict[str, int | None] = {}
    for chunk in chunks:
        for choice in (chunk.choices or ()) if isinstance(chunk, Chunk) else ():
            for call in (choice.delta.tool_calls if choice.delta else None) or ():
                if call.id and at.setdefault(call.id, call.index) != call.index:
                    return True
    return False


def sole_choice(chunk: Any) -> Choice | None:
    """The one choice of a chunk, if nothing happens with it that happens once: no usage, no error, no finish reason."""
    if not isinstance(chunk, Chunk) or chunk.usage or chunk.error or len(chunk.choices or ()) != 1:
        return None
    (choice,) = chunk.choices or ()
    special = choice.finish_reason or choice.message or choice.usage or choice.error
    return None if special else choice


def _deltas(chunk: Chunk, wanted: int | None) -> Iterator[tuple[Delta, bool]]:
    """The deltas of the wanted choice, each with whether a finish word came with it."""
    for choice in chunk.choices or ():
        if choice.delta is not None and (wanted is None or choice.index == wanted):
            yield choice.delta, bool(words_of(choice))


def _is_flagged(delta: Delta) -> bool:
    """Whether Gemini says of the content that it is a thought."""
    google = (delta.extra_content or {}).get("google") if isinstance(delta.extra_content, dict) else None
    return isinstance(google, dict) and google.get("thought") is True


def _detailed(details: Any) -> str:
    found = (as_object(detail) for detail in as_list(details))
    names = ("text", "summary", "thinking")
    return "".join(next(filter(None, (as_text(detail.get(name)) for name in names)), "") for detail in found)


@define
class _Thoughts:
    """The reasoning that deltas say, where one may say again all that came.

    It does so by another name, in details or blocks; or with the finish word, when something was said since.

    Attributes:
        config: of the fold.
        said: the reasoning.
        name: by what it came first.
        since: what was said after it: nothing, text, or what may not have been emitted yet.
    """

    config: Any
    said: str = ""
    name: str = ""
    since: Literal["nothing", "text", "anything"] = "nothing"

    def read(self, delta: Delta, is_last: bool) -> bool:
        """Read a delta; false where naive reading does not tell what it says."""
        text = delta.content or ""
        named = {name: getattr(delta, name) for name in ("reasoning_content", "reasoning", "reasoning_text")}
        name, thought = next(((of, piece) for of, piece in named.items() if piece), ("details", ""))
        thought = thought or _detailed(delta.reasoning_details)
        if delta.reasoning_source == "thinking_blocks":
            name = "blocks"
        flagged = delta.thought is True or _is_flagged(delta)
        if flagged and text != thought:  # else it is said under two names
            self.said, self.since = self.said + text, "nothing"
        again = bool(thought) and thought == self.said
        if again and is_last and self.since == "anything":
            return False
        if thought and getattr(self.config, "cumulative_reasoning", False):
            if name == "details":
                return False
            if not _begins(self.said, thought):
                self.said = thought if _begins(thought, self.said) else self.said + thought
        elif not (
            again and ((is_last and self.since == "text") or (name in ("details", "blocks") and self.name != name))
        ):
            self.said += thought
        if thought:
            self.name, self.since = self.name or name, "nothing"
        if (text and not flagged) or delta.refusal:
            self.since = "anything" if thought or _HALF.search(text) else "text"
        elif delta.tool_calls or delta.function_call or delta.annotations or delta.executed_tools:
            self.since = "anything"
        return True


def _piece(call: CallDelta) -> str:
    given = (call.function.arguments if call.function else None, call.custom.input if call.custom else None)
    return "".join(dict.fromkeys(filter(None, given)))  # the same twice is one


def _thoughts(calls: Sequence[str], key: str) -> str | None:
    """What the calls' arguments have under this key, joined; of an object that was cut off, as much as there is."""
    found = ""
    for arguments in calls:
        if arguments.lstrip(" \t\n\r")[:1] not in ("", "{"):
            continue
        members = _members(arguments) or _members(arguments + '"}')
        if members is None:
            return None
        found += "".join(value for name, value in members if name == key and isinstance(value, str))
    return None if _HALF.search(found) else found


def _members(text: str) -> list[tuple[str, Any]] | None:
    try:
        members: list[tuple[str, Any]] = json.loads(text or "{}", object_pairs_hook=list)
    except (ValueError, RecursionError):
        return None
    return members


def _begins_flagged(chunks: Sequence[Any], config: Any) -> bool:
    """Whether the first text or reasoning of all is content that is flagged as a thought."""
    deltas = (delta for chunk in before_failure(chunks, config.choice) for delta, _ in _deltas(chunk, config.choice))
    first = next((of for of in deltas if of.content or any(getattr(of, name) for name in TEXTS)), Delta())
    alone = bool(first.content) and not (first.reasoning_content or first.reasoning or first.reasoning_text)
    return alone and (first.thought is True or _is_flagged(first))

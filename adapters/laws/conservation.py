"""Laws 3 and 11: what the chunks said, what the messages say and what the result says are the same."""

import json
from collections import Counter
from collections.abc import Sequence

from ...reducer.diagnostics import FURTHER
from ...reducer.messages import ToolCallClosed
from ...reducer.result import ReasoningPart, RefusalPart, Result, SummarizedReasoningPart, TextPart, ToolCall
from ..short_repr import short_repr
from ..utf16 import as_units
from .evidence import Finish, called, spoken
from .oracle import Content
from .skipping import unskipped, without

_LATE = ("came after it was closed", "in the place of emitted ones")
"""How diagnostics end that are about no whole, but about what came of a call too late."""
_SET_OFF = "\n\n"  # between the parts of a summary, which the chunks do not have


def conserving(done: Finish) -> str | None:
    """What the messages say, joined, is what the chunks said, joined, and is what the result says.

    That holds for each channel: text, reasoning, refusal, each tool call's arguments. Nothing lost, nothing twice, not
    a space, at any cut. And kept: a member that no fold reads is in the `extras` of its level, merged with what came
    there before, and is named once in the diagnostics. What a fold skips (`skip_messages`) is what the fold of the same
    stream emits that skips none.
    """
    skipped = getattr(done.prefix.config, "skip_messages", None)
    if skipped:
        messages, done = done.messages, unskipped(done)
        if messages != tuple(without(done.messages, skipped, done.prefix.config.message_id)):
            return f"the messages are not those of the fold that skips none, without {', '.join(sorted(skipped))}"
    emitted = _emitted(done)
    content = done.prefix.content
    wrong = None if content is None else _unlike_the_chunks(emitted, content, done)
    if wrong or (_notes(done.result, "mismatch") and not (content is not None and content.tells_arguments)):
        # After a mismatch the result has the provider's whole, and the messages stay as sent.
        return wrong or _unlike_its_ids(done)
    if done.prefix.oracle.thoughtful:
        return _unlike_the_thoughts(emitted, done)
    return _unlike_the_result(emitted, done.result) or _unlike_its_calls(done)


def kept(done: Finish) -> str | None:
    """Law 3, its second half: of every member that no fold reads the result has what came, and nothing that never did.

    Objects are merged, lists appended, of other values the last counts; signatures are never joined. `NOT_KEPT` says
    of what that is not so, and why; beyond the limits of what is kept nothing is said.
    """
    return done.prefix.oracle.kept(done.prefix.chunks, done.prefix.config, done.result)


def agreeing(done: Finish) -> str | None:
    """Where the provider sends the whole at the end, it equals what was folded.

    Where it goes on, the missing tail is emitted; where it contradicts, the result takes the provider's whole, the
    messages stay as sent, and a diagnostic says so.
    """
    content = done.prefix.content
    if content is None or content.wholes is None:
        return None
    mismatches = [note.detail for note in done.result.diagnostics if note.kind == "mismatch"]
    if FURTHER not in mismatches and content.contradicted != any(not one.endswith(_LATE) for one in mismatches):
        return "a diagnostic must say that a whole contradicts what was folded, exactly where one does"
    ours = _parts(done.result)
    arguments = [call.arguments for call in done.result.tool_calls]
    theirs = content.wholes.get("arguments", arguments)
    if len(arguments) != len(theirs) or not all(map(_is_same, arguments, theirs)):
        return f"the provider's arguments are {theirs!r}, the result's {arguments!r}"
    for channel, parts in content.wholes.items():
        if channel == "arguments":
            continue
        # The provider's texts are an item's each, the result's a part's each.
        joined = sorted("".join(parts)) == sorted("".join(ours[channel])) and len(ours[channel]) > sum(map(bool, parts))
        if not joined and Counter(filter(None, parts)) != Counter(filter(None, ours[channel])):
            return f"the provider's {channel} is {parts!r}, the result's {ours[channel]!r}"
    return None


def _emitted(done: Finish) -> dict[str, str]:
    """What the messages say; where reasoning rides in the arguments, the thoughts apart and the arguments whole."""
    emitted = spoken(done.messages)
    if done.prefix.oracle.thoughtful:
        own = [message for message in done.messages if getattr(message, "source", "") == "non_reasoner_model"]
        native = [message for message in done.messages if getattr(message, "source", "") == "reasoner_model"]
        emitted["thoughts"], emitted["reasoning"] = spoken(own)["reasoning"], spoken(native)["reasoning"]
        emitted["arguments"] = "".join(call.arguments for call in done.result.tool_calls)
    return emitted


def _unlike_the_chunks(emitted: dict[str, str], content: Content, done: Finish) -> str | None:
    answers_by_tool = getattr(done.prefix.config, "use_assistant_message", False)  # then a call is text
    for channel in ("refusal",) if answers_by_tool else ("text", "refusal"):
        if emitted[channel] != getattr(content, channel):
            return f"the messages' {channel} is {emitted[channel]!r}, the chunks' {getattr(content, channel)!r}"
    if not _is_reasoning(emitted["reasoning"], content.reasoning, done):
        return f"the messages' reasoning is {emitted['reasoning']!r}, the chunks' {content.reasoning!r}"
    thoughts = emitted.get("thoughts", content.thoughts)
    if content.thoughts is not None and not _is_made_of(thoughts or "", content.thoughts, done.result):
        return f"the messages' thoughts are {thoughts!r}, the chunks' {content.thoughts!r}"
    return _unlike_the_arguments(emitted["arguments"], content, done)


def _is_reasoning(said: str, came: str, done: Finish) -> bool:
    """Whether reasoning is what came: to the letter, but for what sets off summaries in Responses."""
    return said == came or (_has_summary(done.result) and said.replace(_SET_OFF, "") == came.replace(_SET_OFF, ""))


def _has_summary(result: Result) -> bool:
    return any(isinstance(part, SummarizedReasoningPart) for part in result.content)


def _unlike_the_arguments(emitted: str, content: Content, done: Finish) -> str | None:
    """Law 3, of arguments: each call's, where the chunks tell these apart; else what all of them are made of."""
    result = done.result
    if content.calls is not None:
        ours = [call.arguments for call in result.tool_calls]
        same = len(ours) == len(content.calls) and all(map(_is_same, ours, content.calls))
        return None if same else f"the result's arguments are {ours!r}, the chunks' {content.calls!r}"
    if _notes(result, "mismatch") or (content.wholes is None and repeats(result)):
        return None  # snapshots say less than their pieces
    lost = Counter(as_units(content.arguments)) - Counter(as_units(emitted))
    made = Counter(as_units(emitted)) - Counter(as_units(content.arguments))
    if done.prefix.oracle.thoughtful and made["{"]:  # the result's: it says `{}` for a lone null
        lost = Counter({char: lost[char] for char in lost if char not in "nul \t\n\r"})
    if lost or made["{"] != made["}"] or set(made) - {"{", "}"} or (made and not done.prefix.oracle.thoughtful):
        return f"the messages' arguments are made of {emitted!r}, the chunks' of {content.arguments!r}"
    return None


def _unlike_the_result(emitted: dict[str, str], result: Result) -> str | None:
    parts = _parts(result)
    only_reasoned = (emitted["text"], "".join(parts["text"]), parts["reasoning"]) == ("", emitted["reasoning"], [])
    if result.outcome == "completed" and emitted["reasoning"] and only_reasoned:
        return None  # a model whose whole answer came as reasoning has answered
    for channel, ours in parts.items():
        theirs = emitted[channel]
        if channel == "reasoning" and _has_summary(result):
            theirs, ours = theirs.replace(_SET_OFF, ""), [part.replace(_SET_OFF, "") for part in ours]
        # Several parts have an order in the result; nothing makes them come in it.
        if "".join(ours) != theirs and not (len(ours) > 1 and sorted("".join(ours)) == sorted(theirs)):
            return f"the messages' {channel} is {theirs!r}, the result's {ours!r}"
    return None


def _unlike_its_ids(done: Finish) -> str | None:
    """Law 3, of the ids of calls: messages and result say the same ones, whatever else of a call they say."""
    if done.prefix.oracle.thoughtful:  # a call may be the answer, which has no id
        return None
    said = {*called(done.messages), *(one.tool_call_id for one in done.messages if isinstance(one, ToolCallClosed))}
    made = {call.id for call in done.result.tool_calls}
    return None if said == made else f"the messages' calls are {sorted(said)}, the result's {sorted(made)}"


def _unlike_its_calls(done: Finish) -> str | None:
    emitted = called(done.messages)
    made: dict[str, list[ToolCall]] = {}
    for call in done.result.tool_calls:  # two calls of one stream may have the same id
        made.setdefault(call.id, []).append(call)
    for call_id, (name, arguments) in emitted.items():
        calls = made.get(call_id, [])
        same_name = bool(calls) and "".join(call.name for call in calls) == name
        if not same_name or not _is_of(arguments, [call.arguments for call in calls]):
            result = ", ".join(f"{call.name}({call.arguments})" for call in calls) or None
            return f"the messages' call {call_id} is {name}({arguments}), the result's {result}"
    return None if len(made) == len(emitted) else f"{len(made)} calls in the result, {len(emitted)} in the messages"


def _is_of(emitted: str, wholes: Sequence[str]) -> bool:
    """Whether a text is these arguments, joined; of a call that was given none, the result alone says `{}`."""
    if len(wholes) == 1 and _is_none(wholes[0], emitted):
        return True
    ends = {0}
    for whole in wholes:
        unsaid = ends if whole == "{}" else set()
        ends = {end + len(whole) for end in ends if emitted.startswith(whole, end)} | unsaid
    return len(emitted) in ends


def _is_same(result: str, came: str | None) -> bool:
    """Whether a call's arguments are what came of them, as far as that is known."""
    return came is None or result == came or _is_none(result, came)


def _is_none(result: str, came: str) -> bool:
    """Whether nothing came for arguments, or a lone null, and the result says `{}`."""
    return result == "{}" and came.strip(" \t\n\r") in ("", "null")


def _unlike_the_thoughts(emitted: dict[str, str], done: Finish) -> str | None:
    """Where reasoning rides in the arguments, the result has it as text."""
    result = done.result
    if (emitted["reasoning"], emitted["refusal"]) != (result.reasoning, result.refusal):
        return f"the messages' reasoning and refusal are {emitted!r}, the result's {short_repr(result)}"
    answers_by_tool = getattr(done.prefix.config, "use_assistant_message", False)
    if not answers_by_tool and not _is_made_of(emitted["thoughts"] + emitted["text"], result.text, result):
        return f"the messages' thoughts and text are {emitted!r}, the result's text {result.text!r}"
    return _unlike_without_thoughts(done)


def _unlike_without_thoughts(done: Finish) -> str | None:
    """What is said of a call's arguments is the result's object without the thoughts, where both are whole objects."""
    result, key = done.result, done.prefix.config.thoughts_key
    if repeats(result) or any(note.kind == "mismatch" for note in result.diagnostics):
        return None
    said = called(done.messages)
    for call in result.tool_calls:
        whole, told = (_members(text) for text in (call.arguments, said.get(call.id, ("", ""))[1]))
        if call.kind == "custom" or call.id not in said or whole is None or (told is None and not call.closed):
            continue
        others = [member for member in whole if not (member[0] == key and isinstance(member[1], str))]
        if others != (told or []):
            return f"the messages' arguments of {call.id} are {said[call.id][1]!r}, the result's {call.arguments!r}"
    return None


def _members(text: str) -> list[tuple[str, object]] | None:
    """The members of the object that a text is, in their order, numbers as they are written; None if it is none."""
    try:
        found = json.loads(text, object_pairs_hook=list, parse_int=_number, parse_float=_number)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) and text.lstrip()[:1] == "{" else None


def _number(digits: str) -> tuple[str]:
    return (digits,)


def _is_made_of(one: str, other: str, result: Result) -> bool:
    """Whether two texts are equal; those of several calls may come in turns."""
    return one == other or (len(result.tool_calls) > 1 and sorted(one) == sorted(other))


def repeats(result: Result) -> bool:
    """Whether a call's arguments came as snapshots, or came again: then not all that came is a piece of them."""
    return any("snapshots" in note.detail or "came again" in note.detail for note in result.diagnostics)


def _parts(result: Result) -> dict[str, list[str]]:
    """The result's content by channel, a text for each part."""
    parts: dict[str, list[str]] = {"text": [], "reasoning": [], "refusal": []}
    for part in result.content:
        if isinstance(part, TextPart):
            parts["text"].append(part.text)
        elif isinstance(part, ReasoningPart):
            parts["reasoning"].append(part.reasoning)
        elif isinstance(part, SummarizedReasoningPart):
            parts["reasoning"].extend(piece.text for piece in part.summary)
        elif isinstance(part, RefusalPart):
            parts["refusal"].append(part.refusal)
    return parts


def _notes(result: Result, kind: str) -> bool:
    return any(note.kind == kind for note in result.diagnostics)

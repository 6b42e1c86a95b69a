"""What must be true of whatever was folded, as assertions that hold for every stream there can be."""

import json
import pickle
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import evolve
from streamfold.adapters import snapshot, wire
from streamfold.adapters.json_text import dumps
from streamfold.adapters.protocols import letta
from streamfold.adapters.protocols.result_json import result_to_json
from streamfold.reducer import chat, inner_thoughts, responses
from streamfold.reducer.completions.chunk import Choice, Chunk
from streamfold.reducer.completions.finish_words import finish_class
from streamfold.reducer.completions.state import rested
from streamfold.reducer.ends import Cancelled, Done, End, Ended, Failed
from streamfold.reducer.messages import Message
from streamfold.reducer.responses import acts
from streamfold.reducer.responses.table import RULES
from streamfold.reducer.result import Result
from streamfold.reducer.values import json_scan
from streamfold.reducer.values.json_status import json_status
from support.json_texts import paired
from support.law_checks import channels, check_ended, check_finished, check_otids, check_safe

STATE_SHARE, STATE_MOST = 24, 40_000
"""A pickled state is at most so many bytes for each byte of the stream, and so many beside."""
SAID_SHARE, SAID_MOST = 200, 40_000
"""The same of all messages in Letta's JSON: one character of content in a list of parts is a message of its own."""

_NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)


def check_told(machine: Any, state: Any, messages: Sequence[Message], chunks: Sequence[Any], end: End) -> Result:
    """The laws that can be seen in one fold that has ended."""
    result: Result = machine.result(state)
    check_otids(messages)
    check_finished(machine, state, chunks)
    check_safe(result)
    if result.outcome == "cancelled" and not isinstance(end, Cancelled):
        assert any("cancel" in f"{getattr(chunk, 'type', '')} {getattr(chunk, 'response', '')}" for chunk in chunks)
    else:
        check_ended(machine, state, messages, result, end)
    check_said(machine, messages, result)
    if machine is responses:
        check_deltas(chunks, messages, result)
    else:
        check_heard(machine, state, chunks, messages, result)
    return result


def is_json(text: str) -> bool | None:
    """Whether Python's reader takes a text for strict JSON; None where it is nested deeper than that can say."""

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    if text.startswith("\ufeff"):
        return False  # Python says so too, in words of its own
    try:
        json.loads(text, parse_constant=refuse, parse_int=str, parse_float=str)
    except RecursionError:
        return None
    except ValueError:
        return False
    return True


def check_said(machine: Any, messages: Sequence[Message], result: Result) -> None:
    """What the messages say is what the result says, character by character; where no order is promised, as a bag."""
    if contradicted(result):
        return
    said = channels(messages)
    if machine is inner_thoughts:
        assert said["refusal"] == result.refusal
        return
    if machine is chat and said["text"] == "" and result.text and (result.model or "").startswith("deepseek"):
        said["text"], said["reasoning"] = said["reasoning"], ""  # DeepSeek's whole answer may come as reasoning
    bag = _units if machine is responses else str
    assert bag(result.text) == bag(said["text"])
    assert bag(result.refusal) == bag(said["refusal"])
    assert bag(result.reasoning.replace("\n\n", "")) == bag(said["reasoning"].replace("\n\n", ""))
    made: dict[str, list[str]] = {}
    for call in result.tool_calls:
        made.setdefault(call.id, []).append(call.name + _given(call.arguments))
    heard = {call["id"]: call["name"] + _given(call["arguments"]) for call in said["calls"]}
    assert made.keys() == heard.keys()
    for call_id, texts in made.items():
        if len(texts) == 1:
            assert texts == [heard[call_id]]


def _given(arguments: str) -> str:
    """Arguments, where a result has `{}` for none, and for a lone null."""
    return "{}" if arguments.strip(" \t\n\r") in ("", "null") else arguments


def contradicted(result: Result) -> bool:
    """Whether the provider's wholes were other than its deltas."""
    return any(note.kind == "mismatch" for note in result.diagnostics)


def came_again(result: Result) -> bool:
    """Whether all of the reasoning came once more, and was said once."""
    return any(note.detail == "all of the reasoning came again" for note in result.diagnostics)


def check_heard(machine: Any, state: Any, chunks: Sequence[Any], messages: Sequence[Message], result: Result) -> None:
    """What the chunks of a Chat Completions stream said, joined, is what was said of it."""
    said, heard = channels(messages), heard_of(chunks, state.config.choice)
    assert result.refusal == said["refusal"] == heard["refusal"]
    if machine is inner_thoughts:
        check_thoughts(state, messages, result, heard)
        return
    if state.config.think_tags is False:
        assert said["text"] == heard["text"]
        assert said["reasoning"] == heard["reasoning"] or came_again(result)
    if not state.config.detect_snapshots:
        arguments, all_heard = _units("".join(call["arguments"] for call in said["calls"])), _units(heard["arguments"])
        if any(note.detail.startswith("arguments that came again") for note in result.diagnostics):
            assert arguments <= all_heard
        else:
            assert arguments == all_heard


def _units(text: str) -> Counter[bytes]:
    """How often each UTF-16 unit stands in a text: two calls' halves are no character where the calls are joined."""
    units = text.encode("utf-16-le", "surrogatepass")
    return Counter(units[at : at + 2] for at in range(0, len(units), 2))


def check_deltas(chunks: Sequence[Any], messages: Sequence[Message], result: Result) -> None:
    """Where nothing was noted, every delta of a Responses stream whose events have no numbers is in what was said."""
    if result.diagnostics or any(getattr(chunk, "sequence_number", 0) is not None for chunk in chunks):
        return
    heard, said = dict.fromkeys(("text", "reasoning", "refusal", "calls"), ""), channels(messages)
    for chunk in chunks:
        channel = RULES[chunk.type].channel if chunk.type in RULES and RULES[chunk.type].act is acts.delta else ""
        if isinstance(chunk.delta, str) and channel:
            heard[{"summary": "reasoning", "arguments": "calls"}.get(channel, channel)] += chunk.delta
    said["calls"] = "".join(call["arguments"] for call in said["calls"])
    for channel, text in heard.items():
        assert _units(text) <= _units(said[channel]), channel


def heard_of(chunks: Iterable[Any], wanted: int | None) -> dict[str, str]:
    """What the deltas of one choice said before an error, if one came; halves of a character are joined in a text."""
    heard = dict.fromkeys(("text", "reasoning", "refusal", "arguments"), "")
    over = False
    for chunk in chunks:
        over = over or isinstance(chunk, Done)
        choices = choices_of(chunk, wanted) if isinstance(chunk, Chunk) else []
        for delta in (choice.delta for choice in choices if choice.delta is not None):
            heard["text"] += delta.content or ""
            details = delta.reasoning_details if isinstance(delta.reasoning_details, (list, tuple)) else ()
            texts = ((part.get("text"), part.get("summary")) for part in details if isinstance(part, dict))
            shown = "".join(next((text for text in pair if text and isinstance(text, str)), "") for pair in texts)
            heard["reasoning"] += delta.reasoning_content or delta.reasoning or delta.reasoning_text or shown
            heard["refusal"] += delta.refusal or ""
            for call in delta.tool_calls or ():
                given = ((call.function and call.function.arguments), (call.custom and call.custom.input))
                heard["arguments"] += "".join(dict.fromkeys(filter(None, given)))  # the same twice is one
            heard["arguments"] += (delta.function_call.arguments or "") if delta.function_call else ""
        if not over and (any(map(_fails, choices)) or (isinstance(chunk, Chunk) and chunk.error)):
            break
    return {channel: text if channel == "arguments" else paired(text) for channel, text in heard.items()}


def choices_of(chunk: Chunk, wanted: int | None) -> list[Choice]:
    """The choices of a chunk that a fold of that one reads."""
    return [choice for choice in chunk.choices or () if wanted in (None, choice.index)]


def _fails(choice: Choice) -> bool:
    return bool(choice.error) or finish_class(choice.finish_reason) == "error"


def check_thoughts(state: Any, messages: Sequence[Message], result: Result, heard: dict[str, str]) -> None:
    """Each call's arguments, scanned anew and all at once, come to what was said of them while they came."""
    native, thoughts = "", ""
    for message in messages:
        if message.message_type == "reasoning_message":
            native += message.reasoning if message.source == "reasoner_model" else ""
            thoughts += message.reasoning if message.source == "non_reasoner_model" else ""
    assert native == heard["reasoning"] or came_again(result)
    if any(note.detail.endswith("came after it was closed") for note in result.diagnostics):
        return  # and is said as it came, unscanned
    key, answer = state.config.thoughts_key, state.config.assistant_message_tool_kwarg
    rests: dict[str, Counter[str]] = {}
    own, spoken = Counter(heard["text"]), Counter[str]()
    lanes = [lane for lane in rested(state).lanes if lane.is_own]
    for lane, call in zip(lanes, result.tool_calls, strict=True):
        split = scanned(str(lane.arguments), lane.split.scan.chosen)
        spoken += Counter(split.get(key, ""))
        if not lane.split.assistant:
            rests.setdefault(call.id, Counter()).update(split.get(None, ""))  # some calls share an id
        elif answer != key:
            own += Counter(split.get(answer, ""))
    assert Counter(thoughts) == spoken
    said = channels(messages)
    assert Counter(said["text"]) == own
    assert {call["id"]: Counter(call["arguments"]) for call in said["calls"]} == rests


def scanned(text: str, chosen: tuple[str, ...]) -> dict[str | None, str]:
    """A text's chosen members and its rest, scanned in one go."""
    scan, pieces = json_scan.feed(json_scan.start(chosen), text)
    _, more = json_scan.close(scan)
    found: dict[str | None, str] = {}
    for key, piece, _ in [*pieces, *more]:
        found[key] = found.get(key, "") + piece
    return found


def check_sizes(state: Any, messages: Sequence[Message], size: int) -> None:
    """Neither the state nor what was said grows out of proportion to the stream."""
    assert len(pickle.dumps(state)) <= STATE_SHARE * size + STATE_MOST
    said = sum(len(dumps(shown)) for shown in map(letta.to_json, messages) if shown is not None)
    assert said <= SAID_SHARE * size + SAID_MOST


def check_letta(messages: Sequence[Message], result: Result) -> None:
    """Everything that was said can be written as one line of JSON each, and as the body of an event stream."""
    values = [shown for shown in map(letta.to_json, messages) if shown is not None]
    for value in (*values, result_to_json(result)):
        line = dumps(value)
        line.encode()
        assert len(line.splitlines()) == 1
        assert json.loads(line)["message_type"] == value["message_type"]
    body = b"".join(letta.sse(messages, lambda: _NOON, own_types=True))
    frames = list(wire.frames([body]))
    assert frames[-1].data == b"[DONE]"
    stops = sum(message.message_type == "stop_reason" for message in messages)
    assert len(frames) == len(values) - stops + 2


def restored(value: Any) -> Any:
    """A value after a way through a snapshot's JSON, which must not change it."""
    text = snapshot.dumps(value)
    again = snapshot.loads(text)
    assert again == value
    assert snapshot.dumps(again) == text
    return again


def halves(chunk: Any) -> tuple[Any, Any] | None:
    """A chunk whose one text is cut in two; None where there is not exactly one to cut."""
    if isinstance(chunk, responses.Chunk):
        delta = chunk.delta
        if not isinstance(delta, str) or len(delta) < 2 or chunk.sequence_number is not None:
            return None
        at = len(delta) // 2
        return evolve(chunk, delta=delta[:at]), evolve(chunk, delta=delta[at:], repairs=())
    if not isinstance(chunk, Chunk) or len(chunk.choices or ()) != 1 or chunk.error or chunk.citations:
        return None
    (choice,) = chunk.choices or ()
    cut = None if choice.delta is None or choice.finish_reason else _delta_halves(choice.delta)
    if cut is None:
        return None
    second = evolve(chunk, choices=(evolve(choice, delta=cut[1], content_filter_results=None),), usage=None, repairs=())
    return evolve(chunk, choices=(evolve(choice, delta=cut[0]),)), evolve(second, x_groq=None)


def _delta_halves(delta: Any) -> tuple[Any, Any] | None:
    texts = ("content", "reasoning_content", "reasoning", "reasoning_text", "refusal")
    others = ("reasoning_details", "tool_calls", "function_call", "annotations", "executed_tools")
    full = [name for name in (*texts, *others) if getattr(delta, name)]
    if len(full) != 1:
        return None
    (name,) = full
    if name in texts:
        text = getattr(delta, name)
        at = len(text) // 2
        return (evolve(delta, **{name: text[:at]}), evolve(delta, **{name: text[at:]})) if at else None
    if name != "tool_calls" or len(delta.tool_calls) != 1:
        return None
    (call,) = delta.tool_calls
    text = call.function.arguments if call.function else None
    if call.custom or not text or len(text) < 2 or json_status(text) == "complete":  # whole calls are told by that
        return None
    first = evolve(call, function=evolve(call.function, arguments=text[: len(text) // 2]))
    rest = evolve(call.function, name=None, arguments=text[len(text) // 2 :])
    second = evolve(call, id=None, function=rest, extra_content=None)
    return evolve(delta, tool_calls=(first,)), evolve(delta, tool_calls=(second,))


MACHINES: dict[str, Any] = {"chat": chat, "inner-thoughts": inner_thoughts, "responses": responses}
ENDS: tuple[End, ...] = (Ended(), Cancelled(), Failed("boom"), Failed("context_length_exceeded"))

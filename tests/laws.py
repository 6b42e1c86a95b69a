"""The laws of DESIGN, as assertions over what a machine said: used by the property tests and the recorded corpus."""

import pickle
from collections.abc import Iterable, Sequence
from typing import Any

from streamfold.reducer import otid as otids
from streamfold.reducer.machine import End, Ended
from streamfold.reducer.messages import Message
from streamfold.reducer.result import Result

MESSAGE_ID = "message-11111111-2222-4333-8444-5555555555d5"
APPROVAL_ID = "message-11111111-2222-4333-8444-5555555555d4"
CHANNELS = {
    "assistant_message": "text",
    "reasoning_message": "reasoning",
    "refusal_message": "refusal",
    "tool_call_message": "calls",
    "approval_request_message": "calls",
}


def channels(messages: Iterable[Message]) -> dict[str, Any]:
    """What the messages say, joined: text, reasoning, refusal, calls."""
    said: dict[str, Any] = {"text": "", "reasoning": "", "refusal": "", "calls": {}}
    for message in messages:
        channel = CHANNELS.get(message.message_type)
        if channel == "calls":
            delta = message.tool_call  # type: ignore[union-attr]
            call = said["calls"].setdefault(delta.tool_call_id, {"id": delta.tool_call_id, "name": "", "arguments": ""})
            call["name"] += delta.name or ""
            call["arguments"] += delta.arguments or ""
        elif channel:
            said[channel] += text_of(message)
    return said | {"calls": list(said["calls"].values())}


def text_of(message: Message) -> str:
    """The text that a message adds to its run."""
    for name in ("reasoning", "content", "refusal"):
        if hasattr(message, name):
            return getattr(message, name)  # type: ignore[no-any-return]
    call = getattr(message, "tool_call", None)
    return (call.arguments or "") if call else ""


def runs(messages: Iterable[Message]) -> list[tuple[str, str, str, str | None, str, str]]:
    """(type, id, otid, tool call, joined name, joined text) of each stretch that agrees in the first four."""
    found: list[list[Any]] = []
    for message in messages:
        call = getattr(message, "tool_call", None)
        key = [message.message_type, message.id, message.otid, call.tool_call_id if call else None]
        if not found or found[-1][:4] != key:
            found.append([*key, "", ""])
        found[-1][4] += (call.name or "") if call else ""
        found[-1][5] += text_of(message)
    return [tuple(run) for run in found]


def feed(machine: Any, config: Any, chunks: Iterable[Any], end: End | None = None) -> tuple[Any, list[Message]]:
    """Fold, and check at each step that the input state stays as it was (law 1) and that nothing raises (law 2)."""
    state, messages = machine.start(config)
    said = list(messages)
    for chunk in chunks:
        before = pickle.dumps(state)
        after, messages = machine.step(state, chunk)
        again, same = machine.step(state, chunk)
        assert (again, same) == (after, messages)
        assert pickle.dumps(state) == before
        state = after
        said.extend(messages)
    state, messages = machine.finish(state, Ended() if end is None else end)
    return state, [*said, *messages]


def check_finished(machine: Any, state: Any, chunks: Sequence[Any]) -> None:
    """Law 4: `finish` is idempotent, and after it nothing changes."""
    assert machine.finish(state, Ended()) == (state, ())
    for chunk in chunks[:2]:
        assert machine.step(state, chunk) == (state, ())
    assert machine.result(state) == machine.result(state)


def check_otids(messages: Sequence[Message]) -> None:
    """Law 7."""
    index, before = -1, None
    for message in messages:
        if message.message_type != before:
            index, before = index + 1, message.message_type
        if message.message_type == "approval_request_message":
            assert (message.id, message.otid) == (APPROVAL_ID, APPROVAL_ID)
        else:
            assert (message.id, message.otid) == (MESSAGE_ID, otids(MESSAGE_ID, index))


def check_agreement(messages: Sequence[Message], result: Result) -> None:
    """Law 3, its second half: what the messages say, joined, is what the result says."""
    said = channels(messages)
    if not any(diagnostic.kind == "mismatch" for diagnostic in result.diagnostics):
        assert (result.text, result.refusal) == (said["text"], said["refusal"])
        reasoning, spoken = (text.replace("\n\n", "") for text in (result.reasoning, said["reasoning"]))
        if sum(part.type == "reasoning" or len(getattr(part, "summary", ())) for part in result.content) > 1:
            # Parts of reasoning have an order in the result; nothing makes them come in it.
            reasoning, spoken = "".join(sorted(reasoning)), "".join(sorted(spoken))
        assert reasoning == spoken
        calls = {call.id: (call.name, call.arguments) for call in result.tool_calls}
        for call in said["calls"]:
            name, arguments = calls[call["id"]]
            assert (name, arguments) in ((call["name"], call["arguments"]), (call["name"], call["arguments"] or "{}"))
        assert len(calls) == len(said["calls"])


def check_safe(result: Result) -> None:
    """Law 8: what is offered as complete can be run."""
    import json

    for call in result.tool_calls:
        if call.complete:
            assert call.closed
            assert call.name
            if call.kind == "function":
                json.loads(call.arguments)

"""What a screen shows of a sink's events: readers of each protocol, as strict as its strictest client and stricter.

They are written from what the protocols say, and know nothing of `turn`: what is wrong there is not wrong here too.
"""

import json
from collections.abc import Iterable
from typing import Any

from attrs import Factory, define

Event = dict[str, Any]


@define
class Shown:
    """What a screen shows, and whether it is done."""

    text: str = ""
    reasoning: str = ""
    inputs: dict[str, Any] = Factory(dict)  # by call, of those that may be run
    arguments: dict[str, str] = Factory(dict)  # by call, as they streamed in
    refused: dict[str, str] = Factory(dict)  # by call, why it is not run
    outputs: dict[str, Any] = Factory(dict)  # by call
    approvals: list[str] = Factory(list)  # the calls that wait for one
    server_tools: dict[str, Any] = Factory(dict)  # by item, what came out
    sources: list[Event] = Factory(list)
    end: Event | None = None


_VERCEL: dict[str, tuple[set[str], set[str]]] = {
    "start": ({"messageId"}, set()),
    "start-step": (set(), set()),
    "finish-step": (set(), set()),
    "text-start": ({"id"}, {"providerMetadata"}),
    "text-delta": ({"id", "delta"}, set()),
    "text-end": ({"id"}, {"providerMetadata"}),
    "reasoning-start": ({"id"}, {"providerMetadata"}),
    "reasoning-delta": ({"id", "delta"}, set()),
    "reasoning-end": ({"id"}, {"providerMetadata"}),
    "tool-input-start": ({"toolCallId", "toolName"}, {"providerExecuted"}),
    "tool-input-delta": ({"toolCallId", "inputTextDelta"}, set()),
    "tool-input-available": ({"toolCallId", "toolName", "input"}, {"providerExecuted"}),
    "tool-input-error": ({"toolCallId", "toolName", "input", "errorText"}, {"providerExecuted"}),
    "tool-approval-request": ({"approvalId", "toolCallId"}, set()),
    "tool-output-available": ({"toolCallId", "output"}, {"providerExecuted"}),
    "tool-output-error": ({"toolCallId", "errorText"}, {"providerExecuted"}),
    "tool-output-denied": ({"toolCallId"}, set()),
    "source-url": ({"sourceId", "url"}, {"title"}),
    "source-document": ({"sourceId", "mediaType", "title"}, {"filename"}),
    "data-server-tool": ({"data"}, {"transient"}),
    "data-annotation": ({"data"}, {"transient"}),
    "finish": ({"finishReason"}, set()),
    "abort": (set(), set()),
    "error": ({"errorText"}, set()),
}
"""By type: the members that an event must have, and those that it may have."""

_FINISH = {"stop", "length", "content-filter", "tool-calls", "error", "other"}


def shown_by_vercel(events: Iterable[Event]) -> Shown:
    """What `useChat` shows."""
    shown, open_parts, used, states, in_step = Shown(), {}, set(), {}, False
    server: set[str] = set()
    for number, event in enumerate(events):
        kind = event["type"]
        must, may = _VERCEL[kind]
        assert must <= event.keys() - {"type"} <= must | may, event
        assert shown.end is None, f"{event} after the end"
        assert (kind == "start") == (number == 0), event
        for name in ("id", "toolCallId", "toolName", "messageId", "approvalId", "delta", "inputTextDelta", "errorText"):
            assert isinstance(event.get(name, "x"), str), event
            assert event.get(name, "x") or name == "errorText", event
        if kind not in ("start", "start-step", "finish", "abort", "error"):
            assert in_step, f"{event} outside a step"
        call = event.get("toolCallId")
        match kind.split("-"):
            case ["text" | "reasoning" as channel, "start"]:
                assert event["id"] not in used, f"{event} again"
                used.add(event["id"])
                open_parts[event["id"]] = channel
            case ["text" | "reasoning" as channel, "delta"]:
                assert open_parts[event["id"]] == channel
                setattr(shown, channel, getattr(shown, channel) + event["delta"])
            case ["text" | "reasoning" as channel, "end"]:
                assert open_parts.pop(event["id"]) == channel
            case ["start", "step"]:
                assert not in_step
                in_step = True
            case ["finish", "step"]:
                assert in_step
                assert not open_parts
                assert "open" not in states.values()
                in_step = False
            case ["tool", "input", "start"]:
                assert call not in states, f"{event} again"
                states[call], shown.arguments[call] = "open", ""
                if event.get("providerExecuted"):
                    server.add(call)
            case ["tool", "input", "delta"]:
                assert states[call] == "open"
                shown.arguments[call] += event["inputTextDelta"]
            case ["tool", "input", "available"]:
                assert states[call] == "open"
                assert ("providerExecuted" in event) == (call in server)
                states[call] = "ready"
                if call not in server:
                    shown.inputs[call] = event["input"]
                    assert json.loads(shown.arguments[call] or "{}") in (event["input"], None)
            case ["tool", "input", "error"]:
                assert states[call] == "open"
                assert call not in server
                states[call], shown.refused[call] = "refused", event["errorText"]
            case ["tool", "approval", "request"]:
                assert states[call] == "ready"
                shown.approvals.append(call)
            case ["tool", "output", *_]:
                assert states.get(call) != "open"
                (shown.server_tools if call in server else shown.outputs)[call] = event.get("output", event)
            case ["source" | "data", *_]:
                shown.sources.append(event)
            case ["finish"] | ["abort"] | ["error"]:
                assert not in_step
                assert event.get("finishReason", "stop") in _FINISH
                shown.end = event
            case _:
                assert kind == "start"
    return shown


_AGUI: dict[str, tuple[set[str], set[str]]] = {
    "RUN_STARTED": ({"threadId", "runId"}, set()),
    "RUN_FINISHED": ({"threadId", "runId"}, {"outcome", "usage"}),
    "RUN_ERROR": ({"message"}, {"code", "usage"}),
    "STEP_STARTED": ({"stepName"}, set()),
    "STEP_FINISHED": ({"stepName"}, set()),
    "TEXT_MESSAGE_START": ({"messageId", "role"}, set()),
    "TEXT_MESSAGE_CONTENT": ({"messageId", "delta"}, set()),
    "TEXT_MESSAGE_END": ({"messageId"}, set()),
    "REASONING_START": ({"messageId"}, set()),
    "REASONING_MESSAGE_START": ({"messageId", "role"}, set()),
    "REASONING_MESSAGE_CONTENT": ({"messageId", "delta"}, set()),
    "REASONING_MESSAGE_END": ({"messageId"}, set()),
    "REASONING_END": ({"messageId"}, set()),
    "REASONING_ENCRYPTED_VALUE": ({"subtype", "entityId", "encryptedValue"}, set()),
    "TOOL_CALL_START": ({"toolCallId", "toolCallName"}, {"parentMessageId"}),
    "TOOL_CALL_ARGS": ({"toolCallId", "delta"}, set()),
    "TOOL_CALL_END": ({"toolCallId"}, set()),
    "TOOL_CALL_RESULT": ({"messageId", "toolCallId", "content"}, {"role"}),
    "CUSTOM": ({"name", "value"}, set()),
}


def shown_by_agui(events: Iterable[Event]) -> Shown:
    """What a client of AG-UI shows; a call whose result is not there is one that it may run."""
    shown, open_, used, texts = Shown(), set[tuple[str, str]](), set[tuple[str, str]](), set[str]()
    for number, event in enumerate(events):
        kind = event["type"]
        must, may = _AGUI[kind]
        assert must <= event.keys() - {"type"} <= must | may, event
        assert shown.end is None, f"{event} after the end"
        assert (kind == "RUN_STARTED") == (number == 0), event
        assert None not in event.values(), event
        assert event.get("delta", "x"), f"{event} is empty"
        id_ = event.get("toolCallId") or event.get("messageId") or event.get("stepName") or ""
        what, _, how = kind.rpartition("_")
        if how in ("START", "STARTED") and kind != "RUN_STARTED":
            assert (what, id_) not in used, f"{event} again"
            open_.add((what, id_))
            used.add((what, id_))
        elif how in ("END", "FINISHED") and kind != "RUN_FINISHED":
            open_.remove((what, id_))
        elif how in ("CONTENT", "ARGS"):
            assert (what, id_) in open_, event
        if kind == "TEXT_MESSAGE_START":
            texts.add(id_)
        elif kind == "REASONING_MESSAGE_START":
            assert ("REASONING", id_) in open_
        elif kind == "REASONING_ENCRYPTED_VALUE":
            assert ("REASONING", event["entityId"]) in used - open_
        elif kind == "TEXT_MESSAGE_CONTENT":
            shown.text += event["delta"]
        elif kind == "REASONING_MESSAGE_CONTENT":
            shown.reasoning += event["delta"]
        elif kind == "TOOL_CALL_START":
            assert event.get("parentMessageId") in texts | {None}
            shown.arguments[id_] = ""
        elif kind == "TOOL_CALL_ARGS":
            shown.arguments[id_] += event["delta"]
        elif kind == "TOOL_CALL_RESULT":
            assert ("TOOL_CALL", id_) not in open_
            shown.outputs[id_] = event["content"]
        elif kind == "CUSTOM":
            shown.sources.append(event)
        elif kind in ("RUN_FINISHED", "RUN_ERROR"):
            assert not open_, open_
            shown.end = event
            interrupts = event.get("outcome", {}).get("interrupts", ())
            shown.approvals = [interrupt["toolCallId"] for interrupt in interrupts]
    shown.inputs = {call: said for call, said in shown.arguments.items() if call not in shown.outputs}
    return shown

"""A result as the assistant message of a Chat Completions request."""

from collections.abc import Collection, Iterator, Mapping
from typing import Literal, TypeAlias

from ...reducer.result import OutputItem, ReasoningPart, RefusalPart, Result, TextPart, ToolCall
from . import chosen
from .sealed import (
    audio_id,
    is_signed,
    members_of_call,
    members_of_function,
    opaque_reasoning,
    sealed_members,
    thinking_blocks,
)
from .turns import EMPTY, REPEATED, UNFINISHED, ChatTurn, JsonObject, LeftOut, copied

ReasoningGoes: TypeAlias = Literal["always", "with_calls", "never"]
"""With which turns their reasoning goes back."""


def chat_message(
    result: Result,
    *,
    reasoning: ReasoningGoes = "always",
    calls: Collection[ToolCall] | None = None,
    partial_text: bool = False,
) -> ChatTurn:
    """The model's turn as an assistant message, for the next request's `messages`.

    Text, refusal and complete calls go back; reasoning under the name that it came by, and what is signed or encrypted
    as it came. What was not finished, and calls that are not complete, are left out: so a turn that was cancelled, or
    cut off, leaves a history that providers accept. docs/history.md says what goes where, and by whose rule.

    Args:
        result: of `chat` or `inner_thoughts`. Calls go back with the thoughts that came inside them.
        reasoning: whether reasoning goes back: with every turn, as DeepSeek, Moonshot and OpenRouter want it; with
            those that call tools; or never, for providers that refuse it in a request (Groq, DeepSeek's R1).
        calls: those that go back, for a caller with a policy of its own about doubts, or those that a wrapper stands
            for (`unwrap_parallel`); None: the complete ones.
        partial_text: whether text goes back that was cut off by a cancel, an error or the end of the bytes; it goes
            alone, without reasoning.

    Returns:
        The turn. Each of its calls needs a `tool_message` before the next request.
    """
    going, left_out = _calls(result, chosen.by_id(calls))
    text, refusal, more = _texts(result, partial_text)
    settled = bool(going) or all(item.done for item in result.output if item.call is None)
    audio = audio_id(result) if settled else ""
    says_something = bool(going or text or refusal or audio)
    why_not = _why_no_reasoning(reasoning, bool(going), says_something, settled)
    thinks = {} if why_not else _reasoning(result)
    left_out += more
    if not thinks:
        nameless = why_not or "it came without a name to go back by"
        left_out += [LeftOut(item, nameless) for item in result.output if any(_shown(item))]
    places = {id(item): at for at, item in enumerate(result.output)}
    ordered = tuple(sorted(left_out, key=lambda one: places[id(one.item)]))
    if not says_something:
        return ChatTurn(None, (), ordered)
    parts = thinks.pop("content", [])
    content = [*parts, *([{"type": "text", "text": text}] if text else [])] if parts else text or None
    message: JsonObject = {"role": "assistant", "content": content, **thinks}
    if settled:
        message |= sealed_members(result)
    if refusal:
        message["refusal"] = refusal
    if audio:
        message["audio"] = {"id": audio}
    if going:
        message["tool_calls"] = [_call(call) for call in going]
    return ChatTurn(copied(message), tuple(going), ordered)


def _calls(result: Result, wanted: Mapping[str, ToolCall] | None) -> tuple[list[ToolCall], list[LeftOut]]:
    """The calls that go back, and those that do not.

    Of parallel calls, Gemini signs the first alone, and refuses a turn whose first call is not signed.
    """
    going: list[ToolCall] = []
    left_out: list[LeftOut] = []
    unsigned = False
    for item in result.output:
        call = item.call
        if call is None:
            continue
        found = chosen.going(call, wanted)
        if not found:
            unsigned = unsigned or (not going and is_signed(call))
            left_out.append(LeftOut(item, chosen.why_not(call)))
        elif any(call.id == other.id for other in going):
            left_out.append(LeftOut(item, REPEATED))
        elif unsigned and not going and not is_signed(call):
            left_out.append(LeftOut(item, "the signature that it needs is on a call that is left out"))
        else:
            going += found
    return going, left_out


def _texts(result: Result, partial_text: bool) -> tuple[str, str, list[LeftOut]]:
    """The text and the refusal that go back, and the items of which nothing does."""
    text, refusal = "", ""
    left_out: list[LeftOut] = []
    for item in result.output:
        if item.call is not None or item.kind == "reasoning":
            continue
        said = "".join(part.text for part in item.parts if isinstance(part, TextPart) and not part.is_thoughts)
        refused = "".join(part.refusal for part in item.parts if isinstance(part, RefusalPart))
        if item.kind != "message":
            left_out.append(LeftOut(item, "the provider ran this tool, and a message has no place for it"))
        elif any(isinstance(part, TextPart) and part.is_thoughts for part in item.parts) and not (said or refused):
            continue  # they go with the calls
        elif not item.done and not partial_text:
            left_out.append(LeftOut(item, UNFINISHED))
        elif not (said.strip() or refused):
            left_out.append(LeftOut(item, EMPTY))
        else:
            text, refusal = text + said, refusal + refused
    return text if text.strip() else "", refusal, left_out


def _why_no_reasoning(goes: ReasoningGoes, calling: bool, says_something: bool, settled: bool) -> str:
    """Why reasoning is left out; empty if it goes back."""
    if goes == "never" or (goes == "with_calls" and not calling):
        return "reasoning was not asked for"
    if not settled:
        return UNFINISHED
    return "" if says_something else "nothing follows it"


def _shown(item: OutputItem) -> Iterator[ReasoningPart]:
    return (part for part in item.parts if isinstance(part, ReasoningPart))


def _reasoning(result: Result) -> JsonObject:
    """The reasoning as it came: its text under its name, and what is structured or sealed as it is."""
    members: JsonObject = {}
    for part in (part for item in result.output for part in _shown(item)):
        if part.member in ("content[].thinking", "content[].reasoning"):
            return {"content": [_content_part(part)]}
        if part.member not in (None, "reasoning_details", "thinking_blocks"):
            members[part.member] = part.reasoning
    sealed = {
        "reasoning_details": copied(result.reasoning_details),
        "thinking_blocks": thinking_blocks(result),
        "reasoning_opaque": opaque_reasoning(result),
    }
    return members | {name: member for name, member in sealed.items() if member}


def _content_part(part: ReasoningPart) -> JsonObject:
    """Reasoning as a part of content: Mistral's, or Databricks' with the signature where that one has it."""
    signature = {"signature": part.signature} if part.signature else {}
    if part.member == "content[].reasoning":
        return {"type": "reasoning", "summary": [{"type": "summary_text", "text": part.reasoning, **signature}]}
    return {"type": "thinking", "thinking": [{"type": "text", "text": part.reasoning}], **signature}


def _call(call: ToolCall) -> JsonObject:
    inner = {"name": call.name, **members_of_function(call)}
    if call.kind == "custom":
        made: JsonObject = {"id": call.id, "type": "custom", "custom": {**inner, "input": call.arguments}}
    else:
        made = {"id": call.id, "type": "function", "function": {**inner, "arguments": call.arguments}}
    return {**made, **members_of_call(call)}

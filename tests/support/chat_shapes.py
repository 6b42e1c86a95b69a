"""The shapes of Chat Completions chunks, as providers send them, and what a fold makes of a stream of them."""

import json
from collections.abc import Iterable
from typing import Any

from streamfold.adapters import wire
from streamfold.reducer import Cancelled, Ended, Failed, chat, fold
from streamfold.reducer.diagnostics import Diagnostic
from streamfold.reducer.ends import End
from streamfold.reducer.messages import ApprovalRequestMessage, Message, ToolCallDelta, ToolCallMessage
from streamfold.reducer.result import Result
from support.law_checks import MESSAGE_ID, check_agreement, check_finished, check_otids, check_safe, runs

Shape = dict[str, Any]
DONE = "[DONE]"
COUNTS = {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}
CUT_OFF = (Ended(), Cancelled(), Failed("the line went dead"))
FAULT = {"code": 502, "message": "the upstream broke off"}

_ENVELOPE = {"id": "chatcmpl-7", "object": "chat.completion.chunk", "created": 1700000000, "model": "a-model"}


def chunk(*choices: Shape, **members: Any) -> Shape:
    """A chunk with these choices; members are put beside them, over those that every chunk has."""
    return {**_ENVELOPE, "choices": list(choices), **members}


def choice(index: int = 0, finish_reason: str | None = None, **delta_members: Any) -> Shape:
    """One choice with a delta of these members."""
    return {"index": index, "delta": delta_members, "logprobs": None, "finish_reason": finish_reason}


def delta(**members: Any) -> Shape:
    """A chunk with one choice, whose delta has these members."""
    return chunk(choice(**members))


def call(
    index: int | None = None,
    id: str | None = None,  # noqa: A002
    name: str | None = None,
    arguments: Any = None,
    **members: Any,
) -> Shape:
    """An entry of `tool_calls` with what is given, and nothing in the place of what is not."""
    given = {"name": name, "arguments": arguments}
    function = {key: value for key, value in given.items() if value is not None}
    entry = {"index": index, "id": id, "type": "function" if name else None, "function": function or None}
    return {key: value for key, value in entry.items() if value is not None} | members


def custom(index: int | None = None, id: str | None = None, name: str | None = None, text: str | None = None) -> Shape:  # noqa: A002
    """An entry of `tool_calls` for a custom tool, whose input is raw text."""
    given = {key: value for key, value in {"name": name, "input": text}.items() if value is not None}
    entry = {"index": index, "id": id, "type": "custom" if name else None, "custom": given}
    return {key: value for key, value in entry.items() if value is not None}


def calls(*entries: Any) -> Shape:
    """A chunk whose delta is about tool calls."""
    return delta(tool_calls=list(entries))


def finished(reason: str = "stop", **delta_members: Any) -> Shape:
    """The chunk that says why the answer is over."""
    return delta(finish_reason=reason, **delta_members)


def usage(**counts: Any) -> Shape:
    """A chunk without choices that reports usage."""
    return chunk(usage=counts)


def sse(*frames: Any) -> bytes:
    """An event stream's body: chunks as JSON, and text (such as `[DONE]`) as it is."""
    texts = (frame if isinstance(frame, str) else as_json(frame) for frame in frames)
    return b"".join(f"data: {text}\n\n".encode() for text in texts)


def as_json(frame: Any) -> str:
    """A chunk as JSON; half a character, which has no bytes, is escaped."""
    text = json.dumps(frame, ensure_ascii=False)
    return text if text.encode("utf-8", "replace").decode() == text else json.dumps(frame)


def folded(*frames: Any, end: End | None = None, **options: Any) -> tuple[Result, tuple[Message, ...]]:
    """Fold what came, decoded and as bytes, check that both agree and that the laws hold for it and all its prefixes.

    Args:
        frames: decoded chunks, or `[DONE]`.
        end: why there are no more.
        options: of the configuration.
    """
    decode = wire.decoder("chat")
    chunks = [decode(frame) for frame in frames]
    answer = folded_chunks(chunks, end, **options)
    assert folded_bytes(sse(*frames), end, **options) == answer
    state, messages = chat.start(chat.Config(message_id=MESSAGE_ID, **options))
    for count, upcoming in enumerate(chunks):
        for how in CUT_OFF:
            _ended(chunks[:count], state, messages, how)
        state, emitted = chat.step(state, upcoming)
        messages = (*messages, *emitted)
    return answer


def folded_bytes(body: bytes, end: End | None = None, **options: Any) -> tuple[Result, tuple[Message, ...]]:
    """Fold an event stream's body, and check that the laws hold."""
    return folded_chunks(wire.read("chat", [body]), end, **options)


def folded_chunks(chunks: Iterable[Any], end: End | None = None, **options: Any) -> tuple[Result, tuple[Message, ...]]:
    """Fold chunks, and check that the laws hold."""
    chunks = list(chunks)
    state, messages = fold(chat, chat.Config(message_id=MESSAGE_ID, **options), chunks, end)
    return _checked(chunks, state, messages)


def _ended(chunks: list[Any], state: chat.State, messages: tuple[Message, ...], end: End) -> None:
    """End a stream there, and check that the laws hold."""
    state, emitted = chat.finish(state, end)
    _checked(chunks, state, (*messages, *emitted))


def _checked(chunks: list[Any], state: chat.State, messages: tuple[Message, ...]) -> tuple[Result, tuple[Message, ...]]:
    result = chat.result(state)
    check_otids(messages)
    check_agreement(messages, result)
    check_safe(result)
    check_finished(chat, state, chunks)
    return result, messages


def made(result: Result) -> list[tuple[str, str, str]]:
    """The id, name and arguments of a result's tool calls."""
    return [(call.id, call.name, call.arguments) for call in result.tool_calls]


def told(result: Result) -> list[tuple[str, str, bool]]:
    """The calls: what each is named, its arguments, and whether it is safe to run."""
    return [(one.name, one.arguments, one.complete) for one in result.tool_calls]


def noted(result: Result, kind: str) -> list[Diagnostic]:
    """A result's diagnostics of one kind."""
    return [diagnostic for diagnostic in result.diagnostics if diagnostic.kind == kind]


def call_deltas(messages: Iterable[Message]) -> list[ToolCallDelta]:
    """What messages say of tool calls, piece by piece."""
    return [message.tool_call for message in messages if isinstance(message, ToolCallMessage | ApprovalRequestMessage)]


def said(messages: Iterable[Message]) -> list[tuple[str, str]]:
    """Type and text of each run."""
    return [(run[0].removesuffix("_message"), run[5]) for run in runs(messages)]

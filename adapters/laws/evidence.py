"""A stream as the laws are checked on it: folded up to some chunk, one step further, finished; its messages, joined."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, TypeAlias

from attrs import evolve, frozen

from ...reducer.ends import End, Ended
from ...reducer.messages import Message, ToolCallClosed
from ...reducer.result import Result
from .oracle import NO_ORACLE, Content, Oracle

CHANNELS = {
    "assistant_message": "text",
    "reasoning_message": "reasoning",
    "refusal_message": "refusal",
    "tool_call_message": "arguments",
    "approval_request_message": "arguments",
}
"""The channel that a message's text belongs to, by the message's type."""


@frozen(eq=False, slots=False)
class Prefix:
    """A stream up to some chunk, folded and not finished.

    Attributes:
        machine: a machine; oracle: what is known of its chunks.
        chunks: those that were folded.
        messages: all that were emitted so far.
    """

    machine: Any
    config: Any
    oracle: Oracle
    chunks: tuple[Any, ...]
    state: Any
    messages: tuple[Message, ...]

    @cached_property
    def content(self) -> Content | None:
        """What the chunks hold, read naively."""
        return self.oracle.content(self.chunks, self.config)

    @cached_property
    def ended(self) -> "Finish":
        """The stream, had it just ended there."""
        return finish(self, Ended())


@frozen(eq=False)
class Step:
    """One chunk, folded: `after` is the stream with it, and `raised` what came instead of an answer."""

    before: Prefix
    chunk: Any
    after: Prefix
    raised: Exception | None = None

    @property
    def messages(self) -> tuple[Message, ...]:
        """What the machine emitted for the chunk."""
        return self.after.messages[len(self.before.messages) :]


@frozen(eq=False)
class Finish:
    """A stream that was finished there."""

    prefix: Prefix
    end: End
    state: Any
    messages: tuple[Message, ...]
    result: Result


def begin(machine: Any, config: Any, oracle: Oracle = NO_ORACLE) -> Prefix:
    """The stream of no chunks."""
    state, messages = machine.start(config)
    return Prefix(machine, config, oracle, (), state, tuple(messages))


def step(before: Prefix, chunk: Any) -> Step:
    """Fold one more chunk."""
    chunks = (*before.chunks, chunk)
    try:
        state, messages = before.machine.step(before.state, chunk)
    except Exception as raised:
        return Step(before, chunk, evolve(before, chunks=chunks), raised)
    emitted = (*before.messages, *messages) if messages else before.messages
    return Step(before, chunk, Prefix(before.machine, before.config, before.oracle, chunks, state, emitted))


def finish(prefix: Prefix, end: End) -> Finish:
    """Finish a stream."""
    state, messages = prefix.machine.finish(prefix.state, end)
    return Finish(prefix, end, state, (*prefix.messages, *messages), prefix.machine.result(state))


def text_of(message: Message) -> str:
    """The text that a message adds to its run."""
    for name in ("content", "reasoning", "refusal"):
        if hasattr(message, name):
            return str(getattr(message, name))
    call = getattr(message, "tool_call", None)
    return (call.arguments or "") if call is not None else ""


def spoken(messages: Iterable[Message]) -> dict[str, str]:
    """The texts of messages, joined by channel."""
    texts = dict.fromkeys(("text", "reasoning", "refusal", "arguments"), "")
    for message in messages:
        channel = CHANNELS.get(message.message_type)
        if channel is not None:
            texts[channel] += text_of(message)
    return texts


def called(messages: Iterable[Message]) -> dict[str, tuple[str, str]]:
    """Each tool call in messages, by its id: its name and its arguments, joined."""
    calls: dict[str, tuple[str, str]] = {}
    for message in messages:
        delta = getattr(message, "tool_call", None)
        if delta is not None:
            name, arguments = calls.get(delta.tool_call_id, ("", ""))
            calls[delta.tool_call_id] = (name + (delta.name or ""), arguments + (delta.arguments or ""))
    return calls


Run: TypeAlias = tuple[str, str, str, str | None, str, str]


def runs(messages: Iterable[Message]) -> list[Run]:
    """(type, id, otid, tool call, name, text) of each stretch of messages that agree in the first four, joined."""
    found: list[Run] = []
    for message in messages:
        if isinstance(message, ToolCallClosed):  # in no run
            continue
        call = getattr(message, "tool_call", None)
        key = (message.message_type, message.id, message.otid, call.tool_call_id if call else None)
        name, text = (call.name or "") if call else "", text_of(message)
        if found and found[-1][:4] == key:
            last = found.pop()
            name, text = last[4] + name, last[5] + text
        found.append((*key, name, text))
    return found

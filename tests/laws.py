"""The laws as assertions over what a test has at hand; `streamfold.adapters.laws` states them."""

from collections.abc import Iterable, Sequence
from typing import Any

from streamfold.adapters import laws
from streamfold.adapters.check import Checker
from streamfold.adapters.folded import CHANNELS, Finish, Prefix, begin, finish, runs, text_of
from streamfold.adapters.readings import NO_READING
from streamfold.reducer import chat
from streamfold.reducer.machine import End, Ended
from streamfold.reducer.messages import Message
from streamfold.reducer.result import Result

__all__ = ["channels", "check_agreement", "check_finished", "check_otids", "check_safe", "feed", "runs"]

MESSAGE_ID = "message-11111111-2222-4333-8444-5555555555d5"
APPROVAL_ID = "message-11111111-2222-4333-8444-5555555555d4"


def channels(messages: Iterable[Message]) -> dict[str, Any]:
    """What the messages say, joined: text, reasoning, refusal, calls."""
    said: dict[str, Any] = {"text": "", "reasoning": "", "refusal": "", "calls": {}}
    for message in messages:
        channel = CHANNELS.get(message.message_type)
        if channel == "arguments":
            delta = message.tool_call  # type: ignore[union-attr]
            call = said["calls"].setdefault(delta.tool_call_id, {"id": delta.tool_call_id, "name": "", "arguments": ""})
            call["name"] += delta.name or ""
            call["arguments"] += delta.arguments or ""
        elif channel:
            said[channel] += text_of(message)
    return said | {"calls": list(said["calls"].values())}


def feed(machine: Any, config: Any, chunks: Iterable[Any], end: End | None = None) -> tuple[Any, list[Message]]:
    """Fold, and check laws 1 and 2 at each step."""
    checker, prefix = Checker(), begin(machine, config)
    for chunk in chunks:
        fingerprint = laws.fingerprint_of(prefix)
        after = checker.stepped(prefix, chunk).after
        checker.look(laws.UNCHANGED, prefix.chunks, prefix, fingerprint)
        prefix = after
    done = finish(prefix, Ended() if end is None else end)
    return done.state, list(done.messages)


def check_finished(machine: Any, state: Any, chunks: Sequence[Any]) -> None:
    """Law 4: `finish` is idempotent, and after it nothing changes."""
    for chunk in chunks[:2]:
        _holds(laws.OVER, _done(machine=machine, state=state, chunks=(chunk,)))


def check_otids(messages: Sequence[Message]) -> None:
    """Law 7."""
    _holds(laws.OTID, _done(messages=messages))


def check_agreement(messages: Sequence[Message], result: Result) -> None:
    """Law 3, its second half: what the messages say, joined, is what the result says."""
    _holds(laws.CONSERVING, _done(messages=messages, result=result))


def check_safe(result: Result) -> None:
    """Law 8: what is offered as complete can be run."""
    _holds(laws.SAFE, _done(result=result))


def _done(
    machine: Any = chat,
    state: Any = None,
    chunks: Sequence[Any] = (),
    messages: Sequence[Message] = (),
    result: Result | None = None,
) -> Finish:
    prefix = Prefix(machine, chat.Config(message_id=MESSAGE_ID), NO_READING, tuple(chunks), state, ())
    return Finish(prefix, Ended(), state, tuple(messages), result or Result())


def _holds(law: laws.Law, done: Finish) -> None:
    Checker().look(law, done.prefix.chunks, done)

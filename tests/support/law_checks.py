"""The laws as assertions over what a test has at hand; `streamfold.adapters.laws.statements` states them."""

from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any

from streamfold.adapters import snapshot
from streamfold.adapters.laws import statements as laws
from streamfold.adapters.laws.checker import Checker
from streamfold.adapters.laws.evidence import Finish, Prefix, begin, called, finish, runs, spoken
from streamfold.adapters.laws.oracle import NO_ORACLE
from streamfold.reducer import chat, fold
from streamfold.reducer.doubts import Doubt
from streamfold.reducer.ends import End, Ended
from streamfold.reducer.messages import Message
from streamfold.reducer.result import Result
from support.alphabets import event

__all__ = [
    "channels",
    "chat_that",
    "check_agreement",
    "check_ended",
    "check_finished",
    "check_otids",
    "check_safe",
    "doubts_of",
    "error_of",
    "feed",
    "limited",
    "runs",
]

MESSAGE_ID = "message-11111111-2222-4333-8444-5555555555d5"
ENDED = Ended()
APPROVAL_ID = "message-11111111-2222-4333-8444-5555555555d4"


def chat_that(**other: Any) -> Any:
    """A chat that does something in another way."""
    return SimpleNamespace(**{name: getattr(chat, name) for name in ("start", "step", "finish", "result")} | other)


def channels(messages: Iterable[Message]) -> dict[str, Any]:
    """What the messages say, joined: text, reasoning, refusal, calls."""
    said = list(messages)
    joined = {name: text for name, text in spoken(said).items() if name != "arguments"}
    calls = [{"id": of, "name": name, "arguments": given} for of, (name, given) in called(said).items()]
    return joined | {"calls": calls}


def feed(machine: Any, config: Any, chunks: Iterable[Any], end: End | None = None) -> tuple[Any, list[Message]]:
    """Fold, and check laws 1 and 2 at each step."""
    checker, prefix = Checker(), begin(machine, config)
    for chunk in chunks:
        fingerprint = laws.fingerprint_of(prefix)
        after = checker.stepped(prefix, chunk).after
        checker.check_law(laws.UNCHANGED, prefix.chunks, prefix, fingerprint)
        prefix = after
    done = finish(prefix, ENDED if end is None else end)
    return done.state, list(done.messages)


def check_finished(machine: Any, state: Any, chunks: Sequence[Any]) -> None:
    """Law 4: `finish` is idempotent, and after it nothing changes."""
    for chunk in chunks[:2]:
        _holds(laws.OVER, _done(machine=machine, state=state, chunks=(chunk,)))


def check_ended(machine: Any, state: Any, messages: Sequence[Message], result: Result, end: End) -> None:
    """Law 4: the ends are told apart, and at most one stop reason says why, last."""
    _holds(laws.PREFIX_SAFE, _done(machine=machine, state=state, messages=messages, result=result, end=end))


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
    end: End = ENDED,
) -> Finish:
    prefix = Prefix(machine, chat.Config(message_id=MESSAGE_ID), NO_ORACLE, tuple(chunks), state, ())
    return Finish(prefix, end, state, tuple(messages), result or Result())


def _holds(law: laws.Law, done: Finish) -> None:
    Checker().check_law(law, done.prefix.chunks, done)


# Limits: a stream that is folded within them, and what came of it

TEXT = {"output_index": 0, "item_id": "msg_0", "content_index": 0}
CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": ""}
BEGUN = event("output_item.added", output_index=1, item=CALL)
ARGUMENTS = {"output_index": 1, "item_id": "fc_1"}


def limited(machine: Any, chunks: list[Any], end: Any = None, **limits: int) -> tuple[Result, list[Any]]:
    """What a stream comes to within limits, and what was emitted; no chunk after the one that ended it counts."""
    config = machine.Config(message_id=MESSAGE_ID, limits=limits)
    state, messages = fold(machine, config, chunks, end)
    assert snapshot.loads(snapshot.dumps(state)) == state
    return machine.result(state), list(messages)


def error_of(result: Result) -> str:
    assert result.outcome == "failed"
    assert result.error is not None
    return result.error.message


def doubts_of(result: Result) -> list[set[Doubt]]:
    return [{doubted.doubt for doubted in call.doubts} for call in result.tool_calls]

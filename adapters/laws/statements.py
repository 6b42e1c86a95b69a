"""The thirteen laws that every fold keeps, each stated once, as code: it returns what is wrong, or None.

A law is checked on one of five things: a step, a state that was finished, a state that goes on, a chunk that could have
come in two pieces, two chunks that could have come in the other order. `laws.checker` checks every law wherever it
applies in a stream; the tests do that for every short stream there can be.

The laws hold for the three wires' machines and for any other that keeps the same protocol.
"""

import json
import pickle
import tracemalloc
from collections import Counter
from collections.abc import Callable
from typing import Any

from attrs import evolve, frozen

from ...reducer.completions.chunk import Chunk
from ...reducer.ends import Cancelled, Ended, Failed
from ...reducer.messages import ToolCallClosed
from ...reducer.otid import approval_id, otid
from ...reducer.result import Result, ToolCall
from ...reducer.stream_error import error_of
from ..short_repr import short_repr
from .bounds import bounded
from .conservation import agreeing, conserving, kept, repeats
from .evidence import Finish, Prefix, Step, finish, runs, step
from .oracle import CallContent
from .oracle_failures import unsaid

MOST_MEMORY = 1 << 18
"""Bytes that a step may allocate beside a share of what its chunk holds (law 12)."""


@frozen
class Law:
    """One promise of a fold, and the function that finds what breaks it.

    Attributes:
        number: its number in the list of laws.
        name: its name, in a word or two.
        wrong: what is wrong with what it is shown, in words, or None; its docstring states the law.
        half_of: the law that this is another half of.
    """

    number: int
    name: str
    wrong: Callable[..., str | None]
    half_of: "Law | None" = None

    @property
    def statement(self) -> str:
        """The law, in a few sentences."""
        return " ".join((self.wrong.__doc__ or "").split())


def _pure(done: Step) -> str | None:
    """Same state and chunk, same answer.

    No clock, randomness, I/O, logging, global. The input state is unchanged and stays usable: two different chunks
    from one state give two independent futures.
    """
    again = done.before.machine.step(done.before.state, done.chunk)
    return None if again == (done.after.state, done.messages) else "the same step gave another answer"


def _unchanged(prefix: Prefix, fingerprint: bytes) -> str | None:
    """Law 1, its second half, once other chunks were folded from the prefix's state."""
    return None if fingerprint_of(prefix) == fingerprint else "a state was changed after it was made"


def fingerprint_of(prefix: Prefix) -> bytes:
    """All that a state holds, as bytes."""
    return pickle.dumps(prefix.state)


def _total(done: Step) -> str | None:
    """No chunk value makes a step raise.

    An unknown kind changes nothing but a count. Wire data that breaks the protocol is kept as far as it can be and
    reported, never thrown.
    """
    return None if done.raised is None else f"a step raised {done.raised!r}"


def _prefix_safe(done: Finish) -> str | None:
    """After any prefix, any end: `finish` gives a valid result, and law 3 holds for that prefix.

    `finish` is idempotent; after it a step changes nothing. The result tells four things apart: completed (the wire
    said it was over), truncated (the bytes just ended), cancelled, failed. After the wire's last word (`[DONE]`, or a
    response with a final status) no end changes that. The end adds at most one stop reason, as the last message.
    """
    if done.prefix.machine.result(done.state) != done.result:
        return "the same state gave two results"
    return _over(done) or unsaid(done) or _outcome(done)


def _over(done: Finish) -> str | None:
    """Law 4, of a state that is finished: nothing changes it any more."""
    machine, state = done.prefix.machine, done.state
    if machine.finish(state, Ended()) != (state, ()):
        return "a second `finish` changed something"
    for chunk in done.prefix.chunks[-2:]:
        if machine.step(state, chunk) != (state, ()):
            return "a step after `finish` changed something"
    return None


def _outcome(done: Finish) -> str | None:
    stops = [message.stop_reason for message in done.messages if message.message_type == "stop_reason"]
    error = done.result.error
    told = done.end.raw if isinstance(done.end, Failed) else None  # by what was raised, not in the stream
    if error is not None and (error.raw, error.code) != (None, None) and (told is None or error.raw != told):
        outcome, expected = "failed", ["llm_api_error"]
        if error.category == "context overflow" and not (done.result.finish_reasons and stops):
            expected = []  # unless a word of failure came before the error that explains it
    elif done.prefix.oracle.cancelled(done.prefix.chunks, done.prefix.config):
        outcome, expected = "cancelled", ["cancelled"]
    elif not isinstance(done.end, Ended) and _is_final(done):
        outcome, expected = "completed", []
    elif isinstance(done.end, Cancelled):
        outcome, expected = "cancelled", ["cancelled"]
    elif isinstance(done.end, Failed):
        outcome, expected = "failed", [] if error_of(done.end).category == "context overflow" else ["error"]
    else:
        over = done.prefix.oracle.over(done.prefix.chunks, done.prefix.config)
        outcome, expected = done.result.outcome if over is None else "completed" if over else "truncated", []
        if outcome not in ("completed", "truncated"):
            return f"the outcome of a stream that ended is {outcome!r}"
    if done.result.outcome != outcome:
        return f"the outcome of {done.end} is {done.result.outcome!r}, not {outcome!r}"
    if stops != expected:
        return f"the stop reasons of {done.end} are {stops}, not {expected}"
    if stops and done.messages[-1].message_type != "stop_reason":
        return "something was said after the stop reason"
    return None


def _is_final(done: Finish) -> bool:
    """Whether the wire's last word had come; where that is not known, the result says so."""
    final = done.prefix.oracle.final(done.prefix.chunks, done.prefix.config)
    return done.result.outcome == "completed" if final is None else final


def _cut_blind(whole: Step, first: Any, second: Any) -> str | None:
    """Splitting a delta in two, or joining neighbours, changes no run.

    The list of (type, id, otid, tool call, joined text) stays the same. One character a chunk and one chunk in all
    agree.
    """
    cut = step(step(whole.before, first).after, second).after
    one, two = whole.after.ended, cut.ended
    if repeats(one.result):
        return None  # half a snapshot is none
    if runs(one.messages) != runs(two.messages):
        return f"{short_repr(whole.chunk)} in two pieces makes {runs(two.messages)}, whole {runs(one.messages)}"
    if _uncounted(one.result) != _uncounted(two.result):
        return f"{short_repr(whole.chunk)} in two pieces makes {short_repr(two.result)}, whole {short_repr(one.result)}"
    return None


def _uncounted(result: Result) -> Result:
    diagnostics = tuple(evolve(diagnostic, count=1) for diagnostic in result.diagnostics)
    return evolve(result, chunks=0, diagnostics=diagnostics)


def _order_blind(before: Prefix, one: Any, other: Any) -> str | None:
    """Any interleaving of different tool calls or output items ends in the same content per lane.

    It keeps each one's own order.
    """
    there, back = (
        _by_lane(finish(step(step(before, first).after, second).after, Ended()))
        for first, second in ((one, other), (other, one))
    )
    if there == back:
        return None
    return f"{short_repr(one)} and {short_repr(other)} make {there} in one order, {back} in the other"


def _by_lane(done: Finish) -> tuple[object, ...]:
    result = done.result
    calls = sorted((call.name, call.arguments, call.complete) for call in result.tool_calls)
    # The thoughts of several calls are one text, in the order of the calls.
    text = sorted(result.text) if done.prefix.oracle.thoughtful else result.text
    return (calls, text, result.reasoning, result.refusal)


def _otids(done: Finish) -> str | None:
    """A run is a maximal stretch of one message type.

    Runs are numbered 0, 1, 2, … without gaps; two messages share an otid exactly when they share a run; approval
    requests alone have the approval id as theirs in every run. No number of runs makes it raise.
    """
    message_id = done.prefix.config.message_id
    approval = approval_id(message_id)
    index, before, expected = -1, None, ""
    for message in done.messages:
        if isinstance(message, ToolCallClosed):
            continue
        if message.message_type != before:
            index, before = index + 1, message.message_type
            expected = otid(message_id, index)
        wanted = (approval, approval) if before == "approval_request_message" else (message_id, expected)
        if (message.id, message.otid) != wanted:
            return f"run {index} ({before}) has id and otid {(message.id, message.otid)}, not {wanted}"
    return None


def _safe(done: Finish) -> str | None:
    """A tool call is complete exactly when there is no doubt about it.

    Its arguments are one whole JSON object (a custom tool's raw text may be anything); no frame of it was lost, and
    none of it came after the wire had closed it; and a word of success closed it, or `[DONE]` alone. That a call is
    closed is said once, and it never becomes complete without that.
    """
    wrong = _unlike_its_closing(done) or _unlike_its_doubts(done) or _unlike_its_safety(done)
    if wrong:
        return wrong
    for call in done.result.tool_calls:
        if not call.complete:
            continue
        if not (call.closed and call.name):
            return f"{short_repr(call)} is complete, and was not closed or has no name"
        if not done.prefix.oracle.closes(done.prefix.chunks, done.prefix.config):
            return f"{short_repr(call)} is complete, and no chunk said so"
        if call.kind == "function":
            try:
                # As text: Python refuses to read numbers of very many digits, which are JSON all the same.
                found = json.loads(call.arguments, parse_constant=_no_constant, parse_int=str, parse_float=str)
            except RecursionError:
                continue  # deeper than this interpreter's own parser goes
            except ValueError:
                return f"{short_repr(call)} is complete, and its arguments are no JSON"
            if not isinstance(found, dict):
                return f"{short_repr(call)} is complete, and its arguments are no object"
    return None


def _unlike_its_closing(done: Finish) -> str | None:
    """Law 8, of the messages that say that a call is closed."""
    if not done.prefix.oracle.announces:
        return None
    calls = Counter(call.id for call in done.result.tool_calls)
    complete = Counter(call.id for call in done.result.tool_calls if call.complete)
    closed = [message for message in done.messages if isinstance(message, ToolCallClosed)]
    said = Counter(message.tool_call_id for message in closed)
    safe = Counter(message.tool_call_id for message in closed if message.complete)
    if said - calls and "tool_call_closed" not in done.prefix.config.skip_messages:
        return f"it is said of {dict(said - calls)} once too often that it is closed"
    if complete - safe and "tool_call_closed" not in done.prefix.config.skip_messages:
        return f"{dict(complete - safe)} is complete, and no message said so"
    return None


def _closes_rightly(done: Step) -> str | None:
    """Law 8, of the chunk that closes a call: that is said then, with the doubts that there are."""
    oracle, chunks, config = done.before.oracle, done.after.chunks, done.before.config
    if not oracle.announces or done.raised is not None:
        return None
    result = done.before.machine.result(done.after.state)
    calls = {call.id: call for call in result.tool_calls}
    single = len(calls) == len(result.tool_calls)
    closed = [message for message in done.messages if isinstance(message, ToolCallClosed)]
    if closed and oracle.over(chunks, config) is False and not oracle.closes(chunks, config):
        return f"it is said that {closed[0].tool_call_id} is closed, and no chunk said so"
    is_end = isinstance(done.chunk, Chunk) and result.error is None
    if is_end and oracle.over(chunks, config) and not oracle.over(done.before.chunks, config):
        said = {message.tool_call_id for message in done.after.messages if isinstance(message, ToolCallClosed)}
        unsaid = [] if "tool_call_closed" in config.skip_messages else sorted(calls.keys() - said)
        if unsaid:
            return f"the answer is over, and it is not said that {unsaid} are closed"
    for message in closed if single else ():
        call = calls.get(message.tool_call_id)
        if call is None or call.complete is not message.complete:
            return f"it is said that {message.tool_call_id} is closed with {message.doubts}, the result has {call}"
    return None


def _unlike_its_safety(done: Finish) -> str | None:
    """Law 8, where naive reading tells which calls are safe to run."""
    calls, known = done.result.tool_calls, done.prefix.oracle.safe(done.prefix.chunks, done.prefix.config)
    if known is None:
        return None
    if len(known) != len(calls):
        return f"{len(calls)} calls in the result, {len(known)} came"
    for call, safe in zip(calls, known, strict=True):
        if safe is not None and call.complete is not safe:
            return f"{short_repr(call)} is {'safe' if safe else 'not safe'} to run"
    return None


def _unlike_its_doubts(done: Finish) -> str | None:
    """Law 8, beside what the chunks say."""
    expected = done.prefix.oracle.calls(done.prefix.chunks, done.prefix.config)
    if expected is None:
        return None
    closed = {message.tool_call_id: message for message in done.messages if isinstance(message, ToolCallClosed)}
    found = tuple(
        CallContent(call.arguments, _names(call), _names(closed[call.id]) if call.id in closed else None)
        for call in done.result.tool_calls
    )
    return None if found == expected else f"the chunks say {expected} of the calls, the fold {found}"


def _names(call: ToolCall | ToolCallClosed) -> frozenset[str]:
    return frozenset(doubted.doubt.value for doubted in call.doubts)


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _snapshot(prefix: Prefix) -> str | None:
    """`structure(unstructure(state)) == state`, through real JSON.

    The restored state goes on as if nothing had happened: stop at any chunk on one host, go on at another.
    """
    restored = prefix.oracle.restored(prefix.state)
    if restored != prefix.state or hash(restored) != hash(prefix.state):
        return f"the restored state is {short_repr(restored)}, it was {short_repr(prefix.state)}"
    if prefix.machine.finish(restored, Cancelled()) != prefix.machine.finish(prefix.state, Cancelled()):
        return "the restored state does not end like the one that was stored"
    return None


def _goes_on(done: Step) -> str | None:
    """Law 9, its second half, for the next chunk."""
    restored = done.before.oracle.restored(done.before.state)
    same = done.before.machine.step(restored, done.chunk) == (done.after.state, done.messages)
    return (
        None
        if same
        else f"the restored state does not go on with {short_repr(done.chunk)} like the one that was stored"
    )


def _exactly_once(prefix: Prefix, chunk: Any) -> str | None:
    """Responses events carry a `sequence_number`: one that was folded already is ignored.

    So a resumed stream (`starting_after`, at-least-once delivery) doubles nothing.
    """
    again = prefix.machine.step(prefix.state, chunk)
    return None if again == (prefix.state, ()) else f"event {chunk.sequence_number} was folded twice"


def _flat(before: Prefix, chunk: Any) -> str | None:
    """A step's cost and a state's marginal size do not grow with what came before: no quadratic anything."""
    started = not tracemalloc.is_tracing()
    if started:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        held, _ = tracemalloc.get_traced_memory()
        before.machine.step(before.state, chunk)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        if started:
            tracemalloc.stop()
    allowed = MOST_MEMORY + 64 * len(repr(chunk))
    return None if peak - held <= allowed else f"a step allocated {peak - held} bytes; {allowed} are its share"


PURE = Law(1, "Pure", _pure)
UNCHANGED = Law(1, "Pure", _unchanged, PURE)
TOTAL = Law(2, "Total", _total)
CONSERVING = Law(3, "Conserving", conserving)
KEPT = Law(3, "Conserving", kept, CONSERVING)
PREFIX_SAFE = Law(4, "Prefix-safe", _prefix_safe)
OVER = Law(4, "Prefix-safe", _over, PREFIX_SAFE)
CUT_BLIND = Law(5, "Cut-blind", _cut_blind)
ORDER_BLIND = Law(6, "Order-blind across lanes", _order_blind)
OTID = Law(7, "otid", _otids)
SAFE = Law(8, "Safe to run", _safe)
CLOSES_RIGHTLY = Law(8, "Safe to run", _closes_rightly, SAFE)
SNAPSHOT = Law(9, "Snapshot", _snapshot)
GOES_ON = Law(9, "Snapshot", _goes_on, SNAPSHOT)
EXACTLY_ONCE = Law(10, "Exactly once", _exactly_once)
AGREEING = Law(11, "In agreement", agreeing)
FLAT = Law(12, "Flat", _flat)
BOUNDED = Law(13, "Bounded", bounded)

LAWS = (
    PURE,
    TOTAL,
    CONSERVING,
    PREFIX_SAFE,
    CUT_BLIND,
    ORDER_BLIND,
    OTID,
    SAFE,
    SNAPSHOT,
    EXACTLY_ONCE,
    AGREEING,
    FLAT,
    BOUNDED,
)
"""The thirteen, by number."""

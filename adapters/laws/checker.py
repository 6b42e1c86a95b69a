"""Check every law against a stream: at each of its prefixes or at many, with each end, cut and reordered there."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any

from attrs import Factory, define, evolve

from ...reducer import chat, inner_thoughts, responses
from ...reducer.ends import Cancelled, End, Ended, Failed
from ...reducer.messages import Message, ToolCallClosed
from .. import snapshot
from ..errors import LawBroken
from . import (
    oracle_answer,
    oracle_chat_calls,
    oracle_completions,
    oracle_event_calls,
    oracle_events,
    oracle_failures,
    statements,
)
from .evidence import Finish, Prefix, Step, finish, step
from .kept import oracle_kept
from .oracle import NO_ORACLE, Oracle
from .statements import Law

__all__ = ["ENDS", "Checker", "check_laws", "oracle_of"]

ENDS: tuple[End, ...] = (Ended(), Cancelled(), Failed("boom"), Failed("context_length_exceeded"))
"""Every way that a stream can end."""

_MAX_CUTS = 3  # of one delta


def check_laws(
    machine: Any,
    config: Any,
    chunks: Iterable[Any],
    *,
    oracle: Oracle | None = None,
    ends: Sequence[End] = ENDS,
    places: int | None = 64,
) -> "Checker":
    """Fold a stream, and check every law against it.

    Args:
        machine: `chat`, `inner_thoughts`, `responses`, or a machine of your own.
        config: the machine's configuration, with a `message_id`.
        chunks: the machine's chunks, in order.
        oracle: what is known of the chunks, for a machine of your own; of the three wires' it is known here.
        ends: the ends to finish each prefix with.
        places: at how many prefixes to check all, the first and the last included; None: at each. In between, only
            that the machine does not raise.

    Returns:
        How often each law was checked.

    Raises:
        LawBroken: if a law does not hold, with the shortest prefix that shows it.
    """
    stream = tuple(chunks)
    known = oracle_of(machine) if oracle is None else oracle
    checker = Checker(ends=ends)
    checked = -1
    places_left = _spread(len(stream), places)
    for prefix in _prefixes(machine, config, known, stream, places_left, checker):
        upcoming = stream[len(prefix.chunks) : len(prefix.chunks) + 2]
        try:
            checker.check(prefix, upcoming)
        except LawBroken:
            between = frozenset(range(checked + 1, len(prefix.chunks)))
            for earlier in _prefixes(machine, config, known, stream, between, Checker()):
                at = len(earlier.chunks)
                Checker(ends=ends).check(earlier, stream[at : at + 2])
            raise
        checked = len(prefix.chunks)
    checker.check_law(statements.BOUNDED, stream, prefix)
    return checker


def oracle_of(machine: Any) -> Oracle:
    """What is known of a machine's chunks: all there is of the three wires', nothing of any other's."""
    if machine is responses:
        return _RESPONSES
    if machine is inner_thoughts:
        return evolve(_COMPLETIONS, thoughtful=True)
    return _COMPLETIONS if machine is chat else NO_ORACLE


@define
class Checker:
    """Checks the laws, and counts how often.

    Attributes:
        ends: the ends to finish prefixes with.
        checks: how often each law was checked, by its number.
    """

    ends: Sequence[End] = ENDS
    checks: "Counter[int]" = Factory(Counter)

    def check(self, prefix: Prefix, upcoming: Sequence[Any] = ()) -> None:
        """Check every law at a prefix.

        Args:
            prefix: the stream so far.
            upcoming: the next chunks, two at most: the first is folded, cut in two, given twice; both are swapped.

        Raises:
            LawBroken: if a law does not hold.
        """
        fingerprint = statements.fingerprint_of(prefix)
        for end in self.ends:
            self.finished(prefix, end)
        self.snapshot(prefix)
        for chunk in upcoming[:1]:
            done = self.stepped(prefix, chunk)
            self.check_law(statements.GOES_ON, done.after.chunks, done)
            self.cut(done, _MAX_CUTS)
            self.given_twice(done.after, chunk)
            self.check_law(statements.FLAT, done.after.chunks, prefix, chunk)
        if len(upcoming) > 1:
            self.swapped(prefix, *upcoming[:2])
        self.check_law(statements.UNCHANGED, prefix.chunks, prefix, fingerprint)

    def stepped(self, before: Prefix, chunk: Any) -> Step:
        """One more chunk: laws 1 and 2."""
        done = step(before, chunk)
        self.check_law(statements.TOTAL, done.after.chunks, done)
        self.check_law(statements.PURE, done.after.chunks, done)
        self.check_law(statements.CLOSES_RIGHTLY, done.after.chunks, done)
        return done

    def finished(self, prefix: Prefix, end: End) -> Finish:
        """A prefix with an end: laws 3, 4, 7, 8, 11."""
        done = prefix.ended if end == Ended() else finish(prefix, end)
        for law in _OF_THE_END:
            self.check_law(law, prefix.chunks, done)
        if end == Ended():  # what is kept does not depend on how the stream ends
            self.check_law(statements.KEPT, prefix.chunks, done)
        return done

    def snapshot(self, prefix: Prefix) -> None:
        """A prefix's state, stored and read back: law 9."""
        self.check_law(statements.SNAPSHOT, prefix.chunks, prefix)

    def cut(self, whole: Step, most: int) -> None:
        """A chunk in two pieces: law 5, at the first so many places."""
        before = whole.before
        if getattr(before.config, "cumulative_reasoning", False):
            return  # a piece of what repeats all that came does not
        in_runs = (message for message in reversed(before.messages) if not isinstance(message, ToolCallClosed))
        speaking = next((message.message_type for message in in_runs), "") == "assistant_message"
        cuts = before.oracle.cuts(whole.chunk), before.oracle.ordered_cuts(whole.chunk, before.config, speaking)
        for first, second in chain.from_iterable(islice(found, most) for found in cuts):
            self.check_law(statements.CUT_BLIND, whole.after.chunks, whole, first, second)

    def swapped(self, before: Prefix, one: Any, other: Any) -> None:
        """Two chunks of different lanes, in both orders: law 6."""
        lanes = (before.oracle.lane(one), before.oracle.lane(other))
        if None in lanes or lanes[0] == lanes[1]:
            return
        if not before.oracle.shares((*before.chunks, one, other)):
            self.check_law(statements.ORDER_BLIND, (*before.chunks, one, other), before, one, other)

    def given_twice(self, after: Prefix, chunk: Any) -> None:
        """A chunk that was folded, once more: law 10, if it has a number that is believed, and begins no other run."""
        dedup = getattr(after.state, "dedup", None)
        believed = dedup is None or dedup.believed
        again = getattr(chunk, "type", "") == "response.created" and after.ended.result.outcome == "failed"
        if believed and not again and getattr(chunk, "sequence_number", None) is not None:
            self.check_law(statements.EXACTLY_ONCE, after.chunks, after, chunk)

    def check_law(self, law: Law, chunks: Sequence[Any], *shown: Any) -> None:
        """Check one law, and count it."""
        self.checks[law.number] += 1
        wrong = law.wrong(*shown)
        if wrong is not None:
            raise LawBroken(law, wrong, chunks)


_OF_THE_END = (statements.PREFIX_SAFE, statements.AGREEING, statements.CONSERVING, statements.OTID, statements.SAFE)


def _spread(count: int, places: int | None) -> frozenset[int]:
    """Prefix lengths from 0 to `count`, evenly apart."""
    if places is None or places > count:
        return frozenset(range(count + 1))
    return frozenset(round(at * count / max(1, places - 1)) for at in range(places))


def _prefixes(
    machine: Any, config: Any, oracle: Oracle, stream: Sequence[Any], lengths: frozenset[int], checker: Checker
) -> Iterable[Prefix]:
    """The prefixes of these lengths."""
    state, emitted = machine.start(config)
    messages: list[Message] = list(emitted)
    for count in range(len(stream) + 1):
        if count in lengths:
            yield Prefix(machine, config, oracle, tuple(stream[:count]), state, tuple(messages))
        if count < len(stream):
            try:
                state, emitted = machine.step(state, stream[count])
            except Exception as raised:
                before = Prefix(machine, config, oracle, tuple(stream[:count]), state, ())
                shown = Step(before, stream[count], before, raised)
                checker.check_law(statements.TOTAL, stream[: count + 1], shown)
            messages.extend(emitted)


def _stored(state: Any) -> Any:
    return snapshot.loads(snapshot.dumps(state))


_COMPLETIONS = Oracle(
    content=oracle_completions.said,
    cuts=oracle_completions.cuts,
    ordered_cuts=oracle_completions.ordered_cuts,
    lane=oracle_completions.lane,
    shares=oracle_completions.shares,
    closes=oracle_answer.closes,
    safe=oracle_chat_calls.safe,
    announces=True,
    over=oracle_answer.over,
    final=oracle_answer.final,
    failed=oracle_answer.said_failed,
    kept=oracle_kept.of_chunks,
    restored=_stored,
)
_RESPONSES = Oracle(
    content=oracle_events.said,
    cuts=oracle_events.cuts,
    lane=oracle_events.lane,
    closes=oracle_events.closes,
    calls=oracle_event_calls.calls,
    announces=True,
    over=oracle_events.over,
    final=oracle_events.over,
    cancelled=oracle_events.cancelled,
    failed=oracle_failures.of_events,
    kept=oracle_kept.of_chunks,
    restored=_stored,
)

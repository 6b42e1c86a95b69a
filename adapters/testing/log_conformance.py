"""What every log of runs keeps, as checks: hold a `Log` of your own to its contract.

Each check is a coroutine function. It takes what opens the log, each time on the same store, as another process would:

    @pytest.mark.parametrize("check", log_conformance.CHECKS, ids=lambda check: check.__name__)
    def test_my_log(check):
        store = MyStore()
        anyio.run(check, lambda clock: MyLog(store, clock=clock))

The log takes its time from `clock`, which a check moves by hand; it need not be empty. What does not hold raises an
`AssertionError` that says what was expected, or lets through what the log raised.
"""

import itertools
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import reduce
from typing import TypeAlias

import anyio

from ...reducer import chat
from ...reducer.result import Result
from ..errors import CursorError, LeaseLost, NumberTaken, RunExists, RunUnknown
from ..protocols.coalesce import NOTHING, catch_up, tell
from ..protocols.turn import SaidOrResult, ToolReturn
from ..server.log import Batch, Checkpoint, Gap, Lease, Log, Over, Page, TurnState
from .log_samples import (
    LEASE,
    WORDS,
    Clock,
    SampleFold,
    closed_run,
    expect,
    expect_error,
    messages_of,
    new_run,
    read_all,
)

__all__ = ["CHECKS", "Check", "Clock", "Open"]

Open: TypeAlias = Callable[[Callable[[], float]], AbstractAsyncContextManager[Log]]
"""Opens the log on its store; given the clock that the log has to use."""
Check: TypeAlias = Callable[[Open], Awaitable[None]]
"""Raises where the log does not keep what it should."""

_SOON = 5.0  # seconds in which a reader must be woken; a log that keeps the contract needs a fraction


async def messages_come_back_equal_and_in_order(open_log: Open) -> None:
    """Messages are read as they were appended, by this process and by another, while the run is open and after it."""
    run_id, fold = new_run(), SampleFold()
    async with open_log(Clock()) as log, open_log(Clock()) as other:
        lease = await fold.begin(log, run_id)
        for at in range(len(fold.chunks)):
            await fold.append(log, lease, at, at + 1)
            for reader in (log, other):
                logged, over = await read_all(reader, run_id)
                expect(messages_of(logged) == fold.messages[: fold.numbers[at + 1]], "messages are not those appended")
                expect(over is None, "an open run has no end")
        await fold.close(log, lease)
        for reader in (log, other):
            logged, over = await read_all(reader, run_id)
            expect(messages_of(logged) == [*fold.messages, *fold.last], "the last messages are appended by `close`")
            expect(over == Over("cancelled", fold.result), "the end has the status and the result given to `close`")


async def reads_begin_strictly_after_their_cursor(open_log: Open) -> None:
    """Each cursor is another, the same at each read, and what follows it is what was appended after it."""
    async with open_log(Clock()) as log:
        run_id, _ = await closed_run(log)
        logged, _ = await read_all(log, run_id)
        cursors = [one.cursor for one in logged]
        expect(len(set(cursors)) == len(cursors), "two messages have one cursor")
        for at, cursor in enumerate(cursors):
            rest, over = await read_all(log, run_id, cursor)
            expect(rest == logged[at + 1 :], "a read does not begin strictly after its cursor")
            expect(over is not None, "the end comes also after the last message")


async def cursors_belong_to_their_run(open_log: Open) -> None:
    """A cursor of another run is refused, and so is what is no cursor."""
    async with open_log(Clock()) as log:
        (one, _), (other, _) = await closed_run(log), await closed_run(log)
        logged, _ = await read_all(log, one)
        for cursor in (logged[0].cursor, logged[-1].cursor, "", "0", "nonsense", logged[0].cursor + "x", "9" * 5000):
            await expect_error(CursorError, log.read(other, cursor), f"reading after {cursor!r:.40}")
            await expect_error(CursorError, log.trim(other, cursor), f"trimming until {cursor!r:.40}")


async def what_is_unknown_is_refused(open_log: Open) -> None:
    """Nothing is said of a run that is not there, and none is begun twice."""
    async with open_log(Clock()) as log:
        for one in ("no run", "", "\ud800"):  # the last is none that UTF-8 can write
            for call in (log.read(one), log.status(one), log.cancel(one), log.trim(one, "")):
                await expect_error(RunUnknown, call, "what is asked of an unknown run")
            expect(await log.take_over(one, LEASE) is None, "an unknown run is taken over")
            expect(await log.cancelled([one]) == frozenset(), "an unknown run is cancelled")
            await expect_error(LeaseLost, log.append(Lease(one, 1), Batch(0)), "an append to an unknown run")
        run_id, fold = await closed_run(log)
        await expect_error(RunExists, fold.begin(log, run_id), "to begin a run that is over")
        await expect_error(ValueError, log.read(run_id, limit=0), "a page of no messages")


async def a_repeated_append_does_nothing(open_log: Open) -> None:
    """A number that is there is not written again where the messages are equal; what is new beside it is."""
    run_id, fold = new_run(), SampleFold()
    async with open_log(Clock()) as log:
        lease = await fold.begin(log, run_id)
        whole = len(fold.messages)
        for begin, end in itertools.combinations(range(0, whole + 1, 2), 2):
            if begin < end:
                await log.append(lease, Batch(begin, tuple(fold.messages[begin:end])))
        await log.append(lease, Batch(0, tuple(fold.messages)))
        logged, _ = await read_all(log, run_id)
        expect(messages_of(logged) == fold.messages, "a repeated append changed what is there")
        await fold.close(log, lease)
        await fold.close(log, lease)
        logged, over = await read_all(log, run_id)
        expect(messages_of(logged) == [*fold.messages, *fold.last], "a repeated close changed what is there")
        expect(over == Over("cancelled", fold.result), "a repeated close changed the end")


async def a_taken_number_is_refused(open_log: Open) -> None:
    """Another message under a number that is there is refused, and nothing of that append is written."""
    run_id, fold, other = new_run(), SampleFold(), SampleFold(("a", "something else", "more"))
    async with open_log(Clock()) as log:
        lease = await fold.begin(log, run_id)
        await fold.append(log, lease, 0, 2)
        there = fold.messages[: fold.numbers[2]]
        saved = Checkpoint(3, 3, other.states[3])
        appended = log.append(lease, Batch(0, tuple(other.messages), 0, other.chunks, saved))
        await expect_error(NumberTaken, appended, "another message under a number")
        closed = log.close(lease, 1, other.messages[1:], "failed", None)
        await expect_error(NumberTaken, closed, "another message under a number, by `close`")
        logged, over = await read_all(log, run_id)
        expect(messages_of(logged) == there and over is None, "a refused append wrote something")
        restored = await log.restore(lease)
        expect(restored.checkpoint == Checkpoint(0, 0, fold.start), "a refused append wrote its checkpoint")
        expect(restored.chunks == fold.chunks[:2], "a refused append wrote its chunks")


async def an_earlier_producer_writes_nothing(open_log: Open) -> None:
    """Once another has taken over, whatever the first producer writes is refused."""
    run_id, fold, clock = new_run(), SampleFold(), Clock()
    async with open_log(clock) as log, open_log(clock) as other:
        first = await fold.begin(log, run_id)
        await fold.append(log, first, 0, 2)
        expect(await other.take_over(run_id, LEASE) is None, "a run was taken over whose lease holds")
        clock.now += LEASE
        second = await other.take_over(run_id, LEASE)
        expect(second is not None and second.epoch > first.epoch, "the next producer has a higher epoch")
        await expect_error(LeaseLost, fold.append(log, first, 2, 3), "an append by an earlier producer")
        await expect_error(LeaseLost, fold.append(log, first, 0, 0), "an empty append by an earlier producer")
        await expect_error(LeaseLost, fold.close(log, first), "a close by an earlier producer")
        await expect_error(LeaseLost, log.restore(first), "to restore by an earlier producer")
        expect(await log.renew([first], LEASE) == (first,), "the lease of an earlier producer is lost")
        await log.release(first)
        expect(run_id not in await log.orphans(), "an earlier producer released the lease of the next")
        if second is not None:
            await fold.append(other, second, 2, 3)
            await fold.close(other, second)
            await expect_error(LeaseLost, fold.append(other, second, 3, 4), "an append to a closed run")
            expect(await other.renew([second], LEASE) == (second,), "the lease of a closed run is lost")
        logged, over = await read_all(log, run_id)
        expected = [*fold.messages[: fold.numbers[3]], *fold.last]
        expect(
            over is not None and messages_of(logged)[: fold.numbers[3]] == expected[: fold.numbers[3]], "lost messages"
        )


async def a_dead_producer_is_noticed(open_log: Open) -> None:
    """A lease holds as long as it is renewed. Then the run is an orphan, and one of those that try takes it over."""
    run_id, fold, clock = new_run(), SampleFold(), Clock()
    async with open_log(clock) as log, open_log(clock) as other:
        lease = await fold.begin(log, run_id)
        clock.now += LEASE * 0.9
        expect(run_id not in await other.orphans(1_000_000), "an orphan whose lease holds")
        expect(await log.renew([lease], LEASE) == (), "a lease that holds cannot be renewed")
        clock.now += LEASE * 0.9
        expect(run_id not in await other.orphans(1_000_000), "an orphan whose lease was renewed")
        clock.now += LEASE * 0.2
        expect(run_id in await other.orphans(1_000_000), "a lease has run out, and there is no orphan")
        expect(await log.renew([lease], LEASE) == (), "a lease that nobody has taken can be renewed late")
        expect(run_id not in await other.orphans(1_000_000), "an orphan whose lease was renewed late")
        await log.release(lease)
        expect(run_id in await other.orphans(1_000_000), "a released lease leaves no orphan")
        taken = [await one.take_over(run_id, LEASE) for one in (other, log, other)]
        expect(sum(one is not None for one in taken) == 1, "an orphan is taken over by one")


async def a_successor_goes_on_where_the_last_append_ended(open_log: Open) -> None:
    """The last checkpoint and the chunks after it give the state in which all that is there had been said."""
    for saved in range(len(WORDS) + 1):
        run_id, fold, clock = new_run(), SampleFold(), Clock()
        async with open_log(clock) as log, open_log(clock) as other:
            lease = await fold.begin(log, run_id)
            for at in range(len(fold.chunks)):
                for _ in range(2):  # an append whose answer was lost is repeated
                    await fold.append(log, lease, at, at + 1, saved=at + 1 == saved)
            clock.now += LEASE
            successor = await other.take_over(run_id, LEASE)
            expect(successor is not None, "an orphan cannot be taken over")
            if successor is not None:
                restored = await other.restore(successor)
                number, state = restored.checkpoint.number, restored.checkpoint.state
                for chunk in restored.chunks:
                    state, more = chat.step(state, chunk)
                    number += len(more)
                expect(restored.checkpoint.place + len(restored.chunks) == len(fold.chunks), "chunks are missing")
                expect(state == fold.states[-1], "the restored state is another than that of the last append")
                expect(number == restored.number == len(fold.messages), "the restored number is not that of the next")


async def a_cancel_reaches_the_producer(open_log: Open) -> None:
    """A cancel from anywhere is found by whoever produces the run, also by the next one; a run that is over stays."""
    run_id, fold, clock = new_run(), SampleFold(), Clock()
    async with open_log(clock) as log, open_log(clock) as other:
        await fold.begin(log, run_id)
        quiet = new_run()
        await fold.begin(log, quiet)
        expect(await log.cancelled([run_id, quiet]) == frozenset(), "a run is cancelled that nobody cancelled")
        expect(await other.cancel(run_id) == "open", "the status of a run that is open")
        expect(await log.cancelled([run_id, quiet]) == {run_id}, "a cancel does not reach the producer")
        expect(await log.cancelled([quiet]) == frozenset(), "a cancel reaches another run")
        clock.now += LEASE
        lease = await other.take_over(run_id, LEASE)
        expect(await other.cancelled([run_id]) == {run_id}, "a cancel does not reach the next producer")
        if lease is not None:
            await fold.close(other, lease)
        expect(await log.cancel(run_id) == "cancelled", "the status of a run that is over")
        expect(await log.cancelled([run_id]) == frozenset(), "a run that is over is among the cancelled")
        expect(await log.status(quiet) == "open", "the status of the other run")


async def a_trimmed_cursor_gets_a_gap(open_log: Open) -> None:
    """What is trimmed comes back in a gap, joined, whatever the cursor, and the tail comes as before."""
    async with open_log(Clock()) as log:
        run_id, fold = await closed_run(log)
        logged, over = await read_all(log, run_id)
        said, trimmed = [*fold.messages, *fold.last], 0
        for until in (1, 1, 0, 4, len(logged) - 1):
            await log.trim(run_id, logged[until].cursor)
            trimmed = max(trimmed, until)
            gap = Gap(logged[trimmed].cursor, catch_up(reduce(tell, said[: trimmed + 1], NOTHING)))
            for at, after in enumerate([None, *(one.cursor for one in logged)]):
                page = await log.read(run_id, after)
                if at <= trimmed:
                    expected = Page(gap, tuple(logged[trimmed + 1 :]), over)
                    expect(page == expected, "a trimmed cursor gets a gap that says what was trimmed, then the tail")
                else:
                    expect(page == Page(None, tuple(logged[at:]), over), "trimming changed what was not trimmed")


async def a_turn_keeps_what_tools_gave(open_log: Open) -> None:
    """A run of several model calls has what tools gave and what calls came to, and the state of the last call."""
    run_id, fold, clock = new_run(), SampleFold(), Clock()
    said = (*fold.messages, ToolReturn("call é", "rain"), ToolReturn("call", ("a", 1, None), "error"), fold.result)
    async with open_log(clock) as log, open_log(clock) as other:
        lease = await log.begin(run_id, TurnState(None), (), LEASE)
        expect(
            (await log.restore(lease)).checkpoint == Checkpoint(0, 0, TurnState(None)), "a turn begins without a call"
        )
        saved = Checkpoint(len(said), len(fold.chunks), TurnState(fold.states[-1]))
        for _ in range(2):
            await log.append(lease, Batch(0, said, 0, fold.chunks, saved))
        clock.now += LEASE
        successor = await other.take_over(run_id, LEASE)
        expect(successor is not None, "an orphan cannot be taken over")
        if successor is not None:
            expect((await other.restore(successor)).checkpoint == saved, "the restored state of a turn is another")
            await other.close(successor, len(said), (), "failed", Result(outcome="failed"))
        logged, over = await read_all(other, run_id)
        expect(tuple(messages_of(logged)) == said, "what is said in a turn is not what was appended")
        expect(over == Over("failed", Result(outcome="failed")), "the end has the result given to `close`")
        await log.trim(run_id, logged[-1].cursor)
        gap = (await log.read(run_id)).gap
        expect(
            gap is not None and gap.messages == catch_up(reduce(tell, said, NOTHING)), "trimming drops what tools gave"
        )


async def a_reader_waits_and_is_woken(open_log: Open) -> None:
    """Who waits is woken by a message and by the end, written by this process or by another."""
    for same in (True, False):
        run_id, fold = new_run(), SampleFold()
        async with open_log(Clock()) as log, open_log(Clock()) as other:
            lease = await fold.begin(log, run_id)
            await fold.append(log, lease, 0, 1)
            found: list[SaidOrResult] = []

            async def listen(reader: Log, run_id: str = run_id, found: list[SaidOrResult] = found) -> None:
                after: str | None = None
                with anyio.fail_after(_SOON * len(WORDS)):
                    while True:
                        page = await reader.read(run_id, after, wait=_SOON)
                        if not page.says_something:  # it was not woken
                            return
                        found.extend(messages_of(list(page.logged)))
                        after = page.logged[-1].cursor if page.logged else after
                        if page.over is not None:
                            return

            async with anyio.create_task_group() as group:
                group.start_soon(listen, log if same else other)
                for at in range(1, len(fold.chunks)):
                    await anyio.sleep(0.03)
                    await fold.append(log, lease, at, at + 1)
                await anyio.sleep(0.03)
                await fold.close(log, lease)
            expect(
                found == [*fold.messages, *fold.last],
                "a waiting reader is not woken, misses a message, or gets one twice",
            )
            expect((await log.read(run_id, wait=_SOON)).over is not None, "the end is there without waiting")


async def waiting_ends(open_log: Open) -> None:
    """Where nothing comes, a read gives an empty page after the seconds that it was given."""
    run_id, fold = new_run(), SampleFold()
    async with open_log(Clock()) as log:
        await fold.begin(log, run_id)
        with anyio.fail_after(_SOON):
            page = await log.read(run_id, wait=0.05)
        expect(page.over is None and page.gap is None, "a page of an open run in which nothing was said")


async def old_runs_are_forgotten(open_log: Open) -> None:
    """What was over long enough ago is dropped, and its cursors with it; a run that is open, or newer, is not."""
    clock = Clock()
    async with open_log(clock) as log:
        old, _ = await closed_run(log)
        (cursor, *_), _ = await read_all(log, old)
        clock.now += 100
        new, fold = await closed_run(log)
        open_run = new_run()
        lease = await fold.begin(log, open_run)
        clock.now += 1
        expect(await log.forget(50) >= 1, "nothing was forgotten")
        await expect_error(RunUnknown, log.read(old), "reading what was forgotten")
        logged, _ = await read_all(log, new)
        expect(messages_of(logged) == [*fold.messages, *fold.last], "a run was forgotten that is new")
        clock.now += 1000
        await log.forget(50)
        expect(await log.status(open_run) == "open", "an open run was forgotten")
        await fold.append(log, lease, 0, 1)
        again = await fold.begin(log, old)
        expect(again.run_id == old, "an id that was forgotten can be used again")
        logged, over = await read_all(log, old)
        expect(messages_of(logged) == list(fold.first) and over is None, "a run begins anew")
        await fold.append(log, again, 0, len(fold.chunks))
        for call in (log.read(old, cursor.cursor), log.trim(old, cursor.cursor)):
            await expect_error(CursorError, call, "a cursor of a run that was forgotten and had the same id")


CHECKS: tuple[Check, ...] = (
    messages_come_back_equal_and_in_order,
    reads_begin_strictly_after_their_cursor,
    cursors_belong_to_their_run,
    what_is_unknown_is_refused,
    a_repeated_append_does_nothing,
    a_taken_number_is_refused,
    an_earlier_producer_writes_nothing,
    a_dead_producer_is_noticed,
    a_successor_goes_on_where_the_last_append_ended,
    a_cancel_reaches_the_producer,
    a_trimmed_cursor_gets_a_gap,
    a_turn_keeps_what_tools_gave,
    a_reader_waits_and_is_woken,
    waiting_ends,
    old_runs_are_forgotten,
)
"""All of them."""

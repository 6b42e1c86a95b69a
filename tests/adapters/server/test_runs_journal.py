"""What a fold has done, in the batches in which the log is told."""

from itertools import pairwise
from typing import Any

import anyio
import pytest
from streamfold import Result, chat
from streamfold.adapters.server.log import Batch, Checkpoint, TurnState
from streamfold.adapters.server.runs_journal import Journal
from support.server.logged_runs import CHAT, chat_chunks

pytestmark = pytest.mark.anyio


def fed(journal: Journal, chunks: list[Any]) -> tuple[list[Any], Any]:
    """Fold chunks under a journal's eyes: their messages, and the state after them."""
    messages: list[Any] = []
    for chunk in chunks:
        before = journal.state
        after, more = chat.step(before, chunk)
        journal.stepped(before, chunk, after, more)
        messages += more
    return messages, journal.state


def journal_of(number: int = 0, place: int = 0, every: int = 1000) -> Journal:
    return Journal(chat.start(CHAT)[0], number, place, every)


async def test_a_batch_has_what_came_since_the_last() -> None:
    journal, chunks = journal_of(7, 3), chat_chunks(5)
    first, _ = fed(journal, chunks[:2])
    assert await journal.batch() == Batch(7, tuple(first), 3, tuple(chunks[:2]))
    second, _ = fed(journal, chunks[2:4])
    assert await journal.batch() == Batch(9, tuple(second), 5, tuple(chunks[2:4]))
    assert journal.said == 11
    assert journal.rest() == Batch(11, (), 7)


async def test_a_batch_is_waited_for_and_the_end_is_none() -> None:
    journal, found = journal_of(), []

    async def take() -> None:
        while (batch := await journal.batch()) is not None:
            found.append(len(batch.chunks))

    async with anyio.create_task_group() as group:
        group.start_soon(take)
        await anyio.wait_all_tasks_blocked()
        assert found == []
        fed(journal, chat_chunks(2)[:2])
        await anyio.wait_all_tasks_blocked()
        assert found == [2]
        fed(journal, chat_chunks(1)[:1])
        journal.end()
    assert found == [2, 1]


async def test_a_checkpoint_is_the_state_after_the_batch() -> None:
    journal, chunks = journal_of(every=3), chat_chunks(6)
    _, state = fed(journal, chunks[:4])
    assert journal.rest().checkpoint == Checkpoint(4, 4, state)
    fed(journal, chunks[4:6])
    assert journal.rest().checkpoint is None
    _, state = fed(journal, chunks[6:7])
    assert journal.rest().checkpoint == Checkpoint(6, 7, state)


async def test_checkpoints_are_as_far_apart_as_the_answer_is_long() -> None:
    journal, at = journal_of(every=10), []
    for place, chunk in enumerate(chat_chunks(1000)):
        fed(journal, [chunk])
        if journal.rest().checkpoint is not None:
            at.append(place + 1)
    assert at[:4] == [10, 20, 30, 40]
    assert all(next_one - one <= one / 4 + 10 for one, next_one in pairwise(at))
    assert len(at) < 40


async def test_nothing_more_is_read_while_too_much_waits() -> None:
    journal, read = journal_of(), []

    async def reading() -> None:
        for chunk in chat_chunks(3000):
            fed(journal, [chunk])
            read.append(chunk)
            await journal.room()

    async with anyio.create_task_group() as group:
        group.start_soon(reading)
        await anyio.wait_all_tasks_blocked()
        assert len(read) == 1001
        journal.rest()
        await anyio.wait_all_tasks_blocked()
        assert len(read) == 2002
        group.cancel_scope.cancel()


async def test_where_a_call_begins_or_ends_the_state_is_stored() -> None:
    journal, (fold, _), chunks = Journal(TurnState(None), 0, 0, 1000), chat.start(CHAT), chat_chunks(2)
    assert journal.state == TurnState(None)
    journal.pass_to(fold, ())
    assert await journal.batch() == Batch(0, (), 0, (), Checkpoint(0, 0, TurnState(fold)))
    fed_fold = fold
    for chunk in chunks[:2]:
        before, (fed_fold, more) = fed_fold, chat.step(fed_fold, chunk)
        journal.stepped(before, chunk, fed_fold, more)
    assert journal.rest().checkpoint is None
    result = Result(outcome="completed")
    journal.pass_to(fed_fold, [result])
    assert journal.rest() == Batch(2, (result,), 2, (), Checkpoint(3, 2, TurnState(fed_fold)))
    journal.say([result])
    assert await journal.batch() == Batch(3, (result,), 2)
    assert journal.said == 4

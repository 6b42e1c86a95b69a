"""What both kinds of run have: the same state, result, words and errors for the same upstream."""

from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from streamfold.adapters.driver import Run, drive, drive_sync
from streamfold.reducer import Cancelled, chat, inner_thoughts
from support.adapters.upstreams import CASES, Upstream, config_of, folded, has_ended, objects

BOOM = ConnectionError("boom")


def raising(raws: list[Any], error: Exception | None) -> Iterator[Any]:
    yield from raws
    if error is not None:
        raise error


def came_without_a_loop(machine: Any, raws: list[Any], error: Exception | None) -> tuple[Any, ...]:
    said: list[Any] = []
    raised = None
    with drive_sync(machine, config_of(machine), raising(raws, error)) as run:
        began = (run.state, run.result)
        try:
            said.extend(run)
        except ConnectionError as caught:
            raised = caught
    return began, said, raised, run.state, run.result


def came_in_a_loop(machine: Any, raws: list[Any], error: Exception | None) -> tuple[Any, ...]:
    async def main() -> tuple[Any, ...]:
        said: list[Any] = []
        raised = None
        async with drive(machine, config_of(machine), Upstream(raws, error)) as run:
            began = (run.state, run.result)
            try:
                async for message in run:
                    said.append(message)
            except ConnectionError as caught:
                raised = caught
        return began, said, raised, run.state, run.result

    return anyio.run(main)


@pytest.mark.parametrize("error", [None, BOOM], ids=["ends", "raises"])
@pytest.mark.parametrize(("name", "machine"), CASES, ids=[name for name, _ in CASES])
def test_both_kinds_of_run_come_to_the_same(name: str, machine: Any, error: Exception | None) -> None:
    for cut in range(0, len(objects(name)) + 1, 7):
        raws = objects(name)[:cut]
        alone, looped = came_without_a_loop(machine, raws, error), came_in_a_loop(machine, raws, error)
        assert alone == looped
        began = machine.start(config_of(machine))[0]
        assert alone[0] == (began, machine.result(began))
        assert alone[2] is (None if has_ended(machine, raws) else error)


def test_a_run_that_is_left_is_cancelled_and_says_nothing_more() -> None:
    machine, raws = inner_thoughts, objects("inner_thoughts.jsonl")[:20]

    async def left() -> Run[Any]:
        async with drive(machine, config_of(machine), Upstream(raws)) as run:
            await run.__anext__()
        assert [message async for message in run] == []
        return run

    with drive_sync(machine, config_of(machine), raws) as alone:
        next(alone)
    assert list(alone) == []
    looped = anyio.run(left)
    expected = folded(machine, raws[: alone.result.chunks], Cancelled())[1]
    assert (alone.result, looped.result, alone.state) == (expected, expected, looped.state)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("odd"), "ValueError: odd"),
        (KeyError("name"), "KeyError: 'name'"),
        (TimeoutError(), "TimeoutError: "),
    ],
)
def test_an_error_is_told_by_its_kind_and_text(error: Exception, words: str) -> None:
    with drive_sync(chat, config_of(chat), raising([], error)) as run, pytest.raises(type(error)):
        list(run)
    assert run.result.error is not None
    assert run.result.error.message == words

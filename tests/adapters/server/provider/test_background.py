"""A response in the background: what it has come to by some time, and what is left of it."""

import anyio
import pytest
from streamfold.adapters.cassette import recording_of
from streamfold.adapters.cassette.timeline import Action, Lose, Send, Wait
from streamfold.adapters.server.provider.background import Running, response_id_of
from streamfold.adapters.server.provider.shelf import shelf_of
from streamfold.adapters.testing import Drop, Stall
from support.adapters.command_runs import CALLS, SEARCH

(RECORDING,) = shelf_of([str(SEARCH)], chunk_delay=1.0).recordings.values()
COUNT = len(RECORDING.frames)
pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def running(speed: float | None = 1.0) -> Running:
    return Running("search", RECORDING, speed, began=100.0)


def numbers(actions: tuple[Action, ...]) -> list[int]:
    return [action.chunk.sequence_number for action in actions if isinstance(action, Send)]  # type: ignore[union-attr]


def waited(actions: tuple[Action, ...]) -> float:
    return sum(action.seconds for action in actions if isinstance(action, Wait))


def test_the_id_is_the_recorded_one() -> None:
    assert response_id_of(RECORDING) == "resp_01HX"
    assert response_id_of(recording_of(CALLS.read_bytes())) is None


async def test_it_is_in_progress_until_its_last_frame_has_come() -> None:
    run = running()
    assert run.standing(100.0)["id"] == "resp_01HX"
    for ran in range(COUNT):
        assert run.standing(100.0 + ran)["status"] == "in_progress"
    assert run.standing(100.0 + COUNT)["status"] == "completed"
    assert run.standing(100.0 + COUNT)["output"]
    assert running(speed=2.0).standing(100.0 + COUNT / 2)["status"] == "completed"
    assert running(speed=None).standing(100.0)["status"] == "completed"


@pytest.mark.parametrize("beyond", [None, 0, 20, COUNT - 2, COUNT])
async def test_who_listens_later_gets_at_once_what_has_come(beyond: int | None) -> None:
    begin = 0 if beyond is None else beyond + 1
    for ran in (0.0, 10.5, 30.0, COUNT, 2 * COUNT):
        actions = running().rest(beyond, (), 1, 100.0 + ran)
        assert numbers(actions) == list(range(begin, COUNT))
        skipped = min(begin, COUNT)
        assert waited(actions) == max(0.0, COUNT - max(ran, skipped))
        first = next((at for at, action in enumerate(actions) if isinstance(action, Wait)), len(actions))
        assert first == max(0, int(min(ran, COUNT)) - begin)


async def test_faults_strike_the_connection_and_not_the_response() -> None:
    run = running()
    actions = run.rest(20, (Drop(40, request=2), Stall(30, 5.0)), 2, 125.0)
    assert numbers(actions) == list(range(21, 40))
    assert isinstance(actions[-1], Lose)
    assert waited(actions) == 5.0 + (41 - 25)  # the pause before the frame that it is lost at
    assert numbers(run.rest(20, (Drop(40, request=2),), 3, 125.0)) == list(range(21, COUNT))


async def test_a_cancelled_one_has_what_had_come() -> None:
    run = running()
    run.stop(110.5)
    assert run.stopped.is_set()
    assert run.standing(1000.0)["status"] == "cancelled"
    assert (numbers(run.rest(None, (Drop(40),), 1, 1000.0)), run.ran) == (list(range(10)), 10.5)
    assert waited(run.rest(None, (), 1, 1000.0)) == 0.0
    run.stop(120.0)
    assert run.ran == 10.5


async def test_one_that_is_over_cannot_be_cancelled() -> None:
    run = running()
    run.stop(100.0 + COUNT)
    assert not run.stopped.is_set()
    assert run.standing(1000.0)["status"] == "completed"


async def test_the_event_is_the_loop_s() -> None:
    run = running()
    async with anyio.create_task_group() as group:
        group.start_soon(run.stopped.wait)
        run.stop(101.0)

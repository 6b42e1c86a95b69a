"""Two processes on one log: the folding one is killed after every chunk in turn, and nobody notices."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from streamfold import Ended, Failed, chat, fold, responses
from streamfold.adapters import snapshot
from streamfold.adapters.server.log import dumps
from streamfold.adapters.server.runs import Runs, resume_responses
from streamfold.reducer.messages import Message
from support.server import folding_process
from support.server.logged_runs import (
    CHAT,
    RESPONSES,
    RETURN,
    SECOND,
    Client,
    Listener,
    chat_chunks,
    log_at,
    messages_of,
    numbered_events,
)
from support.server.redis_server import needs_redis, redis_server

LEASE = 0.5
GONE = Failed("the process that produced this run is gone, and its upstream cannot be resumed")

LOST = Failed("the process that produced this run is gone, and with it the loop that made its model calls")


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield str(tmp_path / "runs.db")
    else:
        with redis_server(tmp_path) as url:
            yield url


@pytest.fixture
def folding(url: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, folding_process.__file__, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


async def killed(url: str, folding: "subprocess.Popen[str]", wire: str, words: int, events: Sequence[Any]) -> Any:
    """What three clients heard of each run, by the number of chunks after which its process was killed."""
    assert folding.stdin is not None
    assert folding.stdout is not None
    found: dict[int, list[Listener]] = {}

    async def come_and_go(runs: Runs, run_id: str, listener: Listener, most: int) -> None:
        while listener.over is None:
            await listener.listen(runs, run_id, most)

    async with log_at(url) as log, Runs(log, lease=LEASE, reopen=resume_responses(Client(events))) as runs:
        async with anyio.create_task_group() as group:
            for after in range(len(events) + 1):
                folding.stdin.write(f"run-{after} {wire} {words} {after} {LEASE}\n")
                folding.stdin.flush()
                pid = int(await anyio.to_thread.run_sync(folding.stdout.readline))
                found[after] = [Listener() for _ in range(3)]
                for at, listener in enumerate(found[after][:2]):
                    group.start_soon(come_and_go, runs, f"run-{after}", listener, 1_000_000 if at == 0 else 2)
                if after % 2:  # whatever came is in the log; elsewhere the kill hits whatever is under way
                    await anyio.sleep(0.02)
                os.kill(pid, signal.SIGKILL)
        for after, (_, _, late) in found.items():
            await late.listen(runs, f"run-{after}")
    return found


def stored(messages: Sequence[Message]) -> list[bytes]:
    return list(map(snapshot.dumps, messages))


def check_resumed(url: str, folding: "subprocess.Popen[str]", words: int) -> None:
    events = numbered_events(words)
    whole = stored(messages_of(responses, RESPONSES, events))
    found = anyio.run(killed, url, folding, "responses", words, events)
    assert len(found) == len(events) + 1
    resumed = 0
    for after, listeners in found.items():
        heard = [stored(listener.messages) for listener in listeners]
        assert heard[0] == heard[1] == heard[2]
        over = listeners[0].over
        if over.status == "completed":
            resumed += 1
            assert heard[0] == whole, after
        else:  # it died before it had told the log of a first event, from which it could be resumed
            assert over.status == "failed"
            nothing = stored(messages_of(responses, RESPONSES, [], GONE))
            assert heard[0] == nothing, after
    assert resumed > len(events) // 2


def check_failed(url: str, folding: "subprocess.Popen[str]", words: int) -> None:
    chunks = chat_chunks(words)
    whole = stored(messages_of(chat, CHAT, chunks))
    possible = [stored(messages_of(chat, CHAT, chunks[:at], GONE)) for at in range(words + 1)]
    for after, listeners in anyio.run(killed, url, folding, "chat", words, chunks).items():
        heard = [stored(listener.messages) for listener in listeners]
        assert heard[0] == heard[1] == heard[2]
        over = listeners[0].over
        if over.status == "completed":
            assert after > words
            assert heard[0] == whole
        else:
            assert over.status == "failed"
            assert heard[0] in possible[: after + 1], after
            assert over.result.text == "".join(message.content for message in listeners[0].messages[:-1])


def ends_of_a_turn(words: int) -> list[list[str]]:
    """All that a turn of two calls may have said when it is over, wherever its process was killed."""
    chunks, before = chat_chunks(words), list[Any]()
    found: list[list[Any]] = [[]]
    for config in (CHAT, SECOND):
        for at in range(len(chunks) + 1):
            state, messages = fold(chat, config, chunks[:at], LOST)
            result = chat.result(state)
            found.append([*before, *messages, *([result] if result.outcome == "completed" else [])])
        state, messages = fold(chat, config, chunks, Ended())
        found += [[*before, *messages], [*before, *messages, RETURN, chat.result(state)]]
        before = found[-1]
    return [list(map(dumps, said)) for said in found]


def check_turn(url: str, folding: "subprocess.Popen[str]", words: int) -> None:
    """A turn has nobody who goes on with it: it ends as failed, unless it was over."""
    possible = ends_of_a_turn(words)
    found = anyio.run(killed, url, folding, "turn", words, [None] * 2 * len(chat_chunks(words)))
    lengths = []
    for after, listeners in found.items():
        heard = [list(map(dumps, listener.messages)) for listener in listeners]
        assert heard[0] == heard[1] == heard[2]
        assert heard[0] in possible, after
        over = listeners[0].over
        assert over.status == over.result.outcome
        assert over.status == "failed" or after >= 2 * words
        lengths.append(len(heard[0]))
    assert max(lengths) > words + 2  # some were killed in their second call


@pytest.mark.deep
def test_a_killed_turn_ends_with_all_that_had_arrived(url: str, folding: "subprocess.Popen[str]") -> None:
    check_turn(url, folding, 4)


@pytest.mark.deep
def test_a_killed_background_run_is_taken_over_and_nobody_notices(url: str, folding: "subprocess.Popen[str]") -> None:
    check_resumed(url, folding, 3)


@pytest.mark.deep
def test_a_killed_chat_run_ends_with_all_that_had_arrived(url: str, folding: "subprocess.Popen[str]") -> None:
    check_failed(url, folding, 4)


@pytest.mark.deep
def test_killed_after_every_chunk_of_a_longer_stream(url: str, folding: "subprocess.Popen[str]") -> None:
    check_resumed(url, folding, 30)


@pytest.mark.deep
def test_chat_killed_after_every_chunk_of_a_longer_stream(url: str, folding: "subprocess.Popen[str]") -> None:
    check_failed(url, folding, 30)

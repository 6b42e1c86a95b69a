"""Synchronous runs that are cut short by other threads and by the clock, at random moments, over the real client."""

import random
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx
import openai
import pytest
from streamfold.adapters.driver.sync_run import SyncRun, drive_sync
from streamfold.adapters.errors import StreamStalled
from streamfold.adapters.wire import read
from streamfold.reducer import Cancelled, chat, fold
from support.live_streams import CHAT, config_of, folded
from support.loopback import Answer, Loopback

pytestmark = pytest.mark.deep

ENDS = [index + 2 for index in range(len(CHAT)) if CHAT[index : index + 2] == b"\n\n"]
SILENT = CHAT[: ENDS[7]]
MESSAGES, WHOLE = folded(chat, "chat", CHAT)


@pytest.fixture
def one_connection() -> Iterator[Any]:
    """What makes a client that has one connection: a request finds it free, or fails."""
    made: list[openai.OpenAI] = []

    def make(server: Loopback) -> openai.OpenAI:
        limits, patience = httpx.Limits(max_connections=1), httpx.Timeout(4)
        http = httpx.Client(limits=limits, timeout=patience)
        made.append(openai.OpenAI(base_url=server.url, api_key="none", max_retries=0, http_client=http))
        return made[-1]

    yield make
    for client in made:
        client.close()


def asked(client: openai.OpenAI, by_bytes: bool) -> Any:
    if by_bytes:
        return client.chat.completions.with_streaming_response.create(model="m", messages=[], stream=True)
    return client.chat.completions.create(model="m", messages=[], stream=True)


def consistent(run: SyncRun[Any], said: list[Any], by_bytes: bool) -> None:
    """What was said is a beginning of what the whole stream says, and the result is the fold of what was read."""
    outcome = run.result.outcome
    assert outcome in ("completed", "cancelled", "failed")
    own = [message for message in said if message.message_type != "stop_reason"]
    assert own == MESSAGES[: len(own)] or outcome == "cancelled"  # a call that was held may be said early
    if outcome == "cancelled":
        read_so_far = list(read("chat", [CHAT]))[: run.result.chunks]
        state, messages = fold(chat, config_of(chat), read_so_far, Cancelled())
        assert (run.result, said) == (chat.result(state), list(messages)[: len(said)])


def test_a_consumer_that_takes_its_time_is_no_stall() -> None:
    frames = list(read("chat", [CHAT]))[:4]
    with drive_sync(chat, config_of(chat), frames, idle_timeout=0.2) as run:
        for _ in run:
            time.sleep(0.25)
    assert (run.result.outcome, run.result.chunks) == ("truncated", 4)


@pytest.mark.parametrize("by_bytes", [False, True], ids=["objects", "bytes"])
def test_a_time_that_is_over_before_the_read_begins_is_a_stall(one_connection: Any, by_bytes: bool) -> None:
    with Loopback(Answer(SILENT, stall_after=0)) as server:
        client = one_connection(server)
        for seconds in (0, 1e-9, 1e-6, 1e-5, 1e-4) * 4:
            with drive_sync(chat, config_of(chat), asked(client, by_bytes), total_timeout=seconds) as run:
                with pytest.raises(StreamStalled):
                    list(run)
            assert run.result.outcome == "failed"


def test_a_cancel_between_two_reads_ends_the_next(one_connection: Any) -> None:
    with Loopback(Answer(SILENT, stall_after=len(SILENT))) as server:
        client = one_connection(server)
        for count in range(1, 8):
            with drive_sync(chat, config_of(chat), asked(client, True)) as run:
                said = [next(run) for _ in range(min(count, 4))]
                thread = threading.Thread(target=run.cancel)
                thread.start()
                thread.join()
                said.extend(run)
            assert said[-1].message_type == "stop_reason"
            assert run.result.outcome == "cancelled"


def ended_at_random(chosen: random.Random, client: openai.OpenAI, by_bytes: bool) -> str:
    """One run; its outcome."""
    moment, times = chosen.random() * 0.03, {}
    way = chosen.choice(["cancel", "cancels", "idle", "total", "break", "raise", "nothing"])
    if way == "idle":
        times = {"idle_timeout": chosen.random() * 0.002}
    elif way == "total":
        times = {"total_timeout": moment}
    leave_after = chosen.randrange(20) if way in ("break", "raise") else 10**6
    said: list[Any] = []
    threads = [threading.Timer(moment, lambda: run.cancel()) for _ in range({"cancel": 1, "cancels": 3}.get(way, 0))]
    try:
        with drive_sync(chat, config_of(chat), asked(client, by_bytes), grace=0.05, **times) as run:
            for thread in threads:
                thread.start()
            for message in run:
                said.append(message)
                if len(said) > leave_after:
                    if way == "raise":
                        raise ZeroDivisionError
                    break
    except (StreamStalled, ZeroDivisionError):
        pass
    for thread in threads:
        thread.join()
    consistent(run, said, by_bytes)
    if way in ("nothing", "break", "raise"):
        assert run.result.outcome == ("completed" if way == "nothing" or run.result == WHOLE else "cancelled")
    return run.result.outcome


@pytest.mark.parametrize("count", [30, pytest.param(300, marks=pytest.mark.deep)])
@pytest.mark.parametrize("by_bytes", [False, True], ids=["objects", "bytes"])
def test_random_ends_leave_the_one_connection_free(
    count: int, by_bytes: bool, one_connection: Any, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = random.Random(f"{count} {by_bytes}")
    cuts = sorted({*ENDS[::4], *(chosen.randrange(len(CHAT)) for _ in range(5))})
    with Loopback(Answer(CHAT, cuts=cuts, pause=0.001)) as server:
        client = one_connection(server)
        outcomes = [ended_at_random(chosen, client, by_bytes) for _ in range(count)]
        requests = list(server.requests)
        client.close()
        assert all(request.closed.wait(5) for request in requests)
    assert {"completed", "cancelled", "failed"} == set(outcomes)
    assert caplog.records == []
    assert not any(thread.name == "streamfold alarm" and not gone(thread) for thread in threading.enumerate())


def gone(thread: threading.Thread) -> bool:
    thread.join(5)
    return not thread.is_alive()


def test_moments_of_an_alarm_that_follow_closely_are_all_kept() -> None:
    """A stream of items that are late by a hair: whatever the alarm was at, no read is left waiting for ever."""
    ends = list(pairwise([0, *ENDS[:6]]))
    for number in range(40):
        one, other = threading.Event(), threading.Event()

        class Slow:
            given = 0

            def __iter__(self) -> "Slow":
                return self

            def __next__(self) -> bytes:
                if self.given == len(ends):
                    assert one.wait(5), "nobody cut this read short"
                    raise OSError("closed")
                first, last = ends[self.given]
                self.given += 1
                other.wait(0.0005 * (number % 4))
                return CHAT[first:last]

            def close(self) -> None:
                one.set()

        with drive_sync(chat, config_of(chat), Slow(), idle_timeout=0.001) as run, pytest.raises(StreamStalled):
            list(run)

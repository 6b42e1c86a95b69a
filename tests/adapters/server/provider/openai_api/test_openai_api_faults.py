"""What goes wrong on request, as the real openai client meets it."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from streamfold.adapters.cassette import read_recording
from streamfold.adapters.driver import drive_sync
from streamfold.adapters.server.provider import Settings
from streamfold.adapters.testing import Drop, Stall
from streamfold.reducer import Ended, chat, fold
from support.adapters.command_runs import CALLS
from support.serving.on_loopback import connected, heard_until
from support.serving.recorded_provider import FAULTS, ask, client_of, provider

CHAT = read_recording(CALLS)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with provider() as url:
        yield url


def heard(stream: Any) -> int:
    """How many chunks come before it raises."""
    count = 0
    with pytest.raises(openai.APIError):
        for _ in stream:
            count += 1
    return count


def test_a_lost_connection_is_one(url: str) -> None:
    with client_of(url) as client:
        assert heard(ask(client, faults="drop:after=8")) == 8
        assert heard(ask(client, faults="drop:after=8,more=20")) == 8
        with pytest.raises(openai.APIConnectionError):
            ask(client, faults="drop:after=0", stream=False)


@pytest.mark.deep
def test_silence_lasts_until_the_client_has_had_enough(url: str) -> None:
    with client_of(url, timeout=1.0) as client:
        assert heard(ask(client, faults="stall:after=8")) == 8
        with pytest.raises(openai.APITimeoutError):
            ask(client, faults="stall:after=8", stream=False)
    with client_of(url) as client:
        begun = time.monotonic()
        assert len(list(ask(client, faults="stall:after=8,seconds=0.2"))) == len(CHAT.frames) - 1
        assert time.monotonic() - begun >= 0.2


def test_a_refusal_and_an_error_in_the_stream(url: str) -> None:
    with client_of(url) as client:
        with pytest.raises(openai.RateLimitError):
            ask(client, faults="error:status=429")
        with pytest.raises(openai.RateLimitError):
            ask(client, faults="error:status=429", stream=False)
        assert heard(ask(client, faults="error:after=8,message=too busy")) == 8


def test_a_cut_stream_ends_as_if_it_were_whole(url: str) -> None:
    with client_of(url) as client:
        assert len(list(ask(client, faults="cut:after=8"))) == 8


def test_garbage_is_survived_by_the_driver(url: str) -> None:
    with client_of(url) as client, drive_sync(chat, CHAT.config, ask(client, faults="garbage:after=8")) as run:
        for _ in run:
            pass
    state, _ = fold(chat, CHAT.config, CHAT.chunks, Ended())
    assert (run.result.outcome, run.result.text) == ("completed", chat.result(state).text)
    assert [note for note in run.result.diagnostics if note not in chat.result(state).diagnostics]


def test_slow_bytes_and_other_cuts_are_the_same_body(url: str) -> None:
    for faults in ("slow:seconds=0.001,size=500", "recut:seed=3", "slow:seconds=0.001,size=700;recut:seed=3"):
        body = {"model": CALLS.stem, "stream": True}
        response = httpx.post(f"{url}/v1/chat/completions", json=body, headers={FAULTS: faults}, timeout=60)
        assert response.content == CALLS.read_bytes()


@pytest.mark.parametrize(
    ("faults", "why"),
    [
        ("explode", "x-streamfold-faults: 'explode': no such fault"),
        ("drop:after=68", r"Drop\(after=68\): there are 67 frames in .*chat_parallel_calls"),
    ],
)
def test_what_is_no_fault_is_refused(url: str, faults: str, why: str) -> None:
    with client_of(url) as client, pytest.raises(openai.BadRequestError, match=why):
        ask(client, faults=faults)


def test_faults_of_the_settings_strike_as_well() -> None:
    with provider(CALLS, settings=Settings(faults=(Drop(8, request=2),))) as url, client_of(url) as client:
        assert len(list(ask(client))) == len(CHAT.frames) - 1
        assert heard(ask(client)) == 8
        assert heard(ask(client, faults="drop:after=3")) == 3


def test_a_client_that_leaves_a_silence_leaves_nothing_behind() -> None:
    with provider(CALLS, settings=Settings(faults=(Stall(2, request=1),))) as url:
        with connected(url, "/v1/chat/completions", b'{"stream": true}') as line:
            assert heard_until(line, b"data: ")
        with client_of(url) as client:  # the server goes on, and stops at the end without being forced to
            assert len(list(ask(client))) == len(CHAT.frames) - 1


def test_the_recorded_pace_is_kept() -> None:
    with provider(CALLS, settings=Settings(speed=1.0), chunk_delay=0.005) as url, client_of(url) as client:
        begun = time.monotonic()
        assert len(list(ask(client))) == len(CHAT.frames) - 1
        assert time.monotonic() - begun >= 0.005 * len(CHAT.frames)

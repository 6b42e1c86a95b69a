"""A background response over several connections: dropped at every event in turn, on loopback HTTP."""

import json
from pathlib import Path
from typing import Any

import openai
import pytest
from streamfold.adapters import snapshot, wire
from streamfold.adapters.driver.resume import resume_from, resuming
from streamfold.adapters.driver.run import drive
from streamfold.reducer import fold, responses
from support.finding import EFFORT
from support.law_checks import MESSAGE_ID
from support.loopback import Answer, Loopback, dropped, html, refused, whole

pytestmark = pytest.mark.anyio

BODY = (Path(__file__).parents[2] / "streams" / "responses_web_search.sse").read_bytes()
FRAMES = [frame + b"\n\n" for frame in BODY.split(b"\n\n") if frame]
CONFIG = responses.Config(message_id=MESSAGE_ID)
WHOLE = fold(responses, CONFIG, wire.read("responses", [BODY]))


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def client_of(server: Loopback) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0)


def broken_off(count: int) -> Answer:
    """The first `count` events, half of the next, then the end of the connection."""
    return dropped(BODY, sum(map(len, FRAMES[:count])) + len(FRAMES[count]) // 2)


async def said_over(server: Loopback, attempts: int = 3) -> tuple[list[Any], Any]:
    async with client_of(server) as client:
        stream = await client.responses.create(model="m", input="Hi", background=True, stream=True)
        async with drive(responses, CONFIG, resuming(client, stream, attempts=attempts, pause=0.001)) as run:
            return [message async for message in run], run


@pytest.mark.deep
async def test_a_connection_lost_at_any_event_changes_nothing() -> None:
    for count in range(1, len(FRAMES), 1 if EFFORT >= 1 else 4):
        again = b"".join(FRAMES[max(0, count - 2) :])  # delivered at least once: the last two come again
        with Loopback(broken_off(count), whole(again)) as server:
            messages, run = await said_over(server)
            path = server.requests[1].path
        assert messages == list(WHOLE[1])
        assert run.result == responses.result(WHOLE[0])
        assert f"starting_after={count - 1}" in path
        assert "/responses/resp_01HX?" in path


async def test_a_connection_lost_again_and_again() -> None:
    answers = [broken_off(10), broken_off(20), refused(503), broken_off(40), Answer(b"", drop_after=0), whole(BODY)]
    with Loopback(*[answer for answer in answers if answer.status == 200]) as server:
        messages, run = await said_over(server)
    assert messages == list(WHOLE[1])
    assert run.result.outcome == "completed"


async def test_a_stream_that_just_ends_is_lost_too() -> None:
    with Loopback(whole(b"".join(FRAMES[:30])), whole(BODY)) as server:
        messages, _ = await said_over(server)
    assert messages == list(WHOLE[1])


async def test_after_so_many_attempts_the_error_is_raised() -> None:
    with Loopback(broken_off(10), Answer(b"", drop_after=0)) as server, pytest.raises(openai.APIConnectionError):
        await said_over(server, attempts=2)
    assert len(server.requests) == 3


async def test_after_so_many_attempts_at_nothing_the_run_is_truncated() -> None:
    with Loopback(whole(b"".join(FRAMES[:10])), html(200)) as server:
        _, run = await said_over(server, attempts=2)
    assert run.result.outcome == "truncated"
    assert len(server.requests) == 3


async def test_a_stream_that_is_lost_before_its_id_cannot_be_resumed() -> None:
    with Loopback(Answer(b"", drop_after=0)) as server, pytest.raises(openai.APIConnectionError):
        await said_over(server)
    assert len(server.requests) == 1


@pytest.mark.deep
async def test_another_host_goes_on_from_a_snapshot() -> None:
    for count in range(1, len(FRAMES), 9):
        first = wire.read("responses", [b"".join(FRAMES[:count])])
        state, messages = responses.start(CONFIG)
        said = list(messages)
        for chunk in first:
            state, messages = responses.step(state, chunk)
            said.extend(messages)
        restored = snapshot.loads(snapshot.dumps(state))
        with Loopback(whole(b"".join(FRAMES[count - 1 :]))) as server:
            async with client_of(server) as client:
                stream = resume_from(client, restored)
                async with drive(responses, CONFIG, stream, state=restored) as run:
                    said.extend([message async for message in run])
            assert f"starting_after={count - 1}" in server.requests[0].path
        assert said == list(WHOLE[1])
        assert run.result == responses.result(WHOLE[0])


def test_a_state_that_has_seen_no_numbers_cannot_be_resumed() -> None:
    state, _ = responses.start(CONFIG)
    with pytest.raises(ValueError, match="cannot be resumed"):
        resume_from(None, state)


def test_the_stream_numbers_its_events() -> None:
    numbers = [json.loads(frame.data)["sequence_number"] for frame in wire.frames([BODY])]
    assert numbers == list(range(len(FRAMES)))

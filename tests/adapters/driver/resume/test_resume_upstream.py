"""A background response over several connections: dropped at every event in turn, on loopback HTTP."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import openai
import pytest
from streamfold.adapters import snapshot, wire
from streamfold.adapters.driver import drive, resume_from, resuming
from streamfold.adapters.driver.resume.answers import losses
from streamfold.reducer import fold, responses
from support.finding import EFFORT
from support.law_checks import MESSAGE_ID
from support.loopback import PATIENCE, Answer, Loopback, dropped, failing, html, refused, stalled, whole

pytestmark = [pytest.mark.anyio, pytest.mark.deep]

BODY = (Path(__file__).parents[3] / "streams" / "responses_web_search.sse").read_bytes()
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


LOST = losses(openai)[0], losses(openai)[-1]


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
    with Loopback(*answers) as server:
        messages, run = await said_over(server)
    assert messages == list(WHOLE[1])
    assert run.result.outcome == "completed"


async def test_a_stream_that_just_ends_is_lost_too() -> None:
    with Loopback(whole(b"".join(FRAMES[:30])), whole(BODY)) as server:
        messages, _ = await said_over(server)
    assert messages == list(WHOLE[1])


async def test_after_so_many_attempts_the_error_is_raised() -> None:
    with Loopback(broken_off(10), Answer(b"", drop_after=0)) as server, pytest.raises(LOST):
        await said_over(server, attempts=2)
    assert len(server.requests) == 3


async def test_after_so_many_attempts_at_nothing_the_run_is_truncated() -> None:
    with Loopback(whole(b"".join(FRAMES[:10])), html(200)) as server:
        _, run = await said_over(server, attempts=2)
    assert run.result.outcome == "truncated"
    assert len(server.requests) == 3


async def test_a_stream_that_is_lost_before_its_id_cannot_be_resumed() -> None:
    with Loopback(Answer(b"", drop_after=0)) as server, pytest.raises(LOST):
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


# What the provider answers


def response_of(status: str, **members: Any) -> Answer:
    """The whole response, as it is fetched without streaming."""
    last = json.loads(FRAMES[-1].split(b"data: ", 1)[1])["response"]
    return Answer(json.dumps({**last, "status": status, **members}).encode(), content_type="application/json")


def queries(server: Loopback) -> list[str]:
    parts = [request.path.partition("?")[2].split("&") for request in server.requests[1:]]
    return ["&".join(sorted(one)) for one in parts]


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 503])
async def test_a_passing_refusal_is_asked_again(status: int) -> None:
    answers = broken_off(10), refused(status, retry_after="0"), refused(status), whole(BODY)
    with Loopback(*answers) as server:
        messages, _ = await said_over(server)
    assert messages == list(WHOLE[1])
    assert len(server.requests) == 4


@pytest.mark.parametrize("status", [401, 403, 422])
async def test_another_refusal_is_raised_at_once(status: int) -> None:
    with Loopback(broken_off(10), refused(status)) as server, pytest.raises(openai.APIStatusError) as raised:
        await said_over(server)
    assert raised.value.status_code == status
    assert len(server.requests) == 2


# On trio the client leaves generators of its own unfinished here; nobody but the client can reach them.
@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")
@pytest.mark.filterwarnings("ignore:.*async_generator object:pytest.PytestUnraisableExceptionWarning")
async def test_an_error_that_the_provider_streams_is_raised_at_once() -> None:
    with Loopback(failing(BODY, sum(map(len, FRAMES[:10])))) as server:
        with pytest.raises(openai.APIError, match="boom"):
            await said_over(server)
    assert len(server.requests) == 1


async def test_the_clients_own_retries_are_not_used() -> None:
    with Loopback(broken_off(10), refused(503, retry_after="0")) as server:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=5) as client:
            stream = await client.responses.create(model="m", input="Hi", background=True, stream=True)
            with pytest.raises(openai.InternalServerError):
                async for _ in resuming(client, stream, attempts=2, pause=0.0):
                    pass
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [400, 404])
async def test_what_is_too_old_to_be_streamed_is_fetched_whole(status: int) -> None:
    for count in (1, 10, len(FRAMES) // 2, len(FRAMES) - 1):
        with Loopback(broken_off(count), refused(status), response_of("completed")) as server:
            messages, run = await said_over(server)
        assert run.result.outcome == "completed"
        assert run.result.text == responses.result(WHOLE[0]).text
        assert run.result.output == responses.result(WHOLE[0]).output
        assert run.result.usage == responses.result(WHOLE[0]).usage
        assert "".join(said_in(messages)) == "".join(said_in(WHOLE[1]))
        assert queries(server) == [f"starting_after={count - 1}&stream=true", ""]


def said_in(messages: Any) -> list[str]:
    return [message.content for message in messages if message.message_type == "assistant_message"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("completed", "completed"), ("incomplete", "completed"), ("failed", "failed"), ("cancelled", "cancelled")],
)
async def test_a_whole_response_ends_as_it_says(status: str, outcome: str) -> None:
    with Loopback(broken_off(10), refused(404), response_of("in_progress"), response_of(status)) as server:
        _, run = await said_over(server)
    assert run.result.outcome == outcome
    assert len(server.requests) == 4


async def test_a_response_that_is_never_over_is_refused_in_the_end() -> None:
    with Loopback(broken_off(10), refused(400), response_of("queued")) as server:
        with pytest.raises(openai.BadRequestError):
            await said_over(server, attempts=3)
    assert len(server.requests) == 5


async def test_what_was_cancelled_elsewhere_ends_cancelled() -> None:
    answers = broken_off(10), whole(b"".join(FRAMES[8:10])), response_of("cancelled", output=[])
    with Loopback(*answers) as server:
        messages, run = await said_over(server)
    assert run.result.outcome == "cancelled"
    assert messages[-1].stop_reason == "cancelled"
    assert len(server.requests) == 3


async def test_an_event_that_says_cancelled_is_the_last() -> None:
    cancelled = FRAMES[-1].replace(b"response.completed", b"response.cancelled")
    cancelled = cancelled.replace(b'"status":"completed"', b'"status":"cancelled"')
    with Loopback(whole(b"".join(FRAMES[:10]) + cancelled)) as server:
        _, run = await said_over(server)
    assert run.result.outcome == "cancelled"
    assert len(server.requests) == 1


async def test_one_old_event_each_time_is_no_progress() -> None:
    with Loopback(broken_off(10), broken_off(3)) as server, pytest.raises(LOST):
        await said_over(server, attempts=4)
    assert len(server.requests) == 5


async def test_one_new_event_each_time_ends_by_the_total() -> None:
    answers = [broken_off(count) for count in range(10, 30)]
    with Loopback(*answers) as server:
        async with client_of(server) as client:
            stream = await client.responses.create(model="m", input="Hi", background=True, stream=True)
            with pytest.raises(LOST):
                async for _ in resuming(client, stream, attempts=1, pause=0.0, total_attempts=7):
                    pass
    assert len(server.requests) == 8


async def test_what_has_no_numbers_is_fetched_whole() -> None:
    body = b"".join(FRAMES[:30]).replace(b'"sequence_number"', b'"number"')
    with Loopback(dropped(body, len(body) - 9), response_of("completed")) as server:
        _, run = await said_over(server)
    assert run.result.text == responses.result(WHOLE[0]).text
    assert queries(server) == [""]


# Closing


async def opened(server: Loopback, client: openai.AsyncOpenAI) -> Any:
    return resuming(client, await client.responses.create(model="m", input="Hi", background=True, stream=True))


async def is_closed(server: Loopback, number: int) -> bool:
    return await anyio.to_thread.run_sync(server.requests[number].closed.wait, PATIENCE)


async def test_a_stream_that_was_never_begun_is_closed() -> None:
    with Loopback(stalled(BODY, 900)) as server:
        async with client_of(server) as client:
            stream = await opened(server, client)
            await stream.aclose()
            assert await is_closed(server, 0)
            assert [event async for event in stream] == []


async def test_a_connection_that_broke_in_its_body_is_closed() -> None:
    with Loopback(broken_off(5), stalled(BODY, 900)) as server:
        async with client_of(server) as client:
            stream = await opened(server, client)
            while len(server.requests) < 2:
                await anext(stream)
            assert await is_closed(server, 0)
            await stream.aclose()
            assert await is_closed(server, 1)


async def test_a_cancelled_task_leaves_no_connection() -> None:
    with Loopback(broken_off(5), stalled(BODY, 0)) as server:
        async with client_of(server) as client:
            stream = await opened(server, client)
            with anyio.move_on_after(PATIENCE):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(exhaust, stream)
                    await until(lambda: len(server.requests) == 2 and server.requests[1].answered.is_set())
                    tasks.cancel_scope.cancel()
            assert await is_closed(server, 1)
            assert [event async for event in stream] == []


async def exhaust(stream: Any) -> None:
    async for _ in stream:
        pass


async def until(reached: Callable[[], bool]) -> None:
    while not reached():
        await anyio.sleep(0.001)


async def test_another_task_may_go_on_with_each_event() -> None:
    types: list[str] = []

    async def one(stream: Any) -> None:
        types.append((await anext(stream)).type)

    with Loopback(broken_off(4), broken_off(8), whole(BODY)) as server:
        async with client_of(server) as client:
            stream = await opened(server, client)
            while "response.completed" not in types:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(one, stream)
            await stream.aclose()
    assert len(server.requests) == 3


async def test_closing_that_fails_is_logged_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    class Unwilling:
        def __aiter__(self) -> Any:
            return self

        async def __anext__(self) -> Any:
            raise StopAsyncIteration

        def close(self) -> None:
            raise RuntimeError("it will not")

    assert [event async for event in resuming(SimpleNamespace(with_options=None), Unwilling())] == []
    assert "the upstream raised while it was being closed: RuntimeError('it will not')" in caplog.text

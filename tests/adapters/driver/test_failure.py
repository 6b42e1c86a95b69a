"""What the provider says of a failure is in the result: an exception's body and status, and a refusal's own body."""

import json
from types import SimpleNamespace
from typing import Any

import anyio
import httpx
import openai
import pytest
from streamfold.adapters.driver.failure import Refusal, failed_by
from streamfold.adapters.driver.run import drive
from streamfold.adapters.driver.sync_run import drive_sync
from streamfold.reducer import Failed, chat, responses
from support.adapters.upstreams import Upstream, config_of
from support.live_streams import CHAT
from support.loopback import Answer, Loopback, failing, html, refused

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Raised(Exception):
    """An exception with what a client's has."""

    def __init__(self, text: str, **members: Any) -> None:
        super().__init__(text)
        vars(self).update(members)


LIMITED = {"message": "slow down", "code": "rate_limit_exceeded"}


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (OSError("torn"), Failed("OSError: torn")),
        (Raised("slow down", body=LIMITED), Failed("Raised: slow down", LIMITED)),
        (Raised("no", body=json.dumps(LIMITED)), Failed("Raised: no", LIMITED)),  # mistralai
        (Raised("no", body="<html>"), Failed("Raised: no")),
        (Raised("no", body={}), Failed("Raised: no")),
        (Raised("no", body={"x": "y" * (1 << 16)}), Failed("Raised: no")),
        (Raised("no", status_code=429, body=None), Failed("Raised: HTTP 429: no")),
        (Raised("no: 429", status=429), Failed("Raised: no: 429")),  # aiohttp
        (Raised("no", response=SimpleNamespace(status_code=503)), Failed("Raised: HTTP 503: no")),  # httpx, requests
        (Raised("no", status=200), Failed("Raised: no")),
    ],
)
def test_an_exception_s_body_and_status_are_the_end_s(error: Exception, end: Failed) -> None:
    assert failed_by(error) == end


def test_an_exception_that_raises_when_it_is_asked_is_named() -> None:
    class Torn(Exception):
        @property
        def body(self) -> Any:
            raise RuntimeError("no response")

    assert failed_by(Torn("no")) == Failed("Torn")


async def test_an_error_of_the_openai_client_is_told_by_its_body() -> None:
    with Loopback(failing(CHAT, 0, "the model is overloaded")) as server:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            stream = await client.chat.completions.create(model="m", messages=[], stream=True)
            run = drive(chat, config_of(chat), stream)
            with pytest.raises(openai.APIError, match="overloaded"):
                async with run:
                    async for _ in run:
                        pass
    error = run.result.error
    assert (error.message, error.code, error.category) == ("APIError: the model is overloaded", "500", "server")
    assert error.raw == {"message": "the model is overloaded", "type": "server_error", "code": 500}


async def test_an_overflow_that_only_the_body_tells_is_not_announced() -> None:
    error = Raised("Bad request", body={"message": "no", "code": "context_length_exceeded"})
    run = drive(chat, config_of(chat), Upstream([], error))
    said = []
    with pytest.raises(Raised):
        async with run:
            async for message in run:
                said.append(message)
    assert (said, run.result.error.category) == ([], "context overflow")


REFUSALS = [
    (refused(429, "slow down", "rate_limit_exceeded"), "HTTP 429: slow down", "rate_limit_exceeded", "rate limit"),
    (html(502), "HTTP 502: <html><body><h1>Bad gateway</h1></body></html>", None, "server"),
    (Answer(b"", 401), "HTTP 401", None, "authentication"),
    (Answer(b'data: {"error": {"message": "no"}}\n\n', 500), "HTTP 500: no", None, "server"),
    (Answer(b'{"detail": "Not Found"}', 404), "HTTP 404: Not Found", None, "bad request"),
    (Answer(b"x" * (1 << 17), 500), "HTTP 500: " + "x" * 500, None, "server"),
]


@pytest.mark.parametrize("machine", [chat, responses])
@pytest.mark.parametrize(("answer", "message", "code", "category"), REFUSALS)
async def test_a_refused_request_failed_with_its_status_and_text(
    machine: Any, answer: Answer, message: str, code: str | None, category: str
) -> None:
    with Loopback(answer) as server:
        async with httpx.AsyncClient() as client:
            async with drive(machine, config_of(machine), client.stream("POST", server.url)) as run:
                said = [message async for message in run]
    (stop,) = said
    assert (stop.stop_reason, stop.detail) == ("error", message)
    told = run.result.error
    assert (run.result.outcome, told.message, told.code, told.category) == ("failed", message, code, category)
    assert run.result.diagnostics == ()


@pytest.mark.parametrize(("answer", "message", "code", "category"), REFUSALS)
def test_the_synchronous_driver_reads_a_refusal_alike(
    answer: Answer, message: str, code: str | None, category: str
) -> None:
    with Loopback(answer) as server, httpx.Client() as client:
        with drive_sync(chat, config_of(chat), client.stream("POST", server.url)) as run:
            assert [message.message_type for message in run] == ["stop_reason"]
    told = run.result.error
    assert told is not None
    assert (told.message, told.code, told.category) == (message, code, category)


class Refused(Upstream):
    status_code = 500


async def test_a_refusal_that_breaks_off_tells_its_status_and_raises() -> None:
    run = drive(chat, config_of(chat), Refused(["internal ", b"error"], OSError("torn")))
    with pytest.raises(OSError, match="torn"):
        async with run:
            async for _ in run:
                pass
    assert run.result.error.message == "HTTP 500: internal error"


async def test_a_machine_of_somebody_else_reads_what_comes_whatever_the_status() -> None:
    class Counting:
        def start(self, config: Any) -> Any:
            return 0, ()

        def step(self, state: Any, chunk: Any) -> Any:
            return state + chunk, ()

        def finish(self, state: Any, end: Any) -> Any:
            return state, ()

        def result(self, state: Any) -> Any:
            return state

    with anyio.fail_after(5):
        async with drive(Counting(), None, Refused([1, 2])) as run:
            assert [message async for message in run] == []
    assert run.state == 3


def test_a_refusal_keeps_the_beginning_of_its_body() -> None:
    refusal = Refusal(500)
    assert refusal.take(memoryview(b"x" * ((1 << 16) - 1)))
    assert refusal.take(object())
    assert not refusal.take("yz")
    assert refusal.end == Failed("HTTP 500: " + "x" * 500)

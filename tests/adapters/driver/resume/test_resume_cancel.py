"""Cancelling a background response at the provider: what is asked, and what is raised where it does not answer."""

import json
from types import SimpleNamespace
from typing import Any

import anyio
import openai
import pytest
from streamfold.adapters import wire
from streamfold.adapters.driver import cancel_upstream
from streamfold.reducer import responses
from support.law_checks import MESSAGE_ID
from support.loopback import Answer, Loopback, refused, stalled

pytestmark = pytest.mark.anyio

CANCELLED = {"id": "resp_1", "object": "response", "status": "cancelled", "output": [], "model": "m"}
CREATED = {"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1", "model": "m"}}
DONE = Answer(json.dumps(CANCELLED).encode(), content_type="application/json")


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def state_after(*events: Any) -> responses.State:
    state, _ = responses.start(responses.Config(message_id=MESSAGE_ID))
    for event in events:
        state, _ = responses.step(state, wire.decoder("responses")(event))
    return state


def client_of(server: Loopback) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0)


@pytest.mark.parametrize("response", ["resp_1", state_after(CREATED)], ids=["id", "state"])
async def test_the_response_is_cancelled(response: Any) -> None:
    with Loopback(DONE) as server:
        async with client_of(server) as client:
            answer = await cancel_upstream(client, response)
    assert answer.status == "cancelled"
    assert [(one.method, one.path) for one in server.requests] == [("POST", "/v1/responses/resp_1/cancel")]


@pytest.mark.parametrize("status", [400, 404])
async def test_what_the_provider_refuses_is_raised(status: int) -> None:
    with Loopback(refused(status)) as server:
        async with client_of(server) as client:
            with pytest.raises(openai.APIStatusError) as raised:
                await cancel_upstream(client, "resp_1")
    assert raised.value.status_code == status


@pytest.mark.parametrize("response", ["", state_after()], ids=["id", "state"])
async def test_what_has_no_id_cannot_be_cancelled(response: Any) -> None:
    with pytest.raises(ValueError, match="its id is not known"):
        await cancel_upstream(None, response)


async def test_a_provider_that_does_not_answer_is_not_waited_for() -> None:
    with Loopback(stalled(DONE.body, 9)) as server:
        async with client_of(server) as client:
            with pytest.raises(TimeoutError, match=r"did not answer within 0\.01 seconds"):
                await cancel_upstream(client, "resp_1", timeout=0.01)


async def test_a_task_that_is_being_cancelled_cancels_it_too() -> None:
    with Loopback(DONE) as server:
        async with client_of(server) as client:
            with anyio.CancelScope() as scope:
                scope.cancel()
                answer = await cancel_upstream(client, "resp_1")
    assert answer.status == "cancelled"


async def test_a_timeout_of_the_clients_own_is_raised_as_it_is() -> None:
    async def cancel(response_id: str) -> Any:
        raise TimeoutError(response_id)

    with pytest.raises(TimeoutError, match=r"^resp_1$"):
        await cancel_upstream(SimpleNamespace(responses=SimpleNamespace(cancel=cancel)), "resp_1")

"""Actions as a response, without a network: what is sent, what is not, and when it is over."""

from math import inf
from typing import Any

import anyio
import pytest
from streamfold.adapters.cassette.timeline import Lose, Send, Status, Wait
from streamfold.adapters.server.provider.played import Json, Played, Whole, error_body
from streamfold.reducer.values.json_values import freeze

pytestmark = pytest.mark.anyio
ONE, TWO = Send(b"one"), Send(b"two")


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def played(response: Any, leave_after: int | None = None) -> tuple[int | None, bytes, bool]:
    """The status, the body, and whether it came to its end; a client may leave after some messages."""
    sent: list[Any] = []
    gone = anyio.Event()

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        await anyio.lowlevel.checkpoint()
        sent.append(message)
        if len(sent) == leave_after:
            gone.set()

    if leave_after == 0:
        gone.set()
    with anyio.fail_after(60):
        await response({"type": "http"}, receive, send)
    if not sent:
        return None, b"", False
    return sent[0]["status"], b"".join(one["body"] for one in sent[1:]), sent[-1].get("more_body") is False


async def test_bytes_and_pauses_then_the_end() -> None:
    assert await played(Played([ONE, Wait(0.001), TWO], {})) == (200, b"onetwo", True)
    assert await played(Played([], {})) == (200, b"", True)


async def test_a_lost_connection_has_no_end() -> None:
    assert await played(Played([ONE, Lose(), TWO], {})) == (200, b"one", False)
    whole = Whole(200, {"id": "one"})
    assert await played(Played([ONE, Lose()], {}, whole)) == (200, b"", False)


async def test_a_refusal_comes_in_the_answer_s_place() -> None:
    refusal = Status(429, error_body("slow down"))
    for whole in (None, Whole(200, {"id": "one"})):
        response = Played([refusal, ONE], {"x-request-id": "1"}, whole)
        assert dict(response.raw_headers) == {b"content-type": b"application/json", b"x-request-id": b"1"}
        status, body, is_over = await played(response)
        assert (status, is_over) == (429, True)
        assert b"slow down" in body


async def test_a_whole_comes_after_the_pauses() -> None:
    assert await played(Played([ONE, Wait(0.001), TWO], {}, Whole(200, {"id": "one"}))) == (200, b'{"id":"one"}', True)


async def test_who_leaves_ends_an_endless_silence() -> None:
    silence = Wait(inf)
    assert await played(Played([ONE, silence], {}), leave_after=2) == (200, b"one", False)
    assert await played(Played([silence], {}, Whole(200, {})), leave_after=0) == (None, b"", False)


async def test_a_stop_ends_the_stream_as_if_it_were_over() -> None:
    stop = anyio.Event()
    async with anyio.create_task_group() as group:

        async def listen() -> None:
            assert await played(Played([ONE, Wait(inf)], {}, stop=stop)) == (200, b"one", True)
            group.cancel_scope.cancel()

        group.start_soon(listen)
        await anyio.sleep(0.01)
        stop.set()
        await anyio.sleep(60)
    assert await played(Played([Wait(inf)], {}, stop=stop)) == (200, b"", True)  # it was stopped before


async def test_json_may_be_frozen() -> None:
    assert Json(freeze({"a": [1]})).body == b'{"a":[1]}'

"""Responses in the background: gone on with by the real client, on another connection, and cancelled."""

from typing import Any

import anyio
import openai
import pytest
from attrs import evolve
from streamfold.adapters.cassette import read_recording
from streamfold.adapters.driver import cancel_upstream, drive, resume_from, resuming
from streamfold.adapters.server.provider import Settings, Shelf
from streamfold.adapters.testing import Drop
from streamfold.reducer import Ended, fold, responses
from support.adapters.command_runs import SEARCH
from support.serving.recorded_provider import async_client_of, client_of, provider, provider_of, respond

EVENTS = read_recording(SEARCH)
COUNT = len(EVENTS.frames)
STATE, MESSAGES = fold(responses, EVENTS.config, EVENTS.chunks, Ended())
HALTING: Any = {"settings": Settings(speed=1.0), "chunk_delay": 600.0}


def numbers(stream: Any) -> list[int]:
    return [event.sequence_number for event in stream]


@pytest.mark.parametrize("after", [0, 30, COUNT - 2, COUNT])
def test_the_rest_comes_after_the_number_that_is_asked_for(after: int) -> None:
    with provider(SEARCH) as url, client_of(url) as client:
        stream = respond(client, background=True)
        response_id = next(iter(stream)).response.id
        stream.close()
        rest = client.responses.retrieve(response_id, stream=True, starting_after=after)
        assert numbers(rest) == list(range(after + 1, COUNT))
        assert numbers(client.responses.retrieve(response_id, stream=True)) == list(range(COUNT))
        assert client.responses.retrieve(response_id).status == "completed"


def test_a_run_goes_on_over_lost_connections() -> None:
    faults = tuple(Drop(after, more=7, request=request) for request, after in ((1, 5), (2, 20), (3, 21), (5, 60)))

    async def go_on() -> None:
        with provider(SEARCH, settings=Settings(faults=faults)) as url:
            async with async_client_of(url) as client:
                stream = resuming(client, await respond(client, background=True), pause=0.001)
                async with drive(responses, EVENTS.config, stream) as run:
                    assert tuple([message async for message in run]) == MESSAGES
        assert run.result.text == responses.result(STATE).text
        assert run.result.outcome == "completed"

    anyio.run(go_on)


def test_another_host_goes_on_from_a_state() -> None:
    async def go_on() -> None:
        with provider(SEARCH) as url:
            async with async_client_of(url) as client:
                async with drive(responses, EVENTS.config, await respond(client, background=True)) as run:
                    first = [await anext(run) for _ in range(5)]
                    state = run.state
                rest = drive(responses, EVENTS.config, resume_from(client, state), state=state)
                async with rest as run:
                    assert (*first, *[message async for message in run]) == MESSAGES

    anyio.run(go_on)


def test_it_is_in_progress_until_it_is_cancelled() -> None:
    with provider(SEARCH, **HALTING) as url, client_of(url) as client:
        begun = respond(client, background=True, stream=False)
        assert (begun.id, begun.status, begun.output) == ("resp_01HX", "in_progress", [])
        assert client.responses.retrieve(begun.id).status == "in_progress"
        assert client.responses.cancel(begun.id).status == "cancelled"
        assert client.responses.cancel(begun.id).status == "cancelled"
        assert client.responses.retrieve(begun.id).status == "cancelled"
        assert numbers(client.responses.retrieve(begun.id, stream=True)) == []


def test_a_cancel_ends_the_streams_of_those_who_listen() -> None:
    async def cancel() -> None:
        with provider(SEARCH, **HALTING) as url:
            async with async_client_of(url) as client, anyio.create_task_group() as group:
                streams = [await respond(client, background=True)]
                streams.append(await client.responses.retrieve("resp_01HX", stream=True))
                ended: list[list[Any]] = []

                async def listen(stream: Any) -> None:
                    ended.append([event async for event in stream])

                for stream in streams:
                    group.start_soon(listen, stream)
                assert (await cancel_upstream(client, "resp_01HX")).status == "cancelled"
        assert ended == [[], []]

    anyio.run(cancel)


def test_a_run_that_is_cancelled_elsewhere_ends_cancelled() -> None:
    halting = evolve(EVENTS, times=(0.0,) * 20 + (600.0,) * (COUNT - 20))

    async def cancel() -> None:
        with provider_of(Shelf({"m": halting}), Settings(speed=1.0)) as url:
            async with async_client_of(url) as client:
                stream = resuming(client, await respond(client, "m", background=True), pause=0.001)
                async with drive(responses, EVENTS.config, stream) as run:
                    heard = [await anext(run)]
                    await cancel_upstream(client, run.state)
                    heard += [message async for message in run]
        assert run.result.outcome == "cancelled"
        assert tuple(heard)[: len(heard) - 1] == MESSAGES[: len(heard) - 1]

    anyio.run(cancel)


def test_one_that_is_over_stays_completed() -> None:
    with provider(SEARCH) as url, client_of(url) as client:
        begun = respond(client, background=True, stream=False)
        assert client.responses.cancel(begun.id).status == "completed"


def test_a_refused_one_was_never_begun() -> None:
    with provider(SEARCH, **HALTING) as url, client_of(url) as client:
        for stream in (True, False):
            with pytest.raises(openai.RateLimitError):
                respond(client, background=True, stream=stream, faults="error:status=429")
        assert client.responses.retrieve("resp_01HX").status == "completed"  # the recorded one


def test_a_recording_without_an_id_cannot_run_in_the_background(tmp_path: Any) -> None:
    from support import event_shapes as events

    (tmp_path / "bare.sse").write_bytes(events.body(events.message_lane("Four.")))
    with provider(tmp_path) as url, client_of(url) as client:
        with pytest.raises(openai.BadRequestError, match="bare: no response in it has an id"):
            respond(client, background=True)

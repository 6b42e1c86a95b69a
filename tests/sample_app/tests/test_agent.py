"""The agent server, with a recorded model: what it keeps and sends, cancelled, left, taken up again, failing."""

import json
from collections.abc import AsyncIterator
from typing import Any

import anyio
import openai
import pytest
from agent import Agent
from streamfold.adapters.testing import Cut, Drop, Error, Recut, Stall
from streamfold.adapters.testing.replay import Replay
from streamfold.reducer import Cancelled, fold
from transcript import Row, Transcript

pytestmark = [pytest.mark.anyio, pytest.mark.cassette("cassettes/weather.sse")]

ASKED: dict[str, Any] = {"model": "gpt-4.1-mini", "messages": [{"role": "user", "content": "Weather? Trains?"}]}


async def finished(cassette: Replay, transcript_class: type[Transcript], **options: Any) -> tuple[Agent, Transcript]:
    """An agent whose one run is over, and its transcript."""
    agent = Agent(cassette.async_client(**options), transcript_class)
    agent.begin("run-1")
    await agent.run("run-1", ASKED)
    return agent, agent.transcripts["run-1"]


async def read(frames: AsyncIterator[bytes]) -> list[Row]:
    rows: list[Row] = []
    async for frame in frames:
        if frame != b"data: [DONE]\n\n":
            rows.append(json.loads(frame.removeprefix(b"data: ")))
    return rows


async def test_what_the_model_says_is_kept_and_sent(cassette: Replay, transcript_class: type[Transcript]) -> None:
    agent, transcript = await finished(cassette, transcript_class)
    assert await read(agent.listen("run-1")) == transcript.rows
    assert [row["seq_id"] for row in transcript.rows] == list(range(1, len(transcript.rows) + 1))
    assert cassette.requests[0].body == {**ASKED, "stream": True}
    cassette.assert_messages(transcript.rows)


async def test_calls_that_come_interleaved_stay_apart(cassette: Replay, transcript_class: type[Transcript]) -> None:
    _, transcript = await finished(cassette, transcript_class)
    assert transcript.tool_calls() == {
        call.id: (call.name, call.arguments) for call in cassette.fold().result.tool_calls
    }


async def test_text_on_both_sides_of_a_call_is_two_entries(
    cassette: Replay, transcript_class: type[Transcript]
) -> None:
    _, transcript = await finished(cassette, transcript_class)
    assert [entry for entry in transcript.view() if entry[0] == "assistant_message"] == [
        ("assistant_message", "I will look up the weather and the trains."),
        ("assistant_message", "One moment, please."),
    ]


@pytest.mark.cassette("cassettes/weather.sse", faults=[Stall(after=8)])
async def test_a_cancelled_run_keeps_all_that_came(cassette: Replay, transcript_class: type[Transcript]) -> None:
    agent = Agent(cassette.async_client(), transcript_class)
    agent.begin("run-1")
    async with anyio.create_task_group() as group:
        group.start_soon(agent.run, "run-1", ASKED)
        while not cassette.requests or cassette.requests[0].frames < 8:
            await anyio.sleep(0.001)
        agent.cancel("run-1")
    state, _ = fold(cassette.machine, cassette.config, cassette.chunks, Cancelled())
    assert cassette.requests[0].closed
    transcript = agent.transcripts["run-1"]
    assert transcript.view() == [("assistant_message", cassette.machine.result(state).text)]
    assert transcript.rows[-1]["stop_reason"] == "cancelled"


async def test_a_client_that_comes_back_gets_each_row_once(
    cassette: Replay, transcript_class: type[Transcript]
) -> None:
    agent, transcript = await finished(cassette, transcript_class)
    for seen in range(len(transcript.rows) + 1):
        assert transcript.rows[:seen] + await read(agent.listen("run-1", after=seen)) == transcript.rows


@pytest.mark.cassette("cassettes/weather.sse", faults=[Stall(after=15, seconds=0.01)])
async def test_who_listens_while_it_runs_hears_it_too(cassette: Replay, transcript_class: type[Transcript]) -> None:
    agent = Agent(cassette.async_client(), transcript_class)
    agent.begin("run-1")
    heard: list[Row] = []

    async def listen() -> None:
        heard.extend(await read(agent.listen("run-1")))

    async with anyio.create_task_group() as group:
        group.start_soon(listen)
        group.start_soon(agent.run, "run-1", ASKED)
    assert heard == agent.transcripts["run-1"].rows


@pytest.mark.parametrize(
    ("error", "stop"),
    [
        pytest.param(openai.APIConnectionError, "error", marks=_faults)
        for _faults in (
            pytest.mark.cassette("cassettes/weather.sse", faults=[Drop(after=8)]),
            pytest.mark.cassette("cassettes/weather.sse", faults=[Drop(after=8, more=70)]),
        )
    ]
    + [
        pytest.param(
            openai.APIError, "error", marks=pytest.mark.cassette("cassettes/weather.sse", faults=[Error(after=8)])
        )
    ],
)
async def test_where_the_model_fails_what_came_is_kept(
    cassette: Replay, transcript_class: type[Transcript], error: type[Exception], stop: str
) -> None:
    agent = Agent(cassette.async_client(), transcript_class)
    agent.begin("run-1")
    with pytest.raises(error):
        await agent.run("run-1", ASKED)
    transcript = agent.transcripts["run-1"]
    assert transcript.view() == [("assistant_message", "I will look up the weather and")]
    assert transcript.rows[-1]["stop_reason"] == stop
    assert await read(agent.listen("run-1")) == transcript.rows


@pytest.mark.cassette("cassettes/weather.sse", faults=[Error(status=400, message="Too long.")])
async def test_where_the_model_refuses_listeners_are_let_go(
    cassette: Replay, transcript_class: type[Transcript]
) -> None:
    agent = Agent(cassette.async_client(), transcript_class)
    agent.begin("run-1")
    with pytest.raises(openai.BadRequestError, match="Too long"):
        await agent.run("run-1", ASKED)
    assert await read(agent.listen("run-1")) == []


@pytest.mark.cassette("cassettes/weather.sse", faults=[Stall(after=3)])
async def test_a_silent_model_is_not_waited_for(cassette: Replay, transcript_class: type[Transcript]) -> None:
    agent = Agent(cassette.async_client(), transcript_class, idle=0.02)
    agent.begin("run-1")
    with pytest.raises(TimeoutError):
        await agent.run("run-1", ASKED)
    assert agent.transcripts["run-1"].view() == [("assistant_message", "I will")]


@pytest.mark.cassette("cassettes/weather.sse", faults=[Recut(seed=4)])
async def test_how_the_bytes_are_cut_makes_no_difference(cassette: Replay, transcript_class: type[Transcript]) -> None:
    _, transcript = await finished(cassette, transcript_class)
    _, whole = await finished(Replay(cassette.recording), transcript_class)
    assert transcript.view() == whole.view()


@pytest.mark.cassette("cassettes/weather.sse", faults=[Cut(after=20)])
async def test_a_call_that_was_cut_off_is_not_run(cassette: Replay, transcript_class: type[Transcript]) -> None:
    agent = Agent(cassette.async_client(), transcript_class)
    agent.begin("run-1")
    result = await agent.run("run-1", ASKED)
    assert result.outcome == "truncated"
    assert not any(call.complete for call in result.tool_calls)

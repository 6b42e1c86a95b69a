"""The agent server, with models that nobody recorded: any stream there can be, cancelled and taken up anywhere."""

from typing import Any

import anyio
from agent import Agent
from hypothesis import given, settings
from hypothesis import strategies as st
from streamfold.adapters.cassette.recording import as_recording
from streamfold.adapters.strategies.streams import Stream, chat_streams
from streamfold.adapters.testing import Stall
from streamfold.adapters.testing.replay import Replay
from streamfold.reducer import Cancelled, fold
from transcript import Transcript

ASKED: dict[str, Any] = {"model": "gpt-4.1-mini", "messages": []}


@st.composite
def replays(draw: st.DrawFn) -> tuple[Stream, Replay]:
    """A stream, and a model that says it."""
    stream = draw(chat_streams(most=2))
    return stream, Replay(as_recording(stream.wire, stream.config, stream.chunks))


async def ran(replay: Replay, transcript_class: type[Transcript]) -> Transcript:
    agent = Agent(replay.async_client(), transcript_class)
    agent.begin("run-1")
    await agent.run("run-1", ASKED)
    return agent.transcripts["run-1"]


@given(drawn=replays())
@settings(max_examples=60)
def test_the_transcript_says_what_the_stream_says(
    transcript_class: type[Transcript], drawn: tuple[Stream, Replay]
) -> None:
    stream, replay = drawn
    transcript = anyio.run(ran, replay, transcript_class)
    said = "".join(text for kind, text in transcript.view() if kind == "assistant_message")
    assert said == stream.says.text
    assert sorted(transcript.tool_calls().values()) == sorted((call.name, call.arguments) for call in stream.says.calls)


@given(drawn=replays(), at=st.integers(0, 1000))
@settings(max_examples=60)
def test_a_run_that_is_cancelled_anywhere_keeps_all_that_came(
    transcript_class: type[Transcript], drawn: tuple[Stream, Replay], at: int
) -> None:
    whole = drawn[1].recording
    at %= len(whole.frames) + 1
    replay = Replay(whole, faults=[Stall(after=at)])
    agent = Agent(replay.async_client(), transcript_class)
    agent.begin("run-1")

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(agent.run, "run-1", ASKED)
            while not replay.requests or replay.requests[0].frames < at:
                await anyio.sleep(0)
            await anyio.sleep(0.001)
            agent.cancel("run-1")

    anyio.run(main)
    _, messages = fold(replay.machine, replay.config, whole.chunks[:at], Cancelled())
    expected: dict[str, str] = {}
    for message in messages:
        kind = message.message_type
        expected[kind] = expected.get(kind, "") + (getattr(message, "content", "") or "")
    said = "".join(text for kind, text in agent.transcripts["run-1"].view() if kind == "assistant_message")
    assert said == expected.get("assistant_message", "")

"""A run of the log in each client's protocol: whoever comes back has at the end what who stayed has."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from screens.cut_turns import TURNS, custom_tools
from screens.shown import Shown, shown_by_agui, shown_by_vercel
from streamfold.adapters.driver import BEAT
from streamfold.adapters.errors import RunTrimmed
from streamfold.adapters.protocols import agui, letta_sink, vercel
from streamfold.adapters.protocols.turn import ToolReturn
from streamfold.adapters.server.asgi import StreamResponse
from streamfold.adapters.server.heard import said_of
from streamfold.adapters.server.log import Gap, Logged, Over, SqliteLog, dumps, loads
from streamfold.adapters.server.log.joined import joined
from streamfold.adapters.server.runs import Heard, Runs
from streamfold.adapters.server.sink_frames import SinkFrames
from streamfold.reducer import Result, chat
from streamfold.reducer.messages import AssistantMessage
from streamfold.reducer.values.json_values import FrozenObject
from support.law_checks import MESSAGE_ID

IDS: Any = (MESSAGE_ID, "otid-1", None, None)
HI, HO = AssistantMessage(*IDS, "Hi"), AssistantMessage(*IDS, "Ho")
DONE = Result(outcome="completed", finish_reason="stop")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


async def listened(*heard: Heard) -> AsyncIterator[Heard]:
    for one in heard:
        yield one


def said(*heard: Heard, whole: bool = False) -> list[Any]:
    async def all_of() -> list[Any]:
        return [one async for one in said_of(listened(*heard), whole=whole)]

    return anyio.run(all_of)


def test_messages_are_said_then_the_result_and_no_beats() -> None:
    assert said(Logged("1", HI), BEAT, Logged("2", HO), Over("completed", DONE)) == [HI, HO, DONE]
    assert said(Logged("1", HI), Over("failed", None)) == [HI]


def test_what_was_trimmed_before_is_said_in_few_messages() -> None:
    assert said(Gap("2", (HI, HO)), Logged("3", HI), Over("completed", DONE)) == [HI, HO, HI, DONE]


def test_what_was_told_already_cannot_be_unsaid() -> None:
    with pytest.raises(RunTrimmed):
        said(Logged("1", HI), Gap("2", (HI, HO)))
    with pytest.raises(RunTrimmed):
        said(Gap("2", (HI, HO)), whole=True)


def test_who_stops_listening_closes_what_was_listened_to() -> None:
    closed: list[str] = []

    async def hearing() -> AsyncIterator[Heard]:
        try:
            yield Logged("1", HI)
            await anyio.sleep_forever()
        finally:
            closed.append("listening")

    async def main() -> None:
        for begun in (True, False):
            heard = hearing()
            if not begun:
                await anext(heard)
            told = said_of(heard)
            if begun:
                assert await anext(told) == HI
            await told.aclose()

    anyio.run(main)
    assert closed == ["listening"] * 2


@given(turns=TURNS, data=st.data())
def test_a_turn_told_late_shows_what_it_showed(turns: Any, data: st.DataObject) -> None:
    """Stored, trimmed anywhere and told anew, several calls and what their tools gave are the same on a screen."""
    spoken: list[Any] = []
    for messages, result in turns:
        returned = data.draw(st.sampled_from([(), result.tool_calls]))
        spoken += [*messages, *(ToolReturn(call.id, "given") for call in returned if call.complete), result]
    over, spoken = spoken[-1], spoken[:-1]
    kept = [loads(dumps(one)) for one in spoken]
    assert kept == spoken
    at = data.draw(st.integers(0, len(spoken)))
    logged = [Logged(str(number), one) for number, one in enumerate(spoken)]
    late = said(Gap("0", joined(kept[:at])), *logged[at:], Over("completed", over))
    whole = said(*logged, Over("completed", over))
    tools = frozenset[str]().union(*(custom_tools(result) for _, result in turns))
    first, again = (shown_of(one, vercel.Config(MESSAGE_ID, custom_tools=tools)) for one in (whole, late))
    assert (again.text, again.reasoning, again.arguments) == (first.text, first.reasoning, first.arguments)
    assert (again.inputs, again.refused, again.outputs) == (first.inputs, first.refused, first.outputs)
    assert again.end == first.end


def shown_of(spoken: list[Any], config: vercel.Config) -> Shown:
    """What a screen shows of a turn."""
    frames = SinkFrames(vercel, config, lambda: NOON)
    body = frames.opening + b"".join(map(frames.say, spoken)) + frames.end()
    events = [json.loads(one[6:]) for one in body.removesuffix(vercel.LAST).split(b"\n\n") if one]
    return shown_by_vercel(events)


async def upstream() -> AsyncIterator[Any]:
    for word in ("Rain ", "in ", "Oslo."):
        yield {"choices": [{"delta": {"content": word}}]}
    yield {"choices": [{"delta": {}, "finish_reason": "stop"}]}


async def body_of(runs: Runs, sink: Any, config: Any) -> list[dict[str, Any]]:
    """The events of a response to a run, from its start."""
    response = StreamResponse(said_of(runs.listen("run-1")), sink, config, clock=lambda: NOON)
    sent: list[bytes] = []

    async def receive() -> Any:
        await anyio.sleep_forever()

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))

    await response({"type": "http"}, receive, send)
    frames = b"".join(sent).split(b"\n\n")
    return [json.loads(one.split(b"data: ")[1]) for one in frames if one.startswith(b"data: {")]


def test_a_run_is_told_again_in_each_protocol(tmp_path: Path) -> None:
    async def main() -> None:
        async def opener() -> Any:
            return upstream()

        async with SqliteLog(tmp_path / "runs.db") as log, Runs(log) as runs:
            await runs.start("run-1", chat, chat.Config(message_id=MESSAGE_ID), opener)
            stayed = await body_of(runs, vercel, vercel.Config(MESSAGE_ID))
            assert shown_by_vercel(stayed).text == "Rain in Oslo."
            assert await body_of(runs, vercel, vercel.Config(MESSAGE_ID)) == stayed

            history = (FrozenObject({"id": "user-1", "role": "user", "content": "Weather?"}),)
            events = await body_of(runs, agui, agui.Config("thread-1", "run-1", history=history))
            assert [one["type"] for one in events[1:3]] == ["MESSAGES_SNAPSHOT"] * 2
            assert events[2]["messages"] == [dict(history[0])]
            assert shown_by_agui([events[0], *events[3:]]).text == "Rain in Oslo."

            whole = await body_of(runs, letta_sink, letta_sink.Config("run-1"))
            rest = await body_of(runs, letta_sink, letta_sink.Config("run-1", after=2))
            assert [event["seq_id"] for event in whole if "seq_id" in event] == [1, 2, 3]
            assert rest == whole[2:]

    anyio.run(main)

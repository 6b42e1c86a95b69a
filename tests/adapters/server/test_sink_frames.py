"""What is said in a turn, as frames: steps end where the next begins, and there is one terminal."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from screens.cut_turns import TURNS, custom_tools
from screens.shown import shown_by_agui, shown_by_vercel
from streamfold.adapters.protocols import agui, vercel
from streamfold.adapters.protocols.turn import ToolReturn
from streamfold.adapters.server.log import dumps, loads
from streamfold.adapters.server.log.joined import joined
from streamfold.adapters.server.sink_frames import SinkFrames
from streamfold.adapters.wire import decoder
from streamfold.reducer import Ended, chat, fold
from streamfold.reducer.result import Result
from support import chat_shapes as shapes
from support.serving.client_frames import PROTOCOLS, Frames, Protocol, events_of, text_of, whole

each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)


def call_of(step: int, *chunks: Any) -> list[Any]:
    """What a model call says, and its result."""
    config = chat.Config(message_id=f"message-00000000-0000-4000-8000-00000000{step:02}00")
    state, messages = fold(chat, config, map(decoder("chat"), chunks), Ended())
    return [*messages, chat.result(state)]


ASKS = (shapes.delta(content="Wait."), shapes.calls(shapes.call(0, "call_0", "weather", "{}")))
FIRST = call_of(1, *ASKS, shapes.finished("tool_calls"), shapes.DONE)
RETURN = ToolReturn("call_0", "Rain.")
SECOND = call_of(2, shapes.delta(content="It rains."), shapes.finished("stop"), shapes.DONE)


def body_of(protocol: Protocol, said: list[Any], failure: Any = None, *, config: Any = None, **end: Any) -> bytes:
    frames = SinkFrames(protocol.sink, config or protocol.config, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    return frames.opening + b"".join(map(frames.say, said)) + frames.end(failure, **end)


def types(events: Frames) -> list[str]:
    return [event["type"] for event in events]


@each_protocol
def test_a_turn_of_two_calls_is_one_stream_of_two_steps(protocol: Protocol) -> None:
    events = whole(body_of(protocol, [*FIRST, RETURN, *SECOND]), protocol, "completed")
    assert text_of(events, protocol) == "Wait.It rains."
    found = types(events)
    begins, ends, returned = {
        "start": ("start-step", "finish-step", "tool-output-available"),
        "RUN_STARTED": ("STEP_STARTED", "STEP_FINISHED", "TOOL_CALL_RESULT"),
        "turn_begun": ("step_begun", "step_over", "call_returned"),
    }[protocol.first]
    order = [kind for kind in found if kind in (begins, ends, returned)]
    assert order == [begins, returned, ends, begins, ends]  # what a tool gave belongs to the step that asked for it


@each_protocol
def test_a_result_is_the_last_where_nothing_follows(protocol: Protocol) -> None:
    for said, outcome in ((FIRST, "completed"), (SECOND, "completed"), (SECOND[:-1], "truncated"), ([], "truncated")):
        whole(body_of(protocol, said), protocol, outcome)


@each_protocol
def test_what_a_source_raises_is_one_masked_terminal_at_any_place(protocol: Protocol) -> None:
    said = [*FIRST, RETURN, *SECOND]
    for at in range(len(said) + 1):
        events = whole(body_of(protocol, said[:at], ValueError("the key is sk-1")), protocol, "failed")
        assert "sk-1" not in str(events)
        shown = body_of(protocol, said[:at], ValueError("the key is sk-1"), config=protocol.shown)
        assert "ValueError: the key is sk-1" in str(whole(shown, protocol, "failed")[-1])


@each_protocol
def test_a_turn_that_is_cancelled_from_outside_says_so(protocol: Protocol) -> None:
    said = [*FIRST, RETURN, *SECOND]
    for at in range(len(said) + 1):
        whole(body_of(protocol, said[:at], is_cancelled=True), protocol, "cancelled")


def test_a_call_that_failed_ends_the_turn_by_its_own_error() -> None:
    failed = call_of(1, shapes.delta(content="Wait."), {"error": shapes.FAULT})
    assert isinstance(failed[-1], Result)
    protocol = PROTOCOLS["agui"]
    shown = whole(body_of(protocol, failed, config=protocol.shown), protocol, "failed")
    assert (shown[-1]["message"], shown[-1]["code"]) == ("the upstream broke off", "server")


def test_what_cannot_be_said_is_refused() -> None:
    protocol = PROTOCOLS["plain"]
    frames = SinkFrames(protocol.sink, protocol.config, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    said: Any = "It rains."
    with pytest.raises(TypeError, match=r"made of messages, `ToolReturn`s and `Result`s, not of .*It rains"):
        frames.say(said)
    whole(frames.opening + frames.end(), protocol, "truncated")


OUTPUTS = ("rain", "", {"a": 1}, None, (1, 2), {"__proto__": 1}, "\ud83d")


@st.composite
def turns(draw: st.DrawFn) -> tuple[list[Any], frozenset[str]]:
    """What is said in a turn: calls that were cut anywhere, tools' returns in any place, and the names of raw tools.

    Some of it may have been trimmed, and is joined; all of it may have been stored.
    """
    calls = draw(TURNS)
    said = [one for messages, result in calls for one in (*messages, result)]
    ids = ["of another turn", *(call.id for _, result in calls for call in result.tool_calls)]
    statuses = st.sampled_from(["success", "error", "denied"])
    for at in draw(st.lists(st.integers(0, len(said)), max_size=4)):
        returned = ToolReturn(draw(st.sampled_from(ids)), draw(st.sampled_from(OUTPUTS)), draw(statuses))
        said.insert(at, returned)
    trimmed = draw(st.integers(0, len(said)))
    said = [*joined(said[:trimmed]), *said[trimmed : draw(st.integers(trimmed, len(said)))]]
    if draw(st.booleans()):
        said = [loads(dumps(one)) for one in said]
    return said, frozenset().union(*(custom_tools(result) for _, result in calls))


@given(turns(), st.sampled_from([{}, {"failure": ValueError("no")}, {"is_cancelled": True}]))
def test_the_strictest_clients_read_any_turn_that_is_cut_and_closed(turn: Any, end: dict[str, Any]) -> None:
    said, raw = turn
    for version in (5, 6, 7):
        config: Any = vercel.Config("message-1", version=version, custom_tools=raw)  # type: ignore[arg-type]
        shown_by_vercel(events_of(body_of(PROTOCOLS["vercel"], said, config=config, **end), PROTOCOLS["vercel"]))
    for has_outcomes in (True, False):
        config = agui.Config("thread-1", "run-1", has_outcomes=has_outcomes, custom_tools=raw)
        shown_by_agui(events_of(body_of(PROTOCOLS["agui"], said, config=config, **end), PROTOCOLS["agui"]))

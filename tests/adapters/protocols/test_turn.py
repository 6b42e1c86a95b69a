"""A turn: what is open, what is closed, which calls are ready, and how it ends."""

from typing import Any

import pytest
from hypothesis import given
from screens.cut_turns import TURNS, custom_tools, told
from screens.shown import shown_by_vercel
from streamfold.adapters import wire
from streamfold.adapters.protocols import turn, vercel
from streamfold.adapters.protocols.acts import (
    Act,
    CallOpened,
    CallReady,
    CallRefused,
    CallReturned,
    PartClosed,
    PartGrew,
    PartOpened,
    StepBegun,
    StepOver,
    TurnOver,
)
from streamfold.adapters.protocols.turn import ToolReturn
from streamfold.reducer import Cancelled, Ended, Failed, Result, chat, fold
from streamfold.reducer.messages import Message
from streamfold.reducer.values.frozen_value import evolve
from support.chat_shapes import COUNTS, call, calls, delta, finished, usage
from support.law_checks import MESSAGE_ID

WEATHER = calls(call(0, "call_0", "weather", '{"city": "Oslo"}'))
NEXT_ID = "message-6d7e1f00-58ab-4a7c-9c1c-2f6d3f6f0b80"


def step_of(*frames: Any, end: Any = None, **options: Any) -> tuple[Result, list[Message]]:
    """A model call: its result, and its messages."""
    decode = wire.decoder("chat")
    config = chat.Config(**{"message_id": MESSAGE_ID, **options})
    state, messages = fold(chat, config, map(decode, frames), Ended() if end is None else end)
    return chat.result(state), list(messages)


def acts_of(*steps: tuple[Result, list[Message]], between: tuple[ToolReturn, ...] = ()) -> list[Act]:
    """What several model calls come to, with these returns after each but the last."""
    state, acts = turn.START, list[Act]()
    for number, (result, messages) in enumerate(steps, 1):
        last = number == len(steps)
        for said in (*messages, *(() if last else between)):
            state, more = turn.step(state, said)
            acts += more
        state, more = (turn.end if last else turn.end_step)(state, result)
        acts += more
    return acts


def test_parts_open_and_close_with_their_runs() -> None:
    result, messages = step_of(
        delta(reasoning_content="Hm"), delta(content="Hello"), delta(content="!"), finished("stop")
    )
    first, second = messages[0].otid, messages[1].otid
    assert acts_of((result, messages)) == [
        StepBegun(1),
        PartOpened("reasoning", first),
        PartGrew("reasoning", first, "Hm"),
        PartClosed("reasoning", first),
        PartOpened("text", second),
        PartGrew("text", second, "Hello"),
        PartGrew("text", second, "!"),
        PartClosed("text", second),
        StepOver(1),
        TurnOver("stop", usage=result.usage, model=result.model),
    ]


def test_a_call_is_ready_when_it_is_closed_without_a_doubt() -> None:
    acts = acts_of(step_of(delta(content="Hm"), WEATHER, finished("tool_calls")))
    text = next(act.id for act in acts if isinstance(act, PartOpened))
    assert [act for act in acts if isinstance(act, (CallOpened, CallReady))] == [
        CallOpened("call_0", "weather", text),
        CallReady("call_0", "weather", {"city": "Oslo"}),
    ]
    assert acts[-1] == TurnOver("tool calls", calls=("call_0",), usage=acts[-1].usage, model=acts[-1].model)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("frames", "end", "reason"),
    [
        ((WEATHER,), None, "not whole"),
        ((WEATHER,), Cancelled(), "not whole"),
        ((WEATHER, finished("length")), None, "cut"),
        ((calls(call(0, "call_0", "weather", "Oslo")), finished("stop")), None, "not JSON"),
    ],
)
def test_a_call_that_must_not_run_is_refused_with_the_reason(frames: Any, end: Any, reason: str) -> None:
    acts = acts_of(step_of(*frames, end=end))
    refused = [act for act in acts if isinstance(act, CallRefused)]
    assert len(refused) == 1
    assert reason in refused[0].reason
    assert not any(isinstance(act, CallReady) for act in acts)


def test_calls_that_are_numbered_anew_in_each_step_stay_apart() -> None:
    steps = [step_of(WEATHER, finished("tool_calls"), message_id=id_) for id_ in (MESSAGE_ID, NEXT_ID)]
    acts = acts_of(*steps, between=(ToolReturn("call_0", "rain"),))
    assert [act.id for act in acts if isinstance(act, CallReady)] == ["call_0", "call_0#2"]
    assert [act for act in acts if isinstance(act, CallReturned)] == [CallReturned("call_0", "rain")]
    assert acts[-1].calls == ("call_0#2",)  # type: ignore[union-attr]


def test_a_return_of_a_call_that_is_open_refuses_it_first() -> None:
    _, messages = step_of(WEATHER)
    state, _ = turn.step(turn.START, messages[0])
    _, acts = turn.step(state, ToolReturn("call_0", "rain", "error"))
    assert [type(act) for act in acts] == [CallRefused, CallReturned]


def test_a_return_of_an_earlier_turns_call_is_said_as_it_is() -> None:
    _, acts = turn.step(turn.START, ToolReturn("call_9", "no", "denied"))
    assert acts == (StepBegun(1), CallReturned("call_9", "no", "denied"))


def test_what_came_after_the_end_of_a_call_takes_it_back() -> None:
    result, messages = step_of(WEATHER, finished("tool_calls"), calls(call(0, None, None, '{"city": "Rome"}')))
    acts = acts_of((result, messages))
    ready = {act.id for act in acts if isinstance(act, CallReady)}
    returned = [act for act in acts if isinstance(act, CallReturned)]
    assert ready == {"call_0"}
    assert [(act.id, act.status) for act in returned] == [("call_0", "error")]
    assert acts[-1].calls == ()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("frames", "end", "reason"),
    [
        ((delta(content="Hi"), finished("stop")), None, "stop"),
        ((delta(content="Hi"), finished("length")), None, "length"),
        ((delta(content="Hi"), finished("content_filter")), None, "content filter"),
        ((delta(content="Hi"), finished("whatever")), None, "other"),
        ((delta(content="Hi"),), None, "error"),
        ((delta(content="Hi"),), Cancelled(), "cancelled"),
        ((delta(content="Hi"),), Failed("lost"), "error"),
        ((delta(content="Hi"), finished("max_steps")), None, "max steps"),
        ((), None, "error"),
    ],
)
def test_a_turn_ends_as_its_last_result_says(frames: Any, end: Any, reason: str) -> None:
    over = acts_of(step_of(*frames, end=end))[-1]
    assert isinstance(over, TurnOver)
    assert over.reason == reason


def test_a_turn_that_would_have_gone_on_says_so_where_nobody_decides() -> None:
    for approved, reason in ((frozenset[str](), "max steps"), (frozenset({"weather"}), "approval")):
        result, messages = step_of(WEATHER, finished("tool_calls"), requires_approval_tools=approved)
        over = acts_of((evolve(result, finish_reason=turn.MAX_STEPS), messages))[-1]
        assert isinstance(over, TurnOver)
        assert (over.reason, over.calls) == (reason, ("call_0",))


def test_calls_that_need_approval_are_what_a_turn_waits_for() -> None:
    acts = acts_of(step_of(WEATHER, finished("tool_calls"), requires_approval_tools=["weather"]))
    assert [act.needs_approval for act in acts if isinstance(act, CallReady)] == [True]
    over = acts[-1]
    assert isinstance(over, TurnOver)
    assert (over.reason, over.calls) == ("approval", ("call_0",))


def test_a_turn_of_several_steps_adds_up_their_usage() -> None:
    one = step_of(delta(content="Hi"), finished("stop"), usage(**COUNTS))
    two = step_of(delta(content="Ho"), finished("stop"), usage(**COUNTS), message_id=NEXT_ID)
    acts = acts_of(one, two)
    assert [act.number for act in acts if isinstance(act, StepOver)] == [1, 2]
    assert acts[-1].usage == one[0].usage + two[0].usage  # type: ignore[union-attr]


def test_after_its_end_nothing_is_said() -> None:
    result, messages = step_of(delta(content="Hi"), finished("stop"))
    over, _ = turn.end(turn.START, result)
    assert turn.step(over, messages[0]) == (over, ())
    assert turn.step(over, ToolReturn("call_0", "rain")) == (over, ())
    assert turn.end_step(over, result) == (over, ())
    assert turn.end(over, result) == (over, ())


@given(TURNS)
def test_several_model_calls_make_one_message(steps: list[tuple[list[Message], Result]]) -> None:
    """Parts of all steps on one screen, whatever ids their providers gave the calls."""
    names = frozenset[str]().union(*(custom_tools(result) for _, result in steps))
    config = vercel.Config(MESSAGE_ID, custom_tools=names)
    state, events = vercel.start(config)
    for number, (messages, result) in enumerate(steps, 1):
        for message in messages:
            state, more = vercel.step(state, message)
            events += more
        if number < len(steps):
            for call_ in result.tool_calls:
                state, more = vercel.step(state, ToolReturn(call_.id, "done"))
                events += more
        state, more = (vercel.end_step if number < len(steps) else vercel.close)(state, result)
        events += more
    shown = shown_by_vercel(events)
    alone = [shown_by_vercel(told(vercel, config, messages, result)) for messages, result in steps]
    assert shown.text == "".join(one.text for one in alone)
    assert shown.reasoning == "".join(one.reasoning for one in alone)
    assert sorted(shown.arguments.values()) == sorted(text for one in alone for text in one.arguments.values())

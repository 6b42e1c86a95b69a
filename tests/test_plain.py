"""The short way through a step comes to what the long way comes to, on every chunk, from every state."""

from typing import Any

import pytest
from alphabets import called, said
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer import chat, completions, inner_thoughts
from streamfold.reducer.chunks import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from streamfold.reducer.completions_state import rested
from streamfold.reducer.plain import plain_step
from walk import WORLDS, World

SPEAKERS = {chat: chat._NATIVE, inner_thoughts: inner_thoughts._THOUGHTFUL}
COMPLETIONS = [world for world in WORLDS if world.machine in SPEAKERS]

pieces = st.none() | st.sampled_from(["", "x", "{", '{"a":1}', '"', "longer than anything"])
functions = st.builds(FunctionDelta, name=st.sampled_from([None, "", "rm"]), arguments=pieces)
call_deltas = st.builds(
    CallDelta,
    index=st.sampled_from([None, 0, 0, 0, 1, 2]),
    id=st.sampled_from([None, None, None, "", "a", "z"]),
    type=st.sampled_from([None, "function", "custom"]),
    function=st.none() | functions,
    custom=st.none() | st.builds(CustomDelta, input=pieces),
    extra_content=st.sampled_from([None, None, {"s": 1}]),
)
deltas = st.builds(
    Delta,
    content=pieces,
    reasoning_content=pieces,
    reasoning=pieces,
    reasoning_text=pieces,
    reasoning_details=st.sampled_from([None, None, [{"text": "d", "index": 0}]]),
    refusal=pieces,
    tool_calls=st.none() | st.lists(call_deltas, max_size=2).map(tuple),
    function_call=st.none() | functions,
    annotations=st.sampled_from([None, None, [{"url": "u"}]]),
    executed_tools=st.sampled_from([None, None, [{"index": 0, "type": "t"}]]),
)
singles = st.one_of(
    st.builds(Delta, content=pieces),
    st.builds(Delta, reasoning=pieces),
    call_deltas.map(lambda call: Delta(tool_calls=(call,))),
    deltas,
)
choices = st.builds(
    Choice,
    index=st.sampled_from([0, 0, 0, 1]),
    delta=st.none() | singles,
    finish_reason=st.sampled_from([None, None, None, "", "stop"]),
    content_filter_results=st.sampled_from([None, None, None, {"hate": {}}]),
)
rare = st.sampled_from([None, None, None, None, {"x": 1}])
any_chunks = st.builds(
    Chunk,
    id=st.sampled_from([None, "", "chatcmpl-1"]),
    model=st.sampled_from([None, "", "m", "o3"]),
    choices=st.none() | st.lists(choices, min_size=1, max_size=2).map(tuple),
    usage=rare,
    x_groq=rare,
    citations=rare,
    prompt_filter_results=rare,
    error=rare,
    repairs=st.sampled_from([(), (), (), ("mended",)]),
)


@pytest.mark.parametrize("world", COMPLETIONS, ids=lambda world: world.name)
@given(data=st.data())
def test_both_ways_through_a_step_come_to_the_same(world: World, data: st.DataObject) -> None:
    before = data.draw(st.lists(st.sampled_from(world.alphabet) | any_chunks, max_size=8))
    chunk = data.draw(st.sampled_from(world.alphabet) | any_chunks)
    state, _ = world.machine.start(world.config)
    for earlier in [*world.opening, *before]:
        state, _ = world.machine.step(state, earlier)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(completions, "plain_step", lambda *_: None)
        long_way, said_long = world.machine.step(state, chunk)
    short_way, said_short = world.machine.step(state, chunk)
    assert said_short == said_long
    assert evolve(short_way, calls=rested(short_way)) == evolve(long_way, calls=rested(long_way))


@pytest.mark.parametrize(
    ("machine", "before", "chunk"),
    [
        (chat, [], said(Delta(content="t"))),
        (chat, [], said(Delta(reasoning="r"))),
        (chat, [], said(Delta(content=""))),
        (chat, [called(0, "a", "f", '{"a":')], called(0, piece="1")),
        (chat, [called(0, "a", "f", '{"a":'), called(1, "b", "g", '{"a":')], called(0, piece="1")),
        (inner_thoughts, [called(0, "a", "f", '{"thinking":"')], called(0, piece="why")),
    ],
)
def test_what_nearly_every_chunk_is_goes_the_short_way(machine: Any, before: list[Chunk], chunk: Chunk) -> None:
    state, _ = machine.start(machine.Config(message_id="11111111-2222-4333-8444-5555555555d5"))
    for earlier in [said(Delta()), *before]:
        state, _ = machine.step(state, earlier)
    assert plain_step(state, chunk, SPEAKERS[machine]) is not None


def test_a_model_that_is_named_late_is_announced_before_the_next_piece_of_a_call() -> None:
    config = inner_thoughts.Config(
        message_id="11111111-2222-4333-8444-5555555555d5", put_inner_thoughts_in_kwarg=False, hides_reasoning=None
    )
    state, _ = inner_thoughts.start(config)
    call, piece = (
        Chunk(choices=(Choice(delta=Delta(tool_calls=(CallDelta(index=0, id=of, function=function),))),))
        for of, function in (("a", FunctionDelta(name="f", arguments='{"k":')), (None, FunctionDelta(arguments="1")))
    )
    said = []
    for chunk in (call, Chunk(model="o3", choices=(Choice(delta=Delta(content="t")),)), piece):
        state, messages = inner_thoughts.step(state, chunk)
        said.append([message.message_type for message in messages])
    assert said[1:] == [["assistant_message"], ["hidden_reasoning_message", "tool_call_message"]]

"""The short way through a step comes to what the long way comes to, on every chunk, from every state."""

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer import chat, inner_thoughts
from streamfold.reducer.completions import draft as completions
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from streamfold.reducer.completions.plain import plain_step
from streamfold.reducer.completions.state import rested
from streamfold.reducer.limits import Limits
from streamfold.reducer.values.text import BLOCK
from support.alphabets import called, said
from support.law_checks import MESSAGE_ID
from support.walk import WORLDS, World

STYLES = {chat: chat.STYLE, inner_thoughts: inner_thoughts.STYLE}
COMPLETIONS = [world for world in WORLDS if world.machine in STYLES]

# Texts of more than a block, each of which goes on from the one before: snapshots, or nothing but long.
LONG = '{"a":"' + "x" * 9000 + '"}'
SNAPSHOTS = [LONG[:size] for size in (BLOCK - 1, BLOCK, BLOCK + 1, 5000, 2 * BLOCK, len(LONG))]

pieces = (
    st.none()
    | st.sampled_from(SNAPSHOTS)
    | st.sampled_from(["", "x", "{", '{"a":1}', '"', "longer than anything", "\ud83d", "\ude00"])
)
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
    thought=st.sampled_from([None, None, False, "odd", True]),
    reasoning_source=st.sampled_from([None, None, "", "thinking_blocks"]),
    reasoning_details=st.sampled_from([None, None, [{"text": "d", "index": 0}], [{"text": "d"}, "odd"], "odd"]),
    refusal=pieces,
    tool_calls=st.none() | st.lists(call_deltas, max_size=2).map(tuple),
    function_call=st.none() | functions,
    annotations=st.sampled_from([None, None, [{"url": "u"}]]),
    executed_tools=st.sampled_from([None, None, [{"index": 0, "type": "t"}]]),
)
DETAILED = Delta(reasoning="r", reasoning_details=[{"type": "reasoning.text", "text": "r", "index": 0}])
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


@pytest.mark.deep
@pytest.mark.parametrize("world", COMPLETIONS, ids=lambda world: world.name)
@given(data=st.data())
def test_both_ways_through_a_step_come_to_the_same(world: World, data: st.DataObject) -> None:
    before = data.draw(st.lists(st.sampled_from(world.alphabet) | any_chunks, max_size=8))
    chunk = data.draw(st.sampled_from(world.alphabet) | any_chunks)
    state, _ = world.machine.start(world.config)
    for earlier in [*world.opening, *before]:
        state, _ = world.machine.step(state, earlier)
    check_both_ways(world.machine, state, chunk)


def check_both_ways(machine: Any, state: Any, chunk: Chunk) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(completions, "plain_step", lambda *_: None)
        long_way, said_long = machine.step(state, chunk)
    short_way, said_short = machine.step(state, chunk)
    assert said_short == said_long
    assert short_way.calls.index == long_way.calls.index
    assert evolve(short_way, calls=rested(short_way)) == evolve(long_way, calls=rested(long_way))


CONFIGS = {
    "chat": (chat, {}),
    "think tags": (chat, {"think_tags": True}),
    "no snapshots": (chat, {"detect_snapshots": False}),
    "inner thoughts": (inner_thoughts, {}),
}
PIECE = FunctionDelta(arguments="1")
PIECES = [CallDelta(index=index, function=PIECE) for index in (None, 0, 1, 2)]
BASES = [Delta(content="t"), Delta(reasoning="r"), *(Delta(tool_calls=(piece,)) for piece in PIECES)]
BESIDE = [
    {"content": "t"},
    {"reasoning_text": "r"},
    {"refusal": "No"},
    {"tool_calls": (PIECES[1], PIECES[2])},
    {"function_call": FunctionDelta(name="old", arguments="{}")},
    {"reasoning_details": [{"text": "d", "index": 0}]},
    {"reasoning_details": "odd"},
    {"reasoning_details": [{"text": "r", "index": 0}, 7]},
    {"reasoning": "other", "reasoning_content": "r"},
    {"reasoning_content": "r", "reasoning_source": "thinking_blocks"},
    {"thought": "odd"},
    {"annotations": [{"url": "u"}]},
    {"executed_tools": [{"index": 0, "type": "t"}]},
]
CHANGED = [
    {"type": "custom"},
    {"type": "odd"},
    {"id": "z"},
    {"function": FunctionDelta(name="rm", arguments="1")},
    {"function": FunctionDelta(arguments='{"a":1}')},
    {"custom": CustomDelta(input="2")},
    {"function": None, "custom": CustomDelta(input="2")},
    {"extra_content": {"s": 1}},
]
NEWS = [
    {"usage": {"prompt_tokens": 1}},
    {"x_groq": {"usage": {"prompt_tokens": 1}}},
    {"error": {"message": "boom"}},
    {"citations": ["u"]},
    {"prompt_filter_results": [{"hate": {}}]},
    {"repairs": ("mended",)},
    {"id": "chatcmpl-2", "model": "o3"},
    {"choices": None},
]


@pytest.mark.deep
@pytest.mark.parametrize("name", CONFIGS)
def test_one_thing_more_in_a_chunk_changes_nothing_else(name: str) -> None:
    machine, options = CONFIGS[name]
    state, _ = machine.start(machine.Config(message_id="11111111-2222-4333-8444-5555555555d5", **options))
    opened = [called(0, "a", "f", '{"thinking":"wh'), called(1, "b", "g", '{"thinking":"wh'), called(0, piece="y")]
    states = [state]
    for chunk in [Chunk(choices=(Choice(delta=delta),)) for delta in (Delta(content="<th"), Delta(content="x"))]:
        states.append(machine.step(states[-1], chunk)[0])
    for chunk in opened:
        states.append(machine.step(states[-1], chunk)[0])
    for again in ('"', ',"x":1,"thinking":"', '"'):
        states.append(machine.step(states[-1], called(0, piece=again))[0])
    customs = CallDelta(index=0, id="a", custom=CustomDelta(name="f", input="x"))
    states.append(machine.step(state, said(Delta(tool_calls=(customs,))))[0])
    pieces = [Delta(tool_calls=(evolve(piece, **change),)) for piece in PIECES for change in CHANGED]
    deltas = [*BASES, *pieces, *(evolve(base, **more) for base in BASES for more in BESIDE)]
    chunks = [Chunk(choices=(Choice(delta=delta),)) for delta in deltas]
    chunks += [Chunk(**{"choices": (Choice(delta=base),), **news}) for base in BASES for news in NEWS]
    for base in BASES:
        for more in ({"finish_reason": "stop"}, {"index": 1}, {"content_filter_results": {"hate": {}}}):
            chunks.append(Chunk(choices=(Choice(**{"delta": base, **more}),)))
        chunks.append(Chunk(choices=(Choice(delta=base), Choice(delta=base))))
    for before in states:
        for chunk in chunks:
            check_both_ways(machine, before, chunk)


@pytest.mark.parametrize("machine", STYLES)
@pytest.mark.parametrize("first", SNAPSHOTS[:-1])
@pytest.mark.parametrize("news", [{}, {"usage": {"prompt_tokens": 1}}], ids=["plain", "with usage"])
def test_snapshots_of_any_length_are_read_as_such(machine: Any, first: str, news: dict[str, Any]) -> None:
    state, _ = machine.start(machine.Config(message_id="11111111-2222-4333-8444-5555555555d5"))
    for chunk in (called(0, "a", "f"), called(0, piece=first), called(0, piece=LONG), said(Delta(), "tool_calls")):
        state, _ = machine.step(state, evolve(chunk, **news))
    (call,) = machine.result(state).tool_calls
    assert (call.arguments, call.complete) == (LONG, True)


@pytest.mark.parametrize(
    ("machine", "before", "chunk"),
    [
        (chat, [], said(Delta(content="t"))),
        (chat, [said(Delta(reasoning="r"))], said(Delta(reasoning="r"))),
        (chat, [], said(Delta(content=""))),
        (chat, [called(0, "a", "f", '{"a":')], called(0, piece="1")),
        (chat, [called(0, "a", "f", '{"a":'), called(1, "b", "g", '{"a":')], called(0, piece="1")),
        (inner_thoughts, [called(0, "a", "f", '{"thinking":"')], called(0, piece="why")),
        (chat, [called(0, "a", "f")], called(0, piece='{"a":')),
        (chat, [called(0, "a", "f", '{"a')], called(0, piece="nswer")),
        (chat, [called(0, "a", "f", '{"a":[')], called(0, piece='{"b":1')),
        (chat, [called(0, "a", "f", '{"a":{"b":1}')], called(0, piece="}")),
        (chat, [called(0, "a", "f", LONG[: BLOCK - 1])], called(0, piece="xx")),
        (chat, [said(DETAILED)], said(DETAILED)),
        (
            chat,
            [said(Delta(reasoning="r"))],
            Chunk(choices=(Choice(delta=Delta(reasoning="r")), Choice(delta=Delta()))),
        ),
    ],
)
def test_what_nearly_every_chunk_is_goes_the_short_way(machine: Any, before: list[Chunk], chunk: Chunk) -> None:
    state, _ = machine.start(machine.Config(message_id="11111111-2222-4333-8444-5555555555d5"))
    for earlier in [said(Delta()), *before]:
        state, _ = machine.step(state, earlier)
    assert plain_step(state, chunk, STYLES[machine]) is not None


@pytest.mark.parametrize("piece", ["", "{", "{}", ' {"', '{}{"a":1}', "null", "nul", '{"a":1}x', "1", '"{}"'])
@pytest.mark.parametrize("index", [0, 1, 2])
@pytest.mark.parametrize("machine", STYLES)
def test_first_arguments_go_both_ways_to_the_same(machine: Any, piece: str, index: int) -> None:
    state, _ = machine.start(machine.Config(message_id=MESSAGE_ID, requires_approval_tools={"g"}))
    for chunk in (called(0, "a", "f"), called(1, "b", "g"), called(2, piece='{"k":'), called(0, piece=piece)):
        check_both_ways(machine, state, chunk)
        state, _ = machine.step(state, chunk)
    check_both_ways(machine, state, called(index, piece='{"a":1}'))
    check_both_ways(machine, state, called(index, piece="}"))


def test_details_beyond_a_limit_go_both_ways_to_the_same() -> None:
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID, limits=Limits(lanes=1)))
    other = [{"type": "reasoning.text", "text": "s", "index": 1}]
    for details in (DETAILED.reasoning_details, other):
        check_both_ways(chat, state, said(Delta(reasoning="r", reasoning_details=details)))
        state, _ = chat.step(state, said(Delta(reasoning="r", reasoning_details=details)))
    assert state.envelope.limit == "lanes"


def test_a_hiding_model_named_late_is_announced_before_the_next_piece() -> None:
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


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_long_arguments_go_both_ways_to_the_same(machine: Any) -> None:
    """What lies unread of them is read with each block, be there a brace in what comes or not."""
    state, _ = machine.start(machine.Config(message_id=MESSAGE_ID))
    pieces = ['{"k":["', *["é" * 700] * 7, '"', ',{"a":1},"', *["é" * 900] * 12, '"', ',{}],"z":', "{", "}", "}"]
    state, _ = machine.step(state, called(0, "a", "f", ""))
    unread = []
    for piece in pieces:
        check_both_ways(machine, state, called(0, piece=piece))
        state, _ = machine.step(state, called(0, piece=piece))
        (call,) = rested(state).lanes
        unread.append(len(call.arguments) - call.reading.scanned)
    assert max(unread) < BLOCK
    assert (unread[-1], call.reading.whole) == (0, 0)


def test_braces_after_contradictory_arguments_go_both_ways_to_the_same() -> None:
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID))
    begun = '{"a": ["a text that is longer than what may only hold the place of arguments"'
    for chunk in (called(0, "a", "f", begun), called(0, name="g"), called(0, piece="]}"), called(0, piece="{}")):
        check_both_ways(chat, state, chunk)
        state, _ = chat.step(state, chunk)
    (call,) = rested(state).lanes
    assert (str(call.arguments), call.reading.conflict, call.reading.scanned) == (begun + "]}{}", True, 0)

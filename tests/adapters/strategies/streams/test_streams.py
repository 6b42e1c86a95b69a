"""Streams that are drawn say what they say that they do, have the quirks that they tell, and follow their options."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from attrs import asdict, evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from streamfold.adapters import strategies, wire
from streamfold.adapters.laws.checker import check_laws
from streamfold.adapters.laws.evidence import spoken
from streamfold.adapters.strategies.streams import ALL, RESULT_ONLY, Call, Quirk, Stream
from streamfold.reducer import fold, inner_thoughts
from streamfold.reducer.doubts import Doubt, Doubted
from streamfold.reducer.responses.event import Event
from streamfold.reducer.result import Result
from support.adapters.results import with_other
from support.finding import DRAWING, EFFORT, some
from support.quirk_signs import SIGNS

WIRES = wire.WIRES
ALONE = [
    pytest.param(name, quirk, id=f"{name}-{quirk.name}")
    for name in WIRES
    for quirk in Quirk
    if quirk in Quirk.of(name) and (name != "inner-thoughts" or "THOUGHTS" in quirk.name)
]
each_wire = pytest.mark.parametrize("name", WIRES)


def check_says(stream: Stream) -> None:
    """The fold, and what its messages say, are what the stream says by construction."""
    state, messages = fold(stream.machine, stream.config, stream.chunks)
    assert stream.says.difference(stream.machine.result(state)) is None
    if stream.quirks & RESULT_ONLY:
        return
    said = spoken(messages)
    assert said["refusal"] == stream.says.refusal
    if stream.wire == "inner-thoughts":  # the thoughts of several calls come interleaved
        thoughts = (getattr(message, "reasoning", "") for message in messages if is_thought(message))
        assert Counter("".join(thoughts)) == Counter(stream.says.thoughts)
        assert Counter(said["text"]) == Counter(stream.says.text + stream.says.answers)
    else:
        assert (said["text"], said["reasoning"]) == (stream.says.text, stream.says.reasoning)


def arguments_of(call: Call) -> str:
    return call.arguments


def is_thought(message: Any) -> bool:
    return getattr(message, "source", "") == "non_reasoner_model"


# What streams say


@each_wire
@settings(max_examples=round(20 * EFFORT))
@given(data=st.data())
def test_clean_streams_keep_the_laws_and_say_what_they_say(name: str, data: st.DataObject) -> None:
    stream = data.draw(strategies.streams(name))
    assert stream.quirks == frozenset()
    check_says(stream)
    check_laws(stream.machine, stream.config, stream.chunks, places=6)


@each_wire
@settings(max_examples=round(60 * EFFORT))
@given(data=st.data())
def test_streams_with_any_quirks_keep_the_laws_and_say_what_they_say(name: str, data: st.DataObject) -> None:
    stream = data.draw(strategies.streams(name, quirks=ALL))
    check_says(stream)
    check_laws(stream.machine, stream.config, stream.chunks, places=6)


@pytest.mark.deep
@pytest.mark.parametrize(("name", "quirk"), ALONE)
def test_each_quirk_alone_is_there_and_says_what_it_says(name: str, quirk: Quirk) -> None:
    found: list[Stream] = []

    def look(stream: Stream) -> bool:
        assert stream.quirks <= {quirk}
        check_says(stream)
        found.extend([stream] if stream.quirks else [])
        return len(found) >= 2

    arguments = st.sampled_from(({"city": "Paris"}, {"city": "Oslo"}, {}))
    some(strategies.streams(name, quirks={quirk}, texts=st.sampled_from(("Hi", "a😀")), arguments=arguments), look)
    for stream in found:
        assert SIGNS[quirk](stream), stream
    check_laws(found[0].machine, found[0].config, found[0].chunks, places=5)


def test_every_quirk_has_a_description_a_wire_and_a_sign() -> None:
    assert set(SIGNS) == set(Quirk) == ALL == frozenset().union(*map(Quirk.of, WIRES))
    assert len({quirk.value for quirk in Quirk}) == len(Quirk)
    assert repr(Quirk.LATE_ID) == "Quirk.LATE_ID"


@pytest.mark.deep
def test_calls_that_come_with_one_id_differ_by_name_or_arguments() -> None:
    drawn = strategies.chat_streams(quirks={Quirk.SHARED_ID}, names=st.just("go"))
    stream = some(drawn, lambda stream: len(stream.says.calls) > 1 and Quirk.SHARED_ID in stream.quirks)
    assert [call.id for call in stream.says.calls] == ["call_1", *[None] * (len(stream.says.calls) - 1)]
    assert len({*map(arguments_of, stream.says.calls)}) == len(stream.says.calls)
    check_says(stream)
    check_laws(stream.machine, stream.config, stream.chunks)


@each_wire
def test_what_a_stream_says_is_told_apart_from_what_it_does_not(name: str) -> None:
    stream = some(strategies.streams(name), lambda drawn: len(drawn.says.calls) == 1 and bool(drawn.says.text))
    state, _ = fold(stream.machine, stream.config, stream.chunks)
    result = stream.machine.result(state)
    others: dict[str, Result] = {
        "text": with_other(result, content=()),
        "number of calls": with_other(result, tool_calls=()),
        "finish reason": evolve(result, finish_reason="other"),
        "outcome": evolve(result, outcome="cancelled"),
        "usage": evolve(result, usage=evolve(result.usage, input_tokens=7)),
        "call's name": with_other(result, tool_calls=(evolve(result.tool_calls[0], name="other"),)),
        "call's complete": with_other(
            result, tool_calls=(evolve(result.tool_calls[0], doubts=(Doubted(Doubt.CUT_OFF),)),)
        ),
    }
    for what, other in others.items():
        assert what in (stream.says.difference(other) or "")
    nameless = evolve(stream.says, calls=tuple(evolve(call, id=None) for call in stream.says.calls))
    assert nameless.difference(result) is None


# The options


def test_texts_arguments_names_and_the_number_of_calls_can_be_chosen() -> None:
    drawn = strategies.chat_streams(
        texts=st.just("word"), arguments=st.just({"k": 1}), names=st.sampled_from(("one", "two")), most=1
    )

    @DRAWING
    @given(drawn)
    def look(stream: Stream) -> None:
        assert {stream.says.text, stream.says.reasoning, stream.says.refusal} <= {"", "word"}
        assert len(stream.says.calls) <= 1
        for call in stream.says.calls:
            assert call.name in ("one", "two")
            assert call.kind == "custom" or call.arguments.replace(" ", "") == '{"k":1}'

    look()


@pytest.mark.deep
@each_wire
def test_lanes_come_one_after_the_other_where_that_is_asked_for(name: str) -> None:
    @DRAWING
    @given(strategies.streams(name, interleave=False))
    def look(stream: Stream) -> None:
        lanes = [lane for chunk in stream.chunks for lane in lanes_of(chunk)]
        assert len([lane for at, lane in enumerate(lanes) if lanes[at - 1 : at] != [lane]]) == len(set(lanes))

    look()
    mixed = strategies.streams(name, interleave=True)
    assert falls(some(mixed, falls))


def lanes_of(chunk: Any) -> list[Any]:
    if isinstance(chunk, Event):
        return [] if chunk.output_index is None else [chunk.output_index]
    deltas = [choice.delta for choice in getattr(chunk, "choices", ()) if choice.delta]
    names = [
        name
        for delta in deltas
        for name, value in asdict(delta, recurse=False).items()
        if value and name != "tool_calls"
    ]
    return names + [call.index for delta in deltas for call in delta.tool_calls or ()]


def falls(stream: Stream) -> bool:
    """Whether a lane goes on after a later one."""
    lanes = [lane for chunk in stream.chunks for lane in lanes_of(chunk) if isinstance(lane, int)]
    return lanes != sorted(lanes)


@pytest.mark.deep
@pytest.mark.parametrize(
    "fields",
    [
        {"choice": st.just(2), "think_tags": st.just(True)},
        {"think_tags": st.just("opened")},
        {"choice": st.none(), "model": st.just("o3")},
    ],
    ids=["second choice", "opened", "any choice"],
)
def test_streams_are_made_for_the_configurations_that_are_given(fields: dict[str, st.SearchStrategy[Any]]) -> None:
    config = some(strategies.configs("chat", **fields))

    @DRAWING
    @given(strategies.chat_streams(config=st.just(config), quirks=Quirk.of("chat")))
    def look(stream: Stream) -> None:
        check_says(stream)
        if not stream.quirks:
            assert stream.config == config

    look()


def test_thoughts_and_answers_go_by_the_names_of_the_configuration() -> None:
    options = {"thoughts_key": "why", "use_assistant_message": True, "assistant_message_tool_name": "speak"}
    config = strategies.configs("inner-thoughts", **{name: st.just(value) for name, value in options.items()})
    chosen = {"names": st.just("speak"), "texts": st.just("a"), "arguments": st.just({}), "most": 1}
    drawn = strategies.inner_thoughts_streams(config=config, **chosen)
    stream = some(drawn, lambda stream: bool(stream.says.thoughts and stream.says.answers))
    assert json.loads(stream.says.calls[0].arguments) == {"why": "a", "message": "a"}
    assert (stream.says.thoughts, stream.says.answers) == ("a", "a")
    check_says(stream)


def test_estimated_usage_is_not_known() -> None:
    config = strategies.configs("inner-thoughts", estimate_usage=st.just(True))
    stream = some(strategies.inner_thoughts_streams(config=config), lambda stream: stream.says.usage is None)
    check_says(stream)


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (
            lambda: strategies.chat_streams(quirks={Quirk.NO_CREATED, Quirk.LATE_ID}),
            r"no quirks of chat streams: Quirk.NO_CREATED; take them from Quirk.of\('chat",
        ),
        (lambda: strategies.streams("smoke"), "wire must be one of chat, inner-thoughts, responses, not 'smoke'"),
        (lambda: strategies.configs("smoke"), "wire must be one of chat, inner-thoughts, responses, not 'smoke'"),
        (lambda: strategies.configs("chat", thoughts_key=st.just("a")), "no fields of a chat config.*: thoughts_key"),
        (lambda: strategies.configs("chat", choice=1), "choice must be a strategy, such as st.just.*, not 1"),
        (lambda: strategies.streams("chat", texts="a"), "texts must be a strategy, such as st.just.*, not 'a'"),
        (lambda: strategies.streams("chat", arguments={}), "arguments must be a strategy"),
        (lambda: strategies.streams("chat", config=some(strategies.configs("chat"))), "config must be a strategy"),
        (lambda: strategies.streams("responses", most=-1), "most must not be negative, as -1 is"),
    ],
    ids=[
        "quirk of another wire",
        "wire of streams",
        "wire of configs",
        "field of another wire",
        "field",
        "texts",
        "arguments",
        "config",
        "most",
    ],
)
def test_what_cannot_be_drawn_is_an_invalid_argument(ask: Callable[[], object], error: str) -> None:
    with pytest.raises(InvalidArgument, match=error):
        ask()


def test_an_option_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="quirk"):
        strategies.streams("chat", quirk=ALL)


@pytest.mark.deep
@each_wire
def test_empty_texts_and_names_are_not_drawn(name: str) -> None:
    drawn = strategies.streams(name, texts=st.sampled_from(("", "a")), names=st.sampled_from(("", "rm")))

    @DRAWING
    @given(drawn)
    def look(stream: Stream) -> None:
        check_says(stream)
        assert {call.name for call in stream.says.calls} <= {"rm"}

    look()


@pytest.mark.deep
@each_wire
def test_streams_are_as_long_as_answers_are(name: str) -> None:
    stream = some(strategies.streams(name), lambda stream: len(stream.chunks) > 100)
    check_says(stream)
    check_laws(stream.machine, stream.config, stream.chunks, places=6)


def test_a_wire_may_be_spelt_like_its_module() -> None:
    assert some(strategies.streams("inner_thoughts")).machine is inner_thoughts


def test_without_hypothesis_the_error_says_what_to_install() -> None:
    program = "import sys; sys.modules['hypothesis'] = None; import streamfold.adapters.strategies.streams"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.endswith(
        "streamfold.adapters.errors.MissingExtra: strategies take Hypothesis: pip install 'streamfold[testing]'\n"
    )

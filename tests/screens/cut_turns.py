"""For the sinks' tests: messages of random streams that were cut anywhere, and all events that a sink makes of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import evolve
from hypothesis import strategies as st
from screens.shown import Shown
from streamfold.adapters.strategies import ALL, Stream, ends, prefixes, streams
from streamfold.reducer import Result, fold
from streamfold.reducer.messages import (
    AssistantMessage,
    Message,
    ReasoningMessage,
    RefusalMessage,
    ToolCallClosed,
)
from support.law_checks import MESSAGE_ID, channels, runs


def told(sink: Any, config: Any, messages: Sequence[Message], result: Result) -> list[dict[str, Any]]:
    """All of a turn's events, of one model call."""
    state, events = sink.start(config)
    for message in messages:
        state, more = sink.step(state, message)
        events += more
    state, more = sink.close(state, result)
    closed, after = sink.close(state, result)
    assert (closed, after) == (state, ())
    assert all(sink.step(state, message) == (state, ()) for message in messages[-3:])
    return [*events, *more]


@st.composite
def cut_streams(draw: st.DrawFn, message_id: str = MESSAGE_ID) -> tuple[list[Message], Result]:
    """A stream with every quirk, cut anywhere, some of its tools to be approved of, and ended in any way."""
    wire = draw(st.sampled_from(["chat", "inner-thoughts", "responses"]))
    stream: Stream = draw(streams(wire, quirks=ALL))
    approved = draw(st.sampled_from([frozenset[str](), frozenset(call.name for call in stream.says.calls)]))
    config = evolve(stream.config, message_id=message_id, requires_approval_tools=approved)
    state, messages = fold(stream.machine, config, draw(prefixes(stream.chunks)), draw(ends()))
    return list(messages), stream.machine.result(state)


def stretches(messages: Iterable[Message]) -> list[tuple[object, ...]]:
    """The runs, and what each of their calls adds up to, whatever the order of its pieces among the others'."""
    found: list[tuple[tuple[object, ...], dict[object, str]]] = []
    for kind, id_, otid, call, name, text in runs(messages):
        if not found or found[-1][0] != (kind, id_, otid):
            found.append(((kind, id_, otid), {}))
        said = found[-1][1]
        said[call] = said.get(call, name) + text
    return [(*run, tuple(said.items())) for run, said in found]


def custom_tools(result: Result) -> frozenset[str]:
    """The tools whose arguments are raw text, as an application knows them."""
    return frozenset(call.name for call in result.tool_calls if call.kind == "custom")


def check_shown(shown: Shown, messages: Sequence[Message], result: Result) -> None:
    said = channels(messages)
    assert shown.text == "".join(
        one.content if isinstance(one, AssistantMessage) else one.refusal
        for one in messages
        if isinstance(one, (AssistantMessage, RefusalMessage))
    )
    assert shown.reasoning == "".join(one.reasoning for one in messages if isinstance(one, ReasoningMessage))
    assert {call["id"] for call in said["calls"]} <= shown.arguments.keys()
    complete = {one.tool_call_id for one in messages if isinstance(one, ToolCallClosed) and one.complete}
    doubted = {call.id for call in result.tool_calls if not call.complete}
    complete &= shown.arguments.keys()  # a call may be said as text, and is closed all the same
    assert shown.inputs.keys() - shown.outputs.keys() == complete - doubted


TURNS = st.integers(1, 3).flatmap(
    lambda count: st.tuples(*(cut_streams(f"{MESSAGE_ID[:-3]}{number}00") for number in range(count)))
)
"""The model calls of a turn, each with a message id of its own."""

"""No value at any place makes the tolerant reader raise, and every chunk it makes folds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.wire.tolerant import completion_chunk, event_chunk
from streamfold.reducer import Ended, chat, inner_thoughts, responses
from streamfold.reducer.completions.chunk import Chunk
from streamfold.reducer.ends import Undecodable
from streamfold.reducer.responses.event import Event
from support.law_checks import MESSAGE_ID, check_finished, check_otids, feed
from support.wire_json import KINDS, NAMES, any_json, completions, events


@given(completions | events | any_json, st.sampled_from(["", "error", "response.created", "x"]))
def test_no_value_makes_the_reader_raise(value: Any, event: str) -> None:
    assert isinstance(completion_chunk(value, event), (Chunk, Undecodable))
    assert isinstance(event_chunk(value, event), (Event, Undecodable))


# Decoded JSON may be anybody's, and hold what JSON has not.
odd_values = pytest.mark.parametrize(
    "odd",
    [float("nan"), float("-inf"), 10**4000, -(10**4000), 1e300, b"x", object(), {1: 2}, ()],
    ids=["nan", "-inf", "huge", "-huge", "1e300", "bytes", "object", "number as a name", "tuple"],
)


@pytest.mark.deep
@odd_values
def test_no_value_at_any_place_of_a_chunk_raises(odd: Any) -> None:
    states = [(machine, machine.start(machine.Config(message_id=MESSAGE_ID))[0]) for machine in (chat, inner_thoughts)]  # type: ignore[attr-defined]
    for name in NAMES:
        parts = [{name: odd}, {"function": {name: odd}}, {"custom": {name: odd}}]
        for value in (
            {name: odd},
            {"choices": [], name: odd},
            {"choices": [{name: odd}]},
            *({"choices": [{"delta": {"content": [part], "tool_calls": [part]}}]} for part in parts),
            {"choices": [{"delta": {name: odd}}]},
        ):
            chunk = completion_chunk(value)
            for machine, state in states:
                check_goes_on_and_ends(machine, state, chunk)


@pytest.mark.deep
@odd_values
def test_no_value_at_any_place_of_an_event_raises(odd: Any) -> None:
    state, _ = responses.start(responses.Config(message_id=MESSAGE_ID))
    for name in NAMES:
        for value in (
            {name: odd},
            *({"type": kind, name: odd, "output_index": 0} for kind in KINDS if name != "type"),
            *({"type": kind, "item": {"type": "message", name: odd}, "output_index": 0} for kind in KINDS),
            *({"type": kind, "response": {name: odd}} for kind in ("response.created", "response.completed")),
        ):
            check_goes_on_and_ends(responses, state, event_chunk(value))


def check_goes_on_and_ends(machine: Any, state: Any, chunk: Any) -> None:
    after, _ = machine.step(state, chunk)
    machine.result(machine.finish(after, Ended())[0])


@given(st.lists(completions | any_json, max_size=5))
def test_every_completion_chunk_folds(values: list[Any]) -> None:
    chunks = [completion_chunk(value) for value in values]
    for machine, config in (
        (chat, chat.Config(message_id=MESSAGE_ID, requires_approval_tools={"name"})),
        (inner_thoughts, inner_thoughts.Config(message_id=MESSAGE_ID, thoughts_key="a", use_assistant_message=True)),
    ):
        state, messages = feed(machine, config, chunks)
        check_otids(messages)
        assert machine.result(state).chunks == len(values)


@given(st.lists(events | any_json, max_size=5))
def test_every_event_folds(values: list[Any]) -> None:
    chunks = [event_chunk(value) for value in values]
    state, messages = feed(responses, responses.Config(message_id=MESSAGE_ID, requires_approval_tools={"name"}), chunks)
    check_otids(messages)
    check_finished(responses, state, [])

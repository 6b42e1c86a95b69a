from typing import Any

import pytest
from streamfold.reducer.completions.chunk import Choice, Chunk
from streamfold.reducer.completions.envelope import CompletionsEnvelope
from streamfold.reducer.stream_error import StreamError
from streamfold.reducer.usage import Usage
from streamfold.reducer.values.json_values import FrozenObject

CUT_OFF = ("length", "content_filter", "error", "max_tokens", "insufficient_system_resource")
CLOSING = {"tool_calls": True, "stop": True, "function_call": True} | dict.fromkeys(CUT_OFF, False)


@pytest.mark.parametrize("usage", ["none", 7, ["prompt_tokens"], True])
def test_usage_that_is_no_object_leaves_the_counts_as_they_were(usage: Any) -> None:
    counted = CompletionsEnvelope().read_chunk(Chunk(usage={"prompt_tokens": 3}))
    assert counted.usage.input_tokens == 3
    assert counted.read_chunk(Chunk(usage=usage)) is counted
    assert CompletionsEnvelope().read_chunk(Chunk(usage=usage)).usage.source == "unknown"


def test_usage_of_its_own_goes_before_that_of_groq() -> None:
    chunk = Chunk(usage={"prompt_tokens": 3}, x_groq={"usage": {"prompt_tokens": 5}})
    assert CompletionsEnvelope().read_chunk(chunk).usage.input_tokens == 3
    assert CompletionsEnvelope().read_chunk(Chunk(x_groq={"usage": {"prompt_tokens": 5}})).usage.input_tokens == 5
    assert CompletionsEnvelope().read_chunk(Chunk(x_groq={"id": "req_1"})) == CompletionsEnvelope()


def test_the_first_id_and_model_that_are_not_empty_stay() -> None:
    envelope = CompletionsEnvelope()
    for chunk in (Chunk(id="", model=""), Chunk(id="a", model="m"), Chunk(id="b", model="n")):
        envelope = envelope.read_chunk(chunk)
    assert (envelope.provider_id, envelope.model) == ("a", "m")


def test_a_chunk_that_says_nothing_new_leaves_the_envelope_as_it_is() -> None:
    envelope = CompletionsEnvelope().read_chunk(Chunk(id="a", model="m"))
    assert envelope.read_chunk(Chunk(id="a", model="m")) is envelope
    assert envelope.read_choice(Choice()) is envelope


def test_a_finish_reason_closes_the_calls_unless_it_says_cut_off() -> None:
    for reason, closed in CLOSING.items():
        envelope = CompletionsEnvelope().read_choice(Choice(finish_reason=reason))
        assert (envelope.over, envelope.finish_reason, envelope.closed) == (True, reason, closed)
    assert not CompletionsEnvelope().closed
    assert not CompletionsEnvelope(over=True, error=StreamError("boom")).closed


def test_an_envelope_begins_with_nothing() -> None:
    begun = CompletionsEnvelope()
    assert (begun.model, begun.provider_id, begun.over, begun.error) == ("", "", False, None)
    assert (
        begun.finish_reasons,
        tuple(begun.citations),
        tuple(begun.server_tools),
        tuple(begun.reasoning_details),
        begun.diagnostics,
    ) == ((),) * 5
    assert begun.usage == Usage()


def test_a_tool_s_item_takes_the_place_of_the_one_that_runs() -> None:
    envelope = CompletionsEnvelope()
    for at in range(70):
        envelope = envelope.with_tool(FrozenObject(index=at, type="search"))
    assert envelope.running == tuple(range(6, 70))
    found = envelope.with_tool(FrozenObject(index=69, type="search", output="o"))
    assert (len(found.server_tools), found.server_tools[69]["output"], found.running) == (70, "o", tuple(range(6, 69)))
    again = envelope.with_tool(FrozenObject(index=7, type="search", more=1))
    assert (len(again.server_tools), again.running) == (70, envelope.running)
    assert len(envelope.with_tool(FrozenObject(index=0, type="search")).server_tools) == 71
    assert len(envelope.with_tool(FrozenObject(index=9, type="other")).server_tools) == 71

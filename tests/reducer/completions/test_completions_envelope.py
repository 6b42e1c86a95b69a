from typing import Any

import pytest
from streamfold.reducer.completions.chunk import Choice, Chunk
from streamfold.reducer.completions.envelope import CompletionsEnvelope
from streamfold.reducer.stream_error import StreamError
from streamfold.reducer.usage import Usage

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


def test_content_filter_results_are_merged_by_category() -> None:
    envelope = CompletionsEnvelope().read_choice(Choice(content_filter_results={"hate": 1, "violence": 1}))
    envelope = envelope.read_choice(Choice(content_filter_results={"hate": 2}))
    assert envelope.extras == {"content_filter_results": {"hate": 2, "violence": 1}}


def test_signatures_of_the_content_are_kept_one_after_the_other() -> None:
    envelope = CompletionsEnvelope()
    for name in ("a", "b", "b", "a"):
        envelope = envelope.read_extra_content({"google": {"thought": True, "thought_signature": name}, "n": 1})
    assert envelope.extras == {"extra_content": {"google": {"thought_signature": ("a", "b")}, "n": 1}}
    assert envelope.read_extra_content({"google": {"thought": True}}) is envelope
    for at in range(100):
        envelope = envelope.read_extra_content({"google": {"thought_signature": str(at)}})
    assert len(envelope.extras["extra_content"]["google"]["thought_signature"]) == 64


def test_an_envelope_begins_with_nothing() -> None:
    begun = CompletionsEnvelope()
    assert (begun.model, begun.provider_id, begun.over, begun.error, begun.extras) == ("", "", False, None, {})
    assert (
        begun.finish_reasons,
        begun.citations,
        begun.server_tools,
        tuple(begun.reasoning_details),
        begun.diagnostics,
    ) == ((),) * 5
    assert begun.usage == Usage()

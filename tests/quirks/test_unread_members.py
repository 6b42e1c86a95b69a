"""Members that no fold reads, as providers send them (Q86): kept at their level, and named once."""

import json
from typing import Any

import pytest
from support.chat_shapes import DONE, call, choice, chunk, delta, finished, folded
from support.event_shapes import completed, created, item_done, message, text_delta
from support.event_shapes import folded as folded_events


def anywhere(value: Any) -> str:
    return json.dumps(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("images", [{"type": "image_url", "image_url": {"url": "data:image/png;base64,QQ=="}}]),
        ("reasoning_opaque", "b3BhcXVl"),
        ("thinking_blocks", [{"type": "thinking", "thinking": "", "signature": "c2ln"}]),
        ("provider_specific_fields", {"citations": [{"n": 1}]}),
    ],
)
def test_q86_a_delta_s_members_are_kept(name: str, value: Any) -> None:
    result, _ = folded(delta(content="A"), delta(content="B", **{name: value}), finished(), DONE)
    assert json.loads(anywhere(result.extras))["choice"]["delta"][name] == value
    assert [(note.kind, note.detail) for note in result.diagnostics] == [("kept", f"choices[].delta.{name}")]


def test_q86_log_probabilities_are_kept_of_each_token() -> None:
    tokens = [{"token": "ha", "logprob": -0.5, "bytes": None, "top_logprobs": []}] * 3
    chunks = [chunk(choice(content="ha") | {"logprobs": {"content": [token], "refusal": None}}) for token in tokens]
    result, _ = folded(*chunks, finished(), DONE)
    assert json.loads(anywhere(result.extras)) == {"choice": {"logprobs": {"content": tokens}}}


def test_q86_what_each_chunk_repeats_is_kept_once() -> None:
    beside = {"system_fingerprint": "fp_1", "service_tier": "flex", "provider": "P"}
    result, _ = folded(*(delta(content="x") | beside for _ in range(3)), finished() | beside, DONE)
    assert result.extras == beside
    assert [note.count for note in result.diagnostics] == [1, 1, 1]


def test_q86_a_call_s_signature_is_kept_with_the_call() -> None:
    signed = call(index=0, id="a", name="f", arguments="{}", provider_specific_fields={"thought_signature": "c2ln"})
    result, _ = folded(chunk(choice(tool_calls=[signed])), finished("tool_calls"), DONE)
    assert result.tool_calls[0].extras == {"provider_specific_fields": {"thought_signature": "c2ln"}}


def test_q86_a_response_s_members_are_kept_and_its_echoes_are_not() -> None:
    began = created()
    began["response"] |= {"service_tier": "auto", "instructions": "Be kind.", "tools": [{"name": "rm"}]}
    over = completed(output=None)
    over["response"] |= {"service_tier": "flex", "conversation": {"id": "conv_1"}}
    result = folded_events([began, text_delta("Hi"), over]).result
    assert result.extras == {"service_tier": "flex", "conversation": {"id": "conv_1"}}


def test_q86_log_probabilities_of_an_item_are_kept_with_it() -> None:
    token = {"token": "Hi", "logprob": -0.5}
    events = [created(), text_delta("Hi") | {"logprobs": [token]}, text_delta("Hi") | {"logprobs": [token]}]
    result = folded_events([*events, item_done(message("HiHi")), completed(output=None)]).result
    assert result.output[0].extras == {"logprobs": (token, token)}


def test_q86_unknown_events_and_parts_are_kept_whole() -> None:
    unknown = {"type": "response.hologram.delta", "delta": "boo", "depth": 3}
    audio = {"type": "response.audio.delta", "delta": "QQ=="}
    part = {"type": "response.content_part.added", "part": {"type": "hologram", "depth": 3}}
    alone = folded_events([created(), unknown, unknown, audio, audio, part, completed(output=None)]).result
    assert alone.extras == {
        "events": {
            "response.hologram.delta": {"delta": ("boo", "boo"), "depth": 3},
            "response.audio.delta": {"delta": ("QQ==", "QQ==")},
            "response.content_part.added": {"part": {"type": "hologram", "depth": 3}},
        }
    }
    within = folded_events([created(), text_delta("Hi"), part | {"output_index": 0}, completed(output=None)]).result
    assert within.output[0].extras == {"parts": ({"type": "hologram", "depth": 3},)}


def test_q86_members_of_other_events_and_of_parts_are_kept() -> None:
    ping = {"type": "keepalive", "sent": 5}
    part = {
        "type": "response.content_part.done",
        "output_index": 0,
        "part": {"type": "output_text", "text": "Hi", "x": 1},
    }
    result = folded_events([created() | {"trace": "t"}, ping, text_delta("Hi"), part, completed(output=None)]).result
    assert result.extras == {"trace": "t", "events": {"keepalive": {"sent": 5}}}
    assert result.output[0].extras == {"x": 1}


def test_q86_a_member_named_like_a_chunk_s_own_field_is_kept() -> None:
    for more in ({}, {"strange": 1}):  # by msgspec, and by the tolerant reader
        result, _ = folded(delta(content="A", content_parts="x", **more), finished(), DONE)
        assert result.extras == {"choice": {"delta": {"content_parts": "x", **more}}}


def test_q86_references_among_the_pieces_of_a_thought_are_kept() -> None:
    reference = {"type": "reference", "reference_ids": [1]}
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}, reference]}
    summary = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "So.", "signature": "s", "n": 2}]}
    result, _ = folded(delta(content=[thinking, summary]), finished(), DONE)
    kept = ({"type": "reference", "reference_ids": (1,)}, {"type": "summary_text", "n": 2})
    assert (result.reasoning, result.extras["choice"]["delta"]["content"]) == ("Hm.So.", kept)


def test_q86_arguments_that_a_call_adopts_bring_their_members_along() -> None:
    named = call(index=0, id="a", name="f", arguments="", first=1)
    orphan = call(index=1, arguments="{}", vendor="v")
    chunks = [chunk(choice(tool_calls=[entry])) for entry in (named, orphan)]
    result, _ = folded(*chunks, finished("tool_calls"), DONE)
    assert [(it.arguments, it.extras) for it in result.tool_calls] == [("{}", {"first": 1, "vendor": "v"})]


def test_q86_null_takes_no_member_of_an_item_away() -> None:
    begun = {"type": "response.output_item.added", "output_index": 0, "item": message(0) | {"group": {"n": 1}}}
    again = {**begun, "item": message(0) | {"late": 2, "group": {"n": 0}}}
    events = [created(), begun, item_done(message(0, "Hi") | {"group": None}), again, completed(output=None)]
    result = folded_events(events).result
    assert (result.output[0].item["group"], result.output[0].item["late"], result.text) == ({"n": 1}, 2, "Hi")


def test_q86_members_of_events_about_no_item_are_named() -> None:
    ping = {"type": "keepalive", "sent": 5}
    result = folded_events([created(), ping, ping | {"again": True}, completed(output=None)]).result
    assert [note.detail for note in result.diagnostics] == ["keepalive.sent", "keepalive.again"]
    assert result.extras == {"events": {"keepalive": {"sent": 5, "again": True}}}

"""What msgspec decodes, and the standard library's decoder: the same chunks, or chunks that fold alike."""

import json
from pathlib import Path
from typing import Any

import pytest
from attrs import asdict, evolve
from hypothesis import example, given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.adapters.wire.decoder import step_decoder
from streamfold.reducer import Undecodable, fold, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta, FunctionDelta
from streamfold.reducer.responses.event import Event
from support.adapters.decoders import MACHINES, STREAMS, Make, both, slow_decoder
from support.law_checks import MESSAGE_ID
from support.wire_json import any_json, completions, events

# With msgspec and without it: chunks are equal, but that msgspec keeps an empty `tool_calls` or `function_call`, which
# no fold tells from none. So the states and the messages are equal.


def plain(chunk: wire.AnyChunk) -> Any:
    if not isinstance(chunk, Chunk):
        return chunk
    return Chunk(
        **{
            **asdict(chunk, recurse=False),
            "choices": tuple(
                Choice(**{**asdict(choice, recurse=False), "delta": choice.delta and _without_empty(choice.delta)})
                for choice in chunk.choices or ()
            ),
        }
    )


def _without_empty(delta: Delta) -> Delta:
    call = None if delta.function_call == FunctionDelta() else delta.function_call
    return Delta(**{**asdict(delta, recurse=False), "tool_calls": delta.tool_calls or None, "function_call": call})


def agree(name: str, payloads: list[Any]) -> None:
    fast, slow = ([make(name)(payload) for payload in payloads] for make in (wire.decoder, slow_decoder))
    # By their text, since no NaN equals another.
    assert repr([plain(chunk) for chunk in fast]) == repr([plain(chunk) for chunk in slow])
    config = MACHINES[name].Config(message_id=MESSAGE_ID)
    mirrors = map(step_decoder(name), payloads)
    fast_end, slow_end, mirror_end = (fold(MACHINES[name], config, made) for made in (fast, slow, mirrors))
    assert repr(fast_end) == repr(slow_end) == repr(mirror_end)
    assert repr(MACHINES[name].result(fast_end[0])) == repr(MACHINES[name].result(slow_end[0]))


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name)
@pytest.mark.parametrize("name", wire.WIRES)
def test_both_ways_agree_on_a_recorded_stream(path: Path, name: str) -> None:
    payloads = [frame.data for frame in wire.frames([path.read_bytes()])]
    assert len(payloads) > 8
    agree(name, payloads)
    family = "responses" if path.name.startswith("responses") else "chat"
    if (name == "responses") == (family == "responses"):
        assert not any(isinstance(chunk, Undecodable) for chunk in wire.read(name, [path.read_bytes()]))


@given(st.lists(completions | any_json, max_size=4), st.booleans())
def test_both_ways_agree_on_any_completion_chunks(values: list[Any], ascii_only: bool) -> None:
    payloads = [json.dumps(value, ensure_ascii=ascii_only) for value in values]
    agree("chat", payloads)
    agree("inner-thoughts", [payload.encode("utf-8", "surrogatepass") for payload in payloads])


PLAIN = {
    "id": "c",
    "object": "chat.completion.chunk",
    "model": "m",
    "choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": None}],
}
OBJECT, CALL = {"a": 1}, {"index": 0, "function": {"name": "f", "arguments": "{}"}}
MEMBERS: dict[str, tuple[Any, ...]] = {
    "chunk": (
        *({"error": value} for value in (None, {"message": "no"}, {}, "", True)),
        *(
            {name: value}
            for name in ("error_type", "base_resp", "x_groq", "citations", "odd")
            for value in (None, OBJECT)
        ),
        *({"choices": value} for value in (None, [], [{}], [{"delta": None}], [{"index": 0}])),
        *({"usage": value} for value in (OBJECT, 7)),
        {"provider": "P"},
    ),
    "choice": (
        *(
            {name: value}
            for name in ("logprobs", "stop_reason", "seed", "text", "odd")
            for value in (None, "a", OBJECT)
        ),
        *({name: value} for name in ("message", "usage", "error") for value in (None, {"content": "b"})),
        *({"content_filter_results": value} for value in (None, OBJECT, "a")),
        *({"finish_reason": value} for value in ("stop", "", 7)),
    ),
    "delta": (
        *(
            {name: value}
            for name in ("refusal", "reasoning", "reasoning_text", "name")
            for value in (None, "b", OBJECT)
        ),
        *({name: value} for name in ("annotations", "reasoning_details", "odd") for value in (None, [OBJECT], "a")),
        *({"tool_calls": value} for value in (None, [], [CALL], [{**CALL, "custom": OBJECT}], [None], [{}], CALL)),
        *({"function_call": value} for value in (None, {}, CALL["function"])),
        *({"content": value} for value in (None, ["a"], 7)),
    ),
}


@pytest.mark.parametrize(("level", "more"), [(level, more) for level in MEMBERS for more in MEMBERS[level]], ids=repr)
def test_a_member_comes_to_the_same_among_plain_chunks_and_others(level: str, more: Any) -> None:
    odd = json.loads(json.dumps(PLAIN))
    within = {"chunk": odd, "choice": odd["choices"][0], "delta": odd["choices"][0]["delta"]}[level]
    within |= more
    for chunks in ([PLAIN, odd, PLAIN], [odd, PLAIN, odd, PLAIN, PLAIN, odd], [PLAIN, odd, odd, odd, PLAIN]):
        agree("chat", [json.dumps(chunk).encode() for chunk in chunks])


@given(st.lists(events | any_json, max_size=4), st.booleans())
def test_both_ways_agree_on_any_events(values: list[Any], ascii_only: bool) -> None:
    agree("responses", [json.dumps(value, ensure_ascii=ascii_only) for value in values])


BEGINNINGS = st.sampled_from(["response.created", "response.queued", "response.in_progress"])
answers = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["resp_1", "resp_2", "", None, 7]),
        "model": st.sampled_from(["m", "n", "", None, ["m"]]),
        "usage": st.none() | st.just({"input_tokens": 2, "output_tokens": 1}) | any_json,
        "output": st.sampled_from([[], None, [{"type": "function_call", "arguments": {"a": 1}}]]),
        "instructions": any_json,
    },
)
begun = st.fixed_dictionaries(
    {"type": BEGINNINGS, "response": answers | any_json},
    optional={
        "sequence_number": st.integers(0, 3) | any_json,
        "output_index": st.integers(0, 1) | any_json,
        "item_id": st.just("i") | any_json,
        "delta": any_json,
    },
)
QUEUED = {"type": "response.queued", "response": {}, "sequence_number": 0}


@given(st.lists(st.tuples(BEGINNINGS, begun | events), max_size=4))
@example([("response.created", QUEUED), ("response.queued", QUEUED | {"item_id": "i"})])
@example([("response.created", {"type": "response.created", "response": {}, "delta": False})])
def test_both_ways_agree_on_events_that_their_frame_names(named: list[tuple[str, Any]]) -> None:
    config = responses.Config(message_id=MESSAGE_ID)
    ends = []
    for make in (wire.decoder, slow_decoder):
        decode = make("responses")
        state, messages = fold(responses, config, [decode(json.dumps(value), event) for event, value in named])
        result = responses.result(state)
        # What is mended in members that no fold reads, only the tolerant reader notes.
        noted = [note for note in result.diagnostics if note.kind != "repaired"]
        ends.append(repr((messages, evolve(result, diagnostics=noted))))
    assert ends[0] == ends[1]


@pytest.mark.parametrize("event", ["response.created", "response.queued", "response.in_progress"])
def test_of_an_answer_that_begins_only_what_a_fold_reads_is_decoded(event: str) -> None:
    kept = {"service_tier": "flex", "metadata": {"a": "b"}, "conversation": {"id": "c"}}
    beside = {"instructions": "Be kind. " * 1000, "tools": [{"name": "rm"}], "status": "queued", "output": []}
    answer = {"id": "r", "model": "m", "usage": None, **kept, **beside}
    payload = json.dumps({"type": event, "sequence_number": 3, "response": answer})
    rest = dict.fromkeys(("moderation", "tool_usage", "content_filters"))
    read = Event(type=event, sequence_number=3, response={"id": "r", "model": "m", "usage": None, **kept, **rest})
    assert wire.decoder("responses")(payload, event) == read
    odd = payload.replace('"tools"', '"tool_box"')
    assert wire.decoder("responses")(odd, event) == evolve(read, response=json.loads(odd)["response"])
    whole = wire.decoder("responses")(payload, "response.completed")  # the frame's name and the type differ
    assert whole == wire.decoder("responses")(payload) == evolve(read, response=answer)


@both
def test_items_are_mended_whichever_way_they_come(decoder: Make) -> None:
    item = {"type": "function_call", "name": "f", "arguments": {"a": [1, 2.5]}}
    mended = {**item, "arguments": '{"a":[1,2.5]}'}
    repairs = ("arguments came as an object in place of JSON text",)
    done = {"type": "response.output_item.done", "item": item}
    assert decoder("responses")(json.dumps(done)) == Event(type=done["type"], item=mended, repairs=repairs)
    completed = {"type": "response.completed", "response": {"output": [item, 3]}}
    assert decoder("responses")(json.dumps(completed)) == Event(
        type="response.completed", response={"output": [mended, 3]}, repairs=repairs
    )

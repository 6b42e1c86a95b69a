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
from streamfold.adapters.wire.msgspec_decoder import completion_decoder, event_decoder, shown
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
def test_a_member_comes_to_the_same_among_plain_chunks_and_alone(level: str, more: Any) -> None:
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


def directly(name: str, value: Any, event: str = "") -> Any:
    """The chunk that msgspec makes, without the tolerant reader; None if that has to look."""
    made = (event_decoder() if name == "responses" else completion_decoder())(json.dumps(value), event)
    return None if made is None else shown(made)


def chunk(delta: Any = None, **members: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": "a"} if delta is None else delta, **members}
    return {"object": "chat.completion.chunk", "choices": [choice]}


CALL = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{"}}
DELTA, ADDED, CREATED = "response.output_text.delta", "response.output_item.added", "response.created"
ARGUMENTS, INPUT = "response.function_call_arguments.done", "response.custom_tool_call_input.done"


@pytest.mark.parametrize(
    "value",
    [
        chunk({"role": "assistant", "content": ""}),
        chunk({"tool_calls": [CALL]}),
        chunk({"tool_calls": [{"index": 0, "id": "c", "custom": {"name": "f", "input": "x"}}]}),
        chunk({"function_call": {"name": "f", "arguments": ""}}),
        *(chunk({name: "x"}) for name in ("channel", "token_id", "name", "reasoning", "reasoning_content", "refusal")),
        *(chunk({name: ""}) for name in ("channel", "token_id", "name")),
        chunk({"annotations": [1], "executed_tools": [2], "extra_content": {"a": 1}, "reasoning_details": [{}]}),
        *(chunk(**{name: "x"}) for name in ("logprobs", "native_finish_reason", "stop_reason", "token_ids", "seed")),
        chunk(text="a"),
        chunk(text="b"),
        chunk(text="a", seed=1),
        chunk({"content": "a"}, text="b", logprobs={}),
        *(chunk(error=error) for error in ({"code": 0}, {"message": "x"}, "", "x", False)),
        chunk(finish_reason="stop", content_filter_results={"a": 1}, usage={"a": 1}),
        chunk(token_ids=None),
        *(chunk(dict.fromkeys(names, True)) for names in (("channel", "token_id"), ("channel", "token_id", "name"))),
        chunk(logprobs=True, native_finish_reason=True),
        chunk(logprobs=True, native_finish_reason=True, stop_reason=True),
        chunk(token_ids="", text="", seed=""),
        {"object": "chat.completion.chunk", "choices": [], "usage": {"a": 1}},
        *(chunk() | {"error": error} for error in ({"code": 0}, {"message": "x"}, "", "x", False)),
        chunk() | {"error_type": "", "error_message": None, "base_resp": None},
        chunk() | {"system_fingerprint": "f", "service_tier": "", "provider": "P"},
        chunk() | {"provider": "Q"},
        chunk() | {"x_groq": {"id": "g"}, "citations": ["c"], "prompt_filter_results": [{"a": 1}]},
        chunk() | {"id": "c", "created": 1, "model": "m"},
    ],
    ids=lambda value: json.dumps(value)[40:90],
)
def test_a_usual_chunk_needs_no_other_reader(value: Any) -> None:
    assert directly("chat", value) == slow_decoder("chat")(value)


@pytest.mark.parametrize(
    "value",
    [
        {"choices": None},
        {"choices": []},
        {"object": "chat.completion.chunk", "choices": [], "error": {"message": "x"}},
        {"choices": [], "error": {"message": "x"}},
        chunk() | {"error_type": "x"},
        chunk() | {"error_message": "x"},
        chunk() | {"base_resp": {"status_code": 1}},
        chunk() | {"error": True},
        {"choices": [{"index": 0}]},
        chunk(message={"content": "x"}),
        chunk({"function_call": {"name": "f"}, "tool_calls": [CALL]}),
    ],
    ids=str,
)
def test_what_may_be_no_usual_chunk_is_looked_at(value: Any) -> None:
    assert directly("chat", value) is None
    assert wire.decoder("chat")(json.dumps(value)) == slow_decoder("chat")(value)


@pytest.mark.parametrize("value", [7, True, 1.5])
def test_a_number_in_the_place_of_a_structure_is_read_alike(value: Any) -> None:
    of_delta = ("reasoning_details", "annotations", "executed_tools", "extra_content")
    payloads = [chunk({name: value}) for name in of_delta]
    payloads += [chunk() | {name: value} for name in ("x_groq", "citations", "prompt_filter_results")]
    for payload in (*payloads, chunk(content_filter_results=value)):
        assert wire.decoder("chat")(json.dumps(payload)) == slow_decoder("chat")(payload)


def test_a_chunk_that_is_no_mirror_is_shown_as_it_is() -> None:
    made = Event(type="t")
    assert shown(made) is made


@pytest.mark.parametrize(
    ("value", "event"),
    [
        ({"type": DELTA, "delta": "x", "obfuscation": "q", "logprobs": []}, DELTA),
        ({"type": DELTA, "delta": "x", "item_id": "i", "output_index": 1, "logprobs": "l"}, DELTA),
        ({"type": DELTA, "delta": "x", "logprobs": "l"}, ""),
        ({"type": DELTA, "delta": "x"}, "message"),
        ({"type": DELTA, "delta": "x"}, "response.refusal.delta"),
        ({"type": "response.output_text.done", "text": "x"}, "response.output_text.done"),
        ({"type": "response.new", "delta": "x"}, ""),
        ({"type": ADDED, "item": {"type": "message", "id": "m"}}, ADDED),
        ({"type": ADDED, "item": {"type": "function_call", "arguments": {"a": 1}}}, ADDED),
        ({"type": ADDED, "item": {"type": "function_call", "parameters": {"a": 1}}}, ADDED),
        ({"type": "response.completed", "response": {"output": [{"type": "message", "content": "a"}]}}, ""),
        ({"type": "response.completed", "response": {"id": "r"}, "logprobs": "l"}, ""),
        ({"type": "response.content_part.added", "part": {"type": "x"}}, ""),
        ({"type": ARGUMENTS, "arguments": "{}"}, ARGUMENTS),
        ({"type": INPUT, "input": "x"}, INPUT),
        ({"type": "response.failed", "response": {"error": {"message": "x"}}}, "response.failed"),
    ],
    ids=str,
)
def test_a_usual_event_needs_no_other_reader(value: Any, event: str) -> None:
    assert directly("responses", value, event) == slow_decoder("responses")(value, event)


@pytest.mark.parametrize(
    ("value", "event"),
    [
        ({"type": "", "delta": "x"}, ""),
        ({"type": DELTA, "delta": 7}, DELTA),
        ({"type": DELTA, "delta": 7}, ""),
        ({"type": DELTA, "delta": "x", "text": "y"}, ""),
        ({"type": DELTA, "delta": "x"}, "error"),
        ({"type": "error", "message": "x"}, "error"),
        ({"type": DELTA, "delta": "x"}, "response.failed"),
        ({"type": "new", "delta": "x"}, ""),
        ({"type": "new", "delta": "x"}, DELTA),
        ({"type": "response.new.error"}, ""),
        ({"type": "response.new", "response": {"status": "completed"}}, ""),
        ({"type": ADDED, "item": "x"}, ""),
        ({"type": "response.content_part.added", "part": "x"}, ""),
        ({"type": ARGUMENTS, "arguments": "{}", "input": "x"}, ARGUMENTS),
        ({"type": ARGUMENTS}, ARGUMENTS),
    ],
    ids=str,
)
def test_what_may_be_no_usual_event_is_looked_at(value: Any, event: str) -> None:
    assert directly("responses", value, event) is None
    assert wire.decoder("responses")(json.dumps(value), event) == slow_decoder("responses")(value, event)


@pytest.mark.parametrize("name", ["text", "arguments", "refusal", "item", "response"])
def test_content_that_a_delta_s_event_has_not_is_not_read(name: str) -> None:
    value = {"type": DELTA, "delta": "x", name: {"a": 1} if name in ("item", "response") else "y"}
    assert wire.decoder("responses")(json.dumps(value), DELTA) == slow_decoder("responses")(value, DELTA)


QUIET = {"output": [], "error": None, "incomplete_details": {}, "tools": [{"name": "f"}]}


@pytest.mark.parametrize(
    ("answer", "beside", "read"),
    [
        ({"id": "r"}, {"item_id": "i", "output_index": 1, "sequence_number": 2, "obfuscation": "q"}, True),
        ({"id": "r", "status": "in_progress", **QUIET}, {}, True),
        ({"id": "r", "status": "queued", "output": None, "error": {}, "incomplete_details": []}, {}, True),
        ({"id": "r", "status": None}, {"delta": None}, True),
        ({"id": "r", "status": "completed"}, {}, False),
        ({"id": "r", "output": [{}]}, {}, False),
        ({"id": "r", "error": "x"}, {}, False),
        ({"id": "r", "incomplete_details": {"reason": "x"}}, {}, False),
        ({"id": "r"}, {"delta": ""}, False),
        ({"id": "r"}, {"type": "response.queued"}, False),
    ],
    ids=str,
)
def test_a_beginning_is_plain_where_it_says_nothing_of_an_end(answer: Any, beside: Any, read: bool) -> None:
    value = {"type": CREATED, "response": answer, **beside}
    made = directly("responses", value, CREATED)
    slow = slow_decoder("responses")(value, CREATED)
    if not read:
        assert made is None
    else:
        assert made.response["id"] == "r"
        assert evolve(made, response=None) == evolve(slow, response=None, extras=None)  # type: ignore[misc]


def test_a_member_beside_a_beginning_s_response_is_kept() -> None:
    made = wire.decoder("responses")(json.dumps({"type": CREATED, "response": {"id": "r"}, "other": 1}), CREATED)
    assert isinstance(made, Event)
    assert made.extras == {"other": 1}

"""The tolerant reader of Chat Completions: what a provider got wrong is mended or left out, and is noted."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters.wire.tolerant import completion_chunk, event_chunk
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from streamfold.reducer.ends import Undecodable
from streamfold.reducer.responses.event import Event
from support.wire_json import TEXTS

NOT_CHAT = "not a Chat Completions chunk"


def deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def completion(value: Any, event: str = "") -> Chunk:
    made = completion_chunk(value, event)
    assert isinstance(made, Chunk)
    return made


def event_of(value: Any, event: str = "") -> Event:
    made = event_chunk(value, event)
    assert isinstance(made, Event)
    return made


def delta_of(members: Any) -> tuple[Delta | None, tuple[str, ...]]:
    chunk = completion({"choices": [{"delta": members}]})
    assert chunk.choices
    return chunk.choices[-1].delta, chunk.repairs


# Chat Completions: the chunk

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "null"),
        ([], "a list"),
        ("text", "text"),
        (True, "true or false"),
        (1, "a number"),
        (1.5, "a number"),
        (b"x", "a bytes"),
        ({}, "an object without `choices`"),
        ({"id": "x", "status": "queued"}, "an object without `choices`"),
        ({"type": "response.created"}, "a Responses event"),
        ({"type": "error", "sequence_number": 3, "error": {"message": "x"}}, "a Responses event"),
        ({"object": "list", "data": []}, "an object of type 'list'"),
        ({"object": "response", "model": "m", "usage": {}}, "an object of type 'response'"),
        ({"object": "response", "model": "m", "usage": {}, "output": []}, "a Responses event"),
    ],
)
def test_what_is_no_chunk(value: Any, reason: str) -> None:
    assert completion_chunk(value) == Undecodable(f"{reason}, {NOT_CHAT}", lost=False, json=value)


@pytest.mark.parametrize(
    "value",
    [
        {"data": [{"choices": [{"delta": {}}]}, {}]},
        {"id": "x", "delta": {}},
        [{"tool_calls": []}],
        ["x", [{"arguments": "a"}]],
        '{"choices": []}',
        " [1]",
        {"a": {"b": {"c": {"d": {"e": 1}}}}},
    ],
)
def test_what_may_have_a_piece_of_arguments_inside_is_lost(value: Any) -> None:
    for made in (completion_chunk(value), event_chunk(value)):
        assert isinstance(made, Undecodable)
        assert made.lost


@pytest.mark.parametrize(
    "value",
    [
        {"choices": []},
        {"choices": None},
        {"usage": {"prompt_tokens": 1}},
        {"error": "x"},
        {"x_groq": {}},
        {"citations": []},
        {"prompt_filter_results": []},
        {"object": "chat.completion.done"},
        {"object": "", "model": ""},
        {"choices": [], "object": "text_completion", "type": "response.created"},
    ],
)
def test_what_is_a_chunk(value: Any) -> None:
    assert completion(value).repairs == ()


def test_everything_that_a_chunk_says_is_read() -> None:
    value = {
        "id": "c1",
        "model": "m",
        "choices": [{"index": 2, "finish_reason": "stop", "content_filter_results": {"hate": 1}, "delta": {}}],
        "usage": {"prompt_tokens": 1},
        "x_groq": {"id": "g"},
        "citations": ["c"],
        "prompt_filter_results": [1],
        "error": {"message": "e"},
        "repairs": ["not the wire's to say"],
    }
    assert completion(value) == Chunk(
        id="c1",
        model="m",
        choices=(Choice(index=2, delta=Delta(), finish_reason="stop", content_filter_results={"hate": 1}),),
        usage={"prompt_tokens": 1},
        x_groq={"id": "g"},
        citations=["c"],
        prompt_filter_results=[1],
        error={"message": "e"},
        extras={"repairs": ["not the wire's to say"]},
    )


@pytest.mark.parametrize(
    ("value", "event", "error"),
    [
        ({"message": "x"}, "error", {"message": "x"}),
        ({}, "error", "an error event without content"),
        ({"error": {"message": "x"}}, "error", {"message": "x"}),
        ({"error": {"message": "x"}, "choices": []}, "", {"message": "x"}),
        ({"error": None, "code": 5}, "error", {"error": None, "code": 5}),
        ({"object": "error", "message": "x", "code": 400}, "", {"object": "error", "message": "x", "code": 400}),
        ({"object": "error", "error": "x"}, "", "x"),
    ],
)
def test_errors(value: Any, event: str, error: Any) -> None:
    assert completion(value, event).error == error


@pytest.mark.parametrize(
    ("choices", "made", "repairs"),
    [
        (None, (), ()),
        ({}, (), ("choices is an object, left out",)),
        ("x", (), ("choices is text, left out",)),
        ([None, 1, []], (), ("a choice is a number, left out", "a choice is a list, left out")),
        ([{}], (Choice(),), ()),
        ([{"index": None, "delta": None, "finish_reason": None}], (Choice(),), ()),
        ([{"index": "3"}], (Choice(index=3),), ("index came as text in place of a number",)),
        ([{"index": 3.0}], (Choice(index=3),), ()),
        ([{"index": 1.5}], (Choice(extras={"index": 1.5}),), ("index is a number, left out",)),
        ([{"index": float("inf")}], (Choice(extras={"index": float("inf")}),), ("index is a number, left out",)),
        ([{"index": NAN}], (Choice(extras={"index": NAN}),), ("index is a number, left out",)),
        ([{"index": True}], (Choice(extras={"index": True}),), ("index is true or false, left out",)),
        ([{"index": "-1"}], (Choice(extras={"index": "-1"}),), ("index is text, left out",)),
        ([{"index": "²"}], (Choice(extras={"index": "²"}),), ("index is text, left out",)),
        ([{"index": "1" * 10}], (Choice(extras={"index": "1" * 10}),), ("index is text, left out",)),
        ([{"delta": "x"}], (Choice(extras={"delta": "x"}),), ("delta is text, left out",)),
        (
            [{"message": {"content": "x"}}],
            (Choice(message=Delta(content="x")),),
            ("a whole message in place of a delta",),
        ),
        (
            [{"message": {"content": "x"}, "delta": {}}],
            (Choice(delta=Delta(), message=Delta(content="x")),),
            (),
        ),
        ([{"message": "x"}], (Choice(extras={"message": "x"}),), ("message is text, left out",)),
        ([{"text": "x", "logprobs": None}], (Choice(delta=Delta(content="x")),), ()),
        ([{"text": "x", "delta": {"content": "y"}}], (Choice(delta=Delta(content="y"), extras={"text": "x"}),), ()),
        ([{"text": None}, {"text": 1}], (Choice(), Choice(extras={"text": 1})), ()),
        ([{"finish_reason": 7}], (Choice(finish_reason="7"),), ("finish_reason came as a number in place of text",)),
        (
            [{"finish_reason": ["stop"]}],
            (Choice(finish_reason="a list", extras={"finish_reason": ["stop"]}),),
            ("finish_reason is a list in place of text",),
        ),
        (
            [{"finish_reason": False}],
            (Choice(finish_reason="true or false", extras={"finish_reason": False}),),
            ("finish_reason is true or false in place of text",),
        ),
        (
            [{"finish_reason": 10**4000}],
            (Choice(finish_reason="a number", extras={"finish_reason": 10**4000}),),
            ("finish_reason is a number in place of text",),
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_choices_are_mended(choices: Any, made: tuple[Choice, ...], repairs: tuple[str, ...]) -> None:
    chunk = completion({"choices": choices})
    left = None if made or not choices else {"choices": said_in(choices)}  # what is left out is kept all the same
    assert evolve(chunk, lost=False) == Chunk(choices=made, repairs=repairs, extras=left)
    assert chunk.lost == any(word in " ".join(repairs) for word in ("choice", "delta is", "message is"))


# Chat Completions: the delta


@pytest.mark.parametrize("name", TEXTS)
def test_texts_of_a_delta(name: str) -> None:
    assert delta_of({name: " x\n"}) == (Delta(**{name: " x\n"}), ())
    assert delta_of({name: 5}) == (Delta(**{name: "5"}), (f"{name} came as a number in place of text",))
    assert delta_of({name: True}) == (Delta(extras={name: True}), (f"{name} is true or false, left out",))


def test_what_a_delta_carries_as_it_is() -> None:
    carried = {"reasoning_details": [{"a": 1}], "annotations": [{}], "executed_tools": [{}]}
    assert delta_of(carried) == (Delta(**carried), ())


def said_in(value: Any) -> Any:
    """A value that is kept: of a list, the entries that say something."""
    return [entry for entry in value if entry not in (None, [], {})] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("calls", "made", "repairs"),
    [
        (None, None, ()),
        ([], None, ()),
        ({"id": "a"}, (CallDelta(id="a"),), ()),
        ([None, "x", 5], (), ("a tool call is text, left out", "a tool call is a number, left out")),
        (
            [{"index": 1, "id": "a", "type": "function", "function": {"name": "f", "arguments": "{"}}],
            (CallDelta(index=1, id="a", type="function", function=FunctionDelta(name="f", arguments="{")),),
            (),
        ),
        (
            [{"custom": {"name": "f", "input": "x"}, "extra_content": {"g": 1}}],
            (CallDelta(custom=CustomDelta(name="f", input="x"), extra_content={"g": 1}),),
            (),
        ),
        ([{"function": None, "custom": None}], (CallDelta(),), ()),
        (
            [{"function": "f"}],
            (CallDelta(function=FunctionDelta(), extras={"function": "f"}),),
            ("a function is text, left out",),
        ),
        (
            [{"custom": ["f"]}],
            (CallDelta(custom=CustomDelta(), extras={"custom": ["f"]}),),
            ("a custom tool is a list, left out",),
        ),
        (
            [{"index": 1, "name": "f", "arguments": "{}"}],
            (CallDelta(index=1, function=FunctionDelta(name="f", arguments="{}")),),
            ("a tool call has its name and arguments without `function`",),
        ),
        (
            [{"custom": {"input": {"a": 1}}}],
            (CallDelta(custom=CustomDelta(input='{"a":1}')),),
            ("input came as an object in place of JSON text",),
        ),
        (
            [{"function": {"name": "f", "parameters": {"a": 1}}}],
            (CallDelta(function=FunctionDelta(name="f"), extras={"function": {"parameters": {"a": 1}}}),),
            ("a function has other members in place of its arguments",),
        ),
        (
            [{"custom": {"name": "f", "arguments": "x"}}],
            (CallDelta(custom=CustomDelta(name="f"), extras={"custom": {"arguments": "x"}}),),
            ("a custom tool has other members in place of its arguments",),
        ),
        ([{"custom": []}], (CallDelta(custom=CustomDelta()),), ()),
        ([{"id": 12}], (CallDelta(id="12"),), ("id came as a number in place of text",)),
        (
            [{"function": {"arguments": {"a": ["é", 1]}}}],
            (CallDelta(function=FunctionDelta(arguments='{"a":["é",1]}')),),
            ("arguments came as an object in place of JSON text",),
        ),
        (
            [{"function": {"arguments": {"a": {1, 2}}}}],
            (CallDelta(function=FunctionDelta(), extras={"function": {"arguments": {"a": {1, 2}}}}),),
            ("arguments is an object that cannot be written as JSON, left out",),
        ),
        (
            [{"function": {"arguments": Decimal(1)}}],
            (CallDelta(function=FunctionDelta(), extras={"function": {"arguments": Decimal(1)}}),),
            ("arguments is a Decimal that cannot be written as JSON, left out",),
        ),
    ],
)
def test_tool_calls_are_mended(calls: Any, made: tuple[CallDelta, ...] | None, repairs: tuple[str, ...]) -> None:
    left = None if made or not calls else {"tool_calls": said_in(calls)}
    assert delta_of({"tool_calls": calls}) == (Delta(tool_calls=made, extras=left), repairs)
    lost = completion({"choices": [{"delta": {"tool_calls": calls}}]}).lost
    assert lost == any("left out" in repair or "in place of its arguments" in repair for repair in repairs)


def test_a_function_call_that_repeats_the_tool_call_beside_it_is_dropped() -> None:
    function = {"name": "f", "arguments": "{"}
    both = {"function_call": function, "tool_calls": [{"index": 0, "function": function}]}
    made, repairs = delta_of(both)
    assert made == Delta(tool_calls=(CallDelta(index=0, function=FunctionDelta(name="f", arguments="{")),))
    assert repairs == ("function_call repeats the tool call beside it",)
    other = delta_of({**both, "function_call": {"name": "g", "arguments": "{"}})[0]
    assert other is not None
    assert other.function_call == FunctionDelta(name="g", arguments="{")


def test_an_error_in_a_delta_or_a_message_is_the_choice_s() -> None:
    for choice in ({"delta": {"error": {"message": "no"}}}, {"message": {"error": {"message": "no"}}}):
        (made,) = completion({"choices": [choice]}).choices or ()
        assert made.error == {"message": "no"}


@pytest.mark.parametrize(
    ("word", "kind"), [(["stop"], "a list"), (False, "true or false"), (10**4000, "a number"), (0.5, "a number")]
)
def test_a_finish_word_that_is_no_text_is_unknown_and_kept(word: Any, kind: str) -> None:
    made = completion({"choices": [{"finish_reason": word}]})
    assert made.choices == (Choice(finish_reason=kind, extras={"finish_reason": word}),)
    assert (made.repairs, made.lost) == ((f"finish_reason is {kind} in place of text",), False)


def test_a_delta_s_thinking_is_reasoning() -> None:
    assert delta_of({"thinking": "Hm"}) == (Delta(reasoning_content="Hm"), ())
    both = delta_of({"thinking": "Hm", "reasoning_content": "Ah"})
    assert both == (Delta(reasoning_content="Ah", extras={"thinking": "Hm"}), ())


def test_arguments_that_nest_deeper_than_the_stack_are_left_out() -> None:
    arguments = deep(100_000)
    repair = "arguments is a list that cannot be written as JSON, left out"
    assert delta_of({"tool_calls": [{"function": {"arguments": arguments}}]})[1] == (repair,)
    item = {"type": "function_call", "arguments": arguments}
    assert event_of({"type": "response.output_item.done", "item": item}).repairs == (repair,)
    while arguments:  # taken apart gently: the interpreter would recurse
        arguments = arguments.pop()


def test_the_call_of_the_api_before_tools() -> None:
    function = {"name": "f", "arguments": {}}
    repairs = ("arguments came as an object in place of JSON text",)
    assert delta_of({"function_call": function}) == (
        Delta(function_call=FunctionDelta(name="f", arguments="{}")),
        repairs,
    )
    assert delta_of({"function_call": {}}) == delta_of({"function_call": None}) == (Delta(), ())

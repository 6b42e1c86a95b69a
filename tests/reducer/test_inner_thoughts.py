import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.reducer import Ended, fold, inner_thoughts
from streamfold.reducer.completions.split_arguments import SplitArguments
from streamfold.reducer.diagnostics import Diagnostic
from streamfold.reducer.messages import Message, ToolCallMessage
from streamfold.reducer.otid import synthetic_call_id
from streamfold.reducer.result import Result, TextPart, ToolCall
from streamfold.reducer.values import json_scan
from streamfold.reducer.values.text import EMPTY
from support.chat_shapes import call, calls, custom, delta, finished
from support.law_checks import MESSAGE_ID

CONFIG = inner_thoughts.Config(message_id=MESSAGE_ID)


def folded(*frames: dict[str, Any], **options: Any) -> tuple[Result, list[Message]]:
    config = inner_thoughts.Config(message_id=MESSAGE_ID, **options)
    state, messages = fold(inner_thoughts, config, map(wire.decoder("chat"), frames), Ended())
    return inner_thoughts.result(state), list(messages)


def thinking(*pieces: str, name: str = "go", **options: Any) -> tuple[Result, list[Message]]:
    begun = calls(call(index=0, id="call_1", name=name, arguments=""))
    pieces_of = (calls(call(index=0, arguments=piece)) for piece in pieces)
    result, messages = folded(begun, *pieces_of, finished("stop"), **options)
    assert messages.pop().message_type == "tool_call_closed"
    return result, messages


@pytest.mark.parametrize("escape", ["\\", "\\u", "\\u00e", "\\ud83d"])
def test_thoughts_that_end_in_half_an_escape_are_noted(escape: str) -> None:
    result, messages = thinking('{"thinking": "Hm' + escape)
    assert Diagnostic("incomplete", "the thinking ends in half an escape") in result.diagnostics
    assert [message.reasoning for message in messages if message.message_type == "reasoning_message"] == ["Hm"]
    assert result.text == "Hm"


def test_thoughts_that_end_otherwise_are_not() -> None:
    result, _ = thinking('{"thinking": "Hm')
    assert [diagnostic.detail for diagnostic in result.diagnostics] == ["call_1: the arguments are not JSON"]


def test_an_escape_that_may_go_on_is_not_noted_yet() -> None:
    config = inner_thoughts.Config(message_id=MESSAGE_ID)
    state, _ = inner_thoughts.start(config)
    frame = calls(call(index=0, id="call_1", name="go", arguments='{"thinking": "Hm\\'))
    state, _ = inner_thoughts.step(state, wire.decoder("chat")(frame))
    assert inner_thoughts.result(state).diagnostics == ()


def test_thoughts_come_out_as_reasoning_that_is_not_native() -> None:
    result, messages = thinking('{"thinking": "Hm", "a": 1}')
    assert [(message.message_type, getattr(message, "source", None)) for message in messages] == [
        ("reasoning_message", "non_reasoner_model"),
        ("tool_call_message", None),
        ("tool_call_message", None),
    ]
    assert result.text == "Hm"


def test_the_answer_of_the_message_tool_is_text_and_no_call() -> None:
    text = '{"thinking": "Hm", "message": "Hello"}'
    _, messages = thinking(text[:30], text[30:], name="send_message", use_assistant_message=True)
    assert {message.message_type for message in messages} == {"reasoning_message", "assistant_message"}
    assert "".join(getattr(message, "content", "") for message in messages) == "Hello"
    _, messages = thinking(text, name="send_message")
    assert {message.message_type for message in messages} == {"reasoning_message", "tool_call_message"}


def test_usage_is_estimated_only_if_asked_for_and_none_was_reported() -> None:
    asked = {"estimate_usage": True, "estimated_input_tokens": 12}
    result, _ = thinking('{"a": 1}', **asked)
    assert (result.usage.input_tokens, result.usage.output_tokens, result.usage.source) == (12, 2, "estimated")
    result, _ = thinking('{"a": 1}', estimated_input_tokens=12)
    assert (result.usage.input_tokens, result.usage.source) == (None, "unknown")
    counted = finished("stop") | {"usage": {"prompt_tokens": 7, "completion_tokens": 3}}
    result, _ = folded(counted, **asked)
    assert (result.usage.input_tokens, result.usage.output_tokens, result.usage.source) == (7, 3, "reported")


@pytest.mark.parametrize("asks", [True, False])
@pytest.mark.parametrize("model", ["o3-mini", "gpt-4o"])
def test_hidden_reasoning_is_announced_before_a_call_that_has_no_thoughts(asks: bool, model: str) -> None:
    nameless = {"model": None}
    begun = calls(call(index=0, id="call_1", name="go", arguments='{"a": 1}')) | nameless
    _, messages = folded(begun, finished("stop") | nameless, model=model, put_inner_thoughts_in_kwarg=asks)
    hidden = [message.message_type for message in messages].count("hidden_reasoning_message")
    assert hidden == (0 if asks or model == "gpt-4o" else 1)


def test_the_thoughts_of_all_calls_are_one_text_before_the_answer_s() -> None:
    texts = ['{"thinking": "One."}', '{"thinking": "Two."}']
    begun = [call(index=at, id=f"call_{at}", name="go", arguments=text) for at, text in enumerate(texts)]
    result, _ = folded(delta(content="Hello"), calls(*begun), finished("stop"), estimate_usage=True)
    assert [part.text for part in result.content] == ["One.Two.", "Hello"]
    assert result.usage.output_tokens == 12


@pytest.mark.parametrize(("told", "model", "parts"), [(True, "gpt-4o", 1), (False, "o1", 0), (None, "o1", 1)])
def test_the_result_begins_with_omitted_reasoning_where_the_model_hides_it(
    told: bool | None, model: str, parts: int
) -> None:
    result, _ = folded(finished("stop") | {"model": model}, hides_reasoning=told)
    assert [part.type for part in result.content] == ["omitted_reasoning"] * parts


def test_what_was_half_an_escape_and_went_on_is_not_noted() -> None:
    result, _ = thinking('{"thinking": "Hm\\', 'n"}')
    assert (result.text, result.diagnostics) == ("Hm\n", ())


def steps(*frames: dict[str, Any], **options: Any) -> list[list[tuple[str, str]]]:
    """What each frame made the fold say: the type of message, and its text, or the name and arguments of a call."""
    state, _ = inner_thoughts.start(inner_thoughts.Config(message_id=MESSAGE_ID, **options))
    said = []
    for frame in frames:
        state, messages = inner_thoughts.step(state, wire.decoder("chat")(frame))
        said.append([spoken(message) for message in messages])
    _, messages = inner_thoughts.finish(state, Ended())
    return [*said, [spoken(message) for message in messages]]


def spoken(message: Any) -> tuple[str, str]:
    made = getattr(message, "tool_call", None)
    if made is not None:
        return "call", f"{made.tool_call_id} {made.name or made.arguments}"
    return message.message_type.removesuffix("_message"), getattr(message, "reasoning", "") or message.content


def test_escapes_in_strings_may_be_cut_anywhere() -> None:
    begun = calls(call(index=0, id="call_1", name="go", arguments='{"thinking":"H'))
    pieces = ["m\\", "n", "\\u00e9", '","a":"', "b\\", '"', "c", '"}']
    assert steps(begun, *(calls(call(index=0, arguments=piece)) for piece in pieces))[1:-2] == [
        [("reasoning", "m")],
        [("reasoning", "\n")],
        [("reasoning", "é")],
        [("call", "call_1 go"), ("call", 'call_1 {"a":"')],
        [("call", "call_1 b\\")],
        [("call", 'call_1 "')],
        [("call", "call_1 c")],
    ]


def test_the_other_arguments_come_as_soon_as_the_thoughts_end() -> None:
    begun = calls(call(index=0, id="call_1", name="go", arguments='{"thinking": "Hm'))
    assert steps(begun, calls(call(index=0, arguments='", "a"')), calls(call(index=0, arguments=": 1}"))) == [
        [("reasoning", "Hm")],
        [("call", "call_1 go"), ("call", 'call_1 {"a"')],
        [("call", "call_1 : 1}")],
        [],
    ]


def test_the_quote_that_ends_the_thoughts_says_nothing_and_names_the_call() -> None:
    begun = calls(call(index=0, id="call_1", name="go", arguments='{"thinking": "Hm'))
    assert steps(begun, calls(call(index=0, arguments='"')), calls(call(index=0, arguments=',"a":1}'))) == [
        [("reasoning", "Hm")],
        [("call", "call_1 go"), ("call", "call_1 {")],
        [("call", 'call_1 "a":1}')],
        [],
    ]


def test_the_name_is_settled_once_arguments_come() -> None:
    frames = [
        calls(call(index=0, id="call_1", name="send_", arguments="")),
        calls(call(index=0, name="message", arguments="")),
        calls(call(index=0, arguments='{"message": "Hello"}')),
    ]
    assert steps(*frames, use_assistant_message=True) == [[], [], [("assistant", "Hello")], []]


def test_arguments_may_come_before_the_name() -> None:
    frames = [
        calls(call(index=0, id="call_1", arguments='{"message": ')),
        calls(call(index=0, name="send_message", arguments='"Hello"}')),
    ]
    assert steps(*frames, use_assistant_message=True) == [[], [("assistant", "Hello")], []]


def test_a_call_without_arguments_is_said_at_the_end() -> None:
    assert steps(calls(call(index=0, id="call_1", name="go", arguments=""))) == [[], [("call", "call_1 go")]]


def test_a_call_without_an_id_is_said_at_the_end() -> None:
    made_up = synthetic_call_id(MESSAGE_ID, 0)
    nameless = calls(call(index=0, name="go", arguments='{"thinking": "Hm", "a": 1}'))
    assert steps(nameless) == [[("reasoning", "Hm")], [("call", f"{made_up} go"), ("call", f'{made_up} {{"a": 1}}')]]


def test_thoughts_that_go_on_make_up_no_id() -> None:
    begun = calls(call(index=0, name="go", arguments='{"thinking": "Hm", "thinking": "Oh"'))
    assert steps(begun, calls(call(index=0, id="call_1", arguments="}"))) == [
        [("reasoning", "Hm"), ("reasoning", "Oh")],
        [("call", "call_1 go"), ("call", "call_1 {}")],
        [],
    ]


def test_thoughts_that_come_again_are_reasoning_amid_the_arguments() -> None:
    pieces = ['{"thinking":"Hm","a":1', ',"thinking":"', "Oh", ' well",', '"b":2}']
    first = call(index=0, id="call_1", name="go", arguments=pieces[0])
    assert steps(calls(first), *(calls(call(index=0, arguments=piece)) for piece in pieces[1:])) == [
        [("reasoning", "Hm"), ("call", "call_1 go"), ("call", 'call_1 {"a":1')],
        [],
        [("reasoning", "Oh")],
        [("reasoning", " well")],
        [("call", 'call_1 ,"b":2}')],
        [],
    ]


def test_a_call_without_an_id_waits_for_it_after_its_thoughts() -> None:
    begun = calls(call(index=0, name="go", arguments='{"thinking":"Hm"'))
    assert steps(begun, calls(call(index=0, arguments=',"a":1}')), calls(call(index=0, id="call_1"))) == [
        [("reasoning", "Hm")],
        [],
        [("call", "call_1 go"), ("call", 'call_1 {"a":1}')],
        [],
    ]


def test_raw_text_is_not_held_back_for_thoughts() -> None:
    begun = calls(custom(index=0, id="call_1", name="go", text='{"thinking": "Hm'))
    assert steps(begun) == [[("call", "call_1 go"), ("call", 'call_1 {"thinking": "Hm')], []]


def test_nothing_is_held_back_for_thoughts_that_were_not_asked_for() -> None:
    begun = calls(call(index=0, id="call_1", name="go", arguments='{"a'))
    assert steps(begun, put_inner_thoughts_in_kwarg=False) == [[("call", "call_1 go"), ("call", 'call_1 {"a')], []]
    assert steps(begun) == [[], [("call", "call_1 go"), ("call", 'call_1 {"a')]]


def test_a_voice_begins_with_its_thoughts_and_nothing_held() -> None:
    split = SplitArguments(json_scan.start(("thinking",)))
    assert (split.assistant, split.through, split.held) == (False, False, EMPTY)


def test_the_thoughts_are_told_apart_from_the_answer() -> None:
    begun = call(index=0, id="call_1", name="go", arguments='{"thinking": "Hm.", "a": 1}')
    result, _ = folded(delta(content="Hello"), calls(begun), finished("stop"))
    assert (result.thoughts, result.text) == ("Hm.", "Hm.Hello")
    assert [part.is_thoughts for part in result.content if isinstance(part, TextPart)] == [True, False]


VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))


@given(
    members=st.dictionaries(st.sampled_from(["thinking", "a", "b", "message", "é"]), VALUES), ascii_only=st.booleans()
)
def test_a_tool_s_arguments_are_the_other_members(members: dict[str, Any], ascii_only: bool) -> None:
    text = json.dumps(members, ensure_ascii=ascii_only)
    called = ToolCall("call_1", "go", text)
    kept = {name: value for name, value in members.items() if name != "thinking" or not isinstance(value, str)}
    rest = inner_thoughts.tool_arguments(called, CONFIG)
    assert json.loads(rest) == kept
    assert inner_thoughts.tool_arguments(evolve(called, arguments=rest), CONFIG) == rest


@pytest.mark.parametrize("text", ["", "null", "[1]", '{"a": ', "no JSON", '{"a": 1} {"thinking": "x"}', '{"a": 1, '])
def test_arguments_that_are_no_object_are_passed_on(text: str) -> None:
    assert inner_thoughts.tool_arguments(ToolCall("call_1", "go", text), CONFIG) == text


def test_a_custom_tool_s_text_has_no_thoughts() -> None:
    raw = '{"thinking": "Hm."}'
    assert inner_thoughts.tool_arguments(ToolCall("call_1", "go", raw, kind="custom"), CONFIG) == raw
    assert inner_thoughts.tool_arguments(ToolCall("call_1", "go", raw), CONFIG) == "{}"
    other = evolve(CONFIG, thoughts_key="inner")
    assert inner_thoughts.tool_arguments(ToolCall("call_1", "go", raw), other) == raw


@pytest.mark.parametrize("key", ["thinking", "a"])
def test_a_tool_is_called_with_what_its_messages_say(key: str) -> None:
    text = '{"thinking": "Hm.", "a": "x", "b": [1]}'
    result, messages = thinking(text[:7], text[7:], thoughts_key=key)
    said = "".join(message.tool_call.arguments or "" for message in messages if isinstance(message, ToolCallMessage))
    assert inner_thoughts.tool_arguments(result.tool_calls[0], evolve(CONFIG, thoughts_key=key)) == said

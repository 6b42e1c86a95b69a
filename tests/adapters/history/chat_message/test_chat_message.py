"""What of a result becomes the assistant message, what does not, and that a strict provider takes it."""

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters.history import ChatTurn, chat_message
from streamfold.adapters.multi_tool_use import unwrap_parallel
from streamfold.reducer import Cancelled, Ended, inner_thoughts
from streamfold.reducer.ends import End
from streamfold.reducer.result import Result
from support.adapters.decoders import MACHINES
from support.adapters.next_requests import next_messages
from support.adapters.strict_provider import Refused, StrictProvider, sealed_of
from support.chat_shapes import DONE, call, calls, custom, delta, finished, folded

LOOK_UP = call(0, "call_a", "look_up", '{"city": "Oslo"}')
STRICT = StrictProvider()


def turn_of(*frames: Any, end: End | None = None, **options: Any) -> ChatTurn:
    """The turn of a stream, which the types and a provider that knows its signatures accept."""
    result, _ = folded(*frames, end=end or Ended())
    return next_messages(result, StrictProvider(sealed_of(frames)), **options)


def message_of(*frames: Any, **options: Any) -> dict[str, Any]:
    message = turn_of(*frames, finished("stop"), DONE, **options).message
    assert message is not None
    return message


def reasons(turn: ChatTurn) -> list[tuple[str, str]]:
    return [(one.item.kind, one.reason) for one in turn.left_out]


def test_text_is_the_content() -> None:
    turn = turn_of(delta(content="It "), delta(content="rains."), finished("stop"), DONE)
    assert turn.message == {"role": "assistant", "content": "It rains."}
    assert (turn.messages, turn.calls, turn.left_out) == ([turn.message], (), ())


def test_calls_of_both_kinds_go_back_as_they_came() -> None:
    entries = [LOOK_UP, custom(1, "call_b", "run_sql", "SELECT 1")]
    turn = turn_of(calls(*entries), finished("tool_calls"), DONE)
    assert turn.message == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "call_a", "type": "function", "function": {"name": "look_up", "arguments": '{"city": "Oslo"}'}},
            {"id": "call_b", "type": "custom", "custom": {"name": "run_sql", "input": "SELECT 1"}},
        ],
    }
    assert [one.id for one in turn.calls] == ["call_a", "call_b"]


def test_a_refusal_goes_back_under_its_name() -> None:
    assert message_of(delta(refusal="I cannot.")) == {"role": "assistant", "content": None, "refusal": "I cannot."}


def test_audio_goes_back_by_its_id() -> None:
    frames = [delta(audio={"id": "audio_1", "transcript": "Hi"}), delta(audio={"data": "AAAA"})]
    assert message_of(*frames) == {"role": "assistant", "content": None, "audio": {"id": "audio_1"}}
    assert turn_of(*frames, delta(content="x"), end=Cancelled(), partial_text=True).message == {
        "role": "assistant",
        "content": "x",
    }


# Reasoning


@pytest.mark.parametrize("member", ["reasoning_content", "reasoning", "reasoning_text"])
def test_reasoning_goes_back_under_the_name_it_came_by(member: str) -> None:
    frames = [delta(**{member: "Hm, "}), delta(**{member: "so."}), delta(content="Yes.")]
    assert message_of(*frames) == {"role": "assistant", "content": "Yes.", member: "Hm, so."}


def test_reasoning_that_came_without_a_name_is_left_out() -> None:
    flagged = delta(content="Hm.", extra_content={"google": {"thought": True}})
    turn = turn_of(flagged, delta(content="Yes."), finished("stop"), DONE)
    assert turn.message == {"role": "assistant", "content": "Yes."}
    assert reasons(turn) == [("reasoning", "it came without a name to go back by")]


@pytest.mark.parametrize(
    ("asked", "with_calls", "goes"),
    [
        ("always", True, True),
        ("always", False, True),
        ("with_calls", True, True),
        ("with_calls", False, False),
        ("never", True, False),
        ("never", False, False),
    ],
)
def test_whether_reasoning_goes_back_is_asked_for(asked: Any, with_calls: bool, goes: bool) -> None:
    more = [calls(LOOK_UP)] if with_calls else []
    frames = [delta(reasoning_content="Hm."), delta(content="Yes."), *more, finished("stop"), DONE]
    turn = turn_of(*frames, reasoning=asked)
    assert turn.message is not None
    assert ("reasoning_content" in turn.message) is goes
    assert reasons(turn) == ([] if goes else [("reasoning", "reasoning was not asked for")])


def test_details_of_reasoning_go_back_whole() -> None:
    detail = {"type": "reasoning.text", "index": 0, "format": "anthropic-claude-v1"}
    sealed = {"type": "reasoning.encrypted", "index": 1, "data": "gAAAA", "id": "rs_1"}
    frames = [
        delta(reasoning="Hm, ", reasoning_details=[detail | {"text": "Hm, "}]),
        delta(reasoning="so.", reasoning_details=[detail | {"text": "so."}]),
        delta(reasoning_details=[detail | {"signature": "c2ln"}, sealed]),
        delta(content="Yes."),
    ]
    whole = detail | {"text": "Hm, so.", "signature": "c2ln"}
    assert message_of(*frames) == {
        "role": "assistant",
        "content": "Yes.",
        "reasoning": "Hm, so.",
        "reasoning_details": [whole, sealed],
    }


def test_details_alone_need_no_other_name() -> None:
    shown = {"type": "reasoning.text", "index": 0, "text": "Hm.", "signature": "c2ln"}
    assert message_of(delta(reasoning_details=[shown]), delta(content="Yes.")) == {
        "role": "assistant",
        "content": "Yes.",
        "reasoning_details": [shown],
    }
    sealed = {"type": "reasoning.encrypted", "index": 0, "data": "gAAAA"}
    assert message_of(delta(reasoning_details=[sealed]), calls(LOOK_UP))["reasoning_details"] == [sealed]


def thinking(text: str, signature: str | None = None) -> dict[str, Any]:
    return {"type": "thinking", "thinking": text, "signature": signature}


def test_thinking_blocks_are_joined_up_to_their_signatures() -> None:
    blocks = [thinking("ha "), thinking("ha "), thinking("ha", ""), thinking("", "c2ln")]
    redacted = {"type": "redacted_thinking", "data": "gAAAA"}
    frames = [delta(reasoning_content=block["thinking"], thinking_blocks=[block]) for block in blocks]
    frames += [delta(thinking_blocks=[redacted]), delta(thinking_blocks=[thinking("So.", "bW9y")]), calls(LOOK_UP)]
    joined = [thinking("ha ha ha", "c2ln"), redacted, thinking("So.", "bW9y")]
    provider = StrictProvider(sealed_of(frames), thinking={"c2ln": "ha ha ha", "bW9y": "So."})
    result, _ = folded(*frames, finished("tool_calls"), DONE)
    turn = next_messages(result, provider)
    assert turn.message is not None
    assert (turn.message["reasoning_content"], turn.message["thinking_blocks"]) == ("ha ha haSo.", joined)


def test_thinking_without_its_signature_is_left_out() -> None:
    frames = [delta(reasoning_content="Hm.", thinking_blocks=[thinking("Hm.")]), delta(content="Yes.")]
    assert message_of(*frames) == {"role": "assistant", "content": "Yes.", "reasoning_content": "Hm."}


def test_opaque_reasoning_goes_back_beside_its_text() -> None:
    frames = [delta(reasoning_text="Hm."), delta(reasoning_opaque="b3BhcXVl"), calls(LOOK_UP)]
    message = message_of(*frames)
    assert (message["reasoning_text"], message["reasoning_opaque"]) == ("Hm.", "b3BhcXVl")
    assert "reasoning_opaque" not in message_of(*frames, reasoning="never")


@pytest.mark.parametrize("text", ["Yes.", ""])
def test_reasoning_of_parts_of_content_goes_back_as_a_part(text: str) -> None:
    part = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    said = [{"type": "text", "text": text}] if text else []
    message = message_of(delta(content=[part]), *(delta(content=[one]) for one in said), calls(LOOK_UP))
    assert message["content"] == [part, *said]
    assert "reasoning_content" not in message
    signed = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    assert message_of(delta(content=[signed]), calls(LOOK_UP))["content"] == [part | {"signature": "c2ln"}]


def test_a_summary_in_parts_of_content_keeps_its_signature() -> None:
    piece = {"type": "summary_text", "text": "Hm."}
    frames = [
        delta(content=[{"type": "reasoning", "summary": [one]}]) for one in (piece, {"text": "", "signature": "c2ln"})
    ]
    message = message_of(*frames, delta(content=[{"type": "text", "text": "Yes."}]))
    reasoning = {"type": "reasoning", "summary": [piece | {"signature": "c2ln"}]}
    assert message["content"] == [reasoning, {"type": "text", "text": "Yes."}]
    unsigned = message_of(frames[0], delta(content="Yes."))["content"]
    assert unsigned == [{"type": "reasoning", "summary": [piece]}, {"type": "text", "text": "Yes."}]


# Signatures


def signed(at: int, name: str, signature: str) -> dict[str, Any]:
    return call(at, name, "look_up", "{}", extra_content={"google": {"thought_signature": signature}})


def test_signatures_ride_back_on_their_calls() -> None:
    frames = [
        calls(signed(0, "call_a", "c2ln")),
        calls(call(1, "call_b", "look_up", "{}", provider_specific_fields={"thought_signature": "bW9y"})),
        calls(call(2, "call_c", "look_up", "{}", thought_signature="bGVz")),
    ]
    entry = call(3, "call_d", "look_up", "{}")
    entry["function"]["thought_signature"] = "aW4="
    made = message_of(*frames, calls(entry))["tool_calls"]
    assert made[0]["extra_content"] == {"google": {"thought_signature": "c2ln"}}
    assert made[1]["provider_specific_fields"] == {"thought_signature": "bW9y"}
    assert made[2]["thought_signature"] == "bGVz"
    assert made[3]["function"] == {"name": "look_up", "thought_signature": "aW4=", "arguments": "{}"}


def test_of_several_signatures_of_a_call_the_last_goes_back() -> None:
    again = call(0, extra_content={"google": {"thought_signature": "bmV3"}})
    (made,) = message_of(calls(signed(0, "call_a", "b2xk")), calls(again))["tool_calls"]
    assert made["extra_content"] == {"google": {"thought_signature": "bmV3"}}


def test_the_content_s_signature_goes_back_with_the_message() -> None:
    google = {"google": {"thought_signature": "c2ln"}}
    assert message_of(delta(content="Hi"), delta(extra_content=google))["extra_content"] == google
    fields = {"thought_signatures": ["c2ln", "bW9y"], "citations": None}
    message = message_of(delta(content="Hi", provider_specific_fields=fields))
    assert message["provider_specific_fields"] == {"thought_signatures": ["c2ln", "bW9y"]}
    cut = turn_of(delta(content="Hi"), delta(extra_content=google), end=Cancelled(), partial_text=True)
    assert cut.message == {"role": "assistant", "content": "Hi"}


def test_calls_do_not_go_without_the_signature_they_need() -> None:
    cut = signed(0, "call_a", "c2ln")
    cut["function"]["arguments"] = '{"a": '
    plain = [call(1, "call_b", "look_up", "{}"), call(2, "call_c", "look_up", "{}")]
    turn = turn_of(calls(cut, *plain), delta(content="Hm."), finished("tool_calls"), DONE)
    assert (turn.message, turn.calls) == ({"role": "assistant", "content": "Hm."}, ())
    assert [reason.split(":")[0] for _, reason in reasons(turn)] == [
        "the call is not complete",
        *["the signature that it needs is on a call that is left out"] * 2,
    ]
    result, _ = folded(calls(cut, signed(1, "call_b", "bW9y"), plain[1]), finished("tool_calls"), DONE)
    turn = next_messages(result, evolve(STRICT, wants_signature=True))
    assert [one.id for one in turn.calls] == ["call_b", "call_c"]


# What is left out


@pytest.mark.parametrize("end", [Cancelled(), Ended()])
def test_a_turn_that_was_broken_off_has_no_message(end: End) -> None:
    turn = turn_of(delta(reasoning="Hm."), delta(content="It ra"), calls(LOOK_UP), end=end)
    assert (turn.message, turn.messages, turn.calls) == (None, [], ())
    assert [(kind, reason.split(":")[0]) for kind, reason in reasons(turn)] == [
        ("reasoning", "it was not finished"),
        ("message", "it was not finished"),
        ("function_call", "the call is not complete"),
    ]


def test_text_that_was_cut_off_goes_back_alone_if_asked_for() -> None:
    frames = [delta(reasoning="Hm."), delta(reasoning_details=[{"data": "x"}]), delta(content="It ra"), calls(LOOK_UP)]
    turn = turn_of(*frames, end=Cancelled(), partial_text=True)
    assert turn.message == {"role": "assistant", "content": "It ra"}
    assert [kind for kind, _ in reasons(turn)] == ["reasoning", "function_call"]


def test_a_limit_of_tokens_leaves_the_text_and_no_call() -> None:
    turn = turn_of(delta(reasoning="Hm."), delta(content="It ra"), calls(LOOK_UP), finished("length"), DONE)
    assert turn.message == {"role": "assistant", "content": "It ra", "reasoning": "Hm."}
    assert reasons(turn) == [("function_call", "the call is not complete: the answer was cut off")]


@pytest.mark.parametrize("frames", [[], [delta(content=" \n")], [delta(reasoning="Hm.")], [delta(refusal="")]])
def test_an_answer_that_says_nothing_has_no_message(frames: Sequence[Any]) -> None:
    turn = turn_of(*frames, finished("stop"), DONE)
    assert turn.message is None
    assert len(turn.left_out) == len([frame for frame in frames if "refusal" not in str(frame)])


def test_white_space_before_calls_is_no_content() -> None:
    turn = turn_of(delta(content="\n\n"), calls(LOOK_UP), finished("tool_calls"), DONE)
    assert turn.message is not None
    assert turn.message["content"] is None
    assert reasons(turn) == [("message", "it says nothing")]
    message = message_of(delta(content=" "), delta(refusal="No."))
    assert message == {"role": "assistant", "content": None, "refusal": "No."}


def test_tools_that_the_provider_ran_have_no_place_in_a_message() -> None:
    ran = {"type": "search", "index": 0, "output": "x"}
    turn = turn_of(delta(executed_tools=[ran]), delta(content="Yes."), finished("stop"), DONE)
    assert turn.message == {"role": "assistant", "content": "Yes."}
    assert [kind for kind, _ in reasons(turn)] == ["search"]


def test_what_is_left_out_is_told_in_the_answer_s_order() -> None:
    ran = {"type": "search", "index": 0, "output": "x"}
    doubtful = call(0, "call_a", "look_up", '{"a"')
    turn = turn_of(delta(reasoning="Hm."), delta(executed_tools=[ran]), calls(doubtful), finished("stop"), DONE)
    assert [kind for kind, _ in reasons(turn)] == ["reasoning", "search", "function_call"]


# Which calls


def test_a_caller_may_choose_the_calls_that_go_back() -> None:
    result, _ = folded(calls(LOOK_UP, call(1, "call_b", "look_up", "{}")), end=Ended())
    assert chat_message(result).message is None
    turn = next_messages(result, STRICT, calls=[result.tool_calls[1]])
    assert [one.id for one in turn.calls] == ["call_b"]
    whole, _ = folded(calls(LOOK_UP, call(1, "call_b", "look_up", "{}")), finished("tool_calls"), DONE)
    turn = next_messages(whole, STRICT, calls=[whole.tool_calls[0]])
    assert reasons(turn) == [("function_call", "the caller did not choose it")]


def test_calls_go_back_in_the_place_of_their_wrapper() -> None:
    uses = '{"tool_uses": [{"recipient_name": "functions.f", "parameters": {}}, {"recipient_name": "functions.g"}]}'
    wrapper = call(0, "call_w", "multi_tool_use.parallel", uses)
    result, _ = folded(calls(wrapper, LOOK_UP | {"index": 1}), finished("tool_calls"), DONE)
    chosen = [inner for one in result.tool_calls for inner in unwrap_parallel(one, {"g"})]
    turn = next_messages(result, STRICT, calls=chosen)
    assert [(one.id, one.name, one.needs_approval) for one in turn.calls] == [
        ("call_w_0", "f", False),
        ("call_w_1", "g", True),
        ("call_a", "look_up", False),
    ]


def test_two_calls_of_one_id_do_not_both_go_back() -> None:
    result, _ = folded(calls(LOOK_UP), finished("tool_calls"), DONE)
    twice = evolve(result, output=(*result.output, evolve(result.output[0])))
    turn = next_messages(twice, STRICT)
    assert (len(turn.calls), reasons(turn)) == (1, [("function_call", "its id came before")])


# Other wires


def thoughtful(*frames: Any, **options: Any) -> Result:
    config = inner_thoughts.Config(message_id="message-11111111-2222-4333-8444-5555555555d5", **options)
    return finished_fold(config, frames)


def finished_fold(config: Any, frames: Sequence[Any]) -> Result:
    from streamfold.adapters import wire
    from streamfold.reducer import fold

    state, _ = fold(MACHINES["inner-thoughts"], config, map(wire.decoder("chat"), frames), Ended())
    result: Result = MACHINES["inner-thoughts"].result(state)
    return result


def test_inner_thoughts_go_back_inside_their_calls_alone() -> None:
    arguments = '{"thinking": "Hm.", "city": "Oslo"}'
    frames = [calls(call(0, "call_a", "look_up", arguments)), finished("tool_calls")]
    turn = next_messages(thoughtful(*frames), STRICT)
    assert turn.message is not None
    assert turn.message["content"] is None
    assert turn.message["tool_calls"][0]["function"]["arguments"] == arguments
    assert turn.left_out == ()
    said = next_messages(thoughtful(delta(content="Wait."), *frames), STRICT)
    assert said.message is not None
    assert said.message["content"] == "Wait."


# The provider itself


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([{"role": "tool", "tool_call_id": "call_a", "content": "x"}], "no call 'call_a' waits"),
        ([{"role": "assistant", "content": ""}], "must contain text"),
        ([{"role": "assistant", "content": None}], "must have either content or tool_calls"),
        ([{"role": "assistant", "content": None, "tool_calls": []}], "too short"),
        ([{"role": "assistant", "content": "x", "thoughts": "y"}], "unsupported"),
        ([{"role": "assistant", "content": "x", "reasoning_opaque": "forged"}], "could not be verified"),
        ([{"role": "assistant", "content": "x", "thinking_blocks": [{"thinking": "y"}]}], "field required"),
        ([{"role": "assistant", "content": "x", "thinking_blocks": [thinking("y", "c2ln")]}], "cannot be modified"),
        ([{"role": "user", "content": ""}], "content is empty"),
    ],
)
def test_the_strict_provider_refuses(messages: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(Refused, match=words):
        StrictProvider({"c2ln"}, thinking={"c2ln": "x"}).check_messages(messages)


def test_the_strict_provider_wants_each_call_answered_once() -> None:
    turn = turn_of(calls(LOOK_UP), finished("tool_calls"), DONE)
    answer = {"role": "tool", "tool_call_id": "call_a", "content": "x"}
    for wrong in (turn.messages, [*turn.messages, answer, answer], [*turn.messages, {"role": "user", "content": "x"}]):
        with pytest.raises(Refused, match="call"):
            STRICT.check_messages(wrong)
    with pytest.raises(Refused, match="not one that was made"):
        evolve(STRICT, calls={"call_a": ("look_up", "{}")}).check_messages([*turn.messages, answer])
    with pytest.raises(Refused, match="missing"):
        evolve(STRICT, wants="reasoning_content").check_messages([*turn.messages, answer])

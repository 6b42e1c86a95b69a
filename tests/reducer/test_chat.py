from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.reducer import Cancelled, Ended, Failed, chat, fold, inner_thoughts
from streamfold.reducer.completions.chunk import Choice, Chunk
from streamfold.reducer.otid import synthetic_call_id
from streamfold.reducer.result import Result
from support.chat_shapes import delta, finished
from support.law_checks import APPROVAL_ID, MESSAGE_ID

THOUGHT = delta(reasoning_content="Owls.") | {"model": None}
STOPPED = finished("stop") | {"model": None}


def result(*frames: dict[str, Any], end: Any = None, **options: Any) -> Result:
    state, _ = fold(chat, chat.Config(message_id=MESSAGE_ID, **options), map(wire.decoder("chat"), frames), end)
    return chat.result(state)


@pytest.mark.parametrize("told", [True, False], ids=["by the wire", "when it was asked"])
def test_a_deepseek_model_that_only_reasoned_has_answered(told: bool) -> None:
    frames = [THOUGHT | {"model": "deepseek-r1"}, STOPPED] if told else [THOUGHT, STOPPED]
    answer = result(*frames, model=None if told else "deepseek-r1")
    assert (answer.text, answer.reasoning) == ("Owls.", "")


def test_the_model_that_answers_counts_before_the_one_that_was_asked() -> None:
    answer = result(THOUGHT | {"model": "another"}, STOPPED, model="deepseek-r1")
    assert (answer.text, answer.reasoning, answer.model) == ("", "Owls.", "another")


@pytest.mark.parametrize(
    ("frames", "end"),
    [
        ([THOUGHT], Ended()),
        ([THOUGHT, STOPPED], Cancelled()),
        ([THOUGHT, STOPPED], Failed("boom")),
        ([THOUGHT, finished("length")], Ended()),
        ([THOUGHT, STOPPED, delta() | {"error": {"message": "boom"}}], Ended()),
    ],
    ids=["truncated", "cancelled", "failed", "cut off by length", "an error"],
)
def test_reasoning_that_was_cut_off_is_no_answer(frames: list[dict[str, Any]], end: Any) -> None:
    answer = result(*frames, end=end, model="deepseek-r1")
    assert answer.reasoning == "Owls."
    assert answer.text == ""


@pytest.mark.parametrize(
    "more",
    [{"content": "Hoot."}, {"refusal": "No."}, {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "go"}}]}],
    ids=["text", "a refusal", "a call"],
)
def test_reasoning_beside_anything_else_is_no_answer(more: dict[str, Any]) -> None:
    answer = result(THOUGHT, delta(**more) | {"model": None}, STOPPED, model="deepseek-r1")
    assert answer.reasoning == "Owls."
    assert answer.text == more.get("content", "")


def test_another_model_s_reasoning_is_no_answer() -> None:
    answer = result(THOUGHT, STOPPED, model="not-deepseek")
    assert (answer.text, answer.reasoning) == ("", "Owls.")
    assert result(THOUGHT, STOPPED).reasoning == "Owls."


@pytest.mark.parametrize("together", [True, False], ids=["in one chunk", "in a chunk each"])
def test_every_piece_of_a_call_that_needs_approval_asks_for_it(together: bool) -> None:
    begun = [{"index": at, "id": f"call_{at}", "function": {"name": "rm", "arguments": '{"k":'}} for at in range(2)]
    more = [{"index": at, "function": {"arguments": "1}"}} for at in range(2)]
    frames = [begun, more] if together else [[entry] for entry in (*begun, *more)]
    config = chat.Config(message_id=MESSAGE_ID, requires_approval_tools={"rm"})
    chunks = [wire.decoder("chat")(delta(tool_calls=entries)) for entries in frames]
    _, messages = fold(chat, config, chunks)
    assert [message.message_type for message in messages] == ["approval_request_message"] * 4
    assert [message.id for message in messages] == [APPROVAL_ID] * 4


def test_a_made_up_id_is_the_same_before_and_after_the_end() -> None:
    nameless = [{"index": at, "function": {"name": "go", "arguments": "{}"}} for at in range(2)]
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID))
    state, _ = chat.step(state, wire.decoder("chat")(delta(tool_calls=nameless)))
    over, _ = chat.finish(state, Ended())
    ids = [call.id for call in chat.result(state).tool_calls]
    assert ids == [call.id for call in chat.result(over).tool_calls]
    assert ids == [synthetic_call_id(MESSAGE_ID, at) for at in range(2)]


@pytest.mark.parametrize("machine", [chat, inner_thoughts], ids=["chat", "inner_thoughts"])
def test_a_chunk_is_written_by_hand_from_the_wire_s_own_names(machine: Any) -> None:
    function = machine.FunctionDelta(name="f", arguments="{}")
    call = machine.CallDelta(index=0, id="call_1", function=function)
    custom = machine.CallDelta(index=1, id="call_2", custom=machine.CustomDelta(name="g", input="x"))
    chunk = machine.Chunk(choices=(machine.Choice(delta=machine.Delta(tool_calls=(call, custom))),))
    state, _ = fold(machine, machine.Config(message_id=MESSAGE_ID), [chunk])
    assert [made.name for made in machine.result(state).tool_calls] == ["f", "g"]


def test_a_word_of_failure_fails_and_an_error_after_it_says_why() -> None:
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID))
    state, (stop,) = chat.step(state, Chunk(choices=(Choice(finish_reason="network_error"),)))
    assert stop.message_type == "stop_reason"
    error = chat.result(state).error
    assert error is not None
    assert (error.code, error.raw, error.category) == ("network_error", None, "server")
    for raw in ({"message": "", "code": None}, {"message": "no funds", "code": 402}, {"message": "too late"}):
        state, messages = chat.step(state, Chunk(error=raw))
        assert messages == ()
    error = chat.result(state).error
    assert error is not None
    assert (error.message, error.category, chat.result(state).outcome) == ("no funds", "billing", "failed")

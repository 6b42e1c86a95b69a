"""A recorded stream as one answer: the same as its fold, read by the client's own types."""

import json
from typing import Any

import pytest
from openai.types.chat import ChatCompletion
from streamfold.adapters.cassette import Recording, read_recording, recording_of
from streamfold.adapters.json_text import dumps
from streamfold.adapters.server.provider.wholes import whole_of
from streamfold.reducer import Ended, fold
from support import chat_shapes as shapes
from support import event_shapes as events
from support.adapters.command_runs import CALLS, ERROR, SEARCH, THOUGHTS


def body_of(recording: Recording) -> Any:
    whole = whole_of(recording, "m")
    assert whole.status == 200
    return json.loads(dumps(whole.body))


def text_in(response: Any) -> str:
    parts = [part for item in response["output"] if item["type"] == "message" for part in item["content"]]
    return "".join(part["text"] for part in parts)


def result_of(recording: Recording) -> Any:
    state, _ = fold(recording.machine, recording.config, recording.chunks, Ended())
    return recording.machine.result(state)


@pytest.mark.parametrize("path", [CALLS, THOUGHTS], ids=lambda path: path.stem)
def test_a_completion_says_what_the_fold_says(path: Any) -> None:
    recording = read_recording(path)
    completion = ChatCompletion.model_validate(body_of(recording))
    result = result_of(recording)
    message = completion.choices[0].message
    assert (message.content or "", message.refusal) == (result.text, None)
    assert getattr(message, "reasoning_content", "") == result.reasoning
    calls = [(call.id, call.function.name, call.function.arguments) for call in message.tool_calls or ()]  # type: ignore[union-attr]
    assert calls == [(call.id, call.name, call.arguments) for call in result.tool_calls]
    assert (completion.id, completion.model, completion.choices[0].finish_reason) == (
        result.provider_id,
        result.model,
        result.finish_reason,
    )
    assert completion.created > 1_700_000_000
    assert completion.usage is not None
    assert completion.usage.total_tokens == result.usage.total_tokens


def test_inner_thoughts_stay_arguments_where_no_stream_is_asked_for() -> None:
    asked = read_recording(THOUGHTS, "inner-thoughts")
    assert body_of(asked) == body_of(read_recording(THOUGHTS))


def test_every_choice_is_there_and_custom_calls_are() -> None:
    def say(index: int, **delta: Any) -> Any:
        return shapes.chunk(shapes.choice(index, **delta))

    call = shapes.custom(0, "call_0", "patch", "*** Begin")
    ends = [shapes.chunk(shapes.choice(index, finish)) for index, finish in enumerate(("stop", "tool_calls"))]
    body = shapes.sse(say(0, content="One."), say(1, tool_calls=[call]), *ends, shapes.DONE)
    completion = ChatCompletion.model_validate(body_of(recording_of(body)))
    assert [choice.message.content for choice in completion.choices] == ["One.", None]
    (made,) = completion.choices[1].message.tool_calls or ()
    assert (made.type, made.custom.name, made.custom.input) == ("custom", "patch", "*** Begin")  # type: ignore[union-attr]


def test_a_response_is_that_of_the_last_event() -> None:
    recording = read_recording(SEARCH)
    response = body_of(recording)
    assert (text_in(response), response["status"]) == (result_of(recording).text, "completed")


def test_items_that_the_last_event_leaves_out_are_those_that_were_done() -> None:
    told = [events.created(), *events.message_lane("Four."), events.completed()]
    assert told[-1]["response"]["output"] == []
    assert text_in(body_of(recording_of(events.body(told)))) == "Four."


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (read_recording(ERROR), "Upstream connection lost"),
        (recording_of(CALLS.read_bytes()[:3000]), "m: the recording ends before the answer does"),
        (recording_of(SEARCH.read_bytes()[:3000]), "m: the recording ends before the answer does"),
        (recording_of(events.body([events.created(), {"type": "error", "message": "too busy"}])), "too busy"),
    ],
)
def test_what_has_no_answer_is_an_error(stream: Recording, why: str) -> None:
    whole = whole_of(stream, "m")
    assert whole.status == 500
    assert why in whole.body["error"]["message"]

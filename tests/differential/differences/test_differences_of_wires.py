"""What of a wire we read that Letta's legacy interface does not, on purpose: a test for each."""

from typing import Any

import pytest
from differential.differences.letta_streams import USAGE, called, delta, said
from streamfold.adapters import wire
from streamfold.reducer import chat, fold, inner_thoughts
from support import event_shapes as wired
from support.chat_shapes import sse
from support.law_checks import MESSAGE_ID, channels

WHOLE = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "gpt-4.1-mini",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Owls."}, "finish_reason": "stop"}],
}


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
@pytest.mark.parametrize(
    "failure",
    [
        {"choices": [{"index": 0, "delta": {}, "error": {"code": 502, "message": "gone"}}]},
        {"choices": [], "error_type": "overloaded", "error_message": "gone"},
        {"base_resp": {"status_code": 1002, "status_msg": "gone"}},
        {"detail": "gone"},
        {"choices": [], "x_groq": {"error": "gone"}},
        {"code": 500, "message": "gone"},
    ],
)
def test_an_error_is_one_wherever_it_stands(machine: Any, failure: dict[str, Any]) -> None:
    fold = said(machine, [delta(content="Par"), failure])
    assert (fold.result.outcome, fold.stops) == ("failed", ["llm_api_error"])
    assert fold.result.error is not None
    assert fold.result.error.message == "gone"


@pytest.mark.parametrize("nothing", [{"error": {"code": None, "message": ""}}, {"code": 0, "message": "Success"}])
def test_what_only_looks_like_an_error_is_none(nothing: dict[str, Any]) -> None:
    fold = said(chat, [{**delta(content="Owls."), **nothing}, delta("stop")])
    assert (fold.result.outcome, fold.result.text) == ("completed", "Owls.")


@pytest.mark.parametrize(("word", "outcome"), [("network_error", "failed"), ("abort", "failed"), ("new", "completed")])
def test_only_words_of_success_make_calls_complete(word: str, outcome: str) -> None:
    fold = said(chat, called('{"a": 1}', 4, finish=word))
    assert (fold.result.outcome, [call.complete for call in fold.result.tool_calls]) == (outcome, [False])


def test_a_whole_answer_in_place_of_a_stream_is_said() -> None:
    fold = said(chat, [WHOLE])
    assert (fold.channels["text"], fold.result.text, fold.result.outcome) == ("Owls.", "Owls.", "completed")
    done = wired.folded([wired.response("completed", [wired.message(0, "Owls.")])])
    assert (done.result.text, done.result.outcome) == ("Owls.", "completed")


@pytest.mark.parametrize(
    "body",
    [
        sse(delta(content="One"), delta(content=" two")).replace(b"\n\n", b"\n"),
        sse(delta(content="One"), delta(content=" two")).replace(b"\n\ndata: ", b""),
        sse(delta(content="One"), delta(content=" two")).replace(b"data: ", b"data: data: "),
        sse(delta(content="One"), delta(content=" two")).replace(b"data: ", b"", 1),
        sse(delta(content="On"), delta(content="e~two")).replace(b"~", b"\t"),
    ],
)
def test_loose_framing_is_read(body: bytes) -> None:
    state, _ = fold(chat, chat.Config(message_id=MESSAGE_ID), wire.read("chat", [body]))
    result = chat.result(state)
    assert result.text.split() == ["One", "two"]
    assert {note.kind for note in result.diagnostics} == {"repaired"}


def test_content_that_is_flagged_as_a_thought_is_reasoning() -> None:
    thought = {"google": {"thought": True}}
    fold = said(chat, [delta(content="Hm.", extra_content=thought), delta(content="Owls."), delta("stop")])
    assert (fold.channels["reasoning"], fold.channels["text"]) == ("Hm.", "Owls.")


def test_usage_is_read_in_a_choice_and_under_other_names() -> None:
    last = delta("stop")
    last["choices"][0]["usage"] = USAGE | {"cached_tokens": 8}
    usage = said(chat, [delta(content="Owls."), last]).result.usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (30, 5, 8)


@pytest.mark.parametrize(
    ("kind", "status", "outcome"),
    [
        ("done", "completed", "completed"),
        ("done", "cancelled", "cancelled"),
        ("cancelled", "cancelled", "cancelled"),
        ("error", None, "failed"),
    ],
)
def test_responses_end_by_other_names_too(kind: str, status: str | None, outcome: str) -> None:
    end: dict[str, Any] = {"type": f"response.{kind}", "error": {"message": "gone"}}
    if status is not None:
        end = {"type": f"response.{kind}", "response": wired.response(status)}
    fold = wired.folded([wired.begun(wired.message()), wired.text_delta("Owls."), end])
    assert (fold.result.outcome, fold.result.text) == (outcome, "Owls.")


def test_events_that_are_delivered_again_are_said_once() -> None:
    told = wired.numbered([wired.begun(wired.message()), wired.text_delta("Owls."), wired.completed()])
    fold = wired.folded([*told[:2], *told])
    assert channels(fold.messages)["text"] == fold.result.text == "Owls."


def test_a_text_that_an_item_begins_with_is_said_once() -> None:
    begun = wired.item_added(wired.message(0, "Ow"))
    fold = wired.folded([begun, wired.text_delta("Owl"), wired.text_delta("s."), wired.completed()])
    assert channels(fold.messages)["text"] == fold.result.text == "Owls."


def test_a_delta_without_an_address_is_known_all_the_same() -> None:
    added = [wired.begun(wired.message()), wired.begun(wired.function_call(1, "look", "{}"), 1)]
    bare = wired.without([wired.text_delta("Owls."), wired.arguments_delta("{}", 1)], "output_index", "item_id")
    bare[1]["call_id"] = "call_1"
    fold = wired.folded([*added, *bare, wired.completed(output=[])])
    assert (fold.result.text, fold.result.tool_calls[0].arguments) == ("Owls.", "{}")


def test_arguments_are_said_once_and_a_call_that_is_whole_is_closed() -> None:
    given = '{"city":"Oslo"}'
    begun, done = wired.begun(wired.function_call()), wired.item_done(wired.function_call(arguments=given))
    deltas = [wired.arguments_delta(piece) for piece in ("{}", given, '{"city": "Oslo"}')]
    fold = wired.folded([begun, *deltas, done])
    assert channels(fold.messages)["calls"][0]["arguments"] == fold.result.tool_calls[0].arguments == given
    assert fold.closed() == [("call_0", [])]

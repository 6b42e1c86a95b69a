"""What stands in the place of a chunk, by its shape: errors in lists, another API's events, pings."""

from typing import Any

import pytest
from streamfold.adapters.wire.members import WRAPPED
from streamfold.adapters.wire.tolerant import completion_chunk, event_chunk
from streamfold.reducer.completions.chunk import Chunk
from streamfold.reducer.ends import Undecodable
from streamfold.reducer.responses.event import Event


@pytest.mark.parametrize("rest", [[], [1], [{}]])
def test_the_first_of_a_list_may_be_an_error(rest: list[Any]) -> None:
    assert completion_chunk([{"error": {"message": "x"}}, *rest]) == Chunk(error={"message": "x"})


@pytest.mark.parametrize("value", [[{"error": None}], [{"error": {"code": 0}}], [{}], [1, {"error": "x"}]])
def test_another_list_is_no_error(value: Any) -> None:
    assert isinstance(completion_chunk(value), Undecodable)


@pytest.mark.parametrize("kind", ["message_start", "message_delta", "message_stop"])
def test_events_of_the_messages_api_are_no_chunks(kind: str) -> None:
    value = {"type": kind, "usage": {"output_tokens": 1}}
    why = "an event of Anthropic's Messages API, not a Chat Completions chunk"
    assert completion_chunk(value) == Undecodable(why, lost=False, json=value)
    assert completion_chunk({"type": kind, "choices": []}) == Chunk(choices=(), extras={"type": kind})


@pytest.mark.parametrize("kind", ["ping", "keepalive", "keep_alive", "keep-alive", "heartbeat"])
def test_a_ping_is_a_chunk_that_says_nothing(kind: str) -> None:
    assert completion_chunk({"type": kind}) == Chunk()
    assert completion_chunk({"type": kind, "at": 1}) == Chunk(extras={"at": 1})
    assert completion_chunk({"type": kind, "choices": []}) == Chunk(choices=(), extras={"type": kind})
    failed = completion_chunk({"type": kind, "error": "x"})
    assert isinstance(failed, Chunk)
    assert failed.error == "x"


def test_an_error_beside_a_chunk_in_another_object_is_the_error() -> None:
    value = {"error_type": "x", "model": "m", "data": {"choices": [{"delta": {"content": "a"}}]}}
    made = completion_chunk(value)
    assert made == Chunk(model="m", error=value)


def test_a_number_for_an_id_or_a_model_is_text() -> None:
    notes = [f"{name} came as a number in place of text" for name in ("id", "model")]
    assert completion_chunk({"id": 5, "model": 6, "choices": []}) == Chunk(id="5", model="6", repairs=tuple(notes))


def test_a_call_beside_the_choices_is_lost() -> None:
    made = completion_chunk({"choices": [], "delta": {"tool_calls": []}})
    assert isinstance(made, Chunk)
    assert made.lost
    assert made.repairs == ("a piece of a tool call may stand beside the choices",)


@pytest.mark.parametrize(
    ("choices", "extras"), [([None], None), ([None, 1], {"choices": [1]}), ("x", {"choices": "x"}), ([{}], None)]
)
def test_what_is_no_choice_is_kept_under_their_name(choices: Any, extras: Any) -> None:
    made = completion_chunk({"choices": choices})
    assert isinstance(made, Chunk)
    assert made.extras == extras


def test_a_frame_s_name_tells_an_event_from_what_is_inside_it() -> None:
    value = {"data": {"type": "response.created", "response": {}}}
    named, unnamed = event_chunk(value, "response.new"), event_chunk(value)
    assert isinstance(named, Event)
    assert isinstance(unnamed, Event)
    assert (named.type, named.extras, named.repairs) == ("response.new", value, ())
    assert (unnamed.type, unnamed.extras, unnamed.repairs) == ("response.created", None, (WRAPPED,))


CREATED = {"type": "response.created", "response": {}}


@pytest.mark.parametrize(
    ("value", "event", "kind", "members"),
    [
        ({"type": "chunk", "data": CREATED}, "", "response.created", {"repairs": (WRAPPED,)}),
        ({"error_type": "x", "data": CREATED}, "", "error", {"error": {"error_type": "x", "data": CREATED}}),
        ({"error_type": "x"}, "response.new", "response.new", {"error": None, "extras": {"error_type": "x"}}),
        ({"error_type": "x"}, "", "error", {"error": {"error_type": "x"}}),
        ({"type": "server_error", "message": "x"}, "response.failed", "response.failed", {"message": "x"}),
        ({"type": "server_error", "message": "x"}, "response.new", "error", {"message": "x"}),
        ({"object": "error", "type": "response.new", "message": "x"}, "", "response.new", {"error": None}),
        ({"object": "error", "type": "BadRequest", "message": "x"}, "", "error", {"message": "x"}),
        (
            {"type": "response.function_call_arguments.done", "arguments": "{}", "input": "x", "text": "t"},
            "",
            "response.function_call_arguments.done",
            {"arguments": "{}", "input": None, "text": None, "extras": {"input": "x", "text": "t"}},
        ),
    ],
)
def test_an_event_has_its_own_type_or_the_frame_s_name(value: Any, event: str, kind: str, members: Any) -> None:
    made = event_chunk(value, event)
    assert isinstance(made, Event)
    assert made.type == kind
    assert {name: getattr(made, name) for name in members} == members


def test_a_chunk_inside_another_object_is_no_event() -> None:
    why = "a Chat Completions chunk, not a Responses event"
    assert event_chunk({"data": {"choices": []}}) == Undecodable(why, lost=False, json={"choices": []})


@pytest.mark.parametrize(
    ("answer", "event", "kind"),
    [
        ({"output": []}, "", "response.completed"),
        ({"output": [], "error": {"message": "x"}}, "", "response.failed"),
        ({"output": []}, "response.queued", "response.queued"),
        ({"output": []}, "message", "response.completed"),
        ({"status": "incomplete"}, "response.completed", "response.incomplete"),
        ({"status": "FAILED"}, "", "response.failed"),
        ({"status": "new"}, "", "response.done"),
        ({"status": "", "output": []}, "", "response.completed"),
        ({"status": "completed", "type": 5}, "", "response.completed"),
        ({"status": "completed", "type": ""}, "", "response.completed"),
        ({"status": "completed", "instructions": "x", "other": 1}, "", "response.completed"),
    ],
)
def test_a_whole_response_is_the_event_that_brings_it(answer: Any, event: str, kind: str) -> None:
    value = {"object": "response", **answer}
    note = "a whole response in place of an event"
    assert event_chunk(value, event) == Event(type=kind, response=value, error=value.get("error"), repairs=(note,))


NUMBERS = ("sequence_number", "output_index", "content_index", "summary_index", "command_index", "annotation_index")
TEXTS = ("item_id", "call_id", "refusal", "partial_image_b64", "message")


def test_a_number_may_be_text_and_a_text_a_number() -> None:
    for name in NUMBERS:
        note = f"{name} came as text in place of a number"
        assert event_chunk({"type": "t", name: "3"}) == Event(type="t", repairs=(note,), **{name: 3})
    for name in TEXTS:
        note = f"{name} came as a number in place of text"
        assert event_chunk({"type": "t", name: 3}) == Event(type="t", repairs=(note,), **{name: "3"})


@pytest.mark.parametrize(
    ("name", "kind"), [("response", "completed"), ("item", "output_item.done"), ("part", "content_part.done")]
)
def test_what_is_no_object_is_left_out_and_kept_unread(name: str, kind: str) -> None:
    made = event_chunk({"type": f"response.{kind}", name: ["{"]})
    assert isinstance(made, Event)
    assert (getattr(made, name), made.lost) == (None, True)
    assert made.repairs == (f"{name} is a list, left out",)
    assert made.extras == {name: ["{"]}


def test_an_error_of_its_own_type_is_made_of_what_it_says() -> None:
    said = {"type": "server_error", "code": 1, "status": 500, "status_code": 500, "message": "m", "param": "p"}
    for event, kind in (*((name, name) for name in ("error", "response.error", "response.failed")), ("", "error")):
        made = event_chunk({**said, "other": 1}, event)
        assert isinstance(made, Event)
        assert (made.type, made.error) == (kind, said)


@pytest.mark.parametrize(
    "name", ["choices", "usage", "error", "x_groq", "citations", "prompt_filter_results", "model", "object"]
)
def test_one_member_of_a_chunk_makes_one(name: str) -> None:
    assert isinstance(completion_chunk({name: ""}), Chunk)
    assert isinstance(completion_chunk({name.upper(): ""}), Undecodable)

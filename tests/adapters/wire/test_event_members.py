"""Members of Responses events of another shape than the API has them: mended, or left out and said to be lost."""

from types import SimpleNamespace
from typing import Any

import pytest
from streamfold.adapters.wire.event_members import (
    content_beside,
    event_delta,
    has_objects,
    is_usual,
    mend_item,
    mend_response,
    part_in,
    with_beside,
)
from streamfold.adapters.wire.members import Repairs

TEXT, ARGUMENTS = "response.output_text.delta", "response.function_call_arguments.delta"
DONE, INPUT_DONE = "response.function_call_arguments.done", "response.custom_tool_call_input.done"
ENDED = "response.completed"


@pytest.mark.parametrize(
    ("kind", "delta", "made", "lost"),
    [
        (TEXT, "a", "a", False),
        (TEXT, None, None, False),
        (TEXT, {"text": "a"}, "a", False),
        (TEXT, 7, "7", False),
        (TEXT, [1], None, False),
        (ARGUMENTS, {"a": [1]}, '{"a":[1]}', False),
        (ARGUMENTS, 7, "7", False),
        ("response.shell_call_output_content.delta", {"stdout": "a"}, {"stdout": "a"}, False),
    ],
)
def test_a_delta_is_text_where_its_events_have_text(kind: str, delta: Any, made: Any, lost: bool) -> None:
    repairs = Repairs()
    assert event_delta({"delta": delta}, kind, repairs) == made
    assert repairs.lost is lost
    assert bool(repairs) == (made != delta)


def test_what_was_mended_of_a_delta_is_said() -> None:
    repairs = Repairs()
    event_delta({"delta": {"text": "a"}}, TEXT, repairs)
    event_delta({"delta": [1]}, TEXT, repairs)
    assert repairs == ["delta came as an object in place of text", "delta is a list, left out"]


@pytest.mark.parametrize(
    ("kind", "members", "noted"),
    [
        (ARGUMENTS, {"arguments": "{}"}, "an event of a call's arguments has other members in place of `delta`"),
        (DONE, {"parameters": "{}"}, "an event of a call's arguments has other members in place of `arguments`"),
        (INPUT_DONE, {"text": "x"}, "an event of a call's arguments has other members in place of `input`"),
        (DONE, {"input": "{}"}, None),
        (INPUT_DONE, {"arguments": "{}"}, None),
        (DONE, {"parameters": ""}, None),
    ],
)
def test_other_members_in_place_of_arguments_are_named(kind: str, members: Any, noted: str | None) -> None:
    repairs = Repairs()
    assert event_delta(members, kind, repairs) is None
    assert repairs == ([] if noted is None else [noted])


@pytest.mark.parametrize("name", ["arguments", "text", "input"])
def test_arguments_in_another_member_are_lost(name: str) -> None:
    repairs = Repairs()
    assert event_delta({name: "{}"}, ARGUMENTS, repairs) is None
    assert repairs.lost


def test_what_is_usual_needs_no_look() -> None:
    assert is_usual(TEXT, "a", None, None)
    assert is_usual(DONE, None, "{}", None)
    assert is_usual("response.completed", None, None, None)
    assert not is_usual(TEXT, 7, None, None)
    assert not is_usual(ARGUMENTS, None, "{}", None)
    assert not is_usual(DONE, None, None, None)
    assert is_usual(INPUT_DONE, None, None, "x")
    assert not is_usual(INPUT_DONE, None, "x", None)
    assert not is_usual(DONE, None, "{}", "x")
    assert is_usual(TEXT, None, None, None)
    assert is_usual("response.shell_call_output_content.delta", {"stdout": "a"}, None, None)


@pytest.mark.parametrize("name", ["item", "part", "response"])
def test_objects_are_read_where_there_are_objects_or_nothing(name: str) -> None:
    nothing = {"item": None, "part": None, "response": None}
    for value, expected in ((None, True), ({}, True), ({"a": 1}, True), ("x", False), ([], False), (0, False)):
        assert has_objects(SimpleNamespace(**{**nothing, name: value})) is expected


@pytest.mark.parametrize(
    ("kind", "members", "beside"),
    [
        (TEXT, {"delta": "a", "arguments": "{}", "text": ""}, {"arguments": "{}"}),
        (DONE, {"arguments": "{}", "input": "x", "text": "t"}, {"input": "x", "text": "t"}),
        (DONE, {"input": "x"}, {}),
        (DONE, {"arguments": "", "input": "x"}, {}),
        (DONE, {"arguments": {}, "input": "x"}, {"input": "x"}),
        (TEXT, {"delta": "a", "arguments": []}, {"arguments": []}),
        (INPUT_DONE, {"arguments": "{}", "input": "x"}, {"arguments": "{}"}),
        ("response.new", {"response": {"status": "completed"}, "text": "t"}, {"text": "t"}),
        ("response.new", {"response": {"status": "completed"}, "text": "t", "item_id": "a"}, {}),
        ("response.new", {"response": {"status": "completed"}, "text": "t", "output_index": 0}, {}),
        ("response.new", {"response": {"status": "completed"}, "text": "t", "item_id": ""}, {"text": "t"}),
        ("response.new", {"response": {"status": "queued"}, "text": "t"}, {}),
    ],
)
def test_content_that_no_event_of_a_type_has_is_kept_beside_it(kind: str, members: Any, beside: Any) -> None:
    assert content_beside(members, kind) == beside


@pytest.mark.parametrize(
    ("kind", "value", "made", "noted"),
    [
        ("response.content_part.added", {"type": "x"}, {"type": "x"}, []),
        (
            "response.content_part.done",
            "a",
            {"type": "output_text", "text": "a"},
            ["part came as text in place of an object"],
        ),
        (
            "response.reasoning_part.added",
            "a",
            {"type": "reasoning_text", "text": "a"},
            ["part came as text in place of an object"],
        ),
        (
            "response.reasoning_summary_part.done",
            "a",
            {"type": "summary_text", "text": "a"},
            ["part came as text in place of an object"],
        ),
        ("response.content_part.done", "", None, []),
        ("response.content_part.done", ["{"], None, ["part is a list, left out"]),
        ("response.output_text.done", "{", None, ["part is text, left out"]),
    ],
)
def test_a_part_is_an_object_or_the_text_of_one(kind: str, value: Any, made: Any, noted: list[str]) -> None:
    repairs = Repairs()
    assert part_in({"part": value}, kind, repairs) == made
    assert repairs == noted


def test_a_call_s_item_has_text_for_its_arguments() -> None:
    for kind, own in (("function_call", "arguments"), ("custom_tool_call", "input")):
        repairs = Repairs()
        assert mend_item({"type": kind, own: {"a": 1}}, repairs) == {"type": kind, own: '{"a":1}'}
        assert (len(repairs), repairs.lost) == (1, False)
        elsewhere = {"type": kind, "parameters": {"a": 1}}
        assert mend_item(elsewhere, repairs) is elsewhere
        assert repairs.lost
    message = {"type": "message", "arguments": 1}
    assert mend_item(message, Repairs()) is message


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ({"name": "f", "arguments": "{}"}, "function_call"),
        ({"call_id": "c", "arguments": "{}"}, "function_call"),
        ({"call_id": "c", "input": "x", "type": ""}, "custom_tool_call"),
        ({"role": "assistant", "content": []}, "message"),
        ({"summary": []}, "reasoning"),
        ({"name": "f"}, None),
        ({"arguments": "{}"}, None),
        ({"call_id": "c", "arguments": "{}", "output": "x"}, None),
        ({"role": "user", "content": []}, None),
        ({"content": []}, None),
        ({"role": "assistant"}, None),
        ({"summary": "s"}, None),
    ],
)
def test_an_item_without_a_type_has_that_of_its_members(item: Any, kind: str | None) -> None:
    repairs = Repairs()
    made = mend_item(item, repairs)
    assert made == (item if kind is None else {**item, "type": kind})
    assert repairs == ([] if kind is None else [f"an item without a type, taken for a {kind}"])
    assert kind is not None or made is item


@pytest.mark.parametrize(
    ("item", "made", "noted"),
    [
        (
            {"type": "function_call", "function": {"name": "f", "arguments": "{}"}},
            {"type": "function_call", "name": "f", "arguments": "{}"},
            ["name, arguments of a call's item came in its `function`"],
        ),
        (
            {"type": "function_call", "name": "g", "function": {"name": "f", "arguments": {"a": 1}, "strict": True}},
            {"type": "function_call", "name": "g", "arguments": '{"a":1}', "function": {"name": "f", "strict": True}},
            ["arguments of a call's item came in its `function`", "arguments came as an object in place of JSON text"],
        ),
        (
            {"call_id": "c", "function": {"name": "f"}},
            {"type": "function_call", "call_id": "c", "name": "f"},
            ["an item without a type, taken for a function_call", "name of a call's item came in its `function`"],
        ),
        (
            {"function": {"name": "f"}},
            {"type": "function_call", "name": "f"},
            ["an item without a type, taken for a function_call", "name of a call's item came in its `function`"],
        ),
        ({"type": "function_call", "function": {"name": ""}}, None, []),
        ({"type": "function_call", "function": "f"}, None, []),
        ({"type": "message", "function": {"name": "f"}}, None, []),
    ],
)
def test_a_call_s_members_may_be_in_a_function_inside(item: Any, made: Any, noted: list[str]) -> None:
    repairs = Repairs()
    assert mend_item(item, repairs) == (item if made is None else made)
    assert repairs == noted


@pytest.mark.parametrize(
    ("kind", "name", "value", "made", "was"),
    [
        ("message", "content", "a", [{"type": "output_text", "text": "a"}], "text"),
        ("message", "content", ["a", {"type": "x"}], [{"type": "output_text", "text": "a"}, {"type": "x"}], "a list"),
        ("message", "content", {"type": "x"}, [{"type": "x"}], "an object"),
        ("reasoning", "content", "a", [{"type": "reasoning_text", "text": "a"}], "text"),
        ("reasoning", "summary", "a", [{"type": "summary_text", "text": "a"}], "text"),
        ("message", "content", [{"type": "x"}], [{"type": "x"}], ""),
        ("message", "content", 7, 7, ""),
        ("message", "content", [], [], ""),
    ],
)
def test_what_an_item_says_is_a_list_of_parts(kind: str, name: str, value: Any, made: Any, was: str) -> None:
    repairs = Repairs()
    item = {"type": kind, name: value}
    mended = mend_item(item, repairs)
    assert mended == {"type": kind, name: made}
    assert repairs == ([f"{name} came as {was}, or as one of text, in place of a list of parts"] if was else [])
    assert was or mended is item


def test_a_number_for_an_id_is_text_and_other_arguments_are_lost() -> None:
    repairs = Repairs()
    item = {"type": "function_call", "id": 1, "call_id": 2, "name": 3, "arguments": "{}"}
    assert mend_item(item, repairs) == {**item, "id": "1", "call_id": "2", "name": "3"}
    assert not repairs.lost
    mend_item({"type": "custom_tool_call", "parameters": "x"}, repairs)
    assert (repairs[-1], repairs.lost) == ("a call's item has other members in place of its arguments", True)


def test_a_response_s_items_are_mended() -> None:
    item = {"type": "function_call", "arguments": {}}
    mended = {"output": [{"type": "function_call", "arguments": "{}"}, None]}
    assert mend_response({"output": [item, None]}, Repairs()) == mended
    assert mend_response(mended, Repairs()) is mended
    assert mend_response("x", Repairs()) == "x"


@pytest.mark.parametrize(
    ("output", "noted"),
    [
        ({"type": "message"}, ["output came as an object in place of a list"]),
        ([7], []),
        (["{"], ["an item of the output is text, left out"]),
        ([["{"]], ["an item of the output is a list, left out"]),
        ("{", ["output is text, left out"]),
        ({"a": "{"}, ["output is an object, left out"]),
        (None, []),
    ],
)
def test_what_is_no_list_of_items_is_left_out_and_said(output: Any, noted: list[str]) -> None:
    repairs = Repairs()
    response = {"output": output}
    made = mend_response(response, repairs)
    assert made == ({"output": [output]} if "in place" in "".join(noted) else response)
    assert repairs == noted
    assert repairs.lost is any("left out" in note for note in noted)


def test_the_one_item_of_an_output_is_mended_too() -> None:
    repairs = Repairs()
    made = mend_response({"output": {"type": "message", "content": "a"}}, repairs)
    assert made == {"output": [{"type": "message", "content": [{"type": "output_text", "text": "a"}]}]}
    assert len(repairs) == 2


@pytest.mark.parametrize(
    ("response", "beside", "made", "names"),
    [
        (None, {"usage": {"a": 1}, "model": "m"}, {"usage": {"a": 1}, "model": "m"}, ("usage", "model")),
        ({"id": "r"}, {"output": [1], "status": "x"}, {"id": "r", "output": [1], "status": "x"}, ("output", "status")),
        ({"model": "n"}, {"model": "m"}, {"model": "n"}, ()),
        ({}, {"usage": "x", "output_text": 5, "status": ""}, {}, ()),
        ("x", {"model": "m"}, "x", ()),
    ],
)
def test_members_beside_a_terminal_response_are_its(response: Any, beside: Any, made: Any, names: Any) -> None:
    repairs = Repairs()
    assert with_beside(response, beside, ENDED, repairs) == (made, names)
    assert repairs == ([f"{', '.join(names)} beside the response"] if names else [])
    assert with_beside(response, beside, TEXT, Repairs()) == (response, ())


@pytest.mark.parametrize("name", ["arguments", "input", "parameters", "text", "delta"])
def test_where_a_call_s_arguments_may_stand(name: str) -> None:
    for kind in ("function_call", "custom_tool_call"):
        repairs = Repairs()
        mend_item({"type": kind, name: "x"}, repairs)
        assert repairs.lost is (name not in ("arguments", "input"))
    for kind, others in ((ARGUMENTS, {"delta"}), (DONE, {"arguments", "input"}), (INPUT_DONE, {"arguments", "input"})):
        repairs = Repairs()
        event_delta({name: "x"}, kind, repairs)
        assert repairs.lost is (name not in others)


@pytest.mark.parametrize("stage", ["added", "done"])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("content_part", "output_text"),
        ("reasoning_part", "reasoning_text"),
        ("reasoning_summary_part", "summary_text"),
    ],
)
def test_the_text_of_a_part_is_of_its_kind(name: str, kind: str, stage: str) -> None:
    assert part_in({"part": "a"}, f"response.{name}.{stage}", Repairs()) == {"type": kind, "text": "a"}


@pytest.mark.parametrize(
    ("name", "value", "other"),
    [
        ("usage", {"a": 1}, "x"),
        ("incomplete_details", {"a": 1}, "x"),
        ("output", [1], "x"),
        ("output", {"a": 1}, "x"),
        ("output_text", "x", {"a": 1}),
        ("status", "x", {"a": 1}),
        ("model", "x", {"a": 1}),
    ],
)
def test_what_may_stand_beside_a_terminal_response(name: str, value: Any, other: Any) -> None:
    assert with_beside({}, {name: value}, ENDED, Repairs()) == ({name: value}, (name,))
    assert with_beside({}, {name: other}, ENDED, Repairs()) == ({}, ())

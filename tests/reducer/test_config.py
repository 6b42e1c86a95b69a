from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from streamfold.reducer import chat, inner_thoughts, responses
from streamfold.reducer.config import hides_reasoning
from support.law_checks import MESSAGE_ID

WIRES = {"chat": chat.Config, "inner_thoughts": inner_thoughts.Config, "responses": responses.Config}
COMPLETIONS = {name: WIRES[name] for name in ("chat", "inner_thoughts")}

every_wire = pytest.mark.parametrize("config", WIRES.values(), ids=WIRES)
every_completions_wire = pytest.mark.parametrize("config", COMPLETIONS.values(), ids=COMPLETIONS)


@every_wire
def test_a_message_id_is_enough(config: Any) -> None:
    made = config(message_id=MESSAGE_ID)
    assert (made.message_id, made.run_id, made.step_id, made.model) == (MESSAGE_ID, None, None, None)
    assert made.requires_approval_tools == frozenset()
    assert made.hides_reasoning is None


@every_wire
def test_every_value_is_kept(config: Any) -> None:
    values = {
        "message_id": MESSAGE_ID,
        "run_id": "run-1",
        "step_id": "step-1",
        "model": "gpt-5",
        "hides_reasoning": True,
    }
    made = config(**values)
    assert {name: getattr(made, name) for name in values} == values


@every_wire
def test_equal_configurations_are_equal_values(config: Any) -> None:
    one, other = (config(message_id=MESSAGE_ID, requires_approval_tools=["a", "b"]) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)


@every_wire
def test_a_configuration_cannot_be_changed(config: Any) -> None:
    with pytest.raises(AttributeError):
        config(message_id=MESSAGE_ID).model = "other"


@every_wire
def test_a_configuration_takes_no_positional_value_and_needs_a_message_id(config: Any) -> None:
    with pytest.raises(TypeError, match="positional"):
        config(MESSAGE_ID)
    with pytest.raises(TypeError, match="message_id"):
        config()


@every_wire
@pytest.mark.parametrize("bad", [None, 5, b"bytes", True, ["list"]])
def test_a_message_id_that_is_no_text_is_named(config: Any, bad: object) -> None:
    with pytest.raises(TypeError, match="message_id must be text") as raised:
        config(message_id=bad)
    assert repr(bad) in str(raised.value)


@every_wire
@pytest.mark.parametrize("bad", ["", "message-", "no uuid"])
def test_a_message_id_that_is_no_uuid_is_named(config: Any, bad: str) -> None:
    with pytest.raises(ValueError, match="message_id must be a UUID") as raised:
        config(message_id=bad)
    assert repr(bad) in str(raised.value)


@every_wire
@pytest.mark.parametrize("name", ["run_id", "step_id", "model"])
@pytest.mark.parametrize("bad", [5, True, b"bytes", ["list"]])
def test_an_optional_text_of_another_type_is_named(config: Any, name: str, bad: object) -> None:
    with pytest.raises(TypeError, match=f"{name} must be text or null") as raised:
        config(message_id=MESSAGE_ID, **{name: bad})
    assert repr(bad) in str(raised.value)


@every_wire
@pytest.mark.parametrize("bad", [0, 1, "true", "", []])
def test_hides_reasoning_of_another_type_is_named(config: Any, bad: object) -> None:
    with pytest.raises(TypeError, match="hides_reasoning must be true, false or null") as raised:
        config(message_id=MESSAGE_ID, hides_reasoning=bad)
    assert repr(bad) in str(raised.value)


@every_wire
@pytest.mark.parametrize("collect", [list, tuple, set, frozenset, dict.fromkeys, iter])
def test_approvals_come_from_any_collection_of_names(config: Any, collect: Callable[[list[str]], Any]) -> None:
    approvals = config(message_id=MESSAGE_ID, requires_approval_tools=collect(["a", "b", "a"])).requires_approval_tools
    assert approvals == frozenset({"a", "b"})
    assert type(approvals) is frozenset


@every_wire
@pytest.mark.parametrize("bad", ["name", "", None, 5, True, [5], ["a", None], {1: "a"}, b"bytes"])
def test_approvals_that_are_no_set_of_names_are_named(config: Any, bad: object) -> None:
    with pytest.raises(TypeError, match="requires_approval_tools must be a set of names") as raised:
        config(message_id=MESSAGE_ID, requires_approval_tools=bad)
    assert repr(bad) in str(raised.value)


@every_completions_wire
@pytest.mark.parametrize("choice", [0, 3, None])
def test_a_choice_is_a_whole_number_or_null(config: Any, choice: int | None) -> None:
    assert config(message_id=MESSAGE_ID).choice == 0
    assert config(message_id=MESSAGE_ID, choice=choice).choice == choice


@every_completions_wire
@pytest.mark.parametrize("bad", [True, False, "0", 0.0, [0]])
def test_a_choice_of_another_type_is_named(config: Any, bad: object) -> None:
    with pytest.raises(TypeError, match="choice must be a whole number or null") as raised:
        config(message_id=MESSAGE_ID, choice=bad)
    assert repr(bad) in str(raised.value)


@pytest.mark.parametrize("tags", [False, True, "opened"])
def test_think_tags_are_off_on_or_opened(tags: bool | str) -> None:
    assert chat.Config(message_id=MESSAGE_ID).think_tags is False
    assert chat.Config(message_id=MESSAGE_ID, think_tags=tags).think_tags == tags  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tags", "pairs"),
    [
        (["<thought>"], (("<thought>", "</thought>"),)),
        (("<a>", "<b x>"), (("<a>", "</a>"), ("<b x>", "</b x>"))),
        ([["[THINK]", "[/THINK]"], "<t>"], (("[THINK]", "[/THINK]"), ("<t>", "</t>"))),
        ((("<|x", "|>"),), (("<|x", "|>"),)),
    ],
)
def test_think_tags_may_be_pairs_or_opening_tags_alone(tags: Any, pairs: Any) -> None:
    config = chat.Config(message_id=MESSAGE_ID, think_tags=tags)
    assert config.think_tags == pairs
    assert evolve(config) == config


@pytest.mark.parametrize(
    "bad",
    [[], (), [[]], ["<a>", ["<b>"]], [("", "x")], [("x", "")], [(" <a>", "x")], [("<a>", 1)], [3], [("a", "b", "c")]],
)
def test_pairs_of_tags_are_two_texts_each(bad: Any) -> None:
    with pytest.raises(TypeError, match="think_tags must be a list of tags, or of pairs of them"):
        chat.Config(message_id=MESSAGE_ID, think_tags=bad)


@pytest.mark.parametrize("bad", [["<a>", "<a>"], [("<a", ">"), "<ab>"], ["<ab>", ("<a", ">")]])
def test_no_opening_tag_begins_another(bad: Any) -> None:
    with pytest.raises(ValueError, match="begins another of the opening tags"):
        chat.Config(message_id=MESSAGE_ID, think_tags=bad)


@pytest.mark.parametrize("bad", [0, 1, None, "closed", "", 1.0, ["opened"], "<think>"])
def test_think_tags_of_another_type_are_named(bad: Any) -> None:
    with pytest.raises(TypeError, match="think_tags must be") as raised:
        chat.Config(message_id=MESSAGE_ID, think_tags=bad)
    assert repr(bad) in str(raised.value)


INNER_THOUGHTS: list[tuple[str, str, list[Any], list[Any]]] = [
    ("put_inner_thoughts_in_kwarg", "true or false", [True, False], [1, None, "true"]),
    ("use_assistant_message", "true or false", [False, True], [0, None, "true"]),
    ("estimate_usage", "true or false", [False, True], [0, None, "true"]),
    ("thoughts_key", "text", ["thinking", "", "inner"], [None, 5, b"thinking"]),
    ("assistant_message_tool_name", "text", ["send_message", "say"], [None, 5, ["say"]]),
    ("assistant_message_tool_kwarg", "text", ["message", "text"], [None, 5, True]),
    ("estimated_input_tokens", "a whole number or null", [None, 0, 12], [True, "12", 1.5]),
]


@pytest.mark.parametrize(("name", "words", "good", "bad"), INNER_THOUGHTS)
def test_the_fields_of_inner_thoughts_are_kept_or_named(name: str, words: str, good: list[Any], bad: list[Any]) -> None:
    assert getattr(inner_thoughts.Config(message_id=MESSAGE_ID), name) == good[0]
    for value in good:
        assert getattr(inner_thoughts.Config(message_id=MESSAGE_ID, **{name: value}), name) == value
    for value in bad:
        with pytest.raises(TypeError, match=f"{name} must be {words}") as raised:
            inner_thoughts.Config(message_id=MESSAGE_ID, **{name: value})
        assert repr(value) in str(raised.value)


@pytest.mark.parametrize(
    ("config", "values", "words"),
    [
        (chat.Config, {"message_id": 5}, "message_id must be text, not 5"),
        (
            chat.Config,
            {"message_id": "x"},
            """message_id must be a UUID, with or without the prefix "message-", not 'x'""",
        ),
        (chat.Config, {"run_id": 5}, "run_id must be text or null, not 5"),
        (chat.Config, {"hides_reasoning": 5}, "hides_reasoning must be true, false or null, not 5"),
        (chat.Config, {"choice": "0"}, "choice must be a whole number or null, not '0'"),
        (chat.Config, {"detect_snapshots": None}, "detect_snapshots must be true or false, not None"),
        (chat.Config, {"requires_approval_tools": "ab"}, "requires_approval_tools must be a set of names, not 'ab'"),
        (chat.Config, {"requires_approval_tools": [5]}, "requires_approval_tools must be a set of names, not [5]"),
        (chat.Config, {"think_tags": 1}, 'think_tags must be true, false or "opened", not 1'),
        (inner_thoughts.Config, {"thoughts_key": 5}, "thoughts_key must be text, not 5"),
    ],
)
def test_a_wrong_value_is_refused_in_these_words(config: Any, values: dict[str, Any], words: str) -> None:
    with pytest.raises((TypeError, ValueError)) as raised:
        config(**{"message_id": MESSAGE_ID, **values})
    assert str(raised.value) == words


@every_completions_wire
def test_snapshots_are_looked_for_unless_told_otherwise(config: Any) -> None:
    assert config(message_id=MESSAGE_ID).detect_snapshots is True
    assert config(message_id=MESSAGE_ID, detect_snapshots=False).detect_snapshots is False


def test_a_model_hides_its_reasoning_as_told_or_else_by_its_name() -> None:
    assert [hides_reasoning(None, model) for model in ("o1", "o3-mini", "o4-mini", "gpt-5-nano")] == [True] * 4
    assert [hides_reasoning(None, model) for model in ("gpt-4o", "", None, "not-o1")] == [False] * 4
    assert [hides_reasoning(told, "o1") for told in (True, False)] == [True, False]
    assert [hides_reasoning(told, "gpt-4o") for told in (True, False)] == [True, False]


@every_wire
def test_skipped_messages_are_a_set_of_their_types(config: Any) -> None:
    assert config(message_id=MESSAGE_ID).skip_messages == frozenset()
    made = config(message_id=MESSAGE_ID, skip_messages=["refusal_message", "annotation_message"])
    assert made.skip_messages == {"refusal_message", "annotation_message"}


@every_wire
@pytest.mark.parametrize("bad", ["refusal_message", [1], None, 5])
def test_skipped_messages_are_no_other_value(config: Any, bad: Any) -> None:
    with pytest.raises(TypeError, match="skip_messages must be a set of names"):
        config(message_id=MESSAGE_ID, skip_messages=bad)


@every_wire
@pytest.mark.parametrize("name", ["refusal", "", "stop_reason", "RefusalMessage"])
def test_skipped_messages_are_of_types_that_can_be_skipped(config: Any, name: str) -> None:
    with pytest.raises(ValueError, match=f"^skip_messages must be of .*refusal_message.*, not '{name}'$"):
        config(message_id=MESSAGE_ID, skip_messages=["refusal_message", name])

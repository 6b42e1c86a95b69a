"""Composed output items: the events of each, in order, and the JSON that says what it came to."""

from typing import Any

import pytest
from attrs import evolve
from hypothesis import strategies as st
from streamfold.adapters.strategies.compose_items import (
    KINDS,
    MODEL_ITEMS,
    Missing,
    Part,
    Spec,
    as_item,
    draw_spec,
    item_lane,
    told,
    wholes,
)
from streamfold.adapters.strategies.drawing import Pen
from streamfold.adapters.strategies.expected import Step, summed
from streamfold.adapters.strategies.quirks import Quirk
from support.adapters.pens import many, simplest

MESSAGE = Spec((0, 1), "message", (Part("text", 0, "Hello", "Hello"), Part("refusal", 1, "No.", "No.")))
THOUGHT = Spec((0, 2), "reasoning", (Part("summary", 0, "One.", "One."), Part("reasoning", 0, "raw", "raw")))
CALL = Spec((1, 3), "function_call", (Part("arguments", 0, "{}", "{}"),), "f", "call_3b", "call_3b")
CUSTOM = evolve(CALL, kind="custom_tool_call", parts=(Part("arguments", 0, "raw", "raw"),))
SEARCH = Spec((0, 0), "web_search_call")
SPECS = [MESSAGE, THOUGHT, CALL, CUSTOM, SEARCH]
each_spec = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)


def types(steps: list[Step]) -> list[str]:
    return [step.chunk.type.removeprefix("response.") for step in steps]


def lane(spec: Spec, missing: Missing = Missing(), *quirks: Quirk) -> list[Step]:  # noqa: B008
    return simplest(lambda pen: item_lane(pen, spec, missing), *quirks)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (
            MESSAGE,
            [
                "output_item.added",
                "content_part.added",
                "output_text.delta",
                "output_text.done",
                "content_part.done",
                "content_part.added",
                "refusal.delta",
                "refusal.done",
                "content_part.done",
                "output_item.done",
            ],
        ),
        (
            THOUGHT,
            [
                "output_item.added",
                "reasoning_summary_part.added",
                "reasoning_summary_text.delta",
                "reasoning_summary_text.done",
                "reasoning_summary_part.done",
                "content_part.added",
                "reasoning_text.delta",
                "reasoning_text.done",
                "content_part.done",
                "output_item.done",
            ],
        ),
        (
            CALL,
            ["output_item.added", "function_call_arguments.delta", "function_call_arguments.done", "output_item.done"],
        ),
        (
            CUSTOM,
            ["output_item.added", "custom_tool_call_input.delta", "custom_tool_call_input.done", "output_item.done"],
        ),
        (
            SEARCH,
            [
                "output_item.added",
                "web_search_call.in_progress",
                "web_search_call.searching",
                "web_search_call.completed",
                "output_item.done",
            ],
        ),
    ],
)
def test_an_item_s_events_come_from_its_beginning_to_its_end(spec: Spec, expected: list[str]) -> None:
    assert types(lane(spec)) == expected


@each_spec
def test_each_event_says_whose_it_is(spec: Spec) -> None:
    for step in lane(spec):
        assert step.chunk.output_index == spec.lane[1]
        assert (step.chunk.item_id or step.chunk.item["id"]) == spec.id
        assert {meant.lane for meant in step.meant} <= {spec.lane}


@pytest.mark.deep
@each_spec
def test_the_events_mean_what_the_item_says(spec: Spec) -> None:
    for steps in many(lambda pen: item_lane(pen, spec, Missing()), Quirk.EMPTY_DELTAS, number=5):
        so = summed(steps)
        (found,) = so.lanes.values()
        assert found.texts == wholes(spec)
        assert (found.id, found.name, found.closed) == (spec.told_id, spec.name, spec.is_call)
        assert (so.contradicted, so.lengthened) == (False, False)


@pytest.mark.parametrize(
    ("missing", "gone"),
    [
        (Missing(added=True), {"output_item.added"}),
        (Missing(parts=True), {"content_part.added", "content_part.done"}),
        (Missing(texts_done=True), {"output_text.done", "refusal.done"}),
        (Missing(done=True), {"output_item.done"}),
        (Missing(deltas=True), {"output_text.delta", "refusal.delta"}),
    ],
)
def test_what_a_provider_does_not_send_is_missing(missing: Missing, gone: set[str]) -> None:
    assert set(types(lane(MESSAGE))) - set(types(lane(MESSAGE, missing))) == gone


def test_the_items_of_a_second_response_have_ids_of_their_own() -> None:
    assert [spec.id for spec in SPECS] == ["msg_1", "rs_2", "fc_3b", "fc_3b", "ws_0"]


@pytest.mark.parametrize(
    ("spec", "item"),
    [
        (
            MESSAGE,
            {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "content": [
                    {"type": "output_text", "text": "Hello", "annotations": []},
                    {"type": "refusal", "refusal": "No."},
                ],
                "status": "completed",
            },
        ),
        (
            THOUGHT,
            {
                "type": "reasoning",
                "id": "rs_2",
                "summary": [{"type": "summary_text", "text": "One."}],
                "content": [{"type": "reasoning_text", "text": "raw"}],
            },
        ),
        (
            CALL,
            {
                "type": "function_call",
                "id": "fc_3b",
                "call_id": "call_3b",
                "name": "f",
                "arguments": "{}",
                "status": "completed",
            },
        ),
        (SEARCH, {"type": "web_search_call", "id": "ws_0", "status": "completed"}),
    ],
)
def test_an_item_s_json_has_what_it_came_to(spec: Spec, item: dict[str, Any]) -> None:
    assert as_item(spec, wholes(spec), "completed") == item


def test_an_item_s_json_lacks_what_has_not_come() -> None:
    begun = as_item(evolve(MESSAGE, phase="commentary"), {("text", 0): "Hel"}, "in_progress")
    assert begun["content"] == [{"type": "output_text", "text": "Hel", "annotations": []}]
    assert (begun["phase"], begun["status"]) == ("commentary", "in_progress")
    assert "content" not in as_item(THOUGHT, {("summary", 0): "One."}, "completed")
    assert as_item(CUSTOM, {}, "in_progress")["input"] == ""


def test_an_item_s_json_names_a_call_and_closes_it_alone() -> None:
    *texts, named = told(CALL, wholes(CALL), closes=True)
    assert [(meant.channel, meant.whole) for meant in texts] == [("arguments", "{}")]
    assert (named.id, named.called, named.custom, named.closes) == ("call_3b", "f", False, True)
    assert not told(MESSAGE, {}, closes=True)[-1].closes
    assert not told(CALL, {}, closes=False)[-1].closes


# What is drawn


def spec_of(pen: Pen, missing: Missing = Missing(), knows_ids: bool = True, kinds: Any = ()) -> Spec:  # noqa: B008
    return draw_spec(pen, (0, 1), missing, knows_ids, kinds)


def test_every_kind_of_item_is_drawn_and_the_simplest_is_a_message() -> None:
    assert {spec.kind for spec in many(spec_of)} == set(KINDS)
    assert simplest(spec_of) == Spec((0, 1), "message", (Part("text", 0, "word", "word"),))
    assert {spec.kind for spec in many(lambda pen: spec_of(pen, kinds=MODEL_ITEMS))} == set(MODEL_ITEMS)


@pytest.mark.parametrize(("number", "sent"), [(0, ""), (1, None)])
def test_a_call_without_an_id_is_known_by_its_item_s(number: int, sent: str | None) -> None:
    def called(spec: Spec) -> bool:
        return spec.is_call

    spec = simplest(spec_of, Quirk.NO_CALL_ID, number=number, sign=called)
    assert (spec.call_id, spec.told_id) == (sent, "fc_1")
    unknown = simplest(lambda pen: spec_of(pen, knows_ids=False), Quirk.NO_CALL_ID, number=number, sign=called)
    assert (unknown.call_id, unknown.told_id) == (sent, None)


def test_deltas_may_lack_their_tail_or_say_otherwise_where_a_whole_comes() -> None:
    (tail,) = simplest(spec_of, Quirk.TAIL_IN_WHOLE, number=2).parts
    assert (tail.whole, tail.deltas) == ("word", "wo")
    (other,) = simplest(spec_of, Quirk.CONTRADICTING_WHOLE).parts
    assert (other.whole, other.deltas) == ("word", "~word")
    for missing in (Missing(deltas=True), Missing(texts_done=True)):
        (part,) = simplest(lambda pen, lacks=missing: spec_of(pen, lacks), Quirk.TAIL_IN_WHOLE, number=2).parts
        assert part.deltas == "word"


def test_arguments_are_left_out_or_broken_where_that_is_the_quirk() -> None:
    def called(spec: Spec) -> bool:
        return spec.kind == "function_call"

    assert simplest(spec_of, sign=called).parts[0].whole == '{"a":1}'
    assert simplest(spec_of, Quirk.NO_ARGUMENTS, sign=called).parts[0].whole == ""
    assert simplest(spec_of, Quirk.BROKEN_ARGUMENTS, sign=called).parts[0].whole == '{\'"a":1}'


def test_messages_have_each_phase_and_reasoning_both_kinds_of_text() -> None:
    drawn = many(spec_of)
    assert {spec.phase for spec in drawn} == {None, "commentary", "final_answer"}
    channels = {spec.kind: set[str]() for spec in drawn}
    for spec in drawn:
        channels[spec.kind] |= {part.channel for part in spec.parts}
    assert channels["message"] == {"text", "refusal"}
    assert channels["reasoning"] == {"summary", "reasoning"}


def test_a_citation_comes_with_its_text() -> None:
    noted = simplest(spec_of, Quirk.ANNOTATIONS, texts=st.just("Owls."))
    assert noted.noted
    steps = lane(noted)
    assert "output_text.annotation.added" in types(steps)
    assert as_item(noted, wholes(noted), "completed")["content"][0]["annotations"]


def test_an_odd_status_is_that_of_the_item_alone() -> None:
    done = lane(MESSAGE, Missing(), Quirk.ODD_STATUS)[-1]
    assert done.chunk.item["status"] == "in_progress"
    assert lane(MESSAGE)[-1].chunk.item["status"] == "completed"


# Parts that are not where, or when, they are announced


def odd_lane(*quirks: Quirk, number: int = 0, text: str = "word", **options: Any) -> list[Step]:
    """The events of a message with this text in two deltas, or in one of a single character."""
    spec = Spec((0, 0), "message", (Part("text", 0, text, text),), begun=options.pop("begun", ""))

    def made(pen: Any) -> list[Step]:
        return item_lane(pen, spec, Missing(), **options)

    return simplest(made, *quirks, number=number, sign=lambda steps: len(deltas_of(steps)) == min(2, len(text)))


def deltas_of(steps: list[Step]) -> list[Any]:
    """The events with deltas."""
    return [step.chunk for step in steps if step.role == "delta"]


@pytest.mark.parametrize(("number", "places"), [(0, [1, 2]), (1, [2, 2])])
def test_content_indices_drift_or_are_another(number: int, places: list[int]) -> None:
    steps = odd_lane(Quirk.DRIFTING_PARTS, number=number)
    assert [delta.content_index for delta in deltas_of(steps)] == places
    assert summed(steps).lanes[0, 0].joined("text") == "word"


def test_a_text_that_has_begun_is_said_again_by_its_deltas() -> None:
    steps = odd_lane(begun="wor")
    assert steps[0].chunk.item["content"][0]["text"] == "wor"
    assert "".join(delta.delta for delta in deltas_of(steps)) == "word"
    told = [meant.adds for step in steps for meant in step.meant if meant.adds]
    assert "".join(told) == "word"
    spec = simplest(
        lambda pen: draw_spec(pen, (0, 0), Missing(), True, ()), Quirk.TEXT_IN_ADDED, sign=lambda spec: bool(spec.begun)
    )
    assert spec.parts[0].whole.startswith(spec.begun)


def test_a_message_may_be_done_after_its_first_delta() -> None:
    steps = odd_lane(Quirk.EARLY_DONE, may_go_on=True)
    roles = [step.role for step in steps]
    assert roles == ["added", "part", "delta", "whole", "part", "done", "delta"]
    first = deltas_of(steps)[0].delta
    assert (steps[3].chunk.text, steps[4].chunk.part["text"]) == (first, first)
    assert steps[5].chunk.item["content"][0]["text"] == first
    assert summed(steps).lanes[0, 0].joined("text") == "word"
    for whole in (odd_lane(Quirk.EARLY_DONE), odd_lane(Quirk.EARLY_DONE, text="w", may_go_on=True)):
        assert [step.role for step in whole][-1] == "done"


def test_a_refusal_may_be_done_early_too() -> None:
    spec = Spec((0, 0), "message", (Part("refusal", 0, "no no", "no no"),))
    steps = simplest(
        lambda pen: item_lane(pen, spec, Missing(), True),
        Quirk.EARLY_DONE,
        sign=lambda steps: len(deltas_of(steps)) == 2,
    )
    whole = next(step.chunk for step in steps if step.role == "whole")
    assert whole.refusal == deltas_of(steps)[0].delta


def test_raw_reasoning_may_come_under_another_name() -> None:
    spec = Spec((0, 0), "reasoning", (Part("reasoning", 0, "Hm", "Hm"),))
    steps = simplest(lambda pen: item_lane(pen, spec, Missing()), Quirk.OTHER_EVENT_NAMES)
    assert [delta.type for delta in deltas_of(steps)] == ["response.reasoning.delta"]

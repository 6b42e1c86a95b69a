"""The table of events against the openai SDK's own union of them, and its union of output items."""

import pytest
from streamfold.reducer import Cancelled, responses
from streamfold.reducer.responses import acts
from streamfold.reducer.responses.items import CALLS, MODEL_ITEMS
from streamfold.reducer.responses.table import RULES, UNKNOWN
from streamfold.reducer.result import (
    ReasoningPart,
    RefusalPart,
    ServerToolPart,
    SummarizedReasoningPart,
    SummaryPart,
    TextPart,
)
from streamfold.reducer.values.json_values import freeze
from support.event_shapes import (
    EventJson,
    Item,
    arguments_delta,
    begun,
    chunks_of,
    completed,
    created,
    custom_call,
    error,
    folded,
    function_call,
    item_added,
    item_done,
    message,
    open_state,
    progress,
    reasoning,
    server_tool,
    text_delta,
)
from support.sdk_unions import EVENTS, ITEMS, minimal, values

OTHER_ARGUMENTS = ("function_call.arguments", "tool_call_arguments", "tool_call.arguments", "custom_tool_call.input")
AHEAD_OF_THE_SDK = {
    "keepalive",
    "response.apply_patch_call_operation_diff.delta",
    "response.apply_patch_call_operation_diff.done",
    "response.cancelled",
    "response.canceled",
    "response.done",
    "response.error",
    "response.output_text_annotation.added",
    *(f"response.reasoning{name}" for name in (".delta", ".done", "_part.added", "_part.done")),
    "response.reasoning_summary.delta",
    "response.reasoning_summary.done",
    *(f"response.{name}.{stage}" for name in OTHER_ARGUMENTS for stage in ("delta", "done")),
    *("response.text.delta", "response.text.done", "response.content_part.delta"),
}


def test_the_sdk_s_unions_are_read_whole() -> None:
    assert len(EVENTS) > 50
    assert len(ITEMS) > 25
    assert {"message", "reasoning", "function_call", "custom_tool_call", "mcp_call"} <= set(ITEMS)


@pytest.mark.parametrize("kind", EVENTS)
def test_the_table_knows_every_event_of_the_sdk(kind: str) -> None:
    assert kind in RULES


def test_the_table_knows_a_few_events_more_and_each_is_documented() -> None:
    assert set(RULES) - set(EVENTS) == AHEAD_OF_THE_SDK


def test_the_rules_name_items_that_there_are() -> None:
    named = {rule.item for rule in RULES.values() if rule.item}
    assert named - set(ITEMS) == set()
    assert set(ITEMS) >= MODEL_ITEMS > CALLS


@pytest.mark.parametrize("kind", sorted(RULES))
def test_what_is_text_names_its_item_and_channel(kind: str) -> None:
    rule = RULES[kind]
    assert rule.act not in (acts.delta, acts.whole) or (rule.item and rule.channel)


def test_what_begins_a_response_changes_the_state_at_most() -> None:
    silent = {acts.response, acts.nothing, acts.unsupported}
    assert {rule.act for rule in RULES.values() if not rule.emits} == silent
    assert not UNKNOWN.emits


TEXT_EVENTS = {
    "response.output_text": ("message", "text"),
    "response.refusal": ("message", "refusal"),
    "response.reasoning_text": ("reasoning", "reasoning"),
    "response.reasoning_summary_text": ("reasoning", "summary"),
    "response.function_call_arguments": ("function_call", "arguments"),
    "response.custom_tool_call_input": ("custom_tool_call", "arguments"),
}


@pytest.mark.parametrize("name", TEXT_EVENTS)
def test_what_is_said_in_pieces_is_settled_on_the_same_channel(name: str) -> None:
    delta, done = RULES[f"{name}.delta"], RULES[f"{name}.done"]
    of_call = (acts.arguments, acts.whole_arguments)
    assert (delta.act, done.act) == (of_call if delta.channel == "arguments" else (acts.delta, acts.whole))
    assert (delta.item, delta.channel) == (done.item, done.channel) == TEXT_EVENTS[name]


# Items


def whole_item(kind: str) -> Item:
    """An item of that type with all the text it can have."""
    item = {**minimal(ITEMS[kind]), "id": "item_0", "type": kind}
    spoken = {
        "message": message(0, "It rains.", {"type": "refusal", "refusal": "No more."}),
        "reasoning": reasoning(0, "In short.", raw=["At length."], encrypted_content="gAAAA"),
        "function_call": function_call(0, arguments='{"city": "Paris"}'),
        "custom_tool_call": custom_call(0, text="SELECT 1"),
    }
    return {**item, **spoken.get(kind, {"own": {"nested": ["kept", None, 1.5]}})}


def told_by(kind: str) -> list[list[EventJson]]:
    """The ways in which a stream can tell of an item."""
    item = whole_item(kind)
    last = completed(item)
    return [
        [begun(item), item_done(item), last],
        [begun(item), item_done(item)],
        [item_added(item), item_done(item), last],
        [item_added(item), last],
        [item_done(item)],
        [last],
    ]


@pytest.mark.parametrize("way", range(6))
@pytest.mark.parametrize("kind", ITEMS)
def test_an_item_of_every_type_is_kept_whole(kind: str, way: int) -> None:
    fold = folded([created(), *told_by(kind)[way]])
    item, result = whole_item(kind), fold.result
    if kind in CALLS:
        (call,) = result.tool_calls
        assert result.content == ()
        assert (call.id, call.name, call.complete) == ("call_0", item["name"], True)
        assert call.arguments == item["input" if kind == "custom_tool_call" else "arguments"]
        assert call.kind == ("custom" if kind == "custom_tool_call" else "function")
    elif kind == "message":
        assert result.content == (TextPart("It rains."), RefusalPart("No more."))
    elif kind == "reasoning":
        assert set(result.content) == {
            SummarizedReasoningPart("item_0", (SummaryPart(0, "In short."),), "gAAAA"),
            ReasoningPart("At length."),
        }
    else:
        assert result.content == (ServerToolPart(freeze(item)),)
        assert result.tool_calls == ()
        assert {tool for tool, *_ in fold.server_tools()} == {kind}
        assert fold.messages[-1].item == freeze(item)  # type: ignore[union-attr]
    assert result.diagnostics == ()


@pytest.mark.parametrize("kind", ITEMS)
def test_an_item_with_only_its_required_members_folds(kind: str) -> None:
    item = minimal(ITEMS[kind])
    for events in ([item_added(item), item_done(item)], [item_done(item)], [completed(item)]):
        result = folded([created(), *events]).result
        assert len(result.tool_calls) == (kind in CALLS)
        assert result.outcome in ("completed", "truncated")


@pytest.mark.parametrize("kind", ITEMS)
def test_an_item_that_has_only_a_type_folds(kind: str) -> None:
    fold = folded([created(), item_added({"type": kind}), item_done({"type": kind}), completed({"type": kind})])
    parts = [part for part in fold.result.content if part.type != "summarized_reasoning"]
    assert len(fold.result.tool_calls) == (kind in CALLS)
    assert parts == ([] if kind in MODEL_ITEMS else [ServerToolPart(freeze({"type": kind}))])


# Events, in any state


def states() -> dict[str, responses.State]:
    """A state without items; one with an open item of each type; a few that are over."""
    made: dict[str, list[EventJson]] = {"empty": [], "created": [created()]}
    for kind in ITEMS:
        made[f"{kind} open"] = [created(), item_added({**minimal(ITEMS[kind]), "id": "item_0", "type": kind})]
    made["text open"] = [created(), begun(message()), text_delta("It ")]
    made["arguments open"] = [created(), begun(function_call()), arguments_delta('{"ci')]
    made["tool at work"] = [created(), begun(server_tool("mcp_call")), progress("mcp_call", "in_progress")]
    made["done"] = [created(), item_done(message(0, "It rains.")), completed(message(0, "It rains."))]
    made["failed"] = [created(), text_delta("It "), error()]
    return {name: open_state(events) for name, events in made.items()}


STATES = states()
LEAST = {kind: [{**value, "type": kind} for value in values(model)] for kind, model in EVENTS.items()}
LEAST |= {kind: [{"type": kind}] for kind in sorted(AHEAD_OF_THE_SDK | {"response.unheard_of.delta"})}


@pytest.mark.deep
@pytest.mark.parametrize("kind", LEAST)
def test_every_event_steps_in_every_state(kind: str) -> None:
    events = [*LEAST[kind], {"type": kind}]
    events += [{**event, "output_index": 0, "item_id": "item_0"} for event in events]
    events += [{**event, "delta": delta} for event in events[:1] for delta in ("a", {"stdout": "a"}, ["a"], 7)]
    chunks = chunks_of([{**event, "sequence_number": None} for event in events])
    for (name, state), known in zip(STATES.items(), states().values(), strict=True):
        for chunk in chunks:
            after, _ = responses.step(state, chunk)
            so_far = responses.result(after)
            assert so_far.chunks == state.chunks + 1, name
            over, _ = responses.finish(after, Cancelled())
            ended = "completed" if after.envelope.final and not after.envelope.cancelled else "cancelled"
            assert responses.result(over).outcome == ("failed" if so_far.error else ended), name
        assert state == known, name


@pytest.mark.parametrize("kind", [kind for kind, rule in RULES.items() if not rule.emits])
def test_an_event_that_the_table_has_say_nothing_says_nothing(kind: str) -> None:
    about_a_tool = {"output_index": 0, "item_id": "item_0", "delta": "a"}
    for chunk in chunks_of([LEAST[kind][0], {**LEAST[kind][0], **about_a_tool}]):
        for name in ("empty", "text open", "arguments open", "tool at work", "done", "failed"):
            assert responses.step(STATES[name], chunk)[1] == ()


def test_least_values_have_every_required_member() -> None:
    for kind, model in EVENTS.items():
        for value in LEAST[kind]:
            required = {name for name, field in model.model_fields.items() if field.is_required()}
            assert required <= set(value)

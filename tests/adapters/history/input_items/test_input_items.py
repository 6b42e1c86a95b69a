"""What of a Responses result becomes input, what does not, and that a strict provider takes it."""

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters.history import InputTurn, input_items
from streamfold.adapters.multi_tool_use import unwrap_parallel
from streamfold.reducer import Cancelled, Ended, Failed
from streamfold.reducer.ends import End
from streamfold.reducer.result import Result
from support import event_shapes as wired
from support.adapters.next_requests import followers_of, next_input
from support.adapters.strict_provider import Refused, StrictProvider, sealed_of
from support.chat_shapes import DONE, delta, finished
from support.chat_shapes import folded as chat_folded
from support.event_shapes import call_lane, custom_lane, message_lane, summary_lane

SEALED = {"encrypted_content": "gAAAA"}
LOST = "its content did not come, and nothing is stored that its id could mean"
NO_FOLLOWER = "the item that it belongs to does not go back after it"


def result_of(*lanes: Sequence[Any], end: End | None = None, over: bool = True, **options: Any) -> Result:
    """The result of a response of these items, ended by its list of them, or broken off."""
    events = [event for lane in lanes for event in lane]
    items = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    last = [wired.completed(*items)] if over else []
    return wired.folded([wired.created(), *events, *last], end or Ended(), agree=False, **options).result


def turn_of(result: Result, store: bool = True, **options: Any) -> InputTurn:
    """The turn of a result, which the types and a provider that knows what it sent accept."""
    sealed = sealed_of(item.item for item in result.output)
    keeps = store and result.outcome == "completed"
    provider = StrictProvider(sealed, followers=followers_of(result), keeps=keeps)
    return next_input(result, provider, store=store, **options)


def reasons(turn: InputTurn) -> list[tuple[str, str]]:
    return [(one.item.kind, one.reason) for one in turn.left_out]


def test_a_stored_answer_goes_back_as_it_came() -> None:
    phased = message_lane("It rains.", 1, phase="final_answer")
    turn = turn_of(result_of(summary_lane(["Hm."], 0), phased))
    assert turn.items == [
        {"type": "reasoning", "id": "item_0", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {
            "type": "message",
            "id": "item_1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "It rains.", "annotations": []}],
            "phase": "final_answer",
        },
    ]
    assert (turn.calls, turn.waiting, turn.left_out) == ((), (), ())


def test_calls_of_both_kinds_keep_what_they_need() -> None:
    program = {"caller_id": "prog_1", "type": "program"}
    named = call_lane('{"a": 1}', 0, namespace="weather", caller=program)
    turn = turn_of(result_of(named, custom_lane("SELECT 1", 1)))
    assert turn.items == [
        {
            "type": "function_call",
            "id": "item_0",
            "call_id": "call_0",
            "name": "get_weather",
            "arguments": '{"a": 1}',
            "namespace": "weather",
            "caller": program,
            "status": "completed",
        },
        {"type": "custom_tool_call", "id": "item_1", "call_id": "call_1", "name": "run_sql", "input": "SELECT 1"},
    ]
    assert [call.id for call in turn.calls] == ["call_0", "call_1"]


# Reasoning


def test_without_a_store_encrypted_reasoning_goes_back() -> None:
    turn = turn_of(result_of(summary_lane([], 0, **SEALED), call_lane("{}", 1)), store=False)
    assert turn.items[0] == {"type": "reasoning", "id": "item_0", "summary": [], "encrypted_content": "gAAAA"}
    assert turn.items[1]["id"] == "item_1"


def test_without_a_store_reasoning_that_is_not_encrypted_is_left_out() -> None:
    calls = [call_lane("{}", at) for at in (1, 2)]
    turn = turn_of(result_of(summary_lane(["Hm."], 0), *calls, message_lane("Hi", 3)), store=False)
    assert reasons(turn) == [("reasoning", LOST)]
    assert ["id" in item for item in turn.items] == [False, False, False]
    assert turn.items[-1] == {"type": "message", "role": "assistant", "content": "Hi"}


def test_without_a_store_reasoning_that_is_shown_goes_back() -> None:
    shown = wired.reasoning(0, raw=["Hm, ", "so."], format="a-v1")
    lane = [wired.begun(shown, 0), wired.raw_delta("Hm, so.", 0), wired.item_done(shown, 0)]
    turn = turn_of(result_of(lane, message_lane("Hi", 1)), store=False)
    assert turn.items[0] == {
        "type": "reasoning",
        "id": "item_0",
        "summary": [],
        "format": "a-v1",
        "content": [{"type": "reasoning_text", "text": "Hm, so."}],
    }


def test_reasoning_is_left_out_if_it_is_not_asked_for() -> None:
    turn = turn_of(result_of(summary_lane([], 0, **SEALED), call_lane("{}", 1)), reasoning=False)
    assert reasons(turn) == [("reasoning", "reasoning was not asked for")]
    assert [item.get("id") for item in turn.items] == [None]


def test_reasoning_goes_back_only_before_its_follower() -> None:
    thoughts = summary_lane([], 0, **SEALED)
    assert reasons(turn_of(result_of(thoughts))) == [("reasoning", NO_FOLLOWER)]
    doubtful = call_lane('{"a": ', 1)
    turn = turn_of(result_of(thoughts, doubtful, call_lane("{}", 2)))
    assert [kind for kind, _ in reasons(turn)] == ["reasoning", "function_call"]
    assert [(item["type"], item.get("id")) for item in turn.items] == [("function_call", None)]


def test_a_run_of_reasoning_goes_back_whole_or_not_at_all() -> None:
    first, second = summary_lane([], 0, **SEALED), summary_lane(["Hm."], 1)
    stored = turn_of(result_of(first, second, call_lane("{}", 2)))
    assert [item["id"] for item in stored.items] == ["item_0", "item_1", "item_2"]
    turn = turn_of(result_of(first, second, call_lane("{}", 2), message_lane("Hi", 3)), store=False)
    assert reasons(turn) == [("reasoning", NO_FOLLOWER), ("reasoning", LOST)]
    assert [item.get("id") for item in turn.items] == [None, None]
    turn = turn_of(result_of(second, summary_lane([], 0, **SEALED), call_lane("{}", 2)), store=False)
    assert [kind for kind, _ in reasons(turn)] == ["reasoning"]


def test_later_reasoning_gives_later_items_their_ids_again() -> None:
    lanes = [summary_lane(["Hm."], 0), call_lane("{}", 1), summary_lane([], 2, **SEALED), message_lane("Hi", 3)]
    turn = turn_of(result_of(*lanes), store=False)
    assert [item.get("id") for item in turn.items] == [None, "item_2", "item_3"]


# Ids


def test_ids_are_left_out_if_the_provider_knows_none() -> None:
    lanes = [summary_lane([], 0, **SEALED), call_lane("{}", 1), message_lane("Hi", 2, phase="commentary")]
    result = result_of(*lanes)
    turn = next_input(result, StrictProvider(keeps=False, knows_no_ids=True), store=True, ids=False)
    assert turn.items == [
        {"type": "reasoning", "summary": [], "encrypted_content": "gAAAA"},
        {
            "type": "function_call",
            "call_id": "call_1",
            "name": "get_weather",
            "arguments": "{}",
            "status": "completed",
        },
        {"type": "message", "role": "assistant", "content": "Hi", "phase": "commentary"},
    ]


def test_ids_that_are_too_long_never_go_back() -> None:
    long = "x" * 65
    result = result_of(summary_lane([], 0, id=long, **SEALED), call_lane("{}", 1))
    turn = next_input(result, StrictProvider(knows_no_ids=True), store=True)
    assert [item["type"] for item in turn.items] == ["reasoning", "function_call"]


def test_of_items_with_one_id_the_first_goes_back() -> None:
    result = result_of(call_lane("{}", 0), message_lane("Hi", 1))
    call, said = result.output
    again = evolve(result, output=(call, said, evolve(said), evolve(call, id="other")))
    turn = turn_of(again)
    assert [item["id"] for item in turn.items] == ["item_0", "item_1"]
    assert reasons(turn) == [("message", "its id came before"), ("function_call", "its id came before")]


# What is left out


@pytest.mark.parametrize("end", [Ended(), Cancelled(), Failed("the line went dead")])
def test_what_was_not_finished_is_left_out(end: End) -> None:
    cut = [wired.begun(wired.message(2, "It ra"), 2), wired.text_delta("It ra", 2)]
    lanes = [summary_lane([], 0, **SEALED), call_lane("{}", 1), cut]
    turn = turn_of(result_of(*lanes, over=False, end=end))
    assert [item["type"] for item in turn.items] == ["reasoning", "function_call"]
    assert reasons(turn) == [("message", "it was not finished")]
    partial = turn_of(result_of(*lanes, over=False, end=end), partial_text=True)
    assert partial.items[-1] == {"type": "message", "role": "assistant", "content": "It ra"}


def test_reasoning_before_text_that_was_cut_off_is_left_out() -> None:
    cut = [wired.begun(wired.message(1, "It ra"), 1), wired.text_delta("It ra", 1)]
    turn = turn_of(result_of(summary_lane([], 0, **SEALED), cut, over=False), partial_text=True)
    assert [item["type"] for item in turn.items] == ["message"]
    assert reasons(turn) == [("reasoning", NO_FOLLOWER)]


def test_a_response_that_was_broken_off_is_not_taken_for_stored() -> None:
    turn = turn_of(result_of(summary_lane(["Hm."], 0), call_lane("{}", 1), over=False))
    assert reasons(turn) == [("reasoning", LOST)]


def test_an_incomplete_message_goes_back_as_such() -> None:
    lane = message_lane("It ra", 1, status="incomplete")
    items = [event["item"] for event in lane if event["type"] == "response.output_item.done"]
    result = wired.folded([wired.created(), *lane, wired.incomplete(*items)], Ended()).result
    (item,) = turn_of(result).items
    assert item["status"] == "incomplete"


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_message_that_says_nothing_is_left_out(text: str) -> None:
    empty = [wired.item_done(wired.message(1, text), 1)]
    turn = turn_of(result_of(summary_lane([], 0, **SEALED), empty))
    assert (turn.items, [reason for _, reason in reasons(turn)]) == ([], [NO_FOLLOWER, "it says nothing"])


def test_reasoning_that_is_hidden_is_nothing_to_send() -> None:
    turn = turn_of(result_of(message_lane("Hi", 0), hides_reasoning=True))
    assert ([item["type"] for item in turn.items], turn.left_out) == (["message"], ())


def test_reasoning_of_the_other_api_is_left_out() -> None:
    result, _ = chat_folded(delta(reasoning="Hm."), delta(content="Hi"), finished("stop"), DONE)
    turn = next_input(result, StrictProvider(), store=False)
    assert turn.items == [{"type": "message", "role": "assistant", "content": "Hi"}]
    assert reasons(turn) == [("reasoning", LOST)]


# Tools that the API has itself


def server(kind: str, index: int = 0, **members: Any) -> list[Any]:
    return [wired.item_done(wired.server_tool(kind, index, **members), index)]


def test_items_of_server_tools_go_back() -> None:
    searched = server("web_search_call", 1, action={"type": "search", "query": "x"}, status="in_progress")
    turn = turn_of(result_of(summary_lane([], 0, **SEALED), searched))
    assert turn.items[1] == {
        "id": "item_1",
        "type": "web_search_call",
        "status": "completed",
        "action": {"type": "search", "query": "x"},
    }
    assert turn.waiting == ()


def test_a_server_tool_s_item_that_lacks_something_is_left_out() -> None:
    lanes = [server("mcp_call", 0, name="ask"), server("teleport_call", 1)]
    nameless = server("mcp_list_tools", 2, id="", server_label="s", tools=[])
    assert reasons(turn_of(result_of(*lanes, nameless))) == [
        ("mcp_call", "it came without arguments, server_label"),
        ("teleport_call", "requests have no item of this type"),
        ("mcp_list_tools", "it came without id"),
    ]


def test_a_server_tool_s_item_stays_only_with_its_reasoning() -> None:
    asked = {"arguments": "{}", "name": "ask", "server_label": "s"}
    lanes = [
        summary_lane(["Hm."], 0),
        server("mcp_call", 1, **asked),
        server("web_search_call", 2, action={"type": "search"}),
    ]
    turn = turn_of(result_of(*lanes), store=False)
    assert [(item["type"], "id" in item) for item in turn.items] == [("web_search_call", False)]
    assert reasons(turn) == [("reasoning", LOST), ("mcp_call", "it cannot go without its id")]


def test_what_runs_at_the_caller_s_waits_for_an_answer() -> None:
    asked = {"arguments": "{}", "name": "ask", "server_label": "s"}
    shell = {"action": {"commands": ["ls"]}, "call_id": "sh_1"}
    hosted = server("shell_call_output", 3, call_id="sh_2", output=[])
    result = result_of(
        server("mcp_approval_request", 0, **asked),
        server("shell_call", 1, **shell),
        server("shell_call", 2, **shell | {"call_id": "sh_2"}),
        hosted,
        server("tool_search_call", 4, arguments={}, execution="server"),
        server("tool_search_call", 5, arguments={}, execution="client", call_id="ts_1"),
        server("tool_search_call", 6, arguments={}, execution="client", call_id="ts_2"),
        server("tool_search_output", 7, tools=[], execution="client", call_id="ts_2"),
    )
    turn = turn_of(result)
    assert [item["id"] for item in turn.waiting] == ["item_0", "item_1", "item_5"]
    assert len(turn.items) == 8


# Which calls


def test_a_caller_may_choose_the_calls() -> None:
    result = result_of(call_lane("{}", 0), call_lane("[1]", 1))
    assert [call.id for call in turn_of(result).calls] == ["call_0"]
    (call,) = input_items(result, store=True, calls=[result.tool_calls[1]]).items
    assert (call["call_id"], call["arguments"]) == ("call_1", "[1]")


def test_calls_go_in_the_place_of_their_wrapper() -> None:
    uses = '{"tool_uses": [{"recipient_name": "functions.f", "parameters": {}}, {"recipient_name": "functions.g"}]}'
    result = result_of(summary_lane([], 0, **SEALED), call_lane(uses, 1, "multi_tool_use.parallel"))
    chosen = [inner for call in result.tool_calls for inner in unwrap_parallel(call)]
    turn = turn_of(result, calls=chosen)
    assert [(item["call_id"], item["name"], "id" in item) for item in turn.items] == [
        ("call_1_0", "f", False),
        ("call_1_1", "g", False),
    ]
    assert reasons(turn) == [("reasoning", NO_FOLLOWER)]


# The provider itself


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([{"type": "reasoning", "id": "rs_1", "summary": []}], "required following item"),
        ([{"type": "reasoning", "id": "rs_1"}, {"role": "assistant", "content": "x"}], "required field summary"),
        ([{"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": "{}"}], "'reasoning' item"),
        ([{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}], "no tool output found"),
        ([{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{"}], "not JSON"),
        ([{"type": "function_call_output", "call_id": "c", "output": "x"}], "no tool call found"),
        ([{"role": "assistant", "content": ""}], "content is empty"),
        ([{"type": "message", "id": "m", "content": "x"}] * 2, "duplicate item"),
        ([{"type": "message", "id": "x" * 65, "content": "x"}], "too long"),
        ([{"type": "compaction", "encrypted_content": "forged"}], "could not be verified"),
        ([{"type": "mcp_approval_response", "approval_request_id": "r", "approve": True}], "no request"),
    ],
)
def test_the_strict_provider_refuses_input(items: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(Refused, match=words):
        StrictProvider({"gAAAA"}, followers={"rs_1": "fc_1"}).check_input(items)


def test_the_strict_provider_may_keep_nothing() -> None:
    items = [{"type": "reasoning", "id": "rs_1", "summary": []}, {"role": "assistant", "content": "x"}]
    StrictProvider().check_input(items)
    with pytest.raises(Refused, match="nothing is stored"):
        StrictProvider(keeps=False).check_input(items)
    with pytest.raises(Refused, match="not found"):
        StrictProvider(knows_no_ids=True).check_input(items)

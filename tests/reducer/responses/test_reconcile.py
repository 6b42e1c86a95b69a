from typing import Any

import pytest
from streamfold.reducer import responses
from streamfold.reducer.result import TextPart
from support.event_shapes import (
    LEFT_OUT,
    USAGE,
    annotation_added,
    arguments_delta,
    begun,
    call_lane,
    citation,
    completed,
    created,
    custom_call,
    failed,
    folded,
    function_call,
    in_progress,
    incomplete,
    item_added,
    item_done,
    message,
    message_lane,
    open_state,
    part_done,
    reasoning,
    response,
    server_tool,
    summary_delta,
    text_delta,
    text_part,
)
from support.law_checks import channels


def texts(*events: Any) -> list[str]:
    return [part.text for part in folded(events, agree=False).result.content if isinstance(part, TextPart)]


# Which item a whole is of


def test_a_whole_without_an_id_is_of_the_item_at_its_index() -> None:
    events = [begun(message(0)), begun(message(1), 1), text_delta("a", 0), text_delta("b", 1)]
    assert texts(*events, item_done(message(0, "a!", id=LEFT_OUT))) == ["a!", "b"]


def test_a_whole_without_an_index_is_of_the_item_of_its_id() -> None:
    events = [begun(message(0)), begun(message(1), 1), text_delta("a", 0), text_delta("b", 1)]
    assert texts(*events, item_done(message(0, "a!"), output_index=LEFT_OUT)) == ["a!", "b"]


def test_an_item_announced_after_its_first_delta_is_the_same() -> None:
    assert texts(text_delta("a"), begun(message(0)), text_delta("b")) == ["ab"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"id": LEFT_OUT, "call_id": "call_a"}, {"id": "fc_b", "call_id": LEFT_OUT}),
        ({"id": LEFT_OUT, "call_id": LEFT_OUT}, {"id": "fc_b", "call_id": "call_b"}),
        ({"id": "fc_a", "call_id": "call_a"}, {"id": LEFT_OUT, "call_id": LEFT_OUT}),
    ],
    ids=["other names", "new names", "no names"],
)
def test_an_item_announced_with_other_names_at_an_index_is_another(first: Any, second: Any) -> None:
    came = folded([item_added(function_call(**names)) for names in (first, second)])
    assert len(came.result.tool_calls) == 2


def test_an_item_without_names_announced_again_is_another_once_done() -> None:
    nameless = function_call(id=LEFT_OUT, call_id=LEFT_OUT)
    assert len(folded([item_added(nameless), item_added(nameless)]).result.tool_calls) == 1
    assert len(folded([item_added(nameless), item_done(nameless), item_added(nameless)]).result.tool_calls) == 2


def test_a_whole_of_another_kind_at_an_index_is_another_item() -> None:
    came = folded([begun(reasoning()), summary_delta("Hm"), item_done(message(0, "Hi", id="msg_0"))])
    assert [part.type for part in came.result.content] == ["summarized_reasoning", "text"]


def test_the_next_response_s_items_stand_after_the_one_before() -> None:
    first = [created(), *message_lane("a", 0), *message_lane("b", 1), incomplete(reason="steered")]
    assert texts(*first, created("resp_2"), item_done(message(0, "c", id="msg_c"))) == ["a", "b", "c"]


def test_an_id_that_a_done_item_came_under_means_that_item() -> None:
    late = text_delta("late", item_id="msg_other", output_index=LEFT_OUT)
    came = folded([*message_lane("a")[:-1], item_done(message(0, "a", id="msg_other")), begun(message(1), 1), late])
    assert came.result.content == (TextPart("alate"),)
    assert came.notes("ignored") == []


def test_an_item_announced_under_another_id_is_another_one() -> None:
    assert texts(
        begun(message(0)), text_delta("a"), item_added(message(0, id="msg_b")), text_delta("b", item_id="msg_b")
    ) == ["a", "b"]


def test_a_call_announced_again_under_its_call_id_is_the_same_one() -> None:
    again = function_call(id="fc_new")
    came = folded([begun(function_call()), arguments_delta('{"a":'), item_added(again), arguments_delta("1}")])
    assert [call.arguments for call in came.result.tool_calls] == ['{"a":1}']


def test_the_beginning_of_an_item_that_is_over_says_nothing() -> None:
    came = folded([*message_lane("a"), begun(message(0, "other"))])
    assert (came.result.text, came.notes("mismatch")) == ("a", [])


def test_a_refusal_in_a_reasoning_item_is_none() -> None:
    part = {"type": "summary_text", "text": "S", "refusal": "No"}
    came = folded([item_done(reasoning(0) | {"summary": [part]})])
    assert (came.result.reasoning, came.result.refusal) == ("S", "")


# Server tools


@pytest.mark.parametrize(
    ("status", "begins", "ends"), [("searching", "searching", "searching"), (LEFT_OUT, "in_progress", "completed")]
)
def test_a_server_tool_s_item_is_said_with_its_status(status: Any, begins: str, ends: str) -> None:
    item = server_tool("web_search_call", status=status)
    came = folded([item_added(item), item_done(item), item_done(item)])
    assert came.server_tools() == [
        ("web_search_call", "item_0", begins, None),
        ("web_search_call", "item_0", ends, None),
    ]
    assert [message.item for message in came.messages] == [item, item]  # type: ignore[union-attr]


def test_a_server_tool_without_an_id_has_none() -> None:
    came = folded([item_added(server_tool("web_search_call", id=LEFT_OUT))])
    assert came.server_tools() == [("web_search_call", None, "completed", None)]


# When a call is whole


@pytest.mark.parametrize(
    ("status", "complete"), [("completed", True), ("incomplete", False), ("in_progress", False), (LEFT_OUT, False)]
)
def test_a_cut_off_response_s_list_must_call_a_call_completed(status: Any, complete: bool) -> None:
    call = function_call(0, arguments="{}", status=status)
    assert folded([created(), incomplete(call)]).result.tool_calls[0].complete is complete


def test_a_call_that_was_whole_stays_whole_in_the_final_list() -> None:
    last = function_call(0, arguments="{}", status=LEFT_OUT)
    assert folded([created(), *call_lane("{}"), incomplete(last)]).result.tool_calls[0].complete


@pytest.mark.parametrize("status", ["completed", "in_progress", LEFT_OUT])
def test_a_done_call_is_whole_unless_it_says_otherwise(status: Any) -> None:
    call = function_call(0, arguments="{}", status=status)
    assert folded([item_done(call)]).result.tool_calls[0].complete
    assert not folded([item_done(call | {"status": "incomplete"})]).result.tool_calls[0].complete


def test_a_call_named_by_the_final_list_is_said_under_that_name() -> None:
    nameless = function_call(0, "", "{}")
    came = folded([created(), item_added(nameless), item_done(nameless), completed(function_call(0, "go", "{}"))])
    assert channels(came.messages)["calls"] == [{"id": "call_0", "name": "go", "arguments": "{}"}]


@pytest.mark.parametrize("members", [{}, {"status": "in_progress"}, {"status": "completed"}])
def test_raw_text_that_the_limit_cut_off_is_not_whole(members: dict[str, Any]) -> None:
    custom = custom_call(0, text="SELECT", **members)
    came = folded([created(), item_done(custom), incomplete()])
    assert came.result.tool_calls[0].complete is (members == {"status": "completed"})


def test_only_the_last_call_can_be_the_one_that_was_cut_off() -> None:
    first, last = custom_call(0, text="SELECT"), custom_call(1, text="SELEC")
    came = folded([created(), item_done(first), item_done(last, 1), incomplete()])
    assert [call.complete for call in came.result.tool_calls] == [True, False]
    came = folded([created(), item_done(first), *message_lane("Hi", 1), incomplete()])
    assert [call.complete for call in came.result.tool_calls] == [True]


def test_a_response_that_was_steered_cut_no_call_off() -> None:
    came = folded([created(), item_done(custom_call(0, text="SELECT")), incomplete(reason="steered")])
    assert came.result.tool_calls[0].complete


@pytest.mark.parametrize(
    ("terminal", "complete"),
    [
        (completed(), True),
        (completed(status=LEFT_OUT), True),
        (completed(status="incomplete"), False),
        (incomplete(), False),
    ],
    ids=["completed", "by its event", "by its event alone", "incomplete"],
)
def test_a_call_never_done_is_whole_only_in_a_completed_response(terminal: Any, complete: bool) -> None:
    came = folded([created(), begun(function_call()), arguments_delta("{}"), terminal])
    assert came.result.tool_calls[0].complete is complete


# What a later whole takes away


@pytest.mark.parametrize("name", ["encrypted_content", "phase", "namespace"])
def test_a_later_whole_takes_no_member_away(name: str) -> None:
    def kept(later: dict[str, Any]) -> Any:
        item = {"type": "reasoning", "id": "item_0", name: "first"}
        state = open_state([item_added(item), item_done({"type": "reasoning", "id": "item_0", **later})])
        return state.items.lanes.get(0).members.get(name)

    assert [kept(later) for later in ({}, {name: ""}, {name: None}, {name: "later"})] == ["first"] * 3 + ["later"]


@pytest.mark.parametrize("name", ["name", "call_id"])
@pytest.mark.parametrize("nothing", ["", None, LEFT_OUT])
def test_a_call_keeps_its_names_where_a_later_whole_lacks_them(name: str, nothing: Any) -> None:
    came = folded([begun(function_call()), item_done(function_call(0, **{"arguments": "{}", name: nothing}))])
    (call,) = came.result.tool_calls
    assert (call.id, call.name, came.notes("mismatch")) == ("call_0", "get_weather", [])


@pytest.mark.parametrize("changed", ["name", "call_id"])
def test_a_call_renamed_before_it_is_said_contradicts_nothing(changed: str) -> None:
    begins = function_call(0, "", "", call_id=LEFT_OUT)
    came = folded([item_added(begins), item_done(function_call(0, arguments="{}"))])
    assert came.notes("mismatch") == []
    came = folded(
        [begun(function_call()), item_done(function_call(0, arguments="{}") | {changed: "other"})], agree=False
    )
    assert came.notes("mismatch") == [f"the {changed} of function_call item_0 differs"]


# The final list


def test_the_final_list_matches_by_call_id_id_place_and_then_kind() -> None:
    lanes = [*call_lane('{"a":1}', 0), *call_lane('{"b":2}', 1)]

    def arguments(*last: Any) -> list[str]:
        came = folded([created(), *lanes, completed(*last)], agree=False)
        assert [note for note in came.notes("mismatch") if "arguments" in note] == []
        return [call.arguments for call in came.result.tool_calls]

    b, a = function_call(1, arguments='{"b":2}'), function_call(0, arguments='{"a":1}')
    assert arguments(b, a) == ['{"b":2}', '{"a":1}']
    assert arguments(b | {"id": "x"}, a | {"id": "y"}) == ['{"b":2}', '{"a":1}']
    without = [{name: value for name, value in one.items() if name != "call_id"} for one in (b, a)]
    assert arguments(*without) == ['{"b":2}', '{"a":1}']
    placed = [function_call(0, arguments='{"a":1}', id="x", call_id="x"), function_call(1, id="y", call_id="y")]
    assert arguments(*placed) == ['{"a":1}', '{"b":2}']


def test_the_final_list_knows_an_unannounced_item_by_its_id() -> None:
    came = folded([text_delta("a", 0), text_delta("b", 1), completed(message(1, "b"), message(0, "a"))], agree=False)
    assert ([part.text for part in came.result.content], came.notes("mismatch")) == (["b", "a"], [])  # type: ignore[union-attr]


def test_an_unmatched_item_of_the_list_is_the_next_of_its_kind() -> None:
    lanes = [*message_lane("a", 5), *message_lane("b", 6)]
    came = folded([created(), *lanes, completed(message(0, "a", id="new_a"), message(1, "b", id="new_b"))])
    assert (came.result.text, came.notes("mismatch")) == ("ab", [])


def test_nothing_more_comes_for_an_item_of_a_response_that_completed() -> None:
    came = folded([created(), begun(message()), text_delta("a"), completed(), text_delta("late")])
    assert (came.result.text, came.notes("ignored")) == ("a", ["response.output_text.delta for an item that is done"])


def test_a_final_list_that_lacks_an_item_is_noted_unless_empty() -> None:
    lanes = [*message_lane("a", 0), *message_lane("b", 1)]
    came = folded([created(), *lanes, completed(message(0, "a"))])
    assert came.notes("mismatch") == ["the final list lacks an item that came before"]
    for terminal in (completed(), completed(message(0, "a"), message(1, "b"))):
        assert folded([created(), *lanes, terminal]).notes("mismatch") == []


def test_an_item_that_only_the_final_list_has_is_said() -> None:
    came = folded([created(), *message_lane("a", 0), completed(message(0, "a"), message(1, "b"))])
    assert (came.result.text, channels(came.messages)["text"]) == ("ab", "ab")


def test_a_final_list_may_have_two_items_under_one_id() -> None:
    last = [message(0, text, id="item_0") for text in "ab"]
    assert texts(created(), completed(*last)) == ["a", "b"]
    assert texts(created(), *message_lane("a"), completed(*last)) == ["a", "b"]


@pytest.mark.parametrize("nothing", [None, ""])
def test_items_whose_id_is_nothing_are_known_by_their_place(nothing: Any) -> None:
    lanes = [*message_lane("a", 0, id=nothing), *message_lane("b", 1, id=nothing)]
    assert texts(created(), *lanes, completed(None, message(1, "b!", id=nothing))) == ["a", "b!"]


def test_what_is_no_object_in_the_final_list_keeps_its_place() -> None:
    came = folded(
        [created(), *message_lane("a", 0), *message_lane("b", 1), completed(None, message(1, "b!", id="new"))]
    )
    assert texts(
        created(), *message_lane("a", 0), *message_lane("b", 1), completed(None, message(1, "b!", id="new"))
    ) == [
        "a",
        "b!",
    ]
    assert came.notes("mismatch") == ["the final list lacks an item that came before"]


# The response


def test_the_last_response_names_the_model_unless_it_says_none() -> None:
    def who(*events: Any) -> tuple[str | None, str | None]:
        result = folded(events).result
        return result.model, result.provider_id

    first = {"type": "response.created", "response": response("in_progress", response_id="a", model="m")}
    assert who(first) == ("m", "a")
    assert who(first, {"type": "response.in_progress", "response": response("", response_id="b", model="n")}) == (
        "m",
        "a",
    )
    assert who(first, completed(response_id="b", model="n")) == ("n", "b")
    assert who(first, completed(response_id="", model="")) == ("m", "a")
    assert who(completed(response_id="b", model="n")) == ("n", "b")


def test_usage_is_the_last_that_was_reported() -> None:
    early = {"type": "response.in_progress", "response": response("in_progress", usage={"input_tokens": 1})}
    assert folded([early]).result.usage.input_tokens == 1
    assert folded([early, completed()]).result.usage.input_tokens == USAGE["input_tokens"]
    assert folded([early, completed(usage=None)]).result.usage.input_tokens == 1
    assert folded([created(), in_progress()]).result.usage.source == "unknown"


def test_the_reason_is_the_details_the_status_or_the_event() -> None:
    def reason(terminal: Any) -> str | None:
        return folded([created(), terminal]).result.finish_reason

    assert reason(incomplete(reason="content_filter")) == "content_filter"
    assert reason(incomplete(incomplete_details=None)) == "incomplete"
    assert reason(incomplete(incomplete_details=None, status=None)) == "incomplete"
    assert reason(completed(status="cancelled")) == "cancelled"
    assert reason(failed()) == "failed"


def test_a_response_that_goes_on_is_not_over() -> None:
    state = open_state([created(), in_progress(), {"type": "response.queued", "response": response("queued")}])
    assert (state.envelope.over, responses.result(state).outcome) == (False, "open")


def test_citations_of_a_whole_are_said_after_those_that_came() -> None:
    whole = text_part("a", citation("one"), citation("two"))
    came = folded([begun(message(0)), text_delta("a"), annotation_added(citation("one")), item_done(message(0, whole))])
    notes = [message.annotation["title"] for message in came.messages if message.message_type == "annotation_message"]
    assert notes == ["one", "two"]
    assert came.result.content == (TextPart("a", (citation("one"), citation("two"))),)
    came = folded([text_delta("a"), annotation_added(citation("one")), part_done(whole)])
    assert came.result.content == (TextPart("a", (citation("one"), citation("two"))),)


def test_an_item_s_members_are_kept_up_to_a_limit() -> None:
    named = [{"type": "web_search_call", "id": "ws", f"k{at}": at} for at in range(265)]
    fold = folded([item_added(item, 0) for item in named])
    (item,) = fold.result.output
    assert item.item["k7"] == 7
    assert len(item.item) == 256
    assert [note.count for note in fold.result.diagnostics if "beyond the limits" in note.detail] == [11]

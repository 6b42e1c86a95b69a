from typing import Any

import pytest
from streamfold.reducer import Undecodable, fold, responses
from streamfold.reducer.responses.event import Event
from support.event_shapes import (
    LEFT_OUT,
    EventJson,
    Folded,
    arguments_delta,
    arguments_done,
    begun,
    chunks_of,
    completed,
    created,
    custom_call,
    failed,
    folded,
    function_call,
    incomplete,
    input_delta,
    input_done,
    item_added,
    item_done,
    text_delta,
    without,
)
from support.law_checks import MESSAGE_ID, channels

WHOLE = '{"a":1}'
LOST = object()
"""In place of an event: a frame that is lost."""


def came(*events: Any, **options: Any) -> Folded:
    """What events and lost frames come to, the call at index 0 having begun."""
    chunks = [Undecodable("not JSON") if event is LOST else chunks_of([event])[0] for event in (begun_call(), *events)]
    config = responses.Config(message_id=MESSAGE_ID, **options)
    state, messages = fold(responses, config, chunks)
    return Folded(state, list(messages), responses.result(state))


def begun_call() -> EventJson:
    return begun(function_call())


def deltas(*pieces: str) -> list[EventJson]:
    return [arguments_delta(piece) for piece in pieces]


def doubts(fold: Folded, at: int = 0) -> list[str]:
    return [doubted.doubt.value for doubted in fold.result.tool_calls[at].doubts]


def done(arguments: Any = LEFT_OUT, **members: Any) -> EventJson:
    return item_done(function_call(arguments=arguments, **members))


# Closing


def test_a_call_is_announced_as_closed_once_its_item_is_done() -> None:
    events = [*deltas(WHOLE), arguments_done(WHOLE)]
    assert (came(*events).closed(), doubts(came(*events))) == ([], ["CUT_OFF"])
    fold = came(*events, done(WHOLE), completed(function_call(arguments=WHOLE)))
    assert (fold.closed(), doubts(fold)) == ([("call_0", [])], [])


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (completed(output=None), []),
        (completed(function_call(arguments=WHOLE)), []),
        (incomplete(), ["CUT_OFF"]),
        (incomplete(function_call(arguments=WHOLE, status="incomplete")), ["CUT_OFF"]),
        (incomplete(function_call(arguments=WHOLE)), []),
        (failed(), None),
        (failed(output=[function_call(arguments=WHOLE)]), []),
        ({"type": "response.cancelled"}, None),
    ],
)
def test_a_call_that_is_not_done_is_announced_at_the_end(last: Any, expected: list[str] | None) -> None:
    fold = came(*deltas(WHOLE), arguments_done(WHOLE), last)
    assert fold.closed() == ([] if expected is None else [("call_0", expected)])
    assert doubts(fold) == (["CUT_OFF"] if expected is None else expected)


def test_a_call_without_a_name_is_announced_when_it_is_said() -> None:
    unnamed = item_done(function_call(name=LEFT_OUT, arguments=WHOLE))
    fold = folded([created(), unnamed])
    assert (fold.closed(), fold.types()) == ([("call_0", ["NO_NAME"])], ["tool_call_message"])
    named = folded([created(), unnamed, completed(function_call(arguments=WHOLE))])
    assert (named.closed(), channels(named.messages)["calls"][0]["name"]) == ([("call_0", [])], "get_weather")


def test_an_announcement_is_in_no_run_and_can_be_skipped() -> None:
    events = [*deltas(WHOLE), done(WHOLE), arguments_delta('{"b":2}', 1), item_done(function_call(1, "f"), 1)]
    fold = came(*events)
    assert len({message.otid for message in fold.said}) == 1
    assert came(*events, skip_messages={"tool_call_closed"}).messages == fold.said


def test_the_last_call_of_a_cut_off_response_must_be_completed() -> None:
    assert doubts(came(done(WHOLE), incomplete())) == []
    fold = came(done(WHOLE, status=LEFT_OUT), incomplete())
    assert (fold.closed(), doubts(fold)) == ([("call_0", [])], ["CUT_OFF"])
    assert doubts(came(done(WHOLE, status=LEFT_OUT), incomplete(reason="steered"))) == []


# What comes after that


@pytest.mark.parametrize(
    "late",
    [
        deltas("x"),
        deltas('{"a": 1} x'),
        [done('{"a":2}')],
        [done('{"a"')],
        [done(WHOLE, name="rm")],
        [done(WHOLE, call_id="call_9")],
        [completed(function_call(arguments='{"a":2}'))],
        [completed(function_call(arguments=WHOLE)), *deltas("x")],
    ],
)
def test_what_else_comes_later_is_a_doubt_that_stays(late: list[EventJson]) -> None:
    for after in ([], [done(WHOLE), completed(function_call(arguments=WHOLE))]):
        fold = came(*deltas(WHOLE), done(WHOLE), *late, *after)
        assert fold.closed() == [("call_0", [])]
        assert "CONFLICTING_WHOLE" in doubts(fold)
        assert fold.notes("incomplete") != []


@pytest.mark.parametrize(
    "late",
    [
        deltas(WHOLE),
        deltas(*WHOLE),
        deltas('{"a": 1}'),
        deltas('{ "a"', ":1}"),
        [*deltas(WHOLE[3:]), done(WHOLE)],
        [done(WHOLE)],
        [done('{"a": 1}')],
        [completed(output=None), *deltas(*WHOLE), *deltas(WHOLE[:3])],
        [completed(output=None), *deltas(WHOLE * 2)],
    ],
)
def test_what_only_repeats_after_the_announcement_is_none(late: list[EventJson]) -> None:
    fold = came(*deltas(WHOLE), done(WHOLE), *late)
    assert (fold.closed(), doubts(fold), fold.result.tool_calls[0].arguments) == ([("call_0", [])], [], WHOLE)
    assert channels(fold.messages)["calls"][0]["arguments"] == WHOLE


def test_a_call_closed_without_arguments_is_given_none_later() -> None:
    for late in (deltas(WHOLE), [done(WHOLE)], [completed(function_call(arguments=WHOLE))]):
        fold = came(done(), *late)
        assert (fold.closed(), doubts(fold)) == ([("call_0", [])], ["CONFLICTING_WHOLE"])
    fold = came(done(), completed(output=None), *deltas("x"))
    assert (doubts(fold), fold.result.tool_calls[0].arguments) == (["CONFLICTING_WHOLE"], "{}")


def test_what_may_repeat_the_arguments_later_is_said_at_the_end() -> None:
    fold = came(*deltas(WHOLE), done(WHOLE), *deltas('{ "a"'))
    assert (fold.closed(), doubts(fold)) == ([("call_0", [])], ["CONFLICTING_WHOLE", "NOT_JSON"])
    assert channels(fold.messages)["calls"][0]["arguments"] == WHOLE + '{ "a"'


def test_a_half_character_is_joined_by_the_whole() -> None:
    whole = '{"a":"\U0001f600"}'
    fold = came(*deltas('{"a":"\ud83d'), done(whole))
    assert (channels(fold.messages)["calls"][0]["arguments"], doubts(fold)) == (whole, [])


def test_a_call_announced_with_a_doubt_is_never_complete() -> None:
    fold = came(*deltas('{"a"'), done(), *deltas(":1}"))
    assert (fold.closed(), doubts(fold)) == ([("call_0", ["NOT_JSON"])], ["NOT_JSON", "CONFLICTING_WHOLE"])
    fold = came(done(WHOLE, status="incomplete"), completed(function_call(arguments=WHOLE)))
    assert (fold.closed(), doubts(fold)) == ([("call_0", ["CUT_OFF"])], ["CUT_OFF"])


# Placeholders and repetitions


def test_a_placeholder_is_not_said_before_the_arguments() -> None:
    fold = came(*deltas("{}", WHOLE, WHOLE), done(WHOLE))
    assert [message.tool_call.arguments for message in fold.said] == [None, WHOLE]
    assert (doubts(fold), fold.notes("mismatch")) == ([], [])
    assert [note.count for note in fold.result.diagnostics if note.kind == "repaired"] == [2]


@pytest.mark.parametrize("other", [text_delta("Hi", 1), begun(function_call(1), 1)])
def test_a_placeholder_is_said_before_something_else_is(other: EventJson) -> None:
    for held in ("{}", "{"):
        fold = came(*deltas(held), other, *deltas(WHOLE[len(held) % 2 :]), done(WHOLE))
        assert fold.result.tool_calls[0].arguments == WHOLE
        assert doubts(fold) == []
        assert fold.said[1].tool_call.arguments == held
        assert bool(fold.notes("mismatch")) is (held == "{}")


def test_of_two_placeholders_the_first_is_said_first() -> None:
    fold = came(
        begun(function_call(1), 1), *deltas("{}"), arguments_delta("{}", 1), done(), item_done(function_call(1), 1)
    )
    said = [(message.tool_call.tool_call_id, message.tool_call.arguments) for message in fold.said]
    assert said == [("call_0", None), ("call_1", None), ("call_0", "{}"), ("call_1", "{}")]


def test_a_said_placeholder_gives_way_to_the_whole() -> None:
    for held, whole in (("{}", WHOLE), ("{ ", '{"a":1}')):
        for between in ([], [text_delta("Hi", 1)]):
            fold = came(*deltas(held), *between, done(whole))
            assert (fold.result.tool_calls[0].arguments, doubts(fold)) == (whole, [])


def test_what_is_held_is_said_at_the_end() -> None:
    for held in ("{", "{}", "null", " "):
        fold = came(*deltas(held))
        assert channels(fold.messages)["calls"][0]["arguments"] == fold.result.tool_calls[0].arguments == held
    for nothing in ("null", " null "):
        fold = came(*deltas(nothing), done())
        assert channels(fold.messages)["calls"][0]["arguments"] == nothing
        assert (fold.result.tool_calls[0].arguments, doubts(fold)) == ("{}", [])


def test_a_whole_shows_that_what_is_held_only_repeats() -> None:
    fold = came(*deltas(WHOLE, '{"a"'), done(WHOLE))
    assert (channels(fold.messages)["calls"][0]["arguments"], doubts(fold)) == (WHOLE, [])
    fold = came(*deltas(WHOLE, '{"a"'), done('{ "a":1}'))
    assert (channels(fold.messages)["calls"][0]["arguments"], doubts(fold)) == (WHOLE, [])
    fold = came(*deltas(WHOLE, '{"a"'), done())
    assert doubts(fold) == ["CONFLICTING_WHOLE", "NOT_JSON"]


def test_arguments_in_added_are_held_and_compared_like_others() -> None:
    begin = item_added(function_call(arguments="{}"))
    fold = folded([created(), begin, *deltas(WHOLE), done(WHOLE)])
    assert [message.tool_call.arguments for message in fold.said] == [None, WHOLE]
    begin = item_added(function_call(arguments=WHOLE))
    fold = folded([created(), begin, *deltas('{"a": 1}'), done(WHOLE)])
    assert [message.tool_call.arguments for message in fold.said] == [WHOLE]
    fold = folded([created(), *deltas(WHOLE), begin, done(WHOLE)])
    assert (fold.result.tool_calls[0].complete, fold.notes("mismatch")) == (True, [])
    other = item_added(function_call(arguments='{"b":1}'))
    assert doubts(folded([created(), *deltas(WHOLE), other])) == ["CONFLICTING_WHOLE", "CUT_OFF"]


# What was lost


@pytest.mark.parametrize("last", [arguments_done(WHOLE), done(WHOLE), completed(function_call(arguments=WHOLE))])
def test_a_lost_frame_is_a_doubt_until_the_whole_comes(last: EventJson) -> None:
    pieces = [*deltas('{"a'), LOST, *deltas("1}")]
    assert doubts(came(*pieces)) == ["CUT_OFF", "FRAME_LOST", "NOT_JSON"]
    fold = came(*pieces, last, completed(function_call(arguments=WHOLE)))
    assert (fold.result.tool_calls[0].arguments, doubts(fold)) == (WHOLE, [])
    assert doubts(came(*deltas('{"a'), LOST, *deltas('":1}'), completed(output=None))) == ["FRAME_LOST"]
    assert doubts(came(*deltas(WHOLE), LOST, completed(output=None))) == []


def test_a_placeholder_is_not_known_to_be_whole_when_something_is_lost() -> None:
    for ends in ([completed(output=[])], [done(), completed(output=[])]):
        assert doubts(came(*deltas("{}"), LOST, *ends)) == ["FRAME_LOST"]
        assert doubts(came(*deltas("{}"), *ends)) == []
    assert doubts(came(*deltas("{}"), LOST, arguments_done("{}"), completed(output=[]))) == []


def test_a_placeholder_in_an_item_is_not_known_to_be_whole() -> None:
    begins, *ends = chunks_of([item_added(function_call(arguments="{}")), completed(output=[])])
    config = responses.Config(message_id=MESSAGE_ID)
    for lost, expected in (([], []), ([Undecodable("not JSON")], ["FRAME_LOST"])):
        state, _ = fold(responses, config, [begins, *lost, *ends])
        assert [one.doubt.value for one in responses.result(state).tool_calls[0].doubts] == expected


def test_a_whole_that_lacks_what_came_is_not_explained() -> None:
    fold = came(*deltas('{"b'), LOST, done(WHOLE))
    assert doubts(fold) == ["CONFLICTING_WHOLE"]
    fold = came(*deltas('{"a'), LOST, *deltas("1}"), done("[1]"))
    assert doubts(fold) == ["FRAME_LOST", "CONFLICTING_WHOLE", "NOT_AN_OBJECT"]


def test_a_lost_frame_amid_raw_input_is_a_doubt() -> None:
    begin, pieces = begun(custom_call()), [input_delta("DR"), input_delta("P")]
    chunks = [*chunks_of([begin, pieces[0]]), Undecodable("not JSON"), *chunks_of([pieces[1]])]
    for ends, expected in (
        ([item_done(custom_call())], ["FRAME_LOST"]),
        ([item_done(custom_call(text="DROP"))], []),
        ([input_done("DROP"), item_done(custom_call(text="DROP"))], []),
        ([item_done(custom_call(text="SELECT"))], ["CONFLICTING_WHOLE"]),
        ([item_done(custom_call(text="DR"))], ["CONFLICTING_WHOLE"]),
    ):
        state, _ = fold(responses, responses.Config(message_id=MESSAGE_ID), [*chunks, *chunks_of(ends)])
        (call,) = responses.result(state).tool_calls
        assert [doubted.doubt.value for doubted in call.doubts] == expected


def test_raw_input_that_goes_on_after_its_whole_is_a_doubt() -> None:
    early = [created(), begun(custom_call()), input_delta("rm a"), input_done("rm a"), input_delta("bc")]
    for ends, arguments, expected in (
        ([], "rm abc", ["CONFLICTING_WHOLE"]),
        ([input_done("rm abc")], "rm abc", []),
        ([item_done(custom_call(text="rm abc"))], "rm abc", []),
        ([item_done(custom_call(text="rm a"))], "rm abc", ["CONFLICTING_WHOLE"]),
        ([item_done(custom_call(text="ls"))], "ls", ["CONFLICTING_WHOLE"]),
    ):
        (call,) = folded([*early, *ends, completed()], agree=arguments != "ls").result.tool_calls
        assert (call.arguments, [doubted.doubt.value for doubted in call.doubts]) == (arguments, expected)


# Whose arguments


def unaddressed(events: list[EventJson], item_id: Any = LEFT_OUT) -> list[EventJson]:
    made = without(events, "output_index", "item_id")
    return made if item_id is LEFT_OUT else [{**event, "item_id": item_id} for event in made]


def test_a_new_id_after_the_arguments_were_done_is_another_call() -> None:
    one = unaddressed([*deltas('{"a"', ":1}"), arguments_done(WHOLE)], "fc_1")
    other = unaddressed([*deltas('{"b"', ":2}"), arguments_done('{"b":2}')], "fc_2")
    fold = folded([created(), *one, *other, completed(output=None)])
    assert [(call.id, call.arguments) for call in fold.result.tool_calls] == [("fc_1", WHOLE), ("fc_2", '{"b":2}')]
    fold = folded([created(), one[-1], other[-1], completed(output=None)])
    assert [(call.id, call.arguments) for call in fold.result.tool_calls] == [("fc_1", WHOLE), ("fc_2", '{"b":2}')]
    same = folded([created(), *one, *unaddressed([arguments_done(WHOLE)]), completed(output=None)])
    assert [(call.id, call.arguments) for call in same.result.tool_calls] == [("fc_1", WHOLE)]


def test_what_names_no_call_goes_to_the_one_not_done_yet() -> None:
    begins = [begun(function_call(at), at) for at in (0, 1)]
    fold = folded([created(), *begins, arguments_done(WHOLE, 1), *unaddressed(deltas('{"b":2}'), "fc_9")])
    assert [call.arguments for call in fold.result.tool_calls] == ['{"b":2}', WHOLE]
    assert [doubts(fold, at) for at in (0, 1)] == [["CUT_OFF"], ["CUT_OFF"]]


def test_what_names_none_of_several_calls_is_a_doubt() -> None:
    begins = [begun(function_call(at), at) for at in (0, 1)]
    mixed = unaddressed(deltas(WHOLE, '{"b":2}'))
    wholes = [item_done(function_call(0, arguments=WHOLE)), item_done(function_call(1, arguments='{"b":2}'), 1)]
    fold = folded([created(), *begins, *mixed, completed(output=None)], agree=False)
    assert all("ORPHAN_ARGUMENTS" in doubts(fold, at) for at in (0, 1))
    fold = folded([created(), *begins, *mixed, *wholes, completed(output=None)], agree=False)
    assert [(call.arguments, call.complete) for call in fold.result.tool_calls] == [(WHOLE, True), ('{"b":2}', True)]


def test_a_whole_that_names_no_call_settles_nothing_for_sure() -> None:
    begins = [begun(function_call(at), at) for at in (0, 1)]
    wholes = [(WHOLE, "x"), ('{"b":2}', "y")]
    pieces = [[arguments_delta(whole), arguments_done(whole)] for whole, _ in wholes]
    mixed = [event for at, (_, name) in enumerate(wholes) for event in unaddressed(pieces[at], name)]
    fold = folded([created(), *begins, *mixed, completed(output=None)], agree=False)
    assert all("ORPHAN_ARGUMENTS" in doubts(fold, at) for at in (0, 1))
    ends = [item_done(function_call(at, arguments=whole), at) for at, (whole, _) in enumerate(wholes)]
    fold = folded([created(), *begins, *mixed, *ends, completed(output=None)], agree=False)
    assert [(call.arguments, call.complete) for call in fold.result.tool_calls] == [(WHOLE, True), ('{"b":2}', True)]


def test_a_name_that_is_another_one_at_the_end_is_a_doubt() -> None:
    fold = came(*deltas(WHOLE), done(WHOLE, name="rm"), requires_approval_tools={"rm"})
    assert (fold.closed(), doubts(fold)) == ([("call_0", ["CONFLICTING_WHOLE"])], ["CONFLICTING_WHOLE"])


# The short way


def test_long_arguments_are_read_on_the_short_way_too() -> None:
    pieces = ['{"a":"', *["x" * 100] * 100, '"}']
    for numbered in (False, True):
        chunks = chunks_of([begun_call(), *deltas(*pieces)])
        if numbered:
            chunks = [responses.Chunk(**_members(chunk), sequence_number=at) for at, chunk in enumerate(chunks)]
        state, messages = fold(responses, responses.Config(message_id=MESSAGE_ID), chunks)
        (item,) = state.items
        assert item.call.arguments.is_whole
        assert len(messages) == 1 + len(pieces)


def _members(chunk: Event) -> dict[str, Any]:
    names = ("type", "output_index", "item_id", "delta", "item")
    return {name: getattr(chunk, name) for name in names}


def test_a_held_placeholder_is_the_same_as_a_whole_in_other_spaces() -> None:
    for whole in ("{}", "{ }"):
        fold = came(arguments_delta("{} "), arguments_done(whole), item_done(function_call(arguments=whole)))
        assert [call.arguments for call in fold.result.tool_calls] == ["{} "]
        assert fold.result.tool_calls[0].complete
        assert fold.notes("mismatch") == []


@pytest.mark.deep
def test_an_open_call_behind_very_many_is_not_looked_for() -> None:
    for count, expected in ((20, ('{"a"', "{}")), (300, ("", '{"a"'))):
        begins = [begun(function_call(at), at) for at in range(count)]
        ends = [item_done(function_call(at, arguments="{}"), at) for at in range(1, count)]
        piece = without([arguments_delta('{"a"')], "output_index", "item_id")
        texts = [call.arguments for call in folded([created(), *begins, *ends, *piece], agree=False).result.tool_calls]
        assert (texts[0], texts[-1]) == expected, count

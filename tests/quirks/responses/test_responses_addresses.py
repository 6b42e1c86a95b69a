"""Events under another address than their item's: an id in another's place, another item's index, none (Q51, Q91)."""

from typing import Any

import pytest
from support.event_shapes import (
    LEFT_OUT,
    EventJson,
    Item,
    arguments_delta,
    arguments_done,
    begun,
    call_lane,
    completed,
    created,
    custom_call,
    custom_lane,
    folded,
    function_call,
    input_delta,
    input_done,
    item_added,
    item_done,
    message,
    raw_delta,
    reasoning,
    text_delta,
)

PARIS, OSLO = '{"city": "Paris"}', '{"city": "Oslo"}'


def calls(*events: EventJson) -> list[tuple[str, str, bool]]:
    """Each call's id, its arguments, and whether it is safe to run."""
    found = folded([created(), *events], agree=False).result.tool_calls
    return [(call.id, call.arguments, call.complete) for call in found]


TWO = [item_added(function_call(0)), item_added(function_call(1), 1)]


def test_q91_a_call_s_own_id_names_it() -> None:
    pieces = [
        arguments_delta(whole, item_id=f"call_{at}", output_index=LEFT_OUT) for at, whole in enumerate([PARIS, OSLO])
    ]
    fold = folded([created(), *TWO, *pieces, completed()])
    assert [(call.arguments, call.complete) for call in fold.result.tool_calls] == [(PARIS, True), (OSLO, True)]
    assert fold.result.diagnostics == ()


def test_q91_arguments_under_a_message_s_index_are_the_open_call_s() -> None:
    text = [begun(message()), text_delta("Hi")]
    stray = arguments_delta(PARIS, 0, item_id=LEFT_OUT)
    assert calls(*text, item_added(function_call(1), 1), stray, completed()) == [("call_1", PARIS, True)]


def test_q91_arguments_under_a_message_s_index_doubt_two_calls() -> None:
    text = [begun(message()), text_delta("Hi")]
    two = [item_added(function_call(1), 1), item_added(function_call(2), 2)]
    stray = arguments_delta(PARIS, 0, item_id=LEFT_OUT)
    assert [safe for *_, safe in calls(*text, *two, stray, completed())] == [False, False]
    wholes = [item_done(function_call(at, arguments=PARIS), at) for at in (1, 2)]
    assert [safe for *_, safe in calls(*text, *two, stray, *wholes, completed())] == [True, True]


@pytest.mark.parametrize("address", [{"item_id": LEFT_OUT}, {"item_id": ""}])
def test_q91_text_under_another_item_s_index_is_the_message_s(address: dict[str, Any]) -> None:
    thought = [begun(reasoning()), raw_delta("Hm"), item_done(reasoning(0, raw=["Hm"]))]
    lane = [item_added(message(1), 1), text_delta("Hi", 0, **address), item_done(message(1, "Hi"), 1)]
    fold = folded([created(), *thought, *lane, completed()])
    assert (fold.result.text, fold.result.reasoning, len(fold.result.output)) == ("Hi", "Hm", 2)


@pytest.mark.parametrize(
    ("item", "pieces"),
    [
        (message(), [text_delta("Hi")]),
        (reasoning(), [raw_delta("Hi")]),
        (function_call(), [arguments_delta(PARIS)]),
    ],
    ids=["message", "reasoning", "call"],
)
def test_q51_an_end_under_another_index_and_id_is_said_once(item: Item, pieces: list[EventJson]) -> None:
    ends = {
        "message": message(7, "Hi"),
        "reasoning": reasoning(7, raw=["Hi"]),
        "function_call": function_call(7, arguments=PARIS, call_id=LEFT_OUT),
    }
    fold = folded([created(), item_added(item), *pieces, item_done(ends[item["type"]], 7), completed()])
    assert (len(fold.result.output), fold.result.output[0].done) == (1, True)
    assert fold.result.text + fold.result.reasoning == ("" if item["type"] == "function_call" else "Hi")


def test_q51_an_item_that_says_something_else_is_another() -> None:
    fold = folded([created(), begun(message()), text_delta("Hi"), item_done(message(7, "Ho"), 7), completed()])
    assert (fold.result.text, len(fold.result.output)) == ("HiHo", 2)


def test_q81_a_call_that_begins_under_the_id_of_another_is_another() -> None:
    second = function_call(0, call_id="call_9")
    pieces = [arguments_delta(OSLO, output_index=LEFT_OUT), item_done(second | {"arguments": OSLO})]
    for events in (call_lane(PARIS), [item_added(function_call()), arguments_delta(PARIS)]):
        found = calls(*events, item_added(second, output_index=LEFT_OUT), *pieces, completed())
        assert found == [("call_0", PARIS, True), ("call_9", OSLO, True)]


def test_q81_calls_that_only_end_at_one_index_are_several() -> None:
    ends = [item_done(function_call(at, arguments=whole), 0) for at, whole in enumerate([PARIS, OSLO])]
    assert calls(*ends, completed()) == [("call_0", PARIS, True), ("call_1", OSLO, True)]
    again = item_done(function_call(9, arguments=PARIS), 0)  # of which nothing tells whether it is another
    assert calls(ends[0], again, completed()) == [("call_0", PARIS, False)]


CUSTOM_AS_FUNCTION = [
    item_added(custom_call()),
    arguments_delta("ls "),
    arguments_delta("-l"),
    arguments_done("ls -l"),
]
FUNCTION_AS_CUSTOM = [item_added(function_call()), input_delta(PARIS[:5]), input_delta(PARIS[5:]), input_done(PARIS)]


@pytest.mark.parametrize(
    ("events", "end", "arguments"),
    [
        (CUSTOM_AS_FUNCTION, custom_call(0, text="ls -l"), "ls -l"),
        (FUNCTION_AS_CUSTOM, function_call(0, arguments=PARIS), PARIS),
    ],
    ids=["custom", "function"],
)
def test_q91_arguments_by_the_other_type_s_event_are_kept(events: Any, end: Item, arguments: str) -> None:
    assert calls(*events, item_done(end), completed()) == [("call_0", arguments, True)]
    assert calls(*events, completed()) == [("call_0", arguments, True)]


def test_q91_an_end_of_the_other_type_is_no_other_call() -> None:
    wrapped = function_call(0, "run_sql", arguments='{"input": "x"}')
    assert calls(*custom_lane("x")[:-1], item_done(wrapped), completed()) == [("call_0", '{"input": "x"}', False)]


def crossed(at: int, whole: str) -> EventJson:
    """The arguments of the call at one index under the other's."""
    return arguments_delta(whole, 1 - at, item_id=f"item_{at}")


def test_q91_index_and_id_of_two_calls_doubt_both() -> None:
    pieces = [crossed(0, PARIS), crossed(1, OSLO)]
    assert calls(*TWO, *pieces, completed()) == [("call_0", PARIS, False), ("call_1", OSLO, False)]
    wholes = [arguments_done(whole, 1 - at, item_id=f"item_{at}") for at, whole in enumerate([PARIS, OSLO])]
    assert [safe for *_, safe in calls(*TWO, *pieces, *wholes, completed())] == [False, False]
    ends = [item_done(function_call(at, arguments=whole), at) for at, whole in enumerate([PARIS, OSLO])]
    assert calls(*TWO, *pieces, *ends, completed()) == [("call_0", PARIS, True), ("call_1", OSLO, True)]


def test_q91_one_index_for_all_arguments_joins_none() -> None:
    pieces = [arguments_delta(whole, 0, item_id=f"item_{at}") for at, whole in enumerate([PARIS, OSLO])]
    assert calls(*TWO, *pieces, completed()) == [("call_0", PARIS, True), ("call_1", OSLO, False)]


@pytest.mark.parametrize("address", [(0, "item_1"), (1, "item_0")], ids=["index", "id"])
def test_q91_an_address_of_two_is_the_open_one_s(address: tuple[int, str]) -> None:
    index, item_id = address
    lane = [arguments_delta(OSLO, index, item_id=item_id), arguments_done(OSLO, index, item_id=item_id)]
    found = calls(*call_lane(PARIS), item_added(function_call(1), 1), *lane, completed())
    assert found == [("call_0", PARIS, True), ("call_1", OSLO, True)]


def test_q91_a_message_s_index_names_no_call() -> None:
    text, call = [begun(message()), text_delta("Hi")], item_added(function_call(1), 1)
    stray = arguments_delta(PARIS, 0, item_id="new")
    assert calls(*text, call, stray, completed()) == [("call_1", PARIS, True)]
    wholes = [arguments_done(whole, 0, item_id=f"new {whole}") for whole in (PARIS, OSLO)]
    found = calls(*text, call, item_added(function_call(2), 2), *wholes, completed())
    assert found == [("call_1", PARIS, False), ("call_2", OSLO, False)]


STRAY = [arguments_delta(PARIS, 7, item_id=LEFT_OUT)]
FOLLOWING = [arguments_delta(PARIS), arguments_delta(OSLO, item_id="new")]


@pytest.mark.parametrize(
    ("pieces", "safe"),
    [
        (STRAY, [False, False, False]),
        (FOLLOWING, [False, False]),
        ([arguments_delta(PARIS), arguments_delta('{"ci')], [False, False]),
        ([arguments_delta("{}"), arguments_delta("{")], [False, False]),
        ([*FOLLOWING, item_done(function_call(1), 1)], [False, True]),
        ([item_done(function_call(1), 1), *FOLLOWING], [False, True]),
        ([*FOLLOWING, arguments_delta(OSLO, 1)], [False, True]),
        ([arguments_delta(PARIS)], [True, False]),
        ([arguments_delta(PARIS), arguments_done("", 1)], [True, True]),
    ],
)
def test_q81_a_call_without_arguments_may_own_strays(pieces: Any, safe: list[bool]) -> None:
    assert [one for *_, one in calls(*TWO, *pieces, completed())] == safe


def test_q81_the_raw_text_of_a_custom_tool_is_its_own() -> None:
    for text, safe in (("ls", True), ("", False)):
        both = [item_added(function_call()), item_added(custom_call(1), 1), input_delta(text, 1)]
        assert [one for *_, one in calls(*both, *FOLLOWING, input_done("", 1), completed())] == [False, safe]


def unplaced(event: EventJson) -> EventJson:
    """The event without an index."""
    return {name: value for name, value in event.items() if name != "output_index"}


def placed_late(at: int, whole: str, *ends: EventJson) -> list[EventJson]:
    """A call that has its index with its arguments alone."""
    return [
        unplaced(item_added(function_call(at, id=LEFT_OUT))),
        arguments_done(whole, at + 1, item_id=LEFT_OUT),
        *ends,
    ]


def test_q53_an_index_with_the_arguments_alone_is_a_call_s() -> None:
    both = [("call_0", PARIS, True), ("call_1", OSLO, True)]
    assert calls(*placed_late(0, PARIS), *placed_late(1, OSLO), completed()) == both
    ends = [unplaced(item_done(function_call(at, arguments=of, id=LEFT_OUT))) for at, of in enumerate([PARIS, OSLO])]
    assert calls(*placed_late(0, PARIS, ends[0]), *placed_late(1, OSLO, ends[1]), completed()) == both
    (first, whole), (second, other) = placed_late(0, PARIS), placed_late(1, OSLO)
    unsure = [(call_id, arguments, False) for call_id, arguments, _ in both]
    assert calls(first, second, whole, other, completed()) == unsure
    assert calls(first, second, whole, other, *ends, completed()) == both
    pieces = [arguments_delta(piece, 1, item_id=LEFT_OUT) for piece in (PARIS[:4], PARIS[4:])]
    assert calls(first, *pieces, second, other, completed()) == both
    assert calls(first, second, *pieces, whole, other, completed()) == unsure


def test_q53_wholes_without_an_address_are_in_the_order_of_the_calls() -> None:
    begun = [unplaced(item_added(function_call(at, id=LEFT_OUT))) for at in (0, 1)]
    wholes = [unplaced(arguments_done(whole, item_id=LEFT_OUT)) for whole in (PARIS, OSLO)]
    assert calls(*begun, *wholes, completed()) == [("call_0", PARIS, False), ("call_1", OSLO, False)]
    pieces = [unplaced(arguments_delta(whole, item_id=f"call_{at}")) for at, whole in enumerate([PARIS, OSLO])]
    assert calls(*begun, *pieces, *reversed(wholes), completed()) == [("call_0", PARIS, True), ("call_1", OSLO, True)]


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize(
    ("item", "piece"),
    [
        (message(0, "Hm"), text_delta("Hm", 3, item_id=LEFT_OUT)),
        (reasoning(0, raw=["Hm"]), raw_delta("Hm", 3, item_id=LEFT_OUT)),
    ],
)
def test_q53_an_index_with_the_text_alone_is_an_item_s(item: Item, piece: EventJson, named: bool) -> None:
    known = item if named else {name: value for name, value in item.items() if name != "id"}
    fold = folded([created(), unplaced(begun(known)), piece, unplaced(item_done(known)), completed(known)])
    assert (len(fold.result.output), fold.result.text + fold.result.reasoning) == (1, "Hm")
    assert fold.notes("mismatch") == []


def test_q81_an_index_that_is_off_by_one_doubts_all_calls() -> None:
    pieces = [arguments_delta(whole, at, item_id=LEFT_OUT) for at, whole in ((1, PARIS), (2, OSLO))]
    assert [safe for *_, safe in calls(*TWO, *pieces, completed())] == [False, False, False]


def test_q81_a_call_keeps_its_id_where_its_pieces_made_another() -> None:
    stray = [arguments_delta(PARIS, 0), arguments_done(PARIS, 0, item_id="new")]
    end = item_done(function_call(0, arguments=PARIS, id="newer"), 0)
    events = [item_added(function_call(0), 1), *stray, end, completed()]
    assert [one[:2] for one in calls(*events) if one[2]] == [("call_0", PARIS)]


def test_q81_an_id_that_open_calls_share_doubts_them() -> None:
    begun = [item_added(function_call(at, id="same"), at) for at in (0, 1)]
    wholes = [unplaced(arguments_done(whole, item_id="same")) for whole in (PARIS, OSLO)]
    assert [safe for *_, safe in calls(*begun, *wholes, completed())] == [False, False]


@pytest.mark.parametrize("item_id", [LEFT_OUT, "new"])
@pytest.mark.parametrize("item", [message(0, "Hi you"), reasoning(0, raw=["Hi you"])], ids=["message", "reasoning"])
def test_q53_another_index_is_an_empty_item_s(item: Item, item_id: Any) -> None:
    delta = text_delta if item["type"] == "message" else raw_delta
    other = [] if item["type"] == "message" else [begun(message(1), 1)]
    pieces = [delta("Hi ", 7, item_id=item_id), *other, delta("you", 7, item_id=item_id)]
    fold = folded([created(), begun(item), *pieces, item_done(item), completed()])
    assert (len(fold.result.output), fold.result.text + fold.result.reasoning) == (1 + len(other), "Hi you")


def test_q53_another_index_is_another_item_once_something_came() -> None:
    fold = folded([created(), begun(message()), text_delta("Hi"), text_delta("Ho", 7), completed()])
    assert (fold.result.text, len(fold.result.output)) == ("HiHo", 2)


def test_q81_another_index_is_the_only_open_call_s() -> None:
    call, end = item_added(function_call(0), 1), item_done(function_call(0, arguments=PARIS), 1)
    piece = arguments_delta(PARIS, 0, item_id="new")
    assert calls(call, piece, completed()) == calls(call, piece, end, completed()) == [("call_0", PARIS, True)]
    assert [one[2] for one in calls(call, item_added(function_call(1), 2), piece, completed())] == [False] * 3


@pytest.mark.parametrize("item_id", [LEFT_OUT, "item_0"])
def test_q54_the_end_of_a_call_that_nothing_announced_is_its_end(item_id: Any) -> None:
    pieces = [unplaced(arguments_delta(piece, item_id="new")) for piece in (PARIS[:4], PARIS[4:])]
    end = item_done(function_call(0, arguments=PARIS, id=item_id))
    again = function_call(7, arguments=PARIS)
    assert calls(*pieces, end, completed(again)) == [("call_0", PARIS, True)]


@pytest.mark.parametrize(
    ("events", "safe"),
    [
        ([arguments_done("{}"), arguments_done(PARIS)], False),
        ([arguments_done("{}"), arguments_done("{}"), arguments_delta(PARIS)], True),
        ([arguments_done("{}"), arguments_done(PARIS), item_done(function_call(arguments=PARIS))], True),
        ([arguments_done("{}"), item_done(function_call(arguments=PARIS))], True),
        ([arguments_delta("{}"), arguments_done(PARIS)], True),
    ],
)
def test_q82_another_whole_after_an_empty_one_is_a_doubt(events: list[EventJson], safe: bool) -> None:
    assert calls(item_added(function_call()), *events, completed()) == [("call_0", PARIS, safe)]

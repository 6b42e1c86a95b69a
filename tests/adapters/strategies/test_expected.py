"""The sum of what chunks are meant to say."""

from typing import Any

import pytest
from streamfold.adapters.strategies.composed import Call
from streamfold.adapters.strategies.expected import Arguments, Expected, Intent, LaneSo, Step, is_json, summed
from streamfold.reducer.usage import Usage

FIRST, SECOND = (0, 1), (0, 2)


def total(*intents: Intent) -> Expected:
    return summed([Step("chunk", (intent,)) for intent in intents])


def test_what_is_added_is_joined_by_lane_channel_and_part() -> None:
    so = total(
        Intent(adds="a"),
        Intent(lane=FIRST, channel="arguments", adds="{"),
        Intent(adds="b"),
        Intent(channel="summary", part=1, adds="second"),
        Intent(channel="summary", adds="first"),
        Intent(lane=FIRST, channel="arguments", adds="}"),
    )
    assert so.lanes[0, 0].joined("text") == "ab"
    assert so.lanes[FIRST].joined("arguments") == "{}"
    assert so.lanes[0, 0].joined("summary", "\n\n") == "first\n\nsecond"
    assert so.lanes[0, 0].joined("refusal") == ""


def test_a_lane_is_there_only_if_something_is_said_of_it() -> None:
    assert total(Intent(), Intent(lane=FIRST, over=True), Intent(lane=SECOND, usage=Usage(1))).lanes == {}
    for said in (Intent(begins=True), Intent(id=""), Intent(name="f"), Intent(closes=True), Intent(whole="a")):
        assert total(said).lanes.keys() == {(0, 0)}


def test_the_first_id_counts_and_a_name_grows_until_it_is_called() -> None:
    so = total(Intent(id="a", name="get_"), Intent(id="b", name="time")).lanes[0, 0]
    assert (so.id, so.name) == ("a", "get_time")
    assert total(Intent(name="get_"), Intent(begins=True, called="whole")).lanes[0, 0].name == "whole"


def test_a_whole_stands_in_the_deltas_place() -> None:
    so = total(Intent(adds="Hel"), Intent(whole="Hello"))
    assert (so.lanes[0, 0].joined("text"), so.lengthened, so.contradicted) == ("Hello", True, False)
    so = total(Intent(adds="Hel"), Intent(whole="Other"))
    assert (so.lanes[0, 0].joined("text"), so.lengthened, so.contradicted) == ("Other", False, True)
    so = total(Intent(adds="Hello"), Intent(whole="Hello"))
    assert (so.lengthened, so.contradicted) == (False, False)


def test_what_completes_an_answer_closes_its_lanes_alone() -> None:
    so = total(Intent(lane=(0, 1), begins=True), Intent(lane=(1, 1), begins=True), Intent(lane=(1, 0), completes=True))
    assert [lane.closed for lane in so.lanes.values()] == [False, True]


@pytest.mark.parametrize(
    ("intents", "outcome"),
    [
        ([], "truncated"),
        ([Intent(over=True)], "completed"),
        ([Intent(over=True), Intent(over=False)], "truncated"),
        ([Intent(over=True), Intent(fails=True)], "failed"),
        ([Intent(fails=True), Intent(over=True)], "failed"),
    ],
)
def test_the_outcome_is_that_of_the_last_word_and_of_any_failure(intents: list[Intent], outcome: str) -> None:
    assert total(*intents).outcome == outcome


def test_the_last_usage_counts_and_every_reason_is_kept() -> None:
    so = total(Intent(usage=Usage(1)), Intent(reason="stop"), Intent(usage=Usage(2)), Intent(reason="length"))
    assert (so.usage, so.reasons) == (Usage(2), ["stop", "length"])


def test_what_is_said_follows_the_order_that_is_asked_for() -> None:
    so = total(
        Intent(lane=FIRST, adds="a"),
        Intent(lane=SECOND, adds="b"),
        Intent(lane=FIRST, channel="reasoning", adds="raw"),
        Intent(lane=FIRST, channel="summary", adds="short"),
        Intent(lane=SECOND, channel="refusal", adds="no"),
        Intent(over=True),
    )
    says = so.says([SECOND, FIRST], {})
    assert (says.text, says.reasoning, says.refusal, says.calls) == ("ba", "shortraw", "no", ())
    assert so.says([FIRST], {}).text == "a"
    assert says.outcome == "completed"


CALL: dict[str, Any] = {"lane": FIRST, "channel": "arguments"}
NAMED = Intent(**CALL, id="a", name="f")
CLOSED = Intent(**CALL, closes=True)


@pytest.mark.parametrize(
    ("intents", "call"),
    [
        ([NAMED], Call(id="a", name="f", arguments="", complete=False)),
        ([NAMED, CLOSED], Call(id="a", name="f", arguments="{}", complete=True)),
        ([NAMED, Intent(**CALL, adds='{"a"')], Call(id="a", name="f", arguments='{"a"', complete=False)),
        ([NAMED, Intent(**CALL, adds='{"a"'), CLOSED], Call(id="a", name="f", arguments='{"a"', complete=False)),
        ([NAMED, Intent(**CALL, adds="{}"), CLOSED], Call(id="a", name="f", arguments="{}", complete=True)),
        ([Intent(**CALL, adds="{}"), CLOSED], Call(id=None, name="", arguments="{}", complete=False)),
        (
            [NAMED, Intent(**CALL, custom=True, adds="raw"), CLOSED],
            Call(id="a", name="f", arguments="raw", complete=True, kind="custom"),
        ),
        (
            [NAMED, Intent(**CALL, custom=True, begins=True), CLOSED],
            Call(id="a", name="f", arguments="", complete=True, kind="custom"),
        ),
    ],
)
def test_a_call_is_complete_if_it_is_named_closed_and_json(intents: list[Intent], call: Call) -> None:
    assert total(*intents).says([FIRST], {FIRST: Arguments("")}).calls == (call,)


def test_thoughts_and_answers_are_told_as_far_as_their_arguments_came() -> None:
    whole = Arguments('{"t":"ab","m":"c"}', thoughts=((7, "a"), (8, "b")), answer=((15, "c"),))
    for came, thoughts, answer in ((6, "", ""), (7, "a", ""), (14, "ab", ""), (15, "ab", "c")):
        so = total(NAMED, Intent(**CALL, adds=whole.text[:came]))
        assert so.says([FIRST], {FIRST: whole}, "f").thoughts == thoughts
        assert so.says([FIRST], {FIRST: whole}, "f").answers == answer
        assert so.says([FIRST], {FIRST: whole}, "other").answers == ""


def test_a_step_may_mean_more() -> None:
    step = Step("chunk", (Intent(adds="a"),), "call").plus(reason="stop")
    assert step == Step("chunk", (Intent(adds="a"), Intent(reason="stop")), "call")


def test_json_is_told_from_what_is_none() -> None:
    assert [is_json(text) for text in ("{}", "1", '"a"', "", "{", "{'a': 1}")] == [True] * 3 + [False] * 3
    assert LaneSo().joined("text") == ""

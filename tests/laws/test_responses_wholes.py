"""Laws 8 and 11 on the Responses wire: what is safe to run, and what the provider repeats as a whole."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from streamfold.reducer import Cancelled, Ended, Failed
from support.event_shapes import (
    LEFT_OUT,
    EventJson,
    Folded,
    Item,
    annotation_added,
    arguments_delta,
    arguments_done,
    begun,
    call_lane,
    citation,
    completed,
    created,
    custom_call,
    custom_lane,
    error,
    failed,
    folded,
    function_call,
    incomplete,
    input_delta,
    input_done,
    item_done,
    message,
    message_lane,
    part_done,
    raw_delta,
    raw_done,
    reasoning,
    refusal_delta,
    refusal_done,
    refusal_part,
    summary_delta,
    summary_done,
    summary_part_done,
    text_delta,
    text_done,
    text_part,
)
from support.law_checks import channels

PARIS = '{"city": "Paris", "days": [1, 2]}'
OSLO = '{"city": "Oslo"}'


# Law 8: safe to run


@pytest.mark.deep
@pytest.mark.parametrize("end", [Ended(), Cancelled(), Failed("reset by peer")], ids=["ended", "cancelled", "failed"])
@pytest.mark.parametrize("arguments", ["{}", PARIS, "", '{"n": 12}'])
def test_a_call_is_complete_only_once_the_wire_said_so(arguments: str, end: Any) -> None:
    pieces = [arguments_delta(character) for character in arguments]
    item = function_call(arguments=arguments)
    events = [created(), begun(item), *pieces, arguments_done(arguments), item_done(item), completed(item)]
    for cut in range(len(events) + 1):
        result = folded(events[:cut], end).result
        over = any(event["type"] == "response.output_item.done" for event in events[:cut])
        assert [call.complete for call in result.tool_calls] == [over] * (cut > 1)
        if over:
            assert result.tool_calls[0].arguments == (arguments or "{}")


FAILURES: dict[str, EventJson] = {
    "error": error(),
    "failed": failed(),
    "failed, no status": failed(status=LEFT_OUT),
    "failed, no response": {"type": "response.failed"},
    "incomplete": incomplete(),
    "incomplete, no status": incomplete(status=LEFT_OUT),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize(
    "lane", [call_lane(PARIS), call_lane(""), custom_lane("SELECT 1")], ids=["call", "bare", "custom"]
)
def test_a_call_that_a_failure_cut_off_is_not_complete(lane: list[EventJson], failure: str) -> None:
    for cut in range(1, len(lane)):
        seen = lane[:cut]
        fold = folded([created(), *seen, FAILURES[failure]])
        over = any(event["type"] == "response.output_item.done" for event in seen)
        if not over:
            assert [(call.complete, call.closed) for call in fold.result.tool_calls] == [(False, False)]


def test_arguments_that_are_done_and_no_json_are_not_complete() -> None:
    fold = folded([created(), *call_lane('{"city": Paris}')])
    assert [(call.closed, call.complete) for call in fold.result.tool_calls] == [(True, False)]
    assert fold.notes("incomplete") == ["call_0: the arguments are not JSON"]


# Law 11: in agreement


class Channel:
    """A channel with the stages at which the provider repeats its text as a whole."""

    def __init__(
        self,
        delta: Callable[[str], EventJson],
        item: Callable[[str], Item],
        *stages: Callable[[str], EventJson],
        said: Callable[[Folded], tuple[str, str]],
    ) -> None:
        self.delta = delta
        self.item = item
        self.stages: list[Callable[[str], EventJson]] = [
            *stages,
            lambda whole: item_done(item(whole)),
            lambda whole: completed(item(whole)),
        ]
        self.said = said


def said_on(name: str) -> Callable[[Folded], tuple[str, str]]:
    return lambda fold: (channels(fold.messages)[name], getattr(fold.result, name))


def said_in_call(fold: Folded) -> tuple[str, str]:
    (call,) = fold.result.tool_calls
    return channels(fold.messages)["calls"][0]["arguments"], call.arguments


CHANNELS = {
    "text": Channel(
        text_delta,
        lambda whole: message(0, whole),
        text_done,
        lambda whole: part_done(text_part(whole)),
        said=said_on("text"),
    ),
    "refusal": Channel(
        refusal_delta,
        lambda whole: message(0, refusal_part(whole)),
        refusal_done,
        lambda whole: part_done(refusal_part(whole)),
        said=said_on("refusal"),
    ),
    "raw reasoning": Channel(
        raw_delta,
        lambda whole: reasoning(0, raw=[whole]),
        raw_done,
        lambda whole: part_done({"type": "reasoning_text", "text": whole}),
        said=said_on("reasoning"),
    ),
    "summary": Channel(
        summary_delta, lambda whole: reasoning(0, whole), summary_done, summary_part_done, said=said_on("reasoning")
    ),
    "arguments": Channel(
        arguments_delta, lambda whole: function_call(0, arguments=whole), arguments_done, said=said_in_call
    ),
    "custom input": Channel(input_delta, lambda whole: custom_call(0, text=whole), input_done, said=said_in_call),
}
STAGES = [(name, stage) for name, channel in CHANNELS.items() for stage in range(len(channel.stages))]
DELTAS = ['{"city": ', '"Par']
SAID = "".join(DELTAS)


def until(name: str, stage: int, whole: str, deltas: Sequence[str] = DELTAS, also: bool = False) -> Folded:
    """The deltas, then the whole at one stage (`also`: and at every later one)."""
    channel = CHANNELS[name]
    events = [created(), begun(channel.item("")), *map(channel.delta, deltas)]
    stages = channel.stages[stage:] if also else channel.stages[stage : stage + 1]
    return folded([*events, *(make(whole) for make in stages)])


@pytest.mark.parametrize("also", [False, True], ids=["once", "and again at every later stage"])
@pytest.mark.parametrize(("name", "stage"), STAGES)
def test_an_equal_whole_adds_nothing(name: str, stage: int, also: bool) -> None:
    fold = until(name, stage, SAID, also=also)
    assert CHANNELS[name].said(fold) == (SAID, SAID)
    assert fold.notes("mismatch") == []
    before = folded([created(), begun(CHANNELS[name].item("")), *map(CHANNELS[name].delta, DELTAS)])
    assert fold.said == before.said


@pytest.mark.parametrize("also", [False, True], ids=["once", "and again at every later stage"])
@pytest.mark.parametrize("deltas", [DELTAS, [SAID[:1]], []], ids=["some", "one character", "none"])
@pytest.mark.parametrize(("name", "stage"), STAGES)
def test_a_longer_whole_adds_its_tail(name: str, stage: int, deltas: list[str], also: bool) -> None:
    whole = SAID + 'is"}'
    fold = until(name, stage, whole, deltas, also)
    assert CHANNELS[name].said(fold) == (whole, whole)
    assert fold.notes("mismatch") == []


@pytest.mark.parametrize("also", [False, True], ids=["once", "and again at every later stage"])
@pytest.mark.parametrize("whole", ['{"city": "Rome"}', "x"], ids=["other", "nothing alike"])
@pytest.mark.parametrize(("name", "stage"), STAGES)
def test_a_contradicting_whole_is_the_result_and_leaves_the_messages(
    name: str, stage: int, whole: str, also: bool
) -> None:
    fold = until(name, stage, whole, also=also)
    assert CHANNELS[name].said(fold) == (SAID, whole)
    assert len(fold.notes("mismatch")) == 1
    assert [diagnostic.count for diagnostic in fold.result.diagnostics if diagnostic.kind == "mismatch"] == [1]


@pytest.mark.deep
@pytest.mark.parametrize("also", [False, True], ids=["once", "and again at every later stage"])
@pytest.mark.parametrize(("name", "stage"), STAGES)
def test_a_whole_that_is_only_the_beginning_is_stale_and_noted(name: str, stage: int, also: bool) -> None:
    for length in range(1, len(SAID)):
        fold = until(name, stage, SAID[:length], also=also)
        assert CHANNELS[name].said(fold) == (SAID, SAID)
        assert len(fold.notes("mismatch")) == 1
        assert [diagnostic.count for diagnostic in fold.result.diagnostics if diagnostic.kind == "mismatch"] == [1]


@pytest.mark.parametrize("stage", range(3))
def test_a_call_whose_whole_was_stale_is_complete_only_once_confirmed(stage: int) -> None:
    whole = until("arguments", stage, '{"a":1', ['{"a":1}'])
    assert not whole.result.tool_calls[0].complete
    events = [created(), begun(function_call()), arguments_delta('{"a":1}'), arguments_done('{"a":1')]
    assert folded([*events, item_done(function_call(arguments='{"a":1}'))]).result.tool_calls[0].complete


@pytest.mark.parametrize("stage", range(3))
def test_a_whole_in_other_spaces_is_the_same(stage: int) -> None:
    for whole, deltas in (("{}", ["{}", " "]), ('{"a": "\\u00e9"}', ['{"a":', '"é"} '])):
        fold = until("arguments", stage, whole, deltas)
        assert said_in_call(fold) == ("".join(deltas),) * 2
        assert fold.notes("mismatch") == []
        assert [doubted.doubt.value for doubted in fold.result.tool_calls[0].doubts] == ["CUT_OFF"] * (stage == 0)


@pytest.mark.parametrize("stage", range(3))
def test_a_call_whose_whole_contradicts_is_not_safe_to_run(stage: int) -> None:
    for name, whole, said in (("arguments", OSLO, PARIS), ("custom input", "SELECT 1", "DROP")):
        fold = until(name, stage, whole, [said])
        assert said_in_call(fold) == (said, whole)
        doubts = {doubted.doubt.value for doubted in fold.result.tool_calls[0].doubts}
        assert doubts == {"CONFLICTING_WHOLE"} | ({"CUT_OFF"} if stage == 0 else set())


@pytest.mark.parametrize("stage", range(3))
@pytest.mark.parametrize("blanks", [" ", "\n", "\t "])
def test_arguments_of_blanks_are_the_same_in_result_and_messages(stage: int, blanks: str) -> None:
    said, resulting = said_in_call(until("arguments", stage, blanks, [blanks]))
    assert said == resulting == blanks


@pytest.mark.parametrize("name", CHANNELS)
def test_the_last_whole_has_the_last_word(name: str) -> None:
    channel = CHANNELS[name]
    events = [created(), begun(channel.item("")), *map(channel.delta, DELTAS), channel.stages[0]("other")]
    assert channel.said(folded([*events, completed(channel.item("third"))])) == (SAID, "third")
    assert channel.said(folded([*events, completed(channel.item(SAID))])) == (SAID, SAID)


@pytest.mark.parametrize("name", CHANNELS)
def test_an_empty_whole_takes_nothing_back(name: str) -> None:
    channel = CHANNELS[name]
    for stage in range(len(channel.stages)):
        assert channel.said(until(name, stage, "")) == (SAID, SAID)


@pytest.mark.parametrize("name", CHANNELS)
@given(
    deltas=st.lists(st.text(max_size=4), max_size=5),
    tail=st.text(max_size=4) | st.just("null"),
    also=st.booleans(),
    data=st.data(),
)
def test_any_whole_that_goes_on_adds_its_tail(
    name: str, deltas: list[str], tail: str, also: bool, data: st.DataObject
) -> None:
    """Absent arguments, and a lone null, read as `{}` in the result alone."""
    stage = data.draw(st.integers(0, len(CHANNELS[name].stages) - 1))
    whole = "".join(deltas) + tail
    assume(name != "arguments" or not whole.isspace())  # see above
    fold = until(name, stage, whole, deltas, also)
    said, resulting = CHANNELS[name].said(fold)
    nothing = name == "arguments" and whole.strip(" \t\n\r") in ("", "null") and (stage > 0 or also)
    assert (said, resulting) == (whole, "{}" if nothing else whole)
    assert fold.notes("mismatch") == []


@pytest.mark.parametrize("name", CHANNELS)
def test_what_comes_after_a_contradicting_whole_is_not_lost(name: str) -> None:
    channel = CHANNELS[name]
    fold = folded(
        [created(), begun(channel.item("")), channel.delta("abc"), channel.stages[0]("xyz"), channel.delta("!")]
    )
    assert channel.said(fold) == ("abc!", "xyz!")


@pytest.mark.parametrize("changed", [{"name": "get_time"}, {"call_id": "call_other"}], ids=["name", "call id"])
def test_a_done_call_that_contradicts_the_call_s_own_name_is_noted(changed: dict[str, Any]) -> None:
    whole = {**function_call(arguments="{}"), **changed}
    fold = folded([created(), begun(function_call()), arguments_delta("{}"), item_done(whole)], agree=False)
    assert len(fold.notes("mismatch")) == 1


def test_a_citation_that_comes_after_its_item_is_kept_or_reported() -> None:
    fold = folded([created(), *message_lane("It rains."), annotation_added(citation("late"))])
    kept = [message for message in fold.messages if message.message_type == "annotation_message"]
    assert len(kept) + len(fold.notes("ignored")) == 1

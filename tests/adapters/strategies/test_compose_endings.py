"""How composed answers end: whose words say what, errors in their places, and whole messages beside deltas."""

import pytest
from attrs import evolve
from streamfold.adapters.strategies.compose_calls import said
from streamfold.adapters.strategies.compose_endings import (
    ERRORS,
    OTHER_WORDS,
    breaks,
    can_be_whole,
    closes,
    failing,
    in_place,
    whole_message,
    with_whole,
)
from streamfold.adapters.strategies.compose_texts import speak
from streamfold.adapters.strategies.expected import Intent, Step, summed
from streamfold.adapters.wire import decoder
from streamfold.adapters.wire.encoder import to_wire
from streamfold.reducer.completions.chunk import CallDelta, CustomDelta, Delta, FunctionDelta

LANE = (0, 1)
CALL = Step(
    said(Delta(tool_calls=(CallDelta(index=3, id="a", function=FunctionDelta(name="f", arguments="{}")),))),
    (Intent(lane=LANE, channel="arguments", adds="{}", id="a", name="f", custom=False),),
)
BODY = [speak("reasoning", "r", "reasoning"), speak("text", "t"), speak("text", "u"), speak("refusal", "n"), CALL]


def test_a_word_says_whether_the_answer_is_whole_or_failed() -> None:
    assert [word for word in OTHER_WORDS if closes(word)] == ["end_turn", "TOOL_USE", "eos"]
    broken = ["network_error", "Abort", "insufficient_system_resource", "MALFORMED_FUNCTION_CALL"]
    assert [word for word in OTHER_WORDS if breaks(word)] == broken
    assert [closes(word) for word in ("stop", "tool_calls", "length", "content_filter")] == [True, True, False, False]


def test_an_error_ends_the_answer_and_may_have_a_word() -> None:
    ends = [summed([failing(chunk)]) for chunk in ERRORS]
    assert [end.failed for end in ends] == [True] * len(ERRORS)
    assert [end.reasons for end in ends] == [[]] * (len(ERRORS) - 2) + [["error"], ["tool_calls"]]


def test_a_whole_message_says_all_that_the_body_says() -> None:
    function = FunctionDelta(name="f", arguments="{}")
    calls = (CallDelta(id="a", type="function", function=function),)
    message = Delta(content="tu", reasoning_content="r", refusal="n", tool_calls=calls)
    assert whole_message(BODY) == message
    assert evolve(in_place(BODY).chunk, repairs=()) == said(message=message)
    assert decoder("chat")(to_wire(in_place(BODY).chunk)).choices[0].message.content == "tu"
    assert summed([in_place(BODY)]) == summed(BODY)
    assert with_whole(BODY[1], message).chunk == said(Delta(content="t"), message=message)


def test_a_whole_message_has_what_there_is() -> None:
    assert whole_message(BODY[1:2]) == Delta(content="t")
    (meant,) = CALL.meant
    custom = evolve(CALL, meant=(evolve(meant, custom=True),))
    expected = CallDelta(id="a", type="custom", custom=CustomDelta(name="f", input="{}"))
    assert whole_message([custom]).tool_calls == (expected,)


@pytest.mark.parametrize("changes", [{"id": None}, {"name": ""}])
def test_a_call_without_an_id_or_a_name_is_in_no_whole(changes: dict[str, str | None]) -> None:
    (meant,) = CALL.meant
    assert can_be_whole(BODY)
    assert not can_be_whole([evolve(CALL, meant=(evolve(meant, **changes),))])


def test_calls_without_an_id_of_their_own_are_in_no_whole() -> None:
    (meant,) = CALL.meant
    assert not can_be_whole([CALL, evolve(CALL, meant=(evolve(meant, lane=(0, 2)),))])
    legacy = Step(said(Delta(function_call=FunctionDelta(name="f"))), CALL.meant)
    assert not can_be_whole([legacy])
